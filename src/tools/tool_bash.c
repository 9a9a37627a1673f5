/* SPDX-License-Identifier: MIT */
/*
 * Bash: shell commands. A command that is only plain words is executed without a shell, as make
 * does: that halves its cost. What the kernel cannot execute that way is given to bash after all,
 * so that it means the same; and to sh where there is no bash.
 *
 * Any exit status but 0 makes the call "failed", with all of its output. Its class is "invalid":
 * the same command is expected to fail the same way again. Nothing is repeated because of it but
 * what is declared idempotent.
 */
#include "base/buf.h"
#include "base/str.h"
#include "model/host.h"
#include "os/path.h"
#include "tools/bash_args.h"
#include "tools/child_env.h"
#include "tools/registry.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum {
	TIMEOUT_MS = 120000,
	TIMEOUT_MAX_MS = 600000,
	ARGUMENT_BYTES_MAX = (128 << 10) - 1, /* MAX_ARG_STRLEN of Linux, with a NUL */
	WORDS_MAX = 64,
	ARENA_BYTES_MAX = 64 << 10, /* of a result: a path */
};

/* In the order of enum sandbox_level. */
static const char *const levels[] = { "off", "workspace", "strict", NULL };

static const struct arg_spec bash_args[] = {
	[BASH_COMMAND] = { "command", ARG_STR, NULL, "shell command to run", .required = true,
			   .max = ARGUMENT_BYTES_MAX },
	[BASH_TIMEOUT] = { "timeout", ARG_INT, NULL, "milliseconds until it is ended", .min = 1,
			   .max = TIMEOUT_MAX_MS, .initial = TIMEOUT_MS },
	[BASH_DESCRIPTION] = { "description", ARG_STR, NULL, "what it is for", .required = false },
	[BASH_CWD] = { "cwd", ARG_PATH, NULL, "directory beneath the root to run it in",
		       .required = false },
	[BASH_ENV] = { "env", ARG_STR_MAP, NULL, "variables to add to its environment",
		       .required = false },
	[BASH_STDIN] = { "stdin", ARG_STR, NULL, "its standard input; empty when not given",
			 .required = false },
	/* The plan takes these two before they get here. */
	[BASH_NEEDS] = { "needs", ARG_STR_LIST, NULL, "ids of calls that must succeed first",
			 .required = false },
	[BASH_LOCKS] = { "locks", ARG_STR_LIST, NULL, "calls that share a lock never overlap",
			 .required = false },
	[BASH_IDEMPOTENT] = { "idempotent", ARG_BOOL, NULL, "running it twice does no harm",
			      .required = false },
	[BASH_CREATES] = { "creates", ARG_PATH, NULL,
			   "what it makes, beneath the root: while that is there, it is not run",
			   .required = false },
	[BASH_NETWORK] = { "network", ARG_BOOL, NULL, "let it use the network of the machine",
			   .required = false },
	[BASH_SANDBOX] = { "sandbox", ARG_ENUM, NULL,
			   "how it is confined; never less than the run asks for",
			   .choices = levels },
	{ .type = ARG_END },
};

/* ---- words ---- */

/* What means itself wherever it stands in a word. */
static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr("_-./,:@%+=", c));
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* First words that the shell does not look up in PATH, or that it does differently. */
static bool is_for_shell(const char *word)
{
	static const char *const words[] = {
		".",        ":",       "alias",   "bg",      "bind",      "break",    "builtin",
		"caller",   "case",    "cd",      "command", "compgen",   "complete", "compopt",
		"continue", "coproc",  "declare", "dirs",    "disown",    "do",       "done",
		"echo",     "elif",    "else",    "enable",  "esac",      "eval",     "exec",
		"exit",     "export",  "false",   "fc",      "fg",        "fi",       "for",
		"function", "getopts", "hash",    "help",    "history",   "if",       "in",
		"jobs",     "kill",    "let",     "local",   "logout",    "mapfile",  "popd",
		"printf",   "pushd",   "pwd",     "read",    "readarray", "readonly", "return",
		"select",   "set",     "shift",   "shopt",   "source",    "suspend",  "test",
		"then",     "time",    "times",   "trap",    "true",      "type",     "typeset",
		"ulimit",   "umask",   "unalias", "unset",   "until",     "wait",     "while",
	};

	for (size_t i = 0; i < countof(words); i++) {
		if (str_equal(words[i], word))
			return true;
	}
	return false;
}

