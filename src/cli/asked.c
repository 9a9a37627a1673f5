/* SPDX-License-Identifier: MIT */
#include "cli/asked.h"

#include "model/redact.h"
#include "plan/question.h"

#include <errno.h>
#include <unistd.h>

int asked_read(const struct options *options, size_t first, size_t n, struct buf *out,
	       struct error *err)
{
	CLEANUP(buf) struct buf words = { .max = QUESTION_BYTES_MAX };
	struct secrets *secrets = NULL;
	int r = 0;

	for (size_t i = 0; i < n; i++)
		buf_printf(&words, "%s%s", i ? " " : "", options->operands[first + i]);
	if (buf_error(&words) == -EFBIG)
		return error_set(err, ERROR_INVALID, EFBIG, "the question is longer than %d KiB",
				 QUESTION_BYTES_MAX >> 10);
	if (!options->is_bare)
		r = secrets_new((const char *const *)environ, NULL, 0, &secrets, err);
	if (r < 0)
		return r;
	if (words.data)
		(void)redact_text(secrets, words.data, words.len, out); /* out says so */
	buf_add_char(out, '\0');
	secrets_unref(secrets);
	return buf_error(&words) || buf_error(out) ? error_errno(err, ENOMEM, "the question") : 0;
}
