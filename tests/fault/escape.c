/* SPDX-License-Identifier: MIT */
/*
 * Tries what a confined command must not be able to do, for tests: `escape ACT [ARGUMENT...]`.
 * Prints "ESCAPED" when it could, else what the system said.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <pty.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNTOF(array) (sizeof(array) / sizeof((array)[0]))

/* Each returns 0 or more for success, or -1 with errno; arguments are NULL when not given. */
typedef long act_fn(char **args);

static long number(const char *text)
{
	return text ? strtol(text, NULL, 10) : 0;
}

static pid_t sleeping_child(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		(void)sleep(5);
		_exit(0);
	}
	return pid;
}

/* PID, or 0 for a child of its own. */
static long act_ptrace(char **args)
{
	pid_t pid = (pid_t)number(args[0]);

	return ptrace(PTRACE_ATTACH, pid ? pid : sleeping_child(), NULL, NULL);
}

static long act_vm_write(char **args)
{
	static int word;
	pid_t pid = (pid_t)number(args[0]);
	struct iovec part = { .iov_base = &word, .iov_len = sizeof(word) };
	long r;

	if (!pid)
		pid = sleeping_child();
	r = process_vm_writev(pid, &part, 1, &part, 1, 0);
	/* the address means nothing in another program, but we were let in */
	return r < 0 && errno == EFAULT ? 0 : r;
}

static long act_kill(char **args)
{
	return kill((pid_t)number(args[0]), SIGKILL);
}

static long act_rename(char **args)
{
	return rename(args[0], args[1]);
}

static long connect_path(const char *path, bool is_abstract)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t len = strlen(path);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (fd < 0 || len >= sizeof(address.sun_path))
		return -1;
	memcpy(address.sun_path + is_abstract, path, len);
	return connect(fd, (const struct sockaddr *)&address,
		       (socklen_t)(offsetof(struct sockaddr_un, sun_path) + is_abstract + len));
}

static long act_unix(char **args)
{
	return connect_path(args[0], false);
}

static long act_abstract(char **args)
{
	return connect_path(args[0], true);
}

static long send_to_port(int type, const char *port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(number(port)) };
	int fd = socket(AF_INET, type, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0)
		return -1;
	/* that nobody is there shows when a second one is sent */
	if (send(fd, "x", 1, MSG_NOSIGNAL) < 0)
		return -1;
	(void)usleep(50000);
	return send(fd, "x", 1, MSG_NOSIGNAL);
}

static long act_tcp(char **args)
{
	return send_to_port(SOCK_STREAM, args[0]);
}

static long act_udp(char **args)
{
	return send_to_port(SOCK_DGRAM, args[0]);
}

static long act_packet(char **args)
{
	(void)args;
	return socket(AF_PACKET, SOCK_RAW, 0);
}

static long act_raw(char **args)
{
	(void)args;
	return socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
}

/* Since Linux 6.2 the kernel itself mostly refuses, with EIO: the call went through though. */
static long act_tiocsti(char **args)
{
	char letter = 'x';
	int ours, theirs;

	(void)args;
	if (openpty(&ours, &theirs, NULL, NULL, NULL) != 0)
		return -1;
	if (ioctl(theirs, TIOCSTI, &letter) == 0 || errno == EIO)
		return 0;
	return -1;
}

static long act_mount(char **args)
{
	return mount("tmpfs", args[0], "tmpfs", 0, NULL);
}

static long act_unshare(char **args)
{
	(void)args;
	return unshare(CLONE_NEWUSER);
}

static long act_clone(char **args)
{
	(void)args;
	return syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, 0);
}

static long act_setns(char **args)
{
	(void)args;
	return setns(open("/proc/self/ns/uts", O_RDONLY), CLONE_NEWUTS);
}

static long act_chroot(char **args)
{
	return chroot(args[0]);
}

static long act_mknod(char **args)
{
	return mknod(args[0], S_IFCHR | 0600, 1 << 8 | 3);
}

static long act_io_uring(char **args)
{
	char params[256] = { 0 };

	(void)args;
	return syscall(SYS_io_uring_setup, 8, params);
}

