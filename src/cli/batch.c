/* SPDX-License-Identifier: MIT */
/* The batch: memory is bounded by not reading on, never by dropping. */
#include "cli/batch.h"

#include "api/toolbox.h"
#include "cli/budget.h"
#include "cli/command.h"
#include "cli/diag.h"
#include "cli/progress.h"
#include "cli/prune.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	OPEN_MAX = 4096,       /* lines without an answer, fewer when answers are long: */
	OPEN_BYTES = 32 << 20, /* what their answers may come to */
	OPEN_FIRST = 256,      /* while nothing is known of answers */
	HELD_MAX = 48 << 20,   /* bytes of waves */
	BACKLOG_MAX = 1 << 20, /* bytes that the reader of our output lets wait */
};

/* How many lines may be open, going by the size of the latest answers. */
static size_t open_max(const struct batch *batch)
{
	size_t n = batch->answer_bytes ? OPEN_BYTES / batch->answer_bytes : OPEN_FIRST;

	if (n > OPEN_MAX)
		return OPEN_MAX;
	return n > 16 ? n : 16;
}

static void fail(struct batch *batch, int error)
{
	if (!batch->error)
		batch->error = error;
}

static bool run_equal(const struct map_node *node, const void *key)
{
	const struct wave *wave =
		(const struct wave *)((const char *)node - offsetof(struct wave, node));

	return wave->run == key;
}

static uint64_t run_hash(const struct run *run)
{
	return hash_uint(0, (uint64_t)(uintptr_t)run);
}

/* Writes one answer and lets go of what it was made of. */
static void write_line(struct batch *batch, struct wave *wave, struct wave_line *line)
{
	size_t limit =
		batch->options->tokens ? batch->options->tokens * BUDGET_BYTES_PER_TOKEN : SIZE_MAX;
	size_t before = batch->out.buf.len;
	int r;

	batch->is_failed = batch->is_failed || !wave_line_is_ok(wave, line);
	r = wave_write_line(wave, line, limit, &batch->spill, &batch->out.buf);
	if (r < 0)
		fail(batch, r);
	batch->answer_bytes = (7 * batch->answer_bytes + (batch->out.buf.len - before)) / 8;
	for (uint32_t i = line->first; i < line->first + line->n; i++) {
		const uint32_t call = wave->slots.items[i].call;
		const struct result *result =
			call == SLOT_NO_CALL ? NULL : run_result(wave->run, call);

		if (!result)
			continue;
		if (batch->options->keep_order && result->body)
			batch->held_bytes -= blob_len(result->body);
		run_drop_result(wave->run, call);
	}
	line->is_written = true;
	wave->n_unwritten--;
	batch->n_open--;
	if (batch->out.buf.len >= OUT_FLUSH_BYTES)
		out_push(&batch->out);
}

/* keep-order: what is ready at the front of the queue. */
static void write_ready(struct batch *batch)
{
	for (struct wave *wave = batch->first; wave; wave = wave->next) {
		while (wave->next_line < wave->lines.n &&
		       !wave->lines.items[wave->next_line].n_open)
			write_line(batch, wave, &wave->lines.items[wave->next_line++]);
		if (wave->next_line < wave->lines.n)
			return;
	}
}

static void on_finished(struct batch *batch, struct wave *wave, const struct event *event)
{
	struct slot *slot = &wave->slots.items[wave->slot_of_call.items[event->call->index]];
	struct wave_line *line = &wave->lines.items[slot->line];

	if (batch->options->keep_order && event->result->body)
		batch->held_bytes += blob_len(event->result->body);
	line->n_open--;
	if (!line->n_open && !batch->options->keep_order)
		write_line(batch, wave, line);
}

static void on_event(void *data, struct run *run, const struct event *event)
{
	struct batch *batch = data;
	struct map_node *node;
	struct wave *wave;

	if (event->type != EVENT_CALL_FINISHED && event->type != EVENT_RUN_FINISHED)
		return;
	node = map_find(&batch->by_run, run_hash(run), run_equal, run);
	if (!node)
		return; /* not one of ours */
	wave = container_of(node, struct wave, node);
	if (event->type == EVENT_RUN_FINISHED) {
		wave->is_finished = true;
		if (run_stop_reason(run) == RUN_STOP_SYSTEMIC && !batch->is_systemic) {
			batch->is_systemic = true;
			diag_say("no more lines are read: %s", run_stop_text(run));
		}
	} else {
		on_finished(batch, wave, event);
	}
}

/* A text may start with a byte order mark, which is no part of it. */
static void skip_mark(struct line *line)
{
	if (line->number == 1 && line->len >= 3 && memcmp(line->data, "\xef\xbb\xbf", 3) == 0) {
		line->data += 3;
		line->len -= 3;
	}
}

static struct wave *read_wave(struct batch *batch)
{
	struct wave *wave = NULL;

