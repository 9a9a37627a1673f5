/* SPDX-License-Identifier: MIT */
/*
 * The supervisor: starts commands, reaps them, and kills all of them when volley is gone.
 *
 *	socket ─► WIRE_SPAWN ─► clone(VM|VFORK) ─► exec            events ─► socket
 *	       ─► WIRE_KILL  ─► kill(-group)         │ SIGCHLD ─► kill(-group), reap ─┘
 *	       ─► end of file, or volley's pidfd ─► descendants_kill(), exit
 *
 * One thread, no handlers: every signal is blocked for good (so nothing but SIGKILL ends it), and
 * SIGCHLD is read from a descriptor. All dispositions are the default ones, so the commands
 * inherit those. It is the leader of a session without a terminal, so that no command can read
 * from the user's. A leader's pid is used only until the leader is reaped, by the same thread, so
 * it cannot have been reused, and no pidfd is needed.
 *
 * In a sandbox (os/box.h) it does the same, and each command is confined before its exec.
 */
#include "os/supervisor.h"
#include "os/marked.h"

#include "base/str.h"
#include "base/vec.h"
#include "os/box.h"
#include "os/descendants.h"
#include "os/spawn_wire.h"
#include "os/spawner.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	LAUNCH_STACK_BYTES = 128 * 1024,
	REQUESTS_A_TURN = 8, /* before the events so far are sent */
	END_TIMEOUT_MS = 10000,
};

struct command {
	uint64_t id;
	pid_t pid;      /* also the process group */
	int witness_fd; /* or -1 */
	uint64_t witness_key;
	struct cell cell;
};

struct supervisor {
	int child_fd;         /* signalfd for SIGCHLD */
	int parent_fd;        /* pidfd of volley, or -1 */
	bool ended;           /* volley is gone */
	struct box *box;      /* NULL = commands are not confined */
	size_t n_request_fds; /* that come with a request, without the strings' */
	struct VEC(struct command) commands;
	struct VEC(char *) strings;
	size_t n_events;
	struct spawn_event events[WIRE_EVENTS_MAX];
	_Alignas(struct wire_request) char packet[sizeof(struct wire_request) + WIRE_INLINE_MAX];
	_Alignas(16) char launch_stack[LAUNCH_STACK_BYTES];
};

/* A received request: its descriptors and where its strings are. */
struct intake {
	const struct wire_request *request;
	size_t n_inline; /* bytes after the request in the packet */
	int fds[WIRE_FD_COUNT + 2];
	size_t n_fds;
	char *bytes;
};

struct launch {
	char *const *argv;
	char *const *envp;
	const int *fds;
	const char *search_path;
	const struct confine *confine; /* or NULL */
	const char *cwd;               /* then; beneath the root */
	int error;                     /* written by the child, in the memory it shares with us */
};

/* As execvpe(3), but with the PATH of the new environment. Returns the errno. */
IN_CHILD static int exec_in_path(const struct launch *launch)
{
	const char *name = launch->argv[0];
	const char *dir = launch->search_path;
	char path[PATH_MAX];
	int error = ENOENT;

	if (!*name)
		return ENOENT;
	if (strchr(name, '/')) {
		(void)execve(name, launch->argv, launch->envp);
		return errno;
	}
	for (;; dir++) {
		size_t len = strcspn(dir, ":");
		int n = snprintf(path, sizeof(path), "%.*s%s%s", (int)len, dir, len ? "/" : "",
				 name);

		if (n > 0 && (size_t)n < sizeof(path)) {
			(void)execve(path, launch->argv, launch->envp);
			if (errno == EACCES)
				error = EACCES; /* unless a later one works */
			else if (errno != ENOENT && errno != ENOTDIR && errno != ESTALE &&
				 errno != ENODEV && errno != ETIMEDOUT)
				return errno;
		}
		dir += len;
		if (!*dir)
			return error;
	}
}

IN_CHILD static int enter_place(const struct launch *launch)
{
	enum confine_step step;
	bool is_bounded;

	if (launch->confine)
		return confine_enter(launch->confine, launch->cwd, &step, &is_bounded);
	return fchdir(launch->fds[WIRE_CWD]) != 0 ? errno : 0;
}

/*
 * Runs in the child, in our memory, while we wait (as vfork does): allocates nothing and changes
 * nothing of ours but launch->error.
 */
