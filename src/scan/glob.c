/* SPDX-License-Identifier: MIT */
/*
 * Globs. Most in use are a name, an extension or a part of a name: these are recognised and cost
 * a comparison. All others are tried against the literal text they must begin and end with, and
 * only then run through the automaton.
 */
#include "scan/glob.h"

#include "scan/glob_match.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum {
	TEXTS_MAX = 64, /* alternatives of one brace that are matched one by one */
	ARENA_MAX = 64 << 20,
};

struct classifier {
	struct arena *arena;
	const struct glob_tokens *tokens;
	enum glob_flags flags;
	struct glob *glob;
};

static const struct glob_token *token_at(const struct classifier *self, size_t i)
{
	return &self->tokens->list.items[i];
}

static bool can_match_slash(const struct classifier *self, size_t i)
{
	const struct glob_token *token = token_at(self, i);

	switch (token->kind) {
	case TOKEN_BYTE:
		return token->byte == '/';
	case TOKEN_CLASS:
		return byte_set_has(&self->tokens->classes.items[token->class], '/');
	case TOKEN_ANY:
	case TOKEN_STAR:
		return !(self->flags & GLOB_SEPARATOR);
	case TOKEN_PREFIX:
	case TOKEN_SUFFIX:
	case TOKEN_MIDDLE:
		return true;
	default:
		return false;
	}
}

/** The end of the run of literal bytes that starts at from. */
static size_t bytes_end(const struct classifier *self, size_t from, size_t to)
{
	while (from < to && token_at(self, from)->kind == TOKEN_BYTE)
		from++;
	return from;
}

/** The start of the run of literal bytes that ends at to. */
static size_t bytes_start(const struct classifier *self, size_t from, size_t to)
{
	while (to > from && token_at(self, to - 1)->kind == TOKEN_BYTE)
		to--;
	return to;
}

/** Writes the literal tokens [from, to) and returns their end. */
static char *put_bytes(const struct classifier *self, char *at, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		*at++ = (char)token_at(self, i)->byte;
	return at;
}

/** The literal tokens [from, to) as text, with a slash behind them if there is to be one. */
static bool text_of(const struct classifier *self, size_t from, size_t to, bool slash,
		    struct glob_text *ret_text)
{
	char *at = arena_alloc(self->arena, to - from + 1);

	if (!at)
		return false;
	*put_bytes(self, at, from, to) = '/';
	*ret_text = (struct glob_text){ at, to - from + slash };
	return true;
}

static int use_texts(struct classifier *self, enum glob_kind kind, size_t from, size_t to)
{
	struct glob *glob = self->glob;

	glob->texts = arena_alloc(self->arena, sizeof(*glob->texts));
	if (!glob->texts || !text_of(self, from, to, false, glob->texts))
		return -ENOMEM;
	glob->n_texts = 1;
	glob->kind = (uint8_t)kind;
	return 0;
}

/**
 * "prefix{a,b}suffix" and "*prefix{a,b}suffix" as lists of texts. Returns 0 if the tokens from
 * `from` on are not of that form (or too many), 1 if they are.
 */
static int use_braces(struct classifier *self, size_t from)
{
	struct glob *glob = self->glob;
	bool is_suffix = token_at(self, from)->kind == TOKEN_STAR;
	size_t n = self->tokens->list.n;
	size_t begin = from + is_suffix, open = bytes_end(self, begin, n);
	size_t close = bytes_start(self, open, n), at = open + 1;

	if (open >= n || token_at(self, open)->kind != TOKEN_OPEN || close <= open + 1 ||
	    token_at(self, close - 1)->kind != TOKEN_CLOSE)
		return 0;
	close--;
	for (size_t i = at; i < close; i++)
		if (token_at(self, i)->kind != TOKEN_BYTE && token_at(self, i)->kind != TOKEN_COMMA)
			return 0;
	glob->texts = arena_alloc_array(self->arena, TEXTS_MAX, sizeof(*glob->texts));
	if (!glob->texts)
		return -ENOMEM;
	for (size_t end; at <= close; at = end + 1) {
		struct glob_text *text = &glob->texts[glob->n_texts];
		char *to;

		end = bytes_end(self, at, close);
		if (end == at)
			continue; /* an empty alternative does not count */
		if (glob->n_texts == TEXTS_MAX) {
			glob->n_texts = 0;
			return 0;
		}
		to = arena_alloc(self->arena, open - begin + (end - at) + (n - close));
		if (!to)
			return -ENOMEM;
		text->at = to;
		to = put_bytes(self, to, begin, open);
		to = put_bytes(self, to, at, end);
		to = put_bytes(self, to, close + 1, n);
		text->len = (size_t)(to - text->at);
		glob->n_texts++;
	}
	glob->kind = is_suffix ? GLOB_SUFFIXES : GLOB_NAMES;
	return glob->n_texts > 0; /* all empty: the automaton knows */
}

