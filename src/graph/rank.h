/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_RANK_H
#define GRAPH_RANK_H

#include "graph/graph.h"
#include "graph/history.h"

/**
 * Which files matter most, by all that the graph has of them: how they speak of the words that
 * were looked for, their names, what changed them and when, how they hang together. The features
 * and their weights are the rows of features.def.
 */
enum feature {
#define FEATURE(name, weight, is_root) FEATURE_##name,
#include "graph/features.def"
#undef FEATURE
	FEATURE_COUNT
};

const char *feature_name(enum feature feature);

/** That a commit changed a file. */
struct rank_change {
	uint32_t commit; /* index in the history: 0 = newest */
	uint32_t file;   /* node */
};

/** What files are ranked by. All borrowed. */
struct rank_conf {
	const struct graph *graph;
	const struct question *question; /* NULL: every query of the graph counts the same */
	struct lexicon *lexicon;         /* of the question */
	/* By node: which word of the question the query looks for; UINT32_MAX = none. */
	const uint32_t *word_of_node;
	const struct history *history; /* NULL = not known */
	const struct rank_change *changes;
	size_t n_changes;
};

struct ranked {
	uint32_t node;
	double score;
	float features[FEATURE_COUNT]; /* as weighed: 0 to 1 */
	float evidence;                /* share of the words' weight that the file speaks of */
};

struct ranking {
	struct ranked *items; /* best first; ties in the order of paths */
	size_t n;
	double *idf; /* by word */
	size_t n_words;
};

/** 0 or -ENOMEM. */
int rank_files(const struct rank_conf *conf, struct ranking *ret_ranking);
void ranking_release(struct ranking *ranking);

/** Text of a file that was read whole or in part, from the body of a Read (lines numbered as
 *  `cat -n` does it). */
struct file_text {
	const char *data; /* malloc'd: lines without their numbers, each with its end */
	size_t len;
	uint32_t first_line; /* from 1 */
	uint32_t n_lines;
	uint32_t *starts; /* of lines, in data; n_lines + 1 of them */
};

/** What was read of a file by the latest call that did; false if nothing was (or memory ended). */
bool file_text_get(const struct graph *graph, uint32_t node, struct file_text *ret_text);
void file_text_release(struct file_text *text);

#endif
