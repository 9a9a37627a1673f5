/* SPDX-License-Identifier: MIT */
/* The index of documents: known answers on small trees, whatever happens to a build meanwhile. */
#include "docs/docs.h"

#include "base/attr.h"
#include "docs/files.h"
#include "docs/page.h"
#include "docs/roff.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "tests/unit/tree.h"

enum { MANY = 1500, ROUNDS = 80 };

/* ---- a machine of a few documents ---- */

struct machine {
	struct tree tree;
	char man[128], doc[128], workspace[128], index[128];
	const char *roots[3];
	struct docs_conf conf;
};

static void machine_init(struct machine *self)
{
	struct tree *tree = &self->tree;

	*tree = tree_new();
	tree_dir(tree, "man");
	tree_dir(tree, "doc");
	tree_dir(tree, "home");
	(void)snprintf(self->man, sizeof(self->man), "%s/man", tree->path);
	(void)snprintf(self->doc, sizeof(self->doc), "%s/doc", tree->path);
	(void)snprintf(self->workspace, sizeof(self->workspace), "%s/home", tree->path);
	(void)snprintf(self->index, sizeof(self->index), "%s/state/volley/docs.db", tree->path);
	self->roots[0] = self->man;
	self->roots[1] = self->doc;
	self->roots[2] = NULL;
	self->conf = (struct docs_conf){ .path = self->index, .roots = self->roots };
	tree_file(tree, "man/man1/lens.1",
		  ".TH LENS 1\n.SH NAME\nlens, glass \\- show text in larger letters\n"
		  ".SH OPTIONS\n.TP\n.BR \\-z ,\\  \\-\\-zoom-factor =\\fIN\\fR\n"
		  "Letters become N times as large.\n.SH SEE ALSO\n.BR moor (2)\n");
	tree_file(tree, "man/man2/moor.2",
		  ".TH MOOR 2\n.SH NAME\nmoor \\- tie a boat to a post\n.SH ERRORS\n.TP\n.B EROPE\n"
		  "The rope was too short.\n");
	tree_file(tree, "man/man2/moor_all.2", ".so man2/moor.2\n");
	tree_file(tree, "man/de/man1/lens.1", ".SH NAME\nlens \\- zeigt Buchstaben\n");
	tree_file(tree, "doc/kettle/README.md",
		  "# Kettle\n\nBoils water.\n\n## Descaling\n\nPour vinegar into it overnight.\n");
	tree_file(tree, "doc/kettle/changelog", "vinegar vinegar vinegar\n");
	tree_file(tree, "doc/kettle/copyright", "vinegar\n");
	tree_file(tree, "home/docs/plan.rst", "Harvest\n=======\n\nPick the plums in August.\n");
	tree_file(tree, "home/node_modules/x/README.md", "# plums everywhere\n");
	assert_int_equal(symlinkat("lens.1", tree->fd, "man/man1/loupe.1"), 0);
	assert_int_equal(symlinkat("/etc/passwd", tree->fd, "doc/kettle/accounts.txt"), 0);
}

static struct docs *open_docs(const struct machine *machine)
{
	struct docs *docs = NULL;
	struct error err = { 0 };

	if (docs_open(&machine->conf, &docs, &err) < 0)
		fail_msg("%s", err.text);
	return docs;
}

static struct docs_state update(struct docs *docs)
{
	struct docs_state state;
	struct error err = { 0 };

	if (docs_update(docs, &state, &err) < 0)
		fail_msg("%s", err.text);
	return state;
}

/* The first hit; its strings live in the arena. */
static const struct docs_hit *first(struct docs *docs, const char *query, struct arena *arena)
{
	struct docs_hit *hits;
	struct error err = { 0 };
	size_t n;

	if (docs_search(docs, query, 5, arena, &hits, &n, &err) < 0)
		fail_msg("%s", err.text);
	return n > 0 ? hits : NULL;
}

