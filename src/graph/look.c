/* SPDX-License-Identifier: MIT */
#include "graph/look.h"

#include "os/path.h"
#include "scan/text.h"

#include <errno.h>

/* The line's hash; 0 where there is no such line. */
static uint64_t hash_line(const struct text *text, uint32_t line)
{
	size_t at = 0;

	for (uint32_t i = 1; i < line && at < text->len; i++)
		at = line_end(text->data, text->len, at) + 1;
	if (at >= text->len)
		return 0;
	return fact_text_hash((const char *)text->data + at,
			      line_end(text->data, text->len, at) - at);
}

bool look_now(void *data, const struct graph *graph, uint32_t node, enum attribute attribute,
	      uint64_t *ret_value)
{
	const char *path = graph_file_name(graph, node);
	struct text text = { 0 };
	struct stat st;
	int fd, r;

	if (attribute > ATTR_TEXT || !*path)
		return false;
	fd = path_open_file(*(const int *)data, path, &st);
	if (attribute == ATTR_EXISTS) {
		if (fd >= 0)
			close(fd);
		*ret_value = fd >= 0;
		return fd >= 0 || fd == -ENOENT || fd == -ENOTDIR;
	}
	if (fd < 0)
		return false;
	r = text_read(&text, fd);
	close(fd);
	if (r == 0 && attribute == ATTR_LENGTH)
		*ret_value = lines_count(text.data, text.len);
	else if (r == 0)
		*ret_value = hash_line(&text, graph->nodes.items[node].line);
	text_release(&text);
	return r == 0;
}
