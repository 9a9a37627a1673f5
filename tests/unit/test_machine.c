/* SPDX-License-Identifier: MIT */
/* Readings of /proc and /sys, from trees made for it. */
#include "base/attr.h"
#include "fake_proc.h"
#include "os/kernel_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

enum { MIB = 1 << 20 };

static struct machine read_from(const struct fake_proc *fake)
{
	struct machine machine;

	machine_read(&fake->files, &machine);
	return machine;
}

static void nothing_there_is_missing_not_zero(void **state)
{
	struct machine_files none = { .proc_fd = -1, .sys_fd = -1 };
	struct fake_proc fake;
	struct machine machine;

	(void)state;
	fake_proc_new(&fake);
	machine = read_from(&fake);
	assert_int_equal(machine.has, 1u << MACHINE_FILES); /* an empty self/fd is there */
	machine_read(&none, &machine);
	assert_int_equal(machine.has, 0);
	fake_proc_free(&fake);
}

static void all_readings(void **state)
{
	struct fake_proc fake;
	struct machine machine;

	(void)state;
	fake_proc_new(&fake);
	fake_proc_load(&fake, "12.34", 7);
	fake_proc_memory(&fake, 1000, 300);
	fake_proc_swap(&fake, 11, 22);
	fake_proc_pressure(&fake, 33, 4444);
	tree_file(&fake.tree, "proc/pressure/cpu", "some avg10=1.25 avg60=0 avg300=0 total=9\n");
	tree_file(&fake.tree, "proc/pressure/io",
		  "some avg10=0.00 avg60=0 avg300=0 total=1\n"
		  "full avg10=99.99 avg60=0 avg300=0 total=1\n");
	tree_file(&fake.tree, "proc/self/status",
		  "Name:\tx\nCpus_allowed:\t00000003,0000000f\nCpus_allowed_list:\t0-3\n");
	tree_file(&fake.tree, "proc/self/fd/0", "");
	tree_file(&fake.tree, "proc/self/fd/1", "");
	machine = read_from(&fake);
	assert_int_equal(machine.has, (1u << MACHINE_CGROUP_MEMORY) - 1);
	assert_float_equal(machine.load1, 12.34, 1e-9);
	assert_int_equal(machine.n_runnable, 7);
	assert_int_equal(machine.mem_total, 1000ull * MIB);
	assert_int_equal(machine.mem_available, 300ull * MIB);
	assert_int_equal(machine.swap_in, 11);
	assert_int_equal(machine.swap_out, 22);
	assert_int_equal(machine.oom_kills, 5);
	assert_float_equal(machine.psi[PSI_MEMORY].some10, 33.5, 1e-9);
	assert_float_equal(machine.psi[PSI_MEMORY].full10, 33, 1e-9);
	assert_int_equal(machine.psi[PSI_MEMORY].some_total_us, 4444);
	assert_float_equal(machine.psi[PSI_CPU].some10, 1.25, 1e-9);
	assert_float_equal(machine.psi[PSI_IO].full10, 99.99, 1e-9);
	assert_int_equal(machine.n_processors, 6);
	assert_true(machine.files_max > 0);
	fake_proc_free(&fake);
}

