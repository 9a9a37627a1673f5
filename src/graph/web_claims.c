/* SPDX-License-Identifier: MIT */
/* What sites say alike, and where they clash. Sentences of the chosen passages are held against
 * each other (graph/statement.h): the rare terms that two have in common say whether they are
 * about the same; figures, switches and opposites say whether they say the same of it. A false
 * alarm costs more than a clash that is missed: what could be about two things is left alone. */
#include "graph/bm25.h"
#include "graph/page.h"
#include "graph/statement.h"
#include "graph/web_topic.h"
#include "graph/web_work.h"

#include "base/buf.h"
#include "base/str.h"
#include "base/utf8.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>

enum {
	SENTENCES_MAX = 600,
	SENTENCE_LEAST = 20,
	SENTENCE_MAX = 400,
	COPY_WORDS = 12, /* so many equal words in a row are copied */
	SINGLES_MAX = 6,
	SUPPORT_MAX = 16,
	SHOWN_MAX = 240,
};

struct sentence {
	struct statement statement;
	double weights[STATEMENT_TERMS]; /* of its terms: rare ones say more */
	size_t page, place;              /* draft; the how-manieth of it */
	uint64_t words;                  /* of the question: in it, */
	uint64_t context;                /* and in its page's title, its heading and its passage */
	double relevance;
	bool is_used;
};

struct comparing {
	struct web_maker *maker;
	struct sentence *sentences;
	size_t n;
	uint64_t *terms; /* all, sorted, with repeats: how often each is said */
	size_t n_terms;
	struct words_state *state;
	uint8_t *topics; /* of two pages: 0 = not known, 1 = may be one, 2 = differ */
};

/* ---- sentences ---- */

static void note_word(void *data, uint32_t word, size_t at, size_t len)
{
	(void)at;
	(void)len;
	*(uint64_t *)data |= UINT64_C(1) << word;
}

static uint64_t words_in(struct web_maker *maker, const char *text, size_t len)
{
	uint64_t words = 0;

	lexicon_scan(maker->conf->lexicon, text, len, note_word, &words);
	return words;
}

/* Marks of lists and quotes before a sentence. */
static size_t skip_marks(const char *text, size_t from, size_t to)
{
	while (from < to && (isspace((unsigned char)text[from]) || strchr("-*+>|#", text[from])))
		from++;
	while (from < to && isdigit((unsigned char)text[from])) {
		size_t at = from;

		while (at < to && isdigit((unsigned char)text[at]))
			at++;
		if (at + 1 >= to || !strchr(".)", text[at]) || text[at + 1] != ' ')
			break;
		from = at + 2;
	}
	return from;
}

static void add_sentence(struct comparing *self, size_t page, const char *text, size_t len,
			 uint64_t context)
{
	struct sentence *sentence = &self->sentences[self->n];

	while (len && isspace((unsigned char)text[len - 1]))
		len--;
	if (self->n == SENTENCES_MAX || len < SENTENCE_LEAST || len > SENTENCE_MAX ||
	    text[len - 1] == '?' || text[len - 1] == ':')
		return;
	*sentence = (struct sentence){ .page = page, .place = self->n, .context = context };
	sentence->words = words_in(self->maker, text, len);
	if (!sentence->words)
		return;
	statement_read(text, len, self->state, &sentence->statement);
	if (sentence->statement.n_terms)
		self->n++;
}

/* The end of an item of a list, or of a sentence over several lines. */
static size_t sentence_end(const char *text, size_t from, size_t len)
{
	size_t end = web_sentence_end(text, from, len);

	for (size_t i = from; i + 1 < end; i++) {
		if (text[i] == '\n' &&
		    (strchr("-*+|>#", text[i + 1]) || isdigit((unsigned char)text[i + 1])))
			return i + 1;
	}
	return end;
}

