#!/bin/sh
# Files, headers, functions and lines within the sizes of CONTRIBUTING.md. No allow-list.
cd "$(dirname "$0")/.." || exit 2
FILE_MAX=800 HEADER_MAX=200 FUNCTION_MAX=100 COLUMNS_MAX=100
files=$(find src include tests bench build -name '*.[ch]' 2>/dev/null | LC_ALL=C sort)
scripts=$(find tests bench build python -name '*.py' -o -name '*.sh' 2>/dev/null | LC_ALL=C sort)

# shellcheck disable=SC2086 # the lists are meant to split
n_bad=$({
	LC_ALL=C awk -v file_max=$FILE_MAX -v header_max=$HEADER_MAX -v columns_max=$COLUMNS_MAX '
		function close_file() {
			limit = last ~ /\.h$/ ? header_max : file_max
			if (n > limit) printf "%s: %d lines, at most %d\n", last, n, limit
		}
		FNR == 1 { if (last) close_file(); last = FILENAME }
		{
			n = FNR; columns = 0; rest = $0
			gsub(/[\200-\277]/, "", rest) # UTF-8: count characters
			while ((tab = index(rest, "\t")) > 0) {
				columns = int((columns + tab - 1) / 8) * 8 + 8
				rest = substr(rest, tab + 1)
			}
			columns += length(rest)
			if (columns > columns_max)
				printf "%s:%d: %d columns\n", FILENAME, FNR, columns
		}
		END { if (last) close_file() }' $files $scripts
	ctags -f - --languages=C --kinds-C=f --fields=+ne $files |
		awk -F '\t' -v max=$FUNCTION_MAX '{
			for (i = 4; i <= NF; i++) {
				if ($i ~ /^line:/) first = substr($i, 6)
				if ($i ~ /^end:/) end = substr($i, 5)
			}
			n = end - first + 1
			if (n > max) printf "%s:%d: %s() has %d lines\n", $2, first, $1, n
		}'
} | tee /dev/stderr | wc -l)
[ "$n_bad" -eq 0 ]
