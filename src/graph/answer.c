/* SPDX-License-Identifier: MIT */
/* Making the answer: for each of the best files what it says now, which of its lines matter and
 * why it is here; and what was found to agree or to clash on the way. */
#include "graph/answer.h"

#include "base/date.h"
#include "base/str.h"
#include "base/utf8.h"
#include "graph/aggregate.h"
#include "graph/ranges.h"
#include "os/path.h"
#include "scan/mention.h"
#include "scan/text.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

enum {
	WORDS_SHOWN = 6,
	SYMBOLS_SHOWN = 8,
	SUPPORT_MAX = 8,
	CLAIMS_MAX = 200,
	CLAIM_FILES = 10, /* claims are made of the best so many files */
	FILE_BYTES_MAX = 4 << 20,
	PARSED_BYTES_MAX = 64 << 10, /* of the best files, for exact ranges: some 8 ms */
};

static const float CENTRAL_LEAST = 0.5f; /* of the greatest rank */

struct maker {
	const struct answer_conf *conf;
	struct answer *answer;
	double *gains;    /* of words */
	struct text text; /* scratch */
	struct grammar *grammar;
	size_t parsed_bytes;
	struct VEC(struct answer_claim) claims;
	bool is_out_of_memory;
};

static char *say(struct maker *maker, const struct buf *buf)
{
	char *text = buf->data ? arena_memdup0(&maker->answer->arena, buf->data, buf->len) : NULL;

	if (!text)
		maker->is_out_of_memory = true;
	return text;
}

/* ---- claims ---- */

static void add_claim(struct maker *maker, const struct answer_claim *claim)
{
	if (maker->claims.n < CLAIMS_MAX && !vec_push(&maker->claims, *claim))
		maker->is_out_of_memory = true;
}

static const char *call_id(const struct maker *maker, uint32_t call)
{
	return maker->conf->graph->sources.items[call].id;
}

static void add_clashes(struct maker *maker)
{
	const struct graph *graph = maker->conf->graph;

	for (size_t i = 0; i < maker->conf->clashes->list.n; i++) {
		const struct claim *clash = &maker->conf->clashes->list.items[i];
		struct answer_claim claim = { .status = clash->status };
		const char **support =
			arena_alloc_array(&maker->answer->arena, SUPPORT_MAX, sizeof(char *));
		CLEANUP(buf) struct buf buf = { .max = 4096 };

		claim_write(graph, clash, &buf);
		claim.text = say(maker, &buf);
		for (uint32_t k = clash->first; support && k != UINT32_MAX;
		     k = graph->observations.items[k].next) {
			const struct observation *o = &graph->observations.items[k];

			for (unsigned c = 0; c < o->n_calls && claim.n_support < SUPPORT_MAX; c++)
				support[claim.n_support++] = call_id(maker, o->calls[c]);
		}
		claim.support = support;
		if (claim.text && support)
			add_claim(maker, &claim);
	}
}

/* ---- one file ---- */

struct file_maker {
	struct maker *maker;
	const struct ranked *ranked;
	struct answer_file *file;
	uint32_t counts[QUESTION_WORDS_MAX];  /* mentions of words, packed */
	uint32_t queries[QUESTION_WORDS_MAX]; /* the calls that counted them; UINT32_MAX = none */
	struct VEC(const char *) why;
	struct VEC(const char *) symbols;
};

static void add_why(struct file_maker *fm, const struct buf *buf)
{
	const char *text = say(fm->maker, buf);

	if (text && !vec_push(&fm->why, text))
		fm->maker->is_out_of_memory = true;
}

/* Words of the file by what their mentions are worth, most first; how many. */
static size_t order_words(const struct file_maker *fm, uint32_t ret_words[QUESTION_WORDS_MAX])
{
	const double *gains = fm->maker->gains;
	size_t n = 0;

	for (uint32_t w = 0; w < fm->maker->conf->question->n; w++) {
		size_t at = n;

		if (!fm->counts[w])
			continue;
		while (at > 0 && gains[ret_words[at - 1]] < gains[w]) {
			ret_words[at] = ret_words[at - 1];
			at--;
		}
		ret_words[at] = w;
		n++;
	}
	return n;
}

