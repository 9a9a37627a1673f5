/* SPDX-License-Identifier: MIT */
/* Errors as values: class and code for programs, one line of text for people. */
#include "base/error.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const class_names[] = {
	[ERROR_NONE] = "none",       [ERROR_INVALID] = "invalid",     [ERROR_DENIED] = "denied",
	[ERROR_MISSING] = "missing", [ERROR_TRANSIENT] = "transient", [ERROR_LIMIT] = "limit",
	[ERROR_TIMEOUT] = "timeout", [ERROR_CANCELLED] = "cancelled", [ERROR_BUG] = "bug",
};

const char *error_class_name(enum error_class class)
{
	return class >= 0 && class < ERROR_CLASS_COUNT ? class_names[class] : "unknown";
}

enum error_class error_class_of(int code)
{
	switch (code) {
	case ENOENT:
	case ENOTDIR:
	case ENODEV:
		return ERROR_MISSING;
	case EACCES:
	case EPERM:
	case EXDEV:
	case ELOOP:
	case EROFS:
		return ERROR_DENIED;
	case EAGAIN:
	case EINTR:
	case EBUSY:
	case ETXTBSY:
		return ERROR_TRANSIENT;
	case ENOMEM:
	case EMFILE:
	case ENFILE:
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return ERROR_LIMIT;
	case ETIMEDOUT:
		return ERROR_TIMEOUT;
	case ECANCELED:
		return ERROR_CANCELLED;
	case E2BIG:
	case EINVAL:
	case EISDIR:
	case ENAMETOOLONG:
	case ENOEXEC:
	case EILSEQ:
		return ERROR_INVALID;
	default:
		return ERROR_TRANSIENT;
	}
}

static int result_of(int code)
{
	return code > 0 ? -code : -EIO;
}

/* It may quote what a peer or a file says, and is shown on terminals. */
static ATTR_PRINTF(2, 0) void write_text(struct error *err, const char *format, va_list args)
{
	(void)vsnprintf(err->text, sizeof(err->text), format, args); /* cut if long */
	for (char *at = err->text; *at; at++)
		if (iscntrl((unsigned char)*at) && *at != '\n' && *at != '\t')
			*at = '?';
}

int error_set(struct error *err, enum error_class class, int code, const char *format, ...)
{
	if (err) {
		va_list args;

		err->class = class;
		err->code = code;
		err->origin = ERROR_FROM_ERRNO;
		err->origin_code = 0;
		err->retry_ms = 0;
		va_start(args, format);
		write_text(err, format, args);
		va_end(args);
	}
	return result_of(code);
}

int error_errno(struct error *err, int code, const char *format, ...)
{
	if (err) {
		va_list args;
		size_t n;

		err->class = error_class_of(code);
		err->code = code;
		/* Only opening beneath the root is asked in a way that gives this. */
		err->origin = code == EXDEV ? ERROR_FROM_CONFINED : ERROR_FROM_ERRNO;
		err->origin_code = 0;
		err->retry_ms = 0;
		va_start(args, format);
		write_text(err, format, args);
		va_end(args);
		n = strlen(err->text);
		if (n + 2 < sizeof(err->text))
			(void)snprintf(err->text + n, sizeof(err->text) - n, ": %s",
				       code == EXDEV ? "leads out of the workspace root"
						     : strerror(code));
	}
	return result_of(code);
}

void error_from(struct error *err, enum error_origin origin, int origin_code)
{
	if (!err)
		return;
	err->origin = origin;
	err->origin_code = origin_code;
}

void error_prefix(struct error *err, const char *format, ...)
{
	char rest[ERROR_TEXT_MAX];
	va_list args;
	size_t n;

	if (!err)
		return;
	memcpy(rest, err->text, sizeof(rest));
	va_start(args, format);
	write_text(err, format, args);
	va_end(args);
	n = strlen(err->text);
	if (n + 2 < sizeof(err->text))
		(void)snprintf(err->text + n, sizeof(err->text) - n, ": %.400s", rest);
}
