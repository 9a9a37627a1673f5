/* SPDX-License-Identifier: MIT */
#include "graph/web_answer.h"

#include "base/str.h"
#include "base/vec.h"
#include "plan/syntax.h"
#include "scan/words.h"
#include "tools/search_url.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { ARENA_BYTES_MAX = 64 << 20, RANK_K = 60, BY_MAX = 16 };

static const double words_weight = 1.0, title_weight = 0.5;

struct making {
	const struct question *question;
	struct web_answer *answer;
	struct VEC(struct web_page) pages;
	bool is_out_of_memory;
};

/* ---- the question's words ---- */

/* A word begins where none goes on before it: "port" is in "ports", not in "support". */
static bool has_word(const char *text, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = text; (at = strcasestr(at, word)); at += len) {
		if (at == text || !words_is_name_byte((unsigned char)at[-1]) || at[-1] == '_')
			return true;
	}
	return false;
}

/* The share of the question, by the weight of its words, that stands in two texts together. */
static double share(const struct question *question, const char *a, const char *b)
{
	double found = 0, all = 0;

	for (size_t i = 0; i < question->n; i++) {
		const struct question_word *word = &question->words[i];
		bool is_found = false;

		for (size_t k = 0; k < word->n_variants && !is_found; k++)
			is_found = has_word(a, word->variants[k]) || has_word(b, word->variants[k]);
		if (!is_found && word->stem)
			is_found = has_word(a, word->stem) || has_word(b, word->stem);
		found += is_found ? word->weight : 0;
		all += word->weight;
	}
	return all > 0 ? found / all : 0;
}

/* ---- pages ---- */

static struct web_page *page_of(struct making *making, const char *url)
{
	struct arena *arena = &making->answer->arena;
	const char *identity = search_url_identity(url, arena);
	struct web_page page = { .identity = identity ? identity : url };

	for (size_t i = 0; i < making->pages.n; i++) {
		if (str_equal(making->pages.items[i].identity, page.identity))
			return &making->pages.items[i];
	}
	page.by = arena_alloc_array(arena, BY_MAX, sizeof(*page.by));
	if (!page.by || !vec_push(&making->pages, page)) {
		making->is_out_of_memory = true;
		return NULL;
	}
	return &making->pages.items[making->pages.n - 1];
}

static const char *text_of(const struct value *map, const char *key)
{
	const struct value *value = value_find(map, key);

	return value && value->type == VALUE_STR ? value->str : "";
}

static void add_by(struct web_page *page, const struct value *map)
{
	const struct value *by = value_find(map, "by");

	for (size_t i = 0; by && by->type == VALUE_LIST && i < by->n_items; i++) {
		const char *name = by->items[i].type == VALUE_STR ? by->items[i].str : NULL;
		size_t at = 0;

		while (name && at < page->n_by && strcmp(page->by[at], name) < 0)
			at++;
		if (!name || page->n_by == BY_MAX ||
		    (at < page->n_by && str_equal(page->by[at], name)))
			continue;
		memmove(page->by + at + 1, page->by + at, (page->n_by - at) * sizeof(*page->by));
		page->by[at] = name;
		page->n_by++;
	}
}

/* Of two equally good the lesser in byte order is taken, so that no order of results matters. */
static bool is_better(const struct web_page *page, double value, const char *title,
		      const char *passage)
{
	int order;

	if (!page->url || value != page->best_share)
		return !page->url || value > page->best_share;
	order = strcmp(passage, page->passage);
	return order < 0 || (order == 0 && strcmp(title, page->title) < 0);
}

static void add_page(struct making *making, const struct value *map, unsigned rank)
{
	const char *url = text_of(map, "url"), *title = text_of(map, "title");
	const char *passage = text_of(map, "passage");
	const struct value *published = value_find(map, "published");
	double value = share(making->question, title, passage);
	struct web_page *page = *url ? page_of(making, url) : NULL;

	if (!page)
		return;
	if (is_better(page, value, title, passage)) {
		page->best_share = value;
		page->title = title;
		page->passage = passage;
	}
	if (!page->url || strcmp(url, page->url) < 0)
		page->url = url;
	if (published && published->type == VALUE_INT && published->integer > page->published_s)
		page->published_s = published->integer;
	add_by(page, map);
	page->n_searches++;
	page->score += (double)RANK_K / (RANK_K + rank);
}

static void add_result(struct making *making, const struct result *result)
{
	struct arena *arena = &making->answer->arena;
	const char *at = result->body ? blob_data(result->body) : "";
	const char *end = at + (result->body ? blob_len(result->body) : 0), *line_end;

	for (unsigned rank = 1; at < end; at = line_end + 1, rank++) {
		struct syntax_text text = { .data = at };
		struct problem problem;
		struct value value;

		line_end = memchr(at, '\n', (size_t)(end - at));
		if (!line_end)
			return;
		text.len = (size_t)(line_end - at);
		if (syntax_read_json(&text, arena, &value, &problem) == 0 &&
		    value.type == VALUE_MAP)
			add_page(making, &value, rank);
	}
}

static int by_score(const void *a, const void *b)
{
	const struct web_page *x = a, *y = b;

	if (x->score != y->score)
		return x->score < y->score ? 1 : -1;
	return strcmp(x->url, y->url);
}

int web_answer_make(const struct question *question, const struct web_result *results, size_t n,
		    struct web_answer *ret_answer)
{
	struct making making = { .question = question, .answer = ret_answer };
	struct web_answer *answer = ret_answer;

	*answer = (struct web_answer){ .question = question->text };
	arena_init(&answer->arena, ARENA_BYTES_MAX);
	for (size_t i = 0; i < n; i++) {
		if (!str_equal(results[i].call->tool->name, "WebSearch"))
			continue;
		answer->n_searches++;
		if (results[i].result && results[i].result->status == CALL_OK)
			add_result(&making, results[i].result);
		else
			answer->n_failed++;
	}
	for (size_t i = 0; i < making.pages.n; i++) {
		struct web_page *page = &making.pages.items[i];

		page->score += words_weight * page->best_share +
			       title_weight * share(question, page->title, "");
	}
	qsort(making.pages.items, making.pages.n, sizeof(*making.pages.items), by_score);
	answer->pages = making.pages.items;
	answer->n = making.pages.n;
	return making.is_out_of_memory || arena_failed(&answer->arena) ? -ENOMEM : 0;
}

void web_answer_release(struct web_answer *answer)
{
	arena_release(&answer->arena);
	free(answer->pages);
	*answer = (struct web_answer){ 0 };
}
