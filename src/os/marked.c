/* SPDX-License-Identifier: MIT */
#include "os/marked.h"

#include "base/str.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

enum {
	ENVIRON_BYTES_MAX = 256 << 10,
	COMMAND_BYTES_MAX = 256,
	PATH_BYTES_MAX = 64,
	STAT_BYTES_MAX = 512,
	PARENTS_MAX = 256,
};

/* Reads /proc/PID/WHAT, NUL-terminated; the number of bytes, 0 for none. */
static size_t read_of(pid_t pid, const char *what, char *out, size_t size)
{
	char path[PATH_BYTES_MAX];
	size_t len = 0;
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, what); /* fits */
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0; /* gone, or somebody else's */
	while (len < size - 1 && (n = read(fd, out + len, size - 1 - len)) > 0)
		len += (size_t)n;
	(void)close(fd); /* only read */
	out[len] = '\0';
	return len;
}

/* The variable's value in a list of NAME=VALUE, each with its NUL, or NULL. */
static const char *find(const char *environment, size_t len, const char *name)
{
	const size_t n = strlen(name);

	for (size_t at = 0; at < len; at += strlen(environment + at) + 1) {
		if (strncmp(environment + at, name, n) == 0 && environment[at + n] == '=')
			return environment + at + n + 1;
	}
	return NULL;
}

static void read_command(pid_t pid, char out[COMMAND_BYTES_MAX])
{
	size_t len = read_of(pid, "cmdline", out, COMMAND_BYTES_MAX);

	out[len] = '\0';
	for (size_t i = 0; i + 1 < len; i++) {
		if (!out[i] || out[i] == '\n')
			out[i] = ' ';
	}
}

int marked_each(bool (*each)(void *data, const struct marked *marked), void *data)
{
	char *environment = malloc(ENVIRON_BYTES_MAX);
	DIR *dir = environment ? opendir("/proc") : NULL;
	int r = dir ? 0 : environment ? -errno : -ENOMEM;
	struct dirent *entry;
	bool goes_on = true;

	while (dir && goes_on && (entry = readdir(dir))) {
		char command[COMMAND_BYTES_MAX];
		struct marked marked = { .command = command };
		char *end;
		size_t len;

		marked.pid = (pid_t)strtol(entry->d_name, &end, 10);
		if (*end || marked.pid <= 0 || marked.pid == getpid())
			continue;
		len = read_of(marked.pid, "environ", environment, ENVIRON_BYTES_MAX);
		marked.value = find(environment, len, MARKED_NAME);
		if (!marked.value)
			continue;
		read_command(marked.pid, command);
		goes_on = each(data, &marked);
	}
	if (dir)
		(void)closedir(dir); /* only read */
	free(environment);
	return r;
}

/* The second word of its stat is a name in parentheses, with whatever in it, the fourth its
 * parent. 0 = it is gone, or has none. */
static pid_t parent_of(pid_t pid, bool *ret_is_ours)
{
	char text[STAT_BYTES_MAX];
	const char *name, *end;
	char *stop;
	long parent;

	*ret_is_ours = false;
	if (read_of(pid, "stat", text, sizeof(text)) == 0)
		return 0;
	name = strchr(text, '(');
	end = strrchr(text, ')');
	if (!name || !end || strlen(end) < 5)
		return 0;
	*ret_is_ours = str_starts_with(name, "(" MARKED_SUPERVISOR ")") ||
		       str_starts_with(name, "(" MARKED_KEEPER ")");
	parent = strtol(end + 4, &stop, 10); /* ") S 1 …" */
	return stop == end + 4 || parent < 0 ? 0 : (pid_t)parent;
}

/* The parent of who came into a pid namespace from outside is not seen there: its first process
 * stands for it. */
static pid_t next_above(pid_t pid, pid_t parent)
{
	return parent == 0 && pid != 1 ? 1 : parent;
}

void marked_above(void (*each)(void *data, const char *text, size_t len, bool is_ours), void *data)
{
	char *environment = malloc(ENVIRON_BYTES_MAX);
	pid_t pid = next_above(getpid(), getppid()), next;

	for (int i = 0; environment && pid > 0 && i < PARENTS_MAX; i++, pid = next) {
		bool is_ours;

		next = next_above(pid, parent_of(pid, &is_ours));
		each(data, environment, read_of(pid, "environ", environment, ENVIRON_BYTES_MAX),
		     is_ours);
	}
	free(environment);
}

bool marked_is_kept(void)
{
	char name[COMMAND_BYTES_MAX];

	(void)read_of(1, "comm", name, sizeof(name));
	/* A keeper that has not run yet is called as who made it. */
	return str_equal(name, MARKED_KEEPER "\n") || str_equal(name, MARKED_SUPERVISOR "\n");
}

bool marked_kill(pid_t pid, const char *value)
{
	char *environment = malloc(ENVIRON_BYTES_MAX);
	int fd = pidfd_open(pid, 0);
	const char *found = NULL;
	bool is_sent = false;

	if (fd >= 0 && environment)
		found = find(environment, read_of(pid, "environ", environment, ENVIRON_BYTES_MAX),
			     MARKED_NAME);
	if (found && strcmp(found, value) == 0)
		is_sent = pidfd_send_signal(fd, SIGKILL, NULL, 0) == 0;
	if (fd >= 0)
		(void)close(fd);
	free(environment);
	return is_sent;
}
