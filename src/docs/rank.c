/* SPDX-License-Identifier: MIT */
#include "docs/rank.h"

#include "base/attr.h"
#include "base/map.h"
#include "base/str.h"
#include "base/vec.h"
#include "docs/excerpt.h"
#include "docs/weigh.h"
#include "docs/words.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	CANDIDATES_MAX = 160,
	FAMILY_MAX = 24, /* of the candidates: git-…, or one more of ten thousand pages */
	OWN_FILES = 32,  /* bytes of an address that tell whose file it is */
	FTS_ROWS = 600,
	MATCH_BYTES_MAX = 16384
};

/* The weight of a word that stands in one passage of ten. */
#define FREQUENT 2.2

/* As FTS5 counts: a page whose name was asked for is always read. */
#define NAME_FOUND 100

struct candidate {
	int64_t file;
	uint64_t family; /* what its name begins with, as a number */
	double found;    /* how well FTS5 thinks of it: greater is better */
	double score;
	size_t best; /* its best passage */
	bool has_name;
};

struct ranking {
	struct store *store;
	const struct rank_query *query;
	struct words words;
	struct VEC(struct candidate) candidates;
	struct passages cut;
	double n_passages;
};

/* ---- how rare ---- */

static int weigh_words(struct ranking *self, struct error *err)
{
	static const char get[] = "SELECT doc FROM word WHERE term=?1";
	struct store_sums sums;
	int r = store_sum(self->store, &sums, err);

	self->n_passages = (double)sums.n_passages;
	for (unsigned i = 0; r == 0 && i < self->words.n; i++) {
		struct word *word = &self->words.items[i];

		for (unsigned k = 0; k < word->n_pieces; k++) {
			sqlite3_stmt *statement = store_prepare(self->store, get, err);
			double n = 0, weight;

			if (!statement)
				return -EIO;
			(void)sqlite3_bind_text(statement, 1, word->pieces[k], -1, SQLITE_STATIC);
			if (sqlite3_step(statement) == SQLITE_ROW)
				n = sqlite3_column_double(statement, 0);
			(void)sqlite3_reset(statement); /* not found is as good as rare */
			weight = log(1 + (self->n_passages - n + 0.5) / (n + 0.5));
			word->weight = weight > word->weight ? weight : word->weight;
			word->is_known |= n > 0;
		}
	}
	return r;
}

/* ---- candidates ---- */

static bool is_asked_for(const struct ranking *self, int64_t root)
{
	for (size_t i = 0; i < self->query->n_roots; i++)
		if (self->query->roots[i] == root)
			return true;
	return false;
}

/* "man:git-log(1)" and "man:git-show(1)" are of one family, as are a package's own files. */
static uint64_t family_of(const char *url)
{
	size_t n = strcspn(url, "-_.(");

	return str_starts_with(url, "man:") ? hash_bytes(0, url, n)
					    : hash_bytes(0, url, strnlen(url, OWN_FILES));
}

static int note(struct ranking *self, sqlite3_stmt *row, double found, bool has_name)
{
	int64_t file = sqlite3_column_int64(row, 0);
	const char *url = (const char *)sqlite3_column_text(row, 2);
	struct candidate fresh = { .file = file, .found = found, .has_name = has_name };

	for (size_t i = 0; i < self->candidates.n; i++) {
		struct candidate *candidate = &self->candidates.items[i];

		if (candidate->file == file) {
			candidate->found += found;
			candidate->has_name |= has_name;
			return 0;
		}
	}
	if (!url)
		return -ENOMEM;
	fresh.family = family_of(url);
	return vec_push(&self->candidates, fresh) ? 0 : -ENOMEM;
}

static void add_quoted(struct buf *match, const char *text)
{
	if (match->len > 0 && match->data[match->len - 1] != '(')
		buf_add_str(match, " OR ");
	buf_add_char(match, '"');
	for (; *text; text++) /* what is no letter separates words, whatever it is */
		buf_add_char(match, *text == '"' ? ' ' : *text);
	buf_add_char(match, '"');
}

