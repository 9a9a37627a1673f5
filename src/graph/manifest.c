/* SPDX-License-Identifier: MIT */
/* Manifests: which file is which, and what their readers share. */
#include "graph/manifest.h"

#include "base/str.h"
#include "graph/manifest_read.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name, *files; /* with blanks around each; a '*' stands for any beginning */
	manifest_read_fn *read;
} kinds[MANIFEST_KIND_COUNT] = {
	[MANIFEST_NONE] = { "none", "", NULL },
	[MANIFEST_MAKE] = { "make", " Makefile makefile GNUmakefile ", manifest_read_make },
	[MANIFEST_AUTOMAKE] = { "automake", " Makefile.am ", manifest_read_automake },
	[MANIFEST_AUTOCONF] = { "autoconf", " configure.ac configure.in ", manifest_read_autoconf },
	[MANIFEST_CMAKE] = { "cmake", " CMakeLists.txt ", manifest_read_cmake },
	[MANIFEST_MESON] = { "meson", " meson.build ", manifest_read_meson },
	[MANIFEST_JUST] = { "just", " justfile Justfile ", manifest_read_just },
	[MANIFEST_NPM] = { "npm", " package.json ", manifest_read_npm },
	[MANIFEST_COMPOSER] = { "composer", " composer.json ", manifest_read_composer },
	[MANIFEST_CARGO] = { "cargo", " Cargo.toml ", manifest_read_cargo },
	[MANIFEST_PYPROJECT] = { "pyproject", " pyproject.toml ", manifest_read_pyproject },
	[MANIFEST_SETUP_PY] = { "setup.py", " setup.py ", manifest_read_setup_py },
	[MANIFEST_SETUP_CFG] = { "setup.cfg", " setup.cfg ", manifest_read_setup_cfg },
	[MANIFEST_REQUIREMENTS] = { "requirements", " requirements.txt requirements-dev.txt ",
				    manifest_read_requirements },
	[MANIFEST_TOX] = { "tox", " tox.ini ", manifest_read_tox },
	[MANIFEST_GO] = { "go", " go.mod ", manifest_read_go },
	[MANIFEST_MAVEN] = { "maven", " pom.xml ", manifest_read_maven },
	[MANIFEST_GRADLE] = { "gradle", " build.gradle build.gradle.kts ", manifest_read_gradle },
	[MANIFEST_GEMFILE] = { "bundler", " Gemfile *.gemspec ", manifest_read_gemfile },
	[MANIFEST_RAKE] = { "rake", " Rakefile ", manifest_read_rake },
	[MANIFEST_MSBUILD] = { "msbuild", " *.csproj ", manifest_read_msbuild },
	[MANIFEST_DEBIAN] = { "debian", " control ", manifest_read_debian },
	[MANIFEST_DOCKER] = { "docker", " Dockerfile Containerfile ", manifest_read_docker },
	[MANIFEST_CI] = { "ci", "", manifest_read_ci }, /* by its place */
};

const char *manifest_kind_name(enum manifest_kind kind)
{
	return kinds[kind].name;
}

static bool is_named(const char *files, const char *base)
{
	size_t len = strlen(base);

	for (const char *at = files; *at; at++) {
		size_t n;

		if (*at == ' ')
			continue;
		n = strcspn(at, " ");
		if (*at == '*' && len >= n - 1 && memcmp(base + len - (n - 1), at + 1, n - 1) == 0)
			return true;
		if (n == len && memcmp(at, base, n) == 0)
			return true;
		at += n - 1;
	}
	return false;
}

static bool is_ci(const char *path, const char *base)
{
	static const char *const files[] = { ".gitlab-ci.yml",      ".travis.yml",
					     "azure-pipelines.yml", "appveyor.yml",
					     ".appveyor.yml",       ".cirrus.yml",
					     ".drone.yml",          ".circleci/config.yml",
					     ".woodpecker.yml",     "bitbucket-pipelines.yml" };
	const char *dot = strrchr(base, '.');

	for (size_t i = 0; i < countof(files); i++) {
		if (str_equal(path, files[i]))
			return true;
	}
	return (str_starts_with(path, ".github/workflows/") || str_starts_with(path, ".builds/")) &&
	       dot && (str_equal(dot, ".yml") || str_equal(dot, ".yaml"));
}

enum manifest_kind manifest_kind_of(const char *path)
{
	const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;

	if (is_ci(path, base))
		return MANIFEST_CI;
	for (unsigned i = 1; i < MANIFEST_KIND_COUNT; i++) {
		if (is_named(kinds[i].files, base) &&
		    (i != MANIFEST_DEBIAN || str_equal(path, "debian/control")))
			return (enum manifest_kind)i;
	}
	return MANIFEST_NONE;
}

int manifest_read(enum manifest_kind kind, const char *text, size_t len, struct arena *arena,
		  struct manifest *ret_manifest)
{
	struct manifest_reader reader = {
		.manifest = ret_manifest, .arena = arena, .text = text, .len = len, .next = text
	};

	*ret_manifest = (struct manifest){ .kind = kind };
	if (kinds[kind].read)
		kinds[kind].read(&reader);
	return reader.is_out_of_memory ? -ENOMEM : 0;
}

void manifest_release(struct manifest *manifest)
{
	vec_release(&manifest->items);
}

