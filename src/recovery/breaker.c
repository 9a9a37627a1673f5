/* SPDX-License-Identifier: MIT */
/*
 * The breaker. Each state has an epoch of its own; a report that carries an older one is of an
 * attempt that says nothing about the present state, and is dropped. So the calls that were under
 * way when it opened can neither close nor open it again.
 */
#include "recovery/breaker.h"

#include "base/random.h"

#include <assert.h>
#include <string.h>

enum { BIT_FAILED = 1, BIT_SLOW = 2, OPEN_PERCENT = 50, SLOW_PERCENT = 80, SLOW_FACTOR = 4 };

const char *breaker_state_name(enum breaker_state state)
{
	static const char *const names[] = { "closed", "open", "half_open", "forced_open" };

	return names[state];
}

void breaker_init(struct breaker *breaker, const struct breaker_conf *conf)
{
	memset(breaker, 0, sizeof(*breaker));
	(void)pthread_mutex_init(&breaker->mutex, NULL); /* cannot fail on Linux */
	breaker->conf = *conf;
	breaker->random_state = conf->seed;
	breaker->epoch = 1;
}

void breaker_release(struct breaker *breaker)
{
	(void)pthread_mutex_destroy(&breaker->mutex);
}

static void enter(struct breaker *self, enum breaker_state state)
{
	self->state = state;
	self->epoch += self->epoch == UINT32_MAX ? 2 : 1; /* 0 means: not asked */
	self->n_passed = 0;
	memset(self->probes_ns, 0, sizeof(self->probes_ns));
	if (state != BREAKER_CLOSED)
		return;
	/* What was usual before need not be so now. */
	self->n_seen = self->at = self->n_failed = self->n_slow = 0;
	self->n_times = self->times_at = 0;
	self->n_opened = 0;
}

static void open_for_now(struct breaker *self, uint64_t now_ns)
{
	uint64_t ms = BREAKER_OPEN_MS;
	uint64_t ns;

	for (unsigned i = 0; i < self->n_opened && ms < BREAKER_OPEN_MAX_MS; i++)
		ms *= 2;
	ns = (ms < BREAKER_OPEN_MAX_MS ? ms : BREAKER_OPEN_MAX_MS) * 1000000u;
	self->until_ns =
		now_ns + ns - ns / 5 + random_within(ns / 5 * 2, random_next(&self->random_state));
	self->n_opened++;
	enter(self, BREAKER_OPEN);
}

/* Time alone brings about: half open, and probes that are given up. */
static void catch_up(struct breaker *self, uint64_t now_ns)
{
	if (self->state == BREAKER_OPEN && now_ns >= self->until_ns)
		enter(self, BREAKER_HALF_OPEN);
	if (self->state != BREAKER_HALF_OPEN)
		return;
	for (int i = 0; i < BREAKER_PROBES; i++) {
		uint64_t start_ns = self->probes_ns[i];

		if (start_ns && now_ns >= start_ns &&
		    now_ns - start_ns >= self->conf.probe_max_ms * 1000000u) {
			open_for_now(self, now_ns);
			return;
		}
	}
}

static bool take_probe(struct breaker *self, uint64_t now_ns, struct breaker_ticket *ret_ticket)
{
	unsigned n_free = BREAKER_PROBES - self->n_passed, i_free = BREAKER_PROBES;

	for (unsigned i = 0; i < BREAKER_PROBES; i++) {
		if (self->probes_ns[i])
			n_free--;
		else
			i_free = i;
	}
	if (n_free == 0)
		return false;
	assert(i_free < BREAKER_PROBES);
	self->probes_ns[i_free] = now_ns ? now_ns : 1;
	*ret_ticket = (struct breaker_ticket){ self->epoch, i_free + 1 };
	return true;
}

static void begin(struct breaker *self, struct breaker_change *change)
{
	(void)pthread_mutex_lock(&self->mutex);
	*change = (struct breaker_change){ .from = self->state };
}

static void end(struct breaker *self, struct breaker_change *change)
{
	change->to = self->state;
	change->until_ns = self->state == BREAKER_OPEN ? self->until_ns : 0;
	change->n_failed = self->n_failed;
	change->n_slow = self->n_slow;
	change->n_seen = self->n_seen;
	(void)pthread_mutex_unlock(&self->mutex);
}

