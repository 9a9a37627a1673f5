/* SPDX-License-Identifier: MIT */
#ifndef OS_CORE_LIMIT_H
#define OS_CORE_LIMIT_H

/**
 * Forbids core dumps of this process and of those it will start: what was in memory, and secrets
 * with it, would be on disk. The process stays dumpable, so that debuggers and /proc work; a
 * command may raise the limit for itself. Does what it can: no error.
 */
void core_limit_set(void);

#endif
