/* SPDX-License-Identifier: MIT */
/* Searches of the web for a question, and the workflow of them. */
#include "base/json_write.h"
#include "base/str.h"
#include "plan/build.h"
#include "plan/web_research.h"

#include <ctype.h>
#include <errno.h>

/* What providers take of a query; no word of one has more bytes than characters. */
enum { ROUNDS = 4, QUERY_CHARS_MAX = 400, QUERY_WORDS_MAX = 50 };

struct room {
	size_t words, bytes;
};

/* What is added to the words of the question, in the first round and in each later one. */
static const struct theme {
	const char *name;
	const char *cues; /* words of a question that is about it, with blanks around each */
	const char *added[ROUNDS];
} themes[] = {
	{ "primary", " ", { "", "explained", "best practices", "comparison" } },
	{ "documentation",
	  " documentation docs manual guide configure install ",
	  { "official documentation", "guide", "reference manual", "release notes" } },
	{ "examples",
	  " example examples sample tutorial how ",
	  { "example code", "tutorial", "sample project", "cookbook" } },
	{ "api",
	  " api function method call endpoint parameter signature ",
	  { "API reference", "function signature", "API changes", "deprecated API" } },
	{ "community",
	  " error fails crash bug issue workaround why ",
	  { "issue workaround", "discussion", "known problems", "migration experience" } },
	{ "framework",
	  " framework library package module plugin ",
	  { "library framework", "integration", "alternatives", "compatibility" } },
	{ "performance",
	  " performance slow fast latency memory benchmark scale throughput ",
	  { "performance benchmark", "profiling", "scalability", "memory use" } },
	{ "security",
	  " security secure vulnerability cve auth permission encrypt ",
	  { "security vulnerability", "CVE", "hardening", "threat model" } },
};

enum { THEMES = sizeof(themes) / sizeof(*themes) };

/* How many questions it is: each ends in its mark. */
static size_t count_questions(const char *text)
{
	size_t n = 0;

	for (const char *at = text; *at; at++)
		n += *at == '?' && (!at[1] || isspace((unsigned char)at[1]));
	return n;
}

static size_t searches_of(const struct question *question)
{
	enum { FEW_WORDS = 4, MANY_WORDS = 9 };
	size_t n_questions = count_questions(question->asked);

	if (n_questions > 2)
		return WEB_SEARCHES_MAX;
	if (n_questions == 2 || question->n > MANY_WORDS)
		return 16;
	return question->n > FEW_WORDS ? 8 : 4;
}

/* The question has a word that the theme is about. */
static bool is_about(const struct question *question, const struct theme *theme)
{
	size_t len;

	for (const char *at = question->asked; *at; at += len) {
		char word[34] = " ";

		while (*at && !isalnum((unsigned char)*at))
			at++;
		for (len = 0; isalnum((unsigned char)at[len]); len++) {
			if (len < sizeof(word) - 3)
				word[1 + len] = (char)tolower((unsigned char)at[len]);
		}
		if (len < sizeof(word) - 3) {
			word[1 + len] = ' ';
			if (len && strstr(theme->cues, word))
				return true;
		}
	}
	return false;
}

/* The primary theme, those that the question is about, the others. */
static void order_themes(const struct question *question, const struct theme *ret_order[THEMES])
{
	size_t n = 0;

	ret_order[n++] = &themes[0];
	for (unsigned about = 1; about < 2; about--) {
		for (size_t i = 1; i < THEMES; i++) {
			if (is_about(question, &themes[i]) == (about == 1))
				ret_order[n++] = &themes[i];
		}
	}
}

/* The words that tell most, as many as there is room for, in their order: between blanks.
 * *ret_n_left_out: those that there is no room for. */
static const char *keywords(const struct question *question, const struct room *room,
			    struct arena *arena, size_t *ret_n_left_out)
{
	CLEANUP(buf) struct buf buf = { .max = QUERY_CHARS_MAX * 4 };
	struct question some = { 0 };

	for (size_t max = room->words; max > 0; max--) {
		if (question_shorten(question, max, arena, &some) < 0)
			return NULL;
		buf_clear(&buf);
		for (size_t i = 0; i < some.n; i++)
			buf_printf(&buf, "%s%s", i ? " " : "", some.words[i].text);
		if (buf.len <= room->bytes && !buf_error(&buf))
			break;
	}
	*ret_n_left_out = some.n_left_out;
	return arena_memdup0(arena, buf.data ? buf.data : "", buf.len);
}

/* The question as it was asked, blanks aside: providers weigh its words, and what stands between
 * them, better than a list of stop words does. NULL: it is too long for a search. */
