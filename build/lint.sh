#!/bin/bash
# Every check of `make lint`, one line each; what a check has to say is printed when it fails.
# The last line is "N passed, N failed".
cd "$(dirname "$0")/.." || exit 2
n_passed=0 n_failed=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

check() {
	local name=$1 start=$SECONDS
	shift
	if "$@" >"$log" 2>&1; then
		n_passed=$((n_passed + 1))
		printf 'ok   %-12s %3d s\n' "$name" $((SECONDS - start))
	else
		n_failed=$((n_failed + 1))
		cat "$log"
		printf 'FAIL %-12s %3d s\n' "$name" $((SECONDS - start))
	fi
}

submake() {
	make --no-print-directory -j"$(nproc)" "$@"
}

check_format() {
	find src include tests bench build -name '*.[ch]' 2>/dev/null |
		xargs clang-format --dry-run --Werror
}

check_scripts() {
	local script status=0
	for script in $(grep -rlE '^#!/bin/(ba)?sh' build tests bench .ci ./*.sh 2>/dev/null); do
		"$(head -n 1 "$script" | cut -c 3-)" -n "$script" || status=1
	done
	find build tests bench -name '*.py' -exec python3 - {} + <<'PY' || status=1
import ast, sys
for path in sys.argv[1:]:
    ast.parse(open(path, encoding="utf-8").read(), path)
PY
	return $status
}

check_man() {
	local pages=(docs/man/*.1)
	[ ! -e "${pages[0]}" ] || mandoc -T lint -W warning "${pages[@]}"
}

check layers build/check-layers.sh
check size build/check-size.sh
check banned build/check-banned.sh
check format check_format
check scripts check_scripts
check man check_man
check gcc submake PROFILE=release all unit
check clang submake PROFILE=clang all unit
check state build/check-state.sh out/clang
check clang-tidy submake tidy
echo "$n_passed passed, $n_failed failed"
[ "$n_failed" -eq 0 ]
