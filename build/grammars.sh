#!/bin/bash
# grammars.sh [JOBS]: fetches what build/grammars/package-lock.json pins, tree-sitter's runtime
# (Debian's 0.20.7 frees memory it does not own once a node has 65,536 children) and the grammars,
# and compiles them into out/grammars/libgrammars.a: once, for all profiles. Parsers are tables,
# no slower for being compiled with -O1. Beside the library are left its header
# and the licences of what is in it.
set -eu
cd "$(dirname "$0")/.."
jobs=${1:-$(nproc)}
out=out/grammars
rm -rf "$out/build"
mkdir -p "$out/build"
cp build/grammars/package.json build/grammars/package-lock.json "$out/build/"
# Nothing of the packages is run: --ignore-scripts.
(cd "$out/build" && npm ci --ignore-scripts --legacy-peer-deps --omit=dev --omit=optional \
	--omit=peer --no-audit --no-fund --no-update-notifier --loglevel=error >/dev/null)

# The largest first, so that no processor is left with them at the end.
compile() {
	local source=$1 object level=-O1
	object=${source#node_modules/}
	object=${object//\//-}.o
	case $source in *"/$runtime/"*) level=-O2 ;; esac
	gcc $level -fPIC -w -I"${source%/*}" -I"node_modules/$runtime/include" \
		-c -o "$object" "$source"
}
runtime=tree-sitter/vendor/tree-sitter/lib
export runtime
export -f compile
cd "$out/build"
{
	find node_modules/tree-sitter-* -path '*/src/parser.c' -o -path '*/src/scanner.c'
	echo "node_modules/$runtime/src/lib.c"
} | grep -v /php_only/ | xargs ls -S | xargs -P "$jobs" -I{} bash -c 'set -e; compile {}'
ar rcs libgrammars.a ./*.o
rm -rf ../include
cp -r "node_modules/$runtime/include" ../include
for package in node_modules/tree-sitter*; do
	printf '%s\n\n' "${package#node_modules/}"
	cat "$package/LICENSE"
	printf '\n'
done >../LICENSES
mv libgrammars.a .. # last: it says that all is there
cd ..
rm -rf build
