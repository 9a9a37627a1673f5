/* SPDX-License-Identifier: MIT */
#include "engine/journal.h"

#include "base/attr.h"
#include "base/buf.h"
#include "base/hash128.h"
#include "engine/env.h"
#include "engine/result_json.h"
#include "model/call_key.h"
#include "model/secrets.h"
#include "plan/call_text.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BALLAST_BYTES = 8 << 20, JSON_BYTES_MAX = 64 << 20, PATH_BYTES_MAX = 4096 };

enum record_type { RECORD_RUN, RECORD_PLAN, RECORD_ATTEMPT, RECORD_ATTEMPT_END, RECORD_RESULT };

struct record {
	struct record *next;
	enum record_type type;
	struct run_call *call; /* to be told, or NULL */
	uint64_t seq;
	const struct plan *plan;        /* RECORD_PLAN, */
	struct secrets *secrets;        /* and what is kept out of it */
	struct journal_attempt attempt; /* RECORD_ATTEMPT, _END, and of a RESULT that has_attempt */
	bool has_attempt, is_cut;       /* RECORD_RESULT: */
	char *text;                     /* the error of attempt, or the meta of a result */
	size_t text_len;
	struct blob *body, *err; /* whole, whether they are kept or not */
	bool keeps_body;
};

struct queue {
	struct record *first, **tail;
};

struct journal {
	struct env *env;
	struct journal_db_conf db_conf;
	char *dir;
	void (*knock)(void *data);
	void *data;
	journal_told_fn *told;
	struct arena arena; /* of run */
	struct journal_run run;
	uint64_t n_seq;
	bool is_deferred;
	bool is_lost; /* there was no memory for a record */
	struct queue waiting;
	struct record **untold; /* while is_deferred: in waiting, the first that is not told */
	/* The thread's while is_busy; the loop's otherwise. */
	struct journal_db *db;
	struct queue work;
	struct error error; /* the first; class NONE: fine */
	bool is_broken;     /* nothing is written any more */
	bool has_ballast;
	bool is_full; /* only ends are written now, into the room of the ballast */
	/* Between the two. */
	pthread_mutex_t mutex;
	pthread_cond_t over;
	bool is_busy, is_over;
};

/* ---- records ---- */

static void queue_clear(struct queue *queue)
{
	queue->first = NULL;
	queue->tail = &queue->first;
}

static void record_free(struct record *record)
{
	blob_unref(record->body);
	blob_unref(record->err);
	secrets_unref(record->secrets);
	free(record->text);
	free(record);
}

static void queue_release(struct queue *queue)
{
	while (queue->first) {
		struct record *record = queue->first;

		queue->first = record->next;
		record_free(record);
	}
	queue_clear(queue);
}

/* Once a record is missing no later one may be written. */
static struct record *record_new(struct journal *self, enum record_type type, uint64_t seq)
{
	struct record *record = self->is_lost ? NULL : calloc(1, sizeof(*record));

	if (!record) {
		self->is_lost = true;
		return NULL;
	}
	record->type = type;
	record->seq = seq;
	return record;
}

static bool add(struct journal *self, struct record *record)
{
	*self->waiting.tail = record;
	self->waiting.tail = &record->next;
	return true;
}

bool journal_add_plan(struct journal *self, const struct plan *plan, struct secrets *secrets,
		      uint64_t *ret_first)
{
	struct record *record = record_new(self, RECORD_PLAN, self->n_seq);

	if (!record)
		return false;
	record->plan = plan;
	record->secrets = secrets_ref(secrets);
	*ret_first = self->n_seq;
	self->n_seq += plan->n_calls;
	return add(self, record);
}

bool journal_add_attempt(struct journal *self, uint64_t seq, unsigned n, struct run_call *call)
{
	struct record *record = record_new(self, RECORD_ATTEMPT, seq);

	if (!record)
		return false;
	record->call = call;
	record->attempt = (struct journal_attempt){
		.seq = seq,
		.n = n,
		.started_ns = self->env->ops->time_s(self->env) * 1000000000,
	};
	return add(self, record);
}

static void set_end(struct record *record, unsigned n, int outcome, const struct error *error)
{
	record->attempt = (struct journal_attempt){
		.seq = record->seq,
		.n = n,
		.outcome = outcome,
		.code = error ? error->code : 0,
	};
}

bool journal_end_attempt(struct journal *self, uint64_t seq, unsigned n, int outcome,
			 const struct error *error)
{
	struct record *record = record_new(self, RECORD_ATTEMPT_END, seq);

	if (!record)
		return false;
	set_end(record, n, outcome, error);
	record->text = error && *error->text ? strdup(error->text) : NULL; /* only for people */
	return add(self, record);
}

