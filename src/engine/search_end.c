/* SPDX-License-Identifier: MIT */
/* What comes of a search: the lists of all who answered, merged into one, and kept for equal
 * searches. */
#include "base/json_write.h"
#include "engine/core.h"
#include "engine/search.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BODY_BYTES_MAX = 1 << 20 };

static struct search_hit copy_hit(const struct search_hit *hit, struct arena *arena)
{
	return (struct search_hit){
		.url = arena_strdup(arena, hit->url),
		.title = arena_strdup(arena, hit->title ? hit->title : ""),
		.snippet = arena_strdup(arena, hit->snippet ? hit->snippet : ""),
		.published_s = hit->published_s,
	};
}

void search_take(struct search *search, const struct ask *ask)
{
	struct searches *searches = search->searches;
	struct search_hit *hits;
	size_t n = ask->hits.n;

	if (search->n_lists == SEARCH_LISTS_MAX)
		return;
	hits = arena_alloc_array(&search->arena, n ? n : 1, sizeof(*hits));
	if (!hits)
		return; /* the arena remembers */
	for (size_t i = 0; i < n; i++)
		hits[i] = copy_hit(&ask->hits.items[i], &search->arena);
	search->is_local[search->n_lists] = !(searches->remote & search_bit(ask->i));
	search->lists[search->n_lists++] = (struct search_list){
		.provider = searches->searchers[ask->i].endpoint->provider->name,
		.items = hits,
		.n = n,
	};
}

/* ---- one list ---- */

/* Documents on this machine have no URL that others could know them by. */
static bool add_local(const struct search_list *list, struct arena *arena,
		      struct search_pages *pages)
{
	const char **by = arena_alloc(arena, sizeof(*by));

	if (!by)
		return false;
	*by = list->provider;
	for (size_t i = 0; i < list->n; i++) {
		const struct search_hit *hit = &list->items[i];

		pages->items[pages->n++] = (struct search_page){
			.url = hit->url,
			.title = hit->title,
			.snippet = hit->snippet,
			.published_s = hit->published_s,
			.by = by,
			.n_by = 1,
			.score = SEARCH_MERGE_UNIT / (SEARCH_MERGE_K + i + 1),
		};
	}
	return true;
}

static int by_score(const void *a, const void *b)
{
	const struct search_page *x = a, *y = b;

	if (x->score != y->score)
		return x->score < y->score ? 1 : -1;
	return strcmp(x->url, y->url);
}

static bool gather(struct search *search, struct search_pages *pages)
{
	struct search_list remote[SEARCH_LISTS_MAX];
	struct search_pages merged = { 0 };
	size_t n_remote = 0, n = 0;

	for (size_t i = 0; i < search->n_lists; i++) {
		n += search->lists[i].n;
		if (!search->is_local[i])
			remote[n_remote++] = search->lists[i];
	}
	pages->items = arena_alloc_array(&search->arena, n ? n : 1, sizeof(*pages->items));
	if (!pages->items || search_merge(remote, n_remote, &search->arena, &merged) < 0)
		return false;
	for (size_t i = 0; i < merged.n; i++)
		pages->items[pages->n++] = merged.items[i];
	for (size_t i = 0; i < search->n_lists; i++) {
		if (search->is_local[i] && !add_local(&search->lists[i], &search->arena, pages))
			return false;
	}
	qsort(pages->items, pages->n, sizeof(*pages->items), by_score);
	if (pages->n > search->query.count)
		pages->n = search->query.count;
	return !arena_failed(&search->arena);
}

static void write_page(const struct search_page *page, struct json_write *json)
{
	json_begin_object(json);
	json_key_str(json, "url", page->url);
	json_key_str(json, "title", page->title);
	json_key_str(json, "passage", page->snippet);
	if (page->published_s) {
		json_key(json, "published");
		json_int(json, page->published_s);
	}
	json_key(json, "by");
	json_begin_array(json);
	for (size_t i = 0; i < page->n_by; i++)
		json_str(json, page->by[i]);
	json_end_array(json);
	json_end_object(json);
}

static void merge(struct search *search, struct search_outcome *outcome)
{
	struct search_pages pages = { 0 };
	CLEANUP(buf) struct buf text;

	buf_init(&text, BODY_BYTES_MAX);
	if (gather(search, &pages)) {
		for (size_t i = 0; i < pages.n; i++) {
			struct json_write json = json_write_to(&text);

			write_page(&pages.items[i], &json);
			buf_add_char(&text, '\n');
		}
		if (!buf_error(&text))
			outcome->body = blob_new(text.data ? text.data : "", text.len);
	}
	outcome->n_pages = pages.n;
	if (!outcome->body)
		(void)error_errno(&outcome->error, ENOMEM, "cannot keep what was found");
}

static bool has_line(const char *lines, const char *line)
{
	size_t len = strlen(line);

	for (const char *at = lines; at; at = strchr(at, '\n')) {
		at += *at == '\n';
		if (strncmp(at, line, len) == 0 && (!at[len] || at[len] == '\n'))
			return true;
	}
	return false;
}

