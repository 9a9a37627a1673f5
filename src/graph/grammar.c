/* SPDX-License-Identifier: MIT */
/*
 * Parsing, and what is done where it fails: where the tree has gaps, the outline's definitions
 * that lie in them are put among those of the tree. Then all are put in order, and parents are
 * found by their bytes.
 */
#include "graph/grammar.h"

#include "graph/grammar_walk.h"

#include "base/attr.h"
#include "base/str.h"

#include <errno.h>
#include <time.h>

struct grammar {
	TSParser *parser;
	struct {
		uint8_t *rule_of; /* made when the language is first met */
		uint32_t n_symbols;
	} tables[16];
	struct outline outline; /* of the text whose tree has gaps */
	struct grammar_found found;
	struct VEC(uint32_t) starts; /* of lines */
};

struct grammar *grammar_new(void)
{
	struct grammar *grammar = calloc(1, sizeof(*grammar));

	if (!grammar)
		return NULL;
	grammar->parser = ts_parser_new();
	if (!grammar->parser) {
		free(grammar);
		return NULL;
	}
	return grammar;
}

void grammar_free(struct grammar *grammar)
{
	if (!grammar)
		return;
	ts_parser_delete(grammar->parser);
	for (size_t i = 0; i < countof(grammar->tables); i++)
		free(grammar->tables[i].rule_of);
	outline_release(&grammar->outline);
	vec_release(&grammar->found.items);
	vec_release(&grammar->found.references);
	vec_release(&grammar->found.gaps);
	vec_release(&grammar->starts);
	free(grammar);
}

bool grammar_has(const struct outline_lang *lang)
{
	return grammar_lang_of(lang) != NULL;
}

/* The rules of a language by the numbers that its grammar gives to nodes. */
static const uint8_t *rules_of(struct grammar *grammar, const struct grammar_lang *lang)
{
	const TSLanguage *language = lang->language();
	size_t place = (size_t)(lang - grammar_langs);
	uint32_t n = ts_language_symbol_count(language);
	uint8_t *rule_of;

	if (grammar->tables[place].rule_of)
		return grammar->tables[place].rule_of;
	rule_of = calloc(n, 1);
	if (!rule_of)
		return NULL;
	for (uint32_t i = 0; i < n; i++) {
		const char *name = ts_language_symbol_name(language, (TSSymbol)i);

		if (ts_language_symbol_type(language, (TSSymbol)i) != TSSymbolTypeRegular)
			continue;
		for (size_t k = lang->n_rules; k-- > 0;)
			if (str_equal(lang->rules[k].node, name))
				rule_of[i] = (uint8_t)(k + 1);
	}
	grammar->tables[place].rule_of = rule_of;
	grammar->tables[place].n_symbols = n;
	return rule_of;
}

static int by_name(const void *a, const void *b)
{
	const struct grammar_item *x = a, *y = b;

	if (x->symbol.name_at != y->symbol.name_at)
		return x->symbol.name_at < y->symbol.name_at ? -1 : 1;
	return (x->symbol.kind > y->symbol.kind) - (x->symbol.kind < y->symbol.kind);
}

static bool find_lines(struct grammar *grammar, const char *text, size_t len)
{
	const char *end = text + len;

	grammar->starts.n = 0;
	for (const char *at = text; at;) {
		if (!vec_push(&grammar->starts, (uint32_t)(at - text)))
			return false;
		at = memchr(at, '\n', (size_t)(end - at));
		at = at ? at + 1 : NULL;
	}
	return vec_push(&grammar->starts, (uint32_t)len);
}

static int by_place(const void *key, const void *element)
{
	uint32_t at = *(const uint32_t *)key,
		 name_at = ((const struct grammar_item *)element)->symbol.name_at;

	return (at > name_at) - (at < name_at);
}

/* Gaps lie one behind the other. */
static bool has_gap(const struct grammar_found *found, const struct grammar_item *item)
{
	size_t from = 0, to = found->gaps.n;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (found->gaps.items[middle].end <= item->begin)
			from = middle + 1;
		else
			to = middle;
	}
	return from < found->gaps.n && found->gaps.items[from].begin < item->end;
}

/*
 * Where the tree has gaps, what is defined is said by both, and how far it reaches by the tree if
 * no gap lies in it. Before a preprocessor the tree is trusted less: a macro that looks like
 * something else makes no gap, so that only what the outline confirms is taken from it.
 */
static bool merge(struct grammar *grammar, const struct outline_lang *lang, const char *text,
		  size_t len)
{
	struct grammar_found *found = &grammar->found;
	bool has_macros = outline_has_macros(lang);
	size_t n = found->items.n;

	if (outline_text(lang, text, len, &grammar->outline) < 0 || !find_lines(grammar, text, len))
		return false;
	if (n > 1)
		qsort(found->items.items, n, sizeof(*found->items.items), by_name);
	for (size_t i = 0; i < n; i++)
		found->items.items[i].is_doubtful =
			has_macros || has_gap(found, &found->items.items[i]);
	for (size_t i = 0; i < grammar->outline.n; i++) {
		struct outline_symbol *symbol = &grammar->outline.items[i];
		struct grammar_item item = { .symbol = *symbol }, *same;

		same = n > 0 ? bsearch(&symbol->name_at, found->items.items, n, sizeof(item),
				       by_place)
			     : NULL;
		if (same && !has_gap(found, same)) {
			same->is_doubtful = false;
			continue;
		}
		item.begin = grammar->starts.items[symbol->first_line - 1];
		item.end = grammar->starts.items[symbol->end_line];
		if (!same && !has_macros && !has_gap(found, &item))
			continue; /* the tree knows better */
		if (same) {
			*same = item;
		} else if (!vec_push(&found->items, item)) {
			return false;
		}
	}
	for (size_t i = n = 0; i < found->items.n; i++)
		if (!found->items.items[i].is_doubtful)
			found->items.items[n++] = found->items.items[i];
	found->items.n = n;
	return true;
}

