/* SPDX-License-Identifier: MIT */
/* Results as text. Notes stand apart from the body, so that a cut never takes them. */
#include "cli/text.h"

#include "base/utf8.h"
#include "model/redact.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { TITLE_BYTES_MAX = 200 };

static void note(struct text *text, const char *format, ...) ATTR_PRINTF(2, 3);
static void note(struct text *text, const char *format, ...)
{
	size_t room = sizeof(text->notes) - text->notes_len;
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(text->notes + text->notes_len, room, format, ap);
	va_end(ap);
	if (n > 0)
		text->notes_len += (size_t)n < room ? (size_t)n : room - 1;
}

static struct slice slice_of(const struct blob *blob, char end)
{
	if (!blob)
		return (struct slice){ .data = "", .end = end };
	return (struct slice){ .data = blob_data(blob), .len = blob_len(blob), .end = end };
}

struct slice text_body(const struct result *result)
{
	struct slice slice = slice_of(result->body, result->body_is_nul ? '\0' : '\n');

	slice.two_ended = result->payload == PAYLOAD_BASH;
	return slice;
}

struct slice text_err(const struct result *result)
{
	struct slice slice =
		slice_of(result->payload == PAYLOAD_BASH ? result->bash.err : NULL, '\n');

	slice.two_ended = true;
	return slice;
}

static void note_page(struct text *text, const char *what, const struct grep_output *grep,
		      uint64_t shown, uint64_t total)
{
	int64_t first = grep->applied_offset > 0 ? grep->applied_offset : 0;

	if (shown + (uint64_t)first >= total && first == 0)
		return;
	if (!shown && total) {
		note(text, "[offset is past the end: there are %" PRIu64 " %s]\n", total, what);
		return;
	}
	note(text, "[%s %" PRIu64 " to %" PRIu64 " of %" PRIu64, what,
	     (uint64_t)first + (shown ? 1 : 0), (uint64_t)first + shown, total);
	if ((uint64_t)first + shown < total)
		note(text, "; offset=%" PRIu64 " goes on", (uint64_t)first + shown);
	note(text, "]\n");
}

static void note_grep(struct text *text, const struct result *result)
{
	const struct grep_output *grep = &result->grep;

	if (!text->body.len && !grep->total_files && result->status == CALL_OK) {
		note(text, result->receipt.why & WHY_BINARY_STOP
				   ? "[matches in binary files only, which are not shown]\n"
				   : "[no matches]\n");
		return;
	}
	if (grep->mode == GREP_CONTENT) {
		note_page(text, "lines", grep, grep->n_lines, grep->total_lines);
		return;
	}
	if (grep->mode == GREP_COUNT)
		note(text, "[%" PRIu64 " matches in %" PRIu64 " files]\n", grep->n_matches,
		     grep->n_files);
	note_page(text, "files", grep, grep->n_files, grep->total_files);
}

static void note_glob(struct text *text, const struct result *result)
{
	const struct glob_output *glob = &result->glob;

	const char *at_least = glob->count_is_complete ? "" : "at least ";

	if (!glob->total_matches && result->status == CALL_OK)
		note(text, "[no files match]\n");
	else if (glob->truncated && !glob->n_files)
		note(text, "[offset is past the end: %s%" PRIu64 " files match]\n", at_least,
		     glob->total_matches);
	else if (glob->truncated && glob->offset)
		note(text, "[files %" PRIu64 " to %" PRIu64 " of %s%" PRIu64 ", newest first]\n",
		     glob->offset + 1, glob->offset + glob->n_files, at_least, glob->total_matches);
	else if (glob->truncated)
		note(text, "[the newest %" PRIu64 " of %s%" PRIu64 " files]\n", glob->n_files,
		     at_least, glob->total_matches);
}