bool breaker_allow(struct breaker *breaker, uint64_t now_ns, struct breaker_ticket *ret_ticket,
		   uint64_t *ret_until_ns, struct breaker_change *ret_change)
{
	bool is_allowed = false;

	begin(breaker, ret_change);
	catch_up(breaker, now_ns);
	switch (breaker->state) {
	case BREAKER_CLOSED:
		*ret_ticket = (struct breaker_ticket){ breaker->epoch, 0 };
		is_allowed = true;
		break;
	case BREAKER_OPEN:
		*ret_until_ns = breaker->until_ns;
		break;
	case BREAKER_HALF_OPEN:
		is_allowed = take_probe(breaker, now_ns, ret_ticket);
		if (!is_allowed)
			*ret_until_ns = now_ns + BREAKER_RECHECK_MS * 1000000u;
		break;
	case BREAKER_FORCED_OPEN:
		*ret_until_ns = UINT64_MAX;
	}
	end(breaker, ret_change);
	return is_allowed;
}

static void sort_times(uint64_t *times, unsigned n)
{
	for (unsigned i = 1; i < n; i++) {
		uint64_t time = times[i];
		unsigned at = i;

		for (; at > 0 && times[at - 1] > time; at--)
			times[at] = times[at - 1];
		times[at] = time;
	}
}

/* Of the times before this one; slow ones are not added, or soon nothing would be slow. */
static bool is_slow(struct breaker *self, uint64_t run_ns)
{
	uint64_t sorted[BREAKER_TIMES];

	if (!self->conf.looks_at_times)
		return false;
	if (self->n_times >= BREAKER_WINDOW) {
		memcpy(sorted, self->times_ns, sizeof(sorted));
		sort_times(sorted, self->n_times);
		if (run_ns / SLOW_FACTOR > sorted[(self->n_times * 95 + 99) / 100 - 1])
			return true;
	}
	self->times_ns[self->times_at] = run_ns;
	self->times_at = (self->times_at + 1) % BREAKER_TIMES;
	self->n_times += self->n_times < BREAKER_TIMES;
	return false;
}

static void add_to_window(struct breaker *self, unsigned bits)
{
	unsigned char *slot = &self->window[self->at];

	if (self->n_seen == BREAKER_WINDOW) {
		self->n_failed -= *slot & BIT_FAILED;
		self->n_slow -= (*slot & BIT_SLOW) != 0;
	} else {
		self->n_seen++;
	}
	*slot = (unsigned char)bits;
	self->n_failed += bits & BIT_FAILED;
	self->n_slow += (bits & BIT_SLOW) != 0;
	self->at = (self->at + 1) % BREAKER_WINDOW;
}

static void report_closed(struct breaker *self, enum breaker_outcome outcome, uint64_t run_ns,
			  uint64_t now_ns)
{
	unsigned bits = outcome == BREAKER_FAILED ? BIT_FAILED : 0;

	if (!bits && is_slow(self, run_ns))
		bits = BIT_SLOW;
	add_to_window(self, bits);
	if (self->n_seen == BREAKER_WINDOW &&
	    (self->n_failed * 100 >= BREAKER_WINDOW * OPEN_PERCENT ||
	     self->n_slow * 100 >= BREAKER_WINDOW * SLOW_PERCENT))
		open_for_now(self, now_ns);
}

/* A probe that says nothing makes room for another. */
static void report_probe(struct breaker *self, struct breaker_ticket ticket,
			 enum breaker_outcome outcome, uint64_t now_ns)
{
	self->probes_ns[ticket.i_probe - 1] = 0;
	if (outcome == BREAKER_FAILED)
		open_for_now(self, now_ns);
	else if (outcome == BREAKER_PASSED && ++self->n_passed == BREAKER_PROBES)
		enter(self, BREAKER_CLOSED);
}

void breaker_report(struct breaker *breaker, struct breaker_ticket ticket,
		    enum breaker_outcome outcome, uint64_t run_ns, uint64_t now_ns,
		    struct breaker_change *ret_change)
{
	begin(breaker, ret_change);
	catch_up(breaker, now_ns);
	if (ticket.epoch == breaker->epoch) {
		if (ticket.i_probe)
			report_probe(breaker, ticket, outcome, now_ns);
		else if (outcome != BREAKER_IGNORED && breaker->state == BREAKER_CLOSED)
			report_closed(breaker, outcome, run_ns, now_ns);
	}
	end(breaker, ret_change);
}

void breaker_force(struct breaker *breaker, bool is_open, struct breaker_change *ret_change)
{
	begin(breaker, ret_change);
	if (is_open && breaker->state != BREAKER_FORCED_OPEN)
		enter(breaker, BREAKER_FORCED_OPEN);
	else if (!is_open && breaker->state == BREAKER_FORCED_OPEN)
		enter(breaker, BREAKER_CLOSED);
	end(breaker, ret_change);
}

enum breaker_state breaker_state(struct breaker *breaker)
{
	enum breaker_state state;

	(void)pthread_mutex_lock(&breaker->mutex);
	state = breaker->state;
	(void)pthread_mutex_unlock(&breaker->mutex);
	return state;
}
