/* SPDX-License-Identifier: MIT */
/*
 * Uses the spawner as volley does, for tests that kill it and for measurements.
 *
 *	spawn_driver wait N SCRIPT      N times `sh -c SCRIPT`; prints "ready SUPERVISOR" when all
 *	                                have started, then "lost N" if the supervisor dies; waits
 *	spawn_driver free N SCRIPT      the same, but spawner_free() when standard input ends
 *	spawn_driver parent N SCRIPT    the same as wait, but SIGTERM when the parent ends
 *	spawn_driver run SCRIPT         `bash -c SCRIPT` with our standard output; waits for its end
 *	spawn_driver rate N WIDTH HOW PROGRAM   HOW: bare (posix_spawn) or spawner; prints the rate
 *	spawn_driver start              prints the ms from the first spawn to its first event
 *
 * SPAWN_SANDBOX=workspace|strict in its environment: in a sandbox around the working directory;
 * SPAWN_WITHOUT=N: without these layers of it, bits of enum sandbox_layer;
 * SPAWN_SWAP=PATH: PATH is moved into its place before the first spawn.
 */
#include "base/clock.h"
#include "base/str.h"
#include "os/sandbox.h"
#include "os/spawner.h"
#include "os/supervisor.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

struct driver {
	struct spawner *spawner;
	const char *const *argv;
	int null_fd, cwd_fd, stdout_fd;
	char root[4096];
	struct sandbox_conf sandbox;
	uint64_t next_id;
	size_t n_started, n_failed, n_exited, n_lost;
	size_t to_spawn; /* on exit of another */
};

static void fail(const char *what, const struct error *err)
{
	(void)fprintf(stderr, "spawn_driver: %s: %s\n", what, err->text);
	exit(1);
}

static void spawn_one(struct driver *driver)
{
	struct spawn_request request = {
		.id = ++driver->next_id,
		.argv = driver->argv,
		.envp = (const char *const *)environ,
		.cwd_fd = driver->cwd_fd,
		.cwd = "",
		.stdin_fd = driver->null_fd,
		.stdout_fd = driver->stdout_fd,
		.stderr_fd = driver->null_fd,
	};
	struct error err;

	if (spawner_spawn(driver->spawner, &request, &err) < 0)
		fail("spawn", &err);
}

static void on_event(void *data, const struct spawn_event *event)
{
	struct driver *driver = data;

	driver->n_started += event->type == SPAWN_STARTED;
	driver->n_failed += event->type == SPAWN_FAILED;
	driver->n_exited += event->type == SPAWN_EXITED;
	driver->n_lost += event->type == SPAWN_LOST;
	if (event->type != SPAWN_STARTED && driver->to_spawn > 0) {
		driver->to_spawn--;
		spawn_one(driver);
	}
}

/* One turn of the loop; true when standard input, if watched, has ended. */
static bool turn(struct driver *driver, bool watch_stdin)
{
	struct pollfd polled[] = {
		{ .fd = spawner_fd(driver->spawner), .events = POLLIN },
		{ .fd = watch_stdin ? STDIN_FILENO : -1, .events = POLLIN },
	};
	struct error err;

	if (spawner_wants_write(driver->spawner))
		polled[0].events |= POLLOUT;
	if (poll(polled, 2, -1) < 0)
		return false;
	if (polled[0].revents && spawner_dispatch(driver->spawner, &err) < 0)
		fail("dispatch", &err);
	return polled[1].revents != 0;
}

static void setup(struct driver *driver)
{
	const char *level = getenv("SPAWN_SANDBOX"), *swap = getenv("SPAWN_SWAP");
	const char *without = getenv("SPAWN_WITHOUT");
	struct sandbox_profile profile = { 0 };
	struct error err;

	driver->null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	driver->stdout_fd = driver->null_fd;
	driver->cwd_fd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (spawner_new(on_event, driver, &driver->spawner, &err) < 0)
		fail("new", &err);
	if (swap && getcwd(driver->root, sizeof(driver->root)) &&
	    (rename(driver->root, "../swapped") != 0 || rename(swap, driver->root) != 0))
		abort();
	if (level && (swap || getcwd(driver->root, sizeof(driver->root)))) {
		driver->sandbox =
			(struct sandbox_conf){ .root = driver->root, .root_fd = driver->cwd_fd };
		if (without)
			driver->sandbox.without = (unsigned)strtoul(without, NULL, 10);
		driver->sandbox.home = getenv("HOME");
		profile.level = str_equal(level, "strict") ? SANDBOX_STRICT : SANDBOX_WORKSPACE;
		spawner_confine(driver->spawner, &driver->sandbox, &profile);
	}
}

