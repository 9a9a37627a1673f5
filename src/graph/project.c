/* SPDX-License-Identifier: MIT */
/* The files of a project and what they are for. */
#include "graph/project.h"

#include "base/str.h"
#include "graph/aggregate.h"
#include "model/tool.h"
#include "os/path.h"
#include "scan/outline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { HEAD_LINES = 12 }; /* where a file says that it is generated */

static const struct {
	const char *id;
	unsigned role;
} role_calls[] = {
	{ "manifests", ROLE_MANIFEST },
	{ "documents", ROLE_DOCUMENT },
	{ "guides", ROLE_GUIDE },
	{ "tests", ROLE_TEST },
	{ "ci", ROLE_CI },
	{ "licences", ROLE_LICENCE },
	{ "containers", ROLE_CONTAINER },
	{ "conventions", ROLE_CONVENTION },
	{ "vendored", ROLE_VENDORED },
	{ "made", ROLE_MADE },
};

/* What scan/outline.h does not know, and what it knows that is no code. */
static const struct kind_row {
	const char *suffixes, *name;
	enum file_class class;
} kind_rows[] = {
	{ " .html .htm .xhtml .vue .svelte ", "html", CLASS_CODE },
	{ " .css .scss .sass .less .styl ", "css", CLASS_CODE },
	{ " .s .S .asm ", "assembly", CLASS_CODE },
	{ " .proto ", "protobuf", CLASS_CODE },
	{ " .ex .exs ", "elixir", CLASS_CODE },
	{ " .erl .hrl ", "erlang", CLASS_CODE },
	{ " .hs ", "haskell", CLASS_CODE },
	{ " .ml .mli ", "ocaml", CLASS_CODE },
	{ " .jl ", "julia", CLASS_CODE },
	{ " .zig ", "zig", CLASS_CODE },
	{ " .dart ", "dart", CLASS_CODE },
	{ " .r .R ", "r", CLASS_CODE },
	{ " .m4 .ac ", "m4", CLASS_CODE },
	{ " .awk ", "awk", CLASS_CODE },
	{ " .y .l .yy .ll ", "yacc", CLASS_CODE },
	{ " .dts .dtsi ", "devicetree", CLASS_CODE },
	{ " .jq ", "jq", CLASS_CODE },
	{ " .nix ", "nix", CLASS_CODE },
	{ " .json .json5 .jsonl ", "json", CLASS_DATA },
	{ " .xml .xsd .xsl .svg ", "xml", CLASS_DATA },
	{ " .yaml .yml ", "yaml", CLASS_DATA },
	{ " .toml .ini .cfg .conf ", "settings", CLASS_DATA },
	{ " .csv .tsv ", "tables", CLASS_DATA },
	{ " .png .jpg .jpeg .gif .ico .webp .bmp ", "pictures", CLASS_DATA },
	{ " .md .markdown .mdx .mkd ", "markdown", CLASS_TEXT },
	{ " .rst .rest ", "rst", CLASS_TEXT },
	{ " .txt .text .adoc .tex .1 .3 .5 .8 .pod ", "text", CLASS_TEXT },
};

const char *project_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

bool project_is_readme(const char *base)
{
	static const char *const ends[] = {
		"", ".md", ".rst", ".txt", ".adoc", ".markdown", ".org"
	};

	if (strncasecmp(base, "readme", 6) != 0)
		return false;
	for (size_t i = 0; i < countof(ends); i++) {
		if (strcasecmp(base + 6, ends[i]) == 0)
			return true;
	}
	return false;
}

static bool has_suffix(const char *suffixes, const char *dot)
{
	size_t len = strlen(dot);

	for (const char *at = strstr(suffixes, dot); at; at = strstr(at + 1, dot)) {
		if (at[-1] == ' ' && at[len] == ' ')
			return true;
	}
	return false;
}

