/* SPDX-License-Identifier: MIT */
#ifndef MODEL_TRANSFER_H
#define MODEL_TRANSFER_H

#include "base/error.h"
#include "model/blob.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * One exchange over HTTP: what is asked, and how it ended. Strings of a request are borrowed until
 * the transfer has been started, which copies them; an outcome belongs to who receives it.
 */
enum {
	TRANSFER_TIMEOUT_MS = 30000,
	TRANSFER_LIMIT_BYTES = 8 << 20,
	TRANSFER_REDIRECTS_MAX = 5,
};

struct transfer_request {
	const char *url;            /* http or https */
	const char *method;         /* NULL = GET, or POST when there is a body */
	const char *const *headers; /* "Name: value", NULL-terminated; NULL = none. Those that carry
				       a credential do not follow a redirect to another origin */
	const char *body;           /* NULL = none */
	size_t body_len;
	uint64_t timeout_ms;    /* of all of it, redirects too; 0 = TRANSFER_TIMEOUT_MS */
	uint64_t limit_bytes;   /* of the body, decompressed; 0 = TRANSFER_LIMIT_BYTES */
	unsigned redirects_max; /* 0 = none is followed; TRANSFER_REDIRECTS_MAX at most */
	bool is_trusted; /* the user named this origin: its address may be private, its port any */
	bool may_cache;  /* GET: an answer may come from the cache on disk, and go there */
	uint64_t fresh_ms; /* a cached answer so young is taken without asking; 0 = what it says of
			      itself */
};

struct transfer_header {
	const char *name; /* in lower case */
	const char *value;
};

struct transfer_outcome {
	struct error error;              /* class NONE: an answer came, whatever its status */
	int status;                      /* 0 = no answer */
	char *url;                       /* that answered in the end; NULL = no answer */
	struct transfer_header *headers; /* of the last answer, in the order they came */
	size_t n_headers;
	struct blob *body; /* decompressed; NULL = none, or no memory */
	bool is_cut;       /* body ends at limit_bytes */
	bool is_cached;    /* it was not asked for now, or has not changed since */
	uint64_t first_byte_ns, total_ns;
	uint64_t retry_after_ms; /* to be left alone, from when it came; 0 = not asked */
};

/** The value of a header (name in lower case); of several the first. NULL = it did not come. */
const char *transfer_header(const struct transfer_outcome *outcome, const char *name);

/** The class of what a status says that is no answer. */
enum error_class transfer_class_of(int status);

/** Leaves it empty. Accepts NULL. */
void transfer_outcome_release(struct transfer_outcome *outcome);

#endif
