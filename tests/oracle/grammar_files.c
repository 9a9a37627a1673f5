/* SPDX-License-Identifier: MIT */
/*
 * What graph/grammar.h makes of files, in the form of outline_files: reads paths from standard
 * input, prints PATH, LINE, END, KIND, NAME, PARENT of each symbol, separated by tabs; with
 * --time only "BYTES bytes, NS ns, N parsed, N merged, N outlined, N symbols, N references".
 */
#include "base/str.h"
#include "graph/grammar.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct tally {
	uint64_t n_bytes, ns, n_symbols, n_references, n_of[3];
};

/* Of this process, so that others on the machine do not count. */
static uint64_t cpu_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static char *read_file(const char *path, size_t *ret_len)
{
	FILE *file = fopen(path, "rbe");
	char *text = NULL;
	long len;

	if (!file)
		return NULL;
	if (fseek(file, 0, SEEK_END) == 0 && (len = ftell(file)) >= 0) {
		rewind(file);
		text = malloc((size_t)len + 1);
		*ret_len = text ? fread(text, 1, (size_t)len, file) : 0;
	}
	(void)fclose(file);
	return text;
}

static void show(const char *path, const char *text, const struct outline *outline)
{
	for (size_t i = 0; i < outline->n; i++) {
		const struct outline_symbol *symbol = &outline->items[i];
		const struct outline_symbol *parent =
			symbol->parent >= 0 ? &outline->items[symbol->parent] : NULL;

		printf("%s\t%u\t%u\t%s\t%.*s\t%.*s\n", path, symbol->line, symbol->end_line,
		       symbol->kind == OUTLINE_IMPORT ? "import" : symbol_kind_name(symbol->symbol),
		       (int)symbol->name_len, text + symbol->name_at,
		       parent ? (int)parent->name_len : 0, parent ? text + parent->name_at : "");
	}
}

int main(int argc, char **argv)
{
	bool is_timed = argc > 1 && str_equal(argv[1], "--time");
	enum grammar_flags flags = argc > 2 ? GRAMMAR_REFERENCES : 0;
	struct grammar *grammar = grammar_new();
	struct grammar_text parsed = { 0 };
	struct tally tally = { 0 };
	char path[4096];

	while (grammar && fgets(path, sizeof(path), stdin)) {
		const struct outline_lang *lang;
		uint64_t before;
		char *text;
		size_t len = 0;

		path[strcspn(path, "\n")] = '\0';
		lang = outline_lang_of(path, strlen(path));
		text = lang ? read_file(path, &len) : NULL;
		if (!text)
			continue;
		before = cpu_ns();
		if (grammar_read(grammar, lang, text, len, flags, &parsed) < 0)
			return 1;
		tally.ns += cpu_ns() - before;
		tally.n_bytes += len;
		tally.n_of[parsed.source]++;
		tally.n_symbols += parsed.outline.n;
		tally.n_references += parsed.references.n;
		if (!is_timed)
			show(path, text, &parsed.outline);
		free(text);
	}
	grammar_text_release(&parsed);
	grammar_free(grammar);
	if (is_timed)
		printf("%lu bytes, %lu ns, %lu parsed, %lu merged, %lu outlined, %lu symbols, "
		       "%lu references\n",
		       tally.n_bytes, tally.ns, tally.n_of[GRAMMAR_PARSED],
		       tally.n_of[GRAMMAR_MERGED], tally.n_of[GRAMMAR_OUTLINE], tally.n_symbols,
		       tally.n_references);
	return 0;
}
