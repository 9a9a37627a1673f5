/* SPDX-License-Identifier: MIT */
/* The answer of `web` as text, and how much of it fits its budget: by writing it. */
#include "base/attr.h"
#include "base/str.h"
#include "base/token_count.h"
#include "base/utf8.h"
#include "graph/web_answer.h"

#include <errno.h>
#include <string.h>
#include <time.h>

enum { PAGES_WANTED = 8 };

/* Cut where a line or a word ends, never inside a character. */
static size_t cut(const char *text, size_t max)
{
	size_t len = strlen(text), at;

	if (len <= max)
		return len;
	for (at = max; at > max / 2; at--) {
		if (text[at] == ' ' || text[at] == '\n')
			return at;
	}
	for (at = max; at > 0 && ((unsigned char)text[at] & 0xc0) == 0x80;)
		at--;
	return at;
}

static void write_date(int64_t s, struct buf *out)
{
	time_t t = (time_t)s;
	struct tm tm;
	char text[32];

	if (gmtime_r(&t, &tm) && strftime(text, sizeof(text), "%Y-%m-%d", &tm))
		buf_add_str(out, text);
}

/* As a quotation: each line begins with "> ". */
static void write_quoted(const char *text, size_t len, struct buf *out)
{
	const char *end = text + len;

	while (text < end && strchr(" \t\n", *text))
		text++;
	while (text < end) {
		const char *line_end = memchr(text, '\n', (size_t)(end - text));
		const char *stop = line_end ? line_end : end;

		buf_add_str(out, stop > text ? "> " : ">");
		buf_add(out, text, (size_t)(stop - text));
		buf_add_char(out, '\n');
		text = stop + 1;
	}
}

static void write_page_md(const struct web_report *report, size_t i, size_t passage_max,
			  struct buf *out)
{
	const struct web_page *page = &report->answer->pages[i];
	const char *title = *page->title ? page->title : page->url;
	size_t len = cut(page->passage, passage_max);

	buf_printf(out, "\n## %zu. %.*s (%.2f)\n", i + 1, (int)cut(title, 200), title, page->score);
	buf_printf(out, "%s\n", page->url);
	if (page->published_s) {
		write_date(page->published_s, out);
		buf_add_str(out, "; ");
	}
	buf_printf(out, "found by %u of %u searches:", page->n_searches,
		   report->answer->n_searches);
	for (size_t k = 0; k < page->n_by; k++)
		buf_printf(out, " %s", page->by[k]);
	buf_add_char(out, '\n');
	if (!len)
		return;
	buf_add_char(out, '\n');
	write_quoted(page->passage, len, out);
}

void web_render_md(const struct web_report *report, const struct web_shape *shape, struct buf *out)
{
	const struct web_answer *answer = report->answer;

	buf_printf(out, "# %.*s\n", (int)cut(answer->question, 300), answer->question);
	if (report->stop_text)
		buf_printf(out, "\n[partial: %s]\n", report->stop_text);
	if (answer->n_failed)
		buf_printf(out, "\n[%u of %u searches failed]\n", answer->n_failed,
			   answer->n_searches);
	if (!answer->n)
		buf_add_str(out, "\n[no pages found]\n");
	for (size_t i = 0; i < shape->n_pages; i++)
		write_page_md(report, i, shape->passage_max, out);
	if (shape->n_pages < answer->n)
		buf_printf(out, "\n[and %zu more pages]\n", answer->n - shape->n_pages);
	account_write_md(&report->account, shape->used, out);
}

static void write_page_json(const struct web_page *page, size_t passage_max,
			    struct json_write *json)
{
	size_t len = cut(page->passage, passage_max);

	json_begin_object(json);
	json_key_str(json, "url", page->url);
	json_key_str(json, "title", page->title);
	if (page->published_s) {
		json_key(json, "published");
		json_int(json, page->published_s);
	}
	json_key(json, "score");
	json_fixed(json, page->score, 3);
	json_key(json, "by");
	json_begin_array(json);
	for (size_t k = 0; k < page->n_by; k++)
		json_str(json, page->by[k]);
	json_end_array(json);
	json_key_uint(json, "searches", page->n_searches);
	if (len) {
		json_key(json, "passage");
		json_strn(json, page->passage, len);
	}
	json_end_object(json);
}

void web_render_json(const struct web_report *report, const struct web_shape *shape,
		     struct buf *out)
{
	const struct web_answer *answer = report->answer;
	struct json_write json = json_write_to(out);

	json_begin_object(&json);
	json_key_str(&json, "question", answer->question);
	if (report->stop_text)
		json_key_str(&json, "stopped", report->stop_text);
	json_key(&json, "pages");
	json_begin_array(&json);
	for (size_t i = 0; i < shape->n_pages; i++)
		write_page_json(&answer->pages[i], shape->passage_max, &json);
	json_end_array(&json);
	json_key_uint(&json, "left_out", answer->n - shape->n_pages);
	json_key_uint(&json, "searches", answer->n_searches);
	json_key_uint(&json, "failed", answer->n_failed);
	account_write_json(&report->account, shape->used, &json);
	json_end_object(&json);
	buf_add_char(out, '\n');
}

static uint64_t cost(const struct web_report *report, const struct web_shape *shape,
		     struct buf *out)
{
	buf_clear(out);
	(report->is_json ? web_render_json : web_render_md)(report, shape, out);
	return out->data ? token_count(out->data, out->len) : 0;
}

/* The most pages that fit with passages of that length. */
static void choose_pages(const struct web_report *report, struct web_shape *shape, struct buf *out)
{
	size_t low = 0, high = report->answer->n;

	while (low < high) {
		shape->n_pages = low + (high - low + 1) / 2;
		if (cost(report, shape, out) <= report->account.budget)
			low = shape->n_pages;
		else
			high = shape->n_pages - 1;
	}
	shape->n_pages = low;
}

int web_answer_write(const struct web_report *report, struct buf *out)
{
	static const size_t lengths[] = { 4000, 2000, 1000, 500, 250, 120, 0 };
	struct run_totals totals;
	struct web_report measured = *report;
	struct web_shape shape = { .used = report->account.budget };

	measured.account = account_longest(&report->account, &totals);
	for (size_t i = 0; i < countof(lengths); i++) {
		shape.passage_max = lengths[i];
		choose_pages(&measured, &shape, out);
		if (shape.n_pages >= PAGES_WANTED || shape.n_pages == report->answer->n)
			break;
	}
	shape.used = cost(report, &shape, out);
	(void)cost(report, &shape, out);
	return buf_error(out) ? -ENOMEM : 0;
}
