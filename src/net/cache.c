/* SPDX-License-Identifier: MIT */
/*
 * A file is called by the hash of its key, mixed with random bytes that the folder was made with
 * (the file "salt"): so nobody who chooses addresses can make two of them meet, and no address or
 * credential can be read from a folder.
 *
 *	head | "name\0value\0" … | body
 */
#include "net/cache.h"

#include "base/attr.h"
#include "base/vec.h"
#include "os/fd.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

enum {
	SALT_BYTES = 192,
	NAME_CHARS = 32,
	FILES_MAX = 65536,
	LEFTOVER_S = 3600, /* so old a file beside is of a process that died */
};

static const char magic[8] = "volleyN1";

struct net_cache {
	char *dir;
	uint64_t limit_bytes;
	pthread_mutex_t lock;
	int fd; /* -1 until first used */
	uint64_t total_bytes;
	uint64_t next_name; /* of a file beside; begins anywhere */
	unsigned char salt[SALT_BYTES];
};

struct head {
	char magic[8];
	int64_t stored_ms;
	uint64_t text_len, body_len;
	uint32_t status, n_headers;
	uint64_t hash[2]; /* of all but this */
};

struct entry {
	char name[NAME_CHARS + 1];
	uint64_t size;
	struct timespec written;
};

void cached_release(struct cached *cached)
{
	headers_release(&cached->headers);
	blob_unref(cached->body);
	*cached = (struct cached){ 0 };
}

/* ---- a file ---- */

static void hash_of(const struct head *head, const char *text, const char *body,
		    uint64_t ret_hash[2])
{
	XXH64_hash_t seed = XXH3_64bits(head, offsetof(struct head, hash));
	XXH128_hash_t hash;

	seed = XXH3_64bits_withSeed(text, head->text_len, seed);
	hash = XXH3_128bits_withSeed(body, head->body_len, seed);
	ret_hash[0] = hash.low64;
	ret_hash[1] = hash.high64;
}

int cached_read(const char *data, size_t len, struct cached *ret_cached)
{
	struct cached cached = { 0 };
	struct head head;
	uint64_t hash[2];
	const char *text = data + sizeof(head);
	int r;

	if (len < sizeof(head))
		return -EBADMSG;
	memcpy(&head, data, sizeof(head));
	len -= sizeof(head);
	if (memcmp(head.magic, magic, sizeof(magic)) != 0 || head.text_len > len ||
	    head.body_len != len - head.text_len)
		return -EBADMSG;
	hash_of(&head, text, text + head.text_len, hash);
	if (memcmp(hash, head.hash, sizeof(hash)) != 0)
		return -EBADMSG;
	headers_init(&cached.headers);
	r = headers_load(&cached.headers, text, (size_t)head.text_len, head.n_headers);
	if (r == 0 && head.body_len > 0) {
		cached.body = blob_new(text + head.text_len, (size_t)head.body_len);
		r = cached.body ? 0 : -ENOMEM;
	}
	if (r < 0) {
		cached_release(&cached);
		return r == -ENOMEM ? r : -EBADMSG;
	}
	cached.headers.status = (int)head.status;
	cached.stored_ms = head.stored_ms;
	*ret_cached = cached;
	return 0;
}

static int read_file(int fd, struct cached *ret_cached)
{
	struct stat st;
	char *data;
	int r;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) ||
	    st.st_size > (off_t)sizeof(struct head) + HEADERS_BYTES_MAX + NET_CACHE_BODY_MAX)
		return -EBADMSG;
	data = malloc((size_t)st.st_size + 1);
	if (!data)
		return -ENOMEM;
	r = fd_read_all(fd, data, (size_t)st.st_size);
	if (r == 0)
		r = cached_read(data, (size_t)st.st_size, ret_cached);
	free(data);
	return r;
}

/* ---- the folder ---- */

