/* SPDX-License-Identifier: MIT */
/* volley doctor: whether this machine has what volley needs. */
#include "cli/command.h"
#include "cli/options.h"
#include "cli/report.h"
#include "cli/spill.h"
#include "os/machine.h"
#include "os/sandbox.h"
#include "os/spawner.h"
#include "scan/automaton.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { FILES_WANTED = 1024, DETAIL_MAX = 256 };

/* Writes what there is to say into detail; returns whether all is well. */
typedef bool check_fn(char detail[DETAIL_MAX]);

static bool check_openat2(char detail[DETAIL_MAX])
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_BENEATH };
	long fd = syscall(SYS_openat2, AT_FDCWD, ".", &how, sizeof(how));

	if (fd < 0) {
		(void)snprintf(detail, DETAIL_MAX, "%s: paths are checked step by step instead",
			       strerror(errno));
		return true; /* there is another way */
	}
	(void)close((int)fd); /* only looked up */
	(void)snprintf(detail, DETAIL_MAX, "paths stay beneath the root in one system call");
	return true;
}

static bool check_pidfd(char detail[DETAIL_MAX])
{
	long fd = syscall(SYS_pidfd_open, getpid(), 0);

	if (fd < 0) {
		(void)snprintf(detail, DETAIL_MAX, "%s", strerror(errno));
		return false;
	}
	(void)close((int)fd); /* only opened */
	(void)snprintf(detail, DETAIL_MAX, "processes are named without races");
	return true;
}

static bool check_subreaper(char detail[DETAIL_MAX])
{
	int is_subreaper = 0;

	if (prctl(PR_GET_CHILD_SUBREAPER, &is_subreaper) < 0) {
		(void)snprintf(detail, DETAIL_MAX, "%s", strerror(errno));
		return false;
	}
	(void)snprintf(detail, DETAIL_MAX, "orphans of commands come back to be ended");
	return true;
}

static bool check_patterns(char detail[DETAIL_MAX])
{
	struct error err;

	if (automaton_self_test(&err) < 0) {
		(void)snprintf(detail, DETAIL_MAX, "%.*s", DETAIL_MAX - 1, err.text);
		return false;
	}
	(void)snprintf(detail, DETAIL_MAX, "gives the known answers");
	return true;
}

static bool check_bash(char detail[DETAIL_MAX])
{
	static const char *const paths[] = { "/bin/bash", "/usr/bin/bash", "/usr/local/bin/bash" };

	for (size_t i = 0; i < countof(paths); i++) {
		if (access(paths[i], X_OK) == 0) {
			(void)snprintf(detail, DETAIL_MAX, "%s", paths[i]);
			return true;
		}
	}
	(void)snprintf(detail, DETAIL_MAX, "not found");
	return false;
}

static void ignore_event(void *data, const struct spawn_event *event)
{
	(void)data, (void)event; /* nothing is run */
}