const struct manifest_item *manifest_find(const struct manifest *manifest, enum manifest_what what,
					  const char *name)
{
	for (size_t i = 0; i < manifest->items.n; i++) {
		const struct manifest_item *item = &manifest->items.items[i];

		if (item->what == what && (!name || (item->name && str_equal(item->name, name))))
			return item;
	}
	return NULL;
}

/* ---- for readers ---- */

bool manifest_next(struct manifest_reader *reader)
{
	const char *end = reader->text + reader->len, *stop;

	if (reader->next >= end)
		return false;
	stop = memchr(reader->next, '\n', (size_t)(end - reader->next));
	reader->line = (struct piece){ reader->next, (size_t)((stop ? stop : end) - reader->next) };
	reader->next = stop ? stop + 1 : end;
	if (reader->line.len && reader->line.at[reader->line.len - 1] == '\r')
		reader->line.len--;
	reader->number++;
	return true;
}

/* Printable, of bounded length; NULL for nothing. */
static const char *keep(struct manifest_reader *reader, struct piece piece)
{
	size_t len = piece.len > MANIFEST_TEXT_MAX ? MANIFEST_TEXT_MAX : piece.len;
	char *copy;

	if (!piece.len)
		return NULL;
	/* Not inside of a character; there is none of more than four bytes. */
	for (unsigned i = 0; i < 3 && len < piece.len && len > 1; i++)
		len -= ((unsigned char)piece.at[len] & 0xc0) == 0x80;
	copy = arena_memdup0(reader->arena, piece.at, len);
	if (!copy) {
		reader->is_out_of_memory = true;
		return NULL;
	}
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)copy[i] < ' ' || copy[i] == 0x7f)
			copy[i] = ' ';
	}
	return copy;
}

void manifest_add(struct manifest_reader *reader, enum manifest_what what, struct piece name,
		  struct piece value)
{
	struct manifest_item item = { .what = what, .line = reader->number };
	bool needs_name = what != MANIFEST_STEP && what != MANIFEST_TESTS && what != MANIFEST_OPEN;

	if ((needs_name && !name.len) || (what == MANIFEST_STEP && !value.len) ||
	    reader->manifest->items.n >= MANIFEST_ITEMS_MAX)
		return;
	item.name = keep(reader, name);
	item.value = keep(reader, value);
	if (!vec_push(&reader->manifest->items, item))
		reader->is_out_of_memory = true;
}

void manifest_add_str(struct manifest_reader *reader, enum manifest_what what, const char *name,
		      struct piece value)
{
	manifest_add(reader, what, (struct piece){ name, strlen(name) }, value);
}

struct piece piece_skip(struct piece piece, size_t n)
{
	n = n > piece.len ? piece.len : n;
	return (struct piece){ piece.at + n, piece.len - n };
}

struct piece piece_trim(struct piece piece)
{
	while (piece.len && strchr(" \t\r\n", piece.at[0]) && piece.at[0])
		piece = piece_skip(piece, 1);
	while (piece.len && strchr(" \t\r\n", piece.at[piece.len - 1]) && piece.at[piece.len - 1])
		piece.len--;
	return piece;
}

bool piece_is(struct piece piece, const char *text)
{
	return piece.len == strlen(text) && memcmp(piece.at, text, piece.len) == 0;
}

bool piece_starts(struct piece piece, const char *text)
{
	return piece.len >= strlen(text) && memcmp(piece.at, text, strlen(text)) == 0;
}

bool piece_after(struct piece piece, const char *text, struct piece *ret_rest)
{
	const char *at = piece.len ? memmem(piece.at, piece.len, text, strlen(text)) : NULL;

	if (!at)
		return false;
	*ret_rest = piece_skip(piece, (size_t)(at - piece.at) + strlen(text));
	return true;
}

bool piece_has(struct piece piece, const char *text)
{
	struct piece rest;

	return piece_after(piece, text, &rest);
}

struct piece piece_until(struct piece piece, const char *stops)
{
	size_t n = 0;

	while (n < piece.len && (!piece.at[n] || !strchr(stops, piece.at[n])))
		n++;
	piece.len = n;
	return piece;
}

struct piece piece_name(struct piece piece, const char *more)
{
	size_t n = 0;

	while (n < piece.len) {
		unsigned char c = (unsigned char)piece.at[n];

		if (!((c | 32) >= 'a' && (c | 32) <= 'z') && !(c >= '0' && c <= '9') &&
		    !(c && strchr(more, c)))
			break;
		n++;
	}
	piece.len = n;
	return piece;
}

bool piece_quoted(struct piece piece, struct piece *ret_inside, struct piece *ret_rest)
{
	struct piece before = piece_until(piece, "\"'"), inside;
	char quote;

	if (before.len == piece.len)
		return false;
	quote = piece.at[before.len];
	piece = piece_skip(piece, before.len + 1);
	inside = piece_until(piece, quote == '"' ? "\"" : "'");
	if (inside.len == piece.len)
		return false;
	*ret_inside = inside;
	*ret_rest = piece_skip(piece, inside.len + 1);
	return true;
}

void manifest_add_quoted(struct manifest_reader *reader, enum manifest_what what,
			 struct piece piece)
{
	struct piece inside;

	while (piece_quoted(piece, &inside, &piece))
		manifest_add(reader, what, piece_name(inside, "-_./@:"), NO_PIECE);
}
