/* SPDX-License-Identifier: MIT */
/*
 * WebFetch: a page as Markdown. Pages of this machine's documentation ("man:grep(1)", or a file:
 * URL that a search gave) come from the index of docs, everything else over HTTP. Reading a page is
 * work for a thread. Where a prompt is given and the page is long, those of its paragraphs stay
 * that share most words with it.
 */
#include "base/buf.h"
#include "base/str.h"
#include "docs/docs.h"
#include "model/host.h"
#include "net/charset.h"
#include "net/html.h"
#include "tools/passages.h"
#include "tools/registry.h"
#include "tools/search_url.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { FETCH_URL, FETCH_PROMPT };

enum {
	URL_BYTES_MAX = 8192,
	SHOWN_BYTES = 200, /* of an address, in errors */
	FRESH_MS = 15 * 60 * 1000,
	ARENA_BYTES_MAX = 16 << 20,
	RESULT_ARENA_MAX = 64 << 10,
	DOCS_TITLE_MAX = 1000,      /* those of the index are shorter */
	PROMPT_KEEPS_BYTES = 20000, /* a page so long is short enough for any prompt */
};

static const struct arg_spec web_fetch_args[] = {
	[FETCH_URL] = { .name = "url",
			.type = ARG_STR,
			.required = true,
			.min = 1,
			.max = URL_BYTES_MAX,
			.help = "page to read: http, https, or what a search of docs found" },
	[FETCH_PROMPT] = { .name = "prompt",
			   .type = ARG_STR,
			   .max = 4000,
			   .help = "what is wanted of a long page: only paragraphs on it are "
				   "kept" },
	{ .type = ARG_END },
};

static bool is_of_docs(const char *url)
{
	return str_starts_with(url, "man:") || str_starts_with(url, "file://");
}

static int web_fetch_check(const struct args *args, size_t *ret_arg, struct error *err)
{
	const char *url = args_str(args, FETCH_URL);

	*ret_arg = FETCH_URL;
	if (is_of_docs(url) || strncasecmp(url, "http://", 7) == 0 ||
	    strncasecmp(url, "https://", 8) == 0)
		return 0;
	return error_set(err, ERROR_INVALID, EINVAL,
			 "'%.200s' is no address to fetch: it begins with http://, https://, man: "
			 "or file://",
			 url);
}

/* One page, from its bytes to its text; goes with the call. */
struct page {
	char *url;       /* that was asked for */
	char *prompt;    /* or NULL */
	char *docs_path; /* of the index; NULL = it comes over HTTP */
	char *folders;   /* of docs; or NULL */
	char *workspace;
	struct transfer_outcome came;
	struct html_page read; /* text, title */
	bool is_beside_prompt;
	struct error error;
};

static void page_free(struct page *page)
{
	if (!page)
		return;
	free(page->url);
	free(page->prompt);
	free(page->docs_path);
	free(page->workspace);
	free(page->folders);
	transfer_outcome_release(&page->came);
	html_page_release(&page->read);
	free(page);
}

/* docs: where it is read from; NULL = it came over HTTP. NULL without memory. */
static struct page *page_new(const struct args *args, const struct search_endpoint *docs)
{
	const char *prompt = args_str(args, FETCH_PROMPT);
	struct page *page = calloc(1, sizeof(*page));

	if (!page)
		return NULL;
	page->url = strdup(args_str(args, FETCH_URL));
	page->prompt = prompt ? strdup(prompt) : NULL;
	page->docs_path = docs ? strdup(docs->url) : NULL;
	page->workspace = docs && docs->collection ? strdup(docs->collection) : NULL;
	page->folders = docs && docs->folders ? strdup(docs->folders) : NULL;
	if (page->url && (page->prompt || !prompt) && (page->docs_path || !docs) &&
	    (page->workspace || !docs || !docs->collection) &&
	    (page->folders || !docs || !docs->folders))
		return page;
	page_free(page);
	return NULL;
}

/* ---- on a thread ---- */

static bool type_is(const char *type, const char *const *names)
{
	size_t len = type ? strcspn(type, "; \t") : 0;

	for (; *names; names++) {
		if (strlen(*names) == len && strncasecmp(type, *names, len) == 0)
			return true;
	}
	return false;
}

/* As browsers do, where nothing is said. */
static bool looks_like_html(const char *data, size_t len)
{
	static const char *const starts[] = { "<!doctype html", "<html", "<head", "<body" };

	while (len && strchr(" \t\r\n\xef\xbb\xbf", *data) && *data)
		data++, len--;
	for (size_t i = 0; i < countof(starts); i++) {
		size_t n = strlen(starts[i]);

		if (len >= n && strncasecmp(data, starts[i], n) == 0)
			return true;
	}
	return false;
}

