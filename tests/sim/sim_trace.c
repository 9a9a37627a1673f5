/* SPDX-License-Identifier: MIT */
#include "tests/sim/sim.h"

#include "base/map.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void add(struct sim_trace *trace, const char *text)
{
	struct sim_line *line = &trace->lines[trace->n++ % countof(trace->lines)];

	(void)snprintf(line->text, sizeof(line->text), "%s", text);
	trace->hash = hash_bytes(trace->hash, line->text, strlen(line->text));
	if (trace->prints)
		printf("%s\n", line->text);
}

static void add_at(struct sim *sim, const char *text)
{
	char line[256];

	(void)snprintf(line, sizeof(line), "%u %10.3f ms  %s", sim->i_life,
		       (double)(sim->now_ns - sim->life_start_ns) / SIM_MS, text);
	add(&sim->trace, line);
}

void sim_say(struct sim *sim, const char *format, ...)
{
	char text[200];
	va_list args;

	if (sim->is_down)
		return;
	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	add_at(sim, text);
}

void sim_break(struct sim *sim, const char *rule, const char *format, ...)
{
	char text[300];
	va_list args;

	if (*sim->broken)
		return;
	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	(void)snprintf(sim->broken, sizeof(sim->broken), "%s: %s", rule, text);
	add_at(sim, "BROKEN");
	sim->is_over = true;
}

void sim_print_lines(const struct sim_trace *trace)
{
	size_t n = countof(trace->lines);

	for (size_t i = trace->n > n ? trace->n - n : 0; i < trace->n; i++)
		printf("\t%s\n", trace->lines[i % n].text);
}
