/* SPDX-License-Identifier: MIT */
/*
 * What a worker does with an item. A directory is opened by its path from the root, all of it at
 * once: so no descriptor is held but for the directory at hand, however deep the tree and however
 * long the queue. It is read whole; its subdirectories go to the queue, its files are dealt with
 * here, or in slices by whoever is free if there are many.
 *
 *	item ─► open ─► list ─► rules that hold here ─► directories wanted by a class ─► queue
 *	                                             └► files ─► visit
 *
 * A selector's path (a start) that lies below a directory at hand goes along with the entry that
 * leads to it. If no class wants that entry, an item without classes is made: such a directory is
 * not read, only passed through, for its ignore files.
 */
#include "scan/walk_work.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { SLICE = 64 };

static void shared_unref(struct walk_shared *shared)
{
	if (atomic_fetch_sub_explicit(&shared->refs, 1, memory_order_acq_rel) != 1)
		return;
	close(shared->dir.fd);
	walk_list_release(&shared->list);
	ignore_dir_unref(shared->dir.ignore);
	atomic_fetch_sub(&shared->walk->n_shared, 1);
	free(shared);
}

void walk_item_free(struct walk_item *item)
{
	if (item->shared)
		shared_unref(item->shared);
	ignore_dir_unref(item->ignore);
	free(item);
}

struct walk_item *walk_item_new(struct walk *walk, const char *path, size_t path_len,
				struct ignore_dir *ignore, const uint64_t *active)
{
	size_t size = active ? walk->selection.class_words * sizeof(*active) : 0;
	struct walk_item *item = malloc(sizeof(*item) + size + path_len + 1);

	if (!item) {
		walk_stop(walk, -ENOMEM);
		return NULL;
	}
	*item = (struct walk_item){ .ignore = ignore_dir_ref(ignore),
				    .path_len = (uint32_t)path_len,
				    .path = (char *)item->memory + size };
	if (active)
		item->active = memcpy(item->memory, active, size);
	memcpy(item->path, path, path_len);
	item->path[path_len] = '\0';
	return item;
}

static void batch_add(struct walk_worker *worker, struct walk_item *own_item)
{
	if (!own_item)
		return;
	if (vec_push(&worker->batch, own_item))
		return;
	walk_item_free(own_item);
	walk_stop(worker->walk, -ENOMEM);
}

static void batch_flush(struct walk_worker *worker)
{
	if (walk_queue_add(&worker->walk->queue, worker->batch.items, worker->batch.n) < 0)
		walk_stop(worker->walk, -ENOMEM);
	worker->batch.n = 0;
}

/* Starts below a directory. */

/** How many of the starts [lo, hi) have the same next component behind a directory's path. */
static uint32_t same_component(const struct walk_selection *selection, uint32_t lo, uint32_t hi,
			       size_t skip, size_t *ret_len)
{
	const char *component = selection->starts[lo].path + skip;
	size_t len = strcspn(component, "/");
	uint32_t at = lo + 1;

	while (at < hi && strncmp(selection->starts[at].path + skip, component, len) == 0 &&
	       (!selection->starts[at].path[skip + len] ||
		selection->starts[at].path[skip + len] == '/'))
		at++;
	*ret_len = len;
	return at - lo;
}

/** A directory, as those below it need it. */
struct parent {
	struct ignore_dir *ignore; /* what holds in it; NULL if no class cares */
	uint32_t link_len;         /* as of an item */
};

/** An item for the starts [lo, hi), which agree up to path_len and which no class leads to. */
static void send_starts(struct walk_worker *worker, const struct parent *parent, uint32_t lo,
			uint32_t hi, size_t path_len)
{
	const struct walk_start *start = &worker->walk->selection.starts[lo];
	struct walk_item *item;

	if (lo >= hi)
		return;
	item = walk_item_new(worker->walk, start->path, path_len, parent->ignore, NULL);
	if (!item)
		return;
	item->start_lo = lo;
	item->start_hi = hi;
	item->link_len = parent->link_len;
	batch_add(worker, item);
}