IN_CHILD static int launch_child(void *data)
{
	struct launch *launch = data;
	enum confine_step step;
	sigset_t none;

	launch->error = enter_place(launch);
	if (launch->error)
		_exit(127);
	(void)sigemptyset(&none); /* cannot fail */
	if (setpgid(0, 0) != 0 || dup2(launch->fds[WIRE_STDIN], STDIN_FILENO) < 0 ||
	    dup2(launch->fds[WIRE_STDOUT], STDOUT_FILENO) < 0 ||
	    dup2(launch->fds[WIRE_STDERR], STDERR_FILENO) < 0 ||
	    sigprocmask(SIG_SETMASK, &none, NULL) != 0) {
		launch->error = errno;
		_exit(127);
	}
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* a second net, in case volley dies with us */
	/* All are close-on-exec anyway; but the ruleset is needed for a moment. */
	if (launch->confine)
		launch->error = confine_seal(launch->confine, &step);
	if (launch->error)
		_exit(127);
	(void)close_range(STDERR_FILENO + 1, ~0u, 0);
	launch->error = exec_in_path(launch);
	_exit(127);
}

static void send_events(struct supervisor *self)
{
	ssize_t n;

	if (self->n_events == 0)
		return;
	do
		n = send(WIRE_SOCKET, self->events, self->n_events * sizeof(self->events[0]),
			 MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	self->n_events = 0;
	if (n < 0)
		self->ended = true;
}

static void add_event(struct supervisor *self, const struct spawn_event *event)
{
	if (self->n_events == WIRE_EVENTS_MAX)
		send_events(self);
	self->events[self->n_events++] = *event;
}

static const char *find_search_path(char *const *envp)
{
	for (; *envp; envp++) {
		if (str_starts_with(*envp, "PATH="))
			return *envp + strlen("PATH=");
	}
	return "/usr/local/bin:/usr/bin:/bin";
}

static pid_t clone_child(struct supervisor *self, int flags, struct launch *launch)
{
	pid_t pid = clone(launch_child, self->launch_stack + LAUNCH_STACK_BYTES,
			  CLONE_VM | CLONE_VFORK | SIGCHLD | flags, launch);

	return pid < 0 ? -errno : pid;
}

/* The same, in a cell of its own. */
static pid_t clone_into_cell(struct supervisor *self, struct launch *launch, struct cell *ret_cell)
{
	int r = box_open_cell(self->box, ret_cell);

	if (r < 0)
		return r;
	r = clone_child(self, CLONE_NEWNS, launch);
	box_leave(self->box);
	if (r < 0 || launch->error)
		box_close_cell(ret_cell);
	return r;
}

/* Returns the pid, or -errno when nothing runs. */
static int launch_command(struct supervisor *self, struct launch *launch, struct cell *ret_cell)
{
	pid_t pid =
		self->box ? clone_into_cell(self, launch, ret_cell) : clone_child(self, 0, launch);

	if (pid < 0)
		return pid;
	if (launch->error) {
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
		return -launch->error;
	}
	return pid;
}

/* Points self->strings at the strings: argv, NULL, envp, NULL, and the directory if it is sent. */
static int index_strings(struct supervisor *self, const struct intake *intake)
{
	const struct wire_request *request = intake->request;
	const uint32_t counts[] = { request->n_argv, request->n_envp, request->n_cwd };
	size_t n_strings = (size_t)request->n_argv + request->n_envp + request->n_cwd;
	char *at = intake->bytes, *end = at + request->n_bytes;

	self->strings.n = 0;
	if (request->n_argv == 0 || n_strings > request->n_bytes || end[-1] != '\0' ||
	    request->n_cwd != (self->box ? 1 : 0))
		return -EPROTO;
	if (!vec_reserve(&self->strings, n_strings + countof(counts)))
		return -ENOMEM;
	for (size_t list = 0; list < countof(counts); list++) {
		for (uint32_t i = 0; i < counts[list]; i++) {
			if (at >= end)
				return -EPROTO;
			self->strings.items[self->strings.n++] = at;
			at += strlen(at) + 1;
		}
		self->strings.items[self->strings.n++] = NULL;
	}
	return 0;
}

/* -1 without one, or without descriptors for it: then nobody will know more than now. */
static int take_witness(const struct supervisor *self, const struct intake *intake)
{
	return intake->request->has_witness
		       ? fcntl(intake->fds[self->n_request_fds], F_DUPFD_CLOEXEC, WIRE_SOCKET + 1)
		       : -1;
}

/* Before anybody hears of the end. One small write to the end of a file is not torn. */
static void bear_witness(struct command *command, int status)
{
	struct witness witness = { .status = status, .key = command->witness_key };

	if (command->witness_fd < 0)
		return;
	memcpy(witness.magic, WITNESS_MAGIC, sizeof(witness.magic));
	/* on a full disk the end is unknown if volley dies now */
	(void)!write(command->witness_fd, &witness, sizeof(witness));
	(void)close(command->witness_fd);
}

static int start_command(struct supervisor *self, const struct intake *intake)
{
	struct launch launch = { .fds = intake->fds };
	struct cell cell = { 0 };
	int r = index_strings(self, intake);

	if (r < 0)
		return r;
	if (!vec_reserve(&self->commands, 1))
		return -ENOMEM;
	launch.argv = self->strings.items;
	launch.envp = self->strings.items + intake->request->n_argv + 1;
	launch.search_path = find_search_path(launch.envp);
	launch.cwd = launch.envp[intake->request->n_envp + 1]; /* NULL when it is a descriptor */
	if (self->box)
		launch.confine = box_confine(self->box);
	r = launch_command(self, &launch, &cell);
	if (r > 0)
		self->commands.items[self->commands.n++] =
			(struct command){ .id = intake->request->id,
					  .pid = r,
					  .witness_fd = take_witness(self, intake),
					  .witness_key = intake->request->witness_key,
					  .cell = cell };
	return r;
}

static void handle_spawn(struct supervisor *self, struct intake *intake)
{
	const struct wire_request *request = intake->request;
	struct spawn_event event = { .type = SPAWN_STARTED, .id = request->id };
	size_t n_fds = self->n_request_fds + request->has_witness;
	void *mapped = MAP_FAILED;
	int r = 0;

	if (intake->n_fds != n_fds + request->has_memfd) {
		r = -EMFILE; /* the kernel drops descriptors for which we have no room */
	} else if (request->has_memfd) {
		mapped = mmap(NULL, request->n_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE,
			      intake->fds[n_fds], 0);
		intake->bytes = mapped;
		r = mapped == MAP_FAILED ? -errno : 0;
	} else if (intake->n_inline != request->n_bytes) {
		r = -EPROTO;
	}
	if (r == 0)
		r = start_command(self, intake);
	if (mapped != MAP_FAILED)
		(void)munmap(mapped, request->n_bytes); /* it is mapped */
	if (r < 0) {
		event.type = SPAWN_FAILED;
		event.code = -r;
	} else {
		event.pid = r;
	}
	add_event(self, &event);
}

static void handle_kill(struct supervisor *self, const struct wire_request *request)
{
	for (size_t i = 0; i < self->commands.n; i++) {
		const struct command *command = &self->commands.items[i];

		if (command->id != request->id)
			continue;
		/* the leader may have left its group */
		if (kill(-command->pid, request->signo) != 0)
			(void)kill(command->pid, request->signo);
		return;
	}
}

/* The descriptors of the message, all of them owned by the intake now. */
static void take_fds(struct msghdr *message, struct intake *ret_intake)
{
	struct cmsghdr *control = CMSG_FIRSTHDR(message);

	if (!control || control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS)
		return;
	ret_intake->n_fds = (control->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	memcpy(ret_intake->fds, CMSG_DATA(control), ret_intake->n_fds * sizeof(int));
}

/* False when there was nothing to read. */
static bool handle_packet(struct supervisor *self)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int) * (WIRE_FD_COUNT + 2))];
	struct iovec part = { .iov_base = self->packet, .iov_len = sizeof(self->packet) };
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct intake intake = { .request = (const struct wire_request *)self->packet };
	ssize_t n = recvmsg(WIRE_SOCKET, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	if (n < 0)
		self->ended = errno != EAGAIN && errno != EINTR;
	else if (n == 0)
		self->ended = true;
	if (n <= 0)
		return false;
	take_fds(&message, &intake);
	intake.bytes = self->packet + sizeof(struct wire_request);
	intake.n_inline = (size_t)n - sizeof(struct wire_request); /* a short one ends us */
	if ((size_t)n < sizeof(struct wire_request))
		self->ended = true;
	else if (intake.request->type == WIRE_KILL)
		handle_kill(self, intake.request);
	else
		handle_spawn(self, &intake);
	for (size_t i = 0; i < intake.n_fds; i++)
		(void)close(intake.fds[i]); /* the command has its own by now */
	return !self->ended;
}

