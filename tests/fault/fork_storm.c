/* SPDX-License-Identifier: MIT */
/*
 * Processes that do not want to be caught; for tests only. Ends by itself after 20 seconds.
 *
 *	fork_storm chain FILE
 *	                    forks, leaves the session, ends the parent, and so on without end:
 *	                    one process at a time, each for some microseconds, too short to be
 *	                    seen; so it counts in FILE (4 bytes)
 *	fork_storm hold UID installed set-user-id root: stays root, out of reach of whoever started
 *	                    it, above a child of user UID
 *	fork_storm bomb N   every process forks as fast as it can, each in a session of its own,
 *	                    up to N of them (exits would not throttle forks: no bound at all)
 */
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { END_AFTER_S = 20 };

static void chain(time_t end, const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	atomic_int *count;

	if (fd < 0 || ftruncate(fd, sizeof(*count)) != 0)
		return;
	count = mmap(NULL, sizeof(*count), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (count == MAP_FAILED)
		return;
	while (time(NULL) < end) {
		pid_t pid = fork();

		if (pid > 0)
			_exit(0);
		if (pid == 0) {
			(void)setsid(); /* we lead no group yet */
			atomic_fetch_add(count, 1);
		}
	}
}

static void hold(uid_t uid)
{
	if (setuid(0) != 0)
		return;
	if (fork() == 0 && (setsid() < 0 || setuid(uid) != 0))
		return;
	(void)sleep(END_AFTER_S);
}

/* A process holds one of max places for ever, and takes another before it forks. */
static void bomb(time_t end, int max)
{
	atomic_int *n_taken = mmap(NULL, sizeof(*n_taken), PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (n_taken == MAP_FAILED)
		return;
	atomic_store(n_taken, 1);
	while (time(NULL) < end) {
		pid_t pid;

		if (atomic_fetch_add(n_taken, 1) >= max) {
			atomic_fetch_sub(n_taken, 1);
			(void)usleep(1000);
			continue;
		}
		pid = fork();
		if (pid < 0)
			atomic_fetch_sub(n_taken, 1);
		else if (pid == 0)
			(void)setsid(); /* we lead no group yet */
	}
}

int main(int argc, char **argv)
{
	const time_t end = time(NULL) + END_AFTER_S;

	if (argc == 3 && strcmp(argv[1], "chain") == 0)
		chain(end, argv[2]);
	else if (argc == 3 && strcmp(argv[1], "hold") == 0)
		hold((uid_t)atoi(argv[2]));
	else if (argc == 3 && strcmp(argv[1], "bomb") == 0)
		bomb(end, atoi(argv[2]));
	else
		return 2;
	return 0;
}
