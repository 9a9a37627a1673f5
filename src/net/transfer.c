/* SPDX-License-Identifier: MIT */
/* The life of a transfer: what is taken over from who asks, its hops, its time limits, its end. */
#include "net/core.h"

#include "base/attr.h"
#include "base/clock.h"
#include "base/str.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { NS_PER_MS = 1000000 };

/* ---- the end ---- */

static void free_transfer(struct net_transfer *transfer)
{
	const struct curl_api *curl = &transfer->client->curl;

	for (char **header = transfer->headers; header && *header; header++)
		free(*header);
	free(transfer->headers);
	blob_unref(transfer->body);
	if (transfer->url)
		curl->url_cleanup(transfer->url);
	kept_forget(transfer);
	headers_release(&transfer->answer);
	buf_release(&transfer->text);
	unpack_clear(&transfer->unpack);
	transfer_outcome_release(&transfer->outcome);
	client_drop(transfer->client);
	free(transfer);
}

void transfer_drop(struct net_transfer *transfer)
{
	if (--transfer->n_holds == 0)
		free_transfer(transfer);
}

static void on_timer_closed(uv_handle_t *handle)
{
	transfer_drop(handle->data);
}

void transfer_discard(struct net_transfer *transfer)
{
	exchange_stop(transfer);
	transfer->is_ended = true;
	*transfer->back = transfer->next;
	if (transfer->next)
		transfer->next->back = transfer->back;
	uv_close((uv_handle_t *)&transfer->timer, on_timer_closed);
}

void transfer_tell(struct net_transfer *transfer)
{
	struct transfer_outcome outcome = transfer->outcome;

	transfer->outcome = (struct transfer_outcome){ 0 };
	transfer_discard(transfer);
	transfer->done(transfer->data, &outcome);
}

static void end(struct net_transfer *transfer)
{
	assert(!transfer->is_ended);
	exchange_stop(transfer);
	transfer->is_ended = true;
	(void)uv_timer_stop(&transfer->timer); /* always 0 */
	transfer->outcome.first_byte_ns = transfer->first_byte_ns;
	transfer->outcome.total_ns = clock_now_ns() - transfer->started_ns;
	client_ended(transfer->client, transfer);
}

void transfer_fail(struct net_transfer *transfer, const struct error *error)
{
	transfer_outcome_release(&transfer->outcome);
	transfer->outcome.error = *error;
	if (*transfer->from && error->class != ERROR_CANCELLED)
		error_prefix(&transfer->outcome.error, "redirected by '%s'", transfer->from);
	end(transfer);
}

static int take_body(struct net_transfer *transfer, struct blob **ret_body)
{
	size_t len;
	char *data;

	*ret_body = NULL;
	if (transfer->text.len == 0)
		return 0;
	data = buf_take(&transfer->text, &len);
	*ret_body = data ? blob_from(data, len) : NULL;
	return *ret_body ? 0 : -ENOMEM;
}

static int give_url(struct net_transfer *transfer)
{
	const struct curl_api *curl = &transfer->client->curl;
	char *url = NULL;

	if (curl->url_get(transfer->url, CURLUPART_URL, &url, 0) != CURLUE_OK)
		return -ENOMEM;
	transfer->outcome.url = strdup(url);
	curl->free(url);
	return transfer->outcome.url ? 0 : -ENOMEM;
}

static void fail_memory(struct net_transfer *transfer)
{
	struct error error = { 0 };

	(void)error_errno(&error, ENOMEM, "cannot keep the answer of '%s'", transfer->target.shown);
	transfer_fail(transfer, &error);
}

/* It has its answer. */
static void succeed(struct net_transfer *transfer, struct blob *own_body)
{
	transfer->outcome.body = own_body;
	if (give_url(transfer) < 0 || headers_give(&transfer->answer, &transfer->outcome) < 0) {
		fail_memory(transfer);
		return;
	}
	transfer->outcome.status = transfer->answer.status;
	transfer->outcome.is_cut = transfer->is_cut;
	transfer->outcome.is_cached = transfer->is_cached;
	end(transfer);
}

/* ---- hops ---- */

static void start_hop(struct net_transfer *transfer)
{
	struct error error = { 0 };
	int r = target_judge(&transfer->target, transfer->is_trusted, &error);

	if (r == 0 && kept_look(transfer))
		return;
	if (r == 0)
		r = exchange_start(transfer, &error);
	if (r < 0)
		transfer_fail(transfer, &error);
}

