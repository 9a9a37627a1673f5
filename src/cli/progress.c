/* SPDX-License-Identifier: MIT */
/* The progress line. Events only count; a timer draws. */
#include "cli/progress.h"

#include "base/clock.h"
#include "model/tool.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <uv.h>

enum { TOOLS_MAX = 16, DRAW_MS = 100, COLUMNS_MAX = 250 };

struct progress {
	struct engine *engine;
	uv_timer_t timer;
	int listener;
	uint64_t start_ns;
	bool is_drawn;
	char waiting[128]; /* why nothing starts, or "" */
	size_t n_tools;
	const struct tool *keys[TOOLS_MAX];
	struct progress_tool tools[TOOLS_MAX];
};

static struct progress_tool *tool_of(struct progress *progress, const struct tool *key)
{
	size_t i = 0;

	while (i < progress->n_tools && progress->keys[i] != key)
		i++;
	if (i == progress->n_tools) {
		if (i == TOOLS_MAX)
			return NULL;
		progress->keys[i] = key;
		progress->tools[i].name = key->name;
		progress->n_tools++;
	}
	return &progress->tools[i];
}

void progress_limit(const struct event *event, char *out, size_t size)
{
	*out = '\0';
	if (event->to == 0)
		(void)snprintf(out, size, "waiting: %.*s | ", (int)event->text_len, event->text);
}

static void on_event(void *data, struct run *run, const struct event *event)
{
	struct progress *progress = data;
	const struct plan *plan = run_plan(run);
	struct progress_tool *tool;

	if (event->type == EVENT_RUN_PLANNED) {
		for (size_t i = 0; i < plan->n_calls; i++) {
			tool = tool_of(progress, plan->calls[i]->tool);
			if (tool)
				tool->total++;
		}
		return;
	}
	if (event->type == EVENT_LIMIT_CHANGED) {
		progress_limit(event, progress->waiting, sizeof(progress->waiting));
		return;
	}
	tool = event->call ? tool_of(progress, event->call->tool) : NULL;
	if (!tool)
		return;
	if (event->type == EVENT_CALL_STARTED)
		tool->started++;
	if (event->type == EVENT_CALL_FINISHED) {
		tool->done++;
		tool->failed += event->result->status != CALL_OK;
	}
}

void progress_format(const struct progress_tool *tools, size_t n, uint64_t elapsed_ns,
		     unsigned columns, char *out, size_t size)
{
	uint64_t done = 0, total = 0;
	double rate;
	size_t len = 0;

	size = size < columns + 1 ? size : columns + 1;
	for (size_t i = 0; i < n && len < size; i++) {
		uint64_t running =
			tools[i].started > tools[i].done ? tools[i].started - tools[i].done : 0;
		uint64_t gone = tools[i].done + running;

		len += (size_t)snprintf(out + len, size - len, "%s%s %" PRIu64 "/%" PRIu64,
					i ? " | " : "", tools[i].name, tools[i].done,
					tools[i].total);
		if (running && len < size)
			len += (size_t)snprintf(out + len, size - len, " running %" PRIu64,
						running);
		if (tools[i].total > gone && len < size)
			len += (size_t)snprintf(out + len, size - len, " queued %" PRIu64,
						tools[i].total - gone);
		if (tools[i].failed && len < size)
			len += (size_t)snprintf(out + len, size - len, " failed %" PRIu64,
						tools[i].failed);
		done += tools[i].done;
		total += tools[i].total;
	}
	rate = elapsed_ns ? (double)done * 1e9 / (double)elapsed_ns : 0;
	if (len < size && rate > 0)
		(void)snprintf(out + len, size - len, " | %.1f/s, %.0f s left", rate,
			       (double)(total - done) / rate);
}

static unsigned columns(void)
{
	struct winsize window;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &window) < 0 || !window.ws_col)
		return 79;
	return window.ws_col - 1 < COLUMNS_MAX ? window.ws_col - 1u : COLUMNS_MAX;
}

static void draw(uv_timer_t *timer)
{
	struct progress *progress = timer->data;
	char line[COLUMNS_MAX + 1] = "";

	unsigned width = columns();
	size_t len = strlen(progress->waiting) < width ? strlen(progress->waiting) : width;

	memcpy(line, progress->waiting, len); /* first: it is what there is to know */
	progress_format(progress->tools, progress->n_tools, clock_now_ns() - progress->start_ns,
			width - (unsigned)len, line + len, sizeof(line) - len);
	progress->is_drawn = true;
	(void)fprintf(stderr, "\r\033[K%s", line);
	(void)fflush(stderr); /* only talk */
}

struct progress *progress_new(struct engine *engine)
{
	struct progress *progress;

	if (!isatty(STDERR_FILENO))
		return NULL;
	progress = calloc(1, sizeof(*progress));
	if (!progress)
		return NULL;
	progress->engine = engine;
	progress->start_ns = clock_now_ns();
	progress->listener = engine_listen(engine, on_event, progress);
	(void)uv_timer_init(engine_loop(engine), &progress->timer); /* cannot fail */
	progress->timer.data = progress;
	(void)uv_timer_start(&progress->timer, draw, DRAW_MS, DRAW_MS); /* nor this */
	uv_unref((uv_handle_t *)&progress->timer);
	return progress;
}

static void closed(uv_handle_t *handle)
{
	free(handle->data);
}

void progress_free(struct progress *progress)
{
	if (!progress)
		return;
	if (progress->is_drawn)
		(void)fprintf(stderr, "\r\033[K");
	if (progress->listener > 0)
		engine_unlisten(progress->engine, progress->listener);
	uv_close((uv_handle_t *)&progress->timer, closed);
}
