/* SPDX-License-Identifier: MIT */
#ifndef CLI_PRUNE_H
#define CLI_PRUNE_H

#include <stddef.h>
#include <stdint.h>

/**
 * Full outputs do not pile up for ever. The newest are kept: so many, and beyond those as many as
 * fit in so many bytes. Older runs are removed whole, but for those that are in progress (their
 * directory is locked, see spill_open()) and files of the last hour. What has no name of a run is
 * left alone. Failures are ignored: the next run tries again.
 */
enum { PRUNE_KEEP = 16 };
#define PRUNE_BYTES_MAX ((uint64_t)1 << 30)

/** Of the runs and the spooled outputs in the state directory, at most once a minute. */
void prune_state(void);

/** Of the entries of one directory. */
void prune_dir(const char *path, size_t keep, uint64_t bytes_max);

#endif
