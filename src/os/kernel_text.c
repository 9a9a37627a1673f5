/* SPDX-License-Identifier: MIT */
#include "os/kernel_text.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool kernel_text_read(int dir_fd, const char *path, char out[KERNEL_TEXT_MAX])
{
	int fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	size_t len = 0;
	ssize_t n = 0;

	if (fd < 0)
		return false;
	while (len < KERNEL_TEXT_MAX - 1) {
		n = read(fd, out + len, KERNEL_TEXT_MAX - 1 - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	(void)close(fd); /* only read */
	if (n < 0)
		return false;
	/* A number that was cut would be another number. */
	if (len == KERNEL_TEXT_MAX - 1)
		while (len > 0 && out[len - 1] != '\n')
			len--;
	out[len] = '\0';
	return true;
}

static const char *skip_blanks(const char *at)
{
	return at + strspn(at, " \t");
}

bool kernel_text_uint(const char **at, uint64_t *ret_n)
{
	const char *start = skip_blanks(*at);
	unsigned long long n;
	char *end;

	if (*start < '0' || *start > '9')
		return false;
	errno = 0;
	n = strtoull(start, &end, 10);
	if (errno)
		return false;
	*at = end;
	*ret_n = n;
	return true;
}

/* By hand: strtod() heeds the locale and takes more forms than the kernel writes. */
bool kernel_text_real(const char **at, double *ret_n)
{
	const char *pos = skip_blanks(*at);
	double scale = 1, n = 0;

	if (*pos < '0' || *pos > '9')
		return false;
	for (; *pos >= '0' && *pos <= '9'; pos++)
		n = n * 10 + (*pos - '0');
	if (*pos == '.')
		for (pos++; *pos >= '0' && *pos <= '9'; pos++)
			n += (*pos - '0') * (scale /= 10);
	if (!isfinite(n))
		return false;
	*at = pos;
	*ret_n = n;
	return true;
}

const char *kernel_text_line(const char *text, const char *start)
{
	size_t len = strlen(start);

	while (*text) {
		if (strncmp(text, start, len) == 0 && strchr(" \t\n", text[len]))
			return text; /* strchr() finds the NUL too */
		text = strchrnul(text, '\n');
		text += *text == '\n';
	}
	return NULL;
}

bool kernel_text_field(const char *text, const char *name, uint64_t *ret_n)
{
	const char *at = kernel_text_line(text, name);

	if (!at)
		return false;
	at += strlen(name);
	return kernel_text_uint(&at, ret_n);
}
