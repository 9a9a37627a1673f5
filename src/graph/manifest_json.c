/* SPDX-License-Identifier: MIT */
/* package.json and composer.json: read as JSON, each key has its line. */
#include "base/str.h"
#include "graph/manifest_read.h"
#include "plan/syntax.h"

#include <string.h>

enum { VALUES_MAX_BYTES = 16 << 20 };

static struct piece text_of(const struct value *value)
{
	if (!value || value->type != VALUE_STR)
		return NO_PIECE;
	return (struct piece){ value->str, value->len };
}

static void add_key(struct manifest_reader *reader, const struct value *map, const char *key,
		    enum manifest_what what)
{
	const struct value *value = value_find(map, key);

	if (!value)
		return;
	reader->number = value->place.line;
	manifest_add(reader, what, text_of(value), NO_PIECE);
}

/* Every key of a map below `key`, with its value if that is a string. */
static void add_map(struct manifest_reader *reader, const struct value *map, const char *key,
		    enum manifest_what what)
{
	const struct value *list = value_find(map, key);

	for (size_t i = 0; list && list->type == VALUE_MAP && i < list->n_pairs; i++) {
		const struct value_pair *pair = &list->pairs[i];

		reader->number = pair->key_place.line;
		manifest_add(reader, what, (struct piece){ pair->key, strlen(pair->key) },
			     text_of(&pair->value));
	}
}

static bool read_map(struct manifest_reader *reader, struct arena *arena, struct value *ret_map)
{
	const struct syntax_text text = { .data = reader->text, .len = reader->len };
	struct problem problem;

	arena_init(arena, VALUES_MAX_BYTES);
	return reader->len && syntax_read_json(&text, arena, ret_map, &problem) == 0 &&
	       ret_map->type == VALUE_MAP;
}

static void add_programs(struct manifest_reader *reader, const struct value *map)
{
	const struct value *bin = value_find(map, "bin"), *begin = value_find(map, "main");
	const struct value *name = value_find(map, "name");

	if (bin && bin->type == VALUE_STR) {
		reader->number = bin->place.line;
		manifest_add(reader, MANIFEST_PROGRAM, text_of(name), text_of(bin));
	}
	add_map(reader, map, "bin", MANIFEST_PROGRAM);
	if (begin && begin->type == VALUE_STR && begin->len) {
		reader->number = begin->place.line;
		manifest_add_str(reader, MANIFEST_PROGRAM, "main", text_of(begin));
	}
}

void manifest_read_npm(struct manifest_reader *reader)
{
	struct arena arena;
	struct value map;

	if (read_map(reader, &arena, &map)) {
		add_key(reader, &map, "name", MANIFEST_NAME);
		add_key(reader, &map, "version", MANIFEST_VERSION);
		add_key(reader, &map, "description", MANIFEST_ABOUT);
		add_key(reader, &map, "license", MANIFEST_LICENCE);
		add_map(reader, &map, "engines", MANIFEST_LANGUAGE);
		add_map(reader, &map, "dependencies", MANIFEST_DEPENDENCY);
		add_map(reader, &map, "devDependencies", MANIFEST_DEVELOPMENT);
		add_map(reader, &map, "scripts", MANIFEST_TASK);
		add_programs(reader, &map);
		if (value_find(&map, "workspaces"))
			manifest_add(reader, MANIFEST_OPEN, NO_PIECE, NO_PIECE);
	} else { /* nothing is known of what it has */
		manifest_add(reader, MANIFEST_OPEN, NO_PIECE, NO_PIECE);
	}
	arena_release(&arena);
}

void manifest_read_composer(struct manifest_reader *reader)
{
	struct arena arena;
	struct value map;

	if (read_map(reader, &arena, &map)) {
		add_key(reader, &map, "name", MANIFEST_NAME);
		add_key(reader, &map, "version", MANIFEST_VERSION);
		add_key(reader, &map, "description", MANIFEST_ABOUT);
		add_key(reader, &map, "license", MANIFEST_LICENCE);
		add_map(reader, &map, "require", MANIFEST_DEPENDENCY);
		add_map(reader, &map, "require-dev", MANIFEST_DEVELOPMENT);
		add_map(reader, &map, "scripts", MANIFEST_TASK);
	}
	arena_release(&arena);
}
