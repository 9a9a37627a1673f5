/* SPDX-License-Identifier: MIT */
/*
 * Lines alone, and whole texts: each text carries its answer. What real trees have is compared
 * with ctags in tests/oracle/test_outline.py.
 */
#include "base/attr.h"
#include "base/buf.h"
#include "scan/outline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *kind_name(enum outline_kind kind)
{
	static const char *const names[] = {
		[OUTLINE_BODY] = "body",     [OUTLINE_DEFINITION] = "definition",
		[OUTLINE_IMPORT] = "import", [OUTLINE_COMMENT] = "comment",
		[OUTLINE_PROSE] = "prose",
	};

	return names[kind];
}

static void test_lang_of(void **state)
{
	static const char *const cases[][2] = {
		{ "a/b.c", "c" },
		{ "x.hpp", "c++" },
		{ "x.h", "c or c++" },
		{ "Makefile", "make" },
		{ "a/CMakeLists.txt", "cmake" },
		{ "a.txt", "text" },
		{ "a.tsx", "tsx" },
		{ "a.vue", "vue" },
		{ "b/Rakefile", "ruby" },
		{ "x.tar.gz", NULL },
		{ "c", NULL },
		{ "", NULL },
		{ "dir.c/", NULL },
		{ "a.py", "python" },
		{ "README", "text" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		const struct outline_lang *lang = outline_lang_of(cases[i][0], strlen(cases[i][0]));

		if (!cases[i][1])
			assert_null(lang);
		else
			assert_string_equal(lang ? outline_lang_name(lang) : "none", cases[i][1]);
	}
	assert_non_null(outline_lang_find("c#"));
	assert_null(outline_lang_find("c-"));
}

/* A line and "KIND SYMBOL NAME" of it. */
static const char *const lines[][3] = {
	{ "c", "static int foo(int a, int b)", "definition function foo" },
	{ "c", "int foo(int a);", "body none " },
	{ "c", "static int foo(int a) { return a; }", "definition function foo" },
	{ "c", "main(argc, argv)", "definition function main" },
	{ "c", "MODULE_LICENSE(\"GPL\")", "body none " },
	{ "c", "\tfoo(a, b);", "body none " },
	{ "c", "struct list *list_new(size_t n)", "definition function list_new" },
	{ "c", "__attribute__((noreturn)) void die(const char *why)", "definition function die" },
	{ "c", "static __printf(1, 2) int say(const char *fmt, ...)", "definition function say" },
	{ "c", "struct list {", "definition struct list" },
	{ "c", "struct list;", "body none " },
	{ "c", "enum color {", "definition enum color" },
	{ "c", "# define MAX(a, b) ((a) > (b))", "definition macro MAX" },
	{ "c", "#include <sys/types.h>", "import none sys/types.h" },
	{ "c", "typedef struct list list_t;", "definition type list_t" },
	{ "c", "typedef int (*compare_fn)(const void *, const void *);",
	  "definition type compare_fn" },
	{ "c", "static const char *const names[] = {", "definition variable names" },
	{ "c", "extern int errno;", "body none " },
	{ "c", "  /* why */", "comment none " },
	{ "c", " * why", "comment none " },
	{ "c", "\t*p = 1;", "body none " },
	{ "c", "// why", "comment none " },
	{ "c", "else if (a)", "body none " },
	{ "c++", "  void Foo::bar(int a) const {", "definition method bar" },
	{ "c++", "template <typename T> class Box : public Base<T> {", "definition class Box" },
	{ "c++", "enum class Color : uint8_t {", "definition enum Color" },
	{ "c++", "namespace a::b {", "definition module b" },
	{ "c++", "using Map = std::map<int, int>;", "definition type Map" },
	{ "c++", "bool operator==(const A &a, const A &b) {", "definition function operator==" },
	{ "python", "    async def fetch(self, url):", "definition function fetch" },
	{ "python", "class Foo(Base):", "definition class Foo" },
	{ "python", "from a.b import c", "import none a.b" },
	{ "python", "LIMIT: int = 3", "definition variable LIMIT" },
	{ "python", "    local = 3", "body none " },
	{ "python", "x == 3", "body none " },
	{ "python", "\"\"\"What it is.\"\"\"", "comment none " },
	{ "javascript", "export default async function* gen(a) {", "definition function gen" },
	{ "javascript", "const add = (a, b) => a + b", "definition function add" },
	{ "javascript", "const { a } = require('./a.js')", "import none ./a.js" },
	{ "javascript", "import React, { useState } from \"react\";", "import none react" },
	{ "javascript", "} from './b'", "import none ./b" },
	{ "javascript", "  static get size() {", "definition method size" },
	{ "javascript", "  if (a) {", "body none " },
	{ "javascript", "module.exports.run = function (a) {", "definition function run" },
	{ "javascript", "  foo(a, b)", "body none " },
	{ "typescript", "export interface Props<T> {", "definition interface Props" },
	{ "typescript", "export type Id = string | number", "definition type Id" },
	{ "typescript", "  private readonly find = async (id: Id): Promise<void> => {",
	  "definition function find" },
	{ "go", "func (s *Server) Start(ctx context.Context) error {", "definition method Start" },
	{ "go", "type Server struct {", "definition struct Server" },
	{ "go", "import \"fmt\"", "import none fmt" },
	{ "rust", "    pub(crate) async unsafe fn run<'a>(&'a self) -> Result<()> {",
	  "definition function run" },
	{ "rust", "impl<T: Clone> fmt::Display for Wrapper<T> {", "definition extension Wrapper" },
	{ "rust", "#[derive(Debug)] pub struct Point(pub i32);", "definition struct Point" },
	{ "rust", "use std::io;", "import none std::io" },
	{ "java", "    @Override public static <T> List<T> of(T... items) throws E {",
	  "definition method of" },
	{ "java", "        return foo(bar);", "body none " },
	{ "java", "public @interface Marker {", "definition interface Marker" },
	{ "java", "import static java.util.Map.*;", "import none java.util.Map.*" },
	{ "c#", "    public int Count => items.Length;", "definition variable Count" },
	{ "c#", "    public async Task<int> RunAsync(int a) => await Go(a);",
	  "definition method RunAsync" },
	{ "c#", "namespace A.B;", "definition module A.B" },
	{ "kotlin", "    suspend fun <T> List<T>.second(): T = this[1]",
	  "definition function second" },
	{ "kotlin", "data class Point(val x: Int)", "definition class Point" },
	{ "scala", "  case object Empty extends Tree", "definition class Empty" },
	{ "swift", "public extension String {", "definition extension String" },
	{ "ruby", "  def self.valid?(x)", "definition function valid?" },
	{ "ruby", "class Foo::Bar < Base", "definition class Bar" },
	{ "ruby", "require_relative \"foo/bar\"", "import none foo/bar" },
	{ "php", "    public static function &find(int $id): ?self", "definition function find" },
	{ "php", "use App\\Models\\User;", "import none App\\Models\\User" },
	{ "shell", "build_all () {", "definition function build_all" },
	{ "shell", ". ./lib.sh", "import none ./lib.sh" },
	{ "perl", "sub new {", "definition function new" },
	{ "perl", "package Foo::Bar;", "definition module Foo::Bar" },
	{ "lua", "local function add(a, b)", "definition function add" },
	{ "lua", "local json = require(\"cjson\")", "import none cjson" },
	{ "lua", "M.run = function(a)", "definition function run" },
	{ "sql", "create or replace view if not exists public.users as", "definition table users" },
	{ "make", "out/%.o: src/%.c", "definition target out/%.o" },
	{ "make", "CFLAGS += -O2", "definition variable CFLAGS" },
	{ "make", "\tgcc -o x: y", "body none " },
	{ "cmake", "function(add_tool name)", "definition function add_tool" },
	{ "markdown", "## C and C# ##", "definition heading C and C#" },
	{ "markdown", "#hashtag", "prose none " },
	{ "markdown", "a line", "prose none " },
	{ "toml", "[package.metadata]", "definition module package.metadata" },
	{ "yaml", "services:", "definition key services" },
	{ "yaml", "  image: x", "body none " },
};

static void test_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(lines); i++) {
		const struct outline_lang *lang = outline_lang_find(lines[i][0]);
		const char *text = lines[i][1];
		struct outline_line line;
		char got[200];

		assert_non_null(lang);
		outline_line(lang, text, strlen(text), &line);
		(void)snprintf(got, sizeof(got), "%s %s %.*s", kind_name(line.kind),
			       symbol_kind_name(line.symbol), (int)line.name_len,
			       text + line.name_at);
		if (strcmp(got, lines[i][2]) != 0)
			fail_msg("%s: '%s': got '%s', want '%s'", lines[i][0], text, got,
				 lines[i][2]);
	}
}

