/* SPDX-License-Identifier: MIT */
/*
 * Deciding. What is known of tools and endpoints is in targets, made when first heard of. There
 * are at most TARGETS_MAX endpoints; what comes later goes unwatched, which costs protection but no
 * correctness.
 */
#include "recovery/recover.h"

#include "base/map.h"
#include "base/random.h"
#include "base/str.h"
#include "recovery/backoff.h"
#include "recovery/budget.h"
#include "recovery/fingerprint.h"
#include "recovery/throttle.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { TARGETS_MAX = 512, PROBE_MAX_MS = 120000, NS_PER_MS = 1000000, THROTTLED_MS = 1000 };

/* Of a few requests the share that fails says nothing: the formula would refuse every second one
 * after a single failure. */
enum { THROTTLE_MIN = BREAKER_WINDOW };

struct target {
	struct map_node node;
	struct target *next;
	struct breaker breaker;
	struct tokens tokens;     /* endpoints */
	struct throttle throttle; /* endpoints */
	uint64_t gate_ns;         /* asked to be left alone until then; 0 = no */
	bool is_endpoint;
	char name[];
};

struct recover {
	uint64_t random_state;
	recover_changed_fn *changed;
	void *data;
	struct map map;
	struct target *targets;
	size_t n_endpoints, n_tools, n_tools_open;
	struct budget budget;
	struct fingerprints fingerprints;
};

const char *recover_action_name(enum recover_action action)
{
	static const char *const names[] = { "keep", "retry", "split", "other", "park", "stop" };

	return names[action];
}

int recover_new(uint64_t seed, recover_changed_fn *changed, void *data,
		struct recover **ret_recover)
{
	struct recover *self = calloc(1, sizeof(*self));

	if (!self)
		return -ENOMEM;
	self->random_state = seed;
	self->changed = changed;
	self->data = data;
	*ret_recover = self;
	return 0;
}

void recover_free(struct recover *recover)
{
	if (!recover)
		return;
	while (recover->targets) {
		struct target *target = recover->targets;

		recover->targets = target->next;
		breaker_release(&target->breaker);
		free(target);
	}
	map_release(&recover->map);
	free(recover);
}

/* ---- targets ---- */

struct target_key {
	const char *name;
	bool is_endpoint;
};

static bool has_key(const struct map_node *node, const void *data)
{
	const struct target *target = (const struct target *)node; /* node comes first */
	const struct target_key *key = data;

	return target->is_endpoint == key->is_endpoint && str_equal(target->name, key->name);
}

/* NULL: too many, or no memory. */
static struct target *target_of(struct recover *self, const char *name, bool is_endpoint)
{
	struct target_key key = { name, is_endpoint };
	size_t len = strlen(name);
	uint64_t hash = hash_bytes(is_endpoint, name, len);
	struct map_node *node = map_find(&self->map, hash, has_key, &key);
	struct breaker_conf conf = { .probe_max_ms = PROBE_MAX_MS, .looks_at_times = is_endpoint };
	struct target *target;

	if (node)
		return (struct target *)node;
	target = !is_endpoint || self->n_endpoints < TARGETS_MAX
			 ? calloc(1, sizeof(*target) + len + 1)
			 : NULL;
	if (!target)
		return NULL;
	conf.seed = random_next(&self->random_state);
	breaker_init(&target->breaker, &conf);
	tokens_init(&target->tokens);
	target->is_endpoint = is_endpoint;
	memcpy(target->name, name, len);
	target->next = self->targets;
	self->targets = target;
	self->n_endpoints += is_endpoint;
	self->n_tools += !is_endpoint;
	map_add(&self->map, &target->node, hash);
	return target;
}

static struct target *endpoint_of(struct recover *self, const struct recover_target *target)
{
	return target->endpoint ? target_of(self, target->endpoint, true) : NULL;
}

static bool is_open(enum breaker_state state)
{
	return state == BREAKER_OPEN || state == BREAKER_FORCED_OPEN;
}

static void tell(struct recover *self, const struct target *target,
		 const struct breaker_change *change)
{
	char reason[96] = "the operator";

	if (change->from == change->to)
		return;
	if (!target->is_endpoint)
		self->n_tools_open =
			self->n_tools_open + is_open(change->to) - is_open(change->from);
	if (change->to == BREAKER_HALF_OPEN)
		(void)snprintf(reason, sizeof(reason), "%d probes are made", BREAKER_PROBES);
	else if (change->from == BREAKER_HALF_OPEN && change->to == BREAKER_CLOSED)
		(void)snprintf(reason, sizeof(reason), "%d probes passed", BREAKER_PROBES);
	else if (change->from == BREAKER_HALF_OPEN)
		(void)snprintf(reason, sizeof(reason), "a probe failed");
	else if (change->to == BREAKER_OPEN)
		(void)snprintf(reason, sizeof(reason), "of the last %u calls %u failed%s",
			       change->n_seen, change->n_failed,
			       change->n_slow ? " and others were slow" : "");
	self->changed(self->data, target->name, change, reason);
}

