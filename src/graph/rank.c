/* SPDX-License-Identifier: MIT */
/* From the graph to a table (how often each file speaks of each word), from the table to features,
 * from features to scores. */
#include "graph/rank.h"

#include "base/str.h"
#include "graph/aggregate.h"
#include "graph/bm25.h"
#include "graph/rank_work.h"
#include "scan/mention.h"
#include "scan/outline.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

static const struct {
	const char *name;
	double weight;
	bool is_root;
} features[FEATURE_COUNT] = {
#define FEATURE(name, weight, is_root) { #name, weight, is_root },
#include "graph/features.def"
#undef FEATURE
};

enum { RECENT_SCALE = 10, SIMILAR_FILES_MAX = 100 };

const char *feature_name(enum feature feature)
{
	return features[feature].name;
}

/* ---- the table ---- */

static bool exists(const struct graph *graph, uint32_t node)
{
	uint32_t i = graph_find_observation(graph, node, ATTR_EXISTS);

	/* What two calls differ about is ranked: somebody saw it. */
	for (; i != UINT32_MAX; i = graph->observations.items[i].next) {
		if (graph->observations.items[i].value)
			return true;
	}
	return graph_find_observation(graph, node, ATTR_EXISTS) == UINT32_MAX;
}

static int list_files(struct rank_work *work)
{
	const struct graph *graph = work->conf->graph;

	work->nodes = malloc((graph->nodes.n + 1) * sizeof(*work->nodes));
	work->index = malloc((graph->nodes.n + 1) * sizeof(*work->index));
	if (!work->nodes || !work->index)
		return -ENOMEM;
	for (uint32_t i = 0; i < graph->nodes.n; i++) {
		work->index[i] = UINT32_MAX;
		if (graph->nodes.items[i].kind != NODE_FILE || !exists(graph, i))
			continue;
		work->index[i] = (uint32_t)work->n;
		work->nodes[work->n++] = i;
	}
	return 0;
}

static void add_count(struct rank_work *work, uint32_t query, uint32_t file, uint32_t packed)
{
	uint32_t word = work->conf->word_of_node[query];
	uint32_t f = work->index[file];

	if (word == UINT32_MAX || f == UINT32_MAX)
		return;
	rank_counts(work, f)[word] = packed;
}

/* A match is one more line of the body. */
static void add_match(struct rank_work *work, uint32_t query, uint32_t match)
{
	uint32_t word = work->conf->word_of_node[query];
	uint32_t f = work->index[work->conf->graph->nodes.items[match].file];
	uint32_t *packed;

	if (word == UINT32_MAX || f == UINT32_MAX)
		return;
	packed = &rank_counts(work, f)[word];
	if (mention_unpack(*packed, MENTION_BODY) < 255)
		++*packed;
}

static int fill_table(struct rank_work *work)
{
	const struct graph *graph = work->conf->graph;

	work->counts = calloc(work->n * work->n_words + 1, sizeof(*work->counts));
	work->df = calloc(work->n_words + 1, sizeof(*work->df));
	if (!work->counts || !work->df)
		return -ENOMEM;
	for (size_t i = 0; i < graph->edges.n; i++) {
		const struct edge *edge = &graph->edges.items[i];

		if (edge->relation == REL_MENTIONS)
			add_count(work, edge->from, edge->to, edge->weight);
		else if (edge->relation == REL_MATCHES)
			add_match(work, edge->from, edge->to);
	}
	for (size_t f = 0; f < work->n; f++) {
		for (size_t w = 0; w < work->n_words; w++)
			work->df[w] += rank_counts(work, f)[w] != 0;
	}
	return 0;
}

static int weigh_words(struct rank_work *work)
{
	const struct question *question = work->conf->question;

	work->idf = calloc(work->n_words + 1, sizeof(*work->idf));
	work->weights = calloc(work->n_words + 1, sizeof(*work->weights));
	if (!work->idf || !work->weights)
		return -ENOMEM;
	for (size_t w = 0; w < work->n_words; w++) {
		work->idf[w] = work->df[w] ? bm25_idf(work->n, work->df[w]) : 0;
		work->weights[w] = question ? question->words[w].weight : 1;
	}
	return 0;
}

/* ---- features of names ---- */

/* Words of one path: in all of it, and in the name of the file up to its first dot. */
struct path_reader {
	struct path_words *words;
	size_t base_from, base_to;
};

static void note_path_word(void *data, uint32_t word, size_t at, size_t len)
{
	struct path_reader *reader = data;

	(void)len;
	reader->words->all |= UINT64_C(1) << word;
	if (at >= reader->base_from && at < reader->base_to)
		reader->words->base |= UINT64_C(1) << word;
}

