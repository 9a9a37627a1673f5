/* SPDX-License-Identifier: MIT */
/* Requests to providers. */
#include "tools/search_request.h"

#include "base/attr.h"
#include "base/json_write.h"
#include "base/str.h"
#include "tools/search_domain.h"
#include "tools/search_query.h"

#include <assert.h>
#include <errno.h>

static void cleanup_search_draft(struct search_draft *draft)
{
	buf_release(&draft->url);
	buf_release(&draft->body);
}

void search_request_header(struct search_draft *draft, const char *header)
{
	assert(draft->n_headers + 1 < countof(draft->headers));
	draft->headers[draft->n_headers++] = header;
}

struct json_write search_request_json(struct search_draft *draft)
{
	search_request_header(draft, "Content-Type: application/json");
	return json_write_to(&draft->body);
}

static int add_key(struct search_draft *draft, struct error *err)
{
	const struct search_provider *provider = draft->endpoint->provider;
	const char *key = draft->endpoint->key;

	if (!key || !*key)
		return error_set(err, ERROR_DENIED, EACCES, "%s: no key: set %s", provider->name,
				 provider->key_variable);
	for (const char *at = key; *at; at++)
		if ((unsigned char)*at <= ' ' || (unsigned char)*at >= 0x7f)
			return error_set(err, ERROR_DENIED, EACCES,
					 "%s: the key in %s has blanks or controls in it",
					 provider->name, provider->key_variable);
	search_request_header(draft, arena_printf(draft->arena, "%s%s", provider->key_header, key));
	return 0;
}

unsigned search_request_count(const struct search_draft *draft, const struct search_query *query)
{
	unsigned most = draft->endpoint->provider->count_max;

	if (query->count == 0)
		return 1;
	return query->count < most ? query->count : most;
}

void search_request_domains(struct json_write *json, const char *key, const char *const *domains)
{
	bool is_open = false;

	for (; domains && *domains; domains++) {
		struct search_slice domain;

		if (!search_domain_read(*domains, &domain))
			continue;
		if (!is_open) {
			json_key(json, key);
			json_begin_array(json);
			is_open = true;
		}
		json_strn(json, domain.at, domain.len);
	}
	if (is_open)
		json_end_array(json);
}

static int end(struct search_draft *draft, struct transfer_request *ret_request, struct error *err)
{
	const char *own = draft->endpoint->provider->url;
	const char **headers =
		arena_alloc_array(draft->arena, draft->n_headers + 1, sizeof(*headers));
	struct transfer_request request = {
		.url = arena_memdup0(draft->arena, draft->url.data ? draft->url.data : "",
				     draft->url.len),
		.headers = headers,
		.is_trusted = !own || !str_equal(own, draft->endpoint->url),
	};
	int r = buf_error(&draft->url) ? buf_error(&draft->url) : buf_error(&draft->body);

	if (r)
		return error_errno(err, -r, "cannot write the request");
	if (draft->body.len) {
		request.body = arena_memdup0(draft->arena, draft->body.data, draft->body.len);
		request.body_len = draft->body.len;
	} else {
		request.redirects_max = TRANSFER_REDIRECTS_MAX;
	}
	if (arena_failed(draft->arena))
		return error_errno(err, ENOMEM, "cannot write the request");
	for (size_t i = 0; i < draft->n_headers; i++)
		headers[i] = draft->headers[i];
	*ret_request = request;
	return 0;
}

int search_request_build(const struct search_endpoint *endpoint, const struct search_query *query,
			 struct arena *arena, struct transfer_request *ret_request,
			 struct error *err)
{
	const struct search_provider *provider = endpoint->provider;
	CLEANUP(search_draft)
	struct search_draft draft = { .arena = arena, .endpoint = endpoint };
	const char *text;
	int r;

	buf_init(&draft.url, SEARCH_REQUEST_MAX);
	buf_init(&draft.body, SEARCH_REQUEST_MAX);
	buf_add_str(&draft.url, endpoint->url);
	r = search_query_text(query, &provider->form, arena, &text, err);
	if (r < 0)
		return r;
	search_request_header(&draft,
			      provider->accept ? provider->accept : "Accept: application/json");
	provider->write(&draft, query, text);
	if (provider->key_header && (endpoint->key || provider->needs_key))
		r = add_key(&draft, err);
	return r < 0 ? r : end(&draft, ret_request, err);
}
