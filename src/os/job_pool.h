/* SPDX-License-Identifier: MIT */
#ifndef OS_JOB_POOL_H
#define OS_JOB_POOL_H

#include "base/error.h"

/**
 * A pool of job slots that every make of every command shares, so that sixteen `make -j16` run
 * as many jobs as the machine has processors for, not 256.
 *
 *	PARENT/jobs-XXXXXX/      locked while its owner lives; what is not locked is removed
 *	  tokens                 a FIFO with one byte for each free job
 *	  lock                   how many jobs there are; locked by whoever holds a token
 *	  bin/make, bin/gmake    this very program: see job_make.h
 *	  agents/                slots of agents, see slot_pool.h, and their accounts
 *	  evidence/              what agents have found: files only, made by whoever needs it
 *
 * Bytes in a FIFO are gone when nobody has it open, so the owner keeps it open. Loop thread;
 * making one takes a millisecond.
 */
struct job_pool {
	char *dir;  /* NULL = there is none */
	int dir_fd; /* holds the lock */
	int tokens_fd;
};

struct job_pool_sizes {
	unsigned n_jobs, n_agents;
};

/** Makes parent, and what is above it, if need be; readable by the owner only. */
int job_pool_make(struct job_pool *pool, const char *parent, const struct job_pool_sizes *sizes,
		  struct error *err);

/** Removes it all. Accepts one that was never made. */
void job_pool_remove(struct job_pool *pool);

#endif
