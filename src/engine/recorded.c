/* SPDX-License-Identifier: MIT */
#include "engine/recorded.h"

#include "base/hash128.h"
#include "base/vec.h"
#include "engine/result_json.h"
#include "os/spawner.h"
#include "plan/syntax.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ARENA_BYTES_MAX ((size_t)4 << 30)

struct loading {
	struct recorded *recorded;
	bool with_bodies;
	struct error *err;
};

static int damaged(struct loading *loading, uint64_t seq, const char *what)
{
	return error_set(loading->err, ERROR_INVALID, EUCLEAN,
			 "the journal of run %s is damaged: call %llu %s",
			 loading->recorded->run.id, (unsigned long long)seq, what);
}

static int no_memory(struct loading *loading)
{
	return error_errno(loading->err, ENOMEM, "the journal");
}

static int add_inv(void *data, const struct journal_inv *inv)
{
	struct loading *loading = data;
	struct recorded *self = loading->recorded;
	struct recorded_call *call;

	if (inv->seq != self->n_calls)
		return damaged(loading, self->n_calls, "is missing");
	if (!inv->id || !inv->phase || !inv->tool || !inv->args)
		return damaged(loading, inv->seq, "has no name");
	if (!vec_grow((void **)&self->calls, &self->cap_calls, self->n_calls, 1, sizeof(*call)))
		return no_memory(loading);
	call = &self->calls[self->n_calls++];
	*call = (struct recorded_call){
		.id = arena_strdup(&self->arena, inv->id),
		.phase = arena_strdup(&self->arena, inv->phase),
		.tool = arena_strdup(&self->arena, inv->tool),
		.args = arena_strdup(&self->arena, inv->args),
		.edges = arena_strdup(&self->arena, inv->edges),
		.idem = inv->idem,
		.is_redacted = inv->is_redacted,
		.key = { inv->key[0], inv->key[1] },
		.outcome = ATTEMPT_NOT_STARTED,
	};
	return arena_failed(&self->arena) ? no_memory(loading) : 0;
}

static struct recorded_call *find(struct loading *loading, uint64_t seq)
{
	return seq < loading->recorded->n_calls ? &loading->recorded->calls[seq] : NULL;
}

/* They come in order: the last one stays. */
static int add_attempt(void *data, const struct journal_attempt *attempt)
{
	struct loading *loading = data;
	struct recorded_call *call = find(loading, attempt->seq);

	if (!call)
		return damaged(loading, attempt->seq, "has an attempt and no call");
	call->attempts = attempt->n;
	if (attempt->outcome != ATTEMPT_NOT_STARTED) {
		call->started = attempt->n;
		call->outcome = attempt->outcome;
	}
	return 0;
}

static int add_blobs(struct loading *loading, const struct journal_result *from,
		     struct recorded_call *call)
{
	struct result *result = &call->result;

	if (!loading->with_bodies)
		return 0;
	if (from->has_body) {
		result->body = blob_new(from->body ? from->body : "", from->body_len);
		if (!result->body)
			return no_memory(loading);
		if (!recorded_is_body(call, blob_data(result->body), blob_len(result->body)))
			return damaged(loading, from->seq, "has another output than it had");
	}
	if (from->has_err && result->payload == PAYLOAD_BASH) {
		result->bash.err = blob_new(from->err ? from->err : "", from->err_len);
		if (!result->bash.err)
			return no_memory(loading);
	}
	return 0;
}

static int add_result(void *data, const struct journal_result *from)
{
	struct loading *loading = data;
	struct recorded_call *call = find(loading, from->seq);
	const struct syntax_text text = { .data = from->meta, .len = from->meta_len };
	struct problem problem;
	struct arena arena;
	struct value value;
	int r;

	if (!call || call->has_result || !from->meta)
		return damaged(loading, from->seq, "has a result and no call");
	arena_init(&arena, ARENA_BYTES_MAX);
	r = syntax_read_json(&text, &arena, &value, &problem);
	if (r == 0)
		r = result_json_read(&value, &call->result);
	arena_release(&arena);
	if (r < 0)
		return r == -ENOMEM ? no_memory(loading)
				    : damaged(loading, from->seq, "has a result that is no result");
	call->has_result = true;
	call->is_cut = from->is_cut;
	call->has_body = from->has_body || from->body_len == 0;
	call->body_len = from->body_len;
	memcpy(call->body_hash, from->body_hash, sizeof(call->body_hash));
	if (call->result.attempts > call->attempts)
		call->attempts = call->result.attempts;
	return add_blobs(loading, from, call);
}

/* ---- ends that were seen, and not told any more ---- */

/* Only that it went well is believed: one that failed may have met the end of volley, by writing to
 * a pipe that nobody reads any more. */
