/* SPDX-License-Identifier: MIT */
/* Receipts: added up, and written as the contract has them. */
#include "model/receipt.h"

#include "base/str.h"

static const char *const why_names[] = {
	"deadline", "cancelled",  "denied",  "step_limit", "binary_stop",
	"too_big",  "output_cut", "changed", "failed",     "cost_unknown",
};

_Static_assert(countof(why_names) == WHY_COUNT, "each reason has a name");

/* Where the skips are written from, and added up. */
static const struct {
	const char *name;
	size_t offset;
} skips[] = {
	{ "ignored", offsetof(struct receipt_skips, ignored) },
	{ "hidden", offsetof(struct receipt_skips, hidden) },
	{ "binary", offsetof(struct receipt_skips, binary) },
	{ "too_big", offsetof(struct receipt_skips, too_big) },
	{ "denied", offsetof(struct receipt_skips, denied) },
	{ "other_fs", offsetof(struct receipt_skips, other_fs) },
	{ "special", offsetof(struct receipt_skips, special) },
	{ "links", offsetof(struct receipt_skips, links) },
};

_Static_assert(countof(skips) == RECEIPT_SKIPS, "each skip has a row");

const char *receipt_why_name(unsigned i)
{
	return why_names[i];
}

const char *receipt_skip_name(unsigned i)
{
	return skips[i].name;
}

uint64_t receipt_skip(const struct receipt *receipt, unsigned i)
{
	return *(const uint64_t *)((const char *)&receipt->skipped + skips[i].offset);
}

static const char *fold_name(const char *into, const char *from, const char *mixed)
{
	if (!into || !from)
		return into ? into : from;
	return str_equal(into, from) ? into : mixed;
}

void receipt_fold(struct receipt *into, const struct receipt *from)
{
	into->root = into->root ? into->root : from->root;
	into->engine = fold_name(into->engine, from->engine, "mixed");
	into->files_walked += from->files_walked;
	into->files_searched += from->files_searched;
	into->bytes_searched += from->bytes_searched;
	into->redacted += from->redacted;
	for (unsigned i = 0; i < RECEIPT_SKIPS; i++)
		*(uint64_t *)((char *)&into->skipped + skips[i].offset) += receipt_skip(from, i);
	into->cached += from->cached;
	into->why |= from->why;
}

static void write_files(const struct receipt *receipt, struct json_write *json)
{
	json_key_str(json, "root", receipt->root);
	json_key_uint(json, "files_walked", receipt->files_walked);
	json_key_uint(json, "files_searched", receipt->files_searched);
	json_key_uint(json, "bytes_searched", receipt->bytes_searched);
	json_key(json, "skipped");
	json_begin_object(json);
	for (unsigned i = 0; i < RECEIPT_SKIPS; i++)
		json_key_uint(json, skips[i].name, receipt_skip(receipt, i));
	json_end_object(json);
	json_key_str(json, "engine", receipt->engine);
}

void receipt_write(const struct receipt *receipt, struct json_write *json)
{
	json_begin_object(json);
	if (receipt->root)
		write_files(receipt, json);
	json_key_bool(json, "complete", receipt->why == 0);
	json_key(json, "why_incomplete");
	json_begin_array(json);
	for (unsigned i = 0; i < WHY_COUNT; i++) {
		if (receipt->why & 1u << i)
			json_str(json, why_names[i]);
	}
	json_end_array(json);
	if (receipt->cached)
		json_key_uint(json, "cached", receipt->cached);
	if (receipt->redacted)
		json_key_uint(json, "redacted", receipt->redacted);
	if (receipt->truncated_at)
		json_key_str(json, "truncated_at", receipt->truncated_at);
	if (receipt->cursor)
		json_key_str(json, "cursor", receipt->cursor);
	json_end_object(json);
}
