/* SPDX-License-Identifier: MIT */
/* Grep: files that are there, and how their lines read. Mentions: how files speak of words. */
#include "graph/aggregate.h"
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

static void add_content_line(struct aggregate *aggregate, const char *line, size_t len,
			     struct last_file *last)
{
	struct aggregate_match match;

	if (!aggregate_read_match(line, len, &match))
		return; /* context, or a gap */
	add_file(aggregate, match.file, match.file_len, last);
	aggregate_match(aggregate, &match, blob_data(aggregate->result->body));
}

static void add_count_line(struct aggregate *aggregate, const char *line, size_t len)
{
	const char *colon = memrchr(line, ':', len);

	if (colon && colon > line)
		add_counted(aggregate, line, (size_t)(colon - line), strtoull(colon + 1, NULL, 10));
}

static void add_mention_line(struct aggregate *aggregate, const char *line, size_t len)
{
	const char *body = blob_data(aggregate->result->body);
	struct fact fact = { .kind = FACT_MENTION, .file = line };
	struct mention mention;
	uint64_t bytes;

	if (!mention_read(line, len, &fact.file_len, &mention, &bytes))
		return;
	fact.weight = mention_pack(mention.fields);
	fact.value = bytes > UINT32_MAX ? UINT32_MAX : bytes;
	fact.at = (size_t)(line - body);
	fact.len = len;
	facts_add(aggregate->facts, &fact);
}

static void each_line(struct aggregate *aggregate)
{
	const struct result *result = aggregate->result;
	const char *at = blob_data(result->body), *end = at + blob_len(result->body);
	enum grep_mode mode = result->grep.mode;
	bool has_lines = mode == GREP_CONTENT && shows_lines(aggregate);
	struct last_file last = { 0 };

	while (at < end) {
		char stop = result->body_is_nul ? '\0' : '\n';
		const char *stop_at = memchr(at, stop, (size_t)(end - at));
		size_t len = (size_t)((stop_at ? stop_at : end) - at);

		if (mode == GREP_FILES)
			add_counted(aggregate, at, len, 1);
		else if (has_lines)
			add_content_line(aggregate, at, len, &last);
		else if (mode == GREP_COUNT)
			add_count_line(aggregate, at, len);
		else if (mode == GREP_MENTIONS)
			add_mention_line(aggregate, at, len);
		at += len + 1;
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
