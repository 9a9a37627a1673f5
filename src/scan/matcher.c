/* SPDX-License-Identifier: MIT */
/*
 * Patterns made ready. PCRE2's machine code does nearly all of the work: the ASCII form for lines
 * without a byte >= 0x80, the Unicode form for the others. Where PCRE2 might not be linear (long
 * lines, long texts, its step limit reached) the linear matcher takes over.
 */
#include "scan/matcher.h"

#include "scan/linear.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <errno.h>
#include <pcre2.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { ARENA_MAX = 64 << 20, EMIT_MAX = 8 << 20, JIT_STACK_MAX = 1 << 20 };

enum lazy_state { LAZY_NONE, LAZY_READY, LAZY_FAILED };

struct lazy_code {
	atomic_int state;
	pcre2_code *code;
};

struct matcher_lazy {
	pthread_mutex_t lock;
	struct lazy_code ascii, unicode;
	atomic_int linear_state;
	struct linear *linear;
};

struct matcher_scratch {
	pcre2_match_data *data;
	pcre2_match_context *context;
	pcre2_jit_stack *stack;
	const struct matcher *linear_of; /* whose scratch `linear` is */
	struct linear_scratch *linear;
};

static int compile_error(struct error *err, int code, size_t at, size_t *ret_at)
{
	PCRE2_UCHAR text[160] = "";

	(void)pcre2_get_error_message(code, text, sizeof(text)); /* cut if long */
	*ret_at = at;
	(void)error_set(err, ERROR_INVALID, EINVAL, "%s", (const char *)text);
	error_from(err, ERROR_FROM_PCRE2, code);
	return -EINVAL;
}

static pcre2_code *compile(const char *text, size_t len, uint32_t options, int *ret_code,
			   PCRE2_SIZE *ret_at)
{
	pcre2_compile_context *context = pcre2_compile_context_create(NULL);
	pcre2_code *code = NULL;

	*ret_code = PCRE2_ERROR_NOMEMORY;
	*ret_at = 0;
	if (context && pcre2_set_newline(context, PCRE2_NEWLINE_LF) == 0)
		code = pcre2_compile((PCRE2_SPTR)text, len, options | PCRE2_NEVER_BACKSLASH_C,
				     ret_code, ret_at, context);
	pcre2_compile_context_free(context);
	return code;
}

static pcre2_code *compile_form(const struct matcher *matcher, bool is_ascii, int *ret_code,
				PCRE2_SIZE *ret_at)
{
	bool is_utf = !is_ascii && !matcher->regex.is_bytes;
	uint32_t options = PCRE2_MULTILINE | (matcher->is_multiline ? PCRE2_ALT_CIRCUMFLEX : 0);
	struct buf text;
	pcre2_code *code = NULL;

	buf_init(&text, EMIT_MAX);
	if (is_ascii)
		regex_emit_ascii(matcher->regex.root, &text);
	else
		regex_emit_unicode(matcher->regex.root, is_utf, &text);
	if (is_utf)
		options |= PCRE2_UTF | PCRE2_MATCH_INVALID_UTF;
	*ret_code = PCRE2_ERROR_NOMEMORY;
	*ret_at = 0;
	if (!buf_error(&text))
		code = compile(text.data ? text.data : "", text.len, options, ret_code, ret_at);
	buf_release(&text);
	return code;
}

/* The pattern as it was written, for PCRE2 itself. */
static pcre2_code *compile_raw(const struct matcher *matcher, enum regex_flags flags, int *ret_code,
			       PCRE2_SIZE *ret_at)
{
	uint32_t options = PCRE2_MULTILINE | PCRE2_UTF | PCRE2_UCP | PCRE2_MATCH_INVALID_UTF;

	if (flags & REGEX_ICASE)
		options |= PCRE2_CASELESS;
	if (flags & REGEX_MULTILINE)
		options |= PCRE2_DOTALL;
	return compile(matcher->text, matcher->text_len, options, ret_code, ret_at);
}

static void code_ready(struct lazy_code *lazy, pcre2_code *code)
{
	if (code)
		(void)pcre2_jit_compile(code, PCRE2_JIT_COMPLETE); /* without it: slower */
	lazy->code = code;
	atomic_store_explicit(&lazy->state, code ? LAZY_READY : LAZY_FAILED, memory_order_release);
}

static const pcre2_code *code_get(const struct matcher *matcher, bool is_ascii)
{
	struct matcher_lazy *lazy = matcher->lazy;
	struct lazy_code *form = is_ascii ? &lazy->ascii : &lazy->unicode;
	int code;
	PCRE2_SIZE at;

	if (atomic_load_explicit(&form->state, memory_order_acquire) != LAZY_NONE)
		return form->code;
	(void)pthread_mutex_lock(&lazy->lock); /* fails only on misuse */
	if (atomic_load_explicit(&form->state, memory_order_relaxed) == LAZY_NONE)
		code_ready(form, compile_form(matcher, is_ascii, &code, &at));
	(void)pthread_mutex_unlock(&lazy->lock);
	return form->code;
}

