/* SPDX-License-Identifier: MIT */
#ifndef DOCS_KIND_H
#define DOCS_KIND_H

/** What a file is written in, by its name. */
enum docs_kind {
	DOCS_NONE, /* no document */
	DOCS_MANUAL,
	DOCS_MARKDOWN,
	DOCS_RST,
	DOCS_TEXT,
	DOCS_HTML,
};

/** path: absolute; its folder counts too (man1/). */
enum docs_kind docs_kind_of(const char *path);

#endif
