/* SPDX-License-Identifier: MIT */
/*
 * Building the tree. Time and memory are linear in the page whatever it holds, which is why two
 * things are not as in browsers: a word like <b> that is still open when its block ends is not
 * opened again in the next block (there, unclosed words multiply), and what stands between the
 * rows of a table stays in it instead of going before it. Neither loses any text.
 */
#include "net/html_tree.h"

#include "net/html.h"
#include "net/html_head.h"

#include <errno.h>
#include <string.h>

/* What an end tag's search does not pass. */
enum barrier {
	BARRIER_SCOPE, /* for a block */
	BARRIER_LIST,  /* for an item */
	BARRIER_WORD,  /* for a word */
	BARRIER_ITEM,  /* for an item that the next one ends */
	BARRIER_COUNT
};

/* An element that is open. Names and numbers of others are kept so that no search goes through all
 * that are open. */
struct open {
	uint32_t node;
	uint32_t name; /* a hash, where the tag is TAG_OTHER */
	enum html_tag tag;
	bool is_out;                      /* what is within it gets no nodes */
	uint16_t before;                  /* the open one of this tag before it; 0: none */
	uint16_t barriers[BARRIER_COUNT]; /* the innermost, up to this one */
};

struct builder {
	struct html_tree *tree;
	struct html_head *head;
	struct html_lexer lexer;
	struct html_token token;
	struct open open[HTML_DEPTH_MAX];
	size_t n_open;            /* the first is the body, which stays */
	size_t n_beyond;          /* elements open beyond the greatest depth */
	size_t n_out;             /* of the open, those whose content is left out */
	uint16_t last[TAG_COUNT]; /* the innermost open one of each tag; 0: none */
	bool is_full;
	int error;
};

static bool has(enum html_tag tag, unsigned trait)
{
	return html_tag_traits(tag) & trait;
}

static uint32_t add_node(struct builder *builder, enum html_tag tag, struct html_slice text)
{
	struct html_tree *tree = builder->tree;
	uint32_t parent = builder->open[builder->n_open - 1].node;
	uint32_t at = (uint32_t)tree->nodes.n;
	struct html_node node = { .text = text, .tag = (uint8_t)tag, .parent = parent };

	if (at == HTML_NODES_MAX) {
		builder->is_full = true;
		return 0;
	}
	if (!vec_push(&tree->nodes, node)) {
		builder->error = -ENOMEM;
		return 0;
	}
	if (tree->nodes.items[parent].last)
		tree->nodes.items[tree->nodes.items[parent].last].next = at;
	else
		tree->nodes.items[parent].first = at;
	tree->nodes.items[parent].last = at;
	return at;
}

static uint32_t add_element(struct builder *builder)
{
	const struct html_token *token = &builder->token;
	struct html_tree *tree = builder->tree;
	uint32_t at = add_node(builder, token->tag, token->text);

	if (!at || !token->n_attrs)
		return at;
	if (!vec_reserve(&tree->attrs, token->n_attrs)) {
		builder->error = -ENOMEM;
		return 0;
	}
	tree->nodes.items[at].attrs = (uint32_t)tree->attrs.n;
	tree->nodes.items[at].n_attrs = (uint8_t)token->n_attrs;
	memcpy(tree->attrs.items + tree->attrs.n, token->attrs,
	       token->n_attrs * sizeof(token->attrs[0]));
	tree->attrs.n += token->n_attrs;
	return at;
}

static bool is_barrier(enum html_tag tag, enum barrier barrier)
{
	switch (barrier) {
	case BARRIER_SCOPE:
		return has(tag, HTML_SCOPE);
	case BARRIER_LIST:
		return has(tag, HTML_SCOPE | HTML_LIST);
	case BARRIER_WORD:
		return has(tag, HTML_SPECIAL);
	case BARRIER_ITEM:
		return has(tag, HTML_SPECIAL) && tag != TAG_ADDRESS && tag != TAG_DIV &&
		       tag != TAG_P;
	case BARRIER_COUNT:
		break;
	}
	return false;
}

