/* SPDX-License-Identifier: MIT */
/* The answer of the web: what is planted in results (agreement, a clash, copies, old pages) is
 * found, quiet results raise no alarm, the order of results is no matter, and no answer passes its
 * budget. */
#include "base/str.h"
#include "base/token_count.h"
#include "graph/statement.h"
#include "graph/web_answer.h"
#include "graph/web_text.h"
#include "model/tool.h"
#include "plan/question.h"
#include "plan/syntax.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { RESULTS_MAX = 16 };

static const struct tool read_tool = { .name = "Read" };

struct world {
	struct arena arena;
	struct question question;
	struct lexicon *lexicon;
	struct result results[RESULTS_MAX];
	size_t n_results;
	struct web_found found[RESULTS_MAX];
	struct web_read read[RESULTS_MAX];
	struct web_conf conf;
};

static void world_init(struct world *world, const char *question)
{
	struct error err;

	*world = (struct world){ 0 };
	arena_init(&world->arena, 16 << 20);
	if (question_read(question, QUESTION_WORDS_MAX, &world->arena, &world->question, &err) < 0)
		fail_msg("%s", err.text);
	world->lexicon = lexicon_new(&world->question);
	assert_non_null(world->lexicon);
	world->conf = (struct web_conf){ .question = &world->question,
					 .lexicon = world->lexicon,
					 .found = world->found,
					 .read = world->read,
					 .pages_max = WEB_PAGES_SHOWN };
}

static void world_release(struct world *world)
{
	for (size_t i = 0; i < world->n_results; i++)
		blob_unref(world->results[i].body);
	lexicon_free(world->lexicon);
	arena_release(&world->arena);
}

static struct result *add_result(struct world *world, enum payload_type payload, const char *body)
{
	struct result *result = &world->results[world->n_results++];

	assert_true(world->n_results <= RESULTS_MAX);
	*result = (struct result){ .payload = payload, .body = blob_new(body, strlen(body)) };
	assert_non_null(result->body);
	return result;
}

static void add_search(struct world *world, const char *theme, const char *body)
{
	world->found[world->conf.n_found++] =
		(struct web_found){ theme, add_result(world, PAYLOAD_WEB_SEARCH, body) };
}

struct page_text {
	const char *url, *title, *text;
	int64_t published_s;
};

static void add_page(struct world *world, const struct page_text *page)
{
	struct result *result = add_result(world, PAYLOAD_WEB_FETCH, page->text);

	result->web_fetch = (struct web_fetch_output){ .url = page->url,
						       .title = page->title,
						       .status = 200,
						       .published_s = page->published_s };
	world->read[world->conf.n_read++] = (struct web_read){ page->url, result };
}

static void make(struct world *world, struct web_answer *ret_answer)
{
	assert_int_equal(web_answer_make(&world->conf, ret_answer), 0);
}

static const struct web_page *page_of(const struct web_answer *answer, const char *part)
{
	for (size_t i = 0; i < answer->n_pages; i++) {
		if (strstr(answer->pages[i].url, part))
			return &answer->pages[i];
	}
	fail_msg("no page '%s'", part);
	return NULL;
}

static const struct web_claim *find_claim(const struct web_answer *answer, enum claim_status status,
					  const char *part)
{
	for (size_t i = 0; i < answer->n_claims; i++) {
		if (answer->claims[i].status == status && strstr(answer->claims[i].text, part))
			return &answer->claims[i];
	}
	return NULL;
}

static size_t count_claims(const struct web_answer *answer, enum claim_status status)
{
	size_t n = 0;

	for (size_t i = 0; i < answer->n_claims; i++)
		n += answer->claims[i].status == status;
	return n;
}

static void tell(const struct web_answer *answer, bool is_json, uint64_t tokens, struct buf *out)
{
	struct run_totals totals = { .wall_ns = 1500000000 };
	struct result failed = { .status = CALL_FAILED };
	struct reasons reasons = { 0 };
	struct web_report report = { .answer = answer,
				     .reasons = &reasons,
				     .account = { &totals, "20260101T000000-aaaa", tokens, true },
				     .is_json = is_json };

	for (size_t i = 0; i < ERROR_TEXT_MAX - 1; i++)
		failed.error.text[i] = "searxng: '\" "[i % 11];
	assert_true(reasons_add(&reasons, &failed));
	assert_int_equal(web_write(&report, out), 0);
	reasons_release(&reasons);
}

