/* SPDX-License-Identifier: MIT */
#ifndef BASE_TOKEN_COUNT_H
#define BASE_TOKEN_COUNT_H

#include <stddef.h>
#include <stdint.h>

size_t token_count(const char *text, size_t len);

#endif
