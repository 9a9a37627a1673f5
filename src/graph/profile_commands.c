/* SPDX-License-Identifier: MIT */
/* How it is built, run and tested: commands, each with the line that says so. What continuous
 * integration runs has been seen to work by somebody; tasks of build files come next; then what
 * everybody types where there is a manifest of that kind. */
#include "base/str.h"
#include "graph/profile_work.h"

#include <string.h>

enum purpose { FOR_NOTHING, FOR_BUILD, FOR_RUN, FOR_TEST, FOR_CHECK };

struct purpose_words {
	const char *words; /* with blanks around each */
	enum purpose purpose;
};

/* Of names of tasks: the whole of it, or its first part (test:unit, build-docs). */
static enum purpose purpose_of_task(const char *name)
{
	static const struct purpose_words rows[] = {
		{ " test tests check spec unittest unit e2e integration coverage ", FOR_TEST },
		{ " build all compile bundle dist install package release debug default ",
		  FOR_BUILD },
		{ " start dev serve run watch demo preview ", FOR_RUN },
		{ " lint format fmt typecheck style clippy tidy ", FOR_CHECK },
	};
	char word[32];
	size_t len = strcspn(name, ":-_.");

	if (!len || len + 3 > sizeof(word))
		return FOR_NOTHING;
	word[0] = ' ';
	memcpy(word + 1, name, len);
	word[len + 1] = ' ';
	word[len + 2] = '\0';
	for (size_t i = 0; i < countof(rows); i++) {
		if (strstr(rows[i].words, word))
			return rows[i].purpose;
	}
	return FOR_NOTHING;
}

/* A command of a script without what glues it to the next one. */
static const char *plain_step(struct profile_work *work, const char *text)
{
	static const char *const ends[] = { "&&", "||", "|| true", "|| :", ";", "\\" };
	size_t len = strlen(text), before;

	do {
		before = len;
		for (size_t i = 0; i < countof(ends); i++) {
			size_t n = strlen(ends[i]);

			while (len && text[len - 1] == ' ')
				len--;
			if (len >= n && memcmp(text + len - n, ends[i], n) == 0)
				len -= n;
		}
	} while (len < before);
	return profile_copy(work, text, len, 160);
}

/* By how a command begins; those of more words come first. */
static enum purpose purpose_of_step(const char *text)
{
	static const struct {
		const char *begin;
		enum purpose purpose;
	} rows[] = {
		{ "pytest", FOR_TEST },
		{ "python -m pytest", FOR_TEST },
		{ "python -m unittest", FOR_TEST },
		{ "tox", FOR_TEST },
		{ "nox", FOR_TEST },
		{ "ctest", FOR_TEST },
		{ "go test", FOR_TEST },
		{ "cargo test", FOR_TEST },
		{ "cargo nextest", FOR_TEST },
		{ "npm test", FOR_TEST },
		{ "npm run test", FOR_TEST },
		{ "yarn test", FOR_TEST },
		{ "pnpm test", FOR_TEST },
		{ "make check", FOR_TEST },
		{ "make test", FOR_TEST },
		{ "meson test", FOR_TEST },
		{ "mvn test", FOR_TEST },
		{ "mvn verify", FOR_TEST },
		{ "./mvnw verify", FOR_TEST },
		{ "./mvnw test", FOR_TEST },
		{ "./gradlew test", FOR_TEST },
		{ "./gradlew check", FOR_TEST },
		{ "bundle exec rspec", FOR_TEST },
		{ "bundle exec rake", FOR_TEST },
		{ "rake test", FOR_TEST },
		{ "rspec", FOR_TEST },
		{ "mage -v check", FOR_TEST },
		{ "mage -v test", FOR_TEST },
		{ "cargo clippy", FOR_CHECK },
		{ "cargo fmt", FOR_CHECK },
		{ "npm run lint", FOR_CHECK },
		{ "ruff ", FOR_CHECK },
		{ "flake8", FOR_CHECK },
		{ "mypy", FOR_CHECK },
		{ "golangci-lint", FOR_CHECK },
		{ "make lint", FOR_CHECK },
		{ "make codestyle", FOR_CHECK },
		{ "cargo build", FOR_BUILD },
		{ "go build", FOR_BUILD },
		{ "npm run build", FOR_BUILD },
		{ "cmake ", FOR_BUILD },
		{ "./configure", FOR_BUILD },
		{ "meson setup", FOR_BUILD },
		{ "ninja", FOR_BUILD },
		{ "mvn ", FOR_BUILD },
		{ "./mvnw ", FOR_BUILD },
		{ "./gradlew ", FOR_BUILD },
		{ "make", FOR_BUILD },
		{ "mage ", FOR_BUILD },
		{ "autoreconf", FOR_BUILD },
	};

