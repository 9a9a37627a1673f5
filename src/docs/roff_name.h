/* SPDX-License-Identifier: MIT */
#ifndef DOCS_ROFF_NAME_H
#define DOCS_ROFF_NAME_H

#include "base/buf.h"

enum { ROFF_TITLE_MAX = 800, ROFF_NAMES_MAX = 2000 };

/** What is known of a page's name; borrowed. */
struct roff_called {
	const char *file_name; /* "grep.1" */
	const char *section;   /* as its .TH says; may be "" */
	const char *at, *end;  /* of its NAME section's text; NULL = it has none */
};

/** "grep(1) - print lines that match patterns", and "grep, egrep, fgrep". */
void roff_name(const struct roff_called *called, struct buf *title, struct buf *names);

#endif