static uint32_t hash_of(struct html_slice name)
{
	uint32_t hash = 2166136261u; /* FNV-1a; names of one hash are taken for one */

	for (uint32_t i = 0; i < name.len; i++)
		hash = (hash ^ (uint32_t)(name.at[i] | 32)) * 16777619u;
	return hash;
}

static void push(struct builder *builder, uint32_t node, bool is_out)
{
	const struct html_token *token = &builder->token;
	size_t at = builder->n_open;
	struct open *open = &builder->open[at];

	if (at == HTML_DEPTH_MAX) {
		builder->n_beyond++;
		return;
	}
	*open = (struct open){ .node = node,
			       .tag = token->tag,
			       .is_out = is_out,
			       .before = builder->last[token->tag] };
	if (token->tag == TAG_OTHER)
		open->name = hash_of(token->text);
	for (enum barrier i = 0; i < BARRIER_COUNT; i++)
		open->barriers[i] = is_barrier(token->tag, i) ? (uint16_t)at
				    : at                      ? open[-1].barriers[i]
							      : 0;
	builder->last[token->tag] = (uint16_t)at;
	builder->n_out += is_out;
	builder->n_open++;
}

/* Ends elements until n are open. */
static void pop_to(struct builder *builder, size_t n)
{
	while (builder->n_open > n) {
		const struct open *top = &builder->open[--builder->n_open];

		builder->last[top->tag] = top->before;
		builder->n_out -= top->is_out;
	}
}

/* The innermost open element of a tag that lies within no barrier; 0: none. */
static size_t find_open(const struct builder *builder, enum html_tag tag, enum barrier barrier)
{
	size_t at = builder->last[tag];

	return at >= builder->open[builder->n_open - 1].barriers[barrier] ? at : 0;
}

/* An end tag that its element's name alone decides. */
static void end_word(struct builder *builder, enum html_tag tag, struct html_slice name)
{
	size_t at = find_open(builder, tag, BARRIER_WORD);

	if (at && tag == TAG_OTHER) {
		size_t least = builder->open[builder->n_open - 1].barriers[BARRIER_WORD];
		uint32_t hash = hash_of(name);

		while (at >= least && at && builder->open[at].name != hash)
			at = builder->open[at].before;
		if (at < least)
			at = 0;
	}
	if (at)
		pop_to(builder, at);
}

/* A list's item begins: the one before it ends, if it is in the same list. */
static void end_item(struct builder *builder, enum html_tag tag, enum html_tag other)
{
	/* Items are barriers themselves: only what is in the innermost is in the same list. */
	size_t wall = builder->open[builder->n_open - 1].barriers[BARRIER_ITEM];

	if (wall && (builder->open[wall].tag == tag || builder->open[wall].tag == other))
		pop_to(builder, wall);
}

/* How many elements are open when all up to a part of the innermost table are ended: the table,
 * its section if that is to stay open, its row likewise. 0: no table is open. */
static size_t table_level(const struct builder *builder, bool with_section, bool with_row)
{
	size_t at = builder->last[TAG_TABLE];

	if (!at)
		return 0;
	at++;
	if (with_section && at < builder->n_open &&
	    has(builder->open[at].tag, HTML_SECTION_OF_TABLE))
		at++;
	if (with_row && at < builder->n_open && builder->open[at].tag == TAG_TR)
		at++;
	return at;
}

/* False: the part of a table stands outside all tables, and its tag means nothing. */
static bool start_in_table(struct builder *builder)
{
	enum html_tag tag = builder->token.tag;
	bool is_cell = tag == TAG_TD || tag == TAG_TH;
	size_t level = table_level(builder, is_cell || tag == TAG_TR, is_cell);

	if (!level)
		return false;
	pop_to(builder, level);
	if (is_cell && builder->open[level - 1].tag != TAG_TR) {
		struct html_token cell = builder->token;
		uint32_t row;

		builder->token = (struct html_token){ .kind = HTML_START, .tag = TAG_TR };
		row = add_element(builder);
		if (row)
			push(builder, row, false);
		builder->token = cell;
	}
	return true;
}