static void say_claims(const struct web_answer *answer)
{
	for (size_t i = 0; i < answer->n_claims; i++)
		print_message("%s %u: %s\n", claim_status_name(answer->claims[i].status),
			      answer->claims[i].n_sites, answer->claims[i].text);
}

/* ---- pages ---- */

static void test_addresses_of_a_page_are_one(void **state)
{
	struct world world;
	struct web_answer answer;

	(void)state;
	world_init(&world, "retry backoff jitter");
	add_search(
		&world, "primary",
		"{\"url\":\"https://www.a.org/retry?utm_source=x\",\"title\":\"Retry\","
		"\"passage\":\"retry with jitter\",\"by\":[\"brave\"]}\n"
		"{\"url\":\"https://b.net/other\",\"title\":\"Other\",\"passage\":\"nothing\"}\n");
	add_search(&world, "documentation",
		   "{\"url\":\"http://a.org/retry/#part\",\"title\":\"Retry and backoff\","
		   "\"passage\":\"\",\"published\":1700000000,\"by\":[\"kagi\",\"brave\"]}\n"
		   "no JSON\n{\"title\":\"no address\"}\n"
		   "{\"url\":\"man:retry(1)\",\"title\":\"retry(1)\",\"passage\":\"retry "
		   "commands\"}\n");
	make(&world, &answer);
	assert_int_equal(answer.n_pages, 2); /* the other has no word of the question */
	assert_int_equal(answer.n_seen, 3);
	assert_int_equal(answer.n_left_out, 1);
	assert_string_equal(answer.pages[0].url, "https://www.a.org/retry?utm_source=x");
	assert_string_equal(answer.pages[0].title, "Retry and backoff");
	assert_int_equal(answer.pages[0].published_s, 1700000000);
	assert_int_equal(answer.pages[0].n_searches, 2);
	assert_int_equal(answer.pages[0].n_by, 2);
	assert_string_equal(answer.pages[0].by[0], "brave");
	assert_string_equal(answer.pages[0].by[1], "kagi");
	assert_string_equal(answer.pages[0].passages[0].text, "retry with jitter");
	assert_true(answer.pages[0].score > 0.999);
	assert_string_equal(page_of(&answer, "man:")->site, "man");
	web_answer_release(&answer);
	world_release(&world);
}

/* What only the words of a theme have found is no answer; what the index of this machine found for
 * the question may have others that mean the same. */
static void test_pages_about_something_else(void **state)
{
	struct world world;
	struct web_answer answer;
	const char *urls[8];

	(void)state;
	world_init(&world, "qqzzkw vvbbxx");
	add_search(&world, "primary",
		   "{\"url\":\"https://a.org/vvbbxx\",\"title\":\"A\",\"passage\":\"b\"}\n"
		   "{\"url\":\"https://b.org/\",\"title\":\"A\",\"passage\":\"b\"}\n"
		   "{\"url\":\"man:like(1)\",\"title\":\"like(1)\",\"passage\":\"b\"}\n");
	add_search(&world, "documentation",
		   "{\"url\":\"man:cmake(1)\",\"title\":\"cmake(1)\","
		   "\"passage\":\"official documentation\"}\n"
		   "{\"url\":\"man:x(1)\",\"title\":\"x(1)\",\"passage\":\"qqzzkw\"}\n");
	assert_int_equal(web_choose(&world.conf, 8, &world.arena, urls), 3);
	make(&world, &answer);
	assert_int_equal(answer.n_pages, 3);
	assert_int_equal(answer.n_left_out, 2);
	(void)page_of(&answer, "a.org");
	(void)page_of(&answer, "man:like");
	(void)page_of(&answer, "man:x");
	web_answer_release(&answer);
	world_release(&world);
}