/* true and false are the same in the shell and out of it, unless they are asked for --help. */
static bool is_direct(const char *const *words, size_t n)
{
	if (n == 1 && (str_equal(words[0], "true") || str_equal(words[0], "false")))
		return true;
	return n > 0 && !strchr(words[0], '=') && !strchr(words[0], '/') && words[0][0] != '%' &&
	       !is_for_shell(words[0]);
}

/* Splits a simple command in place: *own_text keeps the words. False: it is for the shell. */
static bool split_words(char *text, const char *words[WORDS_MAX + 1])
{
	size_t n = 0;

	for (char *at = text; *at;) {
		if (is_blank(*at)) {
			*at++ = '\0';
			continue;
		}
		if (n == WORDS_MAX)
			return false;
		words[n++] = at;
		while (is_plain(*at))
			at++;
		if (*at && !is_blank(*at))
			return false;
	}
	words[n] = NULL;
	return is_direct(words, n);
}

/* ---- environment ---- */

/* Bash reads files and functions from such variables. */
static bool changes_shell(const struct value *asked)
{
	for (size_t i = 0; asked && i < asked->n_pairs; i++) {
		if (str_starts_with(asked->pairs[i].key, "BASH"))
			return true;
	}
	return false;
}

/* ---- the end ---- */

enum how { HOW_DIRECT, HOW_BASH, HOW_SH };

static void end_spawn_failed(const struct child_outcome *outcome, struct result *result)
{
	result->status = CALL_FAILED;
	(void)error_errno(&result->error, outcome->spawn_errno, "cannot start the command");
	if (outcome->spawn_errno == E2BIG)
		(void)error_set(&result->error, ERROR_INVALID, E2BIG,
				"the command, or a variable for it, is over 128 KiB");
	error_from(&result->error, ERROR_FROM_SPAWN, 0);
}

static bool is_grep(const struct call *call, enum how how)
{
	const char *command = args_str(&call->args, BASH_COMMAND);

	return how == HOW_DIRECT &&
	       (str_starts_with(command, "grep ") || str_starts_with(command, "rg "));
}

static void end_exited(const struct child_outcome *outcome, struct result *result)
{
	result->bash.exit_code = WIFEXITED(outcome->status) ? WEXITSTATUS(outcome->status) : -1;
	result->bash.signo = WIFSIGNALED(outcome->status) ? WTERMSIG(outcome->status) : 0;
	if (outcome->status == 0)
		return;
	result->status = CALL_FAILED;
	if (result->bash.signo)
		(void)error_set(&result->error, ERROR_INVALID, 0, "ended by signal %d (%s)",
				result->bash.signo, strsignal(result->bash.signo));
	else
		(void)error_set(&result->error, ERROR_INVALID, 0, "exited with status %d",
				result->bash.exit_code);
	if (result->bash.signo)
		error_from(&result->error, ERROR_FROM_SIGNAL, result->bash.signo);
	else
		error_from(&result->error, ERROR_FROM_EXIT, result->bash.exit_code);
}

/* Law: nothing takes effect twice. Only what may be repeated is said to have just failed. */
static void end_lost(const struct call *call, struct result *result)
{
	bool is_idempotent = args_bool(&call->args, BASH_IDEMPOTENT);

	result->status = is_idempotent ? CALL_FAILED : CALL_INDETERMINATE;
	result->bash.exit_code = -1;
	(void)error_set(&result->error, ERROR_TRANSIENT, 0,
			"its end is unknown: the supervisor of commands was killed");
	error_from(&result->error, ERROR_FROM_ENGINE, FAULT_END_UNKNOWN);
}

