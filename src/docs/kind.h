/* SPDX-License-Identifier: MIT */
#ifndef DOCS_KIND_H
#define DOCS_KIND_H

#include <stdbool.h>
#include <stddef.h>

/** What a file is written in, by its name. */
enum docs_kind {
	DOCS_NONE, /* no document */
	DOCS_MANUAL,
	DOCS_MAYBE_MANUAL, /* it is if docs_begins_like_manual() */
	DOCS_MARKDOWN,
	DOCS_RST,
	DOCS_TEXT,
	DOCS_HTML,
};

/** path: absolute; its folder counts too (man1/). Only in a folder that the user gave may a page of
 *  the manual lie elsewhere (is_given). */
enum docs_kind docs_kind_of(const char *path, bool is_given);

/** Whether one of the first lines says that it is roff. Foreign bytes. */
bool docs_begins_like_manual(const char *data, size_t len);

#endif
