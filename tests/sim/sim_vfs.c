/* SPDX-License-Identifier: MIT */
/* What SQLite asks of a disk. There is one connection at a time, so locks are nothing. */
#include "tests/sim/sim_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct handle {
	sqlite3_file base;
	struct sim_disk *disk;
	struct file *file;
};

/* ---- files ---- */

static struct handle *handle_of(sqlite3_file *base)
{
	return (struct handle *)(void *)base;
}

static int x_close(sqlite3_file *base)
{
	struct file *file = handle_of(base)->file;

	file->n_open--;
	if (file->n_open == 0 && file->is_removed)
		file_remove(file);
	return SQLITE_OK;
}

static int x_read(sqlite3_file *base, void *data, int len, sqlite3_int64 at)
{
	const struct bytes *now = &handle_of(base)->file->now;
	size_t from = (size_t)at, n = (size_t)len;
	size_t has = from < now->len ? now->len - from : 0;

	if (has >= n) {
		memcpy(data, now->data + from, n);
		return SQLITE_OK;
	}
	memset(data, 0, n);
	if (has)
		memcpy(data, now->data + from, has);
	return SQLITE_IOERR_SHORT_READ;
}

static int x_write(sqlite3_file *base, const void *data, int len, sqlite3_int64 at)
{
	struct handle *handle = handle_of(base);

	if (disk_fails(handle->disk, true))
		return handle->disk->last_errno == ENOSPC ? SQLITE_FULL : SQLITE_IOERR_WRITE;
	bytes_put(&handle->file->now, (size_t)at, data, (size_t)len);
	file_note_write(handle->file, (size_t)at, data, (size_t)len);
	return SQLITE_OK;
}

static int x_truncate(sqlite3_file *base, sqlite3_int64 len)
{
	struct handle *handle = handle_of(base);

	if (disk_fails(handle->disk, false))
		return SQLITE_IOERR_TRUNCATE;
	if ((size_t)len < handle->file->now.len)
		bytes_resize(&handle->file->now, (size_t)len);
	file_note_write(handle->file, (size_t)len, NULL, 0);
	return SQLITE_OK;
}

static int x_sync(sqlite3_file *base, int flags)
{
	struct handle *handle = handle_of(base);
	struct file *file = handle->file;

	(void)flags;
	if (disk_fails(handle->disk, false))
		return SQLITE_IOERR_FSYNC;
	bytes_copy(&file->synced, &file->now);
	file_forget_writes(file);
	return SQLITE_OK;
}

static int x_size(sqlite3_file *base, sqlite3_int64 *ret_len)
{
	*ret_len = (sqlite3_int64)handle_of(base)->file->now.len;
	return SQLITE_OK;
}

static int x_lock(sqlite3_file *base, int lock)
{
	(void)base;
	(void)lock;
	return SQLITE_OK;
}

static int x_is_reserved(sqlite3_file *base, int *ret_is)
{
	(void)base;
	*ret_is = 0;
	return SQLITE_OK;
}

static int x_control(sqlite3_file *base, int what, void *data)
{
	(void)base;
	(void)what;
	(void)data;
	return SQLITE_NOTFOUND;
}

static int x_sector(sqlite3_file *base)
{
	(void)base;
	return SECTOR;
}

