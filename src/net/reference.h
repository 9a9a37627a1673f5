/* SPDX-License-Identifier: MIT */
#ifndef NET_REFERENCE_H
#define NET_REFERENCE_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

/** Longer references and bases are none. */
enum { REFERENCE_MAX = 8192 };

/**
 * Where a reference leads that stands in a document of the address base (RFC 3986, 5.2; the blanks
 * and line ends that browsers leave out are left out). base: NULL or not absolute: the reference as
 * it is. Appends to out; false: the reference is too long, or holds control characters. Any thread.
 */
bool reference_resolve(const char *base, const char *reference, size_t len, struct buf *out);

/** Length of the scheme at the start of an address, without the colon; 0 = it has none. */
size_t reference_scheme(const char *address, size_t len);

#endif
