/* SPDX-License-Identifier: MIT */
#include "docs/kind.h"

#include "base/attr.h"
#include "base/str.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* What is beside the matter: who did what when, and lists for programs. */
static const char *const passed_over[] = { "changelog",  "changes",      "copyright", "news",
					   "authors",    "licen",        "copying",   "thanks",
					   "cmakelists", "requirements", "robots",    "history",
					   "credits" };

static const struct {
	const char *end;
	enum docs_kind kind;
} ends[] = {
	{ ".md", DOCS_MARKDOWN }, { ".markdown", DOCS_MARKDOWN }, { ".rst", DOCS_RST },
	{ ".txt", DOCS_TEXT },    { ".html", DOCS_HTML },         { ".htm", DOCS_HTML },
};

static bool ends_with(const char *at, size_t len, const char *end)
{
	size_t n = strlen(end);

	return len > n && strncasecmp(at + len - n, end, n) == 0;
}

/* man3/printf.3, man1/openssl-req.1ssl */
static bool is_manual(const char *path, const char *name, size_t len)
{
	const char *dot = memrchr(name, '.', len);

	if (!dot || dot == name || name - path < 5 || memcmp(name - 5, "man", 3) != 0)
		return false;
	return isdigit((unsigned char)dot[1]) && dot[1] == name[-2] && name + len - dot <= 10;
}

/* zorb.1, but also what is called app.log.1, or libzorb.so.2. */
static bool may_be_manual(const char *name, size_t len)
{
	const char *end = name + len, *dot = memrchr(name, '.', len);

	if (!dot || dot == name || end - dot < 2 || end - dot > 10 || dot[1] < '1' || dot[1] > '9')
		return false;
	for (const char *c = dot + 2; c < end; c++)
		if (!isalnum((unsigned char)*c))
			return false;
	return true;
}

bool docs_begins_like_manual(const char *data, size_t len)
{
	static const char *const starts[] = { ".TH", ".Dd", ".so ", ".\\\"", "'\\\"" };
	const char *end = data + len;

	while (data < end) {
		const char *feed = memchr(data, '\n', (size_t)(end - data));

		for (size_t i = 0; i < countof(starts); i++)
			if ((size_t)(end - data) >= strlen(starts[i]) &&
			    memcmp(data, starts[i], strlen(starts[i])) == 0)
				return true;
		if (!feed || !strchr(".'\r\n", *data) || !*data)
			return false;
		data = feed + 1;
	}
	return false;
}

enum docs_kind docs_kind_of(const char *path, bool is_given)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	size_t len = strlen(name);

	if (ends_with(name, len, ".gz"))
		len -= 3;
	if (slash && is_manual(path, name, len))
		return DOCS_MANUAL;
	if (is_given && may_be_manual(name, len))
		return DOCS_MAYBE_MANUAL;
	for (size_t i = 0; i < countof(passed_over); i++)
		if (strncasecmp(name, passed_over[i], strlen(passed_over[i])) == 0)
			return DOCS_NONE;
	for (size_t i = 0; i < countof(ends); i++)
		if (ends_with(name, len, ends[i].end))
			return ends[i].kind;
	if (strncasecmp(name, "readme", 6) == 0 && !ends_with(name, len, ".html"))
		return DOCS_TEXT;
	return DOCS_NONE;
}
