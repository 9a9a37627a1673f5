/* SPDX-License-Identifier: MIT */
/* The answer of the web in Markdown. */
#include "graph/web_text.h"

#include "base/date.h"
#include "base/utf8.h"
#include "graph/page.h"

#include <inttypes.h>
#include <string.h>

static void write_line(const char *text, struct buf *out)
{
	page_write_md(text, strlen(text), out);
}

static void write_quoted(const char *text, size_t len, struct buf *out)
{
	for (size_t at = 0; at < len;) {
		const char *end = memchr(text + at, '\n', len - at);
		size_t n = end ? (size_t)(end - text) - at : len - at;

		buf_add_str(out, n ? "> " : ">");
		buf_add(out, text + at, n);
		buf_add_char(out, '\n');
		at += n + 1;
	}
}

static void write_also(const struct web_passage *passage, const struct web_shape *shape,
		       struct buf *out)
{
	for (size_t i = 0; i < passage->n_also && i < shape->n_also; i++)
		buf_printf(out, "%s%s", i ? ", " : "also on ", passage->also[i]);
	if (passage->n_also && shape->n_also)
		buf_add_char(out, '\n');
}

static void write_passage(const struct web_passage *passage, const struct web_shape *shape,
			  struct buf *out)
{
	size_t len = web_passage_len(passage, shape);

	if (!len)
		return;
	buf_add_char(out, '\n');
	if (*passage->heading) {
		buf_add_str(out, "> **");
		write_line(passage->heading, out);
		buf_add_str(out, "**\n");
	}
	write_quoted(passage->text, len, out);
	if (passage->text[len])
		buf_add_str(out, "> …\n");
	write_also(passage, shape, out);
}

static void write_code(const struct web_page *page, const struct web_shape *shape, struct buf *out)
{
	for (size_t i = 0; i < page->n_code && i < shape->n_code; i++) {
		const struct web_code *code = &page->code[i];

		buf_add_str(out, i ? ", " : "- names here: ");
		if (code->kind != WEB_CODE_FILE)
			buf_printf(out, "%s%s", code->name, *code->path ? " " : "");
		buf_add_str(out, code->path);
		if (code->line)
			buf_printf(out, ":%" PRIu32, code->line);
	}
	if (page->n_code && shape->n_code)
		buf_add_char(out, '\n');
}

static void write_date(int64_t time_s, struct buf *out)
{
	if (time_s <= 0)
		return;
	buf_add_str(out, ", ");
	date_write_day(time_s, out);
}

static const char *title_of(const struct web_page *page)
{
	return *page->title ? page->title : page->url;
}

static void write_page(const struct web_report *report, const struct web_shape *shape, size_t i,
		       struct buf *out)
{
	const struct web_page *page = &report->answer->pages[i];

	buf_printf(out, "\n## %zu. ", i + 1);
	write_line(title_of(page), out);
	buf_printf(out, " (%.2f)\n%s", page->score, page->url);
	write_date(page->published_s, out);
	buf_add_char(out, '\n');
	for (size_t k = 0; k < page->n_why && k < shape->n_why; k++)
		buf_printf(out, "- %s\n", page->why[k]);
	write_code(page, shape, out);
	if (report->explain) {
		buf_add_str(out, "- score:");
		for (unsigned k = 0; k < WEB_FEATURES; k++)
			buf_printf(out, " %s %.3f", web_feature_name((enum web_feature)k),
				   page->features[k]);
		buf_add_char(out, '\n');
	}
	for (size_t k = 0; k < page->n_passages; k++)
		write_passage(&page->passages[k], shape, out);
}

/* Of pages that are not named, only what shows them. */
static void write_more(const struct web_report *report, const struct web_shape *shape,
		       struct buf *out)
{
	size_t n_more = web_answer_more(report->answer, shape->n_named);
	bool is_budget = shape->n_named < report->answer->n_pages;

	if (!n_more)
		return;
	buf_printf(out, "\n%zu more page%s", n_more, n_more == 1 ? "" : "s");
	if (is_budget)
		buf_add_str(out, ": more --tokens");
	if (report->account.is_kept)
		buf_printf(out, "%s volley show %s", is_budget ? ", or" : ":",
			   report->account.run_id);
	buf_add_char(out, '\n');
}

static void write_names(const struct web_report *report, const struct web_shape *shape,
			struct buf *out)
{
	if (shape->n_named > shape->n_pages)
		buf_add_str(out, "\n## Also\n");
	for (size_t i = shape->n_pages; i < shape->n_named; i++) {
		const struct web_page *page = &report->answer->pages[i];

		buf_printf(out, "%zu. ", i + 1);
		write_line(page->title, out);
		buf_printf(out, ": %s\n", page->url);
	}
	write_more(report, shape, out);
}

/* The numbers of the pages that say so, as they stand in this answer. */
static void write_support(const struct web_answer *answer, const struct web_shape *shape,
			  const struct web_claim *claim, struct buf *out)
{
	bool is_first = true;

	for (size_t i = 0; i < claim->n_support; i++) {
		for (size_t p = 0; p < shape->n_named; p++) {
			if (strcmp(answer->pages[p].url, claim->support[i]) != 0)
				continue;
			buf_printf(out, "%s%zu", is_first ? " [" : ", ", p + 1);
			is_first = false;
		}
	}
	if (!is_first)
		buf_add_char(out, ']');
}

static void write_claims(const struct web_report *report, const struct web_shape *shape,
			 struct buf *out)
{
	const struct web_answer *answer = report->answer;

	if (answer->n_claims && shape->n_claims)
		buf_add_str(out, "\n## What pages say\n");
	for (size_t i = 0; i < answer->n_claims && i < shape->n_claims; i++) {
		const struct web_claim *claim = &answer->claims[i];

		buf_printf(out, "- %s", claim_status_name(claim->status));
		if (claim->n_sites > 1)
			buf_printf(out, " (%u sites)", claim->n_sites);
		buf_add_str(out, ": ");
		write_line(claim->text, out);
		write_support(answer, shape, claim, out);
		buf_add_char(out, '\n');
	}
}

void web_render_md(const struct web_report *report, const struct web_shape *shape, struct buf *out)
{
	const char *question = report->answer->question->text;
	size_t len = strcspn(question, "\n");

	buf_printf(out, "# %.*s\n", (int)utf8_fit(question, len, shape->question), question);
	if (report->n_words_left_out)
		buf_printf(out, "\nthe question is too long: %zu of its words are in no search\n",
			   report->n_words_left_out);
	if (report->stop_text)
		buf_printf(out, "\n**%s: what was found until then**\n", report->stop_text);
	if (!report->answer->n_searches)
		buf_add_str(out, "\nno search was answered\n");
	else if (!report->answer->n_pages && report->answer->n_left_out)
		buf_printf(out,
			   "\nnothing was found: none of %zu pages has a word of the question\n",
			   report->answer->n_left_out);
	else if (!report->answer->n_pages)
		buf_add_str(out, "\nno page was found\n");
	write_claims(report, shape, out);
	for (size_t i = 0; i < shape->n_pages; i++)
		write_page(report, shape, i, out);
	write_names(report, shape, out);
	account_write_md(&report->account, shape->used, out);
	if (report->reasons)
		reasons_write_md(report->reasons, shape->n_reasons, shape->reason, out);
}