	for (size_t i = 0; i < countof(rows); i++) {
		if (str_starts_with(text, rows[i].begin))
			return strstr(text, "--version") ? FOR_NOTHING : rows[i].purpose;
	}
	return FOR_NOTHING;
}

struct command {
	const char *text, *about;
	const struct project_file *file;
	uint32_t line;
	enum purpose purpose;
	double rank;
};

/* The same command is said once, by who is asked first. */
static bool is_known(const struct profile_part *part, const char *text)
{
	for (size_t i = 0; i < part->points.n; i++) {
		if (str_equal(part->points.items[i].name, text))
			return true;
	}
	return false;
}

static void add_command(struct profile_work *work, const struct command *command)
{
	enum profile_section section = command->purpose == FOR_TEST    ? PROFILE_TEST
				       : command->purpose == FOR_CHECK ? PROFILE_CONVENTIONS
								       : PROFILE_BUILD;
	struct profile_point point = { .name = command->text,
				       .text = command->about,
				       .path = command->file->path,
				       .line = command->line,
				       .share = -1,
				       .rank = command->rank - 8 * (double)command->file->depth };

	if (command->file->roles & ROLE_CI)
		point.rank = command->rank; /* it lies where it must */
	if (command->purpose != FOR_NOTHING &&
	    !is_known(&work->profile->parts[section], point.name))
		profile_add(work, section, &point);
}

/* ---- tasks ---- */

/* "make -C dir " of a Makefile in dir. */
static const char *task_command(struct profile_work *work, const struct work_manifest *manifest,
				const char *name)
{
	const char *path = manifest->file->path;
	int dir = (int)profile_dir_len(path);

	switch (manifest->manifest.kind) {
	case MANIFEST_MAKE:
		return dir ? profile_text(work, "make -C %.*s %s", dir, path, name)
			   : profile_text(work, "make %s", name);
	case MANIFEST_JUST:
		return dir ? profile_text(work, "just %.*s/%s", dir, path, name)
			   : profile_text(work, "just %s", name);
	case MANIFEST_NPM:
		return profile_text(work, "npm %s%.*s%s%s%s", dir ? "--prefix " : "", dir, path,
				    dir ? " " : "", str_equal(name, "test") ? "" : "run ", name);
	case MANIFEST_COMPOSER:
		return profile_text(work, "composer run %s", name);
	case MANIFEST_RAKE:
		return profile_text(work, "rake %s", name);
	default:
		return NULL;
	}
}

static void add_tasks(struct profile_work *work, const struct work_manifest *manifest)
{
	for (size_t i = 0; i < manifest->manifest.items.n; i++) {
		const struct manifest_item *item = &manifest->manifest.items.items[i];
		struct command command = {
			.file = manifest->file, .line = item->line, .about = item->value, .rank = 80
		};

		if (item->what != MANIFEST_TASK)
			continue;
		command.purpose = purpose_of_task(item->name);
		if (manifest->manifest.kind == MANIFEST_MAKE &&
		    (str_equal(item->name, "all") ||
		     item == manifest_find(&manifest->manifest, MANIFEST_TASK, NULL)))
			continue; /* it is what `make` does */
		command.text = task_command(work, manifest, item->name);
		if (strpbrk(item->name, ":-_."))
			command.rank -= 10; /* a part of it */
		if (command.text)
			add_command(work, &command);
	}
}

