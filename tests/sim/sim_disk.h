/* SPDX-License-Identifier: MIT */
#ifndef TESTS_SIM_SIM_DISK_H
#define TESTS_SIM_SIM_DISK_H

#include <stdbool.h>
#include <stdint.h>

/*
 * A disk for SQLite: its default VFS while it exists, in memory. Each file is kept twice, as it
 * reads and as it was synced last, with the writes between the two. After a crash of the process
 * it is what it reads as; after a loss of power, some of the writes are missing.
 */
struct sim_disk;

struct sim_disk *sim_disk_new(void);
void sim_disk_free(struct sim_disk *disk);
void sim_disk_clear(struct sim_disk *disk); /* no files, no flaws */

enum sim_disk_flaw { DISK_FINE, DISK_ERROR, DISK_FULL, DISK_STAYS_FULL };

/** The n-th write or sync from now on (from 1) fails; a full disk stays so for writes: FULL until
 *  nothing is at ballast_path any more. */
void sim_disk_set_flaw(struct sim_disk *disk, enum sim_disk_flaw flaw, uint64_t n,
		       const char *ballast_path);
/** Whether that has happened since it was set. */
bool sim_disk_has_failed(const struct sim_disk *disk);

/** The n-th write or sync from now on is the last: what comes after is not kept. 0 = none. */
void sim_disk_stop_after(struct sim_disk *disk, uint64_t n);
bool sim_disk_has_stopped(const struct sim_disk *disk);

/** What it holds now is what there will be after sim_disk_restart(); power: unsynced writes are
 *  kept or not, or torn, as random says. */
void sim_disk_crash(struct sim_disk *disk, bool power, uint64_t *random);
void sim_disk_restart(struct sim_disk *disk);

#endif
