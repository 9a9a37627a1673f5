/* SPDX-License-Identifier: MIT */
#ifndef RESOURCES_LEDGER_H
#define RESOURCES_LEDGER_H

#include "base/error.h"
#include "model/spend.h"

#include <stdbool.h>

/**
 * What a tree of agents may spend, and has. An account is opened beneath another, which holds back
 * all that the new one may spend until it is closed; then what it did not spend is free again.
 *
 *	left = limit - spent - held back for accounts beneath
 *
 * So the accounts beneath never get more together than there was, and what is overspent is never
 * more than what the last call of each open account cost over its share: a cost is known when it
 * has been run up. Time is not shared out: an account ends when its own is up or its parent's is.
 * No memory, no clock: accounts are the caller's. Loop thread.
 */
struct ledger {
	struct ledger *parent;            /* open for as long as this one; NULL = none */
	uint64_t limit[SPEND_KIND_COUNT]; /* SPEND_NO_LIMIT = none */
	uint64_t spent[SPEND_KIND_COUNT]; /* by those beneath too, when they are closed */
	uint64_t held[SPEND_KIND_COUNT];
	uint64_t end_ns; /* SPEND_NO_LIMIT = none */
	unsigned n_open; /* beneath */
};

/** The first of a tree. now_ns: monotonic. */
void ledger_init(struct ledger *ledger, const struct spend *limit, uint64_t now_ns);

/** Opens one beneath: it gets what it wants, or what is left if that is less. Fails (DENIED), and
 *  holds nothing back, if nothing is left of one kind, or the time is up. */
int ledger_open(struct ledger *ledger, struct ledger *parent, const struct spend *want,
		uint64_t now_ns, struct error *err);

/** None is open beneath it. */
void ledger_close(struct ledger *ledger);

/** It has cost so much. wall_ms is not looked at. */
void ledger_spend(struct ledger *ledger, const struct spend *cost);

/** What may still be spent, by it and those opened beneath it from now on. */
struct spend ledger_left(const struct ledger *ledger, uint64_t now_ns);

/** Whether one kind, or the time, is used up; *ret_what names it. */
bool ledger_is_out(const struct ledger *ledger, uint64_t now_ns, const char **ret_what);

#endif
