/* SPDX-License-Identifier: MIT */
#ifndef OS_SPAWN_WIRE_H
#define OS_SPAWN_WIRE_H

#include "os/sandbox.h"

#include <stdbool.h>
#include <stdint.h>

/**
 * What spawner.c and supervisor.c say to each other over a SOCK_SEQPACKET pair. Both are the same
 * program, so there is no version and no byte order.
 *
 *	to the supervisor     in a sandbox, first: struct wire_box and its strings; then
 *	                      struct wire_request [+ the strings], with descriptors for
 *	                      WIRE_SPAWN (up to two more), else none
 *	from the supervisor   in a sandbox, first: one byte, of the door, then
 *	                      struct wire_box_ready; then
 *	                      1 … WIRE_EVENTS_MAX of struct spawn_event
 *
 * Into a sandbox no descriptor of a directory is sent: it would be a way out.
 */

#define WIRE_SUPERVISOR_NAME "volley-supervisor" /* argv[0], or argv[1] in a sandbox */
#define WIRE_PROGRAM_PATH "/proc/self/fd/4"      /* of a sandbox: the program, by descriptor */

enum {
	WIRE_SOCKET = 3,             /* the supervisor's end */
	WIRE_PROGRAM = 4,            /* only until it is executed */
	WIRE_INLINE_MAX = 32 * 1024, /* more bytes of strings than this go through a memfd */
	WIRE_STRINGS_MAX = 6 << 20,  /* the kernel never takes more: 3/4 of an 8 MiB stack */
	WIRE_EVENTS_MAX = 64,
};

/* The directory comes last, as it is not sent into a sandbox. */
enum wire_fd { WIRE_STDIN, WIRE_STDOUT, WIRE_STDERR, WIRE_CWD, WIRE_FD_COUNT };

enum wire_type { WIRE_SPAWN, WIRE_KILL };

struct wire_request {
	enum wire_type type;
	int signo; /* WIRE_KILL */
	uint64_t id;
	uint32_t n_argv, n_envp; /* strings, each with its NUL: argv, then envp, */
	uint32_t n_cwd;          /* then, in a sandbox, one: the directory beneath the root */
	uint32_t n_bytes;        /* of all strings */
	/* Descriptors that follow those of enum wire_fd, in this order. */
	bool has_witness, has_memfd; /* for the end of it; with the strings */
	uint64_t witness_key;
};

struct wire_box {
	enum sandbox_level level;
	unsigned layers; /* bits of enum sandbox_layer */
	bool network;
	uint64_t root_dev, root_ino; /* what is meant by the root's path */
	uint32_t n_shown;            /* strings: the root, that many that are shown, guards */
};

struct wire_box_ready {
	struct sandbox_report report;
	int code;      /* errno; 0 = ready */
	char what[64]; /* that could not be done */
};

#endif
