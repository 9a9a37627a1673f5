/* SPDX-License-Identifier: MIT */
/* Batch lines, in whichever form the client's model speaks. */
#include "plan/wire.h"

#include "base/str.h"

#include <errno.h>
#include <inttypes.h>

enum { TOOLS_MAX = 64 };

const struct tool *toolbox_find(const struct toolbox *toolbox, const char *name, struct error *err)
{
	const struct tool *tool = tool_find(toolbox->tools, toolbox->n, name);
	const char *names[TOOLS_MAX];
	const char *nearest;
	size_t n = 0;

	if (tool)
		return tool;
	for (; n < toolbox->n && n < TOOLS_MAX; n++)
		names[n] = toolbox->tools[n]->name;
	nearest = str_nearest(name, names, n);
	(void)error_set(err, ERROR_INVALID, ENOENT, "unknown tool '%.80s'%s%s%s", name,
			nearest ? "; did you mean '" : "", nearest ? nearest : "",
			nearest ? "'?" : "");
	return NULL;
}

struct wire_reader {
	const struct toolbox *toolbox;
	struct arena *arena;
	struct problem *problem;
	unsigned line;
};

static int no_memory(struct wire_reader *wire, struct place place)
{
	return problem_set(wire->problem, place, ERROR_LIMIT, "no memory for this line");
}

static bool is_text(const struct value *value, const char *text)
{
	return value && value->type == VALUE_STR && str_equal(value->str, text);
}

/* What is wrong with a call is noted once, the first of it. */
static void fault(struct wire_call *call, struct place place, const char *text)
{
	if (call->error.class != ERROR_NONE)
		return;
	call->place = place;
	(void)error_set(&call->error, ERROR_INVALID, EINVAL, "%s", text);
}

static void read_id(struct wire_reader *wire, const struct value *object, bool is_required,
		    struct wire_call *call)
{
	const struct value *id = value_find(object, "id");

	if (!id || id->type == VALUE_NULL) {
		if (is_required)
			fault(call, object->place, "the call has no 'id'");
	} else if (id->type == VALUE_INT) {
		call->id = arena_printf(wire->arena, "%" PRId64, id->integer);
	} else if (id->type == VALUE_STR && id->len && id->len <= PLAN_ID_MAX &&
		   strlen(id->str) == id->len) {
		call->id = id->str;
	} else {
		fault(call, id->place, "'id' must be a string of 1 to 256 bytes");
	}
}

static void read_tool(struct wire_reader *wire, const struct value *object, const char *key,
		      struct wire_call *call)
{
	const struct value *name = value_find(object, key);
	struct error err;

	if (!name || name->type != VALUE_STR) {
		(void)error_set(&err, ERROR_INVALID, EINVAL,
				name ? "'%s' must be a string" : "the call has no '%s'", key);
		fault(call, name ? name->place : object->place, err.text);
		return;
	}
	call->tool_name = name->str;
	call->tool = toolbox_find(wire->toolbox, name->str, &err);
	if (!call->tool && call->error.class == ERROR_NONE) {
		call->place = name->place;
		call->error = err;
	}
}

static void read_input(const struct value *input, struct wire_call *call)
{
	if (!input || input->type == VALUE_NULL)
		return;
	if (input->type == VALUE_MAP)
		call->input = input;
	else
		fault(call, input->place, "'input' must be an object");
}

/* Arguments are an object as text in a string; some servers send the object itself. */
static int read_arguments(struct wire_reader *wire, const struct value *given,
			  struct wire_call *call)
{
	struct problem problem = { 0 };
	struct syntax_text text;
	struct value *input;

	if (!given || given->type != VALUE_STR) {
		read_input(given, call);
		return 0;
	}
	if (!given->len)
		return 0;
	input = arena_alloc(wire->arena, sizeof(*input));
	if (!input)
		return no_memory(wire, given->place);
	text = (struct syntax_text){ .data = given->str, .len = given->len, .line = wire->line };
	if (syntax_read_json(&text, wire->arena, input, &problem) == 0) {
		read_input(input, call);
		return 0;
	}
	error_prefix(&problem.error, "'arguments', character %u", problem.place.column);
	fault(call, given->place, problem.error.text);
	return 0;
}

static int read_native(struct wire_reader *wire, const struct value *object,
		       struct wire_call *ret_call)
{
	static const char *const known[] = { "id", "tool", "input" };

	for (size_t i = 0; i < object->n_pairs; i++) {
		const char *key = object->pairs[i].key;
		struct error err;

		if (str_equal(key, known[0]) || str_equal(key, known[1]) ||
		    str_equal(key, known[2]))
			continue;
		(void)error_set(&err, ERROR_INVALID, EINVAL,
				"unknown key '%.80s'; known are id, tool, input", key);
		fault(ret_call, object->pairs[i].key_place, err.text);
	}
	read_id(wire, object, false, ret_call);
	read_tool(wire, object, "tool", ret_call);
	read_input(value_find(object, "input"), ret_call);
	return 0;
}

static int read_tool_use(struct wire_reader *wire, const struct value *object,
			 struct wire_call *ret_call)
{
	read_id(wire, object, true, ret_call);
	read_tool(wire, object, "name", ret_call);
	read_input(value_find(object, "input"), ret_call);
	return 0;
}