static const struct linear *linear_get(const struct matcher *matcher)
{
	struct matcher_lazy *lazy = matcher->lazy;

	if (atomic_load_explicit(&lazy->linear_state, memory_order_acquire) == LAZY_NONE) {
		(void)pthread_mutex_lock(&lazy->lock); /* fails only on misuse */
		if (atomic_load_explicit(&lazy->linear_state, memory_order_relaxed) == LAZY_NONE) {
			int r = linear_new(&matcher->regex, &lazy->linear);

			atomic_store_explicit(&lazy->linear_state, r ? LAZY_FAILED : LAZY_READY,
					      memory_order_release);
		}
		(void)pthread_mutex_unlock(&lazy->lock);
	}
	return lazy->linear;
}

static enum matcher_kind choose_kind(const struct matcher *matcher)
{
	const struct needle_set *needles = &matcher->needles;
	/* A candidate costs some hundred bytes' worth of scanning. */
	const double density_max = 1.0 / 200;

	if (matcher->regex.needs_pcre2)
		return MATCHER_PCRE2;
	if (needles->is_valid && !needles->n)
		return MATCHER_NEVER;
	if (regex_can_be_empty(matcher->regex.root))
		return MATCHER_EMPTY;
	if (!needles->is_valid || needles->density > density_max)
		return MATCHER_WEAK;
	return needles->is_whole && !matcher->is_multiline ? MATCHER_NEEDLE : MATCHER_SIEVED;
}

int matcher_new(const char *text, size_t len, enum regex_flags flags, struct matcher **ret_matcher,
		size_t *ret_at, struct error *err)
{
	struct matcher *matcher = calloc(1, sizeof(*matcher));
	pcre2_code *code = NULL;
	int number = 0, r;
	PCRE2_SIZE at = 0;

	*ret_at = 0;
	if (!matcher)
		return error_errno(err, ENOMEM, "pattern");
	arena_init(&matcher->arena, ARENA_MAX);
	matcher->is_multiline = flags & REGEX_MULTILINE;
	matcher->text = arena_memdup0(&matcher->arena, text, len);
	matcher->text_len = len;
	matcher->lazy = calloc(1, sizeof(*matcher->lazy));
	r = -ENOMEM;
	if (!matcher->text || !matcher->lazy)
		goto fail;
	(void)pthread_mutex_init(&matcher->lazy->lock, NULL); /* cannot fail on Linux */
	r = regex_parse(matcher->text, len, flags, &matcher->arena, &matcher->regex, ret_at, err);
	if (r)
		goto fail;
	if (matcher->regex.needs_pcre2) {
		code = compile_raw(matcher, flags, &number, &at);
		code_ready(&matcher->lazy->unicode, code);
	} else {
		/* As ripgrep: a pattern that no newline concerns is matched line by line. */
		matcher->is_multiline &= regex_can_span_lines(matcher->regex.root);
		needle_find(matcher->regex.root, &matcher->arena, &matcher->needles);
	}
	matcher->kind = choose_kind(matcher);
	if (matcher->kind != MATCHER_PCRE2 && matcher->kind != MATCHER_NEEDLE) {
		code = compile_form(matcher, true, &number, &at);
		code_ready(&matcher->lazy->ascii, code);
		at = 0;
	}
	if (matcher->kind != MATCHER_NEEDLE && !code) {
		r = compile_error(err, number, at, ret_at);
		goto fail;
	}
	*ret_matcher = matcher;
	return 0;
fail:
	if (r == -ENOMEM)
		(void)error_errno(err, ENOMEM, "pattern");
	matcher_free(matcher);
	return r;
}

void matcher_free(struct matcher *matcher)
{
	if (!matcher)
		return;
	if (matcher->lazy) {
		pcre2_code_free(matcher->lazy->ascii.code);
		pcre2_code_free(matcher->lazy->unicode.code);
		linear_free(matcher->lazy->linear);
		(void)pthread_mutex_destroy(&matcher->lazy->lock); /* not in use any more */
		free(matcher->lazy);
	}
	arena_release(&matcher->arena);
	free(matcher);
}

int matcher_check(const char *text, size_t len, enum regex_flags flags, size_t *ret_at,
		  struct error *err)
{
	struct matcher *matcher;
	struct regex regex;
	struct arena arena;
	int r;

