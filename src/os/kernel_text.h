/* SPDX-License-Identifier: MIT */
#ifndef OS_KERNEL_TEXT_H
#define OS_KERNEL_TEXT_H

#include <stdbool.h>
#include <stdint.h>

/**
 * The small texts of /proc and /sys: read whole into a bounded buffer, then taken apart. Numbers
 * that do not fit, or are none, are refused; nothing is read past the NUL. Any thread.
 */
enum { KERNEL_TEXT_MAX = 8192 };

/** False when it cannot be read. What is longer than the buffer is cut at a whole line; fields
 *  looked for here stand near the top. */
bool kernel_text_read(int dir_fd, const char *path, char out[KERNEL_TEXT_MAX]);

/** Skips blanks, takes a number, moves *at behind it. */
bool kernel_text_uint(const char **at, uint64_t *ret_n);
bool kernel_text_real(const char **at, double *ret_n); /* not negative, finite */

/** The line that begins with `start`, followed by a blank or the line's end; or NULL. */
const char *kernel_text_line(const char *text, const char *start);

/** The number behind `name` at the start of a line. */
bool kernel_text_field(const char *text, const char *name, uint64_t *ret_n);

#endif
