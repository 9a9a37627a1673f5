/* SPDX-License-Identifier: MIT */
#include "os/box.h"
#include "os/marked.h"

#include "base/attr.h"
#include "os/spawn_wire.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	PROBE_STACK_BYTES = 64 << 10,
	OOM_SCORE = 300, /* commands are to be killed before volley and others */
};

struct box {
	struct confine confine;
	int pids_fd; /* the supervisor's own namespace, to come back to */
	char strings[WIRE_INLINE_MAX];
	const char *strings_at[WIRE_INLINE_MAX / 8]; /* what is shown, then files to sweep */
	size_t n_strings, n_shown;
};

/* ---- cells ---- */

/*
 * The first process of a cell: a copy of us that does nothing. Orphans are reaped for it, as it
 * ignores SIGCHLD; all signals are blocked, as ours are. (It could share our memory, as commands
 * do before exec, and cost a tenth of a millisecond less; but it would run beside us, with our
 * errno and our thread's data.)
 */
static void be_keeper(void)
{
	(void)close_range(0, ~0u, 0);
	(void)signal(SIGCHLD, SIG_IGN);
	(void)prctl(PR_SET_NAME, MARKED_KEEPER); /* cannot fail */
	for (;;)
		(void)pause();
}

int box_open_cell(struct box *box, struct cell *ret_cell)
{
	ret_cell->keeper = 0;
	if (!(box->confine.layers & SANDBOX_PROCESSES))
		return 0;
	if (unshare(CLONE_NEWPID) != 0)
		return -errno;
	ret_cell->keeper = fork();
	if (ret_cell->keeper == 0)
		be_keeper();
	if (ret_cell->keeper < 0) {
		int r = -errno;

		box_leave(box);
		ret_cell->keeper = 0;
		return r;
	}
	return 0;
}

void box_leave(struct box *box)
{
	if (box->confine.layers & SANDBOX_PROCESSES)
		(void)setns(box->pids_fd, CLONE_NEWPID); /* always allowed: it is our own */
}

void box_close_cell(struct cell *cell)
{
	if (cell->keeper)
		(void)kill(cell->keeper, SIGKILL); /* our child, not reaped yet */
	cell->keeper = 0;
}

void box_sweep(const struct box *box)
{
	for (size_t i = box->n_shown; i < box->n_strings; i++)
		(void)unlink(box->strings_at[i]); /* mostly it is not there */
}

const struct confine *box_confine(const struct box *box)
{
	return &box->confine;
}

void box_free(struct box *box)
{
	if (!box)
		return;
	free(box->confine.filter.filter);
	free(box);
}

/* ---- entering ---- */

/* A command that is confined but not executed: what it cannot do none can. */
struct probe {
	const struct confine *confine;
	enum confine_step step;
	int error;
	bool is_bounded;
};

IN_CHILD static int probe_run(void *data)
{
	struct probe *probe = data;

	probe->error = confine_enter(probe->confine, "", &probe->step, &probe->is_bounded);
	if (!probe->error)
		probe->error = confine_seal(probe->confine, &probe->step);
	(void)syscall(SYS_exit, 0);
	return 0;
}

static int probe(struct box *box, struct wire_box_ready *ready)
{
	struct probe probe = { .confine = &box->confine };
	char *stack = malloc(PROBE_STACK_BYTES);
	struct cell cell;
	int r = stack ? box_open_cell(box, &cell) : -ENOMEM;
	pid_t pid;

	(void)snprintf(ready->what, sizeof(ready->what), "pid namespaces");
	if (r < 0) {
		free(stack);
		return r;
	}
	pid = clone(probe_run, stack + PROBE_STACK_BYTES,
		    CLONE_VM | CLONE_VFORK | CLONE_NEWNS | SIGCHLD, &probe);
	r = pid < 0 ? -errno : -probe.error;
	if (pid > 0)
		(void)waitpid(pid, NULL, 0); /* it has ended */
	box_leave(box);
	box_close_cell(&cell);
	free(stack);
	if (pid > 0)
		(void)snprintf(ready->what, sizeof(ready->what), "%s",
			       confine_step_name(probe.step));
	if (box->confine.layers & SANDBOX_LIMITS)
		ready->report.processes = probe.is_bounded ? CONFINE_PROCESSES
					  : getuid() != 0  ? CONFINE_TASKS
							   : 0;
	return r;
}

