/* SPDX-License-Identifier: MIT */
/* Bash: what a command answered, and what its output says of files where its words tell how to
 * read it; diagnostics of compilers and tests wherever they stand. */
#include "base/str.h"
#include "graph/aggregate.h"
#include "graph/command.h"
#include "graph/diagnostic.h"
#include "scan/excludes.h"
#include "tools/bash_args.h"

#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

enum { COMMITS_MAX = 1000, DIAGNOSTICS_MAX = 10000, OUTPUT_MAX = 64 << 20 };

/* A command and one of its streams. */
struct output {
	struct aggregate *aggregate;
	const struct command *command;
	const char *cwd;
	const char *text;
	size_t len;
};

/* "a/../b": for the system there must be a directory a, which the clean path does not say. */
static bool turns_back(const char *path, size_t len)
{
	size_t at = 0;

	while (at + 2 < len && memcmp(path + at, "../", 3) == 0)
		at += 3;
	return len - at > 3 && memmem(path + at, len - at, "/..", 3);
}

static void add_exists(struct output *out, const char *path, size_t len, bool exists)
{
	const char *clean = aggregate_path(out->aggregate, out->cwd, path, len);
	struct fact fact = { .kind = FACT_EXISTS, .file = clean, .value = exists };

	if (!clean || !*clean || turns_back(path, len))
		return;
	fact.file_len = strlen(clean);
	facts_add(out->aggregate->facts, &fact);
}

typedef void line_fn(struct output *out, const char *line, size_t len);

static void each_line(struct output *out, line_fn *take)
{
	for (size_t at = 0; at < out->len;) {
		const char *end = memchr(out->text + at, '\n', out->len - at);
		size_t len = (end ? (size_t)(end - out->text) : out->len) - at;

		take(out, out->text + at, len);
		at += len + 1;
	}
}

static void take_path(struct output *out, const char *line, size_t len)
{
	const char *dir = out->command->dir;
	char *joined;

	if (out->command->quotes_paths && len && *line == '"')
		return; /* an odd name, written as C would */

	if (!len || (dir && str_equal(dir, ".")))
		dir = NULL;
	/* `ls FILE` prints FILE; a directory whose only file has its name is there all the same. */
	if (dir && out->len == len + 1 && strlen(dir) == len && memcmp(dir, line, len) == 0)
		dir = NULL;
	joined = dir ? arena_printf(out->aggregate->arena, "%s/%.*s", dir, (int)len, line) : NULL;
	if (joined)
		add_exists(out, joined, strlen(joined), true);
	else if (len)
		add_exists(out, line, len, true);
}

/* Asked of one file, grep leaves out its name; of one directory, all names begin with it. */
static bool read_match(const struct output *out, const char *line, size_t len,
		       struct aggregate_match *ret)
{
	const char *asked = out->command->file;
	size_t digits = 0;

	if (out->command->quotes_paths && len && *line == '"')
		return false;
	if (!asked)
		return aggregate_read_match(line, len, ret);
	while (digits < len && line[digits] >= '0' && line[digits] <= '9')
		digits++;
	if (!digits || digits > 9 || digits == len || line[digits] != ':')
		return str_starts_with(line, asked) && aggregate_read_match(line, len, ret);
	*ret = (struct aggregate_match){ out->command->file, strlen(out->command->file),
					 (uint32_t)strtoul(line, NULL, 10), line + digits + 1,
					 len - digits - 1 };
	return true;
}

/* Tools that read files as text take off its byte order mark; commands print it. */
static void skip_mark(const char **text, size_t *len)
{
	if (*len >= 3 && memcmp(*text, "\xef\xbb\xbf", 3) == 0) {
		*text += 3;
		*len -= 3;
	}
}

static void take_match(struct output *out, const char *line, size_t len)
{
	struct aggregate_match match;
	const char *path, *printed;
	size_t printed_len;

	if (!read_match(out, line, len, &match))
		return;
	path = aggregate_path(out->aggregate, out->cwd, match.file, match.file_len);
	if (!path)
		return;
	printed = match.file;
	printed_len = match.file_len;
	match.file = path;
	match.file_len = strlen(path);
	if (match.line == 1)
		skip_mark(&match.text, &match.text_len);
	aggregate_match(out->aggregate, &match, out->text);
	add_exists(out, printed, printed_len, true);
}

