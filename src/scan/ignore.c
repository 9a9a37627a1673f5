/* SPDX-License-Identifier: MIT */
/*
 * The rules that hold in a directory are four lists of layers, one for each kind of file, nearest
 * first. A directory that has ignore files puts its own layer in front of its parent's lists; one
 * that is a repository's root begins the git kinds anew. A layer matches the part of the absolute
 * path behind its directory, so that no path is ever put together for it.
 */
#include "scan/ignore.h"

#include "os/path.h"
#include "scan/excludes.h"
#include "scan/rules.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum kind { KIND_RGIGNORE, KIND_IGNORE, KIND_GITIGNORE, KIND_EXCLUDE, KIND_COUNT };

static const char *const kind_names[] = {
	[KIND_RGIGNORE] = ".rgignore",
	[KIND_IGNORE] = ".ignore",
	[KIND_GITIGNORE] = ".gitignore",
	[KIND_EXCLUDE] = ".git/info/exclude",
};

struct layer {
	struct rules *rules; /* NULL = unused */
	size_t dir_len;      /* of the absolute path of its directory */
	const struct layer *next;
};

struct ignore_dir {
	atomic_uint refs;
	bool in_git;
	bool has_rules;
	struct ignore_dir *parent; /* a reference: keeps its layers alive */
	const struct layer *lists[KIND_COUNT];
	const struct layer *global; /* rules of all repositories */
	struct layer own[KIND_COUNT];
};

struct ignore {
	int root_fd;
	char *root_path; /* without a slash at its end */
	size_t root_len;
	struct layer global;
	struct ignore_dir *above;
};

/** A place with what the reading of its files needs. */
struct reader {
	const struct ignore *ignore;
	const struct ignore_place *place;
	bool is_outside; /* above the root: place->path is absolute */
	struct buf path; /* of the file that is read */
	struct buf text;
};

static const char *path_of(struct reader *reader, const char *name)
{
	buf_clear(&reader->path);
	buf_add_str(&reader->path, reader->place->path);
	if (reader->is_outside || *reader->place->path)
		buf_add_char(&reader->path, '/');
	buf_add_str(&reader->path, name);
	return buf_error(&reader->path) ? NULL : reader->path.data;
}

