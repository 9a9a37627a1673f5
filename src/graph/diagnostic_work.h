/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_DIAGNOSTIC_WORK_H
#define GRAPH_DIAGNOSTIC_WORK_H

#include "base/attr.h"
#include "graph/diagnostic.h"
#include "graph/diagnostic_read.h"

#include <stdbool.h>

/*
 * One pass over lines. Each line's first byte and shape choose the few rows that may know it; a
 * row's function either takes the line and opens a group (a head and, for traces, its frames) or
 * does nothing. While a group is open, its more() sees each line first: it takes what belongs to
 * the group, and the first line that does not ends it. Groups are told when they end, so that a
 * place or a name that comes later than the message can be filled in.
 */
struct parser;

/** The line is p->line. true: it belongs to the open group, or it opened one. */
typedef bool line_fn(struct parser *p);

/** Shape of a line. A row has those that it needs. */
enum shape {
	SHAPE_FLUSH = 1,        /* no blank before the first byte */
	SHAPE_INDENTED = 2,     /* or the contrary */
	SHAPE_PLACE = 4,        /* first ':' is followed by a digit; "C:" does not count */
	SHAPE_COLON_BLANK = 8,  /* first ':' is followed by a blank or '(' */
	SHAPE_PAREN_DIGIT = 16, /* first '(' is followed by a digit */
	SHAPE_LINE_END = 32,    /* ends in a digit, or in a digit and '.' */
	SHAPE_COLONS = 64,      /* first ':' is followed by another */
	SHAPE_COUNT = 128,
};

struct row {
	const char *first; /* bytes that such a line may begin with, after blanks; NULL: any */
	unsigned shape;
	line_fn *take;
};

/* The families; each ends with a row of zeroes. Earlier rows and families come first. */
extern const struct row rows_build[], rows_memory[], rows_place[], rows_pytest[], rows_script[],
	rows_suite[], rows_test[], rows_trace[];

enum { DIRECTORIES_MAX = 16 };

struct parser {
	/* The line. */
	struct span line;     /* without blanks and CR at its end */
	struct span body;     /* without blanks in front */
	struct span previous; /* the line before, body only */
	const char *colon;    /* the first, of a line that is looked at by rows; NULL: none */
	size_t indent;        /* blanks in front */
	uint32_t number;      /* of the line, from 1 */

	/* The open group. */
	struct diagnostic head;
	struct diagnostic frames[DIAGNOSTIC_FRAMES_MAX];
	size_t n_frames;
	line_fn *more;         /* NULL: none is open */
	bool is_unsure;        /* without a frame (rustc: an arrow) it was something else */
	bool is_newest_last;   /* frames: Python */
	unsigned step;         /* more()'s own */
	size_t margin;         /* more()'s own: blanks in front of the head */
	struct span directory; /* in force */

	/* What lines before have said. */
	struct span context_file, context_symbol; /* "a.c: In function 'f':" */
	struct span list_file;                    /* eslint: whose problems are listed */
	struct span place_file;                   /* node: the place it prints before a trace */
	struct span place_symbol, place_message;  /* go: of the last test that said something */
	uint32_t told_line;                       /* the last that a group reached */
	uint32_t context_line, context_end, list_number, place_line, place_number;
	int32_t last_problem, last_crash; /* indexes, or -1 */
	const char *last_problem_tool;
	unsigned runners; /* enum runner: seen in this output */
	struct span directories[DIRECTORIES_MAX];
	size_t n_directories;

	/* Where it goes. */
	diagnostic_found_fn *found;
	void *context;
	size_t n_found, max;
	int status;
};

enum runner {
	RUNNER_JEST = 1,
	RUNNER_VITEST = 2,
	RUNNER_PYTEST = 4,
	RUNNER_TAP = 8,
	RUNNER_MOCHA = 16,
	RUNNER_RSPEC = 32,
	RUNNER_PHPUNIT = 64,
};

/** Ends the open group and opens another, on this line; p->head is the new one, otherwise empty. */
struct diagnostic *group_open(struct parser *p, enum diagnostic_kind kind, const char *tool,
			      line_fn *more);
void group_close(struct parser *p);
/** Without telling of it. */
void group_drop(struct parser *p);
/** The open group reaches to this line. Always true, for more() to return. */
bool group_extend(struct parser *p);
/** A frame of the open group, on this line. More than DIAGNOSTIC_FRAMES_MAX: the middle is lost. */
void group_frame(struct parser *p, const struct diagnostic *frame);

/** The open group began at this line if nothing has been told since. */
void group_begin(struct parser *p, uint32_t line);

/** more() of what is one line. */
line_fn more_nothing;

/* What several families know. */

/** Of "a.rb:3:in `f': text (NoMethodError)" and "a_test.cc:12: Failure", after the place. */
bool take_ruby(struct parser *p, const struct diagnostic *place, struct reading in);
bool take_google_failure(struct parser *p, const struct diagnostic *place, struct reading in);

/** Python's 'File "a.py", line 3, in f'. */
bool take_python_frame(struct reading in, struct diagnostic *frame);
/** What javac says below an error; Maven leaves out the source line. */
enum javac_step { JAVAC_SOURCE, JAVAC_DETAILS };
line_fn more_javac;
/** "at NAME(PLACE)" and "at PLACE" of Java, JavaScript and .NET; tool: "java", "node", "dotnet". */
bool take_at_frame(struct span body, struct diagnostic *frame, const char **ret_tool);

#endif
