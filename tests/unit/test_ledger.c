/* SPDX-License-Identifier: MIT */
/* Accounts of agents: random trees against what must hold of them at any time. */
#include "resources/ledger.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { NODES_MAX = 40, STEPS = 2000, TREES = 200 };

static struct spend limits(uint64_t tokens, uint64_t calls, uint64_t usd_e6, uint64_t wall_ms)
{
	return (struct spend){ { tokens, calls, usd_e6 }, wall_ms };
}

static void shares(void **state)
{
	struct spend ten = limits(10, SPEND_NO_LIMIT, SPEND_NO_LIMIT, 1000);
	struct spend six = limits(6, 3, SPEND_NO_LIMIT, SPEND_NO_LIMIT);
	struct spend cost = limits(2, 1, 5, 0);
	struct ledger root, a, b, c;
	struct error err = { 0 };
	const char *what;

	(void)state;
	ledger_init(&root, &ten, 1000000);
	assert_int_equal(ledger_open(&a, &root, &six, 1000000, &err), 0);
	assert_int_equal(ledger_open(&b, &root, &six, 1000000, &err), 0);
	assert_int_equal(ledger_left(&a, 1000000).of[SPEND_TOKENS], 6);
	assert_int_equal(ledger_left(&b, 1000000).of[SPEND_TOKENS], 4); /* what was left */
	assert_int_equal(ledger_left(&b, 1000000).wall_ms, 1000);       /* its parent's */
	assert_true(ledger_open(&c, &root, &six, 1000000, &err) < 0);
	assert_int_equal(err.class, ERROR_DENIED);
	assert_non_null(strstr(err.text, "tokens"));
	ledger_spend(&a, &cost);
	ledger_close(&a);
	assert_int_equal(ledger_left(&root, 1000000).of[SPEND_TOKENS], 4); /* 10 - 2 - 4 */
	assert_int_equal(root.spent[SPEND_USD_E6], 5); /* known, though without a limit */
	ledger_close(&b);
	assert_int_equal(ledger_left(&root, 1000000).of[SPEND_TOKENS], 8);
	assert_false(ledger_is_out(&root, 1000000, &what));
	assert_true(ledger_is_out(&root, 1001000000, &what));
	assert_string_equal(what, "time");
	assert_true(ledger_open(&a, &root, &six, 1001000000, &err) < 0);
}

struct node {
	struct ledger ledger;
	int parent; /* -1 = the root */
	bool is_open;
};

/* What was spent in a subtree, counted by ourselves: parents have it when a child is closed. */
static void check(const struct ledger *ledger, uint64_t over)
{
	for (int i = 0; i < SPEND_KIND_COUNT; i++) {
		if (ledger->limit[i] == SPEND_NO_LIMIT)
			continue;
		assert_true(ledger->spent[i] + ledger->held[i] <= ledger->limit[i] + over);
	}
}

static void step(struct node *nodes, struct ledger *root, uint64_t total[SPEND_KIND_COUNT])
{
	struct node *node = &nodes[rand() % NODES_MAX];
	struct spend want =
		limits((uint64_t)rand() % 100 + 1, (uint64_t)rand() % 50 + 1,
		       rand() % 2 ? SPEND_NO_LIMIT : (uint64_t)rand() % 100 + 1, SPEND_NO_LIMIT);

	if (!node->is_open) {
		int parent = rand() % (NODES_MAX + 1) - 1;
		struct ledger *above = parent < 0 ? root : &nodes[parent].ledger;

		if (parent >= 0 && (!nodes[parent].is_open || &nodes[parent] == node))
			return;
		node->is_open = ledger_open(&node->ledger, above, &want, 1, NULL) == 0;
		for (int i = 0; node->is_open && i < SPEND_KIND_COUNT; i++)
			assert_true(node->ledger.limit[i] <= want.of[i]);
		return;
	}
	if (rand() % 3) { /* never more than is left: then no sum may ever be over */
		struct spend left = ledger_left(&node->ledger, 1);
		struct spend cost = { 0 };

		for (int i = 0; i < SPEND_KIND_COUNT; i++) {
			uint64_t max = left.of[i] < 10 ? left.of[i] : 10;

			cost.of[i] = (uint64_t)rand() % (max + 1);
			total[i] += cost.of[i];
		}
		ledger_spend(&node->ledger, &cost);
	} else if (node->ledger.n_open == 0) {
		ledger_close(&node->ledger);
		node->is_open = false;
	}
}

static void random_trees(void **state)
{
	(void)state;
	srand(7);
	for (int i_tree = 0; i_tree < TREES; i_tree++) {
		struct node nodes[NODES_MAX] = { 0 };
		struct spend limit = limits(5000, 300, 1000, SPEND_NO_LIMIT);
		uint64_t total[SPEND_KIND_COUNT] = { 0 };
		struct ledger root;
		bool some = true;

		ledger_init(&root, &limit, 1);
		for (int i = 0; i < STEPS; i++) {
			step(nodes, &root, total);
			check(&root, 0);
			for (int k = 0; k < NODES_MAX; k++)
				if (nodes[k].is_open)
					check(&nodes[k].ledger, 0);
		}
		while (some) {
			some = false;
			for (int k = 0; k < NODES_MAX; k++) {
				if (!nodes[k].is_open || nodes[k].ledger.n_open)
					continue;
				ledger_close(&nodes[k].ledger);
				nodes[k].is_open = false;
				some = true;
			}
		}
		assert_int_equal(root.n_open, 0);
		for (int i = 0; i < SPEND_KIND_COUNT; i++) {
			assert_int_equal(root.held[i], 0);
			assert_int_equal(root.spent[i], total[i]);
			assert_true(root.spent[i] <= root.limit[i]);
		}
	}
}

/* A call that costs more than there is: it is over by that call, and nothing more is opened. */
static void overspent_once(void **state)
{
	struct spend ten = limits(10, 10, 10, SPEND_NO_LIMIT);
	struct spend cost = limits(25, 1, 0, 0);
	struct ledger root, a;
	const char *what;

	(void)state;
	ledger_init(&root, &ten, 1);
	assert_int_equal(ledger_open(&a, &root, &ten, 1, NULL), 0);
	ledger_spend(&a, &cost);
	assert_true(ledger_is_out(&a, 1, &what));
	ledger_close(&a);
	assert_int_equal(root.spent[SPEND_TOKENS], 25);
	assert_int_equal(ledger_left(&root, 1).of[SPEND_TOKENS], 0);
	assert_true(ledger_open(&a, &root, &ten, 1, NULL) < 0);
	assert_int_equal(root.n_open, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shares),
		cmocka_unit_test(random_trees),
		cmocka_unit_test(overspent_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
