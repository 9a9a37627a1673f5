#!/bin/bash
# Every figure of bench/README.md. `bench/run.sh` runs all parts; `bench/run.sh NAME...` some of:
# equal jobs literal patterns small read first spawn sandbox reads journal outline diagnostics
# graph explore docs search. ROUNDS=5 sets how often; PROJECT is a tree of some hundred files for
# explore.
set -euo pipefail
cd "$(dirname "$0")/.."
volley=${VOLLEY:-$PWD/volley}
out=$PWD/out/bench
measure=$PWD/bench/measure.py
mkdir -p "$out/state"
export XDG_STATE_HOME=$out/state RIPGREP_CONFIG_PATH=

tree_of() { bench/fetch-tree.sh "$(cat "bench/jobs/$1/tree")"; }

prepare() { # JOB: its files under out/bench/job-JOB
	bench/make_job.py "$1" "$out/job-$1"
}

side_by_side() { # FILE of shell commands: two at once; rg's 1 for "no match" is no failure
	echo "tr '\\n' '\\0' < $1 | xargs -0 -P2 -n1 sh -c || :"
}

part_equal() {
	local job
	for job in bench/jobs/*/; do
		job=$(basename "$job")
		prepare "$job"
		echo "$job:"
		bench/check_equal.py "$volley" "$out/job-$job" "$(tree_of "$job")"
	done
}

part_jobs() {
	local job dir
	for job in bench/jobs/*/; do
		job=$(basename "$job") dir=$out/job-$(basename "$job")
		prepare "$job"
		"$measure" --cwd "$(tree_of "$job")" "$job: 24 greps, 16 globs, 8 reads" \
			"volley run, outputs to files" "$volley run -q $dir/job.json" \
			"volley batch, JSON to a file" \
			"$volley batch < $dir/batch.jsonl > $dir/answers" \
			"xargs -P2" "($(side_by_side "$dir/commands"))" \
			"GNU parallel -j2" "(parallel -j2 < $dir/commands || :)" \
			"rg -f, not attributed" "rg -n -f $dir/patterns ./" \
			"rg -f --no-unicode" "rg -n --no-unicode -f $dir/patterns ./"
	done
}

grep_call() { # PATTERN: all lines, as rg -n gives them
	printf '%q call Grep %q output_mode=content head_limit=0 --tokens 100000000' \
		"$volley" "pattern=$1"
}

part_literal() {
	"$measure" --cwd "$(bench/fetch-tree.sh linux)" "one literal, PM_RESUME" \
		"volley call" "$(grep_call PM_RESUME)" \
		"rg" "rg -n -e PM_RESUME ./" "rg -j1" "rg -j1 -n -e PM_RESUME ./"
}

part_patterns() {
	local tree pattern
	tree=$(bench/fetch-tree.sh linux)
	while IFS= read -r pattern; do
		"$measure" --cwd "$tree" "$pattern" "volley call" "$(grep_call "$pattern")" \
			"rg" "rg -n -e $(printf %q "$pattern") ./"
	done <bench/jobs/linux-48/grep.txt
}

small_tree() { # N: a tree of N files
	local dir=$out/small-$1
	if [ ! -d "$dir" ]; then
		mkdir -p "$dir"
		(cd "$(bench/fetch-tree.sh linux)" && find kernel -name '*.c' | LC_ALL=C sort |
			head -n "$1" | xargs cp --parents -t "$dir")
	fi
	echo "$dir"
}

part_small() {
	local dir=$out/job-linux-48
	prepare linux-48
	"$measure" --rounds 25 --cwd "$(small_tree 30)" "30 files, one literal, whole process" \
		"volley call" "$(grep_call mutex_lock)" "rg" "rg -n -e mutex_lock ./"
	head -n 24 "$dir/batch.jsonl" >"$dir/greps.jsonl"
	head -n 24 "$dir/commands" >"$dir/grep-commands"
	"$measure" --rounds 25 --cwd "$(small_tree 88)" "88 files, 24 patterns" \
		"volley batch" "$volley batch < $dir/greps.jsonl" \
		"rg -f, not attributed" "rg -n -f $dir/patterns ./" \
		"24 rg under xargs -P2" "($(side_by_side "$dir/grep-commands"))"
}

