/* SPDX-License-Identifier: MIT */
/*
 * The floor for running commands: posix_spawn and wait, nothing else.
 *
 *	spawn_loop N WIDTH PROGRAM [ARGUMENT...]     N times, WIDTH at once
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	unsigned long n = argc > 3 ? strtoul(argv[1], NULL, 10) : 0;
	unsigned long width = argc > 3 ? strtoul(argv[2], NULL, 10) : 0;
	posix_spawn_file_actions_t actions;
	unsigned long n_running = 0;

	if (!n || !width) {
		(void)fprintf(stderr, "usage: spawn_loop N WIDTH PROGRAM [ARGUMENT...]\n");
		return 2;
	}
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	while (n || n_running) {
		pid_t pid;
		int r;

		if (n && n_running < width) {
			r = posix_spawnp(&pid, argv[3], &actions, NULL, argv + 3, environ);
			if (r) {
				(void)fprintf(stderr, "spawn_loop: %s: %s\n", argv[3], strerror(r));
				return 1;
			}
			n--;
			n_running++;
		} else if (wait(NULL) > 0) {
			n_running--;
		}
	}
	posix_spawn_file_actions_destroy(&actions);
	return 0;
}
