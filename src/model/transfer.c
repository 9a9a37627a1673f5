/* SPDX-License-Identifier: MIT */
#include "model/transfer.h"

#include "base/str.h"

#include <stdlib.h>

const char *transfer_header(const struct transfer_outcome *outcome, const char *name)
{
	for (size_t i = 0; i < outcome->n_headers; i++) {
		if (str_equal(outcome->headers[i].name, name))
			return outcome->headers[i].value;
	}
	return NULL;
}

enum error_class transfer_class_of(int status)
{
	switch (status) {
	case 401:
	case 402: /* not without paying */
	case 403:
	case 407:
	case 432: /* the plan's limits, Tavily */
	case 433:
	case 451:
		return ERROR_DENIED;
	case 404:
	case 410:
		return ERROR_MISSING;
	case 408:
	case 425:
		return ERROR_TRANSIENT;
	case 429:
	case 529:
		return ERROR_LIMIT;
	case 501: /* it will not learn it */
	case 505:
		return ERROR_INVALID;
	default:
		return status >= 500 ? ERROR_TRANSIENT : ERROR_INVALID;
	}
}

void transfer_outcome_release(struct transfer_outcome *outcome)
{
	if (!outcome)
		return;
	free(outcome->url);
	free(outcome->headers); /* one allocation, with its strings */
	blob_unref(outcome->body);
	*outcome = (struct transfer_outcome){ 0 };
}
