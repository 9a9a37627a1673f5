/* SPDX-License-Identifier: MIT */
/* A profile for people and models to read. */
#include "graph/profile_report.h"

#include <inttypes.h>

static void write_place(const char *path, uint32_t line, const char *call, struct buf *out)
{
	if (path && line)
		buf_printf(out, "%s:%" PRIu32, path, line);
	else if (path)
		buf_add_str(out, path);
	else if (call)
		buf_printf(out, "call %s", call);
}

static void write_size(const struct profile_point *point, struct buf *out)
{
	static const char *const units[] = { "B", "kB", "MB", "GB", "TB" };
	double n = (double)point->n_bytes;
	size_t unit = 0;

	if (point->share >= 0)
		buf_printf(out, ", %.1f %%", point->share * 100);
	if (point->n_files)
		buf_printf(out, ", %" PRIu64 " file%s", point->n_files,
			   point->n_files == 1 ? "" : "s");
	for (; n >= 1000 && unit + 1 < sizeof(units) / sizeof(*units); unit++)
		n /= 1000;
	if (point->n_bytes)
		buf_printf(out, unit && n < 10 ? ", %.1f %s" : ", %.0f %s", n, units[unit]);
}

static void write_point(enum profile_section section, const struct profile_point *point,
			struct buf *out)
{
	bool is_place = point->path && !point->line && point->name == point->path;

	buf_printf(out, "- %s", point->name);
	if (section == PROFILE_CLASHES && (point->other_path || point->other_call)) {
		buf_add_str(out, " (");
		write_place(point->path, point->line, NULL, out);
		buf_printf(out, ") / %s ", point->text);
		buf_add_str(out, point->other_path ? "(" : "(by ");
		write_place(point->other_path, point->other_line, point->other_call, out);
		buf_add_str(out, ")\n");
		return;
	}
	if (point->text && *point->text)
		buf_printf(out, ": %s", point->text);
	write_size(point, out);
	/* Languages and directories all come from one list; that need not be said of each. */
	if (section != PROFILE_LANGUAGES && !is_place &&
	    (section != PROFILE_LAYOUT || point->path)) {
		buf_add_str(out, " (");
		write_place(point->path, point->line, point->call, out);
		buf_add_char(out, ')');
	}
	buf_add_char(out, '\n');
}

void profile_render_md(const struct profile_report *report, const struct profile_shape *shape,
		       struct buf *out)
{
	const struct profile *profile = report->profile;

	buf_printf(out, "# %s\n", profile->name);
	if (shape->has_headline)
		buf_printf(out, "\n%s\n", profile->headline);
	if (report->stop_text)
		buf_printf(out, "\n**%s: what was found until then**\n", report->stop_text);
	for (unsigned i = 0; i < PROFILE_SECTIONS; i++) {
		const struct profile_part *part = &profile->parts[i];

		if (!shape->n_points[i])
			continue;
		buf_printf(out, "\n## %s\n", profile_section_title((enum profile_section)i));
		for (size_t k = 0; k < shape->n_points[i]; k++)
			write_point((enum profile_section)i, &part->points.items[k], out);
		if (part->n_all > shape->n_points[i])
			buf_printf(out, "- and %zu more\n", part->n_all - shape->n_points[i]);
	}
	account_write_md(&report->account, shape->used, out);
}
