/* SPDX-License-Identifier: MIT */
/* volley help: the commands, or one command and its options. */
#include "cli/command.h"
#include "cli/options.h"

#include <stdio.h>

static void print_commands(void)
{
	(void)printf("usage: volley [options] COMMAND [options] [operands]\n\n"
		     "volley runs a hundred tool calls as one.\n\ncommands:\n");
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		char name[48];

		(void)snprintf(name, sizeof(name), "%s%s%s", commands[i]->name,
			       commands[i]->operands ? " " : "",
			       commands[i]->operands ? commands[i]->operands : "");
		(void)printf("  %-26s %s\n", name, commands[i]->summary);
	}
	(void)printf("\noptions:\n");
	options_print(COMMAND_COUNT);
	(void)printf("\nexit status: 0 all calls succeeded, 1 some call failed, 2 usage or "
		     "invalid workflow,\n3 volley itself failed, 4 stopped by a halt policy, "
		     "124 deadline reached,\n130 interrupted\n");
}

static int print_command(const char *name)
{
	const struct command *command = command_find(name);

	if (!command) {
		(void)fprintf(stderr, "volley: no help on '%s'; try 'volley help'\n", name);
		return STATUS_USAGE;
	}
	(void)printf("usage: volley %s [options]%s%s\n\n%s\n\noptions:\n", name,
		     command->operands ? " " : "", command->operands ? command->operands : "",
		     command->summary);
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		if (commands[i] == command)
			options_print((enum command_id)i);
	return STATUS_OK;
}

static int help_run(const struct options *options)
{
	if (options->n_operands)
		return print_command(options->operands[0]);
	print_commands();
	return STATUS_OK;
}

const struct command command_help = {
	.name = "help",
	.operands = "[COMMAND]",
	.summary = "the commands, or the options of one",
	.max_operands = 1,
	.run = help_run,
};
