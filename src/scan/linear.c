/* SPDX-License-Identifier: MIT */
/*
 * The linear matcher. Threads are kept in order of priority; a program counter is visited once a
 * position, so a step costs at most one visit of each instruction. A thread carries only where
 * its match began. Whether a code point >= 0x80 is in a class is asked of PCRE2, one character at
 * a time: slow, exact, and rare.
 */
#include "scan/linear.h"

#include "base/utf8.h"
#include "base/vec.h"
#include "scan/regex_class.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <errno.h>
#include <pcre2.h>
#include <string.h>

enum op { OP_RUNE, OP_BYTE, OP_CLASS, OP_SPLIT, OP_ASSERT, OP_MATCH, OP_FAIL };

struct instruction {
	uint8_t op;
	uint8_t assertion; /* enum regex_op */
	uint32_t rune;
	uint32_t next[2]; /* SPLIT: both, the preferred one first; else [0] */
	const struct regex_class *class;
	uint32_t wide; /* CLASS: index of its PCRE2 code, or NO_WIDE */
};

#define NO_WIDE UINT32_MAX

struct code_list VEC(struct instruction);
struct wide_list VEC(pcre2_code *);

struct linear {
	struct code_list code;
	struct wide_list wide; /* [0] is the word class */
};

/* Every position is a step, so that threads stay in the order of their priority: one that reads
 * a character of several bytes waits in the list until it is through. */
struct thread {
	uint32_t pc;
	uint32_t n_left; /* bytes of the character that the instruction at pc has begun to read */
	size_t start;
};

struct thread_list {
	struct thread *items;
	size_t n;
};

enum { LISTS = 2 }; /* of this position and of the next */

struct linear_scratch {
	struct thread_list lists[LISTS]; /* of position p: [p % LISTS] */
	uint64_t *seen[LISTS];           /* position (plus 1) at which a pc was last added */
	uint32_t *stack;
	pcre2_match_data *match_data;
};

struct compiler {
	struct linear *linear;
	int status;
};

/* The character at and before a position, for assertions. */
struct position {
	const unsigned char *subject;
	size_t len, at;
};

static uint32_t add(struct compiler *c, struct instruction instruction)
{
	if (c->linear->code.n >= LINEAR_SIZE_MAX)
		c->status = -E2BIG;
	if (c->status)
		return 0;
	if (!vec_push(&c->linear->code, instruction)) {
		c->status = -ENOMEM;
		return 0;
	}
	return (uint32_t)c->linear->code.n - 1;
}

static uint32_t compile_wide(struct compiler *c, const char *text)
{
	int code;
	PCRE2_SIZE at;
	pcre2_code *re =
		pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED, PCRE2_UTF, &code, &at, NULL);

	if (!re || !vec_push(&c->linear->wide, re)) {
		pcre2_code_free(re);
		c->status = -ENOMEM;
		return NO_WIDE;
	}
	return (uint32_t)c->linear->wide.n - 1;
}

static uint32_t compile(struct compiler *c, const struct regex_node *node, uint32_t next);

/* Code is made back to front, so that each piece knows what follows it. */
static uint32_t compile_repeat(struct compiler *c, const struct regex_node *node, uint32_t next)
{
	uint32_t entry = next;
	bool lazy = node->is_lazy;

	if (node->max == REGEX_NO_MAX) {
		uint32_t split = add(c, (struct instruction){ .op = OP_SPLIT });
		uint32_t body = compile(c, node->kid, split);

		if (c->status)
			return 0;
		c->linear->code.items[split].next[lazy ? 1 : 0] = body;
		c->linear->code.items[split].next[lazy ? 0 : 1] = next;
		entry = split;
	} else {
		for (uint32_t i = node->min; i < node->max && !c->status; i++) {
			uint32_t body = compile(c, node->kid, entry);
			struct instruction split = { .op = OP_SPLIT };

			split.next[lazy ? 1 : 0] = body;
			split.next[lazy ? 0 : 1] = next;
			entry = add(c, split);
		}
	}
	for (uint32_t i = 0; i < node->min && !c->status; i++)
		entry = compile(c, node->kid, entry);
	return entry;
}

static uint32_t compile_alternation(struct compiler *c, const struct regex_node *node,
				    uint32_t next)
{
	uint32_t entry = compile(c, node->kids[node->n_kids - 1], next);

	for (size_t i = node->n_kids - 1; i > 0; i--) {
		uint32_t first = compile(c, node->kids[i - 1], next);

		entry = add(c, (struct instruction){ .op = OP_SPLIT, .next = { first, entry } });
	}
	return entry;
}

