/* SPDX-License-Identifier: MIT */
/* volley show RUN[:CALL[:FROM-TO]]: what became of a run, or all that a call printed. */
#include "base/str.h"
#include "cli/command.h"
#include "cli/diag.h"
#include "cli/file.h"
#include "cli/options.h"
#include "cli/out.h"
#include "cli/run_dir.h"
#include "cli/run_state.h"
#include "cli/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WHAT_BYTES_MAX = 1024, BODY_BYTES_MAX = 1 << 30 };

/* RUN, CALL and lines, taken apart in place. */
struct target {
	char text[WHAT_BYTES_MAX];
	const char *run, *call; /* call: NULL = all */
	uint64_t from, to;      /* lines, from 1; to 0 = the last */
	char path[SPILL_PATH_MAX], id[SPILL_NAME_MAX];
};

static bool parse_lines(const char *text, struct target *target)
{
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	target->from = strtoull(text, &end, 10);
	target->to = target->from;
	if (*end == '-')
		target->to = end[1] ? strtoull(end + 1, &end, 10) : (end++, UINT64_MAX);
	return !*end && target->from > 0 && target->to >= target->from;
}

static int parse(const char *word, struct target *target, struct error *err)
{
	char *colon;

	if (strlen(word) >= sizeof(target->text))
		return error_set(err, ERROR_INVALID, ENAMETOOLONG, "'%.40s…' is too long", word);
	(void)snprintf(target->text, sizeof(target->text), "%s", word); /* it fits */
	target->run = target->text;
	colon = strchr(target->text, ':');
	if (!colon)
		return 0;
	*colon = '\0';
	target->call = colon + 1;
	colon = strrchr(target->call, ':');
	if (!colon)
		return 0;
	if (!parse_lines(colon + 1, target))
		return error_set(err, ERROR_INVALID, EINVAL,
				 "lines are FROM-TO, FROM- or one number, not '%s'", colon + 1);
	*colon = '\0';
	return 0;
}

/* ---- a run ---- */

static const char *status_of(const struct recorded_call *call)
{
	switch (recorded_state(call)) {
	case RECORDED_IN_DOUBT:
		return call_status_name(CALL_INDETERMINATE);
	case RECORDED_OPEN:
		return "open";
	case RECORDED_DONE:
		break;
	}
	return call_status_name(call->result.status);
}

static void show_call_json(const struct recorded_call *call, struct json_write *json)
{
	json_begin_object(json);
	json_key_str(json, "id", call->id);
	json_key_str(json, "phase", call->phase);
	json_key_str(json, "tool", call->tool);
	json_key_str(json, "status", status_of(call));
	json_key_uint(json, "attempts", call->attempts);
	json_key(json, "input");
	json_raw(json, call->args, strlen(call->args));
	if (call->has_result) {
		json_key_uint(json, "bytes", call->body_len);
		if (*call->result.error.text)
			json_key_str(json, "error", call->result.error.text);
	}
	json_end_object(json);
}

static void show_run_json(const struct run_brief *brief, struct buf *out)
{
	const struct recorded *recorded = brief->recorded;
	struct json_write json = json_write_to(out);

	json_begin_object(&json);
	run_brief_write(brief, &json);
	json_key(&json, "items");
	json_begin_array(&json);
	for (size_t i = 0; recorded && i < recorded->n_calls; i++)
		show_call_json(&recorded->calls[i], &json);
	json_end_array(&json);
	json_end_object(&json);
	buf_add_char(out, '\n');
}

static void show_run_md(const struct run_brief *brief, struct buf *out)
{
	const struct recorded *recorded = brief->recorded;

	buf_printf(out, "# Run %s: %s\n\n%s in %s, %zu of %zu calls ended, %zu not ok", brief->id,
		   brief->state, *brief->name ? brief->name : "-", recorded->run.root,
		   brief->n_ended, brief->n_calls, brief->n_not_ok);
	if (brief->n_in_doubt)
		buf_printf(out, ", %zu in doubt", brief->n_in_doubt);
	buf_add_str(out, "\n\n| call | tool | status | attempts | bytes | |\n"
			 "|---|---|---|--:|--:|---|\n");
	for (size_t i = 0; i < recorded->n_calls; i++) {
		const struct recorded_call *call = &recorded->calls[i];

		buf_printf(out, "| %s | %s | %s | %u | %llu | %.120s |\n", call->id, call->tool,
			   status_of(call), call->attempts, (unsigned long long)call->body_len,
			   call->has_result ? call->result.error.text : "");
	}
	if (strcmp(brief->state, "ended") != 0 && !brief->pid)
		buf_printf(out, "\n`volley resume %s` goes on with it.\n", brief->id);
}

static int show_run(const struct options *options, struct target *target, struct buf *out,
		    struct error *err)
{
	struct run_brief brief;
	int r = 0;

	if (!run_brief_read(target->id, target->path, &brief))
		return error_set(err, ERROR_MISSING, ENOENT,
				 "run %s has no journal (it was run with --no-journal, or never "
				 "began)",
				 target->id);
	if (!brief.recorded)
		r = error_set(err, brief.error.class, brief.error.code, "%s", brief.error.text);
	else if (options->format == FORMAT_JSON)
		show_run_json(&brief, out);
	else
		show_run_md(&brief, out);
	run_brief_release(&brief);
	return r;
}

/* ---- a call ---- */

