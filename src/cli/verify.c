/* SPDX-License-Identifier: MIT */
#include "cli/verify.h"

#include "api/toolbox.h"
#include "cli/work.h"
#include "plan/wire.h"

#include <errno.h>
#include <string.h>

struct verifying {
	struct run *run;
	bool is_done;
};

static struct value text_value(const char *text)
{
	return (struct value){
		.type = VALUE_STR, .quoted = true, .str = text, .len = strlen(text)
	};
}

static int add_call(struct plan *plan, const struct recorded_call *call, const char *command,
		    struct error *err)
{
	struct value_pair *env = arena_alloc_array(&plan->arena, 2, sizeof(*env));
	struct value_pair *pairs = arena_alloc_array(&plan->arena, 2, sizeof(*pairs));
	struct value *input = arena_alloc(&plan->arena, sizeof(*input));
	struct plan_call planned = { .id = call->id, .input = input };
	struct problem problem;

	planned.tool = toolbox_find(toolbox_builtin(), "Bash", err);
	if (!planned.tool || !env || !pairs || !input)
		return -ENOMEM;
	env[0] = (struct value_pair){ .key = "VOLLEY_CALL", .value = text_value(call->id) };
	env[1] = (struct value_pair){ .key = "VOLLEY_INPUT", .value = text_value(call->args) };
	pairs[0] = (struct value_pair){ .key = "command", .value = text_value(command) };
	pairs[1].key = "env";
	pairs[1].value.type = VALUE_MAP;
	pairs[1].value.pairs = env;
	pairs[1].value.n_pairs = 2;
	input->type = VALUE_MAP;
	input->pairs = pairs;
	input->n_pairs = 2;
	if (plan_add_call(plan, &planned, &problem) < 0) {
		*err = problem.error;
		return -EINVAL;
	}
	return 0;
}

static void on_event(void *data, struct run *run, const struct event *event)
{
	struct verifying *self = data;

	if (run == self->run && event->type == EVENT_RUN_FINISHED)
		self->is_done = true;
}

static int run_plan_of(struct work *work, struct plan *plan, struct verifying *self,
		       struct error *err)
{
	int r = run_start(work->engine, plan, &self->run, err);

	if (r == 0 && engine_listen(work->engine, on_event, self) < 0)
		r = error_errno(err, ENOMEM, "cannot verify");
	return r < 0 ? r : engine_run_until(work->engine, &self->is_done, err);
}

int verify_calls(const struct options *options, const struct recorded *recorded,
		 const char *command, bool *ret_verified, struct error *err)
{
	struct plan *plan = plan_new("verify");
	struct verifying self = { 0 };
	struct work work = { 0 };
	uint32_t phase;
	size_t at = 0;
	int r = plan ? plan_add_phase(plan, "verify", &phase, err) : -ENOMEM;

	for (size_t i = 0; r == 0 && i < recorded->n_calls; i++) {
		if (recorded_state(&recorded->calls[i]) == RECORDED_IN_DOUBT)
			r = add_call(plan, &recorded->calls[i], command, err);
	}
	if (r == 0)
		r = work_start(&work, options, recorded->run.root, NULL, err);
	if (r == 0)
		r = run_plan_of(&work, plan, &self, err);
	for (size_t i = 0; r == 0 && i < recorded->n_calls; i++) {
		if (recorded_state(&recorded->calls[i]) == RECORDED_IN_DOUBT)
			ret_verified[i] = run_result(self.run, at++)->status == CALL_OK;
	}
	if (self.run && run_is_done(self.run))
		(void)run_free(self.run);
	if (work.engine)
		work_end(&work);
	plan_free(plan);
	return r;
}
