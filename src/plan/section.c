/* SPDX-License-Identifier: MIT */
/* The tool sections of a phase: which keys they have, and which tool each key's items are for. */
#include "plan/section.h"

#include "base/str.h"
#include "plan/late.h"
#include "tools/agent_args.h"

enum { SECTION_KEYS_MAX = 4, INSTANCES_MAX = 1000 };

struct section_key {
	const char *name, *tool;
};

struct section {
	const char *name;
	enum lane lane;
	struct section_key keys[SECTION_KEYS_MAX + 1]; /* the last has no name */
};

static const struct section sections[] = {
	{ "codebase",
	  LANE_CODEBASE,
	  { { "glob", "Glob" },
	    { "grep", "Grep" },
	    { "mentions", "Mentions" },
	    { "read", "Read" } } },
	{ "bash", LANE_BASH, { { "commands", "Bash" } } },
	{ "web_search", LANE_WEB_SEARCH, { { "queries", "WebSearch" }, { "fetch", "WebFetch" } } },
	{ "agents", LANE_AGENTS, { { "tasks", "Agent" } } },
	{ .name = "synthesis" },
};

static void not_yet(struct loader *loader, struct place place, const char *what)
{
	problem_set(problems_add(loader->problems), place, ERROR_INVALID,
		    "'%s' is not in this version of volley yet", what);
}

/* A bare string stands for a map with the tool's brief key. */
static const struct value *spell_out(struct loader *loader, const struct tool *tool,
				     const struct value *item)
{
	struct arena *arena = &loader->plan->arena;
	struct value *map = arena_alloc(arena, sizeof(*map));

	if (!map)
		return NULL;
	map->pairs = arena_alloc(arena, sizeof(*map->pairs));
	if (!map->pairs)
		return NULL;
	map->type = VALUE_MAP;
	map->place = item->place;
	map->n_pairs = 1;
	map->pairs[0] = (struct value_pair){
		.key = tool->brief_key,
		.key_place = item->place,
		.value = *item,
	};
	return map;
}

/* `read: {from: PHASE, top: N}`: N calls, each for the file, or page, of its rank. */
static void load_late_reads(struct loader *loader, const struct tool *tool,
			    const struct value *item, enum late_what what)
{
	struct call_late late;
	uint32_t top;

	if (!late_read(loader, item, what, &late, &top))
		return;
	for (uint32_t i = 1; i <= top; i++) {
		struct plan_call call = { .tool = tool,
					  .phase = loader->phase,
					  .place = item->place,
					  .in_workflow = true };
		struct problem problem = { 0 };

		late.rank = i;
		call.input = late_ranked_input(loader, item, &late);
		call.late = (void *)arena_memdup0(&loader->plan->arena, &late, sizeof(late));
		if (call.input && call.late && plan_add_call(loader->plan, &call, &problem) < 0) {
			*problems_add(loader->problems) = problem;
			return;
		}
	}
}

/* What a section of agents may say of how all of its tasks are run. */
enum how { HOW_ANY, HOW_RUNNER, HOW_COMMAND, HOW_CHAT };

static const struct {
	const char *name;
	enum how how;
} shared_keys[] = {
	{ "runner", HOW_RUNNER },    { "command", HOW_COMMAND }, { "output", HOW_COMMAND },
	{ "pass_env", HOW_COMMAND }, { "model", HOW_CHAT },      { "endpoint", HOW_CHAT },
	{ "api", HOW_CHAT },         { "key_env", HOW_CHAT },    { "tools", HOW_CHAT },
	{ "price", HOW_ANY },
};

static const struct value *said(const struct value *map, const char *key)
{
	for (size_t i = 0; i < map->n_pairs; i++)
		if (str_equal_loosely(map->pairs[i].key, key))
			return &map->pairs[i].value;
	return NULL;
}

static enum how how_said(const struct value *map)
{
	const struct value *runner = said(map, "runner");

	if (!runner || runner->type != VALUE_STR)
		return HOW_ANY;
	return str_equal(runner->str, "chat") ? HOW_CHAT : HOW_COMMAND;
}

/* How a task says that it is run; HOW_ANY: it does not. */
static enum how how_of(const struct value *task)
{
	if (said(task, "command"))
		return HOW_COMMAND;
	return said(task, "model") || said(task, "endpoint") ? HOW_CHAT : how_said(task);
}

