/* SPDX-License-Identifier: MIT */
#include "engine/agent_account.h"

#include "os/shared_record.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Of one build of volley: below an agent the same program runs. Another one leaves it alone. */
struct record {
	uint64_t version;
	uint64_t limit[SPEND_KIND_COUNT], spent[SPEND_KIND_COUNT], held[SPEND_KIND_COUNT];
	uint64_t n_below;
};

enum { VERSION = 1 };

static uint64_t less(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t add(uint64_t a, uint64_t b)
{
	return a > SPEND_NO_LIMIT - b ? SPEND_NO_LIMIT : a + b;
}

static uint64_t subtract(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

void account_init(struct account *account)
{
	memcpy(account->limit, account->ledger.limit, sizeof(account->limit));
	account->n_below = 0;
	account->fd = -1;
	account->is_lost = false;
}

void account_share(struct account *account, const char *pool, uint64_t random)
{
	struct record record = { .version = VERSION, .n_below = account->n_below };

	for (int i = 0; i < SPEND_KIND_COUNT; i++) {
		record.limit[i] = account->limit[i];
		record.spent[i] = account->ledger.spent[i];
		record.held[i] = account->ledger.held[i];
	}
	(void)snprintf(account->name, sizeof(account->name), "account-%016" PRIx64, random);
	account->fd = shared_record_make(pool, account->name, &record, sizeof(record));
}

void account_join(struct account *account, const char *pool, const char *name)
{
	account->fd = shared_record_open(pool, name);
	account->is_lost = account->fd < 0;
}

/* ---- in turn with others ---- */

static void lose(struct account *account)
{
	account->is_lost = true;
	(void)close(account->fd); /* there is nothing in it */
	account->fd = -1;
}

static void read_record(struct account *account, const struct record *record)
{
	const struct ledger *ledger = &account->ledger;

	account->n_below = record->n_below;
	for (int i = 0; i < SPEND_KIND_COUNT; i++) {
		account->others_limit[i] = record->limit[i];
		account->others_spent[i] = subtract(record->spent[i], ledger->spent[i]);
		account->others_held[i] = subtract(record->held[i], ledger->held[i]);
	}
}

/* Of those that hold something back, none lives. */
static void bury(struct account *account)
{
	uint64_t held = 0;

	for (int i = 0; i < SPEND_KIND_COUNT; i++)
		held |= account->others_held[i];
	if (!held || account->ledger.n_open || shared_record_is_relied_on(account->fd))
		return;
	for (int i = 0; i < SPEND_KIND_COUNT; i++) {
		account->others_spent[i] = add(account->others_spent[i], account->others_held[i]);
		account->others_held[i] = 0;
	}
}

static void set_limit(struct account *account)
{
	struct ledger *ledger = &account->ledger;

	for (int i = 0; i < SPEND_KIND_COUNT; i++) {
		uint64_t others = add(account->others_spent[i], account->others_held[i]);

		ledger->limit[i] = account->limit[i];
		if (account->others_limit[i] != SPEND_NO_LIMIT)
			ledger->limit[i] =
				less(ledger->limit[i], subtract(account->others_limit[i], others));
	}
}

static void set_nothing_left(struct account *account)
{
	struct ledger *ledger = &account->ledger;

	for (int i = 0; i < SPEND_KIND_COUNT; i++)
		if (account->limit[i] != SPEND_NO_LIMIT)
			ledger->limit[i] = add(ledger->spent[i], ledger->held[i]);
}

/* What is not is left as it was. */
static bool is_ours(const struct account *account, const struct record *record)
{
	if (record->version == VERSION)
		return true;
	(void)shared_record_put(account->fd, record, sizeof(*record)); /* or it is lost to all */
	return false;
}

void account_enter(struct account *account)
{
	struct record record;

	if (account->fd >= 0 && (shared_record_take(account->fd, &record, sizeof(record)) < 0 ||
				 !is_ours(account, &record)))
		lose(account);
	if (account->is_lost)
		set_nothing_left(account);
	if (account->fd < 0)
		return;
	read_record(account, &record);
	bury(account);
	set_limit(account);
}

void account_leave(struct account *account)
{
	const struct ledger *ledger = &account->ledger;
	struct record record = { .version = VERSION, .n_below = account->n_below };

	if (account->fd < 0)
		return;
	for (int i = 0; i < SPEND_KIND_COUNT; i++) {
		record.limit[i] = account->others_limit[i];
		record.spent[i] = add(account->others_spent[i], ledger->spent[i]);
		record.held[i] = add(account->others_held[i], ledger->held[i]);
	}
	shared_record_rely(account->fd, ledger->n_open > 0);
	if (shared_record_put(account->fd, &record, sizeof(record)) < 0)
		lose(account);
}

bool account_is_held_up(const struct account *account)
{
	const struct ledger *ledger = &account->ledger;
	bool is_held_up = false;

	for (int i = 0; account->fd >= 0 && i < SPEND_KIND_COUNT; i++)
		is_held_up |= ledger->limit[i] <= ledger->spent[i] + ledger->held[i] &&
			      account->others_held[i] > 0;
	return is_held_up;
}

void account_close(struct account *account, const char *pool)
{
	struct ledger *ledger = &account->ledger;
	bool is_ours = *account->name;

	if (is_ours)
		account_enter(account); /* it is not for the others any more */
	for (int i = 0; i < SPEND_KIND_COUNT && is_ours; i++) {
		ledger->limit[i] = account->limit[i];
		if (account->is_lost && ledger->limit[i] != SPEND_NO_LIMIT)
			ledger->spent[i] = ledger->limit[i];
		if (account->fd >= 0)
			ledger->spent[i] = add(ledger->spent[i], add(account->others_spent[i],
								     account->others_held[i]));
	}
	if (account->fd >= 0)
		(void)close(account->fd); /* with what is in it */
	account->fd = -1;
	if (is_ours && pool)
		shared_record_remove(pool, account->name);
}
