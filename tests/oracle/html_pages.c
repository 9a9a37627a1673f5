/* SPDX-License-Identifier: MIT */
/*
 * Pages as they were read, to be compared with what others read. Takes pages from standard input,
 * a zero byte after each, and prints for each, a zero byte after it, its text; with --tree instead
 * "ELEMENT ELEMENT ... WORD" for each word, one a line: the elements it stands in; with --time
 * only, at the end, "BYTES bytes, TEXT bytes of text, NS ns".
 */
#include "base/str.h"
#include "net/html.h"
#include "net/html_head.h"
#include "net/html_tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PATH_SIZE = 1 << 16, TEXT_MAX = 1 << 20 };

static const char *const tag_names[TAG_COUNT] = {
#define TAG(c, name, traits) [TAG_##c] = name,
#include "net/html_tags.def"
#undef TAG
};

static uint64_t cpu_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void show_words(const struct buf *text, const char *path)
{
	for (size_t i = 0; i < text->len; i++) {
		size_t from = i;

		while (i < text->len && !html_is_blank(text->data[i]))
			i++;
		if (i > from)
			printf("%s%.*s\n", path, (int)(i - from), text->data + from);
	}
}

static const char *name_of(const struct html_node *node, char room[64])
{
	if (node->tag != TAG_OTHER)
		return tag_names[node->tag];
	(void)snprintf(room, 64, "%.*s", (int)node->text.len, node->text.at);
	return room;
}

/* As deep as the tree, which is at most HTML_DEPTH_MAX. Texts side by side are one, also beside an
 * empty paragraph, which others make of stray end tags. */
static void show_children(const struct html_tree *tree, uint32_t at, char *path, size_t len)
{
	CLEANUP(buf) struct buf text = { .max = TEXT_MAX };
	char room[64];

	for (at = tree->nodes.items[at].first; at; at = tree->nodes.items[at].next) {
		const struct html_node *node = &tree->nodes.items[at];

		if (node->tag == TAG_NONE) {
			buf_add(&text, node->text.at, node->text.len);
			continue;
		}
		if (node->tag == TAG_P && !node->first)
			continue;
		show_words(&text, path);
		buf_clear(&text);
		(void)snprintf(path + len, PATH_SIZE - len, "%s ", name_of(node, room));
		show_children(tree, at, path, strlen(path));
		path[len] = '\0';
	}
	show_words(&text, path);
}

static int show_tree(const char *page, size_t len)
{
	static char path[PATH_SIZE];
	struct html_head head = { 0 };
	struct html_tree tree = { 0 };
	int r = html_tree_build(&tree, page, len, &head);

	path[0] = '\0';
	if (!r)
		show_children(&tree, 0, path, 0);
	html_tree_release(&tree);
	return r;
}

int main(int argc, char **argv)
{
	bool is_tree = argc > 1 && str_equal(argv[1], "--tree");
	bool is_timed = argc > 1 && str_equal(argv[1], "--time");
	uint64_t n_bytes = 0, n_text = 0, ns = 0;
	char *html = NULL;
	size_t room = 0;
	ssize_t n;

	while ((n = getdelim(&html, &room, '\0', stdin)) > 0) {
		size_t len = (size_t)n - 1;
		struct html_page page = { 0 };
		uint64_t before = cpu_ns();

		if (is_tree ? show_tree(html, len) : html_read(html, len, NULL, "utf-8", &page))
			return 1;
		ns += cpu_ns() - before;
		n_bytes += len;
		n_text += page.text.len;
		if (!is_timed) {
			if (page.text.len)
				(void)fwrite(page.text.data, 1, page.text.len, stdout);
			(void)putchar('\0');
		}
		html_page_release(&page);
	}
	free(html);
	if (is_timed)
		printf("%lu bytes, %lu bytes of text, %lu ns\n", n_bytes, n_text, ns);
	return 0;
}
