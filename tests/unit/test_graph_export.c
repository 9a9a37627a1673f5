/* SPDX-License-Identifier: MIT */
/* Exports: the same bytes for the same facts in any order; and each form read again by a reader
 * of its own (JSON here; python3's and `dot` in tests/e2e/test_graph.py). */
#include "graph/export.h"
#include "graph_facts.h"
#include "plan/syntax.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct buf export_of(const struct graph *graph, enum export_format format)
{
	struct claims clashes = { 0 };
	struct buf out;

	buf_init(&out, 64 << 20);
	assert_int_equal(claims_find_clashes(graph, NULL, NULL, &clashes), 0);
	assert_int_equal(graph_export(graph, &clashes, format, &out), 0);
	claims_release(&clashes);
	return out;
}

static void test_order_of_facts_is_no_matter(void **state)
{
	static struct fact_world world;

	(void)state;
	for (uint64_t seed = 1; seed <= 4; seed++) {
		struct graph *graph;

		world_make(&world, seed);
		graph = world_graph(&world, 1);
		assert_non_null(graph);
		for (uint64_t order = 2; order <= 6; order++) {
			struct graph *other = world_graph(&world, order);

			assert_non_null(other);
			for (int i = 0; i < EXPORT_FORMAT_COUNT; i++) {
				struct buf a = export_of(graph, i), b = export_of(other, i);

				assert_int_equal(a.len, b.len);
				assert_memory_equal(a.data, b.data, a.len);
				buf_release(&a);
				buf_release(&b);
			}
			graph_free(other);
		}
		graph_free(graph);
	}
}

/* ---- one graph, by hand ---- */

static struct fact at_line(enum fact_kind kind, const char *file, uint32_t line)
{
	return (struct fact){ .kind = kind, .file = file, .file_len = strlen(file), .line = line };
}

static void integrate(struct graph *graph, uint32_t call, const struct fact *fact)
{
	struct facts facts = { 0 };

	facts_add(&facts, fact);
	assert_int_equal(graph_integrate(graph, call, &facts), 0);
	vec_release(&facts.list);
}

static void add_call(struct graph *graph, uint32_t call, const char *id, const char *body)
{
	struct blob *blob = blob_new(body, strlen(body));

	assert_non_null(blob);
	graph_add_call(graph, &(struct graph_call){ .call = call,
						    .tool = &world_tool,
						    .id = id,
						    .label = id,
						    .kind = NODE_QUERY,
						    .body = blob,
						    .time_ms = 1700000000123 });
	blob_unref(blob);
}

/* Two greps see line 7 of a.c, the second one after it was changed. */
static struct graph *graph_with_clash(void)
{
	static const char *const bodies[] = { "int x;\n", "int y; // \xff</script>\n" };
	struct graph *graph = graph_new();

	assert_non_null(graph);
	for (uint32_t call = 0; call < 2; call++) {
		struct fact fact = at_line(FACT_MATCH, "a.c", 7);

		add_call(graph, call, call ? "second" : "first", bodies[call]);
		fact.len = strlen(bodies[call]) - 1;
		fact.value = fact_text_hash(bodies[call], fact.len);
		integrate(graph, call, &fact);
	}
	return graph;
}

struct json {
	struct arena arena;
	struct value value;
};

static struct json read_json(const char *data, size_t len)
{
	const struct syntax_text text = { .data = data, .len = len };
	struct problem problem;
	struct json json;

	arena_init(&json.arena, 256 << 20);
	if (syntax_read_json(&text, &json.arena, &json.value, &problem) < 0)
		fail_msg("%s at line %u", problem.error.text, problem.place.line);
	return json;
}

static const struct value *get(const struct value *map, const char *key)
{
	const struct value *value = value_find(map, key);

	if (!value)
		fail_msg("no '%s'", key);
	return value;
}

static const struct value *at(const struct json *json, const char *list, size_t i)
{
	const struct value *value = get(&json->value, list);

	assert_int_equal(value->type, VALUE_LIST);
	assert_true(i < value->n_items);
	return &value->items[i];
}

static const char *str(const struct value *map, const char *key)
{
	assert_int_equal(get(map, key)->type, VALUE_STR);
	return get(map, key)->str;
}

static int64_t integer(const struct value *map, const char *key)
{
	assert_int_equal(get(map, key)->type, VALUE_INT);
	return get(map, key)->integer;
}

static size_t count(const struct json *json, const char *list)
{
	return get(&json->value, list)->n_items;
}

/* The data of a page: from the mark to the first '<', which ends its element. */
static struct json read_page(const struct buf *page)
{
	static const char mark[] = "<script type=\"application/json\" id=\"data\">";
	const char *start = strstr(page->data, mark), *end;