static bool ask_breaker(struct recover *self, struct target *target, uint64_t now_ns,
			struct breaker_ticket *ret_ticket, uint64_t *ret_until_ns)
{
	struct breaker_change change;
	bool is_allowed;

	*ret_ticket = (struct breaker_ticket){ 0 };
	if (!target)
		return true;
	is_allowed = breaker_allow(&target->breaker, now_ns, ret_ticket, ret_until_ns, &change);
	tell(self, target, &change);
	return is_allowed;
}

static void report(struct recover *self, struct target *target, struct breaker_ticket *ticket,
		   enum breaker_outcome outcome, const struct recover_attempt *attempt)
{
	struct breaker_change change;

	if (target && ticket->epoch) {
		breaker_report(&target->breaker, *ticket, outcome, attempt->run_ns, attempt->now_ns,
			       &change);
		tell(self, target, &change);
	}
	*ticket = (struct breaker_ticket){ 0 };
}

void recover_dropped(struct recover *recover, const struct recover_target *target,
		     struct recover_memo *memo, uint64_t now_ns)
{
	const struct recover_attempt nothing = { .now_ns = now_ns };

	report(recover, target_of(recover, target->tool, false), &memo->tool, BREAKER_IGNORED,
	       &nothing);
	report(recover, endpoint_of(recover, target), &memo->endpoint, BREAKER_IGNORED, &nothing);
}

/* A gate was set by the endpoint itself; the throttle is ours. */
static bool ask_endpoint(struct recover *self, struct target *endpoint, uint64_t now_ns,
			 uint64_t *ret_until_ns)
{
	if (!endpoint)
		return true;
	if (endpoint->gate_ns > now_ns) {
		*ret_until_ns = endpoint->gate_ns;
		return false;
	}
	*ret_until_ns = now_ns + THROTTLED_MS * (uint64_t)NS_PER_MS;
	return throttle_allow(&endpoint->throttle, now_ns, random_next(&self->random_state)) ||
	       throttle_requests(&endpoint->throttle, now_ns) <= THROTTLE_MIN;
}

bool recover_allow(struct recover *recover, const struct recover_target *target,
		   struct recover_memo *memo, uint64_t now_ns, uint64_t *ret_until_ns,
		   const char **ret_name)
{
	struct target *endpoint = endpoint_of(recover, target);

	*ret_name = target->tool;
	if (!ask_breaker(recover, target_of(recover, target->tool, false), now_ns, &memo->tool,
			 ret_until_ns))
		return false;
	if (ask_breaker(recover, endpoint, now_ns, &memo->endpoint, ret_until_ns) &&
	    ask_endpoint(recover, endpoint, now_ns, ret_until_ns))
		return true;
	*ret_name = target->endpoint;
	recover_dropped(recover, target, memo, now_ns);
	return false;
}

bool recover_force(struct recover *recover, const struct recover_target *target, bool is_open_now)
{
	struct target *known = target->endpoint ? endpoint_of(recover, target)
						: target_of(recover, target->tool, false);
	struct breaker_change change;

	if (!known)
		return false;
	breaker_force(&known->breaker, is_open_now, &change);
	tell(recover, known, &change);
	return true;
}

void recover_forget(struct recover *recover, struct recover_memo *memo)
{
	if (memo->holds_budget)
		budget_give(&recover->budget);
	memo->holds_budget = false;
	memo->fingerprint = 0;
}

/* ---- what an attempt tells ---- */

/* A command that ended by itself says nothing against what ran it. */
static bool is_commands_own(const struct error *err)
{
	return err->origin == ERROR_FROM_EXIT || err->origin == ERROR_FROM_GREP ||
	       err->origin == ERROR_FROM_SIGNAL;
}

static enum breaker_outcome outcome_of(const struct recover_attempt *attempt,
				       const struct failure *failure)
{
	if (attempt->status == CALL_OK)
		return BREAKER_PASSED;
	if (attempt->status == CALL_CANCELLED)
		return BREAKER_IGNORED;
	if (failure->counts_for_breaker)
		return BREAKER_FAILED;
	return is_commands_own(attempt->error) ? BREAKER_PASSED : BREAKER_IGNORED;
}

