/* SPDX-License-Identifier: MIT */
#ifndef CLI_SETTINGS_H
#define CLI_SETTINGS_H

struct options;

/**
 * Adds what the user's file, the file of the workspace (the working directory) and the VOLLEY_*
 * variables set to a parsed command line; each beats those before it, the command line beats all.
 * Negative when something is wrong with one of them: it has been told on standard error then.
 */
int settings_load(struct options *options);

#endif
