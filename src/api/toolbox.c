/* SPDX-License-Identifier: MIT */
/* The one place that knows which tools there are. */
#include "api/toolbox.h"

#include "base/buf.h"
#include "plan/workflow.h"
#include "tools/registry.h"

enum {
	N_BUILTIN = 0
#define TOOL(name) +1
#include "tools/tools.def"
#undef TOOL
};

const struct toolbox *toolbox_builtin(void)
{
	static const struct toolbox toolbox = { .tools = builtin_tools, .n = N_BUILTIN };

	return &toolbox;
}

int toolbox_load(const char *name, const struct buf *workflow, struct plan **ret_plan,
		 struct error *err)
{
	const struct workflow_text text = { name, workflow->data, workflow->len };
	struct problems problems;
	int r = workflow_load(&text, toolbox_builtin(), ret_plan, &problems);

	if (r < 0)
		*err = problems.items[0].error;
	return r;
}