static void add_steps(struct profile_work *work, const struct work_manifest *manifest)
{
	enum { EACH_MAX = 3 }; /* of one purpose: the others are variants */
	size_t n[FOR_CHECK + 1] = { 0 };

	for (size_t i = 0; i < manifest->manifest.items.n; i++) {
		const struct manifest_item *item = &manifest->manifest.items.items[i];
		struct command command = { .file = manifest->file,
					   .line = item->line,
					   .rank = manifest->manifest.kind == MANIFEST_CI ? 70
											  : 60 };

		if (item->what != MANIFEST_STEP)
			continue;
		command.purpose = purpose_of_step(item->value);
		command.text = plain_step(work, item->value);
		if (n[command.purpose]++ >= EACH_MAX)
			continue;
		command.about =
			manifest->manifest.kind == MANIFEST_CI ? "continuous integration" : NULL;
		add_command(work, &command);
	}
}

/* ---- what everybody types ---- */

static void add_usual(struct profile_work *work, const struct work_manifest *manifest,
		      const char *build, const char *test)
{
	const struct manifest_item *name = manifest_find(&manifest->manifest, MANIFEST_NAME, NULL);
	const struct manifest_item *tests =
		manifest_find(&manifest->manifest, MANIFEST_TESTS, NULL);
	struct command command = { .file = manifest->file,
				   .about = "by custom",
				   .line = name ? name->line : 1,
				   .purpose = FOR_BUILD,
				   .rank = 75 };

	command.text = build;
	if (build)
		add_command(work, &command);
	command.text = test;
	command.purpose = FOR_TEST;
	command.line = tests ? tests->line : command.line;
	if (test)
		add_command(work, &command);
}

static void add_custom(struct profile_work *work, const struct work_manifest *manifest)
{
	bool has_tests = manifest_find(&manifest->manifest, MANIFEST_TESTS, NULL) != NULL;
	bool has_wrapper = project_has(&work->project, "gradlew", 7);

	if (manifest->file->depth)
		return;
	switch (manifest->manifest.kind) {
	case MANIFEST_CARGO:
		add_usual(work, manifest, "cargo build", "cargo test");
		break;
	case MANIFEST_GO:
		add_usual(work, manifest, "go build ./...", "go test ./...");
		break;
	case MANIFEST_MAVEN:
		add_usual(work, manifest, "mvn package", "mvn test");
		break;
	case MANIFEST_GRADLE:
		add_usual(work, manifest, has_wrapper ? "./gradlew build" : "gradle build",
			  has_wrapper ? "./gradlew test" : "gradle test");
		break;
	case MANIFEST_CMAKE:
		add_usual(work, manifest, "cmake -B build && cmake --build build",
			  has_tests ? "ctest --test-dir build" : NULL);
		break;
	case MANIFEST_MESON:
		add_usual(work, manifest, "meson setup build && ninja -C build",
			  has_tests ? "meson test -C build" : NULL);
		break;
	case MANIFEST_AUTOCONF:
		add_usual(work, manifest, "autoreconf -fi && ./configure && make", NULL);
		break;
	case MANIFEST_AUTOMAKE:
		add_usual(work, manifest, NULL, has_tests ? "make check" : NULL);
		break;
	case MANIFEST_PYPROJECT:
	case MANIFEST_SETUP_CFG:
		add_usual(work, manifest,
			  manifest_find(&manifest->manifest, MANIFEST_NAME, NULL) ? "pip install ."
										  : NULL,
			  has_tests ? "pytest" : NULL);
		break;
	case MANIFEST_SETUP_PY:
		add_usual(work, manifest, "pip install .", NULL);
		break;
	case MANIFEST_TOX:
		add_usual(work, manifest, NULL, "tox");
		break;
	case MANIFEST_MSBUILD:
		add_usual(work, manifest, "dotnet build", NULL);
		break;
	default:
		break;
	}
}