static void say_words(struct file_maker *fm)
{
	CLEANUP(buf) struct buf buf = { .max = 4096 };
	uint32_t words[QUESTION_WORDS_MAX];
	size_t n = order_words(fm, words);
	struct answer_claim claim = { .status = CLAIM_SINGLE };
	const char **support =
		arena_alloc_array(&fm->maker->answer->arena, SUPPORT_MAX, sizeof(char *));

	if (!n)
		return;
	buf_add_str(&buf, "speaks of ");
	for (size_t i = 0; i < n && i < WORDS_SHOWN; i++) {
		unsigned lines = mention_lines(fm->counts[words[i]]);

		buf_printf(&buf, "%s%s (%u%s)", i ? ", " : "",
			   fm->maker->conf->question->words[words[i]].text, lines,
			   lines >= MENTION_LINES_MAX ? "+" : "");
		if (support && claim.n_support < SUPPORT_MAX && fm->queries[words[i]] != UINT32_MAX)
			support[claim.n_support++] = call_id(fm->maker, fm->queries[words[i]]);
	}
	add_why(fm, &buf);
	if (!support || !fm->why.n || fm->file - fm->maker->answer->files >= CLAIM_FILES)
		return;
	claim.support = support;
	claim.text = arena_printf(&fm->maker->answer->arena, "%s %s", fm->file->path,
				  fm->why.items[fm->why.n - 1]);
	if (claim.text && claim.n_support)
		add_claim(fm->maker, &claim);
}

static void say_symbols(struct file_maker *fm)
{
	CLEANUP(buf) struct buf buf = { .max = 4096 };

	if (!fm->symbols.n)
		return;
	buf_add_str(&buf, "defines ");
	for (size_t i = 0; i < fm->symbols.n; i++)
		buf_printf(&buf, "%s%s", i ? ", " : "", fm->symbols.items[i]);
	add_why(fm, &buf);
}

/* The commits most like the question that changed the file. */
static void say_history(struct file_maker *fm)
{
	const struct answer_conf *conf = fm->maker->conf;
	CLEANUP(buf) struct buf buf = { .max = 4096 };
	const struct commit *best = NULL;
	unsigned n = 0;
	size_t len;

	for (size_t i = 0; i < conf->n_changes; i++) {
		const struct commit *commit =
			&conf->history->commits.items[conf->changes[i].commit];

		if (conf->changes[i].file != fm->ranked->node || commit->rank >= 20)
			continue;
		n++;
		if (!best || commit->rank < best->rank)
			best = commit;
	}
	if (!best)
		return;
	len = strcspn(best->message, "\n\x01");
	if (len > best->message_len)
		len = best->message_len;
	buf_printf(&buf, "changed by %u of the 20 commits most like this; the nearest: %.*s ", n,
		   10, best->id);
	date_write_day(best->time_s, &buf);
	buf_printf(&buf, " '%.*s'", (int)utf8_fit(best->message, len, 100), best->message);
	add_why(fm, &buf);
}

/* What the other files that were read make use of. */
static void say_central(struct file_maker *fm)
{
	CLEANUP(buf) struct buf buf = { .max = 256 };

	if (fm->ranked->features[FEATURE_central] < CENTRAL_LEAST)
		return;
	buf_add_str(&buf, "the files that have to do with it lean on what it defines");
	add_why(fm, &buf);
}

static void collect_counts(struct file_maker *fm)
{
	const struct answer_conf *conf = fm->maker->conf;

	for (size_t w = 0; w < QUESTION_WORDS_MAX; w++)
		fm->queries[w] = UINT32_MAX;
	for (size_t i = 0; i < conf->graph->edges.n; i++) {
		const struct edge *edge = &conf->graph->edges.items[i];
		uint32_t word;

		if (edge->relation != REL_MENTIONS || edge->to != fm->ranked->node)
			continue;
		word = conf->word_of_node[edge->from];
		if (word >= conf->question->n)
			continue;
		fm->counts[word] = edge->weight;
		fm->queries[word] = edge->call;
	}
}

/* ---- its lines ---- */

static bool read_now(struct maker *maker, const char *path)
{
	struct stat st;
	int fd = path_open_file(maker->conf->root_fd, path, &st);
	int r;

	if (fd < 0)
		return false;
	r = st.st_size > FILE_BYTES_MAX ? -EFBIG : text_read(&maker->text, fd);
	close(fd);
	return r == 0 && !maker->text.has_nul;
}

/* Whether the lines that a call read are still so. */
static void check_reading(struct file_maker *fm, const struct ranges *ranges)
{
	const struct graph *graph = fm->maker->conf->graph;
	const char *data = (const char *)fm->maker->text.data;

	for (uint32_t i = graph->file_readings.items[fm->ranked->node]; i != NODE_NONE;
	     i = graph->readings.items[i].next) {
		const struct reading *reading = &graph->readings.items[i];
		struct answer_claim claim = { .status = CLAIM_STALE };
		uint32_t k = 0;

		for (; k < reading->n_lines; k++) {
			uint32_t line = reading->line + k - 1;
			size_t from, len;

			if (line >= ranges->n_lines)
				break;
			from = ranges->starts[line];
			len = ranges->starts[line + 1] - from;
			if (len && data[from + len - 1] == '\n')
				len--;
			if (fact_text_hash(data + from, len) != reading->hashes[k])
				break;
		}
		if (k == reading->n_lines)
			continue;
		claim.text = arena_printf(&fm->maker->answer->arena,
					  "%s:%" PRIu32 " was read by %s and reads otherwise now",
					  fm->file->path, reading->line + k,
					  call_id(fm->maker, reading->call));
		claim.support = arena_alloc(&fm->maker->answer->arena, sizeof(char *));
		if (!claim.text || !claim.support)
			return;
		((const char **)(uintptr_t)claim.support)[0] = call_id(fm->maker, reading->call);
		claim.n_support = 1;
		add_claim(fm->maker, &claim);
	}
}

