/* SPDX-License-Identifier: MIT */
#ifndef BASE_JSON_WRITE_H
#define BASE_JSON_WRITE_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Writes JSON (RFC 8259) into a buf, commas and colons by itself. Errors are the buf's, tested
 * once at the end. Strings are bytes: valid UTF-8 passes through, every byte that is not part of
 * valid UTF-8 becomes U+FFFD, so the output is always valid JSON in valid UTF-8.
 *
 *	struct json_write json = json_write_to(&buf);
 *	json_begin_object(&json);
 *	json_key(&json, "n"); json_uint(&json, 7);
 *	json_end_object(&json);
 */
struct json_write {
	struct buf *buf;
	bool comma; /* a comma is due before the next item */
};

static inline struct json_write json_write_to(struct buf *buf)
{
	return (struct json_write){ .buf = buf };
}

void json_begin_object(struct json_write *json);
void json_end_object(struct json_write *json);
void json_begin_array(struct json_write *json);
void json_end_array(struct json_write *json);
void json_key(struct json_write *json, const char *key);
void json_str(struct json_write *json, const char *str); /* NULL gives null */
void json_strn(struct json_write *json, const char *str, size_t len);
void json_bool(struct json_write *json, bool value);
void json_null(struct json_write *json);
void json_int(struct json_write *json, int64_t value);
void json_uint(struct json_write *json, uint64_t value);
void json_fixed(struct json_write *json, double value, int decimals); /* not finite gives null */
void json_raw(struct json_write *json, const char *text, size_t len); /* already JSON */

/** key and value in one call. */
void json_key_str(struct json_write *json, const char *key, const char *str);
void json_key_uint(struct json_write *json, const char *key, uint64_t value);
void json_key_bool(struct json_write *json, const char *key, bool value);

/** Only the escaping, without quotes: for a string that is written in pieces. A piece must not
 *  end inside a UTF-8 sequence. */
void json_escape(struct buf *buf, const char *str, size_t len);

#endif
