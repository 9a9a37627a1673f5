/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_BUS_H
#define ENGINE_BUS_H

#include "engine/engine.h"

/** Who listens to events. Loop thread; embedded in the engine. */
struct bus_listener {
	event_fn *fn; /* NULL: removed while an event was delivered */
	void *data;
	int handle;
};

struct bus {
	struct bus_listener *items; /* in the order they were added */
	size_t n, cap;
	unsigned depth; /* of deliveries under way: a listener may cause events */
	bool has_removed;
	int last_handle;
};

enum { BUS_LISTENERS_MAX = 1024 };

int bus_add(struct bus *bus, event_fn *listener, void *data); /* handle, -ENOMEM */
void bus_remove(struct bus *bus, int handle);
void bus_release(struct bus *bus);

/** To all that listened when this began and still do, in the order they were added. */
void bus_fire(struct bus *bus, struct run *run, const struct event *event);

#endif
