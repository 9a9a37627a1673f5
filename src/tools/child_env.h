/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_CHILD_ENV_H
#define TOOLS_CHILD_ENV_H

#include "base/vec.h"
#include "model/host.h"

/**
 * The environment of commands and of agents: an allow-list of volley's own, so that no secret and
 * no socket of a client is in it, and what the call names. Marks come first and cannot be replaced:
 * the run by which they are found, and how deep they are in a tree of agents.
 */
struct variables VEC(const char *);

struct child_env_conf {
	const struct value *asked;  /* a map of strings; NULL = none */
	const struct value *passed; /* names of volley's own that are passed on too: a list, or one
				       string; NULL = none */
	const char *const *marks;   /* "NAME=value", NULL-terminated; NULL = none */
	enum sandbox_level sandbox;
};

/** Ends list with NULL. 0 or -ENOMEM. */
int child_env_build(const struct host *host, const struct child_env_conf *conf, struct arena *arena,
		    struct variables *list);

/** A map that a call gave. */
int child_env_check(const struct value *asked, struct error *err);

#endif
