/* SPDX-License-Identifier: MIT */
#ifndef MODEL_REDACT_H
#define MODEL_REDACT_H

#include "base/buf.h"
#include "base/error.h"
#include "base/vec.h"
#include "model/blob.h"
#include "model/secrets.h"
#include "model/token.h"

/**
 * Takes secrets out of text and puts "[redacted:NAME]" in their place: first the values that are
 * known (NAME is the variable's), then, unless only those are asked for, what has the form of a
 * token (NAME is the form's: model/token.h). What comes out depends on the bytes that went in and
 * not on how they were cut. What may yet become a secret is held back: of known values at most the
 * longest form less one byte, of tokens at most TOKEN_HOLD_MAX.
 *
 * Matches of known values that overlap become one; nothing of any match is left over.
 */
enum { REDACT_BEGUN_MIN = 12 };

enum redact_what { REDACT_ALL, REDACT_VALUES };

/** A match that is not written yet, in bytes of the stream from its beginning. */
struct redact_match {
	uint64_t from, to;
	uint16_t value;
	bool is_told; /* its replacement is written, its end was not known */
};

/** One stream. One thread at a time. Needs no memory before something may have been found. */
struct redactor {
	const struct secrets *secrets; /* borrowed; NULL: everything passes as it is */
	enum redact_what what;
	uint64_t n_redacted;
	/* Known values. */
	uint32_t state;                          /* of the trie */
	uint64_t at;                             /* bytes seen */
	struct buf held;                         /* the last bytes seen, those of the state */
	struct VEC(struct redact_match) matches; /* apart, in order */
	struct buf plain; /* the text without known values, when it is not the input itself */
	struct token_finder tokens;
	int error;
};

/** Bytes that live until the next call. */
struct redacted {
	const char *text;
	size_t len;
};

void redactor_init(struct redactor *self, const struct secrets *secrets, enum redact_what what);

/** The next bytes: *ret_text is what may be passed on. -ENOMEM, then and from then on: nothing is
 *  passed on any more. */
int redactor_feed(struct redactor *self, const char *data, size_t len, struct redacted *ret_text);
/** The end of the stream: what was held back. Once. */
int redactor_end(struct redactor *self, struct redacted *ret_text);
void redactor_release(struct redactor *self);

/** A whole text, appended to out; -ENOMEM (also in out) leaves it out. Returns how many were
 *  replaced otherwise. secrets NULL: as it is. */
int redact_text(const struct secrets *secrets, const char *text, size_t len, struct buf *out);

/** The same, of known values only. */
int redact_values(const struct secrets *secrets, const char *text, size_t len, struct buf *out);

/** The bytes of a mark that text begins with, "[redacted:NAME]"; 0 if it does not. */
size_t redact_mark_len(const char *text);

/** An error's text, in place, cut if it gets too long. Messages name inputs cut short, so the
 *  beginning of a known value counts too, from REDACT_BEGUN_MIN bytes on. */
void redact_error(const struct secrets *secrets, struct error *err);

/** A whole output: only known values. The same blob when there are none in it; otherwise a new
 *  one, and the old one is let go. NULL without memory. *n_redacted is added to. */
struct blob *redact_blob(const struct secrets *secrets, struct blob *own_blob,
			 uint64_t *n_redacted);

#endif
