/* SPDX-License-Identifier: MIT */
/* Search providers: requests byte for byte, answers as each of them gives them, and no answers. */
#include "base/attr.h"
#include "base/str.h"
#include "tests/unit/search_answers.h"
#include "tools/search_hits.h"
#include "tools/search_registry.h"
#include "tools/search_request.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

enum { MEMORY_MAX = 4 << 20, DATED_S = 1704164645, DAY_S = 1704153600 };

static const char *const allowed[] = { "example.org", "*.example.com", NULL };
static const char *const blocked[] = { "bad.example", NULL };
static const struct search_query simple = { "backoff & jitter\n", NULL, NULL, 5 };
static const struct search_query filtered = { "C++", allowed, blocked, 500 };

#define SEARXNG_HEADERS "Accept: application/json, text/html;q=0.5", "Accept-Language: *"

struct expected_request {
	const struct search_provider *provider;
	const char *base, *key, *collection;
	const struct search_query *query;
	const char *url, *headers[5], *body;
	bool is_trusted;
};

static const struct expected_request requests[] = {
	{ .provider = &search_searxng,
	  .base = "http://127.0.0.1:8888",
	  .query = &simple,
	  .url = "http://127.0.0.1:8888/search?q=backoff%20%26%20jitter&format=json",
	  .headers = { SEARXNG_HEADERS },
	  .is_trusted = true },
	{ .provider = &search_searxng,
	  .base = "https://searx.example/sub",
	  .query = &filtered,
	  .url = "https://searx.example/sub/search?q=C%2B%2B%20site%3Aexample.org%20OR%20"
		 "site%3Aexample.com%20-site%3Abad.example&format=json",
	  .headers = { SEARXNG_HEADERS },
	  .is_trusted = true },
	{ .provider = &search_searxng,
	  .base = "http://127.0.0.1:8888/sub/search/",
	  .query = &simple,
	  .url = "http://127.0.0.1:8888/sub/search?q=backoff%20%26%20jitter&format=json",
	  .headers = { SEARXNG_HEADERS },
	  .is_trusted = true },
	{ .provider = &search_brave,
	  .key = "BSA-key",
	  .query = &simple,
	  .url = "https://api.search.brave.com/res/v1/web/search?q=backoff%20%26%20jitter&count=5"
		 "&result_filter=web&text_decorations=false",
	  .headers = { "Accept: application/json", "X-Subscription-Token: BSA-key" } },
	{ .provider = &search_brave,
	  .base = "http://localhost:1",
	  .key = "k",
	  .query = &filtered,
	  .url = "http://localhost:1/res/v1/web/search?q=C%2B%2B%20site%3Aexample.org%20OR%20"
		 "site%3Aexample.com%20-site%3Abad.example&count=20"
		 "&result_filter=web&text_decorations=false",
	  .headers = { "Accept: application/json", "X-Subscription-Token: k" },
	  .is_trusted = true },
	{ .provider = &search_tavily,
	  .key = "tvly-key",
	  .query = &simple,
	  .url = "https://api.tavily.com/search",
	  .headers = { "Accept: application/json", "Content-Type: application/json",
		       "Authorization: Bearer tvly-key" },
	  .body = "{\"query\":\"backoff & jitter\",\"max_results\":5,"
		  "\"search_depth\":\"basic\"}" },
	{ .provider = &search_tavily,
	  .query = &filtered,
	  .url = "https://api.tavily.com/search",
	  .headers = { "Accept: application/json", "Content-Type: application/json",
		       "X-Tavily-Access-Mode: keyless" },
	  .body = "{\"query\":\"C++\",\"max_results\":19,\"search_depth\":\"basic\","
		  "\"include_domains\":[\"example.org\",\"example.com\"],"
		  "\"exclude_domains\":[\"bad.example\"]}" },
	{ .provider = &search_exa,
	  .key = "exa-key",
	  .query = &simple,
	  .url = "https://api.exa.ai/search",
	  .headers = { "Accept: application/json", "Content-Type: application/json",
		       "x-api-key: exa-key" },
	  .body = "{\"query\":\"backoff & jitter\",\"type\":\"auto\",\"numResults\":5,"
		  "\"contents\":{\"highlights\":true}}" },
	{ .provider = &search_exa,
	  .key = "exa-key",
	  .query = &filtered,
	  .url = "https://api.exa.ai/search",
	  .headers = { "Accept: application/json", "Content-Type: application/json",
		       "x-api-key: exa-key" },
	  .body = "{\"query\":\"C++\",\"type\":\"auto\",\"numResults\":100,"
		  "\"includeDomains\":[\"example.org\",\"example.com\"],"
		  "\"excludeDomains\":[\"bad.example\"],\"contents\":{\"highlights\":true}}" },
	{ .provider = &search_kagi,
	  .key = "kagi-key",
	  .query = &filtered,
	  .url = "https://kagi.com/api/v1/search",
	  .headers = { "Accept: application/json", "Content-Type: application/json",
		       "Authorization: Bearer kagi-key" },
	  .body = "{\"query\":\"C++ site:example.org OR site:example.com -site:bad.example\","
		  "\"workflow\":\"search\",\"format\":\"json\",\"limit\":100}" },
	{ .provider = &search_jina,
	  .key = "jina-key",
	  .query = &filtered,
	  .url = "https://s.jina.ai/",
	  .headers = { "Accept: application/json", "Content-Type: application/json",
		       "X-Respond-With: no-content", "Authorization: Bearer jina-key" },
	  .body = "{\"q\":\"C++ site:example.org OR site:example.com -site:bad.example\","
		  "\"num\":20}" },
	{ .provider = &search_mediawiki,
	  .query = &simple,
	  .url = "https://en.wikipedia.org/w/api.php?action=query&format=json&list=search"
		 "&srsearch=backoff%20%26%20jitter&srlimit=5&srprop=snippet%7Ctimestamp"
		 "&meta=siteinfo",
	  .headers = { "Accept: application/json" } },
	{ .provider = &search_mediawiki,
	  .base = "https://wiki.example/api.php",
	  .query = &filtered,
	  .url = "https://wiki.example/api.php?action=query&format=json&list=search"
		 "&srsearch=C%2B%2B&srlimit=50&srprop=snippet%7Ctimestamp&meta=siteinfo",
	  .headers = { "Accept: application/json" },
	  .is_trusted = true },
	{ .provider = &search_kiwix,
	  .base = "http://127.0.0.1:18080",
	  .query = &simple,
	  .url = "http://127.0.0.1:18080/search?pattern=backoff%20%26%20jitter&format=xml"
		 "&pageLength=5",
	  .headers = { "Accept: application/rss+xml, application/xml, text/xml" },
	  .is_trusted = true },
	{ .provider = &search_kiwix,
	  .base = "http://127.0.0.1:18080",
	  .collection = "my docs",
	  .query = &filtered,
	  .url = "http://127.0.0.1:18080/search?pattern=C%2B%2B&format=xml&pageLength=50"
		 "&content=my%20docs",
	  .headers = { "Accept: application/rss+xml, application/xml, text/xml" },
	  .is_trusted = true },
};

