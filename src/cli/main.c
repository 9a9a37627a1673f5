/* SPDX-License-Identifier: MIT */
/* volley: the command line. */
#include "cli/command.h"
#include "cli/diag.h"
#include "cli/options.h"
#include "cli/settings.h"
#include "os/core_limit.h"
#include "os/job_make.h"
#include "os/supervisor.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

/* Only commands that print with stdio end here with something in it. */
static int finish_stdout(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	if (errno == EPIPE)
		return status; /* the reader has what it wants */
	diag_say("cannot write to standard output");
	return STATUS_BROKEN;
}

int main(int argc, char **argv)
{
	struct options options;
	struct error err;
	int status = supervisor_main_if_asked(argc, argv);

	if (status < 0)
		status = job_make_main_if_asked(argc, argv);
	if (status >= 0)
		return status;
	core_limit_set();
	(void)signal(SIGPIPE, SIG_IGN); /* writes say EPIPE instead, */
	(void)signal(SIGXFSZ, SIG_IGN); /* or EFBIG */
	if (options_parse(argc, argv, &options, &err) < 0) {
		diag_error(&err);
		return STATUS_USAGE;
	}
	if (options.help && options.command != &command_help) {
		options.operands[0] = options.command->name;
		options.n_operands = 1;
		options.command = &command_help;
	}
	if (options.dir && chdir(options.dir) < 0) {
		(void)error_errno(&err, errno, "cannot work in '%s'", options.dir);
		diag_error(&err);
		options_release(&options);
		return STATUS_USAGE;
	}
	status = settings_load(&options) < 0 ? STATUS_USAGE : options.command->run(&options);
	options_release(&options);
	return finish_stdout(status);
}
