/* SPDX-License-Identifier: MIT */
/* Messages to people. */
#include "cli/diag.h"

#include "model/redact.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

/* Messages are few: what is secret is found out each time. Where the environment has too many
 * secrets, which is what the message says then, tokens are still found. NULL without memory. */
static struct secrets *find_secrets(void)
{
	static const char *const none[] = { NULL };
	struct secrets *secrets = NULL;

	if (secrets_new((const char *const *)environ, NULL, 0, &secrets, NULL) < 0)
		(void)secrets_new(none, NULL, 0, &secrets, NULL); /* or there is no memory */
	return secrets;
}

static void say(const struct buf *text)
{
	CLEANUP(buf) struct buf out = { .max = SIZE_MAX / 2 };
	struct secrets *secrets = find_secrets();

	if (!text->data || !secrets || redact_text(secrets, text->data, text->len, &out) < 0)
		(void)fputs("volley: out of memory\n", stderr);
	else
		(void)fwrite(out.data ? out.data : "", 1, out.len, stderr);
	secrets_unref(secrets);
}

void diag_say(const char *format, ...)
{
	CLEANUP(buf) struct buf line = { .max = ERROR_TEXT_MAX + 4096 };
	char text[ERROR_TEXT_MAX + 256];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), format, ap); /* cut if too long */
	va_end(ap);
	buf_printf(&line, "volley: %s\n", text);
	say(&line);
}

void diag_error(const struct error *err)
{
	struct secrets *secrets = find_secrets();
	struct error redacted = *err;

	redact_error(secrets, &redacted); /* also what stands there cut short */
	diag_say("%s", redacted.text);
	secrets_unref(secrets);
}

void diag_problems(const struct quoted_text *text, const struct problems *problems)
{
	CLEANUP(buf) struct buf buf = { .max = 1 << 20 };

	quote_problems(&buf, text, problems);
	say(&buf);
}
