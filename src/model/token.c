/* SPDX-License-Identifier: MIT */
/*
 * Finding tokens by their form. Each form is tried where its prefix begins and says no, yes, or
 * that it takes more bytes to tell; it may say that only within a bounded number of bytes, and
 * what it says of some bytes it says of them with any more behind.
 */
#include "model/token.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

enum {
	WINDOW = 64, /* characters of a token that are looked at */
	JWT_HEADER_MAX = 1024,
	JWT_PART_MIN = 10,
	URL_USER_MAX = 128,
	URL_PASSWORD_MAX = 256,
	GAP_MAX = 8,
	LABEL_MAX = 60,
	PEM_LEAD_MAX = 512,  /* between the head of a key and its first whole line */
	PEM_LINE_MIN = 40,   /* of that line */
	PEM_RUN_MIN = 16,    /* of others, but the last */
	PEM_PAUSE_MAX = 256, /* without one: the key was cut off */
};

enum {
	CHAR_UPPER = 1,
	CHAR_LOWER = 2,
	CHAR_DIGIT = 4,
	CHAR_UNDERSCORE = 8,
	CHAR_DASH = 16,
	CHAR_DOT = 32,
	CHAR_BASE64 = 64, /* + / = */
	CHAR_TILDE = 128,
	ALNUM = CHAR_UPPER | CHAR_LOWER | CHAR_DIGIT,
	WORD = ALNUM | CHAR_UNDERSCORE,
	BASE64URL = WORD | CHAR_DASH,
	BASE64 = ALNUM | CHAR_BASE64,
};

enum { NEEDS_DIGIT = 1, ANY_KIND = 2 };

static unsigned class_of(char c)
{
	if (c >= 'a' && c <= 'z')
		return CHAR_LOWER;
	if (c >= 'A' && c <= 'Z')
		return CHAR_UPPER;
	if (c >= '0' && c <= '9')
		return CHAR_DIGIT;
	switch (c) {
	case '_':
		return CHAR_UNDERSCORE;
	case '-':
		return CHAR_DASH;
	case '.':
		return CHAR_DOT;
	case '+':
	case '/':
	case '=':
		return CHAR_BASE64;
	case '~':
		return CHAR_TILDE;
	default:
		return 0;
	}
}

/* Text from where a form may begin, and the byte before it. */
struct view {
	const char *data;
	size_t n;
	bool is_end;
	char before;
};

enum verdict { NO, MORE, YES };

struct match {
	size_t skip, len; /* what is replaced, from the beginning of the form */
	enum token_mode mode;
	unsigned chars;
};

enum { NOT_YET = -1, ENDED = -2 };

static int peek(const struct view *view, size_t at)
{
	if (at < view->n)
		return (unsigned char)view->data[at];
	return view->is_end ? ENDED : NOT_YET;
}

static size_t span(const struct view *view, size_t at, unsigned chars, size_t max)
{
	size_t n = 0;

	while (n < max && at + n < view->n && class_of(view->data[at + n]) & chars)
		n++;
	return n;
}

/* The span goes to the end of what is there, so it may go on. */
static bool is_open(const struct view *view, size_t at, size_t n, size_t max)
{
	return n < max && at + n == view->n && !view->is_end;
}

/* Keys are made by chance: of several kinds of characters, and of many. */
static bool is_made(const char *text, size_t n, unsigned flags)
{
	bool seen[256] = { false };
	size_t n_different = 0, need = n / 3 < 10 ? n / 3 : 10;
	unsigned kinds = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)text[i];

		n_different += !seen[c];
		seen[c] = true;
		kinds |= class_of(text[i]) & ALNUM;
	}
	if (flags & NEEDS_DIGIT && !(kinds & CHAR_DIGIT))
		return false;
	if (!(flags & ANY_KIND) && !(kinds & (kinds - 1)))
		return false;
	return n_different >= need;
}

/* ---- forms ---- */

struct form {
	const char *prefix, *name;
	/* Words: what the prefix is followed by. max 0: any number. */
	unsigned chars;
	size_t min, max;
	unsigned flags;
	/* Or this decides; n is the length of the prefix. */
	enum verdict (*check)(const struct view *view, size_t n, struct match *ret);
};

