/* SPDX-License-Identifier: MIT */
/* The command line. Options may stand before and after the command and between its operands;
 * "--" ends them. Every option is a row: its names, its argument, who takes it, what it does. */
#include "cli/options.h"

#include "base/str.h"
#include "plan/plan.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

_Static_assert((int)OPTION_TOKENS_MIN == (int)PLAN_TOKENS_MIN,
	       "one minimum, wherever it is asked for");

/* name: how the one who set it calls it: "--tokens", or "tokens" for a setting. */
typedef int option_set_fn(struct options *options, const char *name, const char *value,
			  struct error *err);

struct option_row {
	const char *name;     /* "--tokens" */
	char letter;          /* 0 = none */
	const char *argument; /* "N"; NULL = takes none */
	const char *help;
	unsigned commands;  /* bits of enum command_id, SETTING */
	option_set_fn *set; /* NULL: a flag, */
	size_t flag;        /* the bool at this offset of struct options */
};

static int parse_count(const char *value, uint64_t min, uint64_t max, uint64_t *ret_n)
{
	unsigned long long n;
	char *end;

	if (*value < '0' || *value > '9')
		return -EINVAL;
	errno = 0;
	n = strtoull(value, &end, 10);
	if (errno || *end || n < min || n > max)
		return -EINVAL;
	*ret_n = n;
	return 0;
}

int options_duration(const char *text, uint64_t *ret_ms)
{
	static const struct {
		const char *unit;
		double ms;
	} units[] = { { "", 1000 }, { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 } };
	char *end;
	double n;

	if ((*text < '0' || *text > '9') && *text != '.')
		return -EINVAL;
	n = strtod(text, &end);
	for (size_t i = 0; i < countof(units); i++) {
		double ms = n * units[i].ms;

		if (!str_equal(end, units[i].unit))
			continue;
		if (!(ms >= 1 && ms <= 1e12))
			return -ERANGE;
		*ret_ms = (uint64_t)llround(ms);
		return 0;
	}
	return -EINVAL;
}

int options_size(const char *text, uint64_t *ret_bytes)
{
	static const char units[] = "KMGT";
	const char *unit;
	double n;
	char *end;

	if ((*text < '0' || *text > '9') && *text != '.')
		return -EINVAL;
	n = strtod(text, &end);
	unit = *end ? strchr(units, *end) : NULL;
	if (*end && (!unit || end[1]))
		return -EINVAL;
	if (unit)
		n = ldexp(n, 10 * (int)(unit - units + 1));
	if (!(n >= 1 && n <= 1e18))
		return -ERANGE;
	*ret_bytes = (uint64_t)n;
	return 0;
}

static int set_jobs(struct options *options, const char *name, const char *value, struct error *err)
{
	uint64_t n;

	if (parse_count(value, 1, 4096, &n) < 0)
		return error_set(err, ERROR_INVALID, EINVAL,
				 "%s wants a number from 1 to 4096, not '%s'", name, value);
	options->jobs = (unsigned)n;
	return 0;
}

static int set_load(struct options *options, const char *name, const char *value, struct error *err)
{
	char *end = NULL;
	double n = *value >= '0' && *value <= '9' ? strtod(value, &end) : 0;
	bool is_percent = end && *end == '%';

	if (!(n > 0 && n <= 1e6) || end[is_percent])
		return error_set(err, ERROR_INVALID, EINVAL,
				 "%s wants a load such as 2.5, or 80%% of the processors, not '%s'",
				 name, value);
	options->load = n;
	options->load_is_percent = is_percent;
	return 0;
}

static int set_memfree(struct options *options, const char *name, const char *value,
		       struct error *err)
{
	if (options_size(value, &options->memfree_bytes) < 0)
		return error_set(err, ERROR_INVALID, EINVAL,
				 "%s wants a size such as 512M or 1G, not '%s'", name, value);
	return 0;
}

static int set_dir(struct options *options, const char *name, const char *value, struct error *err)
{
	(void)name; /* the letter is what people write */
	if (!*value)
		return error_set(err, ERROR_INVALID, EINVAL, "-C wants a directory");
	options->dir = value;
	return 0;
}

static int set_max_instances(struct options *options, const char *name, const char *value,
			     struct error *err)
{
	uint64_t n;