part_read() {
	gcc -std=gnu17 -D_GNU_SOURCE -O2 -o "$out/read_all" bench/read_all.c -lpthread
	"$measure" --cwd "$(bench/fetch-tree.sh linux)" "walk and read, against reading alone" \
		"read_all, 2 threads" "$out/read_all . 2" \
		"volley call, a literal that is nowhere" "$(grep_call 'no such text at all')" \
		"rg, the same" "(rg -n -e 'no such text at all' ./ || :)"
}

part_first() {
	prepare linux-48
	bench/first_event.py "$volley" "$out/job-linux-48/job.json" "$(bench/fetch-tree.sh linux)"
}

part_spawn() {
	gcc -std=gnu17 -D_GNU_SOURCE -O2 -o "$out/spawn_loop" bench/spawn_loop.c
	seq 10000 | sed 's/.*/{"tool":"Bash","input":{"command":"true"}}/' >"$out/true.jsonl"
	"$measure" --rounds 3 "10,000 x true, 16 at once" \
		"posix_spawn loop" "$out/spawn_loop 10000 16 true" \
		"volley batch, neither confined nor written down" \
		"$volley batch --sandbox off --no-journal < $out/true.jsonl" \
		"volley batch, not confined" "$volley batch --sandbox off < $out/true.jsonl" \
		"volley batch" "$volley batch < $out/true.jsonl" \
		"posix_spawn loop of sh -c" "$out/spawn_loop 10000 16 sh -c true" \
		"xargs -P16" "(seq 10000 | xargs -P16 -I{} true)" \
		"GNU parallel -j16" "(seq 10000 | parallel -j16 true)"
}

part_sandbox() {
	local tree=$out/sandbox level
	mkdir -p "$tree"
	seq 10000 | sed 's/.*/{"tool":"Bash","input":{"command":"true"}}/' >"$out/true.jsonl"
	seq 200 | sed 's/.*/{"tool":"Bash","input":{"command":"bash -c :"}}/' >"$out/bash.jsonl"
	for level in off workspace strict; do
		"$measure" --rounds 3 --cwd "$tree" "sandbox $level" \
			"10,000 x true" "$volley batch --sandbox $level < $out/true.jsonl" \
			"200 x bash -c :" "$volley batch --sandbox $level < $out/bash.jsonl" \
			"200 x bash -c :, one at a time" \
			"$volley batch --sandbox $level --max-instances 1 < $out/bash.jsonl"
	done
}

part_reads() {
	local tree
	tree=$(bench/fetch-tree.sh linux)
	(cd "$tree" && find . -name '*.[ch]' -size -64k -printf '%P\n' | LC_ALL=C sort) |
		awk -v form='{"tool":"Read","input":{"file_path":"%s","limit":20}}\n' '
			NR <= 20000 { name[n++] = $0 }
			END { for (i = 0; i < 100000; i++) printf form, name[i % n] }' \
			>"$out/reads.jsonl"
	"$measure" --rounds 3 --cwd "$tree" "100,000 Reads of 20 lines, 20,000 files under 64 KB" \
		"volley batch" "$volley batch < $out/reads.jsonl"
}

part_journal() { # what it costs to write down what happens
	local tree dir=$out/job-linux-48
	tree=$(bench/fetch-tree.sh linux)
	prepare linux-48
	"$measure" --cwd "$tree" "linux-48, written down and not" \
		"volley run --no-journal" "$volley run -q --no-journal $dir/job.json" \
		"volley run" "$volley run -q $dir/job.json"
	(cd "$tree" && find . -name '*.[ch]' -size -64k -printf '%P\n' | LC_ALL=C sort) |
		awk '
			BEGIN { printf "{\"phases\":[{\"name\":\"a\",\"codebase\":{\"read\":[" }
			NR <= 20000 {
				printf "%s{\"file_path\":\"%s\",\"limit\":20}\n", comma, $0
				comma = ","
			}
			END { print "]}}]}" }' >"$out/reads.json"
	"$measure" --rounds 3 --cwd "$tree" "20,000 Reads of 20 lines, written down and not" \
		"volley run --no-journal" "$volley run -q --no-journal $out/reads.json" \
		"volley run" "$volley run -q $out/reads.json"
	seq 10000 | sed 's/.*/{"tool":"Bash","input":{"command":"true"}}/' >"$out/true.jsonl"
	"$measure" --rounds 3 "10,000 x true, written down and not" \
		"volley batch --no-journal" "$volley batch --no-journal < $out/true.jsonl" \
		"volley batch" "$volley batch < $out/true.jsonl"
	bench/first_resumed.py "$volley" "$out/resumed"
	rm -rf "$out/resumed"
}