/* A word in its name is enough: better one too many that does not go to a stranger. */
static bool is_credential(const char *header)
{
	static const char *const words[] = { "auth",   "key",      "token",  "cookie",
					     "secret", "password", "session" };
	const char *colon = strchr(header, ':');

	for (const char *at = header; at < colon; at++) {
		for (size_t i = 0; i < countof(words); i++) {
			if (strncasecmp(at, words[i], strlen(words[i])) == 0)
				return true;
		}
	}
	return false;
}

static bool is_about_body(const char *header)
{
	return strncasecmp(header, "content-", strlen("content-")) == 0;
}

static void drop_headers(struct net_transfer *transfer, bool (*is_dropped)(const char *header))
{
	char **kept = transfer->headers;

	for (char **header = transfer->headers; *header; header++) {
		if (is_dropped(*header))
			free(*header);
		else
			*kept++ = *header;
	}
	*kept = NULL;
}

static void change_method(struct net_transfer *transfer)
{
	int status = transfer->answer.status;
	bool is_post = str_equal(transfer->method, "POST");

	if (str_equal(transfer->method, "HEAD") || status == 307 || status == 308)
		return;
	if (status != 303 && !is_post)
		return;
	memcpy(transfer->method, "GET", sizeof("GET"));
	blob_unref(transfer->body);
	transfer->body = NULL;
	drop_headers(transfer, is_about_body);
}

/* The user named it as one that may be reached. */
static bool is_open(const struct net_client *client, const struct target *target)
{
	bool is_found = false;

	for (const char *const *at = client->open; at && *at && !is_found; at++) {
		CURLU *url = client->curl.url();
		struct target open;
		struct error err;

		is_found = url && target_parse(&client->curl, url, *at, &open, &err) == 0 &&
			   target_is_same_origin(&open, target);
		client->curl.url_cleanup(url);
	}
	return is_found;
}

static int take_redirect(struct net_transfer *transfer, struct error *err)
{
	const char *location = headers_find(&transfer->answer, "location");
	struct target from = transfer->target, to;
	int r;

	(void)snprintf(transfer->from, sizeof(transfer->from), "%s", from.shown); /* it fits */
	if (transfer->n_redirects == transfer->redirects_max) {
		r = error_set(err, ERROR_INVALID, ELOOP, "more than %u times",
			      transfer->redirects_max);
		error_from(err, ERROR_FROM_CURL, CURLE_TOO_MANY_REDIRECTS);
		return r;
	}
	transfer->n_redirects++;
	r = target_parse(&transfer->client->curl, transfer->url, location, &to, err);
	if (r == 0 && from.is_https && !to.is_https)
		r = target_deny(err, "it would go on without encryption at '%s'", to.host);
	if (r < 0)
		return r;
	change_method(transfer);
	if (!target_is_same_origin(&from, &to)) {
		/* For good: what comes back from elsewhere was not asked for by the user. */
		transfer->is_trusted = transfer->is_trusted && is_open(transfer->client, &to);
		drop_headers(transfer, is_credential);
	}
	transfer->target = to;
	return 0;
}

/* This hop has its answer. */
static void take_answer(struct net_transfer *transfer, struct blob *own_body)
{
	struct error error = { 0 };

	kept_keep(transfer, own_body);
	if (!exchange_is_redirect(transfer)) {
		succeed(transfer, own_body);
		return;
	}
	blob_unref(own_body);
	transfer->is_cut = transfer->is_cached = false;
	if (take_redirect(transfer, &error) < 0)
		transfer_fail(transfer, &error);
	else
		start_hop(transfer);
}

static void take_kept(struct net_transfer *transfer)
{
	struct blob *body;

	if (kept_take(transfer, &body) < 0)
		fail_memory(transfer);
	else
		take_answer(transfer, body);
}

void transfer_looked(struct net_transfer *transfer, bool is_fresh)
{
	struct error error = { 0 };

	if (is_fresh)
		take_kept(transfer);
	else if (exchange_start(transfer, &error) < 0)
		transfer_fail(transfer, &error);
}

