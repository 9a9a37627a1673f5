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
		.account = { &once, run_id(running->run), tokens ? tokens : TOKENS_DEFAULT },
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

static int explore_run(const struct options *options)
{
	const char *dir = options->n_operands > 1 ? options->operands[1] : ".";
	struct explore explore = { 0 };
	struct running running = {
		.options = options, .answer = answer, .question = &explore.question, .root = dir
	};
	char *root = realpath(dir, NULL);
	CLEANUP(buf) struct buf asked = { .max = SIZE_MAX / 2 };
	struct error err;
	int r = root ? asked_read(options, 0, 1, &asked, &err)
		     : error_errno(&err, errno, "root '%s'", dir);

	if (r == 0)
		r = explore_plan(&explore, asked.data, root, &err);
	free(root);
	if (r == 0) {
		running.plan = explore.plan;
		running.text =
			(struct workflow_text){ "explore", explore.text.data, explore.text.len };
	}
	r = r == 0 ? running_go_built(&running) : running_refuse(&err);
	explore_release(&explore);
	return r;
}

const struct command command_explore = {
	.name = "explore",
	.operands = "QUESTION [DIR]",
	.summary = "the files and lines of a code base that matter for a question, and why",
	.min_operands = 1,
	.max_operands = 2,
	.run = explore_run,
};
