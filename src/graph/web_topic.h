/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_WEB_TOPIC_H
#define GRAPH_WEB_TOPIC_H

#include "graph/web_work.h"

/** Whether each of two pages has a thing of its own: a proper name of its title that its text
 *  speaks of, and that the other page knows nothing of. */
bool web_topics_differ(const struct web_draft *a, const struct web_draft *b);

/** Pages that answer to one owner, or that are copies of each other, get one origin. 0 or
 *  -ENOMEM. */
int web_find_origins(struct web_maker *maker);

/** Marks pages that are far older than the others, or of an older version of what these are
 *  about. */
void web_mark_stale(struct web_maker *maker);

#endif