bool journal_add_result(struct journal *self, const struct journal_end *end, struct run_call *call)
{
	const struct result *result = end->result;
	struct record *record = record_new(self, RECORD_RESULT, end->seq);
	size_t body_len = result->body ? blob_len(result->body) : 0;
	struct json_write json;
	struct buf buf;

	if (!record)
		return false;
	buf_init(&buf, JSON_BYTES_MAX);
	json = json_write_to(&buf);
	result_json_write(result, &json);
	record->text = buf_take(&buf, &record->text_len);
	if (!record->text) {
		self->is_lost = true;
		free(record);
		return false;
	}
	record->call = call;
	record->is_cut = end->is_cut;
	record->has_attempt = end->has_attempt;
	set_end(record, result->attempts, (int)result->status, &result->error);
	record->body = result->body ? blob_ref(result->body) : NULL;
	record->keeps_body = end->has_attempt || body_len <= JOURNAL_INLINE_MAX;
	if (result->payload == PAYLOAD_BASH && result->bash.err)
		record->err = blob_ref(result->bash.err);
	return add(self, record);
}

/* ---- the thread ---- */

static enum idempotence idem_of(const struct call *call)
{
	if (call->tool->flags & TOOL_PURE)
		return IDEM_PURE;
	return tool_may_rerun(call) ? IDEM_KEYED : IDEM_EFFECT;
}

/* The input without secrets. Whether there were any: then it cannot be done again from here. */
static int write_input(const struct call *call, const struct secrets *secrets, struct buf *text,
		       bool *ret_is_redacted)
{
	CLEANUP(buf) struct buf bare;
	struct json_write json = json_write_to(text);

	buf_init(&bare, secrets ? JSON_BYTES_MAX : 0);
	buf_clear(text);
	call_write_input(call, secrets, &json);
	if (secrets) {
		json = json_write_to(&bare);
		call_write_input(call, NULL, &json);
	}
	*ret_is_redacted = secrets && (bare.len != text->len || !bare.data || !text->data ||
				       memcmp(bare.data, text->data, text->len) != 0);
	return buf_error(text) ? buf_error(text) : buf_error(&bare);
}

/* Into text; NULL there if it has none. */
static int write_edges(const struct plan_edges *edges, uint64_t first, struct buf *text)
{
	struct json_write json = json_write_to(text);

	buf_clear(text);
	if (edges->n_needs == 0 && edges->n_locks == 0)
		return 0;
	json_begin_object(&json);
	json_key(&json, "needs");
	json_begin_array(&json);
	for (size_t i = 0; i < edges->n_needs; i++)
		json_int(&json, (int64_t)(first + edges->needs[i]));
	json_end_array(&json);
	json_key(&json, "locks");
	json_begin_array(&json);
	for (size_t i = 0; i < edges->n_locks; i++)
		json_str(&json, edges->locks[i]);
	json_end_array(&json);
	json_end_object(&json);
	return buf_error(text);
}

static int write_plan(struct journal_db *db, const struct record *record, struct error *err)
{
	const struct plan *plan = record->plan;
	struct buf buf, edges;
	int r = 0;

	buf_init(&buf, JSON_BYTES_MAX);
	buf_init(&edges, JSON_BYTES_MAX);
	for (size_t i = 0; i < plan->n_calls && r == 0; i++) {
		const struct call *call = plan->calls[i];
		struct journal_inv inv = {
			.seq = record->seq + i,
			.id = call->id,
			.phase = plan->phases[call->phase].name,
			.tool = call->tool->name,
			.idem = idem_of(call),
		};

		call_key(call, inv.key);
		r = write_input(call, record->secrets, &buf, &inv.is_redacted);
		inv.args = buf.data;
		if (r == 0)
			r = write_edges(&plan->edges[i], record->seq, &edges);
		inv.edges = edges.len ? edges.data : NULL;
		r = r < 0 ? error_errno(err, -r, "journal: call '%s'", call->id)
			  : journal_db_add_inv(db, &inv, err);
	}
	buf_release(&buf);
	buf_release(&edges);
	return r;
}

static int write_result(struct journal_db *db, const struct record *record, struct error *err)
{
	struct journal_result result = {
		.seq = record->seq,
		.is_cut = record->is_cut,
		.meta = record->text,
		.meta_len = record->text_len,
		.has_body = record->body && record->keeps_body,
		.has_err = record->err != NULL,
	};
	int r = 0;

	if (record->body) {
		result.body = blob_data(record->body);
		result.body_len = blob_len(record->body);
		hash128(result.body, result.body_len, result.body_hash);
	}
	if (record->err) {
		result.err = blob_data(record->err);
		result.err_len = blob_len(record->err);
	}
	if (record->has_attempt)
		r = journal_db_end_attempt(db, &record->attempt, err);
	return r < 0 ? r : journal_db_add_result(db, &result, err);
}

