/* SPDX-License-Identifier: MIT */
/* From a workflow file to a plan, for run and plan. */
#include "cli/load.h"

#include "api/toolbox.h"
#include "base/str.h"
#include "cli/command.h"
#include "cli/diag.h"
#include "cli/file.h"
#include "cli/options.h"
#include "cli/work.h"
#include "plan/workflow.h"

int load_workflow(const struct options *options, const char *path, struct plan **ret_plan)
{
	struct workflow_text text = { .name = str_equal(path, "-") ? "<stdin>" : path };
	CLEANUP(buf) struct buf buf;
	struct problems problems = { 0 };
	struct error err;
	struct plan *plan;

	buf_init(&buf, WORKFLOW_BYTES_MAX);
	if (file_read(path, &buf, &err) < 0) {
		diag_error(&err);
		return STATUS_USAGE;
	}
	text.data = buf.data ? buf.data : "";
	text.len = buf.len;
	if (workflow_load(&text, toolbox_builtin(), &plan, &problems) < 0) {
		diag_problems(&(struct quoted_text){ text.name, text.data, text.len }, &problems);
		return STATUS_USAGE;
	}
	work_apply_options(options, plan, 0);
	/* What the workflow says is nearer than a setting, and further than the command line. */
	if (options->tokens && (!plan->budget.tokens || options_is_given(options, "--tokens")))
		plan->budget.tokens = options->tokens;
	if (options->timeout_ms &&
	    (!plan->budget.wall_ms || options_is_given(options, "--timeout")))
		plan->budget.wall_ms = options->timeout_ms;
	*ret_plan = plan;
	return STATUS_OK;
}
