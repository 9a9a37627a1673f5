/* SPDX-License-Identifier: MIT */
/* TOML and INI: sections with keys, read line by line. Of a list over several lines the strings in
 * quotes are taken, until its bracket closes. */
#include "graph/manifest_read.h"

#include <string.h>

/* Where in such a file we are. */
struct keys {
	struct piece section; /* "tool.poetry" of [tool.poetry] */
	struct piece key, value;
	bool is_section; /* the line begins a section */
};

/* Comments and blanks are passed over. A line without "=" has a value and no key. */
static bool next_key(struct manifest_reader *reader, struct keys *keys)
{
	while (manifest_next(reader)) {
		struct piece line = piece_trim(reader->line), rest;

		if (!line.len || line.at[0] == '#' || line.at[0] == ';')
			continue;
		keys->is_section = line.at[0] == '[' && line.at[line.len - 1] == ']';
		if (keys->is_section && reader->line.at[0] == '[') {
			rest = piece_skip(line, 1 + piece_starts(line, "[["));
			keys->section = piece_until(rest, "]");
			keys->key = keys->value = NO_PIECE;
			return true;
		}
		keys->is_section = false;
		keys->key = piece_trim(piece_until(line, "="));
		if (keys->key.len == line.len) {
			keys->value = line;
			keys->key = NO_PIECE;
			return true;
		}
		(void)piece_after(line, "=", &rest);
		keys->value = piece_trim(rest);
		if (keys->key.len > 1 && strchr("\"'", keys->key.at[0]))
			keys->key = piece_until(piece_skip(keys->key, 1), "\"'");
		return true;
	}
	return false;
}

/* "text" without its quotes, or as it is. */
static struct piece plain(struct piece value)
{
	struct piece inside, rest;

	if (value.len && strchr("\"'", value.at[0]) && piece_quoted(value, &inside, &rest))
		return inside;
	return value;
}

static bool section_is(const struct keys *keys, const char *name)
{
	return piece_is(keys->section, name);
}

static bool section_starts(const struct keys *keys, const char *name)
{
	return piece_starts(keys->section, name);
}

static void add_key(struct manifest_reader *reader, const struct keys *keys, const char *key,
		    enum manifest_what what)
{
	/* A map, as { workspace = true }, says it elsewhere. */
	if (piece_is(keys->key, key) && !piece_starts(keys->value, "{"))
		manifest_add(reader, what, plain(keys->value), NO_PIECE);
}

/* The strings of a list that may go on over lines. */
static void add_list(struct manifest_reader *reader, struct piece value, enum manifest_what what)
{
	struct piece rest;

	if (!piece_starts(value, "["))
		return;
	for (;;) {
		struct piece inside;
		bool is_end;

		rest = value;
		while (piece_quoted(rest, &inside, &rest)) {
			manifest_add(reader, what, piece_name(inside, "-_."), NO_PIECE);
			value = rest;
		}
		is_end = piece_has(value, "]") && !piece_starts(piece_trim(value), "#");
		if (is_end || !manifest_next(reader))
			return;
		value = piece_trim(reader->line);
		if (piece_starts(value, "#"))
			value = NO_PIECE;
	}
}

void manifest_read_cargo(struct manifest_reader *reader)
{
	struct keys keys = { 0 };
	struct piece program = NO_PIECE;

	while (next_key(reader, &keys)) {
		if (keys.is_section) {
			struct piece name;

			if (section_is(&keys, "workspace"))
				manifest_add(reader, MANIFEST_OPEN, NO_PIECE, NO_PIECE);
			if (piece_after(keys.section, "dependencies.", &name) &&
			    section_starts(&keys, "dependencies."))
				manifest_add(reader, MANIFEST_DEPENDENCY, name, NO_PIECE);
			continue;
		}
		if (section_is(&keys, "package") || section_is(&keys, "workspace.package")) {
			add_key(reader, &keys, "name", MANIFEST_NAME);
			add_key(reader, &keys, "version", MANIFEST_VERSION);
			add_key(reader, &keys, "description", MANIFEST_ABOUT);
			add_key(reader, &keys, "license", MANIFEST_LICENCE);
			if (piece_is(keys.key, "edition") || piece_is(keys.key, "rust-version"))
				manifest_add(reader, MANIFEST_LANGUAGE, keys.key,
					     plain(keys.value));
		} else if (section_is(&keys, "bin")) {
			if (piece_is(keys.key, "name"))
				program = plain(keys.value);
			if (piece_is(keys.key, "path"))
				manifest_add(reader, MANIFEST_PROGRAM, program, plain(keys.value));
		} else if (section_is(&keys, "dev-dependencies") ||
			   section_is(&keys, "build-dependencies")) {
			manifest_add(reader, MANIFEST_DEVELOPMENT, piece_name(keys.key, "-_"),
				     NO_PIECE);
		} else if (section_is(&keys, "dependencies") ||
			   section_is(&keys, "workspace.dependencies")) {
			manifest_add(reader, MANIFEST_DEPENDENCY, piece_name(keys.key, "-_"),
				     NO_PIECE);
		}
	}
}

