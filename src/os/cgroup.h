/* SPDX-License-Identifier: MIT */
#ifndef OS_CGROUP_H
#define OS_CGROUP_H

#include <stdbool.h>
#include <stdint.h>

/**
 * Limits of the control groups that this process is in, version 2 or 1, the tightest of its own
 * and all above. What has no limit is not there. Any thread; reads a few small files.
 */
struct cgroup_limits {
	bool has_mem, has_cpus, has_pids;
	uint64_t mem_max, mem_used; /* bytes; used: without file pages that can be dropped */
	double cpus;                /* quota / period */
	uint64_t pids_max, pids_used;
};

/** proc_fd, sys_fd: the directories /proc and /sys. Version 2 is looked for at fs/cgroup and
 *  fs/cgroup/unified, controllers of version 1 at fs/cgroup/NAME. */
void cgroup_read(int proc_fd, int sys_fd, struct cgroup_limits *ret_limits);

#endif
