/* SPDX-License-Identifier: MIT */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <stddef.h>

/**
 * A command: one file cmd_NAME.c that defines command_NAME, and a row in commands.def. run() gets
 * checked options and returns the exit status.
 */
enum command_id {
#define COMMAND(name) COMMAND_##name,
#include "cli/commands.def"
#undef COMMAND
	COMMAND_COUNT
};

/* Statuses of the process, as the manual page lists them. */
enum exit_status {
	STATUS_OK = 0,
	STATUS_FAILED = 1,     /* some call failed */
	STATUS_USAGE = 2,      /* usage, or an invalid workflow */
	STATUS_BROKEN = 3,     /* volley itself failed */
	STATUS_STOPPED = 4,    /* a halt policy or a systemic failure ended the run */
	STATUS_DEADLINE = 124, /* partial answer */
	STATUS_INTERRUPTED = 130,
};

struct options;
struct running;
struct error;

struct command {
	const char *name;
	const char *operands; /* "FILE|-", for help */
	const char *summary;
	unsigned min_operands, max_operands;
	int (*run)(const struct options *options);
	/* Of a question, whose workflow and answer are the command's own; run is running_built()
	 * then. Fills in what *running lacks but for the options: the root, if there is none, the
	 * plan and its text, what the answer is made with. release follows in any case. */
	int (*plan)(struct running *running, struct error *err);
	void (*release)(struct running *running);
};

#define COMMAND(name) extern const struct command command_##name;
#include "cli/commands.def"
#undef COMMAND

extern const struct command *const commands[COMMAND_COUNT];

/** NULL if there is no such command (yet). */
const struct command *command_find(const char *name);

#endif