static long act_bpf(char **args)
{
	struct {
		uint32_t type, key_size, value_size, n_entries;
	} map = { 2, 4, 4, 1 }; /* an array */

	(void)args;
	return syscall(SYS_bpf, 0, &map, sizeof(map));
}

static long act_keyctl(char **args)
{
	(void)args;
	return syscall(SYS_add_key, "user", "volley-test", "x", 1, KEY_SPEC_PROCESS_KEYRING);
}

static long act_userfaultfd(char **args)
{
	(void)args;
	return syscall(SYS_userfaultfd, O_CLOEXEC);
}

static long act_handle(char **args)
{
	struct {
		struct file_handle handle;
		char room[128];
	} file = { .handle.handle_bytes = 128 };
	int mount_id;

	if (name_to_handle_at(AT_FDCWD, args[0], &file.handle, &mount_id, 0) != 0)
		return -1;
	return open_by_handle_at(open("/", O_RDONLY), &file.handle, O_RDONLY);
}

#ifdef __x86_64__
static long act_i386(char **args)
{
	long result;

	(void)args;
	__asm__ volatile("int $0x80" : "=a"(result) : "a"(20) : "memory", "r8", "r9", "r10", "r11");
	errno = result < 0 ? (int)-result : 0;
	return result < 0 ? -1 : result; /* getpid */
}
#endif

static long act_euid_root(char **args)
{
	(void)args;
	errno = EPERM;
	return geteuid() == 0 ? 0 : -1;
}

/* Never touched, so it costs the machine nothing. */
static long act_memory(char **args)
{
	const size_t piece = (size_t)1 << 30;

	for (long n = number(args[0]); n > 0; n--) {
		if (mmap(NULL, piece, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) == MAP_FAILED)
			return -1;
	}
	return 0;
}

static long act_fill(char **args)
{
	int fd = open(args[0], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	return fallocate(fd, 0, 0, number(args[1]) << 30);
}

static long act_files(char **args)
{
	for (long n = number(args[0]); n > 0; n--) {
		if (open("/dev/null", O_RDONLY | O_CLOEXEC) < 0)
			return -1;
	}
	return 0;
}

/* Says how many processes there were when no more could be made. */
static long act_processes(char **args)
{
	long n = 0;

	for (; n < number(args[0]); n++) {
		pid_t pid = fork();

		if (pid < 0) {
			(void)printf("%ld processes\n", n);
			errno = EAGAIN;
			return -1;
		}
		if (pid == 0) {
			(void)sleep(20);
			_exit(0);
		}
	}
	return n;
}

static const struct {
	const char *name;
	act_fn *act;
} acts[] = {
	{ "ptrace", act_ptrace },
	{ "vm_write", act_vm_write },
	{ "kill", act_kill },
	{ "rename", act_rename },
	{ "unix", act_unix },
	{ "abstract", act_abstract },
	{ "tcp", act_tcp },
	{ "udp", act_udp },
	{ "packet", act_packet },
	{ "raw", act_raw },
	{ "tiocsti", act_tiocsti },
	{ "mount", act_mount },
	{ "unshare", act_unshare },
	{ "clone", act_clone },
	{ "setns", act_setns },
	{ "chroot", act_chroot },
	{ "mknod", act_mknod },
	{ "io_uring", act_io_uring },
	{ "bpf", act_bpf },
	{ "keyctl", act_keyctl },
	{ "userfaultfd", act_userfaultfd },
	{ "handle", act_handle },
#ifdef __x86_64__
	{ "i386", act_i386 },
#endif
	{ "euid_root", act_euid_root },
	{ "memory", act_memory },
	{ "fill", act_fill },
	{ "files", act_files },
	{ "processes", act_processes },
};

int main(int argc, char **argv)
{
	char *args[4] = { NULL };

	for (int i = 2; i < argc && i < 5; i++)
		args[i - 2] = argv[i];
	for (size_t i = 0; argc > 1 && i < COUNTOF(acts); i++) {
		if (strcmp(argv[1], acts[i].name) != 0)
			continue;
		if (acts[i].act(args) < 0) {
			(void)printf("%s: %s\n", argv[1], strerror(errno));
			return 1;
		}
		(void)printf("ESCAPED\n");
		return 0;
	}
	return 2;
}
