/* SPDX-License-Identifier: MIT */
#include "api/web_results.h"

#include "base/str.h"
#include "plan/plan.h"

#include <errno.h>
#include <stdlib.h>

size_t web_results_address(const struct call *fetch)
{
	size_t i = 0;

	while (!str_equal(fetch->args.specs[i].name, fetch->tool->brief_key))
		i++; /* that it has one is the tool's promise */
	return i;
}

int web_results_take(const struct run *run, uint32_t phase, struct web_results *ret_results)
{
	const struct plan *plan = run_plan(run);

	*ret_results = (struct web_results){
		.found = calloc(plan->n_calls + 1, sizeof(struct web_found)),
		.read = calloc(plan->n_calls + 1, sizeof(struct web_read)),
	};
	if (!ret_results->found || !ret_results->read)
		return -ENOMEM;
	for (size_t i = 0; i < plan->n_calls; i++) {
		const struct call *call = plan->calls[i];
		const struct result *result = run_result(run, i);

		if (!result)
			continue;
		if (result->payload == PAYLOAD_WEB_SEARCH && result->status == CALL_OK &&
		    (phase == WEB_ALL_PHASES || call->phase == phase))
			ret_results->found[ret_results->n_found++] =
				(struct web_found){ call->id, result };
		else if (result->payload == PAYLOAD_WEB_FETCH && phase == WEB_ALL_PHASES)
			ret_results->read[ret_results->n_read++] =
				(struct web_read){ args_str(&call->args, web_results_address(call)),
						   result };
	}
	return 0;
}

void web_results_release(struct web_results *results)
{
	free(results->found);
	free(results->read);
	*results = (struct web_results){ 0 };
}
