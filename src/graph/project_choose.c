/* SPDX-License-Identifier: MIT */
/* What to read of a project that one does not know: what describes the whole, then its parts. */
#include "base/str.h"
#include "graph/manifest.h"
#include "graph/project.h"
#include "plan/build.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct choice {
	const struct project_file *file;
	int score;
};

static bool starts_with_any(const char *base, const char *const *names)
{
	for (; *names; names++) {
		if (strncasecmp(base, *names, strlen(*names)) == 0)
			return true;
	}
	return false;
}

static int score_document(const char *base)
{
	static const char *const guides[] = { "contributing", "hacking", "development",
					      "architecture", "design",  "agents.md",
					      "claude.md",    NULL };
	static const char *const less[] = { "install", "security", "maintainers", NULL };

	if (project_is_readme(base))
		return 1000;
	if (starts_with_any(base, guides))
		return 700;
	return starts_with_any(base, less) ? 300 : 0; /* changes are many words, little news */
}

/* 0 = not worth reading. Each directory further down counts less. */
static int score_reading(const struct project_file *file)
{
	const char *base = project_base(file->path);
	int score = 0, more;

	if (!project_is_own(file) || file->roles & (ROLE_TEST | ROLE_EXAMPLE))
		return 0;
	if (file->roles & ROLE_DOCUMENT)
		score = score_document(base);
	more = manifest_kind_of(file->path) == MANIFEST_NONE ? 0 : 900;
	score = more > score ? more : score;
	more = file->roles & ROLE_CI ? 950 : 0;
	score = more > score ? more : score;
	more = file->roles & ROLE_LICENCE && !file->depth ? 600 : 0;
	score = more > score ? more : score;
	if (file->roles & ROLE_CI)
		return score; /* it lies where it must */
	return score > 200 * (int)file->depth ? score - 200 * (int)file->depth : 0;
}

static int compare_choices(const void *a_, const void *b_)
{
	const struct choice *a = a_, *b = b_;

	if (a->score != b->score)
		return a->score < b->score ? 1 : -1;
	return strcmp(a->file->path, b->file->path);
}

/* Of workflows of continuous integration the first few say the rest. */
static size_t choose_documents(const struct project *project, size_t n, const char **ret_paths)
{
	struct choice *choices = calloc(project->n_files + 1, sizeof(*choices));
	size_t n_choices = 0, n_ci = 0, taken = 0, ci_max = n / 8 + 1;

	for (size_t i = 0; choices && i < project->n_files; i++) {
		int score = score_reading(&project->files[i]);

		if (score > 0)
			choices[n_choices++] = (struct choice){ &project->files[i], score };
	}
	if (choices)
		qsort(choices, n_choices, sizeof(*choices), compare_choices);
	for (size_t i = 0; i < n_choices && taken < n; i++) {
		if (choices[i].file->roles & ROLE_CI && ++n_ci > ci_max)
			continue;
		ret_paths[taken++] = choices[i].file->path;
	}
	free(choices);
	return taken;
}

size_t project_choose(const struct project *project, const char *phase, size_t n,
		      const char **ret_paths)
{
	struct project_entries entries = { 0 };
	size_t taken = 0;

	if (str_equal(phase, BUILD_DEEP))
		return choose_documents(project, n, ret_paths);
	if (project_find_entries(project, &entries) == 0) {
		while (taken < n && taken < entries.list.n && entries.list.items[taken].score > 0) {
			ret_paths[taken] = entries.list.items[taken].file->path;
			taken++;
		}
	}
	vec_release(&entries.list);
	return taken;
}

/* ---- where programs begin ---- */

struct finder {
	const struct project *project;
	struct project_entries *entries;
	const char *what, *call;
	bool has_failed;
};

static int score_entry(const struct project_file *file)
{
	static const char *const names[] = { "main.",   "__main__.", "cli.",    "app.",
					     "server.", "index.",    "manage.", NULL };
	const char *base = project_base(file->path);
	int score = 60 - 6 * (int)file->depth;

	if (file->roles & (ROLE_TEST | ROLE_EXAMPLE | ROLE_VENDORED | ROLE_MADE) ||
	    str_starts_with(file->path, "debian/"))
		return 0;
	if (str_equal(base, "build.rs"))
		return 1; /* it helps to build */
	if (starts_with_any(base, names))
		score += 30;
	if (str_starts_with(file->path, "src/") || str_starts_with(file->path, "cmd/") ||
	    str_starts_with(file->path, "bin/"))
		score += 15;
	if (str_starts_with(file->path, "tools/") || str_starts_with(file->path, "scripts/") ||
	    str_starts_with(file->path, "doc") || str_starts_with(file->path, "Documentation/"))
		score -= 40;
	return score > 1 ? score : 1;
}

static void add_entry(struct finder *finder, const struct project_file *file, uint32_t line)
{
	struct project_entry entry = { file, line, finder->what, finder->call, score_entry(file) };

	if (!vec_push(&finder->entries->list, entry))
		finder->has_failed = true;
}

static void take_main(void *data, const struct project_match *match)
{
	if (match->len > 1 && match->text[0] == '#' && match->text[1] == '!' && match->line > 1)
		return;
	add_entry(data, match->file, match->line);
}

static int compare_entries(const void *a_, const void *b_)
{
	const struct project_entry *a = a_, *b = b_;
	int order;

	if (a->score != b->score)
		return a->score < b->score ? 1 : -1;
	order = strcmp(a->file->path, b->file->path);
	if (order)
		return order;
	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	return strcmp(a->what, b->what);
}

/* Files that are programs by their place alone. */
static void add_by_name(struct finder *finder)
{
	finder->what = "program by its name";
	finder->call = "files";
	for (size_t i = 0; i < finder->project->n_files; i++) {
		const struct project_file *file = &finder->project->files[i];
		const char *base = project_base(file->path);

		if (str_equal(base, "__main__.py") || str_equal(file->path, "manage.py") ||
		    (str_starts_with(file->path, "bin/") && file->depth == 1))
			add_entry(finder, file, 0);
	}
}

int project_find_entries(const struct project *project, struct project_entries *entries)
{
	static const struct {
		const char *call, *what;
	} probes[] = {
		{ "main-c", "main function" },       { "main-python", "runs as a script" },
		{ "main-js", "script or server" },   { "main-rust", "main function" },
		{ "main-go", "main function" },      { "main-jvm", "main method" },
		{ "main-ruby", "runs as a script" }, { "servers", "server" },
	};
	struct finder finder = { .project = project, .entries = entries };
	size_t n = 0;

	*entries = (struct project_entries){ 0 };
	for (size_t i = 0; i < countof(probes); i++) {
		finder.what = probes[i].what;
		finder.call = probes[i].call;
		project_each_match(project, probes[i].call, take_main, &finder);
	}
	add_by_name(&finder);
	if (entries->list.n)
		qsort(entries->list.items, entries->list.n, sizeof(*entries->list.items),
		      compare_entries);
	for (size_t i = 0; i < entries->list.n;
	     i++) { /* the first line of each file that has one */
		struct project_entry *item = &entries->list.items[i];

		if (n && entries->list.items[n - 1].file == item->file) {
			if (!entries->list.items[n - 1].line)
				entries->list.items[n - 1] = *item;
			continue;
		}
		entries->list.items[n++] = *item;
	}
	entries->list.n = n;
	return finder.has_failed ? -ENOMEM : 0;
}
