/* SPDX-License-Identifier: MIT */
/* What all aggregators share: paths, matched lines, and the text of files. */
#include "graph/aggregate.h"
#include "graph/names.h"
#include "os/path.h"
#include "scan/outline.h"
#include "scan/words.h"

#include <stdlib.h>
#include <string.h>

enum { REFERENCE_LEN_MIN = 3, REFERENCE_LEN_MAX = 80, REFERENCES_MAX = 4000, LINES_MAX = 1 << 20 };

const char *aggregate_path(struct aggregate *aggregate, const char *cwd, const char *path,
			   size_t len)
{
	char clean[PATH_LEN_MAX], *joined;

	if (!len || len >= PATH_LEN_MAX)
		return NULL;
	joined = cwd && path[0] != '/'
			 ? arena_printf(aggregate->arena, "%s/%.*s", cwd, (int)len, path)
			 : arena_memdup0(aggregate->arena, path, len);
	if (!joined || path_clean(aggregate->root, joined, clean) < 0)
		return NULL;
	return arena_strdup(aggregate->arena, clean);
}

bool aggregate_read_match(const char *line, size_t len, struct aggregate_match *ret_match)
{
	const char *end = line + len, *colon = line;

	while ((colon = memchr(colon, ':', (size_t)(end - colon)))) {
		const char *at = colon + 1;
		uint64_t number = 0;

		while (at < end && *at >= '0' && *at <= '9' && at - colon <= 10)
			number = number * 10 + (uint64_t)(*at++ - '0');
		if (at > colon + 1 && at < end && *at == ':' && colon > line && number &&
		    number <= UINT32_MAX) {
			*ret_match = (struct aggregate_match){ line, (size_t)(colon - line),
							       (uint32_t)number, at + 1,
							       (size_t)(end - at - 1) };
			return true;
		}
		colon++;
	}
	return false;
}

void aggregate_match(struct aggregate *aggregate, const struct aggregate_match *match,
		     const char *body)
{
	struct fact fact = {
		.kind = FACT_MATCH,
		.file = match->file,
		.file_len = match->file_len,
		.line = match->line,
		.value = fact_text_hash(match->text, match->text_len),
		.at = (size_t)(match->text - body),
		.len = match->text_len,
	};

	facts_add(aggregate->facts, &fact);
}

/* ---- the text of a file ---- */

static void add_lines(struct aggregate *aggregate, const struct aggregate_text *text)
{
	struct fact fact = { .kind = FACT_READ,
			     .file = text->file,
			     .file_len = text->file_len,
			     .line = text->line };
	size_t n = 0, max = 1;
	uint32_t *hashes;

	for (const char *at = text->text;
	     (at = memchr(at, '\n', (size_t)(text->text + text->len - at))) && max < LINES_MAX;
	     at++)
		max++;
	hashes = arena_alloc_array(aggregate->arena, max, sizeof(*hashes));
	for (size_t at = 0; hashes && at < text->len && n < max; n++) {
		const char *end = memchr(text->text + at, '\n', text->len - at);
		size_t len = end ? (size_t)(end - text->text) - at : text->len - at;

		hashes[n] = fact_text_hash(text->text + at, len);
		at += len + 1;
	}
	fact.line_hashes = hashes;
	fact.n_lines = (uint32_t)n;
	if (!hashes)
		aggregate->facts->is_out_of_memory = true;
	facts_add(aggregate->facts, &fact);
}

static void add_symbols(struct aggregate *aggregate, const struct aggregate_text *text,
			const struct outline_lang *lang)
{
	struct outline outline = { 0 };

	if (outline_text(lang, text->text, text->len, &outline) < 0)
		aggregate->facts->is_out_of_memory = true;
	for (size_t i = 0; i < outline.n; i++) {
		const struct outline_symbol *symbol = &outline.items[i];
		struct fact fact = {
			.kind = symbol->kind == OUTLINE_IMPORT ? FACT_IMPORT : FACT_SYMBOL,
			.sub = symbol->symbol,
			.file = text->file,
			.file_len = text->file_len,
			.name = text->text + symbol->name_at,
			.name_len = symbol->name_len,
			.line = text->line + symbol->line - 1,
			.end_line = text->line + symbol->end_line - 1,
			.at = text->at ? text->at[symbol->line - 1] : 0,
		};
		const char *end;

		if (!symbol->name_len)
			continue;
		if (text->at) {
			const char *name = text->text + symbol->name_at;
			const char *start = memrchr(text->text, '\n', symbol->name_at);

			start = start ? start + 1 : text->text;
			end = memchr(name, '\n', text->len - symbol->name_at);
			fact.len = (size_t)((end ? end : text->text + text->len) - start);
		}
		facts_add(aggregate->facts, &fact);
	}
	outline_release(&outline);
}

/* A name that is called, or that looks like a type: what a reader would look up. */
static bool is_reference(const char *name, size_t len, char next)
{
	if (len < REFERENCE_LEN_MIN || len > REFERENCE_LEN_MAX || (*name >= '0' && *name <= '9'))
		return false;
	return next == '(' || (*name >= 'A' && *name <= 'Z') || memchr(name, '_', len);
}

static void add_references(struct aggregate *aggregate, const struct aggregate_text *text)
{
	struct names seen;
	size_t n = 0, n_known = 0;
	uint32_t line = text->line;

	if (!names_init(&seen)) {
		aggregate->facts->is_out_of_memory = true;
		return;
	}
	for (size_t at = 0, end; at < text->len && n < REFERENCES_MAX; at = end) {
		struct fact fact = { .kind = FACT_REFERENCE,
				     .file = text->file,
				     .file_len = text->file_len,
				     .name = text->text + at,
				     .line = line };

		end = at + 1;
		line += text->text[at] == '\n';
		if (!words_is_name_byte((unsigned char)text->text[at]))
			continue;
		while (end < text->len && words_is_name_byte((unsigned char)text->text[end]))
			end++;
		fact.name_len = end - at;
		if (!is_reference(fact.name, fact.name_len, end < text->len ? text->text[end] : 0))
			continue;
		n_known = seen.table.n;
		if (names_add(&seen, fact.name, fact.name_len) == UINT32_MAX)
			break;
		if (seen.table.n == n_known)
			continue;
		facts_add(aggregate->facts, &fact);
		n++;
	}
	names_release(&seen);
}

void aggregate_text(struct aggregate *aggregate, const struct aggregate_text *text)
{
	const struct outline_lang *lang = outline_lang_of(text->file, text->file_len);

	add_lines(aggregate, text);
	if (!lang)
		return;
	add_symbols(aggregate, text, lang);
	add_references(aggregate, text);
}
