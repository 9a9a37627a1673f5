/* SPDX-License-Identifier: MIT */
/*
 * The web client on its own. Reads lines of JSON: first what the client is made with
 * ({"cache_dir": …, "cache_limit_bytes": …, "ca_file": …, "connections_max": …}), then, for each
 * line, an array of requests, which run side by side. Prints an array of how they ended, in the
 * order they were asked, and how long it took. A request with "cancel_ms" is cancelled then. A line
 * {"free_ms": N, "requests": […]} frees the client under them.
 */
#include "base/clock.h"
#include "net/client.h"

#include <assert.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum { HEADERS_MAX = 1000, SHOWN_MAX = 65536 };

struct asked {
	struct net_transfer *transfer; /* NULL once it has ended */
	struct transfer_outcome outcome;
	uv_timer_t cancel;
	size_t *n_left;
	bool is_told;
};

static const char *text_of(json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static uint64_t number_of(json_t *object, const char *key)
{
	return (uint64_t)json_integer_value(json_object_get(object, key));
}

static void on_done(void *data, struct transfer_outcome *own_outcome)
{
	struct asked *asked = data;

	assert(!asked->is_told);
	asked->is_told = true;
	asked->transfer = NULL;
	asked->outcome = *own_outcome;
	(*asked->n_left)--;
}

static void on_cancel(uv_timer_t *timer)
{
	struct asked *asked = timer->data;

	if (!asked->transfer)
		return;
	net_cancel(asked->transfer);
	assert(!asked->is_told);
}

static void start(struct net_client *client, json_t *json, struct asked *asked)
{
	const char *headers[HEADERS_MAX + 1];
	json_t *list = json_object_get(json, "headers"), *body = json_object_get(json, "body");
	size_t n = json_array_size(list) < HEADERS_MAX ? json_array_size(list) : HEADERS_MAX;
	struct transfer_request request = {
		.url = text_of(json, "url"),
		.method = text_of(json, "method"),
		.headers = headers,
		.body = json_string_value(body),
		.body_len = json_string_length(body),
		.timeout_ms = number_of(json, "timeout_ms"),
		.limit_bytes = number_of(json, "limit_bytes"),
		.redirects_max = (unsigned)number_of(json, "redirects_max"),
		.is_trusted = json_is_true(json_object_get(json, "is_trusted")),
		.may_cache = json_is_true(json_object_get(json, "may_cache")),
		.fresh_ms = number_of(json, "fresh_ms"),
	};

	for (size_t i = 0; i < n; i++)
		headers[i] = json_string_value(json_array_get(list, i));
	headers[n] = NULL;
	if (net_start(client, &request, on_done, asked, &asked->transfer, &asked->outcome.error) <
	    0)
		return;
	++*asked->n_left;
	assert(!asked->is_told);
	if (json_object_get(json, "cancel_ms"))
		(void)uv_timer_start(&asked->cancel, on_cancel, number_of(json, "cancel_ms"), 0);
}

/* What this program itself needs: it is told apart from what the client does without memory. */
static void need(const void *memory)
{
	if (!memory)
		exit(4);
}

static json_t *hex_of(const struct blob *body, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	char *hex = calloc(2 * len + 1, 1);
	json_t *json;

	need(hex);
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)blob_data(body)[i];

		hex[2 * i] = digits[c >> 4];
		hex[2 * i + 1] = digits[c & 15];
	}
	json = json_string(hex);
	free(hex);
	return json;
}

static json_t *json_of(const struct transfer_outcome *outcome)
{
	const struct error *error = &outcome->error;
	size_t len = outcome->body ? blob_len(outcome->body) : 0;
	json_t *headers = json_array();

	for (size_t i = 0; i < outcome->n_headers; i++)
		(void)json_array_append_new(headers, json_pack("[ss*]", outcome->headers[i].name,
							       outcome->headers[i].value));
	return json_pack(
		"{ss si si ss si ss? sb sb sI sI so sI so}", "class",
		error_class_name(error->class), "origin", (int)error->origin, "code",
		error->origin < ERROR_FROM_EXIT ? error->code : error->origin_code, "text",
		error->class ? error->text : "", "status", outcome->status, "url", outcome->url,
		"is_cut", (int)outcome->is_cut, "is_cached", (int)outcome->is_cached,
		"first_byte_ns", (json_int_t)outcome->first_byte_ns, "total_ns",
		(json_int_t)outcome->total_ns, "headers", headers, "body_len", (json_int_t)len,
		"body_hex", hex_of(outcome->body, len < SHOWN_MAX ? len : SHOWN_MAX));
}