static void add_passage(struct comparing *self, size_t page, const struct web_block *block,
			const char *title)
{
	uint64_t context = words_in(self->maker, block->text, block->len) |
			   words_in(self->maker, block->heading, strlen(block->heading)) |
			   words_in(self->maker, title, strlen(title));
	size_t len = block->len;

	for (size_t i = 0; i + 2 < len; i++) {
		if ((i == 0 || block->text[i - 1] == '\n') &&
		    (memcmp(block->text + i, "```", 3) == 0 ||
		     memcmp(block->text + i, "~~~", 3) == 0))
			len = i; /* code says nothing in words */
	}
	for (size_t at = 0; at < len;) {
		size_t end = sentence_end(block->text, at, len);
		size_t from = skip_marks(block->text, at, end);

		add_sentence(self, page, block->text + from, end - from, context);
		at = end > at ? end : at + 1;
	}
}

static int by_value(const void *a_, const void *b_)
{
	uint64_t a = *(const uint64_t *)a_, b = *(const uint64_t *)b_;

	return (a > b) - (a < b);
}

/* How many sentences have the term. */
static size_t frequency(const struct comparing *self, uint64_t term)
{
	size_t low = 0, high = self->n_terms, n = 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (self->terms[middle] < term)
			low = middle + 1;
		else
			high = middle;
	}
	while (low + n < self->n_terms && self->terms[low + n] == term)
		n++;
	return n;
}

static int collect(struct comparing *self)
{
	struct web_maker *maker = self->maker;
	size_t n_pages = maker->n < maker->conf->pages_max ? maker->n : maker->conf->pages_max;

	self->sentences =
		arena_alloc_array(&maker->scratch, SENTENCES_MAX + 1, sizeof(*self->sentences));
	self->terms = arena_alloc_array(&maker->scratch, SENTENCES_MAX * STATEMENT_TERMS,
					sizeof(*self->terms));
	self->topics = arena_alloc(&maker->scratch, (size_t)WEB_PAGES_SHOWN * WEB_PAGES_SHOWN);
	if (!self->sentences || !self->terms || !self->topics)
		return -ENOMEM;
	for (size_t i = 0; i < n_pages; i++) {
		const struct web_draft *draft = &maker->drafts[i];

		for (size_t k = 0; k < draft->n_chosen; k++) {
			if (!draft->chosen[k]->is_code)
				add_passage(self, i, draft->chosen[k], draft->page.title);
		}
	}
	for (size_t i = 0; i < self->n; i++) {
		const struct statement *statement = &self->sentences[i].statement;

		for (size_t k = 0; k < statement->n_terms; k++)
			self->terms[self->n_terms++] = statement->terms[k];
	}
	qsort(self->terms, self->n_terms, sizeof(*self->terms), by_value);
	for (size_t i = 0; i < self->n; i++) {
		struct sentence *sentence = &self->sentences[i];

		for (uint64_t left = sentence->words; left; left &= left - 1)
			sentence->relevance +=
				maker->conf->question->words[__builtin_ctzll(left)].weight;
		for (size_t k = 0; k < sentence->statement.n_terms; k++)
			sentence->weights[k] = bm25_idf(
				self->n + 2, (double)frequency(self, sentence->statement.terms[k]));
		sentence->relevance += sentence->statement.has_value;
		sentence->relevance *= 0.5 + maker->drafts[sentence->page].page.score;
	}
	return 0;
}

/* ---- two sentences ---- */

enum relation_of { APART, SAME, CLASH, OLDER /* each of its own version */ };

struct common {
	size_t n;        /* terms of both */
	double likeness; /* by weight, of the terms of either */
};

static struct common compare_terms(const struct sentence *a, const struct sentence *b)
{
	const struct statement *x = &a->statement, *y = &b->statement;
	struct common common = { 0 };
	double both = 0, any = 0;
	size_t i = 0, k = 0;

