/* SPDX-License-Identifier: MIT */
/* volley reap: ends what runs left behind whose volley is gone: processes, and room held back on
 * the disk. Runs that are under way, and those of which nothing is written down, are let be. */
#include "base/str.h"
#include "cli/command.h"
#include "cli/diag.h"
#include "cli/options.h"
#include "cli/run_dir.h"
#include "os/marked.h"

#include <stdio.h>
#include <unistd.h>

enum { RUNS_LOOKED_AT = 100000 };

struct reaping {
	size_t n_processes, n_files;
	size_t n_before;
};

/* Whether the run was written down, and nobody works on it. */
static bool is_dead(const char *path)
{
	char lock[SPILL_PATH_MAX + 8];

	(void)snprintf(lock, sizeof(lock), "%s/lock", path); /* fits */
	return access(lock, F_OK) == 0 && !run_lock_holder(path);
}

static bool reap_process(void *data, const struct marked *marked)
{
	struct reaping *self = data;
	char path[SPILL_PATH_MAX], id[SPILL_NAME_MAX];
	struct error err;

	/* "last", or a part of an id, is no mark of ours. */
	if (run_dir_find(marked->value, path, id, &err) == 0 && str_equal(id, marked->value) &&
	    is_dead(path) && marked_kill(marked->pid, marked->value)) {
		(void)printf("killed %d of run %s: %s\n", (int)marked->pid, id, marked->command);
		self->n_processes++;
	}
	return true;
}

static bool reap_run(void *data, const char *id, const char *path)
{
	struct reaping *self = data;
	char ballast[SPILL_PATH_MAX + 16];

	(void)id;
	if (!is_dead(path))
		return true;
	(void)snprintf(ballast, sizeof(ballast), "%s/ballast", path); /* fits */
	self->n_files += unlink(ballast) == 0;
	return true;
}

static int reap_run_command(const struct options *options)
{
	struct reaping self = { 0 };
	struct error err;

	(void)options;
	do { /* what forks meanwhile goes too */
		self.n_before = self.n_processes;
		if (marked_each(reap_process, &self) < 0) {
			diag_say("cannot look for processes: there is no /proc");
			return STATUS_BROKEN;
		}
	} while (self.n_processes > self.n_before && self.n_processes < 10000);
	if (run_dir_each(RUNS_LOOKED_AT, reap_run, &self, &err) < 0) {
		diag_error(&err);
		return STATUS_BROKEN;
	}
	diag_say("%zu processes killed, %zu files of dead runs removed", self.n_processes,
		 self.n_files);
	return STATUS_OK;
}

const struct command command_reap = {
	.name = "reap",
	.operands = "",
	.summary = "end what is left of runs whose volley was killed",
	.run = reap_run_command,
};
