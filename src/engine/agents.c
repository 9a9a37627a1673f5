/* SPDX-License-Identifier: MIT */
#include "engine/agents.h"

#include "base/str.h"
#include "engine/cache.h"
#include "engine/core.h"
#include "os/marked.h"
#include "tools/agent_args.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const kinds[SPEND_KIND_COUNT] = {
	[SPEND_TOKENS] = "tokens",
	[SPEND_CALLS] = "calls",
	[SPEND_USD_E6] = "usd_e6",
};

enum { MARKS = 4, NUMBER_DIGITS_MAX = 6, AMOUNT_DIGITS_MAX = 16, EVIDENCE_BYTES_MAX = 64 << 20 };

struct agent {
	struct engine *engine;
	struct host_agent shown;
	struct account account;
	struct account *drawn_on; /* of the agent above, or of this process */
	struct slot slot;
	unsigned n_nests;
	bool is_counted; /* among those that were started on it */
	bool is_refused;
	struct error error; /* why */
	enum sandbox_level sandbox;
	struct secrets *secrets;
	char chain[AGENTS_CHAIN_MAX];
	char marks[MARKS][AGENTS_MARK_MAX];
	const char *shown_marks[MARKS + 1];
};

static const struct spend no_limit = {
	.of = { SPEND_NO_LIMIT, SPEND_NO_LIMIT, SPEND_NO_LIMIT },
	.wall_ms = SPEND_NO_LIMIT,
};

/* ---- what the environment says ---- */

/* A list of NAME=value, as it is in an environment. */
struct marks {
	const char *const *list; /* NULL-terminated, or */
	const char *text;        /* each with its NUL */
	size_t len;
};

static const char *variable(const struct marks *marks, const char *start)
{
	for (const char *const *at = marks->list; at && *at; at++)
		if (str_starts_with(*at, start))
			return *at + strlen(start);
	for (size_t at = 0; at < marks->len; at += strlen(marks->text + at) + 1)
		if (str_starts_with(marks->text + at, start))
			return marks->text + at + strlen(start);
	return NULL;
}

/* "2/3" or "0.1": two short numbers. NULL: it is none; else what comes behind it. */
static const char *read_two(const char *text, char between, unsigned *ret_a, unsigned *ret_b)
{
	static const char digits[] = "0123456789";
	size_t n_a = strspn(text, digits);
	size_t n_b = text[n_a] == between ? strspn(text + n_a + 1, digits) : 0;

	if (n_a < 1 || n_a > NUMBER_DIGITS_MAX || n_b < 1 || n_b > NUMBER_DIGITS_MAX)
		return NULL;
	*ret_a = (unsigned)strtoul(text, NULL, 10);
	*ret_b = (unsigned)strtoul(text + n_a + 1, NULL, 10);
	return text + n_a + 1 + n_b;
}

/* "2/3 dig.1 > call". NULL = as if there were no agents above. Returns the chain, or NULL. */
static const char *read_depth(const char *text, unsigned *ret_depth, unsigned *ret_max)
{
	const char *chain = text ? read_two(text, '/', ret_depth, ret_max) : "";

	if (!text) {
		*ret_depth = 0;
		*ret_max = AGENT_DEPTH_MAX;
	} else if (!chain || (*chain && *chain != ' ') || *ret_depth > AGENT_DEPTH_MAX ||
		   *ret_max > AGENT_DEPTH_MAX) {
		*ret_depth = *ret_max = AGENT_DEPTH_MAX;
		return NULL;
	}
	return chain + (*chain == ' ');
}

static bool is_named(const char *text, size_t n, const char *name)
{
	return n == strlen(name) && strncmp(text, name, n) == 0;
}

static uint64_t *limit_named(struct spend *budget, const char *text, size_t n)
{
	for (int i = 0; i < SPEND_KIND_COUNT; i++)
		if (is_named(text, n, kinds[i]))
			return &budget->of[i];
	return is_named(text, n, "wall_ms") ? &budget->wall_ms : NULL;
}

