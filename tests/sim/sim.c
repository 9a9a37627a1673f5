/* SPDX-License-Identifier: MIT */
/*
 * Runs seeds of the simulated engine (see sim.h).
 *
 *	sim                      seeds 1 to SIM_SEEDS (200) and those of tests/sim/seeds.txt; TAP
 *	sim SEED                 one, with all that happens
 *	sim FIRST COUNT [JOBS]   many; stops at the first that breaks a rule
 *
 * Every 16th seed is run twice: the same has to happen.
 */
#include "tests/sim/sim.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CHECK_SEEDS = 200, TWICE_EVERY = 16, JOBS_MAX = 64 };

/* An assertion of the engine has failed: what led to it is worth more than a core. */
static void on_fatal(int signo)
{
	const struct sim *sim = sim_at_work();

	if (sim) {
		sim_print_lines(&sim->trace);
		printf("seed %" PRIu64 ": ended by signal %d (%s)\n", sim->seed, signo,
		       strsignal(signo));
		(void)fflush(stdout); /* nothing can be done about it */
	}
	(void)signal(signo, SIG_DFL);
	(void)raise(signo);
}

static bool run_seed(uint64_t seed)
{
	uint64_t hash, again;

	if (!sim_seed(seed, false, &hash))
		return false;
	if (seed % TWICE_EVERY != 0)
		return true;
	if (sim_seed(seed, false, &again) && again == hash)
		return true;
	printf("seed %" PRIu64 ": something else happens the second time\n", seed);
	return false;
}

static bool run_range(uint64_t first, uint64_t n, uint64_t step)
{
	for (uint64_t i = 0; i < n; i += step) {
		if (!run_seed(first + i))
			return false;
	}
	return true;
}

static bool run_jobs(uint64_t first, uint64_t n, uint64_t n_jobs)
{
	bool ok = true;
	int status;

	for (uint64_t i = 0; i < n_jobs; i++) {
		pid_t pid = fork();

		if (pid < 0)
			return false;
		if (pid == 0)
			exit(i < n && !run_range(first + i, n - i, n_jobs));
	}
	while (wait(&status) > 0)
		ok &= status == 0;
	return ok;
}

static bool run_file(const char *path)
{
	FILE *file = fopen(path, "r");
	char line[256];
	bool ok = file;

	while (ok && fgets(line, sizeof(line), file)) {
		if (line[0] >= '0' && line[0] <= '9')
			ok = run_seed(strtoull(line, NULL, 10));
	}
	if (file)
		(void)fclose(file); /* only read */
	return ok;
}

static int run_check(void)
{
	const char *asked = getenv("SIM_SEEDS");
	uint64_t n = asked ? strtoull(asked, NULL, 10) : CHECK_SEEDS;
	bool ok_range, ok_file;

	printf("1..2\n");
	ok_range = run_range(1, n, 1);
	printf("%s 1 - seeds 1 to %" PRIu64 "\n", ok_range ? "ok" : "not ok", n);
	ok_file = run_file("tests/sim/seeds.txt");
	printf("%s 2 - seeds that once broke a rule\n", ok_file ? "ok" : "not ok");
	return !ok_range || !ok_file;
}

int main(int argc, char **argv)
{
	uint64_t first = argc > 1 ? strtoull(argv[1], NULL, 10) : 0;
	uint64_t n = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
	uint64_t n_jobs = argc > 3 ? strtoull(argv[3], NULL, 10) : 1;
	struct timespec start, end;
	uint64_t hash;
	bool ok;

	(void)signal(SIGPIPE, SIG_IGN); /* these only fail for signals that do not exist */
	(void)signal(SIGABRT, on_fatal);
	(void)signal(SIGSEGV, on_fatal);
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc == 1)
		return run_check();
	if (argc == 2)
		return !sim_seed(first, true, &hash);
	(void)clock_gettime(CLOCK_MONOTONIC, &start);
	ok = n_jobs > 1 && n_jobs <= JOBS_MAX ? run_jobs(first, n, n_jobs) : run_range(first, n, 1);
	(void)clock_gettime(CLOCK_MONOTONIC, &end);
	if (ok)
		printf("%" PRIu64 " seeds from %" PRIu64 " keep the rules, in %ld s\n", n, first,
		       (long)(end.tv_sec - start.tv_sec));
	return !ok;
}
