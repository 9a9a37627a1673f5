/* SPDX-License-Identifier: MIT */
#ifndef MODEL_TOKEN_H
#define MODEL_TOKEN_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Secrets that nobody told of, known by their form: tokens of services by their prefixes, JSON Web
 * Tokens, private keys (PEM), passwords in URLs, headers of authorization. A form alone is not
 * enough: what follows must be long enough and made as keys are made, so that prose and source
 * text pass. Replaces them by "[redacted:FORM]" in a stream; what comes out does not depend on how
 * it was cut.
 *
 * Holds back what may become a match, TOKEN_HOLD_MAX bytes at most. One thread.
 */
enum { TOKEN_HOLD_MAX = 1200, TOKEN_PEM_MAX = 64 << 10 };

enum token_mode {
	TOKEN_LOOKING,
	TOKEN_WORD, /* in a match that goes on as long as its characters do */
	TOKEN_PEM,  /* in a key */
};

struct token_finder {
	enum token_mode mode;
	unsigned chars; /* TOKEN_WORD: of these classes */
	uint64_t n_found;
	size_t pem_len, pem_run; /* TOKEN_PEM: bytes of it; the base64 it is in */
	char before;             /* the byte before those held */
	struct buf held, work, out;
};

void token_finder_init(struct token_finder *self);
void token_finder_release(struct token_finder *self);

/** *ret_text may be data itself; it lives until the next call. 0 or -ENOMEM. */
int token_finder_feed(struct token_finder *self, const char *data, size_t len, bool is_end,
		      const char **ret_text, size_t *ret_len);

#endif
