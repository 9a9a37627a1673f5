/* SPDX-License-Identifier: MIT */
/* A page from bytes to Markdown: encoding, tree, main part, text. */
#include "net/html.h"

#include "base/utf8.h"
#include "net/charset.h"
#include "net/html_entity.h"
#include "net/html_head.h"
#include "net/html_tree.h"
#include "net/html_write.h"
#include "net/reference.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PAGE_MAX = 4 * HTML_TEXT_MAX, BASE_MAX = 2048 };

void html_page_release(struct html_page *page)
{
	if (!page)
		return;
	buf_release(&page->text);
	buf_release(&page->title);
	buf_release(&page->canonical);
}

static int64_t now_s(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now); /* cannot fail on Linux */
	return now.tv_sec;
}

/* What references of the page are relative to, NUL-terminated; empty: unknown. */
static int find_base(const struct html_head *head, const char *url, struct buf *base)
{
	CLEANUP(buf) struct buf said = { .max = BASE_MAX };

	if (head->base.len && head->base.len <= BASE_MAX) {
		html_entity_add_value(head->base.at, head->base.len, &said);
		if (said.len)
			(void)reference_resolve(url, said.data, said.len, base); /* else url's */
	}
	if (buf_error(&said) == -ENOMEM || buf_error(base) == -ENOMEM)
		return -ENOMEM;
	if (buf_error(base) == -EFBIG || (base->len && !reference_scheme(base->data, base->len)))
		buf_clear(base);
	if (!base->len && url && strlen(url) <= BASE_MAX)
		buf_add_str(base, url);
	return buf_error(base);
}

static int write_text(struct html_tree *tree, const char *base, struct html_page *page)
{
	int r = html_write(tree, html_main_find(tree), base, &page->text);

	if (r < 0 || page->text.len)
		return r;
	html_main_take_all(tree);
	return html_write(tree, 0, base, &page->text);
}

static int read_page(const struct buf *utf8, const char *url, struct html_page *page)
{
	CLEANUP(buf) struct buf base = { .max = BASE_MAX };
	struct html_head head = { .now_s = now_s() };
	struct html_tree tree = { 0 };
	const char *known;
	int r = html_tree_build(&tree, utf8->data ? utf8->data : "", utf8->len, &head);

	if (!r)
		r = find_base(&head, url, &base);
	if (!r) {
		known = base.len ? base.data : NULL;
		html_head_add_footer(&head, &tree);
		html_head_tell(&head, &tree, known, page);
		r = write_text(&tree, known, page);
	}
	html_tree_release(&tree);
	if (!r && (buf_error(&page->title) == -ENOMEM || buf_error(&page->canonical) == -ENOMEM))
		r = -ENOMEM;
	return r;
}

int html_read(const char *data, size_t len, const char *url, const char *charset,
	      struct html_page *ret_page)
{
	CLEANUP(buf) struct buf utf8 = { .max = PAGE_MAX };
	struct html_page page = { .text = { .max = HTML_TEXT_MAX },
				  .title = { .max = HTML_TEXT_MAX },
				  .canonical = { .max = 2 * REFERENCE_MAX } };
	int r = charset_to_utf8(data, len, charset, &utf8, NULL);

	if (!r)
		r = read_page(&utf8, url, &page);
	if (r < 0) {
		html_page_release(&page);
		return r;
	}
	*ret_page = page;
	return 0;
}
