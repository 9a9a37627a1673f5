/* SPDX-License-Identifier: MIT */
/* What the formats of an answer have in common. */
#include "cli/report.h"

#include "cli/command.h"

#include <stdio.h>

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

static void write_sandbox(const struct run_totals *totals, struct json_write *json)
{
	const struct sandbox_report *sandbox = &totals->sandbox;

	json_begin_object(json);
	json_key_str(json, "level", sandbox_level_name(totals->sandbox_level));
	if (totals->has_sandbox && sandbox->is_around)
		json_key_bool(json, "around", true);
	else if (totals->has_sandbox) {
		json_key_str(json, "bwrap", sandbox->bwrap);
		json_key_uint(json, "landlock_abi", (uint64_t)sandbox->landlock_abi);
		json_key_bool(json, "seccomp", sandbox->seccomp);
		json_key_bool(json, "pid_namespace", sandbox->pid_namespace);
		json_key_bool(json, "network", sandbox->network);
		json_key_uint(json, "processes_max", sandbox->processes);
	}
	json_end_object(json);
}

void report_sandbox(const struct sandbox_report *sandbox, char out[REPORT_SANDBOX_MAX])
{
	char processes[32] = "no bound of processes";

	if (sandbox->is_around) {
		(void)snprintf(out, REPORT_SANDBOX_MAX, "of the volley that this one runs in");
		return;
	}
	if (sandbox->processes)
		(void)snprintf(processes, sizeof(processes), "%u processes", sandbox->processes);
	(void)snprintf(out, REPORT_SANDBOX_MAX, "bwrap %s, Landlock ABI %d, %s, %s, %s, %s",
		       sandbox->bwrap, sandbox->landlock_abi,
		       sandbox->seccomp ? "seccomp" : "no seccomp",
		       sandbox->pid_namespace ? "own pid namespaces" : "no pid namespaces",
		       processes, sandbox->network ? "network where asked for" : "no network");
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
	json_key(json, "sandbox");
	write_sandbox(totals, json);
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
