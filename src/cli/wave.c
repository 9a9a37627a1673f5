/* SPDX-License-Identifier: MIT */
/* Lines in, calls planned. */
#include "cli/wave.h"

#include "base/str.h"
#include "model/redact.h"
#include "model/tool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct wave *wave_new(const struct secrets *secrets)
{
	struct wave *wave = calloc(1, sizeof(*wave));

	if (!wave)
		return NULL;
	wave->secrets = secrets;
	wave->plan = plan_new("batch");
	if (!wave->plan || plan_add_phase(wave->plan, "batch", &wave->phase, NULL) < 0) {
		wave_free(wave);
		return NULL;
	}
	return wave;
}

void wave_free(struct wave *wave)
{
	if (!wave)
		return;
	if (run_free(wave->run))
		plan_free(wave->plan);
	vec_release(&wave->lines);
	vec_release(&wave->slots);
	vec_release(&wave->slot_of_call);
	free(wave);
}

static const struct error *keep_error(struct wave *wave, const struct error *error)
{
	struct error redacted = *error;

	redact_error(wave->secrets, &redacted);
	return (const struct error *)arena_memdup0(&wave->plan->arena, &redacted, sizeof(redacted));
}

static bool has_secret(const struct wave *wave, const char *name)
{
	CLEANUP(buf) struct buf out = { .max = SIZE_MAX / 2 };

	return redact_text(wave->secrets, name, strlen(name), &out) != 0;
}

static int add_bad_slot(struct wave *wave, const struct wire_call *call, const struct error *error)
{
	struct slot slot = { .line = (uint32_t)wave->lines.n, .call = SLOT_NO_CALL };

	slot.id = call->id;
	if (call->tool)
		slot.tool = call->tool->name;
	else if (call->tool_name && strlen(call->tool_name) <= PLAN_ID_MAX &&
		 !has_secret(wave, call->tool_name))
		slot.tool = call->tool_name; /* the error has the beginning of a longer one */
	slot.error = keep_error(wave, error);
	return slot.error && vec_push(&wave->slots, slot) ? 0 : -ENOMEM;
}

int wave_add_bad_line(struct wave *wave, unsigned number, const struct error *error)
{
	const struct wire_call none = { 0 };
	struct wave_line line = {
		.number = number,
		.form = WIRE_NATIVE,
		.first = (uint32_t)wave->slots.n,
		.n = 1,
	};
	struct error placed = *error;

	error_prefix(&placed, "line %u", number);
	if (add_bad_slot(wave, &none, &placed) < 0 || !vec_push(&wave->lines, line))
		return -ENOMEM;
	wave->n_unwritten++;
	return 0;
}

static bool is_earlier(const struct wire_line *line, size_t i_call, const struct value *id)
{
	for (size_t i = 0; i < i_call; i++)
		if (id->type == VALUE_STR && line->calls[i].id &&
		    str_equal(line->calls[i].id, id->str))
			return true;
	return false;
}

/* What lines share a wave is a matter of timing: calls may only wait for those of their line. */
static int check_needs(const struct wire_line *line, size_t i_call, struct error *err)
{
	const struct wire_call *call = &line->calls[i_call];
	const struct value *needs =
		call->input && !call->tool->fuser ? value_find(call->input, "needs") : NULL;
	size_t n = needs && needs->type == VALUE_LIST ? needs->n_items : 0;

	if (needs && needs->type != VALUE_LIST && !is_earlier(line, i_call, needs))
		return error_set(err, ERROR_INVALID, EINVAL,
				 "'needs' must name earlier calls of the same message");
	for (size_t i = 0; i < n; i++)
		if (!is_earlier(line, i_call, &needs->items[i]))
			return error_set(err, ERROR_INVALID, EINVAL,
					 "'needs' must name earlier calls of the same message");
	return 0;
}

static int add_call(struct wave *wave, const struct wire_line *line, size_t i_call, unsigned number)
{
	const struct wire_call *call = &line->calls[i_call];
	struct plan_call planned = wire_plan_call(call, wave->phase);
	struct slot slot = { .line = (uint32_t)wave->lines.n };
	struct problem problem = { 0 };

	if (call->error.class != ERROR_NONE)
		return add_bad_slot(wave, call, &call->error);
	if (check_needs(line, i_call, &problem.error) < 0)
		return add_bad_slot(wave, call, &problem.error);
	if (!planned.id)
		planned.id = arena_printf(&wave->plan->arena, "line.%u", number);
	if (!planned.id)
		return -ENOMEM;
	if (plan_add_call(wave->plan, &planned, &problem) < 0)
		return add_bad_slot(wave, call, &problem.error);
	slot.id = planned.id;
	slot.tool = call->tool->name;
	slot.call = (uint32_t)wave->plan->n_calls - 1;
	if (!vec_push(&wave->slot_of_call, (uint32_t)wave->slots.n) ||
	    !vec_push(&wave->slots, slot))
		return -ENOMEM;
	return 0;
}

int wave_add_line(struct wave *wave, const struct line *line, const struct toolbox *toolbox)
{
	const struct syntax_text text = { line->data, line->len, line->number };
	struct wave_line added = { .number = line->number, .first = (uint32_t)wave->slots.n };
	struct wire_line wire = { 0 };
	struct problem problem = { 0 };

	if (wire_read(&text, toolbox, &wave->plan->arena, &wire, &problem) < 0) {
		if (problem.place.column)
			error_prefix(&problem.error, "character %u", problem.place.column);
		return wave_add_bad_line(wave, line->number, &problem.error);
	}
	for (size_t i = 0; i < wire.n_calls; i++)
		if (add_call(wave, &wire, i, line->number) < 0)
			return -ENOMEM;
	added.form = wire.form;
	added.n = (uint32_t)wave->slots.n - added.first;
	for (size_t i = added.first; i < wave->slots.n; i++)
		added.n_open += wave->slots.items[i].call != SLOT_NO_CALL;
	if (!vec_push(&wave->lines, added))
		return -ENOMEM;
	wave->n_unwritten++;
	return 0;
}

size_t wave_bytes(const struct wave *wave)
{
	return sizeof(*wave) + wave->plan->arena.total + wave->slots.cap * sizeof(struct slot) +
	       wave->lines.cap * sizeof(struct wave_line) +
	       wave->plan->cap_calls * (sizeof(struct call *) + sizeof(struct plan_edges));
}
