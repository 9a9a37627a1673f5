/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_AGENT_ACCOUNT_H
#define ENGINE_AGENT_ACCOUNT_H

#include "resources/ledger.h"

/**
 * The account of an agent, on which all draw that work for it: the agents that this process starts
 * for it, and those of each volley that it runs as a command. What those have spent and hold back
 * is in a record beside the slots (os/shared_record.h), DIR/agents/account-…; the ledger is this
 * process's part of it.
 *
 * What is held by a volley that was killed counts as spent: nobody knows what it was. Who can write
 * to the record (commands of agents can) may lie about it, but never so that an agent gets more
 * from its own volley than that has for it. Loop thread.
 */
enum { ACCOUNT_NAME_MAX = 32 };

struct account {
	struct ledger ledger;             /* its limit is right between enter and leave */
	uint64_t limit[SPEND_KIND_COUNT]; /* if nobody else drew on it */
	uint64_t n_below;                 /* agents started on it, by all */
	int fd;                           /* -1 = nobody else draws on it */
	bool is_lost; /* the record is gone, or is none: nothing is left, and no agent may start */
	char name[ACCOUNT_NAME_MAX];
	/* Between enter and leave: what the record says of others. */
	uint64_t others_limit[SPEND_KIND_COUNT];
	uint64_t others_spent[SPEND_KIND_COUNT], others_held[SPEND_KIND_COUNT];
};

/** For this process alone, with what the ledger may spend. */
void account_init(struct account *account);
/** Others may draw on it from now on. pool: DIR/agents; random: for a name. Where it cannot be
 *  made they have what their marks say. */
void account_share(struct account *account, const char *pool, uint64_t random);
/** Of an agent above, made by another process. One that is not there is lost. */
void account_join(struct account *account, const char *pool, const char *name);
/** If it is ours: what others have spent is in the ledger then. pool: NULL if that is gone. */
void account_close(struct account *account, const char *pool);

/** Around whatever reads or changes the ledger or n_below, or opens and closes ledgers directly
 *  beneath it; not nested. */
void account_enter(struct account *account);
void account_leave(struct account *account);

/** While entered: nothing is left, but some of it is held back by others and may come back. */
bool account_is_held_up(const struct account *account);

#endif
