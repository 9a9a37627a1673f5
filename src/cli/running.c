/* SPDX-License-Identifier: MIT */
#include "cli/running.h"

#include "base/str.h"
#include "cli/budget.h"
#include "cli/command.h"
#include "cli/diag.h"
#include "cli/progress.h"
#include "cli/prune.h"
#include "cli/report.h"
#include "graph/synthesis.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum { SYNTHESIS_BYTES_MAX = 64 << 20 };

/* After a phase: how the graph has grown, and which files rank best by now. */
static void tell_graph(struct running *running, const struct event *event)
{
	enum { TOP_MAX = 10 };
	const struct graph *graph = coordinator_graph(running->coordinator);
	struct json_write json = json_write_to(&running->out.buf);
	struct ranking ranking;

	if (coordinator_rank(running->coordinator, &ranking) < 0)
		return; /* the end will say that memory was short */
	json_begin_object(&json);
	json_key_str(&json, "event", "graph.updated");
	json_key(&json, "t_ms");
	json_fixed(&json, (double)event->t_ns / 1e6, 1);
	json_key_str(&json, "run", event->run);
	json_key_str(&json, "phase", event->phase);
	json_key_uint(&json, "nodes", graph->nodes.n);
	json_key_uint(&json, "edges", graph->edges.n);
	json_key_uint(&json, "clashes", graph->n_clashes);
	json_key(&json, "top");
	json_begin_array(&json);
	for (size_t i = 0; i < ranking.n && i < TOP_MAX && ranking.items[i].score > 0; i++)
		json_str(&json, graph_name(graph, ranking.items[i].node));
	json_end_array(&json);
	json_end_object(&json);
	buf_add_char(&running->out.buf, '\n');
	out_push(&running->out);
	ranking_release(&ranking);
}

static void on_event(void *data, struct run *run, const struct event *event)
{
	struct running *running = data;

	if (running->options->format == FORMAT_JSONL)
		jsonl_event(&running->jsonl, run, event); /* first: somebody waits for it */
	if (running->options->format == FORMAT_JSONL && running->coordinator &&
	    event->type == EVENT_PHASE_FINISHED)
		tell_graph(running, event);
	if (event->type == EVENT_CALL_FINISHED && running->spill.dir_fd >= 0)
		spill_keep(&running->spill, event->call, event->result);
	if (event->type == EVENT_RUN_FINISHED) {
		running->is_done = true;
		running->exit_status = event->exit_status;
	}
}

static void on_stop(void *data, enum run_stop why)
{
	struct running *running = data;

	run_cancel(running->run, why);
}

const char *running_stop_text(const struct running *running)
{
	switch (run_stop_reason(running->run)) {
	case RUN_STOP_DEADLINE:
		return "deadline reached";
	case RUN_STOP_INTERRUPT:
		return "interrupted";
	case RUN_STOP_HALT:
		return "halted";
	case RUN_STOP_SYSTEMIC:
		return run_stop_text(running->run);
	case RUN_STOP_NONE:
		break;
	}
	return NULL;
}

void running_count_once(const struct running *running, struct run_totals *totals)
{
	struct receipt *all = &totals->receipt;

	all->files_walked = all->files_searched = all->bytes_searched = 0;
	all->skipped = (struct receipt_skips){ 0 };
	all->why = 0;
	for (size_t i = 0; i < running->plan->n_calls; i++) {
		const struct result *result = run_result(running->run, i);
		const struct receipt *one;

		if (!result)
			continue;
		one = &result->receipt;
		if (one->files_searched > all->files_searched || !all->files_walked) {
			all->files_walked = one->files_walked;
			all->files_searched = one->files_searched;
			all->bytes_searched = one->bytes_searched;
			all->skipped = one->skipped;
		}
		all->why |= one->why;
		if (result->payload == PAYLOAD_BASH && result->bash.raw_output_path)
			all->why &= ~(unsigned)WHY_OUTPUT_CUT;
	}
}

static size_t budget_bytes(const struct running *running)
{
	uint64_t tokens = running->plan->budget.tokens;

	if (!tokens && running->options->format == FORMAT_JSONL && !running->answer)
		return SIZE_MAX; /* a stream of events is not an answer to be read at once */
	return (tokens ? tokens : OPTION_TOKENS_DEFAULT) * BUDGET_BYTES_PER_TOKEN;
}

