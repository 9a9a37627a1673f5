/* SPDX-License-Identifier: MIT */
#ifndef TESTS_SIM_SIM_FILE_H
#define TESTS_SIM_SIM_FILE_H

/* The inside of the disk: sim_disk.c has what its files hold, sim_vfs.c what SQLite asks for. */
#include "tests/sim/sim_disk.h"

#include <sqlite3.h>
#include <stddef.h>

enum { FILES_MAX = 8, NAME_MAX_BYTES = 300, SHM_MAX = 8, SECTOR = 512 };

struct bytes {
	char *data;
	size_t len;
};

struct write {
	size_t at, len; /* len 0: cut at `at` */
	char *data;
	struct write *next;
};

struct file {
	char name[NAME_MAX_BYTES]; /* empty: free */
	unsigned n_open;
	bool is_removed; /* goes when it is closed */
	struct bytes now, synced, after;
	bool is_after; /* it will be there after the crash */
	struct write *writes, **writes_tail;
	void *shm[SHM_MAX];
};

struct sim_disk {
	sqlite3_vfs vfs;
	struct file files[FILES_MAX];
	enum sim_disk_flaw flaw;
	uint64_t fails_at, stops_at, n_ops;
	bool has_failed, is_stopped, has_crashed;
	char ballast[NAME_MAX_BYTES];
	int last_errno;
};

void bytes_resize(struct bytes *bytes, size_t len);
void bytes_put(struct bytes *bytes, size_t at, const void *data, size_t len);
void bytes_copy(struct bytes *to, const struct bytes *from);

void file_note_write(struct file *file, size_t at, const void *data, size_t len);
void file_forget_writes(struct file *file);
void file_free_shm(struct file *file);
void file_remove(struct file *file);

/** Counts a write or sync. True: this one fails. */
bool disk_fails(struct sim_disk *disk, bool is_write);

/** Makes it SQLite's default. */
void disk_register(struct sim_disk *disk);

#endif