static int read_file(struct reader *reader, const char *name)
{
	const struct ignore_place *place = reader->place;
	const char *path;
	struct stat st;
	int fd = -ELOOP;

	buf_clear(&reader->text);
	if (place->dir_fd >= 0 && !strchr(name, '/')) {
		fd = openat(place->dir_fd, name,
			    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
		fd = fd < 0 ? -errno : fd;
	}
	if (fd == -ELOOP) { /* a link, or not to be opened by its directory */
		path = path_of(reader, name);
		if (!path)
			return buf_error(&reader->path);
		if (reader->is_outside)
			return excludes_read(path, &reader->text);
		fd = path_open_file(reader->ignore->root_fd, path, &st);
	}
	return fd < 0 ? fd : excludes_read_fd(fd, &reader->text);
}

static int add_layer(struct ignore_dir *dir, enum kind kind, struct reader *reader, size_t dir_len)
{
	struct layer *layer = &dir->own[kind];
	size_t len = reader->text.len;
	int r;

	/* A line that the limit cut is no rule. */
	if (len == RULES_FILE_MAX)
		while (len > 0 && reader->text.data[len - 1] != '\n')
			len--;
	if (!len)
		return 0;
	r = rules_new(reader->text.data, len, &layer->rules);
	if (r < 0 || !layer->rules)
		return r;
	layer->dir_len = dir_len;
	layer->next = dir->lists[kind];
	dir->lists[kind] = layer;
	dir->has_rules = true;
	return 0;
}

enum git { GIT_NONE, GIT_DIR, GIT_FILE };

static enum git find_git(struct reader *reader)
{
	const struct ignore_place *place = reader->place;
	const char *path;
	struct stat st;
	int r;

	if (place->dir_fd >= 0) {
		r = fstatat(place->dir_fd, ".git", &st, 0) < 0 ? -errno : 0;
	} else {
		path = path_of(reader, ".git");
		if (!path)
			return GIT_NONE;
		if (reader->is_outside)
			r = stat(path, &st) < 0 ? -errno : 0;
		else
			r = path_stat(reader->ignore->root_fd, path, &st);
	}
	if (r < 0)
		return r == -EXDEV ? GIT_DIR : GIT_NONE;
	return S_ISREG(st.st_mode) ? GIT_FILE : GIT_DIR;
}

/** The exclude file of a repository into reader->text. */
static int read_exclude(struct reader *reader, enum git git)
{
	CLEANUP(buf) struct buf dir = { .max = PATH_LEN_MAX };
	CLEANUP(buf) struct buf path = { .max = PATH_LEN_MAX };
	int r;

	if (git == GIT_DIR)
		return read_file(reader, kind_names[KIND_EXCLUDE]);
	r = read_file(reader, ".git");
	if (r < 0)
		return r;
	if (!reader->is_outside)
		buf_printf(&dir, "%s/", reader->ignore->root_path);
	buf_add_str(&dir, reader->place->path);
	if (buf_error(&dir))
		return buf_error(&dir);
	excludes_find_linked(dir.data ? dir.data : "", reader->text.data, reader->text.len, &path);
	buf_clear(&reader->text);
	if (buf_error(&path) || !path.len)
		return -ENOENT;
	return excludes_read(path.data, &reader->text);
}

static void dir_free(struct ignore_dir *dir)
{
	for (size_t i = 0; i < KIND_COUNT; i++)
		rules_free(dir->own[i].rules);
	free(dir);
}

static struct ignore_dir *dir_new(const struct ignore_dir *parent)
{
	struct ignore_dir *dir = calloc(1, sizeof(*dir));

	if (!dir)
		return NULL;
	atomic_init(&dir->refs, 1);
	if (parent) {
		memcpy(dir->lists, parent->lists, sizeof(dir->lists));
		dir->global = parent->global;
		dir->in_git = parent->in_git;
		dir->has_rules = parent->has_rules;
	}
	return dir;
}

/** A file that cannot be read for lack of means must not count as missing. */
static int without_missing(int r)
{
	return r == -ENOMEM || r == -EMFILE || r == -ENFILE ? r : 0;
}

static int dir_read(struct ignore_dir *dir, struct reader *reader, size_t dir_len)
{
	unsigned found = reader->place->found;
	enum git git = found & IGNORE_FOUND_GIT ? find_git(reader) : GIT_NONE;
	int r = 0;

	if (git) {
		dir->in_git = true;
		dir->has_rules |= dir->global != NULL;
		dir->lists[KIND_GITIGNORE] = dir->lists[KIND_EXCLUDE] = NULL;
		r = read_exclude(reader, git);
		r = r == 0 ? add_layer(dir, KIND_EXCLUDE, reader, dir_len) : without_missing(r);
	}
	/* Outside of a repository a .gitignore can never apply, to nothing below it either. */
	if (!dir->in_git)
		found &= ~(unsigned)IGNORE_FOUND_GITIGNORE;
	for (unsigned kind = 0; r == 0 && kind < KIND_EXCLUDE; kind++) {
		if (!(found & 1u << kind))
			continue;
		r = read_file(reader, kind_names[kind]);
		r = r == 0 ? add_layer(dir, kind, reader, dir_len) : without_missing(r);
	}
	return r;
}

static int enter(struct reader *reader, struct ignore_dir *parent, size_t dir_len,
		 struct ignore_dir **ret_dir)
{
	struct ignore_dir *dir = dir_new(parent);
	int r = -ENOMEM;

	if (!dir)
		return r;
	buf_init(&reader->path, PATH_LEN_MAX);
	buf_init(&reader->text, RULES_FILE_MAX);
	r = dir_read(dir, reader, dir_len);
	buf_release(&reader->path);
	buf_release(&reader->text);
	if (r < 0) {
		dir_free(dir);
		return r;
	}
	if (dir->in_git == parent->in_git &&
	    memcmp(dir->lists, parent->lists, sizeof(dir->lists)) == 0) {
		dir_free(dir);
		*ret_dir = ignore_dir_ref(parent);
		return 0;
	}
	dir->parent = ignore_dir_ref(parent);
	*ret_dir = dir;
	return 0;
}

int ignore_enter(struct ignore *ignore, struct ignore_dir *parent, const struct ignore_place *place,
		 struct ignore_dir **ret_dir)
{
	struct reader reader = { .ignore = ignore, .place = place };
	size_t len = strlen(place->path);

	if (!place->found) {
		*ret_dir = ignore_dir_ref(parent);
		return 0;
	}
	return enter(&reader, parent, ignore->root_len + (len ? len + 1 : 0), ret_dir);
}

/** The directories above the root, from "/" down. */
static int enter_above(struct ignore *ignore)
{
	char *path = strdup(ignore->root_path);
	int r = 0;

	ignore->above = dir_new(NULL);
	if (!path || !ignore->above)
		r = -ENOMEM;
	else if (ignore->global.rules)
		ignore->above->global = &ignore->global;
	for (size_t at = 0; r == 0 && at < ignore->root_len;) {
		struct ignore_place place = { -1, path, IGNORE_FOUND_MAYBE };
		struct reader reader = { .ignore = ignore, .place = &place, .is_outside = true };
		struct ignore_dir *next;

		path[at] = '\0';
		r = enter(&reader, ignore->above, at, &next);
		path[at] = '/';
		at += 1 + strcspn(path + at + 1, "/");
		if (r == 0) {
			ignore_dir_unref(ignore->above);
			ignore->above = next;
		}
	}
	free(path);
	return r;
}

static int read_global(struct ignore *ignore)
{
	CLEANUP(buf) struct buf path = { .max = PATH_LEN_MAX };
	CLEANUP(buf) struct buf text = { .max = RULES_FILE_MAX };

	excludes_find_global(&path);
	if (!path.len || buf_error(&path) || excludes_read(path.data, &text) < 0 || !text.len)
		return 0;
	ignore->global.dir_len = ignore->root_len;
	return rules_new(text.data, text.len, &ignore->global.rules);
}

int ignore_new(int root_fd, const char *root_path, struct ignore **ret_ignore)
{
	struct ignore *ignore = calloc(1, sizeof(*ignore));
	int r = -ENOMEM;

	if (!ignore)
		return r;
	ignore->root_fd = root_fd;
	ignore->root_path = realpath(root_path, NULL);
	if (!ignore->root_path)
		ignore->root_path = strdup(root_path);
	if (!ignore->root_path)
		goto fail;
	ignore->root_len = strlen(ignore->root_path);
	while (ignore->root_len > 0 && ignore->root_path[ignore->root_len - 1] == '/')
		ignore->root_path[--ignore->root_len] = '\0';
	r = read_global(ignore);
	if (r == 0)
		r = enter_above(ignore);
	if (r < 0)
		goto fail;
	*ret_ignore = ignore;
	return 0;
fail:
	ignore_free(ignore);
	return r;
}

void ignore_free(struct ignore *ignore)
{
	if (!ignore)
		return;
	ignore_dir_unref(ignore->above);
	rules_free(ignore->global.rules);
	free(ignore->root_path);
	free(ignore);
}

enum ignore_found ignore_found_name(enum ignore_found found, const char *name)
{
	unsigned bit = 0;

	if (name[0] == '.') {
		for (unsigned kind = 0; kind < KIND_EXCLUDE; kind++)
			if (strcmp(name, kind_names[kind]) == 0)
				bit = 1u << kind;
		if (strcmp(name, ".git") == 0)
			bit = IGNORE_FOUND_GIT;
	}
	return (enum ignore_found)(found | bit);
}

const char *ignore_root(const struct ignore *ignore)
{
	return ignore->root_path;
}

struct ignore_dir *ignore_above(struct ignore *ignore)
{
	return ignore->above;
}

struct ignore_dir *ignore_dir_ref(struct ignore_dir *dir)
{
	if (dir)
		atomic_fetch_add_explicit(&dir->refs, 1, memory_order_relaxed);
	return dir;
}

void ignore_dir_unref(struct ignore_dir *dir)
{
	while (dir && atomic_fetch_sub_explicit(&dir->refs, 1, memory_order_acq_rel) == 1) {
		struct ignore_dir *parent = dir->parent;

		dir_free(dir);
		dir = parent;
	}
}

bool ignore_has_rules(const struct ignore_dir *dir)
{
	return dir->has_rules;
}

static enum ignore_verdict match_layers(const struct layer *layer, const struct ignore_entry *entry)
{
	for (; layer; layer = layer->next) {
		size_t skip = layer->dir_len + 1;
		struct glob_subject subject = { entry->path + skip, entry->len - skip,
						entry->path + entry->len - entry->name_len,
						entry->name_len };
		const struct rule *rule = rules_match(layer->rules, &subject, entry->is_dir);

		if (rule)
			return rule->flags & RULE_NEGATED ? IGNORE_KEEP : IGNORE_SKIP;
	}
	return IGNORE_NONE;
}

enum ignore_verdict ignore_match(const struct ignore_dir *dir, const struct ignore_entry *entry)
{
	enum kind end = dir->in_git ? KIND_COUNT : KIND_GITIGNORE;
	enum ignore_verdict verdict;

	for (enum kind kind = 0; kind < end; kind++) {
		verdict = match_layers(dir->lists[kind], entry);
		if (verdict != IGNORE_NONE)
			return verdict;
	}
	return dir->in_git ? match_layers(dir->global, entry) : IGNORE_NONE;
}
