/* SPDX-License-Identifier: MIT */
/* The workflow of `explore`. */
#include "base/json_write.h"
#include "base/vec.h"
#include "plan/build.h"

#include <stdio.h>

/* By size of the tree: fewer than 100 files, up to 1,000, more. */
struct size {
	uint64_t below; /* files */
	unsigned words, reads;
	unsigned commits; /* whose messages are read */
	unsigned changes; /* commits whose files are looked at */
};

static const struct size *size_of(const struct build_tree *tree)
{
	static const struct size sizes[] = {
		{ 100, 12, 8, 1500, 240 },
		{ BUILD_FILES_ENOUGH, 20, 16, 1500, 240 },
		{ UINT64_MAX, 24, 24, 10000, 1600 },
	};
	size_t i = 0;

	while (tree->n_files >= sizes[i].below && i + 1 < countof(sizes))
		i++;
	return &sizes[i];
}

size_t build_codebase_words(const struct build_tree *tree)
{
	return size_of(tree)->words;
}

static void begin_phase(struct json_write *json, const char *name, const char *const *needs)
{
	json_begin_object(json);
	json_key_str(json, "name", name);
	json_key(json, "needs");
	json_begin_array(json);
	for (; *needs; needs++)
		json_str(json, *needs);
	json_end_array(json);
}

static void write_mentions(struct json_write *json, const struct question *question)
{
	json_key(json, "mentions");
	json_begin_array(json);
	for (size_t i = 0; i < question->n; i++) {
		const struct question_word *word = &question->words[i];

		json_begin_object(json);
		json_key(json, "words");
		json_begin_array(json);
		for (size_t k = 0; k < word->n_variants; k++)
			json_str(json, word->variants[k]);
		json_end_array(json);
		json_key_uint(json, "head_limit", 0);
		json_end_object(json);
	}
	json_end_array(json);
}

/* Settings of the repository must not run anything, nor change what is printed. */
#define GIT "git --no-pager --no-optional-locks -c core.fsmonitor= -c core.quotePath=false "

static void write_command(struct json_write *json, const char *command)
{
	json_key_str(json, "command", command);
	json_key_bool(json, "idempotent", true);
	json_key_uint(json, "timeout", 20000);
	json_key(json, "env");
	json_begin_object(json);
	json_key_str(json, "GIT_FLUSH", "0"); /* one write for many commits */
	/* The sandbox mounts the root: a repository above it is on another file system. */
	json_key_str(json, "GIT_DISCOVERY_ACROSS_FILESYSTEM", "1");
	json_end_object(json);
}

static void write_wide(struct json_write *json, const struct question *question,
		       const struct build_tree *tree, const struct size *size)
{
	static const char *const none[] = { NULL };
	char command[512];

	begin_phase(json, BUILD_WIDE, none);
	json_key(json, "codebase");
	json_begin_object(json);
	json_key(json, "glob");
	json_begin_array(json);
	json_begin_object(json);
	json_key_str(json, "pattern", "!.git");
	json_key_uint(json, "head_limit", 0);
	json_end_object(json);
	json_end_array(json);
	write_mentions(json, question);
	json_end_object(json);
	if (tree->has_git) {
		/* A repository without commits is none that git cannot read. */
		(void)snprintf(command, sizeof(command),
			       "n=$(" GIT "rev-list -n 1 --all) && if [ -n \"$n\" ]; then " GIT
			       "log -n %u --no-merges --no-show-signature --format=%s; fi",
			       size->commits, BUILD_LOG_FORMAT);
		json_key(json, "bash");
		json_begin_object(json);
		json_key(json, "commands");
		json_begin_array(json);
		json_begin_object(json);
		write_command(json, command);
		json_end_object(json);
		json_end_array(json);
		json_end_object(json);
	}
	json_end_object(json);
}

static void write_history(struct json_write *json, const struct size *size)
{
	static const char *const needs[] = { BUILD_WIDE, NULL };

	begin_phase(json, BUILD_HISTORY, needs);
	json_key(json, "bash");
	json_begin_object(json);
	json_key(json, "commands");
	json_begin_array(json);
	json_begin_object(json);
	write_command(json, GIT "diff-tree --stdin --root -r --no-renames --name-only --relative");
	json_key(json, "stdin");
	json_begin_object(json);
	json_key_str(json, "from", BUILD_WIDE);
	json_key_uint(json, "top", size->changes);
	json_end_object(json);
	json_end_object(json);
	json_end_array(json);
	json_end_object(json);
	json_end_object(json);
}

static void write_deep(struct json_write *json, const struct build_tree *tree,
		       const struct size *size)
{
	static const char *const needs[] = { BUILD_WIDE, BUILD_HISTORY, NULL };
	static const char *const wide_only[] = { BUILD_WIDE, NULL };

	begin_phase(json, BUILD_DEEP, tree->has_git ? needs : wide_only);
	json_key(json, "codebase");
	json_begin_object(json);
	json_key(json, "read");
	json_begin_object(json);
	json_key_str(json, "from", BUILD_WIDE);
	json_key_uint(json, "top", size->reads);
	json_key_uint(json, "limit", 0);
	json_end_object(json);
	json_end_object(json);
	json_end_object(json);
}

int build_codebase(const struct question *question, const struct build_tree *tree, struct buf *out)
{
	const struct size *size = size_of(tree);
	struct json_write json = json_write_to(out);

	json_begin_object(&json);
	json_key_str(&json, "name", "explore");
	json_key(&json, "phases");
	json_begin_array(&json);
	write_wide(&json, question, tree, size);
	if (tree->has_git)
		write_history(&json, size);
	write_deep(&json, tree, size);
	json_end_array(&json);
	json_end_object(&json);
	return buf_error(out);
}