	while (i < x->n_terms || k < y->n_terms) {
		if (k == y->n_terms || (i < x->n_terms && x->terms[i] < y->terms[k])) {
			any += a->weights[i++];
		} else if (i == x->n_terms || y->terms[k] < x->terms[i]) {
			any += b->weights[k++];
		} else {
			any += a->weights[i];
			both += a->weights[i++];
			common.n++;
			k++;
		}
	}
	common.likeness = any > 0 ? both / any : 0;
	return common;
}

static bool have_equal_names(const struct statement *a, const struct statement *b)
{
	return a->n_names == b->n_names &&
	       memcmp(a->names, b->names, a->n_names * sizeof(*a->names)) == 0;
}

static bool share_names(const struct statement *a, const struct statement *b)
{
	if (!a->n_names || !b->n_names)
		return true;
	for (size_t i = 0; i < a->n_names; i++) {
		for (size_t k = 0; k < b->n_names; k++) {
			if (a->names[i] == b->names[k])
				return true;
		}
	}
	return false;
}

static double context_likeness(const struct sentence *a, const struct sentence *b)
{
	unsigned both = (unsigned)__builtin_popcountll(a->context & b->context);
	unsigned any = (unsigned)__builtin_popcountll(a->context | b->context);

	return any ? (double)both / any : 0;
}

/* Asked of many sentences of the same two pages, and dear: it is remembered. */
static bool topics_differ(const struct comparing *self, size_t a, size_t b)
{
	const struct web_draft *drafts = self->maker->drafts;
	uint8_t *known = &self->topics[a < b ? a * WEB_PAGES_SHOWN + b : b * WEB_PAGES_SHOWN + a];

	if (!*known)
		*known = web_topics_differ(&drafts[a], &drafts[b]) ? 2 : 1;
	return *known == 2;
}

/* Whether two that differ can only be about the same. */
static bool is_one_subject(const struct comparing *self, const struct sentence *a,
			   const struct sentence *b, const struct common *common)
{
	if (a->statement.is_vague || b->statement.is_vague || common->likeness < 0.6 ||
	    !common->n || !have_equal_names(&a->statement, &b->statement) || !(a->words & b->words))
		return false;
	if (common->n == 1 && (common->likeness < 0.999 || a->context != b->context))
		return false;
	return context_likeness(a, b) >= 0.6 && !topics_differ(self, a->page, b->page);
}

static bool values_compare(const struct statement *a, const struct statement *b)
{
	return a->has_value && b->has_value && a->cue == b->cue && a->unit == b->unit;
}

static enum relation_of relate_values(const struct comparing *self, const struct sentence *a,
				      const struct sentence *b, const struct common *common)
{
	const struct statement *x = &a->statement, *y = &b->statement;

	if (x->is_negated != y->is_negated)
		return APART;
	if (fabs(x->value - y->value) <= 1e-9 * fabs(x->value))
		return common->n && common->likeness >= 0.3 && share_names(x, y) ? SAME : APART;
	if (!is_one_subject(self, a, b, common))
		return APART;
	return x->scope > 0 && y->scope > 0 && x->scope != y->scope ? OLDER : CLASH;
}

static enum relation_of relate_stances(const struct comparing *self, const struct sentence *a,
				       const struct sentence *b, const struct common *common)
{
	const struct statement *x = &a->statement, *y = &b->statement;

	if (x->side == y->side)
		return common->n >= 2 && common->likeness >= 0.5 && share_names(x, y) ? SAME
										      : APART;
	if (!is_one_subject(self, a, b, common) || x->cue != y->cue)
		return APART;
	return x->scope > 0 && y->scope > 0 && x->scope != y->scope ? OLDER : CLASH;
}

