#!/bin/sh
# Calls that are never right here, calls that belong to one folder, and names that say nothing.
# Comments and strings are not looked at. The reason stands beside each pattern.
cd "$(dirname "$0")/.." || exit 2

# where (not) | function names | reason
rules='
-          |strcpy strcat sprintf vsprintf gets strncat stpcpy|no bound: use struct buf or snprintf
-          |strtok asctime ctime gmtime localtime strerror_l tmpnam mktemp|static storage
-          |atoi atol atoll atof scanf sscanf|no error for bad input: use strtoll and test it
-          |system popen|a shell between us and the command
-          |alloca setjmp longjmp|stack that nobody bounds or unwinds
-          |rand srand random drand48|not repeatable: use the seeded generator of base
os         |fork vfork clone posix_spawn posix_spawnp execve waitpid|children belong to os
cli        |printf puts putchar perror vprintf exit|libraries do not print or exit
cli os     |_exit abort|libraries do not exit
'
echo "$rules" | awk '
	FILENAME == "-" {
		if (split($0, part, "|") != 3) next
		n = split(part[2], name, " ")
		for (i = 1; i <= n; i++) {
			allowed[name[i]] = " " part[1] " "
			why[name[i]] = part[3]
		}
		next
	}
	FNR == 1 { in_comment = 0; split(FILENAME, path, "/"); folder = path[2] }
	{
		line = $0
		gsub(/\\./, "", line)
		gsub(/"[^"]*"/, "\"\"", line)
		gsub(/\047[^\047]*\047/, "0", line)
		code = ""
		while (line != "") {
			at = index(line, in_comment ? "*/" : "/*")
			if (!in_comment) code = code (at ? substr(line, 1, at - 1) : line)
			if (!at) break
			line = substr(line, at + 2)
			in_comment = !in_comment
		}
		sub(/\/\/.*/, "", code)
		while (match(code, /[A-Za-z_][A-Za-z_0-9]*[ \t]*\(/)) {
			word = substr(code, RSTART, RLENGTH - 1)
			before = RSTART > 1 ? substr(code, RSTART - 1, 1) : ""
			code = substr(code, RSTART + RLENGTH)
			sub(/[ \t]+$/, "", word)
			if (before == "." || before == ">") continue
			if (word in why && index(allowed[word], " " folder " ") == 0) {
				printf "%s:%d: %s(): %s\n", FILENAME, FNR, word, why[word]
				n_bad++
			}
		}
	}
	END { exit n_bad > 0 }' - $(find src -name '*.[ch]' | LC_ALL=C sort)
status=$?

vague=$(find src include tests bench -regextype posix-extended \
	-regex '.*/(utils?|misc|common|helpers?|types|globals)(\.([ch]|py|sh))' 2>/dev/null)
if [ -n "$vague" ]; then
	echo "$vague: this name says nothing: which noun is missing?"
	status=1
fi

# What is committed must not point at the machine it was written on.
if git rev-parse --git-dir >/dev/null 2>&1 &&
	git grep -n '/work/' -- ':!bench/jobs' ':!build/check-banned.sh'; then
	echo "a path of one machine"
	status=1
fi
exit $status
