/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_CLAIM_H
#define GRAPH_CLAIM_H

#include "base/buf.h"
#include "graph/graph.h"

/**
 * Claims: what the facts about one attribute of one node come to. Facts of two calls with the same
 * value agree; two values of what can have only one clash.
 */
enum claim_status {
	CLAIM_SINGLE,       /* one call says so */
	CLAIM_AGREED,       /* two calls or more do, and none says otherwise */
	CLAIM_CONTRADICTED, /* calls differ, and nothing tells which is right */
	CLAIM_STALE,        /* it was so; the files say otherwise by now */
};

/** A claim of a graph; valid until the next fact. */
struct claim {
	enum claim_status status;
	uint32_t node;
	enum attribute attribute;
	uint32_t first;   /* observation: the head of the chain of values */
	uint64_t present; /* STALE: the value that holds now */
	/* STALE, first UINT32_MAX: the node is a page that is older than a change of what it is
	 * about. */
	uint32_t file, commit;
};

struct claims {
	struct VEC(struct claim) list;
};

/** What is said of an attribute of a node, without looking at files. False: nothing is. */
bool claim_find(const struct graph *graph, uint32_t node, enum attribute attribute,
		struct claim *ret_claim);

/** The value of an attribute as the files have it now. */
enum look_found {
	LOOK_NOTHING, /* they cannot tell */
	LOOK_VALUE,
	LOOK_BOTH, /* what two calls say need not clash: a link exists, what it leads to may not */
};
typedef enum look_found claim_look_fn(void *data, const struct graph *graph, uint32_t node,
				      enum attribute attribute, uint64_t *ret_value);

/**
 * All clashes, in an order that does not depend on that of the facts; and pages that were published
 * before the latest commit that changed a file they are about. look may be NULL: then nothing is
 * compared with the files as they are. 0 or -ENOMEM.
 */
int claims_find_clashes(const struct graph *graph, claim_look_fn *look, void *data,
			struct claims *claims);
void claims_release(struct claims *claims);

/** One line that names what is claimed and, of a clash, both sides with their calls. */
void claim_write(const struct graph *graph, const struct claim *claim, struct buf *out);

const char *claim_status_name(enum claim_status status); /* "single", "agreed", … */

#endif
