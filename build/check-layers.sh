#!/bin/sh
# Fail on an #include that goes up or sideways; see build/layers.
cd "$(dirname "$0")/.." || exit 2
find src -name '*.[ch]' -o -name '*.def' | LC_ALL=C sort | xargs awk '
	FILENAME == "build/layers" { if ($1 !~ /^#/ && NF == 2) rank[$2] = $1; next }
	/^[ \t]*#[ \t]*include[ \t]*"/ {
		split(FILENAME, f, "/"); from = f[2]
		split($0, q, "\""); split(q[2], t, "/"); to = t[1]
		if (!(from in rank)) next            # src/*.c outside any folder
		if (q[2] !~ /\//) { bad(q[2] ": write the folder, e.g. \"base/buf.h\""); next }
		if (!(to in rank)) { bad("unknown folder \"" to "\""); next }
		if (from != to && rank[to] + 0 >= rank[from] + 0)
			bad(from " (" rank[from] ") may not include " to " (" rank[to] ")")
	}
	function bad(why) { printf "%s:%d: %s\n", FILENAME, FNR, why; n++ }
	END { exit n > 0 }' build/layers
