/* SPDX-License-Identifier: MIT */
/*
 * volley resume: goes on with a run that ended early. What is done stays done; what never ran,
 * or may run twice, runs; a command whose end nobody saw is decided by --indeterminate.
 */
#include "api/toolbox.h"
#include "base/hash128.h"
#include "base/str.h"
#include "base/vec.h"
#include "cli/body.h"
#include "cli/command.h"
#include "cli/diag.h"
#include "cli/file.h"
#include "cli/load.h"
#include "cli/run_dir.h"
#include "cli/running.h"
#include "cli/verify.h"
#include "engine/recorded.h"
#include "engine/resume.h"
#include "model/call_key.h"
#include "os/marked.h"
#include "plan/syntax.h"
#include "plan/wire.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { LEFTOVER_ROUNDS = 100, LEFTOVER_WAIT_US = 10000 };
enum { COMMAND_BYTES_MAX = 16 << 20 };

struct resuming {
	struct running running;
	const struct options *asked; /* of this command line */
	struct options options;      /* of the run's, with what is asked here */
	struct recorded *recorded;
	char dir[SPILL_PATH_MAX];
	char id[SPILL_NAME_MAX];
	struct arena arena; /* of the run's command line */
	struct record record;
	struct plan *plan;
	bool has_question;
	bool *is_verified;           /* of calls in doubt: they had their effect */
	enum resume_choice *choices; /* of calls in doubt */
	size_t n_leftovers;
	struct buf source; /* a workflow that was read again */
};

/* ---- the run's command line ---- */

static int read_command(struct resuming *self, struct error *err)
{
	const char *command = self->recorded->run.command;
	const struct syntax_text text = { .data = command ? command : "",
					  .len = command ? strlen(command) : 0 };
	struct problem problem;
	struct value words;
	char **argv;

	if (syntax_read_json(&text, &self->arena, &words, &problem) < 0 ||
	    words.type != VALUE_LIST || words.n_items == 0)
		return error_set(err, ERROR_INVALID, EUCLEAN,
				 "the journal of run %s is damaged: it has no command line",
				 self->id);
	argv = arena_alloc_array(&self->arena, words.n_items + 1, sizeof(*argv));
	if (!argv)
		return error_errno(err, ENOMEM, "the command line");
	for (size_t i = 0; i < words.n_items; i++) {
		argv[i] = arena_strdup(&self->arena,
				       words.items[i].type == VALUE_STR ? words.items[i].str : "");
		if (!argv[i])
			return error_errno(err, ENOMEM, "the command line");
	}
	return options_parse((int)words.n_items, argv, &self->options, err);
}

static void take_asked(struct resuming *self)
{
	const struct options *asked = self->asked;
	struct options *options = &self->options;

	if (options_is_given(asked, "--format"))
		options->format = asked->format;
	if (options_is_given(asked, "--tokens"))
		options->tokens = asked->tokens;
	if (options_is_given(asked, "--max-instances"))
		options->max_instances = asked->max_instances;
	options->quiet = options->quiet || asked->quiet;
	/* The time of the run is up: this one has its own. */
	options->timeout_ms = asked->timeout_ms;
}

/* ---- the plan ---- */

/* The journal has no secrets: a workflow with some has to be there as it was. */
static int read_source(struct resuming *self, struct workflow_text *ret_text, struct error *err)
{
	const struct journal_run *run = &self->recorded->run;
	const char *path = self->asked->n_operands > 1 ? self->asked->operands[1] : run->source;
	uint64_t hash[2];

	if (!path)
		return error_set(err, ERROR_MISSING, ENOENT,
				 "the workflow came from standard input and had secrets in it, "
				 "which are not kept: give its file after the run");
	if (file_read(path, &self->source, err) < 0)
		return -EIO;
	*ret_text = (struct workflow_text){
		.name = path,
		.data = self->source.data ? self->source.data : "",
		.len = self->source.len,
	};
	hash128(ret_text->data, ret_text->len, hash);
	if (memcmp(hash, run->spec_hash, sizeof(hash)) != 0)
		return error_set(err, ERROR_INVALID, ESTALE,
				 "'%s' is not the workflow of run %s any more", path, self->id);
	return 0;
}