/* What was counted in the wide pass must be what stands there now. */
static void check_counts(struct file_maker *fm, const struct ranges *ranges)
{
	const struct question *question = fm->maker->conf->question;

	if (fm->maker->text.n_bytes > MENTION_BYTES_MAX)
		return;
	for (uint32_t w = 0; w < question->n; w++) {
		struct answer_claim claim = { .status = CLAIM_STALE, .n_support = 1 };
		unsigned now = 0, then = mention_lines(fm->counts[w]);
		const char **support;

		if (fm->queries[w] == UINT32_MAX)
			continue;
		for (uint32_t i = 0; i < ranges->n_lines && now < MENTION_LINES_MAX; i++)
			now += ranges->masks[i] >> w & 1;
		if (now == then)
			continue;
		support = arena_alloc(&fm->maker->answer->arena, sizeof(char *));
		claim.text = arena_printf(&fm->maker->answer->arena,
					  "%s had %u lines with '%s' (%s) and has %u now",
					  fm->file->path, then, question->words[w].text,
					  call_id(fm->maker, fm->queries[w]), now);
		if (!support || !claim.text)
			return;
		support[0] = call_id(fm->maker, fm->queries[w]);
		claim.support = support;
		add_claim(fm->maker, &claim);
	}
}

static void take_symbols(struct file_maker *fm, const struct ranges *ranges)
{
	const char *data = (const char *)fm->maker->text.data;

	for (size_t i = 0; i < ranges->grammar.outline.n && fm->symbols.n < SYMBOLS_SHOWN; i++) {
		const struct outline_symbol *symbol = &ranges->grammar.outline.items[i];
		char *text;

		if (symbol->kind != OUTLINE_DEFINITION || !symbol->name_len ||
		    symbol->name_len > 100 ||
		    !ranges_words_of(fm->maker->conf->lexicon, data + symbol->name_at,
				     symbol->name_len))
			continue;
		text = arena_printf(&fm->maker->answer->arena, "%.*s:%" PRIu32,
				    (int)symbol->name_len, data + symbol->name_at, symbol->line);
		if (!text || !vec_push(&fm->symbols, text))
			fm->maker->is_out_of_memory = true;
	}
}

static void take_ranges(struct file_maker *fm, const struct ranges *ranges)
{
	struct arena *arena = &fm->maker->answer->arena;
	const char *data = (const char *)fm->maker->text.data;
	struct answer_file *file = fm->file;
	double most = ranges->list.n ? ranges->list.items[0].score : 0;

	file->ranges = arena_alloc_array(arena, ranges->list.n + 1, sizeof(*file->ranges));
	for (size_t i = 0; file->ranges && i < ranges->list.n; i++) {
		const struct range *range = &ranges->list.items[i];
		struct answer_range *out = &file->ranges[file->n_ranges++];
		const struct outline_symbol *symbol =
			range->symbol >= 0 ? &ranges->grammar.outline.items[range->symbol] : NULL;
		size_t from = ranges->starts[range->line - 1];

		*out = (struct answer_range){ .line = range->line, .end_line = range->end_line };
		out->len = ranges->starts[range->end_line] - from;
		out->text = arena_memdup0(arena, data + from, out->len);
		if (symbol && symbol->name_len)
			out->symbol =
				arena_memdup0(arena, data + symbol->name_at, symbol->name_len);
		out->value =
			file->score * file->score *
			(most > 0 && range->score > 0 ? range->score / most * pow(0.8, (double)i)
						      : 0.001 / (double)(i + 1));
	}
}