static int read_tool_call(struct wire_reader *wire, const struct value *object,
			  struct wire_call *ret_call)
{
	const struct value *type = value_find(object, "type");
	const struct value *function = value_find(object, "function");

	read_id(wire, object, true, ret_call);
	if (type && !is_text(type, "function"))
		fault(ret_call, type->place, "'type' of a tool call must be 'function'");
	if (!function || function->type != VALUE_MAP) {
		fault(ret_call, object->place, "the tool call has no 'function'");
		return 0;
	}
	read_tool(wire, function, "name", ret_call);
	return read_arguments(wire, value_find(function, "arguments"), ret_call);
}

typedef int read_call_fn(struct wire_reader *wire, const struct value *object,
			 struct wire_call *ret_call);

/* The calls among the items of a message; `type`: which items are, NULL = all of them. */
static int read_items(struct wire_reader *wire, const struct value *items, const char *type,
		      read_call_fn *read_call, struct wire_line *line)
{
	line->calls = arena_alloc_array(wire->arena, items->n_items, sizeof(*line->calls));
	if (!line->calls)
		return no_memory(wire, items->place);
	for (size_t i = 0; i < items->n_items; i++) {
		const struct value *item = &items->items[i];
		struct wire_call *call = &line->calls[line->n_calls];
		int r;

		if (type && !is_text(value_find(item, "type"), type))
			continue;
		if (line->n_calls++ == WIRE_CALLS_MAX)
			return problem_set(wire->problem, item->place, ERROR_LIMIT,
					   "more than %d calls in one message", WIRE_CALLS_MAX);
		call->place = item->place;
		r = read_call(wire, item, call);
		if (r < 0)
			return r;
	}
	return 0;
}

static int read_message(struct wire_reader *wire, const struct value *message,
			struct wire_line *line)
{
	const struct value *role = value_find(message, "role");
	const struct value *tool_calls = value_find(message, "tool_calls");
	const struct value *content = value_find(message, "content");
	int r = 0;

	if (!is_text(role, "assistant"))
		return problem_set(wire->problem, role->place, ERROR_INVALID,
				   "only messages of role 'assistant' hold calls");
	if (tool_calls && tool_calls->type == VALUE_LIST) {
		line->form = WIRE_TOOL_CALL_MESSAGE;
		r = read_items(wire, tool_calls, NULL, read_tool_call, line);
	} else if (content && content->type == VALUE_LIST) {
		line->form = WIRE_TOOL_USE_MESSAGE;
		r = read_items(wire, content, "tool_use", read_tool_use, line);
	}
	if (r == 0 && !line->n_calls)
		return problem_set(wire->problem, message->place, ERROR_INVALID,
				   "the message holds no tool calls");
	return r;
}

static int read_single(struct wire_reader *wire, const struct value *object, struct wire_line *line)
{
	static const struct {
		const char *key, *text; /* text NULL: the key itself tells */
		enum wire_form form;
		read_call_fn *read_call;
	} forms[] = {
		{ "type", "tool_use", WIRE_TOOL_USE, read_tool_use },
		{ "type", "function", WIRE_TOOL_CALL, read_tool_call },
		{ "function", NULL, WIRE_TOOL_CALL, read_tool_call },
		{ "tool", NULL, WIRE_NATIVE, read_native },
	};

	for (size_t i = 0; i < countof(forms); i++) {
		const struct value *value = value_find(object, forms[i].key);

		if (!value || (forms[i].text && !is_text(value, forms[i].text)))
			continue;
		line->form = forms[i].form;
		line->calls = arena_alloc(wire->arena, sizeof(*line->calls));
		if (!line->calls)
			return no_memory(wire, object->place);
		line->n_calls = 1;
		line->calls->place = object->place;
		return forms[i].read_call(wire, object, line->calls);
	}
	return problem_set(wire->problem, object->place, ERROR_INVALID,
			   "not a call: no 'tool', no 'type' of 'tool_use' or 'function', and no "
			   "'role'");
}

int wire_read(const struct syntax_text *text, const struct toolbox *toolbox, struct arena *arena,
	      struct wire_line *ret_line, struct problem *ret_problem)
{
	struct wire_reader wire = {
		.toolbox = toolbox,
		.arena = arena,
		.problem = ret_problem,
		.line = text->line,
	};
	struct wire_line line = { 0 };
	struct value *value;
	int r;

	if (text->len > WIRE_LINE_MAX)
		return problem_set(ret_problem, (struct place){ text->line, 0 }, ERROR_LIMIT,
				   "the line is longer than %d MiB", WIRE_LINE_MAX >> 20);
	value = arena_alloc(arena, sizeof(*value));
	if (!value)
		return no_memory(&wire, (struct place){ text->line, 0 });
	r = syntax_read_json(text, arena, value, ret_problem);
	if (r < 0)
		return r;
	if (value->type != VALUE_MAP)
		return problem_set(ret_problem, value->place, ERROR_INVALID,
				   "a line must be a JSON object, not %s",
				   value_type_name(value->type));
	r = value_find(value, "role") ? read_message(&wire, value, &line)
				      : read_single(&wire, value, &line);
	if (r == 0 && arena_failed(arena))
		r = no_memory(&wire, value->place);
	if (r == 0)
		*ret_line = line;
	return r;
}
