/* SPDX-License-Identifier: MIT */
/*
 * The grammars of build/grammars, and which of their nodes define, import or name something. The
 * names of nodes and fields are those of src/node-types.json in each grammar; a test looks up
 * every one of them.
 */
#include "graph/grammar_lang.h"

#include "base/attr.h"
#include "base/str.h"

/* Their headers belong to the packages that are gone once they are compiled. */
#define GRAMMAR(name) const TSLanguage *tree_sitter_##name(void)
GRAMMAR(bash);
GRAMMAR(c);
GRAMMAR(c_sharp);
GRAMMAR(cpp);
GRAMMAR(go);
GRAMMAR(java);
GRAMMAR(javascript);
GRAMMAR(php);
GRAMMAR(python);
GRAMMAR(ruby);
GRAMMAR(rust);
GRAMMAR(tsx);
GRAMMAR(typescript);

#define DEFINES(node, field, symbol)                                                               \
	{                                                                                          \
		node, field, ROLE_DEFINES, SYMBOL_##symbol                                         \
	}
#define FUNCTION(node, field, symbol)                                                              \
	{                                                                                          \
		node, field, ROLE_DEFINES | ROLE_SCOPE, SYMBOL_##symbol                            \
	}
#define BODIED(node, field, symbol)                                                                \
	{                                                                                          \
		node, field, ROLE_DEFINES | ROLE_NEEDS_BODY, SYMBOL_##symbol                       \
	}
#define OUTER(node, field, symbol)                                                                 \
	{                                                                                          \
		node, field, ROLE_DEFINES | ROLE_OUTER, SYMBOL_##symbol                            \
	}
#define IMPORTS(node, field)                                                                       \
	{                                                                                          \
		node, field, ROLE_IMPORTS, SYMBOL_NONE                                             \
	}
#define REFERS(node)                                                                               \
	{                                                                                          \
		node, NULL, ROLE_REFERS, SYMBOL_NONE                                               \
	}
#define SCOPE(node)                                                                                \
	{                                                                                          \
		node, NULL, ROLE_SCOPE, SYMBOL_NONE                                                \
	}

#define RULES_OF_C                                                                                 \
	{ "function_definition", "declarator",                                                     \
	  ROLE_DEFINES | ROLE_SCOPE | ROLE_OUTER | ROLE_IS_FUNCTION, SYMBOL_FUNCTION },            \
		BODIED("struct_specifier", "name", STRUCT),                                        \
		BODIED("union_specifier", "name", STRUCT), BODIED("enum_specifier", "name", ENUM), \
		DEFINES("type_definition", "declarator", TYPE),                                    \
		DEFINES("preproc_def", "name", MACRO),                                             \
		DEFINES("preproc_function_def", "name", MACRO),                                    \
		IMPORTS("preproc_include", "path"),                                                \
		{ "declaration", "declarator", ROLE_DEFINES | ROLE_OUTER | ROLE_NO_FUNCTION,       \
		  SYMBOL_VARIABLE },                                                               \
		REFERS("identifier"), REFERS("type_identifier"), REFERS("field_identifier")

static const struct grammar_rule c_rules[] = { RULES_OF_C };

static const struct grammar_rule cpp_rules[] = {
	RULES_OF_C,
	BODIED("class_specifier", "name", CLASS),
	DEFINES("namespace_definition", "name", MODULE),
	DEFINES("alias_declaration", "name", TYPE),
	DEFINES("concept_definition", "name", TYPE),
	SCOPE("lambda_expression"),
	REFERS("namespace_identifier"),
};

static const struct grammar_rule python_rules[] = {
	FUNCTION("function_definition", "name", FUNCTION),
	DEFINES("class_definition", "name", CLASS),
	IMPORTS("import_statement", "name"),
	IMPORTS("import_from_statement", "module_name"),
	OUTER("assignment", "left", VARIABLE),
	REFERS("identifier"),
};

