/* SPDX-License-Identifier: MIT */
#ifndef MODEL_SECRETS_H
#define MODEL_SECRETS_H

#include "base/error.h"
#include "model/call.h"
#include "model/trie.h"

/**
 * The secrets that are known: values of variables whose names say so, in volley's own environment
 * and in the `env` of calls, and of those that calls name as their key (`key_env`), in each form
 * that they may be printed in: as they are, in hex, in base64 at any place of a longer text, in its
 * form for URLs, percent-encoded, escaped as in JSON.
 * Immutable and counted (atomically), as passes and the loop share it. Any thread.
 */
enum { SECRET_BYTES_MIN = 8, SECRET_NAME_MAX = 48 };

struct secrets;

/** From "NAME=value" strings, NULL-terminated, and from calls. -E2BIG (ERROR_LIMIT) when they are
 *  too many to look for: about 300 KB of values. */
int secrets_new(const char *const *variables, const struct call *const *calls, size_t n_calls,
		struct secrets **ret_secrets, struct error *err);
struct secrets *secrets_ref(struct secrets *secrets); /* accepts NULL */
void secrets_unref(struct secrets *secrets);          /* accepts NULL */

/** Whether the call brings secrets of its own. */
bool secrets_in_call(const struct call *call);

/** What to look for, linked; NULL when no value is known. Accepts NULL. */
const struct trie *secrets_trie(const struct secrets *secrets);
/** The name of the variable behind a value of the trie, fit to be printed. */
const char *secrets_name(const struct secrets *secrets, uint16_t value);

/** Whether a variable of this name holds a secret, going by the name. */
bool secret_is_name(const char *name, size_t len);
/** Whether this cannot be one: too short, a number of less than 12 digits, a path that exists, a
 *  word such as "disabled", or made of less than four different bytes. */
bool secret_is_trivial(const char *value, size_t len);

#endif
