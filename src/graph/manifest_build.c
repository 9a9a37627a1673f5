/* SPDX-License-Identifier: MIT */
/* Files of build tools: make, automake, autoconf, CMake, Meson, just, setup.py, rake. */
#include "graph/manifest_read.h"

#include <string.h>

static bool is_comment(struct piece line)
{
	return !line.len || line.at[0] == '#';
}

/* A line that goes on in the next one is passed over to its end. */
static void skip_continued(struct manifest_reader *reader)
{
	while (reader->line.len && reader->line.at[reader->line.len - 1] == '\\' &&
	       manifest_next(reader))
		;
}

/* ---- make ---- */

/* The ':' of a rule: not one of an assignment, and not in a function or a variable. */
static bool find_rule(struct piece line, struct piece *ret_targets, struct piece *ret_rest)
{
	for (size_t i = 0; i < line.len; i++) {
		char next = i + 1 < line.len ? line.at[i + 1] : '\0';

		if (line.at[i] == '=' || line.at[i] == '#')
			return false;
		if (line.at[i] != ':')
			continue;
		if (next == '=' || (next == ':' && i + 2 < line.len && line.at[i + 2] == '='))
			return false;
		*ret_targets = (struct piece){ line.at, i };
		*ret_rest = piece_skip(line, i + 1 + (next == ':'));
		return true;
	}
	return false;
}

static void add_targets(struct manifest_reader *reader, struct piece targets, struct piece rest)
{
	struct piece help = NO_PIECE;

	(void)piece_after(rest, "## ", &help); /* a custom of many: what the target is for */
	if (piece_has(targets, "$"))
		manifest_add(reader, MANIFEST_OPEN, NO_PIECE, NO_PIECE);
	while (targets.len) {
		struct piece name = piece_until(targets, " \t");

		targets = piece_trim(piece_skip(targets, name.len));
		if (piece_has(name, "%") || piece_is(name, ".DEFAULT"))
			manifest_add(reader, MANIFEST_OPEN, NO_PIECE, NO_PIECE);
		else if (name.len && name.at[0] != '.' && !piece_has(name, "$") &&
			 !piece_has(name, "("))
			manifest_add(reader, MANIFEST_TASK, name, piece_trim(help));
	}
}

static void read_rules(struct manifest_reader *reader)
{
	bool is_define = false;

	while (manifest_next(reader)) {
		struct piece line = reader->line, targets, rest;

		if (piece_starts(line, "define "))
			is_define = true;
		if (piece_starts(line, "endef"))
			is_define = false;
		if (is_define || !line.len || line.at[0] == '\t' || is_comment(piece_trim(line)))
			continue;
		if (piece_starts(line, "include ") || piece_starts(line, "-include ") ||
		    piece_starts(line, "sinclude ") || piece_starts(line, "$(eval"))
			manifest_add(reader, MANIFEST_OPEN, NO_PIECE, NO_PIECE);
		else if (find_rule(line, &targets, &rest))
			add_targets(reader, piece_trim(targets), rest);
		skip_continued(reader);
	}
}

void manifest_read_make(struct manifest_reader *reader)
{
	read_rules(reader);
}

void manifest_read_automake(struct manifest_reader *reader)
{
	manifest_add(reader, MANIFEST_OPEN, NO_PIECE, NO_PIECE); /* it becomes much more */
	while (manifest_next(reader)) {
		struct piece line = reader->line, value;

		if (!piece_after(line, "=", &value) || is_comment(piece_trim(line)))
			continue;
		value = piece_trim(value);
		if (piece_starts(line, "bin_PROGRAMS"))
			manifest_add(reader, MANIFEST_PROGRAM, piece_name(value, "-_."), NO_PIECE);
		if (piece_starts(line, "TESTS ") || piece_starts(line, "TESTS=") ||
		    piece_starts(line, "check_PROGRAMS"))
			manifest_add(reader, MANIFEST_TESTS, NO_PIECE, NO_PIECE);
	}
}

/* ---- autoconf, CMake, Meson ---- */

/* "[a]" of M4, or "a". */
static struct piece next_argument(struct piece *rest)
{
	struct piece word = piece_until(*rest, ",)");

	*rest = piece_skip(*rest, word.len + 1);
	word = piece_trim(word);
	if (piece_starts(word, "["))
		word = piece_until(piece_skip(word, 1), "]");
	return word;
}

