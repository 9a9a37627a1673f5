/* SPDX-License-Identifier: MIT */
/* Results as the journal keeps them: every field of every payload comes back, and foreign text
 * is refused or read, never trusted. */
#include "engine/result_json.h"
#include "plan/syntax.h"

#include <assert.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Whoever adds a field adds it below too, and sees whether it comes back. */
static_assert(sizeof(struct receipt) == 144, "a new field of a receipt?");
static_assert(sizeof(struct error) == 20 + ERROR_TEXT_MAX, "a new field of an error?");
static_assert(sizeof(struct glob_output) == 32, "a new field of Glob?");
static_assert(sizeof(struct grep_output) == 64, "a new field of Grep?");
static_assert(sizeof(struct read_output) == 32, "a new field of Read?");
static_assert(sizeof(struct bash_output) == 40, "a new field of Bash?");
static_assert(sizeof(struct result) == 824, "a new field of a result?");

static struct result full_result(enum payload_type payload)
{
	struct result result = {
		.status = CALL_FAILED,
		.error = { ERROR_LIMIT, 28, ERROR_FROM_HTTP, 429, 1234, "no \"room\"\n" },
		.payload = payload,
		.body_is_nul = true,
		.receipt = {
			.root = "/tmp/\xff\xfe root",
			.files_walked = 101,
			.files_searched = 102,
			.bytes_searched = 1ull << 40,
			.skipped = { 1, 2, 3, 4, 5, 6, 7, 8 },
			.engine = "hyperscan",
			.cached = 103,
			.redacted = 104,
			.why = WHY_DEADLINE | WHY_FAILED,
			.truncated_at = "a/\xe9.c:17",
			.cursor = "c1:17",
		},
		.attempts = 3,
		.queued_ns = 11,
		.run_ns = 12,
		.cpu_us = 13,
		.max_rss_kb = 14,
	};

	switch (payload) {
	case PAYLOAD_GLOB:
		result.glob = (struct glob_output){ 21, 22, 23, true, true };
		break;
	case PAYLOAD_GREP:
		result.grep = (struct grep_output){ GREP_COUNT, 31, 32, 33, 34, 35, -1, -1 };
		break;
	case PAYLOAD_READ:
		result.read = (struct read_output){ "src/\xc3\xa4.c", 41, 42, 43 };
		break;
	case PAYLOAD_BASH:
		result.bash = (struct bash_output){ -1, 9, true, 51, "/spool/\x80", NULL };
		break;
	case PAYLOAD_WEB_SEARCH:
		result.web_search = (struct web_search_output){ 61, 62, "a: x\nb: y" };
		break;
	case PAYLOAD_WEB_FETCH:
		result.web_fetch =
			(struct web_fetch_output){ "http://a/", "T\xff", 200, 71, -86400, true };
		break;
	case PAYLOAD_AGENT:
		result.agent = (struct agent_output){ 81, 82, 83, 84, true, 85, 86, 2, "web" };
		break;
	case PAYLOAD_NONE:
		break;
	}
	return result;
}

static void same_str(const char *a, const char *b)
{
	assert_int_equal(a == NULL, b == NULL);
	if (a)
		assert_string_equal(a, b);
}

static void same_receipt(const struct receipt *a, const struct receipt *b)
{
	same_str(a->root, b->root);
	assert_int_equal(a->files_walked, b->files_walked);
	assert_int_equal(a->files_searched, b->files_searched);
	assert_int_equal(a->bytes_searched, b->bytes_searched);
	assert_memory_equal(&a->skipped, &b->skipped, sizeof(a->skipped));
	same_str(a->engine, b->engine);
	assert_int_equal(a->cached, b->cached);
	assert_int_equal(a->redacted, b->redacted);
	assert_int_equal(a->why, b->why);
	same_str(a->truncated_at, b->truncated_at);
	same_str(a->cursor, b->cursor);
}

