/* SPDX-License-Identifier: MIT */
/* The public internet and what is not: both ends of each range of IANA's, and what is beside it. */
#include "net/address.h"

#include "base/attr.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/un.h>

#include <cmocka.h>

struct range {
	const char *first, *last, *why;
};

static const struct range ranges[] = {
	{ "0.0.0.0", "0.255.255.255", "this network" },
	{ "10.0.0.0", "10.255.255.255", "a private network" },
	{ "100.64.0.0", "100.127.255.255", "a provider's shared range" },
	{ "127.0.0.0", "127.255.255.255", "loopback" },
	{ "169.254.0.0", "169.254.255.255", "link-local" },
	{ "172.16.0.0", "172.31.255.255", "a private network" },
	{ "192.0.0.0", "192.0.0.255", "reserved for protocols" },
	{ "192.0.2.0", "192.0.2.255", "reserved for documentation" },
	{ "192.31.196.0", "192.31.196.255", "reserved for protocols" },
	{ "192.52.193.0", "192.52.193.255", "reserved for protocols" },
	{ "192.88.99.0", "192.88.99.255", "reserved for protocols" },
	{ "192.168.0.0", "192.168.255.255", "a private network" },
	{ "192.175.48.0", "192.175.48.255", "reserved for protocols" },
	{ "198.18.0.0", "198.19.255.255", "reserved for benchmarks" },
	{ "198.51.100.0", "198.51.100.255", "reserved for documentation" },
	{ "203.0.113.0", "203.0.113.255", "reserved for documentation" },
	{ "224.0.0.0", "239.255.255.255", "multicast" },
	{ "240.0.0.0", "255.255.255.255", "reserved" },
	{ "::", "::", "unspecified" },
	{ "::1", "::1", "loopback" },
	{ "::ffff:7f00:0", "::ffff:7fff:ffff", "loopback" },
	{ "64:ff9b::a00:0", "64:ff9b::aff:ffff", "a private network" },
	{ "64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff", "a private network" },
	{ "100::", "100::ffff:ffff:ffff:ffff", "a sink" },
	{ "100:0:0:1::", "100::1:ffff:ffff:ffff:ffff", "a sink" },
	{ "2001:2::", "2001:2:0:ffff:ffff:ffff:ffff:ffff", "reserved for protocols" },
	{ "2001:1::", "2001:1:ffff:ffff:ffff:ffff:ffff:ffff", "reserved for protocols" },
	{ "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "reserved for documentation" },
	{ "2002:a00::", "2002:aff:ffff:ffff:ffff:ffff:ffff:ffff", "a private network" },
	{ "2002:c0a8::", "2002:c0a8:ffff:ffff:ffff:ffff:ffff:ffff", "a private network" },
	{ "2620:4f:8000::", "2620:4f:8000:ffff:ffff:ffff:ffff:ffff", "reserved for protocols" },
	{ "3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "reserved for documentation" },
	{ "5f00::", "5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "reserved for routing" },
	{ "fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "a private network" },
	{ "fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "link-local" },
	{ "fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "site-local" },
	{ "ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "multicast" },
};

static const char *const public[] = {
	/* Beside the ranges above. */
	"1.0.0.0",
	"9.255.255.255",
	"11.0.0.0",
	"100.63.255.255",
	"100.128.0.0",
	"126.255.255.255",
	"128.0.0.0",
	"169.253.255.255",
	"169.255.0.0",
	"172.15.255.255",
	"172.32.0.0",
	"191.255.255.255",
	"192.0.1.0",
	"192.0.1.255",
	"192.0.3.0",
	"192.31.195.255",
	"192.31.197.0",
	"192.52.192.255",
	"192.52.194.0",
	"192.88.98.255",
	"192.88.100.0",
	"192.167.255.255",
	"192.169.0.0",
	"192.175.47.255",
	"192.175.49.0",
	"198.17.255.255",
	"198.20.0.0",
	"198.51.99.255",
	"198.51.101.0",
	"203.0.112.255",
	"203.0.114.0",
	"223.255.255.255",
	"2000::",
	"2001:200::",
	"2001:db7:ffff::",
	"2001:db9::",
	"2001:ffff::",
	"2003::",
	"2620:4f:7fff::",
	"2620:4f:8001::",
	"3ffe:ffff::",
	"3fff:1000::",
	"3fff:ffff::",
	/* That carry a public IPv4 address. */
	"::ffff:93.184.216.34",
	"::ffff:11.0.0.0",
	"64:ff9b::93.184.216.34",
	"64:ff9b::b00:0",
	"2002:5db8:d822::1",
	"2002:b00::",
	"2001:0:5db8:d822:0:0:a247:27dd",
	/* Everyday ones. */
	"8.8.8.8",
	"1.1.1.1",
	"93.184.216.34",
	"2606:2800:220:1:248:1893:25c8:1946",
	"2a00:1450:4001:828::200e",
};

static const struct range more[] = {
	{ "255.255.255.255", "255.255.255.255", "broadcast" },
	{ "169.254.169.254", "169.254.169.254", "link-local" },
	/* Each carries an IPv4 address. */
	{ "::ffff:0.0.0.0", "::ffff:0.255.255.255", "this network" },
	{ "::ffff:169.254.169.254", "::ffff:172.16.0.1", NULL },
	{ "64:ff9b::127.0.0.1", "64:ff9b::169.254.169.254", NULL },
	{ "2002:7f00:1::1", "2002:a9fe:a9fe::1", NULL },
	/* Teredo: whose server is private, and whose client is (its bits turned over). */
	{ "2001:0:a00:1::a247:27dd", "2001:0:7f00:1::a247:27dd", NULL },
	{ "2001:0:5db8:d822::80ff:fffe", "2001:0:5db8:d822::f5ff:fffe", NULL },
	/* Nobody has been given these. */
	{ "::2", "::fffe:ffff:ffff", "reserved" },
	{ "::127.0.0.1", "::93.184.216.34", "reserved" },
	{ "::ffff:0:127.0.0.1", "64:ff9a::", "reserved" },
	{ "64:ff9b:2::", "ff:ffff::", "reserved" },
	{ "100:0:0:2::", "1fff:ffff::", "reserved" },
	{ "4000::", "5eff:ffff::", "reserved" },
	{ "5f01::", "fbff:ffff::", "reserved" },
	{ "fe00::", "fe7f:ffff::", "reserved" },
};

static const char *judge(const char *text)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in in = { .sin_family = AF_INET };
	const char *why = "not set";
	bool is_public = false;

	if (inet_pton(AF_INET, text, &in.sin_addr) == 1)
		is_public = address_is_public((struct sockaddr *)&in, &why);
	else if (inet_pton(AF_INET6, text, &in6.sin6_addr) == 1)
		is_public = address_is_public((struct sockaddr *)&in6, &why);
	else
		fail_msg("'%s' is no address", text);
	assert_int_equal(is_public, why == NULL);
	return why;
}

static void assert_denied(const char *text, const char *expected)
{
	const char *why = judge(text);

	if (!why)
		fail_msg("%s is taken for public", text);
	if (expected && strcmp(why, expected) != 0)
		fail_msg("%s is %s, not %s", text, why, expected);
}

static void test_ranges(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(ranges); i++) {
		assert_denied(ranges[i].first, ranges[i].why);
		if (strcmp(ranges[i].last, "255.255.255.255") != 0)
			assert_denied(ranges[i].last, ranges[i].why);
	}
	for (size_t i = 0; i < countof(more); i++) {
		assert_denied(more[i].first, more[i].why);
		assert_denied(more[i].last, more[i].why);
	}
}

static void test_public(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(public); i++) {
		const char *why = judge(public[i]);

		if (why)
			fail_msg("%s is taken for %s", public[i], why);
	}
}

/* Inside IPv6 an IPv4 address is what it is outside. */
static void test_carried(void **state)
{
	uint32_t seed = 1;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		struct sockaddr_in in = { .sin_family = AF_INET };
		struct sockaddr_in6 mapped = { .sin6_family = AF_INET6 }, nat = mapped,
				    six = mapped;
		const char *why[4];

		seed = seed * 1664525 + 1013904223;
		in.sin_addr.s_addr = seed;
		memset(&mapped.sin6_addr.s6_addr[10], 0xff, 2);
		memcpy(&mapped.sin6_addr.s6_addr[12], &seed, 4);
		memcpy(nat.sin6_addr.s6_addr, "\x00\x64\xff\x9b", 4);
		memcpy(&nat.sin6_addr.s6_addr[12], &seed, 4);
		memcpy(six.sin6_addr.s6_addr, "\x20\x02", 2);
		memcpy(&six.sin6_addr.s6_addr[2], &seed, 4);
		(void)address_is_public((struct sockaddr *)&in, &why[0]);
		(void)address_is_public((struct sockaddr *)&mapped, &why[1]);
		(void)address_is_public((struct sockaddr *)&nat, &why[2]);
		(void)address_is_public((struct sockaddr *)&six, &why[3]);
		for (size_t j = 1; j < countof(why); j++)
			assert_ptr_equal(why[j], why[0]);
	}
}

static void test_other_families(void **state)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	const char *why;

	(void)state;
	assert_false(address_is_public((struct sockaddr *)&un, &why));
	assert_false(address_is_public(&none, &why));
	assert_non_null(why);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_public),
		cmocka_unit_test(test_carried),
		cmocka_unit_test(test_other_families),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
