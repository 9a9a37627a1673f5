/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_PROFILE_REPORT_H
#define GRAPH_PROFILE_REPORT_H

#include "base/buf.h"
#include "graph/account.h"
#include "graph/profile.h"

/**
 * A profile as text, never over its budget of tokens (base/token_count.h): every section gets its
 * share, so that a short answer says a little of everything. Secrets that are known, and what has
 * the form of one, are kept out of it.
 */
struct profile_report {
	const struct profile *profile;
	struct account account;
	const struct secrets *secrets; /* NULL = nothing is kept out */
	const char *stop_text;         /* why it is partial, or NULL */
	bool is_json;
};

/** 0 or -ENOMEM. */
int profile_write(const struct profile_report *report, struct buf *out);

/** How much of it is written: points by section. */
struct profile_shape {
	size_t n_points[PROFILE_SECTIONS];
	bool has_headline;
	uint64_t used; /* tokens, to be said */
};

typedef void profile_render_fn(const struct profile_report *report,
			       const struct profile_shape *shape, struct buf *out);
profile_render_fn profile_render_md, profile_render_json;

#endif
