#!/bin/sh
# No mutable state at file scope: two exceptions, by name. Looks at the objects given (a folder),
# because only the compiler knows what is writable.
cd "$(dirname "$0")/.." || exit 2
find "$1" -name '*.o' ! -path '*/tests/*' ! -path '*/base/log.o' ! -path '*/os/signals.o' |
	LC_ALL=C sort | xargs objdump -t |
	awk '/file format/ { file = $1 }
		$4 ~ /^\.(data|bss|tdata|tbss)($|\.)/ && $4 !~ /^\.data\.rel\.ro/ && $3 == "O" ||
		$3 ~ /^\.(data|bss|tdata|tbss)($|\.)/ && $3 !~ /^\.data\.rel\.ro/ && / O / {
			printf "%s %s: mutable state at file scope\n", file, $NF
			n_bad++
		}
		END { exit n_bad > 0 }'
