/* SPDX-License-Identifier: MIT */
/* A walk from the outside: workers are set up, run, joined, and their tallies summed up. */
#include "scan/walk.h"

#include "scan/walk_work.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { DESCRIPTORS_FEW = 64 };

int walk_path_cmp(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t n = a_len < b_len ? a_len : b_len, i = 0;

	for (; i + 8 <= n; i += 8) {
		uint64_t x, y;

		memcpy(&x, a + i, 8);
		memcpy(&y, b + i, 8);
		if (x != y)
			break;
	}
	while (i < n && a[i] == b[i])
		i++;
	if (i == n)
		return (a_len > b_len) - (a_len < b_len);
	if (a[i] == '/' || b[i] == '/')
		return a[i] == '/' ? -1 : 1;
	return (unsigned char)a[i] < (unsigned char)b[i] ? -1 : 1;
}

/** How many directories may be open at once to be shared, beside each worker's own. */
static unsigned max_shared(unsigned n_threads)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
	    limit.rlim_cur < DESCRIPTORS_FEW + 4 * (rlim_t)n_threads)
		return 0;
	return 2 * n_threads;
}

static void worker_release(struct walk_worker *worker)
{
	free(worker->path);
	walk_list_release(&worker->list);
	vec_release(&worker->batch);
	free(worker->active);
	free(worker->wanted);
	free(worker->ids);
	free(worker->tallies);
}

static bool worker_init(struct walk_worker *worker, struct walk *walk, unsigned number)
{
	const struct walk_selection *selection = &walk->selection;
	size_t n_ids = selection->n_globs > selection->n_type_globs ? selection->n_globs
								    : selection->n_type_globs;
	const char *root = walk->ignore ? ignore_root(walk->ignore) : "";
	size_t words = selection->class_words;

	worker->walk = walk;
	worker->number = number;
	worker->root_len = strlen(root);
	worker->path = malloc(worker->root_len + PATH_LEN_MAX + NAME_MAX + 3);
	worker->active = calloc(5 * words, sizeof(*worker->active));
	worker->wanted = calloc(selection->selector_words, sizeof(*worker->wanted));
	worker->ids = calloc(n_ids + 1, sizeof(*worker->ids));
	worker->tallies = calloc(selection->n_classes, sizeof(*worker->tallies));
	if (!worker->path || !worker->active || !worker->wanted || !worker->ids || !worker->tallies)
		return false;
	memcpy(worker->path, root, worker->root_len);
	worker->path[worker->root_len] = '/';
	worker->edge = worker->active + words;
	worker->types = worker->active + 2 * words;
	worker->bits = worker->active + 3 * words;
	worker->last_bits = worker->active + 4 * words;
	return true;
}

int walk_new(const struct walk_conf *conf, struct walk **ret_walk, size_t *ret_bad,
	     struct error *err)
{
	struct walk *walk;
	int r;

	assert(conf->n_threads >= 1 && conf->n_threads <= WALK_THREADS_MAX);
	if (conf->n_selectors > WALK_SELECTORS_MAX) {
		*ret_bad = WALK_SELECTORS_MAX;
		return error_set(err, ERROR_LIMIT, E2BIG, "over %d selectors for one walk",
				 (int)WALK_SELECTORS_MAX);
	}
	walk = calloc(1, sizeof(*walk));
	if (!walk || walk_queue_init(&walk->queue, conf->n_threads, walk_item_free) < 0) {
		free(walk);
		*ret_bad = 0;
		return error_errno(err, ENOMEM, "cannot prepare the walk");
	}
	walk->conf = *conf;
	*ret_bad = 0;
	r = walk_select_init(&walk->selection, conf, ret_bad, err);
	if (r < 0) {
		walk_free(walk);
		return r;
	}
	*ret_walk = walk;
	return 0;
}

static void *thread_main(void *worker)
{
	walk_work(worker);
	return NULL;
}

static void run_workers(struct walk *walk)
{
	unsigned n = 1;

	while (n < walk->conf.n_threads &&
	       pthread_create(&walk->workers[n].thread, NULL, thread_main, &walk->workers[n]) == 0)
		n++;
	walk_work(&walk->workers[0]);
	for (unsigned i = 1; i < n; i++)
		pthread_join(walk->workers[i].thread, NULL);
}