static int x_traits(sqlite3_file *base)
{
	(void)base;
	return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static int x_shm_map(sqlite3_file *base, int i, int len, int extend, void volatile **ret_at)
{
	void **shm = handle_of(base)->file->shm;

	*ret_at = NULL;
	if (i >= SHM_MAX)
		return SQLITE_IOERR_SHMSIZE;
	if (!shm[i] && extend)
		shm[i] = calloc(1, (size_t)len);
	*ret_at = shm[i];
	return shm[i] || !extend ? SQLITE_OK : SQLITE_NOMEM;
}

static int x_shm_lock(sqlite3_file *base, int offset, int n, int flags)
{
	(void)base;
	(void)offset;
	(void)n;
	(void)flags;
	return SQLITE_OK;
}

static void x_shm_barrier(sqlite3_file *base)
{
	(void)base;
}

static int x_shm_unmap(sqlite3_file *base, int is_removed)
{
	(void)is_removed;
	file_free_shm(handle_of(base)->file);
	return SQLITE_OK;
}

static const sqlite3_io_methods methods = {
	.iVersion = 2,
	.xClose = x_close,
	.xRead = x_read,
	.xWrite = x_write,
	.xTruncate = x_truncate,
	.xSync = x_sync,
	.xFileSize = x_size,
	.xLock = x_lock,
	.xUnlock = x_lock,
	.xCheckReservedLock = x_is_reserved,
	.xFileControl = x_control,
	.xSectorSize = x_sector,
	.xDeviceCharacteristics = x_traits,
	.xShmMap = x_shm_map,
	.xShmLock = x_shm_lock,
	.xShmBarrier = x_shm_barrier,
	.xShmUnmap = x_shm_unmap,
};

/* ---- the VFS ---- */

static struct file *find(struct sim_disk *disk, const char *name)
{
	for (int i = 0; i < FILES_MAX; i++) {
		if (disk->files[i].name[0] && strcmp(disk->files[i].name, name) == 0)
			return &disk->files[i];
	}
	return NULL;
}

static int x_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *base, int flags, int *ret_flags)
{
	struct sim_disk *disk = vfs->pAppData;
	struct handle *handle = handle_of(base);
	char own_name[32];
	struct file *file;

	base->pMethods = NULL;
	if (!name) {
		(void)snprintf(own_name, sizeof(own_name), "temporary %lu",
			       (unsigned long)disk->n_ops);
		name = own_name;
		flags |= SQLITE_OPEN_DELETEONCLOSE;
	}
	file = find(disk, name);
	for (int i = 0; !file && i < FILES_MAX; i++) {
		if (!disk->files[i].name[0])
			file = &disk->files[i];
	}
	if (!file)
		abort();
	if (!file->name[0]) {
		*file = (struct file){ .writes_tail = &file->writes };
		(void)snprintf(file->name, sizeof(file->name), "%s", name);
	}
	file->is_removed = flags & SQLITE_OPEN_DELETEONCLOSE;
	file->n_open++;
	*handle = (struct handle){ .base.pMethods = &methods, .disk = disk, .file = file };
	if (ret_flags)
		*ret_flags = flags;
	return SQLITE_OK;
}

static int x_delete(sqlite3_vfs *vfs, const char *name, int sync_dir)
{
	struct sim_disk *disk = vfs->pAppData;
	struct file *file = find(disk, name);

	(void)sync_dir;
	if (disk_fails(disk, false))
		return SQLITE_IOERR_DELETE;
	if (!file || file->is_removed)
		return SQLITE_IOERR_DELETE_NOENT;
	if (file->n_open)
		file->is_removed = true;
	else
		file_remove(file);
	return SQLITE_OK;
}

static int x_access(sqlite3_vfs *vfs, const char *name, int flags, int *ret_is)
{
	const struct file *file = find(vfs->pAppData, name);

	(void)flags;
	*ret_is = file && !file->is_removed;
	return SQLITE_OK;
}

static int x_full_path(sqlite3_vfs *vfs, const char *name, int len, char *ret_path)
{
	(void)vfs;
	(void)snprintf(ret_path, (size_t)len, "%s", name);
	return SQLITE_OK;
}

static int x_random(sqlite3_vfs *vfs, int len, char *ret_bytes)
{
	(void)vfs;
	memset(ret_bytes, 7, (size_t)len); /* the same in every run */
	return len;
}

static int x_sleep(sqlite3_vfs *vfs, int us)
{
	(void)vfs;
	return us;
}

static int x_time(sqlite3_vfs *vfs, double *ret_day)
{
	(void)vfs;
	*ret_day = 2461000.5;
	return SQLITE_OK;
}

static int x_last_error(sqlite3_vfs *vfs, int len, char *ret_text)
{
	(void)len;
	(void)ret_text;
	return ((const struct sim_disk *)vfs->pAppData)->last_errno;
}

void disk_register(struct sim_disk *disk)
{
	disk->vfs = (sqlite3_vfs){
		.iVersion = 1,
		.szOsFile = (int)sizeof(struct handle),
		.mxPathname = NAME_MAX_BYTES,
		.zName = "sim",
		.pAppData = disk,
		.xOpen = x_open,
		.xDelete = x_delete,
		.xAccess = x_access,
		.xFullPathname = x_full_path,
		.xRandomness = x_random,
		.xSleep = x_sleep,
		.xCurrentTime = x_time,
		.xGetLastError = x_last_error,
	};
	if (sqlite3_vfs_register(&disk->vfs, true) != SQLITE_OK)
		abort();
}
