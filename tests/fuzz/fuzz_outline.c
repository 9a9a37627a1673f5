/* SPDX-License-Identifier: MIT */
/*
 * Outlines: the first byte is the language, the rest a text. Besides what the sanitizers see:
 * what is told lies in the text, parents come before their children, lines are in order, and what
 * a line says lies in that line.
 */
#include "scan/outline.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const names[] = {
	"c",     "c++",      "c or c++", "objective-c", "python", "javascript", "typescript",
	"go",    "rust",     "java",     "c#",          "kotlin", "scala",      "swift",
	"ruby",  "php",      "shell",    "perl",        "lua",    "sql",        "make",
	"cmake", "markdown", "rst",      "text",        "yaml",   "toml",       "vue",
};

static void check_lines(const struct outline_lang *lang, const char *text, size_t len)
{
	const char *end = text + len;

	for (const char *at = text; at < end;) {
		const char *feed = memchr(at, '\n', (size_t)(end - at));
		size_t line_len = (size_t)((feed ? feed : end) - at);
		struct outline_line line;

		outline_line(lang, at, line_len, &line);
		if (line.name_at + line.name_len > line_len)
			abort();
		if ((line.kind == OUTLINE_DEFINITION) != (line.symbol != SYMBOL_NONE))
			abort();
		if (outline_comment_at(lang, at, line_len) > line_len)
			abort();
		at = feed ? feed + 1 : end;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct outline outline;
	const struct outline_lang *lang;
	size_t len;
	char *text;

	if (size < 1)
		return 0;
	lang = outline_lang_find(names[data[0] % (sizeof(names) / sizeof(*names))]);
	if (!lang)
		abort();
	len = size - 1;
	text = malloc(len + !len); /* to its end exactly, for the sanitizer */
	if (!text)
		return 0;
	memcpy(text, data + 1, len);
	if (outline_text(lang, text, len, &outline) < 0)
		abort();
	for (size_t i = 0; i < outline.n; i++) {
		const struct outline_symbol *symbol = &outline.items[i];

		if (symbol->line < 1 || symbol->end_line < symbol->line ||
		    symbol->parent >= (int32_t)i ||
		    (size_t)symbol->name_at + symbol->name_len > len)
			abort();
	}
	check_lines(lang, text, len);
	free(text);
	return 0;
}
