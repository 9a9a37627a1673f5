/* SPDX-License-Identifier: MIT */
#include "os/job_make.h"

#include "base/attr.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	NOT_FOUND = 127, /* as a shell says it */
	POOL_FD = 100,   /* and the next: above what programs use */
	WAIT_MS = 1000,
	GRAB_MS = 50,
	PATH_SIZE = 4096,
};

struct pool {
	const char *tokens_path;
	int tokens_fd, lock_fd;
	int read_fd, write_fd; /* for make: inherited */
	unsigned n_jobs;
	unsigned long n_wanted; /* less than n_jobs: a pool of its own; 0 = this one */
	unsigned long n_held;   /* tokens: given back at the end */
};

static int fail(const char *name, const char *what)
{
	(void)dprintf(STDERR_FILENO, "%s: %s\n", name, what); /* there is no other place */
	return NOT_FOUND;
}

/* ---- the real make ---- */

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* The first in PATH that is not this program. */
static bool find_real(const char *name, char out[PATH_SIZE])
{
	const char *path = getenv("PATH");
	struct stat self, found;
	bool has_self = stat("/proc/self/exe", &self) == 0;

	if (!path)
		path = "/usr/local/bin:/usr/bin:/bin";
	for (const char *at = path;;) {
		const char *end = strchrnul(at, ':');
		int len = end > at ? (int)(end - at) : 1;

		if (snprintf(out, PATH_SIZE, "%.*s/%s", len, end > at ? at : ".", name) <
			    PATH_SIZE &&
		    stat(out, &found) == 0 && S_ISREG(found.st_mode) && access(out, X_OK) == 0 &&
		    !(has_self && found.st_dev == self.st_dev && found.st_ino == self.st_ino))
			return true;
		if (!*end)
			return false;
		at = end + 1;
	}
}

static int execute(const char *real, char **argv)
{
	(void)execve(real, argv, environ);
	return fail(argv[0], strerror(errno));
}

/* ---- the pool ---- */

static bool read_size(struct pool *pool)
{
	char text[16];
	ssize_t n = pread(pool->lock_fd, text, sizeof(text) - 1, 0);

	if (n <= 0)
		return false;
	text[n] = '\0';
	pool->n_jobs = (unsigned)strtoul(text, NULL, 10);
	return pool->n_jobs > 0;
}

/* A descriptor that make inherits. Opened anew: make changes the mode of what it is given. */
static int open_for_make(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	int high = fd < 0 ? -1 : fcntl(fd, F_DUPFD, POOL_FD);

	if (fd >= 0)
		(void)close(fd); /* there is another */
	return high;
}