void transfer_exchanged(struct net_transfer *transfer, CURLcode code)
{
	bool is_answered = code == CURLE_OK || transfer->is_cut || transfer->is_dropped;
	struct error error = { 0 };
	struct blob *body;

	if (code == CURLE_OK && unpack_is_short(&transfer->unpack)) {
		is_answered = false;
		code = CURLE_PARTIAL_FILE;
	}
	if (!is_answered || transfer->fault.class != ERROR_NONE) {
		exchange_error(transfer, code, &error);
		transfer_fail(transfer, &error);
		return;
	}
	exchange_stop(transfer);
	if (transfer->answer.status == 304 && transfer->has_cached) {
		if (kept_renew(transfer) < 0)
			fail_memory(transfer);
		else
			take_kept(transfer);
		return;
	}
	if (take_body(transfer, &body) < 0)
		fail_memory(transfer);
	else
		take_answer(transfer, body);
}

/* ---- time ---- */

static void on_time(uv_timer_t *timer);

static void set_timer(struct net_transfer *transfer, uint64_t now_ns, uint64_t at_ns)
{
	uint64_t wait_ms = at_ns > now_ns ? (at_ns - now_ns) / NS_PER_MS + 1 : 0;

	(void)uv_timer_start(&transfer->timer, on_time, wait_ms, 0); /* it is not closed */
}

static void time_out(struct net_transfer *transfer, const char *why)
{
	struct error error = { 0 };

	(void)error_set(&error, ERROR_TIMEOUT, ETIMEDOUT, "'%s' %s", transfer->target.shown, why);
	error_from(&error, ERROR_FROM_CURL, CURLE_OPERATION_TIMEDOUT);
	transfer_fail(transfer, &error);
}

void transfer_watch_speed(struct net_transfer *transfer)
{
	uint64_t now_ns = clock_now_ns();
	uint64_t at_ns = now_ns + (uint64_t)SLOW_MS * NS_PER_MS;

	transfer->looked_ns = now_ns;
	transfer->n_came_before = transfer->n_came;
	/* Whom the user named may take all of the time he has. */
	if (transfer->is_trusted || at_ns > transfer->deadline_ns)
		at_ns = transfer->deadline_ns;
	set_timer(transfer, now_ns, at_ns);
}

void transfer_break(struct net_transfer *transfer)
{
	(void)error_errno(&transfer->fault, ENOMEM, "cannot ask '%s'", transfer->target.shown);
	(void)uv_timer_start(&transfer->timer, on_time, 0, 0); /* it is not closed */
}

/* Why it cannot go on; NULL = it can. */
static const char *why_late(const struct net_transfer *transfer)
{
	if (clock_now_ns() >= transfer->deadline_ns)
		return "did not answer in time";
	if (!transfer->is_trusted && transfer->looked_ns &&
	    transfer->n_came - transfer->n_came_before < SLOW_BYTES)
		return "sends too slowly";
	return NULL;
}

static void on_time(uv_timer_t *timer)
{
	struct net_transfer *transfer = timer->data;
	struct error error = transfer->fault;
	const char *why = why_late(transfer);

	if (error.class != ERROR_NONE)
		transfer_fail(transfer, &error);
	else if (why)
		time_out(transfer, why);
	else
		transfer_watch_speed(transfer);
}

/* ---- the start ---- */

static bool is_header_good(const char *header)
{
	static const char *const own[] = { "host",       "content-length", "transfer-encoding",
					   "connection", "expect",         "accept-encoding" };
	size_t name_len = strcspn(header, ":");

	if (name_len == 0 || header[name_len] != ':')
		return false;
	for (size_t i = 0; i < name_len; i++) {
		if (!isalnum((unsigned char)header[i]) && !strchr("-_.", header[i]))
			return false;
	}
	for (size_t i = 0; i < countof(own); i++) {
		if (strlen(own[i]) == name_len && strncasecmp(header, own[i], name_len) == 0)
			return false;
	}
	for (const char *at = header; *at; at++) {
		if ((unsigned char)*at < ' ' && *at != '\t')
			return false;
	}
	return true;
}

static int take_headers(struct net_transfer *transfer, const char *const *headers,
			struct error *err)
{
	size_t n = 0, bytes = 0;

	for (; headers && headers[n]; n++) {
		bytes += strlen(headers[n]);
		if (!is_header_good(headers[n]))
			return error_set(err, ERROR_INVALID, EINVAL,
					 "header %zu of a request cannot be sent", n + 1);
	}
	if (n > REQUEST_HEADERS_MAX || bytes > REQUEST_HEADERS_BYTES_MAX)
		return error_set(err, ERROR_INVALID, E2BIG, "too many headers for a request");
	transfer->headers = calloc(n + 1, sizeof(*transfer->headers));
	for (size_t i = 0; transfer->headers && i < n; i++) {
		transfer->headers[i] = strdup(headers[i]);
		if (!transfer->headers[i])
			return error_errno(err, ENOMEM, "cannot start a transfer");
	}
	return transfer->headers ? 0 : error_errno(err, ENOMEM, "cannot start a transfer");
}

