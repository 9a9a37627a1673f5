/* SPDX-License-Identifier: MIT */
/* Setting up a pass: selectors and matchers shared by equal queries, then the walk. */
#include "scan/pass.h"

#include "base/str.h"
#include "scan/pass_work.h"
#include "scan/words.h"

#include <errno.h>
#include <stdlib.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

enum { ARENA_MAX = 256 << 20 };

static bool same_str(const char *a, const char *b)
{
	return a == b || (a && b && str_equal(a, b));
}

static bool same_selector(const struct walk_selector *a, const struct walk_selector *b)
{
	return same_str(a->path, b->path) && same_str(a->glob, b->glob) &&
	       same_str(a->type, b->type) && same_str(a->after, b->after) &&
	       a->hidden == b->hidden && a->no_ignore == b->no_ignore;
}

static bool same_pattern(const struct pass_query *a, const struct pass_query *b)
{
	return a->pattern && b->pattern && a->pattern_len == b->pattern_len &&
	       a->regex_flags == b->regex_flags &&
	       memcmp(a->pattern, b->pattern, a->pattern_len) == 0;
}

static uint64_t hash_str(const char *str, uint64_t seed)
{
	return str ? XXH3_64bits_withSeed(str, strlen(str) + 1, seed) : seed + 1;
}

static uint64_t hash_selector(const struct walk_selector *s)
{
	uint64_t hash = hash_str(s->path, s->hidden | s->no_ignore << 1);

	return hash_str(s->after, hash_str(s->type, hash_str(s->glob, hash)));
}

static uint64_t hash_pattern(const struct pass_query *query)
{
	return XXH3_64bits_withSeed(query->pattern, query->pattern_len, query->regex_flags);
}

/* An open-addressing table of query indexes, by hash: finds the first equal query. */
struct first_table {
	uint32_t *slots;
	size_t mask;
};

static bool table_init(struct first_table *table, size_t n)
{
	size_t size = 16;

	while (size < n * 2)
		size *= 2;
	table->slots = malloc(size * sizeof(*table->slots));
	table->mask = size - 1;
	if (table->slots)
		memset(table->slots, 0xff, size * sizeof(*table->slots));
	return table->slots;
}

static uint32_t table_selector(struct first_table *table, const struct pass *pass, uint32_t i)
{
	const struct pass_query *queries = pass->conf.queries;
	size_t at = hash_selector(&queries[i].selector) & table->mask;

	for (; table->slots[at] != NO_INDEX; at = (at + 1) & table->mask) {
		if (same_selector(&queries[table->slots[at]].selector, &queries[i].selector))
			return table->slots[at];
	}
	table->slots[at] = i;
	return i;
}

static uint32_t table_pattern(struct first_table *table, const struct pass *pass, uint32_t i)
{
	const struct pass_query *queries = pass->conf.queries;
	size_t at = hash_pattern(&queries[i]) & table->mask;

	for (; table->slots[at] != NO_INDEX; at = (at + 1) & table->mask) {
		if (same_pattern(&queries[table->slots[at]], &queries[i]))
			return table->slots[at];
	}
	table->slots[at] = i;
	return i;
}

/* A matcher for each different pattern; a bad one is the error of all that use it. */
static bool make_matchers(struct pass *pass)
{
	struct first_table table;
	size_t n = pass->conf.n_queries;

	if (!table_init(&table, n))
		return false;
	for (uint32_t i = 0; i < n; i++) {
		const struct pass_query *query = &pass->conf.queries[i];
		struct query_state *state = &pass->queries[i];
		uint32_t first;
		size_t at;

		state->matcher = NO_INDEX;
		if (!query->pattern)
			continue;
		first = table_pattern(&table, pass, i);
		if (first != i) {
			state->error = pass->queries[first].error;
			state->matcher = pass->queries[first].matcher;
			continue;
		}
		if (matcher_new(query->pattern, query->pattern_len, query->regex_flags,
				&pass->matchers[pass->n_matchers], &at, &state->error) == 0) {
			state->error.class = ERROR_NONE;
			state->matcher = (uint32_t)pass->n_matchers++;
		} else {
			error_prefix(&state->error, "pattern, byte %zu", at + 1);
		}
	}
	free(table.slots);
	return true;
}

