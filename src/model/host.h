/* SPDX-License-Identifier: MIT */
#ifndef MODEL_HOST_H
#define MODEL_HOST_H

#include "model/call.h"
#include "model/search.h"
#include "model/spend.h"
#include "os/sandbox.h"

/**
 * What a tool may ask of the engine without knowing it. One host per running call, valid until
 * host_finish(). Loop thread only.
 */
struct host;

/* Borrowed for the call, except stdin_data, which must stay until the child is done. */
struct host_child {
	const char *const *argv; /* argv[0] is looked up in the PATH of envp */
	const char *const *envp; /* whole environment */
	const char *cwd;         /* beneath the root, relative to it or absolute; NULL = root */
	const char *stdin_data;  /* NULL = /dev/null */
	size_t stdin_len;
	uint64_t timeout_ms; /* TERM to the group, then KILL after grace_ms */
	uint64_t grace_ms;   /* 0 = 2 s; less when the run is stopped */
	enum sandbox_level sandbox;
	bool network;      /* of the machine; without a sandbox it is there anyway */
	size_t keep_bytes; /* of each stream: half from the head, half from the tail;
	                             0 = 30,000 */
};

/** How a child ended. Blobs are owned by the receiver. */
struct child_outcome {
	int spawn_errno; /* not 0: it never ran */
	bool lost;       /* its exit is unknown */
	int status;      /* as from waitpid() */
	bool timed_out, cancelled;
	bool run_timed_out;          /* and that was the end of the run's time */
	uint64_t timed_out_after_ms; /* its own timeout, or the end of the run's time */
	struct blob *out, *err;      /* what was kept, with a line naming the gap where cut; NULL:
	                             no memory */
	bool cut;
	const char *spool_path; /* all of the output, when cut; borrowed for the call. NULL: the
	                             rest is lost (the disk is full, say) */
	uint64_t cpu_us, max_rss_kb;
	uint64_t redacted; /* secrets replaced in out and err, and in the spool */
};

/** Exactly once for each child that was run, never from inside run_child(). */
typedef void host_child_done_fn(struct host *host, const struct call *call,
				struct child_outcome *own_outcome);

/** A call of the agents lane: where it stands in its tree. */
struct host_agent {
	const struct call *call;
	const struct host_agent *above; /* that called it, in this process; NULL = none did */
	unsigned depth, depth_max;      /* 1 = the run's own */
	const char *const *marks;       /* variables of its processes, NULL-terminated */
};

/** Calls of volley's tools. Borrowed until they are begun. */
struct host_nest_call {
	const char *tool;
	const char *input; /* JSON: an object; need not end in NUL */
	size_t input_len;  /* 0 = none */
};

struct host_nest {
	const struct host_nest_call *calls;
	size_t n;
	const char *const *tools; /* names of those that may be called, NULL-terminated */
	/* Whether an input may not be given; NULL = all may. */
	bool (*is_kept)(const struct tool *tool, const struct arg_spec *spec);
	uint64_t timeout_ms; /* of all of them together; 0 = none */
};

/** The results in the order of the calls, gone when it returns; n is 0 without memory. */
typedef void host_nest_done_fn(struct host *host, const struct call *call,
			       const struct result *const *results, size_t n);

/** Each exactly once for what was begun, never from inside of that. */
typedef void host_transfer_done_fn(struct host *host, const struct call *call,
				   struct transfer_outcome *own_outcome);
typedef void host_search_done_fn(struct host *host, const struct call *call,
				 struct search_outcome *own_outcome);
/** On a worker thread; is_stopped: the call was told to end. */
typedef void host_work_fn(void *data, const atomic_bool *is_stopped);
typedef void host_work_done_fn(struct host *host, const struct call *call, void *data);

typedef void host_wait_done_fn(struct host *host, const struct call *call);

struct host_ops {
	/** One at a time. */
	int (*run_child)(struct host *host, const struct host_child *child,
			 host_child_done_fn *done, struct error *err);
	/** These, too, one at a time. What was stopped ends with ERROR_CANCELLED, or ERROR_TIMEOUT
	 *  when the time of the run is up. data is the work's until it is done. */
	int (*transfer)(struct host *host, const struct transfer_request *request,
			host_transfer_done_fn *done, struct error *err);
	int (*search)(struct host *host, const struct search_query *query,
		      host_search_done_fn *done, struct error *err);
	int (*work)(struct host *host, host_work_fn *body, void *data, host_work_done_fn *done,
		    struct error *err);
	/** So many milliseconds, or until the call is told to end. */
	int (*wait)(struct host *host, uint64_t ms, host_wait_done_fn *done, struct error *err);
	/** The calls run side by side; what is wrong with one is its result. Only for calls of the
	 *  agents lane. */
	int (*nest)(struct host *host, const struct host_nest *nest, host_nest_done_fn *done,
		    struct error *err);
	/** For calls of the agents lane: they have cost so much, and may still spend so much. */
	void (*spend)(struct host *host, const struct spend *cost);
	struct spend (*left)(struct host *host);
	/** The end of the call; contents of *own_result move. The host is gone after it. */
	void (*finish)(struct host *host, struct result *own_result);
};

struct host {
	const struct host_ops *ops;
	const struct call *call;
	const char *const *environ; /* volley's own environment */
	const char *run_id;
	int root_fd; /* the root of its paths, and where that is */
	const char *root_path;
	enum sandbox_level sandbox;     /* the least that commands are to be confined */
	const struct host_agent *agent; /* NULL = the call is not of that lane */
	const char *const *marks;       /* variables of its commands, if an agent calls; or NULL */
	search_conf_fn *search;         /* whom searches ask; NULL = nobody */
	void *search_data;
	uintptr_t tool_data; /* the tool's own; 0 at the start */
};

#endif