/* "tokens=900 calls=10". False: it is not like that. */
static bool read_budget(struct spend *budget, const char *text)
{
	while (text && *text) {
		size_t n = strcspn(text, "= ");
		size_t n_digits = text[n] == '=' ? strspn(text + n + 1, "0123456789") : 0;
		const char *end = text + n + 1 + n_digits;
		uint64_t *limit = limit_named(budget, text, n), value;

		if (!limit || !n_digits || n_digits > AMOUNT_DIGITS_MAX || (*end && *end != ' '))
			return false;
		value = strtoull(text + n + 1, NULL, 10);
		*limit = value < *limit ? value : *limit;
		text = end + (*end == ' ');
	}
	return true;
}

/* Of a file beside the slots. */
static bool is_name(const char *text)
{
	size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyz-0123456789");

	return n > 0 && n < ACCOUNT_NAME_MAX && !text[n];
}

/* What is not as we write it is no reason to allow more: no agent may be started. */
static void doubt(struct agents *self, const char *name)
{
	self->bad_mark = name;
	self->depth = self->depth_max = AGENT_DEPTH_MAX;
}

/* What the environment of this process says, or of one above. */
static void take_marks(struct agents *self, const struct marks *marks)
{
	const char *slot = variable(marks, "VOLLEY_AGENT_SLOT=");
	const char *pool = variable(marks, "VOLLEY_AGENT_POOL=");
	const char *account = variable(marks, "VOLLEY_AGENT_ACCOUNT=");
	unsigned depth, depth_max, number = 0, level = 0;
	const char *chain = read_depth(variable(marks, "VOLLEY_AGENT_DEPTH="), &depth, &depth_max);
	const char *slot_end = slot && *slot ? read_two(slot, '.', &number, &level) : "";

	if (depth > self->depth) {
		self->depth = depth;
		(void)snprintf(self->chain, sizeof(self->chain), "%s", chain ? chain : "");
		self->has_lent = slot && *slot && slot_end;
		self->lent_number = number;
		self->lent_level = level;
		self->account_name[0] = '\0';
	}
	if (depth == self->depth && account && !*self->account_name && is_name(account))
		(void)snprintf(self->account_name, sizeof(self->account_name), "%s", account);
	if (depth_max < self->depth_max)
		self->depth_max = depth_max;
	if (!chain)
		doubt(self, "VOLLEY_AGENT_DEPTH");
	if (!read_budget(&self->limit, variable(marks, "VOLLEY_AGENT_BUDGET=")))
		doubt(self, "VOLLEY_AGENT_BUDGET");
	if (!slot_end || *slot_end)
		doubt(self, "VOLLEY_AGENT_SLOT");
	if (account && *account && !is_name(account))
		doubt(self, "VOLLEY_AGENT_ACCOUNT");
	if (pool && access(pool, R_OK | X_OK) == 0) {
		free(self->pool);
		self->pool = strdup(pool);
	}
}

/* The processes above, nearest first. */
struct climb {
	struct agents *agents;
	bool is_marked; /* one of those so far was, as commands are */
	bool is_over;   /* past the first supervisor */
};

/* All that a supervisor starts is marked, so somebody has cleared that, and what else was there:
 * then none may be started. */
static void take_marks_above(void *data, const char *text, size_t len, bool is_ours)
{
	const struct marks marks = { .text = text, .len = len };
	struct climb *climb = data;
	struct agents *self = climb->agents;

	if (is_ours && !climb->is_over && !climb->is_marked) {
		self->depth = self->depth_max = AGENT_DEPTH_MAX;
		(void)snprintf(self->chain, sizeof(self->chain), "(who cleared the environment)");
	}
	climb->is_over |= is_ours;
	climb->is_marked |= variable(&marks, MARKED_NAME "=") != NULL;
	take_marks(self, &marks);
}

/* A shell may clear or change what it gives to its commands, but not what it was started with, nor
 * what those above it were. So of all of them holds what allows least, and the pool of the one that
 * is furthest above. */
static void get_ready(struct engine *engine)
{
	struct agents *self = &engine->agents;
	const struct marks own = { .list = engine->environ };
	struct climb climb = { .agents = self,
			       .is_marked = variable(&own, MARKED_NAME "=") != NULL };

	if (self->is_ready)
		return;
	self->is_ready = true;
	self->depth_max = AGENT_DEPTH_MAX;
	self->limit = no_limit;
	take_marks(self, &own);
	marked_above(take_marks_above, &climb);
	ledger_init(&self->account.ledger, &self->limit, env_now_ns(engine->env));
	account_init(&self->account);
	if (self->pool && *self->account_name)
		account_join(&self->account, self->pool, self->account_name);
	if (!self->pool) {
		const char *pool = jobs_agent_pool(&engine->jobs);

		self->pool = pool ? strdup(pool) : NULL;
	}
}

