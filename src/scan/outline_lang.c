/* SPDX-License-Identifier: MIT */
/*
 * The languages: their words, their marks, and which shape of line they have. A language whose
 * definitions all begin with a word needs no more than its rows here.
 */
#include "scan/outline_lang.h"

#include "base/attr.h"
#include "base/str.h"

#define SKIP(word)                                                                                 \
	{                                                                                          \
		word, ACT_SKIP, SYMBOL_NONE                                                        \
	}
#define BODY(word)                                                                                 \
	{                                                                                          \
		word, ACT_BODY, SYMBOL_NONE                                                        \
	}
#define IMPORT(word)                                                                               \
	{                                                                                          \
		word, ACT_IMPORT, SYMBOL_NONE                                                      \
	}
#define DEFINE(word, symbol)                                                                       \
	{                                                                                          \
		word, ACT_DEFINE, SYMBOL_##symbol                                                  \
	}

#define WORDS_OF_CONTROL                                                                           \
	BODY("if"), BODY("else"), BODY("for"), BODY("while"), BODY("do"), BODY("switch"),          \
		BODY("case"), BODY("return"), BODY("break"), BODY("continue"), BODY("try"),        \
		BODY("catch"), BODY("throw")

static const struct outline_word c_words[] = {
	WORDS_OF_CONTROL,
	BODY("goto"),
	BODY("sizeof"),
	BODY("asm"),
	BODY("__asm__"),
	BODY("delete"),
	BODY("new"),
	BODY("co_return"),
	BODY("co_await"),
	BODY("public"),
	BODY("private"),
	BODY("protected"),
	BODY("static_assert"),
	BODY("_Static_assert"),
	DEFINE("struct", STRUCT),
	DEFINE("union", STRUCT),
	DEFINE("enum", ENUM),
};

static const struct outline_word cpp_words[] = {
	WORDS_OF_CONTROL,        BODY("goto"),
	BODY("sizeof"),          BODY("asm"),
	BODY("delete"),          BODY("new"),
	BODY("co_return"),       BODY("co_await"),
	BODY("public"),          BODY("private"),
	BODY("protected"),       BODY("friend"),
	BODY("static_assert"),   DEFINE("struct", STRUCT),
	DEFINE("union", STRUCT), DEFINE("enum", ENUM),
	DEFINE("class", CLASS),  DEFINE("namespace", MODULE),
	DEFINE("concept", TYPE),
};

static const struct outline_word python_words[] = {
	SKIP("async"),
	DEFINE("def", FUNCTION),
	DEFINE("cdef", FUNCTION),
	DEFINE("class", CLASS),
	IMPORT("import"),
	IMPORT("from"),
	BODY("if"),
	BODY("return"),
};

static const struct outline_word js_words[] = {
	WORDS_OF_CONTROL,
	SKIP("export"),
	SKIP("declare"),
	SKIP("abstract"),
	SKIP("async"),
	DEFINE("function", FUNCTION),
	DEFINE("class", CLASS),
	DEFINE("interface", INTERFACE),
	DEFINE("enum", ENUM),
	DEFINE("type", TYPE),
	DEFINE("namespace", MODULE),
	DEFINE("module", MODULE),
	DEFINE("const", CONSTANT),
	DEFINE("let", VARIABLE),
	DEFINE("var", VARIABLE),
	IMPORT("import"),
	BODY("await"),
	BODY("yield"),
	BODY("new"),
	BODY("delete"),
	BODY("typeof"),
	BODY("void"),
	BODY("with"),
	BODY("finally"),
	BODY("super"),
};

static const struct outline_word go_words[] = {
	DEFINE("func", FUNCTION),  DEFINE("type", TYPE),      DEFINE("var", VARIABLE),
	DEFINE("const", CONSTANT), DEFINE("package", MODULE), IMPORT("import"),
};

static const struct outline_word rust_words[] = {
	SKIP("pub"),
	SKIP("async"),
	SKIP("unsafe"),
	SKIP("extern"),
	SKIP("default"),
	SKIP("auto"),
	DEFINE("fn", FUNCTION),
	DEFINE("struct", STRUCT),
	DEFINE("union", STRUCT),
	DEFINE("enum", ENUM),
	DEFINE("trait", INTERFACE),
	DEFINE("impl", EXTENSION),
	DEFINE("type", TYPE),
	DEFINE("mod", MODULE),
	DEFINE("const", CONSTANT),
	DEFINE("static", CONSTANT),
	DEFINE("macro_rules", MACRO),
	IMPORT("use"),
};