static void test_the_paragraph_that_answers_is_chosen(void **state)
{
	static const char text[] =
		"# Uploads\n\nThis site is about many things and tells of all of them at "
		"length.\n\n"
		"## Limits\n\nAn upload may have any number of parts, and each of them has a "
		"name.\n\n"
		"## Retrying\n\nA failed upload is retried with exponential backoff and jitter:\n\n"
		"```c\nint wait = base << attempt;\n\nwait += jitter(wait);\n```\n\n"
		"## Options\n\n--retry-limit N\n\n   How often an upload is retried before it is "
		"given up for good.\n\n"
		"## Licence\n\nCopy it as you like, as long as this note stays with the copy.\n";
	struct world world;
	struct web_answer answer;
	const struct web_page *page;

	(void)state;
	world_init(&world, "how is an upload retried with backoff and jitter, given up");
	add_page(&world, &(struct page_text){ "https://a.org/up", "Uploads", text, 0 });
	make(&world, &answer);
	page = page_of(&answer, "a.org");
	assert_true(page->is_read);
	assert_string_equal(page->passages[0].heading, "Retrying");
	/* The code stands whole, with what introduces it. */
	assert_non_null(strstr(page->passages[0].text, "A failed upload"));
	assert_non_null(strstr(page->passages[0].text, "wait += jitter(wait);\n```"));
	/* A label goes with what it is about. */
	assert_int_equal(page->n_passages, 2);
	assert_string_equal(page->passages[1].text,
			    "--retry-limit N\n\n   How often an upload is retried before it is "
			    "given up for good.");
	for (size_t i = 0; i < page->n_passages; i++)
		assert_null(strstr(page->passages[i].text, "Copy it as you like"));
	web_answer_release(&answer);
	world_release(&world);
}

static void test_copies_are_folded_and_do_not_count(void **state)
{
	static const char text[] =
		"# Frob\n\nThe Frob client retries a failed upload three times by default, and "
		"waits "
		"twice as long before each of them, up to the deadline of the whole request.\n";
	struct world world;
	struct web_answer answer;
	const struct web_page *kept;

	(void)state;
	world_init(&world, "how often does the frob client retry an upload by default");
	add_page(&world, &(struct page_text){ "https://a.org/frob", "Frob", text, 0 });
	add_page(&world, &(struct page_text){ "https://mirror.net/frob", "Frob", text, 0 });
	add_page(&world, &(struct page_text){ "https://copy.example/frob", "Frob", text, 0 });
	make(&world, &answer);
	kept = &answer.pages[0];
	assert_int_equal(kept->n_passages, 1);
	assert_int_equal(kept->passages[0].n_also, 2);
	assert_int_equal(answer.pages[1].n_passages, 0);
	assert_int_equal(answer.pages[2].n_passages, 0);
	assert_int_equal(count_claims(&answer, CLAIM_AGREED), 0);
	web_answer_release(&answer);
	world_release(&world);
}

/* ---- claims ---- */

static const char frob_question[] = "what is the default upload timeout of frob";

static void add_frob(struct world *world, const char *url, const char *sentence,
		     int64_t published_s)
{
	char *text = arena_printf(&world->arena,
				  "# Frob\n\nThis page of %s tells about uploads.\n\n"
				  "## Timeouts\n\n%s\n",
				  url, sentence);

	assert_non_null(text);
	add_page(world, &(struct page_text){ url, "Frob upload timeouts", text, published_s });
}

static void test_sites_agree(void **state)
{
	struct world world;
	struct web_answer answer;
	const struct web_claim *claim;

	(void)state;
	world_init(&world, frob_question);
	add_frob(&world, "https://a.org/1", "The default upload timeout of Frob is 30 seconds.", 0);
	add_frob(&world, "https://docs.a.org/2", "Frob uploads have a default timeout of 30 s.", 0);
	add_frob(&world, "https://b.co.uk/3", "By default the upload timeout in Frob is 30 000 ms.",
		 0);
	add_frob(&world, "https://c.net/4", "An upload in Frob has a default timeout of 30000 ms.",
		 0);
	make(&world, &answer);
	claim = find_claim(&answer, CLAIM_AGREED, "30");
	if (!claim || claim->n_sites != 2)
		say_claims(&answer);
	assert_non_null(claim);
	/* Two pages of a.org are one voice; "30 000" is no figure that is sure. */
	assert_int_equal(claim->n_sites, 2);
	assert_int_equal(claim->n_support, 2);
	assert_int_equal(count_claims(&answer, CLAIM_CONTRADICTED), 0);
	assert_true(page_of(&answer, "c.net")->features[WEB_SUPPORT] > 0);
	web_answer_release(&answer);
	world_release(&world);
}