static void learn(struct recover *self, const struct recover_attempt *attempt,
		  const struct failure *failure, struct recover_memo *memo)
{
	struct target *endpoint = endpoint_of(self, &attempt->target);
	enum breaker_outcome outcome = outcome_of(attempt, failure);
	bool is_shared = failure->scope >= SCOPE_TOOL;

	if (memo->fingerprint && attempt->status != CALL_CANCELLED)
		fingerprints_retried(&self->fingerprints, memo->fingerprint,
				     attempt->status == CALL_OK);
	recover_forget(self, memo);
	/* What an endpoint does is not laid to the tool's charge. */
	report(self, target_of(self, attempt->target.tool, false), &memo->tool,
	       endpoint && outcome == BREAKER_FAILED && !is_shared ? BREAKER_IGNORED : outcome,
	       attempt);
	report(self, endpoint, &memo->endpoint, outcome, attempt);
	if (!endpoint)
		return;
	if (attempt->status == CALL_OK)
		tokens_succeeded(&endpoint->tokens);
	else if (failure->is_retryable)
		tokens_failed(&endpoint->tokens);
	if (attempt->status == CALL_OK || failure->type == FAILURE_PERMANENT)
		throttle_accepted(&endpoint->throttle, attempt->now_ns);
	if (failure->type == FAILURE_RESOURCE && failure->scope == SCOPE_ENDPOINT &&
	    failure->retry_after_ms)
		endpoint->gate_ns =
			attempt->now_ns +
			backoff_asked_ns(failure->retry_after_ms, random_next(&self->random_state));
}

/* ---- deciding ---- */

static void say(struct recover_decision *decision, enum recover_action action, const char *what,
		const char *why)
{
	decision->action = action;
	(void)snprintf(decision->reason, sizeof(decision->reason), "%s; %s", what, why);
}

/* Only what concerns more than the one call can stop all of them. */
static bool is_promoted(struct recover *self, const struct recover_attempt *attempt,
			const struct failure *failure, uint64_t fingerprint,
			struct recover_decision *decision)
{
	bool is_candidate = failure->scope == SCOPE_HOST ||
			    (failure->type == FAILURE_SYSTEMIC && failure->scope != SCOPE_ENDPOINT);
	bool is_alike =
		fingerprints_add(&self->fingerprints, fingerprint, attempt->call, attempt->now_ns);

	if (failure->type == FAILURE_SYSTEMIC && failure->scope == SCOPE_HOST) {
		say(decision, RECOVER_STOP, failure->what, "nothing can go on like that");
		return true;
	}
	if (is_candidate && is_alike) {
		say(decision, RECOVER_STOP, failure->what, "3 calls failed alike within a minute");
		return true;
	}
	if (self->n_tools_open >= 2 && self->n_tools_open * 2 >= self->n_tools) {
		say(decision, RECOVER_STOP, failure->what,
		    "the breakers of half of all tools are open");
		return true;
	}
	return false;
}

static unsigned retries_max(struct recover *self, const struct recover_attempt *attempt,
			    const struct failure *failure, uint64_t fingerprint)
{
	const struct backoff *backoff = attempt->target.endpoint ? &backoff_web : &backoff_local;
	enum retrying retrying;

	if (failure->type != FAILURE_UNKNOWN)
		return failure->is_once ? 1 : backoff->retries_max;
	retrying = fingerprints_judge(&self->fingerprints, fingerprint);
	if (retrying == RETRYING_IS_VAIN)
		return 0;
	return retrying == RETRYING_HELPS ? backoff->retries_max : 1;
}

static uint64_t wait_ns(struct recover *self, const struct recover_attempt *attempt,
			const struct failure *failure, unsigned i_retry)
{
	const struct backoff *backoff = attempt->target.endpoint ? &backoff_web : &backoff_local;
	uint64_t random = random_next(&self->random_state);

	return failure->retry_after_ms ? backoff_asked_ns(failure->retry_after_ms, random)
				       : backoff_wait_ns(backoff, i_retry, random);
}

static void split(struct recover *self, const struct recover_attempt *attempt,
		  const struct failure *failure, struct recover_decision *decision)
{
	char why[80];

	/* A shortage may pass meanwhile; what is too big is so without waiting. */
	decision->at_ns = attempt->now_ns;
	if (failure->is_retryable)
		decision->at_ns += wait_ns(self, attempt, failure, 0);
	if (attempt->deadline_ns && decision->at_ns >= attempt->deadline_ns) {
		say(decision, RECOVER_PARK, failure->what, "the deadline comes before a retry");
		return;
	}
	(void)snprintf(why, sizeof(why), "%zu calls are tried again in halves", attempt->width);
	say(decision, RECOVER_SPLIT, failure->what, why);
}

