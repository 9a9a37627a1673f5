/* SPDX-License-Identifier: MIT */
/*
 * Readings of the machine. Files are small text of the kernel's; they are read into a bounded
 * buffer and taken apart with care all the same, as a container may put anything there.
 *
 * Control groups: /proc/self/cgroup names a path in each hierarchy, and a limit may be set there
 * or at any level above. In a container the path may not exist below the mount: what can be read
 * on the way up counts, down to the mount itself.
 */
#include "os/machine.h"

#include "base/attr.h"
#include "base/str.h"
#include "os/cgroup.h"
#include "os/kernel_text.h"

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

static void found(struct machine *machine, enum machine_reading reading)
{
	machine->has |= 1u << reading;
}

static void read_load(int proc_fd, struct machine *machine)
{
	char text[KERNEL_TEXT_MAX];
	const char *at = text;
	double skipped;
	uint64_t n;

	if (kernel_text_read(proc_fd, "loadavg", text) && kernel_text_real(&at, &machine->load1) &&
	    kernel_text_real(&at, &skipped) && kernel_text_real(&at, &skipped) &&
	    kernel_text_uint(&at, &n)) {
		machine->n_runnable = n;
		found(machine, MACHINE_LOAD);
	}
}

static void read_memory(int proc_fd, struct machine *machine)
{
	char text[KERNEL_TEXT_MAX];

	if (kernel_text_read(proc_fd, "meminfo", text) &&
	    kernel_text_field(text, "MemTotal:", &machine->mem_total) &&
	    kernel_text_field(text, "MemAvailable:", &machine->mem_available) &&
	    machine->mem_total < UINT64_MAX / 1024 && machine->mem_available < UINT64_MAX / 1024) {
		machine->mem_total *= 1024;
		machine->mem_available *= 1024;
		found(machine, MACHINE_MEMORY);
	}
	if (!kernel_text_read(proc_fd, "vmstat", text))
		return;
	if (kernel_text_field(text, "pswpin", &machine->swap_in) &&
	    kernel_text_field(text, "pswpout", &machine->swap_out))
		found(machine, MACHINE_SWAP);
	if (kernel_text_field(text, "oom_kill", &machine->oom_kills)) /* Linux 4.13 */
		found(machine, MACHINE_OOM);
}

/* "some avg10=0.00 avg60=0.00 avg300=0.00 total=0", and the same for full. */
static bool parse_psi_line(const char *text, const char *kind, double *ret_avg10,
			   uint64_t *ret_total)
{
	const char *line = kernel_text_line(text, kind);
	const char *avg = line ? strstr(line, " avg10=") : NULL;
	const char *total = line ? strstr(line, " total=") : NULL;

	if (!avg || !total)
		return false;
	avg += strlen(" avg10=");
	total += strlen(" total=");
	return kernel_text_real(&avg, ret_avg10) && kernel_text_uint(&total, ret_total);
}

static void read_psi(int proc_fd, struct machine *machine)
{
	static const char *const names[] = {
		[PSI_CPU] = "pressure/cpu",
		[PSI_MEMORY] = "pressure/memory",
		[PSI_IO] = "pressure/io",
	};

	for (int i = 0; i < PSI_COUNT; i++) {
		struct psi *psi = &machine->psi[i];
		char text[KERNEL_TEXT_MAX];
		uint64_t total;

		if (!kernel_text_read(proc_fd, names[i], text) ||
		    !parse_psi_line(text, "some", &psi->some10, &psi->some_total_us))
			continue;
		if (!parse_psi_line(text, "full", &psi->full10, &total))
			psi->full10 = 0; /* of the processor older kernels say nothing */
		found(machine, (enum machine_reading)(MACHINE_PSI_CPU + i));
	}
}

