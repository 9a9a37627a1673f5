/* SPDX-License-Identifier: MIT */
/*
 * Ending with the parent. The kernel's PR_SET_PDEATHSIG comes when the *thread* that forked us
 * ends, and parents with thread pools end threads all the time. So it is asked for a signal of
 * its own: the sender is the process whose thread ended, and if that still is our parent, only
 * the thread is gone. The kernel moves us to another thread of it and tells us again next time.
 */
#include "os/spawner.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

static void on_parent_thread_end(int signo, siginfo_t *info, void *context)
{
	(void)signo, (void)context; /* the signature is given */
	if (getppid() != info->si_pid)
		(void)kill(getpid(), SIGTERM); /* always allowed */
}

int spawner_die_with_parent(void)
{
	const pid_t parent = getppid();
	struct sigaction action, hangup;

	if (sigaction(SIGHUP, NULL, &hangup) != 0)
		return -errno;
	if (hangup.sa_handler == SIG_IGN)
		return 0;
	action = (struct sigaction){ .sa_flags = SA_SIGINFO | SA_RESTART };
	action.sa_sigaction = on_parent_thread_end;
	(void)sigemptyset(&action.sa_mask); /* cannot fail */
	if (sigaction(SIGRTMAX, &action, NULL) != 0 || prctl(PR_SET_PDEATHSIG, SIGRTMAX) != 0)
		return -errno;
	if (getppid() != parent)
		(void)kill(getpid(), SIGTERM); /* it ended before the kernel knew */
	return 0;
}
