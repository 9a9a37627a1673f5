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

void transfer_outcome_release(struct transfer_outcome *outcome)
{
	if (!outcome)
		return;
	free(outcome->url);
	free(outcome->headers); /* one allocation, with its strings */
	blob_unref(outcome->body);
	*outcome = (struct transfer_outcome){ 0 };
}
