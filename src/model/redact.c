/* SPDX-License-Identifier: MIT */
/*
 * Redaction of a stream. The trie's state says how many of the last bytes may be the beginning of
 * a match; only those are held back, and where nothing is found and nothing held, the caller's own
 * bytes are handed on.
 *
 *	…passed on│ held: the state's bytes │ the next piece
 *	          └─ matches are kept until all of their bytes are before the held ones
 */
#include "model/redact.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void redactor_init(struct redactor *self, const struct secrets *secrets, enum redact_what what)
{
	*self = (struct redactor){ .secrets = secrets, .what = what };
	self->held.max = TRIE_NEEDLE_MAX;
	self->plain.max = SIZE_MAX / 2;
	token_finder_init(&self->tokens);
}

void redactor_release(struct redactor *self)
{
	buf_release(&self->held);
	buf_release(&self->plain);
	vec_release(&self->matches);
	token_finder_release(&self->tokens);
}

/* ---- known values ---- */

/* A later match that overlaps earlier ones is the longer one where it lies over them; one of the
 * same value makes one with them. */
static bool add_match(struct redactor *self, uint16_t value, size_t len)
{
	struct redact_match match = { .from = self->at - len, .to = self->at, .value = value };

	while (self->matches.n > 0) {
		struct redact_match *last = &self->matches.items[self->matches.n - 1];

		if (last->to <= match.from)
			break;
		if (last->value == value && last->from < match.from) {
			last->to = match.to;
			return true;
		}
		if (last->from < match.from) {
			last->to = match.from;
			break;
		}
		self->matches.n--;
	}
	return vec_push(&self->matches, match);
}

static bool find_values(struct redactor *self, const struct trie *trie, const char *data,
			size_t len)
{
	for (size_t i = 0; i < len;) {
		if (!self->state) {
			size_t next = trie_skip(trie, data, i, len);

			self->at += next - i;
			i = next;
			if (i == len)
				break;
		}
		self->state = trie_step(trie, self->state, (unsigned char)data[i++]);
		self->at++;
		if (self->state && trie->nodes[self->state].found_len) {
			const struct trie_node *node = &trie->nodes[self->state];

			if (!add_match(self, node->found, node->found_len))
				return false;
		}
	}
	return true;
}

/* The bytes [from, to) of the stream, of which the last are data's and those before are held. */
static void add_bytes(struct redactor *self, uint64_t from, uint64_t to, const char *data,
		      uint64_t data_at)
{
	if (from < data_at) {
		uint64_t end = to < data_at ? to : data_at;

		buf_add(&self->plain, self->held.data + self->held.len - (data_at - from),
			(size_t)(end - from));
		from = end;
	}
	if (from < to)
		buf_add(&self->plain, data + (from - data_at), (size_t)(to - from));
}

size_t redact_mark_len(const char *text)
{
	static const char begin[] = "[redacted";
	const char *name = text + sizeof(begin) - 1;
	size_t len;

	if (strncmp(text, begin, sizeof(begin) - 1) != 0)
		return 0;
	if (*name == ']')
		return sizeof(begin);
	len = *name == ':' ? strcspn(name, "[]\n") : 0;
	return len > 1 && name[len] == ']' ? (size_t)(name - text) + len + 1 : 0;
}

static void add_mark(struct redactor *self, const char *name)
{
	buf_printf(&self->plain, "[redacted:%s]", name);
	self->n_redacted++;
}

/* Writes [from, to) with matches replaced. */
static void replace(struct redactor *self, uint64_t from, uint64_t to, const char *data,
		    uint64_t data_at)
{
	size_t n_done = 0;

	for (; n_done < self->matches.n; n_done++) {
		struct redact_match *match = &self->matches.items[n_done];

		if (match->from >= to)
			break;
		if (match->from > from)
			add_bytes(self, from, match->from, data, data_at);
		if (!match->is_told)
			add_mark(self, secrets_name(self->secrets, match->value));
		match->is_told = true;
		from = match->to < to ? match->to : to;
		if (match->to > to)
			break;
	}
	if (from < to)
		add_bytes(self, from, to, data, data_at);
	self->matches.n -= n_done;
	if (n_done)
		memmove(self->matches.items, self->matches.items + n_done,
			self->matches.n * sizeof(*self->matches.items));
}

/* Keeps the bytes of the state, the last of what was held and data. */
static void hold(struct redactor *self, size_t depth, const char *data, size_t len)
{
	size_t n_old = depth > len ? depth - len : 0;

	if (n_old)
		memmove(self->held.data, self->held.data + self->held.len - n_old, n_old);
	self->held.len = n_old;
	buf_add(&self->held, data + len - (depth - n_old), depth - n_old);
}

static int take_values(struct redactor *self, const char *data, size_t len, bool is_end,
		       struct redacted *ret)
{
	const struct trie *trie = secrets_trie(self->secrets);
	uint64_t data_at = self->at, from = data_at - self->held.len;
	size_t depth;

	*ret = (struct redacted){ data, len };
	if (!trie)
		return 0;
	if (!find_values(self, trie, data, len))
		return -ENOMEM;
	depth = is_end || !self->state ? 0 : trie->nodes[self->state].depth;
	if (self->held.len || self->matches.n) {
		buf_clear(&self->plain);
		replace(self, from, self->at - depth, data, data_at);
		*ret = (struct redacted){ self->plain.data ? self->plain.data : "",
					  self->plain.len };
	} else {
		ret->len = len - depth;
	}
	if (depth)
		hold(self, depth, data, len);
	else
		self->held.len = 0;
	return buf_error(&self->plain) ? buf_error(&self->plain) : buf_error(&self->held);
}

