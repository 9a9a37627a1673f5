/* SPDX-License-Identifier: MIT */
#ifndef PLAN_BUILD_H
#define PLAN_BUILD_H

#include "base/buf.h"
#include "plan/question.h"

/**
 * Builders write workflows (JSON text, for workflow_load()), each sized by what is asked of it.
 * Nothing is looked up here: what they need to know of the tree is given.
 */

/** Families of languages that are looked into alike. */
enum build_language {
	BUILD_C, /* and C++ */
	BUILD_PYTHON,
	BUILD_JS, /* and TypeScript */
	BUILD_RUST,
	BUILD_GO,
	BUILD_JVM, /* Java, Kotlin, Scala; C# too */
	BUILD_RUBY,
	BUILD_PHP,
	BUILD_SHELL,
	BUILD_LANGUAGES
};

/** How much a tree is: its files, as far as counted, and whether git knows it. */
struct build_tree {
	uint64_t n_files; /* BUILD_FILES_ENOUGH and more are all the same */
	uint64_t n_of[BUILD_LANGUAGES];
	bool has_git;
};

enum {
	BUILD_FILES_ENOUGH = 1001,
	BUILD_FILES_COUNTED = 20000, /* of these the languages of a tree are told */
};

/** Words to look for in a tree of this size: fewer than 100 files, up to 1,000, more. */
size_t build_codebase_words(const struct build_tree *tree);

/**
 * Exploring a code base for a question: about 12, 28 or 52 calls, in two waves. Wide: all names,
 * every word of the question (its Mentions in the question's order), the messages of commits.
 * Deep: the files of the commits that are most like the question, then the files that rank best,
 * to their ends. 0 or -ENOMEM.
 */
int build_codebase(const struct question *question, const struct build_tree *tree, struct buf *out);

/**
 * Getting to know a project: its layout, languages, entry points, build, tests, history, risks.
 * Wide: names by what they are for, lines by what they say (for the languages of the tree, those
 * with most files first); history: what git tells; deep: manifests, documents and the build of
 * continuous integration to their ends; entries: the heads of the files where programs begin.
 * Which files the last two read is for whoever runs the plan to choose. Each call of the first two
 * has an id that says what it is for. 0 or -ENOMEM.
 */
int build_discovery(const struct build_tree *tree, struct buf *out);

/** Phases of build_discovery(), besides BUILD_WIDE, BUILD_HISTORY and BUILD_DEEP. */
#define BUILD_ENTRIES "entries"

/**
 * Searching the web for a question: the searches that it comes to (plan/web_research.h); then the
 * pages that rank best by these are read, 6 to 16. The id of a search is its theme. has_code: there
 * is a workspace; its files that speak of the question are looked into, to tie pages to them. 0 or
 * -ENOMEM.
 */
struct web_research;
int build_web_research(const struct question *question, const struct web_research *research,
		       bool has_code, struct buf *out);

/* Names of its phases. */
#define BUILD_SEARCH "search"
#define BUILD_CODE "code"

/* The names of phases of build_codebase(). */
#define BUILD_WIDE "wide"
#define BUILD_HISTORY "history"
#define BUILD_DEEP "deep"

/** The form in which the wide phase asks for commits: between \x01 and the next one stand id,
 *  time, author and message, with \x02 between them. */
#define BUILD_LOG_FORMAT "%x01%H%x02%ct%x02%an%x02%B"

#endif
