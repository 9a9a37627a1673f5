/* SPDX-License-Identifier: MIT */
/* How it is set up, and what may go wrong: from lines that look like it. Lines of tests, examples
 * and code of others are counted apart or not at all. What looks like a secret is never shown. */
#include "base/str.h"
#include "graph/profile_work.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- configuration ---- */

enum { NAMES_MAX = 256, NAME_BYTES = 64 };

struct found_names {
	struct profile_work *work;
	struct {
		char name[NAME_BYTES];
		const struct project_file *file;
		uint32_t line;
		size_t n;
	} items[NAMES_MAX];
	size_t n;
};

static void note_name(struct found_names *names, const char *name, size_t len,
		      const struct project_match *match)
{
	size_t i = 0;

	if (!len || len >= NAME_BYTES)
		return;
	while (i < names->n && (strlen(names->items[i].name) != len ||
				memcmp(names->items[i].name, name, len) != 0))
		i++;
	if (i == NAMES_MAX)
		return;
	if (i == names->n) {
		names->n++;
		memcpy(names->items[i].name, name, len);
		names->items[i].name[len] = '\0';
		names->items[i].file = match->file;
		names->items[i].line = match->line;
	}
	names->items[i].n++;
}

/* Every name in capitals that stands where a variable is read. */
static void take_variable(void *data, const struct project_match *match)
{
	static const char *const reads[] = { "getenv", "environ",   "process.env.", "env::var",
					     "Getenv", "LookupEnv", "ENV" };
	struct found_names *names = data;

	if (!project_is_own(match->file) || match->file->roles & (ROLE_TEST | ROLE_EXAMPLE))
		return;
	for (size_t i = 0; i < countof(reads); i++) {
		const char *at = memmem(match->text, match->len, reads[i], strlen(reads[i]));
		const char *end = match->text + match->len, *from;

		if (!at)
			continue;
		for (at += strlen(reads[i]); at < end && !(*at >= 'A' && *at <= 'Z'); at++)
			;
		for (from = at; at < end && ((*at >= 'A' && *at <= 'Z') || *at == '_' ||
					     (*at >= '0' && *at <= '9'));
		     at++)
			;
		note_name(names, from, (size_t)(at - from), match);
		return;
	}
}

static void take_address(void *data, const struct project_match *match)
{
	static const char *const hosts[] = { "localhost:", "127.0.0.1:", "0.0.0.0:", "EXPOSE " };
	struct found_names *names = data;

	if (!project_is_own(match->file) || match->file->roles & (ROLE_TEST | ROLE_EXAMPLE) ||
	    match->file->class == CLASS_TEXT || match->file->roles & ROLE_GUIDE ||
	    (match->file->language && str_equal(match->file->language, "html")))
		return;
	for (size_t i = 0; i < countof(hosts); i++) {
		const char *at = memmem(match->text, match->len, hosts[i], strlen(hosts[i]));
		const char *end = match->text + match->len, *from = at;

		if (!at)
			continue;
		for (at += strlen(hosts[i]); at < end && *at >= '0' && *at <= '9'; at++)
			;
		note_name(names, from, (size_t)(at - from), match);
		return;
	}
}

/* Variables that every program may read. */
static bool is_common(const char *name)
{
	static const char *const common[] = { "PATH",   "HOME",  "TERM",    "USER", "SHELL",
					      "TMPDIR", "LANG",  "DISPLAY", "PWD",  "COLUMNS",
					      "EDITOR", "PAGER", "CI",      "TZ",   "TMP" };

	for (size_t i = 0; i < countof(common); i++) {
		if (str_equal(name, common[i]))
			return true;
	}
	return false;
}

static void add_names(struct profile_work *work, const char *call, const char *what, double rank,
		      project_match_fn *take)
{
	struct found_names *names = calloc(1, sizeof(*names));

	if (!names) {
		work->profile->is_out_of_memory = true;
		return;
	}
	names->work = work;
	project_each_match(&work->project, call, take, names);
	for (size_t i = 0; i < names->n; i++) {
		struct profile_point point = { .path = names->items[i].file->path,
					       .line = names->items[i].line,
					       .call = call,
					       .text = what,
					       .share = -1 };

		point.name = profile_copy(work, names->items[i].name, strlen(names->items[i].name),
					  NAME_BYTES);
		point.rank = rank + (double)(names->items[i].n > 9 ? 9 : names->items[i].n) -
			     (double)names->items[i].file->depth -
			     (is_common(names->items[i].name) ? 20 : 0);
		profile_add(work, PROFILE_SETUP, &point);
	}
	free(names);
}

