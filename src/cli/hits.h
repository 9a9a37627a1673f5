/* SPDX-License-Identifier: MIT */
#ifndef CLI_HITS_H
#define CLI_HITS_H

#include "cli/slice.h"

/**
 * The results of a search, a JSON object a line, as an array that costs no more than its share: as
 * many as fit, and the first that does not with less of its passage if that is enough.
 */
struct hits {
	size_t whole;      /* bytes of lines that are shown as they are */
	size_t part, skip; /* of the next line: bytes up to the cut, and bytes that it leaves out */
	size_t bytes;      /* of all that is shown */
	size_t n_shown, n;
};

/** limit: what the inside of the array may cost; SIZE_MAX = all. */
struct hits hits_cut(const struct slice *body, size_t limit);

void hits_write(const struct slice *body, const struct hits *hits, struct json_write *json);

#endif