static void end_in_table(struct builder *builder, enum html_tag tag)
{
	size_t from = table_level(builder, false, false);

	for (size_t i = from; from && i < builder->n_open && i < from + 3; i++) {
		if (builder->open[i].tag == tag) {
			pop_to(builder, i);
			return;
		}
	}
}

static bool is_part_of_table(enum html_tag tag)
{
	return tag == TAG_TR || tag == TAG_TD || tag == TAG_TH || tag == TAG_CAPTION ||
	       has(tag, HTML_SECTION_OF_TABLE);
}

/* Ends what a start tag ends; false: the tag means nothing here. */
static bool make_room(struct builder *builder)
{
	enum html_tag tag = builder->token.tag;
	size_t at;

	if (is_part_of_table(tag))
		return start_in_table(builder);
	if (tag == TAG_LI)
		end_item(builder, TAG_LI, TAG_LI);
	else if (tag == TAG_DT || tag == TAG_DD)
		end_item(builder, TAG_DT, TAG_DD);
	else if (tag == TAG_A)
		end_word(builder, TAG_A, builder->token.text);
	else if (tag == TAG_BUTTON && (at = find_open(builder, TAG_BUTTON, BARRIER_SCOPE)))
		pop_to(builder, at);
	if (has(tag, HTML_ENDS_P) && (at = find_open(builder, TAG_P, BARRIER_SCOPE)))
		pop_to(builder, at);
	if (has(tag, HTML_HEADING) && has(builder->open[builder->n_open - 1].tag, HTML_HEADING))
		pop_to(builder, builder->n_open - 1);
	return true;
}

/* A drawing that lacks its end ends where a block begins. */
static void leave_drawing(struct builder *builder)
{
	size_t at = builder->last[TAG_SVG];

	if (at && has(builder->token.tag, HTML_BLOCK) && !builder->last[TAG_FOREIGNOBJECT])
		pop_to(builder, at);
}

/* Elements whose content is no markup. */
static void start_raw(struct builder *builder)
{
	struct html_token *token = &builder->token;
	struct html_slice raw = html_lexer_raw(&builder->lexer, token->tag);

	if (builder->n_out)
		return;
	if (token->tag == TAG_TITLE)
		html_head_add_title(builder->head, raw);
	else if (token->tag == TAG_SCRIPT)
		html_head_add_script(builder->head, token, raw);
	if (!has(token->tag, HTML_OUT) && make_room(builder)) {
		uint32_t at = add_element(builder);

		if (!at)
			return;
		push(builder, at, false);
		(void)add_node(builder, TAG_NONE, raw); /* it keeps its own failures */
		if (builder->n_beyond)
			builder->n_beyond--;
		else
			pop_to(builder, builder->n_open - 1);
	}
}

/* A formula: as its author wrote it, where it says so. */
static bool start_formula(struct builder *builder)
{
	const struct html_slice *text =
		html_attr_find(builder->token.attrs, builder->token.n_attrs, ATTR_ALTTEXT);

	if (builder->token.tag != TAG_MATH || !text)
		return false;
	if (add_node(builder, TAG_NONE, *text))
		push(builder, builder->open[builder->n_open - 1].node, true);
	return true;
}

/* In drawings and formulas, <x/> has no end tag. */
static bool is_foreign(const struct builder *builder)
{
	enum html_tag tag = builder->token.tag;

	return tag == TAG_SVG || tag == TAG_MATH || builder->last[TAG_SVG] ||
	       builder->last[TAG_MATH];
}

