/* SPDX-License-Identifier: MIT */
#include "cli/run_state.h"

#include "cli/run_dir.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

static const char *state_of(const struct run_brief *brief)
{
	if (brief->pid)
		return "going";
	switch (brief->recorded->run.state) {
	case RUN_ENDED:
		return "ended";
	case RUN_STOPPED:
		return "stopped";
	case RUN_GOING:
		break;
	}
	return "interrupted"; /* whoever worked on it is gone */
}

static void count(struct run_brief *brief)
{
	brief->n_calls = brief->recorded->n_calls;
	for (size_t i = 0; i < brief->n_calls; i++) {
		const struct recorded_call *call = &brief->recorded->calls[i];

		switch (recorded_state(call)) {
		case RECORDED_IN_DOUBT:
			brief->n_in_doubt += brief->pid == 0;
			break;
		case RECORDED_DONE:
			brief->n_ended++;
			brief->n_not_ok += call->result.status != CALL_OK;
			break;
		case RECORDED_OPEN:
			break;
		}
	}
}

bool run_brief_read(const char *id, const char *path, struct run_brief *ret_brief)
{
	char db[SPILL_PATH_MAX + 16];

	*ret_brief = (struct run_brief){ .id = id, .name = "", .state = "damaged" };
	(void)snprintf(db, sizeof(db), "%s/journal.db", path); /* fits */
	if (access(db, F_OK) < 0)
		return false;
	ret_brief->pid = run_lock_holder(path);
	if (recorded_load(path, false, &ret_brief->recorded, &ret_brief->error) < 0)
		return ret_brief->error.class != ERROR_MISSING; /* it never began, or just does */
	ret_brief->state = state_of(ret_brief);
	ret_brief->exit_status = ret_brief->recorded->run.exit_status;
	if (ret_brief->recorded->run.name)
		ret_brief->name = ret_brief->recorded->run.name;
	else if (ret_brief->recorded->run.source)
		ret_brief->name = ret_brief->recorded->run.source;
	else if (!ret_brief->recorded->run.spec)
		ret_brief->name = "batch";
	count(ret_brief);
	return true;
}

void run_brief_release(struct run_brief *brief)
{
	recorded_free(brief->recorded);
	brief->recorded = NULL;
}

void run_brief_write(const struct run_brief *brief, struct json_write *json)
{
	json_key_str(json, "run", brief->id);
	json_key_str(json, "state", brief->state);
	json_key_str(json, "name", brief->name);
	if (!brief->recorded) {
		json_key_str(json, "error", brief->error.text);
		return;
	}
	json_key_str(json, "root", brief->recorded->run.root);
	json_key_uint(json, "created", (uint64_t)brief->recorded->run.created_s);
	if (brief->pid)
		json_key_uint(json, "pid", (uint64_t)brief->pid);
	json_key_uint(json, "calls", brief->n_calls);
	json_key_uint(json, "ended", brief->n_ended);
	json_key_uint(json, "not_ok", brief->n_not_ok);
	json_key_uint(json, "in_doubt", brief->n_in_doubt);
	if (brief->recorded->run.state != RUN_GOING) {
		json_key(json, "exit");
		json_int(json, brief->exit_status);
	}
}
