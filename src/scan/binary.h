/* SPDX-License-Identifier: MIT */
#ifndef SCAN_BINARY_H
#define SCAN_BINARY_H

#include "scan/print.h"

/**
 * Files with a NUL. ripgrep stops at the first refill of its buffer that brings one, so that what
 * it tells of the file depends on how it reads; to give the same lines, its refills are gone
 * through again.
 */

/** No query looks further than this into a text with a NUL: 0 if it looks at nothing. */
size_t binary_limit(const struct text *text);

/**
 * How far a query in line mode looks, given its matcher's hits (all up to binary_limit()) and its
 * context (0 and 0 unless it prints content).
 */
size_t binary_line_limit(const struct text *text, const struct print_conf *context,
			 const struct hits *hits);

/** In multiline mode: the number of hits before the first group of lines that holds a NUL. */
size_t binary_multiline_hits(const struct text *text, const struct hits *hits);

/** In line mode, of a file that was asked for by name: the number of hits before the first line
 *  that holds a NUL. */
size_t binary_named_hits(const struct text *text, const struct hits *hits);

#endif
