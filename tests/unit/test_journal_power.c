/* SPDX-License-Identifier: MIT */
/*
 * Power loss. Killing a process keeps what it wrote in the page cache, so it says nothing about
 * syncs. Here every write is remembered until its file is synced, and at many moments the directory
 * is put together as a power loss might leave it: what was synced, and of the rest any part, in any
 * order, torn at sectors. What was told as durable has to be in all of them.
 */
#include "engine/recorded.h"
#include "engine_fixture.h"
#include "shim_vfs.h"

#include "tests/unit/tree.h"

#include <stdint.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

enum { SECTOR = 512, FILES_MAX = 3, OPS_MAX = 4096, LOSSES_MAX = 4000, RECORDS_MAX = 64 };

static unsigned next_random(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(*seed >> 33);
}

/* ---- what is on the disk, and what is not yet ---- */

struct bytes {
	char *data;
	size_t len, cap;
};

struct op {
	enum shim_what what;
	char *data;
	size_t at, len;
};

struct file {
	const char *name;
	bool is_there;   /* it was written to */
	bool is_durable; /* its name is */
	struct bytes synced;
	struct op ops[OPS_MAX];
	size_t n_ops;
};

struct power {
	struct shim_vfs shim;
	struct tree dir;   /* the journal's */
	struct tree image; /* what is left of it */
	struct file files[FILES_MAX];
	uint64_t seed;
	unsigned n_losses, n_empty;
	/* What was told, and what each loss left of it: bits by record. */
	unsigned told[RECORDS_MAX], n_told;
	uint64_t left[LOSSES_MAX];
};

static void resize(struct bytes *bytes, size_t len)
{
	if (len > bytes->cap) {
		bytes->cap = 2 * len;
		bytes->data = realloc(bytes->data, bytes->cap);
		assert_non_null(bytes->data);
	}
	if (len > bytes->len)
		memset(bytes->data + bytes->len, 0, len - bytes->len);
	bytes->len = len;
}

/* sectors: NULL = all of it, else which of them come through. */
static void apply(struct bytes *bytes, const struct op *op, uint64_t *sectors)
{
	if (op->what == SHIM_TRUNCATE) {
		resize(bytes, op->at);
		return;
	}
	for (size_t i = 0; i < op->len;) {
		size_t n = SECTOR - (op->at + i) % SECTOR;

		n = n < op->len - i ? n : op->len - i;
		if (!sectors || next_random(sectors) % 2) {
			if (bytes->len < op->at + i + n)
				resize(bytes, op->at + i + n);
			memcpy(bytes->data + op->at + i, op->data + i, n);
		}
		i += n;
	}
}

static void sync_file(struct file *file)
{
	for (size_t i = 0; i < file->n_ops; i++) {
		apply(&file->synced, &file->ops[i], NULL);
		free(file->ops[i].data);
	}
	file->n_ops = 0;
	file->is_durable = true;
}

enum loss { LOSS_ALL, LOSS_NONE, LOSS_SOME, LOSS_TORN, LOSS_KINDS };

static void shuffle(uint64_t *seed, unsigned *order, size_t n)
{
	for (size_t i = 0; i < n; i++)
		order[i] = (unsigned)i;
	for (size_t i = n; i > 1; i--) {
		size_t k = next_random(seed) % i;
		unsigned was = order[k];

		order[k] = order[i - 1];
		order[i - 1] = was;
	}
}

static void put_file(struct power *power, const struct file *file, enum loss loss)
{
	static unsigned order[OPS_MAX];
	bool is_deleted = false;
	struct bytes bytes = { 0 };
	int fd;

	if (!file->is_there)
		return;
	if (!file->is_durable && (loss == LOSS_ALL || next_random(&power->seed) % 2))
		return;
	resize(&bytes, file->synced.len);
	if (bytes.len)
		memcpy(bytes.data, file->synced.data, bytes.len);
	shuffle(&power->seed, order, file->n_ops);
	for (size_t i = 0; i < file->n_ops && loss != LOSS_ALL; i++) {
		const struct op *op = &file->ops[loss == LOSS_NONE ? i : order[i]];

		if (loss != LOSS_NONE && next_random(&power->seed) % 2)
			continue;
		if (op->what == SHIM_DELETE)
			is_deleted = true;
		else
			apply(&bytes, op, loss == LOSS_TORN ? &power->seed : NULL);
	}
	if (!is_deleted) {
		fd = openat(power->image.fd, file->name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
			    0600);
		assert_true(fd >= 0);
		assert_int_equal(write(fd, bytes.data, bytes.len), bytes.len);
		close(fd);
	}
	free(bytes.data);
}

