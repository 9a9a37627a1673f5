/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_SHIM_VFS_H
#define TESTS_UNIT_SHIM_VFS_H

/*
 * SQLite's default VFS with somebody in between, who sees every change of a file before it is made
 * and may refuse it with an SQLite code. One at a time.
 */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

enum shim_what { SHIM_OPEN, SHIM_WRITE, SHIM_TRUNCATE, SHIM_SYNC, SHIM_DELETE };

struct shim_change {
	enum shim_what what;
	const char *path;
	const void *data; /* SHIM_WRITE */
	sqlite3_int64 at; /* SHIM_WRITE: offset; SHIM_TRUNCATE: new length */
	int len;
};

typedef int shim_fn(void *data, const struct shim_change *change);

struct shim_vfs {
	sqlite3_vfs vfs;
	sqlite3_vfs *real;
	shim_fn *see;
	void *data;
};

struct shim_file {
	sqlite3_file file;
	struct shim_vfs *shim;
	char *path;
	sqlite3_file real[]; /* real->szOsFile bytes */
};

static struct shim_file *shim_of(sqlite3_file *file)
{
	return (struct shim_file *)file;
}

/* As on a disk of today. */
static int shim_sector(sqlite3_file *file)
{
	(void)file;
	return 4096;
}

/* What goes through as it is. */
#define SHIM_PASS(name, method, params, ...)                                                       \
	static int name params                                                                     \
	{                                                                                          \
		sqlite3_file *real = shim_of(file)->real;                                          \
                                                                                                   \
		return real->pMethods->method(real, ##__VA_ARGS__);                                \
	}

SHIM_PASS(shim_read, xRead, (sqlite3_file * file, void *out, int len, sqlite3_int64 at), out, len,
	  at)
SHIM_PASS(shim_size, xFileSize, (sqlite3_file * file, sqlite3_int64 *ret_len), ret_len)
SHIM_PASS(shim_lock, xLock, (sqlite3_file * file, int lock), lock)
SHIM_PASS(shim_unlock, xUnlock, (sqlite3_file * file, int lock), lock)
SHIM_PASS(shim_reserved, xCheckReservedLock, (sqlite3_file * file, int *ret_is), ret_is)
SHIM_PASS(shim_control, xFileControl, (sqlite3_file * file, int op, void *arg), op, arg)
SHIM_PASS(shim_device, xDeviceCharacteristics, (sqlite3_file * file))
SHIM_PASS(shim_shm_map, xShmMap,
	  (sqlite3_file * file, int page, int size, int extend, void volatile **ret_at), page, size,
	  extend, ret_at)
SHIM_PASS(shim_shm_lock, xShmLock, (sqlite3_file * file, int offset, int n, int flags), offset, n,
	  flags)
SHIM_PASS(shim_shm_unmap, xShmUnmap, (sqlite3_file * file, int is_deleted), is_deleted)

static int shim_see(sqlite3_file *file, enum shim_what what, const void *data, int len,
		    sqlite3_int64 at)
{
	const struct shim_file *self = shim_of(file);
	const struct shim_change change = { what, self->path, data, at, len };

	return self->path ? self->shim->see(self->shim->data, &change) : SQLITE_OK;
}

static int shim_close(sqlite3_file *file)
{
	struct shim_file *self = shim_of(file);

	free(self->path);
	return self->real->pMethods->xClose(self->real);
}

static int shim_write(sqlite3_file *file, const void *data, int len, sqlite3_int64 at)
{
	int r = shim_see(file, SHIM_WRITE, data, len, at);

	return r ? r : shim_of(file)->real->pMethods->xWrite(shim_of(file)->real, data, len, at);
}

static int shim_truncate(sqlite3_file *file, sqlite3_int64 len)
{
	int r = shim_see(file, SHIM_TRUNCATE, NULL, 0, len);

	return r ? r : shim_of(file)->real->pMethods->xTruncate(shim_of(file)->real, len);
}

/* Not passed on: the disk of the test is not what is tested. */
static int shim_sync(sqlite3_file *file, int flags)
{
	(void)flags;
	return shim_see(file, SHIM_SYNC, NULL, 0, 0);
}

static void shim_shm_barrier(sqlite3_file *file)
{
	shim_of(file)->real->pMethods->xShmBarrier(shim_of(file)->real);
}

static const sqlite3_io_methods shim_methods = {
	.iVersion = 2,
	.xClose = shim_close,
	.xRead = shim_read,
	.xWrite = shim_write,
	.xTruncate = shim_truncate,
	.xSync = shim_sync,
	.xFileSize = shim_size,
	.xLock = shim_lock,
	.xUnlock = shim_unlock,
	.xCheckReservedLock = shim_reserved,
	.xFileControl = shim_control,
	.xSectorSize = shim_sector,
	.xDeviceCharacteristics = shim_device,
	.xShmMap = shim_shm_map,
	.xShmLock = shim_shm_lock,
	.xShmBarrier = shim_shm_barrier,
	.xShmUnmap = shim_shm_unmap,
};

static int shim_open(sqlite3_vfs *vfs, sqlite3_filename path, sqlite3_file *file, int flags,
		     int *ret_flags)
{
	struct shim_vfs *shim = vfs->pAppData;
	struct shim_file *self = shim_of(file);
	int r;

	memset(self, 0, sizeof(*self));
	self->shim = shim;
	r = shim->real->xOpen(shim->real, path, self->real, flags, ret_flags);
	if (r)
		return r;
	self->path = path ? strdup(path) : NULL;
	file->pMethods = &shim_methods;
	return shim_see(file, SHIM_OPEN, NULL, 0, 0);
}

static int shim_delete(sqlite3_vfs *vfs, const char *path, int with_dir)
{
	struct shim_vfs *shim = vfs->pAppData;
	const struct shim_change change = { .what = SHIM_DELETE, .path = path };
	int r = shim->see(shim->data, &change);

	return r ? r : shim->real->xDelete(shim->real, path, with_dir);
}

/** Registers it as "shim" until shim_end(). */
static void shim_begin(struct shim_vfs *shim, shim_fn *hook, void *data)
{
	sqlite3_vfs *real = sqlite3_vfs_find(NULL);

	*shim = (struct shim_vfs){ .vfs = *real, .real = real, .see = hook, .data = data };
	shim->vfs.pNext = NULL;
	shim->vfs.pAppData = shim;
	shim->vfs.zName = "shim";
	shim->vfs.szOsFile = (int)sizeof(struct shim_file) + real->szOsFile;
	shim->vfs.xOpen = shim_open;
	shim->vfs.xDelete = shim_delete;
	sqlite3_vfs_register(&shim->vfs, 0);
}

static void shim_end(struct shim_vfs *shim)
{
	sqlite3_vfs_unregister(&shim->vfs);
}

#endif
