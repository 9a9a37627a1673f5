/* SPDX-License-Identifier: MIT */
/* What of the code pages name: things that it defines, its files, and what its tools complained of.
 * Only names that can be nothing else count: those that look like names, and plain words where the
 * page writes them as code. And what of all this, and of links between pages, the graph should
 * know. */
#include "graph/page.h"
#include "graph/web_work.h"

#include "base/str.h"
#include "scan/words.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

enum {
	TEXT_LOOKED_AT = 256 << 10,
	NAME_LEAST = 4,
	DEFINERS_MAX = 3,   /* a name that more files define says little */
	MESSAGE_LEAST = 16, /* of a diagnostic */
	MESSAGES_MAX = 200,
	PATH_MAX_BYTES = 200,
	LINKS_MAX = 16,
};

/* Definitions and files of the graph by their names; what tools complained of. */
struct code_index {
	const struct graph *graph;
	struct VEC(uint32_t) nodes; /* definitions, by name, file and line */
	struct VEC(uint32_t) bases; /* files, by the last part of their path */
	struct VEC(uint32_t) messages;
};

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int by_name(const void *a_, const void *b_, void *data)
{
	const struct graph *graph = data;
	uint32_t x = *(const uint32_t *)a_, y = *(const uint32_t *)b_;
	const struct node *a = &graph->nodes.items[x], *b = &graph->nodes.items[y];
	int r;

	if (a->name != b->name)
		return a->name < b->name ? -1 : 1;
	r = strcmp(graph_file_name(graph, x), graph_file_name(graph, y));
	return r ? r : (a->line > b->line) - (a->line < b->line);
}

static int by_base(const void *a_, const void *b_, void *data)
{
	const struct graph *graph = data;
	const char *a = graph_name(graph, *(const uint32_t *)a_);
	const char *b = graph_name(graph, *(const uint32_t *)b_);
	int r = strcmp(base_of(a), base_of(b));

	return r ? r : strcmp(a, b);
}

static int index_graph(struct code_index *index, const struct graph *graph)
{
	bool ok = true;

	index->graph = graph;
	for (uint32_t i = 0; ok && i < graph->nodes.n; i++) {
		const struct node *node = &graph->nodes.items[i];

		if (node->kind == NODE_SYMBOL && node->file != NODE_NONE)
			ok = vec_push(&index->nodes, i);
		else if (node->kind == NODE_FILE)
			ok = vec_push(&index->bases, i);
		else if (node->kind == NODE_DIAGNOSTIC && index->messages.n < MESSAGES_MAX &&
			 strlen(graph_name(graph, i)) >= MESSAGE_LEAST)
			ok = vec_push(&index->messages, i);
	}
	if (index->nodes.n)
		qsort_r(index->nodes.items, index->nodes.n, sizeof(uint32_t), by_name,
			(void *)(uintptr_t)graph);
	if (index->bases.n)
		qsort_r(index->bases.items, index->bases.n, sizeof(uint32_t), by_base,
			(void *)(uintptr_t)graph);
	if (index->messages.n)
		qsort_r(index->messages.items, index->messages.n, sizeof(uint32_t), by_name,
			(void *)(uintptr_t)graph);
	return ok ? 0 : -ENOMEM;
}

static void index_drop(struct code_index *index)
{
	vec_release(&index->nodes);
	vec_release(&index->bases);
	vec_release(&index->messages);
}

static void add_code(struct web_maker *maker, struct web_page *page, enum web_code_kind kind,
		     uint32_t node)
{
	const struct graph *graph = maker->conf->graph;
	struct web_code *code;

	if (!page->code)
		page->code = arena_alloc_array(maker->arena, WEB_CODE_MAX, sizeof(*page->code));
	if (!page->code) {
		maker->is_out_of_memory = true;
		return;
	}
	for (size_t i = 0; i < page->n_code; i++) {
		if (page->code[i].node == node)
			return;
	}
	if (page->n_code == WEB_CODE_MAX)
		return;
	code = &page->code[page->n_code++];
	*code = (struct web_code){ .kind = kind,
				   .name = arena_strdup(maker->arena, graph_name(graph, node)),
				   .path = arena_strdup(maker->arena, graph_file_name(graph, node)),
				   .node = node };
	if (kind != WEB_CODE_FILE)
		code->line = graph->nodes.items[node].line;
	if (!code->name || !code->path)
		maker->is_out_of_memory = true;
}

