/* SPDX-License-Identifier: MIT */
#ifndef MODEL_TOOL_H
#define MODEL_TOOL_H

#include "model/call.h"

#include <stdatomic.h>

/**
 * What a tool is: a table row that the engine calls without knowing it. A tool has one of two
 * shapes. Calls of a fusing tool (Glob, Grep, Read) are gathered and run in one pass by their
 * fuser, on a worker thread that starts threads of its own. Other tools are started on the loop
 * thread and finish through their host.
 */
enum tool_flags {
	TOOL_PURE = 1 << 0,   /* same input and same files, same result: cacheable */
	TOOL_RERUN = 1 << 1,  /* may be tried again */
	TOOL_WRITES = 1 << 2, /* may change the world */
	TOOL_FINAL = 1 << 3,  /* tries again by itself: its failure stands */
};

/** Checks what arg_spec cannot say. *ret_arg: index of the guilty argument. Loop thread. */
typedef int tool_check_fn(const struct args *args, size_t *ret_arg, struct error *err);

struct host;

/** Starts a call. Exactly one host_finish() follows, now or later, unless this fails. */
typedef int tool_start_fn(struct host *host, const struct call *call, struct error *err);

enum { TOOL_ENDPOINT_MAX = 272 };

/** Whom a call will ask, "host:port": what fails there is laid to that, not to the tool. False:
 *  nobody outside of this machine. Loop thread. */
typedef bool tool_endpoint_fn(const struct call *call, char out[TOOL_ENDPOINT_MAX]);

struct fuse_job;
struct cache;

/** A call of a fused job is done; ownership of *result's contents moves. Any thread; may be
 *  called at the same time for different calls. */
typedef void fuse_done_fn(void *data, size_t i_call, struct result *own_result);

/** A call found something: a few output lines, for progress. Any thread. */
typedef void fuse_found_fn(void *data, size_t i_call, const char *text, size_t len);

struct fuse_conf {
	int root_fd;
	const char *root_path;
	const struct call *const *calls;
	size_t n_calls;
	unsigned n_threads;
	uint64_t deadline_ns; /* 0 = none */
	const atomic_bool *cancel;
	const char *spool_dir; /* for output that is too big for memory */
	struct cache *cache;   /* of results; NULL = none */
	fuse_done_fn *done;
	fuse_found_fn *found; /* may be NULL */
	void *data;
};

/** One pass for many calls. run() blocks and calls done() exactly once for each call. */
struct fuser {
	const char *name;
	int (*run)(const struct fuse_conf *conf, struct error *err);
};

struct tool {
	const char *name;           /* "Grep" */
	const char *const *aliases; /* more accepted names, NULL-terminated, or NULL */
	const char *summary;
	const struct arg_spec *args;
	enum lane lane;
	unsigned flags;       /* enum tool_flags */
	tool_check_fn *check; /* or NULL */
	tool_start_fn *start; /* or NULL: fuser is set */
	const struct fuser *fuser;
	tool_endpoint_fn *endpoint; /* or NULL */
	const char *brief_key;      /* argument that a bare string stands for: "pattern" */
	const char *rerun_keys[2];  /* arguments by which a call says that TOOL_RERUN holds for
	                          it, or NULL */
};

/** Whether doing the call twice does no more harm than once. */
bool tool_may_rerun(const struct call *call);

/** By name or alias, letter case, '-' and '_' ignored. NULL if unknown. */
const struct tool *tool_find(const struct tool *const *tools, size_t n, const char *name);

#endif
