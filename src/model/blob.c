/* SPDX-License-Identifier: MIT */
/* Counted immutable bytes, either behind the header in one allocation or taken over as they are. */
#include "model/blob.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct blob {
	atomic_size_t n_refs;
	size_t len;
	char *data; /* own memory, or `inside` */
	char inside[];
};

struct blob *blob_new(const void *data, size_t len)
{
	struct blob *blob;

	if (len > SIZE_MAX / 2)
		return NULL;
	blob = malloc(sizeof(*blob) + len + 1);
	if (!blob)
		return NULL;
	atomic_init(&blob->n_refs, 1);
	blob->len = len;
	blob->data = blob->inside;
	if (len)
		memcpy(blob->data, data, len);
	blob->data[len] = '\0';
	return blob;
}

struct blob *blob_from(char *own_data, size_t len)
{
	struct blob *blob = malloc(sizeof(*blob));

	if (!blob) {
		free(own_data);
		return NULL;
	}
	atomic_init(&blob->n_refs, 1);
	blob->len = len;
	blob->data = own_data;
	blob->data[len] = '\0';
	return blob;
}

struct blob *blob_ref(struct blob *blob)
{
	if (blob)
		atomic_fetch_add_explicit(&blob->n_refs, 1, memory_order_relaxed);
	return blob;
}

void blob_unref(struct blob *blob)
{
	if (!blob || atomic_fetch_sub_explicit(&blob->n_refs, 1, memory_order_acq_rel) != 1)
		return;
	if (blob->data != blob->inside)
		free(blob->data);
	free(blob);
}

const char *blob_data(const struct blob *blob)
{
	return blob->data;
}

size_t blob_len(const struct blob *blob)
{
	return blob->len;
}
