/* SPDX-License-Identifier: MIT */
#ifndef CLI_WAVE_H
#define CLI_WAVE_H

#include "base/map.h"
#include "base/vec.h"
#include "cli/lines.h"
#include "engine/engine.h"
#include "plan/wire.h"

#include <stdbool.h>
#include <stdint.h>

/**
 * Some lines of a batch that became one plan and one run. A line is answered as a whole when the
 * last of its calls has ended; a line that could not be read, or a call that could not be
 * planned, is answered with its error. Loop thread.
 */
enum { WAVE_LINES_MAX = 1024 };

/* One call of a line. */
struct slot {
	const char *id, *tool;     /* as the line said; in the plan's arena */
	uint32_t line;             /* index in the wave */
	uint32_t call;             /* index in the plan; SLOT_NO_CALL: see error */
	const struct error *error; /* in the plan's arena */
};

#define SLOT_NO_CALL UINT32_MAX

struct wave_line {
	unsigned number; /* of the input */
	enum wire_form form;
	uint32_t first, n; /* slots */
	uint32_t n_open;   /* calls that have not ended */
	bool is_written;
};

struct wave {
	struct map_node node; /* by run */
	struct wave *next;
	struct plan *plan;
	const struct secrets *secrets;
	struct run *run; /* NULL: no line had a call to run */
	struct VEC(struct wave_line) lines;
	struct VEC(struct slot) slots;
	struct VEC(uint32_t) slot_of_call;
	uint32_t phase;
	size_t next_line; /* keep-order: the first that is not written */
	size_t n_unwritten;
	size_t bytes;     /* what wave_bytes() said when it was started */
	bool is_finished; /* its run has ended */
};

struct spill;

/** secrets: kept out of errors; borrowed. NULL without memory. */
struct wave *wave_new(const struct secrets *secrets);
/** The run must have ended, or never have been started. Accepts NULL. */
void wave_free(struct wave *wave);

/** Adds what a line asks for. Only -ENOMEM is a failure: what is wrong with a line becomes its
 *  answer. */
int wave_add_line(struct wave *wave, const struct line *line, const struct toolbox *toolbox);
/** Adds a line that is not even looked at. */
int wave_add_bad_line(struct wave *wave, unsigned number, const struct error *error);

/** Writes the answer to a line into out. limit_bytes: of the whole line, SIZE_MAX = none. Outputs
 *  that had to be cut are written to the run's directory by way of spill, before it returns. */
int wave_write_line(const struct wave *wave, const struct wave_line *line, size_t limit_bytes,
		    struct spill *spill, struct buf *out);

/** Whether all of its calls came to a good end. */
bool wave_line_is_ok(const struct wave *wave, const struct wave_line *line);

/** Memory the wave holds, but for results. */
size_t wave_bytes(const struct wave *wave);

#endif
