/* SPDX-License-Identifier: MIT */
/* The store of the graph: what merges and what clashes, in any order of facts, and without memory.
 * Exports of random facts in random order are compared in test_graph_export.c. */
#include "graph/claim.h"
#include "graph/export.h"
#include "graph_facts.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#if defined(__has_feature)
#define HAS_FEATURE(feature) __has_feature(feature)
#else
#define HAS_FEATURE(feature) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) ||                               \
	HAS_FEATURE(address_sanitizer) || HAS_FEATURE(thread_sanitizer)
#define HAS_OWN_MALLOC 0 /* the sanitizer has, and it never fails */
#else
#define HAS_OWN_MALLOC 1
#endif

/* ---- memory that ends ---- */

static size_t n_allocations, failing = SIZE_MAX; /* that one gives NULL, and the next do not */

#if HAS_OWN_MALLOC
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);

static bool is_to_fail(void)
{
	return n_allocations++ == failing;
}

void *malloc(size_t size)
{
	return is_to_fail() ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	return is_to_fail() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *old, size_t size)
{
	return is_to_fail() ? NULL : __libc_realloc(old, size);
}
#endif

/* ---- facts by hand ---- */

static struct graph *new_graph(uint32_t n_calls)
{
	struct graph *graph = graph_new();

	assert_non_null(graph);
	for (uint32_t call = 0; call < n_calls; call++) {
		char id[16];

		(void)snprintf(id, sizeof(id), "c%u", (unsigned)call);
		graph_add_call(graph, &(struct graph_call){ .call = call,
							    .tool = &world_tool,
							    .id = id,
							    .label = "make test",
							    .kind = NODE_COMMAND,
							    .time_ms = 1000 + call });
	}
	return graph;
}

static void say(struct graph *graph, uint32_t call, struct fact fact)
{
	struct facts facts = { 0 };

	if (fact.file)
		fact.file_len = strlen(fact.file);
	if (fact.name)
		fact.name_len = strlen(fact.name);
	facts_add(&facts, &fact);
	assert_int_equal(graph_integrate(graph, call, &facts), 0);
	vec_release(&facts.list);
}

static struct fact exists(bool does)
{
	return (struct fact){ .kind = FACT_EXISTS, .file = "a.c", .value = does };
}

static uint32_t find_a(const struct graph *graph)
{
	uint32_t id = graph_find_file(graph, "a.c", 3);

	assert_int_not_equal(id, NODE_NONE);
	return id;
}

static char *words_of(const struct graph *graph, uint32_t node, enum attribute attribute)
{
	struct claim claim;
	struct buf words;

	buf_init(&words, 1 << 16);
	assert_true(claim_find(graph, node, attribute, &claim));
	claim_write(graph, &claim, &words);
	return buf_take(&words, NULL);
}

static void test_lowest_calls_stay(void **state)
{
	static const uint32_t calls[] = { 9, 3, 7, 3, 1, 5, 9, 2, 1 };
	static const uint32_t lowest[] = { 1, 2, 3, 5 };

	(void)state;
	for (int backwards = 0; backwards < 2; backwards++) {
		struct graph *graph = new_graph(10);
		const struct observation *o;

		for (size_t i = 0; i < 9; i++)
			say(graph, calls[backwards ? 8 - i : i], exists(true));
		o = &graph->observations
			     .items[graph_find_observation(graph, find_a(graph), ATTR_EXISTS)];
		assert_int_equal(o->n_calls, OBSERVATION_CALLS);
		assert_memory_equal(o->calls, lowest, sizeof(lowest));
		assert_int_equal(graph->n_clashes, 0);
		graph_free(graph);
	}
}

static void test_one_two_and_against(void **state)
{
	struct graph *graph = new_graph(3);
	struct claims clashes = { 0 };
	struct claim claim;

	(void)state;
	assert_int_equal(graph_find_file(graph, "a.c", 3), NODE_NONE);
	say(graph, 0, exists(true));
	assert_true(claim_find(graph, find_a(graph), ATTR_EXISTS, &claim));
	assert_int_equal(claim.status, CLAIM_SINGLE);
	assert_false(claim_find(graph, find_a(graph), ATTR_LENGTH, &claim));
	say(graph, 0, exists(true)); /* the same one again is no second */
	assert_true(claim_find(graph, find_a(graph), ATTR_EXISTS, &claim));
	assert_int_equal(claim.status, CLAIM_SINGLE);
	say(graph, 1, exists(true));
	assert_true(claim_find(graph, find_a(graph), ATTR_EXISTS, &claim));
	assert_int_equal(claim.status, CLAIM_AGREED);
	assert_int_equal(claims_find_clashes(graph, NULL, NULL, &clashes), 0);
	assert_int_equal(clashes.list.n, 0);

	say(graph, 2, exists(false));
	assert_int_equal(graph->n_clashes, 1);
	assert_int_equal(claims_find_clashes(graph, NULL, NULL, &clashes), 0);
	assert_int_equal(clashes.list.n, 1);
	assert_int_equal(clashes.list.items[0].node, find_a(graph));
	assert_int_equal(clashes.list.items[0].status, CLAIM_CONTRADICTED);
	claims_release(&clashes);
	graph_free(graph);
}