static void check_request(const struct expected_request *expected)
{
	const struct search_endpoint endpoint = {
		.provider = expected->provider,
		.url = expected->base ? expected->base : expected->provider->url,
		.key = expected->key,
		.collection = expected->collection,
	};
	struct transfer_request request = { 0 };
	struct error err = { 0 };
	struct arena arena;
	size_t n = 0;

	arena_init(&arena, MEMORY_MAX);
	if (search_request_build(&endpoint, expected->query, &arena, &request, &err) < 0)
		fail_msg("%s: %s", expected->provider->name, err.text);
	assert_string_equal(request.url, expected->url);
	for (; expected->headers[n]; n++) {
		assert_non_null(request.headers[n]);
		assert_string_equal(request.headers[n], expected->headers[n]);
	}
	assert_null(request.headers[n]);
	assert_int_equal(!request.body, !expected->body);
	if (expected->body) {
		assert_string_equal(request.body, expected->body);
		assert_int_equal(request.body_len, strlen(expected->body));
	}
	assert_int_equal(request.is_trusted, expected->is_trusted);
	arena_release(&arena);
}

static void test_requests(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(requests); i++)
		check_request(&requests[i]);
}

static void test_registry(void **state)
{
	(void)state;
	assert_int_equal(search_provider_count, 9);
	for (size_t i = 0; i < search_provider_count; i++) {
		const struct search_provider *provider = search_providers[i];

		assert_non_null(provider->name);
		assert_non_null(provider->summary);
		assert_true(provider->count_max > 0);
		assert_true(provider->search || (provider->write && provider->parse));
		assert_true(provider->key_variable || !provider->needs_key);
		assert_true(!provider->url || provider->url[strlen(provider->url) - 1] != '/');
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(provider->name, search_providers[k]->name);
	}
}

