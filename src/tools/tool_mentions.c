/* SPDX-License-Identifier: MIT */
/* Mentions: which files speak of a word, how often and as what. */
#include "scan/glob.h"
#include "scan/type.h"
#include "scan/words.h"
#include "tools/codebase.h"

#include <errno.h>
#include <string.h>

static const struct arg_spec mentions_args[] = {
	[MENTIONS_WORDS] = { .name = "words",
			     .type = ARG_STR_LIST,
			     .required = true,
			     .help = "words that mean the same, 1 to 8. A plain word is found in "
				     "names "
				     "too, with any ending; one that looks like a name "
				     "(parse_url, HttpClient) only as a whole name" },
	[MENTIONS_PATH] = { .name = "path",
			    .type = ARG_PATH,
			    .help = "file or directory; default: the workspace root" },
	[MENTIONS_GLOB] = { .name = "glob",
			    .type = ARG_STR,
			    .max = GLOB_LEN_MAX,
			    .help = "only files this matches, as rg -g" },
	[MENTIONS_TYPE] = { .name = "type",
			    .type = ARG_STR,
			    .max = 64,
			    .help = "only files of this type, as rg -t: c, py, rust …" },
	[MENTIONS_HEAD_LIMIT] = { .name = "head_limit",
				  .type = ARG_INT,
				  .min = 0,
				  .max = 1000000000,
				  .initial = 250,
				  .help = "at most so many files; 0 = all" },
	[MENTIONS_OFFSET] = { .name = "offset",
			      .type = ARG_INT,
			      .min = 0,
			      .max = 1000000000,
			      .help = "leave out so many of them first" },
	[MENTIONS_HIDDEN] = { .name = "hidden", .type = ARG_BOOL, .help = "hidden files too" },
	[MENTIONS_NO_IGNORE] = { .name = "no_ignore",
				 .type = ARG_BOOL,
				 .help = "files that .gitignore and the like exclude too" },
	{ .type = ARG_END },
};

size_t mentions_words(const struct args *args, const char *ret_words[WORDS_MAX])
{
	const struct value *list = args->values[MENTIONS_WORDS].value;
	size_t n = 0;

	if (list->type != VALUE_LIST) {
		ret_words[0] = list->str;
		return 1;
	}
	for (; n < list->n_items && n < WORDS_MAX; n++)
		ret_words[n] = list->items[n].str;
	return list->n_items > WORDS_MAX ? list->n_items : n;
}

static tool_check_fn mentions_check;
static int mentions_check(const struct args *args, size_t *ret_arg, struct error *err)
{
	const char *items[WORDS_MAX];
	struct words *words = NULL;
	int r;

	*ret_arg = MENTIONS_WORDS;
	r = words_new(items, mentions_words(args, items), &words, err);
	words_free(words);
	if (r)
		return r;
	return codebase_check_files(args, MENTIONS_GLOB, MENTIONS_TYPE, ret_arg, err);
}

const struct tool tool_mentions = {
	.name = "Mentions",
	.summary = "Find the files that speak of a word, in names and comments, and how",
	.args = mentions_args,
	.lane = LANE_CODEBASE,
	.flags = TOOL_PURE | TOOL_RERUN,
	.check = mentions_check,
	.fuser = &codebase_fuser,
	.brief_key = "words",
};
