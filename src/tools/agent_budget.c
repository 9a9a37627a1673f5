/* SPDX-License-Identifier: MIT */
/* Budgets of agents, and the prices of their models, as they are written. */
#include "base/str.h"
#include "tools/agent_args.h"

#include <errno.h>

#define COUNT_MAX INT64_C(1000000000000)
#define USD_MAX 1e6
#define COST_MAX 1e15
#define WRITTEN 1.25 /* times what others cost: Anthropic's, and nobody else tells of them */

enum { USD = 1000000 };

static int read_count(const struct value_pair *pair, uint64_t *ret_n, struct error *err)
{
	const struct value *value = &pair->value;

	if (value->type != VALUE_INT || value->integer < 1 || value->integer > COUNT_MAX)
		return error_set(err, ERROR_INVALID, EINVAL,
				 "'%s' of a budget must be a whole number from 1 up", pair->key);
	*ret_n = (uint64_t)value->integer;
	return 0;
}

static double number_of(const struct value *value)
{
	return value->type == VALUE_INT    ? (double)value->integer
	       : value->type == VALUE_REAL ? value->real
					   : -1;
}

static int read_usd(const struct value *value, uint64_t *ret_usd_e6, struct error *err)
{
	double usd = number_of(value);

	if (!(usd * USD >= 1 && usd <= USD_MAX))
		return error_set(err, ERROR_INVALID, EINVAL,
				 "'usd' of a budget must be a number over 0, of dollars");
	*ret_usd_e6 = (uint64_t)(usd * USD + 0.5);
	return 0;
}

static int read_pair(const struct value_pair *pair, struct spend *budget, struct error *err)
{
	static const char *const names[] = { "tokens", "calls", "wall", "usd" };
	const char *nearest;

	if (str_equal(pair->key, "tokens"))
		return read_count(pair, &budget->of[SPEND_TOKENS], err);
	if (str_equal(pair->key, "calls"))
		return read_count(pair, &budget->of[SPEND_CALLS], err);
	if (str_equal(pair->key, "usd"))
		return read_usd(&pair->value, &budget->of[SPEND_USD_E6], err);
	if (!str_equal(pair->key, "wall")) {
		nearest = str_nearest(pair->key, names, countof(names));
		return error_set(err, ERROR_INVALID, EINVAL,
				 "unknown key '%.80s' of a budget; %s%s%s", pair->key,
				 nearest ? "did you mean '" : "known are tokens, calls, wall, usd",
				 nearest ? nearest : "", nearest ? "'?" : "");
	}
	if (value_duration(&pair->value, &budget->wall_ms) < 0 || budget->wall_ms == 0)
		return error_set(err, ERROR_INVALID, EINVAL,
				 "'wall' of a budget must be a time like 60s, 500ms, 2m or 1h");
	return 0;
}

int agent_budget_read(const struct value *map, struct spend *ret_budget, struct place *ret_place,
		      struct error *err)
{
	struct spend budget = { .wall_ms = SPEND_NO_LIMIT };

	for (int i = 0; i < SPEND_KIND_COUNT; i++)
		budget.of[i] = SPEND_NO_LIMIT;
	*ret_place = map->place;
	if (map->type != VALUE_MAP || map->n_pairs == 0)
		return error_set(err, ERROR_INVALID, EINVAL,
				 "'budget' must be a map of tokens, calls, wall and usd");
	for (size_t i = 0; i < map->n_pairs; i++) {
		*ret_place = map->pairs[i].value.place;
		if (read_pair(&map->pairs[i], &budget, err) < 0)
			return -EINVAL;
	}
	*ret_budget = budget;
	return 0;
}

static int read_price(const struct value_pair *pair, struct agent_price *price, struct error *err)
{
	static const char *const names[] = { "in", "out", "cached" };
	double *const prices[] = { &price->in, &price->out, &price->cached };
	double usd = number_of(&pair->value);

	for (size_t i = 0; i < countof(names); i++) {
		if (!str_equal(names[i], pair->key))
			continue;
		if (!(usd >= 0 && usd <= USD_MAX))
			return error_set(err, ERROR_INVALID, EINVAL,
					 "'%s' of a price must be a number from 0 up, of dollars "
					 "per million tokens",
					 names[i]);
		*prices[i] = usd;
		return 0;
	}
	return error_set(err, ERROR_INVALID, EINVAL,
			 "unknown key '%.80s' of a price; known are in, out, cached", pair->key);
}

int agent_price_read(const struct value *map, struct agent_price *ret_price, struct error *err)
{
	struct agent_price price = { -1, -1, -1 };

	for (size_t i = 0; i < map->n_pairs; i++)
		if (read_price(&map->pairs[i], &price, err) < 0)
			return -EINVAL;
	if (price.in < 0 || price.out < 0)
		return error_set(err, ERROR_INVALID, EINVAL,
				 "'price' needs 'in' and 'out', of dollars per million tokens");
	if (price.cached < 0)
		price.cached = price.in;
	*ret_price = price;
	return 0;
}

uint64_t agent_price_of(const struct agent_price *price, uint64_t tokens_in, uint64_t tokens_cached,
			uint64_t tokens_written, uint64_t tokens_out)
{
	uint64_t cached = tokens_cached < tokens_in ? tokens_cached : tokens_in;
	uint64_t written =
		tokens_written < tokens_in - cached ? tokens_written : tokens_in - cached;
	double usd_e6 = (double)(tokens_in - cached - written) * price->in +
			(double)cached * price->cached + (double)written * price->in * WRITTEN +
			(double)tokens_out * price->out;

	return usd_e6 < COST_MAX ? (uint64_t)(usd_e6 + 0.5) : (uint64_t)COST_MAX;
}