static void read_files(const struct machine_files *files, struct machine *machine)
{
	int fd = openat(files->proc_fd, "self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct rlimit limit;

	if (!dir) {
		if (fd >= 0)
			(void)close(fd); /* only read */
		return;
	}
	while (readdir(dir))
		machine->files_open++;
	(void)closedir(dir); /* only read */
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	machine->files_open -= machine->files_open > 3 ? 3 : machine->files_open; /* ., .., dir */
	machine->files_max = limit.rlim_max == RLIM_INFINITY ? UINT32_MAX : limit.rlim_max;
	found(machine, MACHINE_FILES);
}

static void read_processors(const struct machine_files *files, struct machine *machine)
{
	char text[KERNEL_TEXT_MAX];
	cpu_set_t set;

	if (files->is_own && sched_getaffinity(0, sizeof(set), &set) == 0) {
		machine->n_processors = (unsigned)CPU_COUNT(&set);
	} else if (kernel_text_read(files->proc_fd, "self/status", text)) {
		const char *line = kernel_text_line(text, "Cpus_allowed:");

		/* ffffffff,00000003: a bit for each */
		for (line = line ? line + strlen("Cpus_allowed:") : ""; *line && *line != '\n';
		     line++) {
			const char *digit = strchr("0123456789abcdef", *line);

			if (digit)
				machine->n_processors += (unsigned)__builtin_popcount(
					(unsigned)(digit - "0123456789abcdef"));
		}
	}
	if (machine->n_processors)
		found(machine, MACHINE_PROCESSORS);
}

void machine_open(struct machine_files *files, const char *root)
{
	char path[4096];

	(void)snprintf(path, sizeof(path), "%s/proc", root);
	files->proc_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	(void)snprintf(path, sizeof(path), "%s/sys", root);
	files->sys_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	files->is_own = !*root;
}

void machine_close(struct machine_files *files)
{
	if (files->proc_fd >= 0)
		(void)close(files->proc_fd); /* only a place */
	if (files->sys_fd >= 0)
		(void)close(files->sys_fd); /* the same */
	files->proc_fd = files->sys_fd = -1;
}

static void read_cgroup(const struct machine_files *files, struct machine *machine)
{
	struct cgroup_limits limits;

	cgroup_read(files->proc_fd, files->sys_fd, &limits);
	machine->cgroup_mem_max = limits.mem_max;
	machine->cgroup_mem_used = limits.mem_used;
	machine->cgroup_cpus = limits.cpus;
	machine->cgroup_pids_max = limits.pids_max;
	machine->cgroup_pids_used = limits.pids_used;
	if (limits.has_mem)
		found(machine, MACHINE_CGROUP_MEMORY);
	if (limits.has_cpus)
		found(machine, MACHINE_CGROUP_CPU);
	if (limits.has_pids)
		found(machine, MACHINE_CGROUP_PIDS);
}

void machine_read(const struct machine_files *files, struct machine *ret_machine)
{
	*ret_machine = (struct machine){ 0 };
	if (files->proc_fd < 0)
		return;
	read_load(files->proc_fd, ret_machine);
	read_memory(files->proc_fd, ret_machine);
	read_psi(files->proc_fd, ret_machine);
	read_files(files, ret_machine);
	read_processors(files, ret_machine);
	if (files->sys_fd >= 0)
		read_cgroup(files, ret_machine);
}

const char *machine_reading_name(enum machine_reading reading)
{
	static const char *const names[] = {
		[MACHINE_LOAD] = "load average",
		[MACHINE_MEMORY] = "free memory",
		[MACHINE_SWAP] = "swapping",
		[MACHINE_OOM] = "kills for want of memory",
		[MACHINE_PSI_CPU] = "processor pressure",
		[MACHINE_PSI_MEMORY] = "memory pressure",
		[MACHINE_PSI_IO] = "disk pressure",
		[MACHINE_FILES] = "open files",
		[MACHINE_PROCESSORS] = "processors",
		[MACHINE_CGROUP_MEMORY] = "memory limit of a control group",
		[MACHINE_CGROUP_CPU] = "processor quota of a control group",
		[MACHINE_CGROUP_PIDS] = "process limit of a control group",
	};

	_Static_assert(countof(names) == MACHINE_READING_COUNT, "each reading has a name");
	return names[reading];
}