static void test_sites_clash(void **state)
{
	struct world world;
	struct web_answer answer;
	const struct web_claim *claim;

	(void)state;
	world_init(&world, frob_question);
	add_frob(&world, "https://a.org/1", "The default upload timeout of Frob is 30 seconds.",
		 1500000000);
	add_frob(&world, "https://b.org/2", "The upload timeout of Frob defaults to 5 seconds.",
		 1700000000);
	add_frob(&world, "https://c.org/3", "In Frob, the default timeout of an upload is 30 s.",
		 0);
	make(&world, &answer);
	claim = find_claim(&answer, CLAIM_CONTRADICTED, "30 seconds");
	if (!claim)
		say_claims(&answer);
	assert_non_null(claim);
	assert_int_equal(claim->n_support, 3);
	assert_non_null(strstr(claim->text, "5 seconds"));
	assert_non_null(strstr(claim->text, "b.org, 2023-11-14, newer"));
	assert_non_null(strstr(claim->text, "and 1 more, 2017-07-14)"));
	assert_int_equal(claim, answer.claims); /* clashes come first */
	web_answer_release(&answer);
	world_release(&world);
}

/* Of a pair each is told by another site. */
static const struct quiet_pair {
	const char *a, *b;
} loud[] = {
	{ "The upload cache of Frob is enabled by default.",
	  "The upload cache of Frob is disabled by default." },
	{ "Use of frob_upload for timeouts is deprecated.",
	  "Use of frob_upload for timeouts is recommended." },
	{ "Upload timeouts need the frob_wait option and are supported.",
	  "Upload timeouts need the frob_wait option and are not supported." },
	{ "Upload timeouts were added to Frob in version 2.1.",
	  "Upload timeouts were added to Frob in version 3.0." },
	{ "Upload timeouts exist since Frob 2.1.", "Upload timeouts exist since Frob 3.0." },
	{ "The upload port of Frob is 8080.", "The upload port of Frob is 9090." },
}, quiet[] = {
	{ "The default upload timeout of Frob is 30 seconds.",
	  "The default download timeout of Frob is 60 seconds." },
	{ "The default upload timeout of Frob is 30 seconds.",
	  "The maximum upload timeout of Frob is 300 seconds." },
	{ "The default upload timeout of Frob is 30 seconds.",
	  "Set the upload timeout of Frob to 60 seconds for large files." },
	{ "The default upload timeout of Frob is 30 seconds.",
	  "The default upload timeout of Frob was 10 seconds." },
	{ "The default upload timeout of Frob is 60 seconds.",
	  "The default upload timeout of Frob is 1 minute." },
	{ "The default upload timeout of Frob is 60 seconds.",
	  "If a proxy is in between, the default upload timeout of Frob is 5 seconds." },
	{ "The default upload timeout of Frob is 60 seconds.",
	  "The default upload timeout of Frob went from 5 to 60 seconds." },
	{ "The default frob_upload_timeout of Frob is 30 seconds.",
	  "The default frob_connect_timeout of Frob is 10 seconds." },
	{ "The upload cache of Frob is enabled by default.",
	  "The upload cache of Frob is not disabled by default." },
	{ "The upload cache of Frob is enabled by default.",
	  "The download log of Frob is disabled by default." },
	{ "Use of frob_upload for timeouts is deprecated.",
	  "Use of frob_send for timeouts is recommended." },
	{ "Frob retries an upload that met a timeout.",
	  "Frob does not retry a download of a part without a length." },
	{ "The default upload timeout of Frob is 30 seconds.",
	  "Posted 2019-03-04 10:15: the default upload timeout of Frob is good." },
};