/* Version 2: own group without a limit, a tight one above, a loose one at the top. */
static void cgroup_v2(void **state)
{
	struct fake_proc fake;
	struct machine machine;

	(void)state;
	fake_proc_new(&fake);
	tree_file(&fake.tree, "proc/self/cgroup", "0::/a/b\n");
	tree_file(&fake.tree, "sys/fs/cgroup/a/b/memory.max", "max\n");
	tree_file(&fake.tree, "sys/fs/cgroup/a/b/memory.current", "1\n");
	tree_file(&fake.tree, "sys/fs/cgroup/a/b/pids.max", "max\n");
	tree_file(&fake.tree, "sys/fs/cgroup/a/b/cpu.max", "max 100000\n");
	tree_file(&fake.tree, "sys/fs/cgroup/a/memory.max", "104857600\n");
	tree_file(&fake.tree, "sys/fs/cgroup/a/memory.current", "94371840\n");
	tree_file(&fake.tree, "sys/fs/cgroup/a/memory.stat", "anon 3\ninactive_file 10485760\n");
	tree_file(&fake.tree, "sys/fs/cgroup/a/cpu.max", "150000 100000\n");
	tree_file(&fake.tree, "sys/fs/cgroup/a/pids.max", "50\n");
	tree_file(&fake.tree, "sys/fs/cgroup/a/pids.current", "20\n");
	tree_file(&fake.tree, "sys/fs/cgroup/memory.max", "10485760000\n");
	tree_file(&fake.tree, "sys/fs/cgroup/memory.current", "1\n");
	machine = read_from(&fake);
	assert_true(machine_has(&machine, MACHINE_CGROUP_MEMORY));
	assert_int_equal(machine.cgroup_mem_max, 100 * MIB);
	assert_int_equal(machine.cgroup_mem_used, 80 * MIB); /* without what can be dropped */
	assert_true(machine_has(&machine, MACHINE_CGROUP_CPU));
	assert_float_equal(machine.cgroup_cpus, 1.5, 1e-9);
	assert_true(machine_has(&machine, MACHINE_CGROUP_PIDS));
	assert_int_equal(machine.cgroup_pids_max, 50);
	assert_int_equal(machine.cgroup_pids_used, 20);
	fake_proc_free(&fake);
}

