/* SPDX-License-Identifier: MIT */
/*
 * libcurl's multi interface on the loop: libcurl says which sockets to watch and when to wake it,
 * the loop says what has happened. Transfers that have ended are told from a timer of their own,
 * so that no callback of the caller runs inside libcurl or inside net_start() or net_cancel().
 */
#include "net/core.h"

#include "base/attr.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { CONNECTIONS = 64, PER_HOST = 4, CACHE_BYTES = 256 << 20 };

struct watch {
	uv_poll_t poll;
	struct net_client *client;
	curl_socket_t fd;
};

void client_hold(struct net_client *client)
{
	client->n_holds++;
}

void client_drop(struct net_client *client)
{
	if (--client->n_holds > 0)
		return;
	curl_api_release(&client->curl);
	net_cache_free(client->cache);
	free(client->ca_file);
	free(client->user_agent);
	free(client);
}

/* What libcurl has finished with. */
static void collect(struct net_client *client)
{
	CURLMsg *message;
	int n_left;

	while ((message = client->curl.multi_info_read(client->multi, &n_left))) {
		struct net_transfer *transfer = NULL;
		CURLcode code = message->data.result; /* gone with the handle */

		if (message->msg != CURLMSG_DONE)
			continue;
		(void)client->curl.easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
		transfer_exchanged(transfer, code);
	}
}

static void act(struct net_client *client, curl_socket_t fd, int events)
{
	int n_running;

	/* An error of the multi itself leaves the transfers to their time limits. */
	(void)client->curl.multi_socket_action(client->multi, fd, events, &n_running);
	collect(client);
}

static void on_event(uv_poll_t *poll, int status, int events)
{
	struct watch *watch = container_of(poll, struct watch, poll);
	int flags = 0;

	if (status < 0)
		flags = CURL_CSELECT_ERR;
	if (events & UV_READABLE)
		flags |= CURL_CSELECT_IN;
	if (events & UV_WRITABLE)
		flags |= CURL_CSELECT_OUT;
	act(watch->client, watch->fd, flags);
}

static void on_timer(uv_timer_t *timer)
{
	act(timer->data, CURL_SOCKET_TIMEOUT, 0);
}

static int on_want_timer(CURLM *multi, long timeout_ms, void *data)
{
	struct net_client *client = data;

	(void)multi;
	if (client->is_closing)
		return 0;
	if (timeout_ms < 0)
		(void)uv_timer_stop(&client->timer); /* always 0 */
	else
		(void)uv_timer_start(&client->timer, on_timer, (uint64_t)timeout_ms, 0);
	return 0;
}

static void on_watch_closed(uv_handle_t *handle)
{
	struct watch *watch = container_of((uv_poll_t *)handle, struct watch, poll);
	struct net_client *client = watch->client;

	free(watch);
	client_drop(client);
}

static struct watch *watch_new(struct net_client *client, curl_socket_t fd)
{
	struct watch *watch = calloc(1, sizeof(*watch));

	if (!watch)
		return NULL;
	if (uv_poll_init(client->loop, &watch->poll, fd) < 0) {
		free(watch);
		return NULL;
	}
	watch->client = client;
	watch->fd = fd;
	client_hold(client);
	return watch;
}

/* Saying no to libcurl would end it all, and not well: only whose socket it is fails. Handles of
 * libcurl's own have no transfer. */
static void break_transfer(struct net_client *client, CURL *easy)
{
	struct net_transfer *transfer = NULL;

	(void)client->curl.easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
	if (transfer)
		transfer_break(transfer);
}

static int on_want_socket(CURL *easy, curl_socket_t fd, int what, void *data, void *socket_data)
{
	struct net_client *client = data;
	struct watch *watch = socket_data;
	int events = 0;

	if (what == CURL_POLL_REMOVE) {
		if (watch) {
			uv_close((uv_handle_t *)&watch->poll, on_watch_closed);
			(void)client->curl.multi_assign(client->multi, fd, NULL);
		}
		return 0;
	}
	if (!watch) {
		watch = watch_new(client, fd);
		if (!watch) {
			break_transfer(client, easy);
			return 0;
		}
		(void)client->curl.multi_assign(client->multi, fd, watch); /* fd is known */
	}
	if (what & CURL_POLL_IN)
		events |= UV_READABLE;
	if (what & CURL_POLL_OUT)
		events |= UV_WRITABLE;
	if (uv_poll_start(&watch->poll, events, on_event) < 0)
		break_transfer(client, easy);
	return 0;
}