/* ---- symbols ---- */

static void look_up_symbol(struct web_maker *maker, struct web_page *page,
			   const struct code_index *index, const char *name, size_t len)
{
	const struct graph *graph = index->graph;
	uint32_t wanted = names_find(&graph->names, name, len);
	size_t low = 0, high = index->nodes.n, n = 0;

	if (wanted == UINT32_MAX)
		return;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (graph->nodes.items[index->nodes.items[middle]].name < wanted)
			low = middle + 1;
		else
			high = middle;
	}
	while (low + n < index->nodes.n &&
	       graph->nodes.items[index->nodes.items[low + n]].name == wanted)
		n++;
	for (size_t i = low; n <= DEFINERS_MAX && i < low + n; i++)
		add_code(maker, page, WEB_CODE_SYMBOL, index->nodes.items[i]);
}

/* A plain word is a name where it is called or stands between backticks. */
static bool is_written_as_code(const char *text, size_t at, size_t end, size_t len)
{
	return (end < len && text[end] == '(') ||
	       (at > 0 && text[at - 1] == '`' && end < len && text[end] == '`');
}

static void find_symbols(struct web_maker *maker, struct web_page *page,
			 const struct code_index *index, const char *text, size_t len)
{
	for (size_t at = 0, end; at < len && page->n_code < WEB_CODE_MAX; at = end) {
		end = at + 1;
		if (!words_is_name_byte((unsigned char)text[at]))
			continue;
		while (end < len && words_is_name_byte((unsigned char)text[end]))
			end++;
		if (end - at >= NAME_LEAST && end - at <= PATH_MAX_BYTES &&
		    !isdigit((unsigned char)text[at]) &&
		    (words_is_name(text + at, end - at) || is_written_as_code(text, at, end, len)))
			look_up_symbol(maker, page, index, text + at, end - at);
	}
}

/* ---- files ---- */

static bool is_path_byte(char c)
{
	return words_is_name_byte((unsigned char)c) || (c && strchr("/.-+", c));
}

/* By its whole path; a bare name only if one file alone has it. */
static void look_up_file(struct web_maker *maker, struct web_page *page,
			 const struct code_index *index, const char *path)
{
	const struct graph *graph = index->graph;
	uint32_t node = graph_find_file(graph, path, strlen(path));
	size_t low = 0, high = index->bases.n;

	if (node != NODE_NONE) {
		add_code(maker, page, WEB_CODE_FILE, node);
		return;
	}
	if (strchr(path, '/'))
		return;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(base_of(graph_name(graph, index->bases.items[middle])), path) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < index->bases.n &&
	    str_equal(base_of(graph_name(graph, index->bases.items[low])), path) &&
	    (low + 1 == index->bases.n ||
	     !str_equal(base_of(graph_name(graph, index->bases.items[low + 1])), path)))
		add_code(maker, page, WEB_CODE_FILE, index->bases.items[low]);
}

static void find_files(struct web_maker *maker, struct web_page *page,
		       const struct code_index *index, const char *text, size_t len)
{
	for (size_t at = 0, end; at < len && page->n_code < WEB_CODE_MAX; at = end) {
		char path[PATH_MAX_BYTES + 1];
		size_t last;

		end = at + 1;
		if (!is_path_byte(text[at]))
			continue;
		while (end < len && is_path_byte(text[end]))
			end++;
		last = end;
		while (last > at && text[last - 1] == '.')
			last--;
		if (last - at > PATH_MAX_BYTES || last - at < NAME_LEAST ||
		    !memchr(text + at + 1, '.', last - at - 1) ||
		    (at > 0 && (text[at - 1] == ':' || text[at - 1] == '@')))
			continue; /* addresses are no paths */
		memcpy(path, text + at, last - at);
		path[last - at] = 0;
		look_up_file(maker, page, index, path);
	}
}

