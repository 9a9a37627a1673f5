/* SPDX-License-Identifier: MIT */
/* Where a project contradicts itself: documents and continuous integration against what manifests
 * and the tree have. Both sides were read; where one may be more than what was read (an include, a
 * rule for any name, a change of directory) nothing is claimed. */
#include "base/str.h"
#include "graph/licence.h"
#include "graph/manifest_read.h"
#include "graph/profile_work.h"
#include "os/path.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct saying {
	const struct project_file *file;
	uint32_t line;
};

static void add_clash(struct profile_work *work, const struct saying *saying, const char *name,
		      const struct profile_point *other)
{
	struct profile_point point = *other;
	const struct profile_part *part = &work->profile->parts[PROFILE_CLASHES];

	point.name = name;
	point.path = saying->file->path;
	point.line = saying->line;
	point.share = -1;
	for (size_t i = 0; i < part->points.n; i++) { /* said once, where it is said first */
		if (str_equal(part->points.items[i].name, name) &&
		    str_equal(part->points.items[i].path, point.path))
			return;
	}
	profile_add(work, PROFILE_CLASHES, &point);
}

/* ---- commands that name a task ---- */

/* The manifest at the root that knows all of its tasks, or NULL. */
static const struct work_manifest *closed_manifest(const struct profile_work *work,
						   enum manifest_kind kind)
{
	const struct work_manifest *manifest = profile_manifest(work, kind, "");

	if (!manifest || !manifest->is_whole ||
	    manifest_find(&manifest->manifest, MANIFEST_OPEN, NULL))
		return NULL;
	return manifest;
}

/* The name of the task in "make NAME", "npm run NAME"; false if the command is of another form. */
static bool read_task(struct piece text, const char *command, struct piece *ret_name)
{
	struct piece rest;

	text = piece_trim(text);
	if (piece_starts(text, "$ "))
		text = piece_trim(piece_skip(text, 2));
	if (!piece_starts(text, command))
		return false;
	rest = piece_trim(piece_skip(text, strlen(command)));
	*ret_name = piece_name(rest, "-_:.");
	rest = piece_skip(rest, ret_name->len);
	/* Whatever follows must end the command. */
	if (!ret_name->len || (rest.len && !strchr(" \t&;|#)", rest.at[0])))
		return false;
	if (piece_has(rest, "=") || piece_has(text, " -C") || piece_has(text, " -f"))
		return false;
	return strchr("-.:", ret_name->at[0]) == NULL;
}

static void check_task(struct profile_work *work, const struct saying *saying, struct piece text,
		       enum manifest_kind kind, const char *command)
{
	const struct work_manifest *manifest = closed_manifest(work, kind);
	struct profile_point other = { .rank = 80 };
	struct piece name;
	const char *task;

	if (!manifest || !read_task(text, command, &name))
		return;
	task = profile_copy(work, name.at, name.len, 80);
	if (manifest_find(&manifest->manifest, MANIFEST_TASK, task))
		return;
	if (kind == MANIFEST_MAKE && project_has(&work->project, task, strlen(task)))
		return; /* make can be asked for a file */
	other.text = profile_text(work, "has no %s of that name",
				  kind == MANIFEST_MAKE ? "target" : "script");
	other.other_path = manifest->file->path;
	add_clash(work, saying, profile_text(work, "`%s%s`", command, task), &other);
}

static void check_command(struct profile_work *work, const struct saying *saying, struct piece text)
{
	if (piece_has(text, "cd "))
		return;
	check_task(work, saying, text, MANIFEST_MAKE, "make ");
	check_task(work, saying, text, MANIFEST_NPM, "npm run ");
	check_task(work, saying, text, MANIFEST_NPM, "npm run-script ");
	check_task(work, saying, text, MANIFEST_JUST, "just ");
}

/* ---- links ---- */