void agents_release(struct engine *engine)
{
	timer_stop(&engine->timers, &engine->agents.wait);
	if (engine->agents.is_ready)
		account_close(&engine->agents.account, NULL);
	free(engine->agents.pool);
	free(engine->agents.evidence);
	engine->agents.pool = engine->agents.evidence = NULL; /* agents may still end */
}

/* ---- evidence ---- */

/* pool: DIR/agents. */
static void share_evidence(struct engine *engine, const char *pool)
{
	struct agents *self = &engine->agents;
	const char *slash = pool ? strrchr(pool, '/') : NULL;
	struct cache *cache;
	struct error err;

	if (!slash || self->evidence)
		return;
	if (asprintf(&self->evidence, "%.*s/evidence", (int)(slash - pool), pool) < 0)
		self->evidence = NULL;
	else if (cache_new(self->evidence, &cache, &err) == 0)
		passes_share(engine, cache);
}

void agents_join(struct engine *engine)
{
	const struct marks own = { .list = engine->environ };

	if (variable(&own, "VOLLEY_AGENT_DEPTH="))
		share_evidence(engine, variable(&own, "VOLLEY_AGENT_POOL="));
}

/* ---- depth ---- */

static unsigned depth_of(const struct run_call *call)
{
	const struct agent *above = call->run->above;

	return (above ? above->shown.depth : call->run->engine->agents.depth) + 1;
}

static unsigned depth_max_of(const struct run_call *call)
{
	const struct run *run = call->run;
	const struct agent *above = run->above;
	unsigned depth = depth_of(call);
	unsigned max = above ? above->shown.depth_max : run->engine->agents.depth_max;
	unsigned of_phase = run->plan->phases[call->call->phase].agents_depth_max;
	unsigned own = (unsigned)args_int(&call->call->args, AGENT_MAX_DEPTH);

	if (of_phase && depth + of_phase - 1 < max)
		max = depth + of_phase - 1;
	return depth + own - 1 < max ? depth + own - 1 : max;
}

/* An agent that may not be started at all needs no slot; and those that hold one may be waiting for
 * it to be told so. */
static bool is_too_deep(const struct run_call *call)
{
	const struct agent *above = call->run->above;

	return depth_of(call) >
	       (above ? above->shown.depth_max : call->run->engine->agents.depth_max);
}

static const char *chain_above(const struct run_call *call)
{
	return call->run->above ? call->run->above->chain : call->run->engine->agents.chain;
}

/* What an agent that the call starts is paid from. */
static struct account *account_above(const struct run_call *call)
{
	struct agent *above = call->run->above;

	return above ? &above->account : &call->run->engine->agents.account;
}

/* The account above is entered. */
static int check(const struct run_call *call, const struct agent *agent, struct error *err)
{
	struct agent *above = call->run->above;
	struct account *account = account_above(call);
	unsigned depth = depth_of(call), most = depth > 1 ? agent_fan_out(depth - 1) : UINT32_MAX;

	if (!above && call->run->engine->agents.bad_mark) {
		(void)error_set(err, ERROR_DENIED, EPERM,
				"no agent may be started: the variable '%s' is not as volley "
				"writes it",
				call->run->engine->agents.bad_mark);
		error_from(err, ERROR_FROM_POLICY, 0);
		return -EPERM;
	}
	if (is_too_deep(call)) {
		(void)error_set(err, ERROR_DENIED, EPERM,
				"agents may be %u deep, and this one would be %u deep: %s > %.100s",
				above ? above->shown.depth_max
				      : call->run->engine->agents.depth_max,
				depth, chain_above(call), call->call->id);
		error_from(err, ERROR_FROM_ENGINE, FAULT_TOO_DEEP);
		return -EPERM;
	}
	if (account->is_lost) {
		(void)error_set(err, ERROR_DENIED, EPERM,
				"no agent may be started: the record of what the agent above has "
				"spent is lost");
		error_from(err, ERROR_FROM_POLICY, 0);
		return -EPERM;
	}
	if (agent->is_counted && account->n_below > most) {
		(void)error_set(err, ERROR_DENIED, EPERM,
				"an agent %u deep may start %u agents, and this is one more",
				depth - 1, most);
		error_from(err, ERROR_FROM_POLICY, 0);
		return -EPERM;
	}
	return 0;
}

