/* SPDX-License-Identifier: MIT */
/* Entry points: programs that manifests name, then files whose lines or names say that they are. */
#include "base/str.h"
#include "graph/profile_work.h"

#include <stdio.h>
#include <string.h>

/* The file that a manifest means, as it writes it: "./lib/cli.js", "pkg.cli:main", "src/main". */
static const struct project_file *
find_target(const struct profile_work *work, const struct project_file *manifest, const char *value)
{
	static const char *const ends[] = { "",    ".py",       "/__init__.py", "/__main__.py",
					    ".js", "/index.js", ".ts",          ".rs" };
	static const char *const roots[] = { "", "src/", "lib/" };
	size_t dir = profile_dir_len(manifest->path);
	char name[512];
	size_t len = 0;

	if (str_starts_with(value, "./"))
		value += 2;
	for (const char *at = value; *at && *at != ':' && *at != ' ' && len + 1 < sizeof(name);
	     at++)
		name[len++] = *at;
	name[len] = '\0';
	if (manifest_kind_of(manifest->path) != MANIFEST_NPM && strchr(value, ':')) {
		for (size_t i = 0; i < len; i++)
			name[i] = name[i] == '.' ? '/' : name[i];
	}
	for (size_t k = 0; k < countof(roots); k++) {
		for (size_t i = 0; i < countof(ends) && len; i++) {
			char path[1024];
			int n = snprintf(path, sizeof(path), "%.*s%s%s%s%s", (int)dir,
					 manifest->path, dir ? "/" : "", roots[k], name, ends[i]);
			const struct project_file *file =
				n > 0 && (size_t)n < sizeof(path)
					? project_find(&work->project, path, (size_t)n)
					: NULL;

			if (file)
				return file;
		}
	}
	return NULL;
}

/* Its line is the one of the manifest: that is what says so. */
static void add_program(struct profile_work *work, const struct work_manifest *manifest,
			const struct manifest_item *item)
{
	const char *name = item->name ? item->name : "program";
	const struct project_file *target =
		item->value ? find_target(work, manifest->file, item->value) : NULL;
	struct profile_point point = { .path = manifest->file->path,
				       .line = item->line,
				       .share = -1,
				       .rank = 100 - 10 * (double)manifest->file->depth };

	if (manifest->manifest.kind == MANIFEST_DOCKER)
		point.rank = 40;

	if (manifest->file->roles & (ROLE_TEST | ROLE_EXAMPLE | ROLE_VENDORED) ||
	    (item->value && !*item->value))
		return;
	if (manifest->manifest.kind == MANIFEST_NPM && str_equal(name, "main"))
		point.rank -= 5; /* what `require` of it loads */
	point.name = profile_text(work, "%s", target ? target->path : name);
	point.text = target ? profile_text(work, "%s `%s` of %s",
					   str_equal(name, "main") ? "module" : "program", name,
					   manifest_kind_name(manifest->manifest.kind))
			    : profile_text(work, "program of %s%s%s",
					   manifest_kind_name(manifest->manifest.kind),
					   item->value ? ": " : "", item->value ? item->value : "");
	profile_add(work, PROFILE_ENTRIES, &point);
}

static void add_found(struct profile_work *work, const struct project_entry *entry)
{
	const char *head = profile_head(work, entry->file);
	struct profile_point point = { .name = entry->file->path,
				       .path = entry->file->path,
				       .line = entry->line,
				       .call = entry->call,
				       .share = -1,
				       .rank = entry->score };

	point.text = profile_text(work, "%s%s%s", entry->what, head ? ": " : "", head ? head : "");
	profile_add(work, PROFILE_ENTRIES, &point);
}

void profile_entries(struct profile_work *work)
{
	size_t n_programs = 0;

	for (size_t i = 0; i < work->manifests.n; i++) {
		const struct work_manifest *manifest = &work->manifests.items[i];

		for (size_t k = 0; k < manifest->manifest.items.n; k++) {
			if (manifest->manifest.items.items[k].what == MANIFEST_PROGRAM &&
			    n_programs++ < 100)
				add_program(work, manifest, &manifest->manifest.items.items[k]);
		}
	}
	for (size_t i = 0; i < work->entries.list.n; i++) {
		if (work->entries.list.items[i].score > 0)
			add_found(work, &work->entries.list.items[i]);
	}
}
