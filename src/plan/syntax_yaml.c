/* SPDX-License-Identifier: MIT */
/* YAML in, from libyaml's events. What plain scalars mean is decided in scalar.c. Errors of libyaml
 * are put in words that say what to do, as most come from patterns that were not quoted. */
#include "base/str.h"
#include "base/utf8.h"
#include "plan/scalar.h"
#include "plan/syntax.h"
#include "plan/tree.h"

#include <yaml.h>

struct yaml_reader {
	yaml_parser_t parser;
	const struct syntax_text *text;
	struct tree tree;
	unsigned depth;
};

static struct place place_of(const struct yaml_reader *yaml, const yaml_mark_t *mark)
{
	unsigned first = yaml->text->line ? yaml->text->line : 1;

	return (struct place){ first + (unsigned)mark->line, 1 + (unsigned)mark->column };
}

/* The rest of the text from a mark on; empty beyond its end. */
static const char *text_at(const struct yaml_reader *yaml, const yaml_mark_t *mark, size_t *ret_len)
{
	const char *at = yaml->text->data, *end = at + yaml->text->len;

	for (size_t line = 0; line < mark->line && at < end; line++) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));

		at = newline ? newline + 1 : end;
	}
	for (size_t column = 0; column < mark->column && at < end; column++) {
		size_t n = utf8_sequence((const unsigned char *)at, (size_t)(end - at));

		at += n ? n : 1;
	}
	*ret_len = (size_t)(end - at);
	return at;
}

/* libyaml's reader gives a byte offset instead of a mark. */
static int bad_bytes(struct yaml_reader *yaml)
{
	yaml_mark_t mark = { 0 };
	const char *at = yaml->text->data;

	for (size_t i = 0; i < yaml->parser.problem_offset && i < yaml->text->len; i++) {
		if (at[i] == '\n') {
			mark.line++;
			mark.column = 0;
		} else if ((at[i] & 0xc0) != 0x80) {
			mark.column++;
		}
	}
	if (yaml->parser.problem_value == 0)
		return problem_set(yaml->tree.problem, place_of(yaml, &mark), ERROR_INVALID,
				   "a NUL byte: this is not a text");
	if (strstr(yaml->parser.problem, "UTF-8"))
		return problem_set(yaml->tree.problem, place_of(yaml, &mark), ERROR_INVALID,
				   "invalid UTF-8");
	return problem_set(yaml->tree.problem, place_of(yaml, &mark), ERROR_INVALID,
			   "the control character 0x%02x is not allowed here",
			   (unsigned)yaml->parser.problem_value);
}

static int bad_first_char(struct yaml_reader *yaml, const yaml_mark_t *mark)
{
	size_t len;
	const char *at = text_at(yaml, mark, &len);
	struct place place = place_of(yaml, mark);

	if (len && *at == '\t')
		return problem_set(yaml->tree.problem, place, ERROR_INVALID,
				   "YAML is indented with spaces, not with tabs");
	return problem_set(yaml->tree.problem, place, ERROR_INVALID,
			   "a value that starts with '%.1s' must be put in quotes", len ? at : "");
}

static int bad_syntax(struct yaml_reader *yaml)
{
	const yaml_parser_t *parser = &yaml->parser;
	const char *context = parser->context ? parser->context : "";
	const char *problem = parser->problem ? parser->problem : "it cannot be read";
	struct place place = place_of(yaml, &parser->problem_mark);

	if (parser->error == YAML_MEMORY_ERROR)
		return tree_no_memory(&yaml->tree, (struct place){ 0 });
	if (parser->error == YAML_READER_ERROR)
		return bad_bytes(yaml);
	if (str_equal(context, "while scanning an alias") ||
	    str_equal(context, "while scanning an anchor") ||
	    str_equal(context, "while scanning a tag"))
		return bad_first_char(yaml, &parser->context_mark);
	if (strstr(problem, "cannot start any token"))
		return bad_first_char(yaml, &parser->problem_mark);
	if (str_equal(problem, "mapping values are not allowed in this context"))
		return problem_set(
			yaml->tree.problem, place, ERROR_INVALID,
			"a ':' is not expected here; put text that holds ': ' in quotes");
	if (!*context)
		return problem_set(yaml->tree.problem, place, ERROR_INVALID, "%s", problem);
	return problem_set(yaml->tree.problem, place, ERROR_INVALID, "%s %s that starts at %u:%u",
			   problem, context, place_of(yaml, &parser->context_mark).line,
			   place_of(yaml, &parser->context_mark).column);
}