static void note_read(struct text *text, const struct result *result)
{
	const struct read_output *read = &result->read;
	uint64_t last = read->start_line + read->n_lines;

	if (result->status != CALL_OK)
		return;
	if (!read->total_lines)
		note(text, "[the file is empty]\n");
	else if (!read->n_lines)
		note(text, "[line %" PRIu64 " is past the end: the file has %" PRIu64 " lines]\n",
		     read->start_line, read->total_lines);
	else if (read->start_line > 1 || last <= read->total_lines)
		note(text, "[lines %" PRIu64 " to %" PRIu64 " of %" PRIu64 "]\n", read->start_line,
		     last - 1, read->total_lines);
}

static void note_bash(struct text *text, const struct result *result)
{
	const struct bash_output *bash = &result->bash;

	if (bash->timed_out_after_ms)
		note(text, "[timed out after %" PRIu64 " ms]\n", bash->timed_out_after_ms);
	if (bash->signo)
		note(text, "[ended by signal %d, %s]\n", bash->signo, strsignal(bash->signo));
	else if (bash->exit_code)
		note(text, "[exit code %d]\n", bash->exit_code);
	else if (!text->body.len && !text->err.len && result->status == CALL_OK)
		note(text, "[no output]\n");
	if (bash->raw_output_path)
		note(text, "[all output: %s]\n", bash->raw_output_path);
	else if (text_is_lost(result))
		note(text, "[what was left out could not be kept]\n");
}

/* A stranger's, on one line. */
static void note_title(struct text *text, const char *title)
{
	char room[TITLE_BYTES_MAX + 1];
	size_t n = utf8_fit(title, strlen(title), TITLE_BYTES_MAX);

	for (size_t i = 0; i < n; i++)
		room[i] = (unsigned char)title[i] < ' ' || title[i] == 0x7f ? ' ' : title[i];
	room[n] = '\0';
	note(text, "\"%s\", ", room);
}

static void note_web_fetch(struct text *text, const struct result *result)
{
	const struct web_fetch_output *fetch = &result->web_fetch;

	if (result->status != CALL_OK || !fetch->url)
		return;
	if (fetch->is_beside_prompt)
		note(text, "[no paragraph matches the prompt: this is how the page begins]\n");
	note(text, "[page: ");
	if (fetch->title && *fetch->title)
		note_title(text, fetch->title);
	note(text, "%.300s", fetch->url);
	if (!text->body.len)
		note(text, ": there is no text in it");
	note(text, "]\n");
}

static void note_search(struct text *text, const struct result *result)
{
	const char *at = result->web_search.missing;

	if (!result->web_search.n_pages && result->status == CALL_OK)
		note(text, "[no results]\n");
	while (at && *at) {
		size_t len = strcspn(at, "\n");

		note(text, "[missing: %.*s]\n", (int)len, at);
		at += len + (at[len] != 0);
	}
}

static void note_redacted(struct text *text, const struct receipt *receipt)
{
	if (receipt->redacted)
		note(text, "[%" PRIu64 " secret%s redacted]\n", receipt->redacted,
		     receipt->redacted == 1 ? "" : "s");
}

static void note_incomplete(struct text *text, const struct receipt *receipt)
{
	const char *comma = "";

	if (!receipt->why)
		return;
	note(text, "[incomplete: ");
	for (unsigned i = 0; i < WHY_COUNT; i++) {
		if (!(receipt->why & 1u << i))
			continue;
		note(text, "%s%s", comma, receipt_why_name(i));
		comma = ", ";
	}
	if (receipt->truncated_at)
		note(text, "; cut at %.300s", receipt->truncated_at);
	if (receipt->cursor)
		note(text, "; go on with cursor=%s", receipt->cursor);
	note(text, "]\n");
}

bool text_is_lost(const struct result *result)
{
	return result->payload == PAYLOAD_BASH && result->receipt.why & WHY_OUTPUT_CUT &&
	       !result->bash.raw_output_path;
}

