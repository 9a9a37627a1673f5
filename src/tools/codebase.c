/* SPDX-License-Identifier: MIT */
/*
 * The fuser of Glob, Grep, Mentions and Read. Reads go first, since they know their files and take
 * microseconds; then one pass answers all globs and greps.
 */
#include "tools/codebase.h"

#include "model/cache.h"
#include "model/call_key.h"
#include "os/path.h"
#include "scan/cursor.h"
#include "scan/glob.h"
#include "scan/pass.h"
#include "scan/read.h"
#include "scan/signature.h"
#include "scan/type.h"
#include "tools/glob_place.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

enum { READS_PER_THREAD = 64, ANSWERS_PER_THREAD = 4, THREADS_MAX = 64 };

/* What the calls of a job came to: reads, and the queries of the pass. */
struct job {
	const struct fuse_conf *conf;
	struct arena arena;
	struct read_query *reads;
	size_t *read_calls; /* index of the call */
	size_t n_reads;
	atomic_size_t next_read;
	struct words **words; /* of mentions */
	size_t n_words;
	struct pass_query *queries;
	size_t *query_calls;
	struct signature *signatures; /* by query; NULL = nothing is cached */
	size_t n_queries;
	atomic_size_t next_query;
	struct pass *pass;
};

int codebase_check_files(const struct args *args, size_t glob_arg, size_t type_arg, size_t *ret_arg,
			 struct error *err)
{
	const char *glob = args_str(args, glob_arg), *type = args_str(args, type_arg);
	struct glob *compiled = NULL;
	int r = 0;

	if (glob) {
		*ret_arg = glob_arg;
		glob += *glob == '!';
		r = glob_new(glob, strlen(glob), GLOB_SEPARATOR, &compiled, err);
		glob_free(compiled);
	}
	if (!r && type && !type_find(type)) {
		const char *near = type_nearest(type);

		*ret_arg = type_arg;
		r = error_set(err, ERROR_INVALID, EINVAL, "unknown file type '%s'%s%s%s", type,
			      near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
	}
	return r;
}

/* An error is the call's result. */
static void answer_error(const struct job *job, size_t i_call, const struct error *err)
{
	struct result result = { .attempts = 1, .error = *err };

	result.status = err->class == ERROR_DENIED      ? CALL_DENIED
			: err->class == ERROR_CANCELLED ? CALL_CANCELLED
							: CALL_FAILED;
	result.receipt.root = job->conf->root_path;
	job->conf->done(job->conf->data, i_call, &result);
}

/* The call's path argument, clean; NULL after answering the call with what is wrong. */
static const char *clean_path(struct job *job, size_t i_call, const char *path)
{
	char clean[PATH_LEN_MAX];
	struct error err;
	int r = path ? path_clean(job->conf->root_path, path, clean) : 0;
	const char *copy;

	if (r == -EXDEV) {
		(void)error_set(&err, ERROR_DENIED, EXDEV,
				"'%.300s' leads out of the workspace root", path);
		error_from(&err, ERROR_FROM_CONFINED, 0);
	} else if (r) {
		(void)error_errno(&err, -r, "path '%.300s'", path);
	}
	copy = r ? NULL : arena_strdup(&job->arena, path ? clean : "");
	if (!r && !copy)
		(void)error_errno(&err, ENOMEM, "path");
	if (!copy)
		answer_error(job, i_call, &err);
	return copy;
}

static uint32_t context_of(const struct args *args, enum grep_arg side)
{
	size_t from = args_is_set(args, side)          ? side
		      : args_is_set(args, GREP_AROUND) ? (size_t)GREP_AROUND
						       : (size_t)GREP_CONTEXT;

	return args_is_set(args, from) ? (uint32_t)args_int(args, from) : 0;
}

static struct pass_query grep_query(const struct args *args, const char *path)
{
	static const enum grep_mode modes[] = { GREP_FILES, GREP_CONTENT, GREP_COUNT };
	struct pass_query query = {
		.selector = { .path = path,
			      .glob = args_str(args, GREP_GLOB),
			      .type = args_str(args, GREP_TYPE),
			      .hidden = args_bool(args, GREP_HIDDEN),
			      .no_ignore = args_bool(args, GREP_NO_IGNORE) },
		.pattern = args_str(args, GREP_PATTERN),
		.pattern_len = args->values[GREP_PATTERN].len,
		.mode = modes[args_int(args, GREP_OUTPUT_MODE)],
		.head_limit = (uint64_t)args_int(args, GREP_HEAD_LIMIT),
		.offset = (uint64_t)args_int(args, GREP_OFFSET),
		.print = { .before = context_of(args, GREP_BEFORE),
			   .after = context_of(args, GREP_AFTER),
			   .only_matching = args_bool(args, GREP_ONLY),
			   .line_numbers = args_bool(args, GREP_NUMBERS) },
	};

