/* SPDX-License-Identifier: MIT */
#include "api/research.h"

#include "api/explore.h"
#include "api/toolbox.h"
#include "api/web_results.h"

#include <errno.h>

enum { TEXT_MAX = 1 << 20 };

int research_plan(struct research *research, const struct research_conf *conf, struct error *err)
{
	bool has_code = conf->is_workspace || explore_has_git(conf->root);
	int r;

	*research = (struct research){ 0 };
	arena_init(&research->arena, (size_t)16 << 20);
	buf_init(&research->text, TEXT_MAX);
	r = question_read(conf->question, QUESTION_WORDS_MAX, &research->arena, &research->question,
			  err);
	if (r == 0 &&
	    (web_research_plan(&research->question, &research->arena, &research->searches) < 0 ||
	     build_web_research(&research->question, &research->searches, has_code,
				&research->text) < 0))
		r = error_errno(err, ENOMEM, "workflow");
	return r ? r : toolbox_load("web", &research->text, &research->plan, err);
}

void research_release(struct research *research)
{
	buf_release(&research->text);
	arena_release(&research->arena);
}

/* The graph wants a call that facts come from: the first of all, so that it is always the same. */
static int tell_graph(struct coordinator *coordinator, const struct web_answer *answer)
{
	struct graph *graph = coordinator_graph(coordinator);

	for (uint32_t i = 0; i < graph->sources.n; i++) {
		if (graph->sources.items[i].tool)
			return web_add_facts(answer, graph, i);
	}
	return 0;
}

int research_answer(struct coordinator *coordinator, const struct run *run,
		    const struct question *question, struct web_answer *ret_answer)
{
	struct lexicon *lexicon = lexicon_new(question);
	struct web_results results;
	int r = web_results_take(run, WEB_ALL_PHASES, &results);
	struct web_conf conf = { .question = question,
				 .lexicon = lexicon,
				 .graph = coordinator_graph(coordinator),
				 .found = results.found,
				 .n_found = results.n_found,
				 .read = results.read,
				 .n_read = results.n_read,
				 .pages_max = WEB_PAGES_SHOWN };

	*ret_answer = (struct web_answer){ 0 };
	if (r == 0)
		r = lexicon ? coordinator_error(coordinator) : -ENOMEM;
	if (r == 0)
		r = web_answer_make(&conf, ret_answer);
	if (r == 0)
		r = tell_graph(coordinator, ret_answer);
	web_results_release(&results);
	lexicon_free(lexicon);
	return r;
}
