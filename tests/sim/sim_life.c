/* SPDX-License-Identifier: MIT */
/* Process after process works on the run of a seed. */
#include "tests/sim/sim.h"
#include "tests/sim/sim_check.h"
#include "tests/sim/sim_disk.h"
#include "tests/sim/sim_env.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	PATH_BYTES = 512,
	RESUMES_MAX = 3,
	CRASH_PERCENT = 60,
	RESUME_PERCENT = 70,
	DISK_OPS_MAX = 250,
	CRASH_AGAIN_PERCENT = 15,
	TAKE_OPS_MAX = 12
};

static bool chance(struct sim *sim, unsigned percent)
{
	return sim_pick(&sim->life_random, 100) < percent;
}

/* ---- the directory of the run ---- */

static void path_of(const struct sim *sim, const char *name, char ret_path[PATH_BYTES])
{
	(void)snprintf(ret_path, PATH_BYTES, "%s/%s", sim->dir, name);
}

/* Whatever the engine keeps there. */
static void empty_dir(struct sim *sim)
{
	DIR *dir = opendir(sim->dir);
	const struct dirent *entry;
	char path[PATH_BYTES];

	while (dir && (entry = readdir(dir))) {
		path_of(sim, entry->d_name, path);
		(void)unlink(path); /* "." and ".." stay */
	}
	if (dir)
		(void)closedir(dir); /* only read */
	sim_disk_clear(sim->disk);
}

/* The ballast costs milliseconds, and only matters on a disk that becomes full. */
static void set_ballast(struct sim *sim)
{
	char path[PATH_BYTES];

	path_of(sim, "ballast", path);
	(void)unlink(path); /* mostly it is there */
	if (!sim->flaw_on[FLAW_DISK_FULL] && symlink("/nowhere", path) < 0)
		abort();
}

static void set_disk_flaw(struct sim *sim)
{
	static const struct {
		enum flaw flaw;
		enum sim_disk_flaw disk;
	} flaws[] = {
		{ FLAW_DISK_ERROR, DISK_ERROR },
		{ FLAW_DISK_FULL, DISK_FULL },
		{ FLAW_DISK_STAYS_FULL, DISK_STAYS_FULL },
	};
	char path[PATH_BYTES];

	path_of(sim, "ballast", path);
	for (size_t i = 0; i < countof(flaws); i++) {
		if (!sim_flaw(sim, flaws[i].flaw))
			continue;
		sim_disk_set_flaw(sim->disk, flaws[i].disk,
				  1 + sim_pick(&sim->flaw_random, DISK_OPS_MAX), path);
		return;
	}
}

/* ---- resuming ---- */

static enum resume_choice choose(void *data, size_t i)
{
	static const enum resume_choice choices[] = { RESUME_LEAVE, RESUME_RERUN, RESUME_SKIP };
	struct sim *sim = data;
	struct sim_call *call = &sim->check.calls[i];
	enum resume_choice choice;

	if (sim->policy == SIM_VERIFY)
		choice = call->n_effects ? RESUME_IS_DONE : RESUME_RERUN;
	else
		choice = choices[sim->policy];
	sim_say(sim, "in doubt %zu: %d", i, choice);
	if (sim_may_rerun(sim, i))
		sim_break(sim, "no doubt", "call %zu may be repeated, and is in doubt", i);
	if (call->is_firm)
		sim_break(sim, "done stays done", "call %zu is in doubt", i);
	call->is_chosen = choice == RESUME_SKIP || choice == RESUME_IS_DONE;
	call->was_chosen |= call->is_chosen;
	if (choice == RESUME_RERUN)
		sim_check_again(sim, i);
	return choice;
}

/* Full outputs are kept by whoever shows them: here by nobody. */
static bool read_body(void *data, size_t i, struct result *result)
{
	(void)data;
	(void)i;
	(void)result;
	return false;
}

static int take_over(struct sim *sim, struct recorded *recorded, struct error *err)
{
	const struct record_conf conf = { .dir = sim->dir, .about.id = recorded->run.id };
	const struct resume_policy policy = {
		.choose = choose,
		.read_body = read_body,
		.advice = "decide",
		.data = sim,
	};
	int r = run_take_over(sim->run, &conf, err);

	return r < 0 ? r : resume_know(sim->run, recorded, &policy);
}