static int write_beside(struct net_cache *cache, const struct iovec *parts, size_t n,
			char room[NAME_CHARS + 1])
{
	int fd, r = 0;

	(void)snprintf(room, NAME_CHARS + 1, "new-%016" PRIx64, cache->next_name++);
	fd = openat(cache->fd, room, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	for (size_t i = 0; r == 0 && i < n; i++)
		r = fd_write_all(fd, parts[i].iov_base, parts[i].iov_len);
	if (close(fd) < 0 && r == 0)
		r = -errno;
	if (r < 0)
		(void)unlinkat(cache->fd, room, 0); /* a leftover is removed another time */
	return r;
}

/* Whoever comes first makes it; linking does not replace one that is there. */
static int make_salt(struct net_cache *cache)
{
	const struct iovec part = { cache->salt, sizeof(cache->salt) };
	char name[NAME_CHARS + 1];
	int r = 0;

	if (getrandom(cache->salt, sizeof(cache->salt), 0) != sizeof(cache->salt))
		return -EIO;
	r = write_beside(cache, &part, 1, name);
	if (r < 0)
		return r;
	if (linkat(cache->fd, name, cache->fd, "salt", 0) < 0 && errno != EEXIST)
		r = -errno;
	(void)unlinkat(cache->fd, name, 0); /* likewise */
	return r;
}

static int load_salt(struct net_cache *cache)
{
	int r = -ENOENT;

	for (int i = 0; i < 2 && r == -ENOENT; i++) {
		int fd = openat(cache->fd, "salt", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

		if (fd < 0 && errno != ENOENT)
			return -errno;
		if (fd >= 0) {
			r = fd_read_all(fd, cache->salt, sizeof(cache->salt));
			(void)close(fd);   /* only read */
			if (r == -EBADMSG) /* cut short: what is there cannot be found again */
				r = unlinkat(cache->fd, "salt", 0) < 0 ? -errno : -ENOENT;
		}
		if (r == -ENOENT && make_salt(cache) < 0)
			return -EIO;
	}
	return r;
}

static bool is_name(const char *name)
{
	return strlen(name) == NAME_CHARS && strspn(name, "0123456789abcdef") == NAME_CHARS;
}

static int compare_age(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->written.tv_sec != y->written.tv_sec)
		return x->written.tv_sec < y->written.tv_sec ? -1 : 1;
	if (x->written.tv_nsec != y->written.tv_nsec)
		return x->written.tv_nsec < y->written.tv_nsec ? -1 : 1;
	return strcmp(x->name, y->name);
}

struct entries VEC(struct entry);

static int look_at(struct net_cache *cache, const char *name, struct entries *entries)
{
	struct entry entry = { 0 };
	struct stat st;

	if (fstatat(cache->fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode))
		return 0;
	if (strncmp(name, "new-", 4) == 0 && time(NULL) - st.st_mtim.tv_sec > LEFTOVER_S)
		(void)unlinkat(cache->fd, name, 0); /* another time, then */
	if (!is_name(name))
		return 0;
	memcpy(entry.name, name, NAME_CHARS);
	entry.size = (uint64_t)st.st_size;
	entry.written = st.st_mtim;
	return vec_push(entries, entry) ? 0 : -ENOMEM;
}

/* Counts what is there, and removes the oldest where it is too much. */
static int tidy(struct net_cache *cache)
{
	struct entries entries = { 0 };
	int fd = openat(cache->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), r = 0;
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	uint64_t keep_bytes = cache->limit_bytes / 10 * 9;
	size_t n_kept;

	if (!dir) {
		r = -errno;
		if (fd >= 0)
			(void)close(fd); /* nothing was written */
		return r;
	}
	cache->total_bytes = 0;
	for (struct dirent *at; r == 0 && entries.n < FILES_MAX && (at = readdir(dir));)
		r = look_at(cache, at->d_name, &entries);
	(void)closedir(dir); /* only read */
	for (size_t i = 0; i < entries.n; i++)
		cache->total_bytes += entries.items[i].size;
	if (entries.n > 0)
		qsort(entries.items, entries.n, sizeof(*entries.items), compare_age);
	n_kept = entries.n;
	for (size_t i = 0; i < entries.n; i++) {
		if (cache->total_bytes <= keep_bytes && n_kept < FILES_MAX)
			break;
		(void)unlinkat(cache->fd, entries.items[i].name, 0); /* another was faster */
		cache->total_bytes -= entries.items[i].size;
		n_kept--;
	}
	vec_release(&entries);
	return r;
}

/* And what is above it. */
static int make_dir(const struct net_cache *cache)
{
	for (char *slash = strchr(cache->dir + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		(void)mkdir(cache->dir, 0700); /* the last one tells */
		*slash = '/';
	}
	return mkdir(cache->dir, 0700) < 0 && errno != EEXIST ? -errno : 0;
}

/* What others may write is not believed. */
static int check_dir(const struct net_cache *cache)
{
	struct stat st;

	if (fstat(cache->fd, &st) < 0)
		return -errno;
	return st.st_uid == geteuid() && !(st.st_mode & (S_IWGRP | S_IWOTH)) ? 0 : -EPERM;
}

/* With the lock held. */
static int open_dir(struct net_cache *cache)
{
	int r;

	if (cache->fd >= 0)
		return 0;
	r = make_dir(cache);
	if (r < 0)
		return r;
	cache->fd = open(cache->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (cache->fd < 0)
		return -errno;
	r = check_dir(cache);
	if (r == 0 && getrandom(&cache->next_name, sizeof(cache->next_name), 0) < 0)
		r = -errno;
	if (r == 0)
		r = load_salt(cache);
	if (r == 0)
		r = tidy(cache);
	if (r < 0) {
		(void)close(cache->fd); /* nothing was written through it */
		cache->fd = -1;
	}
	return r;
}

static int find_name(struct net_cache *cache, const char *key, char room[NAME_CHARS + 1])
{
	XXH128_hash_t hash;
	int r;

	(void)pthread_mutex_lock(&cache->lock); /* an ordinary one: always 0 */
	r = open_dir(cache);
	(void)pthread_mutex_unlock(&cache->lock);
	if (r < 0)
		return r;
	hash = XXH3_128bits_withSecret(key, strlen(key), cache->salt, sizeof(cache->salt));
	(void)snprintf(room, NAME_CHARS + 1, "%016" PRIx64 "%016" PRIx64, hash.high64, hash.low64);
	return 0;
}

/* ---- the cache ---- */

struct net_cache *net_cache_new(const char *dir, uint64_t limit_bytes)
{
	struct net_cache *cache = calloc(1, sizeof(*cache));

	if (!cache)
		return NULL;
	cache->fd = -1;
	cache->limit_bytes = limit_bytes;
	cache->dir = strdup(dir);
	if (!cache->dir) {
		free(cache);
		return NULL;
	}
	(void)pthread_mutex_init(&cache->lock, NULL); /* always 0 on Linux */
	return cache;
}

void net_cache_free(struct net_cache *cache)
{
	if (!cache)
		return;
	if (cache->fd >= 0)
		(void)close(cache->fd);            /* a folder: nothing to lose */
	(void)pthread_mutex_destroy(&cache->lock); /* nobody has it */
	free(cache->dir);
	free(cache);
}

int net_cache_load(struct net_cache *cache, const char *key, struct cached *ret_cached)
{
	char name[NAME_CHARS + 1];
	int r = find_name(cache, key, name), fd;

	if (r < 0)
		return r;
	fd = openat(cache->fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = read_file(fd, ret_cached);
	(void)close(fd); /* only read */
	if (r == -EBADMSG)
		(void)unlinkat(cache->fd, name, 0); /* it is asked for anew all the same */
	return r;
}

static void build_head(const struct cached *cached, struct head *head)
{
	const char *text = cached->headers.text.data;
	const char *body = cached->body ? blob_data(cached->body) : "";

	*head = (struct head){ .stored_ms = cached->stored_ms,
			       .text_len = cached->headers.text.len,
			       .body_len = cached->body ? blob_len(cached->body) : 0,
			       .status = (uint32_t)cached->headers.status,
			       .n_headers = (uint32_t)cached->headers.n };
	memcpy(head->magic, magic, sizeof(magic));
	hash_of(head, text ? text : "", body, head->hash);
}

static int put_in_place(struct net_cache *cache, const char *beside, const char *name,
			uint64_t size)
{
	struct stat old = { 0 };

	(void)fstatat(cache->fd, name, &old, AT_SYMLINK_NOFOLLOW); /* mostly there is none */
	if (renameat(cache->fd, beside, cache->fd, name) < 0) {
		int r = -errno;

		(void)unlinkat(cache->fd, beside, 0); /* removed another time */
		return r;
	}
	cache->total_bytes += size;
	cache->total_bytes -=
		(uint64_t)old.st_size < cache->total_bytes ? (uint64_t)old.st_size : 0;
	return cache->total_bytes > cache->limit_bytes ? tidy(cache) : 0;
}

int net_cache_store(struct net_cache *cache, const char *key, const struct cached *cached)
{
	struct head head;
	struct iovec parts[3] = { { &head, sizeof(head) } };
	char name[NAME_CHARS + 1], beside[NAME_CHARS + 1];
	uint64_t size;
	int r;

	build_head(cached, &head);
	size = sizeof(head) + head.text_len + head.body_len;
	if (head.body_len > NET_CACHE_BODY_MAX || size > cache->limit_bytes / 2)
		return -EFBIG;
	r = find_name(cache, key, name);
	if (r < 0)
		return r;
	parts[1] = (struct iovec){ cached->headers.text.data, head.text_len };
	if (cached->body) /* only read from */
		memcpy(&parts[2].iov_base, &(const char *){ blob_data(cached->body) },
		       sizeof(char *));
	parts[2].iov_len = head.body_len;
	(void)pthread_mutex_lock(&cache->lock); /* an ordinary one: always 0 */
	r = write_beside(cache, parts, countof(parts), beside);
	if (r == 0)
		r = put_in_place(cache, beside, name, size);
	(void)pthread_mutex_unlock(&cache->lock);
	return r;
}
