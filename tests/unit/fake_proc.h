/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_FAKE_PROC_H
#define TESTS_UNIT_FAKE_PROC_H

/* A /proc and a /sys of a test's own. */
#include "os/machine.h"
#include "tree.h"

struct fake_proc {
	struct tree tree;
	struct machine_files files;
};

static inline void fake_proc_new(struct fake_proc *fake)
{
	fake->tree = tree_new();
	tree_dir(&fake->tree, "proc/self/fd");
	tree_dir(&fake->tree, "proc/pressure");
	tree_dir(&fake->tree, "sys/fs/cgroup");
	machine_open(&fake->files, fake->tree.path);
}

static inline void fake_proc_free(struct fake_proc *fake)
{
	machine_close(&fake->files);
	tree_remove(&fake->tree);
}

static inline void fake_proc_memory(struct fake_proc *fake, unsigned total_mib, unsigned free_mib)
{
	char text[128];

	snprintf(text, sizeof(text), "MemTotal: %u kB\nMemFree: 5 kB\nMemAvailable: %u kB\n",
		 total_mib * 1024, free_mib * 1024);
	tree_file(&fake->tree, "proc/meminfo", text);
}

/* full10: percent; total_us: ever, of "some". */
static inline void fake_proc_pressure(struct fake_proc *fake, unsigned full10, unsigned total_us)
{
	char text[256];

	snprintf(text, sizeof(text),
		 "some avg10=%u.50 avg60=0.00 avg300=0.00 total=%u\n"
		 "full avg10=%u.00 avg60=0.00 avg300=0.00 total=0\n",
		 full10, total_us, full10);
	tree_file(&fake->tree, "proc/pressure/memory", text);
}

static inline void fake_proc_load(struct fake_proc *fake, const char *load, unsigned n_runnable)
{
	char text[64];

	snprintf(text, sizeof(text), "%s 0.10 0.05 %u/97 3736\n", load, n_runnable);
	tree_file(&fake->tree, "proc/loadavg", text);
}

static inline void fake_proc_swap(struct fake_proc *fake, unsigned in, unsigned out)
{
	char text[64];

	snprintf(text, sizeof(text), "nr_free 3\npswpin %u\npswpout %u\noom_kill 5\n", in, out);
	tree_file(&fake->tree, "proc/vmstat", text);
}

#endif