static int next_event(struct yaml_reader *yaml, yaml_event_t *ret_event)
{
	return yaml_parser_parse(&yaml->parser, ret_event) ? 0 : bad_syntax(yaml);
}

static int refuse(struct yaml_reader *yaml, const yaml_event_t *event, const char *what)
{
	return problem_set(yaml->tree.problem, place_of(yaml, &event->start_mark), ERROR_INVALID,
			   "%s; put text that starts so in quotes", what);
}

/* Anchors would let a small text grow without end, tags name types that nothing here has. */
static int check_properties(struct yaml_reader *yaml, const yaml_event_t *event)
{
	const yaml_char_t *anchor = NULL, *tag = NULL;

	if (event->type == YAML_ALIAS_EVENT)
		return refuse(yaml, event, "aliases ('*') are not supported");
	if (event->type == YAML_SCALAR_EVENT) {
		anchor = event->data.scalar.anchor;
		tag = event->data.scalar.tag;
	} else if (event->type == YAML_SEQUENCE_START_EVENT) {
		anchor = event->data.sequence_start.anchor;
		tag = event->data.sequence_start.tag;
	} else if (event->type == YAML_MAPPING_START_EVENT) {
		anchor = event->data.mapping_start.anchor;
		tag = event->data.mapping_start.tag;
	}
	if (anchor)
		return refuse(yaml, event, "anchors ('&') are not supported");
	return tag ? refuse(yaml, event, "tags ('!') are not supported") : 0;
}

static int read_scalar(struct yaml_reader *yaml, const yaml_event_t *event, struct value *ret_value)
{
	const char *text = (const char *)event->data.scalar.value;
	size_t len = event->data.scalar.length;

	ret_value->type = VALUE_STR;
	ret_value->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	if (!ret_value->quoted) {
		int r = scalar_resolve(text, len, ret_value);

		if (r < 0)
			return problem_set(yaml->tree.problem, ret_value->place, ERROR_INVALID,
					   "the number '%.40s' is too big; put it in quotes if "
					   "it is a text",
					   text);
		if (ret_value->type != VALUE_STR)
			return 0;
	}
	ret_value->str = arena_memdup0(yaml->tree.arena, text, len);
	ret_value->len = len;
	return ret_value->str ? 0 : tree_no_memory(&yaml->tree, ret_value->place);
}

static int read_key(struct yaml_reader *yaml, const yaml_event_t *event,
		    struct value_pair *ret_pair)
{
	const char *text = (const char *)event->data.scalar.value;
	size_t len = event->data.scalar.length;
	int r = check_properties(yaml, event);

	ret_pair->key_place = place_of(yaml, &event->start_mark);
	if (r < 0)
		return r;
	if (event->type != YAML_SCALAR_EVENT)
		return problem_set(yaml->tree.problem, ret_pair->key_place, ERROR_INVALID,
				   "a key must be a word or a string");
	if (memchr(text, '\0', len))
		return problem_set(yaml->tree.problem, ret_pair->key_place, ERROR_INVALID,
				   "a key holds a NUL");
	if (str_equal(text, "<<") && event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE)
		return refuse(yaml, event, "merge keys ('<<') are not supported");
	ret_pair->key = arena_memdup0(yaml->tree.arena, text, len);
	return ret_pair->key ? 0 : tree_no_memory(&yaml->tree, ret_pair->key_place);
}

static int read_node(struct yaml_reader *yaml, const yaml_event_t *event, struct value *ret_value);