static void pair_up(struct world *world, const struct quiet_pair *pair, struct web_answer *answer)
{
	world_init(world, frob_question);
	add_frob(world, "https://a.org/1", pair->a, 0);
	add_frob(world, "https://b.net/2", pair->b, 0);
	make(world, answer);
}

static void test_clashes_of_all_kinds(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(loud); i++) {
		struct world world;
		struct web_answer answer;

		pair_up(&world, &loud[i], &answer);
		if (count_claims(&answer, CLAIM_CONTRADICTED) != 1) {
			say_claims(&answer);
			fail_msg("no clash: %s / %s", loud[i].a, loud[i].b);
		}
		web_answer_release(&answer);
		world_release(&world);
	}
}

static void test_quiet_pairs_raise_no_alarm(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(quiet); i++) {
		struct world world;
		struct web_answer answer;

		pair_up(&world, &quiet[i], &answer);
		if (count_claims(&answer, CLAIM_CONTRADICTED) ||
		    count_claims(&answer, CLAIM_STALE)) {
			say_claims(&answer);
			fail_msg("false alarm: %s / %s", quiet[i].a, quiet[i].b);
		}
		web_answer_release(&answer);
		world_release(&world);
	}
}

static void test_versions_do_not_clash(void **state)
{
	static const struct quiet_pair pair = {
		"In Frob version 2.1 the default upload timeout is 5 seconds.",
		"In Frob version 3.0 the default upload timeout is 30 seconds."
	};
	struct world world;
	struct web_answer answer;

	(void)state;
	pair_up(&world, &pair, &answer);
	assert_int_equal(count_claims(&answer, CLAIM_CONTRADICTED), 0);
	assert_int_equal(count_claims(&answer, CLAIM_STALE), 1);
	web_answer_release(&answer);
	world_release(&world);
}

/* Pages about two programs say two things. */
static void test_two_programs_do_not_clash(void **state)
{
	struct world world;
	struct web_answer answer;

	(void)state;
	world_init(&world, "what is the default upload timeout");
	add_page(&world, &(struct page_text){
				 "https://a.org/1", "Timeouts in Frob",
				 "With Frob you upload files. The default upload timeout is 30 "
				 "seconds. It applies to what you do with Frob at any time.\n",
				 0 });
	add_page(&world, &(struct page_text){
				 "https://b.org/2", "Timeouts in Nicate",
				 "With Nicate you upload files. The default upload timeout is 5 "
				 "seconds. It applies to what you do with Nicate at all times.\n",
				 0 });
	make(&world, &answer);
	assert_int_equal(count_claims(&answer, CLAIM_CONTRADICTED), 0);
	web_answer_release(&answer);
	world_release(&world);
}

static void test_old_pages_are_stale(void **state)
{
	struct world world;
	struct web_answer answer;
	static const int64_t times[] = { 1300000000, 1690000000, 1700000000, 1710000000 };

	(void)state;
	world_init(&world, "how does Frob upload");
	for (size_t i = 0; i < countof(times); i++) {
		char *url = arena_printf(&world.arena, "https://s%zu.org/p", i);

		add_page(&world, &(struct page_text){ url, i == 1 ? "Frob 2.1 upload" : "Frob 3.0",
						      "Frob uploads parts of files side by side.\n",
						      times[i] });
	}
	add_page(&world, &(struct page_text){ "man:frob(1)", "frob(1)", "Frob uploads parts.\n",
					      times[0] });
	make(&world, &answer);
	assert_false(page_of(&answer, "man:frob(1)")->is_stale); /* of what is installed */
	assert_true(page_of(&answer, "s0.org")->is_stale);
	assert_true(page_of(&answer, "s1.org")->is_stale); /* of an older version */
	assert_false(page_of(&answer, "s2.org")->is_stale);
	assert_false(page_of(&answer, "s3.org")->is_stale);
	assert_non_null(strstr(page_of(&answer, "s0.org")->why[0], "2011-03-13"));
	assert_non_null(strstr(page_of(&answer, "s1.org")->why[0], "Frob 2.1"));
	web_answer_release(&answer);
	world_release(&world);
}

/* ---- code ---- */

static void add_code_fact(struct graph *graph, const struct fact *fact)
{
	struct facts facts = { 0 };

	facts_add(&facts, fact);
	assert_int_equal(graph_integrate(graph, 0, &facts), 0);
	vec_release(&facts.list);
}

