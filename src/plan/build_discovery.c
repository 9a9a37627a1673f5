/* SPDX-License-Identifier: MIT */
/*
 * The workflow of `start`: four tables. Names that have a meaning by convention (globs), lines
 * that have one (greps), what git knows (commands), and how much of it for which size of tree.
 * All globs and greps of the plan share one walk over the tree, so another row costs little.
 */
#include "base/json_write.h"
#include "base/vec.h"
#include "plan/build.h"

/* By size of the tree: fewer than 100 files, up to 1,000, more. */
struct size {
	uint64_t below; /* files */
	unsigned level; /* rows of a higher one are left out */
	unsigned languages, reads, entries;
};

static const struct size *size_of(const struct build_tree *tree)
{
	static const struct size sizes[] = {
		{ 100, 0, 2, 8, 2 },
		{ BUILD_FILES_ENOUGH, 1, 4, 14, 4 },
		{ UINT64_MAX, 2, BUILD_LANGUAGES, 24, 8 },
	};
	size_t i = 0;

	while (tree->n_files >= sizes[i].below && i + 1 < countof(sizes))
		i++;
	return &sizes[i];
}

/* ---- names ---- */

struct names_row {
	const char *id, *pattern;
	unsigned level;
};

static const struct names_row names_rows[] = {
	{ "files", "!.git", 0 },
	{ "manifests",
	  "**/{package.json,pyproject.toml,setup.py,setup.cfg,requirements*.txt,Pipfile,Cargo.toml,"
	  "go.mod,pom.xml,build.gradle,build.gradle.kts,build.xml,build.sbt,Gemfile,*.gemspec,"
	  "composer.json,*.csproj,*.sln,CMakeLists.txt,meson.build,configure.ac,configure.in,"
	  "Makefile,makefile,GNUmakefile,Makefile.am,justfile,Justfile,Rakefile,tox.ini,noxfile.py,"
	  "BUILD.bazel,WORKSPACE,SConstruct,mix.exs,*.cabal,dune-project,debian/control}",
	  0 },
	{ "documents",
	  "**/{README*,Readme*,readme*,CONTRIBUTING*,ARCHITECTURE*,DESIGN*,HACKING*,INSTALL*,"
	  "DEVELOPMENT*,AGENTS.md,CLAUDE.md,SECURITY*,MAINTAINERS*,CHANGELOG*,CHANGES*,NEWS*}",
	  0 },
	{ "guides", "**/{doc,docs,documentation,Documentation}/**/*.{md,rst,adoc,txt}", 1 },
	{ "tests",
	  "**/{{test,tests,spec,specs,__tests__}/**,{test_*,*_test,*.test,*.spec,*_spec,*Test,"
	  "*Tests,*-test}.*}",
	  0 },
	{ "ci",
	  "{.github/workflows/*.{yml,yaml},.gitlab-ci.yml,.travis.yml,.circleci/config.yml,"
	  "azure-pipelines.yml,Jenkinsfile,appveyor.yml,.appveyor.yml,.cirrus.yml,.drone.yml,"
	  ".woodpecker.yml,.builds/*,bitbucket-pipelines.yml}",
	  0 },
	{ "licences", "**/{LICENSE*,LICENCE*,COPYING*,License*,UNLICENSE*}", 0 },
	{ "containers",
	  "**/{Dockerfile*,*.dockerfile,Containerfile,docker-compose*.{yml,yaml},"
	  "compose.{yml,yaml},flake.nix,shell.nix,Vagrantfile}",
	  1 },
	{ "conventions",
	  "**/{.clang-format,.clang-tidy,.editorconfig,.eslintrc*,eslint.config.*,.prettierrc*,"
	  "biome.json,.flake8,ruff.toml,.ruff.toml,mypy.ini,.pylintrc,.rubocop.yml,rustfmt.toml,"
	  ".rustfmt.toml,clippy.toml,.golangci.{yml,yaml},.pre-commit-config.yaml,checkstyle*.xml,"
	  ".stylelintrc*,tsconfig.json,.jshintrc,.jscsrc,.shellcheckrc,.yamllint*}",
	  0 },
	{ "vendored",
	  "**/{vendor,node_modules,third_party,third-party,thirdparty,3rdparty,bower_components,"
	  "Godeps,_vendor,vendored,missing-sources,.pc}/**",
	  0 },
	{ "made",
	  "**/{*.min.js,*.min.css,*.pb.go,*_pb2.py,*_pb2_grpc.py,*.pb.cc,*.pb.h,*.generated.*,"
	  "*_generated.*,*.lock,package-lock.json,pnpm-lock.yaml,go.sum,aclocal.m4,"
	  "config.guess,config.sub,ltmain.sh,*.snap}",
	  0 },
};