static int make_multi(struct net_client *client, struct error *err)
{
	struct curl_api *curl = &client->curl;
	long max = (long)client->connections_max;
	CURLM *multi = curl->multi_init();

	if (!multi)
		return error_errno(err, ENOMEM, "cannot start the web client");
	(void)curl->multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_want_socket);
	(void)curl->multi_setopt(multi, CURLMOPT_SOCKETDATA, client);
	(void)curl->multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_want_timer);
	(void)curl->multi_setopt(multi, CURLMOPT_TIMERDATA, client);
	(void)curl->multi_setopt(multi, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
	(void)curl->multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, max);
	(void)curl->multi_setopt(multi, CURLMOPT_MAXCONNECTS, max);
	(void)curl->multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS,
				 max < PER_HOST ? 1L : max / PER_HOST);
	client->multi = multi;
	return 0;
}

int net_client_load(struct net_client *client, struct error *err)
{
	int r = 0;

	if (!client->curl.library)
		r = curl_api_load(&client->curl, err);
	if (r == 0 && !client->multi)
		r = make_multi(client, err);
	return r;
}

static void on_ending(uv_timer_t *timer)
{
	struct net_client *client = timer->data;
	struct net_transfer *last = NULL;

	/* Those that end while others are told wait for the next turn. */
	if (client->ended)
		last = container_of(client->ended_tail, struct net_transfer, next_ended);
	while (last) {
		struct net_transfer *transfer = client->ended;

		client->ended = transfer->next_ended;
		if (!client->ended)
			client->ended_tail = &client->ended;
		if (transfer == last)
			last = NULL;
		transfer_tell(transfer);
	}
}

void client_ended(struct net_client *client, struct net_transfer *transfer)
{
	transfer->next_ended = NULL;
	*client->ended_tail = transfer;
	client->ended_tail = &transfer->next_ended;
	(void)uv_timer_start(&client->ending, on_ending, 0, 0); /* fails only while it is closed */
}

static void on_timer_closed(uv_handle_t *handle)
{
	client_drop(handle->data);
}

int net_client_new(const struct net_conf *conf, struct net_client **ret_client, struct error *err)
{
	struct net_client *client = calloc(1, sizeof(*client));

	if (!client)
		return error_errno(err, ENOMEM, "cannot make a web client");
	client->ended_tail = &client->ended;
	client->loop = conf->loop;
	client->open = conf->open;
	client->connections_max = conf->connections_max ? conf->connections_max : CONNECTIONS;
	client->ca_file = conf->ca_file ? strdup(conf->ca_file) : NULL;
	client->user_agent = strdup(conf->user_agent ? conf->user_agent : "volley/" VOLLEY_VERSION);
	if (conf->cache_dir)
		client->cache = net_cache_new(conf->cache_dir, conf->cache_limit_bytes
								       ? conf->cache_limit_bytes
								       : CACHE_BYTES);
	client_hold(client);
	if ((conf->ca_file && !client->ca_file) || (conf->cache_dir && !client->cache) ||
	    !client->user_agent) {
		client_drop(client);
		return error_errno(err, ENOMEM, "cannot make a web client");
	}
	(void)uv_timer_init(conf->loop, &client->timer); /* these are always 0 */
	(void)uv_timer_init(conf->loop, &client->ending);
	client->timer.data = client->ending.data = client;
	client_hold(client); /* one for each timer */
	*ret_client = client;
	return 0;
}

void net_client_free(struct net_client *client)
{
	if (!client)
		return;
	client->is_closing = true;
	while (client->transfers)
		transfer_discard(client->transfers);
	if (client->multi)
		(void)client->curl.multi_cleanup(client->multi); /* no handles are left in it */
	client->multi = NULL;
	uv_close((uv_handle_t *)&client->timer, on_timer_closed);
	uv_close((uv_handle_t *)&client->ending, on_timer_closed);
}
