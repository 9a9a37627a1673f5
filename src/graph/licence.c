/* SPDX-License-Identifier: MIT */
/* Licences by their texts and by their names. */
#include "graph/licence.h"

#include "base/attr.h"
#include "base/str.h"

#include <stddef.h>
#include <string.h>

/* Of texts that contain each other's sentences the longer-named comes first. */
static const struct {
	const char *family, *sentence;
	const char *names; /* how expressions begin that name it, with blanks around each */
} rows[] = {
	{ "AGPL", "GNU AFFERO GENERAL PUBLIC LICENSE", " AGPL " },
	{ "LGPL", "GNU LESSER GENERAL PUBLIC LICENSE", " LGPL " },
	{ "LGPL", "GNU LIBRARY GENERAL PUBLIC LICENSE", " LGPL " },
	{ "GPL", "GNU GENERAL PUBLIC LICENSE", " GPL GNU " },
	{ "Apache-2.0", "Apache License", " Apache ASL " },
	{ "MPL-2.0", "Mozilla Public License", " MPL Mozilla " },
	{ "EPL", "Eclipse Public License", " EPL Eclipse " },
	{ "BSD", "Redistributions of source code must retain", " BSD 0BSD " },
	{ "ISC", "Permission to use, copy, modify, and/or distribute this software for any",
	  " ISC " },
	{ "MIT", "Permission is hereby granted, free of charge, to any person obtaining",
	  " MIT X11 " },
	{ "Unlicense", "free and unencumbered software released into the public domain",
	  " Unlicense " },
};

/* As if every run of white space were one blank: licences are wrapped in every way. */
static bool has_sentence(const char *text, size_t len, const char *sentence)
{
	for (size_t at = 0; at < len; at++) {
		size_t i = at;
		const char *want = sentence;

		while (*want && i < len) {
			if (*want == ' ' && strchr(" \t\r\n", text[i]) && text[i]) {
				while (i < len && text[i] && strchr(" \t\r\n", text[i]))
					i++;
			} else if (text[i] == *want) {
				i++;
			} else {
				break;
			}
			want++;
		}
		if (!*want)
			return true;
	}
	return false;
}

/* A word of the expression that begins as one of the names. */
static bool is_named(const char *expression, const char *names)
{
	for (const char *at = names; (at = strchr(at, ' ')) && at[1]; at++) {
		size_t len = strcspn(at + 1, " ");

		for (const char *word = expression; *word; word++) {
			bool begins = word == expression || strchr(" (/,", word[-1]);

			if (begins && strncasecmp(word, at + 1, len) == 0)
				return true;
		}
	}
	return false;
}

const char *licence_of_text(const char *text, size_t len)
{
	enum { LOOK_BYTES = 4000 }; /* later on one licence may speak of another */
	const char *tag =
		memmem(text, len > LOOK_BYTES ? LOOK_BYTES : len, "SPDX-License-Identifier:", 24);

	if (tag) {
		char expression[64] = "";

		for (size_t i = 0; i + 1 < sizeof(expression); i++) {
			const char *at = tag + 24 + i;

			if (at >= text + len || !*at || *at == '\n')
				break;
			expression[i] = *at;
		}
		for (size_t i = 0; i < countof(rows); i++) {
			if (is_named(expression, rows[i].names))
				return rows[i].family;
		}
	}
	for (size_t i = 0; i < countof(rows); i++) {
		if (has_sentence(text, len > LOOK_BYTES ? LOOK_BYTES : len, rows[i].sentence))
			return rows[i].family;
	}
	return NULL;
}

bool licence_is_named(const char *expression, const char *family)
{
	for (size_t i = 0; i < countof(rows); i++) {
		if (str_equal(rows[i].family, family) && is_named(expression, rows[i].names))
			return true;
	}
	return false;
}

bool licence_is_known(const char *expression)
{
	for (size_t i = 0; i < countof(rows); i++) {
		if (is_named(expression, rows[i].names))
			return true;
	}
	return false;
}
