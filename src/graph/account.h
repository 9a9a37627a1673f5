/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_ACCOUNT_H
#define GRAPH_ACCOUNT_H

#include "base/buf.h"
#include "engine/engine.h"

/**
 * The account at the end of an answer: what was called and looked at, how long that took, whether
 * it is all there is, and what of the budget the answer uses.
 */
struct account {
	const struct run_totals *totals;
	const char *run_id;
	uint64_t budget; /* tokens */
	bool is_kept;    /* in a journal: there is a run to show */
};

/** used: tokens of the answer. JSON: members of the object that is open. */
void account_write_md(const struct account *account, uint64_t used, struct buf *out);
void account_write_json(const struct account *account, uint64_t used, struct json_write *json);

/** The same, with what differs from run to run at its longest, so that neither time nor a name
 *  moves a cut. totals: scratch that lives as long. */
struct account account_longest(const struct account *account, struct run_totals *totals);

#endif