/* ---- slots ---- */

static void on_wait_over(struct timer *timer)
{
	engine_kick(container_of(timer, struct engine, agents.wait));
}

static int take_lent(const struct run_call *call, struct slot *ret_slot)
{
	const struct agents *self = &call->run->engine->agents;
	const struct agent *above = call->run->above;

	if (above)
		return above->slot.fd < 0 ? -ENOENT
					  : slot_pool_take_lent(self->pool, above->slot.number,
								above->slot.level + 1, ret_slot);
	if (!self->has_lent)
		return -ENOENT;
	return slot_pool_take_lent(self->pool, self->lent_number, self->lent_level, ret_slot);
}

static int take(const struct run_call *call, struct slot *ret_slot)
{
	const char *pool = call->run->engine->agents.pool;
	int r = take_lent(call, ret_slot);

	return r < 0 ? slot_pool_take(pool, ret_slot) : r;
}

static bool ask_again(struct engine *engine)
{
	struct timer *wait = &engine->agents.wait;

	if (!heap_has(&wait->node))
		timer_start(&engine->timers, wait,
			    env_now_ns(engine->env) + SLOT_POOL_WAIT_MS * 1000000ull, on_wait_over);
	return false;
}

/* ---- budgets ---- */

/* The account above is entered. */
static int phase_ledger(struct run_call *call, struct ledger **ret_ledger, struct error *err)
{
	struct run *run = call->run;
	struct run_phase *phase = &run->phases[call->call->phase];
	const struct spend *budget = run->plan->phases[call->call->phase].agents_budget;
	struct ledger *parent = &account_above(call)->ledger;
	int r;

	*ret_ledger = phase->agents ? phase->agents : parent;
	if (!budget || phase->agents)
		return 0;
	phase->agents = calloc(1, sizeof(*phase->agents));
	if (!phase->agents)
		return error_errno(err, ENOMEM, "cannot start an agent");
	r = ledger_open(phase->agents, parent, budget, env_now_ns(run->engine->env), err);
	if (r < 0) {
		free(phase->agents);
		phase->agents = NULL;
		return r;
	}
	*ret_ledger = phase->agents;
	return 0;
}

void agents_end_phase(struct run *run, size_t i_phase)
{
	struct run_phase *phase = &run->phases[i_phase];
	struct account *account = run->above ? &run->above->account : &run->engine->agents.account;

	if (!phase->agents)
		return;
	account_enter(account);
	ledger_close(phase->agents);
	account_leave(account);
	free(phase->agents);
	phase->agents = NULL;
}

/* What has no budget of its own gets its part of what is left for all that may run beside it. */
static struct spend share_of(const struct run_call *call, const struct ledger *parent)
{
	struct engine *engine = call->run->engine;
	const struct value *given = call->call->args.values[AGENT_BUDGET].is_set
					    ? call->call->args.values[AGENT_BUDGET].value
					    : NULL;
	struct spend left = ledger_left(parent, env_now_ns(engine->env));
	struct spend share = no_limit;
	uint64_t n = call->run->phases[call->call->phase].n_left;
	unsigned width = engine->limits.admit.conf.lane_caps[LANE_AGENTS];
	struct place place;

	if (given)
		(void)agent_budget_read(given, &share, &place, NULL); /* it was checked */
	n = n < width ? n : width;
	n = n > parent->n_open ? n - parent->n_open : 1;
	n += call->run->above != NULL; /* what the agent makes of it costs, too */
	for (int i = 0; i < SPEND_KIND_COUNT; i++)
		if (share.of[i] == SPEND_NO_LIMIT && left.of[i] != SPEND_NO_LIMIT)
			share.of[i] = (left.of[i] + n - 1) / n;
	return share;
}