static void tally_add(struct walk_tally *sum, const struct walk_tally *tally)
{
	sum->files += tally->files;
	sum->changed += tally->changed;
	sum->skips.ignored += tally->skips.ignored;
	sum->skips.hidden += tally->skips.hidden;
	sum->skips.denied += tally->skips.denied;
	sum->skips.other_fs += tally->skips.other_fs;
	sum->skips.special += tally->skips.special;
	sum->skips.links += tally->skips.links;
}

static void add_up(struct walk *walk)
{
	for (size_t i = 0; i < walk->selection.n_classes; i++) {
		for (unsigned w = 0; w < walk->conf.n_threads; w++)
			tally_add(&walk->tallies[i], &walk->workers[w].tallies[i]);
		walk->tallies[i].path_error = walk->start_errors[walk->selection.classes[i].start];
	}
}

static void find_frontier(struct walk *walk)
{
	const struct walk_item *left = walk_queue_first(&walk->queue);

	walk->frontier = left ? left->path : NULL;
	for (unsigned i = 0; i < walk->conf.n_threads; i++) {
		const struct walk_worker *worker = &walk->workers[i];

		if (worker->has_frontier &&
		    (!walk->frontier || walk_path_cmp(worker->frontier, strlen(worker->frontier),
						      walk->frontier, strlen(walk->frontier)) < 0))
			walk->frontier = worker->frontier;
	}
}

static int set_up(struct walk *walk)
{
	struct walk_selection *selection = &walk->selection;
	struct walk_item *item;
	int r = 0;

	walk->workers = calloc(walk->conf.n_threads, sizeof(*walk->workers));
	walk->tallies = calloc(selection->n_classes, sizeof(*walk->tallies));
	walk->start_errors = calloc(selection->n_starts, sizeof(*walk->start_errors));
	if (!walk->workers || !walk->tallies || !walk->start_errors)
		return -ENOMEM;
	walk->shared_max = max_shared(walk->conf.n_threads);
	if (selection->any_ignore)
		r = ignore_new(walk->conf.root_fd, walk->conf.root_path, &walk->ignore);
	for (unsigned i = 0; r == 0 && i < walk->conf.n_threads; i++)
		if (!worker_init(&walk->workers[i], walk, i))
			r = -ENOMEM;
	if (r < 0)
		return r;
	item = walk_item_new(walk, "", 0, walk->ignore ? ignore_above(walk->ignore) : NULL, NULL);
	if (!item)
		return -ENOMEM;
	item->start_hi = (uint32_t)selection->n_starts;
	return walk_queue_add(&walk->queue, &item, 1);
}

int walk_run(struct walk *walk, struct error *err)
{
	int r;

	if (!walk->selection.n_selectors)
		return 0;
	assert(!walk->workers);
	r = set_up(walk);
	if (r < 0)
		return error_errno(err, -r, "cannot start the walk");
	run_workers(walk);
	add_up(walk);
	find_frontier(walk);
	r = atomic_load(&walk->stop);
	if (r == -ECANCELED)
		return error_set(err, ERROR_CANCELLED, ECANCELED, "the walk was cancelled");
	if (r == -ETIMEDOUT)
		return error_set(err, ERROR_TIMEOUT, ETIMEDOUT, "the walk ran out of time");
	return r < 0 ? error_errno(err, -r, "the walk failed") : 0;
}

const struct walk_tally *walk_tally(const struct walk *walk, size_t selector)
{
	return &walk->tallies[walk->selection.class_of[selector]];
}

const char *walk_frontier(const struct walk *walk)
{
	return walk->frontier;
}

void walk_free(struct walk *walk)
{
	if (!walk)
		return;
	for (unsigned i = 0; walk->workers && i < walk->conf.n_threads; i++)
		worker_release(&walk->workers[i]);
	walk_queue_release(&walk->queue);
	ignore_free(walk->ignore);
	free(walk->workers);
	free(walk->tallies);
	free(walk->start_errors);
	walk_select_release(&walk->selection);
	free(walk);
}
