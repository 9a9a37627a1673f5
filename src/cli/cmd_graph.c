/* SPDX-License-Identifier: MIT */
/* volley graph RUN: what the calls of a run came to know, as one graph for other programs. */
#include "api/toolbox.h"
#include "cli/body.h"
#include "cli/command.h"
#include "cli/diag.h"
#include "cli/options.h"
#include "cli/out.h"
#include "cli/run_dir.h"
#include "engine/recorded.h"
#include "graph/export.h"
#include "graph/look.h"
#include "graph/stream.h"
#include "model/tool.h"
#include "plan/syntax.h"
#include "plan/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { INPUTS_BYTES_MAX = 1 << 30 };

struct graphing {
	char dir[SPILL_PATH_MAX], id[SPILL_NAME_MAX];
	struct recorded *recorded;
	struct arena arena; /* inputs of calls */
	struct graph *graph;
	struct claims clashes;
	size_t n_lost; /* calls whose output is not kept */
};

/* The call as it was planned: its inputs bound again. */
static int bind(struct graphing *self, size_t i, struct call *ret_call, struct error *err)
{
	const struct recorded_call *from = &self->recorded->calls[i];
	const struct syntax_text text = { .data = from->args, .len = strlen(from->args) };
	struct value *input = arena_alloc(&self->arena, sizeof(*input));
	struct problem problem;
	struct place place;
	struct call call = {
		.id = from->id,
		.tool = toolbox_find(toolbox_builtin(), from->tool, err),
		.input = input,
		.index = (uint32_t)i,
	};
	int r;

	if (!call.tool)
		return -EINVAL;
	if (!input)
		return error_errno(err, ENOMEM, "the inputs of call '%s'", from->id);
	r = syntax_read_json(&text, &self->arena, input, &problem);
	if (r < 0)
		*err = problem.error;
	else
		r = args_bind(call.tool->args, input, &self->arena, &call.args, &place, err);
	if (r < 0)
		error_prefix(err, "call '%s'", from->id);
	else
		*ret_call = call;
	return r;
}

/* The journal has no time of an end: when the run began, and how long the call waited and ran. */
static int64_t end_of(const struct graphing *self, const struct result *result)
{
	return self->recorded->run.created_s * 1000 +
	       (int64_t)((result->queued_ns + result->run_ns) / 1000000);
}

static int take(struct graphing *self, size_t i, struct error *err)
{
	struct recorded_call *recorded = &self->recorded->calls[i];
	struct stream_item item = { .result = &recorded->result, .number = (uint32_t)i };
	struct call call;
	int r;

	if (!recorded->has_result)
		return 0;
	r = bind(self, i, &call, err);
	if (r < 0)
		return r;
	if (!recorded->result.body && recorded->body_len) {
		recorded->result.body = body_read(self->dir, &call, recorded);
		self->n_lost += !recorded->result.body;
	}
	item.call = &call;
	item.time_ms = end_of(self, &recorded->result);
	r = stream_take(self->graph, self->recorded->run.root, &item, 1);
	return r < 0 ? error_errno(err, -r, "the graph of run %s", self->id) : 0;
}

static int build(struct graphing *self, const char *run, struct error *err)
{
	int root_fd, r = run_dir_find(run, self->dir, self->id, err);

	if (r == 0)
		r = recorded_load(self->dir, true, &self->recorded, err);
	if (r < 0)
		return r;
	self->graph = graph_new();
	if (!self->graph)
		return error_errno(err, ENOMEM, "the graph of run %s", self->id);
	for (size_t i = 0; i < self->recorded->n_calls; i++) {
		r = take(self, i, err);
		if (r < 0)
			return r;
	}
	if (self->n_lost)
		diag_say("%zu outputs of run %s are not kept any more: the graph lacks what they "
			 "said",
			 self->n_lost, self->id);
	/* Without the files, nothing tells which side of a clash holds. */
	root_fd = open(self->recorded->run.root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	r = claims_find_clashes(self->graph, root_fd < 0 ? NULL : look_now, &root_fd,
				&self->clashes);
	if (root_fd >= 0)
		(void)close(root_fd); /* nothing was written */
	return r < 0 ? error_errno(err, -r, "the clashes of run %s", self->id) : 0;
}

static int write_out(struct graphing *self, enum format format, struct error *err)
{
	static const enum export_format forms[] = {
		[FORMAT_DEFAULT] = EXPORT_JSON, [FORMAT_JSON] = EXPORT_JSON,
		[FORMAT_DOT] = EXPORT_DOT,      [FORMAT_GRAPHML] = EXPORT_GRAPHML,
		[FORMAT_HTML] = EXPORT_HTML,
	};
	struct out out;
	int r;

	out_init(&out, STDOUT_FILENO);
	r = graph_export(self->graph, &self->clashes, forms[format], &out.buf);
	if (r < 0)
		r = error_errno(err, -r, "the %s of run %s", export_format_name(forms[format]),
				self->id);
	else
		r = out_flush(&out, err);
	out_release(&out);
	return r;
}

static int graph_run(const struct options *options)
{
	struct graphing self = { .n_lost = 0 };
	struct error err;
	int r;

	arena_init(&self.arena, INPUTS_BYTES_MAX);
	r = build(&self, options->operands[0], &err);
	if (r == 0)
		r = write_out(&self, options->format, &err);
	if (r < 0)
		diag_error(&err);
	claims_release(&self.clashes);
	graph_free(self.graph);
	arena_release(&self.arena);
	recorded_free(self.recorded);
	if (r == 0)
		return STATUS_OK;
	return err.class == ERROR_MISSING || err.class == ERROR_INVALID ? STATUS_USAGE
									: STATUS_BROKEN;
}

const struct command command_graph = {
	.name = "graph",
	.operands = "RUN",
	.summary = "what a run came to know, as json, dot, graphml or an html page",
	.min_operands = 1,
	.max_operands = 1,
	.run = graph_run,
};
