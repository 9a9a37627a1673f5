/* SPDX-License-Identifier: MIT */
/* A profile: reads what was read, lets each part make its points, and sorts them. */
#include "graph/profile.h"

#include "base/str.h"
#include "graph/profile_work.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 512, WHOLE_LINES = 4000, POINTS_MAX = 200 };

static const struct {
	const char *key, *title;
	unsigned quota;
} sections[PROFILE_SECTIONS] = {
#define SECTION(id, key, title, quota) [PROFILE_##id] = { key, title, quota },
#include "graph/sections.def"
#undef SECTION
};

const char *profile_section_key(enum profile_section section)
{
	return sections[section].key;
}

const char *profile_section_title(enum profile_section section)
{
	return sections[section].title;
}

unsigned profile_section_quota(enum profile_section section)
{
	return sections[section].quota;
}

/* ---- for the parts ---- */

void profile_add(struct profile_work *work, enum profile_section section,
		 const struct profile_point *point)
{
	struct profile_part *part = &work->profile->parts[section];

	part->n_all++;
	if (!vec_push(&part->points, *point))
		work->profile->is_out_of_memory = true;
}

const char *profile_copy(struct profile_work *work, const char *text, size_t len, size_t max)
{
	size_t cut = len > max ? max : len;
	char *copy;

	/* Not inside of a character; there is none of more than four bytes. */
	for (unsigned i = 0; i < 3 && cut < len && cut > 1; i++)
		cut -= ((unsigned char)text[cut] & 0xc0) == 0x80;
	copy = arena_memdup0(&work->profile->arena, text, cut);
	for (size_t i = 0; copy && i < cut; i++) {
		if ((unsigned char)copy[i] < ' ' || copy[i] == 0x7f)
			copy[i] = ' ';
	}
	return copy ? copy : "";
}

const char *profile_text(struct profile_work *work, const char *format, ...)
{
	char text[TEXT_MAX + 1];
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (len < 0)
		len = 0;
	return profile_copy(work, text, strlen(text), TEXT_MAX);
}

const char *profile_bytes(struct profile_work *work, uint64_t bytes)
{
	static const char *const units[] = { "B", "kB", "MB", "GB", "TB" };
	double n = (double)bytes;
	size_t unit = 0;

	while (n >= 1000 && unit + 1 < countof(units)) {
		n /= 1000;
		unit++;
	}
	return profile_text(work, unit && n < 10 ? "%.1f %s" : "%.0f %s", n, units[unit]);
}

size_t profile_dir_len(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (size_t)(slash - path) : 0;
}

const struct work_manifest *profile_manifest(const struct profile_work *work,
					     enum manifest_kind kind, const char *directory)
{
	size_t len = strlen(directory);

	for (size_t i = 0; i < work->manifests.n; i++) {
		const struct work_manifest *item = &work->manifests.items[i];

		if (item->manifest.kind == kind && profile_dir_len(item->file->path) == len &&
		    memcmp(item->file->path, directory, len) == 0)
			return item;
	}
	return NULL;
}

bool profile_open(const struct profile_work *work, const struct project_file *file,
		  struct text_lines *ret_lines)
{
	uint32_t node = graph_find_file(work->conf->graph, file->path, strlen(file->path));

	*ret_lines = (struct text_lines){ 0 };
	return node != NODE_NONE && file_text_get(work->conf->graph, node, &ret_lines->text);
}

bool profile_next(struct text_lines *lines, const char **ret_text, size_t *ret_len,
		  uint32_t *ret_line)
{
	const struct file_text *text = &lines->text;
	uint32_t i = lines->i;

	if (i >= text->n_lines)
		return false;
	*ret_text = text->data + text->starts[i];
	*ret_len = text->starts[i + 1] - text->starts[i];
	while (*ret_len && strchr("\r\n", (*ret_text)[*ret_len - 1]) && (*ret_text)[*ret_len - 1])
		--*ret_len;
	*ret_line = text->first_line + i;
	lines->i++;
	return true;
}

void profile_close(struct text_lines *lines)
{
	file_text_release(&lines->text);
}

/* ---- what was read ---- */

static int compare_manifests(const void *a_, const void *b_)
{
	const struct work_manifest *a = a_, *b = b_;

	if (a->file->depth != b->file->depth)
		return a->file->depth < b->file->depth ? -1 : 1;
	return strcmp(a->file->path, b->file->path);
}

static void read_manifest(struct profile_work *work, const struct project_file *file)
{
	enum manifest_kind kind =
		file->roles & (ROLE_MANIFEST | ROLE_CI | ROLE_CONTAINER) && project_is_own(file)
			? manifest_kind_of(file->path)
			: MANIFEST_NONE;
	struct work_manifest item = { .file = file };
	struct text_lines lines;

	if (kind == MANIFEST_NONE || !profile_open(work, file, &lines))
		return;
	item.is_whole = lines.text.n_lines < WHOLE_LINES;
	if (manifest_read(kind, lines.text.data, lines.text.len, &work->profile->arena,
			  &item.manifest) < 0 ||
	    !vec_push(&work->manifests, item))
		work->profile->is_out_of_memory = true;
	profile_close(&lines);
}

static void read_manifests(struct profile_work *work)
{
	for (size_t i = 0; i < work->project.n_files; i++)
		read_manifest(work, &work->project.files[i]);
	if (work->manifests.n)
		qsort(work->manifests.items, work->manifests.n, sizeof(*work->manifests.items),
		      compare_manifests);
}