/* A Makefile without a target of a known name has at least a first one. */
static void add_bare_make(struct profile_work *work, const struct work_manifest *manifest)
{
	const struct manifest_item *first = manifest_find(&manifest->manifest, MANIFEST_TASK, NULL);
	struct command command = {
		.text = "make", .file = manifest->file, .purpose = FOR_BUILD, .rank = 90
	};

	if (!first || manifest->file->depth || manifest->manifest.kind != MANIFEST_MAKE)
		return;
	command.line = first->line;
	command.about = profile_text(work, "its first target is '%s'", first->name);
	add_command(work, &command);
}

/* ---- where the tests are ---- */

struct frameworks {
	struct profile_work *work;
	struct {
		const char *name;
		size_t n;
		const struct project_file *file;
		uint32_t line;
	} items[24];
};

static void take_framework(void *data, const struct project_match *match)
{
	static const char *const names[] = { "cmocka",   "gtest",    "kunit",     "criterion",
					     "catch",    "doctest",  "unity",     "check.h",
					     "pytest",   "unittest", "#[",        "testing.T",
					     "junit",    "testng",   "scalatest", "vitest",
					     "jest",     "mocha",    "tape",      "node:test",
					     "minitest", "rspec",    "PHPUnit",   "xunit" };
	struct frameworks *frameworks = data;

	_Static_assert(countof(names) == countof(frameworks->items), "one tally for each");
	if (!project_is_own(match->file))
		return;
	for (size_t i = 0; i < countof(names); i++) {
		if (!memmem(match->text, match->len, names[i], strlen(names[i])))
			continue;
		if (!frameworks->items[i].n++) {
			frameworks->items[i].name = names[i];
			frameworks->items[i].file = match->file;
			frameworks->items[i].line = match->line;
		}
		return;
	}
}

static void add_frameworks(struct profile_work *work)
{
	struct frameworks frameworks = { .work = work };

	project_each_match(&work->project, "frameworks", take_framework, &frameworks);
	for (size_t i = 0; i < countof(frameworks.items); i++) {
		const char *name = frameworks.items[i].name;
		struct profile_point point = { .share = -1, .rank = 20 };

		if (!name)
			continue;
		name = str_equal(name, "#[")          ? "Rust's #[test]"
		       : str_equal(name, "testing.T") ? "Go's testing"
		       : str_equal(name, "check.h")   ? "check"
						      : name;
		point.name = profile_text(work, "with %s", name);
		point.text = profile_text(work, "%zu place%s, first", frameworks.items[i].n,
					  frameworks.items[i].n == 1 ? "" : "s");
		point.path = frameworks.items[i].file->path;
		point.line = frameworks.items[i].line;
		point.call = "frameworks";
		point.rank += frameworks.items[i].n > 9 ? 9 : (double)frameworks.items[i].n;
		profile_add(work, PROFILE_TEST, &point);
	}
	if (work->n_tests) {
		struct profile_point point = { .call = "tests", .share = -1, .rank = 30 };

		point.name = profile_text(work, "%zu of %zu files of code are tests", work->n_tests,
					  work->n_code);
		profile_add(work, PROFILE_TEST, &point);
	}
}

void profile_commands(struct profile_work *work)
{
	for (size_t i = 0; i < work->manifests.n; i++) {
		const struct work_manifest *manifest = &work->manifests.items[i];

		if (manifest->file->roles & (ROLE_TEST | ROLE_EXAMPLE | ROLE_VENDORED))
			continue;
		add_bare_make(work, manifest);
		add_tasks(work, manifest);
		add_custom(work, manifest);
		add_steps(work, manifest);
	}
	add_frameworks(work);
}