static enum verdict check_word(const struct form *form, const struct view *view, struct match *ret)
{
	size_t at = strlen(form->prefix), n;

	if (class_of(view->before) & WORD)
		return NO;
	n = span(view, at, form->chars, WINDOW);
	if (is_open(view, at, n, WINDOW))
		return MORE;
	if (n < form->min || (form->max && n > form->max) ||
	    !is_made(view->data + at, n, form->flags))
		return NO;
	*ret = (struct match){ 0, at + n, TOKEN_WORD, form->chars };
	return YES;
}

/* eyJ is {" in base64: header.payload.signature, the first two JSON. */
static enum verdict check_jwt(const struct view *view, size_t at, struct match *ret)
{
	size_t n;

	if (class_of(view->before) & BASE64URL)
		return NO;
	n = span(view, at, BASE64URL, JWT_HEADER_MAX);
	if (is_open(view, at, n, JWT_HEADER_MAX))
		return MORE;
	if (n < JWT_PART_MIN)
		return NO;
	at += n;
	for (size_t i = 0; i < 4; i++, at++) {
		int c = peek(view, at);

		if (c != ".eyJ"[i])
			return c == NOT_YET ? MORE : NO;
	}
	n = span(view, at, BASE64URL, WINDOW);
	if (is_open(view, at, n, WINDOW))
		return MORE;
	if (n < JWT_PART_MIN)
		return NO;
	*ret = (struct match){ 0, at + n, TOKEN_WORD, BASE64URL | CHAR_DOT };
	return YES;
}

static bool is_url_char(int c)
{
	return c > 0x20 && c < 0x7f && !strchr("\"'`<>/\\", c);
}

/* "$PASS", "{pass}", "%s", "****" and the like stand for a password. */
static bool is_placeholder(const char *text, size_t n)
{
	static const char *const words[] = { "password", "passwd", "pass",  "pwd",  "pw",
					     "secret",   "token",  "xxxxx", "user", "example" };

	if (strchr("${[(*.", text[0]) || memmem(text, n, "%s", 2) || memmem(text, n, "...", 3))
		return true;
	for (size_t i = 0; i < countof(words); i++) {
		if (strlen(words[i]) == n && strncasecmp(text, words[i], n) == 0)
			return true;
	}
	return false;
}

/* ://user:password@host */
static enum verdict check_url(const struct view *view, size_t at, struct match *ret)
{
	size_t from;
	int c;

	if (!(class_of(view->before) & ALNUM))
		return NO;
	for (from = at; (c = peek(view, from)) != ':'; from++) {
		if (c == NOT_YET && from - at <= URL_USER_MAX)
			return MORE;
		if (!is_url_char(c) || c == '@' || from - at >= URL_USER_MAX)
			return NO;
	}
	from++;
	for (at = from; (c = peek(view, at)) != '@'; at++) {
		if (c == NOT_YET && at - from <= URL_PASSWORD_MAX)
			return MORE;
		if (!is_url_char(c) || at - from >= URL_PASSWORD_MAX)
			return NO;
	}
	c = peek(view, at + 1);
	if (c == NOT_YET)
		return MORE;
	if (c < 0 || !(class_of((char)c) & ALNUM || c == '[') || at - from < 3 ||
	    is_placeholder(view->data + from, at - from))
		return NO;
	*ret = (struct match){ from, at - from, TOKEN_LOOKING, 0 };
	return YES;
}

/* Past blanks, quotes and their escapes; NOT_YET when it may go on. */
static int skip_gap(const struct view *view, size_t *at)
{
	int c = peek(view, *at);

	for (size_t i = 0; i < GAP_MAX && c > 0 && strchr(" \t\"'\\", c); i++)
		c = peek(view, ++*at);
	return c;
}

static enum verdict check_scheme(const struct view *view, size_t *at)
{
	static const char *const schemes[] = { "bearer ", "basic ", "token " };
	enum verdict verdict = NO;

