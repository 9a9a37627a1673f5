/* SPDX-License-Identifier: MIT */
#ifndef MODEL_EVENT_H
#define MODEL_EVENT_H

#include "model/call.h"

/**
 * What the bus carries, and all that the progress bar, the event stream, and later the journal,
 * HTTP and MCP hear of a run. A call that an agent makes is no call of the run's plan: of those
 * there is one event only, agent.call, when they have ended. Borrowed for the call
 * of the listener. Loop thread.
 */
enum event_type {
#define EVENT(id, name) EVENT_##id,
#include "model/event.def"
#undef EVENT
	EVENT_COUNT
};

/** A call is tried again; why is in event.text. */
struct event_retry {
	unsigned attempt; /* the one to come, from 2 */
	uint64_t wait_ms;
	const char *type, *action; /* of the failure; "retry", "split" or "other" */
};

/** What guards a tool or an endpoint is open, or is not any more; why is in event.text. */
struct event_breaker {
	const char *name, *from, *to;
	uint64_t until_ms; /* open: no attempt before this time of the run; else 0 */
};

struct event {
	enum event_type type;
	uint64_t t_ns;               /* since the run began */
	const char *run;             /* run id */
	const struct call *call;     /* call.*, agent.call */
	const char *agent;           /* agent.call: the id of the call that made this one */
	const char *phase;           /* phase.*, call.*: its name */
	const struct result *result; /* call.finished, agent.call */
	const char *text;            /* call.output: new output; others: the reason, or NULL */
	size_t text_len;
	const struct receipt *receipt;         /* phase.finished, run.finished: folded */
	uint64_t n_calls, n_batches;           /* run.planned, phase.*, run.finished */
	uint64_t by_status[CALL_STATUS_COUNT]; /* phase.finished, run.finished */
	int exit_status;                       /* run.finished */
	const struct event_retry *retry;       /* call.retry */
	const struct event_breaker *breaker;   /* breaker.changed */
	enum lane lane;                        /* limit.changed, of all runs: this one's */
	unsigned from, to; /* limit.changed: calls under way at once; 0 = none may start */
};

const char *event_type_name(enum event_type type);

#endif
