/* SPDX-License-Identifier: MIT */
#ifndef CLI_USER_DIR_H
#define CLI_USER_DIR_H

#include <stddef.h>

/** volley's folders in a user's home, by the XDG Base Directory Specification: what a variable says
 *  (an absolute path), else the usual place beneath HOME. */
enum user_dir {
	USER_DIR_CACHE,  /* $XDG_CACHE_HOME/volley, ~/.cache/volley */
	USER_DIR_CONFIG, /* $XDG_CONFIG_HOME/volley, ~/.config/volley */
	USER_DIR_STATE,  /* $XDG_STATE_HOME/volley, ~/.local/state/volley */
};

/** name: of what is in it; NULL = the folder itself. Nothing is made. 0; -ENOENT when there is
 *  neither variable nor home; -ENAMETOOLONG. */
int user_dir(enum user_dir which, const char *name, char *out, size_t size);

#endif
