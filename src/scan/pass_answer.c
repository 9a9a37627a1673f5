/* SPDX-License-Identifier: MIT */
/*
 * Answers: the pieces that workers collected, put in order. Files are ranked once for the whole
 * pass (each worker's list sorted, then merged), so that each query only sorts numbers.
 */
#include "scan/cursor.h"
#include "scan/pass_work.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The pieces of one query, in order. */
struct pieces {
	struct order_item *items; /* worker, index of segment */
	size_t n;
};

static bool file_after(const void *data, const struct order_item *a, const struct order_item *b)
{
	const struct pass *pass = data;
	const struct pass_file *x = &pass->workers[a->worker].files.items[a->index];
	const struct pass_file *y = &pass->workers[b->worker].files.items[b->index];

	return walk_path_cmp(x->path, x->len, y->path, y->len) > 0;
}

bool pass_rank_files(struct pass *pass)
{
	size_t n = 0, total = 0;
	struct order_item *items;
	bool ok;

	for (unsigned w = 0; w < pass->n_workers; w++)
		total += pass->workers[w].files.n;
	items = malloc((total + 1) * sizeof(*items));
	ok = items;
	for (unsigned w = 0; ok && w < pass->n_workers; w++) {
		size_t first = n;

		pass->workers[w].rank = malloc((pass->workers[w].files.n + 1) * sizeof(uint64_t));
		ok = pass->workers[w].rank;
		for (uint32_t i = 0; ok && i < pass->workers[w].files.n; i++)
			items[n++] = (struct order_item){ 0, w, i };
		/* Runs of one worker are long; sorting them apart keeps them so. */
		ok = ok && order_sort(items + first, n - first, file_after, pass);
	}
	ok = ok && order_sort(items, n, file_after, pass);
	for (size_t i = 0; ok && i < n; i++)
		pass->workers[items[i].worker].rank[items[i].index] = i;
	free(items);
	return ok;
}

static const struct segment *segment_of(const struct pass *pass, size_t query,
					const struct order_item *item)
{
	return &pass->workers[item->worker].sinks[query].segments.items[item->index];
}

static const struct pass_file *file_of(const struct pass *pass, size_t query,
				       const struct order_item *item)
{
	uint32_t file = segment_of(pass, query, item)->file;

	return &pass->workers[item->worker].files.items[file];
}

/* What other workers found beyond the frontier is left to who goes on from there: the answers of
 * a stopped pass and of its successors join without a gap and without anything twice. */
static void drop_beyond_frontier(const struct pass *pass, size_t query, struct pieces *pieces)
{
	const char *frontier = pass->status ? walk_frontier(pass->walk) : NULL;
	size_t len = frontier ? strlen(frontier) : 0;

	while (frontier && pieces->n) {
		const struct pass_file *last = file_of(pass, query, &pieces->items[pieces->n - 1]);

		if (walk_path_cmp(last->path, last->len, frontier, len) < 0)
			return;
		pieces->n--;
	}
}

static bool gather(struct pass *pass, size_t query, struct pieces *ret)
{
	size_t total = 0;

	if (!pass->is_ranked)
		return false;
	for (unsigned w = 0; w < pass->n_workers; w++)
		total += pass->workers[w].sinks[query].segments.n;
	*ret = (struct pieces){ .items = malloc((total + 1) * sizeof(*ret->items)) };
	if (!ret->items)
		return false;
	for (uint32_t w = 0; w < pass->n_workers; w++) {
		const struct worker *worker = &pass->workers[w];
		const struct sink *sink = &worker->sinks[query];

		for (uint32_t i = 0; i < sink->segments.n; i++)
			ret->items[ret->n++] =
				(struct order_item){ worker->rank[sink->segments.items[i].file], w,
						     i };
	}
	if (!order_sort(ret->items, ret->n, NULL, NULL))
		return false;
	drop_beyond_frontier(pass, query, ret);
	return true;
}

/* Newest first; the sort is stable, so equal times stay in the order of paths. */
static bool newest_first(const struct pass *pass, size_t query, struct pieces *pieces)
{
	for (size_t i = 0; i < pieces->n; i++)
		pieces->items[i].key =
			UINT64_MAX - file_of(pass, query, &pieces->items[i])->mtime_ns;
	return order_sort(pieces->items, pieces->n, NULL, NULL);
}