	while (batch->n_open < open_max(batch) && (!wave || wave->lines.n < WAVE_LINES_MAX)) {
		struct line line;
		struct error too_long;
		enum lines_found found = lines_next(&batch->lines, &line);
		int r;

		if (found == LINES_NONE)
			break;
		skip_mark(&line);
		if (strspn(line.data, " \t\r") >= line.len && found == LINES_LINE)
			continue; /* blank */
		if (!wave)
			wave = wave_new(engine_secrets(batch->work.engine));
		if (!wave) {
			fail(batch, -ENOMEM);
			return NULL;
		}
		if (found == LINES_LINE) {
			r = wave_add_line(wave, &line, batch->toolbox);
		} else {
			(void)error_set(&too_long, ERROR_LIMIT, EFBIG,
					"longer than %d MiB, skipped", WIRE_LINE_MAX >> 20);
			r = wave_add_bad_line(wave, line.number, &too_long);
		}
		if (r < 0) {
			fail(batch, r);
			wave_free(wave);
			return NULL;
		}
		batch->n_open++;
	}
	return wave;
}

static void queue(struct batch *batch, struct wave *wave)
{
	*batch->last = wave;
	batch->last = &wave->next;
	wave->bytes = wave_bytes(wave);
	batch->held_bytes += wave->bytes;
}

/* Lines without a call to run are answered at once. */
static void write_hopeless(struct batch *batch, struct wave *wave)
{
	for (size_t i = 0; i < wave->lines.n && !batch->options->keep_order; i++)
		if (!wave->lines.items[i].n_open)
			write_line(batch, wave, &wave->lines.items[i]);
}

static void start_wave(struct batch *batch, struct wave *wave)
{
	struct error err;

	work_apply_options(batch->options, wave->plan, 0);
	queue(batch, wave);
	if (!wave->plan->n_calls) {
		wave->is_finished = true;
	} else if (run_start(batch->work.engine, wave->plan, &wave->run, &err) < 0) {
		diag_error(&err);
		fail(batch, -EIO);
		return;
	} else {
		map_add(&batch->by_run, &wave->node, run_hash(wave->run));
		if (record_has_effects(wave->plan))
			record_calls(&batch->record, batch->options, wave->run, batch->work.root);
	}
	write_hopeless(batch, wave);
}

/* Whether there was anything to start. */
static bool start_waves(struct batch *batch)
{
	struct wave *wave;
	bool any = false;

	while (!batch->error && batch->work.stop == RUN_STOP_NONE && batch->held_bytes < HELD_MAX &&
	       (wave = read_wave(batch))) {
		start_wave(batch, wave);
		any = true;
	}
	return any;
}

/* Frees what is answered. Not from a listener: runs go with it. */
static void reap(struct batch *batch)
{
	struct wave **at = &batch->first;

	while (*at) {
		struct wave *wave = *at;

		if (!wave->is_finished || wave->n_unwritten) {
			at = &wave->next;
			continue;
		}
		*at = wave->next;
		batch->held_bytes -= wave->bytes;
		if (wave->run)
			map_remove(&batch->by_run, &wave->node);
		wave_free(wave);
	}
	batch->last = at;
}

static void end_early(void *data, enum run_stop why)
{
	struct batch *batch = data;

	reader_switch(&batch->reader, false);
	for (struct wave *wave = batch->first; wave; wave = wave->next)
		if (wave->run && !wave->is_finished)
			run_cancel(wave->run, why);
}

static bool is_over(const struct batch *batch)
{
	if (batch->error)
		return true;
	return (batch->reader.is_ended || batch->work.stop != RUN_STOP_NONE) && !batch->first;
}

static void on_flush(uv_timer_t *timer)
{
	(void)timer; /* the loop has turned, that is all: see before_waiting() */
}

/* At once when nothing else is under way; otherwise answers may gather for a moment, so that a
 * stream of small ones is not a system call each. */
static void push(struct batch *batch)
{
	uint64_t now = uv_now(engine_loop(batch->work.engine));

	if (!batch->out.buf.len)
		return;
	if (batch->n_open && batch->out.buf.len < OUT_FLUSH_BYTES && now == batch->pushed_ms) {
		if (!uv_is_active((uv_handle_t *)&batch->flush))
			(void)uv_timer_start(&batch->flush, on_flush, 1, 0); /* cannot fail */
		return;
	}
	batch->pushed_ms = now;
	out_push(&batch->out);
}