static void start(struct builder *builder)
{
	struct html_token *token = &builder->token;
	bool is_whole;
	uint32_t at;

	if (token->tag == TAG_IMAGE)
		token->tag = TAG_IMG;
	if (builder->last[TAG_SVG])
		leave_drawing(builder);
	if (has(token->tag, HTML_RAW)) {
		start_raw(builder);
		return;
	}
	is_whole = has(token->tag, HTML_VOID | HTML_BARE) ||
		   (token->closes_itself && is_foreign(builder));
	if (builder->n_out) {
		if (!is_whole)
			push(builder, 0, false);
		return;
	}
	if (has(token->tag, HTML_HEAD) || token->tag == TAG_TIME)
		html_head_add_tag(builder->head, token);
	if (token->tag == TAG_PLAINTEXT) {
		struct html_slice rest = { builder->lexer.at,
					   (uint32_t)(builder->lexer.end - builder->lexer.at) };

		(void)add_node(builder, TAG_NONE, rest); /* it keeps its own failures */
		builder->lexer.at = builder->lexer.end;
		return;
	}
	if (has(token->tag, HTML_BARE | HTML_HEAD) || !make_room(builder) || start_formula(builder))
		return;
	if (has(token->tag, HTML_OUT)) {
		if (!is_whole)
			push(builder, 0, true);
		return;
	}
	at = add_element(builder);
	if (at && !is_whole)
		push(builder, at, false);
}

static void end_block(struct builder *builder, enum html_tag tag)
{
	size_t at = 0;

	if (has(tag, HTML_HEADING)) {
		for (enum html_tag rank = TAG_H1; rank <= TAG_H6; rank++) {
			size_t one = find_open(builder, rank, BARRIER_SCOPE);

			at = one > at ? one : at;
		}
	} else if (tag == TAG_TABLE) {
		at = builder->last[tag]; /* its cells hold back everything but this */
	} else {
		at = find_open(builder, tag, tag == TAG_LI ? BARRIER_LIST : BARRIER_SCOPE);
	}
	if (at)
		pop_to(builder, at);
}

static void end(struct builder *builder)
{
	struct html_token *token = &builder->token;
	enum html_tag tag = token->tag;

	if (has(tag, HTML_BARE) || (has(tag, HTML_VOID) && tag != TAG_BR))
		return;
	if (tag == TAG_BR) {
		if (!builder->n_out) {
			token->n_attrs = 0;
			(void)add_element(builder); /* it keeps its own failures */
		}
		return;
	}
	if (builder->n_beyond)
		builder->n_beyond--;
	else if (is_part_of_table(tag))
		end_in_table(builder, tag);
	else if (has(tag, HTML_OUT | HTML_SPECIAL) || tag == TAG_MATH)
		end_block(builder, tag);
	else
		end_word(builder, tag, token->text);
}

int html_tree_build(struct html_tree *tree, const char *page, size_t len, struct html_head *head)
{
	struct builder builder = { .tree = tree, .head = head, .lexer = { page, page + len } };

	if (!vec_push(&tree->nodes, ((struct html_node){ .tag = TAG_BODY })))
		return -ENOMEM;
	builder.token.tag = TAG_BODY;
	push(&builder, 0, false);
	while (!builder.error && !builder.is_full) {
		html_lexer_next(&builder.lexer, &builder.token);
		if (builder.token.kind == HTML_EOF)
			break;
		if (builder.token.kind == HTML_START)
			start(&builder);
		else if (builder.token.kind == HTML_END)
			end(&builder);
		else if (!builder.n_out)
			(void)add_node(&builder, TAG_NONE, builder.token.text);
	}
	return builder.error;
}

void html_tree_release(struct html_tree *tree)
{
	vec_release(&tree->nodes);
	vec_release(&tree->attrs);
}

const struct html_slice *html_node_attr(const struct html_tree *tree, const struct html_node *node,
					enum html_attr_name name)
{
	if (!node->n_attrs)
		return NULL;
	return html_attr_find(tree->attrs.items + node->attrs, node->n_attrs, name);
}

unsigned html_node_number(const struct html_tree *tree, const struct html_node *node,
			  enum html_attr_name name, unsigned fallback)
{
	const struct html_slice *value = html_node_attr(tree, node, name);
	unsigned number = 0;

	if (!value || !value->len || value->len > 9)
		return fallback;
	for (uint32_t i = 0; i < value->len; i++) {
		if (value->at[i] < '0' || value->at[i] > '9')
			return fallback;
		number = number * 10 + (unsigned)(value->at[i] - '0');
	}
	return number;
}
