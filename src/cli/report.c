/* SPDX-License-Identifier: MIT */
/* What the formats of an answer have in common. */
#include "cli/report.h"

#include "cli/command.h"

const char *report_stop_name(const struct report *report)
{
	switch (report->exit_status) {
	case STATUS_STOPPED:
		return report->stop_text ? "stopped by a systemic failure"
					 : "stopped by the halt policy";
	case STATUS_DEADLINE:
		return "deadline reached";
	case STATUS_INTERRUPTED:
		return "interrupted";
	default:
		return NULL;
	}
}

void report_statuses(const uint64_t *by_status, struct json_write *json)
{
	json_key(json, "by_status");
	json_begin_object(json);
	for (unsigned i = 0; i < CALL_STATUS_COUNT; i++)
		if (by_status[i])
			json_key_uint(json, call_status_name((enum call_status)i), by_status[i]);
	json_end_object(json);
}

void report_totals(const struct run_totals *totals, struct json_write *json)
{
	json_begin_object(json);
	json_key(json, "calls");
	json_begin_object(json);
	for (unsigned i = 0; i < CALL_STATUS_COUNT; i++)
		if (totals->by_status[i] || i == CALL_OK)
			json_key_uint(json, call_status_name((enum call_status)i),
				      totals->by_status[i]);
	json_end_object(json);
	json_key_uint(json, "attempts", totals->attempts);
	json_key_uint(json, "retries", totals->retries);
	json_key_uint(json, "batches", totals->batches);
	json_key(json, "wall_ms");
	json_fixed(json, (double)totals->wall_ns / 1e6, 1);
	json_key(json, "cpu_ms");
	json_fixed(json, (double)totals->cpu_us / 1e3, 1);
	json_key_uint(json, "peak_memory_kb", totals->peak_rss_kb);
	json_end_object(json);
}

static size_t choose(const struct report *report, const size_t *costs, size_t room, bool is_ok,
		     bool *chosen)
{
	for (size_t i = 0; i < report->plan->n_calls; i++) {
		const struct result *result = report->results[i];

		if ((result && result->status == CALL_OK) != is_ok)
			continue;
		if (costs[i] > room)
			return 0; /* no smaller ones instead: a gap would mislead */
		room -= costs[i];
		chosen[i] = true;
	}
	return room;
}

void report_choose(const struct report *report, const size_t *costs, size_t room, bool *ret_chosen)
{
	room = choose(report, costs, room, false, ret_chosen);
	if (room)
		(void)choose(report, costs, room, true, ret_chosen); /* what is left is not used */
}