/* True: there is a run to go on with. */
static bool load(struct sim *sim, struct recorded **ret_recorded)
{
	struct error err;
	int r = sim->i_life && sim->is_recorded ? recorded_load(sim->dir, true, ret_recorded, &err)
						: -ENOENT;

	if (sim->i_life && sim->is_recorded)
		sim_check_recorded(sim, r < 0 ? NULL : *ret_recorded);
	if (r < 0 && sim->i_life && !sim->is_deferred && err.class != ERROR_MISSING)
		sim_break(sim, "journal", "%s", err.text);
	return r == 0;
}

/* ---- one process ---- */

static int record(struct sim *sim, struct error *err)
{
	const struct record_conf conf = {
		.dir = sim->dir,
		.is_deferred = sim->is_deferred,
		.about = { .id = run_id(sim->run), .name = "sim", .root = "/", .command = "[]" },
	};

	empty_dir(sim);
	set_ballast(sim);
	return run_record(sim->run, &conf, err);
}

static void begin(struct sim *sim, struct recorded *recorded)
{
	struct engine_conf conf = {
		.root_path = "/",
		.total_limit = sim->total_limit,
		.n_threads = 1,
		.stream_output = sim->seed % 2,
		.env = sim_env_base(sim->env),
	};
	struct error err;
	int r;

	memcpy(conf.limits, sim->lane_limits, sizeof(conf.limits));
	r = engine_new(&conf, &sim->engine, &err);
	if (r == 0)
		r = run_start(sim->engine, sim->plan, &sim->run, &err);
	sim->defers = sim->is_deferred && !recorded;
	if (r == 0 && recorded)
		r = take_over(sim, recorded, &err);
	else if (r == 0 && sim->is_recorded)
		r = record(sim, &err);
	if (r < 0 && !sim_disk_has_stopped(sim->disk))
		sim_break(sim, "journal", "%s", r == -ENOMEM ? "no memory" : err.text);
}

/* When it is interrupted, and at which event it crashes. */
static void pick_end(struct sim *sim)
{
	sim->crash_at = sim->interrupt_ns = 0;
	if (!sim->is_recorded)
		return;
	if (sim->n_crashes < SIM_CRASHES_MAX && chance(sim, CRASH_PERCENT))
		sim->crash_at = 1 + sim_pick(&sim->life_random,
					     1ull << (1 + sim_pick(&sim->life_random, 9)));
	if (sim_flaw(sim, FLAW_INTERRUPT))
		sim->interrupt_ns = sim->now_ns + sim_pick(&sim->life_random, 6000) * SIM_MS;
}

static void end(struct sim *sim)
{
	const struct sim_check *check = &sim->check;
	bool was_down = sim->is_down;
	uint64_t now_ns = sim->now_ns;
	struct error err;

	if (!was_down && !*sim->broken) {
		sim_env_finish_disk(sim->env);
		if (sim_disk_has_failed(sim->disk))
			sim_say(sim, "the disk has failed");
		if (engine_end_record(sim->engine, check->exit_status < 2 ? RUN_ENDED : RUN_STOPPED,
				      check->exit_status, &err) == 0) {
			sim_check_commit(sim, false, false);
			sim_check_commit(sim, true, !sim_disk_has_failed(sim->disk));
		} else if (!sim_disk_has_failed(sim->disk)) {
			sim_break(sim, "journal", "it does not end: %s", err.text);
		}
		(void)run_free(sim->run); /* threads that are stuck are waited for below */
	}
	sim->is_down = true;
	sim_env_finish_disk(sim->env);
	engine_free(sim->engine);
	sim_env_free(sim->env);
	sim->engine = NULL;
	sim->run = NULL;
	sim->env = NULL;
	sim->now_ns = now_ns + (uint64_t)SIM_MS * 1000;
	if (was_down && !*sim->broken) {
		sim_disk_restart(sim->disk);
		sim->n_crashes++;
	}
}