/* The part of an address that can be looked up; false for all that is elsewhere. */
static bool read_link(const struct project_file *file, struct piece address,
		      char path[PATH_LEN_MAX])
{
	static const char *const not_paths[] = {
		":", "?", "*", "{", "<", "$", "%", "\\", " ", "//"
	};
	size_t dir = profile_dir_len(file->path);
	char joined[PATH_LEN_MAX];
	int len;

	address = piece_until(address, "#");
	if (!address.len || strchr("/~@", address.at[0]) || address.len > 500)
		return false;
	for (size_t i = 0; i < countof(not_paths); i++) {
		if (piece_has(address, not_paths[i]))
			return false;
	}
	if (memchr(address.at, '\0', address.len) || piece_has(address, ".html"))
		return false;
	len = snprintf(joined, sizeof(joined), "%.*s%s%.*s", (int)dir, file->path, dir ? "/" : "",
		       (int)address.len, address.at);
	return len > 0 && (size_t)len < sizeof(joined) && path_clean("/", joined, path) == 0 &&
	       *path;
}

/* Of a path with "..", path_clean() would make one below "/". */
static bool stays_inside(const struct project_file *file, struct piece address)
{
	unsigned up = 0;
	struct piece rest = address;

	while (piece_after(rest, "../", &rest))
		up++;
	return up <= file->depth;
}

static void check_link(struct profile_work *work, const struct saying *saying, struct piece address)
{
	struct profile_point other = { .other_call = "files", .rank = 60 };
	char path[PATH_LEN_MAX];
	struct stat st;

	if (!stays_inside(saying->file, address) || !read_link(saying->file, address, path) ||
	    project_has(&work->project, path, strlen(path)) ||
	    path_stat(work->conf->root_fd, path, &st) != -ENOENT)
		return;
	other.text = "does not exist";
	add_clash(work, saying, profile_text(work, "a link to `%s`", path), &other);
}

/* [text](address) */
static void check_links(struct profile_work *work, const struct saying *saying, struct piece line)
{
	struct piece rest = line;

	while (piece_after(rest, "](", &rest))
		check_link(work, saying, piece_until(rest, ") \"'"));
}

/* ---- documents ---- */

/* `commands` in a line of text. */
static void check_inline(struct profile_work *work, const struct saying *saying, struct piece line)
{
	struct piece rest = line;

	while (piece_after(rest, "`", &rest)) {
		struct piece inside = piece_until(rest, "`");

		if (inside.len < rest.len)
			check_command(work, saying, inside);
		rest = piece_skip(rest, inside.len + 1);
	}
}

/* Code stands between fences, or is indented. A block that changes directory says nothing of the
 * root. */
static void check_document(struct profile_work *work, const struct project_file *file)
{
	struct text_lines lines;
	struct piece line;
	struct saying saying = { .file = file };
	bool in_fence = false, is_elsewhere = false;

	if (!profile_open(work, file, &lines))
		return;
	while (profile_next(&lines, &line.at, &line.len, &saying.line)) {
		struct piece text = piece_trim(line);
		bool is_indented = piece_starts(line, "    ") || piece_starts(line, "\t");

		if (piece_starts(text, "```") || piece_starts(text, "~~~")) {
			in_fence = !in_fence;
			is_elsewhere = false;
			continue;
		}
		if (in_fence || is_indented) {
			is_elsewhere |= piece_starts(text, "cd ") || piece_has(text, " cd ") ||
					piece_has(text, "git clone");
			if (!is_elsewhere && !file->depth)
				check_command(work, &saying, text);
			continue;
		}
		if (text.len)
			is_elsewhere = false;
		check_links(work, &saying, line);
		if (!file->depth)
			check_inline(work, &saying, line);
	}
	profile_close(&lines);
}

static void check_steps(struct profile_work *work, const struct work_manifest *manifest)
{
	struct text_lines lines;
	bool is_elsewhere = false;

	if (!profile_open(work, manifest->file, &lines))
		return;
	is_elsewhere = memmem(lines.text.data, lines.text.len, "working-directory", 17) ||
		       memmem(lines.text.data, lines.text.len, "cd ", 3);
	profile_close(&lines);
	for (size_t i = 0; i < manifest->manifest.items.n && !is_elsewhere; i++) {
		const struct manifest_item *item = &manifest->manifest.items.items[i];
		struct saying saying = { manifest->file, item->line };

		if (item->what == MANIFEST_STEP)
			check_command(work, &saying,
				      (struct piece){ item->value, strlen(item->value) });
	}
}

