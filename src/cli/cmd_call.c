/* SPDX-License-Identifier: MIT */
/* volley call: one call. The words become the JSON that batch reads, so both mean the same. */
#include "api/toolbox.h"
#include "base/str.h"
#include "cli/budget.h"
#include "cli/command.h"
#include "cli/diag.h"
#include "cli/file.h"
#include "cli/options.h"
#include "cli/out.h"
#include "cli/spill.h"
#include "cli/text.h"
#include "cli/wire_out.h"
#include "cli/work.h"
#include "plan/syntax.h"
#include "plan/wire.h"

#include <errno.h>
#include <unistd.h>

enum { VALUE_BYTES_MAX = 16 << 20 };

struct calling {
	const struct options *options;
	struct plan *plan;
	struct work work;
	struct run *run;
	struct spill spill;
	bool is_done;
};

/* Looked at on its own: in the whole input nobody would know which key is meant. */
static int write_json_value(struct json_write *json, const char *key, const char *text,
			    struct error *err)
{
	const struct syntax_text source = { .data = text, .len = strlen(text) };
	struct problem problem = { 0 };
	struct arena arena;
	struct value value;
	int r;

	arena_init(&arena, VALUE_BYTES_MAX);
	r = syntax_read_json(&source, &arena, &value, &problem);
	arena_release(&arena);
	if (r < 0)
		return error_set(err, problem.error.class, problem.error.code,
				 "'%s:=' wants JSON: %s", key, problem.error.text);
	json_raw(json, text, source.len);
	return 0;
}

/* key=value, key=@file: the value as JSON. */
static int write_value(struct json_write *json, const char *value, struct error *err)
{
	CLEANUP(buf) struct buf file = { .max = VALUE_BYTES_MAX };

	if (value[0] != '@') {
		json_str(json, value);
		return 0;
	}
	if (file_read(value + 1, &file, err) < 0)
		return -EINVAL;
	json_strn(json, file.data ? file.data : "", file.len);
	return 0;
}

static int write_input(const struct options *options, struct json_write *json, struct error *err)
{
	json_begin_object(json);
	for (size_t i = 1; i < options->n_operands; i++) {
		const char *word = options->operands[i];
		const char *equals = strchr(word, '=');
		bool is_json = equals && equals > word && equals[-1] == ':';
		char key[128];
		int r, n = equals ? (int)(equals - word) - is_json : 0;

		if (n <= 0 || n >= (int)sizeof(key))
			return error_set(err, ERROR_INVALID, EINVAL,
					 "'%s' is not key=value (or key:=JSON, key=@file)", word);
		(void)snprintf(key, sizeof(key), "%.*s", n, word);
		json_key(json, key);
		r = is_json ? write_json_value(json, key, equals + 1, err)
			    : write_value(json, equals + 1, err);
		if (r < 0)
			return r;
	}
	json_end_object(json);
	return buf_error(json->buf) ? error_set(err, ERROR_LIMIT, EFBIG, "the input is too long")
				    : 0;
}

/* Reads the input back into the plan's arena and adds the call. */
static int plan_it(struct calling *calling, const struct tool *tool, const struct buf *input,
		   struct error *err)
{
	const struct syntax_text text = { .data = input->data, .len = input->len };
	struct plan_call call = { .id = "call", .tool = tool };
	struct problem problem = { 0 };
	struct value *value = arena_alloc(&calling->plan->arena, sizeof(*value));
	int r;

	if (!value)
		return error_set(err, ERROR_LIMIT, ENOMEM, "out of memory");
	call.input = value;
	r = plan_add_phase(calling->plan, "call", &call.phase, err);
	if (r < 0)
		return r;
	r = syntax_read_json(&text, &calling->plan->arena, value, &problem);
	if (r == 0)
		r = plan_add_call(calling->plan, &call, &problem);
	if (r < 0)
		*err = problem.error;
	return r;
}

static int make_plan(struct calling *calling, struct error *err)
{
	const struct options *options = calling->options;
	CLEANUP(buf) struct buf input = { .max = 2 * VALUE_BYTES_MAX };
	struct json_write json = json_write_to(&input);
	const struct tool *tool = toolbox_find(toolbox_builtin(), options->operands[0], err);
	int r;

	if (!tool)
		return -EINVAL;
	r = write_input(options, &json, err);
	if (r < 0)
		return r;
	calling->plan = plan_new("call");
	if (!calling->plan)
		return error_set(err, ERROR_LIMIT, ENOMEM, "out of memory");
	r = plan_it(calling, tool, &input, err);
	if (r == 0)
		work_apply_options(options, calling->plan, 0);
	return r;
}

static void on_event(void *data, struct run *run, const struct event *event)
{
	struct calling *calling = data;

	(void)run; /* there is one */
	if (event->type == EVENT_RUN_FINISHED)
		calling->is_done = true;
}

static void on_stop(void *data, enum run_stop why)
{
	struct calling *calling = data;

	run_cancel(calling->run, why);
}

