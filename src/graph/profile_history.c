/* SPDX-License-Identifier: MIT */
/* What git tells, from what the commands of the plan printed. */
#include "graph/manifest_read.h"
#include "graph/profile_work.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { COMMITS_MAX = 20000, HOT_MAX = 200 }; /* as the plan asks for them */

static void add_point(struct profile_work *work, const char *name, const char *text,
		      const char *call, double rank)
{
	struct profile_point point = {
		.name = name, .text = text, .call = call, .share = -1, .rank = rank
	};

	profile_add(work, PROFILE_HISTORY, &point);
}

/* The next part of a line that ends in a tab. */
static struct piece next_field(struct piece *rest)
{
	struct piece field = piece_until(*rest, "\t");

	*rest = piece_skip(*rest, field.len + 1);
	return field;
}

/* "     12 text", as uniq -c writes it. */
static bool read_count(struct piece line, uint64_t *ret_n, struct piece *ret_text)
{
	uint64_t n = 0;

	line = piece_trim(line);
	if (!line.len || line.at[0] < '0' || line.at[0] > '9')
		return false;
	while (line.len && line.at[0] >= '0' && line.at[0] <= '9') {
		n = n > UINT32_MAX ? n : n * 10 + (uint64_t)(line.at[0] - '0');
		line = piece_skip(line, 1);
	}
	*ret_n = n;
	*ret_text = piece_skip(line, 1);
	return ret_text->len > 0;
}

static bool next_line(struct project_lines *lines, struct piece *ret_line)
{
	return project_next_line(lines, &ret_line->at, &ret_line->len);
}

static void add_head(struct profile_work *work)
{
	struct project_lines lines = project_output(&work->project, "git-head");
	struct piece line, id, date, author;

	if (!next_line(&lines, &line))
		return;
	id = next_field(&line);
	date = next_field(&line);
	(void)next_field(&line);
	author = next_field(&line);
	add_point(work, "last commit",
		  profile_text(work, "%.*s of %.*s by %.*s: %.*s", (int)id.len, id.at,
			       (int)date.len, date.at, (int)author.len, author.at,
			       (int)(line.len > 100 ? 100 : line.len), line.at),
		  "git-head", 100);
}

/* "2024-01 12": months in order; commits of the last twelve that had any, and since when. */
static void add_months(struct profile_work *work)
{
	enum { SHOWN = 12 };
	struct project_lines lines = project_output(&work->project, "git-months");
	struct {
		char name[8];
		uint64_t n;
	} last[SHOWN] = { 0 };
	CLEANUP(buf) struct buf text = { .max = 400 };
	uint64_t all = 0, n;
	size_t n_months = 0;
	char first[8] = "";
	struct piece line, month;

	while (next_line(&lines, &line)) {
		size_t at = n_months % SHOWN;

		if (!read_count(line, &n, &month) || month.len != 7)
			continue;
		memcpy(last[at].name, month.at, 7);
		last[at].n = n;
		if (!n_months++)
			memcpy(first, month.at, 7);
		all += n;
	}
	if (!n_months)
		return;
	add_point(work, "commits",
		  profile_text(work, "%" PRIu64 "%s since %s", all,
			       all >= COMMITS_MAX ? " or more (the last ones), these" : "", first),
		  "git-months", 95);
	for (size_t i = n_months > SHOWN ? n_months - SHOWN : 0; i < n_months; i++)
		buf_printf(&text, "%s%s %" PRIu64, text.len ? ", " : "", last[i % SHOWN].name,
			   last[i % SHOWN].n);
	add_point(work, "by month", profile_text(work, "%s", text.data ? text.data : ""),
		  "git-months", 60);
}

static void add_authors(struct profile_work *work)
{
	enum { SHOWN = 5, ASKED = 200 };
	struct project_lines lines = project_output(&work->project, "git-authors");
	CLEANUP(buf) struct buf text = { .max = 400 };
	uint64_t all = 0, most = 0, n;
	size_t n_authors = 0;
	struct piece line, name;

	while (next_line(&lines, &line)) {
		if (!read_count(line, &n, &name))
			continue;
		all += n;
		most = n > most ? n : most;
		if (n_authors++ < SHOWN)
			buf_printf(&text, "%s%.*s %" PRIu64, n_authors > 1 ? ", " : "",
				   (int)(name.len > 50 ? 50 : name.len), name.at, n);
	}
	if (!n_authors)
		return;
	add_point(work, "authors",
		  profile_text(work, "%zu%s: %s%s", n_authors, n_authors >= ASKED ? " or more" : "",
			       text.data ? text.data : "", n_authors > SHOWN ? ", …" : ""),
		  "git-authors", 90);
	if (all >= 20 && most * 10 >= all * 9) {
		struct profile_point point = {
			.name = "one author", .call = "git-authors", .share = -1, .rank = 35
		};

		point.text = profile_text(
			work, "%" PRIu64 " of %" PRIu64 " commits are by the same", most, all);
		profile_add(work, PROFILE_RISKS, &point);
	}
}

