/* SPDX-License-Identifier: MIT */
#include "api/research.h"

#include "api/toolbox.h"
#include "engine/engine.h"
#include "plan/build.h"

#include <errno.h>
#include <stdlib.h>

enum { TEXT_MAX = 1 << 20 };

int research_plan(struct research *research, const char *const *words, size_t n, struct error *err)
{
	struct buf all;
	const char *text = NULL;
	int r = 0;

	*research = (struct research){ 0 };
	arena_init(&research->arena, (size_t)16 << 20);
	buf_init(&research->text, TEXT_MAX);
	buf_init(&all, QUESTION_BYTES_MAX);
	for (size_t i = 0; i < n; i++)
		buf_printf(&all, "%s%s", i ? " " : "", words[i]);
	buf_add_char(&all, '\0');
	if (buf_error(&all))
		r = error_set(err, ERROR_INVALID, EFBIG, "the question is over %d bytes",
			      QUESTION_BYTES_MAX);
	if (r == 0 && !(text = arena_memdup0(&research->arena, all.data, all.len)))
		r = error_errno(err, ENOMEM, "the question");
	if (r == 0)
		r = question_read(text, QUESTION_WORDS_MAX, &research->arena, &research->question,
				  err);
	buf_release(&all);
	if (r == 0 && build_web_research(&research->question, &research->text) < 0)
		r = error_errno(err, ENOMEM, "workflow");
	return r ? r : toolbox_load("web", &research->text, &research->plan, err);
}

void research_release(struct research *research)
{
	buf_release(&research->text);
	arena_release(&research->arena);
}

int research_answer(const struct run *run, const struct question *question,
		    struct web_answer *ret_answer)
{
	const struct plan *plan = run_plan(run);
	struct web_result *results = calloc(plan->n_calls, sizeof(*results));
	int r;

	*ret_answer = (struct web_answer){ 0 };
	if (!results)
		return -ENOMEM;
	for (size_t i = 0; i < plan->n_calls; i++)
		results[i] = (struct web_result){ plan->calls[i], run_result(run, i) };
	r = web_answer_make(question, results, plan->n_calls, ret_answer);
	free(results);
	return r;
}
