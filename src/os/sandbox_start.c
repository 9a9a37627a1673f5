/* SPDX-License-Identifier: MIT */
/*
 * Starting a sandbox: bwrap with this program, by descriptor, as the first process inside. Nothing
 * runs unless all layers stand: the supervisor inside confines a child of its own before it says
 * that it is ready.
 */
#include "os/sandbox.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/str.h"
#include "os/marked.h"
#include "os/spawn_wire.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	START_TIMEOUT_MS = 10000,
	ATTEMPTS_MAX = 3,
	ARENA_BYTES_MAX = 16 << 20,
	MESSAGE_MAX = 256, /* of bwrap */
	FD_HIGH = SANDBOX_FD_FIRST + SANDBOX_FDS_MAX,
	POLL_NS = 200 * 1000,
};

#define GO_ON "; 'volley doctor' says more, and --sandbox off runs them unconfined"

/* What a start holds on to. */
struct start {
	const struct sandbox_conf *conf;
	const struct sandbox_profile *profile;
	const char *bwrap;
	struct arena arena;
	struct sandbox_command command;
	int ours, theirs;         /* the socket */
	int program_fd, empty_fd; /* to be inherited */
	int out[2];               /* what bwrap has to say */
	pid_t pid;
};

const char *sandbox_level_name(enum sandbox_level level)
{
	static const char *const names[SANDBOX_LEVEL_COUNT] = { "off", "workspace", "strict" };

	return names[level];
}

enum sandbox_level sandbox_around(void)
{
	const char *said = getenv(SANDBOX_NAME);

	if (!marked_is_kept())
		return SANDBOX_OFF;
	return said && str_equal(said, sandbox_level_name(SANDBOX_STRICT)) ? SANDBOX_STRICT
									   : SANDBOX_WORKSPACE;
}

/* Not by PATH: a directory that a command may write to could come first in it. */
static const char *find_bwrap(void)
{
	static const char *const paths[] = { "/usr/bin/bwrap", "/usr/local/bin/bwrap", "/bin/bwrap",
					     "/run/current-system/sw/bin/bwrap" };

	for (size_t i = 0; i < countof(paths); i++) {
		if (access(paths[i], X_OK) == 0)
			return paths[i];
	}
	return NULL;
}

/* Above all the numbers that are given away, so that giving one away overwrites none. */
static int move_high(int fd)
{
	int high;

	if (fd < 0)
		return -errno;
	high = fcntl(fd, F_DUPFD_CLOEXEC, FD_HIGH);
	if (high < 0)
		high = -errno;
	(void)close(fd); /* nothing was written */
	return high;
}

static int open_all(struct start *start)
{
	const int on = 1;
	int pair[2];

	start->program_fd = move_high(open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
	start->empty_fd = move_high(memfd_create("volley-empty", MFD_CLOEXEC));
	if (pipe2(start->out, O_CLOEXEC) != 0)
		return -errno;
	start->out[1] = move_high(start->out[1]);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return -errno;
	start->ours = pair[0];
	start->theirs = move_high(pair[1]);
	if (start->program_fd < 0 || start->empty_fd < 0 || start->out[1] < 0 || start->theirs < 0)
		return -EMFILE;
	/* The kernel then says which process has sent what. */
	return setsockopt(start->ours, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) != 0 ? -errno : 0;
}

static void close_one(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd); /* nothing of ours is written to it */
	*fd = -1;
}

static int add_actions(const struct start *start, posix_spawn_file_actions_t *actions)
{
	int r = posix_spawn_file_actions_adddup2(actions, start->theirs, WIRE_SOCKET);

	if (r == 0)
		r = posix_spawn_file_actions_adddup2(actions, start->program_fd, WIRE_PROGRAM);
	for (unsigned i = 0; r == 0 && i < start->command.n_empty; i++)
		r = posix_spawn_file_actions_adddup2(actions, start->empty_fd,
						     SANDBOX_FD_FIRST + (int)i);
	if (r == 0)
		r = posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDWR, 0);
	if (r == 0)
		r = posix_spawn_file_actions_adddup2(actions, start->out[1], 1);
	if (r == 0)
		r = posix_spawn_file_actions_adddup2(actions, start->out[1], 2);
	return r;
}

/* As for any supervisor: no signal but KILL, no terminal. 0 or -errno. */
static int spawn_bwrap(struct start *start, const char *const *argv)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t all;
	int r = posix_spawn_file_actions_init(&actions);

	if (r != 0)
		return -r;
	r = posix_spawnattr_init(&attr);
	if (r != 0) {
		(void)posix_spawn_file_actions_destroy(&actions); /* always 0 */
		return -r;
	}
	(void)sigfillset(&all); /* cannot fail, nor can the setters: the arguments are valid */
	(void)posix_spawnattr_setsigdefault(&attr, &all);
	(void)sigemptyset(&all);
	(void)posix_spawnattr_setsigmask(&attr, &all);
	(void)posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
						      POSIX_SPAWN_SETSID);
	r = add_actions(start, &actions);
	if (r == 0)
		r = posix_spawn(&start->pid, start->bwrap, &actions, &attr,
				(char *const *)(uintptr_t)argv, environ);
	(void)posix_spawnattr_destroy(&attr);             /* always 0 */
	(void)posix_spawn_file_actions_destroy(&actions); /* always 0 */
	return -r;
}

