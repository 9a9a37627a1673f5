/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_WEB_H
#define ENGINE_WEB_H

#include "base/error.h"
#include "model/search.h"
#include "net/client.h"

struct engine;
struct env;
struct engine_conf;
struct search;
struct searches;

/**
 * The engine's side of the web: one HTTP client for all calls, made when it is first needed, and
 * its searches. Loop thread.
 */
struct web {
	struct engine *engine;
	search_conf_fn *conf; /* whom to ask; NULL = nobody can be asked */
	void *conf_data;
	char *cache_dir, *ca_file;
	const char *const *open; /* borrowed; see struct net_conf */
	struct net_client *client;
	struct searches *searches;
};

int web_init(struct web *web, struct engine *engine, const struct engine_conf *conf,
	     struct error *err);
/** What is under way ends without being told; the loop must run on until it has nothing left. */
void web_release(struct web *web);

/** The client; made now if need be. NULL: err says why. */
struct net_client *web_client(struct web *web, struct error *err);

/** Fills in retry_after_ms, where the answer asks for it. */
void web_read_retry_after(struct env *env, struct transfer_outcome *outcome);

/** Exactly once for each search, never from inside search_start(); the search is gone after it. */
typedef void search_done_fn(void *data, struct search_outcome *own_outcome);

/**
 * Asks every local provider, and one of the remote ones: whoever may be asked now, and of two
 * taken at random the one that is likely to answer first (resources/balance.h). Who refuses is
 * asked again when his quota allows (resources/quota.h); who fails is replaced by another and left
 * alone for a while; who takes longer than 95 of 100 answers did is joined by another, for one
 * search in twenty at most. Equal queries are asked once.
 */
int search_start(struct web *web, const struct search_query *query, search_done_fn *done,
		 void *data, struct search **ret_search, struct error *err);
/** It will not be told any more. */
void search_forget(struct search *search);

#endif
