/* SPDX-License-Identifier: MIT */
#include "engine/core.h"
#include "engine/search.h"
#include "recovery/retry_after.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A quarter of them to one host: as many as there are searches at once, and again for pages. */
enum { CONNECTIONS_MAX = 256 };

int web_init(struct web *web, struct engine *engine, const struct engine_conf *conf,
	     struct error *err)
{
	web->engine = engine;
	web->conf = conf->search;
	web->open = conf->open;
	web->conf_data = conf->search_data;
	web->cache_dir = conf->web_cache_dir ? strdup(conf->web_cache_dir) : NULL;
	web->ca_file = conf->ca_file ? strdup(conf->ca_file) : NULL;
	if ((conf->web_cache_dir && !web->cache_dir) || (conf->ca_file && !web->ca_file))
		return error_errno(err, ENOMEM, "cannot start the engine");
	return 0;
}

void web_release(struct web *web)
{
	searches_free(web->searches);
	net_client_free(web->client);
	free(web->cache_dir);
	free(web->ca_file);
	*web = (struct web){ 0 };
}

struct net_client *web_client(struct web *web, struct error *err)
{
	const struct net_conf conf = {
		.loop = &web->engine->loop,
		.cache_dir = web->cache_dir,
		.ca_file = web->ca_file,
		.open = web->open,
		.connections_max = CONNECTIONS_MAX,
	};

	if (!web->client && net_client_new(&conf, &web->client, err) < 0)
		return NULL;
	return web->client;
}

void web_read_retry_after(struct env *env, struct transfer_outcome *outcome)
{
	const char *text = transfer_header(outcome, "retry-after");

	if (text && retry_after_parse(text, strlen(text), env->ops->time_s(env),
				      &outcome->retry_after_ms) < 0)
		outcome->retry_after_ms = 0;
}
