/* SPDX-License-Identifier: MIT */
/*
 * Which classes want an entry. The order is ripgrep's: a glob that matches decides alone; then
 * the ignore rules, the type, and the leading dot. All that does not depend on a class is found
 * out once, and classes are dealt with 64 at a time; only classes whose glob matched are looked
 * at one by one.
 *
 * Counting is done in bulk too: what becomes of an entry is counted once for each of the four
 * ways to treat ignore rules and dots, and added to the active classes at the end of a directory.
 * The few classes that decided otherwise have their tally put right at once.
 */
#include "scan/walk_work.h"

#include <dirent.h>
#include <string.h>

/** What is known of the entry at hand. */
struct subject {
	enum walk_fate fates[BASE_COUNT];
	bool all_pass;
	bool is_dir;
	const char *path; /* relative to the root */
	size_t path_len;
	struct glob_subject glob;
};

static bool is_below(const char *path, size_t path_len, const char *dir, size_t dir_len)
{
	return !dir_len ||
	       (path_len > dir_len && path[dir_len] == '/' && memcmp(path, dir, dir_len) == 0);
}

void walk_decide_begin(struct walk_worker *worker, struct walk_dir *dir)
{
	const struct walk_selection *selection = &worker->walk->selection;
	uint64_t heeds = 0, globbed = 0, typed = 0;

	dir->edged = false;
	for (size_t w = 0; w < selection->class_words; w++) {
		uint64_t active = dir->active[w];

		heeds |= active & (selection->of_base[0][w] | selection->of_base[BASE_HIDDEN][w]);
		globbed |= active & selection->globbed[w];
		typed |= active & selection->typed[w];
		worker->edge[w] = 0;
		for (uint64_t left = active & selection->cursored[w]; left; left &= left - 1) {
			size_t number = walk_bit_lowest(left, w);
			const struct walk_class *class = &selection->classes[number];

			if (class->after_len &&
			    is_below(class->after, class->after_len, dir->path, dir->path_len)) {
				walk_bit_set(worker->edge, number);
				dir->edged = true;
			}
		}
	}
	dir->heeds = heeds && dir->ignore && ignore_has_rules(dir->ignore);
	dir->globbed = globbed;
	dir->typed = typed;
}

static void find_fates(struct walk_worker *worker, const struct walk_dir *dir,
		       struct subject *subject)
{
	const char *name = subject->glob.name;
	size_t len = subject->glob.name_len;
	enum ignore_verdict verdict = IGNORE_NONE;
	/* A name that ends in a dot is not hidden to ripgrep. */
	bool is_hidden = name[0] == '.' && name[len - 1] != '.';

	if (dir->heeds) {
		struct ignore_entry entry = { worker->path,
					      worker->root_len + 1 + subject->path_len, len,
					      subject->is_dir };

		verdict = ignore_match(dir->ignore, &entry);
	}
	subject->all_pass = verdict != IGNORE_SKIP && !is_hidden;
	for (unsigned base = 0; base < BASE_COUNT; base++) {
		enum ignore_verdict own = base & BASE_NO_IGNORE ? IGNORE_NONE : verdict;

		if (own == IGNORE_SKIP)
			subject->fates[base] = FATE_IGNORED;
		else if (own == IGNORE_NONE && is_hidden && !(base & BASE_HIDDEN))
			subject->fates[base] = FATE_HIDDEN;
		else
			subject->fates[base] = FATE_PASS;
		if (!subject->is_dir || subject->fates[base] != FATE_PASS)
			worker->fates[base][subject->fates[base]]++;
	}
}

