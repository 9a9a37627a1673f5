/* SPDX-License-Identifier: MIT */
#ifndef OS_SPAWN_WIRE_H
#define OS_SPAWN_WIRE_H

#include <stdint.h>

/**
 * What spawner.c and supervisor.c say to each other over a SOCK_SEQPACKET pair. Both are the same
 * program, so there is no version and no byte order.
 *
 *	to the supervisor     struct wire_request [+ the strings], with WIRE_FD_COUNT descriptors
 *	                      for WIRE_SPAWN (one more if the strings did not fit), else none
 *	from the supervisor   1 … WIRE_EVENTS_MAX of struct spawn_event
 */

#define WIRE_SUPERVISOR_NAME "volley-supervisor" /* argv[0] */

enum {
	WIRE_SOCKET = 3,             /* the supervisor's end */
	WIRE_INLINE_MAX = 32 * 1024, /* more bytes of strings than this go through a memfd */
	WIRE_STRINGS_MAX = 6 << 20,  /* the kernel never takes more: 3/4 of an 8 MiB stack */
	WIRE_EVENTS_MAX = 64,
};

enum wire_fd { WIRE_CWD, WIRE_STDIN, WIRE_STDOUT, WIRE_STDERR, WIRE_FD_COUNT };

enum wire_type { WIRE_SPAWN, WIRE_KILL };

struct wire_request {
	enum wire_type type;
	int signo; /* WIRE_KILL */
	uint64_t id;
	uint32_t n_argv, n_envp; /* strings, each with its NUL: argv, then envp */
	uint32_t n_bytes;        /* of all strings */
};

#endif
