/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_MANIFEST_READ_H
#define GRAPH_MANIFEST_READ_H

#include "graph/manifest.h"

/* What the readers of manifests share; only graph/manifest*.c include this. */

/* A piece of the text. */
struct piece {
	const char *at;
	size_t len;
};

struct manifest_reader {
	struct manifest *manifest;
	struct arena *arena;
	const char *text;
	size_t len;
	/* The line in hand, without its end; from manifest_next(). */
	const char *next;
	struct piece line;
	uint32_t number;
	bool is_out_of_memory;
};

/* False at the end of the text. */
bool manifest_next(struct manifest_reader *reader);

/* Adds an item of the line in hand; a piece without bytes is none (NULL). Names are needed for
 * all but steps, tests and what is open. */
void manifest_add(struct manifest_reader *reader, enum manifest_what what, struct piece name,
		  struct piece value);
void manifest_add_str(struct manifest_reader *reader, enum manifest_what what, const char *name,
		      struct piece value);

#define NO_PIECE ((struct piece){ NULL, 0 })

struct piece piece_trim(struct piece piece);
bool piece_is(struct piece piece, const char *text);
bool piece_starts(struct piece piece, const char *text);
/* Behind the first `text` in the piece; false if it is not there. */
bool piece_after(struct piece piece, const char *text, struct piece *ret_rest);
/* Up to the first byte that is one of stops. */
struct piece piece_until(struct piece piece, const char *stops);
/* The first bytes that names of packages are made of: letters, digits, and those of `more`. */
struct piece piece_name(struct piece piece, const char *more);
struct piece piece_skip(struct piece piece, size_t n);
/* What stands in the first quotes, of either kind; false if nothing does. *ret_rest is behind. */
bool piece_quoted(struct piece piece, struct piece *ret_inside, struct piece *ret_rest);
bool piece_has(struct piece piece, const char *text);

/* Every string in quotes becomes an item, by its first name characters. */
void manifest_add_quoted(struct manifest_reader *reader, enum manifest_what what,
			 struct piece piece);

typedef void manifest_read_fn(struct manifest_reader *reader);

manifest_read_fn manifest_read_make, manifest_read_automake, manifest_read_autoconf,
	manifest_read_cmake, manifest_read_meson, manifest_read_just, manifest_read_npm,
	manifest_read_composer, manifest_read_cargo, manifest_read_pyproject,
	manifest_read_setup_py, manifest_read_setup_cfg, manifest_read_requirements,
	manifest_read_tox, manifest_read_go, manifest_read_maven, manifest_read_gradle,
	manifest_read_gemfile, manifest_read_rake, manifest_read_msbuild, manifest_read_debian,
	manifest_read_docker, manifest_read_ci;

#endif
