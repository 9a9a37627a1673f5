/* SPDX-License-Identifier: MIT */
/* The journal on disk: what goes in comes out, epochs fence, damage is told or harmless. */
#include "engine/recorded.h"

#include <errno.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/tree.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

enum { N_CALLS = 40, BODY_MAX = 9000 };

static unsigned next_random(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(*seed >> 33);
}

static int64_t query(const struct tree *tree, const char *sql)
{
	char path[128];
	sqlite3 *db;
	sqlite3_stmt *st;
	int64_t n = -1;

	(void)snprintf(path, sizeof(path), "%s/journal.db", tree->path);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
	if (sqlite3_step(st) == SQLITE_ROW)
		n = sqlite3_column_int64(st, 0);
	assert_int_equal(sqlite3_finalize(st), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	return n;
}

/* ---- a journal whose every byte is known ---- */

static size_t body_of(uint64_t seq, char body[BODY_MAX])
{
	size_t len = seq % 5 == 0 ? 0 : (seq * 977) % BODY_MAX;

	for (size_t i = 0; i < len; i++)
		body[i] = (char)((seq * 31 + i * 7) & 0xff);
	return len;
}

static void put_call(struct journal_db *db, uint64_t seq)
{
	char id[32], args[64], meta[128], body[BODY_MAX];
	size_t len = body_of(seq, body);
	XXH128_hash_t hash = XXH3_128bits(body, len);
	struct journal_inv inv = {
		.seq = seq,
		.id = id,
		.phase = "phase",
		.tool = "Bash",
		.args = args,
		.idem = IDEM_EFFECT,
		.key = { seq, ~seq },
		.edges = seq % 3 == 1 ? "{\"needs\":[0],\"locks\":[\"a\"]}" : NULL,
	};
	struct journal_attempt attempt = { .seq = seq, .n = 1, .started_ns = 1000 + (int64_t)seq };
	struct journal_result result = {
		.seq = seq,
		.meta = meta,
		.body = body,
		.err = "err",
		.body_len = len,
		.err_len = 3,
		.body_hash = { hash.low64, hash.high64 },
		.has_body = true,
		.has_err = true,
	};

	(void)snprintf(id, sizeof(id), "call \"%d\"", (int)seq);
	(void)snprintf(args, sizeof(args), "{\"command\":\"echo %d\"}", (int)seq);
	result.meta_len = (size_t)snprintf(meta, sizeof(meta),
					   "{\"status\":1,\"payload\":4,\"class\":1,\"exit\":%d,"
					   "\"attempts\":1,\"text\":\"t%d\"}",
					   (int)seq + 1, (int)seq);
	assert_int_equal(journal_db_add_inv(db, &inv, NULL), 0);
	assert_int_equal(journal_db_add_attempt(db, &attempt, NULL), 0);
	attempt.outcome = CALL_FAILED;
	attempt.code = 5;
	attempt.text = "why";
	assert_int_equal(journal_db_end_attempt(db, &attempt, NULL), 0);
	assert_int_equal(journal_db_add_result(db, &result, NULL), 0);
}

static const struct journal_run the_run = {
	.id = "20260101T000000-aaaa",
	.name = "name",
	.root = "/root/\xff",
	.command = "[\"volley\"]",
	.source = "/w.yaml",
	.spec = "spec\0with a NUL",
	.spec_len = 15,
	.spec_hash = { 7, UINT64_MAX },
	.created_s = 1769854502,
};

static void commit(struct journal_db *db)
{
	struct error err;

	if (journal_db_commit(db, &err) < 0)
		fail_msg("%s", err.text);
}

/* One commit for the run and for each call: a prefix of them is a whole number of calls. Not
 * synced: what is in the files is the same. */
static struct journal_db *make_open(const struct tree *tree, uint64_t n_calls)
{
	const struct journal_db_conf conf = { .dir = tree->path, .is_unsynced = true };
	struct journal_db *db;
	struct error err;

	if (journal_db_create(&conf, &db, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(journal_db_begin(db, &err), 0);
	assert_int_equal(journal_db_add_run(db, &the_run, &err), 0);
	commit(db);
	for (uint64_t seq = 0; seq < n_calls; seq++) {
		assert_int_equal(journal_db_begin(db, &err), 0);
		put_call(db, seq);
		commit(db);
	}
	return db;
}

static void check_call(const struct recorded_call *call, uint64_t seq)
{
	char text[64], body[BODY_MAX];
	size_t len = body_of(seq, body);

	(void)snprintf(text, sizeof(text), "call \"%d\"", (int)seq);
	assert_string_equal(call->id, text);
	assert_string_equal(call->phase, "phase");
	assert_string_equal(call->tool, "Bash");
	(void)snprintf(text, sizeof(text), "{\"command\":\"echo %d\"}", (int)seq);
	assert_string_equal(call->args, text);
	assert_int_equal(call->idem, IDEM_EFFECT);
	assert_int_equal(call->key[0], seq);
	assert_int_equal(call->key[1], ~seq);
	if (seq % 3 == 1)
		assert_string_equal(call->edges, "{\"needs\":[0],\"locks\":[\"a\"]}");
	else
		assert_null(call->edges);
	assert_int_equal(call->attempts, 1);
	assert_int_equal(call->started, 1);
	assert_int_equal(call->outcome, CALL_FAILED);
	assert_int_equal(recorded_state(call), RECORDED_DONE);
	assert_int_equal(call->result.status, CALL_FAILED);
	assert_int_equal(call->result.bash.exit_code, (int)seq + 1);
	(void)snprintf(text, sizeof(text), "t%d", (int)seq);
	assert_string_equal(call->result.error.text, text);
	assert_int_equal(blob_len(call->result.body), len);
	assert_memory_equal(blob_data(call->result.body), body, len);
	assert_string_equal(blob_data(call->result.bash.err), "err");
}

static void check_run(const struct journal_run *run)
{
	assert_string_equal(run->id, the_run.id);
	assert_string_equal(run->name, the_run.name);
	assert_string_equal(run->root, the_run.root);
	assert_string_equal(run->command, the_run.command);
	assert_string_equal(run->source, the_run.source);
	assert_int_equal(run->spec_len, the_run.spec_len);
	assert_memory_equal(run->spec, the_run.spec, the_run.spec_len);
	assert_memory_equal(run->spec_hash, the_run.spec_hash, sizeof(run->spec_hash));
	assert_false(run->spec_is_redacted);
	assert_int_equal(run->created_s, the_run.created_s);
}

static struct recorded *load(const struct tree *tree)
{
	struct recorded *recorded;
	struct error err;

	if (recorded_load(tree->path, true, &recorded, &err) < 0)
		fail_msg("%s", err.text);
	return recorded;
}

static void test_round_trip(void **state)
{
	struct tree tree = tree_new();
	struct journal_db *db = make_open(&tree, N_CALLS);
	struct recorded *recorded;
	struct error err;

	(void)state;
	for (int ended = 0; ended < 2; ended++) { /* out of the WAL, and out of the database */
		recorded = load(&tree);
		check_run(&recorded->run);
		assert_int_equal(recorded->run.epoch, 1);
		assert_int_equal(recorded->run.state, ended ? RUN_STOPPED : RUN_GOING);
		assert_int_equal(recorded->run.exit_status, ended ? 130 : 0);
		assert_int_equal(recorded->n_calls, N_CALLS);
		for (uint64_t seq = 0; seq < N_CALLS; seq++)
			check_call(&recorded->calls[seq], seq);
		recorded_free(recorded);
		if (ended)
			break;
		assert_int_equal(journal_db_begin(db, &err), 0);
		assert_int_equal(journal_db_end_run(db, RUN_STOPPED, 130, &err), 0);
		commit(db);
		assert_int_equal(journal_db_checkpoint(db, true, &err), 0);
		journal_db_close(db);
		assert_int_equal(faccessat(tree.fd, "journal.db-wal", F_OK, 0), -1);
	}
	assert_int_equal(faccessat(tree.fd, "journal.db-wal", F_OK, 0),
			 -1); /* by reading neither */
	assert_int_equal(faccessat(tree.fd, "journal.db-shm", F_OK, 0), -1);
	assert_int_equal(query(&tree, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
	assert_int_equal(query(&tree, "PRAGMA application_id"), JOURNAL_APPLICATION_ID);
	assert_int_equal(query(&tree, "PRAGMA user_version"), JOURNAL_VERSION);
	tree_remove(&tree);
}

static void test_private_and_only_new(void **state)
{
	struct tree tree = tree_new();
	const struct journal_db_conf conf = { .dir = tree.path };
	struct journal_db *db = make_open(&tree, 1), *other = NULL;
	struct recorded *recorded;
	struct error err;
	struct stat st;

	(void)state;
	assert_int_equal(fstatat(tree.fd, "journal.db", &st, 0), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(fstatat(tree.fd, "journal.db-wal", &st, 0), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_true(journal_db_create(&conf, &other, &err) < 0);
	assert_int_equal(err.code, EEXIST);
	assert_null(other);
	journal_db_close(db);
	recorded = load(&tree);
	check_call(&recorded->calls[0], 0); /* still whole */
	recorded_free(recorded);
	tree_remove(&tree);
}

/* ---- two writers ---- */

static void test_epochs_fence(void **state)
{
	struct tree tree = tree_new();
	const struct journal_db_conf conf = { .dir = tree.path };
	struct journal_db *old = make_open(&tree, 2), *new;
	struct journal_attempt attempt = { .seq = 0, .n = 2 };
	struct recorded *recorded;
	struct error err;
	uint64_t epoch;

	(void)state;
	assert_int_equal(journal_db_take(&conf, &new, &epoch, &err), 0);
	assert_int_equal(epoch, 2);
	assert_true(journal_db_begin(old, &err) < 0);
	assert_int_equal(err.code, ESTALE);
	assert_int_equal(err.class, ERROR_CANCELLED);
	assert_non_null(strstr(err.text, "another process has taken the run over"));
	journal_db_rollback(old);
	assert_true(journal_db_begin(old, &err) < 0); /* and for good */
	journal_db_rollback(old);
	assert_int_equal(journal_db_begin(new, &err), 0); /* it is in nobody's way */
	assert_int_equal(journal_db_add_attempt(new, &attempt, &err), 0);
	commit(new);
	journal_db_close(old);
	recorded = load(&tree);
	assert_int_equal(recorded->run.epoch, 2);
	assert_int_equal(recorded->calls[0].attempts, 2);
	assert_int_equal(recorded_state(&recorded->calls[0]), RECORDED_IN_DOUBT);
	assert_int_equal(recorded_state(&recorded->calls[1]), RECORDED_DONE);
	recorded_free(recorded);
	journal_db_close(new);
	tree_remove(&tree);
}

static void put_result(struct journal_db *db, int exit_code)
{
	char meta[64];
	struct journal_result result = { .seq = 0, .meta = meta };
	struct error err;

	result.meta_len = (size_t)snprintf(meta, sizeof(meta),
					   "{\"payload\":4,\"attempts\":1,\"exit\":%d}", exit_code);
	assert_int_equal(journal_db_begin(db, &err), 0);
	assert_int_equal(journal_db_add_result(db, &result, &err), 0);
	commit(db);
}

static int exit_code_of(const struct tree *tree)
{
	struct recorded *recorded = load(tree);
	int code = recorded->calls[0].result.bash.exit_code;

	recorded_free(recorded);
	return code;
}

static void test_first_result_stays(void **state)
{
	struct tree tree = tree_new();
	const struct journal_db_conf conf = { .dir = tree.path };
	struct journal_db *db = make_open(&tree, 1);
	struct error err;
	uint64_t epoch;

	(void)state;
	put_result(db, 77); /* the same epoch again */
	assert_int_equal(exit_code_of(&tree), 1);
	journal_db_close(db);
	assert_int_equal(journal_db_take(&conf, &db, &epoch, &err), 0);
	put_result(db, 78);
	assert_int_equal(exit_code_of(&tree), 78);
	journal_db_close(db);
	tree_remove(&tree);
}

/* ---- states ---- */

static void test_states(void **state)
{
	static const struct {
		struct recorded_call call;
		enum recorded_state state;
	} cases[] = {
		{ { .idem = IDEM_PURE, .outcome = ATTEMPT_NOT_STARTED }, RECORDED_OPEN },
		{ { .idem = IDEM_EFFECT, .outcome = ATTEMPT_NOT_STARTED }, RECORDED_OPEN },
		/* it started, and that is all */
		{ { .idem = IDEM_EFFECT, .started = 1, .outcome = ATTEMPT_UNKNOWN },
		  RECORDED_IN_DOUBT },
		{ { .idem = IDEM_EFFECT,
		    .has_result = true,
		    .started = 1,
		    .result = { .attempts = 1 } },
		  RECORDED_DONE },
		/* done once, and once more by --retry-failed, which was killed */
		{ { .idem = IDEM_EFFECT,
		    .has_result = true,
		    .started = 2,
		    .outcome = ATTEMPT_UNKNOWN,
		    .result = { .status = CALL_FAILED, .attempts = 1 } },
		  RECORDED_IN_DOUBT },
		/* the second was recorded and did not start */
		{ { .idem = IDEM_EFFECT,
		    .has_result = true,
		    .attempts = 2,
		    .started = 1,
		    .outcome = CALL_FAILED,
		    .result = { .status = CALL_FAILED, .attempts = 1 } },
		  RECORDED_DONE },
		/* ended by the end of the run, in the middle */
		{ { .idem = IDEM_EFFECT,
		    .has_result = true,
		    .is_cut = true,
		    .started = 1,
		    .outcome = CALL_CANCELLED,
		    .result = { .status = CALL_CANCELLED, .attempts = 1 } },
		  RECORDED_IN_DOUBT },
		{ { .idem = IDEM_KEYED,
		    .has_result = true,
		    .is_cut = true,
		    .outcome = ATTEMPT_NOT_STARTED,
		    .result = { .status = CALL_CANCELLED, .attempts = 1 } },
		  RECORDED_OPEN },
		/* the same, before it started again; it failed before that */
		{ { .idem = IDEM_EFFECT,
		    .has_result = true,
		    .is_cut = true,
		    .started = 1,
		    .outcome = CALL_FAILED,
		    .result = { .status = CALL_CANCELLED, .attempts = 1 } },
		  RECORDED_OPEN },
		/* the program that watched it was lost */
		{ { .idem = IDEM_EFFECT,
		    .has_result = true,
		    .started = 1,
		    .outcome = CALL_INDETERMINATE,
		    .result = { .status = CALL_INDETERMINATE, .attempts = 1 } },
		  RECORDED_IN_DOUBT },
		{ { .idem = IDEM_PURE,
		    .has_result = true,
		    .outcome = ATTEMPT_NOT_STARTED,
		    .result = { .status = CALL_INDETERMINATE, .attempts = 1 } },
		  RECORDED_OPEN },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		if (recorded_state(&cases[i].call) != cases[i].state)
			fail_msg("case %zu", i);
	}
}

/* ---- what is no journal ---- */

static void exec(const struct tree *tree, const char *sql)
{
	char path[128];
	sqlite3 *db;

	(void)snprintf(path, sizeof(path), "%s/journal.db", tree->path);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void check_refused(const struct tree *tree, enum error_class class, const char *said)
{
	const struct journal_db_conf conf = { .dir = tree->path };
	struct recorded *recorded = NULL;
	struct journal_db *db = NULL;
	struct error err;
	uint64_t epoch;

	assert_true(recorded_load(tree->path, true, &recorded, &err) < 0);
	if (err.class != class || !strstr(err.text, said))
		fail_msg("%s: %s", error_class_name(err.class), err.text);
	assert_null(recorded);
	assert_true(journal_db_take(&conf, &db, &epoch, &err) < 0);
	assert_int_equal(err.class, class);
	assert_null(db);
}

static void test_no_journal(void **state)
{
	struct tree tree = tree_new();
	struct journal_db *db;

	(void)state;
	check_refused(&tree, ERROR_MISSING, "No such file");
	tree_file(&tree, "journal.db", "");
	check_refused(&tree, ERROR_MISSING, "the run never began");
	exec(&tree, "PRAGMA journal_mode=WAL");
	check_refused(&tree, ERROR_MISSING, "the run never began");
	exec(&tree, "CREATE TABLE run(a)");
	check_refused(&tree, ERROR_INVALID, "is no journal of volley");
	tree_remove(&tree);

	tree = tree_new();
	tree_file(&tree, "journal.db",
		  "This is a text of mine, and it is long enough to be looked "
		  "at: a header of SQLite has one hundred bytes, no less.");
	check_refused(&tree, ERROR_INVALID, "not a database");
	tree_remove(&tree);

	tree = tree_new();
	db = make_open(&tree, 3);
	journal_db_close(db);
	exec(&tree, "PRAGMA user_version=2");
	check_refused(&tree, ERROR_INVALID, "was written by a newer volley");
	exec(&tree, "PRAGMA user_version=1; DELETE FROM attempt; DELETE FROM result; "
		    "DELETE FROM inv; DELETE FROM run");
	check_refused(&tree, ERROR_MISSING, "the run never began");
	tree_remove(&tree);
}

/* Rows that contradict each other, as no crash makes them. */
static void test_rows_that_are_wrong(void **state)
{
	static const char *const wrong[] = {
		"DELETE FROM inv WHERE seq=1",
		"UPDATE inv SET seq=100 WHERE seq=2",
		"INSERT INTO attempt(seq,n,epoch,started_ns) VALUES(1000000000000,1,1,1)",
		"UPDATE result SET meta='[]' WHERE seq=1",
		"UPDATE result SET meta='' WHERE seq=1",
		"UPDATE result SET meta='{\"status\":9}' WHERE seq=1",
		"UPDATE result SET body=x'00' WHERE seq=1",
		"UPDATE result SET body_hash=x'00' WHERE seq=1",
		"INSERT INTO result SELECT 77,epoch,cut,meta,body,err,body_len,body_hash FROM "
		"result "
		"WHERE seq=0",
	};

	(void)state;
	for (size_t i = 0; i < countof(wrong); i++) {
		struct tree tree = tree_new();
		struct recorded *recorded;
		struct error err;

		journal_db_close(make_open(&tree, 3));
		exec(&tree, wrong[i]);
		if (recorded_load(tree.path, true, &recorded, &err) == 0)
			fail_msg("taken: %s", wrong[i]);
		if (!strstr(err.text, "is damaged"))
			fail_msg("%s", err.text);
		tree_remove(&tree);
	}
}

/* ---- damage ---- */

struct image {
	char *data;
	size_t len;
};

static struct image take_image(const struct tree *tree, const char *name)
{
	struct image image = { 0 };
	struct stat st;
	int fd = openat(tree->fd, name, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return image;
	assert_int_equal(fstat(fd, &st), 0);
	image.len = (size_t)st.st_size;
	image.data = malloc(image.len + 1);
	assert_non_null(image.data);
	assert_int_equal(read(fd, image.data, image.len), image.len);
	close(fd);
	return image;
}

static void put_image(const struct tree *tree, const char *name, const struct image *image)
{
	int fd = openat(tree->fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, image->data, image->len), image->len);
	close(fd);
}

/* Whether it could be read; how much of it, where that is all that may differ. */
static bool read_damaged(const struct tree *tree, bool is_prefix, size_t *ret_n)
{
	struct recorded *recorded;
	struct error err = { 0 };

	if (recorded_load(tree->path, true, &recorded, &err) < 0) {
		assert_true(err.text[0]);
		return false;
	}
	*ret_n = recorded->n_calls;
	if (is_prefix) {
		check_run(&recorded->run);
		assert_true(recorded->n_calls <= N_CALLS);
		for (size_t i = 0; i < recorded->n_calls; i++)
			check_call(&recorded->calls[i], i);
	}
	for (size_t i = 0; i < recorded->n_calls; i++)
		(void)recorded_state(&recorded->calls[i]);
	recorded_free(recorded);
	return true;
}

/* Goes on with it where that can be done, and then it has to be whole. */
static void take_damaged(const struct tree *tree)
{
	const struct journal_db_conf conf = { .dir = tree->path };
	struct journal_db *db;
	struct error err = { 0 };
	uint64_t epoch;

	if (journal_db_take(&conf, &db, &epoch, &err) < 0) {
		assert_true(err.text[0]);
		return;
	}
	journal_db_close(db);
	assert_int_equal(query(tree, "SELECT count(*) FROM pragma_quick_check "
				     "WHERE quick_check <> 'ok'"),
			 0);
}

static void wipe(const struct tree *tree)
{
	static const char *const names[] = { "journal.db", "journal.db-wal", "journal.db-shm" };

	for (size_t i = 0; i < countof(names); i++)
		(void)unlinkat(tree->fd, names[i], 0); /* may not be there */
}

/* Everything in the WAL: what is cut or changed there takes away the end, and nothing else. */
static void test_damaged_wal(void **state)
{
	struct tree tree = tree_new(), copy = tree_new();
	struct image db, wal;
	size_t n = 0, n_before = 0;
	uint64_t seed = 11;

	(void)state;
	journal_db_close(make_open(&tree, N_CALLS));
	db = take_image(&tree, "journal.db");
	wal = take_image(&tree, "journal.db-wal");
	assert_true(wal.len > 40 * 4096);
	for (size_t len = 0; len <= wal.len; len += 509) {
		put_image(&copy, "journal.db", &db);
		put_image(&copy, "journal.db-wal", &(struct image){ wal.data, len });
		if (read_damaged(&copy, true, &n)) {
			assert_true(n >= n_before);
			n_before = n;
		}
		if (next_random(&seed) % 16 == 0)
			take_damaged(&copy);
		wipe(&copy);
	}
	assert_true(n_before >= N_CALLS - 1);
	for (int i = 0; i < 400; i++) {
		size_t at = next_random(&seed) % wal.len;
		char was = wal.data[at];

		wal.data[at] = (char)(was ^ (1 << next_random(&seed) % 8));
		put_image(&copy, "journal.db", &db);
		put_image(&copy, "journal.db-wal", &wal);
		(void)read_damaged(&copy, true, &n);
		if (i % 25 == 0)
			take_damaged(&copy);
		wipe(&copy);
		wal.data[at] = was;
	}
	free(db.data);
	free(wal.data);
	tree_remove(&copy);
	tree_remove(&tree);
}

/* Everything in the database, whose pages have no checksums. */
static void test_damaged_database(void **state)
{
	struct tree tree = tree_new(), copy = tree_new();
	struct journal_db *open = make_open(&tree, N_CALLS);
	struct image db;
	uint64_t seed = 12;
	size_t n, n_read = 0;

	(void)state;
	assert_int_equal(journal_db_checkpoint(open, true, NULL), 0);
	journal_db_close(open);
	db = take_image(&tree, "journal.db");
	assert_true(db.len > 40 * 4096);
	for (size_t len = 0; len < db.len; len += len % 4096 ? 2047 : 2049) {
		put_image(&copy, "journal.db", &(struct image){ db.data, len });
		if (read_damaged(&copy, false, &n))
			fail_msg("read %zu bytes of %zu", len, db.len);
		take_damaged(&copy);
		wipe(&copy);
	}
	for (int i = 0; i < 600; i++) {
		/* half of it where the structure is */
		size_t at = next_random(&seed) % (i % 2 ? db.len : 4096 * 8);
		char was = db.data[at];

		db.data[at] = (char)(was ^ (1 << next_random(&seed) % 8));
		put_image(&copy, "journal.db", &db);
		n_read += read_damaged(&copy, false, &n);
		if (i % 25 == 0)
			take_damaged(&copy);
		wipe(&copy);
		db.data[at] = was;
	}
	assert_true(n_read > 0 && n_read < 600);
	free(db.data);
	tree_remove(&copy);
	tree_remove(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_private_and_only_new),
		cmocka_unit_test(test_epochs_fence),
		cmocka_unit_test(test_first_result_stays),
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_no_journal),
		cmocka_unit_test(test_rows_that_are_wrong),
		cmocka_unit_test(test_damaged_wal),
		cmocka_unit_test(test_damaged_database),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
