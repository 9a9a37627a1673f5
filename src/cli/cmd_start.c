/* SPDX-License-Identifier: MIT */
/* volley start: what an unfamiliar project is, where one begins to read it, and what to mind. */
#include "api/start.h"
#include "cli/command.h"
#include "cli/running.h"

#include <errno.h>
#include <stdlib.h>

enum { TOKENS_DEFAULT = 4000 };

static int answer(struct running *running, int status, const struct run_totals *totals,
		  struct error *err)
{
	uint64_t tokens = running->options->tokens;
	enum format format = running->options->format;
	struct start_profile found;
	struct run_totals once = *totals;
	struct profile_report report = {
		.profile = &found.profile,
		.account = { &once, run_id(running->run), tokens ? tokens : TOKENS_DEFAULT,
			     running->record.is_on },
		.secrets = run_secrets(running->run),
		.stop_text = running_stop_text(running),
		.is_json = format == FORMAT_JSON || format == FORMAT_JSONL,
	};
	CLEANUP(buf) struct buf text = { .max = SIZE_MAX / 2 };
	int r = start_profile_make(running->coordinator, running->work.root, &found);

	running_count_once(running, &once);
	(void)status; /* it is the exit status, and in the totals */
	if (r == 0)
		r = profile_write(&report, &text);
	start_profile_release(&found);
	return running_print(running, r, &text, err);
}

static int start_take(struct running *running, struct error *err)
{
	const struct options *options = running->options;
	struct start *start = calloc(1, sizeof(*start));
	char *root;
	int r;

	if (!start)
		return error_errno(err, ENOMEM, "cannot start");
	running->data = start;
	running->answer = answer;
	running->choose = start_choose;
	if (!running->root)
		running->root = options->n_operands ? options->operands[0] : ".";
	root = realpath(running->root, NULL);
	r = root ? start_plan(start, root, err)
		 : error_errno(err, errno, "root '%s'", running->root);
	free(root);
	running->plan = start->plan;
	running->text = (struct workflow_text){ "start", start->text.data, start->text.len };
	return r;
}

static void start_let_go(struct running *running)
{
	if (running->data)
		start_release(running->data);
	free(running->data);
}

const struct command command_start = {
	.name = "start",
	.operands = "[DIR]",
	.summary = "what a project is: languages, layout, build, tests, history, risks",
	.max_operands = 1,
	.run = running_built,
	.plan = start_take,
	.release = start_let_go,
};