static void test_comments(void **state)
{
	static const struct {
		const char *lang, *line;
		size_t at; /* SIZE_MAX: nowhere */
	} cases[] = {
		{ "c", "int a; /* b */", 7 },         { "c", "char *a = \"//\"; // b", 16 },
		{ "c", "char a = '\"'; // \"b", 14 }, { "c", "a = b / c;", SIZE_MAX },
		{ "python", "a = '#'  # b", 9 },      { "shell", "n=$# # b", 5 },
		{ "shell", "echo ${#a}", SIZE_MAX },  { "lua", "a = 1 -- b", 6 },
		{ "sql", "select 1 -- b", 9 },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		size_t len = strlen(cases[i].line);
		size_t want = cases[i].at == SIZE_MAX ? len : cases[i].at;
		size_t got =
			outline_comment_at(outline_lang_find(cases[i].lang), cases[i].line, len);

		if (got != want)
			fail_msg("'%s': got %zu, want %zu", cases[i].line, got, want);
	}
}

/* What an outline says, one symbol a line: "LINE-END KIND NAME <PARENT". */
static void describe(const char *text, const struct outline *outline, struct buf *out)
{
	for (size_t i = 0; i < outline->n; i++) {
		const struct outline_symbol *symbol = &outline->items[i];

		buf_printf(out, "%u-%u %s %.*s", symbol->line, symbol->end_line,
			   symbol->kind == OUTLINE_IMPORT ? "import"
							  : symbol_kind_name(symbol->symbol),
			   (int)symbol->name_len, text + symbol->name_at);
		if (symbol->parent >= 0)
			buf_printf(out, " <%.*s", (int)outline->items[symbol->parent].name_len,
				   text + outline->items[symbol->parent].name_at);
		buf_add(out, "\n", 1);
	}
}

