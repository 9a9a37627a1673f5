/* SPDX-License-Identifier: MIT */
#ifndef API_TOOLBOX_H
#define API_TOOLBOX_H

#include "plan/plan.h"

/** The tools that are built in. Static. */
const struct toolbox *toolbox_builtin(void);

#endif