static const struct outline_word java_words[] = {
	WORDS_OF_CONTROL,
	SKIP("public"),
	SKIP("private"),
	SKIP("protected"),
	SKIP("static"),
	SKIP("final"),
	SKIP("abstract"),
	SKIP("sealed"),
	SKIP("native"),
	SKIP("synchronized"),
	SKIP("transient"),
	SKIP("volatile"),
	SKIP("strictfp"),
	DEFINE("class", CLASS),
	DEFINE("interface", INTERFACE),
	DEFINE("enum", ENUM),
	DEFINE("record", CLASS),
	DEFINE("package", MODULE),
	IMPORT("import"),
	BODY("new"),
	BODY("assert"),
	BODY("yield"),
	BODY("finally"),
};

static const struct outline_word csharp_words[] = {
	WORDS_OF_CONTROL,
	SKIP("public"),
	SKIP("private"),
	SKIP("protected"),
	SKIP("internal"),
	SKIP("static"),
	SKIP("sealed"),
	SKIP("abstract"),
	SKIP("virtual"),
	SKIP("override"),
	SKIP("readonly"),
	SKIP("partial"),
	SKIP("unsafe"),
	SKIP("extern"),
	SKIP("async"),
	SKIP("required"),
	SKIP("ref"),
	SKIP("file"),
	SKIP("const"),
	SKIP("volatile"),
	SKIP("event"),
	SKIP("delegate"),
	DEFINE("class", CLASS),
	DEFINE("struct", STRUCT),
	DEFINE("interface", INTERFACE),
	DEFINE("enum", ENUM),
	DEFINE("record", CLASS),
	DEFINE("namespace", MODULE),
	IMPORT("using"),
	BODY("new"),
	BODY("await"),
	BODY("yield"),
	BODY("lock"),
	BODY("foreach"),
	BODY("fixed"),
	BODY("finally"),
	BODY("goto"),
	BODY("get"),
	BODY("set"),
	BODY("var"),
};

static const struct outline_word kotlin_words[] = {
	SKIP("public"),
	SKIP("private"),
	SKIP("protected"),
	SKIP("internal"),
	SKIP("open"),
	SKIP("abstract"),
	SKIP("final"),
	SKIP("sealed"),
	SKIP("data"),
	SKIP("inline"),
	SKIP("value"),
	SKIP("annotation"),
	SKIP("inner"),
	SKIP("companion"),
	SKIP("override"),
	SKIP("suspend"),
	SKIP("operator"),
	SKIP("infix"),
	SKIP("tailrec"),
	SKIP("external"),
	SKIP("expect"),
	SKIP("actual"),
	SKIP("lateinit"),
	SKIP("const"),
	DEFINE("fun", FUNCTION),
	DEFINE("class", CLASS),
	DEFINE("interface", INTERFACE),
	DEFINE("object", CLASS),
	DEFINE("typealias", TYPE),
	DEFINE("val", CONSTANT),
	DEFINE("var", VARIABLE),
	DEFINE("package", MODULE),
	IMPORT("import"),
};

static const struct outline_word scala_words[] = {
	SKIP("private"),
	SKIP("protected"),
	SKIP("final"),
	SKIP("sealed"),
	SKIP("abstract"),
	SKIP("implicit"),
	SKIP("lazy"),
	SKIP("override"),
	SKIP("inline"),
	SKIP("case"),
	SKIP("opaque"),
	SKIP("transparent"),
	DEFINE("def", FUNCTION),
	DEFINE("class", CLASS),
	DEFINE("object", CLASS),
	DEFINE("trait", INTERFACE),
	DEFINE("enum", ENUM),
	DEFINE("type", TYPE),
	DEFINE("val", CONSTANT),
	DEFINE("var", VARIABLE),
	DEFINE("package", MODULE),
	IMPORT("import"),
};

static const struct outline_word swift_words[] = {
	SKIP("public"),
	SKIP("private"),
	SKIP("fileprivate"),
	SKIP("internal"),
	SKIP("open"),
	SKIP("static"),
	SKIP("final"),
	SKIP("override"),
	SKIP("mutating"),
	SKIP("nonmutating"),
	SKIP("indirect"),
	SKIP("lazy"),
	SKIP("weak"),
	SKIP("unowned"),
	SKIP("convenience"),
	SKIP("required"),
	SKIP("prefix"),
	SKIP("postfix"),
	SKIP("infix"),
	DEFINE("func", FUNCTION),
	DEFINE("class", CLASS),
	DEFINE("actor", CLASS),
	DEFINE("struct", STRUCT),
	DEFINE("enum", ENUM),
	DEFINE("protocol", INTERFACE),
	DEFINE("extension", EXTENSION),
	DEFINE("typealias", TYPE),
	DEFINE("associatedtype", TYPE),
	DEFINE("let", CONSTANT),
	DEFINE("var", VARIABLE),
	IMPORT("import"),
};