static uint8_t count_parts(const char *text, size_t len)
{
	size_t n = 0, from = 0, at, part;

	for (; words_next_part(text, len, from, &at, &part); from = at + part)
		n++;
	return n > UINT8_MAX ? UINT8_MAX : n ? (uint8_t)n : 1;
}

static void read_path(struct rank_work *work, size_t f)
{
	const char *path = graph_name(work->conf->graph, work->nodes[f]);
	struct path_words *words = &work->paths[f];
	struct path_reader reader = { .words = words };
	const char *slash = strrchr(path, '/'), *dot;
	size_t len = strlen(path);

	reader.base_from = slash ? (size_t)(slash - path) + 1 : 0;
	dot = reader.base_from < len ? strchr(path + reader.base_from + 1, '.') : NULL;
	reader.base_to = dot ? (size_t)(dot - path) : len;
	if (work->conf->lexicon)
		lexicon_scan(work->conf->lexicon, path, len, note_path_word, &reader);
	words->all_len = count_parts(path, len);
	words->base_len = count_parts(path + reader.base_from, reader.base_to - reader.base_from);
}

/* df of words in paths and in base names, and mean lengths. */
struct path_stats {
	double df_all[QUESTION_WORDS_MAX], df_base[QUESTION_WORDS_MAX];
};

static int rank_paths(struct rank_work *work)
{
	const struct question *question = work->conf->question;
	struct path_stats stats = { 0 };
	size_t n_words = question ? work->n_words : 0;
	double base_mean = 0;

	work->paths = calloc(work->n + 1, sizeof(*work->paths));
	if (!work->paths)
		return -ENOMEM;
	for (size_t f = 0; f < work->n; f++) {
		const struct path_words *words = &work->paths[f];

		read_path(work, f);
		work->path_mean += words->all_len / (double)work->n;
		base_mean += words->base_len / (double)work->n;
		for (size_t w = 0; w < n_words; w++) {
			stats.df_all[w] += (double)(words->all >> w & 1);
			stats.df_base[w] += (double)(words->base >> w & 1);
		}
	}
	for (size_t f = 0; f < work->n; f++) {
		const struct path_words *words = &work->paths[f];
		double path = 0, base = 0;

		for (size_t w = 0; w < n_words; w++) {
			if (words->all >> w & 1)
				path += bm25_idf(work->n, stats.df_all[w]) *
					bm25(1, 0.5, words->all_len / work->path_mean);
			if (words->base >> w & 1 && question->words[w].is_first)
				base += bm25_idf(work->n, stats.df_base[w]) *
					bm25(1, 0.5, words->base_len / base_mean);
		}
		work->features[FEATURE_path][f] = (float)path;
		work->features[FEATURE_base][f] = (float)base;
	}
	return 0;
}

/* ---- features of what files say ---- */

static double average_bytes(const struct rank_work *work)
{
	double sum = 0;
	size_t n = 0;

	for (size_t f = 0; f < work->n; f++) {
		uint32_t bytes = work->conf->graph->nodes.items[work->nodes[f]].at;

		sum += bytes;
		n += bytes > 0;
	}
	return n ? sum / (double)n : 1;
}

/* A word in the path is worth ten lines of an average file with it (BM25F: S. Robertson, H.
 * Zaragoza and M. Taylor, "Simple BM25 extension to multiple weighted fields", 2004). */
static double body_tf(const struct rank_work *work, size_t f, size_t w, double length)
{
	const struct path_words *path = &work->paths[f];
	double tf = mention_lines(rank_counts(work, f)[w]) / (0.25 + 0.75 * length);

	if (path->all >> w & 1)
		tf += 10 / (0.5 + 0.5 * path->all_len / work->path_mean);
	return tf;
}

static void rank_words(struct rank_work *work)
{
	const struct question *question = work->conf->question;
	double average = average_bytes(work);

	for (size_t f = 0; f < work->n; f++) {
		const uint32_t *counts = rank_counts(work, f);
		double length = work->conf->graph->nodes.items[work->nodes[f]].at / average;
		double body = 0, code = 0, definition = 0;

		for (size_t w = 0; w < work->n_words; w++) {
			double gain = work->idf[w] * work->weights[w];
			double tf = body_tf(work, f, w, length);
			double lines = mention_lines(counts[w]);

			body += gain * tf * 3 / (tf + 2);
			if (!counts[w])
				continue;
			definition += gain * bm25(mention_unpack(counts[w], MENTION_DEFINITION),
						  0.5, length);
			if (question && question->words[w].is_name)
				code += work->idf[w] * (1 + log(lines)) / (1 + 0.5 * log(lines));
		}
		work->features[FEATURE_body][f] = (float)body;
		work->features[FEATURE_code][f] = (float)code;
		work->features[FEATURE_definition][f] = (float)definition;
	}
}

