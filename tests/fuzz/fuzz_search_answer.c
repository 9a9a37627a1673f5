/* SPDX-License-Identifier: MIT */
/*
 * Answers of search providers: the first byte picks one, the rest is what it says. Hits are plain
 * text within their bounds and lead where they say; no answer is a breach of protocol; merged with
 * itself a list is a list again, in which each page stands once.
 */
#include "base/attr.h"
#include "base/utf8.h"
#include "tools/search_domain.h"
#include "tools/search_hits.h"
#include "tools/search_merge.h"
#include "tools/search_registry.h"
#include "tools/search_text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FUZZ_MEMORY_MAX = 32 << 20 };

static void check_text(const char *text)
{
	size_t len = strlen(text);

	if (len > SEARCH_TEXT_MAX || !utf8_is_valid(text, len) || strchr(text, '\n') ||
	    strstr(text, "  ") || *text == ' ' || (len && text[len - 1] == ' '))
		abort();
}

static void check_hits(const struct search_hits *hits)
{
	if (hits->n > SEARCH_HITS_MAX)
		abort();
	for (size_t i = 0; i < hits->n; i++) {
		check_text(hits->items[i].title);
		check_text(hits->items[i].snippet);
	}
}

static void check_merged(const struct search_hits *hits, struct arena *arena)
{
	const struct search_list lists[] = { { "a", hits->items, hits->n },
					     { "b", hits->items, hits->n } };
	struct search_pages pages;
	size_t n_mentions = 0;

	if (search_merge(lists, countof(lists), arena, &pages) < 0)
		abort();
	if (pages.n > hits->n || (hits->n && !pages.n))
		abort();
	for (size_t i = 0; i < pages.n; i++) {
		const struct search_page *page = &pages.items[i];

		if (page->n_by != 2 || page->n_lists != 2 || (i && page->score > page[-1].score))
			abort();
		for (size_t k = 0; k < i; k++)
			if (strcmp(page->identity, pages.items[k].identity) == 0)
				abort();
		for (size_t k = 0; k < hits->n; k++)
			n_mentions += strcmp(search_url_identity(hits->items[k].url, arena),
					     page->identity) == 0;
	}
	if (n_mentions != hits->n)
		abort();
}

/* The rest of a list after settling with a domain is what is in it, and what is not is the rest. */
static void check_settled(const struct search_endpoint *endpoint, struct search_hits *hits,
			  struct arena *arena)
{
	static const char *const domains[] = { "example.org", NULL };
	const struct search_query open = { "q", NULL, NULL, SEARCH_HITS_MAX };
	const struct search_query allowed = { "q", domains, NULL, SEARCH_HITS_MAX };
	const struct search_query blocked = { "q", NULL, domains, SEARCH_HITS_MAX };
	struct search_hits in = *hits, out = *hits;
	struct search_url url;

	if (search_hits_settle(endpoint, &open, arena, hits, NULL) < 0)
		abort();
	for (size_t i = 0; i < hits->n; i++)
		if (!search_url_split(hits->items[i].url, &url))
			abort();
	in.items = arena_alloc_array(arena, SEARCH_HITS_MAX, sizeof(*in.items));
	out.items = arena_alloc_array(arena, SEARCH_HITS_MAX, sizeof(*out.items));
	if (!in.items || !out.items)
		abort();
	memcpy(in.items, hits->items, hits->n * sizeof(*in.items));
	memcpy(out.items, hits->items, hits->n * sizeof(*out.items));
	in.n = out.n = hits->n;
	if (search_hits_settle(endpoint, &allowed, arena, &in, NULL) < 0 ||
	    search_hits_settle(endpoint, &blocked, arena, &out, NULL) < 0 ||
	    in.n + out.n != hits->n)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct search_endpoint endpoint = { .url = "http://127.0.0.1:8080/sub" };
	struct search_hits hits = { 0 };
	struct error err = { 0 };
	struct arena arena;
	char *copy;

	if (size < 1)
		return 0;
	endpoint.provider = search_providers[data[0] % search_provider_count];
	if (!endpoint.provider->parse)
		return 0;
	size--;
	copy = malloc(size ? size : 1); /* of its size, so that reading past it is seen */
	if (!copy)
		abort();
	memcpy(copy, data + 1, size);
	arena_init(&arena, FUZZ_MEMORY_MAX);
	if (endpoint.provider->parse(endpoint.provider, (struct search_slice){ copy, size }, &arena,
				     &hits, &err) < 0) {
		if (err.class != ERROR_TRANSIENT || err.origin_code != FAULT_PROTOCOL || hits.n)
			abort();
	} else {
		memset(copy, 'x', size); /* nothing borrows from the answer */
		check_hits(&hits);
		check_settled(&endpoint, &hits, &arena);
		check_merged(&hits, &arena);
	}
	arena_release(&arena);
	free(copy);
	return 0;
}
