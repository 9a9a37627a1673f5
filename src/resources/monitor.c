/* SPDX-License-Identifier: MIT */
#include "resources/monitor.h"

static void set_memory(struct usage *usage)
{
	const struct machine *machine = &usage->machine;
	uint64_t room = machine->cgroup_mem_max - machine->cgroup_mem_used;

	usage->has_memory = machine_has(machine, MACHINE_MEMORY);
	usage->free_bytes = machine->mem_available;
	usage->total_bytes = machine->mem_total;
	if (!machine_has(machine, MACHINE_CGROUP_MEMORY))
		return;
	if (!usage->has_memory || room < usage->free_bytes)
		usage->free_bytes = room;
	if (!usage->has_memory || machine->cgroup_mem_max < usage->total_bytes)
		usage->total_bytes = machine->cgroup_mem_max;
	usage->has_memory = true;
}

static void set_cpus(struct usage *usage)
{
	const struct machine *machine = &usage->machine;

	usage->cpus = machine_has(machine, MACHINE_PROCESSORS) ? machine->n_processors : 1;
	if (machine_has(machine, MACHINE_CGROUP_CPU) && machine->cgroup_cpus < usage->cpus)
		usage->cpus = machine->cgroup_cpus;
	if (usage->cpus < 1)
		usage->cpus = 1;
}

static double rate(uint64_t before, uint64_t now, double seconds)
{
	return now > before ? (double)(now - before) / seconds : 0;
}

void monitor_take(struct monitor *monitor, const struct machine *machine, uint64_t now_ns)
{
	struct usage *usage = &monitor->usage;
	struct machine before = usage->machine;
	bool has_before = usage->at_ns != 0 && now_ns > usage->at_ns;
	double seconds = has_before ? (double)(now_ns - usage->at_ns) / 1e9 : 0;

	*usage = (struct usage){ .machine = *machine, .at_ns = now_ns, .has_rates = has_before };
	set_memory(usage);
	set_cpus(usage);
	if (!has_before)
		return;
	usage->swap_in = rate(before.swap_in, machine->swap_in, seconds);
	usage->swap_out = rate(before.swap_out, machine->swap_out, seconds);
	if (machine_has(machine, MACHINE_PSI_MEMORY) && machine_has(&before, MACHINE_PSI_MEMORY))
		usage->memory_stalled = rate(before.psi[PSI_MEMORY].some_total_us,
					     machine->psi[PSI_MEMORY].some_total_us, seconds * 1e6);
}
