/* SPDX-License-Identifier: MIT */
/* Pages of all searches by their identity, fused by rank; and what the words of the question are
 * worth in them. A page that was read is the page that was asked for, whatever it is called in the
 * end. */
#include "graph/bm25.h"
#include "graph/names.h"
#include "graph/page.h"
#include "graph/web_work.h"

#include "base/attr.h"
#include "base/date.h"
#include "base/str.h"
#include "base/utf8.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

enum { FUSION_K = 60, HITS_MAX = 200, PAGE_BYTES_MAX = 1 << 20 };

static const double title_weight = 3, passage_weight = 2, words_b = 0.4, stale_factor = 0.7;
/* Of a search with the words of a theme in documents of this machine: these are all of one kind. */
static const double local_theme = 0.001;

/* How much a search counts, by its theme: the question alone says most. */
static const struct {
	const char *theme;
	double weight;
} themes[] = {
	{ "primary", 1 },     { "documentation", 1 }, { "api", 0.9 },         { "examples", 0.8 },
	{ "community", 0.8 }, { "framework", 0.7 },   { "performance", 0.7 }, { "security", 0.7 },
};

static const struct {
	const char *name;
	double weight;
} features[WEB_FEATURES] = {
	[WEB_FOUND] = { "found", 0.30 },     [WEB_WORDS] = { "words", 0.30 },
	[WEB_PASSAGE] = { "passage", 0.20 }, [WEB_SUPPORT] = { "support", 0.15 },
	[WEB_CODE] = { "code", 0.05 },
};

const char *web_feature_name(enum web_feature feature)
{
	return features[feature].name;
}

bool web_is_local(const struct web_page *page)
{
	return !strchr(page->site, '.');
}

static double theme_weight(const char *theme)
{
	for (size_t i = 0; theme && i < countof(themes); i++) {
		size_t len = strlen(themes[i].theme);

		if (strncmp(themes[i].theme, theme, len) == 0 && strchr("-", theme[len]))
			return themes[i].weight;
	}
	return 1;
}

static bool is_plain(const char *theme)
{
	return !theme || str_equal(theme, themes[0].theme);
}

/* ---- collecting ---- */

struct collector {
	struct web_maker *maker;
	struct index_table table; /* by identity */
	uint32_t *seen_by;        /* the search, plus 1, that a page was last found by */
};

static bool is_draft(const void *data, uint32_t i, const void *key)
{
	return str_equal(((const struct web_draft *)data)[i].page.identity, key);
}

/* NULL: too many pages, or no memory. */
static struct web_draft *find_draft(struct collector *collector, const char *url)
{
	struct web_maker *maker = collector->maker;
	const char *identity = page_identity(url, maker->arena);
	uint64_t hash = identity ? XXH3_64bits(identity, strlen(identity)) : 0;
	struct web_draft *draft;
	uint32_t i;

	if (!identity) {
		maker->is_out_of_memory = true;
		return NULL;
	}
	i = index_find(&collector->table, hash, is_draft, maker->drafts, identity);
	if (i != UINT32_MAX)
		return &maker->drafts[i];
	if (maker->n == WEB_PAGES_MAX)
		return NULL;
	draft = &maker->drafts[maker->n];
	draft->page.identity = identity;
	draft->page.site = page_site(identity, maker->arena);
	draft->page.url = draft->page.title = draft->passage = "";
	draft->page.by = arena_alloc_array(maker->arena, PAGE_BY_MAX, sizeof(char *));
	if (!draft->page.site || !draft->page.by ||
	    !index_add(&collector->table, hash, (uint32_t)maker->n)) {
		maker->is_out_of_memory = true;
		return NULL;
	}
	maker->n++;
	return draft;
}

static void add_by(struct web_page *page, const char *name)
{
	size_t at = 0;

	while (at < page->n_by && strcmp(page->by[at], name) < 0)
		at++;
	if ((at < page->n_by && str_equal(page->by[at], name)) || page->n_by == PAGE_BY_MAX)
		return;
	memmove(page->by + at + 1, page->by + at, (page->n_by - at) * sizeof(char *));
	page->by[at] = name;
	page->n_by++;
}

