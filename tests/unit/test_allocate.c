/* SPDX-License-Identifier: MIT */
/* Dominant Resource Fairness: known answers, and its properties on random inputs. */
#include "resources/allocate.h"

#include "base/attr.h"
#include "resources/slots.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const double unlimited[RESOURCE_COUNT] = { INFINITY, INFINITY, INFINITY, INFINITY,
						  INFINITY };

static struct allocate_class class_of(double cpu, double memory, double weight, unsigned wanted)
{
	return (struct allocate_class){
		.demand = { [RESOURCE_CPU] = cpu, [RESOURCE_MEMORY] = memory },
		.weight = weight,
		.wanted = wanted,
	};
}

static void capacity_of(double cpu, double memory, double ret[RESOURCE_COUNT])
{
	memcpy(ret, unlimited, sizeof(unlimited));
	ret[RESOURCE_CPU] = cpu;
	ret[RESOURCE_MEMORY] = memory;
}

/* The example of the paper: 9 processors, 18 GB; A wants <1, 4>, B <3, 1>. */
static void the_papers_example(void **state)
{
	struct allocate_class classes[] = { class_of(1, 4, 1, 100), class_of(3, 1, 1, 100) };
	struct allocation got[2];
	double capacity[RESOURCE_COUNT];

	(void)state;
	capacity_of(9, 18, capacity);
	allocate(capacity, classes, 2, got);
	assert_int_equal(got[0].n, 3);
	assert_int_equal(got[1].n, 2);
	assert_float_equal(got[0].dominant, 2.0 / 3, 1e-12);
	assert_float_equal(got[1].dominant, 2.0 / 3, 1e-12);
	assert_true(got[0].is_short && got[1].is_short);
}

static void weights(void **state)
{
	struct allocate_class classes[] = { class_of(1, 0, 3, 100), class_of(1, 0, 1, 100) };
	struct allocation got[2];
	double capacity[RESOURCE_COUNT];

	(void)state;
	capacity_of(12, 1, capacity);
	allocate(capacity, classes, 2, got);
	assert_int_equal(got[0].n, 9);
	assert_int_equal(got[1].n, 3);
}

static void edges(void **state)
{
	struct allocate_class classes[] = {
		class_of(0, 0, 1, 5),  /* no demand: slots */
		class_of(0, 20, 1, 5), /* more than there is */
		class_of(0, 10, 1, 5), /* all there is */
		class_of(1, 0, 1, 0),  /* wants nothing */
	};
	struct allocation got[4];
	double capacity[RESOURCE_COUNT];

	(void)state;
	capacity_of(4, 10, capacity);
	capacity[RESOURCE_SLOTS] = 3;
	allocate(capacity, classes, 4, got);
	assert_int_equal(got[0].n, 3);
	assert_true(got[0].is_short && got[0].resource == RESOURCE_SLOTS);
	assert_int_equal(got[1].n, 0);
	assert_true(got[1].is_refused && got[1].resource == RESOURCE_MEMORY);
	assert_int_equal(got[2].n, 1);
	assert_false(got[2].is_refused);
	assert_int_equal(got[3].n, 0);
	assert_false(got[3].is_refused || got[3].is_short);
	assert_int_equal(allocate_wanted(48, 0, 0), 48);
	assert_int_equal(allocate_wanted(48, 10, 1.25), 13);
	assert_int_equal(allocate_wanted(8, 10, 1.25), 8);
	assert_int_equal(allocate_wanted(8, 0.1, 0.1), 1);
}

/* ---- properties ---- */

static double next_random(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (double)(*seed >> 33) / (double)(1ull << 31);
}

enum { CLASSES = 4 };

struct world {
	double capacity[RESOURCE_COUNT];
	struct allocate_class classes[CLASSES];
	struct allocation got[CLASSES];
};

/* Small demands, so that one instance more or less is a small share. */
static struct world random_world(uint64_t *seed)
{
	struct world world = { 0 };

	for (int r = 0; r < RESOURCE_COUNT; r++)
		world.capacity[r] = 100 + 900 * next_random(seed);
	for (int i = 0; i < CLASSES; i++) {
		world.classes[i].weight = 1;
		world.classes[i].wanted = 100000;
		for (int r = 0; r < RESOURCE_COUNT; r++)
			world.classes[i].demand[r] =
				world.capacity[r] * (0.0005 + 0.0045 * next_random(seed));
	}
	allocate(world.capacity, world.classes, CLASSES, world.got);
	return world;
}

/* Instances that class i could run with what class k has. */
static double worth(const struct world *world, int i, const double *bundle)
{
	double n = INFINITY;

	for (int r = 0; r < RESOURCE_COUNT; r++)
		n = fmin(n, bundle[r] / world->classes[i].demand[r]);
	return n;
}

