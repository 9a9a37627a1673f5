/* SPDX-License-Identifier: MIT */
/* Diagnostics: lines to the rows that may know them, groups to the caller. */
#include "graph/diagnostic.h"

#include "base/attr.h"
#include "graph/diagnostic_work.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

/* LINE_BYTES_MAX bounds what one line can cost; no tool puts a place behind the first 4 KiB. */
enum { LINE_BYTES_MAX = 4096, ROWS_MAX = 64, PATH_PARTS_MAX = 256 };

/* Which rows may know a line: by its first byte, and by its shape. A bit for each row. */
struct index {
	const struct row *rows[ROWS_MAX];
	size_t n;
	uint64_t by_first[256];
	uint64_t by_shape[SHAPE_COUNT];
};

static void index_add(struct index *index, const struct row *rows)
{
	for (; rows->take; rows++) {
		assert(index->n < ROWS_MAX);
		uint64_t bit = UINT64_C(1) << index->n;

		index->rows[index->n++] = rows;
		for (const char *c = rows->first; c && *c; c++)
			index->by_first[(unsigned char)*c] |= bit;
		for (size_t c = 0; !rows->first && c < 256; c++)
			index->by_first[c] |= bit;
		for (unsigned shape = 0; shape < SHAPE_COUNT; shape++) {
			if ((rows->shape & ~shape) == 0)
				index->by_shape[shape] |= bit;
		}
	}
}

static void index_init(struct index *index)
{
	static const struct row *const families[] = {
		rows_memory, rows_trace, rows_build,  rows_pytest,
		rows_test,   rows_suite, rows_script, rows_place,
	};

	*index = (struct index){ 0 };
	for (size_t i = 0; i < countof(families); i++)
		index_add(index, families[i]);
}

/* Groups. */

/* "./" says nothing; "file://" is how some tools make a place clickable. */
static struct span clean_file(struct span file)
{
	if (span_starts(file, "file://")) {
		file.at += 7;
		file.len -= 7;
	}
	while (file.len > 2 && file.at[0] == '.' && file.at[1] == '/') {
		file.at += 2;
		file.len -= 2;
		while (file.len > 1 && *file.at == '/') {
			file.at++;
			file.len--;
		}
	}
	return file;
}

static void tell(struct parser *p, struct diagnostic *diagnostic)
{
	if (p->status != 0 || p->n_found >= p->max)
		return;
	diagnostic->file = clean_file(diagnostic->file);
	p->n_found++;
	p->status = p->found(p->context, diagnostic);
}

struct diagnostic *group_open(struct parser *p, enum diagnostic_kind kind, const char *tool,
			      line_fn *more)
{
	group_close(p);
	p->head = (struct diagnostic){
		.kind = kind,
		.tool = tool,
		.directory = p->directory,
		.output_line = p->number,
		.output_end_line = p->number,
		.parent = -1,
	};
	p->more = more;
	p->margin = p->indent;
	return &p->head;
}

void group_drop(struct parser *p)
{
	p->more = NULL;
	p->is_unsure = p->is_newest_last = false;
	p->n_frames = 0;
	p->step = 0;
}

/* A trace whose head has no place is where its innermost frame with a place is. */
static void place_head(struct parser *p)
{
	for (size_t i = 0; i < p->n_frames; i++) {
		size_t at = p->is_newest_last ? p->n_frames - 1 - i : i;
		const struct diagnostic *frame = &p->frames[at];

		if (frame->file.len && frame->line && !span_starts(frame->file, "node:")) {
			p->head.file = frame->file;
			p->head.line = frame->line;
			p->head.column = frame->column;
			return;
		}
	}
}

void group_close(struct parser *p)
{
	int32_t at = (int32_t)p->n_found;

	if (!p->more)
		return;
	if (p->is_unsure && p->n_frames == 0) {
		group_drop(p);
		return;
	}
	if (!p->head.file.len)
		place_head(p);
	if (p->head.kind == DIAGNOSTIC_CRASH)
		p->last_crash = at;
	if (p->head.kind == DIAGNOSTIC_ERROR || p->head.kind == DIAGNOSTIC_WARNING) {
		p->last_problem = at;
		p->last_problem_tool = p->head.tool;
	}
	p->told_line = p->head.output_end_line;
	tell(p, &p->head);
	for (size_t i = 0; i < p->n_frames; i++) {
		p->frames[i].parent = at;
		tell(p, &p->frames[i]);
	}
	group_drop(p);
}