static void same_payload(const struct result *a, const struct result *b)
{
	switch (a->payload) {
	case PAYLOAD_GLOB:
		assert_int_equal(a->glob.n_files, b->glob.n_files);
		assert_int_equal(a->glob.total_matches, b->glob.total_matches);
		assert_int_equal(a->glob.offset, b->glob.offset);
		assert_int_equal(a->glob.truncated, b->glob.truncated);
		assert_int_equal(a->glob.count_is_complete, b->glob.count_is_complete);
		break;
	case PAYLOAD_GREP:
		assert_int_equal(a->grep.mode, b->grep.mode);
		assert_int_equal(a->grep.n_files, b->grep.n_files);
		assert_int_equal(a->grep.n_lines, b->grep.n_lines);
		assert_int_equal(a->grep.n_matches, b->grep.n_matches);
		assert_int_equal(a->grep.total_files, b->grep.total_files);
		assert_int_equal(a->grep.total_lines, b->grep.total_lines);
		assert_int_equal(a->grep.applied_limit, b->grep.applied_limit);
		assert_int_equal(a->grep.applied_offset, b->grep.applied_offset);
		break;
	case PAYLOAD_READ:
		same_str(a->read.file_path, b->read.file_path);
		assert_int_equal(a->read.n_lines, b->read.n_lines);
		assert_int_equal(a->read.start_line, b->read.start_line);
		assert_int_equal(a->read.total_lines, b->read.total_lines);
		break;
	case PAYLOAD_BASH:
		assert_int_equal(a->bash.exit_code, b->bash.exit_code);
		assert_int_equal(a->bash.signo, b->bash.signo);
		assert_int_equal(a->bash.interrupted, b->bash.interrupted);
		assert_int_equal(a->bash.timed_out_after_ms, b->bash.timed_out_after_ms);
		same_str(a->bash.raw_output_path, b->bash.raw_output_path);
		break;
	case PAYLOAD_WEB_SEARCH:
		assert_int_equal(a->web_search.n_pages, b->web_search.n_pages);
		assert_int_equal(a->web_search.n_requests, b->web_search.n_requests);
		same_str(a->web_search.missing, b->web_search.missing);
		break;
	case PAYLOAD_WEB_FETCH:
		same_str(a->web_fetch.url, b->web_fetch.url);
		same_str(a->web_fetch.title, b->web_fetch.title);
		assert_int_equal(a->web_fetch.status, b->web_fetch.status);
		assert_int_equal(a->web_fetch.n_bytes, b->web_fetch.n_bytes);
		assert_int_equal(a->web_fetch.published_s, b->web_fetch.published_s);
		assert_int_equal(a->web_fetch.is_beside_prompt, b->web_fetch.is_beside_prompt);
		break;
	case PAYLOAD_AGENT:
		assert_int_equal(a->agent.n_calls, b->agent.n_calls);
		assert_int_equal(a->agent.tokens_in, b->agent.tokens_in);
		assert_int_equal(a->agent.tokens_out, b->agent.tokens_out);
		assert_int_equal(a->agent.cost_usd_e6, b->agent.cost_usd_e6);
		assert_int_equal(a->agent.has_cost, b->agent.has_cost);
		assert_int_equal(a->agent.tree_tokens, b->agent.tree_tokens);
		assert_int_equal(a->agent.tree_usd_e6, b->agent.tree_usd_e6);
		assert_int_equal(a->agent.depth, b->agent.depth);
		assert_string_equal(a->agent.role, b->agent.role);
		break;
	case PAYLOAD_NONE:
		break;
	}
}

static int read_text(const char *text, size_t len, struct result *ret_result)
{
	const struct syntax_text syntax = { .data = text, .len = len };
	struct problem problem;
	struct arena arena;
	struct value value;
	int r;

	arena_init(&arena, 1 << 20);
	r = syntax_read_json(&syntax, &arena, &value, &problem);
	if (r == 0)
		r = result_json_read(&value, ret_result);
	arena_release(&arena);
	return r;
}

static void round_trip(const struct result *from, struct result *ret_result)
{
	struct buf buf;
	struct json_write json;

	buf_init(&buf, 1 << 20);
	json = json_write_to(&buf);
	result_json_write(from, &json);
	assert_int_equal(buf_error(&buf), 0);
	assert_int_equal(read_text(buf.data, buf.len, ret_result), 0);
	buf_release(&buf);
}

