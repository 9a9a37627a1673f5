/* SPDX-License-Identifier: MIT */
/* Files that keep company with those that rank well: changed in the same commits, or named alike
 * (foo.c and foo.h, foo.py and test_foo.py). */
#include "base/str.h"
#include "graph/rank_work.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

enum { LEADERS_MAX = 15, COUPLED_MAX = 3, COMMIT_FILES_MAX = 20 };

/* The files that rank best by what they say and by their history. */
struct leaders {
	uint32_t files[LEADERS_MAX];
	double scores[LEADERS_MAX];
	size_t n;
};

static float most_of(const struct rank_work *work, enum feature feature)
{
	float most = 0;

	for (size_t f = 0; f < work->n; f++) {
		if (work->features[feature][f] > most)
			most = work->features[feature][f];
	}
	return most > 0 ? most : 1;
}

static void find_leaders(const struct rank_work *work, struct leaders *leaders)
{
	float body = most_of(work, FEATURE_body), history = most_of(work, FEATURE_history);

	for (uint32_t f = 0; f < work->n; f++) {
		double score = (double)(work->features[FEATURE_body][f] / body) +
			       sqrt((double)(work->features[FEATURE_history][f] / history));
		size_t at = leaders->n;

		while (at > 0 && leaders->scores[at - 1] < score)
			at--;
		if (at == LEADERS_MAX || score <= 0)
			continue;
		if (leaders->n < LEADERS_MAX)
			leaders->n++;
		for (size_t i = leaders->n - 1; i > at; i--) {
			leaders->files[i] = leaders->files[i - 1];
			leaders->scores[i] = leaders->scores[i - 1];
		}
		leaders->files[at] = f;
		leaders->scores[at] = score;
	}
}

/* ---- changed together ---- */

/* Changes by commit: those of commit c are files[first[c]] to files[first[c + 1]]. */
struct by_commit {
	uint32_t *first, *files;
	size_t n;
};

static int group(const struct rank_work *work, struct by_commit *ret)
{
	const struct rank_conf *conf = work->conf;
	size_t n = conf->history ? conf->history->commits.n : 0;
	uint32_t *next;

	ret->n = n;
	ret->first = calloc(n + 2, sizeof(*ret->first));
	ret->files = calloc(conf->n_changes + 1, sizeof(*ret->files));
	next = calloc(n + 1, sizeof(*next));
	if (!ret->first || !ret->files || !next) {
		free(next);
		return -ENOMEM;
	}
	for (size_t i = 0; i < conf->n_changes; i++)
		ret->first[conf->changes[i].commit + 1]++;
	for (size_t c = 0; c < n; c++) {
		ret->first[c + 1] += ret->first[c];
		next[c] = ret->first[c];
	}
	for (size_t i = 0; i < conf->n_changes; i++)
		ret->files[next[conf->changes[i].commit]++] = work->index[conf->changes[i].file];
	free(next);
	return 0;
}

static bool has_file(const struct by_commit *commits, size_t c, uint32_t file)
{
	for (uint32_t i = commits->first[c]; i < commits->first[c + 1]; i++) {
		if (commits->files[i] == file)
			return true;
	}
	return false;
}

/* Adds to each file what it shares with one leader. */
static void couple(const struct rank_work *work, const struct by_commit *commits, uint32_t leader,
		   double score, float *shares)
{
	float *coupling = work->features[FEATURE_coupling];
	double touched = 0;

	memset(shares, 0, work->n * sizeof(*shares));
	for (size_t c = 0; c < commits->n; c++) {
		uint32_t n = commits->first[c + 1] - commits->first[c];

		if (!has_file(commits, c, leader))
			continue;
		touched++;
		if (n < 2 || n > COMMIT_FILES_MAX)
			continue;
		for (uint32_t i = commits->first[c]; i < commits->first[c + 1]; i++) {
			if (commits->files[i] != leader && commits->files[i] != UINT32_MAX)
				shares[commits->files[i]] += 1 / sqrtf((float)(n - 1));
		}
	}
	for (size_t f = 0; f < work->n; f++)
		coupling[f] += (float)(score * (double)shares[f] / (touched + 5));
}

static int rank_coupling(struct rank_work *work, const struct leaders *leaders)
{
	struct by_commit commits = { 0 };
	float *shares = malloc((work->n + 1) * sizeof(*shares));
	int r = shares ? group(work, &commits) : -ENOMEM;

	for (size_t i = 0; r == 0 && commits.n && i < leaders->n && i < COUPLED_MAX; i++)
		couple(work, &commits, leaders->files[i], leaders->scores[i], shares);
	free(commits.first);
	free(commits.files);
	free(shares);
	return r;
}

/* ---- named alike ---- */

/* The name of a file without what marks it as a test, or as a kind of file. */
static uint64_t hash_stem(const char *path)
{
	static const char *const before[] = { "test_", "test-", "test" };
	static const char *const after[] = { "_test", "-test", "_spec", ".spec", ".test" };
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path, *dot = strrchr(name, '.');
	size_t len = dot && dot > name ? (size_t)(dot - name) : strlen(name);

	for (size_t i = 0; i < countof(before); i++) {
		size_t n = strlen(before[i]);

		if (len > n && strncmp(name, before[i], n) == 0) {
			name += n;
			len -= n;
			break;
		}
	}
	for (size_t i = 0; i < countof(after); i++) {
		size_t n = strlen(after[i]);

		if (len > n && memcmp(name + len - n, after[i], n) == 0) {
			len -= n;
			break;
		}
	}
	return XXH3_64bits(name, len);
}

static void rank_siblings(struct rank_work *work, const struct leaders *leaders)
{
	uint64_t stems[LEADERS_MAX];

	for (size_t i = 0; i < leaders->n; i++)
		stems[i] = hash_stem(graph_name(work->conf->graph, work->nodes[leaders->files[i]]));
	for (uint32_t f = 0; f < work->n; f++) {
		uint64_t stem = hash_stem(graph_name(work->conf->graph, work->nodes[f]));

		for (size_t i = 0; i < leaders->n; i++) {
			if (stems[i] != stem || leaders->files[i] == f)
				continue;
			work->features[FEATURE_sibling][f] = (float)leaders->scores[i];
			break; /* the best comes first */
		}
	}
}

int rank_company(struct rank_work *work)
{
	struct leaders leaders = { .n = 0 };

	find_leaders(work, &leaders);
	rank_siblings(work, &leaders);
	return rank_coupling(work, &leaders);
}