	for (size_t i = 0; i < countof(schemes); i++) {
		size_t len = strlen(schemes[i]), n = view->n - *at < len ? view->n - *at : len;

		if (strncasecmp(view->data + *at, schemes[i], n) != 0)
			continue;
		if (n == len) {
			*at += len;
			return YES;
		}
		if (!view->is_end)
			verdict = MORE;
	}
	return verdict;
}

/* Authorization: Bearer …, also as it stands in JSON or in a command. */
static enum verdict check_header(const struct view *view, size_t at, struct match *ret)
{
	enum verdict verdict;
	size_t n;
	int c;

	if (class_of(view->before) & WORD)
		return NO;
	c = skip_gap(view, &at);
	if (c == NOT_YET)
		return MORE;
	if (c != ':' && c != '=')
		return NO;
	at++;
	if (skip_gap(view, &at) == NOT_YET)
		return MORE;
	verdict = check_scheme(view, &at);
	if (verdict != YES)
		return verdict;
	if (skip_gap(view, &at) == NOT_YET)
		return MORE;
	n = span(view, at, BASE64URL | BASE64 | CHAR_DOT | CHAR_TILDE, WINDOW);
	if (is_open(view, at, n, WINDOW))
		return MORE;
	if (n < 8 || !is_made(view->data + at, n, 0) || is_placeholder(view->data + at, n))
		return NO;
	*ret = (struct match){ at, n, TOKEN_WORD, BASE64URL | BASE64 | CHAR_DOT | CHAR_TILDE };
	return YES;
}

/* "…-----" after BEGIN or END: its length with the dashes, 0 when there is none. */
static enum verdict check_label(const struct view *view, size_t at, size_t *ret_len)
{
	size_t n = 0, dashes = 0;
	int c;

	for (; (c = peek(view, at + n)) != '-'; n++) {
		if (c == NOT_YET && n <= LABEL_MAX)
			return MORE;
		if (c < 0 || !(class_of((char)c) & (CHAR_UPPER | CHAR_DIGIT) || c == ' ') ||
		    n >= LABEL_MAX)
			return NO;
	}
	for (; dashes < 5; dashes++) {
		c = peek(view, at + n + dashes);
		if (c != '-')
			return c == NOT_YET ? MORE : NO;
	}
	*ret_len = n + dashes;
	return YES;
}

/* A head is followed by a key, or it is only spoken of. */
static enum verdict check_pem(const struct view *view, size_t at, struct match *ret)
{
	size_t label, run = 0, from;
	enum verdict verdict = check_label(view, at, &label);

	if (verdict != YES)
		return verdict;
	if (!memmem(view->data + at, label, "PRIVATE KEY", 11))
		return NO;
	at += label;
	for (from = at; run < PEM_LINE_MIN; at++) {
		int c = peek(view, at);

		if (c == NOT_YET && at - from < PEM_LEAD_MAX)
			return MORE;
		if (c < 0 || at - from >= PEM_LEAD_MAX)
			return NO;
		run = class_of((char)c) & BASE64 ? run + 1 : 0;
	}
	*ret = (struct match){ 0, at, TOKEN_PEM, 0 };
	return YES;
}