void text_of(const struct result *result, struct text *ret_text)
{
	struct text *text = ret_text;

	text->body = text_body(result);
	text->err = text_err(result);
	text->full_output = NULL;
	text->notes_len = 0;
	text->notes[0] = '\0';
	switch (result->payload) {
	case PAYLOAD_GLOB:
		note_glob(text, result);
		break;
	case PAYLOAD_GREP:
		note_grep(text, result);
		break;
	case PAYLOAD_READ:
		note_read(text, result);
		break;
	case PAYLOAD_BASH:
		note_bash(text, result);
		break;
	case PAYLOAD_WEB_SEARCH:
		note_search(text, result);
		break;
	case PAYLOAD_WEB_FETCH:
		note_web_fetch(text, result);
		break;
	case PAYLOAD_AGENT:
	case PAYLOAD_NONE:
		break;
	}
	if (result->error.class != ERROR_NONE)
		note(text, "[%s: %s]\n", call_status_name(result->status), result->error.text);
	else if (result->status != CALL_OK && result->payload != PAYLOAD_BASH)
		note(text, "[%s]\n", call_status_name(result->status));
	note_redacted(text, &result->receipt);
	note_incomplete(text, &result->receipt);
}

static const char *plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

static void figures_grep(const struct grep_output *grep, char *out, size_t size)
{
	const char *s = plural(grep->total_files);

	switch (grep->mode) {
	case GREP_CONTENT:
		(void)snprintf(out, size, "%" PRIu64 " line%s in %" PRIu64 " file%s",
			       grep->total_lines, plural(grep->total_lines), grep->total_files, s);
		return;
	case GREP_COUNT:
		(void)snprintf(out, size, "%" PRIu64 " match%s in %" PRIu64 " file%s",
			       grep->n_matches, grep->n_matches == 1 ? "" : "es", grep->n_files,
			       plural(grep->n_files));
		return;
	case GREP_FILES:
		(void)snprintf(out, size, "%" PRIu64 " file%s", grep->total_files, s);
		return;
	case GREP_MENTIONS:
		(void)snprintf(out, size, "%" PRIu64 " line%s in %" PRIu64 " file%s",
			       grep->n_matches, plural(grep->n_matches), grep->total_files, s);
		return;
	case GREP_MODE_COUNT:
		return;
	}
}

/* ", $0.0105"; "" when nothing is known. */
static const char *dollars(uint64_t usd_e6, char *out, size_t size)
{
	*out = '\0';
	if (usd_e6)
		(void)snprintf(out, size, ", $%.4f", (double)usd_e6 / 1e6);
	return out;
}

void text_figures(const struct result *result, char *out, size_t size)
{
	char text[40];

	out[0] = '\0';
	switch (result->payload) {
	case PAYLOAD_GLOB:
		(void)snprintf(out, size, "%" PRIu64 " file%s", result->glob.total_matches,
			       plural(result->glob.total_matches));
		return;
	case PAYLOAD_GREP:
		figures_grep(&result->grep, out, size);
		return;
	case PAYLOAD_READ:
		(void)snprintf(out, size, "%" PRIu64 " line%s", result->read.n_lines,
			       plural(result->read.n_lines));
		return;
	case PAYLOAD_BASH:
		if (result->bash.signo)
			(void)snprintf(out, size, "signal %d", result->bash.signo);
		else
			(void)snprintf(out, size, "exit %d", result->bash.exit_code);
		return;
	case PAYLOAD_WEB_SEARCH:
		(void)snprintf(out, size, "%" PRIu64 " page%s", result->web_search.n_pages,
			       plural(result->web_search.n_pages));
		return;
	case PAYLOAD_WEB_FETCH:
		(void)snprintf(out, size, "HTTP %d, %" PRIu64 " bytes", result->web_fetch.status,
			       result->web_fetch.n_bytes);
		return;
	case PAYLOAD_AGENT:
		(void)snprintf(out, size, "%" PRIu64 " call%s, %" PRIu64 " tokens%s",
			       result->agent.n_calls, plural(result->agent.n_calls),
			       result->agent.tree_tokens,
			       dollars(result->agent.tree_usd_e6, text, sizeof(text)));
		return;
	case PAYLOAD_NONE:
		return;
	}
}