static void assert_answers(struct docs *docs)
{
	struct error err = { 0 };
	struct docs_document document;
	struct arena arena;

	arena_init(&arena, 1 << 20);
	if (docs_read(docs, "man:moor(2)", &arena, &document, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(err.class, ERROR_NONE);
	assert_non_null(strstr(document.text, "tie a boat to a post"));
	assert_string_equal(first(docs, "rope too short", &arena)->url, "man:moor(2)");
	assert_non_null(strstr(first(docs, "vinegar", &arena)->url, "/kettle/README.md"));
	arena_release(&arena);
}

static int64_t ask(const struct machine *machine, const char *sql)
{
	sqlite3_stmt *statement;
	sqlite3 *handle;
	int64_t n = -1;

	assert_int_equal(sqlite3_open(machine->index, &handle), SQLITE_OK);
	(void)sqlite3_busy_timeout(handle, 10000);
	assert_int_equal(sqlite3_prepare_v2(handle, sql, -1, &statement, NULL), SQLITE_OK);
	if (sqlite3_step(statement) == SQLITE_ROW)
		n = sqlite3_column_int64(statement, 0);
	(void)sqlite3_finalize(statement);
	(void)sqlite3_close(handle);
	return n;
}

/* Every list of FTS5 belongs to a passage that is there, and the file is whole. */
static void assert_intact(const struct machine *machine)
{
	sqlite3 *handle;

	assert_int_equal(sqlite3_open(machine->index, &handle), SQLITE_OK);
	(void)sqlite3_busy_timeout(handle, 10000);
	assert_int_equal(sqlite3_exec(handle,
				      "INSERT INTO passage(passage) VALUES('integrity-check')",
				      NULL, NULL, NULL),
			 SQLITE_OK);
	(void)sqlite3_close(handle);
	assert_int_equal(ask(machine, "SELECT count(*) FROM pragma_integrity_check "
				      "WHERE integrity_check <> 'ok'"),
			 0);
	assert_int_equal(ask(machine, "SELECT (SELECT count(*) FROM passage_docsize) - "
				      "(SELECT total(n_passages) FROM file)"),
			 0);
}

/* ---- texts ---- */

static void assert_roff(const char *source, const char *text, const char *title)
{
	struct roff_page page;

	assert_int_equal(roff_read(source, strlen(source), "x.1", &page), 0);
	assert_string_equal(page.text.data, text);
	assert_string_equal(page.title.data, title);
	roff_page_release(&page);
}

static void test_man(void **state)
{
	(void)state;
	assert_roff(
		".TH X 1\n.ds hi there\n.de ZZ\nnot this\n..\n.SH NAME\nx, y \\- do \\(lqit\\(rq\n"
		".SH OPTIONS\n.TP\n.BI \\-e \" PATTERN\" \", \\-\\-all\"\nsay \\fIhi\\fR \\*(hi,\n"
		".B bold\ntext\\c\n.I ure\n.if t never\n.ie n seen\n.el unseen\n.nf\n# no heading\n"
		"  a  b\n.fi\n.TS\nl l.\none\ttwo\n.TE\n",
		"## NAME\n\nx, y - do \"it\"\n\n## OPTIONS\n\n-e PATTERN, --all\n"
		"say hi there, bold texture seen\n```\n# no heading\n  a  b\n```\n\none | two\n\n",
		"x(1) - do \"it\"");
}

/* A backslash ends a line that goes on in the next, but not an escaped one, or in a comment. */
static void test_continued(void **state)
{
	(void)state;
	assert_roff(
		".\\\" a comment\\\n.TH X 1\n.SH NAME\nx \\- wait\n.SH SYNOPSIS\n"
		".BI \"int wait(int \" n \", \" \\\n\"long \" time );\n.if n \\{\\\n.I yes\n.\\}\n"
		".if t never \\\nat all\n.I back\\\\\nslash,\nun\\\r\nbroken\n",
		"## NAME\n\nx - wait\n\n## SYNOPSIS\n\n"
		"int wait(int n, long time); yes back\\ slash, unbroken\n",
		"x(1) - wait");
}

static void test_mdoc(void **state)
{
	(void)state;
	assert_roff(
		".Dd today\n.Dt X 1\n.Sh NAME\n.Nm x\n.Nd say so\n.Sh SYNOPSIS\n.Nm\n"
		".Op Fl e Ar pattern\n.Sh DESCRIPTION\n.Bl -tag\n.It Fl l , Fl -long Ns = Ns Ar n\n"
		"See\n.Xr grep 1 ,\n.Dq quoted .\n.El\n",
		"## NAME\n\nx - say so\n\n## SYNOPSIS\n\nx [-e pattern]\n\n## DESCRIPTION\n\n"
		"-l, --long=n\nSee grep(1), \"quoted\".\n\n",
		"x(1) - say so");
}

static void test_alias(void **state)
{
	static const char page[] = ".\\\" a comment\n.so man3/printf.3\n";
	char path[32];

	(void)state;
	assert_true(roff_alias(page, strlen(page), path, sizeof(path)));
	assert_string_equal(path, "man3/printf.3");
	assert_false(roff_alias(page, strlen(page), path, 8));
	assert_false(roff_alias(".so x\ntext\n", 11, path, sizeof(path)));
}

static void test_passages(void **state)
{
	struct passages cut = { 0 };
	static char text[40000];
	size_t len = 0, n_words = 0;

	(void)state;
	len += (size_t)snprintf(text, sizeof(text), "# Top\n\n");
	for (unsigned i = 0; i < 3000; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "word%04u ", i);
	len += (size_t)snprintf(text + len, sizeof(text) - len,
				"\n\n## AUTHORS\n\nnobody\n\n## Next\n\nlast\n");
	assert_int_equal(passages_cut(&cut, text, len), 0);
	for (size_t i = 0; i < cut.n; i++) {
		const char *at = text + cut.items[i].at;

		assert_true(cut.items[i].len <= PASSAGE_BYTES);
		assert_true(at == text || at[-1] == ' ' || at[-1] == '\n');
		assert_true(at[cut.items[i].len] == ' ' || at[cut.items[i].len] == '\n');
		for (size_t k = 0; k + 4 <= cut.items[i].len; k++)
			n_words += memcmp(at + k, "word", 4) == 0;
	}
	assert_int_equal(n_words, 3000);
	assert_memory_equal(text + cut.items[cut.n - 1].at, "last", 4);
	assert_memory_equal(text + cut.items[cut.n - 1].heading_at, "Next", 4);
	assert_memory_equal(text + cut.items[cut.n - 2].heading_at, "Top", 3);
	passages_release(&cut);
}

/* ---- answers ---- */

static void test_answers(void **state)
{
	struct machine machine;
	const struct docs_hit *hit;
	struct docs *docs;
	struct arena arena;
	struct docs_document document;
	struct error err = { 0 };

	(void)state;
	machine_init(&machine);
	machine.conf.workspace = machine.workspace;
	docs = open_docs(&machine);
	arena_init(&arena, 1 << 20);

	hit = first(docs, "how do I make letters larger?", &arena);
	assert_non_null(hit);
	assert_string_equal(hit->url, "man:lens(1)");
	assert_string_equal(hit->title, "lens(1) - show text in larger letters");
	assert_true(hit->score > 0 && hit->score <= 1);

	hit = first(docs, "--zoom-factor", &arena);
	assert_string_equal(hit->section, "OPTIONS");
	assert_non_null(strstr(hit->passage, "--zoom-factor=N\nLetters become N times as large."));

	hit = first(docs, "remove lime with vinegar", &arena);
	assert_non_null(strstr(hit->url, "/doc/kettle/README.md"));
	assert_string_equal(hit->section, "Descaling");
	hit = first(docs, "when are plums picked", &arena);
	assert_non_null(strstr(hit->url, "/home/docs/plan.rst"));
	assert_string_equal(hit->title, "Harvest");

	/* By other names: a link, a page that is only .so, one that the page says itself. */
	assert_string_equal(first(docs, "loupe", &arena)->url, "man:lens(1)");
	assert_string_equal(first(docs, "moor_all", &arena)->url, "man:moor(2)");
	assert_string_equal(first(docs, "glass", &arena)->url, "man:lens(1)");
	assert_null(first(docs, "Buchstaben", &arena));
	assert_null(first(docs, "root:x:0:0", &arena));
	assert_null(first(docs, "", &arena));

	assert_int_equal(docs_read(docs, "man:moor_all(2)", &arena, &document, &err), 0);
	assert_non_null(strstr(document.text, "tie a boat to a post"));
	assert_string_equal(document.title, "moor(2) - tie a boat to a post");
	assert_true(docs_read(docs, "man:nothing(1)", &arena, &document, &err) < 0);
	assert_int_equal(err.class, ERROR_MISSING);
	arena_release(&arena);
	docs_close(docs);
	tree_remove(&machine.tree);
}

/* What is indexed for one workspace is no answer in another. */
static void test_roots_apart(void **state)
{
	struct machine machine;
	struct docs *docs;
	struct arena arena;

	(void)state;
	machine_init(&machine);
	machine.conf.workspace = machine.workspace;
	docs = open_docs(&machine);
	arena_init(&arena, 1 << 20);
	assert_non_null(first(docs, "plums", &arena));
	docs_close(docs);
	machine.conf.workspace = NULL;
	docs = open_docs(&machine);
	assert_null(first(docs, "plums", &arena));
	assert_non_null(first(docs, "vinegar", &arena));
	docs_close(docs);
	arena_release(&arena);
	tree_remove(&machine.tree);
}

static void test_changes(void **state)
{
	struct machine machine;
	struct docs_state result;
	struct docs *docs;
	struct arena arena;

	(void)state;
	machine_init(&machine);
	machine.conf.stale_ms = 1;
	docs = open_docs(&machine);
	arena_init(&arena, 1 << 20);
	result = update(docs);
	assert_int_equal(result.n_new, 5);
	assert_true(result.is_complete);
	(void)usleep(5000);
	result = update(docs);
	assert_int_equal(result.n_new + result.n_gone, 0);

	tree_file(&machine.tree, "doc/kettle/README.md", "# Kettle\n\nNow it makes soup.\n");
	tree_file(&machine.tree, "doc/new.txt", "A trombone.\n");
	assert_int_equal(unlinkat(machine.tree.fd, "man/man2/moor_all.2", 0), 0);
	(void)usleep(5000);
	result = update(docs);
	assert_int_equal(result.n_new, 2);
	assert_int_equal(result.n_gone, 1);
	assert_int_equal(result.n_files, 5);
	assert_null(first(docs, "vinegar", &arena));
	assert_non_null(first(docs, "soup", &arena));
	assert_non_null(first(docs, "trombone", &arena));
	assert_int_equal(ask(&machine, "SELECT count(*) FROM word WHERE term='vinegar'"), 0);
	docs_close(docs);
	assert_intact(&machine);
	arena_release(&arena);
	tree_remove(&machine.tree);
}

/* As if nothing had come or gone there since long ago. */
static void age(const struct machine *machine)
{
	static const char *const folders[] = { "man",        "man/man1",        "man/man2", "doc",
					       "doc/kettle", "doc/kettle/deep", "given" };
	const struct timespec then[2] = { { .tv_sec = 1000000000 }, { .tv_sec = 1000000000 } };

	for (size_t i = 0; i < countof(folders); i++)
		assert_int_equal(utimensat(machine->tree.fd, folders[i], then, 0), 0);
}

/* Within its time a root is not looked at again unless its upper folders have changed; a workspace
 * and a folder that was given always are. */
static void test_freshness(void **state)
{
	struct machine machine;
	struct docs *docs;
	struct arena arena;
	char given[300];

	(void)state;
	machine_init(&machine);
	tree_file(&machine.tree, "given/a.txt", "An ocarina.\n");
	tree_file(&machine.tree, "doc/kettle/deep/old.txt", "A lyre.\n");
	(void)snprintf(given, sizeof(given), "%s/given:%s/given", machine.tree.path,
		       machine.tree.path);
	machine.conf.workspace = machine.workspace;
	machine.conf.more = given;
	age(&machine);
	docs = open_docs(&machine);
	arena_init(&arena, 1 << 20);
	(void)update(docs);
	tree_file(&machine.tree, "doc/kettle/deep/new.txt", "A trombone.\n");
	tree_file(&machine.tree, "home/README.md", "# A bassoon\n");
	tree_file(&machine.tree, "given/sub/b.txt", "A zither.\n");
	age(&machine);
	assert_null(first(docs, "trombone", &arena));
	assert_non_null(first(docs, "bassoon", &arena));
	assert_non_null(first(docs, "zither", &arena));
	tree_file(&machine.tree, "given/sub/b.txt", "Now a cymbal.\n");
	assert_non_null(first(docs, "cymbal", &arena));
	tree_file(&machine.tree, "man/man1/horn.1", ".SH NAME\nhorn \\- blow\n");
	assert_non_null(first(docs, "blow", &arena));
	assert_null(first(docs, "trombone", &arena));
	tree_file(&machine.tree, "doc/kettle/last.txt", "A harp.\n");
	assert_non_null(first(docs, "trombone", &arena));
	assert_non_null(first(docs, "harp", &arena));
	docs_close(docs);
	arena_release(&arena);
	tree_remove(&machine.tree);
}

/* Outside of man1/ and its like the text tells whether it is one, and only where the user has said
 * so; it is one however it is called. */
static void test_manual_anywhere(void **state)
{
	struct machine machine;
	struct docs *docs;
	struct arena arena;
	char given[128];

	(void)state;
	machine_init(&machine);
	tree_file(&machine.tree, "given/zorb.1", ".TH ZORB 1\n.SH NAME\nzorb \\- roll downhill\n");
	tree_file(&machine.tree, "given/history.3x",
		  ".de X\n..\n'\\\" t\n.SH NAME\nhistory \\- of\n");
	tree_file(&machine.tree, "given/moor.2", "A clavichord: no page of the manual.\n.TH\n");
	tree_file(&machine.tree, "doc/kettle/other.1", ".TH OTHER 1\n.SH NAME\nother \\- spinet\n");
	assert_int_equal(symlinkat("zorb.1", machine.tree.fd, "given/zorbing.1"), 0);
	(void)snprintf(given, sizeof(given), "%s/given", machine.tree.path);
	machine.conf.more = given;
	docs = open_docs(&machine);
	arena_init(&arena, 1 << 20);
	assert_string_equal(first(docs, "downhill", &arena)->url, "man:zorb(1)");
	assert_string_equal(first(docs, "zorbing", &arena)->url, "man:zorb(1)");
	assert_string_equal(first(docs, "history", &arena)->url, "man:history(3x)");
	assert_null(first(docs, "clavichord", &arena));
	assert_null(first(docs, "spinet", &arena));
	assert_answers(docs);
	docs_close(docs);
	arena_release(&arena);
	tree_remove(&machine.tree);
}

static void test_hostile_queries(void **state)
{
	static const char *const queries[] = {
		"\"",
		"\"\"\"",
		"a\" OR title:b",
		"NEAR(lens moor, 3)",
		"lens AND OR NOT",
		"* ^lens ^* {title}: -title : lens",
		"\xff\xfe lens \xc3",
		"'; DROP TABLE file; --",
		"(((((((((((",
		"\x01\x02\t\n",
		"the of and how do i",
		"-------- ++++ ____ ....",
		"--",
		"lens-------------------------------------------------------------------------moor",
	};
	static char queue[200000];
	struct machine machine;
	struct docs *docs;
	struct arena arena;

	(void)state;
	machine_init(&machine);
	docs = open_docs(&machine);
	arena_init(&arena, 1 << 24);
	for (size_t i = 0; i < sizeof(queries) / sizeof(*queries); i++)
		(void)first(docs, queries[i], &arena);
	assert_string_equal(first(docs, "NEAR(moor, 3)", &arena)->url, "man:moor(2)");
	for (size_t i = 0; i + 1 < sizeof(queue); i++)
		queue[i] = "lens \"* x"[i % 9];
	assert_non_null(first(docs, queue, &arena));
	memset(queue, 'a', sizeof(queue) - 1);
	assert_null(first(docs, queue, &arena));
	assert_int_equal(ask(&machine, "SELECT count(*) FROM file"), 5);
	docs_close(docs);
	arena_release(&arena);
	tree_remove(&machine.tree);
}

/* ---- builds that are disturbed ---- */

static void add_many(const struct machine *machine)
{
	char path[64], text[3000];

	for (unsigned i = 0; i < MANY; i++) {
		size_t len;

		(void)snprintf(path, sizeof(path), "doc/many/%04u.md", i);
		len = (size_t)snprintf(text, sizeof(text), "# Page %u\n\nmark%u\n\n", i, i);
		while (len + 20 < sizeof(text))
			len += (size_t)snprintf(text + len, sizeof(text) - len, "w%zu ",
						len * 7919 % (i + 5));
		tree_file(&machine->tree, path, text);
	}
}

/* Updates in a process of its own and exits 0 if that went well. */
static pid_t start_update(const struct machine *machine)
{
	pid_t pid = fork();

	if (pid == 0) {
		struct docs *docs;
		struct docs_state result;
		struct error err = { 0 };
		int r = docs_open(&machine->conf, &docs, &err);

		if (r == 0)
			r = docs_update(docs, &result, &err);
		_exit(r == 0 && result.is_complete ? 0 : 1);
	}
	assert_true(pid > 0);
	return pid;
}

static int end_of(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static int64_t files_committed(const struct machine *machine)
{
	if (access(machine->index, F_OK) < 0 ||
	    ask(machine, "SELECT count(*) FROM sqlite_master WHERE name='file'") != 1)
		return 0;
	return ask(machine, "SELECT count(*) FROM file");
}

static void test_killed(void **state)
{
	struct machine machine;
	struct docs_state result;
	struct docs *docs;
	struct arena arena;
	int64_t n = 0;
	pid_t pid;

	(void)state;
	machine_init(&machine);
	add_many(&machine);
	pid = start_update(&machine);
	while (n == 0 && kill(pid, 0) == 0 && waitpid(pid, NULL, WNOHANG) == 0)
		n = files_committed(&machine);
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	n = files_committed(&machine);
	assert_true(n > 0);
	assert_intact(&machine);

	docs = open_docs(&machine);
	arena_init(&arena, 1 << 20);
	result = update(docs);
	assert_int_equal(result.n_files, MANY + 5);
	assert_int_equal(result.n_new, MANY + 5 - n);
	assert_non_null(first(docs, "mark0", &arena));
	assert_non_null(first(docs, "mark1499", &arena));
	docs_close(docs);
	assert_intact(&machine);
	arena_release(&arena);
	tree_remove(&machine.tree);
}

static void test_at_once(void **state)
{
	struct machine machine;
	pid_t pids[6];

	(void)state;
	machine_init(&machine);
	for (unsigned round = 0; round < ROUNDS; round++) {
		(void)snprintf(machine.index, sizeof(machine.index), "%s/state/%u.db",
			       machine.tree.path, round);
		if (round + 1 == ROUNDS)
			add_many(&machine);
		for (unsigned i = 0; i < countof(pids); i++)
			pids[i] = start_update(&machine);
		for (unsigned i = 0; i < countof(pids); i++)
			assert_int_equal(end_of(pids[i]), 0);
	}
	assert_int_equal(files_committed(&machine), MANY + 5);
	assert_int_equal(ask(&machine, "SELECT count(DISTINCT path) FROM file"), MANY + 5);
	assert_intact(&machine);
	tree_remove(&machine.tree);
}

static void test_cancelled(void **state)
{
	static atomic_bool cancel;
	struct machine machine;
	struct docs_state result;
	struct docs *docs;

	(void)state;
	machine_init(&machine);
	machine.conf.cancel = &cancel;
	docs = open_docs(&machine);
	atomic_store(&cancel, true);
	result = update(docs);
	assert_false(result.is_complete);
	assert_int_equal(result.n_files, 0);
	atomic_store(&cancel, false);
	result = update(docs);
	assert_true(result.is_complete);
	assert_int_equal(result.n_files, 5);
	docs_close(docs);
	tree_remove(&machine.tree);
}

/* A file that may not grow is what a full disk is: the error says so, and what was there stays. */
static void test_no_room(void **state)
{
	struct machine machine;
	pid_t pid;

	(void)state;
	machine_init(&machine);
	assert_int_equal(end_of(start_update(&machine)), 0);
	add_many(&machine);
	machine.conf.stale_ms = 1;
	(void)usleep(5000);
	pid = fork();
	if (pid == 0) {
		struct rlimit limit = { 400 << 10, 400 << 10 };
		struct docs *docs;
		struct docs_state result;
		struct error err = { 0 };

		(void)signal(SIGXFSZ, SIG_IGN);
		(void)setrlimit(RLIMIT_FSIZE, &limit);
		if (docs_open(&machine.conf, &docs, &err) < 0)
			_exit(2);
		if (docs_update(docs, &result, &err) == 0)
			_exit(3);
		_exit(strstr(err.text, machine.index) && err.class != ERROR_BUG ? 0 : 4);
	}
	assert_int_equal(end_of(pid), 0);
	assert_intact(&machine);
	assert_true(files_committed(&machine) >= 5);
	tree_remove(&machine.tree);
}

static void test_not_allowed(void **state)
{
	struct machine machine;
	struct docs *docs = NULL;
	struct error err = { 0 };
	char under_file[256];
	pid_t pid;

	(void)state;
	machine_init(&machine);
	(void)snprintf(under_file, sizeof(under_file), "%s/doc/kettle/copyright/docs.db",
		       machine.tree.path);
	machine.conf.path = under_file;
	assert_true(docs_open(&machine.conf, &docs, &err) < 0);
	assert_non_null(strstr(err.text, "copyright"));

	machine.conf.path = machine.index;
	tree_dir(&machine.tree, "state");
	assert_int_equal(fchmodat(machine.tree.fd, "state", 0555, 0), 0);
	assert_int_equal(chmod(machine.tree.path, 0755), 0);
	pid = fork();
	if (pid == 0) {
		if (geteuid() == 0 && seteuid(65534) < 0)
			_exit(2);
		if (docs_open(&machine.conf, &docs, &err) == 0)
			_exit(3);
		_exit(err.class == ERROR_DENIED && strstr(err.text, "/state") ? 0 : 4);
	}
	assert_int_equal(end_of(pid), 0);
	tree_remove(&machine.tree);
}

/* ---- a damaged index ---- */

enum { PAGE = 4096 };

/* Noise over the head of each page, from one on. */
static void damage(const struct machine *machine, off_t from)
{
	char noise[512];
	int fd = open(machine->index, O_RDWR | O_CLOEXEC);
	off_t end = lseek(fd, 0, SEEK_END);

	memset(noise, 0xa5, sizeof(noise));
	assert_true(fd >= 0 && end > PAGE);
	for (off_t at = from; at < end; at += PAGE)
		assert_int_equal(pwrite(fd, noise, sizeof(noise), at), sizeof(noise));
	close(fd);
}

/* Whatever is overwritten: it is made anew, once, and who had it open meanwhile goes on. */
static void test_damaged(void **state)
{
	static const off_t froms[] = { 0, PAGE, 3 * PAGE };

	(void)state;
	for (size_t i = 0; i < 2 * countof(froms); i++) {
		struct docs *docs, *early = NULL;
		struct machine machine;

		machine_init(&machine);
		docs = open_docs(&machine);
		assert_answers(docs);
		docs_close(docs);
		if (i % 2)
			early = open_docs(&machine);
		damage(&machine, froms[i / 2]);
		docs = open_docs(&machine);
		assert_answers(docs);
		if (early)
			assert_answers(early);
		docs_close(early);
		assert_answers(docs);
		docs_close(docs);
		assert_intact(&machine);
		tree_remove(&machine.tree);
	}
}

/* A document can be read before anybody has searched. */
static void test_read_first(void **state)
{
	struct machine machine;
	struct docs *docs;
	struct error err = { 0 };
	struct docs_document document;
	struct arena arena;

	(void)state;
	machine_init(&machine);
	arena_init(&arena, 1 << 20);
	assert_int_equal(docs_open(&machine.conf, &docs, &err), 0);
	assert_int_equal(docs_read(docs, "man:lens(1)", &arena, &document, &err), 0);
	assert_non_null(strstr(document.text, "larger letters"));
	assert_true(docs_read(docs, "man:none(1)", &arena, &document, &err) < 0);
	assert_int_equal(err.class, ERROR_MISSING);
	docs_close(docs);
	arena_release(&arena);
	tree_remove(&machine.tree);
}

/* A file that went after it was listed. */
static void test_gone(void **state)
{
	const struct docs_file file = { .path = "/nowhere/at/all" };
	char *data;
	size_t len;

	(void)state;
	assert_int_equal(docs_file_read(&file, &data, &len), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_man),
		cmocka_unit_test(test_continued),
		cmocka_unit_test(test_mdoc),
		cmocka_unit_test(test_alias),
		cmocka_unit_test(test_passages),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_roots_apart),
		cmocka_unit_test(test_changes),
		cmocka_unit_test(test_freshness),
		cmocka_unit_test(test_manual_anywhere),
		cmocka_unit_test(test_hostile_queries),
		cmocka_unit_test(test_killed),
		cmocka_unit_test(test_at_once),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_read_first),
		cmocka_unit_test(test_gone),
		cmocka_unit_test(test_cancelled),
		cmocka_unit_test(test_no_room),
		cmocka_unit_test(test_not_allowed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
