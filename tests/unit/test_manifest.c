/* SPDX-License-Identifier: MIT */
/* What readers of manifests take from texts of known content, with the lines that say so; and
 * licences by their texts. */
#include "base/str.h"
#include "graph/licence.h"
#include "graph/manifest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

struct read {
	struct arena arena;
	struct manifest manifest;
};

static struct read read_text(enum manifest_kind kind, const char *text)
{
	struct read read;

	arena_init(&read.arena, (size_t)64 << 20);
	assert_int_equal(manifest_read(kind, text, strlen(text), &read.arena, &read.manifest), 0);
	return read;
}

static void release(struct read *read)
{
	manifest_release(&read->manifest);
	arena_release(&read->arena);
}

/* The item is there, in that line; value NULL: any. */
static void check(const struct read *read, enum manifest_what what, const char *name,
		  const char *value, uint32_t line)
{
	for (size_t i = 0; i < read->manifest.items.n; i++) {
		const struct manifest_item *item = &read->manifest.items.items[i];

		if (item->what != what || item->line != line)
			continue;
		if (name && (!item->name || !str_equal(item->name, name)))
			continue;
		if (value && (!item->value || !str_equal(item->value, value)))
			continue;
		return;
	}
	fail_msg("no item %d '%s' in line %u", what, name ? name : "", line);
}

static size_t count(const struct read *read, enum manifest_what what)
{
	size_t n = 0;

	for (size_t i = 0; i < read->manifest.items.n; i++)
		n += read->manifest.items.items[i].what == what;
	return n;
}