/* "  12 src/a.c" */
static void take_length(struct output *out, const char *line, size_t len)
{
	struct fact fact = { .kind = FACT_LENGTH };
	char *end;
	size_t from;

	fact.value = strtoull(line, &end, 10);
	from = (size_t)(end - line);
	if (end == line || from >= len || *end != ' ' ||
	    (len - from == 6 && memcmp(end, " total", 6) == 0))
		return;
	fact.file = aggregate_path(out->aggregate, out->cwd, end + 1, len - from - 1);
	if (!fact.file)
		return;
	fact.file_len = strlen(fact.file);
	facts_add(out->aggregate->facts, &fact);
}

/* "cat: src/a.c: No such file or directory", "ls: cannot access 'x': No such …" */
static void take_missing(struct output *out, const char *line, size_t len)
{
	static const char what[] = ": No such file or directory";
	const char *colon = memchr(line, ':', len);
	static const char reading[] = "' for reading"; /* head */
	const char *end = line + len - (sizeof(what) - 1), *from;

	if (len < sizeof(what) + 2 || !colon || memcmp(end, what, sizeof(what) - 1) != 0)
		return;
	from = colon + 2;
	if (end - from > (ptrdiff_t)sizeof(reading) &&
	    memcmp(end - (sizeof(reading) - 1), reading, sizeof(reading) - 1) == 0)
		end -= sizeof(reading) - 2; /* not the quote */
	if (from < end && end[-1] == '\'') {
		const char *quote = memchr(from, '\'', (size_t)(end - 1 - from));

		if (!quote)
			return;
		from = quote + 1;
		end--;
	} else if (from < end && str_starts_with(from, "can't read ")) {
		from += strlen("can't read ");
	}
	if (from < end)
		add_exists(out, from, (size_t)(end - from), false);
}

static void take_text(struct output *out)
{
	struct aggregate *aggregate = out->aggregate;
	const char *given = out->command->file;
	const char *path = aggregate_path(aggregate, out->cwd, given, strlen(given));
	struct aggregate_text text = {
		.file = path, .text = out->text, .len = out->len, .line = out->command->line
	};
	struct fact length = { .kind = FACT_LENGTH, .file = path };

	if (!path || !out->len || memchr(out->text, '\0', out->len))
		return; /* not as text, or in UTF-16 */
	if (text.line == 1)
		skip_mark(&text.text, &text.len);
	text.file_len = length.file_len = strlen(path);
	aggregate_text(aggregate, &text);
	if (!out->command->is_whole)
		return;
	for (size_t i = 0; i < out->len; i++)
		length.value += out->text[i] == '\n';
	facts_add(aggregate->facts, &length);
}

/* ---- git log ---- */

/* Whether the line begins with a commit's id: how long it is. */
static size_t commit_id(const char *line, size_t len)
{
	size_t n = 0;

	while (n < len && n < 41 && line[n] && strchr("0123456789abcdef", line[n]))
		n++;
	return n >= 7 && n <= 40 && (n == len || line[n] == ' ') ? n : 0;
}

static void take_log(struct output *out)
{
	const char *commit = NULL, *path;
	size_t commit_len = 0, n = 0;

	for (size_t at = 0; at < out->len && n < COMMITS_MAX;) {
		const char *line = out->text + at;
		const char *end = memchr(line, '\n', out->len - at);
		size_t len = (size_t)((end ? end : out->text + out->len) - line);
		size_t skip = len > 7 && memcmp(line, "commit ", 7) == 0 ? 7 : 0;
		size_t id = commit_id(line + skip, len - skip);
		struct fact fact = { .kind = FACT_COMMIT };

		at += len + 1;
		if (id) {
			commit = fact.name = line + skip;
			commit_len = fact.name_len = id;
			n++;
			facts_add(out->aggregate->facts, &fact);
			continue;
		}
		if (!out->command->names_changes || !commit || !len || line[0] == ' ' ||
		    memchr(line, ' ', len) || !(memchr(line, '/', len) || memchr(line, '.', len)))
			continue;
		path = aggregate_path(out->aggregate, NULL, line, len);
		fact = (struct fact){ .kind = FACT_CHANGE,
				      .file = path,
				      .file_len = path ? strlen(path) : 0,
				      .name = commit,
				      .name_len = commit_len };
		if (path)
			facts_add(out->aggregate->facts, &fact);
	}
}

