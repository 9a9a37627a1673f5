/* SPDX-License-Identifier: MIT */
/*
 * A walk over a syntax tree with a cursor: one look into a table for each node, a fifth of the time
 * that parsing takes. (A query of tree-sitter takes nearly twice that, and cannot say "not in a
 * function".)
 */
#include "graph/grammar_walk.h"

#include "base/attr.h"
#include "base/str.h"

enum { SCOPES_MAX = 256, NAME_STEPS_MAX = 32 };

struct steps {
	const struct grammar_walk *walk;
	uint32_t scopes[SCOPES_MAX]; /* depths of the functions around the node */
	size_t n_scopes;
	uint32_t name_at; /* of the last definition: it is no reference */
};

static bool ends_with(const char *type, const char *end)
{
	size_t len = strlen(type), end_len = strlen(end);

	return len >= end_len && memcmp(type + len - end_len, end, end_len) == 0;
}

static TSNode field_of(TSNode node, const char *field)
{
	return ts_node_child_by_field_name(node, field, (uint32_t)strlen(field));
}

/* a::b, A.b, Box<T>: the part that is the name; a null node if there is nothing to go into. */
static TSNode part_of(TSNode node, enum symbol_kind symbol)
{
	static const char *const named[] = { "qualified_identifier", "template_function",
					     "template_type",        "template_method",
					     "scope_resolution",     "scoped_type_identifier",
					     "variable_declarator" };
	const char *type = ts_node_type(node);
	TSNode next;

	if (ends_with(type, "_declarator") && !str_equal(type, "variable_declarator")) {
		next = field_of(node, "declarator");
		return ts_node_is_null(next) ? ts_node_named_child(node, 0) : next;
	}
	for (size_t i = 0; i < countof(named); i++)
		if (str_equal(type, named[i]))
			return field_of(node, "name");
	if (str_equal(type, "scoped_identifier") && symbol != SYMBOL_MODULE)
		return field_of(node, "name");
	if (str_equal(type, "generic_type"))
		return field_of(node, "type");
	if (str_equal(type, "member_expression"))
		return field_of(node, "property");
	if (str_equal(type, "nested_namespace_specifier") && ts_node_named_child_count(node) > 0)
		return ts_node_named_child(node, ts_node_named_child_count(node) - 1);
	return (TSNode){ .id = NULL };
}

/* import a as b: a */
static TSNode imported_part_of(TSNode node)
{
	return str_equal(ts_node_type(node), "aliased_import") ? field_of(node, "name")
							       : (TSNode){ .id = NULL };
}

/* The node that names what `node` defines. */
static TSNode name_of(TSNode node, const struct grammar_rule *rule, bool *ret_is_function)
{
	TSNode name = rule->field ? field_of(node, rule->field) : ts_node_named_child(node, 0);

	*ret_is_function = false;
	for (int i = 0; i < NAME_STEPS_MAX && !ts_node_is_null(name); i++) {
		TSNode next = rule->roles & ROLE_IMPORTS ? imported_part_of(name)
							 : part_of(name, rule->symbol);

		if (ts_node_is_null(next))
			break;
		/* int (*name)(void) is a variable. */
		*ret_is_function |= str_equal(ts_node_type(name), "function_declarator") &&
				    !str_equal(ts_node_type(next), "parenthesized_declarator");
		name = next;
	}
	return name;
}

static bool is_function_value(TSNode node)
{
	TSNode value = field_of(node, "value");
	const char *type;

	if (ts_node_is_null(value))
		value = field_of(node, "right");
	if (ts_node_is_null(value))
		return false;
	type = ts_node_type(value);
	return str_equal(type, "arrow_function") || str_equal(type, "function_expression") ||
	       str_equal(type, "generator_function") || str_equal(type, "class");
}

static bool begins(const struct grammar_walk *walk, TSNode node, const char *word)
{
	uint32_t at = ts_node_start_byte(node), len = (uint32_t)strlen(word);

	return ts_node_end_byte(node) - at >= len && memcmp(walk->text + at, word, len) == 0;
}

static bool is_text(const struct grammar_walk *walk, TSNode node, const char *text)
{
	return ts_node_end_byte(node) - ts_node_start_byte(node) == strlen(text) &&
	       begins(walk, node, text);
}

/* The last line of a node: one that ends with a line's end does not reach into the next. */
static uint32_t last_line(TSNode node)
{
	TSPoint start = ts_node_start_point(node), end = ts_node_end_point(node);

	return end.row + (end.column > 0 || end.row == start.row);
}