/* full: where all of the output is, if it is anywhere. Returns whether something is cut. */
static bool write_json(const struct calling *calling, const struct result *result, const char *full,
		       size_t budget, struct buf *out)
{
	const struct wire_name name = wire_name_of(calling->plan->calls[0]);
	struct wire_limit limit = { .bytes = budget, .full_output = full };
	struct json_write json = json_write_to(out);
	bool is_cut;
	size_t frame;

	if (budget != SIZE_MAX) {
		limit.bytes = 0;
		is_cut = wire_out_native(&json, &name, result, &limit); /* to measure it */
		frame = out->len + (is_cut ? WIRE_OUT_NUMBERS_COST : 0) + 1;
		limit.bytes = budget > frame ? budget - frame : 0;
		buf_clear(out);
		json = json_write_to(out);
	}
	is_cut = wire_out_native(&json, &name, result, &limit);
	buf_add_char(out, '\n');
	return is_cut;
}

static bool write_text(const struct result *result, const char *full, size_t budget,
		       struct buf *out)
{
	struct text text;
	size_t frame;

	text_of(result, &text);
	text.full_output = full;
	frame = text.notes_len + TEXT_CUT_COST + (full ? 2 * strlen(full) : 0);
	if (budget != SIZE_MAX)
		budget = budget > frame ? budget - frame : 0;
	return text_write(&text, ENCODING_RAW, budget, out);
}

static bool write_result(const struct calling *calling, const struct result *result,
			 const char *full, struct buf *out)
{
	uint64_t tokens = calling->options->tokens;
	size_t budget = tokens ? tokens * BUDGET_BYTES_PER_TOKEN : SIZE_MAX;
	bool is_cut;

	buf_clear(out);
	if (calling->options->format == FORMAT_JSON)
		is_cut = write_json(calling, result, full, budget, out);
	else
		is_cut = write_text(result, full, budget, out);
	if (!full || out->len <= budget)
		return is_cut;
	diag_say("the full output is in %s", calling->spill.dir); /* too long a name */
	return write_result(calling, result, NULL, out);
}

/* What an answer leaves out goes to disk, and the answer says where. */
static void write_answer(struct calling *calling, const struct result *result, struct buf *out)
{
	const struct call *call = calling->plan->calls[0];
	char full[SPILL_BASE_MAX];
	struct error err;
	int r;

	if (!write_result(calling, result, NULL, out) || !spill_is_useful(result))
		return;
	r = spill_open(&calling->spill, run_id(calling->run), NULL, &err);
	if (r == 0)
		r = spill_write(&calling->spill, call, result, &err);
	spill_close(&calling->spill);
	if (r < 0) {
		diag_say("the full output is not kept: %s", err.text);
		return;
	}
	spill_base(&calling->spill, call, full);
	(void)write_result(calling, result, full, out); /* cut again */
}

static int status_of(const struct calling *calling, const struct result *result)
{
	if (calling->work.stop == RUN_STOP_INTERRUPT)
		return STATUS_INTERRUPTED;
	if (result->status == CALL_OK)
		return STATUS_OK; /* the deadline came too late to cut anything off */
	return calling->work.stop == RUN_STOP_DEADLINE ? STATUS_DEADLINE : STATUS_FAILED;
}

static int run_it(struct calling *calling, int *ret_status, struct error *err)
{
	const struct result *result;
	struct out out;
	int r = run_start(calling->work.engine, calling->plan, &calling->run, err);

	if (r < 0)
		return r;
	if (engine_listen(calling->work.engine, on_event, calling) < 0)
		return error_set(err, ERROR_LIMIT, ENOMEM, "out of memory");
	work_watch(&calling->work, calling->options->timeout_ms, on_stop, calling);
	r = engine_run_until(calling->work.engine, &calling->is_done, err);
	if (r < 0)
		return r;
	result = run_result(calling->run, 0);
	out_init(&out, STDOUT_FILENO);
	write_answer(calling, result, &out.buf);
	r = out_flush(&out, err);
	out_release(&out);
	*ret_status = status_of(calling, result);
	return r;
}

static int call_run(const struct options *options)
{
	struct calling calling = { .options = options };
	struct error err;
	int status = STATUS_USAGE;

	if (options->format == FORMAT_JSONL) {
		diag_say("'call' answers in md or json");
		return status;
	}
	if (make_plan(&calling, &err) < 0) {
		diag_error(&err);
	} else if (work_start(&calling.work, options, NULL, calling.plan, &err) < 0) {
		diag_error(&err);
		status = work_status(&err);
	} else if (run_it(&calling, &status, &err) < 0) {
		diag_error(&err);
		status = STATUS_BROKEN;
	}
	if (!calling.run || (run_is_done(calling.run) && run_free(calling.run)))
		plan_free(calling.plan);
	work_end(&calling.work);
	return status;
}

const struct command command_call = {
	.name = "call",
	.operands = "TOOL [key=value...]",
	.summary = "one call; key:=JSON and key=@file give other values than text",
	.min_operands = 1,
	.max_operands = OPTION_OPERANDS_MAX,
	.run = call_run,
};
