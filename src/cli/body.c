/* SPDX-License-Identifier: MIT */
#include "cli/body.h"

#include "cli/spill.h"

enum { BODY_BYTES_MAX = 1 << 30 };

struct blob *body_read(const char *dir, const struct call *call,
		       const struct recorded_call *recorded)
{
	struct blob *body = NULL;
	struct error err;
	struct buf buf;

	buf_init(&buf, BODY_BYTES_MAX);
	if (spill_read(dir, call, &buf, &err) == 0) {
		/* The file has lines, for people. A name with a newline in it does not come back,
		 * which the hash tells. */
		for (size_t i = 0; recorded->result.body_is_nul && i < buf.len; i++) {
			if (buf.data[i] == '\n')
				buf.data[i] = '\0';
		}
		if (recorded_is_body(recorded, buf.data, buf.len))
			body = blob_new(buf.data, buf.len);
	}
	buf_release(&buf);
	return body;
}
