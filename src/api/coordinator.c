/* SPDX-License-Identifier: MIT */
#include "api/coordinator.h"

#include "api/web_results.h"
#include "base/str.h"
#include "base/vec.h"
#include "graph/changes.h"
#include "graph/look.h"
#include "graph/stream.h"
#include "plan/build.h"
#include "scan/excludes.h"
#include "scan/outline.h"
#include "tools/bash_args.h"
#include "tools/codebase.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	LOG_BYTES_MAX = 256 << 20, /* of what git prints */
	GRAPH_COMMITS = 30,        /* the most similar ones go into the graph */
	ID_LEN = 64,
};

struct coordinator {
	struct coordinator_conf conf;
	struct run *run;
	int root_fd;
	struct graph *graph;
	struct lexicon *lexicon;
	struct history history;
	struct buf log, changes_text; /* what git printed; history borrows from log */
	bool has_history;
	struct changes changes;
	uint32_t n_agent_calls; /* they come behind those of the plan */
	uint64_t n_unneeded;
	int error;
};

struct coordinator *coordinator_new(const struct coordinator_conf *conf)
{
	struct coordinator *self = calloc(1, sizeof(*self));

	if (!self)
		return NULL;
	self->conf = *conf;
	self->root_fd = open(conf->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	self->graph = graph_new();
	if (conf->question)
		self->lexicon = lexicon_new(conf->question);
	buf_init(&self->log, LOG_BYTES_MAX);
	buf_init(&self->changes_text, LOG_BYTES_MAX);
	if (self->graph && (self->lexicon || !conf->question))
		return self;
	coordinator_free(self);
	return NULL;
}

void coordinator_free(struct coordinator *self)
{
	if (!self)
		return;
	if (self->root_fd >= 0)
		close(self->root_fd);
	changes_release(&self->changes);
	history_release(&self->history);
	buf_release(&self->log);
	buf_release(&self->changes_text);
	lexicon_free(self->lexicon);
	graph_free(self->graph);
	free(self);
}

static void fail(struct coordinator *self, int error)
{
	if (!self->error)
		self->error = error;
}

struct graph *coordinator_graph(struct coordinator *self)
{
	return self->graph;
}

static const struct history *history(const struct coordinator *self)
{
	return self->has_history ? &self->history : NULL;
}

uint64_t coordinator_unneeded(const struct coordinator *self)
{
	return self->n_unneeded;
}

int coordinator_error(const struct coordinator *self)
{
	return self->error;
}

/* ---- what git printed ---- */

/* All that a command printed, also what was too much to keep. */
static void read_output(const struct result *result, struct buf *out)
{
	buf_clear(out);
	if (result->bash.raw_output_path && excludes_read(result->bash.raw_output_path, out) == 0)
		return;
	buf_clear(out);
	if (result->body && !(result->receipt.why & WHY_OUTPUT_CUT))
		buf_add(out, blob_data(result->body), blob_len(result->body));
}

static void take_log(struct coordinator *self, const struct result *result)
{
	if (self->has_history)
		return;
	read_output(result, &self->log);
	self->has_history = self->log.len > 0 &&
			    history_read(self->log.data, self->log.len, &self->history) == 0;
}

/* The commits most like the question, and what they changed, as facts. */
static void add_facts(struct coordinator *self, struct facts *facts)
{
	for (uint32_t i = 0; i < self->history.commits.n; i++) {
		const struct commit *commit = &self->history.commits.items[i];
		struct fact fact = { .kind = FACT_COMMIT,
				     .name = commit->id,
				     .name_len = commit->id_len,
				     .value = (uint64_t)commit->time_s };

		if (commit->rank < GRAPH_COMMITS)
			facts_add(facts, &fact);
	}
	for (size_t i = 0; i < self->changes.list.n; i++) {
		const struct rank_change *change = &self->changes.list.items[i];
		const struct commit *commit = &self->history.commits.items[change->commit];
		const char *path = graph_name(self->graph, change->file);
		struct fact fact = { .kind = FACT_CHANGE,
				     .file = path,
				     .file_len = strlen(path),
				     .name = commit->id,
				     .name_len = commit->id_len };

		if (commit->rank < GRAPH_COMMITS)
			facts_add(facts, &fact);
	}
}

static void take_changes(struct coordinator *self, const struct call *call,
			 const struct result *result)
{
	struct facts facts = { 0 };

	read_output(result, &self->changes_text);
	if (!self->has_history || !self->changes_text.len)
		return;
	if (changes_read(self->graph, &self->history, self->changes_text.data,
			 self->changes_text.len, &self->changes) < 0)
		fail(self, -ENOMEM);
	add_facts(self, &facts);
	if (graph_integrate(self->graph, call->index, &facts) < 0)
		fail(self, -ENOMEM);
	vec_release(&facts.list);
}

/* ---- late calls; those that are settled keep what they have, in their place ---- */

/* Half of the commits are those most like the question; then come the newest. */
static char *commit_ids(struct coordinator *self, uint32_t top, size_t *ret_len)
{
	struct arena *arena = &self->conf.plan->arena;
	uint32_t *chosen = calloc((size_t)top + 1, sizeof(*chosen));
	size_t n = 0, len = 0;
	char *ids;

	if (chosen && self->has_history && self->conf.question)
		n = history_compare(&self->history, self->conf.question, self->lexicon,
				    (top + 1) / 2, chosen);
	for (uint32_t i = 0; chosen && i < self->history.commits.n && n < top; i++) {
		if (self->history.commits.items[i].rank == UINT32_MAX)
			chosen[n++] = i;
	}
	ids = arena_alloc(arena, n * (ID_LEN + 1) + 1);
	for (size_t i = 0; ids && i < n; i++) {
		const struct commit *commit = &self->history.commits.items[chosen[i]];

		memcpy(ids + len, commit->id, commit->id_len);
		len += commit->id_len;
		ids[len++] = '\n';
	}
	free(chosen);
	*ret_len = len;
	return ids;
}

static void set_arg(struct call *call, size_t i_arg, const char *text, size_t len)
{
	struct arg *arg = &call->args.values[i_arg];

	arg->is_set = true;
	arg->str = text;
	arg->len = len;
}

static void skip(struct coordinator *self, struct call *call, const char *why)
{
	struct error err;
	struct result result;

	(void)error_set(&err, ERROR_CANCELLED, ECANCELED, "not needed: %s", why);
	result = (struct result){ .status = CALL_SKIPPED, .error = err };
	if (run_know(self->run, call->index, &result, true) < 0)
		fail(self, -ENOMEM);
	self->n_unneeded++;
}

/* Whether a Read of it can show anything. */
static bool is_readable(const struct coordinator *self, const struct ranked *file)
{
	const char *path = graph_name(self->graph, file->node);

	return file->score > 0 && (file->evidence > 0 || outline_lang_of(path, strlen(path)));
}

static size_t choose_ranked(struct coordinator *self, size_t n, const char **ret_paths)
{
	struct ranking ranking;
	size_t taken = 0;

	if (coordinator_rank(self, &ranking) < 0) {
		fail(self, -ENOMEM);
		ranking = (struct ranking){ 0 };
	}
	for (size_t i = 0; i < ranking.n && taken < n; i++) {
		if (is_readable(self, &ranking.items[i]))
			ret_paths[taken++] = graph_name(self->graph, ranking.items[i].node);
	}
	ranking_release(&ranking);
	return taken;
}

static void bind_files(struct coordinator *self, const char *phase, struct call **calls, size_t n)
{
	const char **paths = calloc(n, sizeof(*paths));
	size_t n_paths = 0;

	if (!paths)
		fail(self, -ENOMEM);
	else if (self->conf.choose)
		n_paths = self->conf.choose(self->graph, phase, n, paths);
	else
		n_paths = choose_ranked(self, n, paths);
	for (size_t i = 0; i < n; i++) {
		const char *path;

		if (calls[i]->is_settled)
			continue;
		path = i < n_paths ? arena_strdup(&self->conf.plan->arena, paths[i]) : NULL;
		if (path)
			set_arg(calls[i], READ_FILE_PATH, path, strlen(path));
		else
			skip(self, calls[i], "no more files have to do with it");
	}
	free(paths);
}

/* The pages that rank best by what the searches of an earlier phase found. */
static void bind_pages(struct coordinator *self, struct call **calls, size_t n)
{
	static const struct question nothing = { .text = "", .asked = "" };
	const char **urls = calloc(n, sizeof(*urls));
	struct lexicon *lexicon = self->lexicon ? NULL : lexicon_new(&nothing);
	struct web_results results;
	int r = web_results_take(self->run, calls[0]->late->from, &results);
	struct web_conf conf = {
		.question = self->conf.question ? self->conf.question : &nothing,
		.lexicon = self->lexicon ? self->lexicon : lexicon,
		.found = results.found,
		.n_found = results.n_found,
	};
	size_t n_urls = 0;

	if (r == 0)
		r = urls && conf.lexicon ? web_choose(&conf, n, &self->conf.plan->arena, urls)
					 : -ENOMEM;
	if (r < 0)
		fail(self, r);
	else
		n_urls = (size_t)r;
	for (size_t i = 0; i < n; i++) {
		if (calls[i]->is_settled)
			continue;
		if (i < n_urls)
			set_arg(calls[i], web_results_address(calls[i]), urls[i], strlen(urls[i]));
		else
			skip(self, calls[i],
			     "no more pages were found; of a site three are read at most");
	}
	web_results_release(&results);
	lexicon_free(lexicon);
	free(urls);
}

static void bind_commits(struct coordinator *self, struct call *call)
{
	size_t len;
	const char *ids = commit_ids(self, call->late->rank, &len); /* ranks them, too */

	if (call->is_settled)
		return;
	if (ids && len)
		set_arg(call, BASH_STDIN, ids, len);
	else
		skip(self, call, "no commits are known");
}

static void start_phase(struct coordinator *self, const char *name)
{
	const struct plan *plan = self->conf.plan;
	struct VEC(struct call *) files = { 0 }, pages = { 0 };

	for (size_t i = 0; i < plan->n_calls; i++) {
		struct call *call = plan->calls[i];

		if (!call->late || !str_equal(plan->phases[call->phase].name, name))
			continue;
		if (call->late->what == LATE_COMMITS)
			bind_commits(self, call);
		else if (call->late->what == LATE_FILE ? !vec_push(&files, call)
						       : !vec_push(&pages, call))
			fail(self, -ENOMEM);
	}
	if (files.n)
		bind_files(self, name, files.items, files.n);
	if (pages.n)
		bind_pages(self, pages.items, pages.n);
	vec_release(&files);
	vec_release(&pages);
}

/* ---- events ---- */

static bool lists_commits(const struct call *call)
{
	return str_equal(call->tool->name, "Bash") &&
	       strstr(args_str(&call->args, BASH_COMMAND), "--format=" BUILD_LOG_FORMAT);
}

static void add_result(struct coordinator *self, struct stream_item item)
{
	struct timespec now;

	if (clock_gettime(CLOCK_REALTIME, &now) == 0)
		item.time_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
	if (stream_take(self->graph, self->conf.root, &item, 1) < 0)
		fail(self, -ENOMEM);
}

static void finish_call(struct coordinator *self, const struct call *call,
			const struct result *result)
{
	add_result(self, (struct stream_item){ call, result, call->index, 0 });
	if (result->payload != PAYLOAD_BASH || result->status != CALL_OK)
		return;
	if (lists_commits(call))
		take_log(self, result);
	else if (call->late)
		take_changes(self, call, result);
}

/* What an agent found is evidence like all else. */
static void finish_agent_call(struct coordinator *self, const struct event *event)
{
	size_t number = self->conf.plan->n_calls + self->n_agent_calls;

	if (number >= GRAPH_CALLS_MAX)
		return;
	self->n_agent_calls++;
	add_result(self, (struct stream_item){ event->call, event->result, (uint32_t)number, 0 });
}

static void on_event(void *data, struct run *run, const struct event *event)
{
	struct coordinator *self = data;

	if (run != self->run || self->error)
		return;
	if (event->type == EVENT_CALL_FINISHED)
		finish_call(self, event->call, event->result);
	else if (event->type == EVENT_AGENT_CALL)
		finish_agent_call(self, event);
	else if (event->type == EVENT_PHASE_STARTED)
		start_phase(self, event->phase);
}

int coordinator_attach(struct coordinator *self, struct engine *engine, struct run *run)
{
	self->run = run;
	return engine_listen(engine, on_event, self) < 0 ? -ENOMEM : 0;
}

/* ---- the end ---- */

static bool is_asking(const struct tool *tool)
{
	static const char *const names[] = { "Mentions", "Grep", "Bash", "Agent" };

	for (size_t i = 0; i < countof(names); i++) {
		if (str_equal(tool->name, names[i]))
			return true;
	}
	return false;
}

/* Which word a query looks for. With a question its Mentions come in the order of the words;
 * without one every query is a word of its own, also those of agents. By the plan: calls end in any
 * order. */
static void number_words(const struct coordinator *self, uint32_t *ret_words)
{
	const struct plan *plan = self->conf.plan;
	const struct graph *graph = self->graph;
	uint32_t word = 0;

	for (size_t i = 0; i < graph->nodes.n; i++)
		ret_words[i] = UINT32_MAX;
	for (size_t i = 0; i < plan->n_calls || i < graph->sources.n; i++) {
		const struct source *source =
			i < graph->sources.n ? &graph->sources.items[i] : NULL;
		const struct tool *tool = i < plan->n_calls ? plan->calls[i]->tool : source->tool;
		uint32_t node = source && source->tool ? source->node : NODE_NONE;

		if (self->conf.question ? !str_equal(tool->name, "Mentions") : !is_asking(tool))
			continue;
		if (node != NODE_NONE && ret_words[node] == UINT32_MAX)
			ret_words[node] = word;
		word++;
	}
}

int coordinator_rank(struct coordinator *self, struct ranking *ret_ranking)
{
	uint32_t *words = malloc((self->graph->nodes.n + 1) * sizeof(*words));
	struct rank_conf conf = {
		.graph = self->graph,
		.question = self->conf.question,
		.lexicon = self->lexicon,
		.word_of_node = words,
		.history = history(self),
		.changes = self->changes.list.items,
		.n_changes = self->changes.list.n,
	};
	int r = -ENOMEM;

	*ret_ranking = (struct ranking){ 0 };
	if (words) {
		number_words(self, words);
		r = rank_files(&conf, ret_ranking);
	}
	free(words);
	return r;
}

int coordinator_check(struct coordinator *self, struct claims *claims)
{
	return claims_find_clashes(self->graph, look_now, &self->root_fd, claims);
}

int coordinator_answer(struct coordinator *self, struct answer_conf *conf,
		       struct answer *ret_answer)
{
	uint32_t *words = malloc((self->graph->nodes.n + 1) * sizeof(*words));
	int r = -ENOMEM;

	*ret_answer = (struct answer){ 0 };
	conf->graph = self->graph;
	conf->lexicon = self->lexicon;
	conf->history = history(self);
	conf->changes = self->changes.list.items;
	conf->n_changes = self->changes.list.n;
	conf->word_of_node = words;
	conf->root_fd = self->root_fd;
	if (words) {
		number_words(self, words);
		r = answer_make(conf, ret_answer);
	}
	free(words);
	return r;
}