static void make_file(struct maker *maker, const struct ranked *ranked, struct answer_file *file)
{
	struct file_maker fm = { .maker = maker, .ranked = ranked, .file = file };
	struct ranges ranges = { 0 };
	struct ranges_conf conf = { .path = file->path,
				    .lexicon = maker->conf->lexicon,
				    .gains = maker->gains,
				    .n_words = maker->conf->question->n };

	collect_counts(&fm);
	if (read_now(maker, file->path)) {
		conf.text = (const char *)maker->text.data;
		conf.len = maker->text.len;
		if (maker->parsed_bytes + conf.len <= PARSED_BYTES_MAX) {
			maker->parsed_bytes += conf.len;
			conf.grammar = maker->grammar;
		}
		if (ranges_find(&conf, &ranges) < 0) {
			maker->is_out_of_memory = true;
		} else {
			check_reading(&fm, &ranges);
			check_counts(&fm, &ranges);
			take_symbols(&fm, &ranges);
			take_ranges(&fm, &ranges);
		}
		ranges_release(&ranges);
	}
	say_words(&fm);
	say_symbols(&fm);
	if (maker->conf->history)
		say_history(&fm);
	say_central(&fm);
	file->n_why = fm.why.n;
	file->n_symbols = fm.symbols.n;
	file->why = (void *)arena_memdup0(&maker->answer->arena, fm.why.items,
					  fm.why.n * sizeof(char *));
	file->symbols = (void *)arena_memdup0(&maker->answer->arena, fm.symbols.items,
					      fm.symbols.n * sizeof(char *));
	vec_release(&fm.why);
	vec_release(&fm.symbols);
}

/* ---- all of them ---- */

/* A range and what it costs, for the order in which they are taken. */
struct candidate {
	struct answer_range *range;
	double density;
	uint32_t file;
};

static int densest_first(const void *a_, const void *b_)
{
	const struct candidate *a = a_, *b = b_;

	if (a->density != b->density)
		return a->density < b->density ? 1 : -1;
	if (a->file != b->file)
		return a->file < b->file ? -1 : 1;
	return (a->range->line > b->range->line) - (a->range->line < b->range->line);
}

static int order_ranges(struct answer *answer)
{
	struct VEC(struct candidate) all = { 0 };
	int r = 0;

	for (uint32_t f = 0; f < answer->n_files; f++) {
		for (size_t i = 0; i < answer->files[f].n_ranges; i++) {
			struct answer_range *range = &answer->files[f].ranges[i];
			struct candidate candidate = {
				range, range->value / sqrt((double)range->len + 200), f
			};

			if (!vec_push(&all, candidate))
				r = -ENOMEM;
		}
	}
	if (all.n)
		qsort(all.items, all.n, sizeof(struct candidate), densest_first);
	for (uint32_t i = 0; i < all.n; i++)
		all.items[i].range->order = i;
	vec_release(&all);
	return r;
}

int answer_make(const struct answer_conf *conf, struct answer *ret_answer)
{
	struct maker maker = { .conf = conf, .answer = ret_answer };
	double best = conf->ranking->n ? conf->ranking->items[0].score : 0;
	int r;

	*ret_answer = (struct answer){ .question = conf->question };
	arena_init(&ret_answer->arena, (size_t)1 << 30);
	maker.gains = calloc(conf->question->n + 1, sizeof(*maker.gains));
	ret_answer->files = arena_alloc_array(&ret_answer->arena, conf->files_max + 1,
					      sizeof(*ret_answer->files));
	maker.grammar = grammar_new();
	if (maker.gains && ret_answer->files && maker.grammar) {
		for (size_t w = 0; w < conf->question->n && w < conf->ranking->n_words; w++)
			maker.gains[w] = conf->ranking->idf[w] * conf->question->words[w].weight;
		add_clashes(&maker);
		for (size_t i = 0; i < conf->ranking->n && ret_answer->n_files < conf->files_max;
		     i++) {
			const struct ranked *ranked = &conf->ranking->items[i];
			struct answer_file *file = &ret_answer->files[ret_answer->n_files];

			if (ranked->score <= 0)
				break;
			ret_answer->n_files++;
			file->path = arena_strdup(&ret_answer->arena,
						  graph_name(conf->graph, ranked->node));
			file->score = ranked->score / best;
			file->ranked = ranked;
			if (file->path)
				make_file(&maker, ranked, file);
		}
		ret_answer->n_claims = maker.claims.n;
		ret_answer->claims =
			(void *)arena_memdup0(&ret_answer->arena, maker.claims.items,
					      maker.claims.n * sizeof(struct answer_claim));
	}
	r = !maker.gains || !maker.grammar || maker.is_out_of_memory ||
			    arena_failed(&ret_answer->arena)
		    ? -ENOMEM
		    : order_ranges(ret_answer);
	free(maker.gains);
	vec_release(&maker.claims);
	text_release(&maker.text);
	grammar_free(maker.grammar);
	if (r < 0)
		answer_release(ret_answer);
	return r;
}

void answer_release(struct answer *answer)
{
	arena_release(&answer->arena);
	*answer = (struct answer){ 0 };
}
