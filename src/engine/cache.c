/* SPDX-License-Identifier: MIT */
#include "engine/cache.h"

#include "base/attr.h"
#include "base/vec.h"
#include "engine/result_json.h"
#include "os/fd.h"
#include "plan/syntax.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

enum { META_BYTES_MAX = 1 << 20, ENTRIES_MAX = 1000000 };

struct cache_dir {
	struct cache cache;
	int fd;
	atomic_uint n_kept; /* names files that are being written */
};

/* A file: this, the meta (JSON), the body. */
struct head {
	char magic[8];
	uint64_t meta_len, body_len;
	uint64_t hash[2]; /* of the meta, seeded with that of the body */
};

static const char magic[8] = "volleyC1";

static struct cache_dir *dir_of(struct cache *cache)
{
	return container_of(cache, struct cache_dir, cache);
}

static void name_of(const uint64_t key[2], char out[CACHE_KEY_CHARS + 1])
{
	(void)snprintf(out, CACHE_KEY_CHARS + 1, "%016" PRIx64 "%016" PRIx64, key[1], key[0]);
}

static void hash_of(const char *meta, size_t meta_len, const char *body, size_t body_len,
		    uint64_t ret_hash[2])
{
	XXH128_hash_t hash = XXH3_128bits_withSeed(meta, meta_len, XXH3_64bits(body, body_len));

	ret_hash[0] = hash.low64;
	ret_hash[1] = hash.high64;
}

/* ---- finding ---- */

/* Everything after the head, NUL-terminated; NULL when it is not whole. */
static char *read_rest(int fd, const struct head *head)
{
	size_t len = (size_t)(head->meta_len + head->body_len);
	char *rest = malloc(len + 1);
	uint64_t hash[2];

	if (!rest || fd_read_all(fd, rest, len) < 0) {
		free(rest);
		return NULL;
	}
	rest[len] = '\0';
	hash_of(rest, head->meta_len, rest + head->meta_len, head->body_len, hash);
	if (memcmp(hash, head->hash, sizeof(hash)) != 0) {
		free(rest);
		return NULL;
	}
	return rest;
}

static bool make_result(const struct head *head, const char *rest, struct result *ret_result)
{
	const struct syntax_text text = { .data = rest, .len = head->meta_len };
	struct problem problem;
	struct arena arena;
	struct value value;
	bool ok;

	arena_init(&arena, 4 * (size_t)META_BYTES_MAX);
	ok = syntax_read_json(&text, &arena, &value, &problem) == 0 &&
	     result_json_read(&value, ret_result) == 0;
	arena_release(&arena);
	if (!ok)
		return false;
	ret_result->body = blob_new(rest + head->meta_len, head->body_len);
	if (ret_result->body)
		return true;
	result_release(ret_result);
	return false;
}

