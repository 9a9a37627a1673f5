/* SPDX-License-Identifier: MIT */
/* The page: web/graph, built into one file, with the JSON of the graph in the place that is kept
 * for it. The file is part of the program. */
#include "graph/export_view.h"

#include <assert.h>
#include <string.h>

/* A browser reads the data up to the first "</script", so no '<' stays in it. */
static const char mark[] = "@VOLLEY_GRAPH_DATA@";

__asm__(".pushsection .rodata\n"
	"graph_page_start:\n"
	".incbin \"web/graph/dist/graph.html\"\n"
	"graph_page_end:\n"
	".byte 0\n"
	".popsection\n");

extern const char page_start[] __asm__("graph_page_start") __attribute__((visibility("hidden")));
extern const char page_end[] __asm__("graph_page_end") __attribute__((visibility("hidden")));

static void add_safely(const char *json, size_t len, struct buf *out)
{
	for (size_t at = 0; at < len;) {
		const char *stop = memchr(json + at, '<', len - at);
		size_t n = stop ? (size_t)(stop - json) - at : len - at;

		buf_add(out, json + at, n);
		if (stop)
			buf_add_str(out, "\\u003c");
		at += n + 1;
	}
}

void export_html(const struct export_view *view, struct buf *out)
{
	size_t len = (size_t)(page_end - page_start);
	const char *at = memmem(page_start, len, mark, sizeof(mark) - 1);
	struct buf json;

	assert(at);
	buf_init(&json, out->max);
	export_json(view, &json);
	buf_add(out, page_start, (size_t)(at - page_start));
	add_safely(json.data ? json.data : "", json.len, out);
	at += sizeof(mark) - 1;
	buf_add(out, at, (size_t)(page_end - at));
	if (buf_error(&json) && !out->error)
		out->error = buf_error(&json);
	buf_release(&json);
}