static const struct outline_word ruby_words[] = {
	SKIP("private"),          SKIP("protected"),       SKIP("public"),
	SKIP("module_function"),  DEFINE("def", FUNCTION), DEFINE("class", CLASS),
	DEFINE("module", MODULE), IMPORT("require"),       IMPORT("require_relative"),
	IMPORT("load"),
};

static const struct outline_word php_words[] = {
	SKIP("public"),
	SKIP("private"),
	SKIP("protected"),
	SKIP("static"),
	SKIP("final"),
	SKIP("abstract"),
	SKIP("readonly"),
	DEFINE("function", FUNCTION),
	DEFINE("class", CLASS),
	DEFINE("interface", INTERFACE),
	DEFINE("trait", INTERFACE),
	DEFINE("enum", ENUM),
	DEFINE("namespace", MODULE),
	DEFINE("const", CONSTANT),
	IMPORT("use"),
	IMPORT("require"),
	IMPORT("require_once"),
	IMPORT("include"),
	IMPORT("include_once"),
};

static const struct outline_word shell_words[] = {
	DEFINE("function", FUNCTION),
	IMPORT("source"),
	IMPORT("."),
};

static const struct outline_word perl_words[] = {
	DEFINE("sub", FUNCTION),
	DEFINE("package", MODULE),
	IMPORT("use"),
	IMPORT("require"),
	BODY("no"),
};

static const struct outline_word lua_words[] = {
	SKIP("local"),
	DEFINE("function", FUNCTION),
	IMPORT("require"),
	BODY("return"),
};

static const struct outline_word sql_words[] = {
	DEFINE("table", TABLE),        DEFINE("view", TABLE),       DEFINE("function", FUNCTION),
	DEFINE("procedure", FUNCTION), DEFINE("trigger", FUNCTION), DEFINE("type", TYPE),
	DEFINE("domain", TYPE),        DEFINE("index", KEY),        DEFINE("sequence", KEY),
	DEFINE("schema", MODULE),      DEFINE("database", MODULE),
};

static const struct outline_word cmake_words[] = {
	DEFINE("function", FUNCTION),  DEFINE("macro", MACRO),  DEFINE("add_executable", TARGET),
	DEFINE("add_library", TARGET), DEFINE("set", VARIABLE), DEFINE("option", VARIABLE),
	DEFINE("project", MODULE),     IMPORT("include"),       IMPORT("find_package"),
};

#define WORDS(table) .words = (table), .n_words = countof(table)
#define SLASHES .line_comments = { "//" }, .block_open = "/*", .block_close = "*/"
#define HASH .line_comments = { "#" }

