/* SPDX-License-Identifier: MIT */
/* Whose a page is, what it is about, and of when. */
#include "graph/web_topic.h"

#include "base/str.h"
#include "scan/words.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

enum {
	TEXT_LOOKED_AT = 64 << 10,
	TOPIC_BYTES = 16 << 10, /* that are searched for words of titles, */
	TOPIC_WORDS = 12,       /* the first so many of each */
	NAME_LEAST = 3,
	COPY_RUNS_LEAST = 12,
	DATED_LEAST = 4,
};

static const double copy = 0.7; /* runs of words in common */
static const int64_t far_s = INT64_C(4) * 365 * 24 * 3600;

/* ---- topics ---- */

static bool same_word(const char *a, const char *b, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (tolower((unsigned char)a[i]) != tolower((unsigned char)b[i]))
			return false;
	}
	return true;
}

/* Whether the word stands in a text; as_name: with a capital, in the middle of a sentence. */
static bool has_word(const char *text, size_t text_len, const char *word, size_t len, bool as_name)
{
	for (size_t at = 0, end; at < text_len; at = end) {
		end = at + 1;
		if (!words_is_name_byte((unsigned char)text[at]))
			continue;
		while (end < text_len && words_is_name_byte((unsigned char)text[end]))
			end++;
		if (end - at != len || !same_word(text + at, word, len))
			continue;
		if (!as_name)
			return true;
		if (isupper((unsigned char)text[at]) && at >= 2 && text[at - 1] == ' ' &&
		    (islower((unsigned char)text[at - 2]) || text[at - 2] == ','))
			return true;
	}
	return false;
}

static const char *text_of(const struct web_draft *draft, size_t max, size_t *ret_len)
{
	const char *text = draft->text ? draft->text : draft->passage;

	*ret_len = draft->text ? draft->len : strlen(draft->passage);
	if (*ret_len > max)
		*ret_len = max;
	return text;
}

static bool has_own_topic(const struct web_draft *own, const struct web_draft *other)
{
	size_t own_len, other_len;
	const char *own_text = text_of(own, TOPIC_BYTES, &own_len),
		   *other_text = text_of(other, TOPIC_BYTES, &other_len);
	const char *title = own->page.title;
	size_t len;

	for (unsigned i = 0; *title && i < TOPIC_WORDS; title += len, i++) {
		while (*title && !words_is_name_byte((unsigned char)*title))
			title++;
		for (len = 0; title[len] && words_is_name_byte((unsigned char)title[len]);)
			len++;
		if (len >= NAME_LEAST && has_word(own_text, own_len, title, len, true) &&
		    !has_word(other_text, other_len, title, len, false) &&
		    !has_word(other->page.title, strlen(other->page.title), title, len, false))
			return true;
	}
	return false;
}

bool web_topics_differ(const struct web_draft *a, const struct web_draft *b)
{
	return has_own_topic(a, b) && has_own_topic(b, a);
}

/* ---- origins ---- */

static uint32_t root_of(const struct web_draft *drafts, uint32_t i)
{
	while (drafts[i].origin != i)
		i = drafts[i].origin;
	return i;
}

static bool is_copy(const struct shingles *a, const struct shingles *b)
{
	return a->n >= COPY_RUNS_LEAST && b->n >= COPY_RUNS_LEAST &&
	       shingles_likeness(a, b) >= copy;
}

int web_find_origins(struct web_maker *maker)
{
	struct web_draft *drafts = maker->drafts;
	size_t n = maker->n < maker->conf->pages_max ? maker->n : maker->conf->pages_max;

	for (size_t i = 0; i < maker->n; i++)
		drafts[i].origin = (uint32_t)i;
	for (size_t i = 0; i < n; i++) {
		size_t len;
		const char *text = text_of(&drafts[i], TEXT_LOOKED_AT, &len);

		if (shingles_read(text, len, &maker->scratch, &drafts[i].shingles) < 0)
			return -ENOMEM;
		for (size_t k = 0; k < i; k++) {
			if (str_equal(drafts[i].page.site, drafts[k].page.site) ||
			    is_copy(&drafts[i].shingles, &drafts[k].shingles))
				drafts[root_of(drafts, (uint32_t)i)].origin =
					root_of(drafts, (uint32_t)k);
		}
	}
	for (size_t i = 0; i < n; i++)
		drafts[i].origin = root_of(drafts, (uint32_t)i);
	return 0;
}