/* Of two texts the longer, of two as long the first in byte order: no matter which came first. */
static const char *better(const char *a, const char *b)
{
	size_t x = strlen(a), y = strlen(b);

	if (x != y)
		return x > y ? a : b;
	return strcmp(a, b) <= 0 ? a : b;
}

/* The safer scheme, then the first in byte order. */
static const char *better_url(const char *a, const char *b)
{
	bool x = str_starts_with(a, "https:"), y = str_starts_with(b, "https:");

	if (!*a || x != y)
		return !*a || y ? b : a;
	return strcmp(a, b) <= 0 ? a : b;
}

static void take_hit(struct web_draft *draft, const struct page_hit *hit)
{
	struct web_page *page = &draft->page;

	page->url = better_url(page->url, hit->url);
	page->title = better(page->title, hit->title);
	draft->passage = better(draft->passage, hit->passage);
	if (hit->published_s > page->published_s)
		page->published_s = hit->published_s;
	for (size_t i = 0; i < hit->n_by; i++)
		add_by(page, hit->by[i]);
}

static void take_search(struct collector *collector, uint32_t number, const struct web_found *found)
{
	struct web_maker *maker = collector->maker;
	const struct blob *body = found->result->body;
	const char *data = body ? blob_data(body) : "";
	size_t size = body ? blob_len(body) : 0;
	unsigned rank = 0;

	for (size_t at = 0; at < size && rank < HITS_MAX;) {
		const char *end = memchr(data + at, '\n', size - at);
		size_t len = (size_t)((end ? end : data + size) - (data + at));
		struct web_draft *draft = NULL;
		struct page_hit hit;

		if (page_read_hit(data + at, len, maker->arena, &hit)) {
			rank++;
			draft = find_draft(collector, hit.url);
		}
		at += len + 1;
		if (!draft)
			continue;
		take_hit(draft, &hit);
		if (collector->seen_by[draft - maker->drafts] == number + 1)
			continue; /* a search counts once, at its best */
		collector->seen_by[draft - maker->drafts] = number + 1;
		draft->page.n_searches++;
		draft->is_plain |= is_plain(found->theme);
		draft->fusion +=
			theme_weight(found->theme) / (FUSION_K + rank) *
			(web_is_local(&draft->page) && !is_plain(found->theme) ? local_theme : 1);
	}
}

static void take_page(struct collector *collector, const struct web_read *read)
{
	struct web_maker *maker = collector->maker;
	const struct result *result = read->result;
	const struct web_fetch_output *output = &result->web_fetch;
	struct web_draft *draft;
	size_t len;

	if (result->status != CALL_OK || result->payload != PAYLOAD_WEB_FETCH || !result->body)
		return;
	draft = find_draft(collector, read->url);
	len = blob_len(result->body);
	if (!draft || draft->text)
		return;
	draft->text = page_text(blob_data(result->body),
				utf8_fit(blob_data(result->body), len, PAGE_BYTES_MAX),
				maker->arena, &draft->len);
	draft->page.is_read = draft->text && draft->len;
	if (!*draft->page.url)
		draft->page.url =
			page_line(read->url, strlen(read->url), PAGE_URL_MAX, maker->arena);
	if (output->title && *output->title)
		draft->page.title = page_line(output->title, strlen(output->title), PAGE_TITLE_MAX,
					      maker->arena);
	if (output->published_s > 0)
		draft->page.published_s = output->published_s;
	if (!draft->text || !draft->page.url || !draft->page.title)
		maker->is_out_of_memory = true;
}

