/* SPDX-License-Identifier: MIT */
#ifndef NET_CLIENT_H
#define NET_CLIENT_H

#include "model/transfer.h"

struct uv_loop_s;

/**
 * HTTP on the event loop: libcurl's multi interface, HTTP/2 where the peer has it, connections
 * reused. Loop thread; nothing here blocks it (names are resolved, and the cache is read and
 * written, on other threads).
 *
 * Where a transfer may connect to is decided on the address about to be connected, after names
 * have been resolved, and again when a connection is reused (net/address.h). Redirects are followed
 * by hand, each checked like the first. No proxy, no .netrc and no cookies are taken from the
 * environment.
 */
struct net_client;
struct net_transfer;

struct net_conf {
	struct uv_loop_s *loop;
	const char *cache_dir;      /* of answers; made when needed, mode 0700; NULL = no cache */
	uint64_t cache_limit_bytes; /* of all of them; the oldest go; 0 = 256 MiB */
	const char *const *open;    /* origins that may be anywhere; NULL-terminated, or NULL */
	const char *ca_file;        /* certificates to trust instead of the system's; NULL */
	const char *user_agent;     /* NULL = "volley/VERSION" */
	unsigned connections_max;   /* 0 = 64; to one host a quarter of it */
};

/** conf is copied, but for what open holds: that is borrowed. */
int net_client_new(const struct net_conf *conf, struct net_client **ret_client, struct error *err);
/** Transfers that are left end without being told. Not from inside net_done_fn. The loop must run
 *  on until it has nothing left: the memory goes, and the cache is written, while it does. Accepts
 *  NULL. */
void net_client_free(struct net_client *client);

/** Loads libcurl, the first time: some milliseconds, which the first transfer takes otherwise. */
int net_client_load(struct net_client *client, struct error *err);

/** Exactly once for each transfer that was started, never from inside net_start() or
 *  net_cancel(); the transfer is gone after it. Contents of *own_outcome move. */
typedef void net_done_fn(void *data, struct transfer_outcome *own_outcome);

/** Fails for a URL that is none, a scheme that is not http or https, and without memory. */
int net_start(struct net_client *client, const struct transfer_request *request, net_done_fn *done,
	      void *data, struct net_transfer **ret_transfer, struct error *err);

/** It ends soon, as cancelled, unless it has ended already. */
void net_cancel(struct net_transfer *transfer);

#endif