static void look_up(struct project_file *file)
{
	const char *base = project_base(file->path), *dot = strrchr(base, '.');
	const struct outline_lang *lang = outline_lang_of(file->path, strlen(file->path));

	file->class = CLASS_DATA;
	for (size_t i = 0; dot && i < countof(kind_rows); i++) {
		if (!has_suffix(kind_rows[i].suffixes, dot) || str_equal(base, "CMakeLists.txt"))
			continue;
		file->language = kind_rows[i].name;
		file->class = kind_rows[i].class;
		return;
	}
	if (!lang)
		return;
	file->language = outline_lang_name(lang);
	file->class = str_equal(file->language, "text") ? CLASS_TEXT : CLASS_CODE;
}

/* What files of one suffix are is looked up once. */
struct suffixes {
	struct {
		char suffix[12];
		const char *language;
		enum file_class class;
	} items[256];
};

static void classify(struct suffixes *suffixes, struct project_file *file)
{
	const char *base = project_base(file->path), *dot = strrchr(base, '.');
	size_t len = dot ? strlen(dot) : 0;
	size_t at = hash_bytes(0, dot, len) % countof(suffixes->items);

	/* A name of its own tells more than a suffix. */
	if (!len || len >= sizeof(suffixes->items[at].suffix) ||
	    str_equal(base, "CMakeLists.txt")) {
		look_up(file);
		return;
	}
	if (!str_equal(suffixes->items[at].suffix, dot)) {
		look_up(file);
		memcpy(suffixes->items[at].suffix, dot, len + 1);
		suffixes->items[at].language = file->language;
		suffixes->items[at].class = file->class;
	}
	file->language = suffixes->items[at].language;
	file->class = suffixes->items[at].class;
}

/* A component of the path, in any letter case. */
static bool has_directory(const char *path, const char *const *names)
{
	for (const char *slash; (slash = strchr(path, '/')); path = slash + 1) {
		for (const char *const *name = names; *name; name++) {
			if (strncasecmp(path, *name, (size_t)(slash - path)) == 0 &&
			    strlen(*name) == (size_t)(slash - path))
				return true;
		}
	}
	return false;
}

static int compare_files(const void *a, const void *b)
{
	return strcmp(((const struct project_file *)a)->path,
		      ((const struct project_file *)b)->path);
}

/* before: the file before it in order; files of one directory follow each other, mostly. */
static void fill_file(struct project_file *file, const struct project_file *before)
{
	static const char *const examples[] = { "example",   "examples",   "sample",     "samples",
						"demo",      "demos",      "bench",      "benches",
						"benchmark", "benchmarks", "fixtures",   "testdata",
						"tutorial",  "tutorials",  "playground", NULL };

	size_t dir = (size_t)(project_base(file->path) - file->path);

	if (before && (size_t)(project_base(before->path) - before->path) == dir &&
	    memcmp(before->path, file->path, dir) == 0) {
		file->depth = before->depth;
		file->roles = before->roles & ROLE_EXAMPLE;
		return;
	}
	for (const char *at = file->path; *at; at++)
		file->depth += *at == '/';
	if (has_directory(file->path, examples))
		file->roles |= ROLE_EXAMPLE;
}

/* ---- calls ---- */

const struct source *project_source(const struct project *project, const char *id)
{
	const struct graph *graph = project->graph;

	for (size_t i = 0; i < graph->sources.n; i++) {
		const struct source *source = &graph->sources.items[i];

		if (source->tool && source->status == CALL_OK && str_equal(source->id, id))
			return source;
	}
	return NULL;
}

struct project_file *project_find(const struct project *project, const char *path, size_t len)
{
	uint32_t node = graph_find_file(project->graph, path, len);
	uint32_t file = node == NODE_NONE ? UINT32_MAX : project->file_of_node[node];

	return file == UINT32_MAX ? NULL : &project->files[file];
}

