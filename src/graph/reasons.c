/* SPDX-License-Identifier: MIT */
#include "graph/reasons.h"

#include "base/utf8.h"
#include "graph/page.h"

#include <inttypes.h>
#include <string.h>

static bool add(struct reasons *reasons, enum call_status status, const char *text, size_t len)
{
	for (size_t i = 0; i < reasons->all.n; i++) {
		struct reason *reason = &reasons->all.items[i];

		if (reason->status == status && reason->len == len &&
		    memcmp(reason->text, text, len) == 0) {
			reason->n++;
			return true;
		}
	}
	return vec_push(&reasons->all, ((struct reason){ text, len, status, 1 }));
}

/* Without why there was no further attempt, " (WHAT; WHY)" at its end: calls that failed alike may
 * differ in that. */
static size_t cause_len(const char *text)
{
	size_t len = strlen(text);
	const char *at = text, *next, *last = NULL;

	if (!len || text[len - 1] != ')')
		return len;
	for (; (next = strstr(at, " (")); at = next + 1)
		last = next;
	return last && strstr(last, "; ") ? (size_t)(last - text) : len;
}

bool reasons_add(struct reasons *reasons, const struct result *result)
{
	const char *at = result->payload == PAYLOAD_WEB_SEARCH ? result->web_search.missing : NULL;

	if (result->status != CALL_OK && !at)
		return !*result->error.text || add(reasons, result->status, result->error.text,
						   cause_len(result->error.text));
	while (at && *at) {
		size_t len = strcspn(at, "\n");

		if (!add(reasons, result->status, at, len))
			return false;
		at += len + (at[len] != 0);
	}
	return true;
}

static int compare(const void *a_, const void *b_)
{
	const struct reason *a = a_, *b = b_;
	int order = (a->status == CALL_SKIPPED) - (b->status == CALL_SKIPPED);

	if (!order)
		order = (a->n < b->n) - (a->n > b->n);
	if (!order)
		order = memcmp(a->text, b->text, a->len < b->len ? a->len : b->len);
	if (!order)
		order = (a->len > b->len) - (a->len < b->len);
	return order ? order : (a->status > b->status) - (a->status < b->status);
}

void reasons_sort(struct reasons *reasons)
{
	if (reasons->all.n)
		qsort(reasons->all.items, reasons->all.n, sizeof(struct reason), compare);
}

void reasons_release(struct reasons *reasons)
{
	vec_release(&reasons->all);
}

static const char *name_of(const struct reason *reason)
{
	return reason->status == CALL_OK ? "partial" : call_status_name(reason->status);
}

void reasons_write_md(const struct reasons *reasons, size_t max, size_t bytes, struct buf *out)
{
	for (size_t i = 0; i < reasons->all.n && i < max; i++) {
		const struct reason *reason = &reasons->all.items[i];
		size_t len = utf8_fit(reason->text, reason->len, bytes);

		buf_printf(out, "- %" PRIu64 " %s: ", reason->n, name_of(reason));
		page_write_md(reason->text, len, out);
		buf_add_str(out, len < reason->len ? " …\n" : "\n");
	}
	if (reasons->all.n > max && max)
		buf_printf(out, "- %zu more reasons\n", reasons->all.n - max);
}

void reasons_write_json(const struct reasons *reasons, size_t max, size_t bytes,
			struct json_write *json)
{
	json_key(json, "reasons");
	json_begin_array(json);
	for (size_t i = 0; i < reasons->all.n && i < max; i++) {
		const struct reason *reason = &reasons->all.items[i];

		json_begin_object(json);
		json_key_uint(json, "calls", reason->n);
		json_key_str(json, "status", name_of(reason));
		json_key(json, "reason");
		json_strn(json, reason->text, utf8_fit(reason->text, reason->len, bytes));
		json_end_object(json);
	}
	json_end_array(json);
}
