/* SPDX-License-Identifier: MIT */
#ifndef API_TOOLBOX_H
#define API_TOOLBOX_H

#include "plan/plan.h"

/** The tools that are built in. Static. */
const struct toolbox *toolbox_builtin(void);

struct buf;

/** Makes a plan of a workflow that was built here, of those tools; the caller frees it. */
int toolbox_load(const char *name, const struct buf *workflow, struct plan **ret_plan,
		 struct error *err);

#endif