/** The rules that hold in an item's directory; NULL if no class cares. */
static int enter_rules(struct walk_worker *worker, const struct walk_item *item, int dir_fd,
		       enum ignore_found found, struct ignore_dir **ret_dir)
{
	struct ignore_place place = { dir_fd, item->path, found };

	*ret_dir = NULL;
	if (!worker->walk->ignore)
		return 0;
	return ignore_enter(worker->walk->ignore, item->ignore, &place, ret_dir);
}

/** Passes through a directory that is not read, to the starts from lo on below it. -ENOMEM,
 *  -EMFILE, -ENFILE, with nothing done. */
static int pass_through(struct walk_worker *worker, const struct walk_item *item, uint32_t lo)
{
	struct parent here = { .link_len = item->link_len };
	size_t skip = item->path_len + (item->path_len > 0), len;
	int r;

	if (lo >= item->start_hi)
		return 0;
	r = enter_rules(worker, item, -1, IGNORE_FOUND_MAYBE, &here.ignore);
	if (r < 0)
		return r;
	while (lo < item->start_hi) {
		uint32_t n =
			same_component(&worker->walk->selection, lo, item->start_hi, skip, &len);

		send_starts(worker, &here, lo, lo + n, skip + len);
		lo += n;
	}
	ignore_dir_unref(here.ignore);
	batch_flush(worker);
	return 0;
}

/* Directories. */

/** A directory being dealt with, and the item it came from. */
struct visitor {
	struct walk_worker *worker;
	const struct walk_item *item;
	struct parent here;
	struct walk_dir dir;
	uint32_t start; /* the first start below not dealt with yet */
};

/** Sends the starts whose next component comes before name; returns how many follow that have
 *  name as theirs. name NULL: after all names. */
static uint32_t starts_of(struct visitor *self, const char *name)
{
	const struct walk_selection *selection = &self->worker->walk->selection;
	size_t skip = self->dir.path_len + (self->dir.path_len > 0), len;

	while (self->start < self->item->start_hi) {
		uint32_t n =
			same_component(selection, self->start, self->item->start_hi, skip, &len);
		const char *component = selection->starts[self->start].path + skip;
		int r = name ? strncmp(component, name, len) : -1;

		if (r == 0 && name[len])
			r = -1; /* a longer name comes later */
		if (r == 0)
			return n;
		if (r > 0)
			return 0;
		send_starts(self->worker, &self->here, self->start, self->start + n, skip + len);
		self->start += n;
	}
	return 0;
}

static void send_dir(struct visitor *self, const struct walk_name *name, uint32_t n_starts)
{
	struct walk_worker *worker = self->worker;
	size_t path_len = walk_put_path(worker, &self->dir, name);
	struct walk_item *item;

	if (!path_len) {
		walk_count_missed(worker, self->dir.active, -ENAMETOOLONG);
		return;
	}
	if (!walk_decide(worker, &self->dir, name, path_len)) {
		send_starts(worker, &self->here, self->start, self->start + n_starts, path_len);
		return;
	}
	item = walk_item_new(worker->walk, walk_relative(worker), path_len, self->here.ignore,
			     worker->bits);
	if (!item)
		return;
	item->start_lo = self->start;
	item->start_hi = self->start + n_starts;
	item->link_len = self->here.link_len;
	batch_add(worker, item);
}

/** All but the files: directories and starts to the queue, the rest counted. */
static void send_below(struct visitor *self)
{
	struct walk_worker *worker = self->worker;
	const struct walk_start *starts = worker->walk->selection.starts;

	for (size_t i = 0; i < worker->list.n; i++) {
		struct walk_name *name = &worker->list.names[i];
		uint32_t n = self->start < self->item->start_hi ? starts_of(self, name->name) : 0;
		uint32_t end = self->start + n;

		if (name->type == DT_DIR) {
			send_dir(self, name, n);
			self->start = end;
			continue;
		}
		worker->links += name->type == DT_LNK;
		worker->special += name->type == DT_UNKNOWN;
		if (n && name->type == DT_REG) {
			size_t path_len = self->dir.path_len + (self->dir.path_len > 0) + name->len;

			if (starts[self->start].len == path_len)
				name->start = ++self->start;
		}
		if (self->start < end)
			send_starts(worker, &self->here, self->start, end,
				    self->dir.path_len + (self->dir.path_len > 0) + name->len);
		self->start = end;
	}
	(void)starts_of(self, NULL); /* nothing can follow the end */
}