	if (parse_count(value, 1, 10000, &n) < 0)
		return error_set(err, ERROR_INVALID, EINVAL,
				 "%s wants a number from 1 to 10000, not '%s'", name, value);
	options->max_instances = (unsigned)n;
	return 0;
}

static int set_tokens(struct options *options, const char *name, const char *value,
		      struct error *err)
{
	if (parse_count(value, OPTION_TOKENS_MIN, 100000000, &options->tokens) < 0)
		return error_set(err, ERROR_INVALID, EINVAL,
				 "%s wants a number from %d to 100000000, not '%s'", name,
				 OPTION_TOKENS_MIN, value);
	return 0;
}

static int set_timeout(struct options *options, const char *name, const char *value,
		       struct error *err)
{
	if (options_duration(value, &options->timeout_ms) < 0)
		return error_set(err, ERROR_INVALID, EINVAL,
				 "%s wants a time such as 500ms, 60s or 2m, not '%s'", name, value);
	return 0;
}

/* A setting is for answers: those of graph are not. */
static int set_format(struct options *options, const char *name, const char *value,
		      struct error *err)
{
	static const char *const names[] = { "md",  "json",    "jsonl", "ranges",
					     "dot", "graphml", "html" };
	size_t n = str_starts_with(name, "--") ? countof(names) : FORMAT_RANGES;
	const char *nearest;

	for (size_t i = 0; i < n; i++)
		if (str_equal(value, names[i])) {
			options->format = (enum format)(FORMAT_MD + i);
			return 0;
		}
	nearest = str_nearest(value, names, n);
	if (nearest)
		return error_set(err, ERROR_INVALID, EINVAL,
				 "unknown format '%s'; did you mean '%s'?", value, nearest);
	return error_set(err, ERROR_INVALID, EINVAL,
			 "unknown format '%s': it is md, json, jsonl or ranges%s", value,
			 n > FORMAT_RANGES ? " (graph: json, dot, graphml or html)" : "");
}

static int set_sandbox(struct options *options, const char *name, const char *value,
		       struct error *err)
{
	const char *names[SANDBOX_LEVEL_COUNT], *nearest;

	(void)name; /* the value says what it is */
	for (int i = 0; i < SANDBOX_LEVEL_COUNT; i++) {
		names[i] = sandbox_level_name((enum sandbox_level)i);
		if (str_equal(value, names[i])) {
			options->sandbox = (enum sandbox_level)i;
			return 0;
		}
	}
	nearest = str_nearest(value, names, countof(names));
	return error_set(err, ERROR_INVALID, EINVAL, "unknown sandbox level '%s'%s%s%s", value,
			 nearest ? "; did you mean '" : ": it is off, workspace or strict",
			 nearest ? nearest : "", nearest ? "'?" : "");
}

static int set_indeterminate(struct options *options, const char *name, const char *value,
			     struct error *err)
{
	static const char *const names[] = { "ask", "rerun", "skip", "verify=" };
	const char *nearest;

	if (str_equal(value, names[3]))
		return error_set(err, ERROR_INVALID, EINVAL,
				 "%s verify= has no command: verify=COMMAND", name);
	for (size_t i = 0; i < countof(names); i++) {
		if (str_equal(value, names[i]) ? i < 3
					       : i == 3 && str_starts_with(value, names[i])) {
			options->indeterminate = value;
			return 0;
		}
	}
	nearest = str_nearest(value, names, countof(names));
	return error_set(err, ERROR_INVALID, EINVAL,
			 "%s wants ask, rerun, skip or verify=COMMAND, not '%s'%s%s%s", name, value,
			 nearest ? "; did you mean '" : "", nearest ? nearest : "",
			 nearest ? "'?" : "");
}

static int set_redact(struct options *options, const char *name, const char *value,
		      struct error *err)
{
	if (!str_equal(value, "on") && !str_equal(value, "off"))
		return error_set(err, ERROR_INVALID, EINVAL, "%s is on or off, not '%s'", name,
				 value);
	options->is_bare = str_equal(value, "off");
	return 0;
}

static int set_search(struct options *options, const char *name, const char *value,
		      struct error *err)
{
	if (!*value)
		return error_set(err, ERROR_INVALID, EINVAL, "%s wants a list such as docs,brave",
				 name);
	options->search = value;
	return 0;
}

static int set_origins(struct options *options, const char *name, const char *value,
		       struct error *err)
{
	(void)name;
	(void)err; /* what is wrong with one is told when they are read */
	options->origins = value;
	return 0;
}

