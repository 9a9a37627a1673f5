/* SPDX-License-Identifier: MIT */
/*
 * Killing a whole tree of processes that may not want to go.
 *
 * A process with SIGKILL pending cannot fork any more, so one successful kill ends a line of
 * descent; what was forked before becomes our child when its parent dies (we are a subreaper).
 * Hence no child left means no descendant left, and the loop below may end. Two ways to find
 * them, because each fails where the other works:
 *
 *	children   /proc/self/task/TID/children, a few microseconds: catches the process that
 *	           forks, leaves its parent and its session, and is another pid by the time
 *	           that a scan has got round.
 *	scan       all of /proc, milliseconds: finds the deeper ones, even below a process that
 *	           does not die (uninterruptible, or another user's), and takes whole process
 *	           groups at once, the only thing that is atomic against fork().
 */
#include "os/descendants.h"

#include "base/clock.h"
#include "base/vec.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	CHILDREN_ROUND_NS = 300 * 1000, /* how long to look only at our own children */
	PAUSE_MIN_NS = 100 * 1000,
	PAUSE_MAX_NS = 10 * 1000 * 1000,
};

struct process {
	pid_t pid, ppid, pgid;
	unsigned long long start; /* ticks since boot: with the pid, an identity */
	char state;
	bool ours;
};

struct process_list VEC(struct process);

/* One round of killing. */
struct round {
	size_t n_signalled;
	size_t n_refused; /* EPERM */
};

static void round_count(struct round *round, int result)
{
	if (result == 0)
		round->n_signalled++;
	else if (errno == EPERM)
		round->n_refused++;
}

/* Our own children cannot have their pids reused: only we reap them. */
static void kill_listed(struct round *round, int children_fd)
{
	char text[4096];
	pid_t pid = 0;
	ssize_t n;

	while ((n = read(children_fd, text, sizeof(text))) > 0) {
		for (ssize_t i = 0; i < n; i++) {
			if (text[i] >= '0' && text[i] <= '9') {
				pid = pid * 10 + (text[i] - '0');
			} else if (pid) {
				round_count(round, kill(pid, SIGKILL));
				pid = 0;
			}
		}
	}
}

static void kill_children(struct round *round)
{
	DIR *tasks = opendir("/proc/self/task");
	struct dirent *entry;

	if (!tasks)
		return;
	while ((entry = readdir(tasks))) {
		char path[sizeof(entry->d_name) + 16];
		int fd;

		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), "%s/children", entry->d_name);
		fd = openat(dirfd(tasks), path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			continue; /* the thread has ended, or the kernel lacks the file */
		kill_listed(round, fd);
		(void)close(fd); /* only read */
	}
	(void)closedir(tasks); /* only read */
}

/* Field n, a number, of proc_pid_stat(5); text begins with the space before field 3. */
static long long stat_field(const char *text, int n)
{
	for (int field = 3; text && field < n; field++)
		text = strchr(text + 1, ' ');
	return text ? strtoll(text, NULL, 10) : 0;
}

static bool read_process(int proc_fd, const char *pid_text, struct process *ret_process)
{
	char path[64], stat[1024];
	const char *rest;
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof(path), "%.20s/stat", pid_text);
	fd = openat(proc_fd, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, stat, sizeof(stat) - 1);
	(void)close(fd); /* only read */
	if (n <= 0)
		return false;
	stat[n] = '\0';
	rest = strrchr(stat, ')'); /* the name before it may hold anything */
	if (!rest)
		return false;
	if (rest[1] != ' ')
		return false;
	*ret_process = (struct process){
		.pid = (pid_t)strtol(stat, NULL, 10),
		.state = rest[2],
		.ppid = (pid_t)stat_field(rest + 1, 4),
		.pgid = (pid_t)stat_field(rest + 1, 5),
		.start = (unsigned long long)stat_field(rest + 1, 22),
	};
	return true;
}

static int process_compare(const void *a, const void *b)
{
	const struct process *left = a, *right = b;

	return (left->pid > right->pid) - (left->pid < right->pid);
}