	assert_non_null(start);
	start += sizeof(mark) - 1;
	end = strchr(start, '<');
	assert_non_null(end);
	assert_memory_equal(end, "</script>", 9);
	return read_json(start, (size_t)(end - start));
}

static void test_json_says_who_and_what(void **state)
{
	struct graph *graph = graph_with_clash();
	struct buf out = export_of(graph, EXPORT_JSON);
	struct json json = read_json(out.data, out.len);
	const struct value *match = at(&json, "nodes", 1), *claim = at(&json, "claims", 0);
	char hash[16];

	(void)state;
	(void)snprintf(hash, sizeof(hash), "%08x", fact_text_hash("int x;", 6));
	assert_int_equal(count(&json, "nodes"), 4); /* a.c, its line 7, two queries */
	assert_string_equal(str(at(&json, "nodes", 0), "label"), "a.c");
	assert_null(value_find(at(&json, "nodes", 0), "status")); /* none said it exists */
	assert_string_equal(str(match, "kind"), "match");
	assert_string_equal(str(match, "label"), "a.c:7");
	assert_string_equal(str(match, "file"), "a.c");
	assert_int_equal(integer(match, "line"), 7);
	assert_int_equal(integer(match, "end_line"), 7);
	assert_string_equal(str(match, "text"), "int x;");
	assert_string_equal(str(match, "call"), "first");
	assert_string_equal(str(match, "hash"), hash);
	assert_string_equal(str(match, "time"), "2023-11-14T22:13:20.123Z");
	assert_string_equal(str(match, "status"), "contradicted");

	assert_int_equal(count(&json, "edges"), 3);
	assert_string_equal(str(at(&json, "edges", 0), "relation"), "contains");
	assert_string_equal(str(at(&json, "edges", 2), "relation"), "matches");
	assert_string_equal(str(at(&json, "edges", 2), "call"), "second");

	assert_int_equal(count(&json, "claims"), 1);
	assert_string_equal(str(claim, "status"), "contradicted");
	assert_int_equal(integer(claim, "node"), 1);
	assert_int_equal(get(claim, "support")->n_items, 2);
	assert_string_equal(get(claim, "support")->items[0].str, "first");
	arena_release(&json.arena);
	buf_release(&out);
	graph_free(graph);
}

static enum look_found is_second(void *data, const struct graph *graph, uint32_t node,
				 enum attribute attribute, uint64_t *ret_value)
{
	(void)graph;
	(void)node;
	(void)attribute;
	*ret_value = *(uint64_t *)data;
	return LOOK_VALUE;
}

static void test_what_files_decide_is_stale(void **state)
{
	struct graph *graph = graph_with_clash();
	struct claims clashes = { 0 };
	uint64_t now = fact_text_hash("int x;", 6);
	struct buf out;
	struct json json;

	(void)state;
	buf_init(&out, 1 << 20);
	assert_int_equal(claims_find_clashes(graph, is_second, &now, &clashes), 0);
	assert_int_equal(graph_export(graph, &clashes, EXPORT_JSON, &out), 0);
	json = read_json(out.data, out.len);
	assert_string_equal(str(at(&json, "nodes", 1), "status"), "stale");
	assert_string_equal(str(at(&json, "claims", 0), "status"), "stale");
	arena_release(&json.arena);
	claims_release(&clashes);
	buf_release(&out);
	graph_free(graph);
}

/* 100 two-byte characters and one more: the 201st byte would be half a character. */
static void test_evidence_is_cut_between_characters(void **state)
{
	struct graph *graph = graph_new();
	struct fact fact = at_line(FACT_MATCH, "a.c", 1);
	struct buf text, out;
	struct json json;

	(void)state;
	buf_init(&text, 4096);
	buf_add_char(&text, 'x');
	for (int i = 0; i < 150; i++)
		buf_add_str(&text, "\xc3\xa4");
	fact.len = text.len;
	assert_non_null(graph);
	add_call(graph, 0, "only", text.data);
	integrate(graph, 0, &fact);
	out = export_of(graph, EXPORT_JSON);
	json = read_json(out.data, out.len);
	assert_int_equal(strlen(str(at(&json, "nodes", 1), "text")), 199);
	arena_release(&json.arena);
	buf_release(&out);
	buf_release(&text);
	graph_free(graph);
}