/* Very frequent words find everything: they are weighed, not looked for, where others are there. */
static double least_weight(const struct ranking *self)
{
	double best = 0;

	for (unsigned i = 0; i < self->words.n; i++)
		if (self->words.items[i].is_known && self->words.items[i].weight > best)
			best = self->words.items[i].weight;
	return best / 2 < FREQUENT ? best / 2 : FREQUENT;
}

static void write_match(const struct ranking *self, struct buf *match, const char *columns,
			bool with_others)
{
	double least = columns[0] ? 0 : least_weight(self);

	buf_add_str(match, columns);
	buf_add_char(match, '(');
	for (unsigned i = 0; i < self->words.n; i++) {
		const struct word *word = &self->words.items[i];

		if (word->weight < least)
			continue;
		add_quoted(match, word->text);
		for (unsigned k = 0; with_others && k < word->n_others; k++)
			add_quoted(match, word->others[k]);
	}
	buf_add_char(match, ')');
}

/* Rows of (document, root, url, -score); of those found by their name, without a score. */
static int note_rows(struct ranking *self, sqlite3_stmt *statement, bool is_name, struct error *err)
{
	int code = SQLITE_ROW, r = 0;

	while (r == 0 && (code = sqlite3_step(statement)) == SQLITE_ROW) {
		double score = is_name ? NAME_FOUND : -sqlite3_column_double(statement, 3);

		if (is_asked_for(self, sqlite3_column_int64(statement, 1)))
			r = note(self, statement, score, is_name);
	}
	(void)sqlite3_reset(statement); /* its error is in code */
	if (r < 0)
		return error_errno(err, ENOMEM, "cannot search documents");
	return code == SQLITE_DONE
		       ? 0
		       : store_fail(self->store, "cannot search the documents' index", err);
}

static int find(struct ranking *self, const char *columns, bool with_others, struct error *err)
{
	static const char get[] =
		"SELECT f.id, f.root, f.url, p.s FROM (SELECT rowid, "
		"bm25(passage, 6.0, 4.0, 2.0, 1.0) AS s FROM passage WHERE passage MATCH ?1 "
		"ORDER BY s LIMIT ?2) p JOIN file f ON f.id = p.rowid >> 12";
	sqlite3_stmt *statement = store_prepare(self->store, get, err);
	CLEANUP(buf) struct buf match = { .max = MATCH_BYTES_MAX };

	_Static_assert(PASSAGE_BITS == 12, "the statement says so too");
	if (!statement)
		return -EIO;
	write_match(self, &match, columns, with_others);
	if (buf_error(&match))
		return error_errno(err, -buf_error(&match), "cannot search documents");
	(void)sqlite3_bind_text(statement, 1, match.data, (int)match.len, SQLITE_STATIC);
	(void)sqlite3_bind_int(statement, 2, FTS_ROWS);
	return note_rows(self, statement, false, err);
}

/* Pages that are called as one of the words is, or two of them with a dash. */
static int find_name(struct ranking *self, const char *name, struct error *err)
{
	static const char get[] = "SELECT coalesce(t.id, f.id), f.root, f.url FROM name n "
				  "JOIN file f ON f.id=n.file "
				  "LEFT JOIN file t ON t.root=f.root AND t.path=f.target "
				  "WHERE n.name=?1 LIMIT 20";
	sqlite3_stmt *statement = store_prepare(self->store, get, err);

	if (!statement)
		return -EIO;
	(void)sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
	return note_rows(self, statement, true, err);
}

static int find_names(struct ranking *self, struct error *err)
{
	const struct words *words = &self->words;
	char both[2 * WORD_BYTES + 1];
	int r = 0;

	for (unsigned i = 0; r == 0 && i < words->n; i++) {
		r = find_name(self, words->items[i].text, err);
		if (r < 0 || i + 1 == words->n)
			break;
		(void)snprintf(both, sizeof(both), "%s-%s", words->items[i].text,
			       words->items[i + 1].text); /* fits */
		r = find_name(self, both, err);
	}
	return r;
}

