/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_EXEC_HOST_H
#define ENGINE_EXEC_HOST_H

#include <stdbool.h>

/** Attempts of tools that are no fusers: each has a host. Ends through run_call_end(). */
struct exec_host;
struct run_call;

void exec_host_start(struct run_call *call);
/** Of a call that is given up. Accepts NULL. */
void exec_host_forget(struct exec_host *self);
/** Ends the call's child: as timed out, or as cancelled; at once, or after a short grace. */
void exec_host_stop(struct exec_host *self, bool is_timeout, bool at_once);
/** The end of an attempt that was not the call's fault: it is killed, and ready again. If it ends
 *  by itself before that, so be it. */
void exec_host_restart(struct exec_host *self);

#endif
