/* SPDX-License-Identifier: MIT */
/* volley plan: what a workflow would run, and why in this order; nothing is run. */
#include "cli/command.h"
#include "cli/diag.h"
#include "cli/load.h"
#include "cli/options.h"
#include "cli/out.h"
#include "model/secrets.h"
#include "plan/explain.h"

#include <stdlib.h>
#include <unistd.h>

static int explain(const struct options *options, const struct plan *plan,
		   const struct secrets *secrets, struct buf *out)
{
	struct explain_conf conf = {
		.total_limit = options->max_instances,
		.why = options->explain,
		.secrets = secrets,
	};
	struct json_write json = json_write_to(out);
	char *root = realpath(plan->root ? plan->root : ".", NULL);
	int r;

	conf.root = root;
	for (unsigned i = 0; i < LANE_COUNT; i++)
		conf.limits[i] = options->max_instances;
	if (options->format == FORMAT_JSON) {
		r = explain_json(plan, &conf, &json);
		buf_add_char(out, '\n');
	} else {
		r = explain_md(plan, &conf, out);
	}
	free(root);
	return r;
}

static int print(const struct options *options, const struct plan *plan)
{
	struct secrets *secrets = NULL;
	struct error err;
	struct out out;
	int r = 0;

	out_init(&out, STDOUT_FILENO);
	if (!options->is_bare)
		r = secrets_new((const char *const *)environ,
				(const struct call *const *)plan->calls, plan->n_calls, &secrets,
				&err);
	if (r == 0) {
		r = explain(options, plan, secrets, &out.buf);
		if (r < 0)
			(void)error_errno(&err, -r, "cannot explain the plan");
	}
	if (r == 0)
		r = out_flush(&out, &err);
	if (r < 0)
		diag_error(&err);
	out_release(&out);
	secrets_unref(secrets);
	return r < 0 ? STATUS_BROKEN : STATUS_OK;
}

static int plan_run(const struct options *options)
{
	CLEANUP(buf) struct buf buf;
	struct workflow_text text;
	struct plan *plan;
	int status;

	buf_init(&buf, WORKFLOW_BYTES_MAX);
	if (options->format == FORMAT_JSONL) {
		diag_say("'plan' answers in md or json");
		return STATUS_USAGE;
	}
	status = load_workflow(options, options->operands[0], &buf, &text, &plan);
	if (status)
		return status;
	status = print(options, plan);
	plan_free(plan);
	return status;
}

const struct command command_plan = {
	.name = "plan",
	.operands = "FILE|-",
	.summary = "show what a workflow would run, and why; run nothing",
	.min_operands = 1,
	.max_operands = 1,
	.run = plan_run,
};
