/* SPDX-License-Identifier: MIT */
#include "tests/sim/sim.h"
#include "tests/sim/sim_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- bytes ---- */

void bytes_resize(struct bytes *bytes, size_t len)
{
	char *data = realloc(bytes->data, len + 1);

	if (!data)
		abort();
	if (len > bytes->len)
		memset(data + bytes->len, 0, len - bytes->len);
	bytes->data = data;
	bytes->len = len;
}

void bytes_put(struct bytes *bytes, size_t at, const void *data, size_t len)
{
	if (at + len > bytes->len)
		bytes_resize(bytes, at + len);
	memcpy(bytes->data + at, data, len);
}

void bytes_copy(struct bytes *to, const struct bytes *from)
{
	bytes_resize(to, from->len);
	if (from->len)
		memcpy(to->data, from->data, from->len);
}

static void bytes_clear(struct bytes *bytes)
{
	free(bytes->data);
	*bytes = (struct bytes){ 0 };
}

void file_forget_writes(struct file *file)
{
	while (file->writes) {
		struct write *next = file->writes->next;

		free(file->writes->data);
		free(file->writes);
		file->writes = next;
	}
	file->writes_tail = &file->writes;
}

void file_note_write(struct file *file, size_t at, const void *data, size_t len)
{
	struct write *write = calloc(1, sizeof(*write));

	if (!write)
		abort();
	write->at = at;
	write->len = len;
	if (len) {
		write->data = malloc(len);
		if (!write->data)
			abort();
		memcpy(write->data, data, len);
	}
	*file->writes_tail = write;
	file->writes_tail = &write->next;
}

void file_free_shm(struct file *file)
{
	for (int i = 0; i < SHM_MAX; i++) {
		free(file->shm[i]);
		file->shm[i] = NULL;
	}
}

void file_remove(struct file *file)
{
	bytes_clear(&file->now);
	bytes_clear(&file->synced);
	file_forget_writes(file);
	file_free_shm(file);
	if (file->is_after) { /* a crash has kept it: the name stays taken */
		file->is_removed = true;
		return;
	}
	file->name[0] = '\0';
}

/* ---- flaws ---- */

/* True: this write or sync fails. */
bool disk_fails(struct sim_disk *disk, bool is_write)
{
	disk->n_ops++;
	if (disk->has_crashed)
		return false;
	if (disk->stops_at && disk->n_ops > disk->stops_at)
		disk->is_stopped = true;
	if (disk->is_stopped) {
		disk->last_errno = EIO;
		return true;
	}
	if (disk->flaw == DISK_FINE || disk->n_ops < disk->fails_at)
		return false;
	if (disk->flaw == DISK_ERROR && disk->n_ops > disk->fails_at)
		return false;
	if (disk->flaw != DISK_ERROR && !is_write)
		return false;
	if (disk->flaw == DISK_FULL && access(disk->ballast, F_OK) < 0)
		return false;
	disk->has_failed = true;
	disk->last_errno = disk->flaw == DISK_ERROR ? EIO : ENOSPC;
	return true;
}

/* ---- the disk ---- */

struct sim_disk *sim_disk_new(void)
{
	struct sim_disk *disk = calloc(1, sizeof(*disk));

	if (!disk)
		abort();
	disk_register(disk);
	return disk;
}

void sim_disk_free(struct sim_disk *disk)
{
	sim_disk_clear(disk);
	(void)sqlite3_vfs_unregister(&disk->vfs);
	free(disk);
}

void sim_disk_clear(struct sim_disk *disk)
{
	for (int i = 0; i < FILES_MAX; i++) {
		struct file *file = &disk->files[i];

		bytes_clear(&file->after);
		file->is_after = false;
		if (file->name[0])
			file_remove(file);
	}
	disk->has_crashed = disk->is_stopped = false;
	disk->stops_at = 0;
	sim_disk_set_flaw(disk, DISK_FINE, 0, "");
}

void sim_disk_set_flaw(struct sim_disk *disk, enum sim_disk_flaw flaw, uint64_t n,
		       const char *ballast_path)
{
	disk->flaw = flaw;
	disk->fails_at = disk->n_ops + n;
	disk->has_failed = false;
	(void)snprintf(disk->ballast, sizeof(disk->ballast), "%s", ballast_path);
}

bool sim_disk_has_failed(const struct sim_disk *disk)
{
	return disk->has_failed;
}

void sim_disk_stop_after(struct sim_disk *disk, uint64_t n)
{
	disk->stops_at = n ? disk->n_ops + n : 0;
}

bool sim_disk_has_stopped(const struct sim_disk *disk)
{
	return disk->is_stopped;
}

/* Each write that was not synced is kept, lost, or kept up to a sector. */
static void lose_power(struct file *file, uint64_t *random)
{
	bytes_copy(&file->after, &file->synced);
	for (const struct write *write = file->writes; write; write = write->next) {
		size_t len = write->len;

		switch (sim_pick(random, 3)) {
		case 0:
			continue;
		case 1:
			if (len > SECTOR)
				len = sim_pick(random, len / SECTOR) * SECTOR;
			break;
		default:
			break;
		}
		if (write->len)
			bytes_put(&file->after, write->at, write->data, len);
		else if (write->at < file->after.len)
			bytes_resize(&file->after, write->at);
	}
}

void sim_disk_crash(struct sim_disk *disk, bool power, uint64_t *random)
{
	for (int i = 0; i < FILES_MAX; i++) {
		struct file *file = &disk->files[i];

		file->is_after = file->name[0] && !file->is_removed;
		if (!file->is_after)
			continue;
		if (power)
			lose_power(file, random);
		else
			bytes_copy(&file->after, &file->now);
	}
	disk->has_crashed = true;
}

void sim_disk_restart(struct sim_disk *disk)
{
	for (int i = 0; i < FILES_MAX; i++) {
		struct file *file = &disk->files[i];

		if (!file->name[0])
			continue;
		if (!file->is_after) {
			file_remove(file);
			continue;
		}
		bytes_clear(&file->now);
		file_forget_writes(file);
		file_free_shm(file);
		file->now = file->after;
		file->after = (struct bytes){ 0 };
		bytes_copy(&file->synced, &file->now);
		file->is_after = file->is_removed = false;
	}
	disk->has_crashed = disk->is_stopped = false;
	disk->stops_at = 0;
	sim_disk_set_flaw(disk, DISK_FINE, 0, "");
}
