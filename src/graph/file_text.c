/* SPDX-License-Identifier: MIT */
/* The text of files that were read, taken back from the answers of Read. */
#include "base/str.h"
#include "graph/rank.h"
#include "model/tool.h"
#include "scan/read.h"

#include <stdlib.h>
#include <string.h>

/* The reading that shows most of the file; of equal ones that of the lowest call. */
static const struct reading *best_reading(const struct graph *graph, uint32_t node)
{
	const struct reading *best = NULL;

	for (uint32_t i = graph->file_readings.items[node]; i != NODE_NONE;
	     i = graph->readings.items[i].next) {
		const struct reading *reading = &graph->readings.items[i];
		const struct source *source = &graph->sources.items[reading->call];

		if (!source->body || !str_equal(source->tool->name, "Read"))
			continue;
		if (!best || reading->n_lines > best->n_lines ||
		    (reading->n_lines == best->n_lines && reading->call < best->call))
			best = reading;
	}
	return best;
}

static bool strip_numbers(const struct blob *body, struct file_text *text, char *data)
{
	size_t len = blob_len(body), at = 0, n = 0, out = 0;
	struct read_line line;

	for (; n < text->n_lines && read_next_line(blob_data(body), len, &at, &line); n++) {
		text->starts[n] = (uint32_t)out;
		memcpy(data + out, line.text, line.len);
		out += line.len;
	}
	if (n < text->n_lines && at < len)
		return false;
	text->n_lines = (uint32_t)n;
	text->starts[n] = (uint32_t)out;
	text->len = out;
	return n > 0;
}

bool file_text_get(const struct graph *graph, uint32_t node, struct file_text *ret_text)
{
	const struct reading *reading = best_reading(graph, node);
	const struct blob *body;
	char *data;
	bool ok;

	if (!reading)
		return false;
	body = graph->sources.items[reading->call].body;
	data = malloc(blob_len(body) + 1);
	*ret_text = (struct file_text){ .data = data,
					.first_line = reading->line,
					.n_lines = reading->n_lines };
	ret_text->starts = malloc(((size_t)reading->n_lines + 1) * sizeof(uint32_t));
	ok = data && ret_text->starts && blob_len(body) < UINT32_MAX &&
	     strip_numbers(body, ret_text, data);
	if (!ok)
		file_text_release(ret_text);
	return ok;
}

void file_text_release(struct file_text *text)
{
	free((void *)(uintptr_t)text->data);
	free(text->starts);
	*text = (struct file_text){ 0 };
}