/* The page of a list that offset and head_limit choose. */
static void page(const struct pass_query *query, size_t n, size_t *ret_from, size_t *ret_to)
{
	*ret_from = query->offset < n ? (size_t)query->offset : n;
	*ret_to = n;
	if (query->head_limit && query->head_limit < n - *ret_from)
		*ret_to = *ret_from + (size_t)query->head_limit;
}

static void answer_names(const struct pass *pass, size_t i, const struct pieces *pieces,
			 struct buf *body, struct result *ret)
{
	const struct pass_query *query = &pass->conf.queries[i];
	size_t from, to;

	page(query, pieces->n, &from, &to);
	for (size_t k = from; k < to; k++) {
		const struct pass_file *file = file_of(pass, i, &pieces->items[k]);

		buf_add(body, file->path, file->len + 1);
	}
	ret->body_is_nul = true;
	if (to < pieces->n)
		ret->receipt.truncated_at =
			arena_strdup(ret->arena, file_of(pass, i, &pieces->items[to])->path);
	if (!query->pattern) {
		ret->payload = PAYLOAD_GLOB;
		ret->glob = (struct glob_output){
			.n_files = to - from,
			.total_matches = pieces->n,
			.offset = query->offset,
			.truncated = to - from < pieces->n,
			.count_is_complete = !pass->status,
		};
		return;
	}
	ret->grep.n_files = to - from;
}

static void answer_counts(const struct pass *pass, size_t i, const struct pieces *pieces,
			  struct buf *body, struct result *ret)
{
	size_t from, to;

	page(&pass->conf.queries[i], pieces->n, &from, &to);
	for (size_t k = from; k < to; k++) {
		const struct pass_file *file = file_of(pass, i, &pieces->items[k]);

		buf_add(body, file->path, file->len);
		buf_add_char(body, ':');
		buf_add_uint(body, segment_of(pass, i, &pieces->items[k])->n_matches);
		buf_add_char(body, '\n');
		ret->grep.n_matches += segment_of(pass, i, &pieces->items[k])->n_matches;
	}
	ret->grep.n_files = to - from;
	if (to < pieces->n)
		ret->receipt.truncated_at =
			arena_strdup(ret->arena, file_of(pass, i, &pieces->items[to])->path);
}

/* The lines [skip, skip + take) of text go to body; returns how many. */
static uint64_t add_lines(struct buf *body, const char *text, size_t len, uint64_t skip,
			  uint64_t take)
{
	const char *at = text, *end = text + len, *from;
	uint64_t n = 0;

	while (skip-- > 0 && at < end)
		at = (const char *)memchr(at, '\n', (size_t)(end - at)) + 1;
	from = at;
	while (n < take && at < end) {
		at = (const char *)memchr(at, '\n', (size_t)(end - at)) + 1;
		n++;
	}
	buf_add(body, from, (size_t)(at - from));
	return n;
}

/* Where in the run of all lines the page is. */
struct window {
	uint64_t skip, take; /* still to skip, still to take */
};

static uint64_t add_window(struct window *window, struct buf *body, const char *text, size_t len,
			   uint64_t n_lines)
{
	uint64_t n;

	if (window->skip >= n_lines) {
		window->skip -= n_lines;
		return 0;
	}
	if (!window->skip && window->take >= n_lines) {
		buf_add(body, text, len);
		n = n_lines;
	} else {
		n = add_lines(body, text, len, window->skip, window->take);
	}
	window->skip = 0;
	window->take -= n;
	return n;
}

static void answer_content(const struct pass *pass, size_t i, const struct pieces *pieces,
			   struct buf *body, struct result *ret)
{
	const struct pass_query *query = &pass->conf.queries[i];
	bool has_gaps = query->print.before || query->print.after;
	struct window window = { query->offset,
				 query->head_limit ? query->head_limit : UINT64_MAX };
	struct grep_output *out = &ret->grep;