static void fill_report(const struct confine *confine, struct sandbox_report *report)
{
	report->level = confine->level;
	report->network = confine->network;
	report->landlock_abi = confine->landlock_abi;
	report->seccomp = confine->filter.filter;
	report->pid_namespace = confine->layers & SANDBOX_PROCESSES;
	if (confine->layers & SANDBOX_LIMITS)
		report->data_bytes = confine->data_bytes;
}

/* The first packet: what this sandbox is to be. */
static int receive_box(struct box *box, struct wire_box *ret_wire, const char **ret_root)
{
	struct iovec parts[] = {
		{ .iov_base = ret_wire, .iov_len = sizeof(*ret_wire) },
		{ .iov_base = box->strings, .iov_len = sizeof(box->strings) - 1 },
	};
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = countof(parts) };
	const char *at = box->strings, *end;
	ssize_t n;

	do
		n = recvmsg(WIRE_SOCKET, &message, 0);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	if (n <= (ssize_t)sizeof(*ret_wire) || message.msg_flags & MSG_TRUNC)
		return -EPROTO;
	end = at + (n - (ssize_t)sizeof(*ret_wire));
	*ret_root = at;
	for (at += strlen(at) + 1; at < end && box->n_strings < countof(box->strings_at);
	     at += strlen(at) + 1)
		box->strings_at[box->n_strings++] = at;
	box->n_shown = ret_wire->n_shown;
	return at < end || box->n_shown > box->n_strings ? -E2BIG : 0;
}

static int prepare(struct box *box, struct wire_box_ready *ready)
{
	const char *what = "its request", *root = NULL;
	struct wire_box wire;
	int r = receive_box(box, &wire, &root);

	if (r == 0)
		r = confine_prepare(&wire, root, &box->confine, &what);
	for (size_t i = 0; r == 0 && i < box->n_shown; i++)
		r = confine_show(&box->confine, box->strings_at[i]);
	(void)snprintf(ready->what, sizeof(ready->what), "%s", what);
	if (r < 0)
		return r;
	fill_report(&box->confine, &ready->report);
	r = probe(box, ready);
	/* What it has in memory is nobody's to read, nor its keepers'. */
	return r == 0 && prctl(PR_SET_DUMPABLE, 0) != 0 ? -errno : r;
}

/* The process that bwrap started waits for the supervisor, and ends with it. */
static void stand_at_door(pid_t supervisor)
{
	(void)close_range(0, ~0u, 0);
	(void)prctl(PR_SET_NAME, "volley-door"); /* cosmetic */
	while (waitpid(supervisor, NULL, 0) < 0 && errno == EINTR)
		;
	_exit(0);
}

static void prefer_commands_when_memory_is_short(void)
{
	char text[8];
	int n = snprintf(text, sizeof(text), "%d", OOM_SCORE);
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return; /* then it is as for all others */
	(void)!write(fd, text, (size_t)n);
	(void)close(fd); /* written at once or not at all */
}

struct box *box_enter(void)
{
	struct wire_box_ready ready = { 0 };
	struct box *box = calloc(1, sizeof(*box));
	pid_t supervisor;

	(void)close_range(WIRE_SOCKET + 1, ~0u, 0); /* the program, and what bwrap was given */
	if (!box)
		return NULL;
	prefer_commands_when_memory_is_short();
	if (send(WIRE_SOCKET, "", 1, MSG_NOSIGNAL) < 0)
		return NULL;
	if (unshare(CLONE_NEWPID) != 0)
		return NULL;
	supervisor = fork();
	if (supervisor > 0)
		stand_at_door(supervisor);
	if (supervisor < 0)
		return NULL;
	(void)fcntl(WIRE_SOCKET, F_SETFD, FD_CLOEXEC); /* it is open: checked */
	box->pids_fd = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);
	ready.code = box->pids_fd < 0 ? errno : -prepare(box, &ready);
	if (send(WIRE_SOCKET, &ready, sizeof(ready), MSG_NOSIGNAL) < 0 || ready.code) {
		box_free(box);
		return NULL;
	}
	return box;
}
