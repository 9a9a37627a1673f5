/* SPDX-License-Identifier: MIT */
/*
 * IANA's registries of special-purpose addresses, every row: those too that are reachable in part,
 * because no page of the public web is there. Of IPv6 only 2000::/3 has been given out; what is
 * outside it is refused without a row.
 */
#include "net/address.h"

#include "base/attr.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

struct range4 {
	uint32_t first;
	unsigned bits;
	const char *what;
};

#define IP4(a, b, c, d) ((uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d))

static const struct range4 ranges4[] = {
	{ IP4(0, 0, 0, 0), 8, "this network" },
	{ IP4(10, 0, 0, 0), 8, "a private network" },
	{ IP4(100, 64, 0, 0), 10, "a provider's shared range" },
	{ IP4(127, 0, 0, 0), 8, "loopback" },
	{ IP4(169, 254, 0, 0), 16, "link-local" },
	{ IP4(172, 16, 0, 0), 12, "a private network" },
	{ IP4(192, 0, 0, 0), 24, "reserved for protocols" },
	{ IP4(192, 0, 2, 0), 24, "reserved for documentation" },
	{ IP4(192, 31, 196, 0), 24, "reserved for protocols" },
	{ IP4(192, 52, 193, 0), 24, "reserved for protocols" },
	{ IP4(192, 88, 99, 0), 24, "reserved for protocols" },
	{ IP4(192, 168, 0, 0), 16, "a private network" },
	{ IP4(192, 175, 48, 0), 24, "reserved for protocols" },
	{ IP4(198, 18, 0, 0), 15, "reserved for benchmarks" },
	{ IP4(198, 51, 100, 0), 24, "reserved for documentation" },
	{ IP4(203, 0, 113, 0), 24, "reserved for documentation" },
	{ IP4(224, 0, 0, 0), 4, "multicast" },
	{ IP4(255, 255, 255, 255), 32, "broadcast" },
	{ IP4(240, 0, 0, 0), 4, "reserved" },
};

struct range6 {
	unsigned char first[16];
	unsigned bits;
	const char *what;
	unsigned at4; /* where it carries an IPv4 address, which decides; 0 = nowhere */
};

/* The first that fits decides. */
static const struct range6 ranges6[] = {
	{ { 0 }, 128, "unspecified", 0 },
	{ { [15] = 1 }, 128, "loopback", 0 },
	{ { [10] = 0xff, [11] = 0xff }, 96, NULL, 12 },                   /* ::ffff:0:0, mapped */
	{ { 0x00, 0x64, 0xff, 0x9b }, 96, NULL, 12 },                     /* NAT64 */
	{ { 0x00, 0x64, 0xff, 0x9b, 0, 1 }, 48, "a private network", 0 }, /* NAT64, local use */
	{ { 0x01 }, 63, "a sink", 0 },                                    /* 100::, 100:0:0:1:: */
	{ { 0x20, 0x01, 0, 0 }, 32, NULL, 4 },                            /* Teredo: its server */
	{ { 0x20, 0x01, 0x00 }, 23, "reserved for protocols", 0 },
	{ { 0x20, 0x01, 0x0d, 0xb8 }, 32, "reserved for documentation", 0 },
	{ { 0x20, 0x02 }, 16, NULL, 2 }, /* 6to4 */
	{ { 0x26, 0x20, 0, 0x4f, 0x80 }, 48, "reserved for protocols", 0 },
	{ { 0x3f, 0xff }, 20, "reserved for documentation", 0 },
	{ { 0x5f }, 16, "reserved for routing", 0 },
	{ { 0xfc }, 7, "a private network", 0 },
	{ { 0xfe, 0x80 }, 10, "link-local", 0 },
	{ { 0xfe, 0xc0 }, 10, "site-local", 0 },
	{ { 0xff }, 8, "multicast", 0 },
};

static const char *why_not4(uint32_t address)
{
	for (size_t i = 0; i < countof(ranges4); i++) {
		if ((address ^ ranges4[i].first) >> (32 - ranges4[i].bits) == 0)
			return ranges4[i].what;
	}
	return NULL;
}

static uint32_t ip4_at(const unsigned char *bytes)
{
	return IP4(bytes[0], bytes[1], bytes[2], bytes[3]);
}

static bool starts_with(const unsigned char *address, const unsigned char *first, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	return memcmp(address, first, whole) == 0 &&
	       (rest == 0 || (address[whole] ^ first[whole]) >> (8 - rest) == 0);
}

static const char *why_not6(const unsigned char address[16])
{
	static const unsigned char teredo[4] = { 0x20, 0x01, 0, 0 };

	for (size_t i = 0; i < countof(ranges6); i++) {
		const struct range6 *range = &ranges6[i];
		const char *why = range->what;

		if (!starts_with(address, range->first, range->bits))
			continue;
		if (range->at4)
			why = why_not4(ip4_at(address + range->at4));
		/* The client behind it has its bits turned over. */
		if (!why && starts_with(address, teredo, 32))
			why = why_not4(~ip4_at(address + 12));
		return why;
	}
	return address[0] >> 5 == 1 ? NULL : "reserved";
}

bool address_is_public(const struct sockaddr *address, const char **ret_why)
{
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	switch (address->sa_family) {
	case AF_INET:
		memcpy(&in, address, sizeof(in));
		*ret_why = why_not4(ntohl(in.sin_addr.s_addr));
		break;
	case AF_INET6:
		memcpy(&in6, address, sizeof(in6));
		*ret_why = why_not6(in6.sin6_addr.s6_addr);
		break;
	default:
		*ret_why = "no address of the internet";
	}
	return !*ret_why;
}
