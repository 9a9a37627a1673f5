/* SPDX-License-Identifier: MIT */
#include "graph/command.h"

#include "base/str.h"

#include <stdlib.h>

struct words {
	char *items[COMMAND_WORDS_MAX];
	size_t n;
};

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

/* One word of the shell, quotes taken off. False if it is more than a plain word. */
static bool read_word(const char **at, char *out)
{
	static const char special[] = "|&;<>()$`*?#~!{}";
	char quote = 0;

	for (; **at && (quote || !is_space(**at)); ++*at) {
		char c = **at;

		if (quote && c == quote) {
			quote = 0;
		} else if (!quote && (c == '\'' || c == '"')) {
			quote = c;
		} else if (c == '\\' || (quote != '\'' && strchr(quote ? "$`" : special, c))) {
			return false;
		} else {
			*out++ = c;
		}
	}
	*out = '\0';
	return !quote;
}

static bool split(const char *text, struct arena *arena, struct words *words)
{
	while (is_space(*text))
		text++;
	while (*text) {
		char *word = arena_alloc(arena, strlen(text) + 1);

		if (!word || words->n == COMMAND_WORDS_MAX || !read_word(&text, word))
			return false;
		words->items[words->n++] = word;
		while (is_space(*text))
			text++;
	}
	return words->n > 0;
}

static bool has_option(const struct words *words, const char *const *names)
{
	for (size_t i = 1; i < words->n; i++) {
		for (size_t k = 0; names[k]; k++) {
			if (str_equal(words->items[i], names[k]))
				return true;
		}
	}
	return false;
}

/* Single letters that are given together: -rn, -lR. */
static bool has_letter(const struct words *words, char letter)
{
	for (size_t i = 1; i < words->n; i++) {
		const char *word = words->items[i];

		if (word[0] == '-' && word[1] != '-' && strchr(word + 1, letter))
			return true;
	}
	return false;
}

/* What is no option, from word `from` on; the last of them, and how many. */
static const char *last_operand(const struct words *words, size_t from, size_t *ret_n)
{
	const char *last = NULL;

	*ret_n = 0;
	for (size_t i = from; i < words->n; i++) {
		if (words->items[i][0] == '-' && words->items[i][1])
			continue;
		last = words->items[i];
		++*ret_n;
	}
	return last;
}

static void read_search(const struct words *words, size_t from, bool is_always_numbered,
			struct command *ret)
{
	static const char *const lists[] = { "-l", "--files-with-matches", "--files", NULL };
	static const char *const odd[] = { "-c",     "--count", "-o",     "--only-matching",
					   "--json", "-Z",      "--null", NULL };
	size_t n;
	const char *last = last_operand(words, from, &n);

	if (has_option(words, odd) || has_letter(words, 'o') || has_letter(words, 'c'))
		return;
	if (has_option(words, lists) || has_letter(words, 'l'))
		ret->kind = COMMAND_PATHS;
	else if (is_always_numbered || has_letter(words, 'n'))
		ret->kind = COMMAND_MATCHES;
	if (n == 2)
		ret->file = last; /* if it is a file, its name is not printed */
	ret->names_missing_paths = true;
}

static void read_ls(const struct words *words, struct command *ret)
{
	size_t n;

	for (size_t i = 1; i < words->n; i++) {
		const char *word = words->items[i];

		if (word[0] == '-' && strspn(word, "-1aA") != strlen(word))
			return;
	}
	ret->dir = last_operand(words, 1, &n);
	if (n <= 1)
		ret->kind = COMMAND_PATHS;
}

static void read_text_of(const struct words *words, struct command *ret)
{
	size_t n;

	ret->file = last_operand(words, 1, &n);
	ret->line = 1;
	if (n == 1 && words->n == 2) {
		ret->kind = COMMAND_TEXT;
		ret->is_whole = true;
	}
}