static void count(struct profile_work *work)
{
	for (size_t i = 0; i < work->project.n_files; i++) {
		const struct project_file *file = &work->project.files[i];

		if (file->class != CLASS_CODE || !project_is_own(file))
			continue;
		work->code_bytes += file->bytes;
		work->n_code++;
		work->n_tests += (file->roles & ROLE_TEST) != 0;
	}
}

/* ---- the whole ---- */

static int compare_points(const void *a_, const void *b_)
{
	const struct profile_point *a = a_, *b = b_;
	int order;

	if (a->rank != b->rank)
		return a->rank < b->rank ? 1 : -1;
	order = strcmp(a->path ? a->path : "", b->path ? b->path : "");
	if (!order && a->line != b->line)
		order = a->line < b->line ? -1 : 1;
	if (!order)
		order = strcmp(a->name, b->name);
	return order ? order : strcmp(a->text ? a->text : "", b->text ? b->text : "");
}

/* "hugo" of "github.com/gohugoio/hugo/v2"; "@scope/name" stays. */
static const char *base_name(struct profile_work *work, const char *name)
{
	size_t len = strlen(name);
	const char *slash = memrchr(name, '/', len);

	if (slash && slash[1] == 'v' && slash[2] >= '0' && slash[2] <= '9') {
		len = (size_t)(slash - name);
		slash = memrchr(name, '/', len);
	}
	if (slash && *name != '@') {
		len -= (size_t)(slash + 1 - name);
		name = slash + 1;
	}
	return profile_copy(work, name, len, 80);
}

static void name_project(struct profile_work *work)
{
	static const enum manifest_kind kinds[] = {
		MANIFEST_NPM,      MANIFEST_CARGO,    MANIFEST_PYPROJECT, MANIFEST_SETUP_CFG,
		MANIFEST_SETUP_PY, MANIFEST_COMPOSER, MANIFEST_MAVEN,     MANIFEST_GEMFILE,
		MANIFEST_GO,       MANIFEST_CMAKE,    MANIFEST_MESON,     MANIFEST_AUTOCONF
	};
	struct profile *profile = work->profile;
	const struct profile_part *languages = &profile->parts[PROFILE_LANGUAGES];
	const char *about = NULL, *base = strrchr(work->conf->root, '/');
	const char *language = languages->points.n ? languages->points.items[0].name : NULL;
	const struct project_file *readme;
	bool is_named = false;

	profile->name = profile_copy(work, base && base[1] ? base + 1 : "/", strlen(base + 1), 80);
	for (size_t i = 0; i < countof(kinds) && !about; i++) {
		const struct work_manifest *manifest = profile_manifest(work, kinds[i], "");
		const struct manifest_item *item;

		if (!manifest)
			continue;
		item = manifest_find(&manifest->manifest, MANIFEST_NAME, NULL);
		if (item && !is_named)
			profile->name = base_name(work, item->name);
		is_named |= item != NULL;
		item = manifest_find(&manifest->manifest, MANIFEST_ABOUT, NULL);
		about = item ? item->name : NULL;
	}
	for (size_t i = 0; i < work->project.n_files && !about; i++) {
		uint32_t line;

		readme = &work->project.files[i];
		if (!readme->depth && project_is_readme(readme->path))
			about = profile_about(work, readme, false, &line);
	}
	if (about && *about && about[strlen(about) - 1] == '.')
		about = profile_copy(work, about, strlen(about) - 1, TEXT_MAX);
	profile->headline = profile_text(
		work, "%s%s%zu file%s, %zu of code%s%s", about ? about : "", about ? ": " : "",
		work->project.n_files, work->project.n_files == 1 ? "" : "s", work->n_code,
		language ? ", mostly " : "", language ? language : "");
}

static void sort_part(struct profile_part *part)
{
	if (part->points.n)
		qsort(part->points.items, part->points.n, sizeof(*part->points.items),
		      compare_points);
	if (part->points.n > POINTS_MAX)
		part->points.n = POINTS_MAX;
}

int profile_make(const struct profile_conf *conf, struct profile *ret_profile)
{
	struct profile_work work = { .conf = conf, .profile = ret_profile };

	*ret_profile = (struct profile){ 0 };
	arena_init(&ret_profile->arena, (size_t)256 << 20);
	if (project_init(&work.project, conf->graph) < 0 ||
	    project_find_entries(&work.project, &work.entries) < 0)
		ret_profile->is_out_of_memory = true;
	project_measure(&work.project, conf->root_fd);
	count(&work);
	read_manifests(&work);
	profile_layout(&work);
	profile_entries(&work);
	profile_commands(&work);
	profile_documents(&work);
	profile_history(&work);
	profile_setup(&work);
	profile_risks(&work);
	profile_clashes(&work);
	for (unsigned i = 0; i < PROFILE_SECTIONS; i++)
		sort_part(&ret_profile->parts[i]);
	name_project(&work);
	for (size_t i = 0; i < work.manifests.n; i++)
		manifest_release(&work.manifests.items[i].manifest);
	vec_release(&work.manifests);
	vec_release(&work.entries.list);
	/* Points borrow paths from the graph, which is there until the answer is written. */
	project_release(&work.project);
	if (ret_profile->is_out_of_memory || arena_failed(&ret_profile->arena))
		return -ENOMEM;
	return 0;
}

void profile_release(struct profile *profile)
{
	for (unsigned i = 0; i < PROFILE_SECTIONS; i++)
		vec_release(&profile->parts[i].points);
	arena_release(&profile->arena);
}
