/* SPDX-License-Identifier: MIT */
/*
 * Manual pages. Besides what the sanitizers see: the text is valid UTF-8, and its
 * passages lie in it, in order and within their size.
 */
#include "base/utf8.h"
#include "docs/page.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct page *page)
{
	const char *text = page->text.data ? page->text.data : "";
	struct passages cut = { 0 };

	if (!utf8_is_valid(text, page->text.len) ||
	    !utf8_is_valid(page->title.data ? page->title.data : "", page->title.len))
		abort();
	for (const char *at = text; (at = strstr(at, "```\n")); at += 4)
		if (memchr(text, '\0', page->text.len) == NULL && !page->text.error &&
		    passages_cut(&cut, text, page->text.len) == 0)
			for (size_t i = 0; i < cut.n; i++) {
				const struct passage *passage = &cut.items[i];

				if (passage->at + passage->len > page->text.len ||
				    passage->len == 0 || passage->len > 2 * PASSAGE_BYTES ||
				    passage->heading_at + passage->heading_len > page->text.len ||
				    (i > 0 && passage->at < cut.items[i - 1].at))
					abort();
			}
	passages_release(&cut);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + !size); /* to its end exactly, for the sanitizer */
	struct page page;

	if (!text)
		return 0;
	memcpy(text, data, size);
	(void)docs_begins_like_manual(text, size);
	if (page_read(DOCS_MANUAL, "name.1", text, size, &page) == 0) {
		check(&page);
		page_release(&page);
	}
	if (page_read(DOCS_TEXT, "name.txt", text, size, &page) == 0) {
		check(&page);
		page_release(&page);
	}
	free(text);
	return 0;
}
