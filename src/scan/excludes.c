/* SPDX-License-Identifier: MIT */
/* Where git keeps the ignore rules that are not in the tree. */
#include "scan/excludes.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CONFIG_MAX = 1 << 20, PATH_MAX_BYTES = 4096 };

int excludes_read_fd(int own_fd, struct buf *text)
{
	enum { BLOCK = 8192 };
	struct stat st;
	int r = 0;

	if (fstat(own_fd, &st) < 0)
		r = -errno;
	else if (!S_ISREG(st.st_mode))
		r = -ENODEV;
	while (r == 0 && text->len < text->max) {
		size_t room = text->max - text->len;
		char *to = buf_reserve(text, room < BLOCK ? room : BLOCK);
		ssize_t n;

		if (!to) {
			r = buf_error(text);
			break;
		}
		n = read(own_fd, to, room < BLOCK ? room : BLOCK);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			r = n < 0 ? -errno : 0;
			break;
		}
		buf_advance(text, (size_t)n);
	}
	close(own_fd);
	return r;
}

int excludes_read(const char *path, struct buf *text)
{
	struct stat st;
	int fd;

	/* A FIFO or a device is not even opened; it is looked at again once open. */
	if (stat(path, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -ENODEV;
	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return fd < 0 ? -errno : excludes_read_fd(fd, text);
}

static const char *skip_space(const char *at)
{
	while (isspace((unsigned char)*at))
		at++;
	return at;
}

/** Adds path with every '~' replaced by the home directory. */
static void add_expanded(struct buf *path, const char *from, size_t len)
{
	const char *home = getenv("HOME");

	for (size_t i = 0; i < len; i++)
		if (from[i] == '~' && home)
			buf_add_str(path, home);
		else
			buf_add_char(path, from[i]);
}

/** The value of the first line "excludesfile = value", whatever section it is in. */
static bool find_setting(const char *config, struct buf *path)
{
	static const char key[] = "excludesfile";

	for (const char *at = strcasestr(config, key); at; at = strcasestr(at + 1, key)) {
		const char *line = at, *value;

		while (line > config && line[-1] != '\n' && isspace((unsigned char)line[-1]))
			line--;
		value = skip_space(at + sizeof(key) - 1);
		if ((line > config && line[-1] != '\n') || *value != '=')
			continue;
		value = skip_space(value + 1);
		if (!*value)
			continue;
		add_expanded(path, value, strcspn(value, "\n"));
		return true;
	}
	return false;
}

static bool find_in_config(const char *config_path, struct buf *path)
{
	CLEANUP(buf) struct buf text = { .max = CONFIG_MAX };

	return excludes_read(config_path, &text) == 0 && text.data && find_setting(text.data, path);
}

void excludes_find_global(struct buf *path)
{
	const char *home = getenv("HOME"), *xdg = getenv("XDG_CONFIG_HOME");
	CLEANUP(buf) struct buf config = { .max = PATH_MAX_BYTES };
	CLEANUP(buf) struct buf dir = { .max = PATH_MAX_BYTES };

	if (home) {
		buf_printf(&config, "%s/.gitconfig", home);
		if (!buf_error(&config) && find_in_config(config.data, path))
			return;
	}
	if (xdg && *xdg)
		buf_add_str(&dir, xdg);
	else if (home)
		buf_printf(&dir, "%s/.config", home);
	else
		return;
	buf_clear(&config);
	buf_printf(&config, "%s/git/config", dir.data);
	if (!buf_error(&config) && find_in_config(config.data, path))
		return;
	buf_printf(path, "%s/git/ignore", dir.data);
}

/** The first line of a text, or nothing. */
static size_t first_line(const char *text, size_t len)
{
	const char *end = memchr(text, '\n', len);
	size_t n = end ? (size_t)(end - text) : len;

	return n > 0 && text[n - 1] == '\r' ? n - 1 : n;
}

void excludes_find_linked(const char *dir, const char *git_file, size_t len, struct buf *path)
{
	static const char key[] = "gitdir: ";
	CLEANUP(buf) struct buf git_dir = { .max = PATH_MAX_BYTES };
	CLEANUP(buf) struct buf common = { .max = PATH_MAX_BYTES };
	size_t n = len ? first_line(git_file, len) : 0, git_dir_len;

	if (n < sizeof(key) || memcmp(git_file, key, sizeof(key) - 1) != 0)
		return;
	git_file += sizeof(key) - 1;
	n -= sizeof(key) - 1;
	if (*git_file != '/')
		buf_printf(&git_dir, "%s/", dir);
	buf_add(&git_dir, git_file, n);
	git_dir_len = git_dir.len;
	buf_add_str(&git_dir, "/commondir");
	if (buf_error(&git_dir) || excludes_read(git_dir.data, &common) < 0 || !common.len)
		return;
	n = first_line(common.data, common.len);
	if (common.data[0] == '.') {
		buf_add(path, git_dir.data, git_dir_len);
		buf_add_char(path, '/');
	}
	buf_add(path, common.data, n);
	buf_add_str(path, "/info/exclude");
}