static void test_no_request(void **state)
{
	static const char *const bad_keys[] = { "a\r\nHost: evil", "a b", "\xc3\xa9", "" };
	static const struct search_query empty = { " ", NULL, NULL, 5 };

	(void)state;
	for (size_t i = 0; i < search_provider_count; i++) {
		const struct search_provider *provider = search_providers[i];
		struct search_endpoint endpoint = { .provider = provider,
						    .url = "https://x.example",
						    .key = "key" };
		struct transfer_request request;
		struct error err = { 0 };
		struct arena arena;

		if (provider->search)
			continue;
		arena_init(&arena, MEMORY_MAX);
		assert_true(search_request_build(&endpoint, &empty, &arena, &request, &err) < 0);
		assert_int_equal(err.class, ERROR_INVALID);
		endpoint.key = NULL;
		assert_int_equal(search_request_build(&endpoint, &simple, &arena, &request, &err) <
					 0,
				 provider->needs_key);
		if (provider->needs_key) {
			assert_int_equal(err.class, ERROR_DENIED);
			assert_non_null(strstr(err.text, provider->key_variable));
		}
		for (size_t k = 0; provider->key_variable && k < countof(bad_keys); k++) {
			endpoint.key = bad_keys[k];
			err = (struct error){ 0 };
			assert_true(search_request_build(&endpoint, &simple, &arena, &request,
							 &err) < 0);
			assert_int_equal(err.class, ERROR_DENIED);
			assert_null(strstr(err.text, "evil"));
		}
		arena_release(&arena);
	}
}

static void test_request_without_memory(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(requests); i++) {
		const struct expected_request *row = &requests[i];
		const struct search_endpoint endpoint = {
			.provider = row->provider,
			.url = row->base ? row->base : row->provider->url,
			.key = row->key,
		};
		struct transfer_request request;
		struct error err = { 0 };
		struct arena arena;

		arena_init(&arena, 64);
		assert_int_equal(
			search_request_build(&endpoint, row->query, &arena, &request, &err),
			-ENOMEM);
		arena_release(&arena);
	}
}

struct expected_answer {
	const struct search_provider *provider;
	const char *answer;
	struct search_hit hits[4];
};

#define HIT(url, title, snippet, published_s)                                                      \
	{                                                                                          \
		url, title, snippet, published_s                                                   \
	}

