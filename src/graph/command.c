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

/* ---- searching ---- */

/* Options after which a line is still path:line:text of a file, or a path. Any other makes an
 * output of some other form. */
struct search_options {
	const char *plain;  /* letters that stand alone */
	const char *valued; /* letters that take a value */
	const char *const *longs;
};

static const char *const grep_longs[] = { "--include=",      "--exclude=",        "--exclude-dir=",
					  "--color=never",   "--recursive",       "--ignore-case",
					  "--line-number",   "--word-regexp",     "--no-messages",
					  "--fixed-strings", "--extended-regexp", NULL };
static const char *const rg_longs[] = {
	"--glob=",         "--type=",       "--type-not=",   "--sort=",      "--hidden",
	"--no-ignore",     "--line-number", "--ignore-case", "--smart-case", "--word-regexp",
	"--fixed-strings", "--no-heading",  "--color=never", "--max-depth=", NULL
};
static const char *const git_longs[] = { "--ignore-case", "--line-number", "--word-regexp",
					 "--fixed-strings", NULL };

static const struct search_options grep_options = { "nrRiwxvHEFGPsIal", "em", grep_longs };
static const struct search_options rg_options = { "nHiSsFwxvul", "egtTm", rg_longs };
static const struct search_options git_options = { "niwvFEGPIal", "e", git_longs };

struct search {
	const struct search_options *options;
	bool lists, is_numbered, is_named, is_ended;
	bool has_pattern, has_option_pattern; /* as an operand; after -e */
	size_t n_paths;
	const char *path; /* the last one */
};

/* Letters given together: -rn, -eWORD. False if one is not known; *ret_takes_next: its value is
 * the next word. */
static bool read_letters(struct search *search, const char *letters, bool *ret_takes_next)
{
	*ret_takes_next = false;
	for (; *letters; letters++) {
		if (strchr(search->options->valued, *letters)) {
			search->has_option_pattern |= *letters == 'e';
			*ret_takes_next = !letters[1];
			return true;
		}
		if (!strchr(search->options->plain, *letters))
			return false;
		search->lists |= *letters == 'l';
		search->is_numbered |= *letters == 'n';
		search->is_named |= *letters == 'H';
	}
	return true;
}

static bool read_long(struct search *search, const char *word)
{
	search->is_numbered |= str_equal(word, "--line-number");
	if (str_equal(word, "--files-with-matches"))
		return search->lists = true;
	for (const char *const *known = search->options->longs; *known; known++) {
		size_t len = strlen(*known);

		if ((*known)[len - 1] == '=' ? str_starts_with(word, *known)
					     : str_equal(word, *known))
			return true;
	}
	return false;
}

static bool read_search_word(struct search *search, const char *word, bool *ret_takes_next)
{
	*ret_takes_next = false;
	if (search->is_ended || word[0] != '-') {
		if (!search->has_pattern && !search->has_option_pattern)
			return search->has_pattern = true;
		search->n_paths++;
		search->path = word;
		/* Before "--" it may be a revision for git. */
		return search->is_ended || search->options != &git_options;
	}
	if (str_equal(word, "--"))
		return search->is_ended = true;
	if (word[1] == '-')
		return read_long(search, word);
	return word[1] && read_letters(search, word + 1, ret_takes_next);
}

static void read_search(const struct words *words, size_t from,
			const struct search_options *options, struct command *ret)
{
	struct search search = { .options = options };
	bool takes_next = false;

	ret->names_missing_paths = true;
	ret->is_unordered = options == &rg_options;
	if (options == &rg_options && words->n > from && str_equal(words->items[from], "--files")) {
		search.has_pattern = search.lists = true; /* there is no pattern */
		from++;
	}
	for (size_t i = from; i < words->n; i++) {
		if (takes_next)
			takes_next = false; /* it is the value */
		else if (!read_search_word(&search, words->items[i], &takes_next))
			return;
	}
	if (search.has_pattern && search.has_option_pattern)
		return; /* the operand was a path */
	if (search.lists)
		ret->kind = COMMAND_PATHS;
	else if (search.is_numbered)
		ret->kind = COMMAND_MATCHES;
	/* Asked of one file only, it leaves out its name; git grep does not. */
	if (search.n_paths == 1 && !search.is_named && options != &git_options)
		ret->file = search.path;
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

static bool is_stdin(const char *operand)
{
	return str_equal(operand, "-");
}

static void read_text_of(const struct words *words, struct command *ret)
{
	size_t n;

	ret->file = last_operand(words, 1, &n);
	ret->line = 1;
	if (n == 1 && words->n == 2 && !is_stdin(ret->file)) {
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
	if (words->items[words->n - 1][0] == '-')
		return; /* standard input, or an option */
	ret->kind = COMMAND_TEXT;
	ret->file = words->items[words->n - 1];
	ret->line = 1;
}

/* sed -n 'A,Bp' FILE */
static void read_sed(const struct words *words, struct command *ret)
{
	char *end;
	unsigned long from;

	if (words->n != 4 || !str_equal(words->items[1], "-n") || words->items[3][0] == '-')
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

static bool is_word(const struct words *words, size_t from, const char *word)
{
	for (size_t i = from; i < words->n; i++) {
		if (str_equal(words->items[i], word))
			return true;
	}
	return false;
}

static void read_git(const struct words *words, struct command *ret)
{
	const char *verb = words->n > 1 ? words->items[1] : "";

	ret->quotes_paths = true;
	if (str_equal(verb, "grep")) {
		read_search(words, 2, &git_options, ret);
		ret->names_missing_paths = false; /* it knows of no files but those of its index */
	} else if (str_equal(verb, "ls-files") && words->n == 2) {
		ret->kind = COMMAND_PATHS;
	} else if (str_equal(verb, "log") || str_equal(verb, "show")) {
		ret->kind = COMMAND_LOG;
		ret->names_changes = is_word(words, 2, "--name-only");
	}
}

/* wc -l FILE...: any other option prints more columns. */
static void read_wc(const struct words *words, struct command *ret)
{
	if (words->n < 3 || !str_equal(words->items[1], "-l"))
		return;
	for (size_t i = 2; i < words->n; i++) {
		if (words->items[i][0] == '-')
			return;
	}
	ret->kind = COMMAND_LENGTH;
}

void command_read(const char *text, struct arena *arena, struct command *ret_command)
{
	struct words words = { .n = 0 };
	const char *name;

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
		read_search(&words, 1, &grep_options, ret_command);
	else if (str_equal(name, "rg"))
		read_search(&words, 1, &rg_options, ret_command);
	else if (str_equal(name, "git"))
		read_git(&words, ret_command);
	else if (str_equal(name, "test"))
		read_test(&words, words.n, ret_command);
	else if (str_equal(name, "[") && str_equal(words.items[words.n - 1], "]"))
		read_test(&words, words.n - 1, ret_command);
	if (str_equal(name, "find") && !strstr(text, "-exec") && !strstr(text, "print") &&
	    !strstr(text, "-delete") && !strstr(text, "-ls"))
		ret_command->kind = COMMAND_PATHS;
	if (str_equal(name, "wc"))
		read_wc(&words, ret_command);
	ret_command->names_missing_paths |= str_equal(name, "cat") || str_equal(name, "head") ||
					    str_equal(name, "ls") || str_equal(name, "sed") ||
					    str_equal(name, "wc") || str_equal(name, "stat") ||
					    str_equal(name, "find");
}
