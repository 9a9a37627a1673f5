/* SPDX-License-Identifier: MIT */
/* volley web: many searches, the best pages read, one answer. */
#include "api/research.h"
#include "cli/asked.h"
#include "cli/command.h"
#include "cli/running.h"

#include <errno.h>
#include <stdlib.h>

enum { TOKENS_DEFAULT = 6000 };

static int answer(struct running *running, int status, const struct run_totals *totals,
		  struct error *err)
{
	const struct research *research = running->data;
	uint64_t tokens = running->options->tokens;
	enum format format = running->options->format;
	struct web_answer found;
	struct run_totals once = *totals;
	struct reasons reasons = { 0 };
	const struct web_report report = {
		.answer = &found,
		.account = { &once, run_id(running->run), tokens ? tokens : TOKENS_DEFAULT,
			     running->record.is_on },
		.stop_text = running_stop_text(running),
		.reasons = &reasons,
		.n_words_left_out = research->searches.n_left_out,
		.explain = running->options->explain,
		.is_json = format == FORMAT_JSON || format == FORMAT_JSONL,
	};
	CLEANUP(buf) struct buf text = { .max = SIZE_MAX / 2 };
	int r = research_answer(running->coordinator, running->run, running->question, &found);

	running_count_once(running, &once);
	for (size_t i = 0; r == 0 && i < run_plan(running->run)->n_calls; i++) {
		const struct result *result = run_result(running->run, i);

		if (result && !reasons_add(&reasons, result))
			r = -ENOMEM;
	}
	reasons_sort(&reasons);
	(void)status; /* it is the exit status, and in the totals */
	if (r == 0)
		r = web_write(&report, &text);
	reasons_release(&reasons);
	web_answer_release(&found);
	return running_print(running, r, &text, err);
}

static int web_take(struct running *running, struct error *err)
{
	const struct options *options = running->options;
	struct research *research = calloc(1, sizeof(*research));
	CLEANUP(buf) struct buf asked = { .max = SIZE_MAX / 2 };
	char *root;
	int r;

	if (!research)
		return error_errno(err, ENOMEM, "cannot search");
	running->data = research;
	running->answer = answer;
	running->question = &research->question;
	if (!running->root)
		running->root = ".";
	root = realpath(running->root, NULL);
	r = root ? asked_read(options, 0, options->n_operands, &asked, err)
		 : error_errno(err, errno, "root '%s'", running->root);
	if (r == 0)
		r = research_plan(research,
				  &(struct research_conf){ asked.data, root, options->dir != NULL },
				  err);
	free(root);
	running->plan = research->plan;
	running->text = (struct workflow_text){ "web", research->text.data, research->text.len };
	return r;
}

static void web_let_go(struct running *running)
{
	if (running->data)
		research_release(running->data);
	free(running->data);
}

const struct command command_web = {
	.name = "web",
	.operands = "QUESTION...",
	.summary = "many searches of the web and of local documentation, one answer",
	.min_operands = 1,
	.max_operands = OPTION_OPERANDS_MAX,
	.run = running_built,
	.plan = web_take,
	.release = web_let_go,
};