static int use_nfa(struct classifier *self, enum glob_kind kind, size_t from)
{
	struct glob *glob = self->glob;
	size_t n = self->tokens->list.n;
	size_t head_end = bytes_end(self, from, n), tail_start = bytes_start(self, from, n);
	bool slash; /* a "**" behind the head begins with one */

	glob->kind = (uint8_t)kind;
	glob->nfa = glob_nfa_new(self->arena, self->tokens, from, self->flags);
	if (!glob->nfa)
		return -ENOMEM;
	if (self->flags & GLOB_ICASE)
		return 0;
	slash = head_end < n && head_end > from &&
		(token_at(self, head_end)->kind == TOKEN_MIDDLE ||
		 token_at(self, head_end)->kind == TOKEN_SUFFIX);
	return text_of(self, from, head_end, slash, &glob->head) &&
			       text_of(self, tail_start, n, false, &glob->tail)
		       ? 0
		       : -ENOMEM;
}

static int classify_name(struct classifier *self, size_t from)
{
	size_t n = self->tokens->list.n;
	bool star_first = token_at(self, from)->kind == TOKEN_STAR;
	bool star_last = token_at(self, n - 1)->kind == TOKEN_STAR;
	size_t end = bytes_end(self, from + star_first, n);
	int r;

	if (self->flags & GLOB_ICASE)
		return use_nfa(self, GLOB_NAME_NFA, from);
	if (end == n) {
		if (star_first && n == from + 1) {
			self->glob->kind = GLOB_ALL;
			return 0;
		}
		return use_texts(self, star_first ? GLOB_SUFFIXES : GLOB_NAMES, from + star_first,
				 n);
	}
	if (end == n - 1 && star_last)
		return use_texts(self, star_first ? GLOB_CONTAINS : GLOB_PREFIX, from + star_first,
				 end);
	if (!star_first && token_at(self, end)->kind == TOKEN_STAR &&
	    bytes_end(self, end + 1, n) == n) {
		self->glob->kind = GLOB_AFFIX;
		return text_of(self, from, end, false, &self->glob->head) &&
				       text_of(self, end + 1, n, false, &self->glob->tail)
			       ? 0
			       : -ENOMEM;
	}
	r = use_braces(self, from);
	if (r < 0)
		return r;
	return r ? 0 : use_nfa(self, GLOB_NAME_NFA, from);
}

/** globset looks up some globs by a path's name, which it holds to be empty if it ends in '.'. */
static bool is_lost_on_dot(const struct classifier *self)
{
	size_t n = self->tokens->list.n;
	bool is_anywhere, has_slash = false;

	if (!(self->flags & GLOB_STRICT) || self->flags & GLOB_ICASE || !n ||
	    token_at(self, n - 1)->kind != TOKEN_BYTE || token_at(self, n - 1)->byte != '.')
		return false;
	is_anywhere = token_at(self, 0)->kind == TOKEN_PREFIX;
	if (bytes_end(self, is_anywhere, n) < n)
		return true;
	for (size_t i = is_anywhere; i < n; i++)
		has_slash |= token_at(self, i)->byte == '/';
	return is_anywhere && !has_slash;
}

/** Fills in what letters every match has: those outside of braces. */
static void find_needs(struct classifier *self)
{
	unsigned depth = 0;

	for (size_t i = 0; i < self->tokens->list.n && !(self->flags & GLOB_ICASE); i++) {
		const struct glob_token *token = token_at(self, i);

		depth += token->kind == TOKEN_OPEN;
		depth -= token->kind == TOKEN_CLOSE;
		if (token->kind == TOKEN_BYTE && !depth)
			self->glob->needs |= (uint64_t)1 << (token->byte & 63);
	}
}

/** Fills in where matches can be. */
static void find_bounds(struct classifier *self)
{
	struct glob *glob = self->glob;
	const struct glob_text *head = glob->kind == GLOB_PATH ? glob->texts : &glob->head;

	if (glob->kind == GLOB_PATH || glob->kind == GLOB_PATH_NFA)
		for (size_t i = head->len; i > 0 && !glob->dir_len; i--)
			if (head->at[i - 1] == '/')
				glob->dir_len = i;
	glob->max_slashes = 0;
	for (size_t i = 0; i < self->tokens->list.n; i++) {
		if (!can_match_slash(self, i))
			continue;
		if (token_at(self, i)->kind != TOKEN_BYTE) {
			glob->max_slashes = UINT_MAX;
			return;
		}
		glob->max_slashes++;
	}
}