static void test_kinds(void **state)
{
	static const struct {
		const char *path;
		enum manifest_kind kind;
	} rows[] = {
		{ "Makefile", MANIFEST_MAKE },
		{ "a/b/GNUmakefile", MANIFEST_MAKE },
		{ "Makefile.am", MANIFEST_AUTOMAKE },
		{ "package.json", MANIFEST_NPM },
		{ "package-lock.json", MANIFEST_NONE },
		{ "a/x.csproj", MANIFEST_MSBUILD },
		{ "a.gemspec", MANIFEST_GEMFILE },
		{ "debian/control", MANIFEST_DEBIAN },
		{ "control", MANIFEST_NONE },
		{ ".github/workflows/a.yml", MANIFEST_CI },
		{ ".github/workflows/a.xml", MANIFEST_NONE },
		{ ".gitlab-ci.yml", MANIFEST_CI },
		{ "x/.gitlab-ci.yml", MANIFEST_NONE },
		{ "Makefile.c", MANIFEST_NONE },
		{ "", MANIFEST_NONE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_int_equal(manifest_kind_of(rows[i].path), rows[i].kind);
}

static void test_make(void **state)
{
	struct read read = read_text(MANIFEST_MAKE, "# all: no\n"
						    "A := x:y\n"
						    "B = x:y\n"
						    ".PHONY: all test\n"
						    "all test: a.o ## what: it does\n"
						    "\tcc: no\n"
						    "define T\n"
						    "inner:\n"
						    "endef\n"
						    "LIST = a \\\n"
						    "  b:c\n"
						    "last::\n");

	(void)state;
	check(&read, MANIFEST_TASK, "all", "what: it does", 5);
	check(&read, MANIFEST_TASK, "test", NULL, 5);
	check(&read, MANIFEST_TASK, "last", NULL, 12);
	assert_int_equal(count(&read, MANIFEST_TASK), 3);
	assert_int_equal(count(&read, MANIFEST_OPEN), 0);
	release(&read);
	read = read_text(MANIFEST_MAKE, "%.o: %.c\n$(X): y\n-include z\n");
	assert_int_equal(count(&read, MANIFEST_TASK), 0);
	assert_int_equal(count(&read, MANIFEST_OPEN), 3);
	release(&read);
}

static void test_npm(void **state)
{
	struct read read = read_text(MANIFEST_NPM, "{\n"
						   "\"name\": \"a\",\n"
						   "\"bin\": \"./x.js\",\n"
						   "\"scripts\": {\"t\": \"node t\",\n"
						   "\"u\": 5},\n"
						   "\"dependencies\": {\n"
						   "\"b\": \"1\"}}\n");

	(void)state;
	check(&read, MANIFEST_NAME, "a", NULL, 2);
	check(&read, MANIFEST_PROGRAM, "a", "./x.js", 3);
	check(&read, MANIFEST_TASK, "t", "node t", 4);
	check(&read, MANIFEST_TASK, "u", NULL, 5);
	check(&read, MANIFEST_DEPENDENCY, "b", "1", 7);
	release(&read);
	/* Of half a file nothing is known, which must not read as "it has no scripts". */
	read = read_text(MANIFEST_NPM, "{\"scripts\": {");
	assert_int_equal(read.manifest.items.n, 1);
	check(&read, MANIFEST_OPEN, NULL, NULL, 0);
	release(&read);
	read = read_text(MANIFEST_NPM, "");
	assert_int_equal(count(&read, MANIFEST_OPEN), 1);
	release(&read);
}

static void test_toml(void **state)
{
	struct read read = read_text(MANIFEST_CARGO, "[package]\n"
						     "name = \"a\" # it\n"
						     "version = { workspace = true }\n"
						     "[dependencies]\n"
						     "b = \"1\"\n"
						     "c-d = { version = \"1\" }\n"
						     "[dependencies.e]\n"
						     "version = \"2\"\n"
						     "[[bin]]\n"
						     "name = \"p\"\n"
						     "path = \"src/p.rs\"\n");

	(void)state;
	check(&read, MANIFEST_NAME, "a", NULL, 2);
	assert_int_equal(count(&read, MANIFEST_VERSION), 0);
	check(&read, MANIFEST_DEPENDENCY, "b", NULL, 5);
	check(&read, MANIFEST_DEPENDENCY, "c-d", NULL, 6);
	check(&read, MANIFEST_DEPENDENCY, "e", NULL, 7);
	assert_int_equal(count(&read, MANIFEST_DEPENDENCY), 3);
	check(&read, MANIFEST_PROGRAM, "p", "src/p.rs", 11);
	release(&read);
	read = read_text(MANIFEST_PYPROJECT, "[project]\n"
					     "dependencies = [\n"
					     "  # \"no\",\n"
					     "  \"a[x]>=1\", 'b',\n"
					     "]\n"
					     "license = {file = \"LICENSE\"}\n"
					     "[tool.poetry.dependencies]\n"
					     "python = \"^3.8\"\n"
					     "c = \"1\"\n");
	check(&read, MANIFEST_DEPENDENCY, "a", NULL, 4);
	check(&read, MANIFEST_DEPENDENCY, "b", NULL, 4);
	check(&read, MANIFEST_DEPENDENCY, "c", NULL, 9);
	assert_int_equal(count(&read, MANIFEST_DEPENDENCY), 3);
	assert_int_equal(count(&read, MANIFEST_LICENCE), 0);
	check(&read, MANIFEST_LANGUAGE, "python", "^3.8", 8);
	release(&read);
}

static void test_ini_and_setup(void **state)
{
	struct read read = read_text(MANIFEST_SETUP_CFG, "[metadata]\n"
							 "name = a\n"
							 "version = attr: a.v\n"
							 "[options]\n"
							 "install_requires =\n"
							 "    b >= 1\n"
							 "    c\n"
							 "[options.entry_points]\n"
							 "console_scripts =\n"
							 "    p = a.b:main\n");

	(void)state;
	check(&read, MANIFEST_NAME, "a", NULL, 2);
	assert_int_equal(count(&read, MANIFEST_VERSION), 0);
	check(&read, MANIFEST_DEPENDENCY, "b", NULL, 6);
	check(&read, MANIFEST_DEPENDENCY, "c", NULL, 7);
	check(&read, MANIFEST_PROGRAM, "p", "a.b:main", 10);
	release(&read);
	read = read_text(MANIFEST_SETUP_PY, "setup(\n"
					    "    name='a',\n"
					    "    version=VERSION,\n"
					    "    install_requires=[\n"
					    "        'b>=1',\n"
					    "    ],\n"
					    "    entry_points={'console_scripts': ['p=a:main']},\n"
					    ")\n");
	check(&read, MANIFEST_NAME, "a", NULL, 2);
	assert_int_equal(count(&read, MANIFEST_VERSION), 0);
	check(&read, MANIFEST_DEPENDENCY, "b", NULL, 5);
	check(&read, MANIFEST_PROGRAM, "p", "a:main", 7);
	release(&read);
}

static void test_lists(void **state)
{
	struct read read =
		read_text(MANIFEST_MAVEN, "<project>\n"
					  "<parent><artifactId>no</artifactId></parent>\n"
					  "<artifactId>a</artifactId>\n"
					  "<version>1</version>\n"
					  "<dependency>\n"
					  "<artifactId>b</artifactId>\n"
					  "<scope>test</scope>\n"
					  "</dependency>\n");

	(void)state;
	check(&read, MANIFEST_NAME, "a", NULL, 3);
	check(&read, MANIFEST_VERSION, "1", NULL, 4);
	check(&read, MANIFEST_DEVELOPMENT, "b", NULL, 6);
	assert_int_equal(count(&read, MANIFEST_NAME), 1);
	release(&read);
	read = read_text(MANIFEST_GO, "module a.b/c\nrequire d.e/f v1\nrequire (\n\tg v1\n"
				      "\th v1 // indirect\n)\n");
	check(&read, MANIFEST_NAME, "a.b/c", NULL, 1);
	check(&read, MANIFEST_DEPENDENCY, "d.e/f", NULL, 2);
	check(&read, MANIFEST_DEPENDENCY, "g", NULL, 4);
	assert_int_equal(count(&read, MANIFEST_DEPENDENCY), 2);
	release(&read);
	read = read_text(MANIFEST_DEBIAN, "Source: a\nBuild-Depends: b (>= 1),\n c | d,\n"
					  "Standards-Version: 4\n");
	check(&read, MANIFEST_DEPENDENCY, "b", NULL, 2);
	check(&read, MANIFEST_DEPENDENCY, "c", NULL, 3);
	assert_int_equal(count(&read, MANIFEST_DEPENDENCY), 2);
	release(&read);
}

static void test_steps(void **state)
{
	struct read read = read_text(MANIFEST_CI, "jobs:\n"
						  "  a:\n"
						  "    steps:\n"
						  "      - name: run: not this\n"
						  "      - run: make a\n"
						  "      - name: b\n"
						  "        run: |\n"
						  "          make b\n"
						  "          # no\n"
						  "          make c\n"
						  "      - uses: x\n"
						  "script:\n"
						  "- \"make d\"\n"
						  "other: make e\n");

	(void)state;
	check(&read, MANIFEST_STEP, NULL, "make a", 5);
	check(&read, MANIFEST_STEP, NULL, "make b", 8);
	check(&read, MANIFEST_STEP, NULL, "make c", 10);
	check(&read, MANIFEST_STEP, NULL, "make d", 13);
	assert_int_equal(count(&read, MANIFEST_STEP), 4);
	release(&read);
}

/* Foreign files can be of any size and hold any bytes. */
static void test_bounds(void **state)
{
	size_t len = (size_t)MANIFEST_ITEMS_MAX * 8;
	char *text = malloc(len + 1);
	struct read read;

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < len; i += 4)
		memcpy(text + i, "ab:\n", 4);
	text[len] = '\0';
	read = read_text(MANIFEST_MAKE, text);
	assert_int_equal(read.manifest.items.n, MANIFEST_ITEMS_MAX);
	release(&read);
	memset(text, 'x', len);
	memcpy(text + len - 3, ":\n", 3);
	text[3] = '\x01';
	read = read_text(MANIFEST_MAKE, text);
	assert_int_equal(read.manifest.items.n, 1);
	assert_int_equal(strlen(read.manifest.items.items[0].name), MANIFEST_TEXT_MAX);
	assert_int_equal(read.manifest.items.items[0].name[3], ' ');
	release(&read);
	free(text);
}

static void test_licences(void **state)
{
	static const char mit[] = "Permission is hereby\n  granted, free of charge, to any\n"
				  "person obtaining a copy";
	static const char gpl[] = "GNU GENERAL PUBLIC LICENSE Version 2";
	static const char tag[] = "see SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note";

	(void)state;
	assert_string_equal(licence_of_text(mit, sizeof(mit) - 1), "MIT");
	assert_string_equal(licence_of_text(gpl, sizeof(gpl) - 1), "GPL");
	assert_string_equal(licence_of_text(tag, sizeof(tag) - 1), "GPL");
	assert_null(licence_of_text(mit, 40));
	assert_null(licence_of_text("", 0));
	assert_true(licence_is_named("MIT OR Apache-2.0", "MIT"));
	assert_true(licence_is_named("(MIT/Apache-2.0)", "Apache-2.0"));
	assert_false(licence_is_named("LGPL-2.1", "GPL"));
	assert_false(licence_is_named("SUMMIT", "MIT"));
	assert_true(licence_is_known("BSD-3-Clause"));
	assert_false(licence_is_known("Proprietary"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),         cmocka_unit_test(test_make),
		cmocka_unit_test(test_npm),           cmocka_unit_test(test_toml),
		cmocka_unit_test(test_ini_and_setup), cmocka_unit_test(test_lists),
		cmocka_unit_test(test_steps),         cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_licences),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
