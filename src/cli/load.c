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

#include <errno.h>
#include <sys/stat.h>

int load_text(const struct options *options, const struct workflow_text *text,
	      struct plan **ret_plan)
{
	struct problems problems = { 0 };
	struct plan *plan;

	if (workflow_load(text, toolbox_builtin(), &plan, &problems) < 0) {
		diag_problems(&(struct quoted_text){ text->name, text->data, text->len },
			      &problems);
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

int load_workflow(const struct options *options, const char *path, struct buf *buf,
		  struct workflow_text *ret_text, struct plan **ret_plan)
{
	struct error err;

	if (file_read(path, buf, &err) < 0) {
		diag_error(&err);
		return STATUS_USAGE;
	}
	*ret_text = (struct workflow_text){
		.name = str_equal(path, "-") ? "<stdin>" : path,
		.data = buf->data ? buf->data : "",
		.len = buf->len,
	};
	return load_text(options, ret_text, ret_plan);
}

bool load_finds_root(const struct workflow_text *text, const struct plan *plan)
{
	struct problems problems = { 0 };
	struct problem *problem;
	struct stat st;
	int code = 0;

	if (!plan->root)
		return true;
	if (stat(plan->root, &st) < 0)
		code = errno;
	else if (!S_ISDIR(st.st_mode))
		code = ENOTDIR;
	if (!code)
		return true;
	problem = problems_add(&problems);
	problem->place = plan->root_place;
	(void)error_errno(&problem->error, code, "root '%s'", plan->root);
	diag_problems(&(struct quoted_text){ text->name, text->data, text->len }, &problems);
	return false;
}
