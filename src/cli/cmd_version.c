/* SPDX-License-Identifier: MIT */
/* volley version: the program and the libraries it runs with. */
#include "cli/command.h"
#include "cli/options.h"

#define PCRE2_CODE_UNIT_WIDTH 8

#include <hs/hs.h>
#include <jansson.h>
#include <pcre2.h>
#include <stdio.h>
#include <uv.h>
#include <yaml.h>

static int version_run(const struct options *options)
{
	char pcre2[64] = "";

	(void)options;                                   /* takes none */
	(void)pcre2_config(PCRE2_CONFIG_VERSION, pcre2); /* cannot fail for this item */
	(void)printf("volley %s\n", VOLLEY_VERSION);
	(void)printf("hyperscan %s\npcre2 %s\nlibuv %s\njansson %s\nlibyaml %s\n", hs_version(),
		     pcre2, uv_version_string(), jansson_version_str(), yaml_get_version_string());
	return STATUS_OK;
}

const struct command command_version = {
	.name = "version",
	.summary = "the version of volley and of its libraries",
	.run = version_run,
};
