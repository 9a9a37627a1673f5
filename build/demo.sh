#!/bin/bash
# The main job on real input: a workflow over this tree, then a hundred calls at once over the
# system's headers. Leaves the user's own state alone.
set -euo pipefail
cd "$(dirname "$0")/.."
export XDG_STATE_HOME=$PWD/out/demo

run() {
	printf '\n$ %s\n' "$*"
	"$@"
}

run ./volley run examples/survey.yaml --tokens 1500 -q

words="malloc free open read write close socket bind listen accept connect fork exec wait signal
	pthread mutex cond thread errno stat time clock poll select epoll ioctl mmap printf scanf"
mkdir -p out/demo
call() { # TOOL INPUT
	printf '{"tool":"%s","input":%s}\n' "$1" "$2"
}
{
	for word in $words; do
		call Grep '{"pattern":"\\b'"$word"'\\w*\\(","output_mode":"content","head_limit":0}'
		call Grep '{"pattern":"'"$word"'","-i":true,"output_mode":"count"}'
		call Glob '{"pattern":"**/*'"$word"'*.h"}'
	done
	for i in $(seq 10); do
		call Bash '{"command":"echo command '"$i"' of 10"}'
	done
} >out/demo/calls.jsonl
n_calls=$(wc -l <out/demo/calls.jsonl)

printf '\n$ volley batch -C /usr/include < calls.jsonl    # %s calls, one a line\n' "$n_calls"
start=$(date +%s%N)
./volley batch -C /usr/include -q <out/demo/calls.jsonl >out/demo/answers.jsonl
end=$(date +%s%N)
head -c 400 out/demo/answers.jsonl | head -n 1
echo ...
n_ok=$(grep -c '"status":"ok"' out/demo/answers.jsonl)
echo "$n_ok of $n_calls calls ok, $(wc -c <out/demo/answers.jsonl) bytes of answers," \
	"$(((end - start) / 1000000)) ms"
[ "$n_ok" -eq "$n_calls" ]
