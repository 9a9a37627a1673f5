/* SPDX-License-Identifier: MIT */
#include "api/explore.h"

#include "api/toolbox.h"
#include "base/str.h"
#include "os/path.h"
#include "scan/outline.h"
#include "scan/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

enum { TEXT_MAX = 1 << 20 };

struct count {
	uint64_t enough;
	struct build_tree tree;
	atomic_bool is_enough;
};

static void count_language(struct build_tree *tree, const char *path, size_t len)
{
	static const struct {
		const char *name;
		enum build_language language;
	} families[] = {
		{ "c", BUILD_C },           { "c++", BUILD_C },         { "objective-c", BUILD_C },
		{ "python", BUILD_PYTHON }, { "javascript", BUILD_JS }, { "typescript", BUILD_JS },
		{ "rust", BUILD_RUST },     { "go", BUILD_GO },         { "java", BUILD_JVM },
		{ "kotlin", BUILD_JVM },    { "scala", BUILD_JVM },     { "c#", BUILD_JVM },
		{ "ruby", BUILD_RUBY },     { "php", BUILD_PHP },       { "shell", BUILD_SHELL },
	};
	const struct outline_lang *lang = outline_lang_of(path, len);

	for (size_t i = 0; lang && i < countof(families); i++)
		tree->n_of[families[i].language] +=
			str_equal(outline_lang_name(lang), families[i].name);
}

static void count_file(void *data, unsigned worker, const struct walk_entry *entry)
{
	struct count *count = data;

	(void)worker; /* there is one */
	if (count->tree.n_files >= count->enough)
		return;
	count_language(&count->tree, entry->path, strlen(entry->path));
	if (++count->tree.n_files >= count->enough)
		atomic_store_explicit(&count->is_enough, true, memory_order_relaxed);
}

bool explore_has_git(const char *root)
{
	char path[PATH_LEN_MAX + 8];
	size_t len = strlen(root);

	if (len >= PATH_LEN_MAX)
		return false;
	memcpy(path, root, len);
	for (;;) {
		memcpy(path + len, "/.git", 6);
		if (access(path, F_OK) == 0)
			return true;
		while (len > 0 && path[len - 1] != '/')
			len--;
		if (len == 0)
			return false;
		len--;
	}
}

int explore_look(const char *root, uint64_t enough, struct build_tree *ret_tree, struct error *err)
{
	CLEANUP(close_fd) int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct walk_selector all = { .path = "" };
	struct count count = { .enough = enough };
	const struct walk_conf conf = {
		.root_fd = fd,
		.root_path = root,
		.selectors = &all,
		.n_selectors = 1,
		.n_threads = 1,
		.visit = count_file,
		.data = &count,
		.cancel = &count.is_enough,
	};
	struct walk *walk = NULL;
	size_t bad;
	int r;

	if (fd < 0)
		return error_errno(err, errno, "root '%s'", root);
	r = walk_new(&conf, &walk, &bad, err);
	if (r < 0)
		return r;
	(void)walk_run(walk, NULL); /* what it could not see is not counted */
	walk_free(walk);
	*ret_tree = count.tree;
	ret_tree->has_git = explore_has_git(root);
	return 0;
}

int explore_plan(struct explore *explore, const char *question, const char *root, struct error *err)
{
	int r;

	*explore = (struct explore){ 0 };
	arena_init(&explore->arena, (size_t)16 << 20);
	buf_init(&explore->text, TEXT_MAX);
	r = explore_look(root, BUILD_FILES_ENOUGH, &explore->tree, err);
	if (r == 0)
		r = question_read(question, build_codebase_words(&explore->tree), &explore->arena,
				  &explore->question, err);
	if (r == 0 && build_codebase(&explore->question, &explore->tree, &explore->text) < 0)
		r = error_errno(err, ENOMEM, "workflow");
	return r ? r : toolbox_load("explore", &explore->text, &explore->plan, err);
}

void explore_release(struct explore *explore)
{
	buf_release(&explore->text);
	arena_release(&explore->arena);
}

/* Some files are recent or central whatever is asked. */
static bool is_about_any(const struct ranking *ranking)
{
	static const enum feature asked[] = { FEATURE_body,       FEATURE_history, FEATURE_base,
					      FEATURE_path,       FEATURE_code,    FEATURE_pairs,
					      FEATURE_definition, FEATURE_passage };

	for (size_t i = 0; i < ranking->n; i++)
		for (size_t k = 0; k < countof(asked); k++)
			if (ranking->items[i].features[asked[k]] > 0)
				return true;
	return false;
}

int explore_answer(struct coordinator *coordinator, const struct question *question,
		   size_t files_max, struct explore_answer *ret_answer)
{
	struct answer_conf conf = { .question = question, .files_max = files_max };
	int r = coordinator_error(coordinator);

	*ret_answer = (struct explore_answer){ 0 };
	if (r == 0)
		r = coordinator_rank(coordinator, &ret_answer->ranking);
	if (r == 0 && !is_about_any(&ret_answer->ranking))
		ret_answer->ranking.n = 0;
	if (r == 0)
		r = coordinator_check(coordinator, &ret_answer->clashes);
	if (r < 0)
		return r;
	conf.ranking = &ret_answer->ranking;
	conf.clashes = &ret_answer->clashes;
	return coordinator_answer(coordinator, &conf, &ret_answer->answer);
}

void explore_answer_release(struct explore_answer *answer)
{
	answer_release(&answer->answer);
	ranking_release(&answer->ranking);
	claims_release(&answer->clashes);
}
