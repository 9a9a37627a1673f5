/* SPDX-License-Identifier: MIT */
#include "base/token_count.h"

size_t token_count(const char *text, size_t len)
{
	(void)text;
	return len / 3 + 1;
}