void manifest_read_autoconf(struct manifest_reader *reader)
{
	while (manifest_next(reader)) {
		struct piece rest, name;

		if (piece_starts(reader->line, "dnl") || is_comment(piece_trim(reader->line)))
			continue;
		if (piece_after(reader->line, "AC_INIT(", &rest)) {
			manifest_add(reader, MANIFEST_NAME, next_argument(&rest), NO_PIECE);
			name = next_argument(&rest);
			if (piece_name(name, ".-_+").len == name.len) /* not a macro's */
				manifest_add(reader, MANIFEST_VERSION, name, NO_PIECE);
		} else if (piece_after(reader->line, "PKG_CHECK_MODULES(", &rest)) {
			(void)next_argument(&rest);
			name = piece_name(next_argument(&rest), "-_.+");
			manifest_add(reader, MANIFEST_DEPENDENCY, name, NO_PIECE);
		} else if (piece_after(reader->line, "AC_CHECK_LIB(", &rest)) {
			manifest_add(reader, MANIFEST_DEPENDENCY,
				     piece_name(next_argument(&rest), "-_.+"), NO_PIECE);
		}
	}
}

/* What follows a command of CMake, in any letter case, at the beginning of a line. */
static bool is_command(struct piece line, const char *name, struct piece *ret_rest)
{
	size_t len = strlen(name);

	line = piece_trim(line);
	if (line.len <= len || strncasecmp(line.at, name, len) != 0)
		return false;
	line = piece_trim(piece_skip(line, len));
	if (!piece_starts(line, "("))
		return false;
	*ret_rest = piece_trim(piece_skip(line, 1));
	return true;
}

void manifest_read_cmake(struct manifest_reader *reader)
{
	while (manifest_next(reader)) {
		struct piece rest, version;

		if (is_command(reader->line, "project", &rest)) {
			manifest_add(reader, MANIFEST_NAME, piece_name(rest, "-_."), NO_PIECE);
			if (piece_after(rest, "VERSION ", &version))
				manifest_add(reader, MANIFEST_VERSION, piece_name(version, "."),
					     NO_PIECE);
		} else if (is_command(reader->line, "find_package", &rest) ||
			   is_command(reader->line, "pkg_check_modules", &rest)) {
			manifest_add(reader, MANIFEST_DEPENDENCY, piece_name(rest, "-_."),
				     NO_PIECE);
		} else if (is_command(reader->line, "add_executable", &rest)) {
			manifest_add(reader, MANIFEST_PROGRAM, piece_name(rest, "-_."), NO_PIECE);
		} else if (is_command(reader->line, "add_custom_target", &rest)) {
			manifest_add(reader, MANIFEST_TASK, piece_name(rest, "-_."), NO_PIECE);
		} else if (is_command(reader->line, "enable_testing", &rest) ||
			   is_command(reader->line, "add_test", &rest)) {
			manifest_add(reader, MANIFEST_TESTS, NO_PIECE, NO_PIECE);
		}
	}
}

/* The text in quotes behind "key:" in a line. */
static void add_named(struct manifest_reader *reader, const char *key, enum manifest_what what)
{
	struct piece rest, inside;

	if (piece_after(reader->line, key, &rest) && piece_quoted(rest, &inside, &rest))
		manifest_add(reader, what, inside, NO_PIECE);
}

void manifest_read_meson(struct manifest_reader *reader)
{
	bool is_project = false;

	while (manifest_next(reader)) {
		struct piece line = piece_trim(reader->line), rest, inside;

		if (is_comment(line))
			continue;
		if (piece_starts(line, "project(")) {
			is_project = true;
			if (piece_quoted(line, &inside, &rest))
				manifest_add(reader, MANIFEST_NAME, inside, NO_PIECE);
		}
		if (is_project) {
			add_named(reader, "version:", MANIFEST_VERSION);
			add_named(reader, "version :", MANIFEST_VERSION);
			add_named(reader, "license:", MANIFEST_LICENCE);
			is_project = !piece_has(line, ")");
		} else if (piece_after(line, "dependency(", &rest) &&
			   piece_quoted(rest, &inside, &rest)) {
			manifest_add(reader, MANIFEST_DEPENDENCY, inside, NO_PIECE);
		} else if (piece_after(line, "executable(", &rest) &&
			   piece_quoted(rest, &inside, &rest)) {
			manifest_add(reader, MANIFEST_PROGRAM, inside, NO_PIECE);
		} else if (piece_starts(line, "test(")) {
			manifest_add(reader, MANIFEST_TESTS, NO_PIECE, NO_PIECE);
		}
	}
}