/* False: there is no such pool (any more, or here). What is open stays open for the exec. */
static bool open_pool(struct pool *pool)
{
	char path[PATH_SIZE];
	const char *slash = strrchr(pool->tokens_path, '/');

	if (!slash || snprintf(path, sizeof(path), "%.*s/lock", (int)(slash - pool->tokens_path),
			       pool->tokens_path) >= (int)sizeof(path))
		return false;
	pool->lock_fd = open(path, O_RDONLY | O_CLOEXEC);
	pool->tokens_fd = open(pool->tokens_path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	pool->read_fd = open_for_make(pool->tokens_path);
	pool->write_fd = open_for_make(pool->tokens_path);
	return pool->lock_fd >= 0 && pool->tokens_fd >= 0 && pool->read_fd >= 0 &&
	       pool->write_fd >= 0 && read_size(pool);
}

/* Nobody holds a token while the lock can be had alone: then all of them must be there. */
static void fill_up(const struct pool *pool)
{
	int n = 0;
	char token = '+';

	if (flock(pool->lock_fd, LOCK_EX | LOCK_NB) < 0)
		return;
	if (ioctl(pool->tokens_fd, FIONREAD, &n) == 0) {
		for (; n < (int)pool->n_jobs; n++)
			if (write(pool->tokens_fd, &token, 1) != 1)
				break;
		for (; n > (int)pool->n_jobs; n--)
			if (read(pool->tokens_fd, &token, 1) != 1)
				break;
	}
	(void)flock(pool->lock_fd, LOCK_UN); /* it is ours */
}

static int lock_shared(int fd)
{
	int r;

	do
		r = flock(fd, LOCK_SH);
	while (r < 0 && errno == EINTR);
	return r;
}

/* Waits for a token and keeps the lock. */
static bool take_token(const struct pool *pool, char *ret_token)
{
	for (;;) {
		struct pollfd ready = { .fd = pool->tokens_fd, .events = POLLIN };
		ssize_t n;

		fill_up(pool);
		if (lock_shared(pool->lock_fd) < 0)
			return false;
		n = read(pool->tokens_fd, ret_token, 1);
		if (n == 1)
			return true;
		if (n == 0 || (errno != EAGAIN && errno != EINTR))
			return false;
		(void)flock(pool->lock_fd, LOCK_UN); /* it is ours */
		(void)poll(&ready, 1, WAIT_MS);      /* however it ends, look again */
	}
}

static void give_tokens(const struct pool *pool)
{
	char token = '+';

	for (unsigned long i = 0; i < pool->n_held; i++)
		if (write(pool->tokens_fd, &token, 1) != 1)
			return; /* it is filled up again when it is idle */
}

/* A pipe in the place of the descriptors that MAKEFLAGS names. */
static bool make_own_pool(const struct pool *pool)
{
	int fds[2];
	bool done;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return false;
	done = dup2(fds[0], pool->read_fd) >= 0 && dup2(fds[1], pool->write_fd) >= 0;
	(void)close(fds[0]); /* there are others */
	(void)close(fds[1]);
	return done;
}

static void grab_more(struct pool *pool)
{
	char token;

	while (pool->n_held < pool->n_wanted && read(pool->tokens_fd, &token, 1) == 1) {
		pool->n_held++;
		if (write(pool->write_fd, &token, 1) != 1)
			return; /* it is given back at the end */
	}
}

/* ---- beneath us ---- */

static int run_child(const char *real, char **argv, const sigset_t *mask, pid_t parent)
{
	/* Nobody would give its tokens back: the lock must not outlive it, nor it the lock. */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* the argument is valid */
	if (getppid() != parent)
		_exit(NOT_FOUND);
	(void)sigprocmask(SIG_SETMASK, mask, NULL); /* so is this */
	_exit(execute(real, argv));
}

/* Signals to the whole group reach make twice, which does no harm: it has them blocked by then. */
static int wait_for(pid_t pid, const sigset_t *set, struct pool *pool)
{
	const struct timespec soon = { .tv_nsec = GRAB_MS * 1000000 };

	for (;;) {
		bool wants = pool->n_held < pool->n_wanted;
		int signo = sigtimedwait(set, NULL, wants ? &soon : NULL);
		int status;

		if (signo < 0)
			grab_more(pool); /* nothing happened */
		else if (signo != SIGCHLD)
			(void)kill(pid, signo); /* it may just have ended */
		else if (waitpid(pid, &status, WNOHANG) == pid)
			return status;
	}
}

/* As it ended. */
static int end_like(int status, const sigset_t *mask)
{
	struct rlimit no_core = { 0, 0 };

	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	(void)setrlimit(RLIMIT_CORE, &no_core); /* there is one already */
	(void)signal(WTERMSIG(status), SIG_DFL);
	(void)sigprocmask(SIG_SETMASK, mask, NULL); /* the arguments are valid */
	(void)raise(WTERMSIG(status));
	return 128 + WTERMSIG(status);
}

static int run_in_pool(struct pool *pool, const char *real, char **argv)
{
	static const int forwarded[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGCHLD };
	sigset_t set, before;
	pid_t self = getpid();
	pid_t pid;
	char token;
	int status;

	if ((pool->n_wanted && !make_own_pool(pool)) || !take_token(pool, &token))
		return execute(real, argv);
	pool->n_held = 1;
	grab_more(pool);
	(void)sigemptyset(&set); /* none of these can fail: the arguments are valid */
	for (size_t i = 0; i < countof(forwarded); i++)
		(void)sigaddset(&set, forwarded[i]);
	(void)signal(SIGCHLD, SIG_DFL);
	(void)sigprocmask(SIG_BLOCK, &set, &before);
	pid = fork();
	if (pid == 0)
		return run_child(real, argv, &before, self);
	if (pid < 0) {
		give_tokens(pool);
		return fail(argv[0], strerror(errno));
	}
	status = wait_for(pid, &set, pool);
	give_tokens(pool);
	return end_like(status, &before);
}

/* Whether a make above has a pool. */
static bool is_beneath(const char *flags)
{
	return flags && (strstr(flags, "--jobserver-auth=") || strstr(flags, "--jobserver-fds="));
}

int job_make_main_if_asked(int argc, char **argv)
{
	const char *name = argc > 0 ? base_name(argv[0]) : "";
	const char *flags = getenv("MAKEFLAGS");
	struct pool pool = { .tokens_path = getenv("VOLLEY_JOBSERVER") };
	struct job_args args;
	char real[PATH_SIZE];
	char *joined = NULL;
	unsigned long by_flags = 1, n;

	if (!str_equal(name, "make") && !str_equal(name, "gmake"))
		return -1;
	if (!find_real(name, real))
		return fail(name, "there is no such program");
	if (!pool.tokens_path || !job_args_parse(argc, argv, &args) || args.is_bad)
		return execute(real, argv);
	if (!open_pool(&pool) ||
	    !(joined = job_makeflags(flags, pool.read_fd, pool.write_fd, &by_flags)))
		return execute(real, argv);
	n = args.has_jobs ? args.n : is_beneath(flags) ? 1 : by_flags;
	if (n == 1) {
		(void)close(pool.read_fd); /* a make that is not in the pool has no use for them */
		(void)close(pool.write_fd);
		return execute(real, argv);
	}
	pool.n_wanted = n < pool.n_jobs ? n : 0;
	if (setenv("MAKEFLAGS", joined, 1) < 0)
		return execute(real, argv);
	return is_beneath(flags) ? execute(real, args.argv) : run_in_pool(&pool, real, args.argv);
}