/* A page is stale when what it is about has changed since it was published; in any order. */
static void test_pages_older_than_code(void **state)
{
	static const char page[] = "https://a.example/x", commit[] = "0123456789abcdef";
	const struct fact facts[] = {
		{ .kind = FACT_PAGE, .name = page, .name_len = sizeof(page) - 1, .value = 1000000 },
		{ .kind = FACT_ABOUT,
		  .name = page,
		  .name_len = sizeof(page) - 1,
		  .file = "a.c",
		  .file_len = 3 },
		{ .kind = FACT_CHANGE,
		  .name = commit,
		  .name_len = sizeof(commit) - 1,
		  .file = "a.c",
		  .file_len = 3 },
		{ .kind = FACT_COMMIT, .name = commit, .name_len = sizeof(commit) - 1 },
	};

	(void)state;
	for (unsigned round = 0; round < 8; round++) {
		struct graph *graph = new_graph(1);
		struct claims clashes = { 0 };
		CLEANUP(buf) struct buf text = { .max = 1000 };
		bool is_older = round & 4;

		for (unsigned i = 0; i < 4; i++) {
			struct fact fact = facts[(i + round) % 4];

			if (fact.kind == FACT_COMMIT)
				fact.value = is_older ? 2000000 : 500000;
			say(graph, 0, fact);
		}
		assert_int_equal(claims_find_clashes(graph, NULL, NULL, &clashes), 0);
		assert_int_equal(clashes.list.n, is_older);
		if (is_older) {
			assert_int_equal(clashes.list.items[0].status, CLAIM_STALE);
			claim_write(graph, &clashes.list.items[0], &text);
			assert_string_equal(
				text.data, "https://a.example/x of 1970-01-12 speaks of a.c, "
					   "which commit 0123456789ab of 1970-01-24 changed since");
		}
		claims_release(&clashes);
		graph_free(graph);
	}
}

/* A line that was matched, then read as something else, or the other way round. */
static void test_readings_against_matches(void **state)
{
	static const char old[] = "int x;", new[] = "int y;";
	uint32_t hashes[] = { 1, fact_text_hash(new, 6), 3 };
	char *words[2];

	(void)state;
	for (int read_first = 0; read_first < 2; read_first++) {
		struct graph *graph = new_graph(2);
		struct fact match = { .kind = FACT_MATCH,
				      .file = "a.c",
				      .line = 11,
				      .value = fact_text_hash(old, 6) };
		struct fact reading = { .kind = FACT_READ,
					.file = "a.c",
					.line = 10,
					.line_hashes = hashes,
					.n_lines = 3 };
		struct claims clashes = { 0 };

		say(graph, read_first, read_first ? reading : match);
		say(graph, !read_first, read_first ? match : reading);
		assert_int_equal(claims_find_clashes(graph, NULL, NULL, &clashes), 0);
		assert_int_equal(clashes.list.n, 1);
		assert_int_equal(clashes.list.items[0].attribute, ATTR_TEXT);
		/* A line that was not read, and one that was read as it was matched. */
		match.line = 13;
		say(graph, 0, match);
		match.line = 11;
		match.value = fact_text_hash(new, 6);
		say(graph, 0, match);
		assert_int_equal(graph->n_clashes, 1);
		claims_release(&clashes);
		graph_free(graph);
	}
	for (int read_first = 0; read_first < 2; read_first++) { /* the same calls, other order */
		struct graph *graph = new_graph(2);
		struct fact facts[] = {
			{ .kind = FACT_MATCH,
			  .file = "a.c",
			  .line = 11,
			  .value = fact_text_hash(old, 6) },
			{ .kind = FACT_READ,
			  .file = "a.c",
			  .line = 10,
			  .line_hashes = hashes,
			  .n_lines = 3 },
		};
		struct claims clashes = { 0 };
		struct buf text;

		say(graph, (uint32_t)read_first, facts[read_first]);
		say(graph, !read_first, facts[!read_first]);
		assert_int_equal(claims_find_clashes(graph, NULL, NULL, &clashes), 0);
		buf_init(&text, 4096);
		claim_write(graph, &clashes.list.items[0], &text);
		words[read_first] = buf_take(&text, NULL);
		claims_release(&clashes);
		graph_free(graph);
	}
	assert_string_equal(words[0], words[1]);
	assert_non_null(strstr(words[0], "a.c:11 reads"));
	free(words[0]);
	free(words[1]);
}