static void test_every_field_comes_back(void **state)
{
	(void)state;
	for (int payload = 0; payload <= PAYLOAD_AGENT; payload++) {
		struct result from = full_result((enum payload_type)payload);
		struct result back;

		round_trip(&from, &back);
		assert_int_equal(back.status, from.status);
		assert_int_equal(back.error.class, from.error.class);
		assert_int_equal(back.error.code, from.error.code);
		assert_int_equal(back.error.retry_ms, from.error.retry_ms);
		assert_string_equal(back.error.text, from.error.text);
		assert_int_equal(back.payload, from.payload);
		assert_null(back.body);
		assert_int_equal(back.body_is_nul, from.body_is_nul);
		same_payload(&from, &back);
		same_receipt(&from.receipt, &back.receipt);
		assert_int_equal(back.attempts, from.attempts);
		assert_int_equal(back.queued_ns, from.queued_ns);
		assert_int_equal(back.run_ns, from.run_ns);
		assert_int_equal(back.cpu_us, from.cpu_us);
		assert_int_equal(back.max_rss_kb, from.max_rss_kb);
		result_release(&back);
	}
}

static void test_every_status_and_class_comes_back(void **state)
{
	(void)state;
	for (int status = 0; status < CALL_STATUS_COUNT; status++) {
		for (int class = 0; class < ERROR_CLASS_COUNT; class ++) {
			struct result from = { .status = (enum call_status)status };
			struct result back;

			from.error.class = (enum error_class) class;
			round_trip(&from, &back);
			assert_int_equal(back.status, status);
			assert_int_equal(back.error.class, class);
			assert_int_equal(back.error.text[0], 0);
			assert_null(back.receipt.root);
			result_release(&back);
		}
	}
}

/* An error text is cut where its room ends, also in the middle of a character. */
static void test_bytes_that_are_no_text(void **state)
{
	struct result from = { .status = CALL_FAILED };
	struct result back;

	(void)state;
	for (int i = 0; i < ERROR_TEXT_MAX - 1; i++)
		from.error.text[i] = (char)(i % 255 + 1);
	round_trip(&from, &back);
	assert_string_equal(back.error.text, from.error.text);
	result_release(&back);
}

static void test_foreign_text(void **state)
{
	static const char *const refused[] = {
		"[]",
		"1",
		"{\"status\":7}",
		"{\"status\":-1}",
		"{\"status\":\"ok\"}",
		"{\"status\":4294967296}",
		"{\"payload\":8}",
		"{\"class\":9}",
		"{\"payload\":2,\"mode\":4}",
		"{\"attempts\":-1}",
		"{\"attempts\":4294967296}",
		"{\"root\":7}",
		"{\"root\":[0]}",
		"{\"root\":[256]}",
		"{\"root\":[\"a\"]}",
		"{\"text\":7}",
		"{\"why\":1.5}",
	};
	struct result back;

	(void)state;
	for (size_t i = 0; i < countof(refused); i++)
		assert_int_equal(read_text(refused[i], strlen(refused[i]), &back), -EINVAL);
	assert_int_equal(read_text("{\"new\":[1],\"attempts\":2,\"mode\":99}", 34, &back), 0);
	assert_int_equal(back.attempts,
			 2); /* other versions', and other payloads', are passed over */
	result_release(&back);
}

/* Any cut and any changed byte is refused or reads as some result. */
static void test_damage(void **state)
{
	struct result from = full_result(PAYLOAD_BASH);
	struct json_write json;
	struct buf buf;
	size_t n_read = 0;

	(void)state;
	buf_init(&buf, 1 << 20);
	json = json_write_to(&buf);
	result_json_write(&from, &json);
	for (size_t at = 0; at < buf.len; at++) {
		for (int bit = -1; bit < 8; bit++) {
			struct result back;
			char *text = malloc(buf.len);

			assert_non_null(text);
			memcpy(text, buf.data, buf.len);
			if (bit >= 0)
				text[at] = (char)(text[at] ^ (1 << bit));
			if (read_text(text, bit < 0 ? at : buf.len, &back) == 0) {
				assert_true((unsigned)back.status < CALL_STATUS_COUNT);
				assert_true((unsigned)back.payload <= PAYLOAD_AGENT);
				result_release(&back);
				n_read++;
			}
			free(text);
		}
	}
	assert_true(n_read > 0);
	buf_release(&buf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_field_comes_back),
		cmocka_unit_test(test_every_status_and_class_comes_back),
		cmocka_unit_test(test_bytes_that_are_no_text),
		cmocka_unit_test(test_foreign_text),
		cmocka_unit_test(test_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
