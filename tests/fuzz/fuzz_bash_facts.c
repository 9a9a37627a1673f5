/* SPDX-License-Identifier: MIT */
/* Any command with any output into the graph: text up to the first NUL is the command, from there
 * to the next its standard output, the rest its errors. Facts lie within what they are of. */
#include "api/toolbox.h"
#include "graph/claim.h"
#include "graph/export.h"
#include "graph/stream.h"
#include "plan/plan.h"
#include "tools/bash_args.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t cut(const char *text, size_t len)
{
	const char *end = memchr(text, '\0', len);

	return end ? (size_t)(end - text) : len;
}

static const struct tool *find_bash(void)
{
	const struct toolbox *toolbox = toolbox_builtin();

	for (size_t i = 0; i < toolbox->n; i++) {
		if (strcmp(toolbox->tools[i]->name, "Bash") == 0)
			return toolbox->tools[i];
	}
	abort();
}

static void check(struct graph *graph)
{
	CLEANUP(buf) struct buf out = { .max = 64 << 20 };
	struct claims claims = { 0 };
	size_t len;

	for (size_t i = 0; i < graph->nodes.n; i++)
		(void)graph_evidence(graph, &graph->nodes.items[i], &len);
	if (claims_find_clashes(graph, NULL, NULL, &claims) < 0 ||
	    graph_export(graph, &claims, EXPORT_JSON, &out) < 0)
		abort();
	claims_release(&claims);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	size_t command = cut(text, size), from = command < size ? command + 1 : size;
	size_t output = cut(text + from, size - from);
	size_t errors = from + output < size ? from + output + 1 : size;
	struct arg args[ARGS_MAX] = { 0 };
	char *given = strndup(text, command);
	struct call call = { .id = "b.1", .tool = find_bash() }, again;
	struct result result = { .payload = PAYLOAD_BASH, .status = CALL_OK };
	struct stream_item items[2] = { { &call, &result, 0, 1 }, { &again, &result, 1, 2 } };
	struct graph *graph = graph_new();

	if (!given || !graph)
		abort();
	call.args.specs = call.tool->args;
	args[BASH_COMMAND].is_set = true;
	args[BASH_COMMAND].str = given;
	args[BASH_COMMAND].len = command;
	call.args.values = args;
	result.body = blob_new(text + from, output);
	result.bash.err = blob_new(text + errors, size - errors);
	again = call;
	again.index = 1;
	if (stream_take(graph, "/root", items, 2) < 0)
		abort();
	check(graph);
	graph_free(graph);
	blob_unref(result.body);
	blob_unref(result.bash.err);
	free(given);
	return 0;
}