static int write_record(struct journal *self, struct record *record, struct error *err)
{
	switch (record->type) {
	case RECORD_RUN:
		return journal_db_add_run(self->db, &self->run, err);
	case RECORD_PLAN:
		return write_plan(self->db, record, err);
	case RECORD_ATTEMPT:
		return journal_db_add_attempt(self->db, &record->attempt, err);
	case RECORD_ATTEMPT_END:
		record->attempt.text = record->text;
		return journal_db_end_attempt(self->db, &record->attempt, err);
	case RECORD_RESULT:
		return write_result(self->db, record, err);
	}
	return 0;
}

static bool drop_ballast(struct journal *self)
{
	char path[PATH_BYTES_MAX];

	if (!self->has_ballast)
		return false;
	self->has_ballast = false;
	(void)snprintf(path, sizeof(path), "%s/ballast", self->dir); /* db->path is longer */
	return unlink(path) == 0;
}

/* Room to end in, when the disk is full. Without it there is just less of that. */
static void take_ballast(struct journal *self)
{
	char path[PATH_BYTES_MAX];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/ballast", self->dir); /* db->path is longer */
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return;
	self->has_ballast = true;
	if (fallocate(fd, 0, 0, BALLAST_BYTES) < 0)
		(void)drop_ballast(self);
	(void)close(fd); /* nothing was written */
}

static int write_all(struct journal *self, struct error *err)
{
	int r = 0;

	if (!self->db) {
		r = journal_db_create(&self->db_conf, &self->db, err);
		if (r == 0 && !self->db_conf.is_unsynced)
			take_ballast(self);
	}
	if (r == 0)
		r = journal_db_begin(self->db, err);
	for (struct record *at = self->work.first; at && r == 0; at = at->next) {
		if (!self->is_full || at->type != RECORD_ATTEMPT) /* that one starts no more */
			r = write_record(self, at, err);
	}
	if (r == 0)
		r = journal_db_commit(self->db, err);
	if (r < 0 && self->db)
		journal_db_rollback(self->db);
	return r;
}

/* A failed sync is never repeated: what the kernel has of the pages then is unknown. A full disk
 * is another matter: what did not fit was never there. */
static void commit(struct journal *self)
{
	struct error err = { 0 };
	bool is_written;

	if (self->is_broken)
		return;
	is_written = write_all(self, &err) == 0;
	if (is_written && (self->is_full || journal_db_checkpoint(self->db, false, &err) == 0))
		return;
	if (self->error.class == ERROR_NONE)
		self->error = err;
	self->is_full = journal_db_is_full(&err) && self->db && drop_ballast(self);
	self->is_broken = !self->is_full || (!is_written && write_all(self, &err) < 0);
}

static void thread_body(void *data)
{
	struct journal *self = data;

	commit(self);
	(void)pthread_mutex_lock(&self->mutex);
	self->is_over = true;
	(void)pthread_cond_signal(&self->over);
	self->knock(self->data);
	(void)pthread_mutex_unlock(&self->mutex);
}

/* ---- the loop ---- */

const struct error *journal_error(const struct journal *self)
{
	static const struct error no_memory = {
		.class = ERROR_LIMIT,
		.code = ENOMEM,
		.text = "no memory for the journal",
	};

	if (self->is_lost)
		return &no_memory;
	return !self->is_busy && self->error.class != ERROR_NONE ? &self->error : NULL;
}

static void tell(struct journal *self, struct record *record, bool failed)
{
	struct run_call *call = record->call;

	record->call = NULL;
	if (call)
		self->told(call, record->type == RECORD_RESULT ? JOURNAL_ENDED : JOURNAL_STARTING,
			   failed);
}

/* Deferred records stay in the queue, told already. */
static void tell_deferred(struct journal *self)
{
	for (; *self->untold; self->untold = &(*self->untold)->next)
		tell(self, *self->untold, false);
}

void journal_dispatch(struct journal *self)
{
	if (self->is_deferred) {
		tell_deferred(self);
		return;
	}
	if (self->is_busy || !self->waiting.first)
		return;
	self->work = self->waiting;
	queue_clear(&self->waiting);
	self->is_busy = true;
	self->is_over = false;
	if (self->env->ops->start_thread(self->env, thread_body, self) < 0)
		thread_body(self); /* no thread to be had: it takes as long as it takes */
}

void journal_collect(struct journal *self)
{
	struct record *record;
	bool is_over, failed;

	(void)pthread_mutex_lock(&self->mutex);
	is_over = self->is_over;
	(void)pthread_mutex_unlock(&self->mutex);
	if (!self->is_busy || !is_over)
		return;
	self->is_busy = false;
	failed = self->error.class != ERROR_NONE || self->is_lost;
	record = self->work.first;
	queue_clear(&self->work);
	while (record) {
		struct record *next = record->next;

		tell(self, record, failed);
		record_free(record);
		record = next;
	}
	journal_dispatch(self);
}

