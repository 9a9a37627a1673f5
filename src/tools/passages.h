/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_PASSAGES_H
#define TOOLS_PASSAGES_H

#include "base/buf.h"

#include <stdbool.h>

/**
 * Shortens a long text to the paragraphs (between blank lines; a fenced block is one) that share
 * most with a prompt: each word of it counts by how few paragraphs have it. They stay in their
 * order; a line "[...]" stands for what is left out between them. The first paragraph always stays;
 * where none shares a word (ret_matches is false), those behind it do too. keep_bytes: about how
 * much stays. 0 or -ENOMEM. Any thread.
 */
int passages_keep(struct buf *text, const char *prompt, size_t keep_bytes, bool *ret_matches);

#endif