/* ---- lines ---- */

enum { ANY_LANGUAGE = BUILD_LANGUAGES };

struct lines_row {
	const char *id, *pattern, *glob;
	unsigned language, level;
	bool ignore_case, hidden;
};

static const struct lines_row lines_rows[] = {
	/* Where programs begin. */
	{ "main-c", "^((int|void|auto)\\s+)?(main|wmain|WinMain)\\s*\\(", "*.{c,cc,cpp,cxx,C,m,mm}",
	  BUILD_C, 0, false, false },
	{ "main-python", "^if\\s+__name__\\s*==\\s*['\"]__main__['\"]", "*.py", BUILD_PYTHON, 0,
	  false, false },
	{ "main-js",
	  "^#!.*\\b(node|deno|bun)\\b|\\brequire\\.main\\s*===?\\s*module\\b|"
	  "^\\s*[\\w.]+\\.listen\\(|\\bcreateServer\\(",
	  "*.{js,mjs,cjs,ts,tsx}", BUILD_JS, 0, false, false },
	{ "main-rust", "^(pub )?(async )?fn main\\(", "*.rs", BUILD_RUST, 0, false, false },
	{ "main-go", "^func main\\(\\)", "*.go", BUILD_GO, 0, false, false },
	{ "main-jvm",
	  "\\bpublic\\s+static\\s+(final\\s+)?void\\s+main\\s*\\(|^fun main\\(|"
	  "\\bstatic\\s+(async\\s+)?(void|int|Task(<int>)?)\\s+Main\\s*\\(|\\bextends App\\b",
	  "*.{java,kt,scala,cs}", BUILD_JVM, 0, false, false },
	{ "main-ruby", "^if\\s+(__FILE__\\s*==\\s*\\$(0|PROGRAM_NAME)|\\$0\\s*==\\s*__FILE__)",
	  "*.rb", BUILD_RUBY, 0, false, false },
	{ "servers",
	  "\\b(FastAPI|Flask|Sanic|Starlette)\\(|\\bgin\\.(Default|New)\\(|"
	  "\\bhttp\\.ListenAndServe|\\baxum::serve|\\bHttpServer::new\\(|"
	  "\\bSpringApplication\\.run\\(|=\\s*(express|fastify)\\(|\\buvicorn\\.run\\(",
	  "*.{py,go,rs,java,kt,js,mjs,ts}", ANY_LANGUAGE, 1, false, false },
	/* How it is tested, told by what tests bring in. */
	{ "frameworks",
	  "#\\s*include\\s*[<\"](cmocka|check|gtest/gtest|unity|kunit/test|criterion/criterion|"
	  "catch2?/catch\\w*|doctest/doctest|doctest)\\.h|^\\s*import\\s+(pytest|unittest)\\b|"
	  "^\\s*from\\s+(pytest|unittest)\\b|^\\s*#\\[(tokio::)?test\\]|\\bt \\*testing\\.T\\b|"
	  "^import\\s+(static\\s+)?org\\.(junit|testng|scalatest)|"
	  "(from|require\\()\\s*['\"](vitest|@jest/globals|mocha|ava|tape|node:test|tap)['\"]|"
	  "^require\\s+['\"](minitest|rspec|test/unit)|\\bextends\\s+(\\\\?PHPUnit|TestCase)|"
	  "^using (Xunit|NUnit)",
	  "*.{c,cc,cpp,h,hpp,py,rs,go,java,kt,scala,js,mjs,cjs,ts,tsx,rb,php,cs}", ANY_LANGUAGE, 0,
	  false, false },
	/* What is left to do, and what may go wrong. */
	{ "marks", "\\b(TODO|FIXME|HACK|XXX)\\b", NULL, ANY_LANGUAGE, 0, false, false },
	{ "deprecated",
	  "@[Dd]eprecated\\b|\\[\\[deprecated|\\bdeprecated\\s*\\(\\(|#\\[deprecated|"
	  "\\bDeprecationWarning\\b|\\[Obsolete\\b",
	  NULL, ANY_LANGUAGE, 1, false, false },
	{ "generated",
	  "Code generated .*DO NOT EDIT|@generated\\b|"
	  "[Tt]his file (is|was) (automatically |auto-?)?generated|"
	  "[Gg]enerated (automatically )?by (GNU|aclocal|automake|[Aa]utoconf|SWIG|protoc)\\b",
	  NULL, ANY_LANGUAGE, 0, false, false },
	{ "unsafe-c", "\\b(strcpy|strcat|sprintf|vsprintf|gets|system|popen|mktemp|tmpnam)\\s*\\(",
	  "*.{c,h,cc,cpp,cxx,hpp,m}", BUILD_C, 0, false, false },
	{ "unsafe-python",
	  "(^|[^\\w.])(eval|exec)\\s*\\(|\\bshell\\s*=\\s*True\\b|\\bos\\.(system|popen)\\s*\\(|"
	  "\\bpickle\\.loads?\\s*\\(|\\byaml\\.(unsafe_)?load\\s*\\(|\\bverify\\s*=\\s*False\\b",
	  "*.py", BUILD_PYTHON, 0, false, false },
	{ "unsafe-js",
	  "(^|[^\\w.])eval\\s*\\(|\\bnew Function\\s*\\(|\\bchild_process\\b|\\.innerHTML\\s*=[^=]|"
	  "\\bdangerouslySetInnerHTML\\b|\\brejectUnauthorized\\s*:\\s*false",
	  "*.{js,mjs,cjs,ts,tsx,jsx,vue}", BUILD_JS, 0, false, false },
	{ "unsafe-rust", "\\bunsafe\\s*(\\{|fn\\b|impl\\b)", "*.rs", BUILD_RUST, 0, false, false },
	{ "unsafe-go",
	  "\\bunsafe\\.Pointer\\b|\\bInsecureSkipVerify:\\s*true|\\bexec\\.Command(Context)?\\(",
	  "*.go", BUILD_GO, 0, false, false },
	{ "unsafe-jvm",
	  "\\bgetRuntime\\(\\)\\.exec\\(|\\bnew (ObjectInputStream|ProcessBuilder)\\(|"
	  "\\bProcess\\.Start\\(|\\bBinaryFormatter\\b|\\bsetAccessible\\(true\\)",
	  "*.{java,kt,scala,cs}", BUILD_JVM, 0, false, false },
	{ "unsafe-ruby",
	  "(^|[^\\w.])(eval|system|exec)[ (]|\\b(instance|class)_eval\\b|"
	  "\\b(Marshal|YAML)\\.load\\b",
	  "*.{rb,rake}", BUILD_RUBY, 0, false, false },
	{ "unsafe-php", "\\b(eval|exec|system|shell_exec|passthru|unserialize)\\s*\\(", "*.php",
	  BUILD_PHP, 0, false, false },
	{ "unsafe-shell", "^\\s*eval\\s|\\b(curl|wget)\\b[^|]*\\|\\s*(sudo\\s+)?(ba)?sh\\b",
	  "*.{sh,bash}", BUILD_SHELL, 1, false, false },
	{ "secrets",
	  "-----BEGIN ([A-Z]+ )*PRIVATE KEY-----|\\bAKIA[0-9A-Z]{16}\\b|"
	  "\\bgh[pousr]_[A-Za-z0-9]{36}|\\bxox[abprs]-[0-9A-Za-z-]{10,}|"
	  "\\bAIza[0-9A-Za-z_-]{35}|\\bsk_live_[0-9A-Za-z]{16,}|\\bglpat-[0-9A-Za-z_-]{20}",
	  "!.git", ANY_LANGUAGE, 0, false, true },
	{ "passwords",
	  "\\b(password|passwd|secret|api_?key|access_?token|auth_?token)['\"]?\\s*[:=]\\s*"
	  "['\"][^'\"\\s$<{%]{8,}['\"]",
	  "!.git", ANY_LANGUAGE, 1, true, true },
	/* How it is set up and reached. */
	{ "environment",
	  "\\bgetenv\\s*\\(\\s*\"[A-Z][A-Z0-9_]+\"|\\bos\\.environ(\\.get)?\\s*[\\[(]\\s*['\"][A-Z]"
	  "|"
	  "\\bprocess\\.env\\.[A-Z]|\\benv::var(_os)?\\(\\s*\"[A-Z]|"
	  "\\bos\\.(Getenv|LookupEnv)\\(\\s*\"[A-Z]|\\bSystem\\.getenv\\(\\s*\"[A-Z]|"
	  "\\bENV(\\.fetch\\(|\\[)\\s*['\"][A-Z]",
	  "*.{c,cc,cpp,h,py,rs,go,java,kt,scala,js,mjs,cjs,ts,tsx,rb}", ANY_LANGUAGE, 0, false,
	  false },
	{ "addresses",
	  "\\b(localhost|127\\.0\\.0\\.1|0\\.0\\.0\\.0):[0-9]{2,5}\\b|^EXPOSE\\s+[0-9]+", NULL,
	  ANY_LANGUAGE, 1, false, false },
};

