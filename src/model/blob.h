/* SPDX-License-Identifier: MIT */
#ifndef MODEL_BLOB_H
#define MODEL_BLOB_H

#include <stddef.h>

/**
 * Immutable bytes, reference-counted (atomically): what a call brought back. Only blobs and runs
 * are counted. data[len] is NUL.
 */
struct blob;

struct blob *blob_new(const void *data, size_t len); /* copies; NULL without memory */
/** Takes malloc'd data[len + 1]; frees it on failure. */
struct blob *blob_from(char *own_data, size_t len);
struct blob *blob_ref(struct blob *blob);
void blob_unref(struct blob *blob); /* accepts NULL */
const char *blob_data(const struct blob *blob);
size_t blob_len(const struct blob *blob);

#endif