static void test_pages_are_tied_to_code(void **state)
{
	static const char file[] = "src/net/upload.c", name[] = "frob_upload";
	static const char message[] = "frob: upload ended before its length";
	struct graph *graph = graph_new();
	struct world world;
	struct web_answer answer;
	const struct web_page *page;
	struct claims clashes = { 0 };

	(void)state;
	assert_non_null(graph);
	graph_add_call(graph, &(struct graph_call){ .tool = &read_tool, .id = "r", .label = "r" });
	add_code_fact(graph, &(struct fact){ .kind = FACT_SYMBOL,
					     .file = file,
					     .file_len = strlen(file),
					     .name = name,
					     .name_len = strlen(name),
					     .line = 42,
					     .end_line = 60 });
	add_code_fact(graph, &(struct fact){ .kind = FACT_DIAGNOSTIC,
					     .file = file,
					     .file_len = strlen(file),
					     .name = message,
					     .name_len = strlen(message),
					     .line = 50 });
	world_init(&world, "why does frob upload end early");
	world.conf.graph = graph;
	add_page(&world, &(struct page_text){
				 "https://a.org/1", "Upload",
				 "Call frob_upload() of upload.c again when it says `frob: upload "
				 "ended before its length`; see "
				 "[this](http://www.b.org/2/).\n",
				 0 });
	add_page(&world, &(struct page_text){ "https://b.org/2", "Other",
					      "An upload ends early when a proxy cuts it.\n", 0 });
	make(&world, &answer);
	page = page_of(&answer, "a.org");
	assert_int_equal(page->n_code, 3);
	assert_int_equal(page->code[0].kind, WEB_CODE_ERROR);
	assert_int_equal(page->code[1].kind, WEB_CODE_SYMBOL);
	assert_string_equal(page->code[1].path, file);
	assert_int_equal(page->code[1].line, 42);
	assert_int_equal(page->code[2].kind, WEB_CODE_FILE);
	assert_int_equal(page_of(&answer, "b.org")->n_code, 0);
	assert_int_equal(page->n_links, 1);
	assert_string_equal(page->links[0], "https://b.org/2");
	assert_int_equal(web_add_facts(&answer, graph, 0), 0);
	assert_int_equal(claims_find_clashes(graph, NULL, NULL, &clashes), 0);
	claims_release(&clashes);
	web_answer_release(&answer);
	world_release(&world);
	graph_free(graph);
}

/* ---- the whole ---- */

static void fill(struct world *world)
{
	world_init(world, frob_question);
	add_search(world, "primary",
		   "{\"url\":\"https://a.org/1\",\"title\":\"A\",\"passage\":\"Frob upload\"}\n"
		   "{\"url\":\"https://e.org/5\",\"title\":\"E\",\"passage\":\"Frob timeouts and "
		   "uploads\"}\n");
	add_search(world, "api",
		   "{\"url\":\"https://b.org/2\",\"title\":\"B\",\"passage\":\"upload API\"}\n"
		   "{\"url\":\"https://a.org/1\",\"title\":\"A1\",\"passage\":\"Frob\"}\n");
	add_search(world, "security",
		   "{\"url\":\"https://c.org/3\",\"title\":\"C\",\"passage\":\"timeouts\"}\n");
	add_frob(world, "https://a.org/1", "The default upload timeout of Frob is 30 seconds.",
		 1500000000);
	add_frob(world, "https://b.org/2", "The upload timeout of Frob defaults to 5 seconds.",
		 1700000000);
	add_frob(world, "https://c.org/3", "In Frob, the default timeout of an upload is 30 s.", 0);
}

