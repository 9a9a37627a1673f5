/* SPDX-License-Identifier: MIT */
/* Names of events, from the one list. */
#include "model/event.h"

const char *event_type_name(enum event_type type)
{
	static const char *const names[] = {
#define EVENT(id, name) [EVENT_##id] = (name),
#include "model/event.def"
#undef EVENT
	};

	return names[type];
}
