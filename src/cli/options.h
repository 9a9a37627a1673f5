/* SPDX-License-Identifier: MIT */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "base/error.h"
#include "cli/command.h"
#include "os/sandbox.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * The command line, checked. One table in options.c gives the names, arguments and help texts;
 * parsing, "did you mean" and --help all come from it. Strings are borrowed from argv.
 */
enum format {
	FORMAT_DEFAULT,
	FORMAT_MD,
	FORMAT_JSON,
	FORMAT_JSONL,
	FORMAT_RANGES, /* explore alone */
	FORMAT_DOT,    /* from here on: graph alone */
	FORMAT_GRAPHML,
	FORMAT_HTML,
};

enum {
	OPTION_TOKENS_MIN = 256, /* PLAN_TOKENS_MIN */
	OPTION_TOKENS_DEFAULT = 8000,
	OPTION_OPERANDS_MAX = 4096,
	OPTION_SETTINGS_MAX = 24,
};

struct options {
	const struct command *command;
	const char *dir;        /* -C; NULL = where we are */
	const char *search;     /* whom web searches ask; NULL = not given */
	uint64_t tokens;        /* 0 = not given */
	uint64_t timeout_ms;    /* 0 = none */
	unsigned max_instances; /* 0 = the lanes' defaults */
	unsigned jobs;          /* of make; 0 = processors */
	double load;            /* 0 = none */
	bool load_is_percent;
	uint64_t memfree_bytes; /* 0 = none */
	enum format format;
	enum sandbox_level sandbox; /* of commands */
	bool no_ignore, hidden, keep_order, quiet, explain, noswap, help;
	bool no_journal, retry_failed, cache;
	const char *indeterminate; /* what becomes of such calls; NULL = ask */
	int argc;                  /* the whole command line, borrowed */
	char **argv;
	bool is_bare;          /* secrets are not redacted */
	unsigned given;        /* bits of options that the command line has */
	const char **operands; /* owned: options_release() */
	size_t n_operands;
};

/** err: what a person typed wrong, with the nearest right word. */
int options_parse(int argc, char **argv, struct options *ret_options, struct error *err);
void options_release(struct options *options);

/** Whether the command line itself has the option ("--tokens"). */
bool options_is_given(const struct options *options, const char *name);

/** Whether the command heeds settings of files and variables. */
bool options_take_settings(const struct options *options);

/** The names of settings: of long options, without dashes. Returns how many there are. */
size_t options_setting_names(const char *ret_names[OPTION_SETTINGS_MAX]);

/**
 * Sets what the command line leaves open, and passes over what the command does not take; the
 * name and the value are checked in any case. Nothing is borrowed.
 */
int options_set(struct options *options, const char *name, const char *value, struct error *err);

/** Prints the options that a command takes; all of them for COMMAND_COUNT. */
void options_print(enum command_id command);

/** Text such as "512M", "1.5G" or "4096" (bytes) as bytes. K, M, G and T are powers of 1024. */
int options_size(const char *text, uint64_t *ret_bytes);

/** Text such as "90s", "500ms", "2m", "1h" or "1.5" (seconds) as milliseconds. */
int options_duration(const char *text, uint64_t *ret_ms);

#endif
