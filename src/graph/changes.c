/* SPDX-License-Identifier: MIT */
#include "graph/changes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* Something by the hash of its name. */
struct keyed {
	uint64_t key;
	uint32_t value;
};

struct reader {
	const struct graph *graph;
	struct changes *changes;
	struct keyed *commits, *names; /* in order of keys; names: files by their last component */
	size_t n_commits, n_names;
	const char *id; /* of the commit in hand */
	uint32_t commit;
	int error;
};

static int compare(const void *a_, const void *b_)
{
	const struct keyed *a = a_, *b = b_;

	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	return (a->value > b->value) - (a->value < b->value);
}

/* The value of a key that is there once; UINT32_MAX if it is not, or more than once. */
static uint32_t find_only(const struct keyed *items, size_t n, uint64_t key)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (items[middle].key < key)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == n || items[low].key != key || (low + 1 < n && items[low + 1].key == key))
		return UINT32_MAX;
	return items[low].value;
}

static const char *base_name(const char *path, size_t len)
{
	const char *slash = memrchr(path, '/', len);

	return slash ? slash + 1 : path;
}

static int index_names(struct reader *reader)
{
	const struct graph *graph = reader->graph;

	reader->names = malloc((graph->nodes.n + 1) * sizeof(*reader->names));
	if (!reader->names)
		return -ENOMEM;
	for (uint32_t i = 0; i < graph->nodes.n; i++) {
		const char *path, *base;

		if (graph->nodes.items[i].kind != NODE_FILE)
			continue;
		path = graph_name(graph, i);
		base = base_name(path, strlen(path));
		reader->names[reader->n_names++] =
			(struct keyed){ XXH3_64bits(base, strlen(base)), i };
	}
	qsort(reader->names, reader->n_names, sizeof(*reader->names), compare);
	return 0;
}

static int index_commits(struct reader *reader, const struct history *history)
{
	reader->commits = malloc((history->commits.n + 1) * sizeof(*reader->commits));
	if (!reader->commits)
		return -ENOMEM;
	for (uint32_t i = 0; i < history->commits.n; i++) {
		const struct commit *commit = &history->commits.items[i];

		reader->commits[reader->n_commits++] =
			(struct keyed){ XXH3_64bits(commit->id, commit->id_len), i };
	}
	qsort(reader->commits, reader->n_commits, sizeof(*reader->commits), compare);
	return 0;
}

static void take(void *data, const char *id, size_t id_len, const char *path, size_t path_len)
{
	struct reader *reader = data;
	const char *base = base_name(path, path_len);
	struct rank_change change;

	if (reader->id != id)
		reader->commit =
			find_only(reader->commits, reader->n_commits, XXH3_64bits(id, id_len));
	reader->id = id;
	if (reader->commit == UINT32_MAX)
		return;
	change.commit = reader->commit;
	change.file = graph_find_file(reader->graph, path, path_len);
	if (change.file == NODE_NONE)
		change.file = find_only(reader->names, reader->n_names,
					XXH3_64bits(base, path_len - (size_t)(base - path)));
	if (change.file != NODE_NONE && !vec_push(&reader->changes->list, change))
		reader->error = -ENOMEM;
}

int changes_read(const struct graph *graph, const struct history *history, const char *text,
		 size_t len, struct changes *ret_changes)
{
	struct reader reader = { .graph = graph, .changes = ret_changes };

	reader.error = index_names(&reader);
	if (reader.error == 0)
		reader.error = index_commits(&reader, history);
	if (reader.error == 0)
		history_each_change(text, len, take, &reader);
	free(reader.names);
	free(reader.commits);
	return reader.error;
}

void changes_release(struct changes *changes)
{
	vec_release(&changes->list);
}
