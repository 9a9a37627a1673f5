/* SPDX-License-Identifier: MIT */
#ifndef OS_DESCENDANTS_H
#define OS_DESCENDANTS_H

/**
 * Kills and reaps everything below the calling process: its children, their children, and the
 * orphans that it adopts as a child subreaper (it must be one, or orphans escape to init).
 * SIGKILL, again and again until no child is left, so that what forks meanwhile goes too.
 *
 * 0 when nothing is left; -ETIMEDOUT after timeout_ms (what remains has its SIGKILL pending, or
 * forks faster than it can be caught); -EPERM when all that remains belongs to other users.
 * Needs /proc. Takes the exit status of any child: nobody else may be waiting for one.
 */
int descendants_kill(int timeout_ms);

#endif
