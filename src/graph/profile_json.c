/* SPDX-License-Identifier: MIT */
/* A profile as one JSON object. */
#include "graph/profile_report.h"

#include <inttypes.h>

static void write_place(const char *key, const char *path, uint32_t line, struct json_write *json)
{
	CLEANUP(buf) struct buf text = { .max = 8192 };

	if (!path)
		return;
	buf_add_str(&text, path);
	if (line)
		buf_printf(&text, ":%" PRIu32, line);
	json_key_str(json, key, text.data ? text.data : "");
}

static void write_point(const struct profile_point *point, struct json_write *json)
{
	json_begin_object(json);
	json_key_str(json, "name", point->name);
	if (point->text && *point->text)
		json_key_str(json, "text", point->text);
	write_place("at", point->path, point->line, json);
	if (point->call)
		json_key_str(json, "call", point->call);
	write_place("other_at", point->other_path, point->other_line, json);
	if (point->other_call)
		json_key_str(json, "other_call", point->other_call);
	if (point->n_files)
		json_key_uint(json, "files", point->n_files);
	if (point->n_bytes)
		json_key_uint(json, "bytes", point->n_bytes);
	if (point->share >= 0) {
		json_key(json, "share");
		json_fixed(json, point->share, 4);
	}
	json_end_object(json);
}

static void write_sections(const struct profile_report *report, const struct profile_shape *shape,
			   struct json_write *json)
{
	for (unsigned i = 0; i < PROFILE_SECTIONS; i++) {
		const struct profile_part *part = &report->profile->parts[i];

		if (!shape->n_points[i] && part->n_all)
			continue; /* left out for want of room, which is not the same as empty */
		json_key(json, profile_section_key((enum profile_section)i));
		json_begin_array(json);
		for (size_t k = 0; k < shape->n_points[i]; k++)
			write_point(&part->points.items[k], json);
		json_end_array(json);
	}
}

static void write_left_out(const struct profile_report *report, const struct profile_shape *shape,
			   struct json_write *json)
{
	json_key(json, "left_out");
	json_begin_object(json);
	for (unsigned i = 0; i < PROFILE_SECTIONS; i++) {
		size_t n_all = report->profile->parts[i].n_all;

		if (n_all > shape->n_points[i])
			json_key_uint(json, profile_section_key((enum profile_section)i),
				      n_all - shape->n_points[i]);
	}
	json_end_object(json);
}

void profile_render_json(const struct profile_report *report, const struct profile_shape *shape,
			 struct buf *out)
{
	struct json_write json = json_write_to(out);

	json_begin_object(&json);
	json_key_str(&json, "project", report->profile->name);
	if (shape->has_headline)
		json_key_str(&json, "headline", report->profile->headline);
	if (report->stop_text)
		json_key_str(&json, "stopped", report->stop_text);
	write_sections(report, shape, &json);
	write_left_out(report, shape, &json);
	account_write_json(&report->account, shape->used, &json);
	json_end_object(&json);
	buf_add_char(out, '\n');
}
