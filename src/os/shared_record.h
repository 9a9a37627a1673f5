/* SPDX-License-Identifier: MIT */
#ifndef OS_SHARED_RECORD_H
#define OS_SHARED_RECORD_H

#include <stdbool.h>
#include <stddef.h>

/**
 * A few bytes that processes change in turn, whatever started them: what a FIFO holds. Who reads
 * them has them until he writes them back, so reading is the lock too. A FIFO, as commands that
 * see a directory read-only can still write to one in it. It must be open somewhere for as long as
 * its bytes are to last.
 *
 * Beside that, who relies on something in it may say so, by a lock of the file that the kernel
 * takes back from who was killed. Any thread, one at a time for each fd.
 */
enum { SHARED_RECORD_MAX = 512 };

/** Makes DIR/NAME, which must not be there, with these bytes. A descriptor, or -errno. */
int shared_record_make(const char *dir, const char *name, const void *data, size_t len);
/** A descriptor, or -errno. */
int shared_record_open(const char *dir, const char *name);
/** Its name; its bytes last for as long as it is open. */
void shared_record_remove(const char *dir, const char *name);

/** Waits up to 2 s for the others. -ETIMEDOUT: who had it was killed or stopped; -EBADMSG: it
 *  is not so long, so somebody else has written to it. 0 = we have it. */
int shared_record_take(int fd, void *data, size_t len);
/** 0 or -errno. */
int shared_record_put(int fd, const void *data, size_t len);

/** While we have it: we rely on it from now on, or no more. */
void shared_record_rely(int fd, bool does_rely);
/** While we have it and do not rely on it: whether others that live do. */
bool shared_record_is_relied_on(int fd);

#endif
