/* SPDX-License-Identifier: MIT */
#ifndef CLI_WIRE_OUT_H
#define CLI_WIRE_OUT_H

#include "base/json_write.h"
#include "model/call.h"
#include "model/tool.h"

#include <stdbool.h>

/**
 * Results on the wire, in the forms that plan/wire.h reads calls in: native, an Anthropic
 * tool_result block, an OpenAI tool message. Straight into the buffer, one pass.
 */
enum native_detail {
	NATIVE_FULL,
	NATIVE_SHORT, /* without attempts, times and receipt, for small budgets */
	NATIVE_BARE,  /* without output, too, and an error in few words */
};

/** Whose result it is. A call that could not even be planned has what its line said. */
struct wire_name {
	const char *id, *tool; /* NULL = not known */
	unsigned line;         /* of the input; 0 = not told */
};

struct wire_limit {
	size_t bytes; /* of what the call brought back, as written; SIZE_MAX = all */
	enum native_detail detail;
	const char *full_output; /* its file without ".out" or ".err", named when cut; or NULL */
};

/* The digits that naming a cut may take more than one measured with no bytes at all. */
enum { WIRE_OUT_NUMBERS_COST = 48 };

/** All three say whether something was cut. */
bool wire_out_native(struct json_write *json, const struct wire_name *name,
		     const struct result *result, const struct wire_limit *limit);
bool wire_out_tool_result(struct json_write *json, const struct wire_name *name,
			  const struct result *result, const struct wire_limit *limit);
bool wire_out_tool_message(struct json_write *json, const struct wire_name *name,
			   const struct result *result, const struct wire_limit *limit);

/** {"class","code","message"}: code is the name of an errno value, or null. */
void wire_out_error(struct json_write *json, const struct error *error);

/** What a native result's text would cost if all were shown, counted up to `enough`. */
size_t wire_out_native_cost(const struct result *result, size_t enough);

/** The most that naming a cut may add to a native result. */
size_t wire_out_cut_cost(const struct result *result, const struct wire_limit *limit);

static inline struct wire_name wire_name_of(const struct call *call)
{
	return (struct wire_name){ .id = call->id, .tool = call->tool->name };
}

#endif