static uint32_t compile(struct compiler *c, const struct regex_node *node, uint32_t next)
{
	struct instruction i = { .next = { next }, .wide = NO_WIDE };

	if (c->status)
		return 0;
	switch (node->op) {
	case REGEX_EMPTY:
		return next;
	case REGEX_FAIL:
		i.op = OP_FAIL;
		return add(c, i);
	case REGEX_RUNE:
		i.op = OP_RUNE;
		i.rune = node->rune;
		return add(c, i);
	case REGEX_BYTE:
		i.op = OP_BYTE;
		i.rune = node->rune;
		return add(c, i);
	case REGEX_CLASS:
		i.op = OP_CLASS;
		i.class = node->class;
		if (node->class->wide && !node->class->is_bytes)
			i.wide = compile_wide(c, node->class->wide);
		return add(c, i);
	case REGEX_CONCAT:
		for (size_t k = node->n_kids; k > 0; k--)
			next = compile(c, node->kids[k - 1], next);
		return next;
	case REGEX_ALT:
		return compile_alternation(c, node, next);
	case REGEX_REPEAT:
		return compile_repeat(c, node, next);
	default:
		i.op = OP_ASSERT;
		i.assertion = (uint8_t)node->op;
		return add(c, i);
	}
}

int linear_new(const struct regex *regex, struct linear **ret_linear)
{
	struct linear *linear = calloc(1, sizeof(*linear));
	struct compiler c = { .linear = linear };
	uint32_t match, entry;

	if (!linear)
		return -ENOMEM;
	(void)compile_wide(&c, "[" CLASS_WORD_ITEMS "]");     /* its index is 0 */
	(void)add(&c, (struct instruction){ .op = OP_FAIL }); /* [0] will lead to the entry */
	match = add(&c, (struct instruction){ .op = OP_MATCH });
	entry = compile(&c, regex->root, match);
	if (c.status) {
		linear_free(linear);
		return c.status;
	}
	linear->code.items[0] = (struct instruction){ .op = OP_SPLIT, .next = { entry, entry } };
	*ret_linear = linear;
	return 0;
}

void linear_free(struct linear *linear)
{
	if (!linear)
		return;
	for (size_t i = 0; i < linear->wide.n; i++)
		pcre2_code_free(linear->wide.items[i]);
	vec_release(&linear->wide);
	vec_release(&linear->code);
	free(linear);
}

struct linear_scratch *linear_scratch_new(const struct linear *linear)
{
	struct linear_scratch *s = calloc(1, sizeof(*s));
	size_t n = linear->code.n;
	bool ok;

	if (!s)
		return NULL;
	s->stack = malloc((n * 2 + 2) * sizeof(*s->stack));
	s->match_data = pcre2_match_data_create(1, NULL);
	ok = s->stack && s->match_data;
	for (size_t i = 0; i < LISTS; i++) {
		/* Characters do not overlap: a pc is in a list once, and once more waiting. */
		s->lists[i].items = malloc(2 * n * sizeof(*s->lists[i].items));
		s->seen[i] = calloc(n, sizeof(*s->seen[i]));
		ok = ok && s->lists[i].items && s->seen[i];
	}
	if (ok)
		return s;
	linear_scratch_free(s);
	return NULL;
}

void linear_scratch_free(struct linear_scratch *scratch)
{
	if (!scratch)
		return;
	for (size_t i = 0; i < LISTS; i++) {
		free(scratch->lists[i].items);
		free(scratch->seen[i]);
	}
	free(scratch->stack);
	pcre2_match_data_free(scratch->match_data);
	free(scratch);
}

static bool wide_matches(const struct linear *linear, struct linear_scratch *s, uint32_t wide,
			 const unsigned char *at, size_t len)
{
	return pcre2_match(linear->wide.items[wide], at, len, 0, PCRE2_ANCHORED, s->match_data,
			   NULL) > 0;
}

