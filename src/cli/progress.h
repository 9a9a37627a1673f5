/* SPDX-License-Identifier: MIT */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include "engine/engine.h"

#include <stdbool.h>

/**
 * One line on standard error while calls run, redrawn at most ten times a second and taken away
 * at the end: per tool, calls done, under way and failed, then rate and time left. Loop thread.
 */
struct progress;

/** NULL when standard error is no terminal, or without memory: it is only talk. */
struct progress *progress_new(struct engine *engine);

/** Clears the line and frees. The loop must turn (or engine_free() run) after. Accepts NULL. */
void progress_free(struct progress *progress);

/** The text that is drawn, at most `columns` wide; for tests of it. */
struct progress_tool {
	const char *name;
	uint64_t total, started, done, failed;
};

/** What a limit.changed event leaves to be said in front of it: why nothing starts, or "". */
void progress_limit(const struct event *event, char *out, size_t size);

void progress_format(const struct progress_tool *tools, size_t n, uint64_t elapsed_ns,
		     unsigned columns, char *out, size_t size);

#endif