static void test_the_order_of_results_is_no_matter(void **state)
{
	CLEANUP(buf) struct buf first = { .max = 1 << 20 }, other = { .max = 1 << 20 };

	(void)state;
	for (unsigned round = 0; round < 6; round++) {
		struct world world;
		struct web_answer answer;
		struct web_found found;
		struct web_read read;

		fill(&world);
		for (unsigned i = 0; i < round; i++) {
			unsigned a = i % 3, b = (i + 1) % 3;

			found = world.found[a];
			world.found[a] = world.found[b];
			world.found[b] = found;
			read = world.read[a];
			world.read[a] = world.read[b];
			world.read[b] = read;
		}
		make(&world, &answer);
		tell(&answer, round & 1, 4000, round & 1 ? &other : &first);
		buf_add_char(round & 1 ? &other : &first, 0);
		if (round >= 2) {
			CLEANUP(buf) struct buf again = { .max = 1 << 20 };

			tell(&answer, round & 1, 4000, &again);
			assert_string_equal(again.data, round & 1 ? other.data : first.data);
		}
		web_answer_release(&answer);
		world_release(&world);
	}
}

static void test_no_answer_passes_its_budget(void **state)
{
	struct world world;
	struct web_answer answer;
	size_t before = 0;

	(void)state;
	fill(&world);
	make(&world, &answer);
	for (uint64_t tokens = 256; tokens < 6000; tokens += 61) {
		CLEANUP(buf) struct buf md = { .max = 1 << 20 }, json = { .max = 1 << 20 };
		struct problem problem;
		struct arena arena;
		struct value value;
		const struct value *pages;

		tell(&answer, false, tokens, &md);
		tell(&answer, true, tokens, &json);
		assert_true(token_count(md.data, md.len) <= tokens);
		assert_true(token_count(json.data, json.len) <= tokens);
		arena_init(&arena, 1 << 20);
		assert_int_equal(syntax_read_json(&(struct syntax_text){ json.data, json.len, 1 },
						  &arena, &value, &problem),
				 0);
		assert_non_null(value_find(&value, "claims"));
		pages = value_find(&value, "pages");
		assert_true(pages->n_items >= 1);
		assert_int_equal(value_find(&value, "more_pages")->integer,
				 answer.n_seen - pages->n_items);
		assert_int_equal(!strstr(md.data, "\n4. ") && !strstr(md.data, "## 4. "),
				 strstr(md.data, " more --tokens, or volley show ") != NULL);
		arena_release(&arena);
		if (tokens > 5500 && before)
			assert_true(md.len >= before);
		before = tokens > 5500 ? md.len : 0;
	}
	web_answer_release(&answer);
	world_release(&world);
}

static void test_what_strangers_write_stays_quoted(void **state)
{
	struct world world;
	struct web_answer answer;
	CLEANUP(buf) struct buf md = { .max = 1 << 20 };

	(void)state;
	world_init(&world, "frob upload");
	add_page(&world,
		 &(struct page_text){
			 "https://a.org/1", "Frob\n## upload \x1b[31m <b>x</b> [y](https://b.org)",
			 "Frob upload text first.\n   \n  # Frob upload heading\n"
			 "Frob upload with \x1b]0;title\x07 and \xe2\x80\xae marks and more.\n"
			 "\n## **<i>Frob\n\n"
			 "The default upload timeout of Frob <u> is 30 seconds.\n",
			 0 });
	make(&world, &answer);
	tell(&answer, false, 2000, &md);
	assert_null(strchr(md.data, 0x1b));
	assert_null(strstr(md.data, "\xe2\x80\xae"));
	assert_non_null(strstr(md.data, "> Frob upload with"));
	assert_non_null(strstr(md.data, "## 1. Frob ## upload \\[31m \\<b>x\\</b> "
					"\\[y\\](https://b.org) (1.00)\n"));
	assert_non_null(strstr(md.data, "\n> **\\*\\*\\<i>Frob**\n> The default"));
	assert_non_null(strstr(md.data, "single: The default upload timeout of Frob \\<u> is 30"));
	web_answer_release(&answer);
	world_release(&world);
}