/* Longer prefixes before those they begin with. */
static const struct form forms[] = {
	{ "ghp_", "github-token", WORD, 36, 0, 0, NULL },
	{ "gho_", "github-token", WORD, 36, 0, 0, NULL },
	{ "ghu_", "github-token", WORD, 36, 0, 0, NULL },
	{ "ghs_", "github-token", WORD, 36, 0, 0, NULL },
	{ "ghr_", "github-token", WORD, 36, 0, 0, NULL },
	{ "github_pat_", "github-token", WORD, 40, 0, 0, NULL },
	{ "glpat-", "gitlab-token", BASE64URL, 20, 0, 0, NULL },
	{ "xoxa-", "slack-token", ALNUM | CHAR_DASH, 10, 0, NEEDS_DIGIT, NULL },
	{ "xoxb-", "slack-token", ALNUM | CHAR_DASH, 10, 0, NEEDS_DIGIT, NULL },
	{ "xoxp-", "slack-token", ALNUM | CHAR_DASH, 10, 0, NEEDS_DIGIT, NULL },
	{ "xoxr-", "slack-token", ALNUM | CHAR_DASH, 10, 0, NEEDS_DIGIT, NULL },
	{ "xoxs-", "slack-token", ALNUM | CHAR_DASH, 10, 0, NEEDS_DIGIT, NULL },
	{ "AKIA", "aws-key", CHAR_UPPER | CHAR_DIGIT, 16, 16, ANY_KIND, NULL },
	{ "ASIA", "aws-key", CHAR_UPPER | CHAR_DIGIT, 16, 16, ANY_KIND, NULL },
	{ "AIza", "google-key", BASE64URL, 35, 0, 0, NULL },
	{ "sk-ant-", "api-key", BASE64URL, 20, 0, NEEDS_DIGIT, NULL },
	{ "sk-proj-", "api-key", BASE64URL, 20, 0, NEEDS_DIGIT, NULL },
	{ "sk-", "api-key", ALNUM, 20, 0, NEEDS_DIGIT, NULL },
	{ "npm_", "npm-token", ALNUM, 36, 0, 0, NULL },
	{ "hf_", "hf-token", ALNUM, 30, 0, 0, NULL },
	{ "eyJ", "jwt", 0, 0, 0, 0, check_jwt },
	{ "://", "url-password", 0, 0, 0, 0, check_url },
	{ "authorization", "authorization", 0, 0, 0, 0, check_header },
	{ "-----BEGIN ", "private-key", 0, 0, 0, 0, check_pem },
};

/* Pairs of bytes that forms begin with: both have a bit in common. */
static const unsigned char pair_first[256] = {
	['g'] = 1,  ['x'] = 2,  ['A'] = 4,  ['a'] = 4,   ['s'] = 8,
	['n'] = 16, ['h'] = 32, ['e'] = 64, ['-'] = 128, [':'] = 128,
};

static const unsigned char pair_second[256] = {
	['h'] = 1,  ['i'] = 1,  ['l'] = 1,  ['o'] = 2,   ['K'] = 4,
	['S'] = 4,  ['I'] = 4,  ['u'] = 4,  ['U'] = 4,   ['k'] = 8,
	['p'] = 16, ['f'] = 32, ['y'] = 64, ['-'] = 128, ['/'] = 128,
};

static size_t next_pair(const char *data, size_t at, size_t n)
{
	const unsigned char *bytes = (const unsigned char *)data;

	while (at + 1 < n && !(pair_first[bytes[at]] & pair_second[bytes[at + 1]]))
		at++;
	return at + 1 == n && !pair_first[bytes[at]] ? n : at;
}

static bool has_prefix(const char *data, const struct form *form, size_t n)
{
	if (form->check == check_header)
		return strncasecmp(data, form->prefix, n) == 0;
	return memcmp(data, form->prefix, n) == 0;
}

/* The first form that does not say no. */
static enum verdict check(const struct view *view, struct match *ret, const char **ret_name)
{
	for (size_t i = 0; i < countof(forms); i++) {
		const struct form *form = &forms[i];
		size_t len = strlen(form->prefix), n = view->n < len ? view->n : len;
		enum verdict verdict;

		if ((view->data[0] | 0x20) != (form->prefix[0] | 0x20) ||
		    !has_prefix(view->data, form, n))
			continue;
		if (n < len)
			verdict = view->is_end ? NO : MORE;
		else
			verdict = form->check ? form->check(view, len, ret)
					      : check_word(form, view, ret);
		*ret_name = form->name;
		if (verdict != NO)
			return verdict;
	}
	return NO;
}

/* ---- streams ---- */

void token_finder_init(struct token_finder *self)
{
	*self = (struct token_finder){ .before = '\n' };
	self->held.max = 2 * TOKEN_HOLD_MAX;
	self->work.max = self->out.max = SIZE_MAX / 2;
}

void token_finder_release(struct token_finder *self)
{
	buf_release(&self->held);
	buf_release(&self->work);
	buf_release(&self->out);
}

/* In a key, from `at`, where the last whole line of it ended: to where it is known to go on, or
 * where it ends. */