/* ---- tasks ---- */

void manifest_read_just(struct manifest_reader *reader)
{
	while (manifest_next(reader)) {
		struct piece line = reader->line, targets, rest;

		if (!line.len || strchr(" \t#@[", line.at[0]) || piece_has(line, ":="))
			continue;
		if (piece_starts(line, "import ") || piece_starts(line, "mod "))
			manifest_add(reader, MANIFEST_OPEN, NO_PIECE, NO_PIECE);
		else if (find_rule(line, &targets, &rest))
			manifest_add(reader, MANIFEST_TASK, piece_name(targets, "-_"), NO_PIECE);
	}
}

void manifest_read_rake(struct manifest_reader *reader)
{
	while (manifest_next(reader)) {
		struct piece line = piece_trim(reader->line), rest;

		if (piece_after(line, "TestTask.new", &rest) ||
		    piece_after(line, "RakeTask.new", &rest))
			manifest_add(reader, MANIFEST_TESTS, NO_PIECE, NO_PIECE);
		if (!piece_starts(line, "task "))
			continue;
		rest = piece_trim(piece_skip(line, 5));
		if (piece_starts(rest, ":") || piece_starts(rest, "\"") || piece_starts(rest, "'"))
			rest = piece_skip(rest, 1);
		manifest_add(reader, MANIFEST_TASK, piece_name(rest, "_-:"), NO_PIECE);
	}
}

/* ---- setup.py: a program; of its call of setup() the arguments that are plain ---- */

static bool is_argument(struct piece line, const char *name, struct piece *ret_value)
{
	if (!piece_starts(line, name))
		return false;
	line = piece_trim(piece_skip(line, strlen(name)));
	if (!piece_starts(line, "=") || piece_starts(line, "=="))
		return false;
	*ret_value = piece_trim(piece_skip(line, 1));
	return true;
}

/* The list an argument opens, to its end: of what its strings name. */
static void add_setup_list(struct manifest_reader *reader, struct piece value,
			   enum manifest_what what)
{
	if (!piece_starts(value, "["))
		return;
	for (;;) {
		struct piece inside, rest = value;

		while (piece_quoted(rest, &inside, &rest)) {
			struct piece begin;

			if (what == MANIFEST_PROGRAM && piece_after(inside, "=", &begin))
				manifest_add(reader, what, piece_trim(piece_until(inside, "=")),
					     piece_trim(begin));
			else if (what != MANIFEST_PROGRAM)
				manifest_add(reader, what, piece_name(inside, "-_."), NO_PIECE);
		}
		if (piece_has(rest, "]") || !manifest_next(reader))
			return;
		value = piece_trim(reader->line);
		if (is_comment(value))
			value = NO_PIECE;
	}
}

void manifest_read_setup_py(struct manifest_reader *reader)
{
	static const struct {
		const char *name;
		enum manifest_what what;
	} texts[] = { { "name", MANIFEST_NAME },
		      { "version", MANIFEST_VERSION },
		      { "description", MANIFEST_ABOUT },
		      { "license", MANIFEST_LICENCE } };

	while (manifest_next(reader)) {
		struct piece line = piece_trim(reader->line), value, inside, rest;

		if (piece_starts(line, "setup("))
			line = piece_trim(piece_skip(line, 6));
		for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
			if (is_argument(line, texts[i].name, &value) && value.len &&
			    strchr("\"'", value.at[0]) && piece_quoted(value, &inside, &rest))
				manifest_add(reader, texts[i].what, inside, NO_PIECE);
		}
		if (is_argument(line, "python_requires", &value) &&
		    piece_quoted(value, &inside, &rest))
			manifest_add_str(reader, MANIFEST_LANGUAGE, "python", inside);
		if (is_argument(line, "install_requires", &value))
			add_setup_list(reader, value, MANIFEST_DEPENDENCY);
		else if (is_argument(line, "tests_require", &value))
			add_setup_list(reader, value, MANIFEST_DEVELOPMENT);
		else if (piece_after(line, "console_scripts", &value))
			add_setup_list(reader, piece_skip(value, piece_until(value, "[").len),
				       MANIFEST_PROGRAM);
	}
}
