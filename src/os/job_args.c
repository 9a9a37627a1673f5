/* SPDX-License-Identifier: MIT */
/* GNU make's command line and MAKEFLAGS, as far as -j goes. */
#include "os/job_make.h"

#include "base/attr.h"
#include "base/buf.h"
#include "base/str.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

enum { FLAGS_BYTES_MAX = 1 << 20 };

/* Short options with an argument of their own, in the same word or the next. */
static const char with_argument[] = "CEIWfo";
/* With one in the same word or not at all; l may also have it in the next, if it is a number. */
static const char with_optional[] = "Ol";

static bool takes_next(const char *word)
{
	static const char *const names[] = { "--directory",   "--file",     "--makefile",
					     "--include-dir", "--old-file", "--assume-old",
					     "--what-if",     "--new-file", "--assume-new",
					     "--eval" };

	for (size_t i = 0; i < countof(names); i++)
		if (str_equal(word, names[i]))
			return true;
	return false;
}

static void set_jobs(struct job_args *args, const char *digits)
{
	char *end;

	args->has_jobs = true;
	errno = 0;
	args->n = *digits ? strtoul(digits, &end, 10) : 0;
	if (*digits && (!isdigit((unsigned char)*digits) || *end || errno || args->n == 0))
		args->is_bad = true;
}

/* The state of one walk over words. */
struct words {
	char **at;
	char **out;
	struct job_args *args;
	bool is_ended, is_next_taken;
};

static const char *jobs_value(struct words *words, const char *attached)
{
	if (!*attached && words->at[1] && isdigit((unsigned char)words->at[1][0]))
		return *++words->at;
	return attached;
}

/* "-kj8": cuts "j8" out. What stands behind an option with an argument is that argument. */
static bool take_cluster(struct words *words)
{
	char *word = *words->at;
	size_t i = 1;

	while (word[i] && word[i] != 'j' && !strchr(with_argument, word[i]) &&
	       !strchr(with_optional, word[i]))
		i++;
	if (word[i] != 'j') {
		words->is_next_taken = word[i] && strchr(with_argument, word[i]) && !word[i + 1];
		*words->out++ = word;
		return true;
	}
	set_jobs(words->args, jobs_value(words, word + i + 1));
	if (i == 1)
		return true;
	*words->out = strndup(word, i);
	return *words->out++ != NULL;
}

static bool take_word(struct words *words)
{
	char *word = *words->at;

	if (words->is_ended || words->is_next_taken || word[0] != '-' || !word[1]) {
		words->is_next_taken = false;
	} else if (str_equal(word, "--")) {
		words->is_ended = true;
	} else if (word[1] != '-') {
		return take_cluster(words);
	} else if (str_equal(word, "--jobs")) {
		set_jobs(words->args, jobs_value(words, ""));
		return true;
	} else if (str_starts_with(word, "--jobs=")) {
		word += strlen("--jobs=");
		set_jobs(words->args, *word ? word : "="); /* nothing is no number either */
		return true;
	} else {
		words->is_next_taken = takes_next(word);
	}
	*words->out++ = word;
	return true;
}

bool job_args_parse(int argc, char **argv, struct job_args *ret_args)
{
	struct words words = { .at = argv, .args = ret_args };

	*ret_args = (struct job_args){ .argv = calloc((size_t)argc + 1, sizeof(char *)) };
	if (!ret_args->argv)
		return false;
	words.out = ret_args->argv;
	if (argc > 0)
		*words.out++ = *words.at++;
	for (; *words.at; words.at++)
		if (!take_word(&words))
			return false;
	return true;
}

static bool is_pool(const char *word)
{
	return str_starts_with(word, "--jobserver-auth=") ||
	       str_starts_with(word, "--jobserver-fds=");
}

/* Words of MAKEFLAGS are parted by blanks; the first may lack its dash. Variables behind "--" stay
 * as they are, with their backslashes. */
static bool add_flags(const char *flags, struct buf *out, struct job_args *args)
{
	bool is_first = true;

	while (*(flags += strspn(flags, " \t"))) {
		size_t len = strcspn(flags, " \t");
		bool lacks_dash = is_first && *flags != '-' && !memchr(flags, '=', len);
		char word[256], *argv[] = { word, NULL }, *kept[2] = { NULL };
		struct words words = { .at = argv, .out = kept, .args = args };

		is_first = false;
		if (len + 2 > sizeof(word) || (len == 2 && memcmp(flags, "--", 2) == 0)) {
			buf_add_char(out, ' ');
			buf_add_str(out, flags);
			return true;
		}
		word[0] = '-';
		memcpy(word + lacks_dash, flags, len);
		word[len + lacks_dash] = '\0';
		flags += len;
		if (is_pool(word))
			continue;
		if (!take_word(&words))
			return false;
		if (kept[0]) {
			buf_add_char(out, ' ');
			buf_add_str(out, kept[0]);
		}
		if (kept[0] != word)
			free(kept[0]);
	}
	return true;
}

char *job_makeflags(const char *flags, int read_fd, int write_fd, unsigned long *ret_n)
{
	struct job_args args = { 0 };
	struct buf out;
	char *text;

	buf_init(&out, FLAGS_BYTES_MAX);
	buf_printf(&out, "-j --jobserver-auth=%d,%d", read_fd, write_fd);
	if (!add_flags(flags ? flags : "", &out, &args) || buf_error(&out)) {
		buf_release(&out);
		return NULL;
	}
	*ret_n = args.has_jobs && !args.is_bad ? args.n : 1;
	text = buf_take(&out, NULL);
	return text;
}