/* Version 1, in a container: the path is that of the host, only the mount itself can be seen. */
static void cgroup_v1(void **state)
{
	struct fake_proc fake;
	struct machine machine;

	(void)state;
	fake_proc_new(&fake);
	tree_file(&fake.tree, "proc/self/cgroup",
		  "9:name=systemd:/\n4:memory:/docker/123\n3:cpu,cpuacct:/x\n2:pids:/\n0::/\n");
	tree_file(&fake.tree, "sys/fs/cgroup/memory/memory.limit_in_bytes", "209715200\n");
	tree_file(&fake.tree, "sys/fs/cgroup/memory/memory.usage_in_bytes", "52428800\n");
	tree_file(&fake.tree, "sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
	tree_file(&fake.tree, "sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
	tree_file(&fake.tree, "sys/fs/cgroup/pids/pids.max", "max\n");
	machine = read_from(&fake);
	assert_true(machine_has(&machine, MACHINE_CGROUP_MEMORY));
	assert_int_equal(machine.cgroup_mem_max, 200 * MIB);
	assert_int_equal(machine.cgroup_mem_used, 50 * MIB);
	assert_false(machine_has(&machine, MACHINE_CGROUP_CPU));
	assert_false(machine_has(&machine, MACHINE_CGROUP_PIDS));
	tree_file(&fake.tree, "sys/fs/cgroup/memory/memory.limit_in_bytes",
		  "9223372036854771712\n");
	tree_file(&fake.tree, "sys/fs/cgroup/cpu/x/cpu.cfs_quota_us", "50000\n");
	tree_file(&fake.tree, "sys/fs/cgroup/cpu/x/cpu.cfs_period_us", "100000\n");
	machine = read_from(&fake);
	assert_false(machine_has(&machine, MACHINE_CGROUP_MEMORY));
	assert_float_equal(machine.cgroup_cpus, 0.5, 1e-9);
	fake_proc_free(&fake);
}

static void numbers_that_are_none(void **state)
{
	static const char *const bad[] = { "", " ", "max", "-1", "18446744073709551616", "\n5" };
	uint64_t n;
	double real;

	(void)state;
	for (size_t i = 0; i < countof(bad); i++) {
		const char *at = bad[i];

		assert_false(kernel_text_uint(&at, &n));
	}
	for (const char *at = "1.5.5"; at;) {
		assert_true(kernel_text_real(&at, &real));
		assert_float_equal(real, 1.5, 1e-9);
		assert_string_equal(at, ".5");
		break;
	}
	assert_null(kernel_text_line("MemTotals: 5\n", "MemTotal"));
	assert_false(kernel_text_field("x\nMemTotal", "MemTotal", &n));
	assert_true(kernel_text_field("x\nMemTotal\t7", "MemTotal", &n));
	assert_int_equal(n, 7);
}

/* What does not fit is cut at a whole line, so that no number is cut in two. */
static void a_long_text_is_cut_at_a_line(void **state)
{
	char text[KERNEL_TEXT_MAX], *long_text = malloc(2 * KERNEL_TEXT_MAX);
	struct fake_proc fake;
	size_t len = 0;

	(void)state;
	fake_proc_new(&fake);
	assert_non_null(long_text);
	while (len < KERNEL_TEXT_MAX + 100)
		len += (size_t)snprintf(long_text + len, 100, "field 123456789\n");
	tree_file(&fake.tree, "proc/vmstat", long_text);
	assert_true(kernel_text_read(fake.files.proc_fd, "vmstat", text));
	assert_int_equal(strlen(text), (KERNEL_TEXT_MAX - 1) / 16 * 16);
	assert_int_equal(text[strlen(text) - 1], '\n');
	free(long_text);
	fake_proc_free(&fake);
}

static void write_random(const struct fake_proc *fake, const char *path, uint64_t *seed)
{
	static const char words[] = "some avg10=full total=0123456789.,:/-\n\n\n max memory cpu\t";
	char text[KERNEL_TEXT_MAX + 100];
	size_t len = 0;
	size_t max;
	int fd;

	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	max = (*seed >> 40) % (*seed >> 60 == 0 ? sizeof(text) : 200);
	while (len < max) {
		*seed = *seed * 6364136223846793005u + 1442695040888963407u;
		text[len++] = *seed >> 60 ? words[(*seed >> 33) % (sizeof(words) - 1)]
					  : (char)(*seed >> 40);
	}
	fd = openat(fake->tree.fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, len), (ssize_t)len);
	(void)close(fd);
}

/* Whatever stands there, nothing breaks, and no reading is out of its range. */
static void random_bytes(void **state)
{
	static const char *const paths[] = {
		"proc/loadavg",
		"proc/meminfo",
		"proc/vmstat",
		"proc/pressure/memory",
		"proc/self/cgroup",
		"proc/self/status",
		"sys/fs/cgroup/cpu.max",
		"sys/fs/cgroup/memory.max",
		"sys/fs/cgroup/memory.current",
		"sys/fs/cgroup/memory.stat",
	};
	struct fake_proc fake;
	uint64_t seed = 1;

	(void)state;
	fake_proc_new(&fake);
	for (int round = 0; round < 150; round++) {
		struct machine machine;

		for (size_t i = 0; i < countof(paths); i++)
			write_random(&fake, paths[i], &seed);
		if (round % 2)
			tree_file(&fake.tree, "proc/self/cgroup", "0::/\n");
		machine = read_from(&fake);
		assert_true(machine.load1 >= 0 && machine.psi[PSI_MEMORY].full10 >= 0);
		assert_true(machine.cgroup_mem_used <= machine.cgroup_mem_max);
		assert_true(machine.cgroup_pids_used <= machine.cgroup_pids_max);
	}
	fake_proc_free(&fake);
}

static void this_machine(void **state)
{
	struct machine_files files;
	struct machine machine;

	(void)state;
	machine_open(&files, "");
	machine_read(&files, &machine);
	assert_true(machine_has(&machine, MACHINE_LOAD) && machine_has(&machine, MACHINE_MEMORY));
	assert_true(machine.n_runnable >= 1); /* this one */
	assert_in_range(machine.mem_available, 1, machine.mem_total);
	assert_true(machine.files_open >= 3 && machine.files_open < machine.files_max);
	assert_true(machine.n_processors >= 1);
	machine_close(&files);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_there_is_missing_not_zero),
		cmocka_unit_test(all_readings),
		cmocka_unit_test(cgroup_v2),
		cmocka_unit_test(cgroup_v1),
		cmocka_unit_test(numbers_that_are_none),
		cmocka_unit_test(a_long_text_is_cut_at_a_line),
		cmocka_unit_test(random_bytes),
		cmocka_unit_test(this_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
