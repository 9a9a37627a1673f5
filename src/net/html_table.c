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

/* Where the cells of a row stand, those before it reaching down. */
struct grid {
	unsigned rest[COLUMNS_MAX]; /* in how many rows more a cell from above stands there */
	size_t column;
};

/* The column of a row's next cell; COLUMNS_MAX: there is no room. */
static size_t place(struct grid *grid, size_t wide, unsigned high)
{
	size_t at;

	while (grid->column < COLUMNS_MAX && grid->rest[grid->column])
		grid->rest[grid->column++]--;
	at = grid->column;
	for (size_t i = 0; i < wide && grid->column < COLUMNS_MAX; i++)
		grid->rest[grid->column++] = high - 1;
	return at;
}

static void end_row(struct grid *grid)
{
	for (; grid->column < COLUMNS_MAX; grid->column++)
		grid->rest[grid->column] -= grid->rest[grid->column] > 0;
	grid->column = 0;
}

/* How wide a row is; COLUMNS_MAX + 1: it is none of a table of data. */
static size_t row_width(const struct html_writer *writer, uint32_t row, struct grid *grid)
{
	size_t n = 0, wide = 0, column = 0;

	for (uint32_t at = node_at(writer, row)->first; at; at = node_at(writer, at)->next) {
		const struct html_node *cell = node_at(writer, at);

		if (!is_cell(cell))
			continue;
		if (cell->has_part || cell->n_text > CELL_TEXT_MAX)
			return COLUMNS_MAX + 1;
		wide = span(writer, cell, ATTR_COLSPAN, COLUMNS_MAX);
		column = place(grid, wide, span(writer, cell, ATTR_ROWSPAN, ROWSPAN_MAX));
		if (column == COLUMNS_MAX)
			return COLUMNS_MAX + 1;
		n++;
	}
	/* One cell says "as wide as it is" with any number. */
	return n == 1 ? column + 1 : grid->column;
}

/* How many columns a table of data has; 0: it is none. */
static size_t count_columns(const struct html_writer *writer, uint32_t table)
{
	const struct html_slice *role =
		html_node_attr(writer->tree, node_at(writer, table), ATTR_ROLE);
	struct grid grid = { 0 };
	size_t most = 0, n_rows = 0;

	if (role && (html_slice_is(*role, "presentation") || html_slice_is(*role, "none")))
		return 0;
	for (uint32_t row = next_row(writer, table, 0); row; row = next_row(writer, table, row)) {
		size_t n = row_width(writer, row, &grid);

		if (n > COLUMNS_MAX)
			return 0;
		end_row(&grid);
		n_rows += node_at(writer, row)->n_text > 0;
		most = n > most ? n : most;
	}
	return most > 1 && n_rows > 1 ? most : 0;
}

/* The bars up to a column's. */
static void end_cells(struct html_writer *writer, size_t *n_ended, size_t column)
{
	for (; *n_ended < column; ++*n_ended) {
		writer->space_due = true;
		html_line_put_generated(writer, "|");
	}
}

static void write_row(struct html_writer *writer, uint32_t row, size_t n_columns, struct grid *grid)
{
	bool has_text = node_at(writer, row)->n_text > 0;
	size_t n_ended = 0;

	if (has_text) {
		html_line_break(writer, 1);
		html_line_put_generated(writer, "|");
	}
	writer->is_cell = true;
	for (uint32_t at = node_at(writer, row)->first; at; at = node_at(writer, at)->next) {
		const struct html_node *cell = node_at(writer, at);
		size_t column;

		if (!is_cell(cell))
			continue;
		column = place(grid, span(writer, cell, ATTR_COLSPAN, COLUMNS_MAX),
			       span(writer, cell, ATTR_ROWSPAN, ROWSPAN_MAX));
		if (!has_text)
			continue;
		end_cells(writer, &n_ended, column);
		writer->space_due = true;
		html_write_children(writer, at);
		end_cells(writer, &n_ended, column + 1);
	}
	if (has_text)
		end_cells(writer, &n_ended, n_columns);
	writer->is_cell = false;
	end_row(grid);
}

static void write_data(struct html_writer *writer, uint32_t table, size_t n_columns)
{
	struct grid grid = { 0 };
	bool is_first = true;

	html_line_break_hard(writer, 2);
	for (uint32_t row = next_row(writer, table, 0); row; row = next_row(writer, table, row)) {
		write_row(writer, row, n_columns, &grid);
		if (!is_first || !node_at(writer, row)->n_text)
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