void group_begin(struct parser *p, uint32_t line)
{
	if (line > p->told_line)
		p->head.output_line = line;
}

bool group_extend(struct parser *p)
{
	p->head.output_end_line = p->number;
	return true;
}

void group_frame(struct parser *p, const struct diagnostic *frame)
{
	enum { HALF = DIAGNOSTIC_FRAMES_MAX / 2 };

	/* From the full list the oldest of its second half goes: a ring would not keep order. */
	if (p->n_frames == DIAGNOSTIC_FRAMES_MAX) {
		memmove(&p->frames[HALF], &p->frames[HALF + 1], (HALF - 1) * sizeof(p->frames[0]));
		p->n_frames--;
	}
	p->frames[p->n_frames] = *frame;
	p->frames[p->n_frames].kind = DIAGNOSTIC_FRAME;
	p->frames[p->n_frames].tool = p->head.tool;
	p->frames[p->n_frames].directory = p->head.directory;
	if (!frame->output_line)
		p->frames[p->n_frames].output_line = p->number;
	p->frames[p->n_frames].output_end_line = p->number;
	p->n_frames++;
	(void)group_extend(p);
}

bool more_nothing(struct parser *p)
{
	(void)p;
	return false;
}

/* Lines. */

static unsigned shape_of(struct parser *p)
{
	const char *at = p->line.at, *end = at + p->line.len, *colon, *paren;
	unsigned shape = p->indent ? SHAPE_INDENTED : SHAPE_FLUSH;
	size_t drive = p->line.len > 2 && at[1] == ':' && (at[2] == '\\' || at[2] == '/') ? 2 : 0;

	colon = memchr(at + drive, ':', p->line.len - drive);
	p->colon = colon;
	if (colon && colon + 1 < end) {
		if (is_digit(colon[1]))
			shape |= SHAPE_PLACE;
		else if (colon[1] == ' ' || colon[1] == '(')
			shape |= SHAPE_COLON_BLANK;
		else if (colon[1] == ':')
			shape |= SHAPE_COLONS;
	}
	paren = memchr(at, '(', p->line.len);
	if (paren && paren + 1 < end && is_digit(paren[1]))
		shape |= SHAPE_PAREN_DIGIT;
	if (is_digit(end[-1]) || (end[-1] == '.' && p->line.len > 1 && is_digit(end[-2])))
		shape |= SHAPE_LINE_END;
	return shape;
}

static void parse_line(struct parser *p, const struct index *index)
{
	uint64_t rows;

	if (p->more && p->more(p))
		return;
	group_close(p);
	if (!p->body.len)
		return;
	rows = index->by_first[(unsigned char)*p->body.at];
	if (!rows)
		return;
	for (rows &= index->by_shape[shape_of(p)]; rows; rows &= rows - 1) {
		if (index->rows[__builtin_ctzll(rows)]->take(p))
			return;
	}
}

static void set_line(struct parser *p, const char *at, const char *end)
{
	p->previous = p->body;
	p->number++;
	if (end - at > LINE_BYTES_MAX)
		end = at + LINE_BYTES_MAX;
	while (end > at && (is_blank(end[-1]) || end[-1] == '\r'))
		end--;
	p->line = p->body = span_of(at, end);
	while (p->body.len && is_blank(*p->body.at)) {
		p->body.at++;
		p->body.len--;
	}
	p->indent = p->line.len - p->body.len;
}

static int parse(struct parser *p, const char *text, size_t len)
{
	const char *at = text, *end = text + len;
	struct index index;

	index_init(&index);
	while (at < end && p->status == 0 && p->n_found < p->max) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));

		stop = stop ? stop : end;
		set_line(p, at, stop);
		parse_line(p, &index);
		at = stop + 1;
	}
	group_close(p);
	return p->status;
}

/* Colour codes: "ESC [ numbers letter" and, of links, "ESC ] ... BEL" or "... ESC \". */

static const char *skip_escape(const char *at, const char *end)
{
	const char *from = at++;

	if (at < end && *at == '[') {
		at++;
		while (at < end && *at >= 0x20 && *at < 0x40)
			at++;
		return at < end && *at >= 0x40 ? at + 1 : at;
	}
	if (at < end && *at == ']') {
		while (at < end && *at != '\a' && *at != '\033' && *at != '\n')
			at++;
		if (at < end && *at == '\a')
			return at + 1;
		if (end - at > 1 && at[0] == '\033' && at[1] == '\\')
			return at + 2;
	}
	return from + 1;
}

