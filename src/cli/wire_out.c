/* SPDX-License-Identifier: MIT */
/* Results on the wire. The names of the fields are those that the tools' clients know. */
#include "cli/wire_out.h"

#include "base/utf8.h"
#include "cli/hits.h"
#include "cli/text.h"

#include <stdio.h>
#include <string.h>

enum { MESSAGE_BARE_MAX = 100 };

/* Opens a string that the caller writes the inside of. */
static void open_string(struct json_write *json)
{
	json_raw(json, "\"", 1);
}

static void close_string(struct json_write *json)
{
	buf_add_char(json->buf, '"');
}

static void key_slice(struct json_write *json, const char *key, const struct slice *slice,
		      const struct cut *cut)
{
	json_key(json, key);
	open_string(json);
	slice_write(slice, cut, ENCODING_JSON, json->buf);
	close_string(json);
}

static void key_list(struct json_write *json, const char *key, const struct slice *slice,
		     const struct cut *cut)
{
	json_key(json, key);
	slice_write_list(slice, cut, json);
}

/* A limit of -1 is one that was not applied. */
static void key_applied(struct json_write *json, const char *key, int64_t value)
{
	json_key(json, key);
	if (value < 0)
		json_null(json);
	else
		json_int(json, value);
}

static bool is_list(const struct result *result)
{
	return result->payload == PAYLOAD_GLOB ||
	       (result->payload == PAYLOAD_GREP && result->grep.mode == GREP_FILES);
}

/* What of a result is shown. */
struct shown {
	struct slice body, err;
	struct cut body_cut, err_cut;
	struct hits hits; /* the body of a search */
};

static void output_glob(struct json_write *json, const struct result *result,
			const struct shown *shown)
{
	const struct glob_output *glob = &result->glob;

	key_list(json, "filenames", &shown->body, &shown->body_cut);
	json_key_uint(json, "numFiles", glob->n_files);
	json_key_bool(json, "truncated", glob->truncated);
	json_key_uint(json, "totalMatches", glob->total_matches);
	json_key_bool(json, "countIsComplete", glob->count_is_complete);
	json_key(json, "durationMs");
	json_fixed(json, (double)result->run_ns / 1e6, 1);
}

static void output_grep(struct json_write *json, const struct result *result,
			const struct shown *shown)
{
	static const char *const modes[] = {
		[GREP_FILES] = "files_with_matches",
		[GREP_CONTENT] = "content",
		[GREP_COUNT] = "count",
		[GREP_MENTIONS] = "mentions",
	};
	static const struct slice none = { .data = "" };
	static const struct cut nothing;
	const struct grep_output *grep = &result->grep;

	json_key_str(json, "mode", modes[grep->mode]);
	json_key_uint(json, "numFiles", grep->n_files);
	if (grep->mode == GREP_FILES) {
		key_list(json, "filenames", &shown->body, &shown->body_cut);
	} else {
		key_list(json, "filenames", &none, &nothing);
		key_slice(json, "content", &shown->body, &shown->body_cut);
	}
	if (grep->mode == GREP_CONTENT)
		json_key_uint(json, "numLines", grep->n_lines);
	if (grep->mode == GREP_COUNT || grep->mode == GREP_MENTIONS)
		json_key_uint(json, "numMatches", grep->n_matches);
	json_key_uint(json, "totalFiles", grep->total_files);
	if (grep->mode == GREP_CONTENT)
		json_key_uint(json, "totalLines", grep->total_lines);
	key_applied(json, "appliedLimit", grep->applied_limit);
	key_applied(json, "appliedOffset", grep->applied_offset);
}

static void output_read(struct json_write *json, const struct result *result,
			const struct shown *shown)
{
	const struct read_output *read = &result->read;

	json_key_str(json, "filePath", read->file_path);
	key_slice(json, "content", &shown->body, &shown->body_cut);
	json_key_uint(json, "numLines", read->n_lines);
	json_key_uint(json, "startLine", read->start_line);
	json_key_uint(json, "totalLines", read->total_lines);
}

static void output_bash(struct json_write *json, const struct result *result,
			const struct shown *shown)
{
	const struct bash_output *bash = &result->bash;

	key_slice(json, "stdout", &shown->body, &shown->body_cut);
	key_slice(json, "stderr", &shown->err, &shown->err_cut);
	json_key(json, "exitCode");
	if (bash->exit_code < 0)
		json_null(json);
	else
		json_int(json, bash->exit_code);
	if (bash->signo)
		json_key_uint(json, "signal", (uint64_t)bash->signo);
	json_key_bool(json, "interrupted", bash->interrupted);
	json_key(json, "timedOutAfterMs");
	if (bash->timed_out_after_ms)
		json_uint(json, bash->timed_out_after_ms);
	else
		json_null(json);
	json_key_str(json, "rawOutputPath", bash->raw_output_path);
}

