/* SPDX-License-Identifier: MIT */
#ifndef RECOVERY_RECOVER_H
#define RECOVERY_RECOVER_H

#include "model/call.h"
#include "recovery/breaker.h"
#include "recovery/classify.h"

/**
 * What to do about an attempt that has ended, and whether one may begin: the one door of this
 * folder for the engine. The ladder: retry, smaller, another endpoint, park, stop. A call whose
 * effect may have happened is never repeated unless it is declared that repeating it does no harm.
 * Loop thread; time and randomness are passed in.
 */
struct recover;

/** The breaker of a tool or an endpoint changed its state. name and reason: for the call only. */
typedef void recover_changed_fn(void *data, const char *name, const struct breaker_change *change,
				const char *reason);

int recover_new(uint64_t seed, recover_changed_fn *changed, void *data,
		struct recover **ret_recover);
void recover_free(struct recover *recover); /* accepts NULL */

/** What recovery remembers of a call between its attempts: in the call, zeroed at the start. */
struct recover_memo {
	struct breaker_ticket tool, endpoint; /* of the attempt under way */
	uint64_t fingerprint;                 /* of the failure that is being retried; 0 = none */
	unsigned n_retries;
	bool holds_budget;
	unsigned char time_factor; /* of its time limit; 0 and 1 = as it was given */
};

/** Who asks to be left alone for longer than that is not waited for. */
enum { RECOVER_PATIENCE_MS = 30000 };

struct recover_target {
	const char *tool;
	const char *endpoint; /* NULL = none: the call stays on this machine */
};

/** Asked right before each attempt. False: not before *ret_until_ns (UINT64_MAX: nobody knows),
 *  because of *ret_name. True: recover_ended() or recover_dropped() follows. */
bool recover_allow(struct recover *recover, const struct recover_target *target,
		   struct recover_memo *memo, uint64_t now_ns, uint64_t *ret_until_ns,
		   const char **ret_name);

/** The attempt came to nothing for a reason that has nothing to do with it. */
void recover_dropped(struct recover *recover, const struct recover_target *target,
		     struct recover_memo *memo, uint64_t now_ns);

struct recover_attempt {
	struct recover_target target;
	enum call_status status;
	const struct error *error;
	const char *line; /* the first line of what it said about its failure; not NULL */
	size_t line_len;
	uint64_t call;      /* tells distinct calls apart; not 0 */
	bool may_repeat;    /* declared: repeating does no harm */
	bool is_stopping;   /* its run stops: nothing is begun any more */
	bool has_other;     /* there is another endpoint to ask */
	size_t width;       /* calls that failed as one; 1 = it alone */
	size_t n_under_way; /* calls ready, waiting to be retried, or running, of all runs */
	uint64_t run_ns, now_ns, deadline_ns; /* deadline 0 = none */
};

enum recover_action {
	RECOVER_KEEP,  /* the result stands: there is nothing to recover */
	RECOVER_RETRY, /* at at_ns */
	RECOVER_SPLIT, /* at at_ns, in halves */
	RECOVER_OTHER, /* at at_ns, elsewhere */
	RECOVER_PARK,  /* the result stands, as recovery has come to its end; see reason */
	RECOVER_STOP,  /* the result stands, and whole runs are to end */
};

const char *recover_action_name(enum recover_action action); /* "keep", "retry", … */

struct recover_decision {
	enum recover_action action;
	enum failure_type type;
	uint64_t at_ns;
	char reason[200]; /* one line for people; "" for KEEP */
};

/** Exactly once for each attempt that was allowed, or for one of a batch that failed as one; the
 *  others of it are dropped. */
void recover_ended(struct recover *recover, const struct recover_attempt *attempt,
		   struct recover_memo *memo, struct recover_decision *ret_decision);

/** The call ends without another attempt: what memo holds is given back. */
void recover_forget(struct recover *recover, struct recover_memo *memo);

/** The operator opens or gives back the breaker of a tool or endpoint. False: no memory. */
bool recover_force(struct recover *recover, const struct recover_target *target, bool is_open);

#endif
