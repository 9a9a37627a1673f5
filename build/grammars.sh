#!/bin/bash
# Fetches the grammars of build/grammars/package-lock.json and compiles them into
# out/grammars/libgrammars.a: once, for all profiles. They are tables that no sanitizer has to
# look at. Parsers are compiled with -O1: half the time of -O2 and the same speed, because the
# time of parsing is spent in the runtime and in reading the tables. Leaves the licences of what
# is linked beside the library, and nothing else.
set -eu
cd "$(dirname "$0")/.."
jobs=${1:-$(nproc)}
out=out/grammars
rm -rf "$out/work"
mkdir -p "$out/work"
cp build/grammars/package.json build/grammars/package-lock.json "$out/work/"
# Nothing of the packages is run: --ignore-scripts.
(cd "$out/work" && npm ci --ignore-scripts --legacy-peer-deps --omit=dev --omit=optional \
	--omit=peer --no-audit --no-fund --no-update-notifier --loglevel=error >/dev/null)

# The largest first, so that no processor is left with them at the end.
compile() {
	local source=$1 object
	object=${source#node_modules/}
	object=${object//\//-}.o
	gcc -O1 -fPIC -w -I"${source%/*}" -c -o "$object" "$source"
}
export -f compile
cd "$out/work"
find node_modules -path '*/src/parser.c' -o -path '*/src/scanner.c' | grep -v /php_only/ |
	xargs ls -S | xargs -P "$jobs" -I{} bash -c 'set -e; compile {}'
rm -f ../libgrammars.a
ar rcs ../libgrammars.a ./*.o
for package in node_modules/tree-sitter-*; do
	printf '%s\n\n' "${package#node_modules/}"
	cat "$package/LICENSE"
	printf '\n'
done >../LICENSES
cd ..
rm -rf work