/* Lines from..to of a text whose items end in `end`. */
static void add_lines(struct buf *out, const char *data, size_t len, char end,
		      const struct target *target)
{
	uint64_t line = 1;

	for (size_t at = 0; at < len; line++) {
		const char *stop = memchr(data + at, end, len - at);
		size_t n = stop ? (size_t)(stop - data) - at : len - at;

		if (target->from == 0 || (line >= target->from && line <= target->to)) {
			buf_add(out, data + at, n);
			if (stop || at + n < len)
				buf_add_char(out, '\n');
		}
		at += n + 1;
	}
}

/* The whole of it: from the file of a cut command, from the run's directory, or the journal. */
static int show_body(const struct target *target, const struct recorded_call *call, size_t i,
		     struct buf *out, struct error *err)
{
	const struct call named = { .id = call->id, .index = (uint32_t)i };
	const struct result *result = &call->result;
	const char *raw = result->payload == PAYLOAD_BASH ? result->bash.raw_output_path : NULL;
	struct buf file;
	int r = 0;

	buf_init(&file, BODY_BYTES_MAX);
	if ((raw && file_read_regular(raw, O_NOFOLLOW, &file, err) == 0) ||
	    (!result->body && !call->has_body && spill_read(target->path, &named, &file, err) == 0))
		add_lines(out, file.data, file.len, '\n', target);
	else if (result->body)
		add_lines(out, blob_data(result->body), blob_len(result->body),
			  result->body_is_nul ? '\0' : '\n', target);
	else if (!call->has_body)
		r = error_set(err, ERROR_MISSING, ENOENT,
			      "the output of '%s' (%llu bytes) is not kept any more", call->id,
			      (unsigned long long)call->body_len);
	if (!raw && result->payload == PAYLOAD_BASH && result->bash.err &&
	    blob_len(result->bash.err)) {
		buf_add_str(out, "[stderr]\n");
		add_lines(out, blob_data(result->bash.err), blob_len(result->bash.err), '\n',
			  target);
	}
	buf_release(&file);
	return r;
}

/* A call that an agent made has the agent's id before its own. */
static const char *agent_of(const struct recorded *recorded, const char *id)
{
	for (size_t len = strlen(id); len; len--) {
		if (id[len] != '/')
			continue;
		for (size_t i = 0; i < recorded->n_calls; i++) {
			const char *agent = recorded->calls[i].id;

			if (strlen(agent) == len && !strncmp(agent, id, len))
				return agent;
		}
	}
	return NULL;
}

static int no_call(const struct recorded *recorded, const struct target *target, struct error *err)
{
	const char *agent = agent_of(recorded, target->call), *names[64], *nearest;
	size_t n = 0;

	if (agent)
		return error_set(err, ERROR_MISSING, ENOENT,
				 "'%s' is a call inside '%s', and those are not kept; volley show "
				 "%s:%s is the answer of '%s'",
				 target->call, agent, target->id, agent, agent);
	for (; n < recorded->n_calls && n < countof(names); n++)
		names[n] = recorded->calls[n].id;
	nearest = str_nearest(target->call, names, n);
	return error_set(err, ERROR_MISSING, ENOENT, "run %s has no call '%s'%s%s%s", target->id,
			 target->call, nearest ? "; did you mean '" : "", nearest ? nearest : "",
			 nearest ? "'?" : "");
}

static int show_call(struct target *target, struct buf *out, struct error *err)
{
	const struct recorded_call *call = NULL;
	struct recorded *recorded;
	size_t i;
	int r = recorded_load(target->path, true, &recorded, err);

	if (r < 0)
		return r;
	for (i = 0; i < recorded->n_calls; i++) {
		if (str_equal(recorded->calls[i].id, target->call)) {
			call = &recorded->calls[i];
			break;
		}
	}
	if (!call) {
		r = no_call(recorded, target, err);
	} else if (!call->has_result) {
		r = error_set(err, ERROR_MISSING, ENOENT, "call '%s' of run %s has not ended",
			      call->id, target->id);
	} else {
		r = show_body(target, call, i, out, err);
		if (r == 0 && *call->result.error.text)
			diag_say("%s: %s", call_status_name(call->result.status),
				 call->result.error.text);
	}
	recorded_free(recorded);
	return r;
}

static int show_run_command(const struct options *options)
{
	struct target target = { 0 };
	struct error err;
	struct out out;
	int r = parse(options->operands[0], &target, &err);

	if (options->format == FORMAT_JSONL) {
		diag_say("'show' answers in md or json");
		return STATUS_USAGE;
	}
	out_init(&out, STDOUT_FILENO);
	if (r == 0)
		r = run_dir_find(target.run, target.path, target.id, &err);
	if (r == 0)
		r = target.call ? show_call(&target, &out.buf, &err)
				: show_run(options, &target, &out.buf, &err);
	if (r == 0)
		r = out_flush(&out, &err);
	if (r < 0)
		diag_error(&err);
	out_release(&out);
	if (r == 0)
		return STATUS_OK;
	return err.class == ERROR_MISSING || err.class == ERROR_INVALID ? STATUS_USAGE
									: STATUS_BROKEN;
}

const struct command command_show = {
	.name = "show",
	.operands = "RUN[:CALL[:FROM-TO]]",
	.summary = "what became of a run, or all that a call printed",
	.min_operands = 1,
	.max_operands = 1,
	.run = show_run_command,
};