static bool make_selectors(struct pass *pass)
{
	struct first_table table;
	size_t n = pass->conf.n_queries;

	if (!table_init(&table, n))
		return false;
	for (uint32_t i = 0; i < n; i++) {
		struct query_state *state = &pass->queries[i];
		uint32_t first;

		state->selector = NO_INDEX;
		if (state->error.class != ERROR_NONE)
			continue;
		first = table_selector(&table, pass, i);
		if (first != i) {
			state->selector = pass->queries[first].selector;
			continue;
		}
		state->selector = (uint32_t)pass->n_selectors;
		pass->selectors[pass->n_selectors++] = pass->conf.queries[i].selector;
	}
	free(table.slots);
	return true;
}

/* Who uses which selector, and for which matchers is one hit a file enough. */
static bool make_users(struct pass *pass)
{
	size_t words = bit_words(pass->n_matchers);

	pass->once = arena_alloc_array(&pass->arena, words + 1, sizeof(*pass->once));
	pass->few = arena_alloc_array(&pass->arena, words + 1, sizeof(*pass->few));
	pass->never = arena_alloc_array(&pass->arena, words + 1, sizeof(*pass->never));
	if (!pass->once || !pass->few || !pass->never)
		return false;
	memset(pass->once, 0xff, words * sizeof(*pass->once));
	memset(pass->few, 0xff, words * sizeof(*pass->few));
	pass->only_mentions = true;
	for (size_t i = 0; i < pass->n_selectors; i++) {
		pass->users[i].matchers =
			arena_alloc_array(&pass->arena, words + 1, sizeof(uint64_t));
		if (!pass->users[i].matchers)
			return false;
	}
	for (uint32_t i = 0; i < pass->conf.n_queries; i++) {
		const struct query_state *state = &pass->queries[i];
		const struct pass_query *query = &pass->conf.queries[i];
		struct selector_users *users;

		if (state->error.class != ERROR_NONE)
			continue;
		users = &pass->users[state->selector];
		if (!(query->pattern ? vec_push(&users->greps, i) : vec_push(&users->globs, i)))
			return false;
		if (!query->pattern) {
			pass->any_globs = true;
			continue;
		}
		bit_set(users->matchers, state->matcher);
		pass->only_mentions &= query->mode == GREP_MENTIONS;
		if (query->mode != GREP_FILES)
			bit_clear(pass->once, state->matcher);
		if (query->mode == GREP_CONTENT || query->mode == GREP_COUNT)
			bit_clear(pass->few, state->matcher);
	}
	return true;
}

static bool worker_init(struct worker *worker, const struct pass *pass)
{
	arena_init(&worker->paths, (size_t)1 << 30);
	buf_init(&worker->scratch, (size_t)1 << 30);
	worker->sinks = calloc(pass->conf.n_queries + 1, sizeof(*worker->sinks));
	worker->tallies = calloc(pass->n_selectors + 1, sizeof(*worker->tallies));
	worker->wanted = calloc(bit_words(pass->n_matchers) + 1, sizeof(*worker->wanted));
	if (!worker->sinks || !worker->tallies || !worker->wanted)
		return false;
	for (size_t i = 0; i < pass->conf.n_queries; i++)
		buf_init(&worker->sinks[i].text, (size_t)1 << 30);
	worker->is_ready = search_state_init(&worker->state, pass->search);
	return worker->is_ready;
}

static void worker_release(struct worker *worker, const struct pass *pass)
{
	for (size_t i = 0; worker->sinks && i < pass->conf.n_queries; i++) {
		buf_release(&worker->sinks[i].text);
		vec_release(&worker->sinks[i].segments);
	}
	free(worker->sinks);
	free(worker->tallies);
	free(worker->wanted);
	free(worker->rank);
	vec_release(&worker->files);
	arena_release(&worker->paths);
	buf_release(&worker->scratch);
	words_state_free(worker->words);
	text_release(&worker->text);
	line_index_release(&worker->lines);
	if (worker->is_ready)
		search_state_release(&worker->state, pass->search);
}

