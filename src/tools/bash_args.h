/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_BASH_ARGS_H
#define TOOLS_BASH_ARGS_H

/* The inputs of Bash, by their places in its table. */
enum bash_arg {
	BASH_COMMAND,
	BASH_TIMEOUT,
	BASH_DESCRIPTION,
	BASH_CWD,
	BASH_ENV,
	BASH_STDIN,
	BASH_NEEDS,
	BASH_LOCKS,
	BASH_IDEMPOTENT,
	BASH_CREATES,
	BASH_NETWORK,
	BASH_SANDBOX,
};

#endif
