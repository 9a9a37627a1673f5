/* SPDX-License-Identifier: MIT */
#ifndef MODEL_CALL_H
#define MODEL_CALL_H

#include "base/error.h"
#include "model/args.h"
#include "model/blob.h"
#include "model/receipt.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum lane { LANE_CODEBASE, LANE_BASH, LANE_WEB_SEARCH, LANE_AGENTS, LANE_COUNT };

const char *lane_name(enum lane lane);
unsigned lane_default_limit(enum lane lane); /* codebase 48, bash 16, web_search 32, agents 4 */

/** Values are on the wire and never renumbered. */
enum call_status {
	CALL_OK = 0,
	CALL_FAILED = 1,
	CALL_TIMEOUT = 2,
	CALL_CANCELLED = 3,
	CALL_DENIED = 4,
	CALL_SKIPPED = 5,
	CALL_INDETERMINATE = 6,
	CALL_STATUS_COUNT
};

const char *call_status_name(enum call_status status); /* "ok", "failed", … */

/** How many calls have each status, as an object that leaves out what none has. */
void call_statuses_write(const uint64_t by_status[CALL_STATUS_COUNT], struct json_write *json);

struct tool;

/** What a call asks for that is only known when its phase starts: it is taken from what an earlier
 *  phase found. Whoever runs the plan fills it in (api/coordinator.h). */
enum late_what {
	LATE_FILE,    /* Read: the path of the file of that rank */
	LATE_PAGE,    /* WebFetch: the address of the page of that rank */
	LATE_COMMITS, /* Bash: standard input is the ids of the best `rank` commits, one a line */
};

struct call_late {
	enum late_what what;
	const char *from_name; /* the phase, as written */
	struct place place;
	uint32_t from; /* the phase, once it is linked */
	uint32_t rank; /* from 1 */
};

/** One tool invocation. Immutable once planned; lives in the arena of its plan. */
struct call {
	const char *id; /* the caller's, or "PHASE.N" */
	const struct tool *tool;
	struct args args;
	const struct value *input; /* as given (for echoing); may be NULL */
	uint32_t index;            /* position in the plan: the order of answers */
	uint32_t phase;            /* index of its phase */
	struct place place;
	const struct call_late *late; /* NULL = all of it is known */
	bool is_settled;              /* late, but what it is is known from an earlier process */
};

/* Payloads, as the tools' clients know them. Strings are in blobs of the result. */
struct glob_output {
	uint64_t n_files; /* in `body` */
	uint64_t total_matches;
	uint64_t offset; /* how many of them were left out first */
	bool truncated, count_is_complete;
};

enum grep_mode {
	GREP_FILES,
	GREP_CONTENT,
	GREP_COUNT,
	GREP_MENTIONS, /* of the tool Mentions: lines of scan/mention.h */
	GREP_MODE_COUNT
};

struct grep_output {
	enum grep_mode mode;
	uint64_t n_files;                      /* in the page that is shown */
	uint64_t n_lines;                      /* content: output lines shown */
	uint64_t n_matches;                    /* count: sum of counts shown */
	uint64_t total_files;                  /* over the whole tree */
	uint64_t total_lines;                  /* content: output lines over the whole tree */
	int64_t applied_limit, applied_offset; /* -1 = not applied */
};

struct read_output {
	const char *file_path; /* in the result's arena */
	uint64_t n_lines, start_line, total_lines;
};

struct bash_output {
	int exit_code; /* -1 when ended by a signal */
	int signo;     /* 0 = none */
	bool interrupted;
	uint64_t timed_out_after_ms; /* 0 = no */
	const char *raw_output_path; /* where all of the output is, or NULL */
	struct blob *err;            /* standard error; `body` is standard output */
};

/* `body` is a page a line, best first, each a JSON object: {"url","title","passage","published"
 * (seconds since 1970; not there: not said),"by":["brave","docs"]}. */
struct web_search_output {
	uint64_t n_pages;
	uint64_t n_requests; /* of providers, hedges and other providers too */
	const char *missing; /* why some were asked in vain, a line each; in the result's arena */
};

/* `body` is the page as Markdown, or what of it answers the prompt. */
struct web_fetch_output {
	const char *url, *title; /* in the end; in the result's arena */
	int status;              /* of HTTP */
	uint64_t n_bytes;        /* as it came, decompressed */
	int64_t published_s;     /* since 1970; 0 = not said */
	bool is_beside_prompt;   /* it was shortened, and no paragraph shares a word with it */
};

/* `body` is the last answer of the agent. */
struct agent_output {
	uint64_t n_calls; /* that it made of volley's tools */
	uint64_t tokens_in, tokens_out;
	uint64_t cost_usd_e6; /* millionths of a dollar */
	bool has_cost;        /* all of it is known */
	uint64_t tree_tokens; /* with those of all agents below it */
	uint64_t tree_usd_e6; /* the same, as far as it is known */
	unsigned depth;       /* 1 = the run's own agents */
	const char *role;     /* or NULL */
};

enum payload_type {
	PAYLOAD_NONE,
	PAYLOAD_GLOB,
	PAYLOAD_GREP,
	PAYLOAD_READ,
	PAYLOAD_BASH,
	PAYLOAD_WEB_SEARCH,
	PAYLOAD_WEB_FETCH,
	PAYLOAD_AGENT
};

/**
 * What became of a call. Owned by the run until it is freed. A failing tool is data (status and
 * error); it never stops the run by itself.
 */
struct result {
	enum call_status status;
	struct error error; /* class ERROR_NONE when status is CALL_OK */
	enum payload_type payload;
	/* Glob: file names, one a line (a newline inside a name is kept: see body_is_nul).
	 * Grep: content lines, file names or path:count lines. Read: `cat -n` lines.
	 * Bash: standard output. Others: see their outputs. */
	struct blob *body;
	bool body_is_nul; /* items of body end in NUL, not newline (Glob, Grep in files mode) */
	union {
		struct glob_output glob;
		struct grep_output grep;
		struct read_output read;
		struct bash_output bash;
		struct web_search_output web_search;
		struct web_fetch_output web_fetch;
		struct agent_output agent;
	};
	struct receipt receipt;
	unsigned attempts;
	uint64_t queued_ns, run_ns;
	uint64_t cpu_us, max_rss_kb; /* of children */
	struct arena *arena;         /* malloc'd; owns the strings above; NULL = none */
};

/** It came to an error: the status that belongs to its class, and why nothing is complete. */
void result_fail(struct result *result, const struct error *error);

/** Lets go of all it owns and leaves it empty. Accepts NULL. */
void result_release(struct result *result);

#endif