	query.regex_flags = (args_bool(args, GREP_ICASE) ? REGEX_ICASE : 0) |
			    (args_bool(args, GREP_MULTILINE) ? REGEX_MULTILINE : 0);
	return query;
}

static struct pass_query glob_query(const struct args *args, const char *path, const char *glob)
{
	return (struct pass_query){
		.selector = { .path = path,
			      .glob = glob,
			      .hidden = args_bool(args, GLOB_HIDDEN),
			      .no_ignore = args_bool(args, GLOB_NO_IGNORE) },
		.head_limit = (uint64_t)args_int(args, GLOB_HEAD_LIMIT),
		.offset = (uint64_t)args_int(args, GLOB_OFFSET),
	};
}

/* The job's words go with it. */
static int mentions_query(struct job *job, const struct args *args, const char *path,
			  struct pass_query *ret, struct error *err)
{
	const char *items[WORDS_MAX];
	struct words *words = NULL;
	int r = words_new(items, mentions_words(args, items), &words, err);

	if (r)
		return r;
	job->words[job->n_words++] = words;
	*ret = (struct pass_query){
		.selector = { .path = path,
			      .glob = args_str(args, MENTIONS_GLOB),
			      .type = args_str(args, MENTIONS_TYPE),
			      .hidden = args_bool(args, MENTIONS_HIDDEN),
			      .no_ignore = args_bool(args, MENTIONS_NO_IGNORE) },
		.pattern = words_pattern(words),
		.pattern_len = strlen(words_pattern(words)),
		.words = words,
		.mode = GREP_MENTIONS,
		.head_limit = (uint64_t)args_int(args, MENTIONS_HEAD_LIMIT),
		.offset = (uint64_t)args_int(args, MENTIONS_OFFSET),
	};
	return 0;
}

/* False after answering the call with what is wrong. */
static bool go_on(struct job *job, size_t i_call, const char *cursor, struct pass_query *query)
{
	struct error err;

	if (cursor)
		query->selector.after = cursor_to_path(&job->arena, cursor);
	if (!cursor || query->selector.after)
		return true;
	(void)error_errno(&err, ENOMEM, "cursor");
	answer_error(job, i_call, &err);
	return false;
}

static void sort_call(struct job *job, size_t i)
{
	const struct call *call = job->conf->calls[i];
	const struct args *args = &call->args;
	size_t path_arg = call->tool == &tool_read       ? (size_t)READ_FILE_PATH
			  : call->tool == &tool_grep     ? (size_t)GREP_PATH
			  : call->tool == &tool_mentions ? (size_t)MENTIONS_PATH
							 : (size_t)GLOB_PATH;
	bool is_grep = call->tool == &tool_grep;
	const char *cursor = is_grep                    ? args_str(args, GREP_CURSOR)
			     : call->tool == &tool_glob ? args_str(args, GLOB_CURSOR)
							: NULL;
	struct error err;
	const char *path = clean_path(job, i, args_str(args, path_arg));
	struct pass_query query;

	if (!path)
		return;
	if (call->tool == &tool_read) {
		uint64_t offset = (uint64_t)args_int(args, READ_OFFSET);

		job->read_calls[job->n_reads] = i;
		job->reads[job->n_reads++] = (struct read_query){
			.path = path,
			.offset = offset ? offset : 1,
			.limit = (uint64_t)args_int(args, READ_LIMIT),
		};
		return;
	}
	if (is_grep) {
		query = grep_query(args, path);
	} else if (call->tool == &tool_mentions) {
		if (mentions_query(job, args, path, &query, &err)) {
			answer_error(job, i, &err);
			return;
		}
	} else {
		const char *glob = glob_place(&job->arena, job->conf->root_path, path,
					      args_str(args, GLOB_PATTERN), &err);

		if (!glob) {
			answer_error(job, i, &err);
			return;
		}
		query = glob_query(args, path, glob);
	}
	if (!go_on(job, i, cursor, &query))
		return;
	job->query_calls[job->n_queries] = i;
	job->queries[job->n_queries++] = query;
}

static bool is_stopped(const struct fuse_conf *conf)
{
	return conf->cancel && atomic_load_explicit(conf->cancel, memory_order_relaxed);
}

static void *read_worker(void *data)
{
	struct job *job = data;
	const struct fuse_conf *conf = job->conf;
	struct text text = { 0 };
	size_t i;

	while ((i = atomic_fetch_add(&job->next_read, 1)) < job->n_reads) {
		struct result result;
		struct error err;

		if (is_stopped(conf)) {
			(void)error_set(&err, ERROR_CANCELLED, ECANCELED, "cancelled");
			answer_error(job, job->read_calls[i], &err);
			continue;
		}
		read_file(conf->root_fd, conf->root_path, &job->reads[i], &text, &result);
		conf->done(conf->data, job->read_calls[i], &result);
	}
	text_release(&text);
	return NULL;
}

/* Runs work(job) on as many threads as that many items keep busy. */
static void run_threads(struct job *job, void *(*work)(void *job), size_t n_items,
			size_t per_thread)
{
	pthread_t threads[THREADS_MAX];
	size_t n_threads = 0, want = n_items / per_thread;

	if (want > job->conf->n_threads)
		want = job->conf->n_threads;
	if (want > THREADS_MAX)
		want = THREADS_MAX;
	while (n_threads + 1 < want && pthread_create(&threads[n_threads], NULL, work, job) == 0)
		n_threads++;
	(void)work(job); /* always NULL */
	for (size_t i = 0; i < n_threads; i++)
		(void)pthread_join(threads[i], NULL); /* cannot fail: started above */
}

static void pass_found(void *data, size_t i, const char *text, size_t len)
{
	const struct job *job = data;

	job->conf->found(job->conf->data, job->query_calls[i], text, len);
}

/* ---- results of earlier runs over the same files ---- */

/* The call, the root, and all that it looks at. */
static void key_of(const struct job *job, size_t i, uint64_t ret_key[2])
{
	const struct signature *signature = &job->signatures[i];
	const char *root = job->conf->root_path;
	XXH3_state_t state;
	XXH128_hash_t hash;

	call_key(job->conf->calls[job->query_calls[i]], ret_key);
	(void)XXH3_128bits_reset(&state); /* these only fail without an input */
	(void)XXH3_128bits_update(&state, ret_key, 2 * sizeof(*ret_key));
	(void)XXH3_128bits_update(&state, signature->bits, sizeof(signature->bits));
	(void)XXH3_128bits_update(&state, VOLLEY_VERSION, sizeof(VOLLEY_VERSION));
	(void)XXH3_128bits_update(&state, root, strlen(root));
	hash = XXH3_128bits_digest(&state);
	ret_key[0] = hash.low64;
	ret_key[1] = hash.high64;
}

/* Only what is whole: the next run would be told the same. */
static void keep(const struct job *job, size_t i, const struct result *result)
{
	struct cache *cache = job->conf->cache;
	uint64_t key[2];

	if (!job->signatures || !job->signatures[i].is_settled || result->status != CALL_OK ||
	    result->receipt.why & (WHY_DEADLINE | WHY_CANCELLED | WHY_CHANGED | WHY_FAILED))
		return;
	key_of(job, i, key);
	cache->ops->keep(cache, key, result);
}

/* Answers what is known and leaves the others in their order. */
static void answer_known(struct job *job)
{
	struct cache *cache = job->conf->cache;
	size_t n = 0;

	for (size_t i = 0; i < job->n_queries; i++) {
		struct result result;
		uint64_t key[2];

		key_of(job, i, key);
		if (job->signatures[i].is_settled && cache->ops->find(cache, key, &result)) {
			result.receipt.cached = 1;
			job->conf->done(job->conf->data, job->query_calls[i], &result);
			continue;
		}
		job->queries[n] = job->queries[i];
		job->signatures[n] = job->signatures[i];
		job->query_calls[n++] = job->query_calls[i];
	}
	job->n_queries = n;
}

static void look_up(struct job *job)
{
	struct walk_selector *selectors =
		arena_alloc_array(&job->arena, job->n_queries, sizeof(*selectors));
	struct walk_conf conf = {
		.root_fd = job->conf->root_fd,
		.root_path = job->conf->root_path,
		.selectors = selectors,
		.n_selectors = job->n_queries,
		.n_threads = job->conf->n_threads,
		.deadline_ns = job->conf->deadline_ns,
		.cancel = job->conf->cancel,
	};
	struct error err;

	job->signatures = arena_alloc_array(&job->arena, job->n_queries, sizeof(*job->signatures));
	if (!selectors || !job->signatures) {
		job->signatures = NULL;
		return;
	}
	for (size_t i = 0; i < job->n_queries; i++)
		selectors[i] = job->queries[i].selector;
	if (signature_take(&conf, job->signatures, &err) == 0)
		answer_known(job);
	else
		job->signatures = NULL; /* the pass will say what is wrong */
}

/* ---- the pass ---- */

static void *answer_worker(void *data)
{
	struct job *job = data;
	size_t i;

	while ((i = atomic_fetch_add(&job->next_query, 1)) < job->n_queries) {
		struct result result;
		struct error err;

		if (job->pass) {
			pass_answer(job->pass, i, &result);
			keep(job, i, &result);
			job->conf->done(job->conf->data, job->query_calls[i], &result);
		} else {
			(void)error_errno(&err, ENOMEM, "pass");
			answer_error(job, job->query_calls[i], &err);
		}
	}
	return NULL;
}

static void run_queries(struct job *job)
{
	const struct fuse_conf *conf = job->conf;
	struct pass_conf pass_conf = {
		.root_fd = conf->root_fd,
		.root_path = conf->root_path,
		.queries = job->queries,
		.n_queries = job->n_queries,
		.n_threads = conf->n_threads,
		.deadline_ns = conf->deadline_ns,
		.cancel = conf->cancel,
		.found = conf->found ? pass_found : NULL,
		.data = job,
	};
	job->pass = pass_new(&pass_conf);
	if (job->pass)
		(void)pass_run(job->pass); /* the answers say how it ended */
	run_threads(job, answer_worker, job->n_queries, ANSWERS_PER_THREAD);
	pass_free(job->pass);
}

static int codebase_run(const struct fuse_conf *conf, struct error *err)
{
	struct job job = { .conf = conf };
	size_t n = conf->n_calls;
	int r = 0;

	arena_init(&job.arena, (size_t)1 << 30);
	job.reads = arena_alloc_array(&job.arena, n, sizeof(*job.reads));
	job.read_calls = arena_alloc_array(&job.arena, n, sizeof(*job.read_calls));
	job.queries = arena_alloc_array(&job.arena, n, sizeof(*job.queries));
	job.words = arena_alloc_array(&job.arena, n, sizeof(struct words *));
	job.query_calls = arena_alloc_array(&job.arena, n, sizeof(*job.query_calls));
	if (arena_failed(&job.arena)) {
		r = error_errno(err, ENOMEM, "pass");
	} else {
		for (size_t i = 0; i < n; i++)
			sort_call(&job, i);
		if (job.n_reads)
			run_threads(&job, read_worker, job.n_reads, READS_PER_THREAD);
		if (job.n_queries && conf->cache)
			look_up(&job);
		if (job.n_queries)
			run_queries(&job);
	}
	for (size_t i = 0; i < job.n_words; i++)
		words_free(job.words[i]);
	arena_release(&job.arena);
	return r;
}

const struct fuser codebase_fuser = {
	.name = "codebase",
	.run = codebase_run,
};