static void read_head(const struct words *words, struct command *ret)
{
	bool is_counted = words->n == 4 && str_equal(words->items[1], "-n") &&
			  strspn(words->items[2], "0123456789") == strlen(words->items[2]);
	bool is_short = words->n == 3 && words->items[1][0] == '-' && words->items[1][1] &&
			strspn(words->items[1] + 1, "0123456789") == strlen(words->items[1]) - 1;

	if (!is_counted && !is_short && (words->n != 2 || words->items[1][0] == '-'))
		return;
	ret->kind = COMMAND_TEXT;
	ret->file = words->items[words->n - 1];
	ret->line = 1;
}

/* sed -n 'A,Bp' FILE */
static void read_sed(const struct words *words, struct command *ret)
{
	char *end;
	unsigned long from;

	if (words->n != 4 || !str_equal(words->items[1], "-n"))
		return;
	from = strtoul(words->items[2], &end, 10);
	if (!from || from > UINT32_MAX || end == words->items[2])
		return;
	if (*end == ',') {
		const char *digits = end + 1;

		end += 1 + strspn(digits, "0123456789$");
		if (end == digits)
			return;
	}
	if (!str_equal(end, "p"))
		return;
	ret->kind = COMMAND_TEXT;
	ret->file = words->items[3];
	ret->line = (uint32_t)from;
}

static void read_test(const struct words *words, size_t n_words, struct command *ret)
{
	const char *flag = n_words == 3 ? words->items[1] : "";

	if (!str_equal(flag, "-e") && !str_equal(flag, "-f"))
		return;
	ret->kind = COMMAND_TEST;
	ret->file = words->items[2];
}

static void read_git(const struct words *words, struct command *ret)
{
	const char *verb = words->n > 1 ? words->items[1] : "";
	static const char *const odd[] = { "-z", "-s", "--stage", "-o", "--others",
					   "-d", "-m", "-t",      NULL };
	size_t n;

	if (str_equal(verb, "grep"))
		read_search(words, 2, false, ret);
	else if (str_equal(verb, "ls-files") && !has_option(words, odd) &&
		 last_operand(words, 2, &n) == NULL)
		ret->kind = COMMAND_PATHS;
	else if (str_equal(verb, "log") || str_equal(verb, "show"))
		ret->kind = COMMAND_LOG;
	ret->file = str_equal(verb, "grep") ? NULL : ret->file; /* it always prints names */
}

void command_read(const char *text, struct arena *arena, struct command *ret_command)
{
	struct words words = { .n = 0 };
	const char *name;
	size_t n;

	*ret_command = (struct command){ 0 };
	if (!split(text, arena, &words))
		return;
	name = words.items[0];
	if (str_equal(name, "cat"))
		read_text_of(&words, ret_command);
	else if (str_equal(name, "head"))
		read_head(&words, ret_command);
	else if (str_equal(name, "sed"))
		read_sed(&words, ret_command);
	else if (str_equal(name, "ls"))
		read_ls(&words, ret_command);
	else if (str_equal(name, "grep"))
		read_search(&words, 1, false, ret_command);
	else if (str_equal(name, "rg"))
		read_search(&words, 1, false, ret_command);
	else if (str_equal(name, "git"))
		read_git(&words, ret_command);
	else if (str_equal(name, "test"))
		read_test(&words, words.n, ret_command);
	else if (str_equal(name, "[") && str_equal(words.items[words.n - 1], "]"))
		read_test(&words, words.n - 1, ret_command);
	if (str_equal(name, "find") && !strstr(text, "-exec") && !strstr(text, "print") &&
	    !strstr(text, "-delete") && !strstr(text, "-ls"))
		ret_command->kind = COMMAND_PATHS;
	if (str_equal(name, "wc") && words.n > 2 && str_equal(words.items[1], "-l")) {
		ret_command->kind = COMMAND_LENGTH;
		ret_command->file = last_operand(&words, 1, &n);
	}
	ret_command->names_missing_paths |= str_equal(name, "cat") || str_equal(name, "head") ||
					    str_equal(name, "ls") || str_equal(name, "sed") ||
					    str_equal(name, "wc") || str_equal(name, "stat") ||
					    str_equal(name, "find");
}
