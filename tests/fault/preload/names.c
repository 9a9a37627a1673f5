/* SPDX-License-Identifier: MIT */
/*
 * Preloaded: what names resolve to. NAMES is a list "name=answer|answer|… name=…"; each time a name
 * is asked for, its next answer is given, and the last again and again. An answer is addresses with
 * commas between them, in that order; "sleep" in it takes five seconds. Names that are not in the
 * list are the system's.
 */
#include <dlfcn.h>
#include <netdb.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { NAMES_MAX = 64, TEXT_MAX = 512 };

typedef int getaddrinfo_fn(const char *, const char *, const struct addrinfo *, struct addrinfo **);

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned n_asked[NAMES_MAX];

static getaddrinfo_fn *real(void)
{
	static getaddrinfo_fn *found;
	void *symbol;

	if (!found) {
		symbol = dlsym(RTLD_NEXT, "getaddrinfo");
		memcpy(&found, &symbol, sizeof(found));
	}
	return found;
}

/* The answers of a name, up to the next name; NULL = it is not in the list. */
static const char *find(const char *name, size_t *ret_len, unsigned *ret_nth)
{
	const char *at = getenv("NAMES");
	size_t len = strlen(name);

	for (unsigned i = 0; at && *at && i < NAMES_MAX; i++) {
		size_t whole = strcspn(at, " ");

		if (whole > len && strncasecmp(at, name, len) == 0 && at[len] == '=') {
			*ret_len = whole - len - 1;
			*ret_nth = i;
			return at + len + 1;
		}
		at += whole + (at[whole] == ' ');
	}
	return NULL;
}

static void take_answer(const char *answers, size_t len, unsigned nth, char answer[TEXT_MAX])
{
	for (unsigned i = 0;; i++) {
		const char *bar = memchr(answers, '|', len);
		size_t n = bar ? (size_t)(bar - answers) : len;

		if (i == nth || !bar) {
			(void)snprintf(answer, TEXT_MAX, "%.*s", (int)n, answers);
			return;
		}
		len -= n + 1;
		answers = bar + 1;
	}
}

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
		struct addrinfo **ret)
{
	struct addrinfo *first = NULL, **end = &first, numeric = *hints;
	char answer[TEXT_MAX], *saved = NULL;
	const char *answers;
	size_t len;
	unsigned i;

	answers = name ? find(name, &len, &i) : NULL;
	if (!answers)
		return real()(name, service, hints, ret);
	(void)pthread_mutex_lock(&lock);
	take_answer(answers, len, n_asked[i]++, answer);
	(void)pthread_mutex_unlock(&lock);
	numeric.ai_flags = (numeric.ai_flags & ~AI_ADDRCONFIG) | AI_NUMERICHOST;
	numeric.ai_family = AF_UNSPEC;
	for (char *part = strtok_r(answer, ",", &saved); part; part = strtok_r(NULL, ",", &saved)) {
		if (strcmp(part, "sleep") == 0) {
			(void)sleep(5);
			continue;
		}
		if (real()(part, service, &numeric, end) != 0)
			continue;
		while (*end)
			end = &(*end)->ai_next;
	}
	*ret = first;
	return first ? 0 : EAI_NONAME;
}