static const char *as_asked(const struct question *question, struct arena *arena)
{
	char text[QUERY_CHARS_MAX * 4 + 1];
	size_t n = 0, n_chars = 0, n_words = 1;

	for (const char *at = question->asked; *at; at++) {
		bool is_blank = isspace((unsigned char)*at) || iscntrl((unsigned char)*at);

		if (is_blank && (n == 0 || text[n - 1] == ' '))
			continue;
		n_chars += ((unsigned char)*at & 0xc0) != 0x80;
		n_words += n > 0 && text[n - 1] == ' ';
		if (n_chars > QUERY_CHARS_MAX || n_words > QUERY_WORDS_MAX || n == sizeof(text) - 1)
			return NULL;
		text[n++] = is_blank ? ' ' : *at;
	}
	if (n && text[n - 1] == ' ')
		n--;
	return arena_memdup0(arena, text, n);
}

/* *ret_n_left_out: words that are in no search. */
static const char *first_query(const struct question *question, struct arena *arena,
			       size_t *ret_n_left_out)
{
	static const struct room all = { QUERY_WORDS_MAX, QUERY_CHARS_MAX };
	const char *query = as_asked(question, arena);

	*ret_n_left_out = 0;
	return query ? query : keywords(question, &all, arena, ret_n_left_out);
}

int web_research_plan(const struct question *question, struct arena *arena,
		      struct web_research *ret_research)
{
	/* With more words than these, a search finds what has some of them. */
	static const struct room some = { 12, 200 };
	const struct theme *order[THEMES];
	size_t n = searches_of(question), n_left_out;
	const char *words = keywords(question, &some, arena, &n_left_out);

	*ret_research = (struct web_research){ .max_instances = (unsigned)n,
					       .n_pages = n < 8    ? 6
							  : n < 16 ? 8
								   : (unsigned)(8 + n / 4) };
	if (!words)
		return -ENOMEM;
	order_themes(question, order);
	for (size_t i = 0; i < n; i++) {
		const struct theme *theme = order[i % THEMES];
		const char *added = theme->added[i / THEMES];
		const char *id;
		const char *query =
			*added ? arena_printf(arena, "%s %s", words, added)
			       : first_query(question, arena, &ret_research->n_left_out);

		if (!query)
			return -ENOMEM;
		id = i < THEMES ? theme->name
				: arena_printf(arena, "%s-%zu", theme->name, i / THEMES + 1);
		if (!id)
			return -ENOMEM;
		ret_research->searches[ret_research->n++] =
			(struct web_search){ theme->name, id, query };
	}
	return 0;
}

static void begin_phase(struct json_write *json, const char *name, const char *needs,
			const char *section)
{
	json_begin_object(json);
	json_key_str(json, "name", name);
	if (needs) {
		json_key(json, "needs");
		json_begin_array(json);
		json_str(json, needs);
		json_end_array(json);
	}
	json_key(json, section);
	json_begin_object(json);
}

static void end_phase(struct json_write *json)
{
	json_end_object(json);
	json_end_object(json);
}

static void write_late(struct json_write *json, const char *key, const char *from, unsigned top)
{
	json_key(json, key);
	json_begin_object(json);
	json_key_str(json, "from", from);
	json_key_uint(json, "top", top);
	json_end_object(json);
}

static void write_searches(struct json_write *json, const struct web_research *research)
{
	begin_phase(json, BUILD_SEARCH, NULL, "web_search");
	json_key_uint(json, "max_instances", research->max_instances);
	json_key(json, "queries");
	json_begin_array(json);
	for (size_t i = 0; i < research->n; i++) {
		json_begin_object(json);
		json_key_str(json, "id", research->searches[i].id);
		json_key_str(json, "query", research->searches[i].query);
		json_end_object(json);
	}
	json_end_array(json);
	end_phase(json);
}

/* Which files of the workspace speak of the words, all of them in their order; and what the best
 * of these define. */
static void write_code(struct json_write *json, const struct question *question)
{
	enum { FILES_READ = 6 };

	begin_phase(json, BUILD_CODE, NULL, "codebase");
	json_key(json, "mentions");
	json_begin_array(json);
	for (size_t i = 0; i < question->n; i++) {
		json_begin_object(json);
		json_key(json, "words");
		json_begin_array(json);
		for (size_t k = 0; k < question->words[i].n_variants; k++)
			json_str(json, question->words[i].variants[k]);
		json_end_array(json);
		json_end_object(json);
	}
	json_end_array(json);
	end_phase(json);
	begin_phase(json, "definitions", BUILD_CODE, "codebase");
	write_late(json, "read", BUILD_CODE, FILES_READ);
	end_phase(json);
}

int build_web_research(const struct question *question, const struct web_research *research,
		       bool has_code, struct buf *out)
{
	struct json_write json = json_write_to(out);

	json_begin_object(&json);
	json_key_str(&json, "name", "web");
	json_key(&json, "phases");
	json_begin_array(&json);
	write_searches(&json, research);
	begin_phase(&json, "pages", BUILD_SEARCH, "web_search");
	json_key_uint(&json, "max_instances", research->n_pages);
	write_late(&json, "fetch", BUILD_SEARCH, research->n_pages);
	end_phase(&json);
	if (has_code)
		write_code(&json, question);
	json_end_array(&json);
	json_end_object(&json);
	return buf_error(out);
}