part_docs() { # questions to the manual and /usr/share/doc
	make --no-print-directory out/release/tests/oracle/docs_search >/dev/null
	bench/docs_quality.py --volley "$volley"
}

part_search() { # web searches, of providers on loopback
	bench/web_search.py --volley "$volley" --rounds "${ROUNDS:-5}"
}

part_outline() { # symbols of C and of Python, by three ways
	local tools=$PWD/out/release/tests/oracle list
	make --no-print-directory out/release/tests/oracle/{outline,grammar}_files >/dev/null
	find "$(bench/fetch-tree.sh linux)/kernel" -name '*.c' | LC_ALL=C sort >"$out/kernel.list"
	find /usr/lib/python3* -name '*.py' | LC_ALL=C sort |
		awk 'NR <= 500' >"$out/python.list"
	for list in kernel python; do
		echo "$list: outline $("$tools/outline_files" --time <"$out/$list.list")"
		echo "$list: grammar $("$tools/grammar_files" --time <"$out/$list.list")"
		"$measure" --rounds 3 "$list: $(xargs cat <"$out/$list.list" | wc -c) bytes" \
			"outline_text, printed" "$tools/outline_files < $out/$list.list" \
			"ctags" \
			"ctags --output-format=json --fields=+neKS -o - -L $out/$list.list" \
			"tree-sitter, printed" "$tools/grammar_files < $out/$list.list"
	done
}

part_diagnostics() { # outputs in which nothing is wrong, and what tools print
	local tree dir=$out/outputs
	tree=$(bench/fetch-tree.sh linux)
	mkdir -p "$dir"
	gcc -std=gnu17 -D_GNU_SOURCE -O2 -Isrc -o "$out/diagnostics" bench/diagnostics.c \
		src/graph/diagnostic*.c src/base/buf.c
	find "$tree/drivers" -name '*.c' -print0 | LC_ALL=C sort -z | xargs -0 cat |
		head -c 200M >"$dir/source" || :
	(cd "$tree" && rg --sort path -n '' drivers | head -c 200M) >"$dir/search" || :
	(cd "$tree" && rg --sort path --vimgrep 'error|warning' drivers) >"$dir/vimgrep" || :
	ls -lR "$tree" >"$dir/listing"
	(for _ in {1..200}; do cat tests/unit/diagnostics/*.txt; done) >"$dir/printed"
	"$out/diagnostics" "${ROUNDS:-5}" "$dir"/{source,search,vimgrep,listing,printed}
}

part_graph() { # a graph of up to two million facts, in the program's own library
	make --no-print-directory -j"$(nproc)" out/release/libvolley.a
	gcc -std=gnu17 -D_GNU_SOURCE -O2 -Isrc -o "$out/graph_scale" bench/graph_scale.c \
		out/release/libvolley.a
	"$out/graph_scale" 250000 500000 1000000 2000000
}

part_explore() { # questions about a large tree without history, and about a project with it
	local project=${PROJECT:-}
	"bench/explore_time.py" "$volley" "${ROUNDS:-5}" "$(bench/fetch-tree.sh linux)" \
		"how does a driver handle a timeout when the firmware does not respond" \
		"where is the page cache invalidated when a file is truncated" \
		"why does tcp retransmission back off exponentially when the peer is unreachable"
	[ -z "$project" ] || "bench/explore_time.py" "$volley" "${ROUNDS:-5}" "$project" \
		"why is the session cookie not sent when the app is mounted under a prefix"
}

[ $# -gt 0 ] || set -- equal jobs literal patterns small read first spawn sandbox reads \
	journal outline diagnostics graph explore docs search
echo "$(nproc) processors, $("$volley" version | head -n 1), $(rg --version | head -n 1)"
for part in "$@"; do
	rm -rf "$out/state/volley/runs" # full outputs of earlier parts
	"part_$part"
done