/* ---- diagnostics ---- */

/* Where each line of an output begins. */
struct line_starts {
	struct VEC(uint32_t) list;
};

struct diagnoser {
	struct output *out;
	struct line_starts starts;
	bool is_body; /* standard output: evidence can point into it */
};

static void copy_span(struct aggregate *aggregate, struct span span, const char **ret,
		      size_t *ret_len)
{
	*ret = span.len ? arena_memdup0(aggregate->arena, span.at, span.len) : NULL;
	*ret_len = *ret ? span.len : 0;
}

static void set_file(struct diagnoser *diagnoser, const struct diagnostic *found, struct fact *fact)
{
	struct aggregate *aggregate = diagnoser->out->aggregate;
	CLEANUP(buf) struct buf path = { .max = 4096 };

	if (!found->file.len)
		return;
	diagnostic_relative(aggregate->root, found, &path);
	if (buf_error(&path) || !path.len)
		return;
	/* What make had entered is known; otherwise it is relative to where the command ran. */
	fact->file = aggregate_path(aggregate, found->directory.len ? NULL : diagnoser->out->cwd,
				    path.data, path.len);
	if (fact->file && !*fact->file)
		fact->file = NULL;
	fact->file_len = fact->file ? strlen(fact->file) : 0;
}

static void set_evidence(const struct diagnoser *diagnoser, const struct diagnostic *found,
			 struct fact *fact)
{
	size_t n = diagnoser->starts.list.n;
	uint32_t end;

	if (!diagnoser->is_body || !found->output_line || found->output_line > n)
		return;
	end = found->output_end_line < n ? diagnoser->starts.list.items[found->output_end_line]
					 : (uint32_t)diagnoser->out->len;
	fact->at = diagnoser->starts.list.items[found->output_line - 1];
	fact->len = end > fact->at ? end - fact->at : 0;
}

static int take_diagnostic(void *context, const struct diagnostic *found)
{
	struct diagnoser *diagnoser = context;
	struct aggregate *aggregate = diagnoser->out->aggregate;
	bool is_test =
		found->kind == DIAGNOSTIC_TEST_FAILED || found->kind == DIAGNOSTIC_TEST_PASSED;
	struct fact fact = { .kind = is_test ? FACT_TEST : FACT_DIAGNOSTIC,
			     .sub = found->kind,
			     .line = found->line,
			     .value = found->kind == DIAGNOSTIC_TEST_PASSED };

	if (found->kind == DIAGNOSTIC_TEST_SKIPPED)
		return 0;
	copy_span(aggregate, is_test || !found->message.len ? found->symbol : found->message,
		  &fact.name, &fact.name_len);
	set_file(diagnoser, found, &fact);
	set_evidence(diagnoser, found, &fact);
	if (!fact.name)
		return 0;
	facts_add(aggregate->facts, &fact);
	if (!fact.file || is_test || !found->symbol.len)
		return 0;
	fact.kind = FACT_REFERENCE;
	copy_span(aggregate, found->symbol, &fact.name, &fact.name_len);
	if (fact.name)
		facts_add(aggregate->facts, &fact);
	return 0;
}

static void take_diagnostics(struct output *out, bool is_body)
{
	struct diagnoser diagnoser = { .out = out, .is_body = is_body };

	for (size_t at = 0; is_body && at < out->len && out->len < UINT32_MAX;) {
		const char *end = memchr(out->text + at, '\n', out->len - at);

		if (!vec_push(&diagnoser.starts.list, (uint32_t)at))
			out->aggregate->facts->is_out_of_memory = true;
		at = end ? (size_t)(end - out->text) + 1 : out->len;
	}
	if (diagnostic_parse(out->text, out->len, DIAGNOSTICS_MAX, take_diagnostic, &diagnoser) < 0)
		out->aggregate->facts->is_out_of_memory = true;
	vec_release(&diagnoser.starts.list);
}