static void find_messages(struct web_maker *maker, struct web_page *page,
			  const struct code_index *index, const char *text, size_t len)
{
	for (size_t i = 0; i < index->messages.n; i++) {
		const char *message = graph_name(index->graph, index->messages.items[i]);

		if (memmem(text, len, message, strlen(message)))
			add_code(maker, page, WEB_CODE_ERROR, index->messages.items[i]);
	}
}

static void find_in(struct web_maker *maker, struct web_page *page, const struct code_index *index,
		    const char *text, size_t len)
{
	if (len > TEXT_LOOKED_AT)
		len = TEXT_LOOKED_AT;
	find_messages(maker, page, index, text, len);
	find_symbols(maker, page, index, text, len);
	find_files(maker, page, index, text, len);
}

const char *web_code_kind_name(enum web_code_kind kind)
{
	static const char *const names[] = { "symbol", "file", "error" };

	return names[kind];
}

/* ---- links between pages ---- */

static void add_link(struct web_maker *maker, struct web_page *page, const char *identity)
{
	if (!page->links)
		page->links = arena_alloc_array(maker->arena, LINKS_MAX, sizeof(char *));
	if (!page->links) {
		maker->is_out_of_memory = true;
		return;
	}
	for (size_t i = 0; i < page->n_links; i++) {
		if (str_equal(page->links[i], identity))
			return;
	}
	if (page->n_links < LINKS_MAX)
		page->links[page->n_links++] = identity;
}

static void find_links(struct web_maker *maker, struct web_draft *draft, size_t n)
{
	const char *at = draft->text;

	while (at && (at = strstr(at, "](http"))) {
		size_t len = strcspn(at + 2, ") \n");
		char url[PAGE_URL_MAX + 1];
		const char *identity;

		at += 2;
		if (len <= PAGE_URL_MAX) {
			memcpy(url, at, len);
			url[len] = 0;
			identity = page_identity(url, &maker->scratch);
			for (size_t i = 0; identity && i < n; i++) {
				const struct web_page *other = &maker->drafts[i].page;

				if (other != &draft->page && str_equal(other->identity, identity))
					add_link(maker, &draft->page, other->identity);
			}
		}
		at += len;
	}
}

int web_find_code(struct web_maker *maker)
{
	size_t n = maker->n < maker->conf->pages_max ? maker->n : maker->conf->pages_max;
	struct code_index index = { 0 };
	int r = maker->conf->graph ? index_graph(&index, maker->conf->graph) : 0;

	for (size_t i = 0; r == 0 && i < n; i++) {
		struct web_draft *draft = &maker->drafts[i];

		find_links(maker, draft, n);
		if (!index.bases.n)
			continue;
		find_in(maker, &draft->page, &index, draft->passage, strlen(draft->passage));
		if (draft->text)
			find_in(maker, &draft->page, &index, draft->text, draft->len);
		draft->page.features[WEB_CODE] =
			draft->page.n_code > 2 ? 1 : draft->page.n_code / 3.0;
	}
	index_drop(&index);
	return r < 0 || maker->is_out_of_memory || arena_failed(&maker->scratch) ? -ENOMEM : 0;
}

int web_add_facts(const struct web_answer *answer, struct graph *graph, uint32_t call)
{
	struct facts facts = { 0 };
	int r;

	for (size_t i = 0; i < answer->n_pages; i++) {
		const struct web_page *page = &answer->pages[i];
		struct fact fact = { .name = page->identity, .name_len = strlen(page->identity) };

		fact.kind = FACT_ABOUT;
		for (size_t k = 0; k < page->n_code; k++) {
			fact.file = page->code[k].path;
			fact.file_len = strlen(fact.file);
			if (fact.file_len)
				facts_add(&facts, &fact);
		}
		fact.kind = FACT_LINK;
		fact.file = NULL;
		for (size_t k = 0; k < page->n_links; k++) {
			fact.other = page->links[k];
			fact.other_len = strlen(fact.other);
			facts_add(&facts, &fact);
		}
	}
	r = graph_integrate(graph, call, &facts);
	vec_release(&facts.list);
	return r;
}
