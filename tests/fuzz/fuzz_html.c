/* SPDX-License-Identifier: MIT */
/* Pages of any bytes: what comes of one is valid UTF-8 within its bounds. */
#include "base/utf8.h"
#include "net/html.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const struct buf *text, size_t max)
{
	if (text->len > max || !utf8_is_valid(text->data ? text->data : "", text->len))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const charsets[] = { NULL, "utf-8", "windows-1252", "shift_jis" };
	struct html_page page = { 0 };
	char *copy;

	if (size < 1)
		return 0;
	copy = malloc(size); /* of its size, so that reading past it is seen */
	if (!copy)
		abort();
	memcpy(copy, data + 1, size - 1);
	if (html_read(copy, size - 1, data[0] & 4 ? "https://a.example/b/c" : NULL,
		      charsets[data[0] & 3], &page) < 0)
		abort();
	check_text(&page.text, HTML_TEXT_MAX);
	check_text(&page.title, HTML_TEXT_MAX);
	check_text(&page.canonical, HTML_TEXT_MAX);
	if (page.title.data && memchr(page.title.data, '\n', page.title.len))
		abort();
	if (page.published_s < 0 || page.modified_s < 0)
		abort();
	html_page_release(&page);
	free(copy);
	return 0;
}