static int set_trace(struct options *options, const char *name, const char *value,
		     struct error *err)
{
	(void)name;
	(void)options; /* nothing to set */
	return error_set(err, ERROR_INVALID, EINVAL,
			 "trace topic '%s' is not in this version of volley yet", value);
}

#define BIT(name) (1u << COMMAND_##name)
enum {
	ALL = (1u << COMMAND_COUNT) - 1,
	STARTING = BIT(run) | BIT(batch) | BIT(call) | BIT(explore) | BIT(start) | BIT(web),
	RUNNING = STARTING | BIT(resume),
	/* May come from files and variables. A file may be a stranger's: nothing that runs,
	 * names a path or loosens a limit of safety has this bit. */
	SETTING = 1u << COMMAND_COUNT,
};

static const struct option_row rows[] = {
	{ "--directory", 'C', "DIR", "work in DIR: the root that no path leaves",
	  STARTING | BIT(plan) | BIT(doctor), set_dir, 0 },
	{ "--format", 0, "FORM",
	  "md, json, jsonl, or ranges (explore), or dot, graphml or html (graph)",
	  BIT(run) | BIT(explore) | BIT(start) | BIT(web) | BIT(resume) | BIT(plan) | BIT(call) |
		  BIT(tools) | BIT(runs) | BIT(show) | BIT(graph) | BIT(ps) | SETTING,
	  set_format, 0 },
	{ "--tokens", 0, "N",
	  "size of the answer, in tokens (run 8000, explore, web 6000, start 4000)",
	  RUNNING | SETTING, set_tokens, 0 },
	{ "--timeout", 0, "T", "stop after T (500ms, 60s, 2m) with what is there",
	  RUNNING | SETTING, set_timeout, 0 },
	{ "--max-instances", 0, "N", "calls under way at once", RUNNING | BIT(plan) | SETTING,
	  set_max_instances, 0 },
	{ "--jobs", 0, "N", "jobs of make at once, of all commands (the processors)",
	  RUNNING | SETTING, set_jobs, 0 },
	{ "--load", 0, "N|P%", "start nothing at this load, or percent of the processors",
	  RUNNING | SETTING, set_load, 0 },
	{ "--memfree", 0, "SIZE", "start nothing with less memory free (512M, 1G)",
	  RUNNING | SETTING, set_memfree, 0 },
	{ "--noswap", 0, NULL, "start nothing while memory is swapped in and out",
	  RUNNING | SETTING, NULL, offsetof(struct options, noswap) },
	{ "--no-ignore", 0, NULL, "look into files that ignore files exclude",
	  STARTING | BIT(plan) | SETTING, NULL, offsetof(struct options, no_ignore) },
	{ "--hidden", 0, NULL, "look into hidden files and directories",
	  STARTING | BIT(plan) | SETTING, NULL, offsetof(struct options, hidden) },
	{ "--keep-order", 0, NULL, "answer in the order of the input", BIT(batch) | SETTING, NULL,
	  offsetof(struct options, keep_order) },
	{ "--explain", 0, NULL, "say why each limit and order was chosen",
	  BIT(plan) | BIT(explore) | BIT(web), NULL, offsetof(struct options, explain) },
	{ "--sandbox", 0, "LEVEL", "confinement of commands: workspace, strict or off", RUNNING,
	  set_sandbox, 0 },
	{ "--no-journal", 0, NULL, "write nothing down: the run cannot be resumed",
	  BIT(run) | BIT(batch) | BIT(explore) | BIT(start) | BIT(web), NULL,
	  offsetof(struct options, no_journal) },
	{ "--cache", 0, NULL, "take greps and globs from earlier runs over unchanged files",
	  STARTING | SETTING, NULL, offsetof(struct options, cache) },
	{ "--retry-failed", 0, NULL, "run again what failed, too", BIT(resume), NULL,
	  offsetof(struct options, retry_failed) },
	{ "--indeterminate", 0, "POLICY",
	  "commands whose end is unknown: ask, rerun, skip, or verify=COMMAND", BIT(resume),
	  set_indeterminate, 0 },
	{ "--search", 0, "LIST",
	  "whom web searches ask: docs, or NAME[=URL][@RATE/s], with commas between them",
	  RUNNING | BIT(plan), set_search, 0 },
	{ "--allow-origin", 0, "LIST",
	  "origins that WebFetch may reach in private networks: http://docs.lan:8080,…", RUNNING,
	  set_origins, 0 },
	{ "--redact", 0, "WHETHER", "secrets are kept out of answers: on (default) or off",
	  RUNNING | BIT(plan), set_redact, 0 },
	{ "--trace", 0, "TOPICS", "tell what happens inside (no topics yet)", RUNNING, set_trace,
	  0 },
	{ "--quiet", 'q', NULL, "no progress on standard error", RUNNING | SETTING, NULL,
	  offsetof(struct options, quiet) },
	{ "--help", 'h', NULL, "help on the command", ALL, NULL, offsetof(struct options, help) },
};

