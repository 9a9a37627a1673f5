/* SPDX-License-Identifier: MIT */
/* Standard output, blocking for one answer or pumped by the loop for a stream of them. */
#include "cli/out.h"

#include "cli/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>
#include <uv.h>

struct out_poll {
	uv_poll_t handle;
	struct out *out; /* NULL once released */
	int fd;
	bool is_polling;
	void (*on_drained)(void *data);
	void *data;
};

void out_init(struct out *out, int fd)
{
	/* Each time that a pipe of 64 KiB is full, the reader must be scheduled among busy
	 * threads; that fails where fd is no pipe, or the user has too many large ones. */
	(void)fcntl(fd, F_SETPIPE_SZ, 1 << 20);
	*out = (struct out){ .fd = fd };
	buf_init(&out->buf, OUT_BYTES_MAX);
}

static void forget_sent(struct out *out)
{
	out->sent = 0;
	buf_clear(&out->buf);
}

/* Writes until all is out or the descriptor would block. */
static void write_some(struct out *out, int fd)
{
	while (!out->is_closed && !out->error && out->sent < out->buf.len) {
		ssize_t n = write(fd, out->buf.data + out->sent, out->buf.len - out->sent);

		if (n >= 0)
			out->sent += (size_t)n;
		else if (errno == EPIPE || errno == ECONNRESET)
			out->is_closed = true;
		else if (errno == EAGAIN)
			return;
		else if (errno != EINTR)
			out->error = -errno;
	}
	forget_sent(out);
}

int out_flush(struct out *out, struct error *err)
{
	int fd = out->poll ? out->poll->fd : out->fd;

	if (buf_error(&out->buf))
		return error_set(err, ERROR_LIMIT, -buf_error(&out->buf),
				 "the answer does not fit in memory");
	for (;;) {
		struct pollfd wait = { .fd = fd, .events = POLLOUT };

		write_some(out, fd);
		if (!out_backlog(out))
			break;
		(void)poll(&wait, 1, -1); /* a failure shows in the next write */
	}
	if (out->error)
		return error_errno(err, -out->error, "cannot write the answer");
	return 0;
}

size_t out_backlog(const struct out *out)
{
	return out->is_closed || out->error ? 0 : out->buf.len - out->sent;
}

static void poll_ready(uv_poll_t *handle, int status, int events)
{
	struct out_poll *poll = handle->data;

	(void)status, (void)events; /* a failure shows in the write */
	out_push(poll->out);
	if (out_backlog(poll->out))
		return;
	if (poll->on_drained)
		poll->on_drained(poll->data);
}

static void poll_closed(uv_handle_t *handle)
{
	struct out_poll *poll = handle->data;

	(void)close(poll->fd); /* nothing is buffered behind it */
	free(poll);
}

int out_start(struct out *out, struct uv_loop_s *loop, struct error *err)
{
	struct out_poll *poll;
	int fd = stream_open(out->fd, true);

	if (fd < 0)
		return 0; /* it does not block */
	poll = calloc(1, sizeof(*poll));
	if (!poll) {
		(void)close(fd); /* unused */
		return error_set(err, ERROR_LIMIT, ENOMEM, "out of memory");
	}
	if (uv_poll_init(loop, &poll->handle, fd) < 0) {
		(void)close(fd); /* cannot be polled: blocking writes will do */
		free(poll);
		return 0;
	}
	poll->handle.data = poll;
	poll->out = out;
	poll->fd = fd;
	uv_unref((uv_handle_t *)&poll->handle);
	out->poll = poll;
	return 0;
}

void out_on_drained(struct out *out, void (*on_drained)(void *data), void *data)
{
	if (!out->poll)
		return; /* there is never a backlog */
	out->poll->on_drained = on_drained;
	out->poll->data = data;
}

static void watch(struct out_poll *poll, bool on)
{
	if (poll->is_polling == on)
		return;
	poll->is_polling = on;
	if (on) {
		(void)uv_poll_start(&poll->handle, UV_WRITABLE, poll_ready); /* checked at init */
		uv_ref((uv_handle_t *)&poll->handle);
	} else {
		(void)uv_poll_stop(&poll->handle); /* cannot fail */
		uv_unref((uv_handle_t *)&poll->handle);
	}
}

void out_push(struct out *out)
{
	if (buf_error(&out->buf))
		out->error = buf_error(&out->buf);
	if (!out->poll) {
		(void)out_flush(out, NULL); /* out->error keeps it */
		return;
	}
	write_some(out, out->poll->fd);
	watch(out->poll, out_backlog(out) > 0);
}

void out_release(struct out *out)
{
	if (out->poll) {
		watch(out->poll, false);
		uv_close((uv_handle_t *)&out->poll->handle, poll_closed);
		out->poll = NULL;
	}
	buf_release(&out->buf);
}
