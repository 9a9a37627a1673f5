/* SPDX-License-Identifier: MIT */
#ifndef NET_ADDRESS_H
#define NET_ADDRESS_H

#include <stdbool.h>

struct sockaddr;

/**
 * Whether a socket address is one of the public internet: not of this machine, a private network, a
 * link, a multicast group or a range that is reserved for something else (IANA's registries of
 * special-purpose addresses, RFC 6890). IPv6 forms that carry an IPv4 address are judged by it.
 * *ret_why: which range it is in ("loopback"), static; NULL when public. Any thread.
 */
bool address_is_public(const struct sockaddr *address, const char **ret_why);

#endif
