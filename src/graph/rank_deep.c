/* SPDX-License-Identifier: MIT */
/* What the text of the files that were read adds: words that stand together, the best passage, and
 * which files the others lean on. */
#include "graph/pagerank.h"
#include "graph/rank_work.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PASSAGE_LINES = 20, DEFINERS_MAX = 3 };

/* ---- words in lines ---- */

struct line_words {
	struct rank_work *work;
	uint64_t mask;                        /* words of the line in hand */
	uint32_t last;                        /* word before, UINT32_MAX = none */
	uint8_t (*pairs)[QUESTION_WORDS_MAX]; /* [first][second] seen in the file */
};

static void note_word(void *data, uint32_t word, size_t at, size_t len)
{
	struct line_words *words = data;

	(void)at;
	(void)len;
	words->mask |= UINT64_C(1) << word;
	if (words->last != UINT32_MAX && words->last != word)
		words->pairs[words->last][word] = 1;
	words->last = word;
}

/* The greatest sum of gains of distinct words in so many lines. */
static double best_passage(const struct rank_work *work, const uint64_t *masks, uint32_t n)
{
	uint32_t in_window[QUESTION_WORDS_MAX] = { 0 };
	double sum = 0, best = 0;

	for (uint32_t i = 0; i < n; i++) {
		for (uint64_t m = masks[i]; m; m &= m - 1) {
			unsigned w = (unsigned)__builtin_ctzll(m);

			if (in_window[w]++ == 0)
				sum += work->idf[w] * work->weights[w];
		}
		if (i >= PASSAGE_LINES) {
			for (uint64_t m = masks[i - PASSAGE_LINES]; m; m &= m - 1) {
				unsigned w = (unsigned)__builtin_ctzll(m);

				if (--in_window[w] == 0)
					sum -= work->idf[w] * work->weights[w];
			}
		}
		if (sum > best)
			best = sum;
	}
	return best;
}

/* Pairs of words that follow each other in the question. */
struct pairs {
	uint32_t df[QUESTION_WORDS_MAX][QUESTION_WORDS_MAX];
	uint8_t (*seen)[QUESTION_WORDS_MAX][QUESTION_WORDS_MAX]; /* by file that was read */
	uint32_t *files;
	uint32_t n;
};

static int read_file(struct rank_work *work, size_t f, struct pairs *pairs)
{
	struct file_text text;
	struct line_words words = { .work = work, .last = UINT32_MAX };
	uint64_t *masks;

	if (!file_text_get(work->conf->graph, work->nodes[f], &text))
		return 0;
	masks = calloc(text.n_lines + 1, sizeof(*masks));
	words.pairs = pairs->seen[pairs->n];
	for (uint32_t i = 0; masks && i < text.n_lines; i++) {
		words.mask = 0;
		words.last = UINT32_MAX;
		lexicon_scan(work->conf->lexicon, text.data + text.starts[i],
			     text.starts[i + 1] - text.starts[i], note_word, &words);
		masks[i] = words.mask;
	}
	if (masks)
		work->features[FEATURE_passage][f] = (float)best_passage(work, masks, text.n_lines);
	pairs->files[pairs->n++] = (uint32_t)f;
	free(masks);
	file_text_release(&text);
	return masks ? 0 : -ENOMEM;
}

static void rank_pairs(struct rank_work *work, struct pairs *pairs)
{
	const struct question *question = work->conf->question;

	for (uint32_t i = 0; i < pairs->n; i++) {
		for (size_t w = 0; w + 1 < question->n; w++)
			pairs->df[w][w + 1] += pairs->seen[i][w][w + 1];
	}
	for (uint32_t i = 0; i < pairs->n; i++) {
		double sum = 0;

		for (size_t w = 0; w + 1 < question->n; w++) {
			if (pairs->seen[i][w][w + 1] &&
			    question->words[w].is_name == question->words[w + 1].is_name)
				sum += log(1 + (double)pairs->n / pairs->df[w][w + 1]);
		}
		work->features[FEATURE_pairs][pairs->files[i]] = (float)sum;
	}
}

/* ---- who leans on whom ---- */

struct name_use {
	uint32_t name, file;
};

