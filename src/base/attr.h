/* SPDX-License-Identifier: MIT */
#ifndef BASE_ATTR_H
#define BASE_ATTR_H

/* Compiler attributes under short names; both gcc 12 and clang 14 take them in gnu17. */
#define ATTR_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define ATTR_UNUSED __attribute__((unused))
#define ATTR_NODISCARD __attribute__((warn_unused_result))
#define ATTR_NORETURN __attribute__((noreturn))
#define ATTR_ALWAYS_INLINE inline __attribute__((always_inline))
#define ATTR_NOINLINE __attribute__((noinline))
#define ATTR_TARGET(isa) __attribute__((target(isa)))
#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

#define countof(array) (sizeof(array) / sizeof((array)[0]))
#define container_of(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))

/* Run cleanup_NAME(&variable) when the variable leaves its scope. */
#define CLEANUP(name) __attribute__((cleanup(cleanup_##name)))

#endif
