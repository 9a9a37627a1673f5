/* SPDX-License-Identifier: MIT */
#include "cli/record.h"

#include "base/hash128.h"
#include "base/str.h"
#include "cli/command.h"
#include "cli/diag.h"
#include "cli/run_dir.h"
#include "model/redact.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { COMMAND_BYTES_MAX = 4 << 20 };

bool record_has_effects(const struct plan *plan)
{
	for (size_t i = 0; i < plan->n_calls; i++) {
		if (!tool_may_rerun(plan->calls[i]))
			return true;
	}
	return false;
}

static void write_command(const struct options *options, const struct secrets *secrets,
			  struct buf *buf)
{
	struct json_write json = json_write_to(buf);
	struct buf word;

	buf_init(&word, COMMAND_BYTES_MAX);
	json_begin_array(&json);
	for (int i = 0; i < options->argc; i++) {
		buf_clear(&word);
		(void)redact_text(secrets, options->argv[i], strlen(options->argv[i]),
				  &word); /* without memory: an empty word */
		json_strn(&json, word.data ? word.data : "", word.len);
	}
	json_end_array(&json);
	buf_release(&word);
}

/* Makes the directory and locks it before anything is in it. */
static int open_dir(struct record *record, const char *id, char dir[SPILL_PATH_MAX],
		    struct error *err)
{
	struct spill spill;
	int r = spill_open(&spill, id, NULL, err);

	if (r < 0)
		return r;
	(void)memcpy(dir, spill.dir, SPILL_PATH_MAX);
	r = run_lock_take(dir, &record->lock_fd, err);
	record->is_on = r == 0;
	if (r < 0)
		spill_close(&spill);
	else
		record->dir_fd = spill.dir_fd;
	return r;
}

static void start(struct record *record, const struct options *options, struct run *run,
		  struct record_conf *conf)
{
	char dir[SPILL_PATH_MAX] = "";
	struct error err;
	struct buf command;
	int r = 0;

	buf_init(&command, COMMAND_BYTES_MAX);
	write_command(options, run_secrets(run), &command);
	if (buf_error(&command))
		r = error_errno(&err, -buf_error(&command), "the command line");
	if (r == 0)
		r = open_dir(record, run_id(run), dir, &err);
	conf->dir = dir;
	conf->about.id = run_id(run);
	conf->about.command = command.data;
	conf->about.created_s = (int64_t)time(NULL);
	conf->is_deferred = !record_has_effects(run_plan(run));
	if (r == 0)
		r = run_record(run, conf, &err);
	if (r < 0)
		diag_say("this run cannot be resumed: %s", err.text);
	buf_release(&command);
}

void record_workflow(struct record *record, const struct options *options, struct run *run,
		     const char *root, const struct workflow_text *text)
{
	char *source = realpath(text->name, NULL); /* NULL: standard input */
	struct record_conf conf = {
		.about = {
			.name = run_plan(run)->name,
			.root = root,
			.source = source,
		},
	};
	struct buf spec;
	int n_secrets;

	hash128(text->data, text->len, conf.about.spec_hash);
	buf_init(&spec, 2 * (size_t)WORKFLOW_BYTES_MAX);
	n_secrets = redact_text(run_secrets(run), text->data, text->len, &spec);
	conf.about.spec = spec.data ? spec.data : "";
	conf.about.spec_len = spec.len;
	conf.about.spec_is_redacted = n_secrets != 0;
	if (!options->no_journal)
		start(record, options, run, &conf);
	buf_release(&spec);
	free(source);
}

void record_calls(struct record *record, const struct options *options, struct run *run,
		  const char *root)
{
	struct record_conf conf = { .about = { .root = root } };
	struct error err;

	if (options->no_journal)
		return;
	if (!record->is_on)
		start(record, options, run, &conf);
	else if (run_record(run, &conf, &err) < 0)
		diag_say("not all calls can be resumed: %s", err.text);
}

void record_end(struct record *record, struct engine *engine, bool is_ended, int exit_status)
{
	enum run_state state = is_ended ? RUN_ENDED : RUN_STOPPED;
	struct error err;
	int r;

	if (!record->is_on)
		return;
	r = engine ? engine_end_record(engine, state, exit_status, &err) : 0;
	if (r == -ECANCELED)
		diag_say("the run was stopped, and may be resumed when there is room: %s",
			 err.text);
	else if (r < 0)
		diag_say("the journal of this run is not whole: %s", err.text);
	if (record->dir_fd >= 0)
		(void)close(record->dir_fd); /* a directory */
	(void)close(record->lock_fd);        /* unlocks */
	record->is_on = false;
}
