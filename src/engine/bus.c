/* SPDX-License-Identifier: MIT */
/* The bus: an array in order of arrival; removal during a delivery only empties the slot. */
#include "engine/bus.h"

#include "base/vec.h"

#include <errno.h>

int bus_add(struct bus *bus, event_fn *listener, void *data)
{
	if (bus->n >= BUS_LISTENERS_MAX ||
	    !vec_grow((void **)&bus->items, &bus->cap, bus->n, 1, sizeof(*bus->items)))
		return -ENOMEM;
	bus->items[bus->n++] = (struct bus_listener){ listener, data, ++bus->last_handle };
	return bus->last_handle;
}

static void drop_removed(struct bus *bus)
{
	size_t n = 0;

	for (size_t i = 0; i < bus->n; i++) {
		if (bus->items[i].fn)
			bus->items[n++] = bus->items[i];
	}
	bus->n = n;
	bus->has_removed = false;
}

void bus_remove(struct bus *bus, int handle)
{
	for (size_t i = 0; i < bus->n; i++) {
		if (bus->items[i].handle == handle) {
			bus->items[i].fn = NULL;
			bus->has_removed = true;
		}
	}
	if (bus->has_removed && bus->depth == 0)
		drop_removed(bus);
}

void bus_fire(struct bus *bus, struct run *run, const struct event *event)
{
	size_t n = bus->n;

	bus->depth++;
	for (size_t i = 0; i < n; i++) {
		struct bus_listener listener = bus->items[i]; /* items may move */

		if (listener.fn)
			listener.fn(listener.data, run, event);
	}
	bus->depth--;
	if (bus->has_removed && bus->depth == 0)
		drop_removed(bus);
}

void bus_release(struct bus *bus)
{
	vec_release(bus);
}