static void read_project(struct manifest_reader *reader, const struct keys *keys)
{
	add_key(reader, keys, "name", MANIFEST_NAME);
	add_key(reader, keys, "version", MANIFEST_VERSION);
	add_key(reader, keys, "description", MANIFEST_ABOUT);
	if (piece_is(keys->key, "license")) {
		struct piece inside, rest;
		bool is_file = piece_has(keys->value, "file");

		if (!is_file && piece_quoted(keys->value, &inside, &rest))
			manifest_add(reader, MANIFEST_LICENCE, inside, NO_PIECE);
	}
	if (piece_is(keys->key, "requires-python"))
		manifest_add_str(reader, MANIFEST_LANGUAGE, "python", plain(keys->value));
	if (piece_is(keys->key, "dependencies"))
		add_list(reader, keys->value, MANIFEST_DEPENDENCY);
}

/* Poetry has its own way to say it all. */
static void read_poetry(struct manifest_reader *reader, const struct keys *keys)
{
	if (section_is(keys, "tool.poetry"))
		read_project(reader, keys);
	else if (section_is(keys, "tool.poetry.dependencies") && piece_is(keys->key, "python"))
		manifest_add_str(reader, MANIFEST_LANGUAGE, "python", plain(keys->value));
	else if (section_is(keys, "tool.poetry.dependencies"))
		manifest_add(reader, MANIFEST_DEPENDENCY, piece_name(keys->key, "-_."), NO_PIECE);
	else if (section_is(keys, "tool.poetry.dev-dependencies") ||
		 section_starts(keys, "tool.poetry.group."))
		manifest_add(reader, MANIFEST_DEVELOPMENT, piece_name(keys->key, "-_."), NO_PIECE);
}

void manifest_read_pyproject(struct manifest_reader *reader)
{
	struct keys keys = { 0 };

	while (next_key(reader, &keys)) {
		struct piece name;

		if (keys.is_section) {
			if (section_starts(&keys, "tool.") &&
			    !section_starts(&keys, "tool.poetry") &&
			    piece_after(keys.section, "tool.", &name))
				manifest_add(reader, MANIFEST_TOOL, piece_until(name, "."),
					     NO_PIECE);
			if (section_starts(&keys, "tool.pytest"))
				manifest_add(reader, MANIFEST_TESTS, NO_PIECE, NO_PIECE);
			continue;
		}
		if (section_is(&keys, "project"))
			read_project(reader, &keys);
		else if (section_is(&keys, "project.scripts") ||
			 section_is(&keys, "project.gui-scripts") ||
			 section_is(&keys, "tool.poetry.scripts"))
			manifest_add(reader, MANIFEST_PROGRAM, keys.key, plain(keys.value));
		else if (section_is(&keys, "project.optional-dependencies") ||
			 section_is(&keys, "dependency-groups"))
			add_list(reader, keys.value, MANIFEST_DEVELOPMENT);
		else
			read_poetry(reader, &keys);
	}
}

void manifest_read_setup_cfg(struct manifest_reader *reader)
{
	struct keys keys = { 0 };
	struct piece list = NO_PIECE; /* the key whose lines these are */

	while (next_key(reader, &keys)) {
		bool is_inner = reader->line.len && strchr(" \t", reader->line.at[0]);

		if (keys.is_section) {
			if (section_is(&keys, "flake8") || section_is(&keys, "mypy") ||
			    section_is(&keys, "isort"))
				manifest_add(reader, MANIFEST_TOOL, keys.section, NO_PIECE);
			if (section_is(&keys, "tool:pytest"))
				manifest_add(reader, MANIFEST_TESTS, NO_PIECE, NO_PIECE);
			list = NO_PIECE;
			continue;
		}
		if (!is_inner)
			list = keys.key;
		if (section_is(&keys, "metadata")) {
			/* attr: and file: say it elsewhere. */
			if (!piece_starts(keys.value, "attr:") &&
			    !piece_starts(keys.value, "file:")) {
				add_key(reader, &keys, "name", MANIFEST_NAME);
				add_key(reader, &keys, "version", MANIFEST_VERSION);
				add_key(reader, &keys, "description", MANIFEST_ABOUT);
				add_key(reader, &keys, "license", MANIFEST_LICENCE);
			}
		} else if (section_is(&keys, "options") && piece_is(list, "install_requires") &&
			   is_inner) {
			manifest_add(reader, MANIFEST_DEPENDENCY,
				     piece_name(piece_trim(reader->line), "-_."), NO_PIECE);
		} else if (section_is(&keys, "options") && piece_is(keys.key, "python_requires")) {
			manifest_add_str(reader, MANIFEST_LANGUAGE, "python", keys.value);
		} else if (section_is(&keys, "options.extras_require") && is_inner) {
			manifest_add(reader, MANIFEST_DEVELOPMENT,
				     piece_name(piece_trim(reader->line), "-_."), NO_PIECE);
		} else if (section_is(&keys, "options.entry_points") && is_inner && keys.key.len &&
			   piece_is(list, "console_scripts")) {
			manifest_add(reader, MANIFEST_PROGRAM, keys.key, keys.value);
		}
	}
}

void manifest_read_tox(struct manifest_reader *reader)
{
	struct keys keys = { 0 };
	struct piece list = NO_PIECE;

	while (next_key(reader, &keys)) {
		bool is_inner = reader->line.len && strchr(" \t", reader->line.at[0]);

		if (keys.is_section) {
			if (section_starts(&keys, "testenv"))
				manifest_add(reader, MANIFEST_TASK, keys.section, NO_PIECE);
			list = NO_PIECE;
			continue;
		}
		if (!is_inner)
			list = keys.key;
		if (piece_is(list, "commands"))
			manifest_add(reader, MANIFEST_STEP, NO_PIECE,
				     is_inner ? piece_trim(reader->line) : keys.value);
	}
}