static size_t follow_pem(struct token_finder *self, const struct view *all, size_t at)
{
	size_t run = self->pem_run, good = at, label;
	size_t max = self->pem_len < TOKEN_PEM_MAX ? TOKEN_PEM_MAX - self->pem_len : 0;

	self->pem_run = 0;
	for (size_t i = at; i < all->n; i++) {
		enum verdict verdict = NO;

		if (i - good > PEM_PAUSE_MAX || i - at >= max) {
			self->mode = TOKEN_LOOKING;
			return good;
		}
		run = class_of(all->data[i]) & BASE64 ? run + 1 : 0;
		good = run >= PEM_RUN_MIN ? i + 1 : good;
		for (size_t k = 0; k < 8; k++) {
			int c = peek(all, i + k);

			verdict = c == "-----END"[k] ? YES : c == NOT_YET ? MORE : NO;
			if (verdict != YES)
				break;
		}
		if (verdict == YES)
			verdict = check_label(all, i + 8, &label);
		if (verdict == YES) {
			self->mode = TOKEN_LOOKING;
			return i + 8 + label;
		}
		if (verdict == MORE)
			break;
	}
	if (all->is_end)
		self->mode = TOKEN_LOOKING;
	self->pem_run = good == all->n ? run : 0;
	self->pem_len += good - at;
	return good;
}

static void add_mark(struct token_finder *self, const char *name)
{
	buf_printf(&self->out, "[redacted:%s]", name);
	self->n_found++;
}

/* One step from `at` in any mode: returns where to go on. *copied: what before it is in out or
 * replaced. False in *go_on: it takes more to tell. */
static size_t step(struct token_finder *self, const struct view *all, size_t at, size_t *copied,
		   bool *go_on)
{
	struct view view;
	struct match match;
	const char *name;

	switch (self->mode) {
	case TOKEN_WORD:
		at += span(all, at, self->chars, SIZE_MAX);
		*copied = at;
		if (at < all->n)
			self->mode = TOKEN_LOOKING;
		return at;
	case TOKEN_PEM:
		at = follow_pem(self, all, at);
		*copied = at;
		*go_on = self->mode == TOKEN_LOOKING;
		return at;
	case TOKEN_LOOKING:
		break;
	}
	at = next_pair(all->data, at, all->n);
	if (at == all->n)
		return at;
	view = (struct view){ all->data + at, all->n - at, all->is_end,
			      at ? all->data[at - 1] : self->before };
	switch (check(&view, &match, &name)) {
	case NO:
		return at + 1;
	case MORE:
		*go_on = false;
		return at;
	case YES:
		break;
	}
	buf_add(&self->out, all->data + *copied, at + match.skip - *copied);
	add_mark(self, name);
	self->mode = match.mode;
	self->chars = match.chars;
	self->pem_len = match.len;
	self->pem_run = PEM_LINE_MIN;
	*copied = at + match.skip + match.len;
	return *copied;
}

int token_finder_feed(struct token_finder *self, const char *data, size_t len, bool is_end,
		      const char **ret_text, size_t *ret_len)
{
	struct view all = { data, len, is_end, 0 };
	size_t at = 0, copied = 0;
	bool go_on = true;

	if (self->held.len) {
		buf_clear(&self->work);
		buf_add(&self->work, self->held.data, self->held.len);
		buf_add(&self->work, data, len);
		if (buf_error(&self->work))
			return buf_error(&self->work);
		all.data = self->work.data;
		all.n = self->work.len;
	}
	buf_clear(&self->out);
	while (go_on && at < all.n)
		at = step(self, &all, at, &copied, &go_on);
	*ret_text = all.data;
	*ret_len = at;
	if (copied) {
		buf_add(&self->out, all.data + copied, at - copied);
		*ret_text = self->out.data ? self->out.data : "";
		*ret_len = self->out.len;
	}
	if (at)
		self->before = all.data[at - 1];
	buf_clear(&self->held);
	buf_add(&self->held, all.data + at, all.n - at);
	return buf_error(&self->out) ? buf_error(&self->out) : buf_error(&self->held);
}