static void add(const struct grammar_walk *walk, const struct grammar_item *item)
{
	struct grammar_found *found = walk->found;

	if (found->items.n >= OUTLINE_SYMBOLS_MAX)
		found->is_cut = true;
	else if (!vec_push(&found->items, *item))
		found->is_short = true;
}

/* What an import names: without quotes, and without the list behind it. */
static void add_import(const struct grammar_walk *walk, TSNode node, TSNode name)
{
	uint32_t at = ts_node_start_byte(name), end = ts_node_end_byte(name), cut;
	struct grammar_item item;

	while (at < end && strchr("\"'<`(", walk->text[at]) && walk->text[at])
		at++;
	for (cut = at; cut < end; cut++)
		if (walk->text[cut] && strchr("\"'>`{;) \t\r\n", walk->text[cut]))
			break;
	item = (struct grammar_item){
		.symbol = { .kind = OUTLINE_IMPORT,
			    .line = ts_node_start_point(node).row + 1,
			    .first_line = ts_node_start_point(node).row + 1,
			    .end_line = last_line(node),
			    .parent = -1,
			    .name_at = at,
			    .name_len = cut - at },
		.begin = ts_node_start_byte(node),
		.end = ts_node_end_byte(node),
	};
	add(walk, &item);
}

/* require("x"), source x: a call whose first argument is a module. */
static bool take_command(const struct grammar_walk *walk, TSNode node, TSNode name)
{
	static const char *const commands[] = { "require", "require_relative", "load", "source",
						"." };
	TSNode arguments, first;
	bool is_one = false;

	for (size_t i = 0; i < countof(commands); i++)
		is_one |= is_text(walk, name, commands[i]);
	if (!is_one)
		return false;
	arguments = field_of(node, "arguments");
	first = ts_node_is_null(arguments) ? field_of(node, "argument")
					   : ts_node_named_child(arguments, 0);
	if (ts_node_is_null(first) ||
	    !(str_equal(ts_node_type(first), "string") || str_equal(ts_node_type(first), "word")))
		return false;
	add_import(walk, node, first);
	return true;
}

/* Go's "type Name struct". */
static enum symbol_kind kind_of(TSNode node, const struct grammar_rule *rule)
{
	TSNode type;

	if (rule->symbol == SYMBOL_FUNCTION && (rule->roles & ROLE_OF_FUNCTION)) {
		TSNode value = field_of(node, "value");

		return !ts_node_is_null(value) && str_equal(ts_node_type(value), "class")
			       ? SYMBOL_CLASS
			       : SYMBOL_FUNCTION;
	}
	if (rule->symbol != SYMBOL_TYPE || !str_equal(rule->node, "type_spec"))
		return rule->symbol;
	type = field_of(node, "type");
	if (ts_node_is_null(type))
		return rule->symbol;
	return str_equal(ts_node_type(type), "struct_type")      ? SYMBOL_STRUCT
	       : str_equal(ts_node_type(type), "interface_type") ? SYMBOL_INTERFACE
								 : SYMBOL_TYPE;
}

static bool is_name(const struct grammar_walk *walk, TSNode name, const struct grammar_rule *rule)
{
	const char *type = ts_node_type(name);
	char first = walk->text[ts_node_start_byte(name)];

	if (rule->roles & ROLE_CAPITAL && !(first >= 'A' && first <= 'Z'))
		return false;
	if (is_text(walk, name, "_"))
		return false;
	return (rule->symbol != SYMBOL_VARIABLE && rule->symbol != SYMBOL_CONSTANT &&
		rule->symbol != SYMBOL_FUNCTION) ||
	       ends_with(type, "identifier") || ends_with(type, "constant") ||
	       ends_with(type, "name") || ends_with(type, "operator") || str_equal(type, "word") ||
	       str_equal(type, "operator_cast") || str_equal(type, "setter");
}

/* "operator bool()": without its brackets. */
static uint32_t end_of_name(TSNode name)
{
	TSNode declarator;

	if (str_equal(ts_node_type(name), "operator_cast") &&
	    (declarator = field_of(name, "declarator"), !ts_node_is_null(declarator)))
		return ts_node_start_byte(declarator);
	return ts_node_end_byte(name);
}

