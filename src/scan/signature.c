/* SPDX-License-Identifier: MIT */
/* The files of a walk come in any order and from several threads: their hashes are added up, in
 * sums that each worker has of its own. */
#include "scan/signature.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

enum { SETTLED_AFTER_S = 2 };

struct sum {
	uint64_t bits[2];
	int64_t latest_s; /* ctime */
};

struct taking {
	size_t n_selectors;
	struct sum *sums; /* of worker w and selector s: w * n_selectors + s */
};

/* What of a file can change. */
struct state {
	uint64_t dev, ino, size, mode, mtime_s, mtime_ns, ctime_s, ctime_ns;
};

static void visit(void *data, unsigned worker, const struct walk_entry *entry)
{
	struct taking *self = data;
	struct sum *sums = self->sums + worker * self->n_selectors;
	struct state state = { 0 };
	XXH128_hash_t hash;
	struct stat st;

	/* An explicit path may be a link inside the root: it is the file that counts. */
	if (fstatat(entry->dir_fd, entry->name, &st,
		    entry->is_explicit ? 0 : AT_SYMLINK_NOFOLLOW) == 0)
		state = (struct state){
			.dev = st.st_dev,
			.ino = st.st_ino,
			.size = (uint64_t)st.st_size,
			.mode = st.st_mode,
			.mtime_s = (uint64_t)st.st_mtim.tv_sec,
			.mtime_ns = (uint64_t)st.st_mtim.tv_nsec,
			.ctime_s = (uint64_t)st.st_ctim.tv_sec,
			.ctime_ns = (uint64_t)st.st_ctim.tv_nsec,
		};
	hash = XXH3_128bits_withSeed(&state, sizeof(state),
				     XXH3_64bits(entry->path, entry->path_len));
	for (size_t i = 0; i < self->n_selectors; i++) {
		if (!(entry->wanted[i / 64] >> (i % 64) & 1))
			continue;
		sums[i].bits[0] += hash.low64;
		sums[i].bits[1] += hash.high64;
		if ((int64_t)state.ctime_s > sums[i].latest_s)
			sums[i].latest_s = (int64_t)state.ctime_s;
	}
}

static void fold(const struct taking *self, unsigned n_threads, const struct walk *walk,
		 int64_t now_s, struct signature *ret_signatures)
{
	for (size_t i = 0; i < self->n_selectors; i++) {
		const struct walk_tally *tally = walk_tally(walk, i);
		struct signature *signature = &ret_signatures[i];
		XXH128_hash_t hash = XXH3_128bits(tally, sizeof(*tally));
		int64_t latest_s = 0;

		signature->bits[0] = hash.low64;
		signature->bits[1] = hash.high64;
		for (unsigned w = 0; w < n_threads; w++) {
			const struct sum *sum = &self->sums[w * self->n_selectors + i];

			signature->bits[0] += sum->bits[0];
			signature->bits[1] += sum->bits[1];
			latest_s = sum->latest_s > latest_s ? sum->latest_s : latest_s;
		}
		signature->is_settled =
			latest_s + SETTLED_AFTER_S < now_s && !tally->changed && !tally->path_error;
	}
}

int signature_take(const struct walk_conf *conf, struct signature *ret_signatures,
		   struct error *err)
{
	struct taking self = { .n_selectors = conf->n_selectors };
	struct walk_conf walking = *conf;
	struct walk *walk = NULL;
	int64_t now_s = (int64_t)time(NULL); /* before anything is looked at */
	size_t bad;
	int r;

	self.sums = calloc(conf->n_selectors * conf->n_threads, sizeof(*self.sums));
	if (!self.sums)
		return error_errno(err, ENOMEM, "signature");
	walking.visit = visit;
	walking.data = &self;
	r = walk_new(&walking, &walk, &bad, err);
	if (r == 0)
		r = walk_run(walk, err);
	if (r == 0)
		fold(&self, conf->n_threads, walk, now_s, ret_signatures);
	walk_free(walk);
	free(self.sums);
	return r;
}
