/* SPDX-License-Identifier: MIT */
/* Any bytes as a workflow: no crash, no hang, and either a plan that can be explained or at least
 * one problem that can be quoted. */
#include "../unit/fake_tools.h"
#include "cli/quote.h"
#include "plan/explain.h"
#include "plan/workflow.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void explain(const struct plan *plan)
{
	const struct explain_conf conf = { .why = true };
	CLEANUP(buf) struct buf buf = { .max = 1 << 26 };
	struct json_write json = json_write_to(&buf);

	if (explain_md(plan, &conf, &buf) < 0 || explain_json(plan, &conf, &json) < 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct workflow_text text = { .name = "w", .data = (const char *)data, .len = len };
	struct quoted_text quoted = { .name = "w", .data = (const char *)data, .len = len };
	CLEANUP(buf) struct buf buf = { .max = 1 << 26 };
	struct problems problems;
	struct plan *plan;

	if (workflow_load(&text, &fake_toolbox, &plan, &problems) == 0) {
		explain(plan);
		plan_free(plan);
		return 0;
	}
	quote_problems(&buf, &quoted, &problems);
	if (!problems.n || buf_error(&buf))
		abort();
	return 0;
}
