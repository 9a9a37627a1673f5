#!/bin/bash
# fuzz.sh JOBS SECONDS TARGET...: runs each fuzz target for SECONDS, JOBS at a time. Starts from
# tests/fuzz/corpus/NAME (kept) and out/fuzz/corpus/NAME (found before). The last line is
# "N passed, N failed"; what makes a target fail is left in out/fuzz/found/.
cd "$(dirname "$0")/.." || exit 2
jobs=$1 seconds=$2
shift 2

fuzz_one() {
	local name=${1##*/fuzz_} log=out/fuzz/log/${1##*/}
	mkdir -p "out/fuzz/corpus/$name" "tests/fuzz/corpus/$name" out/fuzz/found out/fuzz/log
	if "$1" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=4096 \
		-print_final_stats=1 -artifact_prefix="out/fuzz/found/$name-" \
		"out/fuzz/corpus/$name" "tests/fuzz/corpus/$name" >"$log" 2>&1; then
		n=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
		echo "ok   fuzz_$name: $n inputs"
	else
		tail -n 40 "$log"
		echo "FAIL fuzz_$name"
	fi
}
export seconds
export -f fuzz_one
[ $# -gt 0 ] || { echo "no fuzz targets"; exit 1; }
verdicts=$(printf '%s\n' "$@" | xargs -P "$jobs" -I{} bash -c 'fuzz_one {}' | tee /dev/stderr)
n_failed=$(grep -c '^FAIL ' <<<"$verdicts")
echo "$(($# - n_failed)) passed, $n_failed failed"
[ "$n_failed" -eq 0 ]
