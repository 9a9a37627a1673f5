/* SPDX-License-Identifier: MIT */
/*
 * Selectors to classes: the globs, types and cursors are numbered by sorting, then the selectors
 * are sorted by all that makes them differ.
 */
#include "scan/walk_select.h"

#include "base/attr.h"
#include "base/str.h"
#include "os/path.h"
#include "scan/rules.h"
#include "scan/type.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

enum { ARENA_MAX = 1 << 30 };

/** A text and the selector that has it, to be numbered. */
struct named {
	const char *text;
	uint32_t selector;
};

/** Different texts, and each selector's: 0 = it has none, else its number + 1. */
struct names {
	struct named *unique; /* with the first selector that has it */
	uint32_t n;
	uint32_t *of;
};

/** A selector as numbers. */
struct key {
	const char *path;
	uint32_t path_len;
	uint32_t glob, type, after; /* number + 1 */
	uint32_t selector;
	uint8_t base;
};

struct sorter {
	struct walk_selection *selection;
	const struct walk_conf *conf;
	struct arena scratch;
	struct names globs, types, afters;
	uint32_t *glob_rules; /* by glob: number of its rule + 1; 0 = it says nothing */
	struct key *keys;
};

static int named_cmp(const void *a, const void *b)
{
	const struct named *x = a, *y = b;
	int r = strcmp(x->text, y->text);

	return r ? r : (x->selector > y->selector) - (x->selector < y->selector);
}

/** Numbers the texts at an offset of struct walk_selector. */
static bool number(struct sorter *self, size_t offset, struct names *names)
{
	const struct walk_conf *conf = self->conf;
	struct named *all = arena_alloc_array(&self->scratch, conf->n_selectors, sizeof(*all));
	size_t n = 0;

	names->of = arena_alloc_array(&self->scratch, conf->n_selectors, sizeof(*names->of));
	if (!all || !names->of)
		return false;
	for (uint32_t i = 0; i < conf->n_selectors; i++) {
		const char *text;

		memcpy(&text, (const char *)&conf->selectors[i] + offset, sizeof(text));
		if (text)
			all[n++] = (struct named){ text, i };
	}
	qsort(all, n, sizeof(*all), named_cmp);
	names->unique = all;
	for (size_t i = 0; i < n; i++) {
		struct named named = all[i];

		if (!names->n || !str_equal(all[names->n - 1].text, named.text))
			all[names->n++] = named;
		names->of[named.selector] = names->n;
	}
	return true;
}

static int no_memory(struct error *err)
{
	return error_errno(err, ENOMEM, "cannot prepare the walk");
}

static int compile_globs(struct sorter *self, size_t *ret_bad, struct error *err)
{
	struct walk_selection *selection = self->selection;
	const struct names *names = &self->globs;
	struct glob_problem problem;

	selection->globs = arena_alloc_array(&selection->arena, names->n, sizeof(struct rule));
	self->glob_rules = arena_alloc_array(&self->scratch, names->n, sizeof(uint32_t));
	if (!selection->globs || !self->glob_rules)
		return no_memory(err);
	for (uint32_t i = 0; i < names->n; i++) {
		const char *text = names->unique[i].text;
		int r = rule_compile(&selection->arena, text, strlen(text), 0,
				     &selection->globs[selection->n_globs], &problem);

		if (r == -EINVAL) {
			*ret_bad = names->unique[i].selector;
			return error_set(err, ERROR_INVALID, EINVAL,
					 "bad glob '%.200s': %s, byte %zu", text, problem.what,
					 problem.at + 1);
		}
		if (r < 0)
			return no_memory(err);
		if (r == 1)
			self->glob_rules[i] = (uint32_t)++selection->n_globs;
	}
	selection->glob_set = glob_set_new(&selection->arena, selection->globs, selection->n_globs);
	return selection->glob_set ? 0 : no_memory(err);
}

static int bad_type(const struct named *type, size_t *ret_bad, struct error *err)
{
	const char *nearest = type_nearest(type->text);

	*ret_bad = type->selector;
	return error_set(err, ERROR_INVALID, EINVAL, "unknown file type '%.200s'%s%s%s", type->text,
			 nearest ? "; did you mean '" : "", nearest ? nearest : "",
			 nearest ? "'?" : "");
}