const struct outline_lang outline_langs[] = {
	{ "c", ".c", WORDS(c_words), outline_shape_c, SLASHES, RULE_BRACE,
	  LEX_SEMICOLON | LEX_CHAR | LEX_PREPROCESSOR | LEX_NESTED_ONLY_KEYWORD | LEX_TOP_ONLY },
	{ "c or c++", ".h", WORDS(cpp_words), outline_shape_c, SLASHES, RULE_BRACE,
	  LEX_ATTRIBUTES | LEX_SEMICOLON | LEX_CHAR | LEX_PREPROCESSOR | LEX_NESTED_ONLY_KEYWORD },
	{ "c++", ".cc .cpp .cxx .c++ .hh .hpp .hxx .h++ .ipp .inl .tcc .cu .cuh", WORDS(cpp_words),
	  outline_shape_c, SLASHES, RULE_BRACE,
	  LEX_ATTRIBUTES | LEX_SEMICOLON | LEX_CHAR | LEX_PREPROCESSOR | LEX_NESTED_ONLY_KEYWORD },
	{ "objective-c", ".m .mm", WORDS(cpp_words), outline_shape_c, SLASHES, RULE_BRACE,
	  LEX_OBJC | LEX_SEMICOLON | LEX_CHAR | LEX_PREPROCESSOR | LEX_NESTED_ONLY_KEYWORD },
	{ "python", ".py .pyi .pyx .pxd SConstruct SConscript wscript", WORDS(python_words),
	  outline_shape_words, HASH, NULL, NULL, RULE_INDENT,
	  LEX_SINGLE | LEX_TRIPLE | LEX_TRIPLE_SINGLE | LEX_ASSIGN_TOP | LEX_JOINED },
	{ "javascript", ".js .jsx .mjs .cjs", WORDS(js_words), outline_shape_js, SLASHES,
	  RULE_BRACE, LEX_ATTRIBUTES | LEX_SINGLE | LEX_BACKTICK | LEX_REGEX },
	{ "typescript", ".ts .mts .cts", WORDS(js_words), outline_shape_js, SLASHES, RULE_BRACE,
	  LEX_ATTRIBUTES | LEX_SINGLE | LEX_BACKTICK | LEX_REGEX | LEX_BODYLESS },
	{ "tsx", ".tsx", WORDS(js_words), outline_shape_js, SLASHES, RULE_BRACE,
	  LEX_ATTRIBUTES | LEX_SINGLE | LEX_BACKTICK | LEX_REGEX | LEX_BODYLESS },
	{ "vue", ".vue .svelte", WORDS(js_words), outline_shape_js, SLASHES, RULE_BRACE,
	  LEX_ATTRIBUTES | LEX_SINGLE | LEX_BACKTICK | LEX_REGEX | LEX_BODYLESS },
	{ "go", ".go", WORDS(go_words), outline_shape_go, SLASHES, RULE_BRACE,
	  LEX_CHAR | LEX_BACKTICK },
	{ "rust", ".rs", WORDS(rust_words), outline_shape_words, SLASHES, RULE_BRACE,
	  LEX_ATTRIBUTES | LEX_SEMICOLON | LEX_CHAR | LEX_BODYLESS | LEX_MULTILINE | LEX_RAW |
		  LEX_NESTED },
	{ "java", ".java", WORDS(java_words), outline_shape_typed, SLASHES, RULE_BRACE,
	  LEX_ATTRIBUTES | LEX_SEMICOLON | LEX_CHAR | LEX_TRIPLE | LEX_BODYLESS |
		  LEX_NESTED_ONLY_KEYWORD },
	{ "c#", ".cs .csx", WORDS(csharp_words), outline_shape_typed, SLASHES, RULE_BRACE,
	  LEX_ATTRIBUTES | LEX_SEMICOLON | LEX_CHAR | LEX_TRIPLE | LEX_BODYLESS |
		  LEX_NESTED_ONLY_KEYWORD | LEX_PROPERTIES },
	{ "kotlin", ".kt .kts .gradle", WORDS(kotlin_words), outline_shape_words, SLASHES,
	  RULE_BRACE, LEX_ATTRIBUTES | LEX_CHAR | LEX_TRIPLE | LEX_BODYLESS | LEX_NESTED },
	{ "scala", ".scala .sc .sbt", WORDS(scala_words), outline_shape_words, SLASHES, RULE_BRACE,
	  LEX_ATTRIBUTES | LEX_CHAR | LEX_TRIPLE | LEX_BODYLESS | LEX_NESTED },
	{ "swift", ".swift", WORDS(swift_words), outline_shape_words, SLASHES, RULE_BRACE,
	  LEX_ATTRIBUTES | LEX_TRIPLE | LEX_BODYLESS | LEX_NESTED },
	{ "ruby", ".rb .rake .gemspec .ru .podspec Rakefile Gemfile Vagrantfile", WORDS(ruby_words),
	  outline_shape_words, HASH, NULL, NULL, RULE_INDENT,
	  LEX_SINGLE | LEX_HEREDOC | LEX_POD | LEX_ASSIGN_CONSTANT | LEX_LAST_PART },
	{ "php", ".php .php3 .php5 .phtml .inc", WORDS(php_words), outline_shape_words,
	  .line_comments = { "//", "#" }, .block_open = "/*", .block_close = "*/", RULE_BRACE,
	  LEX_SEMICOLON | LEX_SINGLE | LEX_HEREDOC | LEX_BODYLESS | LEX_MULTILINE },
	{ "shell", ".sh .bash .zsh .ksh .bats .ebuild PKGBUILD .bashrc .profile",
	  WORDS(shell_words), outline_shape_shell, HASH, NULL, NULL, RULE_INDENT,
	  LEX_SINGLE | LEX_HEREDOC | LEX_MULTILINE },
	{ "perl", ".pl .pm .t .PL", WORDS(perl_words), outline_shape_words, HASH, NULL, NULL,
	  RULE_INDENT, LEX_HEREDOC | LEX_POD },
	{ "lua", ".lua", WORDS(lua_words), outline_shape_words, .line_comments = { "--" },
	  .block_open = "--[[", .block_close = "]]", RULE_INDENT,
	  LEX_SINGLE | LEX_ASSIGN_FUNCTION },
	{ "sql", ".sql .ddl .psql", WORDS(sql_words), outline_shape_sql, .line_comments = { "--" },
	  .block_open = "/*", .block_close = "*/", RULE_INDENT, LEX_SINGLE | LEX_NO_CASE },
	{ "make", ".mk .mak Makefile makefile GNUmakefile Kbuild", NULL, 0, outline_shape_make,
	  HASH, NULL, NULL, RULE_INDENT, LEX_KEYS },
	{ "cmake", ".cmake CMakeLists.txt", WORDS(cmake_words), outline_shape_cmake, HASH, NULL,
	  NULL, RULE_INDENT, LEX_NO_CASE | LEX_KEYS },
	{ "markdown", ".md .markdown .mdx .mkd", NULL, 0, outline_shape_heading,
	  .block_open = "<!--", .block_close = "-->", RULE_LEVEL, LEX_SETEXT },
	{ "rst", ".rst .rest", NULL, 0, outline_shape_prose, .line_comments = { ".. " }, NULL, NULL,
	  RULE_LEVEL, LEX_UNDERLINE },
	{ "text", ".txt .text .adoc README LICENSE COPYING CHANGES NEWS AUTHORS TODO", NULL, 0,
	  outline_shape_prose, .line_comments = { NULL }, NULL, NULL, RULE_LEVEL, 0 },
	{ "yaml", ".yaml .yml", NULL, 0, outline_shape_key, HASH, NULL, NULL, RULE_INDENT,
	  LEX_KEYS },
	{ "toml", ".toml .ini .cfg .conf", NULL, 0, outline_shape_key,
	  .line_comments = { "#", ";" }, NULL, NULL, RULE_INDENT, LEX_KEYS },
};