/* Before the loop waits: all that happened since is dealt with together. */
static void before_waiting(uv_prepare_t *prepare)
{
	struct batch *batch = prepare->data;

	do {
		if (batch->options->keep_order)
			write_ready(batch);
		reap(batch);
	} while (start_waves(batch)); /* what has ended makes room; bad lines end at once */
	push(batch);
	if (batch->out.error)
		fail(batch, batch->out.error);
	if (batch->is_systemic && batch->work.stop == RUN_STOP_NONE) {
		batch->work.stop = RUN_STOP_SYSTEMIC;
		end_early(batch, RUN_STOP_SYSTEMIC); /* so would all that comes */
	}
	if (batch->out.is_closed && batch->work.stop == RUN_STOP_NONE) {
		batch->work.stop = RUN_STOP_HALT;
		end_early(batch, RUN_STOP_HALT); /* nobody is there to answer to */
	}
	reader_switch(&batch->reader, batch->work.stop == RUN_STOP_NONE &&
					      batch->n_open < open_max(batch) &&
					      batch->held_bytes < HELD_MAX &&
					      out_backlog(&batch->out) < BACKLOG_MAX);
	if (is_over(batch) && !out_backlog(&batch->out)) {
		batch->is_done = true;
		uv_stop(engine_loop(batch->work.engine));
	}
}

static void on_read(void *data)
{
	(void)start_waves(data); /* more is tried before the loop waits */
}

static int start(struct batch *batch, struct error *err)
{
	uv_loop_t *loop = engine_loop(batch->work.engine);

	(void)uv_timer_init(loop, &batch->flush);     /* cannot fail */
	(void)uv_prepare_init(loop, &batch->prepare); /* nor this */
	batch->prepare.data = batch;
	(void)uv_prepare_start(&batch->prepare, before_waiting); /* nor this */
	batch->reader.lines = &batch->lines;
	batch->reader.on_read = on_read;
	batch->reader.data = batch;
	reader_start(&batch->reader, loop, STDIN_FILENO);
	work_watch(&batch->work, batch->options->timeout_ms, end_early, batch);
	batch->listener = engine_listen(batch->work.engine, on_event, batch);
	if (batch->listener < 0)
		return error_set(err, ERROR_LIMIT, ENOMEM, "out of memory");
	return out_start(&batch->out, loop, err);
}

/* The input has ended and all of its lines were taken up. */
static bool is_all_taken(const struct batch *batch)
{
	return batch->reader.is_ended && batch->lines.from == batch->lines.buf.len;
}

static int status_of(const struct batch *batch)
{
	if (batch->error || batch->reader.error) {
		diag_say("%s", strerror(-(batch->error ? batch->error : batch->reader.error)));
		return STATUS_BROKEN;
	}
	switch (batch->work.stop) {
	case RUN_STOP_INTERRUPT:
		return STATUS_INTERRUPTED;
	case RUN_STOP_DEADLINE:
		if (batch->is_failed || !is_all_taken(batch))
			return STATUS_DEADLINE;
		break; /* too late to cut anything off */
	case RUN_STOP_SYSTEMIC:
		return STATUS_STOPPED;
	case RUN_STOP_HALT:
	case RUN_STOP_NONE:
		break;
	}
	return batch->is_failed ? STATUS_FAILED : STATUS_OK;
}

static int turn(struct batch *batch)
{
	/* Not among lines that go to the same terminal. */
	bool is_shown = !batch->options->quiet && !isatty(STDIN_FILENO) && !isatty(STDOUT_FILENO);
	struct progress *progress = is_shown ? progress_new(batch->work.engine) : NULL;
	struct error err;
	int status = STATUS_BROKEN;

	if (engine_run_until(batch->work.engine, &batch->is_done, &err) < 0)
		diag_error(&err);
	else
		status = status_of(batch);
	progress_free(progress);
	if (batch->spill.is_failed)
		diag_say("full outputs are not all kept: %s", batch->spill.error.text);
	return status;
}

static void release(struct batch *batch)
{
	engine_unlisten(batch->work.engine, batch->listener);
	uv_close((uv_handle_t *)&batch->flush, NULL);
	uv_close((uv_handle_t *)&batch->prepare, NULL);
	reader_stop(&batch->reader);
	out_release(&batch->out);
	while (batch->reader.is_closing)
		(void)uv_run(engine_loop(batch->work.engine), UV_RUN_NOWAIT);
	for (struct wave *wave = batch->first, *next; wave; wave = next) {
		next = wave->next;
		if (wave->is_finished)
			wave_free(wave); /* others go with the process: they still run */
	}
	map_release(&batch->by_run);
	lines_release(&batch->lines);
}

int batch_run(struct batch *batch, const struct options *options)
{
	struct error err;
	int status = STATUS_BROKEN;

	*batch = (struct batch){ .options = options, .toolbox = toolbox_builtin() };
	batch->last = &batch->first;
	if (work_start(&batch->work, options, NULL, NULL, &err) < 0) {
		diag_error(&err);
		work_end(&batch->work);
		return work_status(&err);
	}
	lines_init(&batch->lines, WIRE_LINE_MAX);
	out_init(&batch->out, STDOUT_FILENO);
	if (start(batch, &err) < 0)
		diag_error(&err);
	else
		status = turn(batch);
	/* before the plans of its calls go */
	record_end(&batch->record, batch->work.engine,
		   status == STATUS_OK || status == STATUS_FAILED, status);
	release(batch);
	work_end(&batch->work);
	prune_state();
	return status;
}