/* ---- history ---- */

/* Settings of the repository must not run anything, nor change what is printed. */
#define GIT "git --no-pager --no-optional-locks -c core.fsmonitor= -c core.quotePath=false "
#define LOG GIT "log --no-show-signature "
#define COUNT " | LC_ALL=C sort | uniq -c"
#define MOST COUNT " | LC_ALL=C sort -k1,1nr -k2 | head -n "

static const struct names_row git_rows[] = {
	{ "git-head", LOG "-n 1 --format='%h%x09%cs%x09%ct%x09%an%x09%s'", 0 },
	{ "git-months", LOG "-n 20000 --no-merges --format=%cs -- . | cut -c 1-7" COUNT, 0 },
	{ "git-authors", LOG "-n 20000 --no-merges --format=%an -- ." MOST "200", 0 },
	/* The year before the last commit, whenever that was. */
	{ "git-hot",
	  LOG "-n 2000 --no-merges --no-renames --name-only --relative --format= "
	      "--since=@$(($(" LOG "-n 1 --format=%ct) - 31536000)) -- . | grep ." MOST "200",
	  0 },
	{ "git-tags",
	  GIT "for-each-ref --count=20 --sort=-creatordate "
	      "--format='%(refname:short)%09%(creatordate:short)' refs/tags",
	  0 },
	/* A filter of the repository's own settings would be run on files that changed. */
	{ "git-state",
	  "if " GIT "config --show-scope --get-regexp '^filter\\.' | "
	  "grep -q '^\\(local\\|worktree\\)'; "
	  "then echo 'has filters of its own' >&2; exit 3; fi; " GIT
	  "status --porcelain --ignore-submodules=all --untracked-files=normal -- . | head -n 200",
	  0 },
	{ "git-branches",
	  GIT "for-each-ref --count=20 --sort=-committerdate "
	      "--format='%(refname:short)%09%(committerdate:short)' refs/heads refs/remotes",
	  1 },
};