void profile_setup(struct profile_work *work)
{
	add_names(work, "environment", "environment variable", 50, take_variable);
	add_names(work, "addresses", "address", 30, take_address);
	for (size_t i = 0; i < work->project.n_files; i++) {
		const struct project_file *file = &work->project.files[i];
		struct profile_point point = { .name = file->path,
					       .text = "container or environment for work on it",
					       .path = file->path,
					       .share = -1,
					       .rank = 60 - 10 * (double)file->depth };

		if (file->roles & ROLE_CONTAINER && project_is_own(file))
			profile_add(work, PROFILE_SETUP, &point);
	}
}

/* ---- lines that are counted ---- */

struct tally {
	const struct project_file *file; /* that has most; the lowest of equal ones */
	uint32_t line;                   /* its first */
	size_t n_most, n_all, n_files;
	/* The file in hand: matches come file by file. */
	const struct project_file *current;
	uint32_t current_line;
	size_t n_current;
	bool with_tests;
};

static void end_file(struct tally *tally)
{
	if (tally->n_current > tally->n_most) {
		tally->file = tally->current;
		tally->line = tally->current_line;
		tally->n_most = tally->n_current;
	}
	tally->n_files += tally->n_current > 0;
	tally->n_current = 0;
}

static void take_count(void *data, const struct project_match *match)
{
	struct tally *tally = data;

	if (!project_is_own(match->file) || match->file->class != CLASS_CODE ||
	    (!tally->with_tests && match->file->roles & (ROLE_TEST | ROLE_EXAMPLE)))
		return;
	if (match->file != tally->current) {
		end_file(tally);
		tally->current = match->file;
		tally->current_line = match->line;
	}
	tally->n_current++;
	tally->n_all++;
}

static void add_tally(struct profile_work *work, const char *call, const char *what, double rank,
		      bool with_tests)
{
	struct tally tally = { .with_tests = with_tests };
	struct profile_point point = { .name = what, .call = call, .share = -1, .rank = rank };

	project_each_match(&work->project, call, take_count, &tally);
	end_file(&tally);
	if (!tally.n_all)
		return;
	point.path = tally.file->path;
	point.line = tally.line;
	point.text = profile_text(work, "%zu line%s in %zu file%s, %zu of them in one", tally.n_all,
				  tally.n_all == 1 ? "" : "s", tally.n_files,
				  tally.n_files == 1 ? "" : "s", tally.n_most);
	profile_add(work, PROFILE_RISKS, &point);
}

/* ---- secrets ---- */

struct secret_taker {
	struct profile_work *work;
	const char *call, *what;
	double rank;
	bool with_aside; /* those of tests and examples are worth a word */
	size_t n, n_aside;
	const struct project_file *aside; /* the first of those, */
	uint32_t aside_line;              /* and its line */
};

static void take_secret(void *data, const struct project_match *match)
{
	enum { SECRETS_MAX = 20 };
	struct secret_taker *taker = data;
	const char *key = memmem(match->text, match->len, "PRIVATE KEY", 11);
	struct profile_point point = { .path = match->file->path,
				       .line = match->line,
				       .call = taker->call,
				       .name = taker->what,
				       .share = -1,
				       .rank = taker->rank };

	if (!key && (match->file->class == CLASS_TEXT || !project_is_own(match->file)))
		return;
	if (match->file->roles & (ROLE_TEST | ROLE_EXAMPLE | ROLE_VENDORED)) {
		if (!taker->n_aside++) {
			taker->aside = match->file;
			taker->aside_line = match->line;
		}
		return;
	}
	if (taker->n++ >= SECRETS_MAX)
		return;
	point.text = !taker->with_aside ? "a text is given to a name such as password; not shown"
		     : key              ? "a private key; not shown"
					: "a token; not shown";
	profile_add(taker->work, PROFILE_RISKS, &point);
}

