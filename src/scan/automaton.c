/* SPDX-License-Identifier: MIT */
/*
 * Hyperscan behind a small door. Its patterns are the automaton form of our tree: bytes, '.' and
 * classes without newline, so that no match crosses a line.
 */
#include "scan/automaton.h"

#include <errno.h>
#include <hs/hs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EMIT_MAX = 1 << 20 };

struct automaton {
	hs_database_t *database;
	size_t n; /* size of both: indexes below */
	bool *has, *is_exact;
};

struct automaton_scratch {
	hs_scratch_t *scratch;
};

/* Patterns on their way into a database. */
struct set {
	char **texts;
	unsigned *flags, *ids;
	size_t n;
};

static void set_release(struct set *set)
{
	for (size_t i = 0; set->texts && i < set->n; i++)
		free(set->texts[i]);
	free(set->texts);
	free(set->flags);
	free(set->ids);
}

static bool is_compilable(const char *text)
{
	hs_expr_info_t *info = NULL;
	hs_compile_error_t *error = NULL;
	bool ok = hs_expression_info(text, HS_FLAG_MULTILINE, &info, &error) == HS_SUCCESS &&
		  info->min_width > 0;

	hs_free_compile_error(error);
	free(info);
	return ok;
}

/* Adds matcher i if it has a form that Hyperscan takes. */
static void set_add(struct set *set, struct automaton *automaton, const struct matcher *matcher,
		    uint32_t i)
{
	struct buf text;

	buf_init(&text, EMIT_MAX);
	if (regex_emit_automaton(matcher->regex.root, &text, &automaton->is_exact[i]) &&
	    !buf_error(&text) && text.data && is_compilable(text.data)) {
		set->texts[set->n] = buf_take(&text, NULL);
		set->flags[set->n] = HS_FLAG_MULTILINE;
		set->ids[set->n++] = i;
		automaton->has[i] = true;
	}
	buf_release(&text);
}

static hs_database_t *compile(const struct set *set, int *ret_bad)
{
	hs_database_t *database = NULL;
	hs_compile_error_t *error = NULL;

	*ret_bad = -1;
	if (hs_compile_multi((const char *const *)set->texts, set->flags, set->ids,
			     (unsigned)set->n, HS_MODE_BLOCK, NULL, &database,
			     &error) != HS_SUCCESS) {
		*ret_bad = error ? error->expression : -1;
		database = NULL;
	}
	hs_free_compile_error(error);
	return database;
}

static void set_remove(struct set *set, struct automaton *automaton, size_t k)
{
	automaton->has[set->ids[k]] = false;
	free(set->texts[k]);
	set->n--;
	set->texts[k] = set->texts[set->n];
	set->flags[k] = set->flags[set->n];
	set->ids[k] = set->ids[set->n];
}

static size_t size_for(const uint32_t *indexes, size_t n)
{
	size_t size = 0;

	for (size_t k = 0; k < n; k++)
		size = indexes[k] >= size ? indexes[k] + 1 : size;
	return size;
}

struct automaton *automaton_new(struct matcher *const *matchers, const uint32_t *indexes, size_t n)
{
	struct automaton *automaton = calloc(1, sizeof(*automaton));
	struct set set = {
		.texts = calloc(n + 1, sizeof(char *)),
		.flags = calloc(n + 1, sizeof(*set.flags)),
		.ids = calloc(n + 1, sizeof(*set.ids)),
	};

	if (!automaton || !set.texts || !set.flags || !set.ids || hs_valid_platform() != HS_SUCCESS)
		goto fail;
	automaton->n = size_for(indexes, n);
	automaton->has = calloc(automaton->n + 1, sizeof(bool));
	automaton->is_exact = calloc(automaton->n + 1, sizeof(bool));
	if (!automaton->has || !automaton->is_exact)
		goto fail;
	for (size_t k = 0; k < n; k++)
		set_add(&set, automaton, matchers[indexes[k]], indexes[k]);
	while (set.n && !automaton->database) {
		int bad;

		automaton->database = compile(&set, &bad);
		if (!automaton->database && (bad < 0 || (size_t)bad >= set.n))
			goto fail;
		if (!automaton->database)
			set_remove(&set, automaton, (size_t)bad);
	}
	if (!automaton->database)
		goto fail;
	set_release(&set);
	return automaton;
fail:
	set_release(&set);
	automaton_free(automaton);
	return NULL;
}