/* The account above is entered. */
static int open_ledger(struct run_call *call, struct agent *agent, struct error *err)
{
	static const struct spend one = { .of[SPEND_CALLS] = 1 };
	uint64_t now_ns = env_now_ns(agent->engine->env);
	struct ledger *parent;
	struct spend share;
	int r = phase_ledger(call, &parent, err);

	if (r == 0) {
		share = share_of(call, parent);
		r = ledger_open(&agent->account.ledger, parent, &share, now_ns, err);
	}
	if (r < 0) {
		error_from(err, ERROR_FROM_POLICY, 0);
		return r;
	}
	if (!agent->shown.above) /* or the agent above has counted it among its calls */
		ledger_spend(&agent->account.ledger, &one);
	account_init(&agent->account);
	return 0;
}

/* ---- begin and end ---- */

static void write_budget(struct agent *agent, char *out, size_t size)
{
	struct spend left = agent_left(agent);
	int n = snprintf(out, size, "VOLLEY_AGENT_BUDGET=");

	for (int i = 0; i < SPEND_KIND_COUNT; i++)
		if (left.of[i] != SPEND_NO_LIMIT)
			n += snprintf(out + n, size - (size_t)n, "%s=%" PRIu64 " ", kinds[i],
				      left.of[i]);
	if (left.wall_ms != SPEND_NO_LIMIT)
		(void)snprintf(out + n, size - (size_t)n, "wall_ms=%" PRIu64, left.wall_ms);
}

static void write_marks(struct agent *agent)
{
	const struct slot *slot = &agent->slot;

	(void)snprintf(agent->marks[0], AGENTS_MARK_MAX, "VOLLEY_AGENT_DEPTH=%u/%u %s",
		       agent->shown.depth, agent->shown.depth_max, agent->chain); /* fits */
	write_budget(agent, agent->marks[1], AGENTS_MARK_MAX);
	(void)snprintf(agent->marks[2], AGENTS_MARK_MAX, "VOLLEY_AGENT_SLOT=");
	if (slot->fd >= 0 && slot->level + 1 < SLOT_POOL_LEVELS)
		(void)snprintf(agent->marks[2], AGENTS_MARK_MAX, "VOLLEY_AGENT_SLOT=%u.%u",
			       slot->number, slot->level + 1);
	(void)snprintf(agent->marks[3], AGENTS_MARK_MAX, "VOLLEY_AGENT_ACCOUNT=%s",
		       agent->account.fd >= 0 ? agent->account.name : "");
	for (int i = 0; i < MARKS; i++)
		agent->shown_marks[i] = agent->marks[i];
	agent->shown.marks = agent->shown_marks;
}

/* What an agent may do nobody below it may more. */
static enum sandbox_level sandbox_of(const struct run_call *call)
{
	const struct args *args = &call->call->args;
	enum sandbox_level above =
		call->run->above ? call->run->above->sandbox : call->run->engine->sandbox_level;
	enum sandbox_level own = args_is_set(args, AGENT_SANDBOX)
					 ? (enum sandbox_level)args_int(args, AGENT_SANDBOX)
					 : above;

	return own > above ? own : above;
}

static struct agent *agent_new(const struct run_call *call)
{
	struct agent *agent = calloc(1, sizeof(*agent));
	const char *above = chain_above(call);

	if (!agent)
		return NULL;
	agent->engine = call->run->engine;
	agent->slot.fd = agent->account.fd = -1;
	agent->shown = (struct host_agent){
		.call = call->call,
		.above = call->run->above ? &call->run->above->shown : NULL,
		.depth = depth_of(call),
		.depth_max = depth_max_of(call),
	};
	agent->is_counted = call->attempts == 0;
	agent->sandbox = sandbox_of(call);
	agent->secrets = call->run->secrets;
	(void)snprintf(agent->chain, sizeof(agent->chain), "%.120s%s%.70s", above,
		       *above ? " > " : "", call->call->id); /* fits */
	return agent;
}