static bool holds_members(enum symbol_kind symbol)
{
	return symbol == SYMBOL_CLASS || symbol == SYMBOL_STRUCT || symbol == SYMBOL_ENUM ||
	       symbol == SYMBOL_INTERFACE || symbol == SYMBOL_EXTENSION;
}

/* Puts what was found in order; whatever lies between another's bytes has that one as parent. */
static bool arrange(struct grammar *grammar, struct grammar_text *text)
{
	struct grammar_found *found = &grammar->found;
	struct outline *outline = &text->outline;
	size_t n_references = 0;
	int32_t top = -1;

	if (found->items.n > 1)
		qsort(found->items.items, found->items.n, sizeof(*found->items.items), by_name);
	if (!vec_reserve(outline, found->items.n) ||
	    !vec_reserve(&text->references, found->references.n))
		return false;
	for (size_t i = 0; i <= found->items.n; i++) {
		const struct grammar_item *item = &found->items.items[i];
		uint32_t at = i < found->items.n ? item->symbol.name_at : UINT32_MAX;

		/* The references before it. */
		while (n_references < found->references.n &&
		       found->references.items[n_references].name_at < at) {
			struct grammar_reference reference =
				found->references.items[n_references++];

			while (top >= 0 && found->items.items[top].end <= reference.name_at)
				top = outline->items[top].parent;
			reference.within = top;
			text->references.items[text->references.n++] = reference;
		}
		if (i == found->items.n)
			break;
		while (top >= 0 && found->items.items[top].end <= at)
			top = outline->items[top].parent;
		outline->items[i] = item->symbol;
		outline->items[i].parent = top;
		outline->n = i + 1;
		if (item->symbol.symbol == SYMBOL_FUNCTION && top >= 0 &&
		    holds_members(outline->items[top].symbol))
			outline->items[i].symbol = SYMBOL_METHOD;
		if (item->symbol.kind == OUTLINE_DEFINITION && item->symbol.symbol != SYMBOL_TYPE)
			top = (int32_t)i;
	}
	outline->is_cut = found->is_cut;
	return true;
}

/* What the parser reads, and how often it may still look up from its work. */
struct source {
	const char *text;
	uint32_t len;
	size_t n_steps;
	uint64_t stop_ns; /* of the thread's processor time */
};

static uint64_t cpu_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now); /* it has no way to fail */
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static const char *read_source(void *payload, uint32_t at, TSPoint point, uint32_t *ret_len)
{
	const struct source *source = payload;

	(void)point;
	*ret_len = at < source->len ? source->len - at : 0;
	return at < source->len ? source->text + at : "";
}

static bool is_over(TSParseState *state)
{
	struct source *source = state->payload;

	return source->n_steps-- == 0 || cpu_ns() > source->stop_ns;
}

/* The tree of a text; NULL if it would take too long. */
static TSTree *parse(struct grammar *grammar, const struct grammar_lang *lang, const char *text,
		     size_t len)
{
	struct source source = {
		.text = text,
		.len = (uint32_t)len,
		.n_steps = GRAMMAR_STEPS_MIN + len / GRAMMAR_STEP_BYTES,
		.stop_ns = cpu_ns() + GRAMMAR_CPU_MS * UINT64_C(1000000),
	};
	TSInput input = { .payload = &source,
			  .read = read_source,
			  .encoding = TSInputEncodingUTF8 };
	TSParseOptions options = { .payload = &source, .progress_callback = is_over };
	TSTree *tree = NULL;

	if (ts_parser_set_language(grammar->parser, lang->language()))
		tree = ts_parser_parse_with_options(grammar->parser, NULL, input, options);
	if (!tree)
		ts_parser_reset(grammar->parser);
	return tree;
}

int grammar_read(struct grammar *grammar, const struct outline_lang *lang, const char *text,
		 size_t len, enum grammar_flags flags, struct grammar_text *ret_text)
{
	const struct grammar_lang *known = len <= GRAMMAR_TEXT_MAX ? grammar_lang_of(lang) : NULL;
	struct grammar_found *found = &grammar->found;
	struct grammar_walk walk;
	TSTree *tree;

	ret_text->outline.n = ret_text->references.n = 0;
	ret_text->source = GRAMMAR_OUTLINE;
	tree = known ? parse(grammar, known, text, len) : NULL;
	if (!tree)
		return outline_text(lang, text, len, &ret_text->outline);
	found->items.n = found->references.n = found->gaps.n = 0;
	found->is_cut = found->is_short = false;
	walk = (struct grammar_walk){ known, rules_of(grammar, known), text, flags, found };
	if (walk.rule_of)
		grammar_walk(&walk, ts_tree_root_node(tree));
	ts_tree_delete(tree);
	if (!walk.rule_of || found->is_short)
		return -ENOMEM;
	if (found->gaps.n > 0 && !merge(grammar, lang, text, len))
		return -ENOMEM;
	if (!arrange(grammar, ret_text))
		return -ENOMEM;
	ret_text->source = found->gaps.n > 0 ? GRAMMAR_MERGED : GRAMMAR_PARSED;
	return 0;
}

void grammar_text_release(struct grammar_text *text)
{
	outline_release(&text->outline);
	vec_release(&text->references);
}