static void live(struct sim *sim)
{
	struct recorded *recorded = NULL;

	sim->is_down = sim->is_over = false;
	sim->life_start_ns = sim->now_ns;
	sim_disk_set_flaw(sim->disk, DISK_FINE, 0, "");
	if (sim->i_life)
		sim->plan->budget.wall_ms = 0; /* as volley resume does: that time is up */
	sim->env = sim_env_new(sim);
	set_ballast(sim);
	(void)load(sim, &recorded);
	sim_check_begin(sim);
	/* It may crash while it takes over what another has left. Not where nobody syncs that:
	 * what a run without effects has written at its end may be gone with the power. */
	if (recorded && !sim->is_deferred && sim->n_crashes < SIM_CRASHES_MAX &&
	    chance(sim, CRASH_AGAIN_PERCENT))
		sim_disk_stop_after(sim->disk, 1 + sim_pick(&sim->life_random, TAKE_OPS_MAX));
	begin(sim, recorded);
	if (sim_disk_has_stopped(sim->disk))
		sim_env_crash(sim->env);
	sim_disk_stop_after(sim->disk, 0);
	if (!*sim->broken && !sim->is_down) {
		pick_end(sim);
		set_disk_flaw(sim);
		(void)engine_listen(sim->engine, sim_check_event, sim);   /* without: no end */
		(void)engine_run_until(sim->engine, &sim->is_over, NULL); /* always 0 */
		if (!sim->is_over)
			sim_break(sim, "liveness", "the loop has ended before the run");
	}
	end(sim);
	recorded_free(recorded);
}

/* ---- a seed ---- */

/* What a user does: he resumes what was not finished, more or less. */
static bool goes_on(struct sim *sim, bool has_crashed, unsigned *n_resumes)
{
	bool is_whole = sim->check.exit_status < 2 && !sim_disk_has_failed(sim->disk);

	if (*sim->broken)
		return false;
	if (!has_crashed && (is_whole || !sim->is_recorded || *n_resumes >= RESUMES_MAX ||
			     !chance(sim, RESUME_PERCENT)))
		return false;
	*n_resumes += !has_crashed;
	sim->i_life++;
	return true;
}

static bool has_effects(const struct sim *sim)
{
	for (size_t i = 0; i < sim->plan->n_calls; i++) {
		if (!sim_may_rerun(sim, i))
			return true;
	}
	return false;
}

static void live_all(struct sim *sim)
{
	unsigned n_resumes = 0, n_crashes;

	do {
		n_crashes = sim->n_crashes;
		live(sim);
	} while (goes_on(sim, sim->n_crashes > n_crashes, &n_resumes));
	if (!*sim->broken)
		sim_check_final(sim);
}

static void seed_all(struct sim *sim)
{
	uint64_t *const sequences[] = { &sim->plan_random, &sim->world_random, &sim->flaw_random,
					&sim->life_random, &sim->env_random };

	for (size_t i = 0; i < countof(sequences); i++)
		*sequences[i] = sim->seed * 0x9e3779b97f4a7c15u + i * 0x2545f4914f6cdd1du;
}

bool sim_seed(uint64_t seed, bool prints, uint64_t *ret_hash)
{
	struct sim *sim = calloc(1, sizeof(*sim));
	const char *tmp = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : getenv("TMPDIR");
	bool ok;

	if (!sim)
		abort();
	sim->seed = seed;
	sim->now_ns = SIM_MS;
	sim->trace.prints = prints;
	(void)snprintf(sim->dir, sizeof(sim->dir), "%s/volley-sim.XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(sim->dir))
		abort();
	sim_set(sim);
	seed_all(sim);
	sim_make_plan(sim);
	sim_make_flaws(sim);
	sim->policy = (enum sim_policy)sim_pick(&sim->life_random, SIM_POLICY_COUNT);
	sim->is_deferred = !has_effects(sim);
	sim->disk = sim_disk_new();
	live_all(sim);
	ok = !*sim->broken;
	if (!ok) {
		if (!prints)
			sim_print_lines(&sim->trace);
		printf("seed %lu: %s\n", (unsigned long)seed, sim->broken);
	}
	*ret_hash = sim->trace.hash;
	empty_dir(sim);
	(void)rmdir(sim->dir); /* what is left is seen */
	sim_disk_free(sim->disk);
	plan_free(sim->plan);
	sim_set(NULL);
	free(sim);
	return ok;
}
