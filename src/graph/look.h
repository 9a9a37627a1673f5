/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_LOOK_H
#define GRAPH_LOOK_H

#include "graph/claim.h"

/** How files are now: existence, number of lines, text of a line. data: the descriptor of the
 *  root (int *), beneath which alone it looks. Blocks on the disk. */
claim_look_fn look_now;

#endif
