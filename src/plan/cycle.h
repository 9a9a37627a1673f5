/* SPDX-License-Identifier: MIT */
#ifndef PLAN_CYCLE_H
#define PLAN_CYCLE_H

#include <stddef.h>
#include <stdint.h>

/** What node i needs; *ret_n nodes. */
typedef const uint32_t *cycle_needs_fn(const void *data, uint32_t i, size_t *ret_n);

/**
 * Looks for a cycle among n nodes, in linear time and without recursion. Returns the number of
 * nodes of one cycle, each needing the next and the last the first, in *ret_nodes (caller frees);
 * 0 if there is none, or -ENOMEM.
 */
int cycle_find(uint32_t n, cycle_needs_fn *needs, const void *data, uint32_t **ret_nodes);

#endif