static bool find(struct cache *cache, const uint64_t key[2], struct result *ret_result)
{
	char name[CACHE_KEY_CHARS + 1];
	struct head head;
	char *rest = NULL;
	bool ok = false;
	int fd;

	name_of(key, name);
	fd = openat(dir_of(cache)->fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return false;
	if (fd_read_all(fd, &head, sizeof(head)) == 0 &&
	    memcmp(head.magic, magic, sizeof(magic)) == 0 && head.meta_len <= META_BYTES_MAX &&
	    head.body_len <= CACHE_RESULT_MAX)
		rest = read_rest(fd, &head);
	if (rest)
		ok = make_result(&head, rest, ret_result);
	if (ok)
		(void)futimens(fd, NULL); /* used: else it goes sooner */
	free(rest);
	(void)close(fd); /* only read */
	return ok;
}

/* ---- keeping ---- */

static bool write_file(int fd, const struct result *result)
{
	const char *body = result->body ? blob_data(result->body) : "";
	struct head head = { .body_len = result->body ? blob_len(result->body) : 0 };
	struct json_write json;
	struct iovec parts[3];
	struct buf meta;
	bool ok;

	buf_init(&meta, META_BYTES_MAX);
	json = json_write_to(&meta);
	result_json_write(result, &json);
	memcpy(head.magic, magic, sizeof(magic));
	head.meta_len = meta.len;
	ok = buf_error(&meta) == 0;
	if (ok) {
		hash_of(meta.data, meta.len, body, head.body_len, head.hash);
		parts[0] = (struct iovec){ &head, sizeof(head) };
		parts[1] = (struct iovec){ meta.data, meta.len };
		parts[2] = (struct iovec){ (void *)(uintptr_t)body, head.body_len };
		ok = writev(fd, parts, 3) ==
		     (ssize_t)(sizeof(head) + head.meta_len + head.body_len);
	}
	buf_release(&meta);
	return ok;
}

static void keep(struct cache *cache, const uint64_t key[2], const struct result *result)
{
	struct cache_dir *self = dir_of(cache);
	char name[CACHE_KEY_CHARS + 1], other[64];
	int fd;

	if (result->body && blob_len(result->body) > CACHE_RESULT_MAX)
		return;
	name_of(key, name);
	(void)snprintf(other, sizeof(other), "new-%d-%u", (int)getpid(),
		       atomic_fetch_add(&self->n_kept, 1));
	fd = openat(self->fd, other, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	if (!write_file(fd, result) || renameat(self->fd, other, self->fd, name) < 0)
		(void)unlinkat(self->fd, other, 0); /* or pruning finds it */
	(void)close(fd); /* a file that is not whole is seen to be that */
}

static void free_dir(struct cache *cache)
{
	(void)close(dir_of(cache)->fd); /* a directory */
	free(dir_of(cache));
}

static const struct cache_ops ops = { .find = find, .keep = keep, .free = free_dir };

int cache_new(const char *dir, struct cache **ret_cache, struct error *err)
{
	struct cache_dir *self = calloc(1, sizeof(*self));

	if (!self)
		return error_errno(err, ENOMEM, "cache");
	self->cache.ops = &ops;
	(void)mkdir(dir, 0700); /* open says what is wrong */
	self->fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (self->fd < 0) {
		free(self);
		return error_errno(err, errno, "cannot open the cache '%s'", dir);
	}
	*ret_cache = &self->cache;
	return 0;
}

/* ---- pruning ---- */

struct kept {
	char name[64];
	int64_t used_s;
	uint64_t bytes;
};

struct keeps VEC(struct kept);

static int latest_first(const void *a, const void *b)
{
	const struct kept *x = a, *y = b;

	return (x->used_s < y->used_s) - (x->used_s > y->used_s);
}

static void list(DIR *dir, struct keeps *keeps)
{
	struct dirent *entry;
	struct stat st;

	while (keeps->n < ENTRIES_MAX && (entry = readdir(dir))) {
		struct kept kept = { 0 };

		if (entry->d_name[0] == '.' || strlen(entry->d_name) >= sizeof(kept.name) ||
		    fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		(void)snprintf(kept.name, sizeof(kept.name), "%.63s", entry->d_name); /* fits */
		kept.used_s = st.st_mtim.tv_sec;
		kept.bytes = (uint64_t)st.st_blocks * 512;
		if (!vec_push(keeps, kept))
			return;
	}
}

void cache_prune(const char *path, uint64_t bytes_max)
{
	struct keeps keeps = { 0 };
	DIR *dir = opendir(path);
	uint64_t total = 0;

	if (!dir)
		return;
	list(dir, &keeps);
	if (keeps.n)
		qsort(keeps.items, keeps.n, sizeof(*keeps.items), latest_first);
	for (size_t i = 0; i < keeps.n; i++) {
		total += keeps.items[i].bytes;
		if (total > bytes_max)
			(void)unlinkat(dirfd(dir), keeps.items[i].name, 0); /* or it stays */
	}
	vec_release(&keeps);
	(void)closedir(dir); /* only read */
}