static void test_pages_to_read(void **state)
{
	struct world world;
	struct arena arena;
	const char *urls[8];
	int n;

	(void)state;
	world_init(&world, "frob upload");
	add_search(&world, "primary",
		   "{\"url\":\"https://a.org/1\",\"title\":\"Frob upload\"}\n"
		   "{\"url\":\"man:frob(1)\",\"title\":\"frob upload\"}\n"
		   "{\"url\":\"https://x.a.org/2\",\"title\":\"Frob upload\"}\n"
		   "{\"url\":\"https://a.org/3\",\"title\":\"Frob upload\"}\n"
		   "{\"url\":\"https://a.org/4\",\"title\":\"Frob upload\"}\n"
		   "{\"url\":\"https://b.org/5\",\"title\":\"Frob upload\"}\n");
	arena_init(&arena, 1 << 20);
	n = web_choose(&world.conf, countof(urls), &arena, urls);
	assert_int_equal(n, 5); /* no fourth of a site */
	assert_string_equal(urls[0], "https://a.org/1");
	assert_string_equal(urls[1], "man:frob(1)");
	assert_string_equal(urls[4], "https://b.org/5");
	assert_int_equal(web_choose(&world.conf, 2, &arena, urls), 2);
	arena_release(&arena);
	world_release(&world);
}

/* A long document that has all the words does not come before the one that the index ranks first,
 * and neither do those that only the words of a theme bring up; pages of the web are as before. */
static void test_documents_keep_their_order(void **state)
{
	struct world world;
	struct web_answer answer;

	(void)state;
	world_init(&world, "frob upload limits");
	add_search(&world, "primary",
		   "{\"url\":\"man:frob(1)\",\"title\":\"frob - upload\"}\n"
		   "{\"url\":\"man:all(1)\",\"title\":\"all\"}\n");
	add_search(&world, "documentation",
		   "{\"url\":\"man:all(1)\",\"title\":\"all\"}\n"
		   "{\"url\":\"man:guide(1)\",\"title\":\"guide to limits\"}\n");
	add_search(&world, "examples",
		   "{\"url\":\"man:all(1)\",\"title\":\"all\"}\n"
		   "{\"url\":\"https://a.org/1\",\"title\":\"Frob upload limits\"}\n");
	add_page(&world, &(struct page_text){ "man:all(1)", "all",
					      "frob upload limits frob upload limits", 0 });
	add_page(&world, &(struct page_text){ "man:frob(1)", "frob - upload", "It sends.", 0 });
	make(&world, &answer);
	assert_int_equal(answer.n_pages, 4);
	assert_true(page_of(&answer, "man:frob")->score > page_of(&answer, "man:all")->score);
	assert_true(page_of(&answer, "man:all")->score > page_of(&answer, "man:guide")->score);
	assert_true(page_of(&answer, "a.org")->score > page_of(&answer, "man:guide")->score);
	web_answer_release(&answer);
	world_release(&world);
}

static void test_nothing_found(void **state)
{
	struct world world;
	struct web_answer answer;
	CLEANUP(buf) struct buf md = { .max = 1 << 20 };

	(void)state;
	world_init(&world, "frob upload");
	add_search(&world, "primary", "");
	make(&world, &answer);
	assert_int_equal(answer.n_pages, 0);
	tell(&answer, false, 500, &md);
	assert_non_null(strstr(md.data, "no page was found"));
	web_answer_release(&answer);
	world_release(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses_of_a_page_are_one),
		cmocka_unit_test(test_pages_about_something_else),
		cmocka_unit_test(test_the_paragraph_that_answers_is_chosen),
		cmocka_unit_test(test_copies_are_folded_and_do_not_count),
		cmocka_unit_test(test_sites_agree),
		cmocka_unit_test(test_sites_clash),
		cmocka_unit_test(test_clashes_of_all_kinds),
		cmocka_unit_test(test_quiet_pairs_raise_no_alarm),
		cmocka_unit_test(test_versions_do_not_clash),
		cmocka_unit_test(test_two_programs_do_not_clash),
		cmocka_unit_test(test_old_pages_are_stale),
		cmocka_unit_test(test_pages_are_tied_to_code),
		cmocka_unit_test(test_the_order_of_results_is_no_matter),
		cmocka_unit_test(test_no_answer_passes_its_budget),
		cmocka_unit_test(test_what_strangers_write_stays_quoted),
		cmocka_unit_test(test_pages_to_read),
		cmocka_unit_test(test_documents_keep_their_order),
		cmocka_unit_test(test_nothing_found),
	};

	return cmocka_run_group_tests_name("web answer", tests, NULL, NULL);
}