/* What all results come to, in at most max bytes. */
static int synthesise(struct running *running, size_t max, struct buf *out)
{
	struct synthesis synthesis = { .graph = coordinator_graph(running->coordinator),
				       .files_max = 24,
				       .claims_max = 24 };
	struct ranking ranking;
	struct claims clashes = { 0 };
	int r = coordinator_error(running->coordinator);

	if (r < 0)
		return r;
	r = coordinator_rank(running->coordinator, &ranking);
	if (r == 0)
		r = coordinator_check(running->coordinator, &clashes);
	synthesis.ranking = &ranking;
	synthesis.clashes = &clashes;
	for (; r == 0; synthesis.files_max /= 2, synthesis.claims_max /= 2) {
		struct json_write json = json_write_to(out);

		buf_clear(out);
		if (running->options->format == FORMAT_JSON)
			synthesis_write_json(&synthesis, &json);
		else
			synthesis_write_md(&synthesis, out);
		if (out->len <= max || !synthesis.files_max)
			break;
	}
	ranking_release(&ranking);
	claims_release(&clashes);
	return r < 0 ? r : buf_error(out);
}

static int answer(struct running *running, int status, const struct run_totals *totals,
		  struct error *err)
{
	struct report report = {
		.plan = running->plan,
		.run_id = run_id(running->run),
		.totals = totals,
		.secrets = run_secrets(running->run),
		.exit_status = status,
		.stop_text = run_stop_text(running->run),
		.full_dir = running->spill.dir_fd >= 0 ? running->spill.dir : NULL,
		.budget_bytes = budget_bytes(running),
	};
	const struct result **results;
	struct buf text;
	int r = 0;

	if (running->options->format == FORMAT_JSONL)
		return out_flush(&running->out, err);
	buf_init(&text, SYNTHESIS_BYTES_MAX);
	if (running->plan->has_synthesis) {
		r = synthesise(running, report.budget_bytes / 3, &text);
		report.synthesis = &text;
	}
	results = r < 0 ? NULL : calloc(running->plan->n_calls + 1, sizeof(*results));
	for (size_t i = 0; results && i < running->plan->n_calls; i++)
		results[i] = run_result(running->run, i);
	report.results = results;
	if (!results)
		r = -ENOMEM;
	else if (running->options->format == FORMAT_JSON)
		r = report_json(&report, &running->out.buf);
	else
		r = report_md(&report, &running->out.buf);
	free(results);
	buf_release(&text);
	if (r < 0)
		return error_set(err, ERROR_LIMIT, ENOMEM, "no memory for the answer");
	return out_flush(&running->out, err);
}

static bool needs_graph(const struct plan *plan)
{
	for (size_t i = 0; i < plan->n_calls; i++) {
		if (plan->calls[i]->late)
			return true;
	}
	return plan->has_synthesis;
}

static int attach_graph(struct running *running, struct error *err)
{
	struct coordinator_conf conf = { running->plan, running->work.root, running->question,
					 running->choose };

	if (!running->question && !needs_graph(running->plan))
		return 0;
	running->coordinator = coordinator_new(&conf);
	if (!running->coordinator ||
	    coordinator_attach(running->coordinator, running->work.engine, running->run) < 0)
		return error_set(err, ERROR_LIMIT, ENOMEM, "out of memory");
	return 0;
}

