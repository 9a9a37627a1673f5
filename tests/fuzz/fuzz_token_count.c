/* SPDX-License-Identifier: MIT */
/*
 * Estimates of tokens: the first byte says where the text is cut. Besides what the sanitizers see:
 * a byte is at most a token and what a cut costs, and two parts are not less than the whole but
 * for two tokens where they were cut, and one for each block of what is longer than a block.
 */
#include "base/token_count.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct token_counter whole = { 0 }, parts = { 0 };
	const char *text = (const char *)data + 1;
	size_t len, cut;

	if (size < 2)
		return 0;
	len = size - 1;
	cut = len * data[0] / 255;
	token_counter_add(&whole, text, len);
	token_counter_add(&parts, text, cut);
	token_counter_add(&parts, text + cut, len - cut);
	if (whole.sixteenths > 20 * len || whole.sixteenths > parts.sixteenths + 32 + len)
		abort();
	return 0;
}
