/* SPDX-License-Identifier: MIT */
#ifndef OS_MACHINE_H
#define OS_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * What the kernel says of the machine, from /proc and /sys. A reading that is not there (an old
 * kernel, a container) is missing, never zero: ask machine_has() before using it. Some twenty
 * reads of files that the kernel makes up as they are read, about 0.2 ms in all, none of which
 * waits for a device: they may be done on the loop thread. No lock, no state; any thread.
 */
enum machine_reading {
	MACHINE_LOAD,          /* load1, n_runnable */
	MACHINE_MEMORY,        /* mem_available, mem_total */
	MACHINE_SWAP,          /* swap_in, swap_out */
	MACHINE_OOM,           /* oom_kills */
	MACHINE_PSI_CPU,       /* psi[PSI_CPU] */
	MACHINE_PSI_MEMORY,    /* psi[PSI_MEMORY] */
	MACHINE_PSI_IO,        /* psi[PSI_IO] */
	MACHINE_FILES,         /* files_open, files_max */
	MACHINE_PROCESSORS,    /* n_processors */
	MACHINE_CGROUP_MEMORY, /* a limit is set: cgroup_mem_max, cgroup_mem_used */
	MACHINE_CGROUP_CPU,    /* a quota is set: cgroup_cpus */
	MACHINE_CGROUP_PIDS,   /* a limit is set: cgroup_pids_max, cgroup_pids_used */
	MACHINE_READING_COUNT
};

enum psi_kind { PSI_CPU, PSI_MEMORY, PSI_IO, PSI_COUNT };

/** Pressure: the share of time in which some, or all, tasks waited for the resource. */
struct psi {
	double some10, full10;  /* percent of the last ten seconds, 0..100 */
	uint64_t some_total_us; /* ever */
};

struct machine {
	unsigned has;                      /* bits of enum machine_reading */
	double load1;                      /* of the last minute */
	uint64_t n_runnable;               /* tasks right now, the reading one among them */
	uint64_t mem_available, mem_total; /* bytes */
	uint64_t swap_in, swap_out;        /* pages, ever */
	uint64_t oom_kills;                /* processes killed for want of memory, ever */
	struct psi psi[PSI_COUNT];         /* by enum psi_kind */
	uint64_t files_open, files_max;    /* of this process; the limit it may raise to */
	unsigned n_processors;             /* that this process may run on */
	uint64_t cgroup_mem_max;           /* bytes: the tightest, own or above */
	uint64_t cgroup_mem_used;          /* bytes there, without what can be dropped */
	double cgroup_cpus;                /* processors' worth of time */
	uint64_t cgroup_pids_max, cgroup_pids_used;
};

/** Where to read: the directories proc and sys, of this machine or of a test. */
struct machine_files {
	int proc_fd, sys_fd; /* -1 = there is none: its readings are missing */
	bool is_own;         /* this machine: what system calls say is read too */
};

/** root: "" for this machine, else a directory that holds proc/ and sys/. Never fails: what
 *  cannot be opened is missing. */
void machine_open(struct machine_files *files, const char *root);
void machine_close(struct machine_files *files);

void machine_read(const struct machine_files *files, struct machine *ret_machine);

static inline bool machine_has(const struct machine *machine, enum machine_reading reading)
{
	return machine->has & 1u << reading;
}

const char *machine_reading_name(enum machine_reading reading); /* "load average", … */

#endif