static int classify(struct classifier *self)
{
	size_t n = self->tokens->list.n;
	size_t from = n > 0 && token_at(self, 0)->kind == TOKEN_PREFIX;
	bool is_name = n > from;
	int r;

	if (is_lost_on_dot(self)) {
		self->glob->kind = GLOB_NEVER;
		return 0;
	}
	for (size_t i = from; i < n; i++)
		is_name &= !can_match_slash(self, i);
	if (n == 1 && from) {
		self->glob->kind = GLOB_ALL;
		r = 0;
	} else if (is_name) {
		self->glob->is_top = !from;
		r = classify_name(self, from);
	} else if (bytes_end(self, 0, n) == n && !(self->flags & GLOB_ICASE)) {
		r = use_texts(self, GLOB_PATH, 0, n);
	} else {
		r = use_nfa(self, GLOB_PATH_NFA, 0);
	}
	if (r == 0) {
		find_needs(self);
		find_bounds(self);
	}
	return r;
}

int glob_compile(struct arena *arena, const char *pattern, size_t len, enum glob_flags flags,
		 struct glob *ret_glob, struct glob_problem *ret_problem)
{
	struct glob_tokens tokens;
	struct glob glob = { .head = { "", 0 }, .tail = { "", 0 } };
	struct classifier self = { arena, &tokens, flags, &glob };
	int r = glob_parse(pattern, len, flags, &tokens, ret_problem);

	if (r == 0)
		r = classify(&self);
	if (r == 0)
		*ret_glob = glob;
	glob_tokens_release(&tokens);
	return r;
}

static bool has_head(const struct glob_text *head, const char *at, size_t len)
{
	return !head->len || (len >= head->len && memcmp(at, head->at, head->len) == 0);
}

static bool has_tail(const struct glob_text *tail, const char *at, size_t len)
{
	return !tail->len ||
	       (len >= tail->len && memcmp(at + len - tail->len, tail->at, tail->len) == 0);
}

static bool has_both(const struct glob *glob, const char *at, size_t len)
{
	return has_tail(&glob->tail, at, len) && has_head(&glob->head, at, len);
}

static bool match_texts(const struct glob *glob, const char *name, size_t len)
{
	for (uint32_t i = 0; i < glob->n_texts; i++) {
		const struct glob_text *text = &glob->texts[i];

		if (has_tail(text, name, len) && (glob->kind == GLOB_SUFFIXES || len == text->len))
			return true;
	}
	return false;
}

bool glob_match_subject(const struct glob *glob, const struct glob_subject *subject)
{
	const char *name = subject->name;
	size_t len = subject->name_len;

	if (glob->is_top && len != subject->len)
		return false;
	switch (glob->kind) {
	case GLOB_ALL:
		return true;
	case GLOB_NAMES:
	case GLOB_SUFFIXES:
		return match_texts(glob, name, len);
	case GLOB_PREFIX:
		return has_head(glob->texts, name, len);
	case GLOB_CONTAINS:
		return memmem(name, len, glob->texts->at, glob->texts->len);
	case GLOB_AFFIX:
		return has_both(glob, name, len) && len >= glob->head.len + glob->tail.len;
	case GLOB_NAME_NFA:
		return has_both(glob, name, len) && glob_nfa_match(glob->nfa, name, len);
	case GLOB_PATH:
		return subject->len == glob->texts->len &&
		       has_head(glob->texts, subject->path, subject->len);
	case GLOB_PATH_NFA:
		return has_both(glob, subject->path, subject->len) &&
		       glob_nfa_match(glob->nfa, subject->path, subject->len);
	default: /* GLOB_NEVER */
		return false;
	}
}

struct glob_subject glob_subject_of(const char *path, size_t len)
{
	const char *slash = len ? memrchr(path, '/', len) : NULL;
	const char *name = slash ? slash + 1 : path;

	return (struct glob_subject){ path, len, name, len - (size_t)(name - path) };
}

int glob_new(const char *pattern, size_t len, enum glob_flags flags, struct glob **ret_glob,
	     struct error *err)
{
	struct arena *arena = malloc(sizeof(*arena));
	struct glob_problem problem;
	struct glob *glob;
	int r = -ENOMEM;

	if (!arena)
		return error_errno(err, ENOMEM, "cannot compile a glob");
	arena_init(arena, ARENA_MAX);
	glob = arena_alloc(arena, sizeof(*glob));
	if (glob)
		r = glob_compile(arena, pattern, len, flags, glob, &problem);
	if (r == 0) {
		glob->own_arena = arena;
		*ret_glob = glob;
		return 0;
	}
	arena_release(arena);
	free(arena);
	if (r != -EINVAL)
		return error_errno(err, -r, "cannot compile a glob");
	return error_set(err, ERROR_INVALID, EINVAL, "bad glob '%.*s': %s, byte %zu",
			 (int)(len > 200 ? 200 : len), pattern, problem.what, problem.at + 1);
}

bool glob_match(const struct glob *glob, const char *path, size_t len)
{
	struct glob_subject subject = glob_subject_of(path, len);

	return glob_match_subject(glob, &subject);
}

void glob_free(struct glob *glob)
{
	struct arena *arena = glob ? glob->own_arena : NULL;

	if (!arena)
		return;
	arena_release(arena);
	free(arena);
}