/* Marks all that descend from self. Parents mostly have the lower pid: few passes. */
static void mark_ours(struct process_list *list, pid_t self)
{
	bool changed = list->n > 0;

	if (changed)
		qsort(list->items, list->n, sizeof(*list->items), process_compare);
	while (changed) {
		changed = false;
		for (size_t i = 0; i < list->n; i++) {
			struct process *process = &list->items[i];
			struct process key = { .pid = process->ppid };
			const struct process *parent;

			if (process->ours || process->pid == self)
				continue;
			if (process->ppid != self) {
				parent = bsearch(&key, list->items, list->n, sizeof(key),
						 process_compare);
				if (!parent || !parent->ours)
					continue;
			}
			process->ours = true;
			changed = true;
		}
	}
}

/*
 * The pidfd holds on to whoever has the pid now; if that is still the process of the scan, the
 * signal can reach no other. Its group holds descendants only (a process joins groups of its own
 * session alone, and our own group is spared), so the whole group goes at once.
 */
static void kill_process(struct round *round, int proc_fd, const struct process *process)
{
	char pid_text[16];
	struct process now;
	int fd = pidfd_open(process->pid, 0);

	if (fd < 0)
		return; /* gone, or out of descriptors: the children go first, then their heirs */
	(void)snprintf(pid_text, sizeof(pid_text), "%d", (int)process->pid);
	if (read_process(proc_fd, pid_text, &now) && now.start == process->start) {
		int result;

		if (now.pgid > 1 && now.pgid != getpgrp())
			(void)kill(-now.pgid, SIGKILL); /* the next line counts */
		result = pidfd_send_signal(fd, SIGKILL, NULL, 0);
		if (now.state != 'Z') /* its parent may never reap it, nor may we kill that */
			round_count(round, result);
	}
	(void)close(fd); /* nothing written */
}

static void kill_scanned(struct round *round)
{
	DIR *proc = opendir("/proc");
	struct process_list list = { 0 };
	struct dirent *entry;

	if (!proc)
		return;
	while ((entry = readdir(proc))) {
		struct process process;

		if (entry->d_name[0] < '0' || entry->d_name[0] > '9')
			continue;
		if (read_process(dirfd(proc), entry->d_name, &process) && !vec_push(&list, process))
			break; /* out of memory: those found so far, then the next round */
	}
	mark_ours(&list, getpid());
	for (size_t i = 0; i < list.n; i++) {
		if (list.items[i].ours)
			kill_process(round, dirfd(proc), &list.items[i]);
	}
	vec_release(&list);
	(void)closedir(proc); /* only read */
}

/* Reaps all that are dead; false when no child is left at all. */
static bool reap_dead(void)
{
	pid_t pid;

	do
		pid = waitpid(-1, NULL, WNOHANG | __WALL);
	while (pid > 0 || (pid < 0 && errno == EINTR));
	return pid == 0;
}

int descendants_kill(int timeout_ms)
{
	const uint64_t deadline = clock_now_ns() + (uint64_t)timeout_ms * 1000000u;
	long pause_ns = PAUSE_MIN_NS;

	while (reap_dead()) {
		struct timespec pause = { .tv_nsec = pause_ns };
		struct round round = { 0 };
		uint64_t now = clock_now_ns();
		const uint64_t scan_at = now + CHILDREN_ROUND_NS;

		if (now >= deadline)
			return -ETIMEDOUT;
		do {
			kill_children(&round);
			if (!reap_dead())
				return 0;
			now = clock_now_ns();
		} while (round.n_signalled > 0 && now < scan_at);
		kill_scanned(&round);
		if (round.n_signalled == 0 && round.n_refused > 0)
			return -EPERM;
		(void)nanosleep(&pause, NULL); /* cut short by a signal: the sooner the better */
		pause_ns = pause_ns * 2 < PAUSE_MAX_NS ? pause_ns * 2 : PAUSE_MAX_NS;
	}
	return 0;
}