void search_blame(struct search *search, const struct error *error)
{
	struct error line = *error;

	search->is_partial = true;
	search->error = *error;
	for (char *at = line.text; (at = strchr(at, '\n'));)
		*at = ' ';
	if (!has_line(search->missing, line.text))
		search->missing = arena_printf(&search->arena, "%s%s%s",
					       search->missing ? search->missing : "",
					       search->missing ? "\n" : "", line.text);
}

/* It may not be asked for longer than a search waits. */
static bool is_shut(struct searches *searches, size_t i, struct error *ret_why)
{
	struct searcher *searcher = &searches->searchers[i];
	struct env *env = searches->web->engine->env;
	uint64_t now_ns = env_now_ns(env);
	uint64_t wait_ms = (quota_next_ns(&searcher->quota, now_ns) - now_ns) / 1000000;
	time_t at = (time_t)env->ops->time_s(env) + (time_t)(wait_ms / 1000);
	char text[64] = "later";
	struct tm tm;

	if (wait_ms < SEARCH_PATIENCE_MS)
		return false;
	if (gmtime_r(&at, &tm))
		(void)strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S UTC", &tm); /* it fits */
	(void)error_set(ret_why, ERROR_LIMIT, EBUSY, "%s is to be left alone until %s",
			searcher->endpoint->provider->name, text);
	error_from(ret_why, ERROR_FROM_HTTP_SHARED, 429);
	return true;
}

/* Where no request of this search itself has failed: what is known of those who were left alone,
 * or only waited for. */
static void blame_idle(struct search *search)
{
	struct searches *searches = search->searches;
	struct error why;

	for (size_t i = 0; i < searches->n; i++) {
		const struct searcher *searcher = &searches->searchers[i];

		if (!(searches->remote & ~search->asked & search_bit(i)))
			continue;
		if (!searcher->is_off && is_shut(searches, i, &why))
			search_blame(search, &why);
		else if (searcher->error.class != ERROR_NONE)
			search_blame(search, &searcher->error);
	}
	if (search->missing)
		return;
	(void)error_set(&why, ERROR_TIMEOUT, ETIMEDOUT, "no provider could be asked within %d s",
			SEARCH_TIMEOUT_MS / 1000);
	search_blame(search, &why);
}

/* ---- for equal ones ---- */

const struct kept *search_kept(const struct search *search)
{
	const struct searches *searches = search->searches;
	uint64_t n = searches->n_kept < SEARCH_KEPT_MAX ? searches->n_kept : SEARCH_KEPT_MAX;

	for (uint64_t i = 0; i < n; i++) {
		if (searches->kept[i].key && strcmp(searches->kept[i].key, search->key) == 0)
			return &searches->kept[i];
	}
	return NULL;
}

static void keep(const struct search *search, const struct search_outcome *outcome)
{
	struct kept *kept = &search->searches->kept[search->searches->n_kept % SEARCH_KEPT_MAX];
	char *key = strdup(search->key);

	if (!key)
		return; /* then it is asked again */
	free(kept->key);
	blob_unref(kept->outcome.body);
	kept->key = key;
	kept->outcome = *outcome;
	kept->outcome.n_requests = 0;
	(void)blob_ref(outcome->body);
	search->searches->n_kept++;
}

static void tell(struct search *search, const struct search_outcome *outcome)
{
	struct search_outcome own = *outcome;

	if (!search->done)
		return;
	if (own.body)
		(void)blob_ref(own.body);
	search->done(search->data, &own);
}

void search_finish(struct search *search)
{
	struct searches *searches = search->searches;
	struct search_outcome outcome = { .n_requests = search->n_requests };
	struct error late;

	for (struct ask *at = searches->asks; at; at = at->next) {
		if (at->search != search)
			continue;
		(void)error_set(&late, ERROR_TIMEOUT, ETIMEDOUT,
				"%s had not answered when the %d s of the search were over",
				searches->searchers[at->i].endpoint->provider->name,
				SEARCH_TIMEOUT_MS / 1000);
		search_blame(search, &late);
		ask_drop(at);
	}
	if (search->n_missing)
		search->is_partial = true;
	if ((search->is_partial || !search->n_lists) && !search->kept && !search->missing)
		blame_idle(search);
	if (search->kept) {
		outcome = search->kept->outcome;
		(void)blob_ref(outcome.body); /* one that is kept has one */
	} else if (search->n_lists) {
		merge(search, &outcome);
		outcome.is_partial = search->is_partial;
	} else {
		outcome.error = search->error;
	}
	if (!search->kept)
		outcome.missing = search->missing;
	if (!search->kept && outcome.error.class == ERROR_NONE && !outcome.is_partial)
		keep(search, &outcome);
	tell(search, &outcome);
	for (struct search *at = search->followers; at; at = at->next)
		tell(at, &outcome);
	blob_unref(outcome.body);
	search_close(search);
}