static void test_nodes_and_edges_merge(void **state)
{
	struct graph *graph = new_graph(3);
	struct blob *body = blob_new("int main(void)\n", 15);
	struct fact symbol = { .kind = FACT_SYMBOL,
			       .file = "a.c",
			       .name = "main",
			       .line = 3,
			       .end_line = 5,
			       .weight = 2 };
	const struct node *node;
	const char *text;
	size_t len;

	(void)state;
	graph_add_call(graph, &(struct graph_call){ .call = 1,
						    .tool = &world_tool,
						    .id = "c1",
						    .label = "x",
						    .kind = NODE_QUERY,
						    .body = body,
						    .time_ms = 5000 });
	blob_unref(body); /* the graph holds it */
	say(graph, 2, symbol);
	symbol.end_line = 9;
	symbol.weight = 1;
	symbol.at = 4;
	symbol.len = 4;
	say(graph, 1, symbol);
	symbol.end_line = 7;
	symbol.len = 0;
	symbol.sub = 1;
	symbol.weight = 7;
	say(graph, 0, symbol);
	symbol.line = 4; /* another one */
	say(graph, 0, symbol);
	assert_int_equal(graph->edges.n, 2);
	assert_int_equal(graph->edges.items[0].call, 0);
	assert_int_equal(graph->edges.items[0].weight, 7);
	node = &graph->nodes.items[graph->edges.items[0].to];
	assert_int_equal(node->kind, NODE_SYMBOL);
	assert_int_equal(node->end_line, 9);
	assert_int_equal(node->sub, 1);
	assert_int_equal(node->call, 1); /* the one that shows it, though not the first to say so */
	assert_int_equal(node->time_ms, 5000);
	text = graph_evidence(graph, node, &len);
	assert_int_equal(len, 4);
	assert_memory_equal(text, "main", 4);
	graph_free(graph);
}

static void test_evidence_outside_of_its_body(void **state)
{
	struct graph *graph = new_graph(1);
	struct node node = { .call = 0, .at = 4, .len = 4 };
	size_t len;

	(void)state;
	assert_string_equal(graph_evidence(graph, &node, &len), ""); /* it has no body */
	assert_int_equal(len, 0);
	node.call = 99;
	assert_string_equal(graph_evidence(graph, &node, &len), "");
	assert_int_equal(len, 0);
	graph_free(graph);
}

/* More values than are told: the ones of the lowest calls are, in their order. */
static void test_many_answers(void **state)
{
	enum { ANSWERS = 20 };
	char *words[2];

	(void)state;
	for (int backwards = 0; backwards < 2; backwards++) {
		struct graph *graph = new_graph(ANSWERS);

		for (uint32_t i = 0; i < ANSWERS; i++) {
			uint32_t call = backwards ? ANSWERS - 1 - i : i;

			say(graph, call, (struct fact){ .kind = FACT_ANSWER, .value = call * 7 });
		}
		words[backwards] = words_of(graph, graph->sources.items[0].node, ATTR_ANSWER);
		assert_int_equal(graph->n_clashes, 1);
		graph_free(graph);
	}
	assert_string_equal(words[0], words[1]);
	assert_non_null(strstr(words[0], "make test answered 0000000000000000 (c0) / answered"));
	assert_non_null(strstr(words[0], "(c7)"));
	assert_null(strstr(words[0], "(c8)"));
	free(words[0]);
	free(words[1]);
}

static void test_calls_come_in_any_order(void **state)
{
	struct graph *graph = graph_new();
	struct graph_call call = {
		.call = 5, .tool = &world_tool, .id = "late", .label = "x", .kind = NODE_QUERY
	};

	(void)state;
	assert_non_null(graph);
	graph_add_call(graph, &call);
	say(graph, 5, exists(true));
	call.call = 2;
	call.id = "early";
	graph_add_call(graph, &call);
	say(graph, 2, exists(true));
	assert_null(graph->sources.items[0].tool);
	assert_int_equal(graph->sources.items[2].node, graph->sources.items[5].node);
	assert_int_equal(graph->edges.n, 1);
	assert_string_equal(graph->sources.items[graph->edges.items[0].call].id, "early");
	graph_free(graph);
}

