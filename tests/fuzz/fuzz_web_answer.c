/* SPDX-License-Identifier: MIT */
/*
 * Answers of the web from what strangers write: texts between bytes 0xff are, in turn, the answer
 * of a search and the text of a page. Passages are valid UTF-8 without control characters, no
 * answer passes its budget, JSON is JSON, and a second making gives the same.
 */
#include "base/attr.h"
#include "base/token_count.h"
#include "base/utf8.h"
#include "graph/web_text.h"
#include "plan/syntax.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PARTS_MAX = 8, TOKENS = 700 };

static const char *const urls[PARTS_MAX] = {
	"https://a.org/1", "https://b.org/2", "https://c.co.uk/3", "man:frob(1)",
	"https://a.org/5", "https://e.org/6", "https://f.org/7",   "https://g.org/8",
};

static void check_passage(const struct web_passage *passage)
{
	size_t len = strlen(passage->text);

	if (!len || !utf8_is_valid(passage->text, len) ||
	    !utf8_is_valid(passage->heading, strlen(passage->heading)))
		abort();
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)passage->text[i];

		if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f)
			abort();
	}
}

static void check_answer(const struct web_answer *answer)
{
	for (size_t i = 0; i < answer->n_pages; i++) {
		const struct web_page *page = &answer->pages[i];

		if (page->score < 0 || page->score > 1 ||
		    (i && page->score > answer->pages[i - 1].score))
			abort();
		if (strpbrk(page->title, "\n\x1b") || strpbrk(page->url, "\n\x1b"))
			abort();
		for (size_t k = 0; k < page->n_passages; k++)
			check_passage(&page->passages[k]);
	}
	for (size_t i = 0; i < answer->n_claims; i++) {
		if (!answer->claims[i].n_support || strpbrk(answer->claims[i].text, "\n\x1b"))
			abort();
	}
}

static void check_text(const struct web_answer *answer, bool is_json, struct buf *out)
{
	struct run_totals totals = { 0 };
	const struct web_report report = { .answer = answer,
					   .account = { &totals, "r", TOKENS, true },
					   .is_json = is_json };
	struct problem problem;
	struct arena arena;
	struct value value;

	if (web_write(&report, out) < 0 || token_count(out->data, out->len) > TOKENS)
		abort();
	if (!is_json)
		return;
	arena_init(&arena, 1 << 24);
	if (syntax_read_json(&(struct syntax_text){ out->data, out->len, 1 }, &arena, &value,
			     &problem) < 0)
		abort();
	arena_release(&arena);
}

static void make(const struct web_conf *conf, struct buf *out)
{
	struct web_answer answer;
	CLEANUP(buf) struct buf json = { .max = 1 << 24 };

	if (web_answer_make(conf, &answer) < 0)
		abort();
	check_answer(&answer);
	check_text(&answer, false, out);
	check_text(&answer, true, &json);
	web_answer_release(&answer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct result results[PARTS_MAX] = { 0 };
	struct web_found found[PARTS_MAX];
	struct web_read pages[PARTS_MAX];
	struct question question;
	struct arena arena;
	struct error err;
	struct web_conf conf = {
		.question = &question, .found = found, .read = pages, .pages_max = WEB_PAGES_SHOWN
	};
	CLEANUP(buf) struct buf first = { .max = 1 << 24 }, second = { .max = 1 << 24 };
	size_t n = 0;

	arena_init(&arena, 1 << 20);
	if (question_read("default upload timeout of Frob 3.0 frob_send", QUESTION_WORDS_MAX,
			  &arena, &question, &err) < 0)
		abort();
	conf.lexicon = lexicon_new(&question);
	for (size_t at = 0; at <= size && n < PARTS_MAX; n++) {
		const uint8_t *end = at < size ? memchr(data + at, 0xff, size - at) : NULL;
		size_t len = end ? (size_t)(end - data) - at : size - at;
		struct result *result = &results[n];

		result->payload = n % 2 ? PAYLOAD_WEB_FETCH : PAYLOAD_WEB_SEARCH;
		result->body = blob_new(len ? (const char *)data + at : "", len);
		if (n % 2) {
			result->web_fetch =
				(struct web_fetch_output){ .url = urls[n],
							   .title = n % 4 == 1 ? "Frob 2.0 timeouts"
									       : "Frob 3.0",
							   .published_s = (int64_t)n * 200000000 };
			pages[conf.n_read++] = (struct web_read){ urls[n], result };
		} else {
			found[conf.n_found++] = (struct web_found){ "primary", result };
		}
		at += len + 1;
	}
	make(&conf, &first);
	make(&conf, &second);
	if (first.len != second.len || memcmp(first.data, second.data, first.len) != 0)
		abort();
	for (size_t i = 0; i < n; i++)
		blob_unref(results[i].body);
	lexicon_free(conf.lexicon);
	arena_release(&arena);
	return 0;
}