/* False: it has to wait for what others hold back. */
static bool pay(struct run_call *call, struct agent *agent)
{
	bool is_held_up;
	int r = 0;

	agent->drawn_on = account_above(call);
	account_enter(agent->drawn_on);
	/* What a phase has set aside is its own. */
	is_held_up =
		!call->run->phases[call->call->phase].agents && account_is_held_up(agent->drawn_on);
	agent->drawn_on->n_below += !is_held_up && agent->is_counted;
	if (!is_held_up)
		r = check(call, agent, &agent->error);
	if (!is_held_up && r == 0)
		r = open_ledger(call, agent, &agent->error);
	agent->is_refused = r < 0;
	if (agent->is_refused && agent->is_counted) /* it was not started */
		agent->drawn_on->n_below--;
	account_leave(agent->drawn_on);
	return !is_held_up;
}

/* Where there is no pool, the width of the lane is all that holds. */
bool agents_take(struct run_call *call)
{
	struct engine *engine = call->run->engine;
	struct agent *agent;
	int r = 0;

	get_ready(engine);
	agent = agent_new(call);
	if (!agent)
		return true; /* and fails */
	if (engine->agents.pool && !is_too_deep(call))
		r = take(call, &agent->slot); /* or the pool is gone, with who made it */
	if (r == -EAGAIN || !pay(call, agent)) {
		slot_give(&agent->slot);
		free(agent);
		return ask_again(engine);
	}
	call->agent = agent;
	return true;
}

void agents_put_back(struct run_call *call)
{
	struct agent *agent = call->agent;

	if (!agent)
		return;
	call->agent = NULL;
	account_enter(agent->drawn_on);
	agent->drawn_on->n_below -=
		agent->is_counted && !agent->is_refused && agent->drawn_on->n_below > 0;
	if (!agent->is_refused)
		ledger_close(&agent->account.ledger);
	account_leave(agent->drawn_on);
	slot_give(&agent->slot);
	free(agent);
}

int agents_begin(struct run_call *call, struct agent **ret_agent, struct error *err)
{
	struct agents *self = &call->run->engine->agents;
	struct agent *agent = call->agent;

	call->agent = NULL;
	if (!agent)
		return error_errno(err, ENOMEM, "cannot start an agent");
	if (agent->is_refused) {
		*err = agent->error;
		slot_give(&agent->slot);
		free(agent);
		return -EPERM;
	}
	if (self->pool)
		account_share(&agent->account, self->pool,
			      agent->engine->env->ops->random(agent->engine->env));
	write_marks(agent);
	share_evidence(agent->engine, self->pool);
	*ret_agent = agent;
	return 0;
}

void agents_end(struct agent *agent)
{
	if (!agent)
		return;
	schedule_disown(&agent->engine->schedule, agent);
	account_close(&agent->account, agent->engine->agents.pool);
	account_enter(agent->drawn_on);
	ledger_close(&agent->account.ledger);
	account_leave(agent->drawn_on);
	slot_give(&agent->slot);
	if (agent->engine->agents.evidence)
		cache_prune(agent->engine->agents.evidence, EVIDENCE_BYTES_MAX);
	free(agent);
}

struct secrets *agent_secrets(const struct agent *agent)
{
	return agent->secrets;
}

const char *const *agent_marks(struct agent *agent)
{
	write_marks(agent);
	return agent->shown_marks;
}

enum sandbox_level agent_sandbox(const struct agent *agent)
{
	return agent->sandbox;
}

const struct host_agent *agent_shown(const struct agent *agent)
{
	return &agent->shown;
}

unsigned agent_count_nest(struct agent *agent)
{
	return ++agent->n_nests;
}

void agent_spend(struct agent *agent, const struct spend *cost)
{
	account_enter(&agent->account);
	ledger_spend(&agent->account.ledger, cost);
	account_leave(&agent->account);
}

struct spend agent_spent(struct agent *agent)
{
	struct account *account = &agent->account;
	struct spend spent = { 0 };

	account_enter(account);
	for (int i = 0; i < SPEND_KIND_COUNT; i++)
		spent.of[i] = account->ledger.spent[i] +
			      (account->fd >= 0 ? account->others_spent[i] : 0);
	account_leave(account);
	return spent;
}

struct spend agent_left(struct agent *agent)
{
	struct spend left;

	account_enter(&agent->account);
	left = ledger_left(&agent->account.ledger, env_now_ns(agent->engine->env));
	account_leave(&agent->account);
	return left;
}
