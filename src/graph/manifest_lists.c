/* SPDX-License-Identifier: MIT */
/* Lists of dependencies in their own forms, containers, and what continuous integration runs. */
#include "graph/manifest_read.h"

#include <string.h>

void manifest_read_requirements(struct manifest_reader *reader)
{
	while (manifest_next(reader)) {
		struct piece line = piece_trim(reader->line);

		if (line.len && !strchr("#-", line.at[0]) && !piece_has(line, "://"))
			manifest_add(reader, MANIFEST_DEPENDENCY, piece_name(line, "-_."),
				     NO_PIECE);
	}
}

void manifest_read_go(struct manifest_reader *reader)
{
	bool is_list = false;

	while (manifest_next(reader)) {
		struct piece line = piece_trim(reader->line);

		if (piece_starts(line, "module "))
			manifest_add(reader, MANIFEST_NAME, piece_trim(piece_skip(line, 7)),
				     NO_PIECE);
		else if (piece_starts(line, "go "))
			manifest_add_str(reader, MANIFEST_LANGUAGE, "go",
					 piece_trim(piece_skip(line, 3)));
		else if (piece_starts(line, "require (") || piece_starts(line, "tool ("))
			is_list = piece_starts(line, "require");
		else if (piece_starts(line, ")"))
			is_list = false;
		else if ((is_list || piece_starts(line, "require ")) &&
			 !piece_has(line, "// indirect"))
			manifest_add(reader, MANIFEST_DEPENDENCY,
				     piece_name(is_list ? line : piece_trim(piece_skip(line, 8)),
						"-_./"),
				     NO_PIECE);
	}
}

void manifest_read_gemfile(struct manifest_reader *reader)
{
	while (manifest_next(reader)) {
		struct piece line = piece_trim(reader->line), inside, rest;
		bool is_dev = piece_has(line, "add_development_dependency");

		if (piece_starts(line, "gem ") || piece_starts(line, "gem(") ||
		    piece_has(line, ".add_dependency") ||
		    piece_has(line, ".add_runtime_dependency") || is_dev) {
			if (piece_quoted(line, &inside, &rest))
				manifest_add(reader,
					     is_dev ? MANIFEST_DEVELOPMENT : MANIFEST_DEPENDENCY,
					     inside, NO_PIECE);
		} else if (piece_has(line, ".name ") && piece_quoted(line, &inside, &rest)) {
			manifest_add(reader, MANIFEST_NAME, inside, NO_PIECE);
		} else if (piece_has(line, ".summary ") && piece_quoted(line, &inside, &rest)) {
			manifest_add(reader, MANIFEST_ABOUT, inside, NO_PIECE);
		}
	}
}

/* ---- XML: the text of an element on one line ---- */

static bool element(struct piece line, const char *open, struct piece *ret_text)
{
	struct piece rest;

	if (!piece_after(line, open, &rest))
		return false;
	*ret_text = piece_trim(piece_until(rest, "<"));
	return ret_text->len > 0;
}

/* Depth is told by what surrounds: the project's own name stands outside of all lists. */
void manifest_read_maven(struct manifest_reader *reader)
{
	struct piece name = NO_PIECE, text;
	uint32_t name_line = 0;
	bool in_dependency = false, in_other = false, is_test = false;

	while (manifest_next(reader)) {
		struct piece line = reader->line;

		if (piece_has(line, "<dependency>")) {
			in_dependency = true;
			is_test = false;
			name = NO_PIECE;
		}
		if (piece_has(line, "<parent>") || piece_has(line, "<plugin>") ||
		    piece_has(line, "<profile>") || piece_has(line, "<exclusion>"))
			in_other = true;
		if (in_dependency && !in_other && element(line, "<artifactId>", &text)) {
			name = text;
			name_line = reader->number;
		}
		if (in_dependency && piece_has(line, "<scope>test</scope>"))
			is_test = true;
		if (piece_has(line, "</dependency>")) {
			uint32_t here = reader->number;

			reader->number = name_line;
			if (!in_other)
				manifest_add(reader,
					     is_test ? MANIFEST_DEVELOPMENT : MANIFEST_DEPENDENCY,
					     name, NO_PIECE);
			reader->number = here;
			in_dependency = false;
		}
		if (!in_dependency && !in_other) {
			if (element(line, "<artifactId>", &text))
				manifest_add(reader, MANIFEST_NAME, text, NO_PIECE);
			if (element(line, "<version>", &text) && !piece_has(text, "$"))
				manifest_add(reader, MANIFEST_VERSION, text, NO_PIECE);
			if (element(line, "<description>", &text))
				manifest_add(reader, MANIFEST_ABOUT, text, NO_PIECE);
			if (element(line, "<module>", &text))
				manifest_add(reader, MANIFEST_OPEN, text, NO_PIECE);
		}
		if (piece_has(line, "</parent>") || piece_has(line, "</plugin>") ||
		    piece_has(line, "</profile>") || piece_has(line, "</exclusion>"))
			in_other = false;
	}
}

void manifest_read_msbuild(struct manifest_reader *reader)
{
	while (manifest_next(reader)) {
		struct piece rest, inside;

		if (piece_after(reader->line, "<PackageReference Include=", &rest) &&
		    piece_quoted(rest, &inside, &rest))
			manifest_add(reader, MANIFEST_DEPENDENCY, inside, NO_PIECE);
		if (element(reader->line, "<TargetFramework>", &inside))
			manifest_add_str(reader, MANIFEST_LANGUAGE, "framework", inside);
		if (element(reader->line, "<OutputType>", &inside) && piece_is(inside, "Exe"))
			manifest_add_str(reader, MANIFEST_PROGRAM, "executable", NO_PIECE);
	}
}

