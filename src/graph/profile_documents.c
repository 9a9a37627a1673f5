/* SPDX-License-Identifier: MIT */
/* What to read first, what it depends on, and by which conventions it is written. */
#include "base/str.h"
#include "graph/licence.h"
#include "graph/profile_work.h"

#include <inttypes.h>
#include <string.h>

/* ---- documents ---- */

static double rank_document(const struct project_file *file)
{
	static const char *const order[] = { "readme",  "architecture", "design",    "contributing",
					     "hacking", "development",  "agents",    "claude",
					     "install", "security",     "changelog", "changes",
					     "news",    "maintainers" };
	const char *base = project_base(file->path);
	double rank = 40;

	for (size_t i = 0; i < countof(order); i++) {
		if (strncasecmp(base, order[i], strlen(order[i])) == 0)
			rank = 100 - 3 * (double)i;
	}
	if (project_is_readme(base))
		rank += 5;
	return rank - 12 * (double)file->depth;
}

static void add_document(struct profile_work *work, const struct project_file *file)
{
	struct profile_point point = { .name = file->path, .share = -1, .n_bytes = file->bytes };
	uint32_t line = 0;
	const char *about = profile_about(work, file, true, &line);

	point.path = file->path;
	point.text = about;
	point.line = about ? line : 0;
	point.rank = rank_document(file);
	profile_add(work, PROFILE_DOCUMENTS, &point);
}

/* Whole directories of guides in one line each. */
static void add_guides(struct profile_work *work)
{
	const struct project *project = &work->project;

	for (size_t i = 0; i < project->n_files;) {
		const struct project_file *file = &project->files[i];
		size_t len = profile_dir_len(file->path), n = 0, end = i;
		struct profile_point point = { .call = "guides", .share = -1 };

		if (!(file->roles & ROLE_GUIDE) || !project_is_own(file) || !len) {
			i++;
			continue;
		}
		while (end < project->n_files &&
		       strncmp(project->files[end].path, file->path, len + 1) == 0)
			n += project->files[end++].roles & ROLE_GUIDE ? 1 : 0;
		i = end;
		if (n < 2)
			continue;
		point.name = profile_text(work, "%.*s/", (int)len, file->path);
		point.text = profile_text(work, "%zu guides", n);
		point.n_files = n;
		point.rank = 60 - 10 * (double)file->depth + (n > 20 ? 10 : (double)n / 2);
		profile_add(work, PROFILE_DOCUMENTS, &point);
	}
}

static void add_documents(struct profile_work *work)
{
	for (size_t i = 0; i < work->project.n_files; i++) {
		const struct project_file *file = &work->project.files[i];

		bool is_near = project_is_own(file) && file->depth < 3 &&
			       !(file->roles & (ROLE_TEST | ROLE_EXAMPLE)) &&
			       file->class != CLASS_CODE;
		bool is_page =
			!file->depth && file->language && str_equal(file->language, "markdown");

		if (file->roles & ROLE_DOCUMENT && (is_near || is_page))
			add_document(work, file);
	}
	add_guides(work);
}

/* ---- dependencies ---- */

/* The names as far as they fit, and the line of the first. */
static void add_dependencies(struct profile_work *work, const struct work_manifest *manifest)
{
	enum { NAMES_BYTES = 240 };
	CLEANUP(buf) struct buf names = { .max = NAMES_BYTES + 100 };
	size_t n = 0, n_dev = 0, n_said = 0;
	struct profile_point point = { .path = manifest->file->path, .share = -1 };
	const struct manifest_item *language =
		manifest_find(&manifest->manifest, MANIFEST_LANGUAGE, NULL);

	for (size_t i = 0; i < manifest->manifest.items.n; i++) {
		const struct manifest_item *item = &manifest->manifest.items.items[i];

		n_dev += item->what == MANIFEST_DEVELOPMENT;
		if (item->what != MANIFEST_DEPENDENCY)
			continue;
		point.line = n++ ? point.line : item->line;
		if (names.len + strlen(item->name) < NAMES_BYTES) {
			buf_printf(&names, "%s%.60s", n_said ? ", " : "", item->name);
			n_said++;
		}
	}
	if (!n && !n_dev)
		return;
	if (!n) {
		const struct manifest_item *first =
			manifest_find(&manifest->manifest, MANIFEST_DEVELOPMENT, NULL);

		point.line = first->line;
	}
	point.name = manifest_kind_name(manifest->manifest.kind);
	point.text = profile_text(
		work, "%zu direct%s%s%s%s%s%s%s%s", n, n ? " (" : "", names.data ? names.data : "",
		n_said < n ? ", …" : "", n ? ")" : "",
		n_dev ? profile_text(work, ", %zu for development", n_dev) : "",
		language ? ", wants " : "", language ? language->name : "",
		language && language->value ? profile_text(work, " %s", language->value) : "");
	point.rank = 50 - 10 * (double)manifest->file->depth + (n > 9 ? 9 : (double)n) -
		     (manifest->manifest.kind == MANIFEST_DEBIAN ? 8 : 0);
	profile_add(work, PROFILE_DEPENDENCIES, &point);
}