/* ---- manifests against each other ---- */

/* Of the same thing: both have its name, or one says none. */
static bool is_same_project(const struct work_manifest *a, const struct work_manifest *b)
{
	const struct manifest_item *one = manifest_find(&a->manifest, MANIFEST_NAME, NULL);
	const struct manifest_item *other = manifest_find(&b->manifest, MANIFEST_NAME, NULL);

	return one && other && str_equal_loosely(one->name, other->name);
}

static void check_versions(struct profile_work *work)
{
	for (size_t i = 0; i < work->manifests.n; i++) {
		const struct work_manifest *a = &work->manifests.items[i];
		const struct manifest_item *mine =
			manifest_find(&a->manifest, MANIFEST_VERSION, NULL);

		for (size_t k = i + 1; mine && !a->file->depth && k < work->manifests.n; k++) {
			const struct work_manifest *b = &work->manifests.items[k];
			const struct manifest_item *other =
				manifest_find(&b->manifest, MANIFEST_VERSION, NULL);
			struct saying saying = { a->file, mine->line };
			struct profile_point point = { .rank = 90 };

			if (!other || b->file->depth || str_equal(mine->name, other->name) ||
			    !is_same_project(a, b))
				continue;
			point.text = profile_text(work, "says version %s", other->name);
			point.other_path = b->file->path;
			point.other_line = other->line;
			add_clash(work, &saying, profile_text(work, "version %s", mine->name),
				  &point);
		}
	}
}

/* The licence that a manifest names is none of those whose texts are at the root. */
static void check_licence(struct profile_work *work, const struct work_manifest *manifest)
{
	const struct manifest_item *item =
		manifest_find(&manifest->manifest, MANIFEST_LICENCE, NULL);
	struct saying saying = { manifest->file, item ? item->line : 0 };
	struct profile_point other = { .rank = 70 };

	if (!item || manifest->file->depth || !licence_is_known(item->name))
		return;
	for (size_t i = 0; i < work->project.n_files; i++) {
		const struct project_file *file = &work->project.files[i];
		struct text_lines lines;
		const char *family;

		if (!(file->roles & ROLE_LICENCE) || file->depth)
			continue;
		if (!profile_open(work, file, &lines))
			return; /* one was not read */
		family = licence_of_text(lines.text.data, lines.text.len);
		profile_close(&lines);
		if (!family || licence_is_named(item->name, family))
			return;
		other.text = profile_text(work, "is the text of %s", family);
		other.other_path = file->path;
	}
	if (other.other_path)
		add_clash(work, &saying, profile_text(work, "licence %s", item->name), &other);
}

/* ---- calls against each other ---- */

static void add_call_clashes(struct profile_work *work)
{
	const struct claims *clashes = work->conf->clashes;

	for (size_t i = 0; clashes && i < clashes->list.n; i++) {
		const struct claim *claim = &clashes->list.items[i];
		CLEANUP(buf) struct buf text = { .max = 4000 };
		struct profile_point point = { .share = -1, .rank = 95 };

		claim_write(work->conf->graph, claim, &text);
		if (!text.len)
			continue;
		point.name = claim_status_name(claim->status);
		point.text = profile_copy(work, text.data, text.len, 400);
		profile_add(work, PROFILE_CLASHES, &point);
	}
}

void profile_clashes(struct profile_work *work)
{
	for (size_t i = 0; i < work->project.n_files; i++) {
		const struct project_file *file = &work->project.files[i];

		if (file->roles & ROLE_DOCUMENT && project_is_own(file))
			check_document(work, file);
	}
	for (size_t i = 0; i < work->manifests.n; i++) {
		if (work->manifests.items[i].manifest.kind == MANIFEST_CI)
			check_steps(work, &work->manifests.items[i]);
		check_licence(work, &work->manifests.items[i]);
	}
	check_versions(work);
	add_call_clashes(work);
}