static int compare_uses(const void *a_, const void *b_)
{
	const struct name_use *a = a_, *b = b_;

	if (a->name != b->name)
		return a->name < b->name ? -1 : 1;
	return (a->file > b->file) - (a->file < b->file);
}

struct links {
	struct VEC(struct name_use) definitions;
	struct VEC(struct pagerank_edge) edges;
};

static int list_definitions(struct rank_work *work, struct links *links)
{
	const struct graph *graph = work->conf->graph;

	for (size_t i = 0; i < graph->edges.n; i++) {
		const struct edge *edge = &graph->edges.items[i];
		struct name_use use;

		if (edge->relation != REL_DEFINES || work->index[edge->from] == UINT32_MAX)
			continue;
		use = (struct name_use){ graph->nodes.items[edge->to].name,
					 work->index[edge->from] };
		if (!vec_push(&links->definitions, use))
			return -ENOMEM;
	}
	if (links->definitions.n)
		qsort(links->definitions.items, links->definitions.n, sizeof(struct name_use),
		      compare_uses);
	return 0;
}

/* The definitions of a name: where they begin, and how many. */
static size_t find_definitions(const struct links *links, uint32_t name, size_t *ret_n)
{
	size_t low = 0, high = links->definitions.n, first;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (links->definitions.items[middle].name < name)
			low = middle + 1;
		else
			high = middle;
	}
	first = low;
	while (low < links->definitions.n && links->definitions.items[low].name == name)
		low++;
	*ret_n = low - first;
	return first;
}

static int link_files(struct rank_work *work, struct links *links)
{
	const struct graph *graph = work->conf->graph;

	for (size_t i = 0; i < graph->edges.n; i++) {
		const struct edge *edge = &graph->edges.items[i];
		size_t first, n;

		if ((edge->relation != REL_REFERENCES && edge->relation != REL_IMPORTS) ||
		    work->index[edge->from] == UINT32_MAX)
			continue;
		first = find_definitions(links, graph->nodes.items[edge->to].name, &n);
		if (n > DEFINERS_MAX)
			continue; /* a name that everybody has says little */
		for (size_t k = first; k < first + n; k++) {
			struct pagerank_edge link = { work->index[edge->from],
						      links->definitions.items[k].file,
						      1 / (double)n };

			if (link.from != link.to && !vec_push(&links->edges, link))
				return -ENOMEM;
		}
	}
	return 0;
}

static int rank_central(struct rank_work *work)
{
	struct links links = { 0 };
	double *start = calloc(2 * work->n + 1, sizeof(*start)), *rank = start + work->n;
	int r = start ? list_definitions(work, &links) : -ENOMEM;

	if (r == 0)
		r = link_files(work, &links);
	for (size_t f = 0; r == 0 && f < work->n; f++)
		start[f] = (double)work->features[FEATURE_body][f];
	if (r == 0 && links.edges.n)
		r = pagerank(work->n, links.edges.items, links.edges.n, start, rank);
	for (size_t f = 0; r == 0 && links.edges.n && f < work->n; f++)
		work->features[FEATURE_central][f] = (float)rank[f];
	vec_release(&links.definitions);
	vec_release(&links.edges);
	free(start);
	return r;
}

int rank_deep(struct rank_work *work)
{
	struct pairs *pairs;
	size_t n_read = 0;
	int r = 0;

	for (size_t f = 0; f < work->n; f++)
		n_read += work->conf->graph->file_readings.items[work->nodes[f]] != NODE_NONE;
	if (!n_read)
		return 0;
	pairs = calloc(1, sizeof(*pairs));
	if (!pairs)
		return -ENOMEM;
	pairs->seen = calloc(n_read + 1, sizeof(*pairs->seen));
	pairs->files = calloc(n_read + 1, sizeof(*pairs->files));
	r = pairs->seen && pairs->files ? 0 : -ENOMEM;
	for (size_t f = 0; r == 0 && work->conf->question && f < work->n; f++) {
		if (work->conf->graph->file_readings.items[work->nodes[f]] != NODE_NONE)
			r = read_file(work, f, pairs);
	}
	if (r == 0 && work->conf->question)
		rank_pairs(work, pairs);
	free(pairs->seen);
	free(pairs->files);
	free(pairs);
	return r ? r : rank_central(work);
}
