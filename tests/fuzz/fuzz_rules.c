/* SPDX-License-Identifier: MIT */
/*
 * Ignore files: a text, a NUL, and a path. The set of all rules must say what the rules say one by
 * one, the last that matches counting.
 */
#include "base/utf8.h"
#include "scan/rules.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FUZZ_MEMORY_MAX = 16 << 20 };

/* The flags of the last rule that matches, or -1. */
static int match_one_by_one(const char *text, size_t len, const struct glob_subject *subject,
			    bool is_dir)
{
	struct glob_problem problem;
	struct arena arena;
	struct rule rule;
	int last = -1;

	arena_init(&arena, FUZZ_MEMORY_MAX);
	for (size_t at = 0; at < len;) {
		const char *end = memchr(text + at, '\n', len - at);
		size_t line_len = end ? (size_t)(end - text) - at : len - at;
		size_t next = at + line_len + 1;

		if (line_len && text[at + line_len - 1] == '\r')
			line_len--;
		if (!utf8_is_valid(text + at, line_len))
			break;
		if (rule_compile(&arena, text + at, line_len, GLOB_STRICT, &rule, &problem) == 1 &&
		    (is_dir || !(rule.flags & RULE_DIR_ONLY)) &&
		    glob_match_subject(&rule.glob, subject))
			last = rule.flags;
		at = next;
	}
	arena_release(&arena);
	return last;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data, *path;
	struct glob_subject subject;
	struct rules *rules;
	size_t len;

	if (size == 0)
		return 0;
	len = strnlen(text, size);
	path = text + len + (len < size);
	subject = glob_subject_of(path, (size_t)(text + size - path));
	if (rules_new(text, len, &rules) < 0)
		abort();
	for (int is_dir = 0; is_dir < 2; is_dir++) {
		const struct rule *rule = rules ? rules_match(rules, &subject, is_dir) : NULL;

		if ((rule ? (int)rule->flags : -1) != match_one_by_one(text, len, &subject, is_dir))
			abort();
	}
	rules_free(rules);
	return 0;
}