static enum relation_of relate(const struct comparing *self, const struct sentence *a,
			       const struct sentence *b)
{
	const struct statement *x = &a->statement, *y = &b->statement;
	struct common common = compare_terms(a, b);

	if (values_compare(x, y))
		return relate_values(self, a, b, &common);
	if (x->stance && x->stance == y->stance && !x->n_figures && !y->n_figures)
		return relate_stances(self, a, b, &common);
	if (x->has_value || y->has_value || x->stance || y->stance)
		return APART;
	if (x->is_negated != y->is_negated)
		return common.n >= 4 && common.likeness >= 0.8 && x->n_figures == y->n_figures &&
				       is_one_subject(self, a, b, &common)
			       ? CLASH
			       : APART;
	return common.n >= 4 && common.likeness >= 0.5 && share_names(x, y) &&
			       !x->n_figures == !y->n_figures
		       ? SAME
		       : APART;
}

/* ---- claims ---- */

/* Those that say the same; each origin once. */
struct side {
	const struct sentence *items[SUPPORT_MAX];
	size_t n;
};

static bool is_copy(const struct sentence *a, const struct sentence *b)
{
	return a->statement.n_words >= COPY_WORDS && a->statement.hash == b->statement.hash;
}

static bool has_origin(const struct comparing *self, const struct side *side,
		       const struct sentence *sentence)
{
	const struct web_draft *drafts = self->maker->drafts;

	for (size_t i = 0; i < side->n; i++) {
		if (drafts[side->items[i]->page].origin == drafts[sentence->page].origin ||
		    is_copy(side->items[i], sentence))
			return true;
	}
	return false;
}

static void add_to(struct side *side, const struct sentence *sentence)
{
	if (side->n < SUPPORT_MAX)
		side->items[side->n++] = sentence;
}

static int64_t latest(const struct comparing *self, const struct side *side)
{
	int64_t time_s = 0;

	for (size_t i = 0; i < side->n; i++) {
		int64_t published_s = self->maker->drafts[side->items[i]->page].page.published_s;

		if (published_s > time_s)
			time_s = published_s;
	}
	return time_s;
}

static void quote(const struct comparing *self, const struct sentence *sentence, struct buf *out)
{
	const struct statement *statement = &sentence->statement;
	const char *line =
		page_line(statement->text, statement->len, SENTENCE_MAX, self->maker->arena);

	if (!line) {
		self->maker->is_out_of_memory = true;
		return;
	}
	buf_printf(out, "%.*s", (int)utf8_fit(line, strlen(line), SHOWN_MAX), line);
}

static void write_side(const struct comparing *self, const struct side *side, bool is_newer,
		       struct buf *out)
{
	int64_t time_s = latest(self, side);

	buf_add_char(out, '"');
	quote(self, side->items[0], out);
	buf_printf(out, "\" (%s", self->maker->drafts[side->items[0]->page].page.site);
	if (side->n > 1)
		buf_printf(out, " and %zu more", side->n - 1);
	if (time_s) {
		const char *date = web_date(time_s, self->maker->arena);

		buf_printf(out, ", %s%s", date ? date : "", is_newer ? ", newer" : "");
	}
	buf_add_char(out, ')');
}

static void add_support(struct comparing *self, struct web_claim *claim, const struct side *side)
{
	for (size_t i = 0; i < side->n; i++) {
		struct web_draft *draft = &self->maker->drafts[side->items[i]->page];

		claim->support[claim->n_support++] = draft->page.url;
		if (claim->status == CLAIM_AGREED && claim->n_sites > draft->best_sites)
			draft->best_sites = claim->n_sites;
	}
}

static void add_claim(struct comparing *self, enum claim_status status, const struct side *side,
		      const struct side *other)
{
	struct web_maker *maker = self->maker;
	struct web_claim claim = { .status = status, .n_sites = (unsigned)side->n };
	CLEANUP(buf) struct buf text = { .max = 4096 };
	int64_t a = latest(self, side), b = latest(self, other);

	claim.support = arena_alloc_array(maker->arena, (size_t)2 * SUPPORT_MAX, sizeof(char *));
	if (!claim.support) {
		maker->is_out_of_memory = true;
		return;
	}
	if (other->n) {
		claim.n_sites += (unsigned)other->n;
		write_side(self, side, a && b && a > b, &text);
		buf_add_str(&text, " / ");
		write_side(self, other, a && b && b > a, &text);
	} else {
		quote(self, side->items[0], &text);
	}
	claim.text = text.data ? arena_memdup0(maker->arena, text.data, text.len) : NULL;
	add_support(self, &claim, side);
	add_support(self, &claim, other);
	if (!claim.text || !vec_push(&maker->claims, claim))
		maker->is_out_of_memory = true;
}

