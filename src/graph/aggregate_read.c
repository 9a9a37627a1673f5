/* SPDX-License-Identifier: MIT */
/* Read: how the lines of a file read, what it defines and uses; or that it is not there. */
#include "graph/aggregate.h"
#include "scan/read.h"
#include "tools/codebase.h"

#include <string.h>

static void add_missing(struct aggregate *aggregate)
{
	const char *given = args_str(&aggregate->call->args, READ_FILE_PATH);
	const char *path = given ? aggregate_path(aggregate, NULL, given, strlen(given)) : NULL;
	struct fact fact = { .kind = FACT_EXISTS, .file = path, .value = 0 };

	if (!path)
		return;
	fact.file_len = strlen(path);
	facts_add(aggregate->facts, &fact);
}

/* Only what was read to its end tells how many lines there are. */
static void add_length(struct aggregate *aggregate, const struct aggregate_text *text)
{
	const struct read_output *read = &aggregate->result->read;
	struct fact fact = { .kind = FACT_LENGTH, .file = text->file, .file_len = text->file_len };

	if (read->start_line - 1 + read->n_lines != read->total_lines)
		return;
	fact.value = read->total_lines;
	if (text->len && text->text[text->len - 1] != '\n')
		fact.value--; /* as wc -l counts */
	facts_add(aggregate->facts, &fact);
}

void aggregate_read(struct aggregate *aggregate)
{
	const struct result *result = aggregate->result;
	const char *body = result->body ? blob_data(result->body) : "";
	size_t len = result->body ? blob_len(result->body) : 0, at = 0, n = 0, out = 0;
	struct read_line line;
	char *plain;
	uint32_t *places;
	struct aggregate_text text = { .line = (uint32_t)result->read.start_line };

	if (result->status == CALL_FAILED && result->error.class == ERROR_MISSING) {
		add_missing(aggregate);
		return;
	}
	if (result->status != CALL_OK || !result->read.file_path || len > UINT32_MAX)
		return;
	plain = arena_alloc(aggregate->arena, len + 1);
	places = arena_alloc_array(aggregate->arena, result->read.n_lines + 1, sizeof(*places));
	if (!plain || !places) {
		aggregate->facts->is_out_of_memory = true;
		return;
	}
	while (n < result->read.n_lines && read_next_line(body, len, &at, &line)) {
		places[n++] = (uint32_t)(line.text - body);
		memcpy(plain + out, line.text, line.len);
		out += line.len;
	}
	text.file = result->read.file_path;
	text.file_len = strlen(text.file);
	text.text = plain;
	text.len = out;
	text.at = places;
	add_length(aggregate, &text);
	aggregate_text(aggregate, &text);
}
