/* SPDX-License-Identifier: MIT */
/*
 * Manual pages as text, to be compared with what man prints: for each path on standard input the
 * text and a form feed; nothing but that for a page that is only an alias.
 */
#include "docs/files.h"
#include "docs/page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void)
{
	char path[4096], name[256];

	while (fgets(path, sizeof(path), stdin)) {
		struct docs_file file = { .path = path };
		struct page page;
		char *data;
		size_t len;

		path[strcspn(path, "\n")] = '\0';
		if (docs_file_read(&file, &data, &len) < 0)
			return 1;
		if (page_read(DOCS_MANUAL, docs_file_name(path, name, sizeof(name)), data, len,
			      &page) < 0)
			return 1;
		(void)fwrite(page.text.data ? page.text.data : "", 1, page.text.len, stdout);
		(void)putchar('\f');
		page_release(&page);
		free(data);
	}
	return 0;
}