static void set_status(const struct call *call, const struct child_outcome *outcome,
		       struct result *result)
{
	if (outcome->timed_out) {
		end_exited(outcome, result);
		result->status = CALL_TIMEOUT;
		result->bash.timed_out_after_ms = outcome->timed_out_after_ms;
		result->receipt.why |= WHY_DEADLINE;
		(void)error_set(&result->error, ERROR_TIMEOUT, ETIMEDOUT, "ended after %llu ms%s%s",
				(unsigned long long)outcome->timed_out_after_ms,
				outcome->run_timed_out ? ", when the run's time was up" : "",
				outcome->lost ? "; it could not be killed" : "");
	} else if (outcome->cancelled) {
		end_exited(outcome, result);
		result->status = CALL_CANCELLED;
		result->bash.interrupted = true;
		result->receipt.why |= WHY_CANCELLED;
		(void)error_set(&result->error, ERROR_CANCELLED, ECANCELED,
				"ended: the run stops%s",
				outcome->lost ? "; it could not be killed" : "");
	} else if (outcome->spawn_errno) {
		end_spawn_failed(outcome, result);
	} else if (outcome->lost) {
		end_lost(call, result);
	} else {
		end_exited(outcome, result);
	}
}

static int keep_path(const char *path, struct result *result)
{
	result->arena = malloc(sizeof(*result->arena));
	if (!result->arena)
		return -ENOMEM;
	arena_init(result->arena, ARENA_BYTES_MAX);
	result->bash.raw_output_path = arena_strdup(result->arena, path);
	return result->bash.raw_output_path ? 0 : -ENOMEM;
}

/* ---- running: host->tool_data says how ---- */

static int run_how(struct host *host, const struct call *call, enum how how, struct error *err);

static void bash_done(struct host *host, const struct call *call, struct child_outcome *own_outcome)
{
	struct result result = { .payload = PAYLOAD_BASH, .cpu_us = own_outcome->cpu_us };
	int code = own_outcome->spawn_errno;
	bool is_stopped = own_outcome->timed_out || own_outcome->cancelled;
	enum how how = (enum how)host->tool_data;

	/* A program that is being written is so for bash too, and may not be a little later. */
	if (code && code != ETXTBSY && !is_stopped &&
	    (how == HOW_DIRECT || (how == HOW_BASH && code == ENOENT)) &&
	    run_how(host, call, how + 1, NULL) == 0) {
		blob_unref(own_outcome->out);
		blob_unref(own_outcome->err);
		return;
	}
	result.max_rss_kb = own_outcome->max_rss_kb;
	result.body = own_outcome->out;
	result.bash.err = own_outcome->err;
	if (code)
		result.bash.exit_code = -1;
	set_status(call, own_outcome, &result);
	if (result.error.origin == ERROR_FROM_EXIT && is_grep(call, how))
		result.error.origin = ERROR_FROM_GREP;
	if (own_outcome->cut)
		result.receipt.why |= WHY_OUTPUT_CUT;
	if (!result.body || !result.bash.err ||
	    (own_outcome->spool_path && keep_path(own_outcome->spool_path, &result) < 0)) {
		result.status = CALL_FAILED;
		(void)error_set(&result.error, ERROR_LIMIT, ENOMEM, "no memory for the output");
	}
	host->ops->finish(host, &result);
}

static enum sandbox_level level_of(const struct host *host, const struct args *args)
{
	enum sandbox_level asked = (enum sandbox_level)args_int(args, BASH_SANDBOX);

	return args_is_set(args, BASH_SANDBOX) && asked > host->sandbox ? asked : host->sandbox;
}

static int run_words(struct host *host, const struct call *call, const char *const *argv,
		     struct error *err)
{
	const struct args *args = &call->args;
	struct host_child child = {
		.argv = argv,
		.cwd = args_str(args, BASH_CWD),
		.stdin_data = args_str(args, BASH_STDIN),
		.timeout_ms = (uint64_t)args_int(args, BASH_TIMEOUT),
		.sandbox = level_of(host, args),
		.network = args_bool(args, BASH_NETWORK),
	};
	const struct child_env_conf env = {
		.asked = args->values[BASH_ENV].is_set ? args->values[BASH_ENV].value : NULL,
		.marks = host->marks,
		.sandbox = child.sandbox,
	};
	struct variables list = { 0 };
	struct arena arena;
	int r;

