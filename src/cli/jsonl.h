/* SPDX-License-Identifier: MIT */
#ifndef CLI_JSONL_H
#define CLI_JSONL_H

#include "cli/out.h"
#include "engine/engine.h"

/**
 * The event stream on standard output: one object a line, pushed out as events come. With a
 * budget, each call's text is cut to its share and call.output events are left out (they would
 * show the same text twice).
 */
struct jsonl {
	struct out *out;
	size_t budget_bytes; /* SIZE_MAX = all */
};

/** An event_fn; data is a struct jsonl. */
void jsonl_event(void *data, struct run *run, const struct event *event);

#endif
