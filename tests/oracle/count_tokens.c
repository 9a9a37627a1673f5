/* SPDX-License-Identifier: MIT */
/*
 * How many tokens texts are taken for: reads "LENGTH\n" and so many bytes, again and again, and
 * prints a line "WHOLE LINES" for each: the total of the text, and of a counter that was given it
 * line by line.
 */
#include "base/token_count.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void)
{
	char *text = NULL;
	size_t len;

	while (scanf("%zu", &len) == 1 && getchar() == '\n') {
		struct token_counter counter = { 0 };

		free(text);
		text = malloc(len + 1);
		if (!text || fread(text, 1, len, stdin) != len)
			return 1;
		for (size_t at = 0, n; at < len; at += n) {
			const char *end = memchr(text + at, '\n', len - at);

			n = end ? (size_t)(end + 1 - text) - at : len - at;
			token_counter_add(&counter, text + at, n);
		}
		printf("%zu %zu\n", token_count(text, len), token_counter_total(&counter));
	}
	free(text);
	return 0;
}
