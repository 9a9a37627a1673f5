/* SPDX-License-Identifier: MIT */
/*
 * How often text without secrets is taken for one: redact_files DIRECTORY... feeds every regular
 * file to a redactor, as a command's output would be, and prints "LINES lines, BYTES bytes, N
 * redacted, MS ms", and to standard error each file in which something was, and what it became.
 */
#include "base/clock.h"
#include "model/redact.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct tally {
	uint64_t n_lines, n_bytes, n_redacted, ns;
};

static void show(const char *path, const struct buf *out)
{
	const char *at = out->data, *end;

	while ((at = memmem(at, (size_t)(out->data + out->len - at), "[redacted:", 10))) {
		const char *from = memrchr(out->data, '\n', (size_t)(at - out->data));

		from = from && at - from < 60 ? from + 1 : at - (at - out->data < 60 ? 0 : 60);
		end = memchr(at, '\n', (size_t)(out->data + out->len - at));
		(void)fprintf(stderr, "%s: %.*s\n", path,
			      (int)((end ? end : out->data + out->len) - from), from);
		at += 10;
	}
}

static void redact_file(const struct secrets *secrets, const char *path, struct tally *tally)
{
	static char piece[64 << 10];
	struct buf out = { .max = (size_t)1 << 32 };
	struct redactor redactor;
	struct redacted text;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	ssize_t n;

	if (fd < 0)
		return;
	redactor_init(&redactor, secrets, REDACT_ALL);
	while ((n = read(fd, piece, sizeof(piece))) > 0) {
		uint64_t before = clock_now_ns();

		if (redactor_feed(&redactor, piece, (size_t)n, &text) < 0)
			exit(1);
		tally->ns += clock_now_ns() - before;
		buf_add(&out, text.text, text.len);
		tally->n_bytes += (uint64_t)n;
		for (ssize_t i = 0; i < n; i++)
			tally->n_lines += piece[i] == '\n';
	}
	close(fd);
	if (redactor_end(&redactor, &text) < 0)
		exit(1);
	buf_add(&out, text.text, text.len);
	tally->n_redacted += redactor.n_redacted;
	if (redactor.n_redacted && out.data)
		show(path, &out);
	redactor_release(&redactor);
	buf_release(&out);
}

int main(int argc, char **argv)
{
	struct secrets *secrets = NULL;
	struct tally tally = { 0 };
	FTSENT *entry;
	FTS *fts;

	(void)argc;
	if (secrets_new((const char *const *)environ, NULL, 0, &secrets, NULL) < 0)
		return 1;
	fts = fts_open(argv + 1, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	while (fts && (entry = fts_read(fts))) {
		if (entry->fts_info == FTS_F)
			redact_file(secrets, entry->fts_accpath, &tally);
	}
	if (!fts || fts_close(fts) < 0)
		return 1;
	printf("%lu lines, %lu bytes, %lu redacted, %lu ms\n", tally.n_lines, tally.n_bytes,
	       tally.n_redacted, tally.ns / 1000000);
	secrets_unref(secrets);
	return 0;
}
