/* SPDX-License-Identifier: MIT */
/* Languages by bytes, and directories with what they hold. */
#include "base/str.h"
#include "graph/profile_work.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- languages ---- */

enum { LANGUAGES_MAX = 64 };

struct tally {
	const char *name;
	uint64_t n_files, n_bytes;
	enum file_class class;
};

struct tallies {
	struct tally items[LANGUAGES_MAX];
	size_t n;
};

static void tally_add(struct tallies *tallies, const char *name, const struct project_file *file)
{
	size_t i = 0;

	while (i < tallies->n && !str_equal(tallies->items[i].name, name))
		i++;
	if (i == LANGUAGES_MAX)
		return;
	if (i == tallies->n)
		tallies->items[tallies->n++] = (struct tally){ .name = name, .class = file->class };
	tallies->items[i].n_files++;
	tallies->items[i].n_bytes += file->bytes;
}

/* The greatest; of equal ones the first by name. */
static const struct tally *tally_best(const struct tallies *tallies, enum file_class class)
{
	const struct tally *best = NULL;

	for (size_t i = 0; i < tallies->n; i++) {
		const struct tally *item = &tallies->items[i];

		if (item->class != class)
			continue;
		if (!best || item->n_bytes > best->n_bytes ||
		    (item->n_bytes == best->n_bytes && strcmp(item->name, best->name) < 0))
			best = item;
	}
	return best;
}

static void add_language(struct profile_work *work, const struct tally *tally, const char *what,
			 double rank)
{
	struct profile_point point = { .name = tally->name,
				       .text = what,
				       .call = "files",
				       .n_files = tally->n_files,
				       .n_bytes = tally->n_bytes,
				       .share = -1,
				       .rank = rank };

	if (tally->class == CLASS_CODE && !what)
		point.share =
			work->code_bytes ? (double)tally->n_bytes / (double)work->code_bytes : 0;
	profile_add(work, PROFILE_LANGUAGES, &point);
}

/* A ".h" is of the one of C and C++ that has more of the other files. */
static void merge_headers(struct tallies *tallies)
{
	struct tally *headers = NULL, *c = NULL, *cpp = NULL, *into;

	for (size_t i = 0; i < tallies->n; i++) {
		struct tally *item = &tallies->items[i];

		headers = str_equal(item->name, "c or c++") ? item : headers;
		c = str_equal(item->name, "c") ? item : c;
		cpp = str_equal(item->name, "c++") ? item : cpp;
	}
	into = !cpp || (c && c->n_bytes >= cpp->n_bytes) ? c : cpp;
	if (!headers || !into)
		return;
	into->n_files += headers->n_files;
	into->n_bytes += headers->n_bytes;
	*headers = tallies->items[--tallies->n];
}

static void add_languages(struct profile_work *work)
{
	struct tallies own = { 0 };
	struct tally vendored = { .name = "vendored" }, made = { .name = "generated" };
	struct tally text = { .name = "documents" }, data = { .name = "settings and data" };

	for (size_t i = 0; i < work->project.n_files; i++) {
		const struct project_file *file = &work->project.files[i];
		struct tally *apart = file->roles & ROLE_VENDORED ? &vendored
				      : file->roles & ROLE_MADE   ? &made
				      : file->class == CLASS_TEXT ? &text
				      : file->class == CLASS_DATA ? &data
								  : NULL;

		if (!apart)
			tally_add(&own, file->language, file);
		else {
			apart->n_files++;
			apart->n_bytes += file->bytes;
		}
	}
	merge_headers(&own);
	for (size_t i = 0; i < own.n; i++)
		add_language(work, &own.items[i], NULL, (double)own.items[i].n_bytes + 10);
	if (made.n_files)
		add_language(work, &made, "not counted above", 4);
	if (vendored.n_files)
		add_language(work, &vendored, "not counted above", 3);
	if (text.n_files)
		add_language(work, &text, "not counted above", 2);
	if (data.n_files)
		add_language(work, &data, "not counted above", 1);
}

/* ---- directories ---- */

struct directory {
	const char *path;
	size_t len;
	size_t first, end; /* its files */
	uint64_t n_bytes;
	size_t n_vendored, n_tests, n_made;
};

/* What directories of this name hold, by custom. */
static const char *customary(const char *name, size_t len)
{
	static const struct {
		const char *names, *what;
	} customs[] = {
		{ " src source sources ", "sources" },
		{ " lib libs ", "library code" },
		{ " contrib ", "what others add to it" },
		{ " include includes headers ", "headers" },
		{ " test tests spec specs __tests__ t testing e2e ", "tests" },
		{ " doc docs documentation man ", "documentation" },
		{ " cmd bin ", "programs" },
		{ " script scripts tools hack ", "scripts and tools for work on it" },
		{ " example examples sample samples demo demos ", "examples" },
		{ " bench benches benchmark benchmarks ", "benchmarks" },
		{ " vendor third_party third-party 3rdparty node_modules ", "code of others" },
		{ " debian packaging pkgbuild ", "packaging" },
		{ " .github .gitlab .circleci ci .ci ", "continuous integration" },
		{ " i18n locale locales po ", "translations" },
		{ " migrations ", "migrations of a data base" },
		{ " static public assets ", "files that are served as they are" },
		{ " templates views ", "templates" },
		{ " config conf etc ", "settings" },
	};

	for (size_t i = 0; i < countof(customs); i++) {
		for (const char *at = customs[i].names; (at = strchr(at, ' ')) && at[1]; at++) {
			if (strncmp(at + 1, name, len) == 0 && at[1 + len] == ' ')
				return customs[i].what;
		}
	}
	return NULL;
}

