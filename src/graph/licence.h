/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_LICENCE_H
#define GRAPH_LICENCE_H

#include <stdbool.h>
#include <stddef.h>

/** The family of a licence by its text ("MIT", "Apache-2.0", "GPL-3.0", …), told by sentences that
 *  only it has; NULL if it is none that is known. Any bytes, any thread. */
const char *licence_of_text(const char *text, size_t len);

/** Whether an SPDX expression, or what people write for one, names the family. */
bool licence_is_named(const char *expression, const char *family);

/** Whether an expression names any family that licence_of_text() knows. */
bool licence_is_known(const char *expression);

#endif
