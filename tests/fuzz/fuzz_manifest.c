/* SPDX-License-Identifier: MIT */
/* Readers of manifests: any bytes, of each kind (the first byte says which). What they give is
 * bounded, printable and in order, and the lines are lines of the text. */
#include "graph/licence.h"
#include "graph/manifest.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void check_text(const char *text)
{
	if (!text)
		return;
	check(*text && strlen(text) <= MANIFEST_TEXT_MAX);
	for (const char *at = text; *at; at++)
		check((unsigned char)*at >= ' ' && *at != 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct manifest manifest;
	struct arena arena;
	uint32_t n_lines = 1;
	char *text;

	if (!size)
		return 0;
	text = malloc(size); /* of its size, so that one byte too far is seen */
	if (!text)
		return 0;
	memcpy(text, data + 1, size - 1);
	for (size_t i = 0; i + 1 < size; i++)
		n_lines += text[i] == '\n';
	arena_init(&arena, (size_t)64 << 20);
	if (manifest_read((enum manifest_kind)(*data % MANIFEST_KIND_COUNT), text, size - 1, &arena,
			  &manifest) == 0) {
		check(manifest.items.n <= MANIFEST_ITEMS_MAX);
		for (size_t i = 0; i < manifest.items.n; i++) {
			check_text(manifest.items.items[i].name);
			check_text(manifest.items.items[i].value);
			check(manifest.items.items[i].line <= n_lines);
		}
	}
	(void)licence_of_text(text, size - 1);
	manifest_release(&manifest);
	arena_release(&arena);
	free(text);
	return 0;
}
