/* SPDX-License-Identifier: MIT */
/* Plans explained, as Markdown and as JSON. Only what holds for every run of the plan is said: no
 * times, and nothing that depends on which call ends first. */
#include "plan/explain.h"

#include "base/str.h"
#include "plan/call_text.h"
#include "plan/halt.h"
#include "plan/order.h"
#include "tools/agent_args.h"

#include <inttypes.h>

enum { PASS_CALLS_MAX = 4096 }; /* the engine's */
enum { TOTAL_LIMIT_DEFAULT = 100, LISTED_MAX = 200, BRIEF_MAX = 100, HALT_TEXT_MAX = 64 };

static const char why_at_once[] = "a phase without needs starts at once";
static const char why_after[] = "a phase starts when all it needs have ended, well or not; phases "
				"with the same needs start together";
static const char why_pass[] = "calls that are ready together share a pass: one walk over the tree "
			       "serves them all, and counts as one instance of the lane";
static const char why_equal[] = "equal calls that are ready together are run once, and the result "
				"is given to each";
static const char why_lane[] = "they start in the order of the plan, as far as the limit of the "
			       "lane and the total allow";
static const char why_phase[] = "they start in the order of the plan, as far as max_instances of "
				"the phase, the lane and the total allow";
static const char why_needs[] = "a call that needs others starts when they have ended with status "
				"ok, and is skipped if one did not";
static const char why_locks[] = "of calls that share a lock one runs at a time, in the order of "
				"the plan";

struct explain {
	const struct plan *plan;
	const struct explain_conf *conf;
	struct order order;
};

static unsigned total_limit(const struct explain *self)
{
	return self->conf->total_limit ? self->conf->total_limit : TOTAL_LIMIT_DEFAULT;
}

static unsigned lane_limit(const struct explain *self, enum lane lane)
{
	return self->conf->limits[lane] ? self->conf->limits[lane] : lane_default_limit(lane);
}

static const char *root_of(const struct explain *self)
{
	if (self->conf->root)
		return self->conf->root;
	return self->plan->root ? self->plan->root : ".";
}

static bool uses_lane(const struct plan *plan, enum lane lane)
{
	for (size_t i = 0; i < plan->n_calls; i++) {
		if (plan->calls[i]->tool->lane == lane)
			return true;
	}
	return false;
}

/* Whether calls of a group have needs or locks. */
static void find_edges(const struct plan *plan, const struct order_group *group, bool *ret_needs,
		       bool *ret_locks)
{
	*ret_needs = *ret_locks = false;
	for (size_t i = 0; i < group->calls.n; i++) {
		*ret_needs |= plan->edges[group->calls.items[i]].n_needs > 0;
		*ret_locks |= plan->edges[group->calls.items[i]].n_locks > 0;
	}
}

/* The reasons for a group; returns how many. */
enum { REASONS_MAX = 4 };

static size_t reasons_of(const struct explain *self, const struct order_group *group,
			 const char *ret_reasons[REASONS_MAX])
{
	bool has_needs, has_locks;
	size_t n = 0;

	find_edges(self->plan, group, &has_needs, &has_locks);
	if (group->fuser)
		ret_reasons[n++] = why_pass;
	else if (group->limit < lane_limit(self, group->lane))
		ret_reasons[n++] = why_phase;
	else
		ret_reasons[n++] = why_lane;
	if (group->n_equal)
		ret_reasons[n++] = why_equal;
	if (has_needs)
		ret_reasons[n++] = why_needs;
	if (has_locks)
		ret_reasons[n++] = why_locks;
	return n;
}

/* ---- Markdown ---- */

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

static void md_names(const struct plan *plan, const uint32_t *phases, size_t n, struct buf *buf)
{
	for (size_t i = 0; i < n; i++)
		buf_printf(buf, "%s`%s`", i ? ", " : "", plan->phases[phases[i]].name);
}

static void md_why(const char *reason, const char *indent, struct buf *buf)
{
	buf_printf(buf, "%s- why: %s\n", indent, reason);
}

static void md_head(const struct explain *self, struct buf *buf)
{
	const struct plan *plan = self->plan;

	buf_printf(buf, "# Plan%s%s\n\n", plan->name ? " of " : "", plan->name ? plan->name : "");
	buf_printf(buf, "%zu call%s in %zu phase%s over `%s`\n\n", plan->n_calls,
		   plural(plan->n_calls), plan->n_phases, plural(plan->n_phases), root_of(self));
	buf_printf(buf, "- limits: %u under way at once", total_limit(self));
	for (unsigned i = 0; i < LANE_COUNT; i++) {
		enum lane lane = (enum lane)i;

		if (uses_lane(plan, lane))
			buf_printf(buf, ", %s %u", lane_name(lane), lane_limit(self, lane));
	}
	buf_add_str(buf, "\n- halt: ");
	halt_write(&plan->halt, buf);
	buf_add_char(buf, '\n');
	if (plan->budget.tokens)
		buf_printf(buf, "- budget: %" PRIu64 " tokens\n", plan->budget.tokens);
	if (plan->budget.wall_ms)
		buf_printf(buf, "- time: %.3f s\n", (double)plan->budget.wall_ms / 1000);
}

