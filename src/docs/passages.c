/* SPDX-License-Identifier: MIT */
#include "base/attr.h"
#include "base/utf8.h"
#include "base/vec.h"
#include "docs/page.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

enum { OVERLAP_BYTES = 300 };

static const char *const beside[] = {
	"AUTHOR",         "AUTHORS",      "COPYRIGHT",        "COLOPHON",          "SEE ALSO",
	"REPORTING BUGS", "AVAILABILITY", "LICENSE",          "VERSION",           "NOTES",
	"THANKS",         "HISTORY",      "ACKNOWLEDGEMENTS", "GCLOUD WIDE FLAGS", "CONTRIBUTORS"
};

struct cutting {
	struct passages *passages;
	const char *text;
	struct passage open;                 /* what is being gathered */
	size_t last_at;                      /* of the open one's last paragraph */
	bool is_beside, is_fenced, is_short; /* is_short: of memory */
};

static void push(struct cutting *self, size_t at, size_t len)
{
	struct passage passage = self->open;

	while (len > 0 && isspace((unsigned char)self->text[at]))
		at++, len--;
	while (len > 0 && isspace((unsigned char)self->text[at + len - 1]))
		len--;
	passage.at = at;
	passage.len = len;
	if (len == 0 || self->is_beside || self->passages->n >= PASSAGES_MAX)
		return;
	if (!vec_push(self->passages, passage))
		self->is_short = true;
}

/* Where to cut what is too long: after a sentence, else between words, else between characters. */
static size_t cut_at(const char *text, size_t len)
{
	size_t n = PASSAGE_BYTES;

	if (len <= PASSAGE_BYTES)
		return len;
	for (size_t i = n; i > n / 2; i--)
		if (text[i - 1] == '\n' || (text[i - 1] == ' ' && strchr(".!?:;", text[i - 2])))
			return i;
	for (size_t i = n; i > n / 2; i--)
		if (isspace((unsigned char)text[i - 1]))
			return i;
	return utf8_fit(text, len, n);
}

static void close_open(struct cutting *self)
{
	size_t at = self->open.at;
	size_t end = at + self->open.len;

	while (at < end) {
		size_t n = cut_at(self->text + at, end - at);

		push(self, at, n ? n : 1);
		at += n ? n : 1;
	}
	self->open.len = 0;
}

static void add_paragraph(struct cutting *self, size_t at, size_t end)
{
	struct passage *open = &self->open;

	if (open->len == 0) {
		open->at = at;
	} else if (end - open->at > PASSAGE_BYTES) {
		size_t last = self->last_at;
		size_t last_len = open->at + open->len - last;

		close_open(self);
		open->at = last_len <= OVERLAP_BYTES && end - last <= PASSAGE_BYTES ? last : at;
	}
	self->last_at = at;
	open->len = end - open->at;
}

static void start_section(struct cutting *self, size_t at, size_t end)
{
	close_open(self);
	while (at < end && (self->text[at] == '#' || self->text[at] == ' '))
		at++;
	self->open.heading_at = at;
	self->open.heading_len = end - at;
	self->is_beside = false;
	for (size_t i = 0; i < countof(beside); i++)
		if (strlen(beside[i]) == end - at &&
		    strncasecmp(beside[i], self->text + at, end - at) == 0)
			self->is_beside = true;
}

static bool is_heading(const char *text, size_t len)
{
	size_t n = 0;

	while (n < len && text[n] == '#')
		n++;
	return n > 0 && n <= 6 && n < len && text[n] == ' ';
}

int passages_cut(struct passages *passages, const char *text, size_t len)
{
	struct cutting self = { .passages = passages, .text = text };
	size_t from = 0; /* of the paragraph */

	passages->n = 0;
	for (size_t at = 0; at < len;) {
		const char *feed = memchr(text + at, '\n', len - at);
		size_t end = feed ? (size_t)(feed - text) : len;
		size_t next = end + (feed != NULL);
		bool is_blank = true;

		if (end - at >= 3 && memcmp(text + at, "```", 3) == 0)
			self.is_fenced = !self.is_fenced;
		for (size_t i = at; i < end && is_blank; i++)
			is_blank = isspace((unsigned char)text[i]);
		if (!self.is_fenced && is_heading(text + at, end - at)) {
			if (at > from)
				add_paragraph(&self, from, at);
			start_section(&self, at, end);
			from = next;
		} else if (is_blank || next - from > PASSAGE_BYTES) {
			add_paragraph(&self, from, next);
			from = next;
		}
		at = next;
	}
	if (from < len)
		add_paragraph(&self, from, len);
	close_open(&self);
	if (passages->n == 0) { /* nothing but headings */
		self.is_beside = false;
		push(&self, 0, cut_at(text, len));
	}
	return self.is_short ? -ENOMEM : 0;
}

void passages_release(struct passages *passages)
{
	vec_release(passages);
}
