/* SPDX-License-Identifier: MIT */
/* The list of commands. */
#include "cli/command.h"

#include "base/str.h"

const struct command *const commands[COMMAND_COUNT] = {
#define COMMAND(name) &command_##name,
#include "cli/commands.def"
#undef COMMAND
};

const struct command *command_find(const char *name)
{
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		if (str_equal(commands[i]->name, name))
			return commands[i];
	return NULL;
}