/* ---- the workflow ---- */

/* Languages of the tree, those with most files first. */
static unsigned rank_languages(const struct build_tree *tree, unsigned ret_ranked[BUILD_LANGUAGES])
{
	unsigned n = 0;

	for (unsigned i = 0; i < BUILD_LANGUAGES; i++) {
		unsigned at = n;

		if (!tree->n_of[i])
			continue;
		for (; at && tree->n_of[ret_ranked[at - 1]] < tree->n_of[i]; at--)
			ret_ranked[at] = ret_ranked[at - 1];
		ret_ranked[at] = i;
		n++;
	}
	return n;
}

static void write_names(struct json_write *json, const struct size *size)
{
	json_key(json, "glob");
	json_begin_array(json);
	for (size_t i = 0; i < countof(names_rows); i++) {
		if (names_rows[i].level > size->level)
			continue;
		json_begin_object(json);
		json_key_str(json, "id", names_rows[i].id);
		json_key_str(json, "pattern", names_rows[i].pattern);
		json_key_bool(json, "hidden", true);
		json_key_uint(json, "head_limit", 0);
		json_end_object(json);
	}
	json_end_array(json);
}

static void write_line(struct json_write *json, const struct lines_row *row)
{
	json_begin_object(json);
	json_key_str(json, "id", row->id);
	json_key_str(json, "pattern", row->pattern);
	if (row->glob)
		json_key_str(json, "glob", row->glob);
	json_key_str(json, "output_mode", "content");
	if (row->ignore_case)
		json_key_bool(json, "-i", true);
	if (row->hidden)
		json_key_bool(json, "hidden", true);
	json_key_uint(json, "head_limit", 0);
	json_end_object(json);
}