static int by_found(const void *a, const void *b)
{
	const struct candidate *left = a, *right = b;

	if (left->found != right->found)
		return left->found < right->found ? 1 : -1;
	return left->file < right->file ? -1 : left->file > right->file;
}

static int by_score(const void *a, const void *b)
{
	const struct candidate *left = a, *right = b;

	if (left->score != right->score)
		return left->score < right->score ? 1 : -1;
	return left->file < right->file ? -1 : left->file > right->file;
}

static void keep_best(struct ranking *self)
{
	struct candidate *items = self->candidates.items;
	size_t n = 0;

	for (size_t i = 0; i < self->candidates.n && n < CANDIDATES_MAX; i++) {
		unsigned n_family = 0;

		for (size_t k = 0; k < n; k++)
			n_family += items[k].family == items[i].family;
		if (n_family < FAMILY_MAX)
			items[n++] = items[i];
	}
	self->candidates.n = n;
}

static int find_candidates(struct ranking *self, struct error *err)
{
	int r = find(self, "", false, err);

	if (r == 0)
		r = find(self, "", true, err);
	if (r == 0)
		r = find(self, "{title name}: ", true, err);
	if (r == 0)
		r = find_names(self, err);
	if (r < 0 || self->candidates.n == 0)
		return r;
	qsort(self->candidates.items, self->candidates.n, sizeof(*self->candidates.items),
	      by_found);
	keep_best(self);
	return 0;
}

/* ---- weighing ---- */

static double n_links(struct ranking *self, const char *url, struct error *err)
{
	static const char get[] = "SELECT count(*) FROM link WHERE name=?1";
	sqlite3_stmt *statement =
		str_starts_with(url, "man:") ? store_prepare(self->store, get, err) : NULL;
	double n = 0;

	if (!statement)
		return 0;
	(void)sqlite3_bind_text(statement, 1, url + 4, -1, SQLITE_STATIC);
	if (sqlite3_step(statement) == SQLITE_ROW)
		n = sqlite3_column_double(statement, 0);
	(void)sqlite3_reset(statement); /* none is as good as unknown */
	return n;
}

static const char about[] = "SELECT path, url, title, names, mtime_ns FROM file WHERE id=?1";

static int weigh_candidate(struct ranking *self, struct candidate *candidate, struct error *err)
{
	struct weigh_document document = { .has_name = candidate->has_name };
	sqlite3_stmt *row;
	char *text;
	int code, r = store_text(self->store, candidate->file, &text, &document.len, err);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	document.text = text;
	row = store_prepare(self->store, about, err);
	if (!row) {
		free(text);
		return -EIO;
	}
	(void)sqlite3_bind_int64(row, 1, candidate->file);
	code = sqlite3_step(row);
	if (code == SQLITE_ROW) {
		document.url = (const char *)sqlite3_column_text(row, 1);
		document.title = (const char *)sqlite3_column_text(row, 2);
		document.names = (const char *)sqlite3_column_text(row, 3);
	}
	r = document.url && document.title && document.names
		    ? passages_cut(&self->cut, text, document.len)
		    : -ENOMEM;
	if (r == 0) {
		document.n_links = n_links(self, document.url, err);
		document.cut = &self->cut;
		candidate->score = weigh(&self->words, &document, &candidate->best);
	} else if (code != SQLITE_ROW) { /* gone meanwhile, or it cannot be read */
		r = code == SQLITE_DONE
			    ? 0
			    : store_fail(self->store, "cannot search the documents' index", err);
	} else {
		(void)error_errno(err, ENOMEM, "cannot search documents");
	}
	(void)sqlite3_reset(row); /* it gave a row */
	free(text);
	return r;
}

static int fill_hit(struct ranking *self, const struct candidate *candidate, struct arena *arena,
		    struct docs_hit *hit, struct error *err)
{
	sqlite3_stmt *row;
	char *text;
	size_t len;
	int r = store_text(self->store, candidate->file, &text, &len, err);

