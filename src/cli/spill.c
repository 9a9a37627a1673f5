/* SPDX-License-Identifier: MIT */
/* Full outputs on disk. They can be tens of megabytes: a blob goes to write(2) as it is. Only
 * lists of names, whose items end in NUL, are turned into lines on the way. */
#include "cli/spill.h"

#include "cli/file.h"
#include "cli/text.h"
#include "cli/user_dir.h"
#include "os/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

enum { THREAD_BYTES = 128 << 10 }; /* from here on a thread is worth it */

int spill_state_dir(char out[SPILL_PATH_MAX])
{
	return user_dir(USER_DIR_STATE, NULL, out, SPILL_PATH_MAX);
}

static void sync_dir(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;  /* not ours to read: nor to sync */
	(void)fsync(fd); /* where it cannot, an entry may be lost with the power */
	(void)close(fd); /* a directory */
}

/* mkdir -p, everything that is new 0700. All but the last is durable, so that it is once and for
 * all; who needs the last to be syncs it. */
int spill_make_dirs(char *path)
{
	char *before = NULL;

	for (char *slash = path + 1;; slash++) {
		slash = strchrnul(slash, '/');
		bool is_last = !*slash;
		bool is_new;

		*slash = '\0';
		is_new = mkdir(path, 0700) == 0;
		if (!is_new && errno != EEXIST)
			return -errno;
		if (is_last)
			return 0;
		if (is_new && before) {
			*before = '\0';
			sync_dir(path);
			*before = '/';
		}
		*slash = '/';
		before = slash;
	}
}

int spill_locate(struct spill *spill, const char *run_id, struct error *err)
{
	int r = spill_state_dir(spill->dir);
	size_t len;

	if (r < 0)
		return error_errno(err, -r, "no state directory: neither XDG_STATE_HOME nor HOME");
	len = strlen(spill->dir);
	if ((size_t)snprintf(spill->dir + len, sizeof(spill->dir) - len, "/runs/%s", run_id) >=
	    sizeof(spill->dir) - len)
		return error_errno(err, ENAMETOOLONG, "state directory");
	return 0;
}