static void json_key_lines(struct json_write *json, const char *key, const char *lines)
{
	json_key(json, key);
	json_begin_array(json);
	while (*lines) {
		size_t len = strcspn(lines, "\n");

		json_strn(json, lines, len);
		lines += len + (lines[len] != 0);
	}
	json_end_array(json);
}

static void output_web_search(struct json_write *json, const struct result *result,
			      const struct shown *shown)
{
	const char *missing = result->web_search.missing;

	json_key(json, "results");
	hits_write(&shown->body, &shown->hits, json);
	json_key_uint(json, "searchCount", result->web_search.n_requests);
	if (missing)
		json_key_lines(json, "missing", missing);
	json_key(json, "durationSeconds");
	json_fixed(json, (double)result->run_ns / 1e9, 3);
}

static void output_web_fetch(struct json_write *json, const struct result *result,
			     const struct shown *shown)
{
	const struct web_fetch_output *fetch = &result->web_fetch;

	json_key_str(json, "url", fetch->url);
	json_key(json, "code");
	json_int(json, fetch->status);
	json_key_uint(json, "bytes", fetch->n_bytes);
	json_key_str(json, "title", fetch->title);
	if (fetch->published_s) {
		json_key(json, "published");
		json_int(json, fetch->published_s);
	}
	if (fetch->is_beside_prompt)
		json_key_bool(json, "besidePrompt", true);
	key_slice(json, "result", &shown->body, &shown->body_cut);
	json_key(json, "durationMs");
	json_fixed(json, (double)result->run_ns / 1e6, 1);
}

static void output_agent(struct json_write *json, const struct result *result,
			 const struct shown *shown)
{
	const struct agent_output *agent = &result->agent;

	key_slice(json, "content", &shown->body, &shown->body_cut);
	json_key_uint(json, "totalToolUseCount", agent->n_calls);
	json_key_uint(json, "totalTokens", agent->tree_tokens);
	json_key(json, "totalCostUsd");
	if (agent->has_cost || agent->tree_usd_e6)
		json_fixed(json, (double)agent->tree_usd_e6 / 1e6, 6);
	else
		json_null(json);
	json_key_uint(json, "depth", agent->depth);
	json_key_str(json, "role", agent->role);
	json_key(json, "totalDurationMs");
	json_fixed(json, (double)result->run_ns / 1e6, 1);
}

static void write_output(struct json_write *json, const struct result *result,
			 const struct shown *shown)
{
	if (result->payload == PAYLOAD_NONE)
		return;
	json_key(json, "output");
	json_begin_object(json);
	switch (result->payload) {
	case PAYLOAD_GLOB:
		output_glob(json, result, shown);
		break;
	case PAYLOAD_GREP:
		output_grep(json, result, shown);
		break;
	case PAYLOAD_READ:
		output_read(json, result, shown);
		break;
	case PAYLOAD_BASH:
		output_bash(json, result, shown);
		break;
	case PAYLOAD_WEB_SEARCH:
		output_web_search(json, result, shown);
		break;
	case PAYLOAD_WEB_FETCH:
		output_web_fetch(json, result, shown);
		break;
	case PAYLOAD_AGENT:
		output_agent(json, result, shown);
		break;
	case PAYLOAD_NONE:
		break;
	}
	json_end_object(json);
}

void wire_out_error(struct json_write *json, const struct error *error)
{
	json_begin_object(json);
	json_key_str(json, "class", error_class_name(error->class));
	json_key_str(json, "code", error->code ? strerrorname_np(error->code) : NULL);
	json_key_str(json, "message", error->text);
	json_end_object(json);
}

/* What is shown of how much: bytes of the text before it was written as JSON. */
static bool write_cut(struct json_write *json, const struct result *result,
		      const struct shown *shown, const struct wire_limit *limit)
{
	if (cut_is_whole(&shown->body, &shown->body_cut) &&
	    cut_is_whole(&shown->err, &shown->err_cut))
		return false;
	json_key(json, "cut");
	json_begin_object(json);
	json_key_uint(json, "shown_bytes",
		      shown->body_cut.head + shown->body_cut.tail + shown->err_cut.head +
			      shown->err_cut.tail);
	json_key_uint(json, "total_bytes", shown->body.len + shown->err.len);
	/* No result in the answer is not the same as nothing found. */
	if (result->payload == PAYLOAD_WEB_SEARCH) {
		json_key_uint(json, "shown_results", shown->hits.n_shown);
		json_key_uint(json, "total_results", shown->hits.n);
	}
	if (limit->full_output) {
		json_key(json, "full_output");
		open_string(json);
		json_escape(json->buf, limit->full_output, strlen(limit->full_output));
		buf_add_str(json->buf,
			    cut_is_whole(&shown->body, &shown->body_cut) ? ".err" : ".out");
		close_string(json);
	}
	json_end_object(json);
	return true;
}

