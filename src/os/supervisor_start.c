/* SPDX-License-Identifier: MIT */
/*
 * Starting a supervisor: this program again, so that it is a small process without threads, locks
 * or descriptors of ours, whatever the size of this one.
 */
#include "os/supervisor.h"

#include "os/spawn_wire.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Executes the open program with its name and socket; 0 or an errno value. */
static int exec_supervisor(int exe_fd, int socket_fd, pid_t *ret_pid)
{
	char name[] = WIRE_SUPERVISOR_NAME;
	char *argv[] = { name, NULL };
	char path[32];
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t all;
	int r = posix_spawn_file_actions_init(&actions);

	if (r != 0)
		return r;
	r = posix_spawnattr_init(&attr);
	if (r != 0) {
		(void)posix_spawn_file_actions_destroy(&actions); /* always 0 */
		return r;
	}
	(void)sigfillset(&all); /* cannot fail, nor can the setters: the arguments are valid */
	(void)posix_spawnattr_setsigmask(&attr, &all);
	(void)posix_spawnattr_setsigdefault(&attr, &all);
	(void)posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
						      POSIX_SPAWN_SETSID);
	/* same number twice clears close-on-exec; then 0-2 are free to be replaced */
	r = posix_spawn_file_actions_adddup2(&actions, socket_fd, WIRE_SOCKET);
	for (int fd = STDIN_FILENO; r == 0 && fd <= STDERR_FILENO; fd++)
		r = posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_RDWR, 0);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", exe_fd);
	if (r == 0)
		r = posix_spawn(ret_pid, path, &actions, &attr, argv, environ);
	(void)posix_spawnattr_destroy(&attr);             /* always 0 */
	(void)posix_spawn_file_actions_destroy(&actions); /* always 0 */
	return r;
}

/*
 * This very program, even if its file has been replaced since. Opened, not executed by that name:
 * under valgrind only open() knows which program is meant. Above the numbers that the supervisor
 * uses.
 */
static int open_program(void)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int high;

	if (fd < 0 || fd > WIRE_SOCKET)
		return fd;
	high = fcntl(fd, F_DUPFD_CLOEXEC, WIRE_SOCKET + 1);
	(void)close(fd); /* only read */
	return high;
}

int supervisor_start(int *ret_fd, pid_t *ret_pid)
{
	int pair[2];
	int exe_fd, r;

	/* A program whose main() does not call supervisor_main_if_asked() would start itself, and
	 * that itself, until the machine is full. */
	if (strcmp(program_invocation_name, WIRE_SUPERVISOR_NAME) == 0)
		return -EDEADLK;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return -errno;
	exe_fd = open_program();
	r = exe_fd < 0 ? errno : exec_supervisor(exe_fd, pair[1], ret_pid);
	if (exe_fd >= 0)
		(void)close(exe_fd); /* only read */
	(void)close(pair[1]);        /* the supervisor has it */
	if (r != 0) {
		(void)close(pair[0]); /* nothing written */
		return -r;
	}
	*ret_fd = pair[0];
	return 0;
}