static int take_method(struct net_transfer *transfer, const struct transfer_request *request,
		       struct error *err)
{
	const char *method = request->method;
	size_t len;

	if (!method)
		method = request->body ? "POST" : "GET";
	len = strspn(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
	if (len == 0 || method[len] || len > METHOD_MAX || str_equal(method, "CONNECT") ||
	    str_equal(method, "TRACE"))
		return error_set(err, ERROR_INVALID, EINVAL, "'%.40s' is no method to ask with",
				 method);
	memcpy(transfer->method, method, len + 1);
	return 0;
}

static int take_request(struct net_transfer *transfer, const struct transfer_request *request,
			struct error *err)
{
	int r = take_method(transfer, request, err);

	if (r == 0)
		r = take_headers(transfer, request->headers, err);
	if (r < 0)
		return r;
	if (request->body) {
		transfer->body = blob_new(request->body, request->body_len);
		if (!transfer->body)
			return error_errno(err, ENOMEM, "cannot start a transfer");
	}
	transfer->limit_bytes = request->limit_bytes ? request->limit_bytes : TRANSFER_LIMIT_BYTES;
	transfer->redirects_max = request->redirects_max < TRANSFER_REDIRECTS_MAX
					  ? request->redirects_max
					  : TRANSFER_REDIRECTS_MAX;
	transfer->is_redirecting = transfer->redirects_max > 0;
	transfer->is_trusted = request->is_trusted;
	transfer->may_cache = request->may_cache;
	transfer->fresh_ms = request->fresh_ms;
	buf_init(&transfer->text, (size_t)transfer->limit_bytes);
	transfer->url = transfer->client->curl.url();
	if (!transfer->url)
		return error_errno(err, ENOMEM, "cannot start a transfer");
	r = target_parse(&transfer->client->curl, transfer->url, request->url, &transfer->target,
			 err);
	if (r == 0)
		transfer->is_trusted |= is_open(transfer->client, &transfer->target);
	return r;
}

static void begin(struct net_transfer *transfer, uint64_t timeout_ms)
{
	struct net_client *client = transfer->client;
	enum { FOREVER_MS = 1 << 30 }; /* twelve days */

	if (timeout_ms == 0)
		timeout_ms = TRANSFER_TIMEOUT_MS;
	if (timeout_ms > FOREVER_MS)
		timeout_ms = FOREVER_MS;
	transfer->next = client->transfers;
	transfer->back = &client->transfers;
	if (transfer->next)
		transfer->next->back = &transfer->next;
	client->transfers = transfer;
	transfer->started_ns = clock_now_ns();
	transfer->deadline_ns = transfer->started_ns + timeout_ms * NS_PER_MS;
	(void)uv_timer_init(client->loop, &transfer->timer); /* always 0 */
	transfer->timer.data = transfer;
	uv_update_time(client->loop);
	set_timer(transfer, transfer->started_ns, transfer->deadline_ns);
}

int net_start(struct net_client *client, const struct transfer_request *request, net_done_fn *done,
	      void *data, struct net_transfer **ret_transfer, struct error *err)
{
	struct net_transfer *transfer;
	int r = net_client_load(client, err);

	if (r < 0)
		return r;
	transfer = calloc(1, sizeof(*transfer));
	if (!transfer)
		return error_errno(err, ENOMEM, "cannot start a transfer");
	transfer->client = client;
	client_hold(client);
	transfer->n_holds = 1; /* its timer's, or ours */
	transfer->done = done;
	transfer->data = data;
	headers_init(&transfer->answer);
	r = take_request(transfer, request, err);
	if (r < 0) {
		transfer_drop(transfer);
		return r;
	}
	begin(transfer, request->timeout_ms);
	start_hop(transfer);
	*ret_transfer = transfer;
	return 0;
}

void net_cancel(struct net_transfer *transfer)
{
	struct error error = { 0 };

	if (transfer->is_ended)
		return;
	(void)error_set(&error, ERROR_CANCELLED, ECANCELED, "cancelled");
	transfer_fail(transfer, &error);
}