void journal_hurry(struct journal *self)
{
	self->is_deferred = false;
}

static void journal_free(struct journal *self)
{
	if (!self)
		return;
	journal_db_close(self->db);
	queue_release(&self->waiting);
	queue_release(&self->work);
	(void)pthread_mutex_destroy(&self->mutex);
	(void)pthread_cond_destroy(&self->over);
	arena_release(&self->arena);
	free(self->dir);
	free(self);
}

static void wait_for_thread(struct journal *self)
{
	(void)pthread_mutex_lock(&self->mutex);
	while (self->is_busy && !self->is_over)
		(void)pthread_cond_wait(&self->over, &self->mutex);
	(void)pthread_mutex_unlock(&self->mutex);
	self->is_busy = false;
	queue_release(&self->work);
}

static int write_end(struct journal *self, enum run_state state, int exit_status, struct error *err)
{
	int r = journal_db_begin(self->db, err);

	if (r == 0)
		r = journal_db_end_run(self->db, state, exit_status, err);
	if (r == 0)
		r = journal_db_commit(self->db, err);
	return r < 0 ? r : journal_db_checkpoint(self->db, true, err);
}

int journal_close(struct journal *self, enum run_state state, int exit_status, struct error *err)
{
	int r = 0;

	if (!self)
		return 0;
	wait_for_thread(self);
	self->db_conf.is_unsynced = self->is_deferred;
	self->work = self->waiting;
	queue_clear(&self->waiting);
	if (self->work.first)
		commit(self);
	(void)drop_ballast(self);
	if (self->is_broken || self->is_lost) {
		*err = *journal_error(self);
		r = -EIO;
	} else {
		r = write_end(self, state, exit_status, err);
		if (r == 0 && self->is_full) {
			*err = self->error;
			r = -ECANCELED;
		}
	}
	journal_free(self);
	return r;
}

/* ---- making ---- */

static int make(const struct journal_conf *conf, struct journal **ret_journal, struct error *err)
{
	struct journal *self = calloc(1, sizeof(*self));

	if (!self)
		return error_errno(err, ENOMEM, "journal");
	(void)pthread_mutex_init(&self->mutex, NULL); /* these cannot fail on Linux */
	(void)pthread_cond_init(&self->over, NULL);
	arena_init(&self->arena, 2 * (size_t)WORKFLOW_BYTES_MAX);
	queue_clear(&self->waiting);
	queue_clear(&self->work);
	self->untold = &self->waiting.first;
	self->env = conf->env;
	self->knock = conf->knock;
	self->data = conf->data;
	self->told = conf->told;
	self->is_deferred = conf->is_deferred;
	self->dir = strdup(conf->dir);
	if (!self->dir) {
		journal_free(self);
		return error_errno(err, ENOMEM, "journal");
	}
	self->db_conf = (struct journal_db_conf){ .dir = self->dir, .vfs = conf->vfs };
	*ret_journal = self;
	return 0;
}

static int copy_run(struct journal *self, const struct journal_run *run, struct error *err)
{
	struct arena *arena = &self->arena;

	self->run = *run;
	self->run.id = arena_strdup(arena, run->id);
	self->run.name = arena_strdup(arena, run->name);
	self->run.root = arena_strdup(arena, run->root);
	self->run.command = arena_strdup(arena, run->command);
	self->run.source = arena_strdup(arena, run->source);
	if (run->spec)
		self->run.spec = arena_memdup0(arena, run->spec, run->spec_len);
	return arena_failed(arena) ? error_errno(err, ENOMEM, "journal") : 0;
}

int journal_new(const struct journal_conf *conf, const struct journal_run *run,
		struct journal **ret_journal, struct error *err)
{
	struct journal *self;
	struct record *first;
	int r = make(conf, &self, err);

	if (r < 0)
		return r;
	r = copy_run(self, run, err);
	first = r == 0 ? record_new(self, RECORD_RUN, 0) : NULL;
	if (r == 0 && !first)
		r = error_errno(err, ENOMEM, "journal");
	if (r == 0 && !conf->is_deferred)
		r = journal_db_create(&self->db_conf, &self->db, err);
	if (r < 0) {
		free(first);
		journal_free(self);
		return r;
	}
	if (self->db)
		take_ballast(self);
	(void)add(self, first);
	*ret_journal = self;
	return 0;
}

int journal_take(const struct journal_conf *conf, struct journal **ret_journal, struct error *err)
{
	struct journal *self;
	uint64_t epoch;
	int r = make(conf, &self, err);

	if (r < 0)
		return r;
	r = journal_db_take(&self->db_conf, &self->db, &epoch, err);
	if (r < 0) {
		journal_free(self);
		return r;
	}
	take_ballast(self);
	*ret_journal = self;
	return 0;
}