static void send_slice(struct walk_worker *worker, struct walk_shared *shared, size_t from)
{
	const struct walk_list *list = &shared->list;
	size_t to = from + SLICE < list->n ? from + SLICE : list->n;
	struct walk_item *item;

	while (from < to && list->names[from].type != DT_REG)
		from++;
	if (from == to)
		return;
	walk_put_dir(worker, &shared->dir);
	/* If this is too long it is denied in its slice; here it is only a place in the order. */
	item = walk_item_new(worker->walk, walk_relative(worker),
			     walk_put_path(worker, &shared->dir, &list->names[from]), NULL, NULL);
	if (!item)
		return;
	atomic_fetch_add_explicit(&shared->refs, 1, memory_order_relaxed);
	item->shared = shared;
	item->from = from;
	item->to = to;
	batch_add(worker, item);
}

/** Hands out a large directory in slices, from the second on. NULL if that cannot be. */
static struct walk_shared *share(struct visitor *self)
{
	struct walk_worker *worker = self->worker;
	struct walk *walk = worker->walk;
	size_t size = walk->selection.class_words * sizeof(uint64_t);
	struct walk_shared *shared;
	char *path;

	if (worker->list.n <= 2 * SLICE || walk->conf.n_threads == 1)
		return NULL;
	if (atomic_fetch_add(&walk->n_shared, 1) >= walk->shared_max) {
		atomic_fetch_sub(&walk->n_shared, 1);
		return NULL;
	}
	shared = malloc(sizeof(*shared) + size + self->dir.path_len + 1);
	if (!shared) {
		atomic_fetch_sub(&walk->n_shared, 1);
		return NULL;
	}
	path = (char *)shared->bits + size;
	memcpy(shared->bits, self->dir.active, size);
	memcpy(path, self->dir.path, self->dir.path_len + 1);
	atomic_init(&shared->refs, 1);
	shared->walk = walk;
	shared->dir = self->dir;
	shared->dir.path = path;
	shared->dir.active = shared->bits;
	shared->dir.ignore = ignore_dir_ref(self->dir.ignore);
	shared->list = worker->list;
	worker->list = (struct walk_list){ 0 };
	for (size_t from = SLICE; from < shared->list.n; from += SLICE)
		send_slice(worker, shared, from);
	return shared;
}

/** A directory that is open and read: worker->list. Takes own_fd. */
static void deal_with(struct visitor *self, int own_fd)
{
	struct walk_worker *worker = self->worker;
	struct walk_shared *shared;

	self->dir.fd = own_fd;
	self->dir.ignore = self->here.ignore;
	walk_decide_begin(worker, &self->dir);
	walk_put_dir(worker, &self->dir);
	send_below(self);
	shared = share(self);
	batch_flush(worker);
	if (shared) {
		walk_visit_files(worker, &shared->dir, &shared->list, 0, SLICE);
		shared_unref(shared);
	} else {
		walk_visit_files(worker, &self->dir, &worker->list, 0, worker->list.n);
		close(own_fd);
	}
}

static int open_dir(const struct walk *walk, const struct walk_item *item)
{
	int base, fd;

	if (!item->link_len)
		return path_open_dir_nofollow(walk->conf.root_fd, item->path);
	/* Links may lead to the start, but not on from there. */
	item->path[item->link_len] = '\0';
	base = path_open_dir(walk->conf.root_fd, item->path);
	if (item->link_len == item->path_len)
		return base;
	item->path[item->link_len] = '/';
	if (base < 0)
		return base;
	fd = path_open_dir_nofollow(base, item->path + item->link_len + 1);
	close(base);
	return fd;
}

enum { IS_FILE = -EEXIST }; /* of open_start(): it was a file, and is visited */