size_t wire_out_cut_cost(const struct result *result, const struct wire_limit *limit)
{
	static const char frame[] =
		",\"cut\":{\"shown_bytes\":18446744073709551615,"
		"\"total_bytes\":18446744073709551615,\"full_output\":\".out\"}";
	static const char counts[] = ",\"shown_results\":18446744073709551615,"
				     "\"total_results\":18446744073709551615";
	const struct slice path = { .data = limit->full_output ? limit->full_output : "",
				    .len = limit->full_output ? strlen(limit->full_output) : 0,
				    .end = '\n' };

	return sizeof(frame) + slice_cost(&path, ENCODING_JSON, SIZE_MAX) +
	       (result->payload == PAYLOAD_WEB_SEARCH ? sizeof(counts) : 0);
}

size_t wire_out_native_cost(const struct result *result, size_t enough)
{
	const struct slice body = text_body(result), err = text_err(result);

	if (result->payload == PAYLOAD_WEB_SEARCH)
		return body.len; /* it is JSON already */
	return slice_cost(&body, is_list(result) ? ENCODING_LIST : ENCODING_JSON, enough) +
	       slice_cost(&err, ENCODING_JSON, enough);
}

static struct shown share(const struct result *result, size_t limit)
{
	struct shown shown = { .body = text_body(result), .err = text_err(result) };

	if (result->payload == PAYLOAD_WEB_SEARCH) {
		shown.hits = hits_cut(&shown.body, limit);
		shown.body_cut.head = shown.hits.bytes;
		return shown;
	}
	text_share(&shown.body, &shown.err, is_list(result) ? ENCODING_LIST : ENCODING_JSON, limit,
		   &shown.body_cut, &shown.err_cut);
	return shown;
}

static void write_account(struct json_write *json, const struct result *result)
{
	json_key_uint(json, "attempts", result->attempts);
	json_key(json, "ms");
	json_begin_object(json);
	json_key(json, "queued");
	json_fixed(json, (double)result->queued_ns / 1e6, 1);
	json_key(json, "run");
	json_fixed(json, (double)result->run_ns / 1e6, 1);
	json_end_object(json);
	json_key(json, "receipt");
	receipt_write(&result->receipt, json);
}

/* Whose result it is, and what became of the call. */
static void write_head(struct json_write *json, const struct wire_name *name,
		       const struct result *result)
{
	json_key_str(json, "id", name->id);
	json_key_str(json, "tool", name->tool);
	if (name->line)
		json_key_uint(json, "line", name->line);
	json_key_str(json, "status", call_status_name(result->status));
}

static void write_bare(struct json_write *json, const struct wire_name *name,
		       const struct result *result)
{
	struct error error = result->error;
	size_t len = strlen(error.text), fit = utf8_fit(error.text, len, MESSAGE_BARE_MAX);

	json_begin_object(json);
	write_head(json, name, result);
	if (error.class != ERROR_NONE) {
		if (fit < len)
			(void)snprintf(error.text + fit, sizeof(error.text) - fit, "…");
		json_key(json, "error");
		wire_out_error(json, &error);
	}
	json_end_object(json);
}

bool wire_out_native(struct json_write *json, const struct wire_name *name,
		     const struct result *result, const struct wire_limit *limit)
{
	const struct shown shown = share(result, limit->bytes);
	bool is_cut;

	if (limit->detail == NATIVE_BARE) {
		write_bare(json, name, result);
		return false;
	}
	json_begin_object(json);
	write_head(json, name, result);
	write_output(json, result, &shown);
	if (result->error.class != ERROR_NONE) {
		json_key(json, "error");
		wire_out_error(json, &result->error);
	}
	is_cut = write_cut(json, result, &shown, limit);
	if (limit->detail == NATIVE_FULL)
		write_account(json, result);
	json_end_object(json);
	return is_cut;
}

static bool key_text(struct json_write *json, const char *key, const struct result *result,
		     const struct wire_limit *limit)
{
	struct text text;
	bool is_cut;

	text_of(result, &text);
	text.full_output = limit->full_output;
	json_key(json, key);
	open_string(json);
	is_cut = text_write(&text, ENCODING_JSON, limit->bytes, json->buf);
	close_string(json);
	return is_cut;
}

bool wire_out_tool_result(struct json_write *json, const struct wire_name *name,
			  const struct result *result, const struct wire_limit *limit)
{
	bool is_cut;

	json_begin_object(json);
	json_key_str(json, "type", "tool_result");
	json_key_str(json, "tool_use_id", name->id);
	is_cut = key_text(json, "content", result, limit);
	json_key_bool(json, "is_error", result->status != CALL_OK);
	json_end_object(json);
	return is_cut;
}

bool wire_out_tool_message(struct json_write *json, const struct wire_name *name,
			   const struct result *result, const struct wire_limit *limit)
{
	bool is_cut;

	json_begin_object(json);
	json_key_str(json, "role", "tool");
	json_key_str(json, "tool_call_id", name->id);
	is_cut = key_text(json, "content", result, limit);
	json_end_object(json);
	return is_cut;
}
