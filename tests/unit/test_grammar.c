/* SPDX-License-Identifier: MIT */
/*
 * Symbols by parsers: texts that carry their answers, texts that no parser takes whole, and the
 * tables against the grammars. ctags' ends on real sources: tests/oracle/test_outline.py.
 */
#include "base/attr.h"
#include "base/buf.h"
#include "base/str.h"
#include "graph/grammar.h"
#include "graph/grammar_lang.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* FIRST-END KIND NAME <PARENT, one symbol a line. */
static void describe(const char *text, const struct outline *outline, struct buf *out)
{
	for (size_t i = 0; i < outline->n; i++) {
		const struct outline_symbol *symbol = &outline->items[i];

		buf_printf(out, "%u-%u %s %.*s", symbol->first_line, symbol->end_line,
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
	enum grammar_source source;
};

static const struct text_case cases[] = {
	{ "c",
	  "#include <a.h>\n#define TWO 2\nstruct list {\n\tint n;\n};\nstruct other;\n"
	  "typedef int (*compare_fn)(void);\nint proto(void);\nextern int away;\n"
	  "static int count = 1;\nstatic int\nfirst(int a)\n{\n\tint local = 0;\n"
	  "\tfor_each(a) {\n\t}\n\treturn local;\n}\n",
	  "1-1 import a.h\n2-2 macro TWO\n3-5 struct list\n7-7 type compare_fn\n"
	  "10-10 variable count\n11-18 function first\n",
	  GRAMMAR_PARSED },
	{ "c++",
	  "namespace a {\ntemplate <typename T>\nclass Box {\n\tint get() const { return 1; }\n"
	  "\t~Box() {}\n\tbool operator==(int b) { return true; }\n};\n}\n"
	  "int a::Box<int>::more()\n{\n\treturn 1;\n}\nusing Map = int;\n",
	  "1-8 module a\n3-7 class Box <a\n4-4 method get <Box\n5-5 method ~Box <Box\n"
	  "6-6 method operator== <Box\n9-12 function more\n13-13 type Map\n",
	  GRAMMAR_PARSED },
	{ "python",
	  "import os.path\nfrom .a import b\nLIMIT = 1\nx.y = 2\nclass A(B):\n    size = 1\n"
	  "    @dec\n    def f(self):\n        local = 1\n        def g(): pass\n        # end\n\n"
	  "async def h():\n    pass\n",
	  "1-1 import os.path\n2-2 import .a\n3-3 variable LIMIT\n5-11 class A\n"
	  "6-6 variable size <A\n8-11 method f <A\n10-10 function g <f\n13-14 function h\n",
	  GRAMMAR_PARSED },
	{ "javascript",
	  "import a from './a'\nconst b = require('b')\nclass A {\n  f() { const local = 1 }\n"
	  "  g = () => {\n  }\n}\nfunction* gen() {}\nconst add = (x) => x,\n  n = 3\n"
	  "exports.run = function () {\n}\nconst { c } = a\n",
	  "1-1 import ./a\n2-2 constant b\n2-2 import b <b\n3-7 class A\n4-4 method f <A\n"
	  "5-6 method g <A\n8-8 function gen\n9-9 function add\n10-10 constant n\n"
	  "11-12 function run\n",
	  GRAMMAR_PARSED },
	{ "tsx",
	  "import type { P } from 'p'\nexport interface Q { a(): void }\ntype T = string\n"
	  "enum E { A }\nabstract class C {\n  abstract m(): void\n}\n"
	  "export const V = (p: Q) => <div>{p.a}</div>\n",
	  "1-1 import p\n2-2 interface Q\n2-2 method a <Q\n3-3 type T\n4-4 enum E\n5-7 class C\n"
	  "6-6 method m <C\n8-8 function V\n",
	  GRAMMAR_PARSED },
	{ "go",
	  "package main\nimport (\n\t\"fmt\"\n)\ntype T struct {\n\ta int\n}\ntype I interface{}\n"
	  "const (\n\tA = 1\n)\nvar x, y = 1, 2\nfunc (t *T) Run() {\n\tvar local int\n}\n"
	  "func main() {}\n",
	  "1-1 module main\n3-3 import fmt\n5-7 struct T\n8-8 interface I\n10-10 constant A\n"
	  "12-12 variable x\n13-15 method Run\n16-16 function main\n",
	  GRAMMAR_PARSED },
	{ "rust",
	  "use std::{io, fs};\n#[derive(Debug)]\nstruct P;\ntrait Q {\n    fn a(&self);\n}\n"
	  "impl<T> Q for Box<T> {\n    fn a(&self) {\n        const LOCAL: u8 = 1;\n    }\n}\n"
	  "macro_rules! m {\n    () => {};\n}\nconst N: u8 = 1;\nmod t {\n    fn u() {}\n}\n",
	  "1-1 import std::\n3-3 struct P\n4-6 interface Q\n5-5 method a <Q\n7-11 extension Box\n"
	  "8-10 method a <Box\n12-14 macro m\n15-15 constant N\n16-18 module t\n"
	  "17-17 function u <t\n",
	  GRAMMAR_PARSED },
	{ "java",
	  "package a.b;\nimport java.util.List;\npublic class A {\n  int n = 1;\n  A() {}\n"
	  "  @Override\n  public void f() {\n    int local;\n  }\n  enum E { X }\n}\n"
	  "interface I {}\nrecord R(int x) {}\n",
	  "1-1 module a.b\n2-2 import java.util.List\n3-11 class A\n4-4 variable n <A\n"
	  "5-5 method A <A\n6-9 method f <A\n10-10 enum E <A\n12-12 interface I\n13-13 class R\n",
	  GRAMMAR_PARSED },
	{ "ruby",
	  "require 'a'\nmodule M\n  class A < B\n    N = 1\n    def f!\n      x = if y\n        1\n"
	  "      end\n    end\n    def self.g = 1\n  end\nend\ndef z; end\n",
	  "1-1 import a\n2-12 module M\n3-11 class A <M\n4-4 constant N <A\n5-9 method f! <A\n"
	  "10-10 method g <A\n13-13 function z\n",
	  GRAMMAR_PARSED },
	{ "php",
	  "<?php\nnamespace A\\B;\nuse C\\D;\nabstract class E {\n  const N = 1;\n"
	  "  function f() {\n  }\n}\nfunction g() {}\ninterface I {}\n",
	  "2-2 module A\\B\n3-3 import C\\D\n4-8 class E\n5-5 constant N <E\n6-7 method f <E\n"
	  "9-9 function g\n10-10 interface I\n",
	  GRAMMAR_PARSED },
	{ "c#",
	  "using System;\nnamespace A.B {\n  class C {\n    int n;\n    public int P { get; set; "
	  "}\n"
	  "    void F() {\n      int local = 1;\n      void G() {}\n    }\n  }\n}\n",
	  "1-1 import System\n2-11 module A.B\n3-10 class C <A.B\n4-4 variable n <C\n"
	  "5-5 variable P <C\n6-9 method F <C\n8-8 function G <F\n",
	  GRAMMAR_PARSED },
	{ "shell", ". ./lib.sh\none() {\n  echo '}'\n}\nfunction two {\n  :\n}\n",
	  "1-1 import ./lib.sh\n2-4 function one\n5-7 function two\n", GRAMMAR_PARSED },
	/* What the parser cannot take: the outline has it. */
	{ "c",
	  "SYSCALL_DEFINE(open, int, a)\n{\n\treturn 0;\n}\nstatic int fine(void)\n{\n\tif (\n}\n"
	  "static int __init after(void)\n{\n\treturn 0;\n}\n",
	  "1-4 function SYSCALL_DEFINE\n5-8 function fine\n9-12 function after\n", GRAMMAR_MERGED },
	{ "python", "def a():\n    pass\n\nclass (:\n\ndef b(:\n    pass\n\ndef c():\n    pass\n",
	  "1-2 function a\n6-7 function b\n9-10 function c\n", GRAMMAR_MERGED },
	/* No grammar. */
	{ "lua", "function a()\nend\n", "1-2 function a\n", GRAMMAR_OUTLINE },
};

static bool check(struct grammar *grammar, struct grammar_text *parsed, const struct text_case *c)
{
	static const char *const sources[] = { "outline", "merged", "parsed" };
	struct buf got = { .max = 1 << 16 };
	bool is_equal;

	assert_int_equal(grammar_read(grammar, outline_lang_find(c->lang), c->text, strlen(c->text),
				      GRAMMAR_REFERENCES, parsed),
			 0);
	describe(c->text, &parsed->outline, &got);
	buf_add(&got, "", 1);
	is_equal = strcmp(got.data, c->want) == 0 && parsed->source == c->source;
	if (!is_equal)
		print_error("%s:\n%s\ngot (%s)\n%s\nwant (%s)\n%s\n", c->lang, c->text,
			    sources[parsed->source], got.data, sources[c->source], c->want);
	buf_release(&got);
	return is_equal;
}

static void test_cases(void **state)
{
	struct grammar *grammar = grammar_new();
	struct grammar_text parsed = { 0 };
	size_t n_bad = 0;

	(void)state;
	assert_non_null(grammar);
	for (size_t i = 0; i < countof(cases); i++)
		n_bad += !check(grammar, &parsed, &cases[i]);
	assert_int_equal(n_bad, 0);
	grammar_text_release(&parsed);
	grammar_free(grammar);
}

static void test_references(void **state)
{
	static const char text[] = "import os\ndef f(a):\n    return g(a.name)\nf(1)\n";
	struct grammar *grammar = grammar_new();
	struct grammar_text parsed = { 0 };
	struct buf got = { .max = 4096 };

	(void)state;
	assert_int_equal(
		grammar_read(grammar, outline_lang_find("python"), text, strlen(text), 0, &parsed),
		0);
	assert_int_equal(parsed.references.n, 0);
	assert_int_equal(grammar_read(grammar, outline_lang_find("python"), text, strlen(text),
				      GRAMMAR_REFERENCES, &parsed),
			 0);
	for (size_t i = 0; i < parsed.references.n; i++) {
		const struct grammar_reference *reference = &parsed.references.items[i];

		buf_printf(&got, "%u %.*s %d\n", reference->line, (int)reference->name_len,
			   text + reference->name_at, reference->within);
	}
	buf_add(&got, "", 1);
	/* The import is symbol 0 and f is symbol 1. */
	assert_string_equal(got.data, "1 os -1\n2 a 1\n3 g 1\n3 a 1\n3 name 1\n4 f -1\n");
	buf_release(&got);
	grammar_text_release(&parsed);
	grammar_free(grammar);
}

static bool has_node(const TSLanguage *language, const char *name)
{
	return ts_language_symbol_for_name(language, name, (uint32_t)strlen(name), true) != 0;
}

/* A name that the grammar does not know would never be found: a rule that does nothing. */
static void test_tables(void **state)
{
	size_t n_bad = 0;

	(void)state;
	for (size_t i = 0; i < grammar_lang_count; i++) {
		const struct grammar_lang *lang = &grammar_langs[i];
		const TSLanguage *language = lang->language();

		assert_non_null(outline_lang_find(lang->name));
		assert_true(ts_language_version(language) <= TREE_SITTER_LANGUAGE_VERSION);
		assert_true(lang->n_rules < 255);
		for (size_t k = 0; k < lang->n_rules; k++) {
			const struct grammar_rule *rule = &lang->rules[k];
			bool is_bad = !has_node(language, rule->node) ||
				      (rule->field && !ts_language_field_id_for_name(
							      language, rule->field,
							      (uint32_t)strlen(rule->field)));

			if (is_bad)
				print_error("%s: no node '%s' or field '%s'\n", lang->name,
					    rule->node, rule->field ? rule->field : "-");
			n_bad += is_bad;
		}
	}
	assert_int_equal(n_bad, 0);
}

/* Over the size that is parsed, and deeper than any stack. */
static void test_limits(void **state)
{
	const struct outline_lang *c = outline_lang_find("c"),
				  *js = outline_lang_find("javascript");
	struct grammar *grammar = grammar_new();
	struct grammar_text parsed = { 0 };
	struct buf text = { .max = 8 << 20 };

	(void)state;
	buf_add_str(&text, "int first(void)\n{\n}\n");
	while (text.len <= GRAMMAR_TEXT_MAX)
		buf_add_str(&text, "/* much */\n");
	assert_int_equal(grammar_read(grammar, c, text.data, text.len, 0, &parsed), 0);
	assert_int_equal(parsed.source, GRAMMAR_OUTLINE);
	assert_int_equal(parsed.outline.n, 1);
	text.len -= strlen("/* much */\n"); /* 95,000 children of one node */
	assert_int_equal(grammar_read(grammar, c, text.data, text.len, 0, &parsed), 0);
	assert_int_equal(parsed.source, GRAMMAR_PARSED);
	buf_clear(&text);
	for (int i = 0; i < 50000; i++)
		buf_add_str(&text, "f([{a:");
	assert_int_equal(
		grammar_read(grammar, js, text.data, text.len, GRAMMAR_REFERENCES, &parsed), 0);
	assert_int_not_equal(parsed.source, GRAMMAR_PARSED);
	/* Each cast may be a call or a product: the parser is stopped by the processor's time. */
	buf_clear(&text);
	for (int i = 0; i < 20000; i++)
		buf_add_str(&text, "int a = (b)(c)-(d)*");
	assert_int_equal(grammar_read(grammar, c, text.data, text.len, 0, &parsed), 0);
	assert_int_equal(parsed.source, GRAMMAR_OUTLINE);
	/* ... and by its steps. */
	buf_clear(&text);
	for (int i = 0; i < 20000; i++)
		buf_add_str(&text, "a<b<c<d((");
	assert_int_equal(
		grammar_read(grammar, outline_lang_find("c++"), text.data, text.len, 0, &parsed),
		0);
	assert_int_equal(parsed.source, GRAMMAR_OUTLINE);
	/* The parser works on as if nothing had been. */
	assert_int_equal(grammar_read(grammar, c, "int f(void) {}", 14, 0, &parsed), 0);
	assert_int_equal(parsed.source, GRAMMAR_PARSED);
	assert_int_equal(parsed.outline.n, 1);
	assert_int_equal(grammar_read(grammar, c, "", 0, 0, &parsed), 0);
	assert_int_equal(parsed.outline.n, 0);
	assert_true(grammar_has(c));
	assert_false(grammar_has(outline_lang_find("markdown")));
	buf_release(&text);
	grammar_text_release(&parsed);
	grammar_free(grammar);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_references),
		cmocka_unit_test(test_tables),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