static void print_outcomes(const struct asked *asked, size_t n, uint64_t started_ns)
{
	uint64_t elapsed_ms = (clock_now_ns() - started_ns) / 1000000;
	json_t *outcomes = json_array(), *line;

	for (size_t i = 0; i < n; i++)
		(void)json_array_append_new(outcomes, json_of(&asked[i].outcome));
	line = json_pack("{sI so}", "elapsed_ms", (json_int_t)elapsed_ms, "outcomes", outcomes);
	(void)json_dumpf(line, stdout, JSON_COMPACT);
	puts("");
	(void)fflush(stdout);
	json_decref(line);
}

static void on_free(uv_timer_t *timer)
{
	(void)timer; /* it is enough that it has gone off */
}

/* Whether the client was freed. */
static bool run(uv_loop_t *loop, struct net_client *client, json_t *line)
{
	json_t *free_ms = json_object_get(line, "free_ms");
	json_t *requests = json_is_array(line) ? line : json_object_get(line, "requests");
	size_t n = json_array_size(requests), n_left = 0;
	struct asked *asked = calloc(n + 1, sizeof(*asked));
	uint64_t started_ns = clock_now_ns();
	uv_timer_t timer;

	need(asked);
	(void)uv_timer_init(loop, &timer);
	for (size_t i = 0; i < n; i++) {
		asked[i].n_left = &n_left;
		(void)uv_timer_init(loop, &asked[i].cancel);
		asked[i].cancel.data = &asked[i];
		start(client, json_array_get(requests, i), &asked[i]);
	}
	if (free_ms)
		(void)uv_timer_start(&timer, on_free, (uint64_t)json_integer_value(free_ms), 0);
	while (free_ms ? uv_is_active((uv_handle_t *)&timer) : n_left > 0)
		(void)uv_run(loop, UV_RUN_ONCE);
	if (free_ms)
		net_client_free(client);
	print_outcomes(asked, n, started_ns);
	for (size_t i = 0; i < n; i++)
		uv_close((uv_handle_t *)&asked[i].cancel, NULL);
	uv_close((uv_handle_t *)&timer, NULL);
	(void)uv_run(loop, free_ms ? UV_RUN_DEFAULT : UV_RUN_NOWAIT);
	for (size_t i = 0; i < n; i++)
		transfer_outcome_release(&asked[i].outcome);
	free(asked);
	return free_ms;
}

int main(void)
{
	struct error err = { 0 };
	struct net_client *client;
	char *line = NULL;
	size_t size = 0;
	uv_loop_t loop;
	json_t *json = NULL;
	struct net_conf conf = { .loop = &loop };
	int r;

	if (getline(&line, &size, stdin) <= 0 || !(json = json_loads(line, 0, NULL)))
		return 2;
	(void)uv_loop_init(&loop);
	conf.cache_dir = text_of(json, "cache_dir");
	conf.cache_limit_bytes = number_of(json, "cache_limit_bytes");
	conf.ca_file = text_of(json, "ca_file");
	conf.user_agent = text_of(json, "user_agent");
	conf.connections_max = (unsigned)number_of(json, "connections_max");
	r = net_client_new(&conf, &client, &err);
	json_decref(json);
	if (r < 0) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	while (client && getline(&line, &size, stdin) > 0) {
		json = json_loads(line, 0, NULL);
		if (!json)
			return 2;
		if (run(&loop, client, json))
			client = NULL;
		json_decref(json);
	}
	net_client_free(client);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	r = uv_loop_close(&loop); /* refuses while anything of the client is left */
	free(line);
	return r == 0 ? 0 : 3;
}
