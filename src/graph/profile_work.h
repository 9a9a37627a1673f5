/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_PROFILE_WORK_H
#define GRAPH_PROFILE_WORK_H

#include "base/buf.h"
#include "graph/manifest.h"
#include "graph/profile.h"
#include "graph/rank.h"

/* What the parts of a profile are made from; only graph/profile*.c include this. */

struct work_manifest {
	const struct project_file *file;
	struct manifest manifest;
	bool is_whole; /* all of it was read */
};

struct profile_work {
	const struct profile_conf *conf;
	struct profile *profile;
	struct project project;
	struct project_entries entries;
	struct VEC(struct work_manifest) manifests; /* nearest to the root first */
	uint64_t code_bytes;                        /* of our own code */
	size_t n_code, n_tests;                     /* files */
};

/* Adds a copy of the point's struct; its texts must live as long as the profile. */
void profile_add(struct profile_work *work, enum profile_section section,
		 const struct profile_point *point);
const char *profile_text(struct profile_work *work, const char *format, ...) ATTR_PRINTF(2, 3);
/* A copy without control characters, cut at max bytes. */
const char *profile_copy(struct profile_work *work, const char *text, size_t len, size_t max);

/* The first manifest of the kind in a directory: "" the root. */
const struct work_manifest *profile_manifest(const struct profile_work *work,
					     enum manifest_kind kind, const char *directory);
/* The directory of a path: its length, 0 for the root. */
size_t profile_dir_len(const char *path);
/* "1.2 MB" */
const char *profile_bytes(struct profile_work *work, uint64_t bytes);

/* Lines of a file that was read. */
struct text_lines {
	struct file_text text;
	uint32_t i;
};
bool profile_open(const struct profile_work *work, const struct project_file *file,
		  struct text_lines *ret_lines);
/* False at the end; *ret_line is the number. */
bool profile_next(struct text_lines *lines, const char **ret_text, size_t *ret_len,
		  uint32_t *ret_line);
void profile_close(struct text_lines *lines);
/* The first sentence of a document: its title, or what follows it. NULL if there is none. */
const char *profile_about(struct profile_work *work, const struct project_file *file,
			  bool wants_title, uint32_t *ret_line);

/* What the first comment of a program says it does, if it was read; NULL if nothing does. */
const char *profile_head(struct profile_work *work, const struct project_file *file);

/* Parts. */
void profile_layout(struct profile_work *work);    /* languages, directories */
void profile_entries(struct profile_work *work);   /* entry points */
void profile_commands(struct profile_work *work);  /* build, test */
void profile_documents(struct profile_work *work); /* read first, dependencies, conventions */
void profile_history(struct profile_work *work);   /* history, hot files */
void profile_setup(struct profile_work *work);     /* configuration */
void profile_risks(struct profile_work *work);
void profile_clashes(struct profile_work *work);

#endif