	if (r < 0)
		return r;
	row = store_prepare(self->store, about, err);
	if (!row || passages_cut(&self->cut, text, len) < 0) {
		free(text);
		return row ? error_errno(err, ENOMEM, "cannot search documents") : -EIO;
	}
	(void)sqlite3_bind_int64(row, 1, candidate->file);
	if (sqlite3_step(row) == SQLITE_ROW) {
		hit->path = arena_strdup(arena, (const char *)sqlite3_column_text(row, 0));
		hit->url = arena_strdup(arena, (const char *)sqlite3_column_text(row, 1));
		hit->title = arena_strdup(arena, (const char *)sqlite3_column_text(row, 2));
		hit->modified_s = sqlite3_column_int64(row, 4) / 1000000000;
	}
	(void)sqlite3_reset(row); /* it gave a row */
	hit->section = "";
	hit->passage = "";
	if (candidate->best < self->cut.n) {
		const struct passage *passage = &self->cut.items[candidate->best];

		hit->section =
			arena_memdup0(arena, text + passage->heading_at, passage->heading_len);
		hit->passage = excerpt(&self->words, text + passage->at, passage->len, arena);
	}
	hit->score = candidate->score;
	free(text);
	if (arena_failed(arena) || !hit->url || !hit->title || !hit->path)
		return error_errno(err, ENOMEM, "cannot search documents");
	return 0;
}

/* The same document in another format stands below the first. */
static bool is_said(const struct docs_hit *hits, size_t n, const struct docs_hit *hit)
{
	for (size_t i = 0; i < n; i++)
		if (str_equal(hits[i].title, hit->title) &&
		    str_equal(hits[i].passage, hit->passage))
			return true;
	return false;
}

static int fill_hits(struct ranking *self, struct arena *arena, struct docs_hit **ret_hits,
		     size_t *ret_n, struct error *err)
{
	size_t max = self->query->n_max < RANK_HITS_MAX ? self->query->n_max : RANK_HITS_MAX;
	struct docs_hit *hits = arena_alloc_array(arena, max + 1, sizeof(*hits));
	size_t n = 0;
	int r = hits ? 0 : error_errno(err, ENOMEM, "cannot search documents");

	for (size_t i = 0; r == 0 && i < self->candidates.n && n < max; i++) {
		if (self->candidates.items[i].score <= 0)
			break;
		r = fill_hit(self, &self->candidates.items[i], arena, &hits[n], err);
		if (r == 0 && !is_said(hits, n, &hits[n]))
			n++;
	}
	*ret_hits = hits;
	*ret_n = n;
	return r;
}

static int search(struct ranking *self, struct arena *arena, struct docs_hit **ret_hits,
		  size_t *ret_n, struct error *err)
{
	int r = weigh_words(self, err);

	if (r == 0)
		r = find_candidates(self, err);
	for (size_t i = 0; r == 0 && i < self->candidates.n; i++)
		r = weigh_candidate(self, &self->candidates.items[i], err);
	if (r < 0 || self->candidates.n == 0)
		return r;
	qsort(self->candidates.items, self->candidates.n, sizeof(*self->candidates.items),
	      by_score);
	return fill_hits(self, arena, ret_hits, ret_n, err);
}

int rank_search(struct store *store, const struct rank_query *query, struct arena *arena,
		struct docs_hit **ret_hits, size_t *ret_n, struct error *err)
{
	struct ranking *self = calloc(1, sizeof(*self));
	int r;

	*ret_hits = NULL;
	*ret_n = 0;
	if (!self || words_init(&self->words, query->text) < 0) {
		free(self);
		return error_errno(err, ENOMEM, "cannot search documents");
	}
	self->store = store;
	self->query = query;
	r = self->words.n > 0 ? search(self, arena, ret_hits, ret_n, err) : 0;
	vec_release(&self->candidates);
	passages_release(&self->cut);
	words_release(&self->words);
	free(self);
	return r;
}