/* Facts may be made of what the graph itself says, and bring in any number of new names. */
static void test_facts_of_own_names(void **state)
{
	enum { N_COMMITS = 5000 };
	struct graph *graph = new_graph(1);
	struct facts facts = { 0 };
	static char ids[N_COMMITS][48];
	size_t n_files = 0;
	const char *path;

	(void)state;
	say(graph, 0, exists(true));
	path = graph_name(graph, find_a(graph));
	for (size_t i = 0; i < N_COMMITS; i++) {
		(void)snprintf(ids[i], sizeof(ids[i]), "%040zx", i);
		facts_add(&facts, &(struct fact){ .kind = FACT_CHANGE,
						  .file = path,
						  .file_len = strlen(path),
						  .name = ids[i],
						  .name_len = 40 });
	}
	assert_int_equal(graph_integrate(graph, 0, &facts), 0);
	vec_release(&facts.list);
	for (size_t i = 0; i < graph->nodes.n; i++)
		n_files += graph->nodes.items[i].kind == NODE_FILE;
	assert_int_equal(n_files, 1);
	assert_ptr_equal(graph_name(graph, find_a(graph)), path);
	graph_free(graph);
}

static void test_names_end_at_a_nul(void **state)
{
	struct graph *graph = new_graph(1);
	struct facts facts = { 0 };

	(void)state;
	facts_add(
		&facts,
		&(struct fact){ .kind = FACT_EXISTS, .file = "a.c\0b", .file_len = 5, .value = 1 });
	assert_int_equal(graph_integrate(graph, 0, &facts), 0);
	vec_release(&facts.list);
	assert_string_equal(graph_name(graph, find_a(graph)), "a.c");
	graph_free(graph);
}

/* Each allocation failed once: what comes is nothing, or all of it. */
static void test_without_memory(void **state)
{
	static struct fact_world world;
	struct claims clashes = { 0 };
	struct graph *graph;
	size_t total, step, n_failed = 0;
	struct buf all, out;

	(void)state;
	if (!HAS_OWN_MALLOC)
		skip();
	world_make(&world, 7);
	n_allocations = 0;
	graph = world_graph(&world, 3);
	total = n_allocations;
	assert_non_null(graph);
	assert_true(total > WORLD_FACTS);
	buf_init(&all, 1 << 24);
	assert_int_equal(claims_find_clashes(graph, NULL, NULL, &clashes), 0);
	assert_int_equal(graph_export(graph, &clashes, EXPORT_JSON, &all), 0);
	step = 1;
	for (size_t at = 0; at < total; at += step) {
		struct graph *other;

		step = at < 60 ? 1 : 89; /* later ones are alike */
		n_allocations = 0;
		failing = at;
		other = world_graph(&world, 3);
		failing = SIZE_MAX;
		assert_null(other);
		n_failed++;
	}
	assert_true(n_failed > 100);

	for (size_t at = 0;; at++) {
		struct claims found = { 0 };
		int r;

		buf_init(&out, 1 << 24);
		n_allocations = 0;
		failing = at;
		r = claims_find_clashes(graph, NULL, NULL, &found);
		if (r == 0)
			r = graph_export(graph, &found, EXPORT_JSON, &out);
		failing = SIZE_MAX;
		claims_release(&found);
		total = n_allocations;
		if (r == 0 && total > at)
			assert_memory_equal(out.data, all.data, all.len);
		else if (r < 0)
			assert_int_equal(r, -ENOMEM);
		buf_release(&out);
		if (at > 400 || total <= at)
			break;
	}
	buf_release(&all);
	claims_release(&clashes);
	graph_free(graph);
}

/* What misses one fact misses it for good, and says so. */
static void test_lack_of_memory_stays(void **state)
{
	struct graph *graph = new_graph(1);
	struct facts facts = { .is_out_of_memory = true };

	(void)state;
	assert_int_equal(graph_integrate(graph, 0, &facts), -ENOMEM);
	facts.is_out_of_memory = false;
	assert_int_equal(graph_integrate(graph, 0, &facts), -ENOMEM);
	graph_free(graph);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lowest_calls_stay),
		cmocka_unit_test(test_one_two_and_against),
		cmocka_unit_test(test_pages_older_than_code),
		cmocka_unit_test(test_readings_against_matches),
		cmocka_unit_test(test_nodes_and_edges_merge),
		cmocka_unit_test(test_evidence_outside_of_its_body),
		cmocka_unit_test(test_many_answers),
		cmocka_unit_test(test_calls_come_in_any_order),
		cmocka_unit_test(test_facts_of_own_names),
		cmocka_unit_test(test_names_end_at_a_nul),
		cmocka_unit_test(test_without_memory),
		cmocka_unit_test(test_lack_of_memory_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
