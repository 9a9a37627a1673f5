/* SPDX-License-Identifier: MIT */
/* Lists of hits made one. Scores are integers: sums of fractions would depend on their order. */
#include "tools/search_merge.h"

#include "base/str.h"
#include "tools/search_url.h"

#include <errno.h>
#include <stdlib.h>

struct found {
	const char *identity;
	const struct search_hit *hit;
	size_t list, rank;
};

static int by_identity(const void *a, const void *b)
{
	const struct found *x = a, *y = b;
	int order = strcmp(x->identity, y->identity);

	if (order == 0 && x->rank != y->rank)
		order = x->rank < y->rank ? -1 : 1;
	if (order == 0)
		order = strcmp(x->hit->url, y->hit->url);
	if (order == 0)
		order = strcmp(x->hit->title, y->hit->title);
	if (order == 0 && x->list != y->list)
		order = x->list < y->list ? -1 : 1;
	return order;
}

static int by_score(const void *a, const void *b)
{
	const struct search_page *x = a, *y = b;

	if (x->score != y->score)
		return x->score > y->score ? -1 : 1;
	return strcmp(x->url, y->url);
}

static bool is_longer(const char *a, const char *b)
{
	size_t len = strlen(a), other = strlen(b);

	return len > other || (len == other && strcmp(a, b) < 0);
}

/* The lists that have one page, in order. */
static bool name_providers(const struct search_list *lists, const bool *has, size_t n,
			   struct arena *arena, struct search_page *page)
{
	page->by = arena_alloc_array(arena, page->n_lists, sizeof(*page->by));
	if (!page->by)
		return false;
	for (size_t i = 0; i < n; i++) {
		bool is_new = has[i];

		for (size_t k = 0; k < page->n_by && is_new; k++)
			is_new = !str_equal(page->by[k], lists[i].provider);
		if (is_new)
			page->by[page->n_by++] = lists[i].provider;
	}
	return true;
}

/* All of found are one page, best rank first. has: of n lists, all false before and after. */
static void fold(const struct found *found, size_t n_found, bool *has, struct search_page *page)
{
	*page = (struct search_page){
		.url = found->hit->url,
		.title = "",
		.snippet = "",
		.identity = found->identity,
	};
	for (size_t i = 0; i < n_found; i++) {
		const struct search_hit *hit = found[i].hit;

		if (!*page->title)
			page->title = hit->title;
		if (is_longer(hit->snippet, page->snippet))
			page->snippet = hit->snippet;
		if (hit->published_s > page->published_s)
			page->published_s = hit->published_s;
		if (!has[found[i].list]) {
			has[found[i].list] = true;
			page->n_lists++;
			page->score += SEARCH_MERGE_UNIT / (SEARCH_MERGE_K + found[i].rank);
		}
	}
}

static size_t collect(const struct search_list *lists, size_t n, struct arena *arena,
		      struct found *found, size_t room)
{
	size_t n_found = 0;

	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < lists[i].n && n_found < room; k++) {
			const struct search_hit *hit = &lists[i].items[k];
			const char *identity = search_url_identity(hit->url, arena);

			if (identity)
				found[n_found++] = (struct found){ identity, hit, i, k + 1 };
		}
	}
	return n_found;
}

int search_merge(const struct search_list *lists, size_t n, struct arena *arena,
		 struct search_pages *ret_pages)
{
	struct search_pages pages = { 0 };
	struct found *found;
	size_t room = 0, n_found;
	bool *has;

	for (size_t i = 0; i < n; i++)
		room = room + lists[i].n < SEARCH_MERGE_MAX ? room + lists[i].n : SEARCH_MERGE_MAX;
	if (room == 0) {
		*ret_pages = pages;
		return 0;
	}
	found = arena_alloc_array(arena, room, sizeof(*found));
	pages.items = arena_alloc_array(arena, room, sizeof(*pages.items));
	has = arena_alloc_array(arena, n, sizeof(*has));
	if (!found || !pages.items || !has)
		return -ENOMEM;
	n_found = collect(lists, n, arena, found, room);
	if (arena_failed(arena))
		return -ENOMEM;
	qsort(found, n_found, sizeof(*found), by_identity);
	for (size_t i = 0, end; i < n_found; i = end) {
		struct search_page *page = &pages.items[pages.n++];

		for (end = i; end < n_found && str_equal(found[end].identity, found[i].identity);)
			end++;
		fold(found + i, end - i, has, page);
		if (!name_providers(lists, has, n, arena, page))
			return -ENOMEM;
		memset(has, 0, n * sizeof(*has));
	}
	qsort(pages.items, pages.n, sizeof(*pages.items), by_score);
	*ret_pages = pages;
	return 0;
}