static int run_it(struct running *running, struct error *err)
{
	struct progress *progress = NULL;
	struct error spill_err;
	int r;

	r = run_start(running->work.engine, running->plan, &running->run, err);
	if (r < 0)
		return r;
	if (running->text.data) /* a run that cannot be recorded runs all the same, and says so */
		record_workflow(&running->record, running->options, running->run,
				running->work.root, &running->text);
	if (running->begin)
		r = running->begin(running, err);
	if (r == 0)
		r = attach_graph(running, err);
	if (r < 0)
		return r;
	if (spill_open(&running->spill, run_id(running->run), engine_loop(running->work.engine),
		       &spill_err) < 0)
		diag_say("full outputs are not kept: %s", spill_err.text);
	work_watch(&running->work, running->plan->budget.wall_ms, on_stop, running);
	if (running->options->format == FORMAT_JSONL)
		r = out_start(&running->out, engine_loop(running->work.engine), err);
	if (r == 0 && engine_listen(running->work.engine, on_event, running) < 0)
		r = error_set(err, ERROR_LIMIT, ENOMEM, "out of memory");
	if (r < 0)
		return r;
	if (!running->options->quiet &&
	    !(running->options->format == FORMAT_JSONL && isatty(STDOUT_FILENO)))
		progress = progress_new(running->work.engine);
	r = engine_run_until(running->work.engine, &running->is_done, err);
	progress_free(progress);
	while (running->spill.n_pending)
		(void)uv_run(engine_loop(running->work.engine), UV_RUN_ONCE); /* they all end */
	if (running->spill.is_failed)
		diag_say("full outputs are not all kept: %s", running->spill.error.text);
	return r;
}

/* Late calls that were not needed are no failures. */
static void forgive_unneeded(struct running *running, const struct run_totals *totals)
{
	uint64_t n_bad = 0,
		 n_unneeded = running->coordinator ? coordinator_unneeded(running->coordinator) : 0;

	for (unsigned i = 0; i < CALL_STATUS_COUNT; i++)
		n_bad += i == CALL_OK ? 0 : totals->by_status[i];
	if (running->exit_status == STATUS_FAILED && n_unneeded && n_bad == n_unneeded)
		running->exit_status = STATUS_OK;
}

static int start(struct running *running)
{
	struct run_totals totals;
	struct error err;

	if (work_start(&running->work, running->options, running->root, running->plan, &err) < 0) {
		diag_error(&err);
		return work_status(&err);
	}
	if (run_it(running, &err) < 0) {
		diag_error(&err);
		return STATUS_BROKEN;
	}
	run_totals(running->run, &totals);
	forgive_unneeded(running, &totals);
	if ((running->answer ? running->answer : answer)(running, running->exit_status, &totals,
							 &err) < 0) {
		diag_error(&err);
		return STATUS_BROKEN;
	}
	return running->exit_status;
}

/* Whether nothing is left to go on with. */
static bool is_ended(const struct running *running)
{
	struct run_totals totals;

	if (!running->run || !run_is_done(running->run) ||
	    run_stop_reason(running->run) != RUN_STOP_NONE)
		return false;
	run_totals(running->run, &totals);
	return totals.by_status[CALL_INDETERMINATE] == 0;
}

int running_go(struct running *running)
{
	bool plan_is_free = true;
	int status;

	running->spill.dir_fd = -1;
	running->exit_status = STATUS_BROKEN;
	out_init(&running->out, STDOUT_FILENO);
	running->jsonl =
		(struct jsonl){ .out = &running->out, .budget_bytes = budget_bytes(running) };
	status = start(running);
	out_release(&running->out);
	record_end(&running->record, running->work.engine, is_ended(running), running->exit_status);
	spill_close(&running->spill);
	prune_state();
	if (running->run && run_is_done(running->run))
		plan_is_free = run_free(running->run);
	work_end(&running->work);
	coordinator_free(running->coordinator);
	if (plan_is_free)
		plan_free(running->plan);
	return status;
}

int running_built(const struct options *options)
{
	const struct command *command = options->command;
	struct running running = { .options = options };
	struct error err;
	int status;

	if (command->plan(&running, &err) < 0) {
		diag_error(&err);
		status = err.class == ERROR_LIMIT ? STATUS_BROKEN : STATUS_USAGE;
	} else {
		running.plan->budget.wall_ms = options->timeout_ms;
		work_apply_options(options, running.plan, 0);
		status = running_go(&running);
	}
	command->release(&running);
	return status;
}

int running_print(struct running *running, int r, const struct buf *text, struct error *err)
{
	if (r < 0)
		return error_set(err, ERROR_LIMIT, ENOMEM, "no memory for the answer");
	buf_add(&running->out.buf, text->data, text->len);
	return out_flush(&running->out, err);
}
