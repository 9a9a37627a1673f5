/* SPDX-License-Identifier: MIT */
#ifndef OS_SPAWNER_H
#define OS_SPAWNER_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

/**
 * Child processes, started and reaped by a small supervising process, so that nothing is left
 * behind however volley ends.
 *
 *	volley (child subreaper) ──socketpair──► supervisor (child subreaper, few pages, no threads)
 *	                                            ├─ command 1 (own process group)
 *	                                            └─ command 2 …  (orphans come back to it)
 *
 * The supervisor kills every descendant and exits when the socket closes, which the kernel does
 * for us even on kill -9 of volley. When the supervisor itself is killed, its orphans come to
 * volley, which is a subreaper too: spawner_dispatch() sees the socket close, kills them all, and
 * reports each running child as lost. A new supervisor is then started on the next spawn.
 *
 * Commands have default signal dispositions, no descriptor but 0-2, no controlling terminal, and
 * a process group of their own, which is killed when its leader exits. Processes that leave the
 * group live on until volley ends.
 *
 * The supervisor is this program executed again, so main() has to begin with
 * supervisor_main_if_asked(). The process must have no children from elsewhere: they would be
 * killed and reaped with the orphans of a dead supervisor. One spawner a process, and beside it
 * one for each kind of sandbox (os/sandbox.h): in there the supervisor is the first process of a
 * pid namespace, and each command is in one of its own, so that all that a command has started
 * ends with it. The death of the supervisor outside takes the sandboxes with it.
 *
 * Loop thread only. Nothing here blocks longer than a local socket write, but the first spawn
 * (start of a supervisor), and a dispatch after the supervisor's death (at most a second).
 */

struct sandbox_conf;
struct sandbox_profile;
struct sandbox_report;

struct spawn_request {
	uint64_t id;             /* the caller's, unique among the running */
	const char *const *argv; /* argv[0] is looked up in the PATH of envp unless it has a '/' */
	const char *const *envp; /* the whole environment, NULL-terminated */
	int cwd_fd;              /* working directory; stays the caller's. In a sandbox instead: */
	const char *cwd;         /* beneath the root, "" = that; links that lead out are refused */
	int stdin_fd, stdout_fd, stderr_fd; /* stay the caller's; close them after spawning */
	int witness_fd; /* where the end is written down (struct witness) before anybody is told, so
	                   that it is known even if nobody lives to hear it; 0 = nowhere. Stays the
	                   caller's; opened to append */
	uint64_t witness_key;
};

/** What is written: one for each command that ended by itself or was killed. */
struct witness {
	char magic[4]; /* WITNESS_MAGIC */
	int status;    /* as from waitpid() */
	uint64_t key;
};

#define WITNESS_MAGIC "vwit"

enum spawn_event_type {
	SPAWN_STARTED, /* pid is valid */
	SPAWN_FAILED,  /* code: errno of the exec or of the spawn */
	SPAWN_EXITED,  /* status and usage are valid; the process group was already killed */
	SPAWN_LOST,    /* the supervisor died; the process is killed, its exit is unknown */
};

struct spawn_event {
	enum spawn_event_type type;
	uint64_t id;
	pid_t pid; /* in a sandbox: as it is known in there */
	int code;
	int status; /* as from waitpid() */
	uint64_t user_us, system_us, max_rss_kb;
};

typedef void spawn_event_fn(void *data, const struct spawn_event *event);

struct spawner;

/** Starts nothing yet; makes the calling process a child subreaper on the first spawn. on_event is
 *  called from spawner_dispatch() alone; it may spawn and kill, but not free the spawner. */
int spawner_new(spawn_event_fn *on_event, void *data, struct spawner **ret_spawner,
		struct error *err);

/** All commands of it, from the first on, are run in a sandbox. conf stays the caller's, and must
 *  outlive the spawner. If there can be no sandbox, nothing is run: spawning says why. */
void spawner_confine(struct spawner *spawner, const struct sandbox_conf *conf,
		     const struct sandbox_profile *profile);

/** Starts the supervisor, as the first spawn would. */
int spawner_start(struct spawner *spawner, struct error *err);

/** What is in force; NULL before the first spawn, and without a sandbox. */
const struct sandbox_report *spawner_report(const struct spawner *spawner);

/** Queue a spawn; the outcome comes through on_event: STARTED and then EXITED or LOST, or FAILED.
 *  Starts the supervisor if need be. Refused, with no event: over 6 MiB of argv and envp (-E2BIG;
 *  less may still fail with E2BIG, as the kernel's limit is lower), over 1024 that wait while the
 *  socket is full (-EAGAIN), and what the system lacks. */
int spawner_spawn(struct spawner *spawner, const struct spawn_request *request, struct error *err);

/** Signal the whole process group of a child, running or still waiting. Unknown ids are ignored.
 *  Of several signals that wait while the socket is full the last one, or SIGKILL, is sent. */
void spawner_kill(struct spawner *spawner, uint64_t id, int signo);

/** For the loop: poll this for reading (and for writing while spawner_wants_write()), then call
 *  dispatch. -1 while no supervisor runs; it changes when one is started. dispatch fails only
 *  when a supervisor died and not all that it left could be killed; events were reported. */
int spawner_fd(const struct spawner *spawner);
bool spawner_wants_write(const struct spawner *spawner);
int spawner_dispatch(struct spawner *spawner, struct error *err);

/** Kills every descendant and waits (at most a second) until they are gone; no events. Accepts
 *  NULL. */
void spawner_free(struct spawner *spawner);

/**
 * From now on this process gets SIGTERM when the process that is its parent now ends, however
 * that happens; at once if it just has. Not under nohup (SIGHUP ignored). Uses SIGRTMAX. Once, at
 * the start of main(). 0 or -errno.
 */
int spawner_die_with_parent(void);

#endif
