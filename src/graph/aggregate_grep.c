/* SPDX-License-Identifier: MIT */
/* Grep: files that are there, and how their lines read. Mentions: how files speak of words. */
#include "graph/aggregate.h"
#include "os/path.h"
#include "scan/mention.h"
#include "tools/codebase.h"

#include <stdlib.h>
#include <string.h>

/* The file of the lines in hand is told of once. */
struct last_file {
	const char *name;
	size_t len;
};

static void add_file(struct aggregate *aggregate, const char *name, size_t len,
		     struct last_file *last)
{
	struct fact fact = { .kind = FACT_EXISTS, .file = name, .file_len = len, .value = 1 };

	if (last->len == len && memcmp(last->name, name, len) == 0)
		return;
	*last = (struct last_file){ name, len };
	facts_add(aggregate->facts, &fact);
}

/* Whether the answer's lines are whole lines of files, with their numbers. */
static bool shows_lines(const struct aggregate *aggregate)
{
	const struct args *args = &aggregate->call->args;

	return args_bool(args, GREP_NUMBERS) && !args_bool(args, GREP_ONLY);
}

/* A file that a pattern matches, in so many lines as far as they were counted. */
static void add_counted(struct aggregate *aggregate, const char *name, size_t len, uint64_t lines)
{
	const uint32_t fields[MENTION_FIELDS] = { [MENTION_BODY] = lines > UINT32_MAX
									   ? UINT32_MAX
									   : (uint32_t)lines };
	struct fact fact = {
		.kind = FACT_MENTION, .file = name, .file_len = len, .weight = mention_pack(fields)
	};
	struct last_file none = { 0 };

	add_file(aggregate, name, len, &none);
	facts_add(aggregate->facts, &fact);
}

/* "src/a.c-12-text" beside a match in src/a.c: the text may have the form of a match itself. */
static bool is_context(const char *line, size_t len, const struct last_file *last)
{
	size_t at = last->len;

	if (!at || at >= len || memcmp(line, last->name, at) != 0)
		at = 0;
	else if (line[at] == ':')
		return false;
	for (; at < len; at++) {
		size_t digits = 0;

		if (line[at] != ':' && line[at] != '-')
			continue;
		while (at + 1 + digits < len && line[at + 1 + digits] >= '0' &&
		       line[at + 1 + digits] <= '9')
			digits++;
		if (digits && at + 1 + digits < len && line[at + 1 + digits] == line[at])
			return line[at] == '-';
	}
	return true; /* a gap */
}

/* The takers of lines: false if a line does not say it all, as when a name has a newline. */

static bool add_content_line(struct aggregate *aggregate, const char *line, size_t len,
			     struct last_file *last)
{
	static const char binary[] = ": binary file matches";
	const struct args *args = &aggregate->call->args;
	bool has_context = args_is_set(args, GREP_AROUND) || args_is_set(args, GREP_CONTEXT) ||
			   args_is_set(args, GREP_BEFORE) || args_is_set(args, GREP_AFTER);
	struct aggregate_match match;

	if (has_context && is_context(line, len, last))
		return true;
	if (!aggregate_read_match(line, len, &match))
		return has_context || memmem(line, len, binary, sizeof(binary) - 1);
	add_file(aggregate, match.file, match.file_len, last);
	aggregate_match(aggregate, &match, blob_data(aggregate->result->body));
	return true;
}

static bool add_count_line(struct aggregate *aggregate, const char *line, size_t len)
{
	const char *colon = memrchr(line, ':', len);
	size_t digits = colon ? (size_t)(line + len - colon) - 1 : 0;

	if (!digits || strspn(colon + 1, "0123456789") < digits || colon == line)
		return false;
	add_counted(aggregate, line, (size_t)(colon - line), strtoull(colon + 1, NULL, 10));
	return true;
}

static bool add_mention_line(struct aggregate *aggregate, const char *line, size_t len)
{
	const char *body = blob_data(aggregate->result->body);
	struct fact fact = { .kind = FACT_MENTION, .file = line };
	struct last_file none = { 0 };
	struct mention mention;
	uint64_t bytes;

	if (!mention_read(line, len, &fact.file_len, &mention, &bytes))
		return false;
	add_file(aggregate, line, fact.file_len, &none);
	fact.weight = mention_pack(mention.fields);
	fact.value = bytes > UINT32_MAX ? UINT32_MAX : bytes;
	fact.at = (size_t)(line - body);
	fact.len = len;
	facts_add(aggregate->facts, &fact);
	return true;
}

static bool add_line(struct aggregate *aggregate, const char *line, size_t len,
		     struct last_file *last)
{
	switch (aggregate->result->grep.mode) {
	case GREP_FILES:
		add_counted(aggregate, line, len, 1);
		return true;
	case GREP_CONTENT:
		return !shows_lines(aggregate) || add_content_line(aggregate, line, len, last);
	case GREP_COUNT:
		return add_count_line(aggregate, line, len);
	case GREP_MENTIONS:
		return add_mention_line(aggregate, line, len);
	case GREP_MODE_COUNT:
		break;
	}
	return true;
}

static void each_line(struct aggregate *aggregate)
{
	const struct result *result = aggregate->result;
	const char *at = blob_data(result->body), *end = at + blob_len(result->body), *from = at;
	char stop = result->body_is_nul ? '\0' : '\n';
	struct last_file last = { 0 };

	while (at < end) {
		const char *stop_at = memchr(at, stop, (size_t)(end - at));

		stop_at = stop_at ? stop_at : end;
		at = stop_at + 1;
		if (add_line(aggregate, from, (size_t)(stop_at - from), &last) ||
		    stop_at - from > PATH_LEN_MAX)
			from = at;
	}
}

void aggregate_grep(struct aggregate *aggregate)
{
	if (aggregate->result->body)
		each_line(aggregate);
}

void aggregate_mentions(struct aggregate *aggregate)
{
	aggregate_grep(aggregate);
}