static int plan_workflow(struct resuming *self, struct error *err)
{
	const struct journal_run *run = &self->recorded->run;
	struct workflow_text text = {
		.name = run->source ? run->source : "<stdin>",
		.data = run->spec,
		.len = run->spec_len,
	};
	int r = 0;

	if (run->spec_is_redacted || self->asked->n_operands > 1)
		r = read_source(self, &text, err);
	if (r == 0 && load_text(&self->options, &text, &self->plan) != STATUS_OK)
		r = error_set(err, ERROR_INVALID, EINVAL, "cannot resume run %s", self->id);
	if (r == 0 && self->asked->timeout_ms == 0)
		self->plan->budget.wall_ms = 0; /* it was for the run as a whole */
	return r;
}

/* A call waits for earlier ones, which were added before it. */
static bool read_edges(struct plan *plan, const struct value *value, struct plan_edges *edges)
{
	const struct value *needs = value_find(value, "needs"), *locks = value_find(value, "locks");
	uint32_t *numbers;
	const char **names;

	if (!needs || !locks || needs->type != VALUE_LIST || locks->type != VALUE_LIST)
		return false;
	numbers = arena_alloc_array(&plan->arena, needs->n_items + 1, sizeof(*numbers));
	names = arena_alloc_array(&plan->arena, locks->n_items + 1, sizeof(*names));
	if (!numbers || !names)
		return false;
	for (size_t i = 0; i < needs->n_items; i++) {
		if (needs->items[i].type != VALUE_INT || needs->items[i].integer < 0 ||
		    (size_t)needs->items[i].integer >= plan->n_calls - 1)
			return false;
		numbers[i] = (uint32_t)needs->items[i].integer;
	}
	for (size_t i = 0; i < locks->n_items; i++) {
		if (locks->items[i].type != VALUE_STR)
			return false;
		names[i] = locks->items[i].str;
	}
	*edges = (struct plan_edges){
		.needs = numbers,
		.n_needs = needs->n_items,
		.locks = names,
		.n_locks = locks->n_items,
	};
	return true;
}

static int plan_edges(struct resuming *self, const struct recorded_call *from, struct error *err)
{
	struct plan *plan = self->plan;
	const struct syntax_text text = { .data = from->edges, .len = strlen(from->edges) };
	struct problem problem;
	struct value value;

	if (syntax_read_json(&text, &plan->arena, &value, &problem) < 0 ||
	    value.type != VALUE_MAP || !read_edges(plan, &value, &plan->edges[plan->n_calls - 1]))
		return error_set(
			err, ERROR_INVALID, EUCLEAN,
			"the journal of run %s is damaged: what call '%s' waits for is lost",
			self->id, from->id);
	return 0;
}

static int plan_call(struct resuming *self, const struct recorded_call *from, uint32_t phase,
		     struct error *err)
{
	const struct syntax_text text = { .data = from->args, .len = strlen(from->args) };
	struct value *input = arena_alloc(&self->plan->arena, sizeof(*input));
	struct plan_call call = { .id = from->id, .input = input, .phase = phase };
	struct problem problem;
	int r;

	call.tool = toolbox_find(toolbox_builtin(), from->tool, err);
	if (!call.tool || !input)
		return -EINVAL;
	r = syntax_read_json(&text, &self->plan->arena, input, &problem);
	if (r == 0)
		r = plan_add_call(self->plan, &call, &problem);
	if (r < 0) {
		*err = problem.error;
		error_prefix(err, "call '%s'", from->id);
	}
	return r < 0 || !from->edges ? r : plan_edges(self, from, err);
}

/* Calls that came one by one. */
static int plan_calls(struct resuming *self, struct error *err)
{
	uint32_t phase;
	int r;

	self->plan = plan_new("batch");
	if (!self->plan)
		return error_errno(err, ENOMEM, "the plan");
	r = plan_add_phase(self->plan, "batch", &phase, err);
	for (size_t i = 0; r == 0 && i < self->recorded->n_calls; i++)
		r = plan_call(self, &self->recorded->calls[i], phase, err);
	return r;
}

/* What an earlier phase had decided stays so: what it would decide now may be something else. */
static int settle(struct resuming *self, const struct recorded_call *from, uint32_t i_call,
		  struct error *err)
{
	const struct syntax_text text = { .data = from->args, .len = strlen(from->args) };
	struct value *input = arena_alloc(&self->plan->arena, sizeof(*input));
	struct problem problem;
	int r;

