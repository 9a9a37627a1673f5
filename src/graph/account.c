/* SPDX-License-Identifier: MIT */
#include "graph/account.h"

#include <inttypes.h>

void account_write_md(const struct account *account, uint64_t used, struct buf *out)
{
	const struct run_totals *totals = account->totals;
	const struct receipt *receipt = &totals->receipt;
	uint64_t n = 0;

	for (unsigned i = 0; i < CALL_STATUS_COUNT; i++)
		n += totals->by_status[i];
	buf_printf(out, "\n---\n%" PRIu64 " calls", n);
	for (unsigned i = 0; i < CALL_STATUS_COUNT; i++) {
		if (totals->by_status[i])
			buf_printf(out, ", %" PRIu64 " %s", totals->by_status[i],
				   call_status_name((enum call_status)i));
	}
	buf_printf(out,
		   "; %" PRIu64 " files searched, %" PRIu64 " bytes; %.3f s; %" PRIu64
		   " of %" PRIu64 " tokens; run %s\n",
		   receipt->files_searched, receipt->bytes_searched, (double)totals->wall_ns / 1e9,
		   used, account->budget, account->run_id);
	buf_add_str(out, receipt->why ? "incomplete:" : "complete");
	for (unsigned i = 0; i < WHY_COUNT; i++) {
		if (receipt->why >> i & 1)
			buf_printf(out, " %s", receipt_why_name(i));
	}
	buf_add_char(out, '\n');
}

void account_write_json(const struct account *account, uint64_t used, struct json_write *json)
{
	const struct run_totals *totals = account->totals;

	json_key(json, "budget");
	json_begin_object(json);
	json_key_uint(json, "limit", account->budget);
	json_key_uint(json, "used", used);
	json_end_object(json);
	json_key(json, "receipt");
	receipt_write(&totals->receipt, json);
	json_key(json, "calls");
	call_statuses_write(totals->by_status, json);
	json_key(json, "wall_s");
	json_fixed(json, (double)totals->wall_ns / 1e9, 3);
	json_key_str(json, "run", account->run_id);
}

struct account account_longest(const struct account *account, struct run_totals *totals)
{
	*totals = *account->totals;
	totals->wall_ns = UINT64_C(88888888) * 1000000; /* a day, to the millisecond */
	return (struct account){ totals, "88888888T888888-x7q9", account->budget,
				 account->is_kept };
}
