/* SPDX-License-Identifier: MIT */
/* Tables: those of data with pipes, those that only lay out a page as the blocks they hold. */
#include "net/html_write.h"

#include "base/attr.h"

#include <string.h>

enum { COLUMNS_MAX = 64, CELL_TEXT_MAX = 600, ROWSPAN_MAX = 1000 };

static const struct html_node *node_at(const struct html_writer *writer, uint32_t at)
{
	return &writer->tree->nodes.items[at];
}

static bool is_cell(const struct html_node *node)
{
	return (node->tag == TAG_TD || node->tag == TAG_TH) && !node->is_clutter;
}

static bool is_section(const struct html_node *node)
{
	return html_tag_traits((enum html_tag)node->tag) & HTML_SECTION_OF_TABLE;
}

static unsigned span(const struct html_writer *writer, const struct html_node *cell,
		     enum html_attr_name name, unsigned max)
{
	unsigned n = html_node_number(writer->tree, cell, name, 1);

	return n < 1 ? 1 : n > max ? max : n;
}

/* The row after one, or the first (at = 0), of a table; 0: there is none. */
static uint32_t next_row(const struct html_writer *writer, uint32_t table, uint32_t at)
{
	uint32_t up = at ? node_at(writer, at)->parent : table;
	uint32_t next = at ? node_at(writer, at)->next : node_at(writer, table)->first;

	for (;;) {
		for (; next; next = node_at(writer, next)->next) {
			const struct html_node *node = node_at(writer, next);

			if (node->is_clutter)
				continue;
			if (node->tag == TAG_TR)
				return next;
			if (up == table && is_section(node) && node->first)
				break;
		}
		if (next) {
			up = next;
			next = node_at(writer, next)->first;
		} else if (up != table) {
			next = node_at(writer, up)->next;
			up = table;
		} else {
			return 0;
		}
	}
}

/* How many columns a table of data has; 0: it is none. */
static size_t count_columns(const struct html_writer *writer, uint32_t table)
{
	const struct html_slice *role =
		html_node_attr(writer->tree, node_at(writer, table), ATTR_ROLE);
	size_t most = 0, n_rows = 0;

	if (role && (html_slice_is(*role, "presentation") || html_slice_is(*role, "none")))
		return 0;
	for (uint32_t row = next_row(writer, table, 0); row; row = next_row(writer, table, row)) {
		size_t n = 0;

		for (uint32_t at = node_at(writer, row)->first; at;
		     at = node_at(writer, at)->next) {
			const struct html_node *cell = node_at(writer, at);

			if (!is_cell(cell))
				continue;
			if (cell->has_part || cell->n_text > CELL_TEXT_MAX)
				return 0;
			n += span(writer, cell, ATTR_COLSPAN, COLUMNS_MAX);
		}
		n_rows += node_at(writer, row)->n_text > 0;
		most = n > most ? n : most;
	}
	return most > 1 && most <= COLUMNS_MAX && n_rows > 1 ? most : 0;
}

static void end_cell(struct html_writer *writer)
{
	writer->space_due = true;
	html_line_put_generated(writer, "|");
}

/* rest: for each column, in how many rows more a cell from above stands there. */
static void write_row(struct html_writer *writer, uint32_t row, size_t n_columns,
		      unsigned rest[COLUMNS_MAX])
{
	uint32_t at = node_at(writer, row)->first;
	size_t column = 0;

	html_line_break(writer, 1);
	html_line_put_generated(writer, "|");
	writer->is_cell = true;
	while (column < n_columns) {
		while (at && !is_cell(node_at(writer, at)))
			at = node_at(writer, at)->next;
		if (rest[column]) {
			rest[column++]--;
		} else if (at) {
			const struct html_node *cell = node_at(writer, at);
			size_t wide = span(writer, cell, ATTR_COLSPAN, COLUMNS_MAX);
			unsigned high = span(writer, cell, ATTR_ROWSPAN, ROWSPAN_MAX);

			writer->space_due = true;
			html_write_children(writer, at);
			for (size_t i = 0; i < wide && column < n_columns; i++) {
				rest[column++] = high - 1;
				if (i + 1 < wide && column < n_columns)
					end_cell(writer);
			}
			at = cell->next;
		} else {
			column++;
		}
		end_cell(writer);
	}
	writer->is_cell = false;
}

static void write_data(struct html_writer *writer, uint32_t table, size_t n_columns)
{
	unsigned rest[COLUMNS_MAX] = { 0 };
	bool is_first = true;

	html_line_break_hard(writer, 2);
	for (uint32_t row = next_row(writer, table, 0); row; row = next_row(writer, table, row)) {
		if (!node_at(writer, row)->n_text)
			continue;
		write_row(writer, row, n_columns, rest);
		if (!is_first)
			continue;
		is_first = false;
		html_line_break(writer, 1);
		html_line_put_generated(writer, "|");
		for (size_t i = 0; i < n_columns; i++) {
			writer->space_due = true;
			html_line_put_generated(writer, "--- |");
		}
	}
	html_line_break(writer, 2);
}

static void write_blocks(struct html_writer *writer, uint32_t table)
{
	html_line_break(writer, 2);
	for (uint32_t row = next_row(writer, table, 0); row; row = next_row(writer, table, row)) {
		for (uint32_t at = node_at(writer, row)->first; at;
		     at = node_at(writer, at)->next) {
			if (node_at(writer, at)->is_clutter)
				continue;
			html_line_break(writer, 2);
			html_write_children(writer, at);
			html_line_break(writer, 2);
		}
	}
}

void html_table_write(struct html_writer *writer, uint32_t at)
{
	size_t n_columns = writer->is_cell || writer->is_one_line ? 0 : count_columns(writer, at);

	/* What stands in no cell comes first, as in browsers. */
	for (uint32_t child = node_at(writer, at)->first; child;
	     child = node_at(writer, child)->next) {
		const struct html_node *node = node_at(writer, child);

		if (node->tag == TAG_NONE) {
			html_line_add_text(writer, node->text);
		} else if (!node->is_clutter && node->tag != TAG_TR && !is_section(node)) {
			html_line_break(writer, 2);
			html_write_children(writer, child);
			html_line_break(writer, 2);
		}
	}
	if (n_columns)
		write_data(writer, at, n_columns);
	else
		write_blocks(writer, at);
}