static const struct expected_answer answers[] = {
	{ &search_searxng,
	  searxng_answer,
	  { HIT("https://example.org/backoff", "Exponential backoff", "Retry with jitter & a cap",
		DATED_S),
	    HIT("https://example.org/2", "", "", DATED_S),
	    HIT("https://example.org/3", "", "", 0) } },
	{ &search_brave,
	  brave_answer,
	  { HIT("https://example.org/backoff", "Exponential & backoff",
		"Use jitter with std::vector<int>", DATED_S),
	    HIT("https://example.org/2", "Aged", "one \xe2\x80\xa6 two", DAY_S),
	    HIT("https://example.org/3", "Bare", "", 0) } },
	{ &search_tavily,
	  tavily_answer,
	  { HIT("https://example.org/backoff", "Exponential backoff", "Retry with jitter", DATED_S),
	    HIT("https://example.org/2", "", "", 0) } },
	{ &search_exa,
	  exa_answer,
	  { HIT("https://example.org/backoff", "Exponential backoff",
		"Retry with jitter \xe2\x80\xa6 and a cap", DATED_S),
	    HIT("https://example.org/2", "", "A summary", 0),
	    HIT("https://example.org/3", "", "A text", 0) } },
	{ &search_kagi,
	  kagi_answer,
	  { HIT("https://example.org/backoff", "Exponential backoff", "Retry with jitter", DATED_S),
	    HIT("https://example.org/2", "Two", "", 0),
	    HIT("https://example.org/3", "News", "", 0) } },
	{ &search_kagi,
	  kagi_old_answer,
	  { HIT("https://example.org/backoff", "Exponential backoff", "Retry with jitter",
		DATED_S) } },
	{ &search_jina,
	  jina_answer,
	  { HIT("https://example.org/backoff", "Exponential backoff", "Retry with jitter", DAY_S),
	    HIT("https://example.org/2", "Two", "Read", 0),
	    HIT("https://example.org/3", "Three", "", 0) } },
	{ &search_mediawiki,
	  mediawiki_answer,
	  { HIT("https://en.wikipedia.org/wiki/Exponential_backoff", "Exponential backoff",
		"with jitter &quot;x&quot;", DATED_S),
	    HIT("https://en.wikipedia.org/wiki/Talk:C%2B%2B_(50%25%3F)/%C3%A9",
		"Talk:C++ (50%?)/\xc3\xa9", "", 0) } },
	{ &search_mediawiki,
	  "{\"query\":{\"general\":{\"server\":\"http://w.example\",\"articlepath\":"
	  "\"/index.php?title=$1&x\"},\"search\":[{\"title\":\"A b\"}]}}",
	  { HIT("http://w.example/index.php?title=A_b&x", "A b", "", 0) } },
	{ &search_mediawiki,
	  "{\"query\":{\"search\":[{\"title\":\"A b\"}]}}",
	  { HIT("/wiki/A_b", "A b", "", 0) } },
	{ &search_kiwix,
	  kiwix_answer,
	  { HIT("/docs/index.html", "Home & start", "jitter backoff home...", 0),
	    HIT("/docs/a%20b.html", "Backoff <jitter> \"full\"",
		"...backoff with jitter & retries: a < b. \xc3\x9cn\xc3\xaf"
		"code. words...",
		0),
	    HIT("/docs/c?a=1&b=2", "a < b & c", "", 0) } },
	/* Nothing found. */
	{ &search_searxng, "{\"results\":[]}", { { 0 } } },
	{ &search_brave, "{\"type\":\"search\",\"query\":{\"original\":\"x\"}}", { { 0 } } },
	{ &search_brave, "{\"web\":{\"results\":[]}}", { { 0 } } },
	{ &search_tavily, "{\"results\":[],\"answer\":null}", { { 0 } } },
	{ &search_exa, "{\"results\":[]}", { { 0 } } },
	{ &search_kagi, "{\"meta\":{},\"data\":{},\"error\":null}", { { 0 } } },
	{ &search_kagi, "{\"data\":[]}", { { 0 } } },
	{ &search_jina, "{\"code\":200,\"data\":[]}", { { 0 } } },
	{ &search_mediawiki, "{\"batchcomplete\":\"\",\"query\":{\"search\":[]}}", { { 0 } } },
	{ &search_kiwix, "<rss><channel><title>x</title></channel></rss>", { { 0 } } },
	{ &search_kiwix, "\xef\xbb\xbf<rss/>", { { 0 } } },
	/* Numbers that no integer takes, and a NUL. */
	{ &search_tavily,
	  "{\"results\":[{\"url\":\"https://a.example/\",\"title\":\"a\\u0000b\","
	  "\"score\":123456789012345678901234567890}]}",
	  { HIT("https://a.example/", "a b", "", 0) } },
	{ &search_tavily, "{\"results\":[{\"url\":\"https://a.example/\\u0000b\"}]}", { { 0 } } },
	{ &search_tavily,
	  "{\"results\":[{\"url\":\" https://a.example/b\\n\"}]}",
	  { HIT("https://a.example/b", "", "", 0) } },
	{ &search_tavily,
	  "{\"results\":[{\"url\":\"https://a.example/b c\"},{\"url\":\"https://a b/\"}]}",
	  { HIT("https://a.example/b%20c", "", "", 0) } },
	{ &search_tavily,
	  "{\"results\":[{\"url\":\"//a.example/b\"},{\"url\":\"/\\\\a.example\"}]}",
	  { { 0 } } },
};