int web_collect(struct web_maker *maker)
{
	struct collector collector = { .maker = maker };

	maker->drafts = arena_alloc_array(&maker->scratch, WEB_PAGES_MAX, sizeof(*maker->drafts));
	collector.seen_by =
		arena_alloc_array(&maker->scratch, WEB_PAGES_MAX, sizeof(*collector.seen_by));
	if (!maker->drafts || !collector.seen_by)
		return -ENOMEM;
	for (uint32_t i = 0; i < maker->conf->n_found; i++) {
		if (maker->conf->found[i].result->payload == PAYLOAD_WEB_SEARCH)
			take_search(&collector, i, &maker->conf->found[i]);
	}
	for (size_t i = 0; i < maker->conf->n_read; i++)
		take_page(&collector, &maker->conf->read[i]);
	index_release(&collector.table);
	return maker->is_out_of_memory || arena_failed(maker->arena) ? -ENOMEM : 0;
}

void web_drafts_release(struct web_maker *maker)
{
	for (size_t i = 0; i < maker->n; i++)
		vec_release(&maker->drafts[i].blocks);
}

/* ---- words ---- */

struct tallying {
	struct web_tally *tally;
	double weight;
};

static void found_word(void *data, uint32_t word, size_t at, size_t len)
{
	struct tallying *tallying = data;

	(void)at;
	(void)len;
	tallying->tally->tf[word] += (float)tallying->weight;
}

void web_tally(struct lexicon *lexicon, const char *text, size_t len, double weight,
	       struct web_tally *tally)
{
	struct tallying tallying = { tally, weight };

	lexicon_scan(lexicon, text, len, found_word, &tallying);
	tally->len += (uint32_t)len;
}

static void tally_page(struct web_maker *maker, const struct web_draft *draft,
		       struct web_tally *tally)
{
	struct lexicon *lexicon = maker->conf->lexicon;

	*tally = (struct web_tally){ 0 };
	web_tally(lexicon, draft->page.title, strlen(draft->page.title), title_weight, tally);
	web_tally(lexicon, draft->passage, strlen(draft->passage), passage_weight, tally);
	if (draft->text)
		web_tally(lexicon, draft->text, draft->len, 1, tally);
}

/* A search with the words of a theme finds pages that have these alone. So the page has a word of
 * the question, or its address has; or the index of this machine found it for the question itself,
 * by words that mean the same. */
static bool is_about(const struct web_maker *maker, const struct web_draft *draft)
{
	struct web_tally address = { 0 };
	bool is_found = draft->words > 0 || !draft->page.n_searches ||
			(draft->is_plain && web_is_local(&draft->page));

	if (is_found || !maker->conf->question->n)
		return true;
	web_tally(maker->conf->lexicon, draft->page.url, strlen(draft->page.url), 1, &address);
	for (size_t w = 0; w < maker->conf->question->n && !is_found; w++)
		is_found = address.tf[w] > 0;
	return is_found;
}

static void leave_out(struct web_maker *maker)
{
	size_t n = 0;

	for (size_t i = 0; i < maker->n; i++) {
		if (is_about(maker, &maker->drafts[i]))
			maker->drafts[n++] = maker->drafts[i];
		else
			vec_release(&maker->drafts[i].blocks);
	}
	maker->n_left_out = maker->n - n;
	maker->n = n;
}

int web_score_pages(struct web_maker *maker)
{
	const struct question *question = maker->conf->question;
	struct web_tally *tallies =
		arena_alloc_array(&maker->scratch, maker->n + 1, sizeof(*tallies));
	double best_fusion = 0, best_words = 0, mean = 0, df[QUESTION_WORDS_MAX] = { 0 };

	if (!tallies)
		return -ENOMEM;
	for (size_t i = 0; i < maker->n; i++) {
		tally_page(maker, &maker->drafts[i], &tallies[i]);
		mean += (double)tallies[i].len / (double)maker->n;
		for (size_t w = 0; w < question->n; w++)
			df[w] += tallies[i].tf[w] > 0;
	}
	for (size_t i = 0; i < maker->n; i++) {
		struct web_draft *draft = &maker->drafts[i];
		double length = mean > 0 ? tallies[i].len / mean : 1;

		draft->words = 0;
		for (size_t w = 0; w < question->n; w++)
			draft->words += question->words[w].weight * bm25_idf(maker->n, df[w]) *
					bm25((double)tallies[i].tf[w], words_b, length);
	}
	leave_out(maker);
	for (size_t i = 0; i < maker->n; i++) {
		best_fusion = fmax(best_fusion, maker->drafts[i].fusion);
		best_words = fmax(best_words, maker->drafts[i].words);
	}
	for (size_t i = 0; i < maker->n; i++) {
		struct web_draft *draft = &maker->drafts[i];

		draft->page.features[WEB_FOUND] = best_fusion > 0 ? draft->fusion / best_fusion : 0;
		draft->page.features[WEB_WORDS] = best_words > 0 ? draft->words / best_words : 0;
	}
	return 0;
}

