/* SPDX-License-Identifier: MIT */
/* Hits, from foreign text to what is shown. */
#include "tools/search_hits.h"

#include "base/attr.h"
#include "base/buf.h"
#include "base/date.h"
#include "tools/search_domain.h"
#include "tools/search_text.h"

#include <errno.h>
#include <string.h>
#include <time.h>

void search_gather_init(struct search_gather *gather, struct arena *arena)
{
	*gather = (struct search_gather){ .arena = arena, .now_s = (int64_t)time(NULL) };
	gather->hits.items = arena_alloc_array(arena, SEARCH_HITS_MAX, sizeof(*gather->hits.items));
}

static bool is_path(const char *url)
{
	if (url[0] != '/' || url[1] == '/' || strlen(url) > SEARCH_URL_MAX)
		return false;
	for (; *url; url++)
		if ((unsigned char)*url <= ' ' || *url == 0x7f || *url == '\\')
			return false;
	return true;
}

static bool is_trimmed(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* A blank inside, which an address cannot have, is what browsers take it for. */
static const char *copy_url(struct search_slice slice, struct arena *arena)
{
	CLEANUP(buf) struct buf url = { .max = SEARCH_URL_MAX + 1 };

	while (slice.len && is_trimmed(*slice.at)) {
		slice.at++;
		slice.len--;
	}
	while (slice.len && is_trimmed(slice.at[slice.len - 1]))
		slice.len--;
	if (slice.len == 0 || slice.len > SEARCH_URL_MAX || memchr(slice.at, '\0', slice.len))
		return NULL;
	for (size_t i = 0; i < slice.len; i++) {
		if (slice.at[i] == ' ')
			buf_add_str(&url, "%20");
		else
			buf_add_char(&url, slice.at[i]);
	}
	return buf_error(&url) ? NULL : arena_memdup0(arena, url.data, url.len);
}

void search_gather_add(struct search_gather *gather, const struct search_raw *raw)
{
	struct search_hit hit = { 0 };
	struct search_url parts;

	if (!gather->hits.items || gather->hits.n == SEARCH_HITS_MAX)
		return;
	hit.url = copy_url(raw->url, gather->arena);
	if (!hit.url || !(search_url_split(hit.url, &parts) || is_path(hit.url)))
		return;
	hit.title = search_text_plain(raw->title.at, raw->title.len, gather->arena);
	hit.snippet = search_text_plain(raw->snippet.at, raw->snippet.len, gather->arena);
	if (!hit.title || !hit.snippet)
		return;
	if (raw->published.len)
		(void)date_parse(raw->published.at, raw->published.len, gather->now_s,
				 &hit.published_s); /* 0: a date that nobody can read */
	gather->hits.items[gather->hits.n++] = hit;
}

int search_gather_end(const struct search_gather *gather, struct search_hits *ret_hits,
		      struct error *err)
{
	if (arena_failed(gather->arena))
		return error_errno(err, ENOMEM, "cannot read the answer");
	*ret_hits = gather->hits;
	return 0;
}

/* Up to where its path starts. */
static size_t origin_len(const char *url)
{
	const char *host = strstr(url, "://");

	return host ? (size_t)(host - url) + 3 + strcspn(host + 3, "/?#") : 0;
}

int search_hits_settle(const struct search_endpoint *endpoint, const struct search_query *query,
		       struct arena *arena, struct search_hits *hits, struct error *err)
{
	int origin = (int)origin_len(endpoint->url);
	size_t n = 0;

	for (size_t i = 0; i < hits->n && n < query->count; i++) {
		struct search_hit *hit = &hits->items[i];

		if (hit->url[0] == '/')
			hit->url = arena_printf(arena, "%.*s%s", origin, endpoint->url, hit->url);
		if (!hit->url)
			return error_errno(err, ENOMEM, "cannot read the answer");
		if (search_domain_allows(hit->url, query->allowed, query->blocked))
			hits->items[n++] = *hit;
	}
	hits->n = n;
	return 0;
}

int search_answer_bad(struct error *err, const char *provider, const char *what, const char *said)
{
	int r = error_set(err, ERROR_TRANSIENT, EPROTO, "%s: %s%s%.200s", provider, what,
			  said && *said ? ": " : "", said ? said : "");

	error_from(err, ERROR_FROM_ENGINE, FAULT_PROTOCOL);
	return r;
}
