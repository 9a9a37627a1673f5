/* SPDX-License-Identifier: MIT */
#include "docs/page.h"

#include "base/utf8.h"
#include "docs/roff.h"
#include "net/html.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

enum { PAGE_TEXT_MAX = 4 << 20, PAGE_TITLE_MAX = 800, TITLE_BYTES = 200, TARGET_MAX = 1024 };

void page_release(struct page *page)
{
	buf_release(&page->text);
	buf_release(&page->title);
	buf_release(&page->names);
	buf_release(&page->target);
}

struct line {
	const char *at;
	size_t len;
};

static struct line line_at(const char *at, const char *end)
{
	const char *feed = at < end ? memchr(at, '\n', (size_t)(end - at)) : NULL;
	struct line line = { at, (size_t)((feed ? feed : end) - at) };

	while (line.len > 0 && isspace((unsigned char)at[line.len - 1]))
		line.len--;
	return line;
}

/* A run of one sign, as it stands under a heading. */
static char underline(const struct line *line)
{
	if (line->len < 3 || !strchr("=-~^\"'*+#`.", line->at[0]))
		return '\0';
	for (size_t i = 1; i < line->len; i++)
		if (line->at[i] != line->at[0])
			return '\0';
	return line->at[0];
}

/* A line by itself in capitals. */
static bool is_loud(const struct line *line)
{
	size_t n_upper = 0;

	if (line->len < 3 || line->len > 60)
		return false;
	for (size_t i = 0; i < line->len; i++) {
		if (islower((unsigned char)line->at[i]))
			return false;
		n_upper += isupper((unsigned char)line->at[i]) != 0;
	}
	return n_upper * 2 > line->len;
}

/* As valid UTF-8; what is not is taken for ISO 8859-1, as old documents are. */
static void add_valid(struct buf *out, const char *at, size_t len)
{
	for (size_t i = 0; i < len;) {
		size_t run = i, n;
		char bytes[4];

		while (run < len && at[run] != '\0' &&
		       (n = utf8_sequence((const unsigned char *)at + run, len - run)) > 0)
			run += n;
		buf_add(out, at + i, run - i);
		if (run < len && at[run] != '\0')
			buf_add(out, bytes, utf8_encode((unsigned char)at[run], bytes));
		i = run + 1;
	}
}

/* Text and reStructuredText: headings are what is underlined, or stands alone in capitals. */
static void read_plain(const char *data, size_t len, struct buf *out)
{
	const char *end = data + len;
	bool was_blank = true;

	for (const char *at = data; at < end;) {
		const char *feed = memchr(at, '\n', (size_t)(end - at));
		struct line line = line_at(at, end);
		struct line next = line_at(feed ? feed + 1 : end, end);
		char sign = line.len > 0 && !isspace((unsigned char)line.at[0]) &&
					    !underline(&line) && next.len + 2 >= line.len
				    ? underline(&next)
				    : '\0';

		if (sign || (was_blank && next.len == 0 && is_loud(&line))) {
			buf_add_str(out, sign == '=' || sign == '*' || !sign ? "\n## " : "\n### ");
			add_valid(out, line.at, line.len);
			buf_add_str(out, "\n\n");
			if (sign) /* the line under it is done too */
				feed = memchr(next.at, '\n', (size_t)(end - next.at));
		} else if (!(underline(&line) && was_blank && next.len > 0)) {
			if (line.len > 0 && line.at[0] == '#')
				buf_add_char(out, ' ');
			add_valid(out, line.at, line.len);
			buf_add_char(out, '\n');
		}
		was_blank = line.len == 0;
		at = feed ? feed + 1 : end;
	}
}

/* The first heading, else the first line. */
static void title_of(const struct buf *text, const char *file_name, struct buf *title)
{
	const char *at = text->data ? text->data : "";
	const char *end = at + text->len;
	struct line best = { NULL, 0 };

	for (unsigned i = 0; at < end && i < 40; i++) {
		const char *feed = memchr(at, '\n', (size_t)(end - at));
		struct line line = line_at(at, end);

		while (line.len > 0 && isspace((unsigned char)line.at[0]))
			line.at++, line.len--;
		if (line.len > 2 && line.at[0] == '#') {
			while (line.len > 0 && (line.at[0] == '#' || line.at[0] == ' '))
				line.at++, line.len--;
			best = line;
			break;
		}
		if (!best.at && line.len > 2 && isalnum((unsigned char)line.at[0]))
			best = line;
		at = feed ? feed + 1 : end;
	}
	if (best.len > 0)
		buf_add(title, best.at, utf8_fit(best.at, best.len, TITLE_BYTES));
	else
		buf_add_str(title, file_name);
}

static int read_manual(const char *file_name, const char *data, size_t len, struct page *page)
{
	char target[TARGET_MAX];
	struct roff_page roff;
	int r;

	if (roff_alias(data, len, target, sizeof(target))) {
		buf_add_str(&page->target, target);
		return 0;
	}
	r = roff_read(data, len, file_name, &roff);
	if (r < 0)
		return r;
	page->text = roff.text;
	page->title = roff.title;
	page->names = roff.names;
	return 0;
}

static int read_html(const char *data, size_t len, struct page *page)
{
	struct html_page html;
	int r = html_read(data, len, NULL, NULL, &html);

	if (r < 0)
		return r;
	page->text = html.text;
	if (html.title.len > 0)
		buf_add(&page->title, html.title.data,
			utf8_fit(html.title.data, html.title.len, TITLE_BYTES));
	html.text = (struct buf){ 0 }; /* the page has it now */
	html_page_release(&html);
	return 0;
}

int page_read(enum docs_kind kind, const char *file_name, const char *data, size_t len,
	      struct page *ret_page)
{
	struct page page;
	int r = 0;

	buf_init(&page.text, PAGE_TEXT_MAX);
	buf_init(&page.title, PAGE_TITLE_MAX);
	buf_init(&page.names, 1);
	buf_init(&page.target, TARGET_MAX);
	switch (kind) {
	case DOCS_MANUAL:
	case DOCS_MAYBE_MANUAL:
		r = read_manual(file_name, data, len, &page);
		break;
	case DOCS_HTML:
		r = read_html(data, len, &page);
		break;
	case DOCS_MARKDOWN:
		add_valid(&page.text, data, len);
		break;
	default:
		read_plain(data, len, &page.text);
	}
	if (page.title.len == 0)
		title_of(&page.text, file_name, &page.title);
	if (r == 0 && (page.text.error == -ENOMEM || page.title.error == -ENOMEM ||
		       page.target.error == -ENOMEM))
		r = -ENOMEM;
	if (r < 0) {
		page_release(&page);
		return r;
	}
	*ret_page = page;
	return 0;
}
