/* SPDX-License-Identifier: MIT */
/* Any bytes as a page: what comes out is UTF-8, within its bounds, without zero bytes, and has no
 * blank at a line's end outside of code. */
#include "net/html.h"

#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct buf *buf, size_t max)
{
	if (buf->len > max || buf->error || (buf->len && !utf8_is_valid(buf->data, buf->len)) ||
	    (buf->len && memchr(buf->data, '\0', buf->len)))
		abort();
}

/* At most one blank line, but in code, and a line end at the end. */
static void check_lines(const char *text, size_t len)
{
	if (len && (text[len - 1] != '\n' || text[0] == '\n'))
		abort();
	if (!memmem(text, len, "```", 3) && memmem(text, len, "\n\n\n", 3))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const urls[] = { NULL, "http://h/a/b", "x", "file:///a/../b?c#d" };
	struct html_page page;

	if (html_read((const char *)data, size, urls[size % 4], size % 3 ? NULL : "utf-8", &page))
		abort();
	check(&page.text, HTML_TEXT_MAX);
	check(&page.title, 1000);
	check(&page.canonical, 1 << 15);
	if (page.text.len)
		check_lines(page.text.data, page.text.len);
	if (page.published_s < 0 || page.modified_s < 0)
		abort();
	html_page_release(&page);
	return 0;
}