/* What nobody else says must have half of the question's words. */
static bool is_to_the_point(const struct comparing *self, const struct sentence *sentence)
{
	size_t n = (size_t)__builtin_popcountll(sentence->words);

	return n >= 2 && 2 * n >= self->maker->conf->question->n;
}

static void compare_one(struct comparing *self, size_t i, unsigned *n_singles)
{
	struct sentence *first = &self->sentences[i];
	struct side side = { { first }, 1 }, other = { 0 };
	enum relation_of worst = SAME;

	first->is_used = true;
	for (size_t k = 0; k < self->n; k++) {
		struct sentence *sentence = &self->sentences[k];
		enum relation_of how = sentence->is_used ? APART : relate(self, first, sentence);

		if (how == SAME) {
			sentence->is_used = true;
			if (!has_origin(self, &side, sentence))
				add_to(&side, sentence);
		} else if (how != APART && !has_origin(self, &side, sentence)) {
			sentence->is_used = true;
			if (!has_origin(self, &other, sentence))
				add_to(&other, sentence);
			if (worst != CLASH)
				worst = how;
		}
	}
	if (other.n)
		add_claim(self, worst == OLDER ? CLAIM_STALE : CLAIM_CONTRADICTED, &side, &other);
	else if (side.n > 1)
		add_claim(self, CLAIM_AGREED, &side, &other);
	else if (first->statement.has_value && !first->statement.is_vague &&
		 is_to_the_point(self, first) && (*n_singles)++ < SINGLES_MAX)
		add_claim(self, CLAIM_SINGLE, &side, &other);
}

static int most_relevant_first(const void *a_, const void *b_)
{
	const struct sentence *a = a_, *b = b_;

	if (a->relevance != b->relevance)
		return a->relevance < b->relevance ? 1 : -1;
	return (a->place > b->place) - (a->place < b->place);
}

/* Clashes, what is out of date, what most sites say, what one says. */
static int claims_first(const void *a_, const void *b_)
{
	static const int orders[] = {
		[CLAIM_CONTRADICTED] = 0, [CLAIM_STALE] = 1, [CLAIM_AGREED] = 2, [CLAIM_SINGLE] = 3
	};
	const struct web_claim *a = a_, *b = b_;

	if (a->status != b->status)
		return orders[a->status] - orders[b->status];
	if (a->n_sites != b->n_sites)
		return a->n_sites < b->n_sites ? 1 : -1;
	return strcmp(a->text, b->text);
}

int web_compare(struct web_maker *maker)
{
	struct comparing self = { .maker = maker, .state = words_state_new() };
	unsigned n_singles = 0;
	int r = self.state ? collect(&self) : -ENOMEM;

	if (r == 0 && self.n)
		qsort(self.sentences, self.n, sizeof(*self.sentences), most_relevant_first);
	for (size_t i = 0; r == 0 && i < self.n && maker->claims.n < WEB_CLAIMS_MAX; i++) {
		if (!self.sentences[i].is_used)
			compare_one(&self, i, &n_singles);
	}
	if (maker->claims.n)
		qsort(maker->claims.items, maker->claims.n, sizeof(struct web_claim), claims_first);
	for (size_t i = 0; i < maker->n; i++)
		maker->drafts[i].page.features[WEB_SUPPORT] = fmin(
			1, (maker->drafts[i].best_sites - (maker->drafts[i].best_sites > 0)) / 3.0);
	words_state_free(self.state);
	return r < 0 || maker->is_out_of_memory ? -ENOMEM : 0;
}
