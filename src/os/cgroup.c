/* SPDX-License-Identifier: MIT */
#include "os/cgroup.h"

#include "base/attr.h"
#include "base/str.h"
#include "os/kernel_text.h"

#include <stdio.h>

enum { PATH_MAX_HERE = 4096, LEVELS_MAX = 64 };

/* Where the files of one group are, and what they are called there. */
struct place {
	int sys_fd;
	const char *dir; /* beneath sys_fd */
	bool is_v2;
};

/* Version 1 writes the largest number of pages for "no limit". */
static bool is_limit(uint64_t n)
{
	return n < (uint64_t)1 << 60;
}

static bool read_text(const struct place *place, const char *name, char text[KERNEL_TEXT_MAX])
{
	char path[PATH_MAX_HERE];

	if (snprintf(path, sizeof(path), "%s/%s", place->dir, name) >= (int)sizeof(path))
		return false;
	return kernel_text_read(place->sys_fd, path, text);
}

/* "max" is no number: no limit. */
static bool read_uint(const struct place *place, const char *name, uint64_t *ret_n)
{
	char text[KERNEL_TEXT_MAX];
	const char *at = text;

	return read_text(place, name, text) && kernel_text_uint(&at, ret_n);
}

static uint64_t droppable(const struct place *place)
{
	char text[KERNEL_TEXT_MAX];
	uint64_t n = 0;

	if (read_text(place, "memory.stat", text))
		(void)kernel_text_field(text,
					place->is_v2 ? "inactive_file" : "total_inactive_file",
					&n); /* then none is known of */
	return n;
}

/* The group with the least room to its limit is the one that counts. */
static void take_memory(const struct place *place, struct cgroup_limits *limits)
{
	uint64_t max, used, cache;

	if (!read_uint(place, place->is_v2 ? "memory.max" : "memory.limit_in_bytes", &max) ||
	    !is_limit(max) ||
	    !read_uint(place, place->is_v2 ? "memory.current" : "memory.usage_in_bytes", &used))
		return;
	cache = droppable(place);
	used -= cache < used ? cache : used;
	used = used < max ? used : max;
	if (limits->has_mem && limits->mem_max - limits->mem_used <= max - used)
		return;
	limits->has_mem = true;
	limits->mem_max = max;
	limits->mem_used = used;
}

static void take_cpus(const struct place *place, struct cgroup_limits *limits)
{
	char text[KERNEL_TEXT_MAX];
	const char *at = text;
	uint64_t quota, period;

	if (place->is_v2) {
		if (!read_text(place, "cpu.max", text) || !kernel_text_uint(&at, &quota) ||
		    !kernel_text_uint(&at, &period))
			return;
	} else if (!read_uint(place, "cpu.cfs_quota_us", &quota) ||
		   !read_uint(place, "cpu.cfs_period_us", &period)) {
		return; /* -1 is no quota, and no number here */
	}
	if (quota == 0 || period == 0)
		return;
	if (limits->has_cpus && limits->cpus <= (double)quota / (double)period)
		return;
	limits->has_cpus = true;
	limits->cpus = (double)quota / (double)period;
}

static void take_pids(const struct place *place, struct cgroup_limits *limits)
{
	uint64_t max, used;

	if (!read_uint(place, "pids.max", &max) || !is_limit(max) ||
	    !read_uint(place, "pids.current", &used))
		return;
	used = used < max ? used : max;
	if (limits->has_pids && limits->pids_max - limits->pids_used <= max - used)
		return;
	limits->has_pids = true;
	limits->pids_max = max;
	limits->pids_used = used;
}

typedef void take_fn(const struct place *place, struct cgroup_limits *limits);

static void take_all(const struct place *place, struct cgroup_limits *limits)
{
	take_memory(place, limits);
	take_cpus(place, limits);
	take_pids(place, limits);
}

/* From the group itself up to the mount; levels that are not there say nothing. */
static void walk_up(const struct place *mount, const char *path, take_fn *take,
		    struct cgroup_limits *limits)
{
	size_t mount_len = strlen(mount->dir);
	char dir[PATH_MAX_HERE];
	struct place place = { .sys_fd = mount->sys_fd, .dir = dir, .is_v2 = mount->is_v2 };

	if (snprintf(dir, sizeof(dir), "%s%s", mount->dir, path) >= (int)sizeof(dir) ||
	    strstr(path, "/.."))
		return;
	if (str_equal(path, "/"))
		dir[mount_len] = '\0';
	for (int level = 0; level < LEVELS_MAX; level++) {
		char *slash = strrchr(dir + mount_len, '/');

		take(&place, limits);
		if (!slash)
			return;
		*slash = '\0';
	}
}

static bool has_controller(const char *list, size_t len, const char *name)
{
	size_t name_len = strlen(name);

	for (const char *at = list; at < list + len;) {
		const char *comma = memchr(at, ',', (size_t)(list + len - at));
		size_t n = (size_t)((comma ? comma : list + len) - at);

		if (n == name_len && memcmp(at, name, n) == 0)
			return true;
		at += n + 1;
	}
	return false;
}

/* "4:memory:/a/b", "1:cpu,cpuacct:/a", "0::/a/b": number, controllers, path. */
static void take_line(int sys_fd, const char *line, struct cgroup_limits *limits)
{
	static const struct {
		const char *name;
		take_fn *take;
	} controllers[] = { { "memory", take_memory },
			    { "cpu", take_cpus },
			    { "pids", take_pids } };
	const char *list = strchr(line, ':');
	const char *path = list ? strchr(list + 1, ':') : NULL;
	struct place mount = { .sys_fd = sys_fd };
	char dir[64];
	size_t len;

	if (!path++ || *path != '/')
		return;
	len = (size_t)(path - 1 - ++list);
	if (len == 0) {
		mount.is_v2 = true;
		mount.dir = "fs/cgroup";
		walk_up(&mount, path, take_all, limits);
		mount.dir = "fs/cgroup/unified";
		walk_up(&mount, path, take_all, limits);
		return;
	}
	for (size_t i = 0; i < countof(controllers); i++) {
		if (!has_controller(list, len, controllers[i].name))
			continue;
		(void)snprintf(dir, sizeof(dir), "fs/cgroup/%s", controllers[i].name);
		mount.dir = dir;
		walk_up(&mount, path, controllers[i].take, limits);
	}
}

void cgroup_read(int proc_fd, int sys_fd, struct cgroup_limits *ret_limits)
{
	char text[KERNEL_TEXT_MAX];
	char *line = text;

	*ret_limits = (struct cgroup_limits){ 0 };
	if (!kernel_text_read(proc_fd, "self/cgroup", text))
		return;
	while (*line) {
		char *end = strchrnul(line, '\n');
		bool is_last = !*end;

		*end = '\0';
		take_line(sys_fd, line, ret_limits);
		line = is_last ? end : end + 1;
	}
}
