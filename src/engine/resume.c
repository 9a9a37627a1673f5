/* SPDX-License-Identifier: MIT */
#include "engine/resume.h"

#include <string.h>

static struct result without_output(enum call_status status, unsigned attempts)
{
	return (struct result){
		.status = status,
		.attempts = attempts,
		.receipt.why = status == CALL_OK ? WHY_OUTPUT_CUT : WHY_FAILED,
	};
}

/* It is to run, unless its input had a secret that nothing has any more. */
static int know_open(struct run *run, const struct recorded_call *call, size_t i,
		     const struct resume_policy *policy)
{
	struct result result;

	if (!call->is_redacted || !policy->lacks_secrets)
		return 0;
	result = without_output(CALL_FAILED, call->attempts);
	(void)error_set(&result.error, ERROR_CANCELLED, 0,
			"its input had a secret in it, which is not kept: send it again");
	return run_know(run, i, &result, false);
}

static int know_in_doubt(struct run *run, const struct recorded_call *call, size_t i,
			 const struct resume_policy *policy)
{
	struct result result;

	switch (policy->choose(policy->data, i)) {
	case RESUME_RERUN:
		return know_open(run, call, i, policy);
	case RESUME_SKIP:
		result = without_output(CALL_SKIPPED, call->attempts);
		(void)error_set(&result.error, ERROR_CANCELLED, 0,
				"it started once, and its end is unknown");
		return run_know(run, i, &result, true);
	case RESUME_IS_DONE:
		result = without_output(CALL_OK, call->attempts);
		return run_know(run, i, &result, true);
	case RESUME_LEAVE:
		break;
	}
	result = without_output(CALL_INDETERMINATE, call->attempts);
	(void)error_set(&result.error, ERROR_CANCELLED, 0, "it started, and its end is unknown; %s",
			policy->advice);
	return run_know(run, i, &result, false);
}

static int know_call(struct run *run, struct recorded_call *call, size_t i,
		     const struct resume_policy *policy)
{
	struct result result = call->result;

	run_know_attempts(run, i, call->attempts);
	switch (recorded_state(call)) {
	case RECORDED_IN_DOUBT:
		return know_in_doubt(run, call, i, policy);
	case RECORDED_OPEN:
		return know_open(run, call, i, policy);
	case RECORDED_DONE:
		break;
	}
	/* A choice to skip it was for good. But what it needs may turn out well this time. */
	if (!recorded_is_given_up(call) &&
	    (result.status == CALL_SKIPPED || (policy->retries_failed && result.status != CALL_OK)))
		return know_open(run, call, i, policy);
	if (!call->has_body && !result.body && !policy->read_body(policy->data, i, &result))
		return know_open(run, call, i, policy);
	memset(&call->result, 0, sizeof(call->result)); /* it moves */
	return run_know(run, i, &result, call->is_witnessed);
}

int resume_know(struct run *run, struct recorded *recorded, const struct resume_policy *policy)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < recorded->n_calls; i++)
		r = know_call(run, &recorded->calls[i], i, policy);
	return r;
}
