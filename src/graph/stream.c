/* SPDX-License-Identifier: MIT */
/* Results by tool to their aggregators, and what these make of them into the graph. */
#include "graph/stream.h"

#include "base/str.h"
#include "graph/aggregate.h"
#include "model/tool.h"
#include "plan/call_text.h"
#include "tools/bash_args.h"

#include <errno.h>

enum { SCRATCH_MAX_LOG2 = 31, LABEL_MAX = 4096 };

static const struct {
	const char *tool;
	aggregate_fn *process;
} aggregators[] = {
	{ "Glob", aggregate_glob },          { "Grep", aggregate_grep },
	{ "Mentions", aggregate_mentions },  { "Read", aggregate_read },
	{ "Bash", aggregate_bash },          { "WebSearch", aggregate_web_search },
	{ "WebFetch", aggregate_web_fetch }, { "Agent", aggregate_agent },
};

static aggregate_fn *aggregator_of(const struct tool *tool)
{
	for (size_t i = 0; i < countof(aggregators); i++) {
		if (str_equal(aggregators[i].tool, tool->name))
			return aggregators[i].process;
	}
	return NULL;
}

/* "Grep back_?off" alone would make one query of two with other flags: all inputs are said. */
static void write_label(const struct call *call, struct buf *out)
{
	struct json_write json = json_write_to(out);
	const struct args *args = &call->args;
	bool is_command = str_equal(call->tool->name, "Bash");

	if (is_command && !args_is_set(args, BASH_ENV) && !args_is_set(args, BASH_STDIN)) {
		buf_add_str(out, args_str(args, BASH_COMMAND));
		if (args_is_set(args, BASH_CWD))
			buf_printf(out, " (in %s)", args_str(args, BASH_CWD));
		return;
	}
	buf_add_str(out, call->tool->name);
	buf_add_char(out, ' ');
	call_write_input(call, NULL, &json);
}

static int take(struct graph *graph, const char *root, const struct stream_item *item)
{
	aggregate_fn *process = aggregator_of(item->call->tool);
	struct facts facts = { 0 };
	struct arena arena;
	struct buf label;
	int r;

	arena_init(&arena, (size_t)1 << SCRATCH_MAX_LOG2);
	buf_init(&label, (size_t)1 << 24);
	write_label(item->call, &label);
	if (buf_error(&label)) {
		r = -ENOMEM;
	} else {
		struct aggregate aggregate = { root, item->call, item->result, &arena, &facts };

		graph_add_call(graph, &(struct graph_call){
					      .call = item->number,
					      .tool = item->call->tool,
					      .id = item->call->id,
					      .label = label.data,
					      .kind = str_equal(item->call->tool->name, "Bash")
							      ? NODE_COMMAND
							      : NODE_QUERY,
					      .body = item->result->body,
					      .status = item->result->status,
					      .time_ms = item->time_ms });
		if (process)
			process(&aggregate);
		facts.is_out_of_memory |= arena_failed(&arena);
		r = graph_integrate(graph, item->number, &facts);
	}
	vec_release(&facts.list);
	buf_release(&label);
	arena_release(&arena);
	return r;
}

int stream_take(struct graph *graph, const char *root, const struct stream_item *items, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int r = take(graph, root, &items[i]);

		if (r < 0)
			return r;
	}
	return 0;
}