	for (size_t k = 0; k < pieces->n; k++) {
		const struct segment *segment = segment_of(pass, i, &pieces->items[k]);
		const struct sink *sink = &pass->workers[pieces->items[k].worker].sinks[i];
		uint64_t n = 0;

		out->total_lines += segment->n_lines;
		if (has_gaps && k) {
			out->total_lines++;
			if (window.take)
				out->n_lines += add_window(&window, body, "--\n", 3, 1);
		}
		if (!window.take) {
			if (!ret->receipt.truncated_at)
				ret->receipt.truncated_at = arena_strdup(
					ret->arena, file_of(pass, i, &pieces->items[k])->path);
			continue;
		}
		if (!segment->len)
			continue;
		n = add_window(&window, body, sink->text.data + segment->at, segment->len,
			       segment->n_lines);
		out->n_lines += n;
		out->n_files += n > 0;
		if (!window.take && out->n_lines + query->offset < out->total_lines)
			ret->receipt.truncated_at =
				arena_strdup(ret->arena, file_of(pass, i, &pieces->items[k])->path);
	}
}

static void answer_mentions(const struct pass *pass, size_t i, const struct pieces *pieces,
			    struct buf *body, struct result *ret)
{
	size_t from, to;

	page(&pass->conf.queries[i], pieces->n, &from, &to);
	for (size_t k = from; k < to; k++) {
		const struct pass_file *file = file_of(pass, i, &pieces->items[k]);
		const struct segment *segment = segment_of(pass, i, &pieces->items[k]);

		buf_add(body, file->path, file->len);
		buf_add_char(body, ':');
		buf_add(body,
			pass->workers[pieces->items[k].worker].sinks[i].text.data + segment->at,
			segment->len);
		buf_add_char(body, '\n');
		ret->grep.n_matches += segment->n_matches;
	}
	ret->grep.n_files = to - from;
	if (to < pieces->n)
		ret->receipt.truncated_at =
			arena_strdup(ret->arena, file_of(pass, i, &pieces->items[to])->path);
}

static void answer_grep_query(const struct pass *pass, size_t i, const struct pieces *pieces,
			      struct buf *body, struct result *ret)
{
	const struct pass_query *query = &pass->conf.queries[i];

	ret->payload = PAYLOAD_GREP;
	ret->grep = (struct grep_output){
		.mode = query->mode,
		.total_files = pieces->n,
		.applied_limit = -1,
		.applied_offset = query->offset ? (int64_t)query->offset : -1,
	};
	if (query->mode == GREP_FILES)
		answer_names(pass, i, pieces, body, ret);
	else if (query->mode == GREP_COUNT)
		answer_counts(pass, i, pieces, body, ret);
	else if (query->mode == GREP_MENTIONS)
		answer_mentions(pass, i, pieces, body, ret);
	else
		answer_content(pass, i, pieces, body, ret);
	if (ret->receipt.truncated_at)
		ret->grep.applied_limit = (int64_t)query->head_limit;
}

/* A directory above where a walk was to start is not looked into before there, so that it may be
 * the frontier of one that was stopped early. */
static const char *later(const char *frontier, const char *after)
{
	bool is_behind =
		after && walk_path_cmp(frontier, strlen(frontier), after, strlen(after)) < 0;

	return is_behind ? after : frontier;
}

static void fill_receipt(const struct pass *pass, size_t i, struct result *ret)
{
	const struct query_state *state = &pass->queries[i];
	const struct walk_tally *walked = walk_tally(pass->walk, state->selector);
	const char *frontier = walk_frontier(pass->walk);
	const char *after = pass->conf.queries[i].selector.after;
	struct receipt *receipt = &ret->receipt;
	uint64_t stops = 0, changed = walked->changed;

	receipt->root = pass->conf.root_path;
	receipt->files_walked = walked->files;
	receipt->skipped = (struct receipt_skips){
		.ignored = walked->skips.ignored,
		.hidden = walked->skips.hidden,
		.denied = walked->skips.denied,
		.other_fs = walked->skips.other_fs,
		.special = walked->skips.special,
		.links = walked->skips.links,
	};
	for (unsigned w = 0; w < pass->n_workers; w++) {
		const struct read_tally *tally = &pass->workers[w].tallies[state->selector];

		receipt->files_searched += tally->files;
		receipt->bytes_searched += tally->bytes;
		receipt->skipped.binary += tally->binary;
		receipt->skipped.too_big += tally->too_big;
		if (pass->conf.queries[i].mode == GREP_MENTIONS)
			receipt->skipped.too_big += tally->too_big_for_mentions;
		receipt->skipped.denied += tally->denied;
		stops += tally->binary_stops;
		changed += tally->changed;
		if (pass->workers[w].sinks[i].is_cut)
			receipt->why |= WHY_OUTPUT_CUT;
	}
	if (state->matcher != NO_INDEX) {
		receipt->engine = search_engine(pass->search, state->matcher);
		receipt->why |= stops ? WHY_BINARY_STOP : 0;
	}
	receipt->why |= receipt->skipped.denied ? WHY_DENIED : 0;
	receipt->why |= receipt->skipped.too_big ? WHY_TOO_BIG : 0;
	receipt->why |= changed ? WHY_CHANGED : 0;
	if (atomic_load_explicit(&state->was_limited, memory_order_relaxed))
		receipt->why |= WHY_STEP_LIMIT;
	if (pass->status == -ETIMEDOUT)
		receipt->why |= WHY_DEADLINE;
	else if (pass->status == -ECANCELED)
		receipt->why |= WHY_CANCELLED;
	if (pass->status && frontier)
		receipt->cursor = cursor_of_path(ret->arena, later(frontier, after));
}

