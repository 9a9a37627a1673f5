/* SPDX-License-Identifier: MIT */
/* Accounts of what agents spend. */
#include "resources/ledger.h"

#include <assert.h>
#include <errno.h>
#include <stddef.h>

static const char *const names[SPEND_KIND_COUNT] = {
	[SPEND_TOKENS] = "tokens",
	[SPEND_CALLS] = "calls",
	[SPEND_USD_E6] = "money",
};

static uint64_t less(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t add(uint64_t a, uint64_t b)
{
	return a > SPEND_NO_LIMIT - b ? SPEND_NO_LIMIT : a + b;
}

static uint64_t end_of(uint64_t wall_ms, uint64_t now_ns)
{
	if (wall_ms >= SPEND_NO_LIMIT / 1000000)
		return SPEND_NO_LIMIT;
	return add(now_ns, wall_ms * 1000000);
}

static uint64_t left_of(const struct ledger *ledger, int kind)
{
	uint64_t used = add(ledger->spent[kind], ledger->held[kind]);

	if (ledger->limit[kind] == SPEND_NO_LIMIT)
		return SPEND_NO_LIMIT;
	return ledger->limit[kind] > used ? ledger->limit[kind] - used : 0;
}

void ledger_init(struct ledger *ledger, const struct spend *limit, uint64_t now_ns)
{
	*ledger = (struct ledger){ .end_ns = end_of(limit->wall_ms, now_ns) };
	for (int i = 0; i < SPEND_KIND_COUNT; i++)
		ledger->limit[i] = limit->of[i];
}

int ledger_open(struct ledger *ledger, struct ledger *parent, const struct spend *want,
		uint64_t now_ns, struct error *err)
{
	const char *what;

	if (ledger_is_out(parent, now_ns, &what))
		return error_set(err, ERROR_DENIED, EPERM,
				 "not started: the budget of agents is out (%s)", what);
	ledger_init(ledger, want, now_ns);
	ledger->parent = parent;
	ledger->end_ns = less(ledger->end_ns, parent->end_ns);
	for (int i = 0; i < SPEND_KIND_COUNT; i++) {
		ledger->limit[i] = less(ledger->limit[i], left_of(parent, i));
		if (ledger->limit[i] != SPEND_NO_LIMIT)
			parent->held[i] = add(parent->held[i], ledger->limit[i]);
	}
	parent->n_open++;
	return 0;
}

void ledger_close(struct ledger *ledger)
{
	struct ledger *parent = ledger->parent;

	assert(ledger->n_open == 0);
	if (!parent)
		return;
	assert(parent->n_open > 0);
	for (int i = 0; i < SPEND_KIND_COUNT; i++) {
		if (ledger->limit[i] != SPEND_NO_LIMIT)
			parent->held[i] -= ledger->limit[i];
		parent->spent[i] = add(parent->spent[i], ledger->spent[i]);
	}
	parent->n_open--;
	ledger->parent = NULL;
}

void ledger_spend(struct ledger *ledger, const struct spend *cost)
{
	for (int i = 0; i < SPEND_KIND_COUNT; i++)
		ledger->spent[i] = add(ledger->spent[i], cost->of[i]);
}

struct spend ledger_left(const struct ledger *ledger, uint64_t now_ns)
{
	struct spend left = { .wall_ms = SPEND_NO_LIMIT };

	for (int i = 0; i < SPEND_KIND_COUNT; i++)
		left.of[i] = left_of(ledger, i);
	if (ledger->end_ns != SPEND_NO_LIMIT)
		left.wall_ms = ledger->end_ns > now_ns ? (ledger->end_ns - now_ns) / 1000000 : 0;
	return left;
}

bool ledger_is_out(const struct ledger *ledger, uint64_t now_ns, const char **ret_what)
{
	struct spend left = ledger_left(ledger, now_ns);

	*ret_what = left.wall_ms == 0 ? "time" : NULL;
	for (int i = 0; i < SPEND_KIND_COUNT && !*ret_what; i++)
		if (left.of[i] == 0)
			*ret_what = names[i];
	return *ret_what != NULL;
}