static void check_world(struct world *world, uint64_t *seed)
{
	double bundle[RESOURCE_COUNT], used[RESOURCE_COUNT] = { 0 };

	for (int i = 0; i < CLASSES; i++)
		for (int r = 0; r < RESOURCE_COUNT; r++)
			used[r] += world->got[i].n * world->classes[i].demand[r];
	for (int i = 0; i < CLASSES; i++) {
		struct world lie = *world;
		bool is_stuck = false;

		/* Work-conserving: nobody could have one more. */
		for (int r = 0; r < RESOURCE_COUNT; r++) {
			assert_true(used[r] <= world->capacity[r] * (1 + 1e-6));
			is_stuck |= used[r] + world->classes[i].demand[r] > world->capacity[r];
		}
		assert_true(is_stuck);
		/* Sharing incentive: at least what an n-th of everything would do, but for one. */
		for (int r = 0; r < RESOURCE_COUNT; r++)
			bundle[r] = world->capacity[r] / CLASSES;
		assert_true(world->got[i].n + 1 >= worth(world, i, bundle));
		/* No envy. */
		for (int k = 0; k < CLASSES; k++) {
			for (int r = 0; r < RESOURCE_COUNT; r++)
				bundle[r] = world->got[k].n * world->classes[k].demand[r];
			assert_true(world->got[i].n + 1.5 >= worth(world, i, bundle));
		}
		/* A claim that is too high gets no more done. */
		for (int r = 0; r < RESOURCE_COUNT; r++)
			lie.classes[i].demand[r] *= 1 + next_random(seed);
		allocate(lie.capacity, lie.classes, CLASSES, lie.got);
		for (int r = 0; r < RESOURCE_COUNT; r++)
			bundle[r] = lie.got[i].n * lie.classes[i].demand[r];
		assert_true(worth(world, i, bundle) <= world->got[i].n + 1.5);
	}
}

static void properties(void **state)
{
	uint64_t seed = 7;

	(void)state;
	for (int round = 0; round < 200; round++) {
		struct world world = random_world(&seed);

		check_world(&world, &seed);
	}
}

/* ---- the pool ---- */

enum { DEPTH = 3, FAN_OUT = 4, NODES = 1 + 4 + 16 + 64 };

struct node {
	int parent, n_children, depth;
	enum { NEW, RUNNING, WAITING, WANTING, DONE } stage;
};

/* Parents that run, start their children, wait for them with their slot lent, and go on. Returns
 * how many steps it took, or -1 when nothing moves any more. */
static int run_tree(unsigned pool, bool lends, unsigned *ret_most)
{
	struct slots slots = { .size = pool };
	struct node nodes[NODES] = { { .parent = -1 } };
	int n_nodes = 1, n_done = 0, n_steps = 0;
	bool moved = true;

	*ret_most = 0;
	while (n_done < NODES && moved) {
		moved = false;
		for (int i = 0; i < n_nodes; i++) {
			struct node *node = &nodes[i];
			bool was = moved;

			moved = true;
			n_steps++;
			if (node->stage == NEW && slots_take(&slots)) {
				node->stage = RUNNING;
			} else if (node->stage == RUNNING && node->depth < DEPTH &&
				   node->n_children == 0) {
				for (int k = 0; k < FAN_OUT; k++)
					nodes[n_nodes++] =
						(struct node){ .parent = i,
							       .depth = node->depth + 1 };
				node->n_children = FAN_OUT;
				node->stage = WAITING;
				if (lends)
					slots_lend(&slots);
			} else if (node->stage == WAITING && node->n_children < 0) {
				if (!lends || slots_reclaim(&slots))
					node->stage = RUNNING;
				else
					node->stage = WANTING;
			} else if (node->stage == WANTING && slots_reclaim_waiting(&slots)) {
				node->stage = RUNNING;
			} else if (node->stage == RUNNING) {
				node->stage = DONE;
				n_done++;
				slots_give(&slots);
				if (node->parent >= 0 && --nodes[node->parent].n_children == 0)
					nodes[node->parent].n_children = -1;
			} else {
				moved = was;
			}
			if (slots.n_taken > *ret_most)
				*ret_most = slots.n_taken;
		}
	}
	assert_true(n_done < NODES || (slots.n_taken == 0 && slots.n_wanting == 0));
	return n_done == NODES ? n_steps : -1;
}

static void a_pool_of_one_runs_a_deep_tree(void **state)
{
	unsigned most;

	(void)state;
	for (unsigned pool = 1; pool <= 5; pool++) {
		assert_true(run_tree(pool, true, &most) > 0);
		assert_int_equal(most, pool);
	}
	assert_int_equal(run_tree(3, false, &most), -1); /* a slot held while waiting deadlocks */
}

static void who_goes_on_comes_first(void **state)
{
	struct slots slots = { .size = 1 };

	(void)state;
	assert_true(slots_take(&slots));
	slots_lend(&slots);
	assert_true(slots_take(&slots));     /* a child */
	assert_false(slots_reclaim(&slots)); /* the parent has heard enough */
	slots_give(&slots);
	assert_false(slots_take(&slots)); /* somebody new */
	assert_true(slots_reclaim_waiting(&slots));
	slots_give(&slots);
	assert_true(slots_take(&slots));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_papers_example),
		cmocka_unit_test(weights),
		cmocka_unit_test(edges),
		cmocka_unit_test(properties),
		cmocka_unit_test(a_pool_of_one_runs_a_deep_tree),
		cmocka_unit_test(who_goes_on_comes_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
