/* SPDX-License-Identifier: MIT */
#ifndef MODEL_ENCODE_H
#define MODEL_ENCODE_H

#include "base/buf.h"

/**
 * The forms that bytes are known by elsewhere. Of base64 only the signs that the bytes alone
 * decide: the same bytes give three texts, by how many bytes (mod 3) stand before them.
 */
enum encode_form {
	ENCODE_BASE64_0,
	ENCODE_BASE64_1,
	ENCODE_BASE64_2,
	ENCODE_BASE64URL_0,
	ENCODE_BASE64URL_1,
	ENCODE_BASE64URL_2,
	ENCODE_HEX_LOWER,
	ENCODE_HEX_UPPER,
	ENCODE_PERCENT_LOWER, /* %2f */
	ENCODE_PERCENT_UPPER, /* %2F; unreserved characters stand for themselves (RFC 3986) */
	ENCODE_FORM,          /* as PERCENT_UPPER, with + for a blank */
	ENCODE_COUNT
};

void encode(enum encode_form form, const char *data, size_t len, struct buf *out);

#endif