/* Nothing that is for the other way of running it. */
static bool is_shared(const struct value *task, const struct value *section, const char *key)
{
	enum how own = how_of(task), how = own != HOW_ANY ? own : how_said(section);

	for (size_t i = 0; i < countof(shared_keys); i++) {
		enum how of_key = shared_keys[i].how;

		if (str_equal(shared_keys[i].name, key))
			return !said(task, key) && !(how == HOW_COMMAND && of_key == HOW_CHAT) &&
			       !(how == HOW_CHAT && of_key == HOW_COMMAND) &&
			       !(own != HOW_ANY && of_key == HOW_RUNNER);
	}
	return false;
}

static const struct value *with_shared(struct loader *loader, const struct value *task)
{
	struct arena *arena = &loader->plan->arena;
	struct value *map = arena_alloc(arena, sizeof(*map));

	if (!map)
		return NULL;
	*map = *task;
	map->pairs = arena_alloc_array(arena, task->n_pairs + loader->section->n_pairs,
				       sizeof(*map->pairs));
	if (!map->pairs)
		return NULL;
	for (size_t i = 0; i < task->n_pairs; i++)
		map->pairs[i] = task->pairs[i];
	for (size_t i = 0; i < loader->section->n_pairs; i++)
		if (is_shared(task, loader->section, loader->section->pairs[i].key))
			map->pairs[map->n_pairs++] = loader->section->pairs[i];
	return map;
}

static void load_item(struct loader *loader, const struct tool *tool, const struct value *item)
{
	struct plan_call call = {
		.tool = tool,
		.input = item,
		.phase = loader->phase,
		.place = item->place,
		.in_workflow = true,
	};
	struct problem problem = { 0 };
	const struct value *stdin_;
	struct call_late late;

	if (late_is(item) && str_equal(tool->name, "Read")) {
		load_late_reads(loader, tool, item, LATE_FILE);
		return;
	}
	if (late_is(item) && str_equal(tool->name, "WebFetch")) {
		load_late_reads(loader, tool, item, LATE_PAGE);
		return;
	}
	if (item->type != VALUE_MAP && (item->type != VALUE_STR || !tool->brief_key)) {
		bool is_plain = item->type == VALUE_BOOL || item->type == VALUE_INT ||
				item->type == VALUE_REAL;

		problem_set(problems_add(loader->problems), item->place, ERROR_INVALID,
			    "%s: expected a string or a map, not %s%s", tool->name,
			    value_type_name(item->type), is_plain ? "; put it in quotes" : "");
		return;
	}
	if (item->type == VALUE_STR)
		call.input = spell_out(loader, tool, item);
	stdin_ = item->type == VALUE_MAP ? value_find(item, "stdin") : NULL;
	if (stdin_ && late_is(stdin_) && str_equal(tool->name, "Bash")) {
		call.input = late_stdin_input(loader, item, &late);
		call.late = (void *)arena_memdup0(&loader->plan->arena, &late, sizeof(late));
	}
	if (call.input && tool->lane == LANE_AGENTS)
		call.input = with_shared(loader, call.input);
	if (call.input && plan_add_call(loader->plan, &call, &problem) < 0)
		*problems_add(loader->problems) = problem;
}

static void load_items(struct loader *loader, const struct tool *tool, const struct value *value)
{
	if (value->type == VALUE_LIST) {
		for (size_t i = 0; i < value->n_items; i++)
			load_item(loader, tool, &value->items[i]);
	} else if (value->type == VALUE_STR || value->type == VALUE_MAP) {
		load_item(loader, tool, value);
	} else {
		problem_set(problems_add(loader->problems), value->place, ERROR_INVALID,
			    "expected a list of calls, not %s", value_type_name(value->type));
	}
}

static void load_limit(struct loader *loader, const struct section *section,
		       const struct value *value)
{
	uint64_t limit;

	if (loader_number(loader, value, "max_instances", INSTANCES_MAX, &limit))
		loader->plan->phases[loader->phase].limits[section->lane] = (unsigned)limit;
}

static void load_max_depth(struct loader *loader, const struct value *value)
{
	uint64_t depth;

	if (loader_number(loader, value, "max_depth", AGENT_DEPTH_MAX, &depth))
		loader->plan->phases[loader->phase].agents_depth_max = (unsigned)depth;
}

