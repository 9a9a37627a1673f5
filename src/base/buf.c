/* SPDX-License-Identifier: MIT */
/* Growing byte buffers with a maximum and a sticky error. */
#include "base/buf.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buf_init(struct buf *buf, size_t max_bytes)
{
	*buf = (struct buf){ .max = max_bytes };
}

void buf_release(struct buf *buf)
{
	free(buf->data);
	*buf = (struct buf){ .max = buf->max };
}

void buf_clear(struct buf *buf)
{
	buf->len = 0;
	buf->error = 0;
	if (buf->data)
		buf->data[0] = '\0';
}

char *buf_reserve(struct buf *buf, size_t n)
{
	if (buf->error)
		return NULL;
	if (n > buf->max || buf->len > buf->max - n) {
		buf->error = -EFBIG;
		return NULL;
	}
	if (buf->len + n + 1 > buf->cap) {
		size_t cap = buf->cap ? buf->cap : 64;
		char *data;

		while (cap < buf->len + n + 1)
			cap += cap / 2 + 64;
		data = realloc(buf->data, cap);
		if (!data) {
			buf->error = -ENOMEM;
			return NULL;
		}
		buf->data = data;
		buf->cap = cap;
	}
	return buf->data + buf->len;
}

void buf_advance(struct buf *buf, size_t n)
{
	buf->len += n;
	buf->data[buf->len] = '\0';
}

void buf_add(struct buf *buf, const void *data, size_t len)
{
	char *to = buf_reserve(buf, len);

	if (!to)
		return;
	if (len)
		memcpy(to, data, len);
	buf_advance(buf, len);
}

void buf_add_str(struct buf *buf, const char *str)
{
	buf_add(buf, str, strlen(str));
}

void buf_add_char(struct buf *buf, char c)
{
	char *to = buf_reserve(buf, 1);

	if (!to)
		return;
	*to = c;
	buf_advance(buf, 1);
}

void buf_add_uint(struct buf *buf, unsigned long long n)
{
	char digits[24];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + n % 10);
		n /= 10;
	} while (n);
	buf_add(buf, digits + at, sizeof(digits) - at);
}

void buf_printf(struct buf *buf, const char *format, ...)
{
	va_list args;
	char *to;
	int n;

	va_start(args, format);
	n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (n < 0) {
		if (!buf->error)
			buf->error = -EINVAL;
		return;
	}
	to = buf_reserve(buf, (size_t)n);
	if (!to)
		return;
	va_start(args, format);
	(void)vsnprintf(to, (size_t)n + 1, format, args); /* measured above */
	va_end(args);
	buf_advance(buf, (size_t)n);
}

char *buf_take(struct buf *buf, size_t *ret_len)
{
	char *data;

	if (!buf->data && !buf_reserve(buf, 0))
		return NULL;
	if (buf->error)
		return NULL;
	buf->data[buf->len] = '\0';
	data = buf->data;
	if (ret_len)
		*ret_len = buf->len;
	*buf = (struct buf){ .max = buf->max };
	return data;
}
