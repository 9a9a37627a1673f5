/* SPDX-License-Identifier: MIT */
/*
 * Processes that ask the same provider at the same time take turns: a file for each provider is a
 * byte longer for every request that any of them has sent. Who sends looks, in a lock, how many
 * the others have sent since, and counts those in his own bucket; so no two spend the same token.
 * Without such a file everybody counts for himself.
 */
#include "base/clock.h"
#include "base/hash128.h"
#include "engine/core.h"
#include "engine/search.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_BYTES_MAX = 1 << 20, LOCK_TRIES = 50, LOCK_WAIT_NS = 100000 };

/* Nobody holds it for long; who was stopped while he did is not waited for. */
static bool lock(int fd)
{
	for (int i = 0; i < LOCK_TRIES; i++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return true;
		if (errno != EWOULDBLOCK)
			break;
		(void)nanosleep(&(struct timespec){ .tv_nsec = LOCK_WAIT_NS }, NULL);
	}
	return false;
}

/* Keys are left out: who has two for one address takes turns with himself. */
static int open_file(const char *dir, const struct search_endpoint *endpoint)
{
	uint64_t hash[2];
	char *key, *path;
	int fd;

	if (asprintf(&key, "%s\n%s", endpoint->provider->name, endpoint->url) < 0)
		return -1;
	hash128(key, strlen(key), hash);
	free(key);
	if (asprintf(&path, "%s/%016" PRIx64, dir, hash[0]) < 0)
		return -1;
	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	free(path);
	return fd;
}

/* When any of them has sent the last, nothing is left of a bucket that holds one. */
static void begin(struct searcher *searcher, uint64_t now_ns)
{
	struct stat st;
	int64_t ago_ms;

	if (fstat(searcher->turns_fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		(void)close(searcher->turns_fd); /* it is none of ours */
		searcher->turns_fd = -1;
		return;
	}
	searcher->n_turns = (uint64_t)st.st_size;
	ago_ms = clock_wall_ms() -
		 ((int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000);
	if (st.st_size > 0 && ago_ms >= 0)
		quota_began_ago(&searcher->quota, (uint64_t)ago_ms, now_ns);
	if (st.st_size > FILE_BYTES_MAX)
		(void)ftruncate(searcher->turns_fd, 0); /* the others then count anew */
}

void search_turns_open(struct searches *searches)
{
	const char *cache_dir = searches->web->cache_dir;
	char *dir = NULL;

	if (!cache_dir || asprintf(&dir, "%s/turns", cache_dir) < 0)
		dir = NULL;
	if (dir)
		(void)mkdir(dir, 0700); /* open() tells */
	for (size_t i = 0; i < searches->n; i++) {
		struct searcher *searcher = &searches->searchers[i];

		searcher->turns_fd = dir && (searches->remote & search_bit(i))
					     ? open_file(dir, searcher->endpoint)
					     : -1;
		if (searcher->turns_fd >= 0)
			begin(searcher, env_now_ns(searches->web->engine->env));
	}
	free(dir);
}

void search_turns_close(struct searches *searches)
{
	for (size_t i = 0; i < searches->n; i++)
		if (searches->searchers[i].turns_fd >= 0)
			(void)close(searches->searchers[i].turns_fd);
}

static void notice_others(struct searcher *searcher, uint64_t now_ns)
{
	struct stat st;
	uint64_t n;

	if (fstat(searcher->turns_fd, &st) < 0)
		return;
	n = (uint64_t)st.st_size;
	if (n > searcher->n_turns)
		quota_others_sent(&searcher->quota, n - searcher->n_turns, now_ns);
	searcher->n_turns = n;
}

bool search_turn_take(struct searcher *searcher, uint64_t now_ns)
{
	bool is_locked, is_mine;

	if (searcher->turns_fd < 0)
		return true;
	is_locked = searcher->quota.rate_per_s > 0 && lock(searcher->turns_fd);
	notice_others(searcher, now_ns);
	is_mine = quota_next_ns(&searcher->quota, now_ns) <= now_ns;
	if (is_mine && write(searcher->turns_fd, "", 1) == 1)
		searcher->n_turns++;
	if (is_locked)
		(void)flock(searcher->turns_fd, LOCK_UN);
	return is_mine;
}
