/* SPDX-License-Identifier: MIT */
/* YAML or JSON? A text that starts with a bracket may be either. It is read as JSON first, for JSON
 * has texts that libyaml refuses (surrogate pairs, tabs, a key and its colon on two lines). If it
 * is neither, the reader that got further understood it better: its complaint is the one given. */
#include "plan/syntax.h"

#include <string.h>

static bool looks_like_json(const struct syntax_text *text)
{
	size_t i = 0;

	while (i < text->len && strchr(" \t\r\n", text->data[i]) && text->data[i])
		i++;
	return i < text->len && (text->data[i] == '{' || text->data[i] == '[');
}

static bool is_before(const struct place *a, const struct place *b)
{
	return a->line != b->line ? a->line < b->line : a->column < b->column;
}

int syntax_read(const struct syntax_text *text, struct arena *arena, struct value *ret_value,
		struct problem *ret_problem)
{
	struct syntax_text body = *text;
	struct problem as_json;
	int r;

	if (body.len >= 3 && memcmp(body.data, "\xef\xbb\xbf", 3) == 0) {
		body.data += 3; /* a byte order mark */
		body.len -= 3;
	}
	if (!looks_like_json(&body))
		return syntax_read_yaml(&body, arena, ret_value, ret_problem);
	if (syntax_read_json(&body, arena, ret_value, &as_json) == 0)
		return 0;
	r = syntax_read_yaml(&body, arena, ret_value, ret_problem);
	if (r < 0 && ret_problem && !is_before(&as_json.place, &ret_problem->place))
		*ret_problem = as_json;
	return r;
}
