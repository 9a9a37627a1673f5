/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_SEARCH_DOMAIN_H
#define TOOLS_SEARCH_DOMAIN_H

#include "tools/search_url.h"

/**
 * Domains of a search: "example.org" is that host and all beneath it. Letter case, "*." or a dot
 * in front and a dot at the end do not count. Names are compared as written: "münchen.de" is not
 * "xn--mnchen-3ya.de".
 */

/** Without what does not count. False: it is none (blanks, slashes, ports: what could mean more
 *  to a provider than a name). */
bool search_domain_read(const char *text, struct search_slice *ret_domain);

/** Whether a hit may be shown: its host is in a domain of allowed (NULL or empty: any host is) and
 *  in none of blocked. What is no http or https URL is not allowed. Lists end in NULL. */
bool search_domain_allows(const char *url, const char *const *allowed, const char *const *blocked);

#endif
