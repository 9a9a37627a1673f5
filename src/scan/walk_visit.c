/* SPDX-License-Identifier: MIT */
/*
 * Visiting files. What a set of classes means in selectors is kept from one file to the next,
 * since most files of a directory are wanted by the same.
 */
#include "scan/walk_work.h"

#include "base/clock.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>

void walk_stop(struct walk *walk, int reason)
{
	int none = 0;

	if (atomic_compare_exchange_strong(&walk->stop, &none, reason))
		walk_queue_stop(&walk->queue);
}

bool walk_is_stopped(struct walk *walk)
{
	const struct walk_conf *conf = &walk->conf;

	if (atomic_load_explicit(&walk->stop, memory_order_relaxed))
		return true;
	if (conf->cancel && atomic_load_explicit(conf->cancel, memory_order_relaxed))
		walk_stop(walk, -ECANCELED);
	else if (conf->deadline_ns && clock_now_ns() >= conf->deadline_ns)
		walk_stop(walk, -ETIMEDOUT);
	else
		return false;
	return true;
}

void walk_note_frontier(struct walk_worker *worker, const char *path)
{
	size_t len = strlen(path);

	if (worker->has_frontier &&
	    walk_path_cmp(worker->frontier, strlen(worker->frontier), path, len) <= 0)
		return;
	memcpy(worker->frontier, path, len + 1);
	worker->has_frontier = true;
}

size_t walk_put_path(struct walk_worker *worker, const struct walk_dir *dir,
		     const struct walk_name *name)
{
	size_t at = dir->path_len + (dir->path_len > 0);

	if (at + name->len >= PATH_LEN_MAX)
		return 0;
	memcpy(walk_relative(worker) + at, name->name, name->len + 1u);
	return at + name->len;
}

void walk_put_dir(struct walk_worker *worker, const struct walk_dir *dir)
{
	char *to = walk_relative(worker);

	memcpy(to, dir->path, dir->path_len);
	to[dir->path_len] = '/';
	to[dir->path_len + (dir->path_len > 0)] = '\0';
}

void walk_count_missed(struct walk_worker *worker, const uint64_t *active, int reason)
{
	for (size_t i = 0; i < worker->walk->selection.n_classes; i++) {
		if (!walk_bit_has(active, i))
			continue;
		if (reason == -EXDEV)
			worker->tallies[i].skips.other_fs++;
		else if (reason == -ENOENT || reason == -ENOTDIR || reason == -ELOOP)
			worker->tallies[i].changed++;
		else
			worker->tallies[i].skips.denied++;
	}
}

/** What the classes in worker->bits mean in selectors, into worker->wanted. */
static void find_wanted(struct walk_worker *worker)
{
	const struct walk_selection *selection = &worker->walk->selection;
	size_t size = selection->class_words * sizeof(*worker->bits);

	if (worker->has_last && memcmp(worker->bits, worker->last_bits, size) == 0)
		return;
	memcpy(worker->last_bits, worker->bits, size);
	worker->has_last = true;
	memset(worker->wanted, 0, selection->selector_words * sizeof(*worker->wanted));
	for (size_t w = 0; w < selection->class_words; w++)
		for (uint64_t left = worker->bits[w]; left; left &= left - 1) {
			const struct walk_class *class =
				&selection->classes[walk_bit_lowest(left, w)];

			for (uint32_t i = 0; i < class->n; i++)
				walk_bit_set(worker->wanted, selection->members[class->first + i]);
		}
}

/** The classes of a start that is a file want it, whatever any rule says. False if none does. */
static bool add_explicit(struct walk_worker *worker, uint32_t start_number, size_t path_len)
{
	const struct walk_selection *selection = &worker->walk->selection;
	const struct walk_start *start = &selection->starts[start_number];
	bool any = false;

	for (uint32_t i = start->first; i < start->first + start->n; i++) {
		const struct walk_class *class = &selection->classes[i];

		if (class->after && walk_path_cmp(walk_relative(worker), path_len, class->after,
						  class->after_len) < 0)
			continue;
		walk_bit_set(worker->bits, i);
		worker->tallies[i].files++;
		any = true;
	}
	return any;
}

/** worker->path is the file's, worker->bits its classes. False if the walk is stopped first. */
static bool visit(struct walk_worker *worker, struct walk_entry *entry)
{
	struct walk *walk = worker->walk;

	entry->path = walk_relative(worker);
	if (walk_is_stopped(walk)) {
		walk_note_frontier(worker, entry->path);
		return false;
	}
	find_wanted(worker);
	entry->wanted = worker->wanted;
	walk->conf.visit(walk->conf.data, worker->number, entry);
	return true;
}

void walk_visit_files(struct walk_worker *worker, const struct walk_dir *shared_dir,
		      const struct walk_list *list, size_t from, size_t to)
{
	struct walk_dir dir = *shared_dir; /* others may be at it too */

	walk_decide_begin(worker, &dir);
	walk_put_dir(worker, &dir);
	for (size_t i = from; i < to; i++) {
		const struct walk_name *name = &list->names[i];
		struct walk_entry entry = { .dir_fd = dir.fd, .is_explicit = name->start };
		bool is_wanted;

		if (name->type != DT_REG)
			continue;
		entry.path_len = walk_put_path(worker, &dir, name);
		if (!entry.path_len) {
			walk_count_missed(worker, dir.active, -ENAMETOOLONG);
			continue;
		}
		is_wanted = walk_decide(worker, &dir, name, entry.path_len);
		if (name->start)
			is_wanted |= add_explicit(worker, name->start - 1, entry.path_len);
		entry.name = walk_relative(worker) + entry.path_len - name->len;
		if (is_wanted && !visit(worker, &entry))
			break;
	}
	walk_decide_end(worker, &dir);
}

void walk_visit_start(struct walk_worker *worker, const char *path, uint32_t start)
{
	size_t len = strlen(path);
	struct walk_entry entry = { .dir_fd = worker->walk->conf.root_fd,
				    .name = walk_relative(worker),
				    .path_len = len,
				    .is_explicit = true };

	memcpy(walk_relative(worker), path, len + 1);
	memset(worker->bits, 0, worker->walk->selection.class_words * sizeof(*worker->bits));
	if (add_explicit(worker, start, len))
		(void)visit(worker, &entry); /* where it was stopped is noted there */
}
