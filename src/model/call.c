/* SPDX-License-Identifier: MIT */
/* Names and defaults of lanes and statuses, and the end of results. */
#include "model/call.h"

#include <stdlib.h>

static const struct {
	const char *name;
	unsigned limit;
} lanes[] = {
	[LANE_CODEBASE] = { "codebase", 48 },
	[LANE_BASH] = { "bash", 16 },
	[LANE_WEB_SEARCH] = { "web_search", 32 },
	[LANE_AGENTS] = { "agents", 4 },
};

static const char *const status_names[] = {
	[CALL_OK] = "ok",
	[CALL_FAILED] = "failed",
	[CALL_TIMEOUT] = "timeout",
	[CALL_CANCELLED] = "cancelled",
	[CALL_DENIED] = "denied",
	[CALL_SKIPPED] = "skipped",
	[CALL_INDETERMINATE] = "indeterminate",
};

_Static_assert(countof(lanes) == LANE_COUNT, "each lane has a row");
_Static_assert(countof(status_names) == CALL_STATUS_COUNT, "each status has a name");

const char *lane_name(enum lane lane)
{
	return lanes[lane].name;
}

unsigned lane_default_limit(enum lane lane)
{
	return lanes[lane].limit;
}

const char *call_status_name(enum call_status status)
{
	return status_names[status];
}

void call_statuses_write(const uint64_t by_status[CALL_STATUS_COUNT], struct json_write *json)
{
	json_begin_object(json);
	for (unsigned i = 0; i < CALL_STATUS_COUNT; i++) {
		if (by_status[i])
			json_key_uint(json, call_status_name((enum call_status)i), by_status[i]);
	}
	json_end_object(json);
}

void result_fail(struct result *result, const struct error *error)
{
	unsigned why = WHY_FAILED;

	result->error = *error;
	result->status = CALL_FAILED;
	if (error->class == ERROR_TIMEOUT) {
		result->status = CALL_TIMEOUT;
		why = WHY_DEADLINE;
	} else if (error->class == ERROR_CANCELLED) {
		result->status = CALL_CANCELLED;
		why = WHY_CANCELLED;
	} else if (error->class == ERROR_DENIED) {
		result->status = CALL_DENIED;
	}
	result->receipt.why |= why;
}

void result_release(struct result *result)
{
	if (!result)
		return;
	blob_unref(result->body);
	if (result->payload == PAYLOAD_BASH)
		blob_unref(result->bash.err);
	if (result->arena) {
		arena_release(result->arena);
		free(result->arena);
	}
	*result = (struct result){ 0 };
}