/** Opens a start that no class led to. Returns a directory's descriptor, IS_FILE or -errno. */
static int open_start(struct walk_worker *worker, struct walk_item *item)
{
	struct walk *walk = worker->walk;
	struct stat st;
	int r = path_stat(walk->conf.root_fd, item->path, &st);

	if (r < 0)
		return r;
	if (S_ISREG(st.st_mode)) {
		walk_visit_start(worker, item->path, item->start_lo);
		return IS_FILE;
	}
	if (!S_ISDIR(st.st_mode))
		return -ENODEV;
	item->link_len = 0;
	r = open_dir(walk, item);
	if (r != -ELOOP)
		return r;
	item->link_len = item->path_len;
	return open_dir(walk, item);
}

static bool is_start(const struct walk *walk, const struct walk_item *item)
{
	return item->start_lo < item->start_hi &&
	       walk->selection.starts[item->start_lo].len == item->path_len;
}

/** Opens and reads a directory and the rules that hold in it. Returns the descriptor, IS_FILE,
 *  or -errno. */
static int open_all(struct walk_worker *worker, struct walk_item *item,
		    struct ignore_dir **ret_ignore)
{
	int fd = item->active ? open_dir(worker->walk, item) : open_start(worker, item);
	int r;

	if (fd < 0)
		return fd;
	r = walk_list_read(&worker->list, fd);
	if (r == 0)
		r = enter_rules(worker, item, fd, worker->list.found, ret_ignore);
	if (r == 0)
		return fd;
	close(fd);
	return r;
}

static int enter_dir(struct walk_worker *worker, struct walk_item *item)
{
	struct walk *walk = worker->walk;
	const struct walk_selection *selection = &walk->selection;
	struct visitor visitor = { .worker = worker, .item = item, .start = item->start_lo };
	size_t size = selection->class_words * sizeof(*worker->active);
	int fd = open_all(worker, item, &visitor.here.ignore);

	if (fd < 0)
		return fd;
	if (item->active)
		memcpy(worker->active, item->active, size);
	else
		memset(worker->active, 0, size);
	if (is_start(walk, item)) {
		const struct walk_start *start = &selection->starts[item->start_lo];

		for (uint32_t i = 0; i < start->n; i++)
			walk_bit_set(worker->active, start->first + i);
		visitor.start++;
	}
	visitor.here.link_len = item->link_len;
	visitor.dir.path = item->path;
	visitor.dir.path_len = item->path_len;
	visitor.dir.active = worker->active;
	deal_with(&visitor, fd);
	ignore_dir_unref(visitor.here.ignore);
	return 0;
}

static bool is_short_of_descriptors(int r)
{
	return r == -EMFILE || r == -ENFILE;
}

/** A directory that could not be read, or a start that is a file or cannot be opened. */
static int not_entered(struct walk_worker *worker, struct walk_item *item, int reason)
{
	bool exact = is_start(worker->walk, item);

	if (exact && reason != IS_FILE)
		worker->walk->start_errors[item->start_lo] = reason;
	if (item->active)
		walk_count_missed(worker, item->active, reason);
	/* What lies below may be within reach all the same. */
	return pass_through(worker, item, item->start_lo + exact);
}

/** Takes the item, and gives it back if there are too few descriptors just now. */
static void work_dir(struct walk_worker *worker, struct walk_item *own_item)
{
	struct walk *walk = worker->walk;
	int r;

	if (own_item->active || is_start(walk, own_item))
		r = enter_dir(worker, own_item);
	else
		r = pass_through(worker, own_item, own_item->start_lo);
	if (is_short_of_descriptors(r) && walk_queue_put_back(&walk->queue, own_item))
		return;
	if (r < 0 && r != -ENOMEM)
		r = not_entered(worker, own_item, r);
	if (r < 0)
		walk_stop(walk, r);
	walk_item_free(own_item);
	walk_queue_done(&walk->queue);
}

void walk_work(struct walk_worker *worker)
{
	struct walk *walk = worker->walk;
	struct walk_item *item;

	while ((item = walk_queue_next(&walk->queue))) {
		if (walk_is_stopped(walk)) {
			walk_note_frontier(worker, item->path);
		} else if (!item->shared) {
			work_dir(worker, item);
			continue;
		} else {
			walk_visit_files(worker, &item->shared->dir, &item->shared->list,
					 item->from, item->to);
		}
		walk_item_free(item);
		walk_queue_done(&walk->queue);
	}
}
