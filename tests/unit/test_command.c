/* SPDX-License-Identifier: MIT */
/* Which commands' outputs are read, and as what: a form that is not known for sure is not. */
#include "graph/command.h"

#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct expected {
	const char *text;
	enum command_kind kind;
	const char *file; /* NULL = does not matter */
	uint32_t line;
};

static const struct expected known[] = {
	{ "cat a.c", COMMAND_TEXT, "a.c", 1 },
	{ "  cat   'a b.c'", COMMAND_TEXT, "a b.c", 1 },
	{ "head a.c", COMMAND_TEXT, "a.c", 1 },
	{ "head -n 5 a.c", COMMAND_TEXT, "a.c", 1 },
	{ "head -5 a.c", COMMAND_TEXT, "a.c", 1 },
	{ "sed -n 7p a.c", COMMAND_TEXT, "a.c", 7 },
	{ "sed -n '7,12p' a.c", COMMAND_TEXT, "a.c", 7 },
	{ "sed -n '7,$p' a.c", COMMAND_TEXT, "a.c", 7 },
	{ "wc -l a.c b.c", COMMAND_LENGTH, NULL, 0 },
	{ "test -e a.c", COMMAND_TEST, "a.c", 0 },
	{ "[ -f a.c ]", COMMAND_TEST, "a.c", 0 },
	{ "ls", COMMAND_PATHS, NULL, 0 },
	{ "ls -a src", COMMAND_PATHS, NULL, 0 },
	{ "find . -name '*.c'", COMMAND_PATHS, NULL, 0 },
	{ "git ls-files", COMMAND_PATHS, NULL, 0 },
	{ "grep -n x a.c", COMMAND_MATCHES, "a.c", 0 },
	{ "grep -rn x", COMMAND_MATCHES, NULL, 0 },
	{ "grep -rn --include='*.c' x .", COMMAND_MATCHES, ".", 0 },
	{ "grep -n -e x -e y a.c", COMMAND_MATCHES, "a.c", 0 },
	{ "grep -nm1 x a.c", COMMAND_MATCHES, "a.c", 0 },
	{ "grep -rl x src", COMMAND_PATHS, NULL, 0 },
	{ "rg -n x", COMMAND_MATCHES, NULL, 0 },
	{ "rg -n -g '*.c' x src", COMMAND_MATCHES, "src", 0 },
	{ "rg --files", COMMAND_PATHS, NULL, 0 },
	{ "git grep -n x -- src", COMMAND_MATCHES, NULL, 0 },
	{ "git log --name-only", COMMAND_LOG, NULL, 0 },
};

/* Each once was, or might be, taken for what it is not. */
static const char *const others[] = {
	"",
	"cat",
	"cat -",
	"cat a b",
	"cat -n a",
	"cat <a",
	"cat a | head",
	"cat $x",
	"cat `x`",
	"cat 'a",
	"head -c 5 a",
	"head -n 3 -",
	"head -n -3 a",
	"tail a",
	"sed -n /x/p a",
	"sed -n 3p a b",
	"sed 3p a",
	"wc a",
	"wc -c a",
	"wc -l -w a",
	"wc -l -",
	"ls -l",
	"ls -R",
	"ls a b",
	"find . -printf %s",
	"find . -exec ls {} +",
	"test -d a",
	"grep x a",
	"grep -c x a",
	"grep -on x a",
	"grep -hn x a b",
	"grep -n -C 2 x a",
	"grep -nA3 x a",
	"grep -n x -",
	"grep -bn x a",
	"grep -nT x a",
	"grep -nZ x a",
	"grep -Ln x a",
	"grep -n x -e y a",
	"grep -n --color=always x a",
	"rg x",
	"rg -nM 20 x",
	"rg -n -r y x",
	"rg -nN --column x",
	"rg -n --heading x",
	"rg --json x",
	"git grep -n x HEAD",
	"git grep -c x",
	"git ls-files -s",
	"git ls-files -d",
	"git -C a ls-files",
	"git status",
	"make",
};

static struct command read_command(struct arena *arena, const char *text)
{
	struct command command;

	command_read(text, arena, &command);
	return command;
}

static void test_known_forms(void **state)
{
	struct arena arena;

	(void)state;
	arena_init(&arena, 1 << 20);
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		struct command command = read_command(&arena, known[i].text);

		if (command.kind != known[i].kind || command.line != known[i].line ||
		    (known[i].file && !(command.file && str_equal(command.file, known[i].file))))
			fail_msg("'%s': kind %d, line %u, file %s", known[i].text,
				 (int)command.kind, command.line,
				 command.file ? command.file : "none");
	}
	arena_release(&arena);
}

static void test_all_others(void **state)
{
	struct arena arena;

	(void)state;
	arena_init(&arena, 1 << 20);
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		struct command command = read_command(&arena, others[i]);

		if (command.kind != COMMAND_OTHER)
			fail_msg("'%s' is taken for kind %d", others[i], (int)command.kind);
	}
	arena_release(&arena);
}

static void test_what_else_is_known(void **state)
{
	struct arena arena;

	(void)state;
	arena_init(&arena, 1 << 20);
	assert_true(read_command(&arena, "cat a").is_whole);
	assert_false(read_command(&arena, "head a").is_whole);
	assert_string_equal(read_command(&arena, "ls -a src").dir, "src");
	assert_null(read_command(&arena, "grep -nH x a.c").file); /* names are printed */
	assert_null(read_command(&arena, "grep -n x a.c b.c").file);
	assert_true(read_command(&arena, "rg x").is_unordered);
	assert_false(read_command(&arena, "grep -rn x").is_unordered);
	assert_true(read_command(&arena, "git ls-files").quotes_paths);
	assert_true(read_command(&arena, "git log --name-only").names_changes);
	assert_false(read_command(&arena, "git log -p").names_changes);
	assert_true(read_command(&arena, "cat a b").names_missing_paths);
	assert_false(read_command(&arena, "make").names_missing_paths);
	arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_forms),
		cmocka_unit_test(test_all_others),
		cmocka_unit_test(test_what_else_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