static void write_lines(struct json_write *json, const struct build_tree *tree,
			const struct size *size)
{
	unsigned ranked[BUILD_LANGUAGES], n = rank_languages(tree, ranked);

	json_key(json, "grep");
	json_begin_array(json);
	for (unsigned k = 0; k < n && k < size->languages; k++) {
		for (size_t i = 0; i < countof(lines_rows); i++) {
			if (lines_rows[i].language == ranked[k] &&
			    lines_rows[i].level <= size->level)
				write_line(json, &lines_rows[i]);
		}
	}
	for (size_t i = 0; i < countof(lines_rows); i++) {
		if (lines_rows[i].language == ANY_LANGUAGE && lines_rows[i].level <= size->level)
			write_line(json, &lines_rows[i]);
	}
	json_end_array(json);
}

static void write_wide(struct json_write *json, const struct build_tree *tree,
		       const struct size *size)
{
	json_begin_object(json);
	json_key_str(json, "name", BUILD_WIDE);
	json_key(json, "codebase");
	json_begin_object(json);
	write_names(json, size);
	write_lines(json, tree, size);
	json_end_object(json);
	json_end_object(json);
}

static void write_history(struct json_write *json, const struct size *size)
{
	json_begin_object(json);
	json_key_str(json, "name", BUILD_HISTORY);
	json_key(json, "bash");
	json_begin_object(json);
	json_key(json, "commands");
	json_begin_array(json);
	for (size_t i = 0; i < countof(git_rows); i++) {
		if (git_rows[i].level > size->level)
			continue;
		json_begin_object(json);
		json_key_str(json, "id", git_rows[i].id);
		json_key_str(json, "command", git_rows[i].pattern);
		json_key_bool(json, "idempotent", true);
		json_key_uint(json, "timeout", 20000);
		json_end_object(json);
	}
	json_end_array(json);
	json_end_object(json);
	json_end_object(json);
}

static void write_reads(struct json_write *json, const char *phase, unsigned top, unsigned limit)
{
	json_begin_object(json);
	json_key_str(json, "name", phase);
	json_key(json, "needs");
	json_begin_array(json);
	json_str(json, BUILD_WIDE);
	json_end_array(json);
	json_key(json, "codebase");
	json_begin_object(json);
	json_key(json, "read");
	json_begin_object(json);
	json_key_str(json, "from", BUILD_WIDE);
	json_key_uint(json, "top", top);
	json_key_uint(json, "limit", limit);
	json_end_object(json);
	json_end_object(json);
	json_end_object(json);
}

int build_discovery(const struct build_tree *tree, struct buf *out)
{
	enum { DOCUMENT_LINES = 4000, HEAD_LINES = 60 };
	const struct size *size = size_of(tree);
	struct json_write json = json_write_to(out);

	json_begin_object(&json);
	json_key_str(&json, "name", "start");
	json_key(&json, "phases");
	json_begin_array(&json);
	write_wide(&json, tree, size);
	if (tree->has_git)
		write_history(&json, size);
	write_reads(&json, BUILD_DEEP, size->reads, DOCUMENT_LINES);
	write_reads(&json, BUILD_ENTRIES, size->entries, HEAD_LINES);
	json_end_array(&json);
	json_end_object(&json);
	return buf_error(out);
}