static uint64_t timeval_us(struct timeval time)
{
	return (uint64_t)time.tv_sec * 1000000u + (uint64_t)time.tv_usec;
}

/* Reaps what died. While a leader is a zombie its group cannot be anybody else's: kill the rest
 * of it first. Orphans that were adopted are reaped and forgotten. */
static void reap(struct supervisor *self)
{
	for (;;) {
		siginfo_t info = { 0 };
		struct rusage usage;
		struct command *command = NULL;
		int status;

		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT | __WALL) != 0 ||
		    info.si_pid == 0)
			return;
		for (size_t i = 0; i < self->commands.n && !command; i++) {
			if (self->commands.items[i].pid == info.si_pid)
				command = &self->commands.items[i];
		}
		if (command)
			(void)kill(-info.si_pid, SIGKILL); /* often only the zombie is left */
		if (wait4(info.si_pid, &status, __WALL, &usage) < 0)
			return;
		if (!command)
			continue;
		if (self->box) {
			box_close_cell(&command->cell);
			box_sweep(self->box);
		}
		bear_witness(command, status);
		add_event(self, &(struct spawn_event){ .type = SPAWN_EXITED,
						       .id = command->id,
						       .pid = command->pid,
						       .status = status,
						       .user_us = timeval_us(usage.ru_utime),
						       .system_us = timeval_us(usage.ru_stime),
						       .max_rss_kb = (uint64_t)usage.ru_maxrss });
		*command = self->commands.items[--self->commands.n];
	}
}