#define RULES_OF_JAVASCRIPT                                                                        \
	FUNCTION("function_declaration", "name", FUNCTION),                                        \
		FUNCTION("generator_function_declaration", "name", FUNCTION),                      \
		DEFINES("class_declaration", "name", CLASS),                                       \
		FUNCTION("method_definition", "name", METHOD),                                     \
		{ "variable_declarator", "name", ROLE_DEFINES | ROLE_OF_FUNCTION,                  \
		  SYMBOL_FUNCTION },                                                               \
		OUTER("variable_declarator", "name", CONSTANT),                                    \
		{ "assignment_expression", "left", ROLE_DEFINES | ROLE_OF_FUNCTION,                \
		  SYMBOL_FUNCTION },                                                               \
		{ "pair", "key", ROLE_DEFINES | ROLE_OF_FUNCTION, SYMBOL_METHOD },                 \
		IMPORTS("import_statement", "source"), IMPORTS("export_statement", "source"),      \
		{ "call_expression", "function", ROLE_IMPORTS | ROLE_COMMAND, SYMBOL_NONE },       \
		SCOPE("arrow_function"), SCOPE("function_expression"),                             \
		SCOPE("generator_function"), REFERS("identifier"), REFERS("property_identifier"),  \
		REFERS("shorthand_property_identifier"), REFERS("private_property_identifier")

static const struct grammar_rule javascript_rules[] = {
	RULES_OF_JAVASCRIPT,
	{ "field_definition", "property", ROLE_DEFINES | ROLE_OF_FUNCTION, SYMBOL_METHOD },
};

static const struct grammar_rule typescript_rules[] = {
	RULES_OF_JAVASCRIPT,
	{ "public_field_definition", "name", ROLE_DEFINES | ROLE_OF_FUNCTION, SYMBOL_METHOD },
	DEFINES("abstract_class_declaration", "name", CLASS),
	DEFINES("interface_declaration", "name", INTERFACE),
	DEFINES("enum_declaration", "name", ENUM),
	DEFINES("type_alias_declaration", "name", TYPE),
	DEFINES("internal_module", "name", MODULE),
	DEFINES("module", "name", MODULE),
	DEFINES("function_signature", "name", FUNCTION),
	DEFINES("method_signature", "name", METHOD),
	DEFINES("abstract_method_signature", "name", METHOD),
	REFERS("type_identifier"),
};

static const struct grammar_rule go_rules[] = {
	FUNCTION("function_declaration", "name", FUNCTION),
	FUNCTION("method_declaration", "name", METHOD),
	DEFINES("type_spec", "name", TYPE),
	DEFINES("type_alias", "name", TYPE),
	OUTER("const_spec", "name", CONSTANT),
	OUTER("var_spec", "name", VARIABLE),
	DEFINES("package_clause", NULL, MODULE),
	IMPORTS("import_spec", "path"),
	SCOPE("func_literal"),
	REFERS("identifier"),
	REFERS("type_identifier"),
	REFERS("field_identifier"),
	REFERS("package_identifier"),
};

static const struct grammar_rule rust_rules[] = {
	FUNCTION("function_item", "name", FUNCTION),
	DEFINES("function_signature_item", "name", FUNCTION),
	DEFINES("struct_item", "name", STRUCT),
	DEFINES("union_item", "name", STRUCT),
	DEFINES("enum_item", "name", ENUM),
	DEFINES("trait_item", "name", INTERFACE),
	DEFINES("impl_item", "type", EXTENSION),
	DEFINES("type_item", "name", TYPE),
	DEFINES("associated_type", "name", TYPE),
	DEFINES("mod_item", "name", MODULE),
	OUTER("const_item", "name", CONSTANT),
	OUTER("static_item", "name", CONSTANT),
	DEFINES("macro_definition", "name", MACRO),
	IMPORTS("use_declaration", "argument"),
	IMPORTS("extern_crate_declaration", "name"),
	SCOPE("closure_expression"),
	REFERS("identifier"),
	REFERS("type_identifier"),
	REFERS("field_identifier"),
};

static const struct grammar_rule java_rules[] = {
	DEFINES("class_declaration", "name", CLASS),
	DEFINES("record_declaration", "name", CLASS),
	DEFINES("interface_declaration", "name", INTERFACE),
	DEFINES("annotation_type_declaration", "name", INTERFACE),
	DEFINES("enum_declaration", "name", ENUM),
	FUNCTION("method_declaration", "name", METHOD),
	FUNCTION("constructor_declaration", "name", METHOD),
	FUNCTION("compact_constructor_declaration", "name", METHOD),
	DEFINES("field_declaration", "declarator", VARIABLE),
	DEFINES("constant_declaration", "declarator", CONSTANT),
	DEFINES("package_declaration", NULL, MODULE),
	IMPORTS("import_declaration", NULL),
	REFERS("identifier"),
	REFERS("type_identifier"),
};

