/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_RECORDED_H
#define ENGINE_RECORDED_H

#include "engine/journal_db.h"
#include "model/call.h"

/**
 * What a journal has of a run, read into memory: for looking at it and for going on with it.
 * Everything belongs to it and goes with recorded_free().
 */
enum recorded_state {
	RECORDED_OPEN,     /* never ran, or may run again */
	RECORDED_DONE,     /* its result is there */
	RECORDED_IN_DOUBT, /* it has an effect, it started, and its end is not known */
};

struct recorded_call {
	const char *id, *phase, *tool, *args;
	enum idempotence idem;
	bool is_redacted;
	uint64_t key[2];
	unsigned attempts;  /* highest number of one */
	bool is_unfinished; /* that one has no end */
	int outcome;        /* of that one, as in struct journal_attempt */
	int64_t started_ns; /* that one: since 1970; 0 = unknown */
	bool has_result, is_cut;
	struct result result; /* has_result: its blobs are there if they were kept */
	bool has_body;        /* the body was kept; if not: */
	uint64_t body_len, body_hash[2];
};

struct recorded {
	struct arena arena;
	struct journal_run run;
	struct recorded_call *calls;
	size_t n_calls, cap_calls;
};

/** with_bodies: read the outputs of calls too; else results are without. */
int recorded_load(const char *dir, bool with_bodies, struct recorded **ret_recorded,
		  struct error *err);
void recorded_free(struct recorded *recorded); /* accepts NULL */

enum recorded_state recorded_state(const struct recorded_call *call);

/** Whether data is what the call brought back, by length and hash. */
bool recorded_is_body(const struct recorded_call *call, const void *data, size_t len);

#endif
