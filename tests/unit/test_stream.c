/* SPDX-License-Identifier: MIT */
/* Results into the graph: those of a real run, in which files change on the way, give the same
 * graph, the same clashes and the same ranking in whatever order they come. */
#include "graph/stream.h"
#include "os/supervisor.h"

#include "api/toolbox.h"
#include "base/buf.h"
#include "engine/engine.h"
#include "graph/claim.h"
#include "graph/export.h"
#include "graph/rank.h"
#include "plan/workflow.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { ROUNDS = 60, CALLS_MAX = 128 };

static const char workflow[] =
	"{\"name\":\"w\",\"phases\":["
	"{\"name\":\"a\",\"codebase\":{"
	"\"glob\":[\"**/*\",\"*.c\"],"
	"\"mentions\":[{\"words\":[\"upload\"]},{\"words\":[\"retry\"]},{\"words\":[\"cache\"]}],"
	"\"grep\":[\"retry\",{\"pattern\":\"retry\",\"output_mode\":\"content\",\"-C\":1},"
	"{\"pattern\":\"upload\",\"output_mode\":\"count\"},"
	"{\"pattern\":\"upload\",\"output_mode\":\"content\"}],"
	"\"read\":[\"a.c\",\"b.py\",\"c.md\",\"d.js\",\"nowhere.c\"]}},"
	"{\"name\":\"b\",\"needs\":[\"a\"],\"codebase\":{"
	"\"glob\":[\"**/*.*\"],\"mentions\":[{\"words\":[\"proxy\"]}],"
	"\"grep\":[{\"pattern\":\"retr\",\"output_mode\":\"content\"}],"
	"\"read\":[{\"file_path\":\"a.c\",\"limit\":0},{\"file_path\":\"b.py\",\"limit\":0},"
	"{\"file_path\":\"d.js\",\"limit\":0}]}}]}";

static const char *const files[][2] = {
	{ "a.c", "int upload_retry(int n)\n{\n\treturn cache(n) ? upload_retry(n - 1) : 0;\n}\n" },
	{ "b.py", "class Cache:\n    def upload(self):\n        return retry(self)\n" },
	{ "c.md", "# Uploads\n\nAn upload is tried again: see retry in b.py.\n" },
	{ "d.js",
	  "import { Cache } from './b';\nexport function retryUpload() { return Cache; }\n" },
	{ "e.txt", "retry proxy retry\n\n\nupload\n" },
};

struct recorded {
	char root[64];
	struct plan *plan;
	struct engine *engine;
	struct run *run;
	bool is_done;
};

