/* SPDX-License-Identifier: MIT */
/* Standard input on the loop. */
#include "cli/reader.h"

#include "cli/stream.h"

#include <errno.h>
#include <unistd.h>

enum { CHUNK = 256 << 10 };

static void read_chunk(struct reader *reader)
{
	char *at = lines_space(reader->lines, CHUNK);
	ssize_t n;

	if (!at) {
		reader->error = -ENOMEM;
	} else {
		n = read(reader->fd, at, CHUNK);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			return;
		if (n > 0)
			lines_fill(reader->lines, (size_t)n);
		else if (n < 0)
			reader->error = -errno;
		if (n > 0) {
			reader->on_read(reader->data);
			return;
		}
	}
	lines_end(reader->lines);
	reader->is_ended = true;
	reader_switch(reader, false);
	reader->on_read(reader->data);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
	(void)status, (void)events; /* a failure shows in the read */
	read_chunk(poll->data);
}

static void on_idle(uv_idle_t *idle)
{
	read_chunk(idle->data);
}

void reader_start(struct reader *reader, uv_loop_t *loop, int fd)
{
	int own = stream_open(fd, false);

	reader->fd = own >= 0 ? own : fd;
	reader->own_fd = own >= 0;
	reader->is_polled = own >= 0 && uv_poll_init(loop, &reader->poll, own) == 0;
	if (!reader->is_polled)
		(void)uv_idle_init(loop, &reader->idle); /* cannot fail */
	reader->handle.data = reader;
}

void reader_switch(struct reader *reader, bool on)
{
	if (reader->is_on == on || (on && reader->is_ended))
		return;
	reader->is_on = on;
	if (reader->is_polled && on)
		(void)uv_poll_start(&reader->poll, UV_READABLE, on_poll); /* checked at init */
	else if (reader->is_polled)
		(void)uv_poll_stop(&reader->poll); /* cannot fail */
	else if (on)
		(void)uv_idle_start(&reader->idle, on_idle); /* cannot fail */
	else
		(void)uv_idle_stop(&reader->idle); /* cannot fail */
}

static void on_close(uv_handle_t *handle)
{
	struct reader *reader = handle->data;

	if (reader->own_fd)
		(void)close(reader->fd); /* only read from */
	reader->is_closing = false;
}

void reader_stop(struct reader *reader)
{
	reader->is_ended = true;
	reader->is_closing = true;
	uv_close(&reader->handle, on_close);
}
