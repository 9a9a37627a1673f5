/* SPDX-License-Identifier: MIT */
/* Which paragraphs of the pages answer best, and which say what another has said. */
#include "graph/bm25.h"
#include "graph/web_work.h"

#include "base/str.h"

#include <errno.h>
#include <math.h>

enum { BLOCK_LEAST = 24, RUNS_LEAST = 6, SITES_TOLD = 8 };

static const double heading_weight = 0.5, block_b = 0.4;
static const double good_enough = 0.3; /* of the page's best paragraph */
static const double said_already = 0.6;
static const double same = 0.6, within = 0.85;

/* ---- choosing ---- */

/* What words of the question are worth over all paragraphs, and how long these are. */
struct measure {
	double idf[QUESTION_WORDS_MAX];
	double mean;
};

static void tally_block(struct web_maker *maker, const struct web_block *block,
			struct web_tally *tally)
{
	struct lexicon *lexicon = maker->conf->lexicon;

	*tally = (struct web_tally){ 0 };
	web_tally(lexicon, block->text, block->len, 1, tally);
	web_tally(lexicon, block->heading, strlen(block->heading), heading_weight, tally);
}

static void measure_blocks(struct web_maker *maker, struct measure *measure)
{
	double df[QUESTION_WORDS_MAX] = { 0 };
	size_t n = 0;

	*measure = (struct measure){ 0 };
	for (size_t i = 0; i < maker->n; i++) {
		for (size_t b = 0; b < maker->drafts[i].blocks.n; b++) {
			struct web_tally tally;

			tally_block(maker, &maker->drafts[i].blocks.items[b], &tally);
			measure->mean += tally.len;
			for (size_t w = 0; w < maker->conf->question->n; w++)
				df[w] += tally.tf[w] > 0;
			n++;
		}
	}
	if (n)
		measure->mean /= (double)n;
	for (size_t w = 0; w < maker->conf->question->n; w++)
		measure->idf[w] = bm25_idf(n, df[w]);
}

/* What words of the question that are in a mask are worth. */
static double worth(const struct web_maker *maker, const struct measure *measure, uint64_t words)
{
	double sum = 0;

	for (; words; words &= words - 1) {
		unsigned w = (unsigned)__builtin_ctzll(words);

		sum += maker->conf->question->words[w].weight * measure->idf[w];
	}
	return sum;
}

static double score_block(struct web_maker *maker, struct web_block *block,
			  const struct measure *measure)
{
	const struct question *question = maker->conf->question;
	struct web_tally tally;
	double score = 0;

	tally_block(maker, block, &tally);
	for (size_t w = 0; w < question->n; w++) {
		if (tally.tf[w] <= 0)
			continue;
		block->words |= UINT64_C(1) << w;
		score += question->words[w].weight * measure->idf[w] *
			 bm25((double)tally.tf[w], block_b, tally.len / measure->mean);
	}
	return score;
}

static bool is_like_chosen(const struct web_draft *draft, const struct shingles *shingles)
{
	for (size_t i = 0; i < draft->n_chosen; i++) {
		if (shingles_likeness(&draft->chosen_shingles[i], shingles) >= same)
			return true;
	}
	return false;
}

/* A page on its way to its passages. */
struct choosing {
	struct web_maker *maker;
	struct web_draft *draft;
	const struct measure *measure;
	uint64_t covered; /* words that chosen passages have */
};

/* The best that is left, if it is worth more than `least`. What was said by then counts less:
 * three passages on half of a question answer half of it. */
static struct web_block *next_block(const struct choosing *choosing, double least,
				    double *ret_value)
{
	struct web_block *best = NULL;

	*ret_value = least;
	for (size_t i = 0; i < choosing->draft->blocks.n; i++) {
		struct web_block *block = &choosing->draft->blocks.items[i];
		double all = worth(choosing->maker, choosing->measure, block->words);
		double old =
			worth(choosing->maker, choosing->measure, block->words & choosing->covered);
		double value = block->score > 0 && all > 0
				       ? block->score * (1 - said_already * old / all)
				       : 0;

		if (value > *ret_value) {
			best = block;
			*ret_value = value;
		}
	}
	return best;
}

