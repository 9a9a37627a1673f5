/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_SEARCH_H
#define ENGINE_SEARCH_H

#include "base/arena.h"
#include "engine/timer.h"
#include "engine/web.h"
#include "resources/balance.h"
#include "resources/quota.h"
#include "tools/search_merge.h"

#include <uv.h>

/**
 * The inside of web searches, for search.c (whom a search asks), search_ask.c (one request of one
 * provider), search_end.c (what comes of it), search_rates.c (what is kept of their limits) and
 * search_turns.c (other processes).
 */
enum {
	SEARCH_TIMEOUT_MS = 120000, /* of a search, waiting for its turn too */
	SEARCH_PATIENCE_MS = 30000, /* who may not be asked for longer is not waited for */
	SEARCH_ASK_MS = 10000,      /* of one request */
	SEARCH_ANSWER_MIB = 4,      /* of one answer */
	SEARCH_REFUSALS_MAX = 8,    /* of one search, by any */
	SEARCH_REFUSALS_ENOUGH = 3, /* where there is another answer */
	SEARCH_LATENCIES = 128,
	SEARCH_HEDGE_MIN_MS = 20,
	SEARCH_HEDGE_AGAIN_MS = 20, /* where it could not be asked again yet */
	SEARCH_HEDGE_SAMPLES = 50,
	SEARCH_HEDGE_SHARE = 20, /* one in so many requests */
	SEARCH_ARENA_MAX = 8 << 20,
	SEARCH_KEPT_MAX = 256, /* outcomes, for equal queries */
	SEARCH_LISTS_MAX = 2 * SEARCH_ENDPOINTS_MAX,
};

struct searcher { /* an endpoint, as it does */
	const struct search_endpoint *endpoint;
	struct quota quota;
	int turns_fd;          /* of all processes that ask it; -1 = none */
	uint64_t n_turns;      /* that were taken when it was last looked at */
	unsigned n_failed;     /* in a row */
	uint64_t suspended_ns; /* left alone until then */
	bool is_off;           /* it will not have us: its key is wrong, say */
	bool was_kept;         /* something was known from a process before */
	struct error error;    /* the latest */
};

struct ask {
	struct ask *next; /* of its searches */
	struct searches *searches;
	struct search *search; /* NULL = nobody wants its answer any more */
	size_t i;              /* whom */
	uint64_t start_ns;
	struct net_transfer *transfer; /* remote, or */
	uv_work_t work;                /* local: */
	atomic_bool is_stopped;
	const struct search_query *query; /* both live in arena */
	struct arena arena;
	struct search_hits hits;
	struct error error;
	bool is_hedge;
};

struct search {
	struct search *next, **back; /* in searches->open, in the order they came */
	struct searches *searches;
	struct search *followers; /* by next: equal ones, which get the same outcome */
	struct arena arena;
	const char *key;
	struct search_query query;
	search_done_fn *done; /* NULL = nobody waits any more */
	void *data;
	uint64_t asked;     /* bits of those that have been asked, but for refusals */
	unsigned n_missing; /* remote ones still to be found */
	unsigned n_asking;  /* requests under way */
	unsigned n_refused, n_requests;
	uint64_t deadline_ns;
	struct timer end, hedge;
	struct search_list lists[SEARCH_LISTS_MAX];
	bool is_local[SEARCH_LISTS_MAX];
	size_t n_lists;
	struct error error;      /* the latest failure */
	const char *missing;     /* the texts of all, each once, a line each; NULL = none */
	const struct kept *kept; /* an equal one was answered before */
	bool is_partial, is_ended, is_follower;
};

struct kept {
	char *key;
	struct search_outcome outcome;
};

struct searches {
	struct web *web;
	struct net_cache *rates; /* NULL = there is no place */
	int64_t rates_loaded_ms; /* since 1970 */
	struct searcher searchers[SEARCH_ENDPOINTS_MAX];
	struct balance_peer peers[SEARCH_ENDPOINTS_MAX];
	size_t n;
	uint64_t remote; /* bits */
	struct search *open, **open_tail;
	struct ask *asks;
	struct timer pump;
	uint32_t latencies_us[SEARCH_LATENCIES];
	uint64_t n_latencies, n_sent, n_hedged;
	struct kept kept[SEARCH_KEPT_MAX];
	uint64_t n_kept; /* ever */
};

/** Accepts NULL. What is under way is not told. */
void searches_free(struct searches *searches);
/** Asks whoever may be asked now, for the searches that wait. */
void searches_pump(struct searches *searches);

/** What a process before knew of all limits; and what the next one may know. The latter closes. */
void search_rates_load(struct searches *searches);
void search_rates_save(struct searches *searches);

/** Other processes are seen from now on. */
void search_turns_open(struct searches *searches);
void search_turns_close(struct searches *searches);
/** Whether it may be asked now. False: another process was first, which its quota counts. */
bool search_turn_take(struct searcher *searcher, uint64_t now_ns);

/** Begins a request. Fails only before anything has begun. */
int ask_start(struct search *search, size_t i, bool is_hedge);
/** Nobody wants it any more: it ends soon. */
void ask_drop(struct ask *ask);

/** A request has ended, with a list of hits or an error; asks others if need be. */
void search_asked(struct search *search, const struct ask *ask, bool is_refused);
/** Somebody who was asked failed. */
void search_blame(struct search *search, const struct error *error);
/** Keeps the hits of an answer. */
void search_take(struct search *search, const struct ask *ask);
/** Merges what was found and tells it; the search is gone. */
void search_finish(struct search *search);
/** The outcome of an equal one, or NULL. */
const struct kept *search_kept(const struct search *search);
/** Frees a search and those that follow it. */
void search_close(struct search *search);

/** A copy of a query in an arena; NULL without memory. */
const struct search_query *search_query_copy(const struct search_query *query, struct arena *arena);

static inline uint64_t search_bit(size_t i)
{
	return UINT64_C(1) << i;
}

#endif