static struct search_slice slice(const char *answer)
{
	return (struct search_slice){ answer, strlen(answer) };
}

static void test_answers(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(answers); i++) {
		const struct expected_answer *row = &answers[i];
		struct search_hits hits = { 0 };
		struct error err = { 0 };
		struct arena arena;
		size_t n = 0;

		arena_init(&arena, MEMORY_MAX);
		if (row->provider->parse(row->provider, slice(row->answer), &arena, &hits, &err) <
		    0)
			fail_msg("row %zu: %s", i, err.text);
		for (; n < countof(row->hits) && row->hits[n].url; n++) {
			if (n >= hits.n)
				fail_msg("row %zu: %zu hits", i, hits.n);
			assert_string_equal(hits.items[n].url, row->hits[n].url);
			assert_string_equal(hits.items[n].title, row->hits[n].title);
			assert_string_equal(hits.items[n].snippet, row->hits[n].snippet);
			assert_int_equal(hits.items[n].published_s, row->hits[n].published_s);
		}
		if (hits.n != n)
			fail_msg("row %zu: %zu hits", i, hits.n);
		arena_release(&arena);
	}
}

static void test_age(void **state)
{
	static const char answer[] = "{\"web\":{\"results\":[{\"url\":\"https://a.example/\","
				     "\"age\":\"2 days ago\"}]}}";
	const int64_t now_s = (int64_t)time(NULL);
	struct search_hits hits = { 0 };
	struct error err = { 0 };
	struct arena arena;

	(void)state;
	arena_init(&arena, MEMORY_MAX);
	assert_int_equal(search_brave.parse(&search_brave, slice(answer), &arena, &hits, &err), 0);
	assert_int_equal(hits.n, 1);
	assert_in_range(hits.items[0].published_s - (now_s - 2 * 86400), 0, 60);
	arena_release(&arena);
}

