/* SPDX-License-Identifier: MIT */
/* The answer as one JSON object. */
#include "graph/answer_text.h"

#include <string.h>

static void write_piece_lines(void *data, const struct answer_piece *piece)
{
	struct json_write *json = data;

	json_begin_array(json);
	json_uint(json, piece->line);
	json_uint(json, piece->end_line);
	json_end_array(json);
}

static void write_piece_text(void *data, const struct answer_piece *piece)
{
	struct json_write *json = data;

	json_strn(json, piece->text.data ? piece->text.data : "", piece->text.len);
}

static void write_list(struct json_write *json, const char *key, const char *const *items, size_t n)
{
	json_key(json, key);
	json_begin_array(json);
	for (size_t i = 0; i < n; i++)
		json_str(json, items[i]);
	json_end_array(json);
}

static void write_file(const struct answer_report *report, const struct answer_shape *shape,
		       size_t i, struct json_write *json)
{
	const struct answer_file *file = &report->answer->files[i];

	json_begin_object(json);
	json_key_str(json, "path", file->path);
	json_key(json, "score");
	json_fixed(json, file->score, 3);
	json_key(json, "ranges");
	json_begin_array(json);
	if (i < shape->n_files)
		answer_each_piece(file, shape, write_piece_lines, json);
	json_end_array(json);
	if (i < shape->n_files) {
		write_list(json, "symbols", file->symbols, shape->n_why ? file->n_symbols : 0);
		write_list(json, "why", file->why,
			   file->n_why < shape->n_why ? file->n_why : shape->n_why);
		json_key(json, "text");
		json_begin_array(json);
		answer_each_piece(file, shape, write_piece_text, json);
		json_end_array(json);
	}
	if (report->explain) {
		json_key(json, "features");
		json_begin_object(json);
		for (unsigned k = 0; k < FEATURE_COUNT; k++) {
			json_key(json, feature_name((enum feature)k));
			json_fixed(json, (double)file->ranked->features[k], 4);
		}
		json_end_object(json);
	}
	json_end_object(json);
}

static void write_claims(const struct answer_report *report, const struct answer_shape *shape,
			 struct json_write *json)
{
	json_key(json, "claims");
	json_begin_array(json);
	for (size_t i = 0; i < report->answer->n_claims && i < shape->n_claims; i++) {
		const struct answer_claim *claim = &report->answer->claims[i];

		json_begin_object(json);
		json_key_str(json, "text", claim->text);
		write_list(json, "support", claim->support, claim->n_support);
		json_key_str(json, "status", claim_status_name(claim->status));
		json_end_object(json);
	}
	json_end_array(json);
}

void answer_render_json(const struct answer_report *report, const struct answer_shape *shape,
			struct buf *out)
{
	struct json_write json = json_write_to(out);

	json_begin_object(&json);
	json_key_str(&json, "question", report->answer->question->text);
	if (report->stop_text)
		json_key_str(&json, "stopped", report->stop_text);
	json_key(&json, "files");
	json_begin_array(&json);
	for (size_t i = 0; i < shape->n_named; i++)
		write_file(report, shape, i, &json);
	json_end_array(&json);
	write_claims(report, shape, &json);
	account_write_json(&report->account, shape->used, &json);
	json_end_object(&json);
	buf_add_char(out, '\n');
}
