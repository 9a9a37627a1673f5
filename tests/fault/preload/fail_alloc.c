/* SPDX-License-Identifier: MIT */
/*
 * Preloaded: memory is short once. Of the allocations that the program itself makes (not those of
 * its shared libraries), the one whose number is FAIL_AT fails. FAIL_COUNT: a file that gets how
 * many there were, if the process ends by itself.
 */
#include <errno.h>
#include <link.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);

static atomic_long n_asked;
static long fail_at;
static uintptr_t code_begin, code_end;

/* The first one that is told of is the program. */
static int find_code(struct dl_phdr_info *info, size_t size, void *data)
{
	(void)size;
	(void)data;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		if (info->dlpi_phdr[i].p_type != PT_LOAD || !(info->dlpi_phdr[i].p_flags & PF_X))
			continue;
		code_begin = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
		code_end = code_begin + info->dlpi_phdr[i].p_memsz;
	}
	return 1;
}

__attribute__((constructor)) static void begin(void)
{
	const char *at = getenv("FAIL_AT");

	fail_at = at ? atol(at) : 0;
	(void)dl_iterate_phdr(find_code, NULL);
}

__attribute__((destructor)) static void end(void)
{
	const char *path = getenv("FAIL_COUNT");
	FILE *file = path ? fopen(path, "w") : NULL;

	if (!file)
		return;
	(void)fprintf(file, "%ld\n", (long)n_asked);
	(void)fclose(file);
}

static bool fails(const void *caller)
{
	uintptr_t at = (uintptr_t)caller;

	if (at < code_begin || at >= code_end || ++n_asked != fail_at)
		return false;
	errno = ENOMEM;
	return true;
}

void *malloc(size_t size)
{
	return fails(__builtin_return_address(0)) ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	return fails(__builtin_return_address(0)) ? NULL : __libc_calloc(n, size);
}

void *realloc(void *old, size_t size)
{
	return fails(__builtin_return_address(0)) ? NULL : __libc_realloc(old, size);
}
