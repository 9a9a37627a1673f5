/* SPDX-License-Identifier: MIT */
/* Answers out, each in the form that its line came in. */
#include "cli/budget.h"
#include "cli/text.h"
#include "cli/wave.h"
#include "cli/wire_out.h"

#include <errno.h>
#include <stdlib.h>

enum { NUMBERS_COST = 48 }; /* the digits that naming a cut may take more than measured */

/* A call that could not be planned has a result made of its error. */
static const struct result *result_of(const struct wave *wave, const struct slot *slot,
				      struct result *ret_made)
{
	if (slot->call != SLOT_NO_CALL)
		return run_result(wave->run, slot->call);
	*ret_made = (struct result){ .status = CALL_FAILED, .error = *slot->error };
	return ret_made;
}

static void write_slot(const struct wave *wave, const struct wave_line *line,
		       const struct slot *slot, size_t limit_bytes, struct json_write *json)
{
	const struct wire_limit limit = {
		.bytes = limit_bytes,
		.detail = slot->call == SLOT_NO_CALL ? NATIVE_SHORT : NATIVE_FULL,
	};
	const struct wire_name name = { .id = slot->id,
					.tool = slot->tool,
					.line = slot->id ? 0 : line->number };
	struct result made;
	const struct result *result = result_of(wave, slot, &made);

	switch (line->form) {
	case WIRE_NATIVE:
		wire_out_native(json, &name, result, &limit);
		return;
	case WIRE_TOOL_USE:
	case WIRE_TOOL_USE_MESSAGE:
		wire_out_tool_result(json, &name, result, limit_bytes);
		return;
	case WIRE_TOOL_CALL:
	case WIRE_TOOL_CALL_MESSAGE:
		wire_out_tool_message(json, &name, result, limit_bytes);
		return;
	}
}

/* shares: by slot of the line; NULL = everything. */
static void write_line(const struct wave *wave, const struct wave_line *line,
		       const uint64_t *shares, struct buf *out)
{
	struct json_write json = json_write_to(out);

	if (line->form == WIRE_TOOL_USE_MESSAGE) {
		json_begin_object(&json);
		json_key_str(&json, "role", "user");
		json_key(&json, "content");
	}
	if (line->form == WIRE_TOOL_USE_MESSAGE || line->form == WIRE_TOOL_CALL_MESSAGE)
		json_begin_array(&json);
	for (uint32_t i = 0; i < line->n; i++)
		write_slot(wave, line, &wave->slots.items[line->first + i],
			   shares ? shares[i] : SIZE_MAX, &json);
	if (line->form == WIRE_TOOL_USE_MESSAGE || line->form == WIRE_TOOL_CALL_MESSAGE)
		json_end_array(&json);
	if (line->form == WIRE_TOOL_USE_MESSAGE)
		json_end_object(&json);
	buf_add_char(out, '\n');
}

static uint64_t want_of(const struct wave *wave, const struct wave_line *line,
			const struct slot *slot, size_t enough)
{
	struct result made;
	const struct result *result = result_of(wave, slot, &made);
	struct slice body, err;

	if (line->form == WIRE_NATIVE)
		return wire_out_native_cost(result, enough);
	body = text_body(result);
	err = text_err(result);
	return slice_cost(&body, ENCODING_JSON, enough) + slice_cost(&err, ENCODING_JSON, enough);
}

static int write_within(const struct wave *wave, const struct wave_line *line, size_t limit,
			struct buf *out)
{
	size_t from = out->len, frame;
	uint64_t *wants = calloc(2 * (size_t)line->n + 1, sizeof(*wants));
	int r;

	if (!wants)
		return -ENOMEM;
	write_line(wave, line, wants, out); /* with shares of 0 */
	frame = out->len - from + (size_t)line->n * NUMBERS_COST;
	if (frame >= limit || buf_error(out)) {
		free(wants);
		return buf_error(out);
	}
	out->len = from;
	for (uint32_t i = 0; i < line->n; i++)
		wants[i] = want_of(wave, line, &wave->slots.items[line->first + i], limit);
	r = budget_share(wants, line->n, limit - frame, wants + line->n);
	if (r == 0)
		write_line(wave, line, wants + line->n, out);
	free(wants);
	return r == 0 ? buf_error(out) : r;
}

int wave_write_line(const struct wave *wave, const struct wave_line *line, size_t limit_bytes,
		    struct buf *out)
{
	if (limit_bytes != SIZE_MAX)
		return write_within(wave, line, limit_bytes, out);
	write_line(wave, line, NULL, out);
	return buf_error(out);
}

bool wave_line_is_ok(const struct wave *wave, const struct wave_line *line)
{
	for (uint32_t i = 0; i < line->n; i++) {
		const struct slot *slot = &wave->slots.items[line->first + i];

		if (slot->call == SLOT_NO_CALL ||
		    run_result(wave->run, slot->call)->status != CALL_OK)
			return false;
	}
	return true;
}