struct text_case {
	const char *lang, *text, *want;
};

static bool check_text(const struct text_case *c)
{
	struct outline outline = { 0 };
	struct buf got = { .max = 1 << 16 };
	bool is_equal;

	assert_int_equal(
		outline_text(outline_lang_find(c->lang), c->text, strlen(c->text), &outline), 0);
	describe(c->text, &outline, &got);
	buf_add(&got, "", 1);
	is_equal = strcmp(got.data, c->want) == 0;
	if (!is_equal)
		print_error("%s:\n%s\ngot\n%s\nwant\n%s\n", c->lang, c->text, got.data, c->want);
	buf_release(&got);
	outline_release(&outline);
	return is_equal;
}

static const struct text_case braces[] = {
	{ "c",
	  "#include \"a.h\"\n#define TWICE(x) \\\n\t((x) + \\\n\t (x))\n\n"
	  "/* int commented(void) {\n * } */\n"
	  "static int first(int a,\n\t\t int b);\n\n"
	  "static int\nsecond(int a)\n{\n\tchar c = '{';\n\tputs(\"}\");\n\treturn a;\n}\n"
	  "#ifdef X\nint third(int a) {\n#else\nint third(void) {\n#endif\n\treturn 0;\n}\n"
	  "typedef struct {\n\tint x;\n} point;\nstruct list {\n\tint n;\n} lists[2];\n"
	  "DEFINE_MUTEX(lock);\nEXPORT(a)\nint last(void) { return 0; }\n",
	  "1-1 import a.h\n2-4 macro TWICE\n12-17 function second\n19-19 function third\n"
	  "21-24 function third\n27-27 type point\n28-30 struct list\n"
	  "30-30 variable lists\n33-33 function last\n" },
	{ "c++",
	  "namespace a {\nnamespace {\nclass Box : public Base {\npublic:\n\tBox(int n)\n"
	  "\t\t: n_(n), list_{1, 2} {\n\t}\n\t~Box() = default;\n\tint get() const { return n_; }\n"
	  "private:\n\tint n_;\n};\n}\nint Box::more(int a)\n{\n\tfoo(a);\n\tif (a) {\n\t}\n}\n}\n"
	  "extern \"C\" {\nint c_one(void) {\n\treturn 1;\n}\n}\n",
	  "1-20 module a\n3-12 class Box <a\n5-7 method Box <Box\n9-9 method get <Box\n"
	  "14-19 method more <a\n22-24 function c_one\n" },
	{ "javascript",
	  "import a from './a'\nconst b = require('b')\nclass A extends B {\n  constructor(x) {\n"
	  "    this.x = /[/'\"{]/.test(x)\n  }\n  get y() { return 1 }\n"
	  "  handle = (e) => {\n    const local = 1\n  }\n}\nfunction outer({ a, b }) {\n"
	  "  return `{${a}\n    function no() {\n  `\n}\nexport const LIMIT = 3\n"
	  "module.exports.z = function () {\n}\n",
	  "1-1 import ./a\n2-2 import b\n3-11 class A\n4-6 method constructor <A\n"
	  "7-7 method y <A\n8-10 method handle <A\n12-16 function outer\n"
	  "17-17 constant LIMIT\n18-19 function z\n" },
	{ "typescript",
	  "interface P {\n  a: string\n}\ntype T = {\n  b: number\n}\nabstract class C<T>\n"
	  "  implements P {\n  abstract m(): void\n  private n(\n    a: string,\n  ): void {\n  "
	  "}\n}\n"
	  "declare function f(a: T): void\nexport enum E { A, B }\n",
	  "1-3 interface P\n4-6 type T\n7-14 class C\n9-9 method m <C\n10-13 method n <C\n"
	  "15-15 function f\n16-16 enum E\n" },
	{ "go",
	  "package main\nimport (\n\t\"fmt\"\n\t_ \"net/http\"\n)\ntype T struct {\n\ta int\n}\n"
	  "const (\n\tA = iota\n\tB\n)\nfunc (t *T) Run() {\n\ts := `{\nfunc no() {\n`\n\t_ = s + "
	  "\"{\"\n}\n"
	  "type F func(int) int\nvar x = map[string]int{\n\t\"a\": 1,\n}\n",
	  "1-1 module main\n3-3 import fmt\n4-4 import net/http\n6-8 struct T\n10-10 constant A\n"
	  "11-11 constant B\n13-18 method Run\n19-19 type F\n20-22 variable x\n" },
	{ "rust",
	  "/* a /* b */ fn no() {} */\nuse std::io;\npub trait Shape {\n    fn area(&self) -> "
	  "f64;\n}\n"
	  "impl<'a> Shape for Circle<'a> {\n    fn area(&self) -> f64\n    where\n        Self: "
	  "Sized,\n"
	  "    {\n        let c = '{';\n        let s = r#\"\"{\"#;\n        1.0\n    }\n}\n"
	  "macro_rules! twice {\n    ($x:expr) => { $x };\n}\nmod tests {\n    #[test]\n"
	  "    fn it_works() {}\n}\n",
	  "2-2 import std::io\n3-5 interface Shape\n4-4 method area <Shape\n6-15 extension Circle\n"
	  "7-14 method area <Circle\n16-18 macro twice\n19-22 module tests\n"
	  "21-21 function it_works <tests\n" },
	{ "java",
	  "package a.b;\nimport java.util.List;\npublic class A {\n    private final int n = 1;\n"
	  "    public A(int n) {\n        foo(n);\n        if (n > 0) {\n        }\n    }\n\n"
	  "    abstract List<String> names(int a,\n            int b) throws E;\n"
	  "    static class Inner {\n        void run() { }\n    }\n}\n",
	  "1-1 module a.b\n2-2 import java.util.List\n3-16 class A\n4-4 variable n <A\n"
	  "5-9 method A <A\n11-12 method names <A\n13-15 class Inner <A\n14-14 method run "
	  "<Inner\n" },
	{ "c#",
	  "using System;\nnamespace A.B\n{\n    public record Point(int X);\n    class C : D\n    "
	  "{\n"
	  "        public int N { get; set; }\n        public bool Ok\n        {\n"
	  "            get { return true; }\n        }\n        void Go<T>() where T : new()\n     "
	  "   {\n"
	  "            using (var x = Open()) {\n            }\n        }\n    }\n}\n",
	  "1-1 import System\n2-18 module A.B\n4-4 class Point <A.B\n5-17 class C <A.B\n"
	  "7-7 variable N <C\n8-11 variable Ok <C\n12-16 method Go <C\n" },
	{ "kotlin",
	  "package a.b\nimport x.Y\nclass A(\n    val x: Int,\n) : B() {\n"
	  "    fun f() = x +\n        1\n    companion object {\n        const val N = 1\n    }\n"
	  "    override fun g(): Int {\n        val local = 1\n        return local\n    }\n}\n",
	  "1-1 module a.b\n2-2 import x.Y\n3-15 class A\n6-7 method f <A\n9-9 constant N <A\n"
	  "11-14 method g <A\n" },
	{ "php",
	  "<?php\nnamespace A\\B;\nuse C\\D;\nabstract class E extends F\n{\n    const N = 1;\n"
	  "    abstract public function a();\n    public function b(array $x = [])\n    {\n"
	  "        $s = <<<EOT\nfunction no() {\nEOT;\n        return function () {\n        };\n  "
	  "  }\n}\n",
	  "2-2 module A\\B\n3-3 import C\\D\n4-16 class E\n6-6 constant N <E\n7-7 method a <E\n"
	  "8-15 method b <E\n" },
	{ "swift",
	  "import UIKit\nprotocol P {\n    func a()\n}\nextension S: P {\n    func a() {\n"
	  "        let x = 1\n    }\n}\nstruct T { var y = 1 }\n",
	  "1-1 import UIKit\n2-4 interface P\n3-3 method a <P\n5-9 extension S\n6-8 method a <S\n"
	  "10-10 struct T\n" },
	{ "objective-c",
	  "#import <A/A.h>\n@interface B : C\n- (void)run:(int)a;\n@end\n@implementation B\n"
	  "- (void)run:(int)a\n{\n\tfoo(a);\n}\n@end\n",
	  "1-1 import A/A.h\n2-2 class B\n3-3 method run\n5-5 class B\n6-9 method run\n" },
};