	if (!input)
		return error_errno(err, ENOMEM, "the plan");
	r = syntax_read_json(&text, &self->plan->arena, input, &problem);
	if (r == 0)
		r = plan_settle_call(self->plan, i_call, input, &problem);
	if (r < 0) {
		*err = problem.error;
		error_prefix(err, "call '%s'", from->id);
	}
	return r;
}

static int check_plan(struct resuming *self, struct error *err)
{
	const struct recorded *recorded = self->recorded;
	int r = 0;

	if (self->plan->n_calls != recorded->n_calls)
		r = error_set(err, ERROR_INVALID, ESTALE,
			      "run %s had %zu calls; its workflow gives %zu now", self->id,
			      recorded->n_calls, self->plan->n_calls);
	for (size_t i = 0; r == 0 && i < recorded->n_calls; i++) {
		const struct recorded_call *call = &recorded->calls[i];
		uint64_t key[2];

		/* What it was is not known any more: see engine/resume.c, or it is decided anew. */
		if (call->is_redacted && (!recorded->run.spec || self->plan->calls[i]->late))
			continue;
		call_key(self->plan->calls[i], key);
		if (memcmp(key, call->key, sizeof(key)) != 0 && self->plan->calls[i]->late) {
			r = settle(self, call, (uint32_t)i, err);
			call_key(self->plan->calls[i], key);
		}
		if (r == 0 && memcmp(key, call->key, sizeof(key)) != 0)
			r = error_set(err, ERROR_INVALID, ESTALE,
				      "call '%s' of run %s is another one now", call->id, self->id);
	}
	return r;
}

/* ---- what is known ---- */

/* The body of a result that was too long for the journal: its full output, if it still is. */
static bool read_body(void *data, size_t i, struct result *result)
{
	const struct resuming *self = data;

	result->body = body_read(self->dir, self->plan->calls[i], &self->recorded->calls[i]);
	return result->body;
}

/* ---- in doubt ---- */

static enum resume_choice ask(const struct recorded_call *call)
{
	char line[64];

	for (;;) {
		(void)fprintf(stderr,
			      "volley: '%s' (%s %.200s) started, and its end is unknown. "
			      "[r]un it again, [s]kip it, [l]eave it open? ",
			      call->id, call->tool, call->args);
		if (!fgets(line, sizeof(line), stdin))
			return RESUME_LEAVE;
		if (!line[0] || (line[1] != '\n' && line[1]))
			continue;
		switch (line[0]) {
		case 'r':
			return RESUME_RERUN;
		case 's':
			return RESUME_SKIP;
		case 'l':
			return RESUME_LEAVE;
		default:
			break;
		}
	}
}

static enum resume_choice decide(const struct resuming *self, size_t i)
{
	const char *policy = self->asked->indeterminate;

	if (policy && str_equal(policy, "rerun"))
		return RESUME_RERUN;
	if (policy && str_equal(policy, "skip"))
		return RESUME_SKIP;
	if (policy && str_starts_with(policy, "verify="))
		return self->is_verified[i] ? RESUME_IS_DONE : RESUME_RERUN;
	return isatty(STDIN_FILENO) && isatty(STDERR_FILENO) ? ask(&self->recorded->calls[i])
							     : RESUME_LEAVE;
}

static enum resume_choice choose(void *data, size_t i_call)
{
	const struct resuming *self = data;

	return self->choices[i_call];
}

static int begin(struct running *running, struct error *err)
{
	struct resuming *self = container_of(running, struct resuming, running);
	const struct resume_policy policy = {
		.retries_failed = self->asked->retry_failed,
		.lacks_secrets = !self->recorded->run.spec,
		.choose = choose,
		.read_body = read_body,
		.advice = "--indeterminate says what to do: rerun, skip or verify=COMMAND",
		.data = self,
	};
	const struct record_conf conf = { .dir = self->dir, .about = { .id = self->id } };
	int r = run_take_over(running->run, &conf, err);

	if (r < 0)
		return r;
	r = resume_know(running->run, self->recorded, &policy);
	return r < 0 ? error_errno(err, -r, "cannot resume run %s", self->id) : 0;
}

/* ---- what the last process left running ---- */

static bool end_leftover(void *data, const struct marked *marked)
{
	struct resuming *self = data;

	if (str_equal(marked->value, self->id) && marked_kill(marked->pid, marked->value))
		self->n_leftovers++;
	return true;
}

