/* SPDX-License-Identifier: MIT */
/* The JSON reader against jansson. In a file of its own: jansson and our JSON writer both have a
 * json_null(). */
#include "plan/syntax.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

/* Good and bad texts, each also with every byte changed to something nasty: jansson and our reader
 * must agree on which are JSON. Ours may stop earlier at depth, which none of these reach. */
static void agrees_with_jansson(void **state)
{
	static const char *const seeds[] = {
		"{\"id\":\"1\",\"tool\":\"Grep\",\"input\":{\"pattern\":\"x\\u00e9\\n\",\"-C\":2}}",
		"[1,-2,0.5,1e3,-1E-2,true,false,null,\"\",{},[]]",
		"{\"a\":\"\\ud83d\\ude00\xc3\xa9\xf0\x9f\x98\x80\",\"b\":[[[]]]}",
		" [ 123456789012345678 , 1.25e+2 ] ",
	};
	static const char nasty[] = "\"\\{}[],:0.-+eEu \t\n\x01\x7f\x80\xc3\xff"
				    "tx";
	struct arena arena;
	size_t n_good = 0, n_bad = 0;

	(void)state;
	arena_init(&arena, 1 << 28);
	for (size_t i = 0; i < countof(seeds); i++) {
		size_t len = strlen(seeds[i]);
		char *data = strdup(seeds[i]);

		for (size_t at = 0; at < len * (sizeof(nasty) - 1); at++) {
			struct syntax_text text = { .data = data, .len = len };
			size_t byte = at / (sizeof(nasty) - 1);
			struct value value;
			json_t *oracle;

			data[byte] = nasty[at % (sizeof(nasty) - 1)];
			oracle = json_loadb(
				data, len,
				JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
			if ((syntax_read_json(&text, &arena, &value, NULL) == 0) != !!oracle)
				fail_msg("jansson %s: %s", oracle ? "takes" : "refuses", data);
			n_good += !!oracle;
			n_bad += !oracle;
			json_decref(oracle);
			data[byte] = seeds[i][byte];
		}
		free(data);
	}
	arena_release(&arena);
	assert_true(n_good > 500 && n_bad > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(agrees_with_jansson) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
