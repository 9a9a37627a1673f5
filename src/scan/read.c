/* SPDX-License-Identifier: MIT */
/* Reading lines of a file, and saying clearly why there are none. */
#include "scan/read.h"

#include "base/buf.h"
#include "os/path.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void fail(struct result *ret, int code, const char *path, const char *what)
{
	ret->status = code == EXDEV || code == ELOOP ? CALL_DENIED : CALL_FAILED;
	if (what)
		(void)error_set(&ret->error, ERROR_INVALID, code, "'%s' %s", path, what);
	else
		(void)error_errno(&ret->error, code, "cannot read '%s'", path);
	if (code == EXDEV || code == ELOOP)
		error_from(&ret->error, ERROR_FROM_CONFINED, 0);
}

static void fail_open(int root_fd, int r, const char *path, struct result *ret)
{
	char near[PATH_LEN_MAX];

	switch (-r) {
	case EISDIR:
		fail(ret, EISDIR, path[0] ? path : ".",
		     "is a directory: list it with Glob, pattern '*' and this path");
		return;
	case ENODEV:
		fail(ret, ENODEV, path, "is not a regular file (a device, a FIFO or a socket)");
		return;
	case EXDEV:
		fail(ret, EXDEV, path, "leads out of the workspace root");
		ret->error.class = ERROR_DENIED;
		return;
	case ENOENT:
	case ENOTDIR:
		fail(ret, -r, path, "does not exist");
		ret->error.class = ERROR_MISSING;
		if (path_nearest(root_fd, path, near))
			(void)error_set(&ret->error, ERROR_MISSING, -r,
					"'%.200s' does not exist; did you mean '%.200s'?", path,
					near);
		return;
	default:
		fail(ret, -r, path, NULL);
	}
}

static bool allocate(struct result *ret, const char *path)
{
	ret->arena = malloc(sizeof(*ret->arena));
	if (!ret->arena)
		return false;
	arena_init(ret->arena, 1 << 16);
	ret->read.file_path = arena_strdup(ret->arena, path);
	return ret->read.file_path;
}

/* From byte `at` on, `limit` lines numbered from `number`. */
static void add_lines(struct buf *out, const struct text *text, size_t at,
		      const struct read_query *query, struct read_output *ret)
{
	while (at < text->len && (!query->limit || ret->n_lines < query->limit)) {
		size_t end = line_end(text->data, text->len, at);
		size_t next = end < text->len ? end + 1 : end;

		buf_printf(out, "%6" PRIu64 "\t", query->offset + ret->n_lines);
		buf_add(out, text->data + at, next - at);
		ret->n_lines++;
		at = next;
	}
}

bool read_next_line(const char *body, size_t len, size_t *at, struct read_line *ret_line)
{
	const char *tab = *at < len ? memchr(body + *at, '\t', len - *at) : NULL;
	const char *end;

	if (!tab)
		return false;
	ret_line->text = tab + 1;
	end = memchr(tab + 1, '\n', (size_t)(body + len - (tab + 1)));
	ret_line->len = (size_t)((end ? end + 1 : body + len) - ret_line->text);
	*at = (size_t)(ret_line->text - body) + ret_line->len;
	return true;
}

static uint64_t total_lines(const struct text *text)
{
	uint64_t n = lines_count(text->data, text->len);

	return n + (text->len && text->data[text->len - 1] != '\n');
}

static void print_lines(const struct read_query *query, const struct text *text, struct result *ret)
{
	struct read_output *read = &ret->read;
	struct buf out;
	size_t at = 0, len;
	char *data;

	read->start_line = query->offset;
	read->total_lines = total_lines(text);
	if (query->offset > read->total_lines && query->offset > 1) {
		ret->status = CALL_FAILED;
		(void)error_set(&ret->error, ERROR_INVALID, EINVAL,
				"offset %" PRIu64 " is past the end of '%.200s', which has %" PRIu64
				" lines",
				query->offset, query->path, read->total_lines);
		return;
	}
	for (uint64_t i = 1; i < query->offset; i++)
		at = line_end(text->data, text->len, at) + 1;
	buf_init(&out, TEXT_BYTES_MAX * 4);
	add_lines(&out, text, at, query, read);
	len = out.len;
	data = buf_take(&out, &len);
	ret->body = data ? blob_from(data, len) : NULL;
	buf_release(&out);
	if (!ret->body)
		fail(ret, ENOMEM, query->path, NULL);
	if (query->offset + read->n_lines <= read->total_lines)
		ret->receipt.truncated_at = arena_printf(ret->arena, "%s:%" PRIu64, query->path,
							 query->offset + read->n_lines);
}

void read_file(int root_fd, const char *root_path, const struct read_query *query,
	       struct text *text, struct result *ret)
{
	char what[96];
	struct stat st;
	int fd, r;

	*ret = (struct result){ .attempts = 1, .payload = PAYLOAD_READ };
	ret->receipt.root = root_path;
	fd = path_open_file(root_fd, query->path, &st);
	if (fd < 0) {
		fail_open(root_fd, fd, query->path, ret);
		return;
	}
	r = text_read(text, fd);
	close(fd);
	if (r) {
		if (r == -EFBIG)
			fail(ret, EFBIG, query->path, "is over 256 MiB");
		else
			fail(ret, -r, query->path, NULL);
		return;
	}
	ret->receipt.files_walked = ret->receipt.files_searched = 1;
	ret->receipt.bytes_searched = text->n_bytes;
	if (text->has_nul) {
		ret->receipt.skipped.binary = 1;
		(void)snprintf(what, sizeof(what), "is binary: a NUL stands at byte %zu of %zu",
			       text->nul_at + 1, text->len); /* fits */
		fail(ret, EILSEQ, query->path, what);
		return;
	}
	if (!allocate(ret, query->path)) {
		fail(ret, ENOMEM, query->path, NULL);
		return;
	}
	print_lines(query, text, ret);
}