	arena_init(&arena, ARENA_MAX);
	r = regex_parse(text, len, flags, &arena, &regex, ret_at, err);
	arena_release(&arena);
	if (!r && regex.needs_pcre2) {
		r = matcher_new(text, len, flags, &matcher, ret_at, err);
		if (!r)
			matcher_free(matcher);
	}
	return r;
}

struct matcher_scratch *matcher_scratch_new(void)
{
	struct matcher_scratch *scratch = calloc(1, sizeof(*scratch));

	if (!scratch)
		return NULL;
	scratch->data = pcre2_match_data_create(1, NULL);
	scratch->context = pcre2_match_context_create(NULL);
	scratch->stack = pcre2_jit_stack_create(32 << 10, JIT_STACK_MAX, NULL);
	if (!scratch->data || !scratch->context || !scratch->stack) {
		matcher_scratch_free(scratch);
		return NULL;
	}
	pcre2_jit_stack_assign(scratch->context, NULL, scratch->stack);
	(void)pcre2_set_match_limit(scratch->context, MATCHER_STEP_LIMIT); /* always 0 */
	return scratch;
}

void matcher_scratch_free(struct matcher_scratch *scratch)
{
	if (!scratch)
		return;
	pcre2_match_data_free(scratch->data);
	pcre2_match_context_free(scratch->context);
	pcre2_jit_stack_free(scratch->stack);
	linear_scratch_free(scratch->linear);
	free(scratch);
}

static int find_linear(const struct matcher *matcher, struct matcher_scratch *scratch,
		       const struct subject *subject, size_t from, size_t ret_bounds[2])
{
	const struct linear *linear = linear_get(matcher);

	if (!linear)
		return -EOVERFLOW;
	if (scratch->linear_of != matcher) {
		linear_scratch_free(scratch->linear);
		scratch->linear = linear_scratch_new(linear);
		scratch->linear_of = scratch->linear ? matcher : NULL;
	}
	if (!scratch->linear)
		return -ENOMEM;
	return linear_find(linear, scratch->linear, subject->text, subject->len, from, ret_bounds);
}

static int find_pcre2(const struct matcher *matcher, struct matcher_scratch *scratch,
		      const struct subject *subject, size_t from, size_t ret_bounds[2])
{
	const pcre2_code *code =
		code_get(matcher, subject->is_ascii && !matcher->regex.needs_pcre2);
	const PCRE2_SIZE *bounds = pcre2_get_ovector_pointer(scratch->data);
	size_t jit_size = 0;
	int r;

	if (!code)
		return -ENOMEM;
	(void)pcre2_pattern_info(code, PCRE2_INFO_JITSIZE, &jit_size); /* else stays 0 */
	if (jit_size)
		r = pcre2_jit_match(code, subject->text, subject->len, from, 0, scratch->data,
				    scratch->context);
	else
		r = pcre2_match(code, subject->text, subject->len, from, 0, scratch->data,
				scratch->context);
	if (r >= 0) {
		/* \K can put the start behind the end. */
		ret_bounds[0] = bounds[0] < bounds[1] ? bounds[0] : bounds[1];
		ret_bounds[1] = bounds[0] < bounds[1] ? bounds[1] : bounds[0];
		return 1;
	}
	return r == PCRE2_ERROR_NOMATCH ? 0 : -EOVERFLOW;
}

int matcher_find(const struct matcher *matcher, struct matcher_scratch *scratch,
		 const struct subject *subject, size_t from, size_t ret_bounds[2])
{
	size_t long_len = matcher->is_multiline ? MATCHER_LONG_TEXT : MATCHER_LONG_LINE;
	int r;

	if (matcher->kind == MATCHER_NEVER || from > subject->len)
		return 0;
	if (matcher->kind == MATCHER_PCRE2)
		return find_pcre2(matcher, scratch, subject, from, ret_bounds);
	if (subject->len > long_len || matcher->regex.loops_on_empty ||
	    (matcher->regex.is_mixed && !subject->is_ascii))
		return find_linear(matcher, scratch, subject, from, ret_bounds);
	r = find_pcre2(matcher, scratch, subject, from, ret_bounds);
	return r == -EOVERFLOW ? find_linear(matcher, scratch, subject, from, ret_bounds) : r;
}

int matcher_find_in_lines(const struct matcher *matcher, struct matcher_scratch *scratch,
			  const struct subject *lines, size_t from, size_t ret_bounds[2])
{
	int r;

	if (matcher->regex.is_mixed && !lines->is_ascii)
		return find_linear(matcher, scratch, lines, from, ret_bounds);
	r = find_pcre2(matcher, scratch, lines, from, ret_bounds);
	return r == -EOVERFLOW ? find_linear(matcher, scratch, lines, from, ret_bounds) : r;
}