static const struct grammar_rule ruby_rules[] = {
	FUNCTION("method", "name", FUNCTION),
	FUNCTION("singleton_method", "name", METHOD),
	DEFINES("class", "name", CLASS),
	DEFINES("module", "name", MODULE),
	{ "assignment", "left", ROLE_DEFINES | ROLE_CAPITAL, SYMBOL_CONSTANT },
	{ "call", "method", ROLE_IMPORTS | ROLE_COMMAND, SYMBOL_NONE },
	REFERS("identifier"),
	REFERS("constant"),
};

static const struct grammar_rule php_rules[] = {
	FUNCTION("function_definition", "name", FUNCTION),
	FUNCTION("method_declaration", "name", METHOD),
	DEFINES("class_declaration", "name", CLASS),
	DEFINES("interface_declaration", "name", INTERFACE),
	DEFINES("trait_declaration", "name", INTERFACE),
	DEFINES("enum_declaration", "name", ENUM),
	DEFINES("const_element", NULL, CONSTANT),
	DEFINES("namespace_definition", "name", MODULE),
	IMPORTS("namespace_use_clause", NULL),
	IMPORTS("include_expression", NULL),
	IMPORTS("include_once_expression", NULL),
	IMPORTS("require_expression", NULL),
	IMPORTS("require_once_expression", NULL),
	REFERS("name"),
};

static const struct grammar_rule csharp_rules[] = {
	DEFINES("class_declaration", "name", CLASS),
	DEFINES("record_declaration", "name", CLASS),
	DEFINES("struct_declaration", "name", STRUCT),
	DEFINES("interface_declaration", "name", INTERFACE),
	DEFINES("enum_declaration", "name", ENUM),
	FUNCTION("method_declaration", "name", METHOD),
	FUNCTION("constructor_declaration", "name", METHOD),
	FUNCTION("destructor_declaration", "name", METHOD),
	FUNCTION("local_function_statement", "name", FUNCTION),
	DEFINES("delegate_declaration", "name", METHOD),
	DEFINES("property_declaration", "name", VARIABLE),
	OUTER("variable_declarator", "name", VARIABLE),
	DEFINES("namespace_declaration", "name", MODULE),
	DEFINES("file_scoped_namespace_declaration", "name", MODULE),
	IMPORTS("using_directive", NULL),
	SCOPE("lambda_expression"),
	REFERS("identifier"),
};

static const struct grammar_rule bash_rules[] = {
	FUNCTION("function_definition", "name", FUNCTION),
	{ "command", "name", ROLE_IMPORTS | ROLE_COMMAND, SYMBOL_NONE },
	REFERS("command_name"),
	REFERS("variable_name"),
};

#define RULES(rules) rules, countof(rules)

const struct grammar_lang grammar_langs[] = {
	{ "c", tree_sitter_c, RULES(c_rules) },
	{ "c++", tree_sitter_cpp, RULES(cpp_rules) },
	{ "c or c++", tree_sitter_cpp, RULES(cpp_rules) },
	{ "python", tree_sitter_python, RULES(python_rules) },
	{ "javascript", tree_sitter_javascript, RULES(javascript_rules) },
	{ "typescript", tree_sitter_typescript, RULES(typescript_rules) },
	{ "tsx", tree_sitter_tsx, RULES(typescript_rules) },
	{ "go", tree_sitter_go, RULES(go_rules) },
	{ "rust", tree_sitter_rust, RULES(rust_rules) },
	{ "java", tree_sitter_java, RULES(java_rules) },
	{ "ruby", tree_sitter_ruby, RULES(ruby_rules) },
	{ "php", tree_sitter_php, RULES(php_rules) },
	{ "c#", tree_sitter_c_sharp, RULES(csharp_rules) },
	{ "shell", tree_sitter_bash, RULES(bash_rules) },
};

const size_t grammar_lang_count = countof(grammar_langs);

const struct grammar_lang *grammar_lang_of(const struct outline_lang *lang)
{
	const char *name = outline_lang_name(lang);

	for (size_t i = 0; i < grammar_lang_count; i++)
		if (str_equal(grammar_langs[i].name, name))
			return &grammar_langs[i];
	return NULL;
}
