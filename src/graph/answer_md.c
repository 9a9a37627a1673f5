/* SPDX-License-Identifier: MIT */
/* The answer for people and models to read: Markdown, and bare ranges. */
#include "base/str.h"
#include "graph/answer_text.h"
#include "scan/outline.h"

#include <inttypes.h>
#include <string.h>

struct writer {
	const struct answer_file *file;
	struct buf *out;
};

/* A fence longer than any in the text. */
static void write_fence(struct buf *out, const struct buf *text, const struct outline_lang *lang)
{
	const char *name = lang ? outline_lang_name(lang) : "";
	size_t longest = 2, run = 0;

	for (size_t i = 0; i < text->len; i++) {
		run = text->data[i] == '`' ? run + 1 : 0;
		if (run > longest)
			longest = run;
	}
	for (size_t i = 0; i <= longest; i++)
		buf_add_char(out, '`');
	buf_add(out, name, strcspn(name, " ")); /* of "c or c++" the first */
	buf_add_char(out, '\n');
}

static void write_piece(void *data, const struct answer_piece *piece)
{
	struct writer *writer = data;
	struct buf *out = writer->out;
	const struct outline_lang *lang =
		outline_lang_of(writer->file->path, strlen(writer->file->path));

	buf_printf(out, "\n%s:%" PRIu32 "-%" PRIu32, writer->file->path, piece->line,
		   piece->end_line);
	if (piece->symbol)
		buf_printf(out, " (%s)", piece->symbol);
	buf_add_char(out, '\n');
	write_fence(out, &piece->text, lang);
	if (piece->text.data)
		buf_add(out, piece->text.data, piece->text.len);
	if (!piece->text.len || piece->text.data[piece->text.len - 1] != '\n')
		buf_add_char(out, '\n');
	write_fence(out, &piece->text, NULL);
}

static void write_features(const struct answer_file *file, struct buf *out)
{
	buf_add_str(out, "- score:");
	for (unsigned k = 0; k < FEATURE_COUNT; k++) {
		if (file->ranked->features[k] > 0)
			buf_printf(out, " %s %.3f", feature_name((enum feature)k),
				   (double)file->ranked->features[k]);
	}
	buf_add_char(out, '\n');
}

static void write_file(const struct answer_report *report, const struct answer_shape *shape,
		       size_t i, struct buf *out)
{
	const struct answer_file *file = &report->answer->files[i];
	struct writer writer = { file, out };

	buf_printf(out, "\n## %zu. %s (%.2f)\n", i + 1, file->path, file->score);
	for (size_t k = 0; k < file->n_why && k < shape->n_why; k++)
		buf_printf(out, "- %s\n", file->why[k]);
	if (report->explain)
		write_features(file, out);
	answer_each_piece(file, shape, write_piece, &writer);
}

static void write_names(const struct answer_report *report, const struct answer_shape *shape,
			struct buf *out)
{
	if (shape->n_named > shape->n_files)
		buf_add_str(out, "\n## Also\n");
	for (size_t i = shape->n_files; i < shape->n_named; i++) {
		const struct answer_file *file = &report->answer->files[i];

		buf_printf(out, "%zu. %s (%.2f)\n", i + 1, file->path, file->score);
	}
}

static void write_claims(const struct answer_report *report, const struct answer_shape *shape,
			 struct buf *out)
{
	size_t n = 0;

	for (size_t i = 0; i < report->answer->n_claims && n < shape->n_claims; i++) {
		const struct answer_claim *claim = &report->answer->claims[i];

		if (claim->status != CLAIM_CONTRADICTED && claim->status != CLAIM_STALE)
			continue;
		if (!n++)
			buf_add_str(out, "\n## Clashes\n");
		buf_printf(out, "- %s: %s\n", claim_status_name(claim->status), claim->text);
	}
}

void answer_render_md(const struct answer_report *report, const struct answer_shape *shape,
		      struct buf *out)
{
	const char *question = report->answer->question->text;

	buf_printf(out, "# %.*s\n", (int)strcspn(question, "\n"), question);
	if (report->stop_text)
		buf_printf(out, "\n**%s: what was found until then**\n", report->stop_text);
	if (!report->answer->n_files)
		buf_add_str(out, "\nno file has to do with it\n");
	for (size_t i = 0; i < shape->n_files; i++)
		write_file(report, shape, i, out);
	write_names(report, shape, out);
	write_claims(report, shape, out);
	account_write_md(&report->account, shape->used, out);
}

static void write_range(void *data, const struct answer_piece *piece)
{
	struct writer *writer = data;

	buf_printf(writer->out, "- %s:%" PRIu32 "-%" PRIu32 "\n", writer->file->path, piece->line,
		   piece->end_line);
}

void answer_render_ranges(const struct answer_report *report, const struct answer_shape *shape,
			  struct buf *out)
{
	buf_add_str(out, "RELEVANT_FILES:\n");
	for (size_t i = 0; i < shape->n_files; i++) {
		struct writer writer = { &report->answer->files[i], out };

		answer_each_piece(writer.file, shape, write_range, &writer);
	}
}