static void set_status(const struct pass *pass, struct result *ret)
{
	if (pass->status == -ETIMEDOUT) {
		ret->status = CALL_TIMEOUT;
		(void)error_set(&ret->error, ERROR_TIMEOUT, ETIMEDOUT,
				"the deadline was reached; what was found until then is here");
	} else if (pass->status == -ECANCELED) {
		ret->status = CALL_CANCELLED;
		(void)error_set(&ret->error, ERROR_CANCELLED, ECANCELED,
				"cancelled; what was found until then is here");
	} else if (pass->status) {
		ret->status = CALL_FAILED;
		(void)error_errno(&ret->error, -pass->status, "search");
	}
}

static void fail(struct result *ret, const struct error *err)
{
	ret->status = err->class == ERROR_DENIED ? CALL_DENIED : CALL_FAILED;
	ret->error = *err;
}

static bool is_refused(const struct pass *pass, size_t i, struct result *ret)
{
	const struct query_state *state = &pass->queries[i];
	const char *path = pass->conf.queries[i].selector.path;
	int path_error;

	if (state->error.class != ERROR_NONE) {
		fail(ret, &state->error);
		return true;
	}
	path_error = walk_tally(pass->walk, state->selector)->path_error;
	if (path_error && !pass->status) {
		struct error err;

		(void)error_errno(&err, -path_error, "path '%s'", path[0] ? path : ".");
		if (path_error == -ENODEV)
			(void)error_set(&err, ERROR_INVALID, ENODEV,
					"path '%s' is a device, a FIFO or a socket", path);
		fail(ret, &err);
		return true;
	}
	return false;
}

void pass_answer(struct pass *pass, size_t i, struct result *ret)
{
	const struct pass_query *query = &pass->conf.queries[i];
	struct pieces pieces = { 0 };
	struct buf body;
	bool ok;

	*ret = (struct result){ .attempts = 1 };
	if (is_refused(pass, i, ret))
		return;
	ret->arena = malloc(sizeof(*ret->arena));
	if (ret->arena)
		arena_init(ret->arena, 1 << 20);
	buf_init(&body, (size_t)2 << 30);
	ok = ret->arena && gather(pass, i, &pieces) &&
	     (query->pattern || newest_first(pass, i, &pieces));
	if (ok && !query->pattern)
		answer_names(pass, i, &pieces, &body, ret);
	else if (ok)
		answer_grep_query(pass, i, &pieces, &body, ret);
	if (ok) {
		size_t len = body.len;
		char *data = buf_take(&body, &len);

		ret->body = data ? blob_from(data, len) : NULL;
		fill_receipt(pass, i, ret);
		set_status(pass, ret);
	}
	if (!ok || !ret->body) {
		ret->status = CALL_FAILED;
		(void)error_errno(&ret->error, ENOMEM, "answer");
	}
	for (unsigned w = 0; w < pass->n_workers; w++) {
		buf_release(&pass->workers[w].sinks[i].text);
		vec_release(&pass->workers[w].sinks[i].segments);
	}
	free(pieces.items);
	buf_release(&body);
}