/* One item of a list, or key and value of a map; *ret_end: there is no more. */
static int read_item(struct yaml_reader *yaml, enum value_type type, bool *ret_end)
{
	struct value_pair pair = { 0 };
	yaml_event_t event;
	int r = next_event(yaml, &event);

	if (r < 0)
		return r;
	*ret_end = event.type == YAML_SEQUENCE_END_EVENT || event.type == YAML_MAPPING_END_EVENT;
	if (!*ret_end && type == VALUE_MAP) {
		r = read_key(yaml, &event, &pair);
		yaml_event_delete(&event);
		if (r == 0)
			r = next_event(yaml, &event);
		if (r < 0)
			return r;
	}
	if (!*ret_end)
		r = read_node(yaml, &event, &pair.value);
	yaml_event_delete(&event);
	return r < 0 || *ret_end ? r : tree_push(&yaml->tree, &pair);
}

static int read_items(struct yaml_reader *yaml, struct value *ret_value)
{
	size_t from = yaml->tree.stack.n;
	bool is_end = false;

	if (yaml->depth == SYNTAX_DEPTH_MAX)
		return problem_set(yaml->tree.problem, ret_value->place, ERROR_LIMIT,
				   "nested more than %d deep", SYNTAX_DEPTH_MAX);
	yaml->depth++;
	while (!is_end) {
		int r = read_item(yaml, ret_value->type, &is_end);

		if (r < 0)
			return r;
	}
	yaml->depth--;
	return tree_close(&yaml->tree, from, ret_value);
}

static int read_node(struct yaml_reader *yaml, const yaml_event_t *event, struct value *ret_value)
{
	int r = check_properties(yaml, event);

	*ret_value = (struct value){ .place = place_of(yaml, &event->start_mark) };
	if (r < 0)
		return r;
	if (event->type == YAML_SCALAR_EVENT)
		return read_scalar(yaml, event, ret_value);
	ret_value->type = event->type == YAML_MAPPING_START_EVENT ? VALUE_MAP : VALUE_LIST;
	return read_items(yaml, ret_value);
}

/* One event of the frame around the node: it has to be of this type. */
static int read_frame(struct yaml_reader *yaml, yaml_event_type_t type, const char *otherwise)
{
	yaml_event_t event;
	struct place place;
	int r = next_event(yaml, &event);
	bool fits;

	if (r < 0)
		return r;
	fits = event.type == type;
	place = place_of(yaml, &event.start_mark);
	yaml_event_delete(&event);
	return fits ? 0 : problem_set(yaml->tree.problem, place, ERROR_INVALID, "%s", otherwise);
}

static int read_document(struct yaml_reader *yaml, struct value *ret_value)
{
	yaml_event_t event;
	int r = read_frame(yaml, YAML_STREAM_START_EVENT, "this is not YAML");

	if (r == 0)
		r = read_frame(yaml, YAML_DOCUMENT_START_EVENT, "the text is empty");
	if (r == 0)
		r = next_event(yaml, &event);
	if (r < 0)
		return r;
	r = read_node(yaml, &event, ret_value);
	yaml_event_delete(&event);
	if (r == 0)
		r = read_frame(yaml, YAML_DOCUMENT_END_EVENT, "the document should end here");
	if (r == 0)
		r = read_frame(yaml, YAML_STREAM_END_EVENT, "a second document is not expected");
	return r;
}

int syntax_read_yaml(const struct syntax_text *text, struct arena *arena, struct value *ret_value,
		     struct problem *ret_problem)
{
	struct yaml_reader yaml = {
		.text = text,
		.tree = { .arena = arena, .problem = ret_problem },
	};
	struct value value;
	int r;

	if (!yaml_parser_initialize(&yaml.parser))
		return tree_no_memory(&yaml.tree, (struct place){ 0 });
	yaml_parser_set_encoding(&yaml.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&yaml.parser, (const unsigned char *)text->data, text->len);
	r = read_document(&yaml, &value);
	yaml_parser_delete(&yaml.parser);
	tree_release(&yaml.tree);
	if (r == 0)
		*ret_value = value;
	return r;
}