static const struct text_case indents[] = {
	{ "python",
	  "import os\nfrom . import a\n\n\"\"\"\ndef no():\n\"\"\"\n@dec\nclass A(B):\n    "
	  "\"\"\"Doc.\"\"\"\n"
	  "    size = 1\n\n    def f(self,\n          a,\n    ):\n        x = 1\n        def g():\n"
	  "            return 1\n        return g\n\n    # a comment\n\nLIMIT = 1\nif X:\n"
	  "    def h(): pass\n",
	  "1-1 import os\n2-2 import .\n8-18 class A\n10-10 variable size <A\n12-18 method f <A\n"
	  "16-17 function g <f\n22-22 variable LIMIT\n24-24 function h\n" },
	{ "ruby",
	  "require 'a'\nmodule A\n  class B < C\n    N = 1\n    def f\n      x\n    rescue E\n     "
	  " y\n"
	  "    end\n\n    def self.g(x) = x\n    private def h; end\n  end\nend\n=begin\ndef "
	  "no\n=end\n"
	  "def z\n  <<~SQL\ndef no2\n  SQL\nend\n",
	  "1-1 import a\n2-14 module A\n3-13 class B <A\n4-4 constant N <B\n5-9 method f <B\n"
	  "11-11 method g <B\n12-12 method h <B\n18-22 function z\n" },
	{ "shell",
	  ". ./lib.sh\none() {\n\tcat <<EOF\ntwo() {\nEOF\n}\nfunction three\n{\n\techo 'four() "
	  "{\n'\n}\n",
	  "1-1 import ./lib.sh\n2-6 function one\n7-11 function three\n" },
	{ "perl",
	  "package A;\nuse strict;\nsub one;\nsub two {\n    my $x = shift;\n}\n\n=head1 X\n\nsub "
	  "no {\n\n=cut\n\n"
	  "sub three\n{\n    1;\n}\n1;\n",
	  "1-1 module A\n2-2 import strict\n4-6 function two\n14-17 function three\n" },
	{ "lua",
	  "local M = {}\nlocal json = require 'json'\nfunction M.a(x)\n  if x then\n  end\nend\n"
	  "--[[\nfunction no()\n]]\nM.b = function()\nend\n",
	  "2-2 import json\n3-6 function a\n10-11 function b\n" },
	{ "sql",
	  "-- users\nCREATE TABLE users (\n  id int\n);\ncreate function f() returns int as $$\n"
	  "  select 1\n$$;\n",
	  "2-4 table users\n5-6 function f\n" },
	{ "make", "CC := gcc\ninclude a.mk\nall: a \\\n  b\n\techo $@\n\ndefine X\ny\nendef\n",
	  "1-1 variable CC\n2-2 import a.mk\n3-5 target all\n7-9 macro X\n" },
	{ "cmake", "include(CTest)\nfunction(f x)\n  set(Y 1)\n  if(x)\n  endif()\nendfunction()\n",
	  "1-1 import CTest\n2-6 function f\n3-3 variable Y <f\n" },
	{ "toml", "# a\n[a]\nb = 1\nc = [\n  1\n]\n[a.d]\ne.f = 2\n",
	  "2-6 module a\n3-3 key b <a\n4-6 key c <a\n7-8 module a.d\n8-8 key e.f <a.d\n" },
	{ "yaml", "a:\n  b: 1\n\nc: 2\n", "1-2 key a\n4-4 key c\n" },
	{ "markdown", "---\ntitle: x\n---\n# A\ntext\n## B\n```sh\n# no\n```\nC\n===\ntext\n",
	  "4-9 heading A\n6-9 heading B <A\n10-12 heading C\n" },
	{ "rst", "AA\n==\n\nB\n--\ntext\n\nC\n--\n\nLong one\n========\n",
	  "1-9 heading AA\n4-6 heading B <AA\n8-9 heading C <AA\n11-12 heading Long one\n" },
};