static void add_refs(struct profile_work *work, const char *call, const char *name, double rank,
		     size_t shown)
{
	struct project_lines lines = project_output(&work->project, call);
	CLEANUP(buf) struct buf text = { .max = 400 };
	struct piece line;
	size_t n = 0;

	while (next_line(&lines, &line)) {
		struct piece ref = next_field(&line);

		if (ref.len && n++ < shown)
			buf_printf(&text, "%s%.*s of %.*s", n > 1 ? ", " : "",
				   (int)(ref.len > 60 ? 60 : ref.len), ref.at, (int)line.len,
				   line.at);
	}
	if (n)
		add_point(work, name, profile_text(work, "%s", text.data ? text.data : ""), call,
			  rank);
}

static void add_state(struct profile_work *work)
{
	struct project_lines lines = project_output(&work->project, "git-state");
	const struct source *source = project_source(&work->project, "git-state");
	size_t n_changed = 0, n_new = 0;
	struct piece line;

	while (next_line(&lines, &line)) {
		if (piece_starts(line, "??"))
			n_new++;
		else
			n_changed++;
	}
	if (!source && project_source(&work->project, "git-head"))
		add_point(work, "working tree", "git did not say whether it is clean", "git-state",
			  40);
	else if (n_changed || n_new)
		add_point(work, "working tree",
			  profile_text(work, "%zu changed, %zu not known to git", n_changed, n_new),
			  "git-state", 85);
	else if (source)
		add_point(work, "working tree", "clean", "git-state", 40);
	if (n_changed) {
		struct profile_point point = {
			.name = "uncommitted changes", .call = "git-state", .share = -1, .rank = 50
		};

		point.text = profile_text(work, "%zu file%s", n_changed, n_changed == 1 ? "" : "s");
		profile_add(work, PROFILE_RISKS, &point);
	}
}

/* ---- what is changed most ---- */

/* Whether a test is called after the file: its stem is in the name of one. */
static bool has_test(const struct profile_work *work, const struct project_file *file)
{
	const char *base = project_base(file->path);
	size_t len = strcspn(base, ".");

	if (len < 3)
		return true; /* says nothing */
	for (size_t i = 0; i < work->project.n_files; i++) {
		const struct project_file *other = &work->project.files[i];

		if (other->roles & ROLE_TEST && memmem(other->path, strlen(other->path), base, len))
			return true;
	}
	return false;
}

static bool is_header(const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot && dot[1] == 'h';
}

static void add_hot(struct profile_work *work)
{
	enum { UNTESTED_MAX = 3, LOOKED_AT = 12 };
	struct project_lines lines = project_output(&work->project, "git-hot");
	struct piece line, path;
	size_t n_shown = 0, n_untested = 0;
	uint64_t n;

	while (next_line(&lines, &line)) {
		const struct project_file *file;
		struct profile_point point = { .share = -1, .call = "git-hot" };

		if (!read_count(line, &n, &path))
			continue;
		file = project_find(&work->project, path.at, path.len);
		if (!file || !project_is_own(file))
			continue;
		point.name = file->path;
		point.path = file->path;
		point.text = profile_text(work, "%" PRIu64 " commit%s in the last year of work", n,
					  n == 1 ? "" : "s");
		point.rank = (double)n;
		profile_add(work, PROFILE_HOT, &point);
		if (n_shown++ >= LOOKED_AT || n < 3 || file->class != CLASS_CODE ||
		    file->roles & (ROLE_TEST | ROLE_MANIFEST) || !work->n_tests ||
		    is_header(file->path) || has_test(work, file) || n_untested++ >= UNTESTED_MAX)
			continue;
		point.name = "much changed, no test named after it";
		point.text = profile_text(work, "%s: %" PRIu64 " commits", file->path, n);
		point.rank = 44;
		profile_add(work, PROFILE_RISKS, &point);
	}
}

void profile_history(struct profile_work *work)
{
	add_head(work);
	add_months(work);
	add_authors(work);
	add_refs(work, "git-tags", "releases", 80, 4);
	add_refs(work, "git-branches", "branches", 50, 5);
	add_state(work);
	add_hot(work);
}