static void write_file(const char *root, const char *name, const char *text)
{
	char path[128];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", root, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

/* Between the two phases a file goes and two are altered. */
static void see(void *data, struct run *run, const struct event *event)
{
	struct recorded *recorded = data;
	char path[128];

	(void)run;
	recorded->is_done |= event->type == EVENT_RUN_FINISHED;
	if (event->type != EVENT_PHASE_FINISHED || strcmp(event->phase, "a") != 0)
		return;
	(void)snprintf(path, sizeof(path), "%s/d.js", recorded->root);
	assert_int_equal(unlink(path), 0);
	write_file(recorded->root, "a.c", "int upload_retry(int n)\n{\n}\n");
	write_file(recorded->root, "b.py",
		   "class Cache:\n    def download(self):\n        return retry(self)\n");
}

static void make_tree(const char *root)
{
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		write_file(root, files[i][0], files[i][1]);
}

static int record(void **state)
{
	static struct recorded recorded;
	const struct workflow_text text = { "w", workflow, sizeof(workflow) - 1 };
	struct engine_conf conf = { 0 };
	struct problems problems;
	struct error err;

	recorded = (struct recorded){ .root = "/tmp/volley-stream-XXXXXX" };
	assert_non_null(mkdtemp(recorded.root));
	make_tree(recorded.root);
	conf.root_path = recorded.root;
	assert_int_equal(workflow_load(&text, toolbox_builtin(), &recorded.plan, &problems), 0);
	if (engine_new(&conf, &recorded.engine, &err) < 0)
		fail_msg("%s", err.text);
	assert_true(engine_listen(recorded.engine, see, &recorded) > 0);
	assert_int_equal(run_start(recorded.engine, recorded.plan, &recorded.run, &err), 0);
	assert_int_equal(engine_run_until(recorded.engine, &recorded.is_done, &err), 0);
	assert_true(recorded.is_done && recorded.plan->n_calls < CALLS_MAX);
	*state = &recorded;
	return 0;
}

static int forget(void **state)
{
	struct recorded *recorded = *state;
	char command[128];

	assert_true(run_free(recorded->run));
	engine_free(recorded->engine);
	plan_free(recorded->plan);
	(void)snprintf(command, sizeof(command), "rm -r %s", recorded->root);
	return system(command);
}

/* All that the graph comes to, as text. */
static void tell(const struct graph *graph, const struct recorded *recorded, struct buf *out)
{
	uint32_t *words = calloc(graph->nodes.n + 1, sizeof(*words));
	struct rank_conf conf = { .graph = graph, .word_of_node = words };
	struct ranking ranking;
	struct claims claims = { 0 };

	assert_non_null(words);
	for (size_t i = 0; i < graph->nodes.n; i++)
		words[i] = UINT32_MAX;
	for (uint32_t i = 0; i < recorded->plan->n_calls; i++)
		words[graph->sources.items[i].node] = i;
	assert_int_equal(claims_find_clashes(graph, NULL, NULL, &claims), 0);
	for (size_t i = 0; i < claims.list.n; i++) {
		claim_write(graph, &claims.list.items[i], out);
		buf_add_char(out, '\n');
	}
	if (claims.list.n < 4)
		fail_msg("%.2000s", out->data ? out->data : "no clash");
	assert_int_equal(graph_export(graph, &claims, EXPORT_JSON, out), 0);
	assert_int_equal(rank_files(&conf, &ranking), 0);
	for (size_t i = 0; i < ranking.n; i++)
		buf_printf(out, "%s %a\n", graph_name(graph, ranking.items[i].node),
			   ranking.items[i].score); /* to the last bit */
	assert_true(ranking.n >= 5);
	ranking_release(&ranking);
	claims_release(&claims);
	free(words);
}

static void feed(const struct recorded *recorded, const uint32_t *order, size_t batch,
		 struct buf *out)
{
	struct graph *graph = graph_new();
	struct stream_item items[CALLS_MAX];
	size_t n = recorded->plan->n_calls;

	assert_non_null(graph);
	for (size_t i = 0; i < n; i++)
		items[i] = (struct stream_item){ recorded->plan->calls[order[i]],
						 run_result(recorded->run, order[i]), order[i],
						 1000 + order[i] };
	for (size_t i = 0; i < n; i += batch)
		assert_int_equal(stream_take(graph, recorded->root, items + i,
					     n - i < batch ? n - i : batch),
				 0);
	buf_clear(out);
	tell(graph, recorded, out);
	assert_int_equal(buf_error(out), 0);
	graph_free(graph);
}

static void check_same(const char *a, const char *b)
{
	size_t at = 0;

	while (a[at] && a[at] == b[at])
		at++;
	if (a[at] != b[at])
		fail_msg("%.60s | %.60s", a + (at > 30 ? at - 30 : 0), b + (at > 30 ? at - 30 : 0));
}

static void test_the_order_of_results_is_no_matter(void **state)
{
	const struct recorded *recorded = *state;
	size_t n = recorded->plan->n_calls;
	CLEANUP(buf) struct buf first = { .max = 1 << 24 }, other = { .max = 1 << 24 };
	uint32_t order[CALLS_MAX], seed = 1;

	for (uint32_t i = 0; i < n; i++)
		order[i] = i;
	feed(recorded, order, n, &first);
	for (int round = 0; round < ROUNDS; round++) {
		for (size_t i = n - 1; i > 0; i--) {
			size_t k = (seed = seed * 1664525 + 1013904223) % (i + 1);
			uint32_t swap = order[i];

			order[i] = order[k];
			order[k] = swap;
		}
		feed(recorded, order, 1 + (size_t)round, &other);
		check_same(first.data, other.data);
	}
}

static void test_what_changed_is_told_with_both_sides(void **state)
{
	const struct recorded *recorded = *state;
	CLEANUP(buf) struct buf text = { .max = 1 << 24 };
	uint32_t order[CALLS_MAX];
	static const char *const wanted[] = {
		"a.c has 4 lines (a.10) / has 3 lines (b.4)",
		"d.js exists (a.1, a.3, ",
		" / does not exist (b.6)",
		"b.py:2 reads '    def upload(self):' (a.9, a.11) / reads ",
	};

	for (uint32_t i = 0; i < recorded->plan->n_calls; i++)
		order[i] = i;
	feed(recorded, order, 1, &text);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++) {
		if (!strstr(text.data, wanted[i]))
			fail_msg("no '%s' in %.3000s", wanted[i], text.data);
	}
	assert_null(strstr(text.data, "c.md:1 reads"));
	assert_null(strstr(text.data, "e.txt exists"));
}

int main(int argc, char **argv)
{
	int status = supervisor_main_if_asked(argc, argv); /* else each starts the next one */
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_order_of_results_is_no_matter),
		cmocka_unit_test(test_what_changed_is_told_with_both_sides),
	};

	if (status >= 0)
		return status;
	return cmocka_run_group_tests_name("stream", tests, record, forget);
}