static void set_seen(struct recorded_call *call)
{
	struct result result = {
		.payload = PAYLOAD_BASH,
		.attempts = call->attempts,
		.receipt.why = WHY_OUTPUT_CUT,
	};

	result_release(&call->result);
	call->result = result;
	call->has_result = call->has_body = call->is_witnessed = true;
	call->is_cut = false;
	call->outcome = CALL_OK;
	call->body_len = 0;
}

static void read_witness(struct recorded *self, const char *dir)
{
	char path[PATH_MAX];
	struct witness witness;
	int fd = -1;

	if (snprintf(path, sizeof(path), "%s/" RECORDED_WITNESS, dir) < (int)sizeof(path))
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	while (fd >= 0 && read(fd, &witness, sizeof(witness)) == (ssize_t)sizeof(witness)) {
		uint64_t seq = witness.key >> 16;
		struct recorded_call *call = seq < self->n_calls ? &self->calls[seq] : NULL;

		if (memcmp(witness.magic, WITNESS_MAGIC, sizeof(witness.magic)) != 0)
			break; /* torn: nothing after it can be trusted */
		if (call && call->started && call->outcome == ATTEMPT_UNKNOWN &&
		    witness.key == witness_key(seq, call->started) && witness.status == 0)
			set_seen(call);
	}
	if (fd >= 0)
		(void)close(fd); /* only read */
}

static int copy_run(struct recorded *self, struct journal_db *db, struct error *err)
{
	struct journal_run run;
	int r = journal_db_get_run(db, &run, err);

	if (r < 0)
		return r;
	self->run = run;
	self->run.id = arena_strdup(&self->arena, run.id ? run.id : "");
	self->run.name = arena_strdup(&self->arena, run.name);
	self->run.root = arena_strdup(&self->arena, run.root ? run.root : "/");
	self->run.command = arena_strdup(&self->arena, run.command);
	self->run.source = arena_strdup(&self->arena, run.source);
	if (run.spec)
		self->run.spec = arena_memdup0(&self->arena, run.spec, run.spec_len);
	return arena_failed(&self->arena) ? error_errno(err, ENOMEM, "the journal") : 0;
}

int recorded_load(const char *dir, bool with_bodies, struct recorded **ret_recorded,
		  struct error *err)
{
	struct recorded *self = calloc(1, sizeof(*self));
	struct loading loading = { self, with_bodies, err };
	struct journal_db *db = NULL;
	int r;

	if (!self)
		return error_errno(err, ENOMEM, "the journal");
	arena_init(&self->arena, ARENA_BYTES_MAX);
	r = journal_db_read(dir, &db, err);
	if (r == 0)
		r = copy_run(self, db, err);
	if (r == 0)
		r = journal_db_each_inv(db, add_inv, &loading, err);
	if (r == 0)
		r = journal_db_each_attempt(db, add_attempt, &loading, err);
	if (r == 0)
		r = journal_db_each_result(db, -1, add_result, &loading, err);
	journal_db_close(db);
	if (r == 0)
		read_witness(self, dir);
	if (r < 0) {
		recorded_free(self);
		return r;
	}
	*ret_recorded = self;
	return 0;
}

void recorded_free(struct recorded *self)
{
	if (!self)
		return;
	for (size_t i = 0; i < self->n_calls; i++)
		result_release(&self->calls[i].result);
	free(self->calls);
	arena_release(&self->arena);
	free(self);
}

enum recorded_state recorded_state(const struct recorded_call *call)
{
	bool is_settled = call->has_result && !call->is_cut &&
			  call->result.status != CALL_INDETERMINATE &&
			  call->started <= call->result.attempts &&
			  /* it may have been to run again, and not have got so far */
			  (!call->started || call->outcome != ATTEMPT_UNKNOWN);

	if (is_settled)
		return RECORDED_DONE;
	if (call->idem != IDEM_EFFECT) /* as often as need be */
		return RECORDED_OPEN;
	switch (call->outcome) {
	case ATTEMPT_UNKNOWN:
	case CALL_CANCELLED: /* it was cut off in the middle */
	case CALL_TIMEOUT:
	case CALL_INDETERMINATE:
		return RECORDED_IN_DOUBT;
	default:
		return RECORDED_OPEN;
	}
}

bool recorded_is_given_up(const struct recorded_call *call)
{
	return call->idem == IDEM_EFFECT && call->outcome == CALL_SKIPPED;
}

bool recorded_is_body(const struct recorded_call *call, const void *data, size_t len)
{
	uint64_t hash[2];

	if (len != call->body_len)
		return false;
	hash128(data, len, hash);
	return memcmp(hash, call->body_hash, sizeof(hash)) == 0;
}