void manifest_read_gradle(struct manifest_reader *reader)
{
	while (manifest_next(reader)) {
		struct piece line = piece_trim(reader->line), inside, rest;
		bool is_test = piece_starts(line, "testImplementation") ||
			       piece_starts(line, "testCompile") ||
			       piece_starts(line, "testRuntime");
		bool is_direct = piece_starts(line, "implementation") ||
				 piece_starts(line, "api ") || piece_starts(line, "api(") ||
				 piece_starts(line, "compile ") ||
				 piece_starts(line, "compileOnly");

		if ((is_test || is_direct) && piece_quoted(line, &inside, &rest))
			manifest_add(reader, is_test ? MANIFEST_DEVELOPMENT : MANIFEST_DEPENDENCY,
				     piece_name(inside, "-_.:"), NO_PIECE);
		if (piece_starts(line, "version") && piece_quoted(line, &inside, &rest) &&
		    !piece_has(inside, "$"))
			manifest_add(reader, MANIFEST_VERSION, inside, NO_PIECE);
		if (piece_starts(line, "mainClass") && piece_quoted(line, &inside, &rest))
			manifest_add(reader, MANIFEST_PROGRAM, inside, NO_PIECE);
	}
}

/* ---- Debian, containers ---- */

void manifest_read_debian(struct manifest_reader *reader)
{
	bool is_list = false;

	while (manifest_next(reader)) {
		struct piece rest = reader->line;

		if (piece_starts(rest, "Source:"))
			manifest_add(reader, MANIFEST_NAME, piece_trim(piece_skip(rest, 7)),
				     NO_PIECE);
		if (rest.len && !strchr(" \t", rest.at[0]))
			is_list = piece_starts(rest, "Build-Depends");
		if (!is_list)
			continue;
		if (piece_starts(rest, "Build-Depends"))
			(void)piece_after(rest, ":", &rest);
		while (rest.len) {
			struct piece item = piece_until(rest, ",");

			rest = piece_skip(rest, item.len + 1);
			manifest_add(reader, MANIFEST_DEPENDENCY,
				     piece_name(piece_trim(item), "-_.+"), NO_PIECE);
		}
	}
}

void manifest_read_docker(struct manifest_reader *reader)
{
	while (manifest_next(reader)) {
		struct piece line = piece_trim(reader->line);

		if (piece_starts(line, "FROM "))
			manifest_add(reader, MANIFEST_DEPENDENCY,
				     piece_name(piece_trim(piece_skip(line, 5)), "-_./:@${}"),
				     NO_PIECE);
		else if (piece_starts(line, "RUN "))
			manifest_add(reader, MANIFEST_STEP, NO_PIECE,
				     piece_trim(piece_skip(line, 4)));
		else if (piece_starts(line, "ENTRYPOINT "))
			manifest_add_str(reader, MANIFEST_PROGRAM, "container",
					 piece_trim(piece_skip(line, piece_until(line, " ").len)));
	}
}

/* ---- continuous integration: YAML as it is written, so that every command has its line ---- */

static size_t indent_of(struct piece line)
{
	size_t n = 0;

	while (n < line.len && line.at[n] == ' ')
		n++;
	return n;
}

/* The keys whose values are commands. */
static bool is_step_key(struct piece key)
{
	static const char *const keys[] = { "run",          "script",         "before_script",
					    "after_script", "test_script",    "build_script",
					    "install",      "before_install", "command",
					    "commands",     "- task",         "tests" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		if (piece_is(key, keys[i]))
			return true;
	}
	return false;
}

static void add_step(struct manifest_reader *reader, struct piece text)
{
	text = piece_trim(text);
	if (piece_starts(text, "- "))
		text = piece_trim(piece_skip(text, 2));
	if (text.len > 1 && strchr("\"'", text.at[0]) && text.at[text.len - 1] == text.at[0]) {
		text = piece_skip(text, 1);
		text.len--;
	}
	if (text.len && text.at[0] != '#' && !piece_starts(text, "&") && !piece_starts(text, "*"))
		manifest_add(reader, MANIFEST_STEP, NO_PIECE, text);
}

void manifest_read_ci(struct manifest_reader *reader)
{
	size_t open = SIZE_MAX; /* how far the key is indented whose lines these are */

	while (manifest_next(reader)) {
		struct piece line = piece_trim(reader->line), key, value;
		size_t indent = indent_of(reader->line);

		if (!line.len || line.at[0] == '#')
			continue;
		/* Items of a list may stand as far out as its key. */
		if (open != SIZE_MAX &&
		    (indent > open || (indent == open && piece_starts(line, "- ")))) {
			add_step(reader, line);
			continue;
		}
		open = SIZE_MAX;
		if (piece_starts(line, "- ")) {
			line = piece_trim(piece_skip(line, 2));
			indent += 2;
		}
		key = piece_until(line, ":");
		value = piece_trim(piece_skip(line, key.len + 1));
		if (!is_step_key(piece_trim(key)))
			continue;
		if (!value.len || strchr("|>", value.at[0]))
			open = indent;
		else
			add_step(reader, value);
	}
}