static bool is_agent(const struct call *call)
{
	return str_equal(call->tool->name, "Agent");
}

static void md_call(const struct explain *self, uint32_t i, struct buf *buf)
{
	const struct plan *plan = self->plan;
	const struct plan_edges *edges = &plan->edges[i];
	const struct call *call = plan->calls[i];

	buf_printf(buf, "  - `%s` %s: ", call->id, call->tool->name);
	if (call->late && call->late->what == LATE_PAGE) /* its address is made up */
		buf_printf(buf, "(page %" PRIu32 " of phase %s)", call->late->rank,
			   call->late->from_name);
	else
		call_write_brief(call, self->conf->secrets, BRIEF_MAX, buf);
	if (call->late && call->late->what == LATE_COMMITS)
		buf_printf(buf, " -- standard input: the best %" PRIu32 " commits of phase %s",
			   call->late->rank, call->late->from_name);
	if (is_agent(call) && args_is_set(&call->args, AGENT_TYPE) &&
	    !agent_role_name(args_str(&call->args, AGENT_TYPE)))
		buf_add_str(buf, " -- no role: its subagent_type is none of code, web, system, "
				 "integration");
	for (size_t k = 0; k < edges->n_needs; k++)
		buf_printf(buf, "%s`%s`", k ? ", " : " -- after ",
			   plan->calls[edges->needs[k]]->id);
	for (size_t k = 0; k < edges->n_locks; k++)
		buf_printf(buf, "%s`%s`", k ? ", " : " -- locks ", edges->locks[k]);
	buf_add_char(buf, '\n');
}

/* A workflow may ask for less than the lane has, not for more. */
static void md_capped(const struct explain *self, const struct order_group *group, struct buf *buf)
{
	unsigned asked = self->plan->phases[group->phase].limits[group->lane];

	if (asked > group->limit)
		buf_printf(buf,
			   " (its max_instances is %u, but the lane's limit is %u without "
			   "--max-instances %u)",
			   asked, group->limit, asked);
}

static void md_group(const struct explain *self, const struct order_group *group, struct buf *buf)
{
	const char *reasons[REASONS_MAX];
	size_t n = group->calls.n, n_reasons = reasons_of(self, group, reasons);

	if (group->fuser)
		buf_printf(buf, "- fused into %s: %zu call%s",
			   n > PASS_CALLS_MAX ? "as few passes as hold them" : "one pass", n,
			   plural(n));
	else
		buf_printf(buf, "- at most %u at once: %zu call%s of `%s`", group->limit, n,
			   plural(n), self->plan->phases[group->phase].name);
	if (!group->fuser)
		md_capped(self, group, buf);
	if (group->n_equal)
		buf_printf(buf, ", %zu of them equal to another", group->n_equal);
	buf_add_char(buf, '\n');
	for (size_t i = 0; self->conf->why && i < n_reasons; i++)
		md_why(reasons[i], "  ", buf);
	for (size_t i = 0; i < n && i < LISTED_MAX; i++)
		md_call(self, group->calls.items[i], buf);
	if (n > LISTED_MAX)
		buf_printf(buf, "  - and %zu more\n", n - LISTED_MAX);
}

static void md_stage(const struct explain *self, const struct order_stage *stage, struct buf *buf)
{
	buf_add_str(buf, "\n## ");
	md_names(self->plan, stage->phases, stage->n_phases, buf);
	if (stage->n_needs) {
		buf_add_str(buf, " after ");
		md_names(self->plan, stage->needs, stage->n_needs, buf);
	} else {
		buf_add_str(buf, " at once");
	}
	buf_add_str(buf, "\n\n");
	if (self->conf->why)
		md_why(stage->n_needs ? why_after : why_at_once, "", buf);
	for (size_t i = 0; i < stage->groups.n; i++)
		md_group(self, &stage->groups.items[i], buf);
}

int explain_md(const struct plan *plan, const struct explain_conf *conf, struct buf *buf)
{
	struct explain self = { .plan = plan, .conf = conf };
	int r = order_init(&self.order, plan, conf->limits);

	if (r < 0)
		return r;
	md_head(&self, buf);
	for (size_t i = 0; i < self.order.n_stages; i++)
		md_stage(&self, &self.order.stages[i], buf);
	order_release(&self.order);
	return buf_error(buf);
}

/* ---- JSON ---- */

static void json_names(const struct plan *plan, const uint32_t *phases, size_t n,
		       struct json_write *json)
{
	json_begin_array(json);
	for (size_t i = 0; i < n; i++)
		json_str(json, plan->phases[phases[i]].name);
	json_end_array(json);
}

