/* SPDX-License-Identifier: MIT */
#include "graph/history.h"

#include "graph/bm25.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool take_field(const char **at, const char *end, char stop, const char **ret,
		       size_t *ret_len)
{
	const char *found = memchr(*at, stop, (size_t)(end - *at));

	if (!found)
		return false;
	*ret = *at;
	*ret_len = (size_t)(found - *at);
	*at = found + 1;
	return true;
}

int history_read(const char *text, size_t len, struct history *ret_history)
{
	const char *at = text, *end = text + len;

	*ret_history = (struct history){ 0 };
	while (at < end && (at = memchr(at, '\x01', (size_t)(end - at)))) {
		struct commit commit = { .rank = UINT32_MAX };
		const char *time, *next;
		size_t time_len;

		at++;
		if (!take_field(&at, end, '\x02', &commit.id, &commit.id_len) ||
		    !take_field(&at, end, '\x02', &time, &time_len) ||
		    !take_field(&at, end, '\x02', &commit.author, &commit.author_len))
			break;
		if (commit.id_len < 7 || commit.id_len > 64)
			continue;
		next = memchr(at, '\x01', (size_t)(end - at));
		commit.message = at;
		commit.message_len = (size_t)((next ? next : end) - at);
		commit.time_s = strtoll(time, NULL, 10);
		if (!vec_push(&ret_history->commits, commit)) {
			history_release(ret_history);
			return -ENOMEM;
		}
	}
	return 0;
}

void history_release(struct history *history)
{
	vec_release(&history->commits);
}

/* Words of the commit in hand, and in how many commits each is. */
struct counts {
	uint32_t df[QUESTION_WORDS_MAX];
	uint16_t tf[QUESTION_WORDS_MAX];
	size_t first_line; /* its length */
};

static void count_word(void *data, uint32_t word, size_t at, size_t len)
{
	struct counts *counts = data;

	(void)len;
	if (counts->tf[word]++ == 0) {
		counts->df[word]++;
		counts->tf[word] += at < counts->first_line; /* what it is about stands first */
	}
}

struct scored {
	double score;
	uint32_t commit;
};

static int best_first(const void *a_, const void *b_)
{
	const struct scored *a = a_, *b = b_;

	if (a->score != b->score)
		return a->score < b->score ? 1 : -1;
	return (a->commit > b->commit) - (a->commit < b->commit);
}

static void score_all(struct history *history, const struct question *question,
		      struct counts *counts, const uint16_t (*tfs)[QUESTION_WORDS_MAX])
{
	size_t n = history->commits.n;
	double average = 0;

	for (size_t i = 0; i < n; i++)
		average += (double)history->commits.items[i].message_len / (double)n;
	for (size_t i = 0; i < n; i++) {
		struct commit *commit = &history->commits.items[i];
		double length = (double)commit->message_len / average;

		for (uint32_t w = 0; w < question->n; w++) {
			if (tfs[i][w])
				commit->similarity +=
					bm25_idf(n, counts->df[w]) * bm25(tfs[i][w], 0.5, length);
		}
	}
}

size_t history_compare(struct history *history, const struct question *question,
		       struct lexicon *lexicon, size_t top, uint32_t *ret_best)
{
	size_t n = history->commits.n, n_scored = 0;
	uint16_t(*tfs)[QUESTION_WORDS_MAX] = calloc(n + 1, sizeof(*tfs));
	struct scored *scored = calloc(n + 1, sizeof(*scored));
	struct counts counts = { 0 };

	for (size_t i = 0; tfs && scored && i < n; i++) {
		const struct commit *commit = &history->commits.items[i];
		const char *end = memchr(commit->message, '\n', commit->message_len);

		memset(counts.tf, 0, sizeof(counts.tf));
		counts.first_line = end ? (size_t)(end - commit->message) : commit->message_len;
		lexicon_scan(lexicon, commit->message, commit->message_len, count_word, &counts);
		memcpy(tfs[i], counts.tf, sizeof(counts.tf));
	}
	if (tfs && scored)
		score_all(history, question, &counts, (const uint16_t(*)[QUESTION_WORDS_MAX])tfs);
	for (uint32_t i = 0; scored && i < n; i++) {
		if (history->commits.items[i].similarity > 0)
			scored[n_scored++] =
				(struct scored){ history->commits.items[i].similarity, i };
	}
	if (scored)
		qsort(scored, n_scored, sizeof(*scored), best_first);
	if (n_scored > top)
		n_scored = top;
	for (size_t i = 0; i < n_scored; i++) {
		ret_best[i] = scored[i].commit;
		history->commits.items[scored[i].commit].rank = (uint32_t)i;
	}
	free(tfs);
	free(scored);
	return n_scored;
}

static bool is_id(const char *line, size_t len)
{
	if (len != 40 && len != 64)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!((line[i] >= '0' && line[i] <= '9') || (line[i] >= 'a' && line[i] <= 'f')))
			return false;
	}
	return true;
}

void history_each_change(const char *text, size_t len, history_change_fn *each, void *data)
{
	const char *id = NULL;
	size_t id_len = 0;

	for (size_t at = 0; at < len;) {
		const char *line = text + at, *end = memchr(line, '\n', len - at);
		size_t line_len = end ? (size_t)(end - line) : len - at;

		at += line_len + 1;
		if (is_id(line, line_len)) {
			id = line;
			id_len = line_len;
		} else if (id && line_len) {
			each(data, id, id_len, line, line_len);
		}
	}
}