/* ---- age ---- */

static int by_time(const void *a_, const void *b_)
{
	int64_t a = *(const int64_t *)a_, b = *(const int64_t *)b_;

	return (a > b) - (a < b);
}

static void mark(struct web_maker *maker, struct web_page *page, const char *why)
{
	page->is_stale = true;
	web_add_why(maker, page, why);
}

/* Far older than half of the others that have a date. Documents of this machine are of what is
 * installed on it, whenever they were written. */
static void mark_old(struct web_maker *maker, size_t n)
{
	int64_t times[WEB_PAGES_SHOWN], median;
	size_t n_times = 0;

	for (size_t i = 0; i < n && n_times < WEB_PAGES_SHOWN; i++) {
		if (maker->drafts[i].page.published_s > 0)
			times[n_times++] = maker->drafts[i].page.published_s;
	}
	if (n_times < DATED_LEAST)
		return;
	qsort(times, n_times, sizeof(*times), by_time);
	median = times[n_times / 2];
	for (size_t i = 0; i < n; i++) {
		struct web_page *page = &maker->drafts[i].page;

		if (!web_is_local(page) && page->published_s > 0 &&
		    median - page->published_s > far_s)
			mark(maker, page,
			     arena_printf(maker->arena,
					  "stale: of %s, most others are of %s and later",
					  web_date(page->published_s, maker->arena),
					  web_date(median, maker->arena)));
	}
}

/* "PostgreSQL 9.6": a word of the title and the version that follows it. */
struct product {
	const char *name, *version;
	size_t name_len, version_len;
	unsigned long major, minor;
};

static bool read_product(const char *title, struct product *ret)
{
	const char *at = title;

	while ((at = strpbrk(at, "0123456789"))) {
		const char *end = at + strspn(at, "0123456789."), *name_end = at;
		char *rest;

		while (end > at && end[-1] == '.')
			end--;
		if (name_end > title && (name_end[-1] == 'v' || name_end[-1] == 'V'))
			name_end--;
		ret->name = name_end;
		if (ret->name > title && ret->name[-1] == ' ')
			name_end = --ret->name;
		while (ret->name > title && isalpha((unsigned char)ret->name[-1]))
			ret->name--;
		ret->name_len = (size_t)(name_end - ret->name);
		ret->version = at;
		ret->version_len = (size_t)(end - at);
		ret->major = strtoul(at, &rest, 10);
		ret->minor = *rest == '.' ? strtoul(rest + 1, NULL, 10) : 0;
		/* A bare number may be a year or a count. */
		if (ret->name_len >= 2 && isupper((unsigned char)*ret->name) && name_end < at &&
		    ret->major < 100 && !isalnum((unsigned char)*end))
			return true;
		at = end;
	}
	return false;
}

static bool is_newer(const struct product *a, const struct product *b)
{
	if (a->name_len != b->name_len || !same_word(a->name, b->name, a->name_len))
		return false;
	return a->major != b->major ? a->major > b->major : a->minor > b->minor;
}

/* Of a version that another page has left behind, unless the question is about that one. */
static void mark_versions(struct web_maker *maker, size_t n)
{
	const char *question = maker->conf->question->asked;

	for (size_t i = 0; i < n; i++) {
		struct product own, other, newest = { 0 };

		/* Not of chapters and steps: of what is asked about. */
		if (!read_product(maker->drafts[i].page.title, &own) ||
		    !has_word(question, strlen(question), own.name, own.name_len, false))
			continue;
		for (size_t k = 0; k < n; k++) {
			if (read_product(maker->drafts[k].page.title, &other) &&
			    is_newer(&other, newest.name ? &newest : &own))
				newest = other;
		}
		if (!newest.name ||
		    memmem(question, strlen(question), own.version, own.version_len))
			continue;
		mark(maker, &maker->drafts[i].page,
		     arena_printf(maker->arena, "stale: of %.*s %.*s, another page is of %.*s",
				  (int)own.name_len, own.name, (int)own.version_len, own.version,
				  (int)newest.version_len, newest.version));
	}
}

void web_mark_stale(struct web_maker *maker)
{
	size_t n = maker->n < maker->conf->pages_max ? maker->n : maker->conf->pages_max;

	mark_old(maker, n);
	mark_versions(maker, n);
}