void automaton_free(struct automaton *automaton)
{
	if (!automaton)
		return;
	hs_free_database(automaton->database);
	free(automaton->has);
	free(automaton->is_exact);
	free(automaton);
}

bool automaton_has(const struct automaton *automaton, uint32_t index)
{
	return index < automaton->n && automaton->has[index];
}

bool automaton_is_exact(const struct automaton *automaton, uint32_t index)
{
	return index < automaton->n && automaton->is_exact[index];
}

struct automaton_scratch *automaton_scratch_new(const struct automaton *automaton)
{
	struct automaton_scratch *scratch = calloc(1, sizeof(*scratch));

	if (scratch && hs_alloc_scratch(automaton->database, &scratch->scratch) != HS_SUCCESS) {
		free(scratch);
		scratch = NULL;
	}
	return scratch;
}

void automaton_scratch_free(struct automaton_scratch *scratch)
{
	if (!scratch)
		return;
	hs_free_scratch(scratch->scratch);
	free(scratch);
}

struct scan {
	automaton_found_fn *found;
	void *data;
};

static int on_match(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
		    void *context)
{
	const struct scan *scan = context;

	(void)from;  /* not asked for */
	(void)flags; /* none are defined */
	scan->found(scan->data, id, (size_t)to);
	return 0;
}

int automaton_scan(const struct automaton *automaton, struct automaton_scratch *scratch,
		   const unsigned char *text, size_t len, automaton_found_fn *found, void *data)
{
	struct scan scan = { found, data };

	return hs_scan(automaton->database, (const char *)text, (unsigned)len, 0, scratch->scratch,
		       on_match, &scan) == HS_SUCCESS
		       ? 0
		       : -EIO;
}

const char *automaton_version(void)
{
	return hs_version();
}

static int count_match(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
		       void *context)
{
	unsigned *bits = context;

	(void)from;  /* not asked for */
	(void)to;    /* that it matches is all */
	(void)flags; /* none are defined */
	*bits |= 1u << id;
	return 0;
}

int automaton_self_test(struct error *err)
{
	static const char *const patterns[] = { "\\.(?:c|h)$", "^(?:.*/)?[^/]*\\.(?:c|h)$",
						"[0-9]{3}x|needle" };
	static const char *const names[] = { "arch/alpha/boot/bootp.c", "a.h", "x/y/z-123x.c",
					     "needle/needle.h" };
	static const unsigned expected[] = { 3, 3, 7, 7 };
	unsigned flags[countof(patterns)] = { HS_FLAG_DOTALL, HS_FLAG_DOTALL, HS_FLAG_DOTALL };
	unsigned ids[countof(patterns)] = { 0, 1, 2 };
	hs_database_t *database = NULL;
	hs_scratch_t *scratch = NULL;
	hs_compile_error_t *error = NULL;
	char text[256];
	int r = 0;

	if (hs_compile_multi(patterns, flags, ids, countof(patterns), HS_MODE_BLOCK, NULL,
			     &database, &error) != HS_SUCCESS ||
	    hs_alloc_scratch(database, &scratch) != HS_SUCCESS)
		r = error_set(err, ERROR_BUG, EIO, "hyperscan %s does not compile", hs_version());
	/* Every alignment and many lengths: what went wrong elsewhere depended on both. */
	for (size_t pad = 0; !r && pad < 64 * countof(names); pad++) {
		const char *name = names[pad % countof(names)];
		size_t shift = pad / countof(names), len = strlen(name);
		unsigned found = 0;

		memset(text, 'd', sizeof(text));
		memcpy(text + shift + 64, name, len);
		if (hs_scan(database, text + 64 - shift, (unsigned)(2 * shift + len), 0, scratch,
			    count_match, &found) != HS_SUCCESS ||
		    found != expected[pad % countof(names)])
			r = error_set(err, ERROR_BUG, EIO, "hyperscan %s misses matches of '%s'",
				      hs_version(), name);
	}
	hs_free_compile_error(error);
	hs_free_scratch(scratch);
	hs_free_database(database);
	return r;
}