/* ---- what can be had from it ---- */

/* Bit 2i: the start of call i, 2i + 1: its end. */
static uint64_t read_left(struct power *power, bool *ret_any)
{
	const struct journal_db_conf conf = { .dir = power->image.path };
	struct recorded *recorded;
	struct journal_db *db;
	uint64_t left = 0, epoch;
	struct error err;
	int r = journal_db_take(&conf, &db, &epoch, &err); /* with quick_check */

	*ret_any = r == 0;
	if (r < 0) {
		if (err.class != ERROR_MISSING) /* it never began: only before anything was told */
			fail_msg("%s", err.text);
		return 0;
	}
	journal_db_close(db);
	if (recorded_load(power->image.path, true, &recorded, &err) < 0)
		fail_msg("%s", err.text);
	for (size_t i = 0; i < recorded->n_calls; i++) {
		const struct recorded_call *call = &recorded->calls[i];

		if (call->started)
			left |= 1ull << (2 * i);
		if (call->has_result)
			left |= 1ull << (2 * i + 1);
	}
	recorded_free(recorded);
	return left;
}

static void lose_power(struct power *power, enum loss loss)
{
	uint64_t seed = power->seed, left;
	bool any;

	(void)unlinkat(power->image.fd, "journal.db-shm", 0);
	for (size_t i = 0; i < FILES_MAX; i++)
		(void)unlinkat(power->image.fd, power->files[i].name, 0); /* may not be there */
	for (size_t i = 0; i < FILES_MAX; i++)
		put_file(power, &power->files[i], loss);
	left = read_left(power, &any);
	power->n_empty += !any;
	for (unsigned i = 0; i < power->n_told; i++) {
		if (!(left >> power->told[i] & 1))
			fail_msg("loss %u of kind %d, seed %" PRIu64
				 ": record %u (call %u) was told and is lost",
				 power->n_losses, loss, seed, i, power->told[i] / 2);
	}
	assert_true(power->n_losses < LOSSES_MAX);
	power->left[power->n_losses++] = left;
}

static void tell(struct power *power, unsigned bit)
{
	assert_true(power->n_told < RECORDS_MAX);
	power->told[power->n_told++] = bit;
	lose_power(power, LOSS_ALL);
}

/* What is there is all that comes before it. */
static void check_order(const struct power *power)
{
	for (unsigned i = 0; i < power->n_losses; i++) {
		bool is_over = false;

		for (unsigned k = 0; k < power->n_told; k++) {
			bool is_there = power->left[i] >> power->told[k] & 1;

			if (is_there && is_over)
				fail_msg("loss %u: record %u is there, one before it is not", i, k);
			is_over = is_over || !is_there;
		}
	}
}

/* ---- watching ---- */

static struct file *file_of(struct power *power, const char *path)
{
	const char *name = strrchr(path, '/') + 1;

	for (size_t i = 0; i < FILES_MAX; i++) {
		if (strcmp(power->files[i].name, name) == 0)
			return &power->files[i];
	}
	fail_msg("an unknown file: %s", path);
	return NULL;
}

static int watch(void *data, const struct shim_change *change)
{
	struct power *power = data;
	struct file *file = file_of(power, change->path);
	struct op *op;

	if (change->what == SHIM_OPEN)
		return SQLITE_OK;
	if (change->what == SHIM_SYNC) {
		for (int loss = 0; loss < LOSS_KINDS; loss++)
			lose_power(power, (enum loss)loss);
		lose_power(power, LOSS_TORN);
		sync_file(file);
		return SQLITE_OK;
	}
	assert_true(file->n_ops < OPS_MAX);
	file->is_there = true;
	op = &file->ops[file->n_ops++];
	*op = (struct op){ .what = change->what, .at = (size_t)change->at };
	if (change->what == SHIM_WRITE) {
		op->len = (size_t)change->len;
		op->data = malloc(op->len);
		assert_non_null(op->data);
		memcpy(op->data, change->data, op->len);
	}
	return SQLITE_OK;
}