static void test_braces(void **state)
{
	size_t n_bad = 0;

	(void)state;
	for (size_t i = 0; i < countof(braces); i++)
		n_bad += !check_text(&braces[i]);
	assert_int_equal(n_bad, 0);
}

static void test_indents(void **state)
{
	size_t n_bad = 0;

	(void)state;
	for (size_t i = 0; i < countof(indents); i++)
		n_bad += !check_text(&indents[i]);
	assert_int_equal(n_bad, 0);
}

/* Every text cut after each of its bytes, in each language: nothing is read beyond, lines and
 * parents stay within bounds. (The sanitizers see the reading.) */
static void test_cut(void **state)
{
	struct outline outline = { 0 };

	(void)state;
	for (size_t i = 0; i < countof(braces) + countof(indents); i++) {
		const struct text_case *c =
			i < countof(braces) ? &braces[i] : &indents[i - countof(braces)];
		uint32_t n_lines = 0;

		for (size_t len = 0; len <= strlen(c->text); len++) {
			char *text = malloc(len + !len);

			assert_non_null(text);
			memcpy(text, c->text, len);
			n_lines += len == 0 || c->text[len - 1] == '\n';
			assert_int_equal(
				outline_text(outline_lang_find(c->lang), text, len, &outline), 0);
			for (size_t k = 0; k < outline.n; k++) {
				const struct outline_symbol *symbol = &outline.items[k];

				assert_true(symbol->line >= 1 && symbol->line <= symbol->end_line);
				assert_true(symbol->end_line <= n_lines);
				assert_true(symbol->parent < (int32_t)k);
				assert_true(symbol->name_at + symbol->name_len <= len);
			}
			free(text);
		}
	}
	outline_release(&outline);
}