bool project_has(const struct project *project, const char *path, size_t len)
{
	size_t low = 0, high = project->n_files;

	if (project_find(project, path, len))
		return true;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strncmp(project->files[middle].path, path, len);

		if (order == 0) /* compared as if all names under it began with "path/" */
			order = (unsigned char)project->files[middle].path[len] - '/';
		if (order == 0)
			return true;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

/* Names end in NUL. */
static void give_role(struct project *project, const char *id, unsigned role)
{
	struct project_lines names = project_output(project, id);

	while (names.at < names.end) {
		size_t len = strnlen(names.at, (size_t)(names.end - names.at));
		struct project_file *file = project_find(project, names.at, len);

		if (file)
			file->roles |= role;
		names.at += len + 1;
	}
}

static bool take_names(struct project *project)
{
	struct project_lines names = project_output(project, "files");
	struct suffixes *suffixes = arena_alloc_array(&project->arena, 1, sizeof(struct suffixes));
	const char *data = names.at;
	size_t len = (size_t)(names.end - names.at), n = 0;

	for (size_t at = 0; at < len; at++)
		n += data[at] == '\0';
	project->files = arena_alloc_array(&project->arena, n + 1, sizeof(*project->files));
	if (!project->files || !suffixes)
		return false;
	for (size_t at = 0; at < len && project->n_files < n;) {
		size_t name_len = strnlen(data + at, len - at);
		uint32_t node = graph_find_file(project->graph, data + at, name_len);

		if (node != NODE_NONE)
			project->files[project->n_files++].path = graph_name(project->graph, node);
		at += name_len + 1;
	}
	qsort(project->files, project->n_files, sizeof(*project->files), compare_files);
	for (size_t i = 0; i < project->n_files; i++) {
		classify(suffixes, &project->files[i]);
		fill_file(&project->files[i], i ? &project->files[i - 1] : NULL);
	}
	return true;
}

static void mark_made(void *data, const struct project_match *match)
{
	struct project *project = data;

	if (match->line <= HEAD_LINES && match->file->class == CLASS_CODE)
		project->files[match->file - project->files].roles |= ROLE_MADE;
}

int project_init(struct project *project, const struct graph *graph)
{
	*project = (struct project){ .graph = graph };
	arena_init(&project->arena, (size_t)1 << 30);
	project->file_of_node = arena_alloc_array(&project->arena, graph->nodes.n + 1,
						  sizeof(*project->file_of_node));
	if (!project->file_of_node || !take_names(project))
		return -ENOMEM;
	memset(project->file_of_node, 0xff, graph->nodes.n * sizeof(*project->file_of_node));
	for (size_t i = 0; i < project->n_files; i++) {
		const char *path = project->files[i].path;

		project->file_of_node[graph_find_file(graph, path, strlen(path))] = (uint32_t)i;
	}
	for (size_t i = 0; i < countof(role_calls); i++)
		give_role(project, role_calls[i].id, role_calls[i].role);
	project_each_match(project, "generated", mark_made, project);
	return 0;
}

void project_release(struct project *project)
{
	arena_release(&project->arena);
}

void project_measure(struct project *project, int root_fd)
{
	for (size_t i = 0; i < project->n_files; i++) {
		struct stat st;

		if (path_stat(root_fd, project->files[i].path, &st) == 0 && S_ISREG(st.st_mode))
			project->files[i].bytes = (uint64_t)st.st_size;
	}
}

void project_each_match(const struct project *project, const char *id, project_match_fn *each,
			void *data)
{
	struct project_lines lines = project_output(project, id);
	const char *line;
	size_t len;

	while (project_next_line(&lines, &line, &len)) {
		struct aggregate_match found;
		struct project_match match;

		if (!aggregate_read_match(line, len, &found))
			continue;
		match = (struct project_match){ .file = project_find(project, found.file,
								     found.file_len),
						.line = found.line,
						.text = found.text,
						.len = found.text_len };
		if (match.file)
			each(data, &match);
	}
}

struct project_lines project_output(const struct project *project, const char *id)
{
	static const char nothing[] = "";
	const struct source *source = project_source(project, id);

	if (!source || !source->body)
		return (struct project_lines){ nothing, nothing };
	return (struct project_lines){ blob_data(source->body),
				       blob_data(source->body) + blob_len(source->body) };
}

bool project_next_line(struct project_lines *lines, const char **ret_line, size_t *ret_len)
{
	const char *stop;

	if (lines->at >= lines->end)
		return false;
	stop = memchr(lines->at, '\n', (size_t)(lines->end - lines->at));
	*ret_line = lines->at;
	*ret_len = (size_t)((stop ? stop : lines->end) - lines->at);
	lines->at += *ret_len + 1;
	return true;
}