static bool is_text(const char *type, const char *data, size_t len)
{
	static const char *const names[] = { "application/json",       "application/xml",
					     "application/javascript", "application/x-yaml",
					     "application/rss+xml",    "application/atom+xml",
					     "application/ld+json",    NULL };

	if (type && (strncasecmp(type, "text/", 5) == 0 || type_is(type, names)))
		return true;
	return !type && !memchr(data, '\0', len < 1024 ? len : 1024);
}

static int read_came(struct page *page)
{
	static const char *const html[] = { "text/html", "application/xhtml+xml", NULL };
	const struct transfer_outcome *came = &page->came;
	const char *type = transfer_header(came, "content-type");
	const char *data = came->body ? blob_data(came->body) : "";
	size_t len = came->body ? blob_len(came->body) : 0;
	char charset[64];
	const char *label =
		type && charset_of_type(type, charset, sizeof(charset)) ? charset : NULL;

	/* Whatever it is told to be. */
	if (len >= 5 && memcmp(data, "%PDF-", 5) == 0)
		type = "application/pdf";
	if (type_is(type, html) || (!type && looks_like_html(data, len)))
		return html_read(data, len, came->url, label, &page->read);
	if (!is_text(type, data, len))
		return error_set(&page->error, ERROR_INVALID, EINVAL,
				 "'%.200s' is no text but %.100s", page->url,
				 type ? type : "binary");
	buf_init(&page->read.text, HTML_TEXT_MAX);
	return charset_to_utf8(data, len, label, &page->read.text, NULL);
}

static int read_docs(struct page *page, const atomic_bool *is_stopped)
{
	const struct docs_conf conf = { .path = page->docs_path,
					.more = page->folders,
					.workspace = page->workspace,
					.cancel = is_stopped };
	struct docs_document document;
	struct arena arena;
	struct docs *docs;
	int r = docs_open(&conf, &docs, &page->error);

	if (r < 0)
		return r;
	arena_init(&arena, ARENA_BYTES_MAX);
	r = docs_read(docs, page->url, &arena, &document, &page->error);
	buf_init(&page->read.text, HTML_TEXT_MAX);
	buf_init(&page->read.title, DOCS_TITLE_MAX);
	if (r == 0) {
		buf_add(&page->read.text, document.text, document.len);
		buf_add_str(&page->read.title, document.title);
		r = buf_error(&page->read.text);
	}
	if (r == 0 && page->read.title.error == -ENOMEM)
		r = -ENOMEM;
	arena_release(&arena);
	docs_close(docs);
	return r;
}

static void read_page(void *data, const atomic_bool *is_stopped)
{
	struct page *page = data;
	int r = page->docs_path ? read_docs(page, is_stopped) : read_came(page);
	bool matches = true;

	if (r == 0 && page->prompt && page->read.text.len > PROMPT_KEEPS_BYTES)
		r = passages_keep(&page->read.text, page->prompt, PROMPT_KEEPS_BYTES, &matches);
	page->is_beside_prompt = !matches;
	if (r < 0 && page->error.class == ERROR_NONE)
		(void)error_errno(&page->error, -r, "cannot read '%.200s'", page->url);
}

/* ---- on the loop ---- */

static void finish_failed(struct host *host, const struct error *error)
{
	struct result result = { .payload = PAYLOAD_WEB_FETCH };

	result_fail(&result, error);
	host->ops->finish(host, &result);
}

static bool fill(const struct page *page, struct result *result)
{
	const struct buf *text = &page->read.text, *title = &page->read.title;

	result->arena = malloc(sizeof(*result->arena));
	if (!result->arena)
		return false;
	arena_init(result->arena, RESULT_ARENA_MAX);
	result->body = blob_new(text->data ? text->data : "", text->len);
	result->web_fetch = (struct web_fetch_output){
		.url = arena_strdup(result->arena, page->came.url ? page->came.url : page->url),
		.title = title->len ? arena_memdup0(result->arena, title->data, title->len) : NULL,
		.status = page->came.status ? page->came.status : 200,
		.n_bytes = page->came.body ? blob_len(page->came.body) : text->len,
		.published_s =
			page->read.modified_s ? page->read.modified_s : page->read.published_s,
		.is_beside_prompt = page->is_beside_prompt,
	};
	if (page->came.is_cut)
		result->receipt.why |= WHY_OUTPUT_CUT;
	return result->body && !arena_failed(result->arena);
}

static void web_fetch_read(struct host *host, const struct call *call, void *data)
{
	struct page *page = data;
	struct result result = { .payload = PAYLOAD_WEB_FETCH };

	(void)call;
	if (page->error.class == ERROR_NONE && !fill(page, &result)) {
		result_release(&result);
		(void)error_errno(&page->error, ENOMEM, "cannot keep '%.200s'", page->url);
	}
	if (page->error.class != ERROR_NONE)
		finish_failed(host, &page->error);
	else
		host->ops->finish(host, &result);
	page_free(page);
}