/** The classes of a type that a file's name has, into worker->types. */
static void find_types(struct walk_worker *worker, const struct subject *subject)
{
	const struct walk_selection *selection = &worker->walk->selection;
	const struct walk_index *index = &selection->type_classes;
	struct glob_subject name = subject->glob;
	size_t n;

	memset(worker->types, 0, selection->class_words * sizeof(*worker->types));
	/* ripgrep gives a name that ends in a dot no type. */
	if (name.name[name.name_len - 1] == '.')
		return;
	name.path = name.name;
	name.len = name.name_len;
	n = glob_set_all(selection->type_set, &name, false, worker->ids);
	for (size_t i = 0; i < n; i++) {
		uint32_t type = selection->type_of[worker->ids[i]];

		for (uint32_t at = type ? index->ends[type - 1] : 0; at < index->ends[type]; at++)
			walk_bit_set(worker->types, index->list[at]);
	}
}

/** A word of the classes with this fate. */
static uint64_t with_fate(const struct walk_selection *selection, const struct subject *subject,
			  enum walk_fate fate, size_t w)
{
	uint64_t bits = 0;

	for (unsigned base = 0; base < BASE_COUNT; base++)
		if (subject->fates[base] == fate)
			bits |= selection->of_base[base][w];
	return bits;
}

/** What ignore rules, types and dots say. */
static void decide_softly(struct walk_worker *worker, const struct walk_dir *dir,
			  const struct subject *subject)
{
	const struct walk_selection *selection = &worker->walk->selection;
	bool typed = dir->typed && !subject->is_dir;

	if (typed)
		find_types(worker, subject);
	for (size_t w = 0; w < selection->class_words; w++) {
		/* A file that its class's glob does not match is out; a directory is not. */
		uint64_t soft = dir->active[w] & ~(subject->is_dir ? 0 : selection->positive[w]);
		uint64_t of_type = typed ? soft & selection->typed[w] : 0;

		soft &= ~of_type;
		if (!subject->all_pass)
			soft &= with_fate(selection, subject, FATE_PASS, w);
		if (of_type) /* a file of the type is wanted even if hidden */
			soft |= of_type & worker->types[w] &
				~with_fate(selection, subject, FATE_IGNORED, w);
		worker->bits[w] = soft;
	}
}

static void decide_by_globs(struct walk_worker *worker, const struct walk_dir *dir,
			    const struct subject *subject)
{
	const struct walk_selection *selection = &worker->walk->selection;
	const struct walk_index *index = &selection->glob_classes;
	size_t n = glob_set_all(selection->glob_set, &subject->glob, subject->is_dir, worker->ids);

	for (size_t i = 0; i < n; i++) {
		uint32_t glob = worker->ids[i];
		bool is_negated = selection->globs[glob].flags & RULE_NEGATED;

		for (uint32_t at = glob ? index->ends[glob - 1] : 0; at < index->ends[glob]; at++) {
			uint32_t class = index->list[at];

			if (!walk_bit_has(dir->active, class))
				continue;
			if (is_negated)
				walk_bit_clear(worker->bits, class);
			else
				walk_bit_set(worker->bits, class);
		}
	}
}

/** Puts right the tallies of classes that want what their ignore rules would have passed over. */
static void correct_tallies(struct walk_worker *worker, const struct subject *subject)
{
	const struct walk_selection *selection = &worker->walk->selection;

	for (size_t w = 0; w < selection->class_words; w++) {
		uint64_t pass = with_fate(selection, subject, FATE_PASS, w);

		for (uint64_t left = worker->bits[w] & ~pass; left; left &= left - 1) {
			size_t number = walk_bit_lowest(left, w);
			struct walk_tally *tally = &worker->tallies[number];
			uint8_t base = selection->classes[number].base;

			tally->files += !subject->is_dir;
			tally->skips.ignored -= subject->fates[base] == FATE_IGNORED;
			tally->skips.hidden -= subject->fates[base] == FATE_HIDDEN;
		}
	}
}

