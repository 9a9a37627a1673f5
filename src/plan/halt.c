/* SPDX-License-Identifier: MIT */
/* The halt policy's small grammar: WHEN,WHAT=N or WHEN,WHAT=N%. */
#include "plan/halt.h"

#include "base/str.h"

#include <errno.h>
#include <stdlib.h>

static const char *const whens[] = {
	[HALT_NEVER] = "never",
	[HALT_SOON] = "soon",
	[HALT_NOW] = "now",
};
static const char *const whats[] = {
	[HALT_FAIL] = "fail",
	[HALT_SUCCESS] = "success",
	[HALT_DONE] = "done",
};

/* The word at the start of *at that ends in `end`; moves *at behind it. */
static int take_word(const char **at, char end, const char *const *words, int n)
{
	for (int i = 0; i < n; i++) {
		size_t len = strlen(words[i]);

		if (strncmp(*at, words[i], len) == 0 && (*at)[len] == end) {
			*at += len + (end != '\0');
			return i;
		}
	}
	return -1;
}

static int take_limit(const char *at, struct halt_policy *halt)
{
	char *end;
	unsigned long n;

	if (*at < '0' || *at > '9' || strlen(at) > 8)
		return -1;
	n = strtoul(at, &end, 10);
	halt->is_percent = *end == '%';
	halt->limit = (double)n;
	if (end[halt->is_percent] != '\0' || n < 1)
		return -1;
	return n > (halt->is_percent ? 100u : (unsigned)PLAN_CALLS_MAX) ? -1 : 0;
}

int halt_parse(const char *text, struct halt_policy *ret_halt, struct error *err)
{
	struct halt_policy halt = { 0 };
	const char *at = text;
	int when, what;

	if (str_equal(text, whens[HALT_NEVER])) {
		*ret_halt = halt;
		return 0;
	}
	when = take_word(&at, ',', whens, (int)countof(whens));
	what = when < 0 ? -1 : take_word(&at, '=', whats, (int)countof(whats));
	if (when <= HALT_NEVER || what < 0 || take_limit(at, &halt) < 0)
		return error_set(err, ERROR_INVALID, EINVAL,
				 "halt is 'never' or like 'soon,fail=1', 'now,fail=10%%', "
				 "'soon,success=1' or 'now,done=50%%'; not '%.40s'",
				 text);
	halt.when = (enum halt_when)when;
	halt.what = (enum halt_what)what;
	*ret_halt = halt;
	return 0;
}

void halt_write(const struct halt_policy *halt, struct buf *buf)
{
	buf_add_str(buf, whens[halt->when]);
	if (halt->when != HALT_NEVER)
		buf_printf(buf, ",%s=%.0f%s", whats[halt->what], halt->limit,
			   halt->is_percent ? "%" : "");
}