/* Drops the queries of a selector that the walk refuses. */
static void refuse_selector(struct pass *pass, size_t selector, const struct error *err)
{
	for (size_t i = 0; i < pass->conf.n_queries; i++) {
		if (pass->queries[i].error.class == ERROR_NONE &&
		    pass->queries[i].selector == selector)
			pass->queries[i].error = *err;
	}
	pass->n_selectors = 0;
}

/* Selectors, then the walk; again without the refused ones until all are good. */
static int make_walk(struct pass *pass)
{
	for (;;) {
		struct walk_conf conf = {
			.root_fd = pass->conf.root_fd,
			.root_path = pass->conf.root_path,
			.selectors = pass->selectors,
			.n_threads = pass->n_workers,
			.visit = pass_visit,
			.data = pass,
			.cancel = pass->conf.cancel,
			.deadline_ns = pass->conf.deadline_ns,
		};
		struct error err = { 0 };
		size_t bad = SIZE_MAX;
		int r;

		if (!make_selectors(pass))
			return -ENOMEM;
		conf.n_selectors = pass->n_selectors;
		if (!conf.n_selectors)
			return 0;
		r = walk_new(&conf, &pass->walk, &bad, &err);
		if (r == 0 || bad >= pass->n_selectors)
			return r;
		refuse_selector(pass, bad, &err);
	}
}

static bool set_up(struct pass *pass)
{
	size_t n = pass->conf.n_queries + 1;

	pass->queries = calloc(n, sizeof(*pass->queries));
	pass->selectors = calloc(n, sizeof(*pass->selectors));
	pass->users = calloc(n, sizeof(*pass->users));
	pass->matchers = calloc(n, sizeof(struct matcher *));
	if (!pass->queries || !pass->selectors || !pass->users || !pass->matchers)
		return false;
	if (!make_matchers(pass) || make_walk(pass) || !make_users(pass))
		return false;
	pass->search = search_new(pass->matchers, pass->n_matchers);
	pass->workers = calloc(pass->n_workers, sizeof(*pass->workers));
	if (!pass->search || !pass->workers)
		return false;
	for (unsigned i = 0; i < pass->n_workers; i++) {
		if (!worker_init(&pass->workers[i], pass))
			return false;
	}
	return true;
}

struct pass *pass_new(const struct pass_conf *conf)
{
	struct pass *pass = calloc(1, sizeof(*pass));

	if (!pass)
		return NULL;
	pass->conf = *conf;
	pass->n_workers = conf->n_threads ? conf->n_threads : 1;
	arena_init(&pass->arena, ARENA_MAX);
	if (!set_up(pass)) {
		pass_free(pass);
		return NULL;
	}
	return pass;
}

int pass_run(struct pass *pass)
{
	if (pass->walk)
		pass->status = walk_run(pass->walk, NULL);
	for (unsigned i = 0; i < pass->n_workers; i++) {
		if (pass->workers[i].is_out_of_memory || pass->workers[i].state.error)
			pass->status = -ENOMEM;
	}
	pass->is_ranked = pass_rank_files(pass);
	return pass->status;
}

void pass_free(struct pass *pass)
{
	if (!pass)
		return;
	for (unsigned i = 0; pass->workers && i < pass->n_workers; i++)
		worker_release(&pass->workers[i], pass);
	free(pass->workers);
	search_free(pass->search);
	walk_free(pass->walk);
	for (size_t i = 0; i < pass->n_matchers; i++)
		matcher_free(pass->matchers[i]);
	free(pass->matchers);
	for (size_t i = 0; pass->users && i < pass->conf.n_queries + 1; i++) {
		vec_release(&pass->users[i].globs);
		vec_release(&pass->users[i].greps);
	}
	free(pass->users);
	free(pass->selectors);
	free(pass->queries);
	arena_release(&pass->arena);
	free(pass);
}
