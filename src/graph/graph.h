/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_GRAPH_H
#define GRAPH_GRAPH_H

#include "base/arena.h"
#include "base/map.h"
#include "graph/fact.h"
#include "graph/names.h"
#include "model/blob.h"
#include "model/call.h"

/**
 * The knowledge graph of a run: what its calls said, as nodes and edges, with what was observed of
 * them and by whom. Facts go in as results arrive; what is in it does not depend on their order
 * (ids of nodes do: graph_order() gives an order that does not). Loop thread only. Everything is
 * owned by the graph; pointers into it hold until the next fact.
 */
enum node_kind {
	NODE_FILE,
	NODE_SYMBOL, /* in a file, or (file NODE_NONE) a name that somebody uses or brings in */
	NODE_MATCH,  /* a line that a query asked for */
	NODE_QUERY,  /* a call that searches or reads */
	NODE_COMMAND,
	NODE_DIAGNOSTIC,
	NODE_TEST,
	NODE_COMMIT,
	NODE_PAGE,
	NODE_DOMAIN,
	NODE_KIND_COUNT
};

enum relation {
	REL_CONTAINS,     /* file -> match, diagnostic; domain -> page */
	REL_DEFINES,      /* file -> symbol */
	REL_REFERENCES,   /* file -> symbol; page -> page (it links) */
	REL_IMPORTS,      /* file -> symbol (the name of a module or a file) */
	REL_MATCHES,      /* query -> match */
	REL_MENTIONS,     /* query -> file; page -> file */
	REL_PRODUCED_BY,  /* file, diagnostic, test, commit, page -> query or command */
	REL_CHANGED_WITH, /* file -> commit; file -> file */
	REL_COUNT
};

#define NODE_NONE UINT32_MAX

struct node {
	uint8_t kind;            /* enum node_kind */
	uint8_t sub;             /* symbol: enum symbol_kind; diagnostic: enum diagnostic_kind */
	uint32_t name;           /* in graph->names; of a match: 0 */
	uint32_t file;           /* the node it lies in, or NODE_NONE */
	uint32_t line, end_line; /* span; 0 = none */
	uint32_t next;           /* the next node in the same file */
	/* Evidence: bytes [at, at + len) of the body of call; len 0 = none. */
	uint32_t call, at, len; /* of a file: at is its size in bytes, as far as known */
	uint32_t hash;          /* of the text of its line; of a file: of what was read of it */
	int64_t time_ms; /* since 1970: when it was last seen; of a commit, a page: its own time */
};

struct edge {
	uint32_t from, to;
	uint32_t call; /* who says so; the lowest */
	uint32_t weight;
	uint8_t relation;
};

/** What can be observed of a node; one value at a time can be true. */
enum attribute {
	ATTR_EXISTS, /* file: 1 or 0 */
	ATTR_LENGTH, /* file: lines */
	ATTR_TEXT,   /* match: hash of the line */
	ATTR_PASSED, /* test: 1 or 0 */
	ATTR_ANSWER, /* command: hash of what it printed and its exit status */
	ATTR_COUNT
};

enum { OBSERVATION_CALLS = 4 };

/** One value that was observed, and the lowest of the calls that did. */
struct observation {
	uint32_t node;
	uint8_t attribute, n_calls;
	uint64_t value;
	uint32_t calls[OBSERVATION_CALLS];
	uint32_t next; /* another value of the same attribute of the node; UINT32_MAX = none */
	bool is_first; /* of its node and attribute */
};

/** A call that facts came from. */
struct source {
	const struct tool *tool;
	const char *id;    /* of the call */
	uint32_t node;     /* its query or command */
	struct blob *body; /* holds the evidence; may be NULL */
	int64_t time_ms;   /* when it ended, since 1970 */
	enum call_status status;
};

/** What was read of a file. */
struct reading {
	uint32_t file, call, line, n_lines, next;
	uint32_t *hashes; /* of its lines */
};

struct graph {
	struct arena arena;
	struct names names;
	struct VEC(struct node) nodes;
	struct VEC(struct edge) edges;
	struct VEC(struct observation) observations;
	struct VEC(struct source) sources; /* by call; tool NULL = has not ended */
	struct VEC(struct reading) readings;
	struct VEC(uint32_t) children, file_readings; /* by node: the first in the file */
	struct index_table node_table, edge_table, observation_table;
	size_t n_clashes; /* attributes with more than one value, as of now */
	bool is_out_of_memory;
};

struct graph *graph_new(void); /* NULL without memory */
void graph_free(struct graph *graph);

/**
 * A call has ended: what its facts come from. label: what was asked, the same for the same call;
 * copied. call: its number, in the run or behind those of the run, below GRAPH_CALLS_MAX. Before
 * its facts, once.
 */
enum { GRAPH_CALLS_MAX = 1 << 20 };
struct graph_call {
	uint32_t call;
	const struct tool *tool;
	const char *id, *label;
	enum node_kind kind; /* NODE_QUERY or NODE_COMMAND */
	struct blob *body;   /* borrowed; referenced if there is one */
	enum call_status status;
	int64_t time_ms;
};
void graph_add_call(struct graph *graph, const struct graph_call *call);

/** Takes facts of a call that was added. 0 or -ENOMEM (the graph then misses facts, for good). */
int graph_integrate(struct graph *graph, uint32_t call, const struct facts *facts);

/** Find; NODE_NONE if there is none. */
uint32_t graph_find_file(const struct graph *graph, const char *path, size_t len);

/** The head of the values that were observed of a node's attribute; UINT32_MAX: none was. */
uint32_t graph_find_observation(const struct graph *graph, uint32_t node, enum attribute attribute);

/** "" for a match; valid as long as the graph, whatever is added to it. */
const char *graph_name(const struct graph *graph, uint32_t node);
const char *graph_file_name(const struct graph *graph, uint32_t node); /* of the file it is in */

/** The text that shows a node, borrowed from its call's body. */
const char *graph_evidence(const struct graph *graph, const struct node *node, size_t *ret_len);

/**
 * An order of nodes, and of edges, that does not depend on the order of facts: by kind, file, line,
 * name; edges by their ends. ret_nodes: ids in order; ret_rank: by id, its place. malloc'd, the
 * caller frees. 0 or -ENOMEM.
 */
struct graph_order {
	uint32_t *nodes, *ranks, *edges;
};
int graph_order(const struct graph *graph, struct graph_order *ret_order);
void graph_order_release(struct graph_order *order);

const char *node_kind_name(enum node_kind kind);   /* "file", … */
const char *relation_name(enum relation relation); /* "contains", "produced-by", … */
const char *attribute_name(enum attribute attribute);

#endif
