/* SPDX-License-Identifier: MIT */
#ifndef OS_SANDBOX_H
#define OS_SANDBOX_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct arena;

/**
 * The confinement of commands: how strict, of what, and what of it is in force.
 *
 *	level       file system           writable                        hidden
 *	off         as the user has it    what the user may write         nothing
 *	workspace   read-only             root, private /tmp, /dev/shm    secrets, sockets, state
 *	strict      read-only             private /tmp, /dev/shm          secrets, sockets, state
 *
 * Both levels take away the network (unless asked for), every capability, most of what attacks
 * the kernel, and all that a command leaves running. See docs/decisions/0008-sandbox.md.
 */
enum sandbox_level { SANDBOX_OFF, SANDBOX_WORKSPACE, SANDBOX_STRICT, SANDBOX_LEVEL_COUNT };

/* Each wall by itself, so that a test can take one away and see what the others still stop. */
enum sandbox_layer {
	SANDBOX_MOUNTS = 1 << 0,     /* read-only, private and hidden places */
	SANDBOX_NETWORK = 1 << 1,    /* a network of its own, with nothing in it */
	SANDBOX_PROCESSES = 1 << 2,  /* a pid namespace and a /proc of each command's own */
	SANDBOX_LANDLOCK = 1 << 3,   /* files, TCP, abstract sockets and signals */
	SANDBOX_PRIVILEGES = 1 << 4, /* no capabilities, and no new ones from files */
	SANDBOX_SECCOMP = 1 << 5,    /* system calls */
	SANDBOX_LIMITS = 1 << 6,     /* processes, memory, files */
	SANDBOX_ALL = (1 << 7) - 1,
};

/** Strings are borrowed for as long as the spawner that has it. */
struct sandbox_conf {
	const char *root;         /* absolute and real; writable at SANDBOX_WORKSPACE */
	int root_fd;              /* the directory that is meant by it; not passed on */
	const char *home;         /* whose secrets are hidden, beside the user's own; or NULL */
	const char *state_dir;    /* hidden; or NULL */
	const char *const *shown; /* more that is to be seen although it may be in /tmp or
	                                 /run: read-only, but a FIFO in it can be written to;
	                                 NULL-terminated, or NULL */
	unsigned without;         /* bits of enum sandbox_layer; 0 but in tests */
};

/** One way to confine: a supervisor serves one. */
struct sandbox_profile {
	enum sandbox_level level;
	bool network; /* that of the machine */
};

/** What is in force, as the supervisor inside found it. */
struct sandbox_report {
	enum sandbox_level level;
	bool is_around;      /* us, too: see sandbox_around(); no more is known */
	char bwrap[16];      /* version, "0.8.0" */
	int landlock_abi;    /* 0 = none */
	bool network;        /* that of the machine, of some commands */
	bool seccomp;        /* a filter is loaded before exec */
	bool pid_namespace;  /* of each command */
	unsigned processes;  /* most that a command may have at once; 0 = no bound */
	uint64_t data_bytes; /* most private memory of one process; 0 = no bound */
};

/** For the environment of confined commands: "VOLLEY_SANDBOX=workspace". */
#define SANDBOX_NAME "VOLLEY_SANDBOX"

/**
 * The sandbox of another volley that we are in, as a command of it: there can be none within it,
 * and its walls are around all that we start. SANDBOX_OFF: we are in none.
 */
enum sandbox_level sandbox_around(void);

/** "off", "workspace", "strict". */
const char *sandbox_level_name(enum sandbox_level level);

/* The numbers under which bwrap inherits what it needs. */
enum { SANDBOX_FDS_MAX = 128, SANDBOX_FD_FIRST = 8 };

struct sandbox_command {
	const char *const *argv;   /* of bwrap, up to the program and what it is to be */
	const char *const *guards; /* files that no command may leave behind */
	unsigned n_empty;          /* how many empty files to inherit, from SANDBOX_FD_FIRST on */
};

/**
 * The command line of bwrap, in the arena; lists end in NULL. Makes .git/hooks and .git/config
 * where a repository beneath the root lacks them, as only what exists can be made read-only.
 * Refuses roots that cannot be confined, and repositories whose hooks or configuration are links.
 */
int sandbox_command(const struct sandbox_conf *conf, const struct sandbox_profile *profile,
		    struct arena *arena, struct sandbox_command *ret_command, struct error *err);

struct sandbox_process {
	int fd;      /* our end of the supervisor's socket */
	pid_t bwrap; /* our child */
	pid_t door;  /* the first process inside, as seen from here */
	int pidfd;   /* the same; owned by the caller, as fd is */
	struct sandbox_report report;
};

/** Starts a supervisor in a sandbox and waits until it has shown that it can confine a command;
 *  a few ms. An error says what is missing and how to go on. */
int sandbox_start(const struct sandbox_conf *conf, const struct sandbox_profile *profile,
		  struct sandbox_process *ret_process, struct error *err);

/** Kills all that is inside and waits, timeout_ms at most, until it is gone. Closes what start
 *  has opened. 0 or -ETIMEDOUT. */
int sandbox_end(struct sandbox_process *process, int timeout_ms);

#endif
