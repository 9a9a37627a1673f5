/* SPDX-License-Identifier: MIT */
/*
 * Diagnostics found in files, and how fast.
 *
 *	diagnostics [-p] [ROUNDS] FILE...
 *
 * For each file: bytes, lines, diagnostics, and MB/s of the best round (1 if not given). -p prints
 * the lines that were taken for one.
 */
#include "graph/diagnostic.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct file {
	char *text;
	size_t len, n_lines;
};

static double now_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static bool load(const char *path, struct file *ret)
{
	FILE *in = fopen(path, "rb");
	size_t cap = 1 << 20, n;

	*ret = (struct file){ .text = malloc(cap) };
	while (in && ret->text && (n = fread(ret->text + ret->len, 1, cap - ret->len, in)) > 0) {
		ret->len += n;
		if (ret->len == cap)
			ret->text = realloc(ret->text, cap *= 2);
	}
	for (size_t i = 0; ret->text && i < ret->len; i++)
		ret->n_lines += ret->text[i] == '\n';
	if (!in || fclose(in) != 0 || !ret->text) {
		free(ret->text);
		return false;
	}
	return true;
}

struct tally {
	size_t n;
	bool prints;
};

static int count(void *context, const struct diagnostic *d)
{
	struct tally *tally = context;

	tally->n++;
	if (tally->prints)
		printf("%s %u-%u %.*s:%u:%u %s code=%.*s symbol=%.*s parent=%d | %.*s\n",
		       diagnostic_kind_name(d->kind), d->output_line, d->output_end_line,
		       (int)d->file.len, d->file.at, d->line, d->column, d->tool, (int)d->code.len,
		       d->code.at, (int)d->symbol.len, d->symbol.at, d->parent, (int)d->message.len,
		       d->message.at);
	return 0;
}

static bool measure(const char *path, int rounds, bool prints)
{
	double best = 1e9;
	struct tally tally = { 0 };
	struct file file;

	if (!load(path, &file))
		return false;
	for (int round = 0; round < rounds; round++) {
		double start = now_s(), taken;

		tally = (struct tally){ .prints = prints && round == 0 };
		if (diagnostic_parse(file.text, file.len, SIZE_MAX, count, &tally) < 0)
			exit(1);
		taken = now_s() - start;
		best = taken < best ? taken : best;
	}
	printf("%s: %zu bytes, %zu lines, %zu diagnostics, %.0f MB/s\n", path, file.len,
	       file.n_lines, tally.n, (double)file.len / best / 1e6);
	free(file.text);
	return true;
}

int main(int argc, char **argv)
{
	int first = 1, rounds = 1;
	bool prints = argc > first && strcmp(argv[first], "-p") == 0;

	first += prints;
	if (argc > first && isdigit((unsigned char)*argv[first]))
		rounds = (int)strtol(argv[first++], NULL, 10);
	for (int i = first; i < argc; i++) {
		if (!measure(argv[i], rounds, prints)) {
			perror(argv[i]);
			return 1;
		}
	}
	return 0;
}