static int compile_types(struct sorter *self, size_t *ret_bad, struct error *err)
{
	struct walk_selection *selection = self->selection;
	const struct names *names = &self->types;
	struct glob_problem problem;
	size_t n = 0;

	for (uint32_t i = 0; i < names->n; i++) {
		const struct file_type *type = type_find(names->unique[i].text);

		if (!type)
			return bad_type(&names->unique[i], ret_bad, err);
		for (const char *const *glob = type->globs; *glob; glob++)
			n++;
	}
	selection->type_globs = arena_alloc_array(&selection->arena, n, sizeof(struct rule));
	selection->type_of = arena_alloc_array(&selection->arena, n, sizeof(uint32_t));
	if (!selection->type_globs || !selection->type_of)
		return no_memory(err);
	for (uint32_t i = 0; i < names->n; i++) {
		const struct file_type *type = type_find(names->unique[i].text);

		for (const char *const *glob = type->globs; *glob; glob++) {
			size_t at = selection->n_type_globs++;
			/* The subject is a bare name, so the glob may look at any depth. */
			const char *text = arena_printf(&self->scratch, "**/%s", *glob);

			selection->type_of[at] = i;
			if (!text || glob_compile(&selection->arena, text, strlen(text),
						  GLOB_SEPARATOR | GLOB_STRICT,
						  &selection->type_globs[at].glob, &problem) < 0)
				return no_memory(err);
		}
	}
	selection->type_set = glob_set_new(&selection->arena, selection->type_globs, n);
	return selection->type_set ? 0 : no_memory(err);
}

static int key_differs(const struct key *x, const struct key *y)
{
	int r = walk_path_cmp(x->path, x->path_len, y->path, y->path_len);

	if (r)
		return r;
	if (x->base != y->base)
		return x->base < y->base ? -1 : 1;
	if (x->glob != y->glob)
		return x->glob < y->glob ? -1 : 1;
	if (x->type != y->type)
		return x->type < y->type ? -1 : 1;
	if (x->after != y->after)
		return x->after < y->after ? -1 : 1;
	return 0;
}

static int key_cmp(const void *a, const void *b)
{
	const struct key *x = a, *y = b;
	int r = key_differs(x, y);

	return r ? r : (x->selector > y->selector) - (x->selector < y->selector);
}

static int sort_keys(struct sorter *self, size_t *ret_bad, struct error *err)
{
	const struct walk_conf *conf = self->conf;

	self->keys = arena_alloc_array(&self->scratch, conf->n_selectors, sizeof(*self->keys));
	if (!self->keys)
		return no_memory(err);
	for (uint32_t i = 0; i < conf->n_selectors; i++) {
		const struct walk_selector *selector = &conf->selectors[i];
		size_t len = strlen(selector->path);
		uint32_t glob = self->globs.of[i];

		if (len >= PATH_LEN_MAX) {
			*ret_bad = i;
			return error_set(err, ERROR_INVALID, ENAMETOOLONG, "the path is too long");
		}
		self->keys[i] = (struct key){
			.path = selector->path,
			.path_len = (uint32_t)len,
			.glob = glob ? self->glob_rules[glob - 1] : 0,
			.type = self->types.of[i],
			.after = self->afters.of[i],
			.selector = i,
			.base = (uint8_t)((selector->hidden ? BASE_HIDDEN : 0) |
					  (selector->no_ignore ? BASE_NO_IGNORE : 0)),
		};
	}
	qsort(self->keys, conf->n_selectors, sizeof(*self->keys), key_cmp);
	return 0;
}

static bool alloc_sets(struct walk_selection *selection)
{
	uint64_t **sets[] = { &selection->of_base[0], &selection->of_base[1],
			      &selection->of_base[2], &selection->of_base[3],
			      &selection->globbed,    &selection->positive,
			      &selection->typed,      &selection->bounded,
			      &selection->cursored };
	size_t words = selection->class_words;
	uint64_t *bits = arena_alloc_array(&selection->arena, countof(sets) * words, sizeof(*bits));

	for (size_t i = 0; bits && i < countof(sets); i++)
		*sets[i] = bits + i * words;
	return bits;
}

static void mark_class(struct walk_selection *selection, uint32_t number, uint32_t type)
{
	const struct walk_class *class = &selection->classes[number];

	walk_bit_set(selection->of_base[class->base], number);
	selection->any_ignore |= !(class->base & BASE_NO_IGNORE);
	if (type)
		walk_bit_set(selection->typed, number);
	if (class->after)
		walk_bit_set(selection->cursored, number);
	if (class->glob == WALK_NO_GLOB)
		return;
	walk_bit_set(selection->globbed, number);
	if (!(selection->globs[class->glob].flags & RULE_NEGATED)) {
		const struct glob *glob = &selection->globs[class->glob].glob;

		walk_bit_set(selection->positive, number);
		if (glob->dir_len || glob->max_slashes != UINT_MAX)
			walk_bit_set(selection->bounded, number);
	}
}