static void add_secrets(struct profile_work *work, struct secret_taker *taker)
{
	struct profile_point point = { .name = "secrets in tests and examples",
				       .call = taker->call,
				       .share = -1,
				       .rank = 20 };

	taker->work = work;
	project_each_match(&work->project, taker->call, take_secret, taker);
	if (!taker->with_aside || !taker->n_aside)
		return;
	point.path = taker->aside->path;
	point.line = taker->aside_line;
	point.text = profile_text(work, "%zu line%s; not shown", taker->n_aside,
				  taker->n_aside == 1 ? "" : "s");
	profile_add(work, PROFILE_RISKS, &point);
}

/* ---- files ---- */

static void add_large(struct profile_work *work)
{
	enum { LARGE_BYTES = 150000 };

	for (size_t i = 0; i < work->project.n_files; i++) {
		const struct project_file *file = &work->project.files[i];
		struct profile_point point = { .name = "large file",
					       .path = file->path,
					       .n_bytes = file->bytes,
					       .share = -1 };

		if (file->class != CLASS_CODE || !project_is_own(file) ||
		    file->bytes < LARGE_BYTES || file->roles & (ROLE_TEST | ROLE_EXAMPLE))
			continue;
		point.text = "of code";
		point.rank = 20 + (double)file->bytes / 1e9;
		profile_add(work, PROFILE_RISKS, &point);
	}
}

static void add_missing(struct profile_work *work, unsigned roles, const char *name,
			const char *text, const char *call, double rank)
{
	struct profile_point point = {
		.name = name, .text = text, .call = call, .share = -1, .rank = rank
	};

	for (size_t i = 0; i < work->project.n_files; i++) {
		if (work->project.files[i].roles & roles)
			return;
	}
	if (work->n_code)
		profile_add(work, PROFILE_RISKS, &point);
}

static void add_vendored(struct profile_work *work)
{
	struct profile_point point = {
		.name = "code of others in the tree", .call = "vendored", .share = -1, .rank = 25
	};
	const char *first = NULL;

	for (size_t i = 0; i < work->project.n_files; i++) {
		const struct project_file *file = &work->project.files[i];

		if (!(file->roles & ROLE_VENDORED))
			continue;
		first = first ? first : file->path;
		point.n_files++;
		point.n_bytes += file->bytes;
	}
	if (!first)
		return;
	point.text = profile_text(work, "in %.*s/ and below", (int)profile_dir_len(first), first);
	profile_add(work, PROFILE_RISKS, &point);
}

void profile_risks(struct profile_work *work)
{
	static const struct {
		const char *call, *what;
		double rank;
		bool with_tests;
	} rows[] = {
		{ "unsafe-c", "calls without bounds or through a shell", 60, false },
		{ "unsafe-python", "eval, shells, pickles, unverified TLS", 60, false },
		{ "unsafe-js", "eval, innerHTML, child processes", 60, false },
		{ "unsafe-rust", "unsafe blocks", 60, false },
		{ "unsafe-go", "unsafe pointers, commands, unverified TLS", 60, false },
		{ "unsafe-jvm", "processes, deserialization, broken encapsulation", 60, false },
		{ "unsafe-ruby", "eval, shells, unsafe loading", 60, false },
		{ "unsafe-php", "eval, shells, unserialize", 60, false },
		{ "unsafe-shell", "eval, downloads into a shell", 55, false },
		{ "marks", "TODO, FIXME, HACK, XXX", 40, true },
		{ "deprecated", "marked as deprecated", 30, true },
	};
	struct secret_taker secrets = {
		.call = "secrets", .what = "secret in the tree", .rank = 90, .with_aside = true
	};
	struct secret_taker passwords = { .call = "passwords",
					  .what = "maybe a secret",
					  .rank = 70 };

	for (size_t i = 0; i < countof(rows); i++)
		add_tally(work, rows[i].call, rows[i].what, rows[i].rank, rows[i].with_tests);
	add_secrets(work, &secrets);
	add_secrets(work, &passwords);
	add_large(work);
	add_vendored(work);
	add_missing(work, ROLE_TEST, "no tests", "no file or directory is named as tests are",
		    "tests", 58);
	add_missing(work, ROLE_CI, "no continuous integration", "none that is known here", "ci",
		    22);
	add_missing(work, ROLE_LICENCE, "no licence", "no file is named as one", "licences", 45);
	add_missing(work, ROLE_DOCUMENT, "no README", "nor any other document of that kind",
		    "documents", 48);
}