static char *without_escapes(const char *text, size_t len, size_t *ret_len)
{
	char *copy = malloc(len), *to = copy;
	const char *end = text + len;

	if (!copy)
		return NULL;
	for (const char *at = text; at < end;) {
		const char *escape = memchr(at, '\033', (size_t)(end - at));

		escape = escape ? escape : end;
		memcpy(to, at, (size_t)(escape - at));
		to += escape - at;
		at = escape < end ? skip_escape(escape, end) : end;
	}
	*ret_len = (size_t)(to - copy);
	return copy;
}

int diagnostic_parse(const char *text, size_t len, size_t max, diagnostic_found_fn *found,
		     void *context)
{
	struct parser *p;
	char *copy = NULL;
	int status;

	if (len == 0)
		return 0;
	p = calloc(1, sizeof(*p));
	if (!p)
		return -ENOMEM;
	p->found = found;
	p->context = context;
	p->max = max < INT32_MAX ? max : INT32_MAX;
	p->last_problem = p->last_crash = -1;
	if (memchr(text, '\033', len)) {
		copy = without_escapes(text, len, &len);
		text = copy;
	}
	status = text ? parse(p, text, len) : -ENOMEM;
	free(copy);
	free(p);
	return status;
}

/* Paths. */

struct parts {
	struct span part[PATH_PARTS_MAX];
	size_t n;
};

/* ".." takes the part before away, if there is one. false: too many. */
static bool parts_add(struct parts *parts, struct span path, bool is_absolute)
{
	struct reading in = reading_of(path);

	while (in.at < in.end) {
		const char *from = in.at;
		struct span part;

		while (in.at < in.end && *in.at != '/')
			in.at++;
		part = span_of(from, in.at);
		in.at += in.at < in.end;
		if (!part.len || span_is(part, "."))
			continue;
		if (parts->n == PATH_PARTS_MAX)
			return false;
		if (!span_is(part, "..") ||
		    (!is_absolute && (!parts->n || span_is(parts->part[parts->n - 1], ".."))))
			parts->part[parts->n++] = part;
		else if (parts->n)
			parts->n--;
	}
	return true;
}

static bool is_absolute(struct span path)
{
	return path.len && *path.at == '/';
}

/* How many parts of root the path has in front: all of them, or it is not inside. */
static size_t parts_inside(const struct parts *parts, const struct parts *root)
{
	if (parts->n < root->n)
		return 0;
	for (size_t i = 0; i < root->n; i++) {
		if (!span_equal(parts->part[i], root->part[i]))
			return 0;
	}
	return root->n;
}

void diagnostic_relative(const char *root, const struct diagnostic *diagnostic,
			 struct buf *ret_path)
{
	const struct span root_path = { root, strlen(root) };
	struct parts parts = { .n = 0 }, base = { .n = 0 };
	bool absolute = is_absolute(diagnostic->file) || is_absolute(diagnostic->directory);
	size_t from = 0;

	if (!is_absolute(diagnostic->file) && !parts_add(&parts, diagnostic->directory, absolute))
		parts.n = 0;
	if (!parts_add(&parts, diagnostic->file, absolute) || !parts_add(&base, root_path, true)) {
		buf_add(ret_path, diagnostic->file.at, diagnostic->file.len);
		return;
	}
	if (absolute)
		from = parts_inside(&parts, &base);
	if (absolute && from == 0)
		buf_add_char(ret_path, '/');
	if (from == parts.n && from > 0)
		buf_add_char(ret_path, '.');
	for (size_t i = from; i < parts.n; i++) {
		if (i > from)
			buf_add_char(ret_path, '/');
		buf_add(ret_path, parts.part[i].at, parts.part[i].len);
	}
}

const char *diagnostic_kind_name(enum diagnostic_kind kind)
{
	static const char *const names[DIAGNOSTIC_KIND_COUNT] = {
		[DIAGNOSTIC_ERROR] = "error",
		[DIAGNOSTIC_WARNING] = "warning",
		[DIAGNOSTIC_NOTE] = "note",
		[DIAGNOSTIC_TEST_FAILED] = "test-failed",
		[DIAGNOSTIC_TEST_PASSED] = "test-passed",
		[DIAGNOSTIC_TEST_SKIPPED] = "test-skipped",
		[DIAGNOSTIC_FRAME] = "frame",
		[DIAGNOSTIC_CRASH] = "crash",
	};

	return names[kind];
}
