/* SPDX-License-Identifier: MIT */
#ifndef PLAN_WIRE_H
#define PLAN_WIRE_H

#include "plan/plan.h"
#include "plan/syntax.h"

/**
 * Batch lines in. Each line is one JSON object whose form is recognised by itself:
 *
 *	native            {"id":"1","tool":"Grep","input":{…}}
 *	tool_use block    {"type":"tool_use","id":"toolu_1","name":"Grep","input":{…}}
 *	its message       {"role":"assistant","content":[… tool_use blocks among others …]}
 *	tool call         {"id":"c1","type":"function","function":{"name":"Grep","arguments":"…"}}
 *	its message       {"role":"assistant","tool_calls":[…]}
 *
 * A message is answered by one message, so its calls stay together in one line.
 */
enum { WIRE_LINE_MAX = 16 << 20, WIRE_CALLS_MAX = 10000 };

enum wire_form {
	WIRE_NATIVE,
	WIRE_TOOL_USE,
	WIRE_TOOL_USE_MESSAGE,
	WIRE_TOOL_CALL,
	WIRE_TOOL_CALL_MESSAGE,
};

struct wire_call {
	const char *id;            /* a number is taken as its text; NULL = not given */
	const struct tool *tool;   /* NULL: see error */
	const char *tool_name;     /* as given; NULL = not given */
	const struct value *input; /* a map, or NULL for none */
	struct place place;
	struct error error; /* class not ERROR_NONE: this call cannot run, its siblings can */
};

struct wire_line {
	enum wire_form form;
	struct wire_call *calls;
	size_t n_calls; /* at least 1; 1 unless the form is a message */
};

/**
 * Reads one line, without its newline; text->line is its number. All of it lives in the arena; the
 * text may go after. Fails (with the place) for what is not JSON or has no known form; what is
 * wrong with one call only (an unknown tool, a missing name) is in that call's error.
 */
int wire_read(const struct syntax_text *text, const struct toolbox *toolbox, struct arena *arena,
	      struct wire_line *ret_line, struct problem *ret_problem);

/** For plan_add_call(): a call without error, in a phase. */
static inline struct plan_call wire_plan_call(const struct wire_call *call, uint32_t phase)
{
	return (struct plan_call){
		.id = call->id,
		.tool = call->tool,
		.input = call->input,
		.phase = phase,
		.place = call->place,
	};
}

/** The tool of this name; NULL, and why in err, if there is none. */
const struct tool *toolbox_find(const struct toolbox *toolbox, const char *name, struct error *err);

#endif
