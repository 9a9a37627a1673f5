/* SPDX-License-Identifier: MIT */
/*
 * The outlines of files, to be compared with those of other programs. Reads paths from standard
 * input, one a line, and prints for each symbol
 *	PATH TAB LINE TAB END TAB KIND TAB NAME TAB PARENT
 * (KIND is "import" for imports, PARENT the parent's name or empty), or with --time only
 * "BYTES bytes, LINES lines, text NS ns, lines NS ns, DEFINITIONS definitions": how long
 * outline_text() took for all of them, and outline_line() for each of their lines.
 */
#include "base/str.h"
#include "scan/outline.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct tally {
	uint64_t n_bytes, n_lines, text_ns, line_ns, n_definitions;
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

static void time_lines(const struct outline_lang *lang, const char *text, size_t len,
		       struct tally *tally)
{
	const char *end = text + len;
	struct outline_line line;
	uint64_t before = cpu_ns();

	for (const char *at = text; at < end;) {
		const char *feed = memchr(at, '\n', (size_t)(end - at));

		feed = feed ? feed : end;
		outline_line(lang, at, (size_t)(feed - at), &line);
		tally->n_definitions += line.kind == OUTLINE_DEFINITION;
		tally->n_lines++;
		at = feed + 1;
	}
	tally->line_ns += cpu_ns() - before;
}

int main(int argc, char **argv)
{
	bool is_timed = argc > 1 && str_equal(argv[1], "--time");
	struct outline outline = { 0 };
	struct tally tally = { 0 };
	char path[4096];

	while (fgets(path, sizeof(path), stdin)) {
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
		if (outline_text(lang, text, len, &outline) < 0)
			return 1;
		tally.text_ns += cpu_ns() - before;
		tally.n_bytes += len;
		if (is_timed)
			time_lines(lang, text, len, &tally);
		else
			show(path, text, &outline);
		free(text);
	}
	outline_release(&outline);
	if (is_timed)
		printf("%lu bytes, %lu lines, text %lu ns, lines %lu ns, %lu definitions\n",
		       tally.n_bytes, tally.n_lines, tally.text_ns, tally.line_ns,
		       tally.n_definitions);
	return 0;
}
