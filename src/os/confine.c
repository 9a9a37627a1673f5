/* SPDX-License-Identifier: MIT */
/*
 * The walls that a process builds around itself: Landlock, no privileges, no system calls that it
 * does not need, and limits. Each stands alone; a command has to get through all of them.
 */
#include "os/confine.h"

#include "base/attr.h"
#include "os/spawn_wire.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <linux/securebits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

/* Newer than the headers of the oldest system that this is built on. */
#define ACCESS_FS_TRUNCATE (1ULL << 14)  /* ABI 3 */
#define ACCESS_FS_IOCTL_DEV (1ULL << 15) /* ABI 5 */
#define ACCESS_FS_ALL ((1ULL << 16) - 1)
#define ACCESS_FS_READ                                                                             \
	(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define ACCESS_FS_DEVICE (LANDLOCK_ACCESS_FS_WRITE_FILE | ACCESS_FS_TRUNCATE | ACCESS_FS_IOCTL_DEV)
#define ACCESS_NET_TCP ((1ULL << 0) | (1ULL << 1)) /* bind, connect: ABI 4 */
#define SCOPE_ALL ((1ULL << 0) | (1ULL << 1))      /* abstract sockets, signals: ABI 6 */

enum {
	LANDLOCK_ABI_MIN = 2, /* with 1, no file may be moved to another directory */
	FILES_SOFT = 1024,
	FILES_HARD = 4096,
	DATA_SHARE = 2, /* of the machine's memory */
};

static const uint64_t DATA_BYTES_MIN = 1ull << 30;
static const uint64_t FILE_BYTES_MAX = 16ull << 30;

struct landlock_attr {
	uint64_t handled_fs, handled_net, scoped;
};

/* ---- once ---- */

static uint64_t fs_rights(int abi)
{
	uint64_t rights = ACCESS_FS_ALL;

	if (abi < 5)
		rights &= ~ACCESS_FS_IOCTL_DEV;
	if (abi < 3)
		rights &= ~ACCESS_FS_TRUNCATE;
	return rights;
}

static int allow_beneath(int ruleset_fd, const char *path, uint64_t rights)
{
	struct landlock_path_beneath_attr rule = { .allowed_access = rights };
	int r = 0;

	rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
	if (rule.parent_fd < 0)
		return errno == ENOENT ? 0 : -errno; /* what is not there needs no rule */
	if (syscall(SYS_landlock_add_rule, ruleset_fd, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0)
		r = -errno;
	(void)close(rule.parent_fd); /* only a path */
	return r;
}

int confine_show(const struct confine *self, const char *path)
{
	uint64_t rights = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE |
			  LANDLOCK_ACCESS_FS_EXECUTE;
	struct stat status;

	if (self->landlock_fd < 0 || stat(path, &status) != 0)
		return 0; /* what is not there needs no rule */
	if (S_ISDIR(status.st_mode))
		rights |= LANDLOCK_ACCESS_FS_READ_DIR;
	return allow_beneath(self->landlock_fd, path, rights);
}

static int make_ruleset(struct confine *self)
{
	static const char *const writable[] = { "/tmp", "/var/tmp", "/dev/shm" };
	const uint64_t rights = fs_rights(self->landlock_abi);
	struct landlock_attr attr = { .handled_fs = rights };
	int r;

	if (self->landlock_abi >= 4 && !self->network)
		attr.handled_net = ACCESS_NET_TCP;
	if (self->landlock_abi >= 6)
		attr.scoped = SCOPE_ALL;
	self->landlock_fd = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	if (self->landlock_fd < 0)
		return -errno;
	r = allow_beneath(self->landlock_fd, "/", ACCESS_FS_READ);
	if (r == 0)
		r = allow_beneath(self->landlock_fd, "/dev", ACCESS_FS_DEVICE & rights);
	for (size_t i = 0; i < countof(writable) && r == 0; i++)
		r = allow_beneath(self->landlock_fd, writable[i], rights);
	if (r == 0 && self->level == SANDBOX_WORKSPACE)
		r = allow_beneath(self->landlock_fd, self->root, rights);
	return r;
}

static int prepare_landlock(struct confine *self, const char **ret_what)
{
	long abi;

	if (!(self->layers & SANDBOX_LANDLOCK))
		return 0;
	*ret_what = "Landlock (Linux 5.19 or newer, with lsm=landlock)";
	abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	if (abi < 0)
		return -errno;
	if (abi < LANDLOCK_ABI_MIN)
		return -EOPNOTSUPP;
	self->landlock_abi = (int)abi;
	return make_ruleset(self);
}

static int check_root(const struct confine *self, const struct wire_box *box)
{
	struct stat status;

	if (lstat(self->root, &status) != 0)
		return -errno;
	if (!S_ISDIR(status.st_mode) || status.st_dev != box->root_dev ||
	    status.st_ino != box->root_ino)
		return -ESTALE; /* another one was put in its place since volley opened it */
	return 0;
}

/* Since Linux 6.14. Before, the same file is the bound of the whole machine, and uid 0 could write
 * to it from any namespace: so the number is asked, not tried out. */
static bool has_own_pid_max(void)
{
	struct utsname kernel;
	char *end;
	long major, minor = 0;

	if (uname(&kernel) != 0)
		return false;
	major = strtol(kernel.release, &end, 10);
	if (*end == '.')
		minor = strtol(end + 1, NULL, 10);
	return major > 6 || (major == 6 && minor >= 14);
}

int confine_prepare(const struct wire_box *box, const char *root, struct confine *ret_confine,
		    const char **ret_what)
{
	struct sysinfo machine = { 0 };
	struct confine *self = ret_confine;
	size_t len = strlen(root);
	int r;

	*self = (struct confine){ .layers = box->layers,
				  .level = box->level,
				  .network = box->network,
				  .landlock_fd = -1 };
	*ret_what = "the workspace root";
	if (len >= sizeof(self->root))
		return -ENAMETOOLONG;
	memcpy(self->root, root, len + 1);
	r = check_root(self, box);
	if (r == 0)
		r = prepare_landlock(self, ret_what);
	if (r == 0 && self->layers & SANDBOX_SECCOMP) {
		*ret_what = "seccomp";
		r = confine_filter(self->network, &self->filter);
	}
	self->has_own_pid_max = has_own_pid_max();
	(void)sysinfo(&machine); /* cannot fail with a valid address */
	self->data_bytes = (uint64_t)machine.totalram * machine.mem_unit / DATA_SHARE;
	if (self->data_bytes < DATA_BYTES_MIN)
		self->data_bytes = DATA_BYTES_MIN;
	return r;
}

const char *confine_step_name(enum confine_step step)
{
	static const char *const names[] = {
		[CONFINE_PROC] = "a /proc of its own",
		[CONFINE_CWD] = "the working directory",
		[CONFINE_LIMITS] = "limits",
		[CONFINE_LANDLOCK] = "Landlock",
		[CONFINE_PRIVILEGES] = "privileges",
		[CONFINE_SECCOMP] = "seccomp",
		[CONFINE_DONE] = "all",
	};

	return names[step];
}

/* ---- in the child ---- */

/* It holds for root too, which the limit of the user's processes does not. */
IN_CHILD static bool bound_processes(void)
{
	static const char text[] = "1024"; /* CONFINE_PROCESSES */
	int fd = open("/proc/sys/kernel/pid_max", O_WRONLY | O_CLOEXEC);
	bool is_written;

	if (fd < 0)
		return false;
	is_written = write(fd, text, sizeof(text) - 1) == (ssize_t)sizeof(text) - 1;
	(void)close(fd); /* written at once or not at all */
	return is_written;
}

/* Read-only at the end: to uid 0 what is in /proc/sys may be its own, capabilities or not. */
IN_CHILD static int mount_proc(const struct confine *self, bool *ret_bounded)
{
	const unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;

	if (mount("proc", "/proc", "proc", flags, NULL) != 0)
		return errno;
	if (self->layers & SANDBOX_LIMITS && self->layers & SANDBOX_PROCESSES)
		*ret_bounded = self->has_own_pid_max && bound_processes();
	if (mount(NULL, "/proc", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | flags, NULL) != 0)
		return errno;
	return 0;
}

IN_CHILD static int enter_directory(const struct confine *self, const char *cwd)
{
	struct open_how how = { .flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
				.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS };
	long fd;

	if (chdir(self->root) != 0)
		return errno;
	fd = syscall(SYS_openat2, AT_FDCWD, *cwd ? cwd : ".", &how, sizeof(how));
	if (fd < 0 || fchdir((int)fd) != 0)
		return errno;
	(void)close((int)fd); /* a directory */
	return 0;
}

IN_CHILD int confine_enter(const struct confine *self, const char *cwd, enum confine_step *ret_step,
			   bool *ret_bounded)
{
	int error = mount_proc(self, ret_bounded);

	*ret_step = CONFINE_PROC;
	if (error)
		return error;
	*ret_step = CONFINE_CWD;
	return enter_directory(self, cwd);
}

/* A user's own limit may be lower. */
IN_CHILD static int lower_limit(__rlimit_resource_t which, uint64_t soft, uint64_t hard)
{
	struct rlimit limit;

	if (getrlimit(which, &limit) != 0)
		return errno;
	if (limit.rlim_max > hard)
		limit.rlim_max = hard;
	if (limit.rlim_cur > soft)
		limit.rlim_cur = soft;
	return setrlimit(which, &limit) != 0 ? errno : 0;
}

IN_CHILD static int set_limits(const struct confine *self)
{
	const struct {
		__rlimit_resource_t which;
		uint64_t soft, hard;
	} limits[] = {
		{ RLIMIT_CORE, 0, 0 },
		{ RLIMIT_NOFILE, FILES_SOFT, FILES_HARD },
		{ RLIMIT_NPROC, CONFINE_TASKS, CONFINE_TASKS },
		{ RLIMIT_DATA, self->data_bytes, self->data_bytes },
		{ RLIMIT_FSIZE, FILE_BYTES_MAX, FILE_BYTES_MAX },
	};
	int error = 0;

	for (size_t i = 0; i < countof(limits) && !error; i++)
		error = lower_limit(limits[i].which, limits[i].soft, limits[i].hard);
	return error;
}

IN_CHILD static int drop_privileges(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	const struct __user_cap_data_struct none[2] = { { 0 } };
	const unsigned long bits = SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP |
				   SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_KEEP_CAPS_LOCKED |
				   SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED;

	for (unsigned long cap = 0; prctl(PR_CAPBSET_READ, cap) >= 0; cap++) {
		if (prctl(PR_CAPBSET_READ, cap) > 0 && prctl(PR_CAPBSET_DROP, cap) != 0)
			return errno;
	}
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0 ||
	    prctl(PR_SET_SECUREBITS, bits) != 0 || syscall(SYS_capset, &header, none) != 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return errno;
	return 0;
}

IN_CHILD int confine_seal(const struct confine *self, enum confine_step *ret_step)
{
	int error = 0;

	*ret_step = CONFINE_LIMITS;
	if (self->layers & SANDBOX_LIMITS)
		error = set_limits(self);
	if (error)
		return error;
	*ret_step = CONFINE_LANDLOCK;
	if (self->landlock_fd >= 0 &&
	    syscall(SYS_landlock_restrict_self, self->landlock_fd, 0) != 0)
		return errno;
	*ret_step = CONFINE_PRIVILEGES;
	if (self->layers & SANDBOX_PRIVILEGES)
		error = drop_privileges();
	if (error)
		return error;
	*ret_step = CONFINE_SECCOMP;
	if (self->filter.filter &&
	    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &self->filter) != 0)
		return errno;
	*ret_step = CONFINE_DONE;
	return 0;
}