/* What help says of an option where it is not the same for all commands. */
static const struct {
	const char *name;
	unsigned commands;
	const char *help;
} help_of_commands[] = {
	{ "--format", BIT(run) | BIT(resume) | BIT(start) | BIT(web) | BIT(runs),
	  "md, json or jsonl" },
	{ "--format", BIT(explore), "md, json, jsonl or ranges" },
	{ "--format", BIT(graph), "json, dot, graphml or html" },
	{ "--format", BIT(plan) | BIT(call) | BIT(tools) | BIT(show) | BIT(ps), "md or json" },
	{ "--explain", BIT(explore) | BIT(web), "say what the parts of each score are" },
	{ "--search", BIT(plan), "whom plan web is to show: docs, or NAME[=URL][@RATE/s], …" },
};

/* Commands that the contract names and that come later. */
static const char *const later[] = {
	"serve", "mcp", "worker", "monitor", "configure", "tune",
};

static const struct option_row *find_long(const char *name, size_t len)
{
	for (size_t i = 0; i < countof(rows); i++)
		if (strlen(rows[i].name) == len && memcmp(rows[i].name, name, len) == 0)
			return &rows[i];
	return NULL;
}

static const struct option_row *find_letter(char letter)
{
	for (size_t i = 0; i < countof(rows); i++)
		if (rows[i].letter && rows[i].letter == letter)
			return &rows[i];
	return NULL;
}

static int unknown_option(const char *word, size_t len, struct error *err)
{
	const char *names[countof(rows)];
	char name[64];
	const char *nearest;

	for (size_t i = 0; i < countof(rows); i++)
		names[i] = rows[i].name;
	(void)snprintf(name, sizeof(name), "%.*s", (int)len, word);
	nearest = str_nearest(name, names, countof(names));
	if (nearest)
		return error_set(err, ERROR_INVALID, EINVAL,
				 "unknown option '%.*s'; did you mean '%s'?", (int)len, word,
				 nearest);
	return error_set(err, ERROR_INVALID, EINVAL, "unknown option '%.*s'", (int)len, word);
}

static int find_command(const char *word, const struct command **ret_command, struct error *err)
{
	const char *names[COMMAND_COUNT + countof(later)];
	const char *nearest;
	size_t n = 0;

	*ret_command = command_find(word);
	if (*ret_command)
		return 0;
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		names[n++] = commands[i]->name;
	for (size_t i = 0; i < countof(later); i++) {
		if (str_equal(word, later[i]))
			return error_set(err, ERROR_INVALID, EINVAL,
					 "'%s' is not in this version of volley yet", word);
		names[n++] = later[i];
	}
	nearest = str_nearest(word, names, n);
	if (nearest)
		return error_set(err, ERROR_INVALID, EINVAL,
				 "unknown command '%s'; did you mean '%s'?", word, nearest);
	return error_set(err, ERROR_INVALID, EINVAL, "unknown command '%s'; try 'volley help'",
			 word);
}

/* The state of one pass over argv. */
struct scan {
	int argc, i;
	char **argv;
	struct options *options;
};

static int apply(struct scan *scan, const struct option_row *row, const char *value,
		 struct error *err)
{
	if (!row->argument && value)
		return error_set(err, ERROR_INVALID, EINVAL, "'%s' takes no value", row->name);
	if (row->argument && !value) {
		if (scan->i + 1 >= scan->argc)
			return error_set(err, ERROR_INVALID, EINVAL, "'%s' wants %s: %s", row->name,
					 row->argument, row->help);
		value = scan->argv[++scan->i];
	}
	scan->options->given |= 1u << (row - rows);
	if (row->set)
		return row->set(scan->options, row->name, value, err);
	*(bool *)((char *)scan->options + row->flag) = true;
	return 0;
}

