/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_MANIFEST_H
#define GRAPH_MANIFEST_H

#include "base/arena.h"
#include "base/vec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * What files that describe a project say of it: its name and version, what it depends on, the
 * tasks it has, where it begins, what continuous integration runs. Readers take what they
 * understand, line by line, and pass over the rest: such files are foreign, and may be half
 * written or made for tools of another decade. Bounded: MANIFEST_ITEMS_MAX items, texts cut at
 * MANIFEST_TEXT_MAX bytes and without control characters. Any bytes, any thread.
 */
enum manifest_kind {
	MANIFEST_NONE,
	MANIFEST_MAKE,
	MANIFEST_AUTOMAKE,
	MANIFEST_AUTOCONF,
	MANIFEST_CMAKE,
	MANIFEST_MESON,
	MANIFEST_JUST,
	MANIFEST_NPM,
	MANIFEST_COMPOSER,
	MANIFEST_CARGO,
	MANIFEST_PYPROJECT,
	MANIFEST_SETUP_PY,
	MANIFEST_SETUP_CFG,
	MANIFEST_REQUIREMENTS,
	MANIFEST_TOX,
	MANIFEST_GO,
	MANIFEST_MAVEN,
	MANIFEST_GRADLE,
	MANIFEST_GEMFILE,
	MANIFEST_RAKE,
	MANIFEST_MSBUILD,
	MANIFEST_DEBIAN,
	MANIFEST_DOCKER,
	MANIFEST_CI,
	MANIFEST_KIND_COUNT
};

enum manifest_what {
	MANIFEST_NAME,
	MANIFEST_VERSION,
	MANIFEST_ABOUT,       /* one line on what it is */
	MANIFEST_LICENCE,     /* as written */
	MANIFEST_LANGUAGE,    /* which versions of its language it wants */
	MANIFEST_DEPENDENCY,  /* direct */
	MANIFEST_DEVELOPMENT, /* a dependency of those who work on it */
	MANIFEST_TASK,        /* name: a target, a script; value: what it does, or NULL */
	MANIFEST_PROGRAM,     /* name: of a program; value: the file or function it begins in */
	MANIFEST_STEP,        /* value: a command that is run */
	MANIFEST_TESTS,       /* tests are declared here */
	MANIFEST_TOOL,        /* name: a tool that is set up here */
	MANIFEST_OPEN,        /* it takes in other files or rules: what is not here may be there */
};

enum { MANIFEST_ITEMS_MAX = 4096, MANIFEST_TEXT_MAX = 200 };

struct manifest_item {
	enum manifest_what what;
	const char *name, *value; /* in the arena; may be NULL */
	uint32_t line;            /* that says so */
};

struct manifest {
	enum manifest_kind kind;
	struct VEC(struct manifest_item) items; /* in the order of the text */
};

/** By its name. */
enum manifest_kind manifest_kind_of(const char *path);
const char *manifest_kind_name(enum manifest_kind kind); /* "make", "npm" … */

/** 0 or -ENOMEM; release in any case. */
int manifest_read(enum manifest_kind kind, const char *text, size_t len, struct arena *arena,
		  struct manifest *ret_manifest);
void manifest_release(struct manifest *manifest);

/** The first item of that kind, or NULL. name NULL: any. */
const struct manifest_item *manifest_find(const struct manifest *manifest, enum manifest_what what,
					  const char *name);

#endif
