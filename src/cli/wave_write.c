/* SPDX-License-Identifier: MIT */
/* Answers out, each in the form that its line came in. */
#include "cli/budget.h"
#include "cli/spill.h"
#include "cli/text.h"
#include "cli/wave.h"
#include "cli/wire_out.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A call that could not be planned has a result made of its error. */
static const struct result *result_of(const struct wave *wave, const struct slot *slot,
				      struct result *ret_made)
{
	if (slot->call != SLOT_NO_CALL)
		return run_result(wave->run, slot->call);
	*ret_made = (struct result){ .status = CALL_FAILED, .error = *slot->error };
	return ret_made;
}

/* How one line is written. */
struct sheet {
	const struct wave *wave;
	const struct wave_line *line;
	size_t limit_bytes;
	const struct spill *spill; /* NULL: full outputs are not named */
	uint64_t *shares;          /* by slot of the line; NULL = everything */
	bool *is_cut;              /* by slot of the line: a file should hold all of it */
	bool any_cut;
};

/* Whether something was cut that a file should hold. */
static bool write_slot(const struct sheet *sheet, const struct slot *slot, uint64_t share,
		       struct json_write *json)
{
	struct wire_limit limit = {
		.bytes = share,
		.detail = slot->call == SLOT_NO_CALL ? NATIVE_SHORT : NATIVE_FULL,
	};
	const struct wire_name name = { .id = slot->id,
					.tool = slot->tool,
					.line = slot->id ? 0 : sheet->line->number };
	struct result made;
	const struct result *result = result_of(sheet->wave, slot, &made);
	bool is_useful = slot->call != SLOT_NO_CALL && spill_is_useful(result);
	char full[SPILL_BASE_MAX];

	if (sheet->spill && is_useful) {
		spill_base(sheet->spill, sheet->wave->plan->calls[slot->call], full);
		limit.full_output = full;
	}
	switch (sheet->line->form) {
	case WIRE_NATIVE:
		return wire_out_native(json, &name, result, &limit) && is_useful;
	case WIRE_TOOL_USE:
	case WIRE_TOOL_USE_MESSAGE:
		return wire_out_tool_result(json, &name, result, &limit) && is_useful;
	case WIRE_TOOL_CALL:
	case WIRE_TOOL_CALL_MESSAGE:
		return wire_out_tool_message(json, &name, result, &limit) && is_useful;
	}
	return false;
}

static void write_line(struct sheet *sheet, struct buf *out)
{
	const struct wave_line *line = sheet->line;
	struct json_write json = json_write_to(out);

	if (line->form == WIRE_TOOL_USE_MESSAGE) {
		json_begin_object(&json);
		json_key_str(&json, "role", "user");
		json_key(&json, "content");
	}
	if (line->form == WIRE_TOOL_USE_MESSAGE || line->form == WIRE_TOOL_CALL_MESSAGE)
		json_begin_array(&json);
	sheet->any_cut = false;
	for (uint32_t i = 0; i < line->n; i++) {
		const struct slot *slot = &sheet->wave->slots.items[line->first + i];
		bool cut =
			write_slot(sheet, slot, sheet->shares ? sheet->shares[i] : SIZE_MAX, &json);

		sheet->any_cut = sheet->any_cut || cut;
		if (sheet->is_cut)
			sheet->is_cut[i] = cut;
	}
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

/* wants: room for a number of each slot. */
static int write_shared(struct sheet *sheet, uint64_t *wants, struct buf *out)
{
	const struct wave_line *line = sheet->line;
	size_t from = out->len, frame;
	int r;

	memset(sheet->shares, 0, line->n * sizeof(*sheet->shares));
	write_line(sheet, out);
	frame = out->len - from + (size_t)line->n * WIRE_OUT_NUMBERS_COST;
	if (frame >= sheet->limit_bytes || buf_error(out))
		return buf_error(out);
	out->len = from;
	for (uint32_t i = 0; i < line->n; i++)
		wants[i] = want_of(sheet->wave, line, &sheet->wave->slots.items[line->first + i],
				   sheet->limit_bytes);
	r = budget_share(wants, line->n, sheet->limit_bytes - frame, sheet->shares);
	if (r == 0)
		write_line(sheet, out);
	return r == 0 ? buf_error(out) : r;
}

/* Writes what was cut to disk, on the loop's thread: the results go with the line's answer. */
static bool keep(const struct sheet *sheet, struct spill *spill)
{
	const struct wave *wave = sheet->wave;
	struct error err;
	int r = spill_open(spill, run_id(wave->run), NULL, &err);

	for (uint32_t i = 0; i < sheet->line->n && r == 0; i++) {
		const uint32_t call = wave->slots.items[sheet->line->first + i].call;

		if (sheet->is_cut[i])
			r = spill_write(spill, wave->plan->calls[call], run_result(wave->run, call),
					&err);
	}
	spill_close(spill);
	if (r < 0)
		spill_note_failure(spill, &err);
	return r == 0;
}

/* Names are only measured and written once something is cut. Where they do not fit, or nothing
 * is there to name, the line is written without. */
static int write_within(struct sheet *sheet, uint64_t *wants, struct spill *spill, struct buf *out)
{
	size_t from = out->len;
	struct error err;
	int r = write_shared(sheet, wants, out);

	if (r < 0 || !sheet->any_cut)
		return r;
	if (spill_locate(spill, run_id(sheet->wave->run), &err) < 0) {
		spill_note_failure(spill, &err);
		return 0;
	}
	out->len = from;
	sheet->spill = spill;
	r = write_shared(sheet, wants, out);
	if (r < 0 || (keep(sheet, spill) && out->len - from <= sheet->limit_bytes))
		return r;
	out->len = from;
	sheet->spill = NULL;
	return write_shared(sheet, wants, out);
}

int wave_write_line(const struct wave *wave, const struct wave_line *line, size_t limit_bytes,
		    struct spill *spill, struct buf *out)
{
	struct sheet sheet = { .wave = wave, .line = line, .limit_bytes = limit_bytes };
	uint64_t *numbers;
	int r;

	if (limit_bytes == SIZE_MAX) {
		write_line(&sheet, out);
		return buf_error(out);
	}
	numbers = calloc(2 * (size_t)line->n + 1, sizeof(*numbers));
	sheet.is_cut = calloc((size_t)line->n + 1, sizeof(*sheet.is_cut));
	sheet.shares = numbers;
	r = numbers && sheet.is_cut ? write_within(&sheet, numbers + line->n, spill, out) : -ENOMEM;
	free(numbers);
	free(sheet.is_cut);
	return r;
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