/* A real one, around this directory. */
static bool check_sandbox(char detail[DETAIL_MAX])
{
	const struct sandbox_profile profile = { .level = SANDBOX_STRICT };
	struct sandbox_conf conf = { .home = getenv("HOME") };
	struct spawner *spawner = NULL;
	struct error err = { 0 };
	char text[REPORT_SANDBOX_MAX];
	char *root = realpath(".", NULL);
	enum sandbox_level around = sandbox_around();
	int r;

	if (around != SANDBOX_OFF) {
		free(root);
		(void)snprintf(detail, DETAIL_MAX, "%s, of the volley that this one runs in",
			       sandbox_level_name(around));
		return true;
	}
	conf.root = root ? root : "/";
	conf.root_fd = open(conf.root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	r = conf.root_fd < 0 ? error_errno(&err, errno, "'%s'", conf.root)
			     : spawner_new(ignore_event, NULL, &spawner, &err);
	if (r == 0) {
		spawner_confine(spawner, &conf, &profile);
		r = spawner_start(spawner, &err);
	}
	if (r == 0)
		report_sandbox(spawner_report(spawner), text);
	(void)snprintf(detail, DETAIL_MAX, "%.*s", DETAIL_MAX - 1, r == 0 ? text : err.text);
	spawner_free(spawner);
	if (conf.root_fd >= 0)
		(void)close(conf.root_fd); /* a directory */
	free(root);
	return r == 0;
}

static bool check_state(char detail[DETAIL_MAX])
{
	struct spill spill = { .dir_fd = -1 };
	struct error err;
	char name[48];

	(void)snprintf(name, sizeof(name), "doctor-%d", (int)getpid());
	if (spill_open(&spill, name, NULL, &err) < 0) {
		(void)snprintf(detail, DETAIL_MAX, "%.*s", DETAIL_MAX - 1, err.text);
		return false;
	}
	spill_close(&spill);
	if (rmdir(spill.dir) < 0) {
		(void)snprintf(detail, DETAIL_MAX, "cannot remove a directory again: %s",
			       strerror(errno));
		return false;
	}
	(void)snprintf(detail, DETAIL_MAX, "%.*s can be written", DETAIL_MAX - 32, spill.dir);
	return true;
}

static bool check_files(char detail[DETAIL_MAX])
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0) {
		(void)snprintf(detail, DETAIL_MAX, "%s", strerror(errno));
		return false;
	}
	(void)snprintf(detail, DETAIL_MAX, "%llu, up to %llu%s", (unsigned long long)limit.rlim_cur,
		       (unsigned long long)limit.rlim_max,
		       limit.rlim_max < FILES_WANTED ? ": 1024 are wanted" : "");
	return limit.rlim_max >= FILES_WANTED;
}

static bool check_processes(char detail[DETAIL_MAX])
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NPROC, &limit) < 0) {
		(void)snprintf(detail, DETAIL_MAX, "%s", strerror(errno));
		return false;
	}
	if (limit.rlim_cur == RLIM_INFINITY)
		(void)snprintf(detail, DETAIL_MAX, "no limit");
	else
		(void)snprintf(detail, DETAIL_MAX, "%llu", (unsigned long long)limit.rlim_cur);
	return limit.rlim_cur >= 64;
}

/* Without a reading its limit is not watched: less, but nothing is wrong. */
static bool check_readings(char detail[DETAIL_MAX])
{
	struct machine_files files;
	struct machine machine;
	size_t len = 0;

	machine_open(&files, "");
	machine_read(&files, &machine);
	machine_close(&files);
	for (int i = 0; i < MACHINE_CGROUP_MEMORY && len < DETAIL_MAX; i++)
		if (!machine_has(&machine, (enum machine_reading)i))
			len += (size_t)snprintf(detail + len, DETAIL_MAX - len, "%s%s",
						len ? ", " : "missing: ", machine_reading_name(i));
	for (int i = MACHINE_CGROUP_MEMORY; i < MACHINE_READING_COUNT && len < DETAIL_MAX; i++)
		if (machine_has(&machine, (enum machine_reading)i))
			len += (size_t)snprintf(detail + len, DETAIL_MAX - len, "%s%s",
						len ? "; " : "all there; ",
						machine_reading_name(i));
	if (len == 0)
		(void)snprintf(detail, DETAIL_MAX, "all there; no limit of a control group");
	return true;
}

static int doctor_run(const struct options *options)
{
	static const struct {
		const char *name;
		check_fn *check;
	} checks[] = {
		{ "openat2", check_openat2 },
		{ "pidfd", check_pidfd },
		{ "subreaper", check_subreaper },
		{ "pattern library", check_patterns },
		{ "bash", check_bash },
		{ "sandbox", check_sandbox },
		{ "state directory", check_state },
		{ "open files", check_files },
		{ "processes", check_processes },
		{ "readings", check_readings },
	};
	bool all_well = true;

	(void)options; /* -C has been done */
	for (size_t i = 0; i < countof(checks); i++) {
		char detail[DETAIL_MAX] = "";
		bool is_well = checks[i].check(detail);

		(void)printf("%-5s %-16s %s\n", is_well ? "ok" : "WRONG", checks[i].name, detail);
		all_well = all_well && is_well;
	}
	return all_well ? STATUS_OK : STATUS_FAILED;
}

const struct command command_doctor = {
	.name = "doctor",
	.summary = "check that this machine has what volley needs",
	.run = doctor_run,
};
