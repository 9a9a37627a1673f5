/* SPDX-License-Identifier: MIT */
/* Preloaded: libraries that are opened late are there 300 ms later than usual. */
#include <dlfcn.h>
#include <stddef.h>
#include <time.h>

void *dlopen(const char *name, int flags)
{
	static void *(*next)(const char *name, int flags);
	const struct timespec wait = { .tv_nsec = 300000000 };

	if (!next)
		next = (void *(*)(const char *, int))dlsym(RTLD_NEXT, "dlopen");
	(void)nanosleep(&wait, NULL); /* a signal makes it shorter, no more */
	return next(name, flags);
}