static void json_head(const struct explain *self, struct json_write *json)
{
	const struct plan *plan = self->plan;
	CLEANUP(buf) struct buf halt = { .max = HALT_TEXT_MAX };

	halt_write(&plan->halt, &halt);
	json_key_str(json, "name", plan->name);
	json_key_str(json, "source", plan->source);
	json_key_str(json, "root", root_of(self));
	json_key_str(json, "halt", halt.data);
	json_key(json, "budget");
	json_begin_object(json);
	json_key_uint(json, "tokens", plan->budget.tokens);
	json_key_uint(json, "wall_ms", plan->budget.wall_ms);
	json_end_object(json);
	json_key(json, "limits");
	json_begin_object(json);
	json_key_uint(json, "total", total_limit(self));
	for (unsigned i = 0; i < LANE_COUNT; i++) {
		if (uses_lane(plan, (enum lane)i))
			json_key_uint(json, lane_name((enum lane)i),
				      lane_limit(self, (enum lane)i));
	}
	json_end_object(json);
	json_key_uint(json, "calls", plan->n_calls);
}

/* What is only known when its phase begins. */
static void json_late(const struct call_late *late, struct json_write *json)
{
	static const char *const names[] = {
		[LATE_FILE] = "file", [LATE_PAGE] = "page", [LATE_COMMITS] = "commits"
	};

	json_key(json, "late");
	json_begin_object(json);
	json_key_str(json, "what", names[late->what]);
	json_key_str(json, "from", late->from_name);
	json_key_uint(json, late->what == LATE_COMMITS ? "top" : "rank", late->rank);
	json_end_object(json);
}

static void json_call(const struct explain *self, uint32_t i, struct json_write *json)
{
	const struct plan *plan = self->plan;
	const struct plan_edges *edges = &plan->edges[i];
	const struct call *call = plan->calls[i];

	json_begin_object(json);
	json_key_str(json, "id", call->id);
	json_key_str(json, "tool", call->tool->name);
	json_key(json, "input");
	call_write_input(call, self->conf->secrets, json);
	if (is_agent(call))
		json_key_str(json, "role", agent_role_name(args_str(&call->args, AGENT_TYPE)));
	if (call->late)
		json_late(call->late, json);
	if (edges->n_needs) {
		json_key(json, "needs");
		json_begin_array(json);
		for (size_t k = 0; k < edges->n_needs; k++)
			json_str(json, plan->calls[edges->needs[k]]->id);
		json_end_array(json);
	}
	if (edges->n_locks) {
		json_key(json, "locks");
		json_begin_array(json);
		for (size_t k = 0; k < edges->n_locks; k++)
			json_str(json, edges->locks[k]);
		json_end_array(json);
	}
	json_end_object(json);
}

static void json_why(const char *const *reasons, size_t n, struct json_write *json)
{
	json_key(json, "why");
	json_begin_array(json);
	for (size_t i = 0; i < n; i++)
		json_str(json, reasons[i]);
	json_end_array(json);
}

static void json_group(const struct explain *self, const struct order_group *group,
		       struct json_write *json)
{
	const char *reasons[REASONS_MAX];
	size_t n_reasons = reasons_of(self, group, reasons);

	json_begin_object(json);
	json_key_str(json, "lane", lane_name(group->lane));
	json_key_bool(json, "fused", group->fuser);
	if (!group->fuser) {
		json_key_str(json, "phase", self->plan->phases[group->phase].name);
		json_key_uint(json, "limit", group->limit);
	}
	json_key_uint(json, "equal", group->n_equal);
	if (self->conf->why)
		json_why(reasons, n_reasons, json);
	json_key(json, "calls");
	json_begin_array(json);
	for (size_t i = 0; i < group->calls.n; i++)
		json_call(self, group->calls.items[i], json);
	json_end_array(json);
	json_end_object(json);
}

static void json_stage(const struct explain *self, const struct order_stage *stage,
		       struct json_write *json)
{
	const char *why = stage->n_needs ? why_after : why_at_once;

	json_begin_object(json);
	json_key(json, "phases");
	json_names(self->plan, stage->phases, stage->n_phases, json);
	json_key(json, "needs");
	json_names(self->plan, stage->needs, stage->n_needs, json);
	if (self->conf->why)
		json_why(&why, 1, json);
	json_key(json, "groups");
	json_begin_array(json);
	for (size_t i = 0; i < stage->groups.n; i++)
		json_group(self, &stage->groups.items[i], json);
	json_end_array(json);
	json_end_object(json);
}

int explain_json(const struct plan *plan, const struct explain_conf *conf, struct json_write *json)
{
	struct explain self = { .plan = plan, .conf = conf };
	int r = order_init(&self.order, plan, conf->limits);

	if (r < 0)
		return r;
	json_begin_object(json);
	json_head(&self, json);
	json_key(json, "stages");
	json_begin_array(json);
	for (size_t i = 0; i < self.order.n_stages; i++)
		json_stage(&self, &self.order.stages[i], json);
	json_end_array(json);
	json_end_object(json);
	order_release(&self.order);
	return buf_error(json->buf);
}
