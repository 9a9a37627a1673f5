/* SPDX-License-Identifier: MIT */
/*
 * Preloaded into volley, and only there: counts its system calls that change something, over all
 * threads, and at the n-th kills the process or makes the call fail. strace counts for each thread
 * of its own, and every commit of the journal is a thread of its own.
 *
 * CHANGE_AT    the number; unset: none
 * CHANGE_DO    "kill"; "torn": kill after half of a write; or an errno: fail, and go on
 * CHANGE_KINDS words of: write sync open fallocate other; unset: all count
 * CHANGE_PATH  only files whose path holds this
 * CHANGE_ON    set: and all that come after it
 * CHANGE_FILE  gets how many there were, if the process ends by itself
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static atomic_long n_changes;
static long at;
static int failure; /* errno; 0: kill; -1: torn */
static bool is_on, is_here;
static const char *kinds, *part;

__attribute__((constructor)) static void begin(void)
{
	const char *number = getenv("CHANGE_AT"), *what = getenv("CHANGE_DO");
	const char *slash = strrchr(program_invocation_name, '/');

	kinds = getenv("CHANGE_KINDS");
	part = getenv("CHANGE_PATH");
	is_on = getenv("CHANGE_ON") != NULL;
	at = number ? strtol(number, NULL, 10) : -1;
	failure = !what || strcmp(what, "kill") == 0 ? 0
		  : strcmp(what, "torn") == 0        ? -1
						     : (int)strtol(what, NULL, 10);
	is_here = strcmp(slash ? slash + 1 : program_invocation_name, "volley") == 0;
}

__attribute__((destructor)) static void end(void)
{
	const char *path = getenv("CHANGE_FILE");
	FILE *file = is_here && path ? fopen(path, "w") : NULL;

	is_here = false;
	if (!file)
		return;
	fprintf(file, "%ld\n", atomic_load(&n_changes));
	fclose(file);
}

static bool is_of_path(int fd, const char *path)
{
	char link[64], target[4096];
	ssize_t n;

	if (!part)
		return true;
	if (path)
		return strstr(path, part) != NULL;
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, target, sizeof(target) - 1);
	if (n < 0)
		return false;
	target[n] = '\0';
	return strstr(target, part) != NULL;
}

/* True: it fails, errno says how. */
static bool is_it(const char *kind, int fd, const char *path)
{
	long n;

	if (!is_here || (kinds && !strstr(kinds, kind)) || !is_of_path(fd, path))
		return false;
	n = atomic_fetch_add(&n_changes, 1) + 1;
	if (at < 0 || n < at || (n > at && !is_on))
		return false;
	if (failure <= 0 && !(failure < 0 && strcmp(kind, "write") == 0))
		(void)kill(getpid(), SIGKILL);
	errno = failure;
	return true;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t pwrite64(int fd, const void *data, size_t len, off_t offset)
{
	if (is_it("write", fd, NULL)) {
		if (failure > 0)
			return -1;
		(void)REAL(pwrite64)(fd, data, len / 2, offset);
		(void)kill(getpid(), SIGKILL);
	}
	return REAL(pwrite64)(fd, data, len, offset);
}

ssize_t pwrite(int fd, const void *data, size_t len, off_t offset)
{
	return pwrite64(fd, data, len, offset);
}

ssize_t write(int fd, const void *data, size_t len)
{
	if (is_it("write", fd, NULL)) {
		if (failure > 0)
			return -1;
		(void)REAL(write)(fd, data, len / 2);
		(void)kill(getpid(), SIGKILL);
	}
	return REAL(write)(fd, data, len);
}

int fdatasync(int fd)
{
	return is_it("sync", fd, NULL) ? -1 : REAL(fdatasync)(fd);
}

int fsync(int fd)
{
	return is_it("sync", fd, NULL) ? -1 : REAL(fsync)(fd);
}

int ftruncate64(int fd, off_t len)
{
	return is_it("other", fd, NULL) ? -1 : REAL(ftruncate64)(fd, len);
}

int ftruncate(int fd, off_t len)
{
	return ftruncate64(fd, len);
}

int fallocate64(int fd, int mode, off_t offset, off_t len)
{
	return is_it("fallocate", fd, NULL) ? -1 : REAL(fallocate64)(fd, mode, offset, len);
}

int fallocate(int fd, int mode, off_t offset, off_t len)
{
	return fallocate64(fd, mode, offset, len);
}

int unlink(const char *path)
{
	return is_it("other", -1, path) ? -1 : REAL(unlink)(path);
}

int unlinkat(int fd, const char *path, int flags)
{
	return is_it("other", -1, path) ? -1 : REAL(unlinkat)(fd, path, flags);
}

int rename(const char *from, const char *to)
{
	return is_it("other", -1, from) ? -1 : REAL(rename)(from, to);
}

int mkdir(const char *path, mode_t mode)
{
	return is_it("other", -1, path) ? -1 : REAL(mkdir)(path, mode);
}

/* Those that make files. */
int open64(const char *path, int flags, ...)
{
	mode_t mode;
	va_list args;

	va_start(args, flags);
	mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
	va_end(args);
	if ((flags & O_CREAT) && is_it("open", -1, path))
		return -1;
	return REAL(open64)(path, flags, mode);
}

int open(const char *path, int flags, ...)
{
	mode_t mode;
	va_list args;

	va_start(args, flags);
	mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
	va_end(args);
	return open64(path, flags, mode);
}

int openat(int fd, const char *path, int flags, ...)
{
	mode_t mode;
	va_list args;

	va_start(args, flags);
	mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
	va_end(args);
	if ((flags & O_CREAT) && is_it("open", -1, path))
		return -1;
	return REAL(openat)(fd, path, flags, mode);
}

/* To the supervisor: a command starts, or a signal is sent. */
ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	return is_it("other", fd, NULL) ? -1 : REAL(sendmsg)(fd, message, flags);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*body)(void *), void *data)
{
	return is_it("other", -1, "") ? EAGAIN : REAL(pthread_create)(thread, attr, body, data);
}
