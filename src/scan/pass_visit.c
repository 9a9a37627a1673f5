/* SPDX-License-Identifier: MIT */
/* What a worker does with one file: note it for the globs, read it once for all greps that want
 * it, and print each one's lines into its sink. */
#include "base/str.h"
#include "os/path.h"
#include "scan/binary.h"
#include "scan/mention.h"
#include "scan/pass_work.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	TELL_BYTES = 32 << 10, /* found() again after so much more */
};

/* One file under one worker's hands. */
struct visit {
	struct pass *pass;
	struct worker *worker;
	const struct walk_entry *entry;
	uint32_t file; /* NO_INDEX until somebody keeps something of it */
	uint64_t mtime_ns;
	bool has_mtime;
	const struct outline_lang *lang; /* NULL: not known */
};

static uint64_t nanoseconds(struct timespec time)
{
	return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static uint32_t file_index(struct visit *v)
{
	struct worker *worker = v->worker;
	struct pass_file file = { NULL, (uint32_t)v->entry->path_len, v->mtime_ns };

	if (v->file != NO_INDEX)
		return v->file;
	file.path = arena_memdup0(&worker->paths, v->entry->path, v->entry->path_len);
	if (!file.path || !vec_push(&worker->files, file)) {
		worker->is_out_of_memory = true;
		return NO_INDEX;
	}
	v->file = (uint32_t)worker->files.n - 1;
	return v->file;
}

static bool comes_after(const struct worker *worker, uint32_t a, uint32_t b)
{
	const struct pass_file *x = &worker->files.items[a], *y = &worker->files.items[b];

	return walk_path_cmp(x->path, x->len, y->path, y->len) > 0;
}

/* Is the sink full, and does this file come after all that is in it? Then it is only counted. */
static bool is_beyond_limit(const struct visit *v, const struct pass_query *query,
			    const struct sink *sink, uint32_t file)
{
	return query->pattern && query->mode == GREP_CONTENT && query->head_limit &&
	       sink->kept_lines >= query->head_limit + query->offset &&
	       comes_after(v->worker, file, sink->last_file);
}

static void add_segment(struct visit *v, struct sink *sink, const struct segment *segment)
{
	if (!vec_push(&sink->segments, *segment)) {
		v->worker->is_out_of_memory = true;
		return;
	}
	if (sink->segments.n == 1 ||
	    (segment->len && comes_after(v->worker, segment->file, sink->last_file)))
		sink->last_file = segment->file;
}

static void tell(struct visit *v, size_t i, struct sink *sink)
{
	const struct pass *pass = v->pass;
	const char *path = v->entry->path;

	if (!pass->conf.found)
		return;
	if (sink->text.len) {
		if (sink->told && sink->text.len - sink->told < TELL_BYTES)
			return;
		pass->conf.found(pass->conf.data, i, sink->text.data + sink->told,
				 sink->text.len - sink->told);
		sink->told = sink->text.len;
	} else if (sink->segments.n == 1) {
		pass->conf.found(pass->conf.data, i, path, v->entry->path_len);
	}
}

static void note_globs(struct visit *v, const struct selector_users *users)
{
	for (size_t k = 0; k < users->globs.n; k++) {
		struct sink *sink = &v->worker->sinks[users->globs.items[k]];
		struct segment segment = { .file = file_index(v), .n_lines = 1 };

		if (segment.file == NO_INDEX)
			return;
		add_segment(v, sink, &segment);
		tell(v, users->globs.items[k], sink);
	}
}

/* Cuts hits and file at where ripgrep stops in a file with a NUL. */
static void cut_binary(struct visit *v, const struct pass_query *query, struct hits *hits,
		       struct print_file *file)
{
	static const struct print_conf no_context;
	const struct text *text = &v->worker->text;

	if (file->matcher->is_multiline) {
		size_t n = binary_multiline_hits(text, hits);

		/* ripgrep's counts leave out a file that turns out to be binary. */
		hits->n = query->mode == GREP_COUNT && n < hits->n ? 0 : n;
		return;
	}
	file->len = binary_line_limit(
		text, query->mode == GREP_CONTENT ? &query->print : &no_context, hits);
	while (hits->n && hits->items[hits->n - 1].start >= file->len)
		hits->n--;
	if (query->mode == GREP_COUNT)
		hits->n = 0;
}

static void print_content(struct visit *v, const struct pass_query *query, struct sink *sink,
			  const struct print_file *file, const struct hits *hits)
{
	struct worker *worker = v->worker;
	struct segment segment = { .file = file_index(v), .n_matches = hits->n };
	bool is_dropped;

	if (segment.file == NO_INDEX)
		return;
	is_dropped = is_beyond_limit(v, query, sink, segment.file);
	if (is_dropped && !query->print.before && !query->print.after &&
	    !query->print.only_matching && !file->matcher->is_multiline) {
		segment.n_lines = (uint32_t)hits->n;
	} else if (is_dropped) {
		buf_clear(&worker->scratch);
		segment.n_lines = (uint32_t)print_hits(&query->print, file, hits, &worker->scratch);
	} else {
		segment.at = sink->text.len;
		segment.n_lines = (uint32_t)print_hits(&query->print, file, hits, &sink->text);
		segment.len = sink->text.len - segment.at;
		sink->kept_lines += segment.n_lines;
	}
	if (buf_error(&sink->text)) {
		sink->is_cut = true;
		buf_clear(&worker->scratch);
	}
	if (segment.n_lines)
		add_segment(v, sink, &segment);
}

/* Of empty matches ripgrep does not count those that touch the match before them, nor one where
 * the text ends without a newline. Their lines are shown all the same. */
static void drop_uncounted(struct hits *hits, size_t text_len)
{
	size_t n = 0;

	for (size_t i = 0; i < hits->n; i++) {
		struct line hit = hits->items[i];
		bool touches = i > 0 && hit.start == hits->items[i - 1].end;

		if (hit.start < text_len && !(hit.start == hit.end && touches))
			hits->items[n++] = hit;
	}
	hits->n = n;
}

/* Takes a line; false when enough were. */
static bool add_mention(struct visit *v, const struct words *words, struct mention *mention,
			struct line line)
{
	const unsigned char *data = v->worker->text.data;
	enum mention_field field;

	if (!mention_find(words, v->worker->words, v->lang, (const char *)data + line.start,
			  line.end - line.start, &field))
		return true;
	mention->fields[field]++;
	if (mention->n_lines < MENTION_SHOWN_MAX)
		mention->lines[mention->n_lines] =
			(uint32_t)line_number(&v->worker->lines, line.start);
	return ++mention->n_lines < MENTION_LINES_MAX;
}

/* Some of the lines that looked like one were not, and there are more: what is counted must not
 * depend on how many looked so. */
static void look_further(struct visit *v, const struct words *words, struct mention *mention,
			 size_t from)
{
	const struct text *text = &v->worker->text;

	while (from < text->len && mention->n_lines < MENTION_LINES_MAX) {
		struct line line = { from, line_end(text->data, text->len, from) };

		(void)add_mention(v, words, mention, line);
		from = line.end + 1;
	}
}

static void answer_mentions(struct visit *v, uint32_t i)
{
	struct worker *worker = v->worker;
	const struct words *words = v->pass->conf.queries[i].words;
	const struct hits *hits = &worker->state.hits[v->pass->queries[i].matcher];
	struct sink *sink = &worker->sinks[i];
	struct mention mention = { 0 };
	struct segment segment = { .n_lines = 1 };

	if (!hits->n || worker->text.has_nul || worker->text.n_bytes > MENTION_BYTES_MAX)
		return;
	if (!worker->words)
		worker->words = words_state_new();
	if (!worker->words) {
		worker->is_out_of_memory = true;
		return;
	}
	for (size_t k = 0; k < hits->n && add_mention(v, words, &mention, hits->items[k]); k++)
		;
	if (hits->n >= SEARCH_FEW)
		look_further(v, words, &mention, hits->items[hits->n - 1].end + 1);
	if (!mention.n_lines)
		return;
	segment.file = file_index(v);
	segment.n_matches = mention.n_lines;
	segment.at = sink->text.len;
	mention_write(&mention, worker->text.n_bytes, &sink->text);
	segment.len = sink->text.len - segment.at;
	if (buf_error(&sink->text))
		sink->is_cut = true;
	else if (segment.file != NO_INDEX)
		add_segment(v, sink, &segment);
}

static void answer_grep(struct visit *v, uint32_t i)
{
	struct pass *pass = v->pass;
	struct worker *worker = v->worker;
	const struct pass_query *query = &pass->conf.queries[i];
	uint32_t m = pass->queries[i].matcher;
	const struct matcher *matcher = pass->matchers[m];
	struct hits hits = worker->state.hits[m];
	struct sink *sink = &worker->sinks[i];
	struct print_file file = {
		.path = v->entry->path,
		.path_len = v->entry->path_len,
		.data = worker->text.data,
		.len = worker->text.len,
		.lines = &worker->lines,
		.matcher = matcher,
		.scratch = worker->state.scratch,
	};

	if (worker->state.was_limited[m])
		atomic_store_explicit(&pass->queries[i].was_limited, true, memory_order_relaxed);
	if (matcher->is_multiline && query->mode != GREP_CONTENT)
		drop_uncounted(&hits, worker->text.len);
	if (worker->text.has_nul && str_equal(query->selector.path, v->entry->path)) {
		/* Asked for by name, it is searched whole; lines with a NUL are not shown. */
		if (query->mode == GREP_CONTENT) {
			size_t n = matcher->is_multiline
					   ? binary_multiline_hits(&worker->text, &hits)
					   : binary_named_hits(&worker->text, &hits);

			worker->tallies[pass->queries[i].selector].binary_stops += n < hits.n;
			hits.n = n;
		}
	} else if (worker->text.has_nul) {
		cut_binary(v, query, &hits, &file);
		if (hits.n && query->mode == GREP_CONTENT)
			worker->tallies[pass->queries[i].selector].binary_stops++;
	}
	if (!hits.n)
		return;
	if (query->mode == GREP_CONTENT) {
		print_content(v, query, sink, &file, &hits);
	} else {
		struct segment segment = { .file = file_index(v),
					   .n_lines = 1,
					   .n_matches = hits.n };

		if (segment.file != NO_INDEX)
			add_segment(v, sink, &segment);
	}
	if (sink->segments.n)
		tell(v, i, sink);
}

/* How far any query looks into this text. */
static size_t search_limit(const struct visit *v)
{
	const struct pass *pass = v->pass;
	const struct text *text = &v->worker->text;

	if (!text->has_nul || v->entry->is_explicit)
		return text->len;
	for (size_t i = 0; i < pass->n_matchers; i++) {
		if (pass->matchers[i]->is_multiline && bit_get(v->worker->wanted, i))
			return text->len;
	}
	return binary_limit(text);
}

/* Calls f for each selector that wants the file. */
#define EACH_WANTED(v, s)                                                                          \
	for (size_t w_ = 0; w_ < bit_words((v)->pass->n_selectors); w_++)                          \
		for (uint64_t b_ = (v)->entry->wanted[w_];                                         \
		     b_ && ((s) = w_ * 64 + (size_t)__builtin_ctzll(b_), true); b_ &= b_ - 1)

/* Was it a regular file when its directory was read, and is none now? */
static bool is_changed(int r)
{
	static const int codes[] = { ENOENT, ENXIO, ENODEV, ELOOP, EISDIR, EAGAIN };

	for (size_t i = 0; i < countof(codes); i++) {
		if (r == -codes[i])
			return true;
	}
	return false;
}

static void tally_failure(struct visit *v, int r)
{
	size_t s = 0;

	EACH_WANTED(v, s)
	{
		struct read_tally *tally = &v->worker->tallies[s];

		if (!v->pass->users[s].greps.n)
			continue;
		if (r == -EFBIG)
			tally->too_big++;
		else if (is_changed(r))
			tally->changed++;
		else
			tally->denied++;
	}
}

static int open_and_read(struct visit *v)
{
	const struct walk_entry *entry = v->entry;
	struct stat st;
	int r, fd;

	if (entry->is_explicit)
		fd = path_open_file(v->pass->conf.root_fd, entry->path, &st);
	else
		fd = openat(entry->dir_fd, entry->name,
			    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return entry->is_explicit ? fd : -errno;
	if (v->pass->only_mentions && fstat(fd, &st) == 0 && st.st_size > MENTION_BYTES_MAX)
		r = -EFBIG;
	else
		r = text_read(&v->worker->text, fd);
	if (!r && !v->worker->text.n_bytes && fstat(fd, &st) == 0 && !S_ISREG(st.st_mode))
		r = -ENODEV; /* a FIFO took its place: that is not an empty file */
	if (!r && v->pass->any_globs && fstat(fd, &st) == 0) {
		v->mtime_ns = nanoseconds(st.st_mtim);
		v->has_mtime = true;
	}
	close(fd);
	return r;
}

static void search_file(struct visit *v)
{
	struct pass *pass = v->pass;
	struct worker *worker = v->worker;
	struct text *text = &worker->text;
	const struct search_wish wish = { worker->wanted, text->has_nul ? pass->never : pass->once,
					  text->has_nul ? pass->never : pass->few };
	size_t limit = search_limit(v), s = 0;

	EACH_WANTED(v, s)
	{
		struct read_tally *tally = &worker->tallies[s];

		if (!pass->users[s].greps.n)
			continue;
		tally->files++;
		tally->bytes += text->n_bytes;
		tally->binary += text->has_nul;
		tally->too_big_for_mentions += text->n_bytes > MENTION_BYTES_MAX;
	}
	if (!limit)
		return;
	line_index_reset(&worker->lines, text->data, text->len);
	v->lang = outline_lang_of(v->entry->path, v->entry->path_len);
	search_text(pass->search, &worker->state, text, limit, &wish);
	EACH_WANTED(v, s)
	{
		for (size_t k = 0; k < pass->users[s].greps.n; k++) {
			uint32_t i = pass->users[s].greps.items[k];

			if (pass->conf.queries[i].mode == GREP_MENTIONS)
				answer_mentions(v, i);
			else
				answer_grep(v, i);
		}
	}
}

void pass_visit(void *data, unsigned i_worker, const struct walk_entry *entry)
{
	struct pass *pass = data;
	struct visit v = {
		.pass = pass, .worker = &pass->workers[i_worker], .entry = entry, .file = NO_INDEX
	};
	size_t words = bit_words(pass->n_matchers), s = 0;
	bool any_greps = false, any_globs = false;
	struct stat st;
	int r = 0;

	memset(v.worker->wanted, 0, words * sizeof(uint64_t));
	EACH_WANTED(&v, s)
	{
		const struct selector_users *users = &pass->users[s];

		any_greps |= users->greps.n > 0;
		any_globs |= users->globs.n > 0;
		for (size_t w = 0; w < words; w++)
			v.worker->wanted[w] |= users->matchers[w];
	}
	if (any_greps) {
		r = open_and_read(&v);
		if (r)
			tally_failure(&v, r);
	}
	if (any_globs) {
		if (!v.has_mtime &&
		    fstatat(entry->dir_fd, entry->name, &st, AT_SYMLINK_NOFOLLOW) == 0)
			v.mtime_ns = nanoseconds(st.st_mtim);
		EACH_WANTED(&v, s)
		{
			note_globs(&v, &pass->users[s]);
		}
	}
	if (any_greps && !r)
		search_file(&v);
}
