/* SPDX-License-Identifier: MIT */
/*
 * Known-answer check of the pattern library, run once before anything is linked with it. Some
 * builds with the same interface (Vectorscan 5.4.9) miss matches of end anchors after small
 * alternations, depending on where the text lies in memory; a search tool must not be built on
 * one. Exit status 0: right on every name, alignment and flag set.
 */
#include <hs/hs.h>

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { ALIGN_MAX = 64, NAME_MAX_LEN = 96 };

static const char *const patterns[] = {
	"\\.(?:c|h)$",
	"^(?:.*/)?[^/]*\\.(?:c|h)$",
};

static const struct {
	const char *text;
	bool matches;
} names[] = {
	{ "a.c", true },
	{ "main.h", true },
	{ "src/scan/walk.c", true },
	{ "arch/alpha/boot/bootp.c", true },
	{ "include/linux/mm_types_task.h", true },
	{ "drivers/gpu/drm/amd/display/dc/dml/dcn20/display_mode_vba_20v2.c", true },
	{ "c", false },
	{ "a.cc", false },
	{ "a.c.orig", false },
	{ "Documentation/process/coding-style.rst", false },
	{ "drivers/gpu/drm/amd/display/dc/dml/dcn20/Makefile", false },
};

static int on_match(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
		    void *data)
{
	(void)id, (void)from, (void)to, (void)flags;
	*(bool *)data = true;
	return 0;
}

static unsigned count_wrong(const hs_database_t *database, hs_scratch_t *scratch)
{
	_Alignas(ALIGN_MAX) char room[ALIGN_MAX + NAME_MAX_LEN];
	unsigned n_wrong = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t len = strlen(names[i].text);

		for (size_t align = 0; align < ALIGN_MAX; align++) {
			bool found = false;

			memset(room, 'x', sizeof(room));
			memcpy(room + align, names[i].text, len);
			if (hs_scan(database, room + align, (unsigned)len, 0, scratch, on_match,
				    &found) != HS_SUCCESS ||
			    found != names[i].matches)
				n_wrong++;
		}
	}
	return n_wrong;
}

static unsigned check_pattern(const char *pattern, unsigned flags)
{
	hs_database_t *database = NULL;
	hs_compile_error_t *error = NULL;
	hs_scratch_t *scratch = NULL;
	unsigned n_wrong = 1;

	if (hs_compile(pattern, flags, HS_MODE_BLOCK, NULL, &database, &error) == HS_SUCCESS &&
	    hs_alloc_scratch(database, &scratch) == HS_SUCCESS)
		n_wrong = count_wrong(database, scratch);
	if (n_wrong)
		(void)fprintf(stderr, "'%s' with flags %u: %u wrong answers\n", pattern, flags,
			      n_wrong);
	(void)hs_free_compile_error(error);
	(void)hs_free_scratch(scratch);
	(void)hs_free_database(database);
	return n_wrong;
}

int main(void)
{
	unsigned n_wrong = 0;

	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		n_wrong += check_pattern(patterns[i], HS_FLAG_DOTALL);
		n_wrong += check_pattern(patterns[i], HS_FLAG_DOTALL | HS_FLAG_SINGLEMATCH);
	}
	if (!n_wrong)
		return 0;
	(void)fprintf(stderr,
		      "this pattern library (%s) misses matches: install libhyperscan-dev 5.4.0 "
		      "(on amd64) in its place\n",
		      hs_version());
	return 1;
}
