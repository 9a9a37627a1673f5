/* SPDX-License-Identifier: MIT */
/*
 * What a document is worth to a query: a sum of parts, each from 0 to 1. The shares were fitted to
 * one set of questions and are reported on another (bench/README.md).
 */
#include "docs/weigh.h"

#include "base/str.h"

#include <math.h>
#include <string.h>

#define SHARE_TITLE 0.25   /* words of the query in its title and names */
#define SHARE_PRECISE 0.09 /* words of its title in the query */
#define SHARE_BEST 0.14    /* its best passage */
#define SHARE_FURTHER 0.10 /* the next ones */
#define SHARE_COVERED 0.06 /* words of the query anywhere in it */
#define SHARE_WHOLE 0.12   /* how often, for its length */
#define SHARE_LINKS 0.08   /* manual pages that refer to it */
#define SHARE_KNOWN 0.07   /* the same, as far as its title fits */
#define SHARE_NAME 0.05    /* it is called as a word of the query is */
#define SHARE_SECTION 0.04 /* of the manual: commands before calls before the rest */

/* A word that means the same counts less than the word itself. */
#define OTHER 0.4

enum {
	PASSAGES_SUMMED = 4,
	PASSAGE_WORDS = 250,
	LINKS_MANY = 255,
	TITLE_SHORT = 4,
	BYTES_OF_WORD = 6
};

static double total(const struct words *words)
{
	double sum = 0;

	for (unsigned i = 0; i < words->n; i++)
		sum += words->items[i].weight;
	return sum > 0 ? sum : 1;
}

static double presence(const struct word_count *count)
{
	return count->n_own > 0 ? 1 : count->n_others > 0 ? OTHER : 0;
}

static double covered(const struct words *words, const struct word_count counts[WORDS_MAX])
{
	double sum = 0;

	for (unsigned i = 0; i < words->n; i++)
		sum += words->items[i].weight * presence(&counts[i]);
	return sum / total(words);
}

/* As BM25: frequent is better, but less and less; long is worse. */
static double saturated(const struct words *words, const struct word_count counts[WORDS_MAX],
			size_t n_words)
{
	double room = 1.2 * (0.4 + 0.6 * (double)n_words / PASSAGE_WORDS);
	double sum = 0;

	for (unsigned i = 0; i < words->n; i++) {
		double n = counts[i].n_own + OTHER * counts[i].n_others;

		sum += words->items[i].weight * n / (n + room);
	}
	return sum / total(words);
}

/* Keeps the best few, greatest first. */
static void keep(double best[PASSAGES_SUMMED], double value)
{
	for (unsigned i = 0; i < PASSAGES_SUMMED; i++)
		if (value > best[i]) {
			double less = best[i];

			best[i] = value;
			value = less;
		}
}

/* What a heading says counts as often again. */
static double weigh_passage(const struct words *words, const struct weigh_document *document,
			    size_t i, struct word_count all[WORDS_MAX])
{
	const struct passage *passage = &document->cut->items[i];
	struct word_count counts[WORDS_MAX] = { 0 };
	struct word_count heading[WORDS_MAX] = { 0 };
	size_t n = words_count(words, document->text + passage->at, passage->len, counts);

	(void)words_count(words, document->text + passage->heading_at, passage->heading_len,
			  heading);
	for (unsigned k = 0; k < words->n; k++) {
		counts[k].n_own += 2 * heading[k].n_own;
		counts[k].n_others += 2 * heading[k].n_others;
		all[k].n_own += counts[k].n_own;
		all[k].n_others += counts[k].n_others;
	}
	return saturated(words, counts, n) * (0.4 + 0.6 * covered(words, counts));
}

/* The best, and what the next few add, from 0 to 1 each. */
static double weigh_passages(const struct words *words, const struct weigh_document *document,
			     struct word_count all[WORDS_MAX], size_t *ret_best)
{
	static const double shares[PASSAGES_SUMMED] = { SHARE_BEST, SHARE_FURTHER / 2,
							SHARE_FURTHER / 4, SHARE_FURTHER / 4 };
	double best[PASSAGES_SUMMED] = { 0 };
	double sum = 0;

	*ret_best = 0;
	for (size_t i = 0; i < document->cut->n; i++) {
		double value = weigh_passage(words, document, i, all);

		if (value > best[0])
			*ret_best = i;
		keep(best, value);
	}
	for (unsigned i = 0; i < PASSAGES_SUMMED; i++)
		sum += shares[i] * best[i];
	return sum;
}

/* man:grep(1): commands first, then calls; what the query hints at counts as much as a command. */
static double weigh_section(const struct words *words, const char *url)
{
	const char *open = str_starts_with(url, "man:") ? strrchr(url, '(') : NULL;

	if (!open || !open[1])
		return 0;
	if (words->sections[0])
		return strchr(words->sections, open[1]) != NULL;
	return strchr("18", open[1]) ? 1 : strchr("23", open[1]) ? 0.5 : 0;
}

/* How many of a title's words the query has; a short title is not better for being short. */
static double precise(const struct words *words, const struct word_count title[WORDS_MAX], size_t n)
{
	double sum = 0;

	for (unsigned i = 0; i < words->n; i++)
		sum += presence(&title[i]);
	n = n > TITLE_SHORT ? n : TITLE_SHORT;
	return sum < (double)n ? sum / (double)n : 1;
}

double weigh(const struct words *words, const struct weigh_document *document, size_t *ret_best)
{
	struct word_count all[WORDS_MAX] = { 0 };
	struct word_count title[WORDS_MAX] = { 0 };
	double score = weigh_passages(words, document, all, ret_best);
	double links = log2(1 + document->n_links) / log2(1 + LINKS_MANY);
	double in_title;
	size_t n;

	links = links < 1 ? links : 1;
	score += SHARE_WHOLE * saturated(words, all, document->len / BYTES_OF_WORD);
	n = words_count(words, document->title, strlen(document->title), title);
	(void)words_count(words, document->names, strlen(document->names), title);
	for (unsigned i = 0; i < words->n; i++) {
		all[i].n_own += title[i].n_own;
		all[i].n_others += title[i].n_others;
	}
	in_title = covered(words, title);
	return score + SHARE_TITLE * in_title + SHARE_PRECISE * precise(words, title, n) +
	       SHARE_COVERED * covered(words, all) + SHARE_LINKS * links +
	       SHARE_KNOWN * in_title * links + SHARE_NAME * document->has_name +
	       SHARE_SECTION * weigh_section(words, document->url);
}
