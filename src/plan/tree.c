/* SPDX-License-Identifier: MIT */
/* Value trees from the bottom up. Keys of a large map are compared after sorting, so that a map
 * made to be slow is not. */
#include "plan/tree.h"

#include "base/str.h"
#include "plan/syntax.h"

#include <stdlib.h>

enum { FEW_PAIRS = 16 };

void tree_release(struct tree *tree)
{
	vec_release(&tree->stack);
}

int tree_no_memory(struct tree *tree, struct place place)
{
	return problem_set(tree->problem, place, ERROR_LIMIT, "needs too much memory from here on");
}

int tree_push(struct tree *tree, const struct value_pair *pair)
{
	if (++tree->n_values > SYNTAX_VALUES_MAX)
		return problem_set(tree->problem, pair->value.place, ERROR_LIMIT,
				   "more than %d values", SYNTAX_VALUES_MAX);
	if (!vec_push(&tree->stack, *pair))
		return tree_no_memory(tree, pair->value.place);
	return 0;
}

static int compare_pairs(const void *a, const void *b)
{
	const struct value_pair *const *left = a, *const *right = b;
	int order = strcmp((*left)->key, (*right)->key);

	return order ? order : (*left > *right) - (*left < *right);
}

static int given_twice(struct tree *tree, const struct value_pair *first,
		       const struct value_pair *again)
{
	return problem_set(tree->problem, again->key_place, ERROR_INVALID,
			   "'%.80s' is given twice; first at %u:%u", again->key,
			   first->key_place.line, first->key_place.column);
}

static int check_few(struct tree *tree, const struct value_pair *pairs, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		for (size_t j = 0; j < i; j++) {
			if (str_equal(pairs[i].key, pairs[j].key))
				return given_twice(tree, &pairs[j], &pairs[i]);
		}
	}
	return 0;
}

static int check_many(struct tree *tree, const struct value_pair *pairs, size_t n)
{
	const struct value_pair **sorted = malloc(n * sizeof(*sorted));
	const struct value_pair *first = NULL, *again = NULL;

	if (!sorted)
		return tree_no_memory(tree, pairs[0].key_place);
	for (size_t i = 0; i < n; i++)
		sorted[i] = &pairs[i];
	qsort(sorted, n, sizeof(*sorted), compare_pairs);
	for (size_t i = 1; i < n; i++) {
		if (str_equal(sorted[i - 1]->key, sorted[i]->key) &&
		    (!again || sorted[i] < again)) {
			first = sorted[i - 1];
			again = sorted[i];
		}
	}
	free(sorted);
	return again ? given_twice(tree, first, again) : 0;
}

static int close_map(struct tree *tree, const struct value_pair *pairs, size_t n,
		     struct value *ret_value)
{
	int r = n <= FEW_PAIRS ? check_few(tree, pairs, n) : check_many(tree, pairs, n);

	if (r < 0)
		return r;
	ret_value->pairs = arena_alloc_array(tree->arena, n, sizeof(*pairs));
	if (!ret_value->pairs)
		return tree_no_memory(tree, ret_value->place);
	if (n)
		memcpy(ret_value->pairs, pairs, n * sizeof(*pairs));
	ret_value->n_pairs = n;
	return 0;
}

int tree_close(struct tree *tree, size_t from, struct value *ret_value)
{
	const struct value_pair *pairs = tree->stack.items ? tree->stack.items + from : NULL;
	size_t n = tree->stack.n - from;

	tree->stack.n = from;
	if (ret_value->type == VALUE_MAP)
		return close_map(tree, pairs, n, ret_value);
	ret_value->items = arena_alloc_array(tree->arena, n, sizeof(*ret_value->items));
	if (!ret_value->items)
		return tree_no_memory(tree, ret_value->place);
	for (size_t i = 0; i < n; i++)
		ret_value->items[i] = pairs[i].value;
	ret_value->n_items = n;
	return 0;
}
