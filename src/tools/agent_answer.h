/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_AGENT_ANSWER_H
#define TOOLS_AGENT_ANSWER_H

#include "base/buf.h"
#include "model/spend.h"

#include <stdbool.h>

/**
 * What an agent's command line printed. Some print their answer as text; some as one JSON object
 * ("result", "response", "text", …); some as a line of JSON for each thing that happens, the answer
 * among them. With it they say what it cost.
 */
enum agent_output_form { AGENT_OUTPUT_AUTO, AGENT_OUTPUT_TEXT, AGENT_OUTPUT_JSON };

enum { AGENT_ANSWER_MAX = 4 << 20 };

struct agent_answer {
	struct buf text;
	uint64_t tokens_in, tokens_out, usd_e6;
	uint64_t tokens_cached;   /* of tokens_in, */
	uint64_t tokens_written;  /* these too: to a cache */
	bool has_usage, has_cost; /* it said so */
	bool is_error;            /* it says that the text is one */
};

/**
 * Reads it. AUTO: what is no JSON with an answer in it, is the answer. JSON: it is an error.
 * 0, -EBADMSG or -ENOMEM; release in any case.
 */
int agent_answer_read(const char *data, size_t len, enum agent_output_form form,
		      struct agent_answer *ret_answer);
void agent_answer_release(struct agent_answer *answer);

#endif