/* Nothing of the data may end the element it is in. */
static void test_page_holds_its_data_safely(void **state)
{
	struct graph *graph = graph_with_clash();
	struct fact fact = at_line(FACT_SYMBOL, "a.c", 9);
	struct buf page, out;
	struct json json;

	(void)state;
	fact.name = "</script><!--";
	fact.name_len = strlen(fact.name);
	integrate(graph, 0, &fact);
	page = export_of(graph, EXPORT_HTML);
	json = read_page(&page);
	assert_string_equal(str(at(&json, "nodes", 1), "label"), fact.name);
	arena_release(&json.arena);
	out = export_of(graph, EXPORT_JSON);
	json = read_json(out.data, out.len);
	assert_string_equal(str(at(&json, "nodes", 1), "label"), fact.name);
	arena_release(&json.arena);
	buf_release(&out);
	buf_release(&page);
	graph_free(graph);
}

/* A page has the most telling nodes and says how many it lacks; the other forms have all. */
static void test_page_of_many_nodes(void **state)
{
	enum { MATCHES = 9000, KEPT = 6000 };
	struct graph *graph = graph_with_clash();
	struct facts facts = { 0 };
	struct buf page, out;
	struct json json;

	(void)state;
	for (uint32_t i = 0; i < MATCHES; i++) {
		struct fact fact = at_line(FACT_MATCH, "z.c", i + 1);

		fact.value = i;
		facts_add(&facts, &fact);
	}
	assert_int_equal(graph_integrate(graph, 1, &facts), 0);
	vec_release(&facts.list);
	out = export_of(graph, EXPORT_JSON);
	json = read_json(out.data, out.len);
	assert_int_equal(count(&json, "nodes"), MATCHES + 5);
	assert_null(value_find(&json.value, "left_out"));
	arena_release(&json.arena);

	page = export_of(graph, EXPORT_HTML);
	json = read_page(&page);
	assert_int_equal(count(&json, "nodes"), KEPT);
	assert_int_equal(integer(get(&json.value, "left_out"), "nodes"), MATCHES + 5 - KEPT);
	/* Numbers are of what is in it: two files, then the clash. */
	assert_int_equal(integer(at(&json, "claims", 0), "node"), 2);
	assert_string_equal(str(at(&json, "nodes", 2), "label"), "a.c:7");
	assert_int_equal(integer(at(&json, "nodes", KEPT - 1), "id"), KEPT - 1);
	assert_string_equal(str(at(&json, "nodes", KEPT - 1), "kind"), "query");
	arena_release(&json.arena);
	buf_release(&page);
	buf_release(&out);
	graph_free(graph);
}

static void test_full_buffer_is_told(void **state)
{
	struct graph *graph = graph_with_clash();

	(void)state;
	for (int i = 0; i < EXPORT_FORMAT_COUNT; i++) {
		struct buf out;

		buf_init(&out, 100);
		assert_int_equal(graph_export(graph, NULL, i, &out), -EFBIG);
		buf_release(&out);
	}
	graph_free(graph);
}

static void test_empty_graph(void **state)
{
	struct graph *graph = graph_new();
	struct buf out;
	struct json json;

	(void)state;
	assert_non_null(graph);
	out = export_of(graph, EXPORT_JSON);
	json = read_json(out.data, out.len);
	assert_int_equal(count(&json, "nodes"), 0);
	assert_int_equal(count(&json, "claims"), 0);
	arena_release(&json.arena);
	buf_release(&out);
	graph_free(graph);
}

static void test_dot_and_graphml_escape(void **state)
{
	struct graph *graph = graph_with_clash();
	struct fact fact = at_line(FACT_SYMBOL, "a.c", 9);
	struct buf out;

	(void)state;
	fact.name = "a\"b\\c&<\x01\r\n\xff";
	fact.name_len = strlen(fact.name);
	integrate(graph, 0, &fact);
	out = export_of(graph, EXPORT_DOT);
	assert_non_null(
		strstr(out.data, "[label=\"a\\\"b\\\\c&amp;<  \\n\xef\xbf\xbd\", shape=ellipse"));
	assert_non_null(strstr(out.data, "[label=\"a.c:7\", shape=box"));
	assert_non_null(strstr(out.data, "color=\"#c1121f\""));
	buf_release(&out);
	out = export_of(graph, EXPORT_GRAPHML);
	assert_non_null(strstr(out.data, "<data key=\"label\">a\"b\\c&amp;&lt;&#13;\n\xef\xbf\xbd"
					 "</data>"));
	buf_release(&out);
	graph_free(graph);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order_of_facts_is_no_matter),
		cmocka_unit_test(test_json_says_who_and_what),
		cmocka_unit_test(test_what_files_decide_is_stale),
		cmocka_unit_test(test_evidence_is_cut_between_characters),
		cmocka_unit_test(test_page_holds_its_data_safely),
		cmocka_unit_test(test_page_of_many_nodes),
		cmocka_unit_test(test_full_buffer_is_told),
		cmocka_unit_test(test_empty_graph),
		cmocka_unit_test(test_dot_and_graphml_escape),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
