/* SPDX-License-Identifier: MIT */
/* Which hosts a search may bring. */
#include "tools/search_domain.h"

#include <string.h>
#include <strings.h>

enum { DOMAIN_MAX = 253 }; /* RFC 1035, in text */

bool search_domain_read(const char *text, struct search_slice *ret_domain)
{
	struct search_slice domain = { text, strnlen(text, DOMAIN_MAX + 4) };

	if (domain.len > 2 && memcmp(domain.at, "*.", 2) == 0) {
		domain.at += 2;
		domain.len -= 2;
	} else if (domain.len > 1 && domain.at[0] == '.') {
		domain.at++;
		domain.len--;
	}
	if (domain.len > 1 && domain.at[domain.len - 1] == '.')
		domain.len--;
	if (domain.len == 0 || domain.len > DOMAIN_MAX || domain.at[0] == '-')
		return false;
	for (size_t i = 0; i < domain.len; i++) {
		unsigned char c = (unsigned char)domain.at[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
		    c != '-' && c != '_' && c != '.' && c < 0x80)
			return false;
		if (c == '.' && (i == 0 || domain.at[i - 1] == '.'))
			return false;
	}
	*ret_domain = domain;
	return true;
}

static bool is_in(struct search_slice host, const char *text)
{
	struct search_slice domain;
	const char *end;

	if (!search_domain_read(text, &domain) || host.len < domain.len)
		return false;
	end = host.at + host.len - domain.len;
	return strncasecmp(end, domain.at, domain.len) == 0 &&
	       (host.len == domain.len || end[-1] == '.');
}

bool search_domain_allows(const char *url, const char *const *allowed, const char *const *blocked)
{
	struct search_url parts;
	bool is_allowed = !allowed || !*allowed;

	if (!search_url_split(url, &parts))
		return false;
	for (; blocked && *blocked; blocked++)
		if (is_in(parts.host, *blocked))
			return false;
	for (; !is_allowed && *allowed; allowed++)
		is_allowed = is_in(parts.host, *allowed);
	return is_allowed;
}