static void set_http_error(const struct transfer_outcome *came, const char *url,
			   struct error *error)
{
	int status = came->status;
	size_t len = strcspn(url, "?#"); /* behind that may be a key */
	int shown = len < SHOWN_BYTES ? (int)len : SHOWN_BYTES;
	char later[64] = "";

	if (status >= 300 && status < 400) { /* it would say so again */
		(void)error_set(error, ERROR_INVALID, EINVAL,
				"'%.*s' answered HTTP %d, which leads nowhere", shown, url, status);
		return;
	}
	if (came->retry_after_ms)
		(void)snprintf(later, sizeof(later), ", and asked to be left alone for %u s",
			       (unsigned)(came->retry_after_ms / 1000));
	(void)error_set(error, transfer_class_of(status), EIO, "'%.*s' answered HTTP %d%s", shown,
			url, status, later);
	error_from(error, ERROR_FROM_HTTP, status);
	error->retry_ms = (unsigned)came->retry_after_ms; /* a day at most */
}

static void web_fetch_came(struct host *host, const struct call *call,
			   struct transfer_outcome *own_outcome)
{
	const char *url = args_str(&call->args, FETCH_URL);
	struct error err = own_outcome->error;
	struct page *page = NULL;

	if (err.class == ERROR_NONE && own_outcome->status != 200)
		set_http_error(own_outcome, url, &err);
	if (err.class == ERROR_NONE) {
		page = page_new(&call->args, NULL);
		if (page) {
			page->came = *own_outcome;
			*own_outcome = (struct transfer_outcome){ 0 };
			(void)host->ops->work(host, read_page, page, web_fetch_read, &err);
		} else {
			(void)error_errno(&err, ENOMEM, "cannot read '%.200s'", url);
		}
	}
	transfer_outcome_release(own_outcome);
	if (err.class == ERROR_NONE)
		return;
	page_free(page);
	finish_failed(host, &err);
}

static const struct search_endpoint *docs_of(const struct search_conf *conf)
{
	for (size_t i = 0; conf && i < conf->n; i++) {
		if (str_equal(conf->endpoints[i].provider->name, "docs"))
			return &conf->endpoints[i];
	}
	return NULL;
}

static int start_docs(struct host *host, const struct args *args, struct error *err)
{
	const struct search_endpoint *docs;
	const struct search_conf *conf = NULL;
	struct page *page;
	int r = host->search ? host->search(host->search_data, &conf, err) : 0;

	if (r < 0)
		return r;
	docs = docs_of(conf);
	if (!docs)
		return error_set(err, ERROR_MISSING, ENOENT,
				 "documentation on this machine is not among the search providers");
	page = page_new(args, docs);
	if (!page)
		return error_errno(err, ENOMEM, "cannot read a page");
	r = host->ops->work(host, read_page, page, web_fetch_read, err);
	if (r < 0)
		page_free(page);
	return r;
}

static int web_fetch_start(struct host *host, const struct call *call, struct error *err)
{
	static const char *const headers[] = {
		"Accept: text/html, text/markdown;q=0.9, text/plain;q=0.8, */*;q=0.1", NULL
	};
	const struct transfer_request request = {
		.url = args_str(&call->args, FETCH_URL),
		.headers = headers,
		.redirects_max = TRANSFER_REDIRECTS_MAX,
		.may_cache = true,
		.fresh_ms = FRESH_MS,
	};

	if (is_of_docs(request.url))
		return start_docs(host, &call->args, err);
	return host->ops->transfer(host, &request, web_fetch_came, err);
}

static bool web_fetch_endpoint(const struct call *call, char out[TOOL_ENDPOINT_MAX])
{
	struct search_url url;
	int n;

	if (!search_url_split(args_str(&call->args, FETCH_URL), &url))
		return false;
	n = snprintf(out, TOOL_ENDPOINT_MAX, "%.*s:%.*s", (int)url.host.len, url.host.at,
		     url.port.len ? (int)url.port.len : 3,
		     url.port.len   ? url.port.at
		     : url.is_https ? "443"
				    : "80");
	for (char *at = out; *at; at++)
		*at = (char)tolower((unsigned char)*at);
	return n < TOOL_ENDPOINT_MAX;
}

static const char *const web_fetch_aliases[] = { "web_fetch", "fetch", NULL };

const struct tool tool_web_fetch = {
	.name = "WebFetch",
	.aliases = web_fetch_aliases,
	.summary = "Read a page of the web, or of local documentation, as Markdown",
	.args = web_fetch_args,
	.lane = LANE_WEB_SEARCH,
	.flags = TOOL_PURE | TOOL_RERUN,
	.check = web_fetch_check,
	.start = web_fetch_start,
	.endpoint = web_fetch_endpoint,
	.brief_key = "url",
};