/* Deep nesting and many symbols stop at their limits. */
static void test_limits(void **state)
{
	const struct outline_lang *c = outline_lang_find("c"),
				  *python = outline_lang_find("python");
	struct outline outline = { 0 };
	struct buf text = { .max = 64 << 20 };

	(void)state;
	for (int i = 0; i < 100000; i++)
		buf_add(&text, "{([\n", 4);
	assert_int_equal(outline_text(c, text.data, text.len, &outline), 0);
	assert_int_equal(outline.n, 0);
	buf_clear(&text);
	for (int i = 0; i < OUTLINE_SYMBOLS_MAX + 10; i++)
		buf_add(&text, "class A:\n", 9);
	assert_int_equal(outline_text(python, text.data, text.len, &outline), 0);
	assert_int_equal(outline.n, OUTLINE_SYMBOLS_MAX);
	assert_true(outline.is_cut);
	assert_int_equal(outline_text(python, "", 0, &outline), 0);
	assert_int_equal(outline.n, 0);
	assert_false(outline.is_cut);
	buf_release(&text);
	outline_release(&outline);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lang_of),  cmocka_unit_test(test_lines),
		cmocka_unit_test(test_comments), cmocka_unit_test(test_braces),
		cmocka_unit_test(test_indents),  cmocka_unit_test(test_cut),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