static void choose_of_page(struct web_maker *maker, struct web_draft *draft,
			   const struct measure *measure)
{
	struct choosing choosing = { maker, draft, measure, 0 };
	double best = 0, value;

	for (size_t tries = 0; draft->n_chosen < WEB_PASSAGES_MAX && tries < 2 * WEB_PASSAGES_MAX;
	     tries++) {
		struct web_block *block = next_block(&choosing, best * good_enough, &value);
		struct shingles shingles;

		if (!block)
			return;
		if (shingles_read(block->text, block->len, &maker->scratch, &shingles) < 0) {
			maker->is_out_of_memory = true;
			return;
		}
		if (!is_like_chosen(draft, &shingles)) {
			if (best == 0)
				best = value;
			choosing.covered |= block->words;
			draft->chosen[draft->n_chosen] = block;
			draft->chosen_shingles[draft->n_chosen] = shingles;
			draft->page.passages[draft->n_chosen] = (struct web_passage){
				.text = arena_memdup0(maker->arena, block->text, block->len),
				.heading = arena_strdup(maker->arena, block->heading),
				.value = value / best,
			};
			draft->n_chosen++;
		}
		block->score = 0; /* taken, or said already */
	}
}

int web_choose_passages(struct web_maker *maker)
{
	struct measure measure;
	double best = 0;

	measure_blocks(maker, &measure);
	for (size_t i = 0; i < maker->n; i++) {
		struct web_draft *draft = &maker->drafts[i];

		for (size_t b = 0; b < draft->blocks.n; b++) {
			struct web_block *block = &draft->blocks.items[b];
			double score = 0;

			/* Less is a label or a button, unless it is all there is. */
			if (block->len >= BLOCK_LEAST || draft->blocks.n == 1)
				score = score_block(maker, block, &measure);
			block->score = score;
			draft->page.features[WEB_PASSAGE] =
				fmax(draft->page.features[WEB_PASSAGE], score);
		}
		best = fmax(best, draft->page.features[WEB_PASSAGE]);
		choose_of_page(maker, draft, &measure);
	}
	for (size_t i = 0; i < maker->n && best > 0; i++)
		maker->drafts[i].page.features[WEB_PASSAGE] /= best;
	return maker->is_out_of_memory || arena_failed(maker->arena) ? -ENOMEM : 0;
}

/* ---- folding ---- */

/* Nearly the same words; or a short piece of what is said in full. */
static bool says_the_same(const struct shingles *kept, const struct shingles *other)
{
	if (shingles_likeness(kept, other) >= same)
		return true;
	return other->n >= RUNS_LEAST && shingles_containment(other, kept) >= within;
}

static bool fold(struct web_maker *maker, struct web_passage *kept, const char *url)
{
	if (!kept->also)
		kept->also = arena_alloc_array(maker->arena, SITES_TOLD, sizeof(char *));
	if (!kept->also) {
		maker->is_out_of_memory = true;
		return false;
	}
	for (size_t i = 0; i < kept->n_also; i++) {
		if (str_equal(kept->also[i], url))
			return true;
	}
	if (kept->n_also < SITES_TOLD)
		kept->also[kept->n_also++] = url;
	return true;
}

/* Folds passage k of a page into one of a better page that says the same. */
static bool fold_into_better(struct web_maker *maker, size_t page, const struct shingles *shingles)
{
	for (size_t i = 0; i < page; i++) {
		struct web_draft *draft = &maker->drafts[i];

		for (size_t k = 0; k < draft->n_chosen; k++) {
			if (says_the_same(&draft->chosen_shingles[k], shingles))
				return fold(maker, &draft->page.passages[k],
					    maker->drafts[page].page.url);
		}
	}
	return false;
}

int web_fold_passages(struct web_maker *maker)
{
	size_t n = maker->n < maker->conf->pages_max ? maker->n : maker->conf->pages_max;

	for (size_t i = 0; i < n; i++) {
		struct web_draft *draft = &maker->drafts[i];
		size_t n_kept = 0;

		for (size_t k = 0; k < draft->n_chosen; k++) {
			if (fold_into_better(maker, i, &draft->chosen_shingles[k]))
				continue;
			draft->chosen[n_kept] = draft->chosen[k];
			draft->chosen_shingles[n_kept] = draft->chosen_shingles[k];
			draft->page.passages[n_kept] = draft->page.passages[k];
			n_kept++;
		}
		if (!n_kept && draft->n_chosen)
			web_add_why(maker, &draft->page, "says what a better page says");
		draft->n_chosen = n_kept;
	}
	for (size_t i = 0; i < maker->n; i++)
		maker->drafts[i].page.n_passages = maker->drafts[i].n_chosen;
	return maker->is_out_of_memory ? -ENOMEM : 0;
}