static int wait_mode(struct driver *driver, const char *mode, size_t n, const char *script)
{
	const char *const argv[] = { "sh", "-c", script, NULL };
	bool ended = false;

	driver->argv = argv;
	for (size_t i = 0; i < n; i++)
		spawn_one(driver);
	while (driver->n_started + driver->n_failed < n)
		(void)turn(driver, false);
	(void)printf("ready %zu\n", driver->n_failed);
	(void)fflush(stdout);
	while (!ended && driver->n_lost == 0)
		ended = turn(driver, str_equal(mode, "free"));
	if (driver->n_lost) {
		(void)printf("lost %zu\n", driver->n_lost);
		(void)fflush(stdout);
		while (!ended)
			ended = turn(driver, true);
	}
	spawner_free(driver->spawner);
	return 0;
}

static int run_mode(struct driver *driver, const char *script)
{
	const char *const argv[] = { "bash", "-c", script, NULL };

	driver->argv = argv;
	driver->stdout_fd = STDOUT_FILENO;
	spawn_one(driver);
	while (driver->n_exited + driver->n_failed + driver->n_lost == 0)
		(void)turn(driver, false);
	spawner_free(driver->spawner);
	return driver->n_exited == 1 ? 0 : 1;
}

static void rate_bare(size_t n, size_t width, const char *const *argv)
{
	size_t n_running = 0;

	while (n > 0 || n_running > 0) {
		if (n > 0 && n_running < width) {
			posix_spawn_file_actions_t actions;
			posix_spawnattr_t attr;
			pid_t pid;

			(void)posix_spawn_file_actions_init(&actions);
			for (int fd = 0; fd < 3; fd++)
				(void)posix_spawn_file_actions_addopen(&actions, fd, "/dev/null",
								       O_RDWR, 0);
			(void)posix_spawnattr_init(&attr);
			(void)posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP);
			if (posix_spawn(&pid, argv[0], &actions, &attr,
					(char *const *)(uintptr_t)argv, environ) != 0)
				abort();
			(void)posix_spawn_file_actions_destroy(&actions);
			(void)posix_spawnattr_destroy(&attr);
			n--;
			n_running++;
		} else if (waitpid(-1, NULL, 0) > 0) {
			n_running--;
		}
	}
}

static int rate_mode(struct driver *driver, char **args)
{
	const size_t n = strtoul(args[0], NULL, 10), width = strtoul(args[1], NULL, 10);
	const char *const argv[] = { args[3], NULL };
	const uint64_t begin = clock_now_ns();

	if (str_equal(args[2], "bare")) {
		rate_bare(n, width, argv);
	} else {
		driver->argv = argv;
		driver->to_spawn = n - width;
		for (size_t i = 0; i < width; i++)
			spawn_one(driver);
		while (driver->n_exited < n)
			(void)turn(driver, false);
	}
	(void)printf("%.0f\n", (double)n / ((double)(clock_now_ns() - begin) / 1e9));
	spawner_free(driver->spawner);
	return 0;
}

static int start_mode(struct driver *driver)
{
	const char *const argv[] = { "/bin/true", NULL };
	double ms[2];

	driver->argv = argv;
	for (size_t i = 0; i < 2; i++) { /* with and without the start of the supervisor */
		const uint64_t begin = clock_now_ns();

		spawn_one(driver);
		while (driver->n_started == i)
			(void)turn(driver, false);
		ms[i] = (double)(clock_now_ns() - begin) / 1e6;
		while (driver->n_exited == i)
			(void)turn(driver, false);
	}
	(void)printf("%.2f %.2f\n", ms[0], ms[1]);
	spawner_free(driver->spawner);
	return 0;
}

int main(int argc, char **argv)
{
	struct driver driver = { 0 };
	int status = supervisor_main_if_asked(argc, argv);

	if (status >= 0)
		return status;
	(void)alarm(60); /* a test that waits for us in vain is to fail, not to hang */
	setup(&driver);
	if (argc == 2 && str_equal(argv[1], "start"))
		return start_mode(&driver);
	if (argc == 3 && str_equal(argv[1], "run"))
		return run_mode(&driver, argv[2]);
	if (argc == 6 && str_equal(argv[1], "rate"))
		return rate_mode(&driver, argv + 2);
	if (argc != 4)
		return 2;
	if (str_equal(argv[1], "parent") && spawner_die_with_parent() < 0)
		return 1;
	return wait_mode(&driver, argv[1], strtoul(argv[2], NULL, 10), argv[3]);
}