static void test_no_answers(void **state)
{
	static const struct {
		const struct search_provider *provider;
		const char *answer, *said;
	} rows[] = {
		{ &search_searxng, "{\"error\":\"No query\"}", "No query" },
		{ &search_searxng, "{\"results\":null}", "" },
		{ &search_brave,
		  "{\"type\":\"ErrorResponse\",\"error\":{\"code\":\"RATE_LIMITED\","
		  "\"detail\":\"Request rate limit exceeded\",\"status\":429}}",
		  "Request rate limit exceeded" },
		{ &search_brave, "{\"query\":{},\"error\":{\"code\":\"X\"}}", "" },
		{ &search_brave, "{\"type\":\"search\"}", "" },
		{ &search_tavily, "{\"detail\":{\"error\":\"Unauthorized: bad key\"}}",
		  "Unauthorized: bad key" },
		{ &search_tavily, "{\"results\":{\"url\":\"https://a.example/\"}}", "" },
		{ &search_exa, "{\"requestId\":\"x\",\"error\":\"Invalid <b>request</b>\"}",
		  "Invalid request" },
		{ &search_kagi,
		  "{\"meta\":{},\"data\":null,\"error\":[{\"code\":101,"
		  "\"msg\":\"Insufficient credit\"}]}",
		  "Insufficient credit" },
		{ &search_kagi, "{\"data\":{\"search\":[]},\"error\":[{\"code\":1}]}", "" },
		{ &search_jina,
		  "{\"data\":null,\"code\":402,\"name\":\"InsufficientBalanceError\","
		  "\"status\":40203,\"message\":\"Account balance not enough\"}",
		  "Account balance not enough" },
		{ &search_mediawiki,
		  "{\"error\":{\"code\":\"badvalue\",\"info\":\"Unrecognized value\"}}",
		  "Unrecognized value" },
		{ &search_mediawiki, "{\"batchcomplete\":\"\"}", "" },
		{ &search_kiwix, "<error>Invalid request</error>", "" },
		{ &search_kiwix, "<rss><channel></rss></channel>", "" },
		{ &search_kiwix, "<rss><channel></channel>", "" },
		{ &search_kiwix, "<rss></rss><rss></rss>", "" },
		{ &search_kiwix, "<rss></rss>text", "" },
		{ &search_kiwix, "<rss><![CDATA[x</rss>", "" },
		{ &search_kiwix, "<rss a=\"<\"></rss>", "" },
		{ &search_kiwix, "<rss a></rss>", "" },
		{ &search_kiwix, "<rss a=\"1\"b=\"2\"></rss>", "" },
		{ &search_kiwix, "<!DOCTYPE rss [<!ENTITY x \"y\">]><rss></rss>", "" },
		{ &search_kiwix, "<!DOCTYPE html><html><body>x</body></html>", "" },
	};
	static const char *const all[] = { "",
					   " ",
					   "null",
					   "[]",
					   "7",
					   "\"x\"",
					   "{",
					   "{}x",
					   "{\"results\":[}",
					   "<html></html>",
					   "Too many requests" };

	(void)state;
	for (size_t i = 0; i < countof(rows) + search_provider_count * countof(all); i++) {
		size_t k = i < countof(rows) ? 0 : i - countof(rows);
		const struct search_provider *provider =
			i < countof(rows) ? rows[i].provider : search_providers[k / countof(all)];
		const char *answer = i < countof(rows) ? rows[i].answer : all[k % countof(all)];
		struct search_hits hits = { .n = 77 };
		struct error err = { 0 };
		struct arena arena;

		if (provider->search)
			continue;
		arena_init(&arena, MEMORY_MAX);
		if (provider->parse(provider, slice(answer), &arena, &hits, &err) >= 0)
			fail_msg("%s takes '%s'", provider->name, answer);
		assert_int_equal(hits.n, 77);
		assert_int_equal(err.class, ERROR_TRANSIENT);
		assert_int_equal(err.origin, ERROR_FROM_ENGINE);
		assert_int_equal(err.origin_code, FAULT_PROTOCOL);
		assert_true(str_starts_with(err.text, provider->name));
		if (i < countof(rows))
			assert_non_null(strstr(err.text, rows[i].said));
		arena_release(&arena);
	}
}

/* A bad character costs itself, and not the answer. */
static void test_bad_characters_cost_only_themselves(void **state)
{
	static const struct {
		const char *title, *expected;
	} rows[] = {
		{ "a\xff z", "a\xef\xbf\xbd z" },
		{ "a\xed\xa0\x80z", "a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz" },
		{ "a\\ud800z", "a\xef\xbf\xbdz" },
		{ "a\\uDC00\\uD800z", "a\xef\xbf\xbd\xef\xbf\xbdz" },
		{ "a\\ud83d\\uDE00z", "a\xf0\x9f\x98\x80z" },
		{ "a\\ud83d\\ud83d\\ude00z", "a\xef\xbf\xbd\xf0\x9f\x98\x80z" },
		{ "a\\\\ud800z", "a\\ud800z" },
		{ "a\\\\\\ud800z", "a\\\xef\xbf\xbdz" },
		{ "a\\\"\\ud800", "a\"\xef\xbf\xbd" },
	};

	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		char answer[256];
		struct search_hits hits = { 0 };
		struct error err = { 0 };
		struct arena arena;

		arena_init(&arena, MEMORY_MAX);
		(void)snprintf(answer, sizeof(answer),
			       "{\"results\":[{\"url\":\"https://a.example/\",\"title\":\"%s\"},"
			       "{\"url\":\"https://b.example/\"}]}",
			       rows[i].title);
		if (search_searxng.parse(&search_searxng, slice(answer), &arena, &hits, &err) < 0)
			fail_msg("'%s': %s", rows[i].title, err.text);
		assert_int_equal(hits.n, 2);
		assert_string_equal(hits.items[0].title, rows[i].expected);
		arena_release(&arena);
	}
}