static bool is_word_at(const struct linear *linear, struct linear_scratch *s,
		       const unsigned char *at, size_t len, bool is_unicode)
{
	if (at[0] < 0x80) {
		unsigned c = at[0];

		return c == '_' || (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
	}
	return is_unicode && utf8_sequence(at, len) &&
	       wide_matches(linear, s, 0, at, utf8_sequence(at, len));
}

static bool word_before(const struct linear *linear, struct linear_scratch *s,
			const struct position *p, bool is_unicode)
{
	size_t n = 1;

	if (!p->at)
		return false;
	while (n < 4 && n < p->at && (p->subject[p->at - n] & 0xc0) == 0x80)
		n++;
	if (utf8_sequence(p->subject + p->at - n, n) != n)
		return false;
	return is_word_at(linear, s, p->subject + p->at - n, n, is_unicode);
}

static bool holds(const struct linear *linear, struct linear_scratch *s, enum regex_op assertion,
		  const struct position *p)
{
	bool is_unicode = assertion == REGEX_WORD || assertion == REGEX_NOT_WORD;
	bool before, after;

	switch (assertion) {
	case REGEX_LINE_START:
		return p->at == 0 || p->subject[p->at - 1] == '\n';
	case REGEX_LINE_END:
		return p->at == p->len || p->subject[p->at] == '\n';
	case REGEX_TEXT_START:
		return p->at == 0;
	case REGEX_TEXT_END:
		return p->at == p->len;
	default:
		before = word_before(linear, s, p, is_unicode);
		after = p->at < p->len &&
			is_word_at(linear, s, p->subject + p->at, p->len - p->at, is_unicode);
		return (before != after) ==
		       (assertion == REGEX_WORD || assertion == REGEX_WORD_ASCII);
	}
}

/* Adds pc at position p and what it leads to without reading, in order of priority. */
static void add_thread(const struct linear *linear, struct linear_scratch *s, struct thread thread,
		       const struct position *p)
{
	struct thread_list *list = &s->lists[p->at % LISTS];
	uint64_t *seen = s->seen[p->at % LISTS];
	size_t depth = 0;

	s->stack[depth++] = thread.pc;
	while (depth) {
		uint32_t pc = s->stack[--depth];
		const struct instruction *i = &linear->code.items[pc];

		if (seen[pc] == p->at + 1)
			continue;
		seen[pc] = p->at + 1;
		if (i->op == OP_SPLIT) {
			s->stack[depth++] = i->next[1];
			s->stack[depth++] = i->next[0];
		} else if (i->op == OP_ASSERT) {
			if (holds(linear, s, i->assertion, p))
				s->stack[depth++] = i->next[0];
		} else if (i->op != OP_FAIL) {
			list->items[list->n++] = (struct thread){ pc, 0, thread.start };
		}
	}
}

/* The character at a position: a code point of n bytes, or (n = 0) a byte that is part of none. */
struct character {
	uint32_t rune;
	size_t n;
};

/* How many bytes the instruction reads at p; 0 = it does not match. */
static size_t reads(const struct linear *linear, struct linear_scratch *s,
		    const struct instruction *i, const struct position *p,
		    const struct character *c)
{
	const struct regex_class *class = i->class;
	unsigned byte = p->subject[p->at];

	if (i->op == OP_BYTE)
		return byte == i->rune;
	if (i->op == OP_RUNE)
		return c->n && c->rune == i->rune ? c->n : 0;
	if (i->op != OP_CLASS)
		return 0;
	if (byte < 128)
		return regex_class_has_ascii(class, byte);
	if (class->is_bytes)
		return class->high[(byte - 128) >> 6] >> (byte & 63) & 1;
	return c->n && i->wide != NO_WIDE &&
			       wide_matches(linear, s, i->wide, p->subject + p->at, c->n)
		       ? c->n
		       : 0;
}

/* All threads at p take their step; true when one of them is a match. */
static bool step(const struct linear *linear, struct linear_scratch *s, const struct position *p,
		 size_t ret_bounds[2])
{
	const struct thread_list *now = &s->lists[p->at % LISTS];
	struct thread_list *next = &s->lists[(p->at + 1) % LISTS];
	struct position after = { p->subject, p->len, p->at + 1 };
	struct character c = { 0 };

	next->n = 0;
	if (p->at < p->len)
		c.n = utf8_decode(p->subject + p->at, p->len - p->at, &c.rune);
	for (size_t k = 0; k < now->n; k++) {
		struct thread thread = now->items[k];
		const struct instruction *i = &linear->code.items[thread.pc];
		size_t n = thread.n_left;

		if (i->op == OP_MATCH) {
			ret_bounds[0] = thread.start;
			ret_bounds[1] = p->at;
			return true; /* what follows has less priority */
		}
		if (!n && p->at < p->len)
			n = reads(linear, s, i, p, &c);
		if (n > 1)
			next->items[next->n++] =
				(struct thread){ thread.pc, (uint32_t)n - 1, thread.start };
		else if (n == 1)
			add_thread(linear, s, (struct thread){ i->next[0], 0, thread.start },
				   &after);
	}
	return false;
}

bool linear_find(const struct linear *linear, struct linear_scratch *s,
		 const unsigned char *subject, size_t len, size_t from, size_t ret_bounds[2])
{
	bool is_found = false;

	for (size_t i = 0; i < LISTS; i++) {
		memset(s->seen[i], 0, linear->code.n * sizeof(*s->seen[i]));
		s->lists[i].n = 0;
	}
	for (size_t at = from; at <= len; at++) {
		struct position p = { subject, len, at };

		if (!is_found)
			add_thread(linear, s, (struct thread){ .start = at }, &p);
		is_found |= step(linear, s, &p, ret_bounds);
		if (is_found && !s->lists[(at + 1) % LISTS].n)
			break;
	}
	return is_found;
}
