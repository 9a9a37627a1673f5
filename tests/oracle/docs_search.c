/* SPDX-License-Identifier: MIT */
/*
 * The index of documents by itself, for tests and measurements.
 *	docs_search INDEX [-n HITS] [-w WORKSPACE] [ROOT...] < QUERIES
 * brings the index up to date (no ROOT: the manual and /usr/share/doc), says so in one line of
 * JSON, and answers each line of standard input with one more.
 */
#include "base/clock.h"
#include "base/json_write.h"
#include "docs/docs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void say(struct buf *out)
{
	(void)fwrite(out->data, 1, out->len, stdout);
	(void)putchar('\n');
	(void)fflush(stdout);
	buf_clear(out);
}

static int answer(struct docs *docs, const char *query, unsigned n_max, struct buf *out,
		  struct error *err)
{
	struct json_write json = json_write_to(out);
	uint64_t start = clock_now_ns();
	struct docs_hit *hits;
	struct arena arena;
	size_t n;
	int r;

	arena_init(&arena, 64 << 20);
	r = docs_search(docs, query, n_max, &arena, &hits, &n, err);
	json_begin_object(&json);
	json_key_str(&json, "query", query);
	json_key_uint(&json, "ns", clock_now_ns() - start);
	json_key(&json, "hits");
	json_begin_array(&json);
	for (size_t i = 0; r == 0 && i < n; i++) {
		json_begin_object(&json);
		json_key_str(&json, "url", hits[i].url);
		json_key_str(&json, "title", hits[i].title);
		json_key_str(&json, "section", hits[i].section);
		json_key_str(&json, "passage", hits[i].passage);
		json_key(&json, "score");
		json_fixed(&json, hits[i].score, 4);
		json_end_object(&json);
	}
	json_end_array(&json);
	json_end_object(&json);
	say(out);
	arena_release(&arena);
	return r;
}

static int update(struct docs *docs, struct buf *out, struct error *err)
{
	struct json_write json = json_write_to(out);
	struct docs_state state;
	int r = docs_update(docs, &state, err);

	if (r < 0)
		return r;
	json_begin_object(&json);
	json_key_uint(&json, "files", state.n_files);
	json_key_uint(&json, "passages", state.n_passages);
	json_key_uint(&json, "bytes", state.bytes);
	json_key_uint(&json, "new", state.n_new);
	json_key_uint(&json, "gone", state.n_gone);
	json_key_uint(&json, "ns", state.took_ns);
	json_key_bool(&json, "complete", state.is_complete);
	json_end_object(&json);
	say(out);
	return 0;
}

int main(int argc, char **argv)
{
	struct docs_conf conf = { .path = argc > 1 ? argv[1] : NULL };
	struct docs *docs = NULL;
	struct error err = { 0 };
	unsigned n_max = 10;
	char line[8192];
	struct buf out;
	int i, r;

	for (i = 2; i + 1 < argc && argv[i][0] == '-'; i += 2) {
		if (argv[i][1] == 'n')
			n_max = (unsigned)strtoul(argv[i + 1], NULL, 10);
		else
			conf.workspace = argv[i + 1];
	}
	if (!conf.path)
		return 2;
	if (i < argc)
		conf.roots = (const char *const *)&argv[i];
	buf_init(&out, 64 << 20);
	r = docs_open(&conf, &docs, &err);
	if (r == 0)
		r = update(docs, &out, &err);
	while (r == 0 && fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		r = answer(docs, line, n_max, &out, &err);
	}
	if (r < 0)
		(void)fprintf(stderr, "docs_search: %s\n", err.text);
	docs_close(docs);
	buf_release(&out);
	return r < 0;
}