/** Makes starts and classes of the sorted keys; types gets each class's type. */
static void make_classes(struct sorter *self, uint32_t *types)
{
	struct walk_selection *selection = self->selection;
	const struct key *before = NULL;

	for (uint32_t i = 0; i < selection->n_selectors; i++, before = &self->keys[i - 1]) {
		const struct key *key = &self->keys[i];
		struct walk_class *class = &selection->classes[selection->n_classes];
		struct walk_start *start = &selection->starts[selection->n_starts];

		if (!before ||
		    walk_path_cmp(before->path, before->path_len, key->path, key->path_len) != 0) {
			*start = (struct walk_start){ key->path, key->path_len,
						      (uint32_t)selection->n_classes, 0 };
			selection->n_starts++;
		}
		if (!before || key_differs(before, key)) {
			const char *after =
				key->after ? self->afters.unique[key->after - 1].text : NULL;

			*class = (struct walk_class){
				.start = (uint32_t)selection->n_starts - 1,
				.glob = key->glob ? key->glob - 1 : WALK_NO_GLOB,
				.base = key->base,
				.after = after,
				.after_len = after ? strlen(after) : 0,
				.first = i,
			};
			types[selection->n_classes++] = key->type;
			selection->starts[selection->n_starts - 1].n++;
		}
		selection->classes[selection->n_classes - 1].n++;
		selection->members[i] = key->selector;
		selection->class_of[key->selector] = (uint32_t)selection->n_classes - 1;
	}
}

/** of(i) = value of class i, 0 = none, else from 1 to n. */
static bool index_classes(struct walk_selection *selection, struct walk_index *index, uint32_t n,
			  const uint32_t *of)
{
	uint32_t *ends = arena_alloc_array(&selection->arena, n + 2, sizeof(*ends));

	index->list =
		arena_alloc_array(&selection->arena, selection->n_classes, sizeof(*index->list));
	if (!ends || !index->list)
		return false;
	/* Two places ahead, so that filling the list leaves each end where it belongs. */
	for (size_t i = 0; i < selection->n_classes; i++)
		if (of[i] && of[i] < n)
			ends[of[i] + 1]++;
	for (uint32_t i = 2; i <= n; i++)
		ends[i] += ends[i - 1];
	for (uint32_t i = 0; i < selection->n_classes; i++)
		if (of[i])
			index->list[ends[of[i]]++] = i;
	index->ends = ends + 1;
	return true;
}

static int make_sets(struct sorter *self, struct error *err)
{
	struct walk_selection *selection = self->selection;
	size_t n = selection->n_selectors;
	struct arena *arena = &selection->arena;
	uint32_t *types = arena_alloc_array(&self->scratch, n, sizeof(*types));
	uint32_t *globs = arena_alloc_array(&self->scratch, n, sizeof(*globs));

	selection->classes = arena_alloc_array(arena, n, sizeof(*selection->classes));
	selection->starts = arena_alloc_array(arena, n, sizeof(*selection->starts));
	selection->members = arena_alloc_array(arena, n, sizeof(*selection->members));
	selection->class_of = arena_alloc_array(arena, n, sizeof(*selection->class_of));
	if (arena_failed(arena) || arena_failed(&self->scratch))
		return no_memory(err);
	make_classes(self, types);
	selection->selector_words = (n + 63) / 64;
	selection->class_words = (selection->n_classes + 63) / 64;
	if (!alloc_sets(selection))
		return no_memory(err);
	for (uint32_t i = 0; i < selection->n_classes; i++) {
		mark_class(selection, i, types[i]);
		globs[i] = selection->classes[i].glob + 1; /* WALK_NO_GLOB gives 0 */
	}
	if (!index_classes(selection, &selection->glob_classes, (uint32_t)selection->n_globs,
			   globs) ||
	    !index_classes(selection, &selection->type_classes, self->types.n, types))
		return no_memory(err);
	return 0;
}

int walk_select_init(struct walk_selection *selection, const struct walk_conf *conf,
		     size_t *ret_bad, struct error *err)
{
	struct sorter self = { .selection = selection, .conf = conf };
	int r = 0;

	*selection = (struct walk_selection){ .n_selectors = conf->n_selectors };
	arena_init(&selection->arena, ARENA_MAX);
	arena_init(&self.scratch, ARENA_MAX);
	if (!number(&self, offsetof(struct walk_selector, glob), &self.globs) ||
	    !number(&self, offsetof(struct walk_selector, type), &self.types) ||
	    !number(&self, offsetof(struct walk_selector, after), &self.afters))
		r = no_memory(err);
	if (r == 0)
		r = compile_globs(&self, ret_bad, err);
	if (r == 0)
		r = compile_types(&self, ret_bad, err);
	if (r == 0)
		r = sort_keys(&self, ret_bad, err);
	if (r == 0)
		r = make_sets(&self, err);
	arena_release(&self.scratch);
	if (r < 0)
		walk_select_release(selection);
	return r;
}

void walk_select_release(struct walk_selection *selection)
{
	arena_release(&selection->arena);
}