static int take_long(struct scan *scan, const char *word, struct error *err)
{
	const char *equals = strchr(word, '=');
	size_t len = equals ? (size_t)(equals - word) : strlen(word);
	const struct option_row *row = find_long(word, len);

	if (!row)
		return unknown_option(word, len, err);
	return apply(scan, row, equals ? equals + 1 : NULL, err);
}

/* "-q", "-qC DIR", "-CDIR". */
static int take_letters(struct scan *scan, const char *word, struct error *err)
{
	for (const char *at = word + 1; *at; at++) {
		const struct option_row *row = find_letter(*at);
		int r;

		if (!row)
			return unknown_option(word, strlen(word), err);
		if (row->argument)
			return apply(scan, row, at[1] ? at + 1 : NULL, err);
		r = apply(scan, row, NULL, err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* An input of a tool whose name looks like an option: "-i=true", "-C:=2". */
static bool is_tool_input(const struct scan *scan, const char *word)
{
	return scan->options->command == &command_call && word[1] && word[1] != '-' &&
	       (word[2] == '=' || (word[2] == ':' && word[3] == '='));
}

static int take_word(struct scan *scan, const char *word, struct error *err)
{
	struct options *options = scan->options;

	if (!options->command)
		return find_command(word, &options->command, err);
	if (options->n_operands == OPTION_OPERANDS_MAX)
		return error_set(err, ERROR_LIMIT, E2BIG, "too many words: at most %d",
				 OPTION_OPERANDS_MAX);
	options->operands[options->n_operands++] = word;
	return 0;
}

static int check_operands(const struct options *options, struct error *err)
{
	const struct command *command = options->command;

	if (options->n_operands < command->min_operands)
		return error_set(err, ERROR_INVALID, EINVAL, "'%s' wants %s", command->name,
				 command->operands);
	if (options->n_operands > command->max_operands)
		return error_set(err, ERROR_INVALID, EINVAL,
				 "'%s' does not know what to do with '%s'", command->name,
				 options->operands[command->max_operands]);
	return 0;
}

/* The bit that rows of this command have. */
static unsigned bit_of(const struct command *command)
{
	size_t id = 0;

	while (commands[id] != command)
		id++;
	return 1u << id;
}

/* Forms that only one command has, and what that one answers in. */
static int check_format(const struct options *options, struct error *err)
{
	bool is_graph = options->command == &command_graph;
	bool is_explore = options->command == &command_explore;
	enum format format = options->format;

	if (is_graph && format != FORMAT_DEFAULT && format != FORMAT_JSON && format < FORMAT_DOT)
		return error_set(err, ERROR_INVALID, EINVAL,
				 "'graph' answers in json, dot, graphml or html");
	if (format == FORMAT_RANGES && !is_explore)
		return error_set(err, ERROR_INVALID, EINVAL,
				 "'%s' does not answer in ranges: 'explore' does",
				 options->command->name);
	if (format >= FORMAT_DOT && !is_graph)
		return error_set(err, ERROR_INVALID, EINVAL,
				 "'%s' does not answer in dot, graphml or html: 'graph' does",
				 options->command->name);
	return 0;
}

static int check(const struct scan *scan, struct error *err)
{
	const struct options *options = scan->options;
	unsigned bit;

	if (!options->command)
		return error_set(err, ERROR_INVALID, EINVAL, "no command; try 'volley help'");
	bit = bit_of(options->command);
	for (size_t i = 0; i < countof(rows); i++)
		if (options->given & 1u << i && !(rows[i].commands & bit))
			return error_set(err, ERROR_INVALID, EINVAL, "'%s' does not go with '%s'",
					 rows[i].name, options->command->name);
	if (check_format(options, err) < 0)
		return -EINVAL;
	return options->help ? 0 : check_operands(options, err);
}

int options_parse(int argc, char **argv, struct options *ret_options, struct error *err)
{
	struct options options = { .sandbox = SANDBOX_WORKSPACE, .argc = argc, .argv = argv };
	struct scan scan = { .argc = argc, .argv = argv, .options = &options };
	bool ended = false;
	int r = 0;

	options.operands = calloc((size_t)argc + 1, sizeof(*options.operands));
	if (!options.operands)
		return error_set(err, ERROR_LIMIT, ENOMEM, "out of memory");
	for (scan.i = 1; r == 0 && scan.i < argc; scan.i++) {
		const char *word = argv[scan.i];

		if (ended || word[0] != '-' || !word[1] || is_tool_input(&scan, word))
			r = take_word(&scan, word, err);
		else if (str_equal(word, "--"))
			ended = true;
		else if (!options.command && str_equal(word, "--version"))
			options.command = &command_version;
		else
			r = word[1] == '-' ? take_long(&scan, word, err)
					   : take_letters(&scan, word, err);
	}
	if (r == 0 && options.help && !options.command)
		options.command = &command_help;
	if (r == 0)
		r = check(&scan, err);
	if (r < 0) {
		options_release(&options);
		return r;
	}
	*ret_options = options;
	return 0;
}

bool options_take_settings(const struct options *options)
{
	return bit_of(options->command) & (RUNNING | BIT(plan));
}

bool options_is_given(const struct options *options, const char *name)
{
	const struct option_row *row = find_long(name, strlen(name));

	return row && options->given & 1u << (row - rows);
}

size_t options_setting_names(const char *ret_names[OPTION_SETTINGS_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < countof(rows); i++)
		if (rows[i].commands & SETTING && n < OPTION_SETTINGS_MAX)
			ret_names[n++] = rows[i].name + strlen("--");
	return n;
}

static const struct option_row *find_setting(const char *name)
{
	for (size_t i = 0; i < countof(rows); i++)
		if (rows[i].commands & SETTING && str_equal(rows[i].name + strlen("--"), name))
			return &rows[i];
	return NULL;
}

static int unknown_setting(const char *name, struct error *err)
{
	const char *names[OPTION_SETTINGS_MAX];
	const char *nearest = str_nearest(name, names, options_setting_names(names));

	if (nearest)
		return error_set(err, ERROR_INVALID, EINVAL,
				 "unknown setting '%s'; did you mean '%s'?", name, nearest);
	return error_set(err, ERROR_INVALID, EINVAL, "unknown setting '%s'", name);
}

static int set_flag(bool *flag, const char *name, const char *value, struct error *err)
{
	static const char *const words[] = { "0", "1", "false", "true", "no", "yes" };

	for (size_t i = 0; i < countof(words); i++)
		if (str_equal(value, words[i])) {
			*flag = i % 2;
			return 0;
		}
	return error_set(err, ERROR_INVALID, EINVAL, "%s wants true or false, not '%s'", name,
			 value);
}

int options_set(struct options *options, const char *name, const char *value, struct error *err)
{
	const struct option_row *row = find_setting(name);
	struct options set = *options;
	unsigned bit = bit_of(options->command);
	int r;

	if (!row)
		return unknown_setting(name, err);
	if (row->set)
		r = row->set(&set, name, value, err);
	else
		r = set_flag((bool *)((char *)&set + row->flag), name, value, err);
	if (r < 0 || options->given & 1u << (row - rows) || !(row->commands & bit))
		return r;
	if (row->set == set_format && set.format == FORMAT_JSONL &&
	    !(bit & (BIT(run) | BIT(explore))))
		return 0; /* other commands have no events to tell, */
	if (row->set == set_format && set.format == FORMAT_RANGES && bit != BIT(explore))
		return 0; /* and no ranges */
	*options = set;
	return 0;
}

void options_release(struct options *options)
{
	free(options->operands);
	options->operands = NULL;
	options->n_operands = 0;
}

static const char *help_of(const struct option_row *row, enum command_id command)
{
	for (size_t i = 0; i < countof(help_of_commands) && command != COMMAND_COUNT; i++) {
		if (str_equal(help_of_commands[i].name, row->name) &&
		    help_of_commands[i].commands & 1u << command)
			return help_of_commands[i].help;
	}
	return row->help;
}

void options_print(enum command_id command)
{
	for (size_t i = 0; i < countof(rows); i++) {
		char name[48];

		if (command != COMMAND_COUNT && !(rows[i].commands & 1u << command))
			continue;
		(void)snprintf(name, sizeof(name), "%s%s%s", rows[i].name,
			       rows[i].argument ? " " : "",
			       rows[i].argument ? rows[i].argument : "");
		(void)printf("  %c%c%c %-20s %s\n", rows[i].letter ? '-' : ' ',
			     rows[i].letter ? rows[i].letter : ' ', rows[i].letter ? ',' : ' ',
			     name, help_of(&rows[i], command));
	}
}