static void serve(struct supervisor *self)
{
	struct pollfd polled[] = {
		{ .fd = WIRE_SOCKET, .events = POLLIN },
		{ .fd = self->child_fd, .events = POLLIN },
		{ .fd = self->parent_fd, .events = POLLIN },
	};

	while (!self->ended) {
		struct signalfd_siginfo signals[4];

		if (poll(polled, countof(polled), -1) < 0)
			continue; /* EINTR or ENOMEM */
		if (polled[2].revents)
			self->ended = true;
		if (polled[1].revents) {
			/* only says that there is something to reap */
			(void)!read(self->child_fd, signals, sizeof(signals));
			reap(self);
		}
		if (polled[0].revents) {
			for (int i = 0; i < REQUESTS_A_TURN && handle_packet(self); i++)
				;
		}
		send_events(self);
	}
}

static void become_supervisor(struct supervisor *self)
{
	sigset_t all;

	(void)sigfillset(&all);                     /* cannot fail */
	(void)sigprocmask(SIG_SETMASK, &all, NULL); /* cannot fail */
	if (!self->box)
		(void)close_range(WIRE_SOCKET + 1, ~0u, 0); /* a belt, as below */
	(void)fcntl(WIRE_SOCKET, F_SETFD, FD_CLOEXEC);      /* it is open: checked */
	(void)prctl(PR_SET_NAME, MARKED_SUPERVISOR);        /* cannot fail */
	/* If we are stopped when volley dies, wake up; but a door that is gone lets nobody in. */
	(void)prctl(PR_SET_PDEATHSIG, self->box ? SIGKILL : SIGCONT);
	(void)chdir("/"); /* hold no directory; commands have their own */
	self->parent_fd = self->box ? -1 : pidfd_open(getppid(), 0);
	self->n_request_fds = self->box ? WIRE_CWD : WIRE_FD_COUNT;
	(void)sigemptyset(&all);
	(void)sigaddset(&all, SIGCHLD);
	self->child_fd = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
}

static bool has_socket(void)
{
	int type;
	socklen_t len = sizeof(type);

	return getsockopt(WIRE_SOCKET, SOL_SOCKET, SO_TYPE, &type, &len) == 0 &&
	       type == SOCK_SEQPACKET;
}

static void end_all(struct supervisor *self)
{
	for (size_t i = 0; i < self->commands.n; i++)
		(void)kill(-self->commands.items[i].pid, SIGKILL); /* the rest is thorough */
	(void)descendants_kill(END_TIMEOUT_MS); /* what it could not kill nobody here can */
}

int supervisor_main_if_asked(int argc, char **argv)
{
	/* bwrap lets nobody choose argv[0] */
	bool is_boxed = argc == 2 && str_equal(argv[1], WIRE_SUPERVISOR_NAME);
	struct supervisor *self;

	if (!is_boxed && !(argc == 1 && str_equal(argv[0], WIRE_SUPERVISOR_NAME)))
		return -1;
	if (!has_socket())
		return -1;
	self = calloc(1, sizeof(*self));
	if (!self || prctl(PR_SET_CHILD_SUBREAPER, 1) != 0)
		return 1;
	if (is_boxed) {
		self->box = box_enter();
		if (!self->box)
			return 1;
	}
	become_supervisor(self);
	if (self->child_fd < 0)
		return 1;
	serve(self);
	if (!self->box)
		end_all(self); /* else it is pid 1: the kernel does it */
	box_free(self->box);
	vec_release(&self->commands);
	vec_release(&self->strings);
	free(self);
	return 0;
}
