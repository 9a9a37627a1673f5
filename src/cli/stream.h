/* SPDX-License-Identifier: MIT */
#ifndef CLI_STREAM_H
#define CLI_STREAM_H

#include <stdbool.h>

/**
 * A descriptor of the same pipe, terminal or socket as fd that does not block, while fd itself
 * keeps its mode: whoever shares it with us (the shell, a sibling) must not see O_NONBLOCK. A
 * pipe or a terminal is opened again through /proc, which gives it a mode of its own; a socket
 * cannot be, and is shared with its owner only. -ENOTSUP for what never blocks (files) or cannot
 * be polled. The caller closes it.
 */
int stream_open(int fd, bool for_writing);

#endif