static void load_agents_budget(struct loader *loader, const struct value *value)
{
	struct problem problem = { 0 };
	struct spend budget;

	if (agent_budget_read(value, &budget, &problem.place, &problem.error) < 0)
		*problems_add(loader->problems) = problem;
	else
		loader->plan->phases[loader->phase].agents_budget =
			(const void *)arena_memdup0(&loader->plan->arena, &budget, sizeof(budget));
}

/* What a section says of all its calls. */
static bool load_setting(struct loader *loader, const struct section *section,
			 const struct value_pair *pair)
{
	static const struct key_rule of_agents[] = {
		{ .name = "max_depth", .load = load_max_depth },
		{ .name = "budget", .load = load_agents_budget },
	};

	if (str_equal(pair->key, "max_instances")) {
		load_limit(loader, section, &pair->value);
		return true;
	}
	for (size_t i = 0; section->lane == LANE_AGENTS && i < countof(of_agents); i++) {
		if (!str_equal(of_agents[i].name, pair->key))
			continue;
		of_agents[i].load(loader, &pair->value);
		return true;
	}
	for (size_t i = 0; section->lane == LANE_AGENTS && i < countof(shared_keys); i++)
		if (str_equal(shared_keys[i].name, pair->key))
			return true; /* its tasks take it */
	return false;
}

/* Whether it holds calls. */
static bool load_key(struct loader *loader, const struct section *section,
		     const struct value_pair *pair)
{
	const char *known[SECTION_KEYS_MAX + 3 + countof(shared_keys)] = { "max_instances" };
	size_t n = 1;

	if (load_setting(loader, section, pair))
		return false;
	if (section->lane == LANE_AGENTS) {
		known[n++] = "max_depth";
		known[n++] = "budget";
		for (size_t i = 0; i < countof(shared_keys); i++)
			known[n++] = shared_keys[i].name;
	}
	for (const struct section_key *key = section->keys; key->name; key++) {
		const struct tool *tool;

		known[n++] = key->name;
		if (!str_equal(key->name, pair->key))
			continue;
		tool = tool_find(loader->toolbox->tools, loader->toolbox->n, key->tool);
		if (tool)
			load_items(loader, tool, &pair->value);
		else
			not_yet(loader, pair->key_place, key->name);
		return true;
	}
	loader_unknown_key(loader, pair, known, n);
	return true;
}

static void load_section(struct loader *loader, const struct section *section,
			 const struct value *value)
{
	size_t n_lists = 0;

	if (value->type != VALUE_MAP) {
		problem_set(problems_add(loader->problems), value->place, ERROR_INVALID,
			    "'%s' must be a map, not %s", section->name,
			    value_type_name(value->type));
		return;
	}
	loader->section = value;
	for (size_t i = 0; i < value->n_pairs; i++)
		n_lists += load_key(loader, section, &value->pairs[i]);
	if (!n_lists)
		problem_set(problems_add(loader->problems), value->place, ERROR_INVALID,
			    "'%s' names no calls", section->name);
}

/* `synthesis: {aggregation_strategy: intelligent_correlation}`: the only strategy there is. */
static void load_strategy(struct loader *loader, const struct value *value)
{
	static const char *const names[] = { "intelligent_correlation" };
	const char *name = loader_text(loader, value, "aggregation_strategy", 64);
	const char *nearest = name ? str_nearest(name, names, countof(names)) : NULL;

	if (name && !str_equal(name, names[0]))
		problem_set(problems_add(loader->problems), value->place, ERROR_INVALID,
			    "unknown aggregation_strategy '%.60s'%s", name,
			    nearest ? "; did you mean 'intelligent_correlation'?"
				    : ": it is intelligent_correlation");
}

static void load_synthesis(struct loader *loader, const struct value *value)
{
	static const struct key_rule rules[] = {
		{ .name = "aggregation_strategy", .load = load_strategy },
	};

	loader->plan->has_synthesis = true;
	if (value->type != VALUE_NULL)
		loader_walk(loader, value, "synthesis", rules, countof(rules));
}

void section_load(struct loader *loader, const struct value_pair *pair)
{
	const char *known[countof(sections) + 2] = { "name", "needs" };

	for (size_t i = 0; i < countof(sections); i++) {
		known[i + 2] = sections[i].name;
		if (!str_equal(sections[i].name, pair->key))
			continue;
		if (str_equal(sections[i].name, "synthesis"))
			load_synthesis(loader, &pair->value);
		else
			load_section(loader, &sections[i], &pair->value);
		return;
	}
	loader_unknown_key(loader, pair, known, countof(known));
}