/* It would meet what runs now. What cannot be ended is told: it is another user's, or stuck. */
static int end_leftovers(struct resuming *self, struct error *err)
{
	for (int i = 0; i < LEFTOVER_ROUNDS; i++) {
		self->n_leftovers = 0;
		if (marked_each(end_leftover, self) < 0 || !self->n_leftovers)
			return 0; /* without /proc nothing can be known of them */
		(void)usleep(LEFTOVER_WAIT_US);
	}
	return error_set(err, ERROR_TRANSIENT, EBUSY,
			 "%zu processes of run %s cannot be ended: see volley ps",
			 self->n_leftovers, self->id);
}

/* ---- all of it ---- */

static int prepare(struct resuming *self, struct error *err)
{
	int r = run_dir_find(self->asked->operands[0], self->dir, self->id, err);

	if (r == 0)
		r = run_lock_take(self->dir, &self->record.lock_fd, err);
	if (r < 0)
		return r;
	self->record.is_on = true;
	r = end_leftovers(self, err);
	if (r < 0)
		return r;
	r = recorded_load(self->dir, true, &self->recorded, err);
	if (r == 0)
		r = read_command(self, err);
	if (r < 0)
		return r;
	take_asked(self);
	r = self->recorded->run.spec ? plan_workflow(self, err) : plan_calls(self, err);
	if (r == 0)
		r = check_plan(self, err);
	self->is_verified = calloc(self->recorded->n_calls + 1, sizeof(bool));
	self->choices = calloc(self->recorded->n_calls + 1, sizeof(*self->choices));
	if (r == 0 && (!self->is_verified || !self->choices))
		r = error_errno(err, ENOMEM, "cannot resume run %s", self->id);
	return r;
}

static int verify(struct resuming *self, struct error *err)
{
	const char *policy = self->asked->indeterminate;

	if (!policy || !str_starts_with(policy, "verify="))
		return 0;
	return verify_calls(&self->options, self->recorded, policy + strlen("verify="),
			    self->is_verified, err);
}

/* Before anything runs, so that an interrupt at a question ends it all. */
static void decide_all(struct resuming *self)
{
	for (size_t i = 0; i < self->recorded->n_calls; i++) {
		if (recorded_state(&self->recorded->calls[i]) == RECORDED_IN_DOUBT)
			self->choices[i] = decide(self, i);
	}
}

/* The question is asked as it was, for its answer; its plan is the recorded one, as another look at
 * the disk may give another. */
static int take_question(struct resuming *self, struct error *err)
{
	const struct command *command = self->options.command;
	struct running *running = &self->running;
	int r;

	running->options = &self->options;
	running->root = self->recorded->run.root;
	running->begin = begin;
	if (!command->plan || !self->recorded->run.spec)
		return 0;
	self->has_question = true;
	r = command->plan(running, err);
	plan_free(running->plan);
	running->plan = NULL;
	running->text.data = NULL;
	return r;
}

/* Not what was asked for, but what volley works with. A run that is still going is no fault. */
static bool is_broken(const struct error *err)
{
	return err->class == ERROR_BUG || err->class == ERROR_LIMIT ||
	       (err->class == ERROR_TRANSIENT && err->code != EBUSY);
}

static int resume_run(const struct options *options)
{
	struct resuming self = { .asked = options, .record = { .dir_fd = -1, .lock_fd = -1 } };
	struct error err;
	int status = STATUS_BROKEN;

	arena_init(&self.arena, COMMAND_BYTES_MAX);
	buf_init(&self.source, WORKFLOW_BYTES_MAX);
	if (prepare(&self, &err) < 0 || take_question(&self, &err) < 0 || verify(&self, &err) < 0) {
		diag_error(&err);
		status = is_broken(&err) ? STATUS_BROKEN : STATUS_USAGE;
		plan_free(self.plan);
		if (self.record.is_on)
			(void)close(self.record.lock_fd); /* unlocks */
	} else {
		decide_all(&self);
		self.running.plan = self.plan;
		self.running.record = self.record;
		status = running_go(&self.running);
	}
	if (self.has_question)
		self.options.command->release(&self.running);
	free(self.is_verified);
	free(self.choices);
	recorded_free(self.recorded);
	options_release(&self.options);
	buf_release(&self.source);
	arena_release(&self.arena);
	return status;
}

const struct command command_resume = {
	.name = "resume",
	.operands = "RUN [FILE]",
	.summary = "go on with a run that ended early",
	.min_operands = 1,
	.max_operands = 2,
	.run = resume_run,
};
