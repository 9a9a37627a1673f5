/* SPDX-License-Identifier: MIT */
/*
 * Parsers: the first byte is the language, the rest a text. Besides what the sanitizers see: what
 * is told lies in the text, names are in order, parents come before their children and hold them.
 */
#include "graph/grammar.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const names[] = {
	"c",    "c++",  "python", "javascript", "typescript", "tsx",   "go",
	"rust", "java", "ruby",   "php",        "c#",         "shell", "c or c++",
};

static void check(const struct grammar_text *parsed, size_t len)
{
	const struct outline *outline = &parsed->outline;

	for (size_t i = 0; i < outline->n; i++) {
		const struct outline_symbol *symbol = &outline->items[i];

		if (symbol->first_line < 1 || symbol->line < symbol->first_line ||
		    symbol->end_line < symbol->line || symbol->parent >= (int32_t)i ||
		    (size_t)symbol->name_at + symbol->name_len > len)
			abort();
		if (i > 0 && symbol->name_at < outline->items[i - 1].name_at)
			abort();
	}
	for (size_t i = 0; i < parsed->references.n; i++) {
		const struct grammar_reference *reference = &parsed->references.items[i];

		if ((size_t)reference->name_at + reference->name_len > len ||
		    reference->within >= (int32_t)outline->n)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct grammar *grammar;
	static struct grammar_text parsed;
	const struct outline_lang *lang;
	size_t len;
	char *text;

	if (!grammar)
		grammar = grammar_new();
	if (size < 1 || !grammar)
		return 0;
	lang = outline_lang_find(names[data[0] % (sizeof(names) / sizeof(*names))]);
	len = size - 1;
	text = malloc(len + !len);
	if (!lang || !text)
		abort();
	memcpy(text, data + 1, len);
	if (grammar_read(grammar, lang, text, len, GRAMMAR_REFERENCES, &parsed) < 0)
		abort();
	/* An outline's names are in order by line only. */
	if (parsed.source != GRAMMAR_OUTLINE)
		check(&parsed, len);
	free(text);
	return 0;
}