static bool take_definition(struct steps *steps, TSNode node, TSNode name,
			    const struct grammar_rule *rule)
{
	const struct grammar_walk *walk = steps->walk;
	struct grammar_item item;

	if (rule->roles & ROLE_OUTER && steps->n_scopes > 0)
		return false;
	if (rule->roles & ROLE_OF_FUNCTION && !is_function_value(node))
		return false;
	if (rule->roles & ROLE_NEEDS_BODY && ts_node_is_null(field_of(node, "body")))
		return false;
	if (rule->roles & ROLE_NO_FUNCTION && begins(walk, node, "extern"))
		return false;
	if (ts_node_is_null(name) || ts_node_end_byte(name) == ts_node_start_byte(name) ||
	    !is_name(walk, name, rule))
		return false;
	steps->name_at = ts_node_start_byte(name);
	item = (struct grammar_item){
		.symbol = { .kind = OUTLINE_DEFINITION,
			    .symbol = kind_of(node, rule),
			    .line = ts_node_start_point(name).row + 1,
			    .first_line = ts_node_start_point(node).row + 1,
			    .end_line = last_line(node),
			    .parent = -1,
			    .name_at = steps->name_at,
			    .name_len = end_of_name(name) - steps->name_at },
		.begin = ts_node_start_byte(node),
		.end = ts_node_end_byte(node),
	};
	add(walk, &item);
	return true;
}

static void take_reference(struct steps *steps, TSNode node)
{
	struct grammar_found *found = steps->walk->found;
	struct grammar_reference reference = {
		.line = ts_node_start_point(node).row + 1,
		.name_at = ts_node_start_byte(node),
		.name_len = ts_node_end_byte(node) - ts_node_start_byte(node),
		.within = -1,
	};

	if (reference.name_at == steps->name_at)
		return;
	if (found->references.n >= GRAMMAR_REFERENCES_MAX)
		found->is_cut = true;
	else if (!vec_push(&found->references, reference))
		found->is_short = true;
}

static void take_rules(struct steps *steps, TSNode node, size_t first, uint32_t depth)
{
	const struct grammar_walk *walk = steps->walk;
	const struct grammar_rule *rules = walk->lang->rules;
	unsigned roles = 0;

	for (size_t i = first; i < walk->lang->n_rules; i++) {
		const struct grammar_rule *rule = &rules[i];
		bool is_function, is_done = false;
		TSNode name;

		if (i > first && !str_equal(rule->node, rules[first].node))
			break;
		roles |= rule->roles;
		if (rule->roles & ROLE_REFERS) {
			if (walk->flags & GRAMMAR_REFERENCES)
				take_reference(steps, node);
			continue;
		}
		if (!(rule->roles & (ROLE_DEFINES | ROLE_IMPORTS)))
			continue;
		name = name_of(node, rule, &is_function);
		if (rule->roles & ROLE_COMMAND)
			is_done = !ts_node_is_null(name) && take_command(walk, node, name);
		else if (rule->roles & ROLE_DEFINES)
			is_done = !((rule->roles & ROLE_NO_FUNCTION) && is_function) &&
				  !((rule->roles & ROLE_IS_FUNCTION) && !is_function) &&
				  take_definition(steps, node, name, rule);
		else if (!ts_node_is_null(name))
			add_import(walk, node, name);
		if (is_done)
			break;
	}
	if (roles & ROLE_SCOPE && steps->n_scopes < SCOPES_MAX)
		steps->scopes[steps->n_scopes++] = depth;
}

/* One that lies in the last one adds nothing. */
static void add_gap(struct grammar_found *found, TSNode node)
{
	struct grammar_gap gap = { ts_node_start_byte(node), ts_node_end_byte(node) };

	if (found->gaps.n > 0 && gap.begin < found->gaps.items[found->gaps.n - 1].end)
		return;
	if (!vec_push(&found->gaps, gap))
		found->is_short = true;
}

static void visit(struct steps *steps, TSNode node, uint32_t depth)
{
	TSSymbol symbol = ts_node_symbol(node);

	while (steps->n_scopes > 0 && steps->scopes[steps->n_scopes - 1] >= depth)
		steps->n_scopes--;
	if (symbol == (TSSymbol)-1) { /* ERROR */
		add_gap(steps->walk->found, node);
	} else if (steps->walk->rule_of[symbol]) {
		take_rules(steps, node, steps->walk->rule_of[symbol] - 1U, depth);
	}
}

void grammar_walk(const struct grammar_walk *walk, TSNode root)
{
	struct steps steps = { .walk = walk, .name_at = UINT32_MAX };
	TSTreeCursor cursor = ts_tree_cursor_new(root);
	uint32_t depth = 0;
	bool goes_on = true;

	while (goes_on) {
		visit(&steps, ts_tree_cursor_current_node(&cursor), depth);
		if (ts_tree_cursor_goto_first_child(&cursor)) {
			depth++;
			continue;
		}
		while (!(goes_on = ts_tree_cursor_goto_next_sibling(&cursor)) &&
		       ts_tree_cursor_goto_parent(&cursor))
			depth--;
	}
	ts_tree_cursor_delete(&cursor);
}