/* ---- features of what was changed ---- */

static int rank_history(struct rank_work *work)
{
	const struct rank_conf *conf = work->conf;
	size_t n_commits = conf->history ? conf->history->commits.n : 0;
	uint32_t *sizes = calloc(n_commits + 1, sizeof(*sizes));
	uint32_t *touched = calloc(work->n + 1, sizeof(*touched));
	double best = 0;

	if (!sizes || !touched) {
		free(sizes);
		free(touched);
		return -ENOMEM;
	}
	for (size_t i = 0; i < conf->n_changes; i++)
		sizes[conf->changes[i].commit]++;
	for (size_t i = 0; i < n_commits; i++) {
		double similarity = conf->history->commits.items[i].similarity;

		if (similarity > best)
			best = similarity;
	}
	for (size_t i = 0; i < conf->n_changes; i++) {
		const struct rank_change *change = &conf->changes[i];
		const struct commit *commit = &conf->history->commits.items[change->commit];
		uint32_t f = work->index[change->file];
		double likeness = best > 0 ? commit->similarity / best : 0;
		float recent = 1 / (1 + change->commit / (float)RECENT_SCALE);

		if (f == UINT32_MAX || sizes[change->commit] > SIMILAR_FILES_MAX)
			continue;
		touched[f]++;
		if (commit->rank != UINT32_MAX)
			work->features[FEATURE_history][f] +=
				(float)(likeness * likeness / sqrt(sizes[change->commit]));
		if (recent > work->features[FEATURE_recent][f])
			work->features[FEATURE_recent][f] = recent;
	}
	for (size_t f = 0; f < work->n; f++)
		work->features[FEATURE_history][f] /= sqrtf(1 + (float)touched[f]);
	free(sizes);
	free(touched);
	return 0;
}

static int compare_ranked(const void *a_, const void *b_, void *data)
{
	const struct ranked *a = a_, *b = b_;

	if (a->score != b->score)
		return a->score < b->score ? 1 : -1;
	return strcmp(graph_name(data, a->node), graph_name(data, b->node));
}

static float evidence_of(const struct rank_work *work, size_t f)
{
	double all = 0, found = 0;

	for (size_t w = 0; w < work->n_words; w++) {
		double gain = work->idf[w] * work->weights[w];

		all += gain;
		if (rank_counts(work, f)[w])
			found += gain;
	}
	return all > 0 ? (float)(found / all) : 0;
}

/* ---- kinds of files ---- */

static const struct {
	const char *name;
	double share;
} endings[] = {
	{ "min.js", 0.3 },  { "min.css", 0.3 }, { "lock", 0.3 }, { "-lock.json", 0.3 },
	{ "lock.yaml", 0.3 }, { ".svg", 0.3 },	 { ".map", 0.3 }, { ".po", 0.3 },
	{ ".json", 0.7 },   { ".xml", 0.7 },	{ ".csv", 0.7 }, { ".html", 0.7 },
	{ ".css", 0.7 },    { ".1", 0.7 },	{ ".3", 0.7 },   { ".8", 0.7 },
}, beginnings[] = {
	{ "changelog", 0.4 }, { "changes", 0.4 }, { "history.", 0.4 },	{ "news", 0.4 },
	{ "license", 0.3 },   { "licence", 0.3 }, { "copying", 0.3 },	{ "copyright", 0.3 },
	{ "authors", 0.3 },
};

/* Made from a grammar that lies beside it: parser.c of parser.y. */
static bool is_made_of_grammar(const struct graph *graph, const char *path, size_t len)
{
	static const char *const made[] = { ".c", ".h", ".cc", ".cpp", ".hpp" };
	static const char *const grammars[] = { ".y", ".l", ".yy", ".ll", ".rl" };
	char name[4096];

	for (size_t i = 0; i < countof(made); i++) {
		size_t stem = len - strlen(made[i]);

		if (len <= strlen(made[i]) || len >= sizeof(name) ||
		    !str_equal(path + stem, made[i]))
			continue;
		for (size_t k = 0; k < countof(grammars); k++) {
			int n = snprintf(name, sizeof(name), "%.*s%s", (int)stem, path,
					 grammars[k]);

			if (n > 0 && (size_t)n < sizeof(name) &&
			    graph_find_file(graph, name, (size_t)n) != NODE_NONE)
				return true;
		}
	}
	return false;
}

