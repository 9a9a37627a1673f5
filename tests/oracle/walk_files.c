/* SPDX-License-Identifier: MIT */
/*
 * Prints what a walk finds, to be compared with other programs: for each file "SELECTOR PATH"
 * and a NUL, in any order; with --tally, instead, one line of figures for each selector.
 *
 *	walk_files [--threads N] [--timeout-ms N] [--tally] ROOT SELECTOR...
 *	SELECTOR: [--path P] [--glob G] [--type T] [--after P] [--hidden] [--no-ignore] ,
 */
#include "base/clock.h"
#include "base/str.h"
#include "base/vec.h"
#include "scan/walk.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

struct output {
	pthread_mutex_t lock;
	size_t n_selectors;
	atomic_size_t n_visits;
	bool quiet;
};

struct options {
	unsigned threads, timeout_ms;
	bool tally;
	const char *root;
	struct VEC(struct walk_selector) selectors;
};

static void visit(void *data, unsigned worker, const struct walk_entry *entry)
{
	struct output *output = data;

	(void)worker;
	atomic_fetch_add_explicit(&output->n_visits, 1, memory_order_relaxed);
	if (output->quiet)
		return;
	pthread_mutex_lock(&output->lock);
	for (size_t i = 0; i < output->n_selectors; i++)
		if (entry->wanted[i / 64] >> (i % 64) & 1)
			printf("%zu %s%c", i, entry->path, 0);
	pthread_mutex_unlock(&output->lock);
}

static const char *value_of(char **argv, int *at)
{
	if (!argv[*at + 1]) {
		fprintf(stderr, "walk_files: '%s' wants a value\n", argv[*at]);
		_exit(2);
	}
	return argv[++*at];
}

static bool parse_selector(struct walk_selector *selector, char **argv, int *at)
{
	const char *arg = argv[*at];

	if (str_equal(arg, "--path"))
		selector->path = value_of(argv, at);
	else if (str_equal(arg, "--glob"))
		selector->glob = value_of(argv, at);
	else if (str_equal(arg, "--type"))
		selector->type = value_of(argv, at);
	else if (str_equal(arg, "--after"))
		selector->after = value_of(argv, at);
	else if (str_equal(arg, "--hidden"))
		selector->hidden = true;
	else if (str_equal(arg, "--no-ignore"))
		selector->no_ignore = true;
	else
		return false;
	return true;
}

static bool parse(struct options *options, char **argv)
{
	struct walk_selector selector = { .path = "" };

	for (int at = 1; argv[at]; at++) {
		if (str_equal(argv[at], ",")) {
			if (!vec_push(&options->selectors, selector))
				return false;
			selector = (struct walk_selector){ .path = "" };
		} else if (str_equal(argv[at], "--threads")) {
			options->threads = (unsigned)strtoul(value_of(argv, &at), NULL, 10);
		} else if (str_equal(argv[at], "--timeout-ms")) {
			options->timeout_ms = (unsigned)strtoul(value_of(argv, &at), NULL, 10);
		} else if (str_equal(argv[at], "--tally")) {
			options->tally = true;
		} else if (!parse_selector(&selector, argv, &at)) {
			options->root = argv[at];
		}
	}
	return options->root && options->selectors.n;
}

static void print_tallies(const struct walk *walk, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct walk_tally *tally = walk_tally(walk, i);
		const struct walk_skips *skips = &tally->skips;

		printf("files=%ju ignored=%ju hidden=%ju denied=%ju other_fs=%ju special=%ju "
		       "links=%ju path_error=%d\n",
		       (uintmax_t)tally->files, (uintmax_t)skips->ignored, (uintmax_t)skips->hidden,
		       (uintmax_t)skips->denied, (uintmax_t)skips->other_fs,
		       (uintmax_t)skips->special, (uintmax_t)skips->links, tally->path_error);
	}
}

int main(int argc, char **argv)
{
	struct options options = { .threads = 2 };
	struct output output = { .lock = PTHREAD_MUTEX_INITIALIZER };
	struct walk *walk = NULL;
	struct error err = { 0 };
	uint64_t start = clock_now_ns();
	size_t bad;
	int r;

	(void)argc;
	if (!parse(&options, argv)) {
		fprintf(stderr, "usage: walk_files [OPTIONS] ROOT SELECTOR , ...\n");
		return 2;
	}
	output.n_selectors = options.selectors.n;
	output.quiet = options.tally;
	struct walk_conf conf = {
		.root_fd = open(options.root, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
		.root_path = options.root,
		.selectors = options.selectors.items,
		.n_selectors = options.selectors.n,
		.n_threads = options.threads,
		.visit = visit,
		.data = &output,
		.deadline_ns = options.timeout_ms ? start + options.timeout_ms * 1000000ull : 0,
	};
	r = conf.root_fd < 0 ? -1 : walk_new(&conf, &walk, &bad, &err);
	if (r == 0)
		r = walk_run(walk, &err);
	if (options.tally && walk) {
		print_tallies(walk, options.selectors.n);
		printf("visits=%zu ms=%.2f frontier=%s\n", output.n_visits,
		       (double)(clock_now_ns() - start) / 1e6,
		       walk_frontier(walk) ? walk_frontier(walk) : "-");
	}
	if (r < 0)
		fprintf(stderr, "walk_files: %s\n", err.text);
	walk_free(walk);
	vec_release(&options.selectors);
	close(conf.root_fd);
	return r < 0 ? 1 : 0;
}