const size_t outline_lang_count = countof(outline_langs);

static bool is_in_list(const char *list, const char *word, size_t len)
{
	for (const char *at = list; *at;) {
		size_t n = strcspn(at, " ");

		if (n == len && memcmp(at, word, n) == 0)
			return true;
		at += n + (at[n] == ' ');
	}
	return false;
}

const struct outline_lang *outline_lang_of(const char *path, size_t len)
{
	const char *slash = memrchr(path, '/', len);
	const char *name = slash ? slash + 1 : path, *end = path + len, *dot;

	if (name == end)
		return NULL;
	for (size_t i = 0; i < outline_lang_count; i++) /* CMakeLists.txt is no text */
		if (is_in_list(outline_langs[i].suffixes, name, (size_t)(end - name)))
			return &outline_langs[i];
	dot = memrchr(name, '.', (size_t)(end - name));
	if (!dot)
		return NULL;
	for (size_t i = 0; i < outline_lang_count; i++)
		if (is_in_list(outline_langs[i].suffixes, dot, (size_t)(end - dot)))
			return &outline_langs[i];
	return NULL;
}

const struct outline_lang *outline_lang_find(const char *name)
{
	for (size_t i = 0; i < outline_lang_count; i++)
		if (str_equal(outline_langs[i].name, name))
			return &outline_langs[i];
	return NULL;
}

const char *outline_lang_name(const struct outline_lang *lang)
{
	return lang->name;
}

bool outline_has_macros(const struct outline_lang *lang)
{
	return lang->lexis & LEX_PREPROCESSOR;
}

const char *symbol_kind_name(enum symbol_kind kind)
{
	static const char *const names[SYMBOL_COUNT] = {
		[SYMBOL_NONE] = "none",           [SYMBOL_FUNCTION] = "function",
		[SYMBOL_METHOD] = "method",       [SYMBOL_CLASS] = "class",
		[SYMBOL_STRUCT] = "struct",       [SYMBOL_ENUM] = "enum",
		[SYMBOL_INTERFACE] = "interface", [SYMBOL_EXTENSION] = "extension",
		[SYMBOL_TYPE] = "type",           [SYMBOL_MACRO] = "macro",
		[SYMBOL_VARIABLE] = "variable",   [SYMBOL_CONSTANT] = "constant",
		[SYMBOL_MODULE] = "module",       [SYMBOL_TABLE] = "table",
		[SYMBOL_TARGET] = "target",       [SYMBOL_KEY] = "key",
		[SYMBOL_HEADING] = "heading",
	};

	return (size_t)kind < SYMBOL_COUNT ? names[kind] : names[SYMBOL_NONE];
}