/* ---- conventions ---- */

static void add_licence(struct profile_work *work, const struct project_file *file)
{
	struct profile_point point = {
		.name = "licence", .path = file->path, .share = -1, .rank = 60
	};
	struct text_lines lines;
	const char *family = NULL;

	if (file->depth)
		return;
	if (profile_open(work, file, &lines)) {
		family = licence_of_text(lines.text.data, lines.text.len);
		profile_close(&lines);
	}
	point.text = family;
	profile_add(work, PROFILE_CONVENTIONS, &point);
}

static void add_ci(struct profile_work *work, const struct project_file *file)
{
	struct profile_point point = {
		.name = "continuous integration", .path = file->path, .share = -1, .rank = 40
	};
	const struct profile_part *part = &work->profile->parts[PROFILE_CONVENTIONS];
	const char *base = project_base(file->path);

	point.text = str_starts_with(file->path, ".github/") ? "GitHub Actions"
		     : str_starts_with(base, ".gitlab")      ? "GitLab"
		     : str_starts_with(base, ".travis")      ? "Travis"
		     : strstr(base, "appveyor")              ? "AppVeyor"
							     : NULL;
	for (size_t i = 0; i < part->points.n; i++) { /* one of its files is enough */
		if (str_equal(part->points.items[i].name, point.name) && point.text &&
		    part->points.items[i].text == point.text)
			return;
	}
	profile_add(work, PROFILE_CONVENTIONS, &point);
}

static void add_tools(struct profile_work *work, const struct work_manifest *manifest)
{
	for (size_t i = 0; i < manifest->manifest.items.n; i++) {
		const struct manifest_item *item = &manifest->manifest.items.items[i];
		struct profile_point point = { .name = item->name,
					       .text = "set up here",
					       .path = manifest->file->path,
					       .line = item->line,
					       .share = -1,
					       .rank = 30 };
		const struct profile_part *part = &work->profile->parts[PROFILE_CONVENTIONS];
		bool is_known = false;

		if (item->what != MANIFEST_TOOL || manifest->file->depth)
			continue;
		for (size_t k = 0; k < part->points.n; k++)
			is_known |= str_equal(part->points.items[k].name, item->name);
		if (!is_known)
			profile_add(work, PROFILE_CONVENTIONS, &point);
	}
}

static void add_settings(struct profile_work *work, const struct project_file *file)
{
	struct profile_point point = { .path = file->path,
				       .share = -1,
				       .rank = 50 - 20 * (double)file->depth };

	point.name = profile_text(work, "%s", project_base(file->path));
	point.text = "formatter or linter";
	if (file->depth < 2)
		profile_add(work, PROFILE_CONVENTIONS, &point);
}

void profile_documents(struct profile_work *work)
{
	add_documents(work);
	for (size_t i = 0; i < work->manifests.n; i++) {
		const struct work_manifest *manifest = &work->manifests.items[i];

		if (manifest->file->roles & (ROLE_TEST | ROLE_EXAMPLE | ROLE_VENDORED))
			continue;
		add_dependencies(work, manifest);
		add_tools(work, manifest);
	}
	for (size_t i = 0; i < work->project.n_files; i++) {
		const struct project_file *file = &work->project.files[i];

		if (!project_is_own(file))
			continue;
		if (file->roles & ROLE_LICENCE)
			add_licence(work, file);
		if (file->roles & ROLE_CI)
			add_ci(work, file);
		if (file->roles & ROLE_CONVENTION)
			add_settings(work, file);
	}
}
