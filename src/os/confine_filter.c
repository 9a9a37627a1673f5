/* SPDX-License-Identifier: MIT */
/*
 * The filter of system calls. What is denied gets EPERM, so that programs go on without it; what
 * this list cannot know (calls newer than it, clone3 with its flags in memory) gets ENOSYS, so
 * that libraries fall back to what it knows. Calls of another architecture, x32 and i386, are
 * denied as a whole.
 */
#include "os/confine.h"

#include "base/attr.h"

#include <asm/ioctls.h>
#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	/* Since Linux 5.11 or so all architectures number new calls alike. */
	NEWEST_KNOWN = 452, /* fchmodat2 */
	N_PROLOGUE = 3,
	FAMILY_MAX = 45, /* families that exist by now */
};

static const char *const denied[] = {
	/* other processes */
	"ptrace",
	"process_vm_readv",
	"process_vm_writev",
	"process_madvise",
	"kcmp",
	"pidfd_getfd",
	"perf_event_open",
	"move_pages",
	"migrate_pages",
	/* the kernel */
	"bpf",
	"userfaultfd",
	"io_uring_setup",
	"io_uring_enter",
	"io_uring_register",
	"kexec_load",
	"kexec_file_load",
	"init_module",
	"finit_module",
	"delete_module",
	"create_module",
	"get_kernel_syms",
	"query_module",
	"lookup_dcookie",
	"nfsservctl",
	"syslog",
	"_sysctl",
	"uselib",
	"vm86",
	"vm86old",
	"modify_ldt",
	/* keys */
	"keyctl",
	"add_key",
	"request_key",
	/* mounts and namespaces */
	"mount",
	"umount",
	"umount2",
	"pivot_root",
	"chroot",
	"fsopen",
	"fsconfig",
	"fsmount",
	"fspick",
	"move_mount",
	"open_tree",
	"mount_setattr",
	"unshare",
	"setns",
	"open_by_handle_at",
	"name_to_handle_at",
	"quotactl",
	"quotactl_fd",
	"fanotify_init",
	"fanotify_mark",
	/* the machine */
	"reboot",
	"swapon",
	"swapoff",
	"settimeofday",
	"stime",
	"clock_settime",
	"clock_adjtime",
	"adjtimex",
	"sethostname",
	"setdomainname",
	"acct",
	"iopl",
	"ioperm",
	"vhangup",
	"ustat",
	"sysfs",
};

static const unsigned long denied_ioctls[] = { TIOCSTI, TIOCLINUX, TIOCSETD, TIOCCONS };

static const unsigned namespaces[] = {
	CLONE_NEWNS,  CLONE_NEWUTS, CLONE_NEWIPC,    CLONE_NEWUSER,
	CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWCGROUP,
};

static int deny_names(scmp_filter_ctx filter)
{
	for (size_t i = 0; i < countof(denied); i++) {
		int call = seccomp_syscall_resolve_name(denied[i]);
		int r = call == __NR_SCMP_ERROR
				? 0
				: seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), call, 0);

		/* -EDOM: not a call of this architecture */
		if (r < 0 && r != -EDOM)
			return r;
	}
	return 0;
}

/* The kernel looks at the lower half of these arguments alone. */
static int deny_masked(scmp_filter_ctx filter, int call, unsigned arg, uint64_t mask,
		       uint64_t value)
{
	const struct scmp_arg_cmp compare = {
		.arg = arg, .op = SCMP_CMP_MASKED_EQ, .datum_a = mask, .datum_b = value
	};

	return seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EPERM), call, 1, &compare);
}

static int deny_arguments(scmp_filter_ctx filter)
{
	int r = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);

	for (size_t i = 0; i < countof(denied_ioctls) && r == 0; i++)
		r = deny_masked(filter, SCMP_SYS(ioctl), 1, UINT32_MAX, denied_ioctls[i]);
	for (size_t i = 0; i < countof(namespaces) && r == 0; i++)
		r = deny_masked(filter, SCMP_SYS(clone), 0, namespaces[i], namespaces[i]);
	return r;
}

static bool is_family_open(int family, bool network)
{
	return family == AF_UNIX ||
	       (network && (family == AF_INET || family == AF_INET6 || family == AF_NETLINK));
}

static int deny_sockets(scmp_filter_ctx filter, bool network)
{
	/* of the first argument */
	const struct scmp_arg_cmp newer = { .op = SCMP_CMP_GT, .datum_a = FAMILY_MAX };
	int r = seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(socket), 1, &newer);

	for (int family = 0; family <= FAMILY_MAX && r == 0; family++) {
		if (!is_family_open(family, network))
			r = deny_masked(filter, SCMP_SYS(socket), 0, UINT32_MAX, (uint64_t)family);
	}
	return r;
}

/* In front of what libseccomp made: calls that neither it nor this list knows. */
static void add_prologue(struct sock_filter prologue[N_PROLOGUE])
{
	prologue[0] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0); /* the number */
	prologue[1] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, NEWEST_KNOWN, 0, 1);
	prologue[2] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SCMP_ACT_ERRNO(ENOSYS));
}

/* libseccomp writes to a descriptor only. */
static int take_program(scmp_filter_ctx filter, struct sock_fprog *ret_filter)
{
	int fd = memfd_create("volley-filter", MFD_CLOEXEC);
	struct sock_filter *program = NULL;
	struct stat status;
	int r = fd < 0 ? -errno : seccomp_export_bpf(filter, fd);

	if (r == 0 && fstat(fd, &status) != 0)
		r = -errno;
	if (r == 0) {
		size_t len = (size_t)status.st_size;

		program = malloc(len + sizeof(*program) * N_PROLOGUE);
		if (!program)
			r = -ENOMEM;
		else if (pread(fd, program + N_PROLOGUE, len, 0) != (ssize_t)len)
			r = -EIO;
		else
			*ret_filter = (struct sock_fprog){
				.len = (unsigned short)(len / sizeof(*program) + N_PROLOGUE),
				.filter = program,
			};
	}
	if (r == 0)
		add_prologue(program);
	else
		free(program);
	if (fd >= 0)
		(void)close(fd); /* memory */
	return r;
}

int confine_filter(bool network, struct sock_fprog *ret_filter)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int r;

	if (!filter)
		return -ENOMEM;
	r = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(EPERM));
	if (r == 0)
		r = deny_names(filter);
	if (r == 0)
		r = deny_arguments(filter);
	if (r == 0)
		r = deny_sockets(filter, network);
	if (r == 0)
		r = take_program(filter, ret_filter);
	seccomp_release(filter);
	return r;
}
