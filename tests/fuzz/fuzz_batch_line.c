/* SPDX-License-Identifier: MIT */
/* Any bytes as a batch line: no crash, the same verdict on JSON as jansson, and a plan takes or
 * refuses each call with a reason. */
#include "../unit/fake_tools.h"
#include "plan/wire.h"

#include <stdlib.h>

/* From jansson.h, which clashes with our JSON writer (json_null). */
struct json_t;
struct json_t *json_loadb(const char *buffer, size_t len, size_t flags, void *error);
void json_delete(struct json_t *json);

enum { JSON_REJECT_DUPLICATES = 0x1, JSON_DECODE_ANY = 0x4, JSON_ALLOW_NUL = 0x10 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void compare_with_jansson(const struct syntax_text *text, struct arena *arena)
{
	struct problem problem = { 0 };
	struct value value;
	int r = syntax_read_json(text, arena, &value, &problem);
	struct json_t *oracle =
		json_loadb(text->data, text->len,
			   JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);

	/* Ours has a lower limit of depth and of the length of numbers; jansson takes a NUL outside
	 * of strings for the end of the text. */
	if ((r == 0) != (oracle != NULL) && !memchr(text->data, '\0', text->len) &&
	    problem.error.class != ERROR_LIMIT &&
	    !str_equal(problem.error.text, "the number is too long"))
		abort();
	if (oracle)
		json_delete(oracle); /* the only reference */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct syntax_text text = { .data = (const char *)data, .len = len, .line = 1 };
	struct plan *plan = plan_new("-");
	struct problem problem = { 0 };
	struct wire_line line = { 0 };
	uint32_t phase;

	if (!plan || plan_add_phase(plan, "batch", &phase, NULL) < 0)
		abort();
	if (wire_read(&text, &fake_toolbox, &plan->arena, &line, &problem) < 0) {
		if (!problem.error.text[0])
			abort();
		line.n_calls = 0;
	}
	for (size_t i = 0; i < line.n_calls; i++) {
		struct plan_call call = wire_plan_call(&line.calls[i], phase);

		if (line.calls[i].error.class == ERROR_NONE &&
		    plan_add_call(plan, &call, &problem) < 0 && !problem.error.text[0])
			abort();
	}
	compare_with_jansson(&text, &plan->arena);
	plan_free(plan);
	return 0;
}