/** Drops what lies before a cursor. */
static void cut_at_cursors(struct walk_worker *worker, const struct subject *subject)
{
	const struct walk_selection *selection = &worker->walk->selection;

	for (size_t w = 0; w < selection->class_words; w++)
		for (uint64_t left = worker->edge[w]; left; left &= left - 1) {
			size_t number = walk_bit_lowest(left, w);
			const struct walk_class *class = &selection->classes[number];

			if (walk_path_cmp(subject->path, subject->path_len, class->after,
					  class->after_len) >= 0)
				continue;
			if (subject->is_dir && is_below(class->after, class->after_len,
							subject->path, subject->path_len))
				continue;
			if (!subject->is_dir && (walk_bit_has(worker->bits, number) ||
						 subject->fates[class->base] == FATE_PASS))
				worker->tallies[number].files--;
			walk_bit_clear(worker->bits, number);
		}
}

/** Whether a directory can hold a match of a glob. */
static bool can_hold(const struct glob *glob, const struct subject *subject, unsigned n_slashes)
{
	size_t len = subject->path_len;
	const char *head = glob->kind == GLOB_PATH ? glob->texts->at : glob->head.at;

	if (n_slashes >= glob->max_slashes)
		return false;
	if (!glob->dir_len)
		return true;
	/* head[0 ... dir_len) ends in a slash. */
	if (len < glob->dir_len)
		return head[len] == '/' && memcmp(head, subject->path, len) == 0;
	return len == glob->dir_len - 1 || memcmp(head, subject->path, glob->dir_len) == 0;
}

/** Drops the classes whose glob can match nothing in the directory. */
static void cut_by_bounds(struct walk_worker *worker, const struct subject *subject)
{
	const struct walk_selection *selection = &worker->walk->selection;
	unsigned n_slashes = 0;

	for (size_t i = 0; i < subject->path_len; i++)
		n_slashes += subject->path[i] == '/';
	for (size_t w = 0; w < selection->class_words; w++) {
		uint64_t bounded = worker->bits[w] & selection->bounded[w];

		for (uint64_t left = bounded; left; left &= left - 1) {
			size_t number = walk_bit_lowest(left, w);
			uint32_t glob = selection->classes[number].glob;

			if (!can_hold(&selection->globs[glob].glob, subject, n_slashes))
				walk_bit_clear(worker->bits, number);
		}
	}
}

bool walk_decide(struct walk_worker *worker, const struct walk_dir *dir,
		 const struct walk_name *name, size_t path_len)
{
	const struct walk_selection *selection = &worker->walk->selection;
	const char *path = worker->path + worker->root_len + 1;
	struct subject subject = {
		.is_dir = name->type == DT_DIR,
		.path = path,
		.path_len = path_len,
		.glob = { path, path_len, path + path_len - name->len, name->len },
	};
	uint64_t any = 0;

	find_fates(worker, dir, &subject);
	decide_softly(worker, dir, &subject);
	if (dir->globbed)
		decide_by_globs(worker, dir, &subject);
	if (!subject.all_pass)
		correct_tallies(worker, &subject);
	if (dir->edged)
		cut_at_cursors(worker, &subject);
	if (subject.is_dir && dir->globbed)
		cut_by_bounds(worker, &subject);
	for (size_t w = 0; w < selection->class_words; w++)
		any |= worker->bits[w];
	return any;
}

void walk_decide_end(struct walk_worker *worker, const struct walk_dir *dir)
{
	const struct walk_selection *selection = &worker->walk->selection;

	for (size_t w = 0; w < selection->class_words; w++)
		for (uint64_t left = dir->active[w]; left; left &= left - 1) {
			size_t number = walk_bit_lowest(left, w);
			struct walk_tally *tally = &worker->tallies[number];
			const uint64_t *fates = worker->fates[selection->classes[number].base];

			tally->files += fates[FATE_PASS];
			tally->skips.ignored += fates[FATE_IGNORED];
			tally->skips.hidden += fates[FATE_HIDDEN];
			tally->skips.links += worker->links;
			tally->skips.special += worker->special;
		}
	memset(worker->fates, 0, sizeof(worker->fates));
	worker->links = worker->special = 0;
}
