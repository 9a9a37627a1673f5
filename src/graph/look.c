/* SPDX-License-Identifier: MIT */
#include "graph/look.h"

#include "os/path.h"
#include "scan/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

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

/* A link, a directory or a device: commands differ in what they call existence. */
static bool is_special(int root_fd, const char *path)
{
	const char *slash = strrchr(path, '/');
	char dir[PATH_LEN_MAX] = "";
	struct stat st;
	bool is_one;
	int fd;

	if (slash)
		memcpy(dir, path, (size_t)(slash - path));
	fd = path_open_dir(root_fd, dir);
	if (fd < 0)
		return false;
	is_one = fstatat(fd, slash ? slash + 1 : path, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		 !S_ISREG(st.st_mode);
	close(fd);
	return is_one;
}

static enum look_found look_for_file(int root_fd, const char *path, uint64_t *ret_value)
{
	struct stat st;
	int fd = path_open_file(root_fd, path, &st);

	if (fd >= 0)
		close(fd);
	*ret_value = fd >= 0;
	if (is_special(root_fd, path))
		return LOOK_BOTH;
	return fd >= 0 || fd == -ENOENT || fd == -ENOTDIR ? LOOK_VALUE : LOOK_NOTHING;
}

enum look_found look_now(void *data, const struct graph *graph, uint32_t node,
			 enum attribute attribute, uint64_t *ret_value)
{
	const char *path = graph_file_name(graph, node);
	struct text text = { 0 };
	struct stat st;
	int fd, r;

	if (attribute > ATTR_TEXT || !*path || strlen(path) >= PATH_LEN_MAX)
		return LOOK_NOTHING;
	if (attribute == ATTR_EXISTS)
		return look_for_file(*(const int *)data, path, ret_value);
	fd = path_open_file(*(const int *)data, path, &st);
	if (fd < 0)
		return LOOK_NOTHING;
	r = text_read(&text, fd);
	close(fd);
	if (r == 0 && attribute == ATTR_LENGTH)
		*ret_value = lines_count(text.data, text.len);
	else if (r == 0)
		*ret_value = hash_line(&text, graph->nodes.items[node].line);
	text_release(&text);
	return r == 0 ? LOOK_VALUE : LOOK_NOTHING;
}