static uint64_t hash_lines(const char *text, size_t len)
{
	uint64_t sum = 0;

	for (size_t at = 0; at < len;) {
		const char *end = memchr(text + at, '\n', len - at);
		size_t n = end ? (size_t)(end - text) + 1 - at : len - at;

		sum += XXH3_64bits(text + at, n);
		at += n;
	}
	return sum;
}

/* What is shown of an output that was cut names the file that has all of it: that is compared. With
 * errors among it, it is not: pieces of both come as they please. */
static void add_answer(struct aggregate *aggregate, const struct command *command)
{
	const struct result *result = aggregate->result;
	struct fact fact = { .kind = FACT_ANSWER };
	const char *text = result->body ? blob_data(result->body) : "";
	size_t len = result->body ? blob_len(result->body) : 0;
	XXH64_hash_t status = (unsigned)result->bash.exit_code;
	CLEANUP(buf) struct buf all = { .max = OUTPUT_MAX };
	uint64_t lines;

	if (result->receipt.why & WHY_OUTPUT_CUT) {
		if (!result->bash.raw_output_path ||
		    (result->bash.err && blob_len(result->bash.err)) ||
		    excludes_read(result->bash.raw_output_path, &all) < 0 || buf_error(&all))
			return;
		text = all.data ? all.data : "";
		len = all.len;
	}
	lines = command->is_unordered ? hash_lines(text, len) : XXH3_64bits(text, len);
	fact.value = XXH3_64bits_withSeed(&lines, sizeof(lines), status);
	facts_add(aggregate->facts, &fact);
}

static void take_stream(struct output *out)
{
	static line_fn *const by_line[] = { [COMMAND_PATHS] = take_path,
					    [COMMAND_MATCHES] = take_match,
					    [COMMAND_LENGTH] = take_length,
					    [COMMAND_LOG] = NULL };
	enum command_kind kind = out->command->kind;

	if (kind == COMMAND_TEXT)
		take_text(out);
	else if (kind == COMMAND_LOG)
		take_log(out);
	else if (by_line[kind])
		each_line(out, by_line[kind]);
}

void aggregate_bash(struct aggregate *aggregate)
{
	const struct result *result = aggregate->result;
	const struct args *args = &aggregate->call->args;
	struct command command;
	struct output out = { .aggregate = aggregate,
			      .command = &command,
			      .cwd = args_str(args, BASH_CWD) };

	if (result->payload != PAYLOAD_BASH || result->status == CALL_SKIPPED)
		return;
	command_read(args_str(args, BASH_COMMAND), aggregate->arena, &command);
	if (result->status == CALL_OK || result->error.origin == ERROR_FROM_EXIT ||
	    result->error.origin == ERROR_FROM_GREP)
		add_answer(aggregate, &command);
	out.text = result->body ? blob_data(result->body) : "";
	out.len = result->body ? blob_len(result->body) : 0;
	if (command.kind == COMMAND_TEST && result->bash.exit_code >= 0 &&
	    result->bash.exit_code <= 1)
		add_exists(&out, command.file, strlen(command.file), !result->bash.exit_code);
	else if (!(result->receipt.why & WHY_OUTPUT_CUT) && !result->receipt.redacted &&
		 command.kind != COMMAND_OTHER)
		take_stream(&out);
	if (command.kind == COMMAND_OTHER || command.kind == COMMAND_TEST)
		take_diagnostics(&out, true);
	if (command.names_missing_paths && result->bash.err) {
		out.text = blob_data(result->bash.err);
		out.len = blob_len(result->bash.err);
		each_line(&out, take_missing);
	} else if (result->bash.err) {
		out.text = blob_data(result->bash.err);
		out.len = blob_len(result->bash.err);
		take_diagnostics(&out, false);
	}
}