static uint32_t add_strings(struct buf *buf, const char *const *strings)
{
	uint32_t n = 0;

	for (; strings && strings[n]; n++)
		buf_add(buf, strings[n], strlen(strings[n]) + 1);
	return n;
}

/* What the supervisor inside is to do. */
static int send_box(const struct start *start)
{
	struct iovec parts[2];
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };
	struct wire_box box = { .level = start->profile->level,
				.layers = SANDBOX_ALL & ~start->conf->without,
				.network = start->profile->network };
	CLEANUP(buf) struct buf strings = { .max = WIRE_INLINE_MAX - 1 };
	struct stat status;

	if (fstat(start->conf->root_fd, &status) != 0)
		return -errno;
	box.root_dev = status.st_dev;
	box.root_ino = status.st_ino;
	buf_add(&strings, start->conf->root, strlen(start->conf->root) + 1);
	box.n_shown = add_strings(&strings, start->conf->shown);
	(void)add_strings(&strings, start->command.guards); /* all that is left */
	if (buf_error(&strings))
		return buf_error(&strings);
	parts[0] = (struct iovec){ .iov_base = &box, .iov_len = sizeof(box) };
	parts[1] = (struct iovec){ .iov_base = strings.data, .iov_len = strings.len };
	return sendmsg(start->ours, &message, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* One packet, and who sent it. -EPIPE when there is nobody any more. */
static int receive(const struct start *start, void *data, size_t len, pid_t *ret_pid)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(struct ucred))];
	struct iovec part = { .iov_base = data, .iov_len = len };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };
	struct pollfd polled = { .fd = start->ours, .events = POLLIN };
	const uint64_t deadline = clock_now_ns() + START_TIMEOUT_MS * 1000000ull;
	const struct cmsghdr *header;
	struct ucred peer;
	int r;

	while ((r = poll(&polled, 1, START_TIMEOUT_MS)) < 0 && errno == EINTR &&
	       clock_now_ns() < deadline)
		;
	if (r <= 0)
		return -ETIMEDOUT;
	if (recvmsg(start->ours, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) != (ssize_t)len)
		return -EPIPE;
	header = CMSG_FIRSTHDR(&message);
	if (!header || header->cmsg_type != SCM_CREDENTIALS)
		return -EPROTO;
	memcpy(&peer, CMSG_DATA(header), sizeof(peer));
	*ret_pid = peer.pid;
	return 0;
}

/* First the door, which is the one to watch and to kill, then the supervisor behind it. */
static int await_ready(const struct start *start, struct sandbox_process *process,
		       struct wire_box_ready *ret_ready)
{
	pid_t supervisor;
	char knock;
	int r = receive(start, &knock, sizeof(knock), &process->door);

	if (r < 0)
		return r;
	process->pidfd = pidfd_open(process->door, 0);
	if (process->pidfd < 0)
		return -errno;
	r = receive(start, ret_ready, sizeof(*ret_ready), &supervisor);
	if (r < 0 || ret_ready->code)
		close_one(&process->pidfd);
	return r;
}

