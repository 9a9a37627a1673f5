/* SPDX-License-Identifier: MIT */
/* The answer of the web as one JSON object. */
#include "graph/web_text.h"

#include "base/utf8.h"

#include <string.h>

static void write_list(struct json_write *json, const char *key, const char *const *items, size_t n)
{
	json_key(json, key);
	json_begin_array(json);
	for (size_t i = 0; i < n; i++)
		json_str(json, items[i]);
	json_end_array(json);
}

static size_t at_most(size_t n, size_t max)
{
	return n < max ? n : max;
}

static void write_passages(const struct web_page *page, const struct web_shape *shape,
			   struct json_write *json)
{
	json_key(json, "passages");
	json_begin_array(json);
	for (size_t i = 0; i < page->n_passages; i++) {
		const struct web_passage *passage = &page->passages[i];
		size_t len = web_passage_len(passage, shape);

		if (!len)
			continue;
		json_begin_object(json);
		json_key(json, "text");
		json_strn(json, passage->text, len);
		if (passage->text[len])
			json_key_bool(json, "cut", true);
		json_key_str(json, "heading", passage->heading);
		write_list(json, "also", passage->also, at_most(passage->n_also, shape->n_also));
		json_end_object(json);
	}
	json_end_array(json);
}

static void write_code(const struct web_page *page, const struct web_shape *shape,
		       struct json_write *json)
{
	json_key(json, "code");
	json_begin_array(json);
	for (size_t i = 0; i < at_most(page->n_code, shape->n_code); i++) {
		const struct web_code *code = &page->code[i];

		json_begin_object(json);
		json_key_str(json, "kind", web_code_kind_name(code->kind));
		json_key_str(json, "name", code->name);
		if (*code->path)
			json_key_str(json, "path", code->path);
		if (code->line)
			json_key_uint(json, "line", code->line);
		json_end_object(json);
	}
	json_end_array(json);
}

static void write_page(const struct web_report *report, const struct web_shape *shape, size_t i,
		       struct json_write *json)
{
	const struct web_page *page = &report->answer->pages[i];

	json_begin_object(json);
	json_key_str(json, "url", page->url);
	json_key_str(json, "title", page->title);
	if (i < shape->n_pages) {
		if (page->published_s > 0)
			json_key_uint(json, "published", (uint64_t)page->published_s);
		json_key(json, "score");
		json_fixed(json, page->score, 3);
		write_list(json, "by", page->by, page->n_by);
		json_key_bool(json, "read", page->is_read);
		json_key_bool(json, "stale", page->is_stale);
		write_passages(page, shape, json);
		write_list(json, "why", page->why, at_most(page->n_why, shape->n_why));
		write_code(page, shape, json);
	}
	if (report->explain) {
		json_key(json, "features");
		json_begin_object(json);
		for (unsigned k = 0; k < WEB_FEATURES; k++) {
			json_key(json, web_feature_name((enum web_feature)k));
			json_fixed(json, page->features[k], 4);
		}
		json_end_object(json);
	}
	json_end_object(json);
}

static void write_claims(const struct web_report *report, const struct web_shape *shape,
			 struct json_write *json)
{
	json_key(json, "claims");
	json_begin_array(json);
	for (size_t i = 0; i < at_most(report->answer->n_claims, shape->n_claims); i++) {
		const struct web_claim *claim = &report->answer->claims[i];

		json_begin_object(json);
		json_key_str(json, "text", claim->text);
		write_list(json, "support", claim->support, claim->n_support);
		json_key_uint(json, "sites", claim->n_sites);
		json_key_str(json, "status", claim_status_name(claim->status));
		json_end_object(json);
	}
	json_end_array(json);
}

void web_render_json(const struct web_report *report, const struct web_shape *shape,
		     struct buf *out)
{
	const char *question = report->answer->question->text;
	struct json_write json = json_write_to(out);

	json_begin_object(&json);
	json_key(&json, "question");
	json_strn(&json, question, utf8_fit(question, strlen(question), shape->question));
	if (report->n_words_left_out)
		json_key_uint(&json, "words_left_out", report->n_words_left_out);
	if (report->stop_text)
		json_key_str(&json, "stopped", report->stop_text);
	json_key(&json, "pages");
	json_begin_array(&json);
	for (size_t i = 0; i < shape->n_named; i++)
		write_page(report, shape, i, &json);
	json_end_array(&json);
	json_key_uint(&json, "more_pages", web_answer_more(report->answer, shape->n_named));
	json_key_uint(&json, "searches", report->answer->n_searches);
	json_key_uint(&json, "pages_seen", report->answer->n_seen);
	write_claims(report, shape, &json);
	if (report->reasons)
		reasons_write_json(report->reasons, shape->n_reasons, shape->reason, &json);
	account_write_json(&report->account, shape->used, &json);
	json_end_object(&json);
	buf_add_char(out, '\n');
}
