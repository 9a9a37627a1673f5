/* SPDX-License-Identifier: MIT */
/* volley explore: a question about a code base, answered by its files and lines. */
#include "api/explore.h"
#include "cli/asked.h"
#include "cli/command.h"
#include "cli/running.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { TOKENS_DEFAULT = 6000 };

static int answer(struct running *running, int status, const struct run_totals *totals,
		  struct error *err)
{
	static const enum answer_format formats[] = { [FORMAT_DEFAULT] = ANSWER_MD,
						      [FORMAT_MD] = ANSWER_MD,
						      [FORMAT_JSON] = ANSWER_JSON,
						      [FORMAT_JSONL] = ANSWER_JSON,
						      [FORMAT_RANGES] = ANSWER_RANGES };
	uint64_t tokens = running->options->tokens;
	struct run_totals once = *totals;
	struct explore_answer found;
	struct answer_report report = {
		.answer = &found.answer,
		.account = { &once, run_id(running->run), tokens ? tokens : TOKENS_DEFAULT,
			     running->record.is_on },
		.stop_text = running_stop_text(running),
		.explain = running->options->explain,
	};
	CLEANUP(buf) struct buf text = { .max = SIZE_MAX / 2 };
	int r = explore_answer(running->coordinator, running->question,
			       report.explain ? ANSWER_FILES_EXPLAINED : ANSWER_FILES, &found);

	running_count_once(running, &once);
	(void)status; /* it is the exit status, and in the totals */
	if (r == 0)
		r = answer_write(&report, formats[running->options->format], &text);
	explore_answer_release(&found);
	return running_print(running, r, &text, err);
}

static int explore_take(struct running *running, struct error *err)
{
	const struct options *options = running->options;
	struct explore *explore = calloc(1, sizeof(*explore));
	CLEANUP(buf) struct buf asked = { .max = SIZE_MAX / 2 };
	char *root;
	int r;

	if (!explore)
		return error_errno(err, ENOMEM, "cannot explore");
	running->data = explore;
	running->answer = answer;
	running->question = &explore->question;
	if (!running->root)
		running->root = options->n_operands > 1 ? options->operands[1] : ".";
	root = realpath(running->root, NULL);
	r = root ? asked_read(options, 0, 1, &asked, err)
		 : error_errno(err, errno, "root '%s'", running->root);
	if (r == 0)
		r = explore_plan(explore, asked.data, root, err);
	free(root);
	running->plan = explore->plan;
	running->text = (struct workflow_text){ "explore", explore->text.data, explore->text.len };
	return r;
}

static void explore_let_go(struct running *running)
{
	if (running->data)
		explore_release(running->data);
	free(running->data);
}

const struct command command_explore = {
	.name = "explore",
	.operands = "QUESTION [DIR]",
	.summary = "the files and lines of a code base that matter for a question, and why",
	.min_operands = 1,
	.max_operands = 2,
	.run = running_built,
	.plan = explore_take,
	.release = explore_let_go,
};
