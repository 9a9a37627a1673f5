/* SPDX-License-Identifier: MIT */
#ifndef NET_CORE_H
#define NET_CORE_H

#include "net/cache.h"
#include "net/client.h"
#include "net/curl.h"
#include "net/headers.h"
#include "net/target.h"
#include "net/unpack.h"

#include <stddef.h>
#include <uv.h>

/**
 * What the files of the client share. A transfer is a chain of hops, one for each redirect; a hop
 * is an exchange through libcurl. Loop thread.
 *
 *   net_start -> hop -> kept_look .. exchange_start .. transfer_exchanged -+-> .. done()
 *                 ^   (or is kept) ------------ redirect ------------------+
 *
 * Memory goes when nothing of the loop holds it any more: a timer is closed, work has come back.
 */
enum {
	SLOW_BYTES = 640, /* an answer that brings less in SLOW_MS ... */
	SLOW_MS = 10000,  /* ... is given up */
	REQUEST_HEADERS_MAX = 64,
	REQUEST_HEADERS_BYTES_MAX = 64 << 10,
	METHOD_MAX = 15,
};

struct net_client {
	struct curl_api curl;
	CURLM *multi; /* NULL until the first transfer */
	uv_loop_t *loop;
	uv_timer_t timer;               /* libcurl's */
	uv_timer_t ending;              /* set when a transfer has ended that was not told yet */
	struct net_transfer *transfers; /* all that were not told yet */
	struct net_transfer *ended, **ended_tail;
	size_t n_holds; /* of the loop */
	bool is_closing;
	unsigned connections_max;
	char *ca_file, *user_agent;
	const char *const *open; /* may be NULL */
	struct net_cache *cache; /* NULL = none */
};

struct net_transfer {
	struct net_client *client;
	struct net_transfer *next, **back; /* of client->transfers */
	struct net_transfer *next_ended;
	net_done_fn *done;
	void *data;
	uv_timer_t timer; /* the time limit, and the look at how fast it goes */
	size_t n_holds;   /* of the loop */

	/* What is asked. */
	char method[METHOD_MAX + 1];
	char **headers; /* NULL-terminated */
	struct blob *body;
	uint64_t limit_bytes;
	unsigned redirects_max, n_redirects;
	bool is_redirecting; /* redirects are followed at all */
	bool may_cache;
	uint64_t fresh_ms;
	bool is_trusted; /* this hop's origin is the one that was named */

	/* This hop. */
	CURLU *url;
	struct target target;
	char from[TARGET_SHOWN_MAX + 1]; /* which address it was redirected by; "" = none */
	CURL *easy;
	struct curl_slist *lines; /* the headers, as libcurl has them */
	bool is_added;            /* easy is in the multi */
	struct headers answer;
	struct buf text;      /* the body so far, and */
	struct unpack unpack; /* what of it is still packed */
	bool is_cut;
	bool is_dropped;      /* the body of a redirect, of which enough was read */
	unsigned n_opened;    /* sockets */
	struct error refusal; /* of an address, in case there is no other */
	struct error fault;   /* why a callback ended it */
	char detail[CURL_ERROR_SIZE];

	/* What is kept of this hop's answer. */
	uv_work_t work;
	char *own_key; /* NULL = it is neither looked for nor kept */
	struct cached cached;
	bool has_cached;
	bool is_cached; /* answer is what was kept */

	/* Times. */
	uint64_t started_ns, first_byte_ns, deadline_ns;
	uint64_t n_came, n_came_before; /* bytes, now and when the speed was looked at */
	uint64_t looked_ns;             /* 0 = nothing has come yet */

	bool is_ended;
	struct transfer_outcome outcome;
};

/* ---- client.c ---- */
void client_hold(struct net_client *client);
void client_drop(struct net_client *client); /* the last one frees it */
/** Has it told later. */
void client_ended(struct net_client *client, struct net_transfer *transfer);

/* ---- transfer.c ---- */
/** The exchange of this hop is over. */
void transfer_exchanged(struct net_transfer *transfer, CURLcode code);
/** It is known whether the answer of this hop is kept, and may be taken without asking. */
void transfer_looked(struct net_transfer *transfer, bool is_fresh);
/** Ends it with an error; it is told later. */
void transfer_fail(struct net_transfer *transfer, const struct error *error);
/** Looks in a while whether enough has come. */
void transfer_watch_speed(struct net_transfer *transfer);
/** It cannot go on, and ends soon; from inside libcurl. */
void transfer_break(struct net_transfer *transfer);
/** Takes it out of everything, without telling. */
void transfer_discard(struct net_transfer *transfer);
/** Tells, and discards. */
void transfer_tell(struct net_transfer *transfer);
/** The loop lets go of it; the last time frees it. */
void transfer_drop(struct net_transfer *transfer);

/* ---- kept.c ---- */
/** Starts to look whether this hop's answer is kept. False: it is not looked for. */
bool kept_look(struct net_transfer *transfer);
void kept_forget(struct net_transfer *transfer);
/** A header to ask with whether what is kept still holds; NULL = there is none. */
const char *kept_validator(const struct net_transfer *transfer, const char *name);
/** Keeps the answer, if that is allowed. */
void kept_keep(struct net_transfer *transfer, struct blob *body);
/** The answer was "not modified": what is kept holds, and is kept with the answer's headers. */
int kept_renew(struct net_transfer *transfer);
/** Makes what is kept the answer. 0 or -ENOMEM. */
int kept_take(struct net_transfer *transfer, struct blob **ret_body);

/* ---- exchange.c ---- */
int exchange_start(struct net_transfer *transfer, struct error *err);
/** Takes it out of libcurl; accepts one that is not in it. */
void exchange_stop(struct net_transfer *transfer);
bool exchange_is_redirect(const struct net_transfer *transfer);
/** code as an error. */
void exchange_error(const struct net_transfer *transfer, CURLcode code, struct error *err);

#endif
