/* SPDX-License-Identifier: MIT */
/* No core dumps. */
#include "os/core_limit.h"

#include <sys/resource.h>

void core_limit_set(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_CORE, &limit) != 0)
		return;
	/* 1 is too short for any file, and unlike 0 it also keeps the kernel from piping the dump
	 * to a program (core_pattern). */
	limit.rlim_cur = limit.rlim_max < 1 ? 0 : 1;
	(void)setrlimit(RLIMIT_CORE, &limit); /* lowering is always allowed */
}