/* ---- both ---- */

static int feed(struct redactor *self, const char *data, size_t len, bool is_end,
		struct redacted *ret)
{
	uint64_t before = self->tokens.n_found;

	*ret = (struct redacted){ data, len };
	if (!self->secrets)
		return 0;
	if (!self->error)
		self->error = take_values(self, data, len, is_end, ret);
	if (!self->error && self->what == REDACT_ALL)
		self->error = token_finder_feed(&self->tokens, ret->text, ret->len, is_end,
						&ret->text, &ret->len);
	self->n_redacted += self->tokens.n_found - before;
	if (self->error)
		*ret = (struct redacted){ "", 0 };
	return self->error;
}

int redactor_feed(struct redactor *self, const char *data, size_t len, struct redacted *ret_text)
{
	return feed(self, data, len, false, ret_text);
}

int redactor_end(struct redactor *self, struct redacted *ret_text)
{
	return feed(self, "", 0, true, ret_text);
}

/* ---- whole texts ---- */

static int redact_whole(const struct secrets *secrets, enum redact_what what, const char *text,
			size_t len, struct buf *out)
{
	struct redactor redactor;
	struct redacted piece;
	int r;

	redactor_init(&redactor, secrets, what);
	r = redactor_feed(&redactor, text, len, &piece);
	buf_add(out, piece.text, piece.len);
	if (r == 0)
		r = redactor_end(&redactor, &piece);
	buf_add(out, piece.text, piece.len);
	if (r == 0)
		r = buf_error(out);
	if (r < 0)
		out->error = r;
	else
		r = redactor.n_redacted < INT32_MAX ? (int)redactor.n_redacted : INT32_MAX;
	redactor_release(&redactor);
	return r;
}

int redact_text(const struct secrets *secrets, const char *text, size_t len, struct buf *out)
{
	return redact_whole(secrets, REDACT_ALL, text, len, out);
}

int redact_values(const struct secrets *secrets, const char *text, size_t len, struct buf *out)
{
	return redact_whole(secrets, REDACT_VALUES, text, len, out);
}

/* The value whose needle goes on from this node. */
static uint16_t value_below(const struct trie *trie, uint32_t node)
{
	while (trie->nodes[node].found_len != trie->nodes[node].depth)
		node = trie->nodes[node].child;
	return trie->nodes[node].found;
}

/* Known values that are there from their beginning, for whatever length; returns how many. */
static int replace_begun(const struct secrets *secrets, const char *text, struct buf *out)
{
	const struct trie *trie = secrets_trie(secrets);
	int n_replaced = 0;

	for (size_t len; trie && *text; text += len) {
		uint32_t node = 0, next;

		for (len = 0; (next = trie_child(trie, node, (unsigned char)text[len])); len++)
			node = next;
		if (len < REDACT_BEGUN_MIN) {
			len = 1;
			buf_add_char(out, *text);
			continue;
		}
		buf_printf(out, "[redacted:%s]", secrets_name(secrets, value_below(trie, node)));
		n_replaced++;
	}
	buf_add_str(out, text); /* all of it where nothing is known */
	return n_replaced;
}

void redact_error(const struct secrets *secrets, struct error *err)
{
	CLEANUP(buf) struct buf whole = { .max = 64 * ERROR_TEXT_MAX };
	CLEANUP(buf) struct buf out = { .max = 64 * ERROR_TEXT_MAX };
	int n, n_begun;

	if (!secrets || err->class == ERROR_NONE)
		return;
	n_begun = replace_begun(secrets, err->text, &whole);
	n = redact_text(secrets, whole.len ? whole.data : "", whole.len, &out);
	if (buf_error(&whole))
		n = -ENOMEM;
	else if (n >= 0)
		n += n_begun;
	if (n < 0)
		(void)strncpy(err->text, "out of memory", sizeof(err->text));
	else if (n > 0)
		(void)snprintf(err->text, sizeof(err->text), "%s", out.data);
}

/* The first piece is the blob's own bytes when nothing was found in it. */
static int redact_pieces(struct redactor *redactor, const char *data, size_t len, struct buf *out)
{
	struct redacted piece, rest;
	int r = redactor_feed(redactor, data, len, &piece);

	if (r == 0 && piece.text != data)
		buf_add(out, piece.text, piece.len);
	if (r == 0)
		r = redactor_end(redactor, &rest);
	if (r < 0 || redactor->n_redacted == 0)
		return r;
	if (piece.text == data)
		buf_add(out, data, piece.len);
	buf_add(out, rest.text, rest.len);
	return buf_error(out);
}

struct blob *redact_blob(const struct secrets *secrets, struct blob *own_blob, uint64_t *n_redacted)
{
	CLEANUP(buf) struct buf out = { .max = SIZE_MAX / 2 };
	struct redactor redactor;
	struct blob *blob = own_blob;
	size_t len;
	char *data;
	int r;

	if (!own_blob || !secrets_trie(secrets))
		return own_blob;
	redactor_init(&redactor, secrets, REDACT_VALUES);
	r = redact_pieces(&redactor, blob_data(own_blob), blob_len(own_blob), &out);
	if (r < 0 || redactor.n_redacted > 0) {
		data = r == 0 ? buf_take(&out, &len) : NULL;
		blob = data ? blob_from(data, len) : NULL;
		*n_redacted += redactor.n_redacted;
		blob_unref(own_blob);
	}
	redactor_release(&redactor);
	return blob;
}