/* ---- order ---- */

static int better_first(const void *a_, const void *b_)
{
	const struct web_draft *a = a_, *b = b_;

	if (a->page.score != b->page.score)
		return a->page.score < b->page.score ? 1 : -1;
	return strcmp(a->page.identity, b->page.identity);
}

/* Documents of this machine keep the order among themselves that their index gives them: it has
 * weighed words and paragraphs by what they are worth in all documents, which the few that were
 * found do not tell, and long ones have all words. How good they are beside pages of others is
 * still what was seen in the best of them. */
static void trust_index(struct web_maker *maker, enum web_feature feature)
{
	double best = 0, best_found = 0;

	for (size_t i = 0; i < maker->n; i++) {
		const struct web_page *page = &maker->drafts[i].page;

		if (!web_is_local(page))
			continue;
		best = fmax(best, page->features[feature]);
		best_found = fmax(best_found, page->features[WEB_FOUND]);
	}
	for (size_t i = 0; i < maker->n && best_found > 0; i++) {
		struct web_page *page = &maker->drafts[i].page;

		if (web_is_local(page))
			page->features[feature] = best * page->features[WEB_FOUND] / best_found;
	}
}

void web_sort_pages(struct web_maker *maker)
{
	trust_index(maker, WEB_WORDS);
	trust_index(maker, WEB_PASSAGE);
	for (size_t i = 0; i < maker->n; i++) {
		struct web_page *page = &maker->drafts[i].page;

		page->score = 0;
		for (unsigned k = 0; k < WEB_FEATURES; k++)
			page->score += features[k].weight * page->features[k];
		if (page->is_stale)
			page->score *= stale_factor;
	}
	if (maker->n)
		qsort(maker->drafts, maker->n, sizeof(*maker->drafts), better_first);
}

/* ---- which to read ---- */

int web_choose(const struct web_conf *conf, size_t max, struct arena *arena, const char **ret_urls)
{
	enum { OF_A_SITE = 3 };
	struct web_maker maker = { .conf = conf, .arena = arena };
	size_t n = 0;
	int r;

	arena_init(&maker.scratch, (size_t)256 << 20);
	r = web_collect(&maker);
	if (r == 0)
		r = web_score_pages(&maker);
	if (r == 0)
		web_sort_pages(&maker);
	for (size_t i = 0; r == 0 && i < maker.n && n < max; i++) {
		const struct web_page *page = &maker.drafts[i].page;
		unsigned n_of_site = 0;

		for (size_t k = 0; k < i; k++)
			n_of_site += str_equal(maker.drafts[k].page.site, page->site);
		if (n_of_site < OF_A_SITE || web_is_local(page))
			ret_urls[n++] = page->url;
	}
	arena_release(&maker.scratch);
	return r < 0 ? r : (int)n;
}

/* ---- words for people ---- */

const char *web_date(int64_t time_s, struct arena *arena)
{
	CLEANUP(buf) struct buf day = { .max = 64 };

	date_write_day(time_s, &day);
	return arena_strdup(arena, day.data ? day.data : "");
}

void web_add_why(struct web_maker *maker, struct web_page *page, const char *text)
{
	enum { WHY_MAX = 8 };

	if (!page->why)
		page->why = arena_alloc_array(maker->arena, WHY_MAX, sizeof(char *));
	if (!page->why || !text)
		maker->is_out_of_memory = true;
	else if (page->n_why < WHY_MAX)
		page->why[page->n_why++] = text;
}