/* The last steps of the ladder. */
static void give_up(const struct recover_attempt *attempt, const struct failure *failure,
		    const char *why, struct recover_decision *decision)
{
	decision->at_ns = attempt->now_ns;
	if (attempt->has_other)
		say(decision, RECOVER_OTHER, failure->what, "another endpoint is asked");
	else
		say(decision, RECOVER_PARK, failure->what, why);
}

static void retry(struct recover *self, const struct recover_attempt *attempt,
		  const struct failure *failure, struct recover_memo *memo,
		  struct recover_decision *decision)
{
	const struct target *endpoint = endpoint_of(self, &attempt->target);
	bool is_slow = failure->type == FAILURE_TRANSIENT && attempt->status == CALL_TIMEOUT;
	uint64_t at_ns = attempt->now_ns + wait_ns(self, attempt, failure, memo->n_retries);
	size_t n_retries = self->budget.n_retries;
	size_t n_first = attempt->n_under_way > n_retries ? attempt->n_under_way - n_retries : 0;
	char why[80];

	if (failure->retry_after_ms > RECOVER_PATIENCE_MS) {
		give_up(attempt, failure, "it asks for more time than there is patience", decision);
		return;
	}
	/* A second attempt that gets no more time than the first is of no use. */
	if (attempt->deadline_ns &&
	    at_ns + (is_slow ? attempt->run_ns : 0) >= attempt->deadline_ns) {
		say(decision, RECOVER_PARK, failure->what, "the deadline comes before a retry");
		return;
	}
	if (endpoint && !tokens_allow(&endpoint->tokens)) {
		give_up(attempt, failure, "too many of its calls fail for retries", decision);
		return;
	}
	if (!budget_take(&self->budget, n_first)) {
		give_up(attempt, failure, "too many retries are under way", decision);
		return;
	}
	memo->holds_budget = true;
	memo->n_retries++;
	if (is_slow)
		memo->time_factor = 2;
	decision->at_ns = at_ns;
	(void)snprintf(why, sizeof(why), "tried again%s", is_slow ? " with twice the time" : "");
	say(decision, RECOVER_RETRY, failure->what, why);
}

static struct failure classify_attempt(const struct recover_attempt *attempt, unsigned n_attempts)
{
	struct error err = *attempt->error;

	/* Its own time: a run that is out of time does not get so far as to ask. */
	if (attempt->status == CALL_TIMEOUT && err.origin == ERROR_FROM_ERRNO &&
	    !attempt->target.endpoint)
		error_from(&err, ERROR_FROM_ENGINE, FAULT_TIME_LIMIT);
	return classify(&err, n_attempts, attempt->width);
}

static void decide(struct recover *self, const struct recover_attempt *attempt,
		   const struct failure *failure, struct recover_memo *memo,
		   struct recover_decision *decision)
{
	uint64_t fingerprint = fingerprint_of(attempt->target.tool, attempt->error, attempt->line,
					      attempt->line_len);
	bool never_ran = attempt->error->origin == ERROR_FROM_SPAWN;
	char why[80];

	if (is_promoted(self, attempt, failure, fingerprint, decision))
		return;
	if (!attempt->may_repeat && !never_ran)
		return;
	if (failure->may_split) {
		split(self, attempt, failure, decision);
		return;
	}
	if (failure->type == FAILURE_SYSTEMIC && failure->scope == SCOPE_ENDPOINT) {
		give_up(attempt, failure, "there is no other endpoint", decision);
		return;
	}
	if (!failure->is_retryable)
		return;
	if (memo->n_retries >= retries_max(self, attempt, failure, fingerprint)) {
		if (memo->n_retries == 0)
			return;
		(void)snprintf(why, sizeof(why), "gave up after %u attempts", memo->n_retries + 1);
		give_up(attempt, failure, why, decision);
		return;
	}
	retry(self, attempt, failure, memo, decision);
	if (decision->action == RECOVER_RETRY)
		memo->fingerprint = fingerprint;
}

void recover_ended(struct recover *recover, const struct recover_attempt *attempt,
		   struct recover_memo *memo, struct recover_decision *ret_decision)
{
	struct failure failure = { .what = "" };

	ret_decision->action = RECOVER_KEEP;
	ret_decision->at_ns = 0;
	ret_decision->reason[0] = '\0';
	if (attempt->status != CALL_OK)
		failure = classify_attempt(attempt, memo->n_retries + 1);
	ret_decision->type = failure.type;
	learn(recover, attempt, &failure, memo);
	if (failure.type == FAILURE_NONE || failure.type == FAILURE_PERMANENT ||
	    attempt->is_stopping || attempt->status == CALL_CANCELLED ||
	    attempt->status == CALL_DENIED || attempt->status == CALL_SKIPPED)
		return;
	decide(recover, attempt, &failure, memo, ret_decision);
}
