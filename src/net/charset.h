/* SPDX-License-Identifier: MIT */
#ifndef NET_CHARSET_H
#define NET_CHARSET_H

#include "base/buf.h"

/**
 * Text of any encoding as valid UTF-8. The encoding is that of a byte order mark, else the one that
 * was said (label, one of the WHATWG Encoding Standard's labels), else what a <meta> in the first
 * 1,024 bytes says, else UTF-8 where it is valid, else windows-1252. A label that the bytes belie
 * is not believed. What cannot be converted becomes U+FFFD. Any thread.
 */

/** label: NULL = not said; as in "charset=" of a Content-Type. ret_name: static name of what it was
 *  taken for, may be NULL. 0 or -ENOMEM. */
int charset_to_utf8(const char *data, size_t len, const char *label, struct buf *out,
		    const char **ret_name);

/** The charset parameter of a Content-Type; copied, lower case. False: there is none. */
bool charset_of_type(const char *content_type, char *room, size_t size);

#endif
