/* SPDX-License-Identifier: MIT */
/* Reading directories with getdents64 into one buffer, and sorting them. */
#include "scan/walk_list.h"

#include <dirent.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { FIRST_CAP = 64 << 10, INSERTION_MAX = 24 };

static int read_all(struct walk_list *list, int dir_fd)
{
	list->len = 0;
	for (;;) {
		size_t cap = list->cap ? list->cap * 2 : FIRST_CAP;
		long n;

		/* Half of the first buffer is room enough for any entry. */
		if (list->cap - list->len < FIRST_CAP / 2) {
			char *data;

			if (cap > WALK_LIST_MAX)
				return -EFBIG;
			data = realloc(list->data, cap);
			if (!data)
				return -ENOMEM;
			list->data = data;
			list->cap = cap;
		}
		n = syscall(SYS_getdents64, dir_fd, list->data + list->len, list->cap - list->len);
		if (n < 0)
			return -errno;
		if (n == 0)
			return 0;
		list->len += (size_t)n;
	}
}

static uint8_t type_by_stat(int dir_fd, const char *name)
{
	struct stat st;

	if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) < 0)
		return DT_UNKNOWN;
	switch (st.st_mode & S_IFMT) {
	case S_IFREG:
		return DT_REG;
	case S_IFDIR:
		return DT_DIR;
	case S_IFLNK:
		return DT_LNK;
	default:
		return DT_UNKNOWN;
	}
}

static uint64_t key_of(const char *name, size_t len)
{
	uint64_t key = 0;

	memcpy(&key, name, len < 8 ? len : 8);
	return be64toh(key);
}

static bool comes_before(const struct walk_name *a, const struct walk_name *b)
{
	if (a->key != b->key)
		return a->key < b->key;
	/* Equal keys of short names would be equal names. */
	return a->len >= 8 && b->len >= 8 && strcmp(a->name + 8, b->name + 8) < 0;
}

static int name_cmp(const void *a, const void *b)
{
	return comes_before(a, b) ? -1 : comes_before(b, a);
}

static void sort(struct walk_list *list)
{
	if (list->n > INSERTION_MAX) {
		qsort(list->names, list->n, sizeof(*list->names), name_cmp);
		return;
	}
	for (size_t i = 1; i < list->n; i++) {
		struct walk_name name = list->names[i];
		size_t at = i;

		for (; at > 0 && comes_before(&name, &list->names[at - 1]); at--)
			list->names[at] = list->names[at - 1];
		list->names[at] = name;
	}
}

static int add_name(struct walk_list *list, const char *name, uint8_t type)
{
	size_t len = strlen(name);

	if (list->n == list->names_cap) {
		size_t cap = list->names_cap ? list->names_cap * 2 : 256;
		struct walk_name *names = realloc(list->names, cap * sizeof(*names));

		if (!names)
			return -ENOMEM;
		list->names = names;
		list->names_cap = cap;
	}
	list->names[list->n++] = (struct walk_name){
		.key = key_of(name, len), .name = name, .len = (uint16_t)len, .type = type
	};
	return 0;
}

/** A file the ignore rules come from must be regular or a link; ".git" may be anything. */
static void note_ignore_file(struct walk_list *list, const char *name, uint8_t type)
{
	enum ignore_found found = ignore_found_name(0, name);

	if (found == IGNORE_FOUND_GIT || type == DT_REG || type == DT_LNK)
		list->found |= found;
}

int walk_list_read(struct walk_list *list, int dir_fd)
{
	int r = read_all(list, dir_fd);

	list->n = 0;
	list->found = 0;
	for (size_t at = 0; r == 0 && at < list->len;) {
		const struct dirent64 *entry = (const void *)(list->data + at);
		const char *name = entry->d_name;
		uint8_t type = entry->d_type;

		at += entry->d_reclen;
		if (name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2])))
			continue;
		if (type == DT_UNKNOWN)
			type = type_by_stat(dir_fd, name);
		else if (type != DT_REG && type != DT_DIR && type != DT_LNK)
			type = DT_UNKNOWN;
		if (name[0] == '.')
			note_ignore_file(list, name, type);
		r = add_name(list, name, type);
	}
	if (r == 0)
		sort(list);
	return r;
}

void walk_list_release(struct walk_list *list)
{
	free(list->data);
	free(list->names);
	*list = (struct walk_list){ 0 };
}