/* In memory if there is a place for it: what is taken over is synced, for nobody's sake. */
static struct tree image_dir(void)
{
	struct tree tree = { .path = "/dev/shm/volley-test-XXXXXX" };

	if (!mkdtemp(tree.path))
		return tree_new();
	tree.fd = open(tree.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(tree.fd >= 0);
	return tree;
}

static struct power *power_new(uint64_t seed)
{
	struct power *power = calloc(1, sizeof(*power));

	assert_non_null(power);
	power->files[0].name = "journal.db";
	power->files[1].name = "journal.db-wal";
	power->files[2].name = "journal.db-journal"; /* until it has a WAL */
	power->seed = seed;
	power->dir = tree_new();
	power->image = image_dir();
	shim_begin(&power->shim, watch, power);
	return power;
}

/* The journal itself has synced the directory: what is gone stays gone. */
static void made(struct power *power)
{
	for (size_t i = 0; i < FILES_MAX; i++) {
		struct file *file = &power->files[i];

		file->is_durable = true;
		if (file->n_ops && file->ops[file->n_ops - 1].what == SHIM_DELETE)
			file->is_there = false;
	}
}

static void power_free(struct power *power)
{
	shim_end(&power->shim);
	for (size_t i = 0; i < FILES_MAX; i++) {
		sync_file(&power->files[i]);
		free(power->files[i].synced.data);
	}
	tree_remove(&power->dir);
	tree_remove(&power->image);
	free(power);
}

/* ---- an engine at work ---- */

static struct power *at_work; /* of the environment below, which has no room for it */

static int told_spawn(struct env *env, const struct spawn_request *request,
		      const struct sandbox_profile *profile, struct error *err)
{
	tell(at_work, 2 * (unsigned)strtoul(request->argv[3], NULL, 10));
	return fake_spawn(env, request, profile, err);
}

static void told_event(void *data, struct run *run, const struct event *event)
{
	(void)run;
	if (event->type == EVENT_CALL_FINISHED)
		tell(data, 2 * event->call->index + 1);
}

static void test_engine(void **state)
{
	static struct env_ops ops;

	(void)state;
	for (uint64_t seed = 1; seed <= 3; seed++) {
		struct plan *plan = new_plan();
		uint32_t phase = add_phase(plan, "a");
		struct sim *sim = sim_new(NULL);
		struct power *power = power_new(seed);
		const struct record_conf conf = {
			.dir = power->dir.path,
			.vfs = "shim",
			.about = { .id = "20260101T000000-aaaa", .root = "/tmp" },
		};
		struct error err;

		at_work = power;
		ops = fake_ops;
		ops.spawn = told_spawn;
		sim->fake->env.ops = &ops;
		sim->fake->thread_ms = seed - 1;
		assert_true(engine_listen(sim->engine, told_event, power) > 0);
		plan->phases[phase].limits[LANE_BASH] = 3;
		for (int i = 0; i < 10; i++)
			add_call(plan, phase, &tool_work, "ms=%d out=%d", i, i);
		sim_start(sim, plan);
		assert_int_equal(run_record(sim->run, &conf, &err), 0);
		made(power);
		sim_finish(sim);
		assert_int_equal(power->n_told, 20);
		assert_int_equal(engine_end_record(sim->engine, RUN_ENDED, 0, &err), 0);
		for (int loss = 0; loss < LOSS_KINDS; loss++)
			lose_power(power, (enum loss)loss);
		check_order(power);
		assert_true(power->n_losses > 60);
		power_free(power);
		sim_free(sim, plan);
	}
}

/* ---- a WAL that is moved into the database meanwhile ---- */

enum { BIG_CALLS = 14, BIG_BYTES = 400000 };

static void put_big(struct power *power, struct journal_db *db, unsigned i, const char *body)
{
	XXH128_hash_t hash = XXH3_128bits(body, BIG_BYTES);
	const struct journal_inv inv = {
		.seq = i,
		.id = "x",
		.phase = "p",
		.tool = "Bash",
		.args = "{}",
		.idem = IDEM_EFFECT,
	};
	struct journal_attempt attempt = { .seq = i, .n = 1 };
	const struct journal_result result = {
		.seq = i,
		.meta = "{\"attempts\":1}",
		.meta_len = 14,
		.body = body,
		.body_len = BIG_BYTES,
		.has_body = true,
		.body_hash = { hash.low64, hash.high64 },
	};

	assert_int_equal(journal_db_begin(db, NULL), 0);
	assert_int_equal(journal_db_add_inv(db, &inv, NULL), 0);
	assert_int_equal(journal_db_add_attempt(db, &attempt, NULL), 0);
	assert_int_equal(journal_db_commit(db, NULL), 0);
	tell(power, 2 * i);
	assert_int_equal(journal_db_begin(db, NULL), 0);
	assert_int_equal(journal_db_end_attempt(db, &attempt, NULL), 0);
	assert_int_equal(journal_db_add_result(db, &result, NULL), 0);
	assert_int_equal(journal_db_commit(db, NULL), 0);
	tell(power, 2 * i + 1);
	assert_int_equal(journal_db_checkpoint(db, false, NULL), 0);
}

static void test_checkpoints(void **state)
{
	struct power *power = power_new(4);
	const struct journal_db_conf conf = { .dir = power->dir.path, .vfs = "shim" };
	const struct journal_run run = { .id = "20260101T000000-aaaa", .root = "/tmp" };
	char *body = malloc(BIG_BYTES);
	struct journal_db *db;

	(void)state;
	assert_non_null(body);
	assert_int_equal(journal_db_create(&conf, &db, NULL), 0);
	made(power);
	assert_int_equal(journal_db_begin(db, NULL), 0);
	assert_int_equal(journal_db_add_run(db, &run, NULL), 0);
	assert_int_equal(journal_db_commit(db, NULL), 0);
	for (unsigned i = 0; i < BIG_CALLS; i++) {
		memset(body, (int)i + 1, BIG_BYTES);
		put_big(power, db, i, body);
	}
	assert_true(power->files[0].synced.len > 2000000); /* it was moved */
	assert_int_equal(journal_db_begin(db, NULL), 0);
	assert_int_equal(journal_db_end_run(db, RUN_ENDED, 0, NULL), 0);
	assert_int_equal(journal_db_commit(db, NULL), 0);
	assert_int_equal(journal_db_checkpoint(db, true, NULL), 0);
	journal_db_close(db);
	for (int loss = 0; loss < LOSS_KINDS; loss++)
		lose_power(power, (enum loss)loss);
	check_order(power);
	free(body);
	power_free(power);
}

/* ---- the test itself ---- */

/* A journal that tells before it is synced is found out. */
static void test_unsynced_is_seen(void **state)
{
	struct power *power = power_new(5);
	const struct journal_db_conf conf = {
		.dir = power->dir.path,
		.vfs = "shim",
		.is_unsynced = true,
	};
	const struct journal_run run = { .id = "20260101T000000-aaaa", .root = "/tmp" };
	struct journal_db *db;
	bool any;

	(void)state;
	assert_int_equal(journal_db_create(&conf, &db, NULL), 0);
	made(power);
	assert_int_equal(journal_db_begin(db, NULL), 0);
	assert_int_equal(journal_db_add_run(db, &run, NULL), 0);
	assert_int_equal(journal_db_commit(db, NULL), 0);
	for (size_t i = 0; i < FILES_MAX; i++)
		put_file(power, &power->files[i], LOSS_ALL);
	(void)read_left(power, &any);
	assert_false(any);
	journal_db_close(db);
	power_free(power);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_engine),
		cmocka_unit_test(test_checkpoints),
		cmocka_unit_test(test_unsynced_is_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