/* Cut after it is redacted: half a secret would not be known. */
void text_brief(const struct call *call, const struct secrets *secrets, char *out, size_t size)
{
	CLEANUP(buf) struct buf redacted = { .max = SIZE_MAX / 2 };
	const char *text = NULL;
	size_t n = 0;

	for (size_t i = 0; call->tool->brief_key && i < call->args.n && !text; i++)
		if (!strcmp(call->args.specs[i].name, call->tool->brief_key))
			text = args_str(&call->args, i);
	if (text && secrets)
		text = redact_text(secrets, text, strlen(text), &redacted) < 0 ? NULL
									       : redacted.data;
	for (; text && text[n] && n + 4 < size; n++)
		out[n] = (unsigned char)text[n] < 0x20 ? ' ' : text[n];
	if (text && text[n]) {
		while (n && ((unsigned char)text[n] & 0xc0) == 0x80)
			n--; /* not inside a character */
		memcpy(out + n, "...", 3);
		n += 3;
	}
	out[n] = '\0';
}

void text_share(const struct slice *body, const struct slice *err, enum encoding body_encoding,
		size_t limit, struct cut *ret_body, struct cut *ret_err)
{
	enum encoding err_encoding = body_encoding == ENCODING_LIST ? ENCODING_JSON : body_encoding;
	size_t want_body, want_err, spend;

	if (limit == SIZE_MAX) {
		*ret_body = (struct cut){ .head = body->len };
		*ret_err = (struct cut){ .head = err->len };
		return;
	}
	want_body = slice_cost(body, body_encoding, limit);
	want_err = slice_cost(err, err_encoding, limit);
	spend = want_err <= limit / 2 ? want_err : limit / 2;
	if (want_body < limit - spend) {
		spend = limit - want_body;
		spend = spend < want_err ? spend : want_err;
	}
	*ret_err = slice_cut(err, err_encoding, spend);
	*ret_body = slice_cut(body, body_encoding, limit - spend);
}

/* One part after another, on a line of its own. */
static void write_part(const struct slice *slice, const struct cut *cut, enum encoding encoding,
		       struct buf *out)
{
	size_t shown = cut->head + cut->tail;
	const char *newline = encoding == ENCODING_RAW ? "\n" : "\\n";
	char last;

	slice_write(slice, cut, encoding, out);
	if (!shown)
		return;
	last = cut->tail ? slice->data[slice->len - 1] : slice->data[cut->head - 1];
	if (last != slice->end)
		buf_add_str(out, newline);
}

static void write_notes(const char *notes, size_t len, enum encoding encoding, struct buf *out)
{
	if (encoding == ENCODING_RAW)
		buf_add(out, notes, len);
	else
		json_escape(out, notes, len);
}

static void write_cut(const struct text *text, const struct cut *body, const struct cut *err,
		      enum encoding encoding, struct buf *out)
{
	const struct slice *slices[] = { &text->body, &text->err };
	const struct cut *cuts[] = { body, err };
	const char *const suffixes[] = { ".out", ".err" };
	const char *before = "; all in ";
	char figures[128];
	int n = snprintf(figures, sizeof(figures), "[cut to the budget: %zu of %zu bytes shown",
			 body->head + body->tail + err->head + err->tail,
			 text->body.len + text->err.len);

	write_notes(figures, (size_t)n, encoding, out);
	for (size_t i = 0; i < countof(slices) && text->full_output; i++) {
		if (cut_is_whole(slices[i], cuts[i]))
			continue;
		buf_add_str(out, before);
		write_notes(text->full_output, strlen(text->full_output), encoding, out);
		buf_add_str(out, suffixes[i]);
		before = " and ";
	}
	write_notes("]\n", 2, encoding, out);
}

bool text_write(const struct text *text, enum encoding encoding, size_t limit, struct buf *out)
{
	struct cut body, err;
	bool is_cut;

	text_share(&text->body, &text->err, encoding, limit, &body, &err);
	write_part(&text->body, &body, encoding, out);
	write_part(&text->err, &err, encoding, out);
	is_cut = !cut_is_whole(&text->body, &body) || !cut_is_whole(&text->err, &err);
	if (is_cut)
		write_cut(text, &body, &err, encoding, out);
	write_notes(text->notes, text->notes_len, encoding, out);
	return is_cut;
}
