/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_REASONS_H
#define GRAPH_REASONS_H

#include "base/buf.h"
#include "base/json_write.h"
#include "base/vec.h"
#include "model/call.h"

/**
 * Why calls of a run brought less than they were to: each reason once, with how many calls it hit.
 * Texts are borrowed from the results.
 */
struct reason {
	const char *text;
	size_t len;
	enum call_status status; /* CALL_OK: something came all the same */
	uint64_t n;
};

struct reasons {
	struct VEC(struct reason) all;
};

/** Takes what a result says of itself; false without memory. */
bool reasons_add(struct reasons *reasons, const struct result *result);
/** What was not needed last; then by how many calls it hit. To be called once all are in. */
void reasons_sort(struct reasons *reasons);
void reasons_release(struct reasons *reasons);

/** The first `max`, each cut to so many bytes: a list; a member of the object that is open. */
void reasons_write_md(const struct reasons *reasons, size_t max, size_t bytes, struct buf *out);
void reasons_write_json(const struct reasons *reasons, size_t max, size_t bytes,
			struct json_write *json);

#endif