/* Its first line, without its name. */
static void read_message(const struct start *start, char text[MESSAGE_MAX])
{
	ssize_t n = -1;

	if (fcntl(start->out[0], F_SETFL, O_NONBLOCK) == 0)
		n = read(start->out[0], text, MESSAGE_MAX - 1);
	text[n > 0 ? n : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	if (str_starts_with(text, "bwrap: "))
		memmove(text, text + strlen("bwrap: "), strlen(text) + 1 - strlen("bwrap: "));
}

static int refuse(const struct start *start, int code, const struct wire_box_ready *ready,
		  struct error *err)
{
	char text[MESSAGE_MAX];

	if (ready->code == ESTALE)
		return error_set(err, ERROR_DENIED, ESTALE,
				 "the workspace '%.200s' is not the directory that it was",
				 start->conf->root);
	if (ready->code)
		return error_set(err, ERROR_DENIED, ENOTSUP,
				 "commands cannot be confined: %s: %s" GO_ON, ready->what,
				 strerror(ready->code));
	read_message(start, text);
	return error_set(
		err, ERROR_DENIED, ENOTSUP,
		"commands cannot be confined: bwrap: %s (are user namespaces allowed?)" GO_ON,
		*text ? text : strerror(code));
}

/* Asked while the sandbox starts, so that it costs no time. */
static void read_version(const char *bwrap, char version[16])
{
	static const char *const argv[] = { "bwrap", "--version", NULL };
	struct start start = { .bwrap = bwrap, .theirs = -1, .ours = -1, .program_fd = -1 };
	posix_spawn_file_actions_t actions;
	char text[64] = "";
	ssize_t n = 0;

	if (pipe2(start.out, O_CLOEXEC) != 0)
		return;
	if (posix_spawn_file_actions_init(&actions) == 0) {
		if (posix_spawn_file_actions_adddup2(&actions, start.out[1], 1) == 0 &&
		    posix_spawn(&start.pid, bwrap, &actions, NULL, (char *const *)(uintptr_t)argv,
				environ) == 0) {
			close_one(&start.out[1]);
			n = read(start.out[0], text, sizeof(text) - 1);
			(void)waitpid(start.pid, NULL, 0); /* it has nothing more to do */
		}
		(void)posix_spawn_file_actions_destroy(&actions); /* always 0 */
	}
	close_one(&start.out[0]);
	close_one(&start.out[1]);
	text[n > 0 ? n : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	n = (ssize_t)strcspn(text, " ");
	(void)snprintf(version, 16, "%s", text[n] ? text + n + 1 : "");
}

static int start_it(struct start *start, struct sandbox_process *ret_process, struct error *err)
{
	struct wire_box_ready ready = { 0 };
	int r = sandbox_command(start->conf, start->profile, &start->arena, &start->command, err);

	if (r < 0)
		return r;
	r = open_all(start);
	if (r == 0)
		r = send_box(start);
	if (r == 0)
		r = spawn_bwrap(start, start->command.argv);
	if (r < 0)
		return error_errno(err, -r, "cannot start a sandbox");
	close_one(&start->theirs); /* so that its end is heard of */
	read_version(start->bwrap, ready.report.bwrap);
	memcpy(ret_process->report.bwrap, ready.report.bwrap, sizeof(ready.report.bwrap));
	r = await_ready(start, ret_process, &ready);
	if (r < 0 || ready.code)
		return refuse(start, -r, &ready, err);
	memcpy(ready.report.bwrap, ret_process->report.bwrap, sizeof(ready.report.bwrap));
	ret_process->report = ready.report;
	ret_process->bwrap = start->pid;
	ret_process->fd = start->ours;
	start->ours = -1;
	return 0;
}

static int start_once(const struct sandbox_conf *conf, const struct sandbox_profile *profile,
		      struct sandbox_process *ret_process, struct error *err)
{
	struct start start = { .conf = conf,
			       .profile = profile,
			       .ours = -1,
			       .theirs = -1,
			       .program_fd = -1,
			       .empty_fd = -1,
			       .out = { -1, -1 } };
	int r;

	start.bwrap = find_bwrap();
	if (!start.bwrap)
		return error_set(err, ERROR_MISSING, ENOENT,
				 "commands cannot be confined: bubblewrap is missing; 'apt install "
				 "bubblewrap', or run them unconfined with --sandbox off");
	arena_init(&start.arena, ARENA_BYTES_MAX);
	r = start_it(&start, ret_process, err);
	arena_release(&start.arena);
	if (r < 0 && start.pid > 0) {
		(void)kill(start.pid, SIGKILL);    /* what it started dies with it */
		(void)waitpid(start.pid, NULL, 0); /* it is dead */
	}
	close_one(&start.ours);
	close_one(&start.theirs);
	close_one(&start.program_fd);
	close_one(&start.empty_fd);
	close_one(&start.out[0]);
	close_one(&start.out[1]);
	return r;
}

int sandbox_start(const struct sandbox_conf *conf, const struct sandbox_profile *profile,
		  struct sandbox_process *ret_process, struct error *err)
{
	struct sandbox_process fresh = *ret_process;
	int r = -ENOTSUP;

	/* What is to be hidden (a socket of somebody, say) may go between the look at it and the
	 * mount over it. Nothing has run in a sandbox that failed, so it is tried anew. */
	for (int i = 0; i < ATTEMPTS_MAX && r == -ENOTSUP; i++) {
		*ret_process = fresh;
		r = start_once(conf, profile, ret_process, err);
	}
	return r;
}

int sandbox_end(struct sandbox_process *process, int timeout_ms)
{
	struct pollfd polled = { .fd = process->pidfd, .events = POLLIN };
	const struct timespec pause = { .tv_nsec = POLL_NS };
	const uint64_t deadline = clock_now_ns() + (uint64_t)timeout_ms * 1000000u;
	int r;

	/* It is the first of its pid namespace: all that is in there is dead before it is. */
	(void)pidfd_send_signal(process->pidfd, SIGKILL, NULL, 0);
	while ((r = poll(&polled, 1, timeout_ms)) < 0 && errno == EINTR &&
	       clock_now_ns() < deadline)
		;
	/* Then bwrap ends by itself, unless it was killed before: then the door is ours. */
	while (waitpid(process->bwrap, NULL, WNOHANG) == 0 && clock_now_ns() < deadline)
		(void)nanosleep(&pause, NULL);       /* a signal only makes us look earlier */
	(void)waitpid(process->door, NULL, WNOHANG); /* mostly no child of ours */
	close_one(&process->pidfd);
	close_one(&process->fd);
	return r > 0 ? 0 : -ETIMEDOUT;
}