	if (child.stdin_data)
		child.stdin_len = args->values[BASH_STDIN].len;
	arena_init(&arena, 4 << 20);
	r = child_env_build(host, &env, &arena, &list);
	child.envp = list.items;
	r = r < 0 ? error_errno(err, ENOMEM, "cannot start the command")
		  : host->ops->run_child(host, &child, bash_done, err);
	vec_release(&list);
	arena_release(&arena);
	return r;
}

static int run_how(struct host *host, const struct call *call, enum how how, struct error *err)
{
	const char *command = args_str(&call->args, BASH_COMMAND);
	const char *shell[] = { how == HOW_SH ? "/bin/sh" : "bash", "-c", "--", command, NULL };
	const char *words[WORDS_MAX + 1];
	char *text;
	int r;

	host->tool_data = how;
	if (how != HOW_DIRECT)
		return run_words(host, call, shell, err);
	text = strdup(command);
	if (!text)
		return error_errno(err, ENOMEM, "cannot start the command");
	if (split_words(text, words)) {
		r = run_words(host, call, words, err);
	} else {
		host->tool_data = HOW_BASH;
		r = run_words(host, call, shell, err);
	}
	free(text);
	return r;
}

static int finish_created(struct host *host, const char *path, struct error *err)
{
	struct result result = { .payload = PAYLOAD_BASH };
	CLEANUP(buf) struct buf text;

	buf_init(&text, 2 * PATH_LEN_MAX);
	buf_printf(&text, "[not run: '%s' is there]\n", path);
	result.body = blob_new(text.data ? text.data : "", text.len);
	result.bash.err = blob_new("", 0);
	if (!result.body || !result.bash.err) {
		result_release(&result);
		return error_errno(err, ENOMEM, "cannot start the command");
	}
	host->ops->finish(host, &result);
	return 0;
}

/* 1: what the command is for is there already; 0: it is not. */
static int is_created(const struct host *host, const char *path, struct error *err)
{
	char clean[PATH_LEN_MAX];
	struct stat st;
	int r = path_clean(host->root_path, path, clean);

	if (r == -EXDEV)
		return error_set(err, ERROR_DENIED, EXDEV,
				 "'%.300s' leads out of the workspace root", path);
	if (r < 0)
		return error_errno(err, -r, "path '%.300s'", path);
	return path_stat(host->root_fd, clean, &st) == 0;
}

static tool_start_fn bash_start;
static int bash_start(struct host *host, const struct call *call, struct error *err)
{
	const struct arg *asked = &call->args.values[BASH_ENV];
	bool needs_shell = asked->is_set && changes_shell(asked->value);
	const struct arg *level = &call->args.values[BASH_SANDBOX];
	const char *creates = args_str(&call->args, BASH_CREATES);

	if (level->is_set && level->integer < (int64_t)host->sandbox)
		return error_set(err, ERROR_DENIED, EPERM,
				 "a call cannot loosen the sandbox of its run, which is '%s'",
				 sandbox_level_name(host->sandbox));
	if (creates) {
		int r = is_created(host, creates, err);

		if (r != 0)
			return r < 0 ? r : finish_created(host, creates, err);
	}
	return run_how(host, call, needs_shell ? HOW_BASH : HOW_DIRECT, err);
}

static tool_check_fn bash_check;
static int bash_check(const struct args *args, size_t *ret_arg, struct error *err)
{
	const struct arg *command = &args->values[BASH_COMMAND];

	*ret_arg = BASH_COMMAND;
	if (strlen(command->str) != command->len)
		return error_set(err, ERROR_INVALID, EINVAL, "a command cannot hold a NUL");
	if (command->str[strspn(command->str, " \t\r\n")] == '\0')
		return error_set(err, ERROR_INVALID, EINVAL, "the command is empty");
	*ret_arg = BASH_ENV;
	return args_is_set(args, BASH_ENV) ? child_env_check(args->values[BASH_ENV].value, err) : 0;
}

const struct tool tool_bash = {
	.name = "Bash",
	.summary = "Run a shell command",
	.args = bash_args,
	.lane = LANE_BASH,
	.flags = TOOL_WRITES,
	.check = bash_check,
	.start = bash_start,
	.brief_key = "command",
	.rerun_keys = { "idempotent", "creates" },
};