/* Deep JSON and XML, and more hits than are taken. */
static void test_bounds(void **state)
{
	static char deep[200001];
	struct search_hits hits = { 0 };
	struct error err = { 0 };
	struct arena arena;
	struct buf many;

	(void)state;
	arena_init(&arena, MEMORY_MAX);
	memset(deep, '[', sizeof(deep) - 1);
	memcpy(deep, "{\"results\":", 11);
	assert_true(search_exa.parse(&search_exa, (struct search_slice){ deep, sizeof(deep) - 1 },
				     &arena, &hits, &err) < 0);
	assert_non_null(strstr(err.text, "nests deeper than 2048"));
	for (size_t i = 0; i + 5 < sizeof(deep); i += 5)
		memcpy(deep + i, "<rss>", 5);
	assert_true(search_kiwix.parse(&search_kiwix,
				       (struct search_slice){ deep, sizeof(deep) - 1 }, &arena,
				       &hits, &err) < 0);

	buf_init(&many, 1 << 20);
	buf_add_str(&many, "{\"results\":[null");
	for (int i = 0; i < 1000; i++)
		buf_printf(&many, ",{\"url\":\"https://a.example/%d\"}", i);
	buf_add_str(&many, "]}");
	assert_int_equal(search_exa.parse(&search_exa, (struct search_slice){ many.data, many.len },
					  &arena, &hits, &err),
			 0);
	assert_in_range(hits.n, SEARCH_HITS_MAX - 1, SEARCH_HITS_MAX);
	assert_string_equal(hits.items[0].url, "https://a.example/0");
	buf_clear(&many);
	buf_add_str(&many, "<rss><channel>");
	for (int i = 0; i < 1000; i++)
		buf_printf(&many, "<item><link>/%d</link></item>", i);
	buf_add_str(&many, "</channel></rss>");
	assert_int_equal(search_kiwix.parse(&search_kiwix,
					    (struct search_slice){ many.data, many.len }, &arena,
					    &hits, &err),
			 0);
	assert_int_equal(hits.n, SEARCH_HITS_MAX);
	buf_release(&many);
	arena_release(&arena);
}

static void test_answer_without_memory(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(answers); i++) {
		const struct expected_answer *row = &answers[i];
		struct search_hits hits;
		struct error err = { 0 };
		struct arena arena;

		arena_init(&arena, 64);
		assert_int_equal(row->provider->parse(row->provider, slice(row->answer), &arena,
						      &hits, &err),
				 -ENOMEM);
		arena_release(&arena);
	}
}

static void test_settle(void **state)
{
	const struct search_endpoint kiwix = { .provider = &search_kiwix,
					       .url = "http://127.0.0.1:18080/sub" };
	struct search_hit items[] = {
		HIT("/docs/a", "a", "", 0),
		HIT("https://example.org/b", "b", "", 0),
		HIT("https://docs.example.org/c", "c", "", 0),
		HIT("https://bad.example/d", "d", "", 0),
	};
	struct search_hits hits = { .items = items, .n = countof(items) };
	const struct search_query any = { "q", NULL, blocked, 10 };
	const struct search_query two = { "q", NULL, blocked, 2 };
	const struct search_query some = { "q", allowed, blocked, 10 };
	struct error err = { 0 };
	struct arena arena;

	(void)state;
	arena_init(&arena, MEMORY_MAX);
	assert_int_equal(search_hits_settle(&kiwix, &any, &arena, &hits, &err), 0);
	assert_int_equal(hits.n, 3);
	assert_string_equal(hits.items[0].url, "http://127.0.0.1:18080/docs/a");
	assert_int_equal(search_hits_settle(&kiwix, &two, &arena, &hits, &err), 0);
	assert_int_equal(hits.n, 2);
	assert_int_equal(search_hits_settle(&kiwix, &some, &arena, &hits, &err), 0);
	assert_int_equal(hits.n, 1);
	assert_string_equal(hits.items[0].url, "https://example.org/b");
	arena_release(&arena);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_registry),
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_no_request),
		cmocka_unit_test(test_request_without_memory),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_age),
		cmocka_unit_test(test_no_answers),
		cmocka_unit_test(test_bad_characters_cost_only_themselves),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_answer_without_memory),
		cmocka_unit_test(test_settle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