int spill_open(struct spill *spill, const char *run_id, struct uv_loop_s *loop, struct error *err)
{
	int r;

	spill->dir_fd = -1;
	spill->loop = loop;
	r = spill_locate(spill, run_id, err);
	if (r < 0)
		return r;
	r = spill_make_dirs(spill->dir);
	if (r < 0)
		return error_errno(err, -r, "cannot make '%s'", spill->dir);
	spill->dir_fd = open(spill->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (spill->dir_fd < 0)
		return error_errno(err, errno, "cannot open '%s'", spill->dir);
	(void)flock(spill->dir_fd, LOCK_SH | LOCK_NB); /* in use: prune.c leaves it alone */
	return 0;
}

void spill_close(struct spill *spill)
{
	if (spill->dir_fd >= 0)
		(void)close(spill->dir_fd); /* a directory */
	spill->dir_fd = -1;
}

void spill_name(const struct call *call, char out[SPILL_NAME_MAX])
{
	size_t n = 0;
	bool is_plain = call->id[0] != '.' && call->id[0] != '\0';

	for (const char *at = call->id; *at && n < SPILL_NAME_MAX - 24; at++, n++) {
		bool is_safe = (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') ||
			       (*at >= '0' && *at <= '9') || strchr("._-", *at);

		out[n] = is_safe && (n || *at != '.') ? *at : '_';
		is_plain = is_plain && is_safe;
	}
	out[n] = '\0';
	if (!is_plain || call->id[n])
		(void)snprintf(out + n, SPILL_NAME_MAX - n, "@%u", call->index);
}

void spill_base(const struct spill *spill, const struct call *call, char out[SPILL_BASE_MAX])
{
	char name[SPILL_NAME_MAX];

	spill_name(call, name);
	(void)snprintf(out, SPILL_BASE_MAX, "%s/%s", spill->dir, name);
}

int spill_read(const char *dir, const struct call *call, struct buf *out, struct error *err)
{
	char path[SPILL_BASE_MAX + 8], name[SPILL_NAME_MAX];

	spill_name(call, name);
	(void)snprintf(path, sizeof(path), "%s/%s.out", dir, name); /* fits */
	return file_read_regular(path, O_NOFOLLOW, out, err);
}

bool spill_is_useful(const struct result *result)
{
	return !text_is_lost(result) &&
	       !(result->payload == PAYLOAD_BASH && result->bash.raw_output_path);
}

/* NULs become newlines, a piece at a time. */
static int write_list(int fd, const char *data, size_t len)
{
	char piece[16 << 10];
	int r = 0;

	while (len && r == 0) {
		size_t n = len < sizeof(piece) ? len : sizeof(piece);

		for (size_t i = 0; i < n; i++)
			piece[i] = data[i] ? data[i] : '\n';
		r = fd_write_all(fd, piece, n);
		data += n;
		len -= n;
	}
	return r;
}

static int write_file(const struct spill *spill, const char *name, const char *suffix,
		      const struct slice *slice, struct error *err)
{
	char file[SPILL_NAME_MAX + 8];
	int fd, r;

	if (!slice->len)
		return 0;
	(void)snprintf(file, sizeof(file), "%s%s", name, suffix);
	fd = openat(spill->dir_fd, file, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
		    0600);
	if (fd < 0)
		return error_errno(err, errno, "cannot write '%s/%s'", spill->dir, file);
	r = slice->end == '\n' ? fd_write_all(fd, slice->data, slice->len)
			       : write_list(fd, slice->data, slice->len);
	if (close(fd) < 0 && r == 0)
		r = -errno;
	if (r == 0)
		return 0;
	(void)unlinkat(spill->dir_fd, file, 0); /* better none than half of it */
	return error_errno(err, -r, "cannot write '%s/%s'", spill->dir, file);
}

int spill_write(const struct spill *spill, const struct call *call, const struct result *result,
		struct error *err)
{
	const struct slice body = text_body(result), errors = text_err(result);
	char name[SPILL_NAME_MAX];
	int r;

	spill_name(call, name);
	r = write_file(spill, name, ".out", &body, err);
	return r < 0 ? r : write_file(spill, name, ".err", &errors, err);
}

/* One output that a thread writes. It reads the spill's directory, the call and the result, none
 * of which change meanwhile. */
struct job {
	uv_work_t work;
	struct spill *spill;
	const struct call *call;
	const struct result *result;
	int status;
	struct error error;
};

void spill_note_failure(struct spill *spill, const struct error *error)
{
	if (spill->is_failed)
		return;
	spill->is_failed = true;
	spill->error = *error;
}

static void job_run(uv_work_t *work)
{
	struct job *job = work->data;

	job->status = spill_write(job->spill, job->call, job->result, &job->error);
}

static void job_done(uv_work_t *work, int status)
{
	struct job *job = work->data;

	(void)status; /* never cancelled */
	job->spill->n_pending--;
	if (job->status < 0)
		spill_note_failure(job->spill, &job->error);
	free(job);
}

void spill_keep(struct spill *spill, const struct call *call, const struct result *result)
{
	struct error err;
	struct job *job;

	if (text_is_lost(result)) {
		(void)error_set(&err, ERROR_LIMIT, ENOSPC,
				"what was left out of the output of '%s' is lost", call->id);
		spill_note_failure(spill, &err);
	}
	job = text_body(result).len < THREAD_BYTES ? NULL : calloc(1, sizeof(*job));
	if (job) {
		job->work.data = job;
		job->spill = spill;
		job->call = call;
		job->result = result;
		if (uv_queue_work(spill->loop, &job->work, job_run, job_done) == 0) {
			spill->n_pending++;
			return;
		}
		free(job);
	}
	if (spill_write(spill, call, result, &err) < 0)
		spill_note_failure(spill, &err);
}