static const struct project_file *find_readme(const struct profile_work *work,
					      const struct directory *directory)
{
	static const char *const names[] = { "README.md", "README.rst", "README", "README.txt",
					     "readme.md" };

	for (size_t i = 0; i < countof(names); i++) {
		char path[4096];
		int len = snprintf(path, sizeof(path), "%.*s/%s", (int)directory->len,
				   directory->path, names[i]);
		const struct project_file *file =
			len > 0 && (size_t)len < sizeof(path)
				? project_find(&work->project, path, (size_t)len)
				: NULL;

		if (file)
			return file;
	}
	return NULL;
}

/* "12 c, 3 make" or, where there is no code, what else. */
static void count_directory(const struct profile_work *work, struct directory *directory,
			    struct tallies *tallies)
{
	for (size_t i = directory->first; i < directory->end; i++) {
		const struct project_file *file = &work->project.files[i];

		directory->n_bytes += file->bytes;
		directory->n_vendored += (file->roles & ROLE_VENDORED) != 0;
		directory->n_tests += (file->roles & ROLE_TEST) != 0;
		directory->n_made += (file->roles & ROLE_MADE) != 0;
		tally_add(tallies, file->language ? file->language : "other", file);
	}
}

static const char *say_role(const struct directory *directory)
{
	size_t most = (directory->end - directory->first) * 4 / 5;

	if (directory->n_vendored >= most && directory->n_vendored)
		return "code of others";
	if (directory->n_tests >= most && directory->n_tests)
		return "tests";
	if (directory->n_made >= most && directory->n_made)
		return "generated";
	return NULL;
}

/* The names of directories right below it, those with most files first come as they are. */
static const char *say_children(struct profile_work *work, const struct directory *directory)
{
	enum { CHILDREN_MAX = 5 };
	CLEANUP(buf) struct buf out = { .max = 300 };
	size_t n = 0, last_len = 0;
	const char *last = NULL;

	for (size_t i = directory->first; i < directory->end; i++) {
		const char *name = work->project.files[i].path + directory->len + 1;
		const char *slash = strchr(name, '/');
		size_t len = slash ? (size_t)(slash - name) : 0;

		if (!slash || (last && len == last_len && memcmp(last, name, len) == 0))
			continue;
		last = name;
		last_len = len;
		if (n++ < CHILDREN_MAX) {
			buf_add_str(&out, n > 1 ? ", " : "");
			buf_add(&out, name, len);
		}
	}
	if (!n || buf_error(&out))
		return NULL;
	return profile_text(work, "%zu director%s: %s%s", n, n == 1 ? "y" : "ies", out.data,
			    n > CHILDREN_MAX ? ", …" : "");
}

static void add_directory(struct profile_work *work, struct directory *directory)
{
	const char *base = memrchr(directory->path, '/', directory->len);
	const char *name = base ? base + 1 : directory->path;
	struct tallies tallies = { 0 };
	const struct project_file *readme = find_readme(work, directory);
	const char *about = NULL, *custom, *role, *children = NULL;
	const struct tally *most;
	struct profile_point point = { .call = "files", .share = -1 };
	uint32_t line = 0;

	count_directory(work, directory, &tallies);
	merge_headers(&tallies);
	most = tally_best(&tallies, CLASS_CODE);
	custom = customary(name, directory->len - (size_t)(name - directory->path));
	role = say_role(directory);
	if (readme)
		about = profile_about(work, readme, true, &line);
	if (!about && !custom && !role)
		children = say_children(work, directory);
	point.name = profile_text(work, "%.*s/", (int)directory->len, directory->path);
	point.text = profile_text(work, "%s%s%s%s",
				  about      ? about
				  : role     ? role
				  : custom   ? custom
				  : children ? children
					     : "",
				  about || role || custom || children ? "; " : "",
				  most ? "mostly " : "no code", most ? most->name : "");
	if (about) {
		point.path = readme->path;
		point.line = line;
		point.call = NULL;
	}
	point.n_files = directory->end - directory->first;
	point.n_bytes = directory->n_bytes;
	point.rank = (double)point.n_files;
	if (role || (custom && !most))
		point.rank /= 4; /* what it is for is known by its name */
	profile_add(work, PROFILE_LAYOUT, &point);
}

/* Directories below [first, end), whose paths begin with `len` bytes of the same. */
static void add_directories(struct profile_work *work, size_t first, size_t end, size_t len)
{
	while (first < end) {
		const char *path = work->project.files[first].path;
		const char *slash = strchr(path + len, '/');
		struct directory directory = { .path = path, .first = first };

		directory.end = first + 1;
		if (!slash) {
			first++;
			continue;
		}
		directory.len = (size_t)(slash - path);
		while (directory.end < end && strncmp(work->project.files[directory.end].path, path,
						      directory.len + 1) == 0)
			directory.end++;
		first = directory.end;
		/* Where nearly all is in one directory, what is in that one tells more. */
		if (!len && (directory.end - directory.first) * 2 > work->project.n_files)
			add_directories(work, directory.first, directory.end, directory.len + 1);
		add_directory(work, &directory);
	}
}

void profile_layout(struct profile_work *work)
{
	add_languages(work);
	add_directories(work, 0, work->project.n_files, 0);
}
