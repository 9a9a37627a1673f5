/* SPDX-License-Identifier: MIT */
/* Lines of ignore files, and override globs, which are such lines too. */
#include "scan/rules.h"

#include "base/utf8.h"
#include "base/vec.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct rules {
	struct arena globs;
	struct arena tables;
	struct VEC(struct rule) list;
	const struct glob_set *set;
};

/** Unicode's White_Space beyond ASCII. */
static bool is_wide_space(uint32_t rune)
{
	return rune == 0x85 || rune == 0xa0 || rune == 0x1680 ||
	       (rune >= 0x2000 && rune <= 0x200a) || rune == 0x2028 || rune == 0x2029 ||
	       rune == 0x202f || rune == 0x205f || rune == 0x3000;
}

/** Length without the blanks at the end. */
static size_t trimmed(const char *line, size_t len)
{
	const unsigned char *text = (const unsigned char *)line;

	while (len > 0) {
		size_t at = len - 1;
		uint32_t rune;

		while (at > 0 && len - at < 3 && (text[at] & 0xc0) == 0x80)
			at--;
		if (text[len - 1] == ' ' || (text[len - 1] >= '\t' && text[len - 1] <= '\r'))
			len--;
		else if (at < len - 1 && utf8_decode(text + at, len - at, &rune) == len - at &&
			 is_wide_space(rune))
			len = at;
		else
			break;
	}
	return len;
}

/** A line's glob, in the words of a path relative to the file's directory. */
struct pattern {
	char text[GLOB_LEN_MAX + 8];
	size_t len;
	size_t added; /* bytes put in front of what stands in the line */
};

static void pattern_add(struct pattern *pattern, const char *text, size_t len)
{
	memcpy(pattern->text + pattern->len, text, len);
	pattern->len += len;
}

static void pattern_build(struct pattern *pattern, const char *line, size_t len, bool is_anchored)
{
	pattern->len = 0;
	/* Without a slash it may match at any depth. */
	if (!is_anchored && !memchr(line, '/', len) && !(len == 2 && memcmp(line, "**", 2) == 0))
		pattern_add(pattern, "**/", 3);
	pattern->added = pattern->len;
	pattern_add(pattern, line, len);
	/* "dir/ **" means what is in the directory, not the directory itself. */
	if (pattern->len >= 3 && memcmp(pattern->text + pattern->len - 3, "/**", 3) == 0)
		pattern_add(pattern, "/*", 2);
}

int rule_compile(struct arena *arena, const char *line, size_t len, enum glob_flags flags,
		 struct rule *ret_rule, struct glob_problem *ret_problem)
{
	const char *start = line;
	struct rule rule = { 0 };
	bool is_anchored = false;
	struct pattern pattern;
	int r;

	if (len > 0 && line[0] == '#')
		return 0;
	if (len < 2 || memcmp(line + len - 2, "\\ ", 2) != 0)
		len = trimmed(line, len);
	if (!len)
		return 0;
	if (len > GLOB_LEN_MAX) {
		*ret_problem = (struct glob_problem){ "the glob is too long", GLOB_LEN_MAX };
		return -EINVAL;
	}
	if (len >= 2 && line[0] == '\\' && (line[1] == '!' || line[1] == '#')) {
		line++;
		len--;
	} else {
		if (line[0] == '!') {
			rule.flags |= RULE_NEGATED;
			line++;
			len--;
		}
		if (len > 0 && line[0] == '/') {
			is_anchored = true;
			line++;
			len--;
		}
	}
	if (len > 0 && line[len - 1] == '/') {
		rule.flags |= RULE_DIR_ONLY;
		len--;
	}
	pattern_build(&pattern, line, len, is_anchored);
	r = glob_compile(arena, pattern.text, pattern.len, flags | GLOB_SEPARATOR, &rule.glob,
			 ret_problem);
	if (r < 0) {
		size_t at = ret_problem->at;

		at = at > pattern.added ? at - pattern.added : 0;
		ret_problem->at = (at < len ? at : len) + (size_t)(line - start);
		return r;
	}
	*ret_rule = rule;
	return 1;
}

/** 0 to go on, 1 if the file is read no further, -ENOMEM. */
static int add_line(struct rules *rules, const char *line, size_t len)
{
	struct glob_problem problem;
	struct rule rule;
	int r;

	if (len > 0 && line[len - 1] == '\r')
		len--;
	if (!utf8_is_valid(line, len) || rules->list.n >= RULES_MAX)
		return 1;
	r = rule_compile(&rules->globs, line, len, GLOB_STRICT, &rule, &problem);
	if (arena_failed(&rules->globs))
		return 1;
	if (r == -ENOMEM)
		return r;
	if (r == 1 && !vec_push(&rules->list, rule))
		return -ENOMEM;
	return 0;
}

int rules_new(const char *text, size_t len, struct rules **ret_rules)
{
	struct rules *rules = calloc(1, sizeof(*rules));
	int r = 0;

	if (!rules)
		return -ENOMEM;
	arena_init(&rules->globs, RULES_MEMORY_MAX);
	arena_init(&rules->tables, RULES_MEMORY_MAX);
	for (size_t at = 0; r == 0 && at < len;) {
		const char *end = memchr(text + at, '\n', len - at);
		size_t line_len = end ? (size_t)(end - text) - at : len - at;

		r = add_line(rules, text + at, line_len);
		at += line_len + 1;
	}
	if (r >= 0 && rules->list.n) {
		rules->set = glob_set_new(&rules->tables, rules->list.items, rules->list.n);
		if (rules->set) {
			*ret_rules = rules;
			return 0;
		}
		r = -ENOMEM;
	}
	rules_free(rules);
	if (r < 0)
		return r;
	*ret_rules = NULL;
	return 0;
}

void rules_free(struct rules *rules)
{
	if (!rules)
		return;
	arena_release(&rules->globs);
	arena_release(&rules->tables);
	vec_release(&rules->list);
	free(rules);
}

const struct rule *rules_match(const struct rules *rules, const struct glob_subject *subject,
			       bool is_dir)
{
	long last = glob_set_last(rules->set, subject, is_dir);

	return last < 0 ? NULL : &rules->list.items[last];
}