/* A question about a code base is about its code: texts and data that speak of the same come after
 * it, and what is generated last. The shares are chosen, not fitted. */
static double share_of_kind(const struct graph *graph, const char *path)
{
	static const char *const texts[] = { "markdown", "rst", "text", "yaml", "toml" };
	const struct outline_lang *lang = outline_lang_of(path, strlen(path));
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	size_t len = strlen(path);

	bool is_text = !lang;

	for (size_t i = 0; lang && i < countof(texts); i++)
		is_text |= str_equal(outline_lang_name(lang), texts[i]);
	for (size_t i = 0; is_text && i < countof(beginnings); i++) {
		if (strncasecmp(name, beginnings[i].name, strlen(beginnings[i].name)) == 0)
			return beginnings[i].share;
	}
	for (size_t i = 0; i < countof(endings); i++) {
		size_t end = strlen(endings[i].name);

		if (len > end && str_equal(path + len - end, endings[i].name))
			return endings[i].share;
	}
	if (lang && is_text)
		return 0.7;
	return is_made_of_grammar(graph, path, len) ? 0.5 : 1;
}

/* ---- scores ---- */

static int score(struct rank_work *work, struct ranking *ret)
{
	float most[FEATURE_COUNT] = { 0 };

	ret->items = calloc(work->n + 1, sizeof(*ret->items));
	if (!ret->items)
		return -ENOMEM;
	for (unsigned k = 0; k < FEATURE_COUNT; k++) {
		for (size_t f = 0; f < work->n; f++) {
			if (work->features[k][f] > most[k])
				most[k] = work->features[k][f];
		}
	}
	most[FEATURE_recent] = 1; /* it is a share already */
	for (size_t f = 0; f < work->n; f++) {
		struct ranked *item = &ret->items[f];

		item->node = work->nodes[f];
		item->evidence = evidence_of(work, f);
		for (unsigned k = 0; k < FEATURE_COUNT; k++) {
			float share = most[k] > 0 ? work->features[k][f] / most[k] : 0;

			item->features[k] = features[k].is_root ? sqrtf(share) : share;
			item->score += features[k].weight * (double)item->features[k];
		}
		item->score *=
			share_of_kind(work->conf->graph, graph_name(work->conf->graph, item->node));
	}
	ret->n = work->n;
	qsort_r(ret->items, ret->n, sizeof(*ret->items), compare_ranked,
		(void *)(uintptr_t)work->conf->graph);
	return 0;
}

static int make_features(struct rank_work *work)
{
	int r = 0;

	for (unsigned k = 0; k < FEATURE_COUNT; k++) {
		work->features[k] = calloc(work->n + 1, sizeof(float));
		if (!work->features[k])
			return -ENOMEM;
	}
	r = rank_paths(work);
	if (r)
		return r;
	rank_words(work);
	r = rank_history(work);
	if (r == 0)
		r = rank_company(work);
	return r ? r : rank_deep(work);
}

static size_t count_words(const struct rank_conf *conf)
{
	size_t n = 0;

	for (size_t i = 0; i < conf->graph->nodes.n; i++) {
		if (conf->word_of_node[i] != UINT32_MAX && conf->word_of_node[i] >= n)
			n = conf->word_of_node[i] + 1;
	}
	return conf->question ? conf->question->n : n;
}

int rank_files(const struct rank_conf *conf, struct ranking *ret_ranking)
{
	struct rank_work work = { .conf = conf, .n_words = count_words(conf) };
	int r = list_files(&work);

	*ret_ranking = (struct ranking){ 0 };
	if (r == 0)
		r = fill_table(&work);
	if (r == 0)
		r = weigh_words(&work);
	if (r == 0)
		r = make_features(&work);
	if (r == 0)
		r = score(&work, ret_ranking);
	ret_ranking->idf = work.idf;
	ret_ranking->n_words = work.n_words;
	for (unsigned k = 0; k < FEATURE_COUNT; k++)
		free(work.features[k]);
	free(work.nodes);
	free(work.index);
	free(work.counts);
	free(work.df);
	free(work.weights);
	free(work.paths);
	if (r < 0)
		ranking_release(ret_ranking);
	return r;
}

void ranking_release(struct ranking *ranking)
{
	free(ranking->items);
	free(ranking->idf);
	*ranking = (struct ranking){ 0 };
}
