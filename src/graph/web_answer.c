/* SPDX-License-Identifier: MIT */
/* Making the answer: pages are fused and ranked, their paragraphs chosen, copies folded, sentences
 * compared; then they are ranked again, by all that is known of them by then. */
#include "graph/web_answer.h"

#include "graph/web_topic.h"
#include "graph/web_work.h"

#include <errno.h>
#include <math.h>
#include <string.h>

enum { SCRATCH_MAX_LOG2 = 30, ANSWER_MAX_LOG2 = 30 };

static int split_pages(struct web_maker *maker)
{
	for (size_t i = 0; i < maker->n; i++) {
		if (web_split(&maker->drafts[i], &maker->scratch) < 0)
			return -ENOMEM;
	}
	return 0;
}

static void say_why(struct web_maker *maker, struct web_page *page)
{
	CLEANUP(buf) struct buf text = { .max = 1024 };

	if (page->n_searches)
		buf_printf(&text, "found by %u of %zu searches", page->n_searches,
			   maker->conf->n_found);
	else
		buf_add_str(&text, "asked for by its address");
	for (size_t i = 0; i < page->n_by; i++)
		buf_printf(&text, "%s%s", i ? ", " : " (", page->by[i]);
	buf_printf(&text, "%s%s", page->n_by ? ")" : "", page->is_read ? "" : "; not read");
	web_add_why(maker, page,
		    text.data ? arena_memdup0(maker->arena, text.data, text.len) : NULL);
}

static void say_support(struct web_maker *maker, struct web_draft *draft)
{
	if (draft->best_sites > 1)
		web_add_why(maker, &draft->page,
			    arena_printf(maker->arena, "%u independent sites say what it says",
					 draft->best_sites));
}

/* ---- the order of passages ---- */

struct candidate {
	struct web_passage *passage;
	double density;
	size_t page;
};

static int densest_first(const void *a_, const void *b_)
{
	const struct candidate *a = a_, *b = b_;

	if (a->density != b->density)
		return a->density < b->density ? 1 : -1;
	if (a->page != b->page)
		return a->page < b->page ? -1 : 1;
	return (a->passage > b->passage) - (a->passage < b->passage);
}

static int order_passages(struct web_answer *answer)
{
	struct VEC(struct candidate) all = { 0 };
	bool ok = true;

	for (size_t i = 0; ok && i < answer->n_pages; i++) {
		struct web_page *page = &answer->pages[i];

		for (size_t k = 0; ok && k < page->n_passages; k++) {
			struct web_passage *passage = &page->passages[k];
			struct candidate candidate = { .passage = passage, .page = i };

			passage->value *= page->score * page->score * pow(0.7, (double)k);
			candidate.density =
				passage->value / sqrt((double)strlen(passage->text) + 200);
			ok = vec_push(&all, candidate);
		}
	}
	if (all.n)
		qsort(all.items, all.n, sizeof(struct candidate), densest_first);
	for (uint32_t i = 0; i < all.n; i++)
		all.items[i].passage->order = i;
	vec_release(&all);
	return ok ? 0 : -ENOMEM;
}

static int finish(struct web_maker *maker, struct web_answer *answer)
{
	double best = maker->n ? maker->drafts[0].page.score : 0;

	answer->n_seen = maker->n + maker->n_left_out;
	answer->n_left_out = maker->n_left_out;
	answer->n_searches = maker->conf->n_found;
	answer->pages =
		arena_alloc_array(maker->arena, maker->conf->pages_max + 1, sizeof(*answer->pages));
	if (!answer->pages)
		return -ENOMEM;
	for (size_t i = 0; i < maker->n && i < maker->conf->pages_max; i++) {
		struct web_draft *draft = &maker->drafts[i];

		say_why(maker, &draft->page);
		say_support(maker, draft);
		draft->page.score = best > 0 ? draft->page.score / best : 0;
		answer->pages[answer->n_pages++] = draft->page;
	}
	answer->n_claims = maker->claims.n;
	answer->claims = (void *)arena_memdup0(maker->arena, maker->claims.items,
					       maker->claims.n * sizeof(struct web_claim));
	if (maker->is_out_of_memory || arena_failed(maker->arena))
		return -ENOMEM;
	return order_passages(answer);
}

typedef int step_fn(struct web_maker *maker);

static int sort_and_mark(struct web_maker *maker)
{
	web_sort_pages(maker);
	web_mark_stale(maker);
	return 0;
}

static int sort(struct web_maker *maker)
{
	web_sort_pages(maker);
	return 0;
}

int web_answer_make(const struct web_conf *conf, struct web_answer *ret_answer)
{
	static step_fn *const steps[] = {
		web_collect,         split_pages,
		web_choose_passages, web_score_pages,
		sort_and_mark,       web_find_origins,
		web_fold_passages,   web_compare,
		web_find_code,       sort,
	};
	struct web_conf bounded = *conf;
	struct web_maker maker = { .conf = &bounded, .arena = &ret_answer->arena };
	int r = 0;

	if (bounded.pages_max > WEB_PAGES_SHOWN)
		bounded.pages_max = WEB_PAGES_SHOWN;
	*ret_answer = (struct web_answer){ .question = conf->question };
	arena_init(&ret_answer->arena, (size_t)1 << ANSWER_MAX_LOG2);
	arena_init(&maker.scratch, (size_t)1 << SCRATCH_MAX_LOG2);
	for (size_t i = 0; r == 0 && i < countof(steps); i++)
		r = steps[i](&maker);
	if (r == 0)
		r = finish(&maker, ret_answer);
	web_drafts_release(&maker);
	vec_release(&maker.claims);
	arena_release(&maker.scratch);
	return r;
}

void web_answer_release(struct web_answer *answer)
{
	arena_release(&answer->arena);
	*answer = (struct web_answer){ 0 };
}
