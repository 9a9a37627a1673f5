/* SPDX-License-Identifier: MIT */
/* Bash through the real environment: real processes, pipes, files and limits. */
#include "api/toolbox.h"
#include "base/clock.h"
#include "engine/engine.h"
#include "os/supervisor.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include <cmocka.h>

enum { PAIRS_MAX = 8 };

struct world {
	char root[64], spool[80];
	struct engine *engine;
	struct plan *plan;
	struct run *run;
	uint32_t phase;
	bool is_done;
	const struct tool *bash;
};

static void on_event(void *data, struct run *run, const struct event *event)
{
	struct world *world = data;

	(void)run;
	world->is_done |= event->type == EVENT_RUN_FINISHED;
}

static struct world *world_new_at(enum sandbox_level level, unsigned limit)
{
	static const char *const environ_given[] = {
		"PATH=/usr/local/bin:/usr/bin:/bin",
		"HOME=/home/x",
		"LC_ALL=C",
		"SECRET_TOKEN=1",
		"CLAUDE_CODE=1",
		"LD_LIBRARY_PATH=/x",
		"XDG_DATA_HOME=/y",
		NULL,
	};
	struct world *world = calloc(1, sizeof(*world));
	struct engine_conf conf = { .environ = environ_given };
	struct error err;

	assert_non_null(world);
	(void)strcpy(world->root, "/tmp/volley-test-XXXXXX");
	assert_non_null(mkdtemp(world->root));
	(void)snprintf(world->spool, sizeof(world->spool), "%s/a/spool", world->root);
	conf.root_path = world->root;
	conf.spool_dir = world->spool;
	conf.limits[LANE_BASH] = limit;
	conf.sandbox_level = level;
	if (engine_new(&conf, &world->engine, &err) < 0)
		fail_msg("%s", err.text);
	assert_true(engine_listen(world->engine, on_event, world) > 0);
	world->plan = plan_new("test");
	assert_int_equal(plan_add_phase(world->plan, "p", &world->phase, NULL), 0);
	world->bash = tool_find(toolbox_builtin()->tools, toolbox_builtin()->n, "bash");
	assert_non_null(world->bash);
	return world;
}

static struct world *world_new(unsigned limit)
{
	return world_new_at(SANDBOX_OFF, limit);
}

static void world_free(struct world *world)
{
	char command[128];

	assert_true(run_free(world->run));
	engine_free(world->engine);
	plan_free(world->plan);
	(void)snprintf(command, sizeof(command), "rm -rf %s", world->root);
	assert_int_equal(system(command), 0);
	free(world);
}

/* Keys and strings, and NULL at the end; "env" takes NAME, VALUE. */
static void add_call(struct world *world, ...)
{
	struct arena *arena = &world->plan->arena;
	struct value *input = arena_alloc(arena, sizeof(*input));
	struct value_pair *pairs = arena_alloc_array(arena, PAIRS_MAX, sizeof(*pairs));
	struct plan_call call = { .tool = world->bash, .input = input, .phase = world->phase };
	struct problem problem = { 0 };
	const char *key;
	va_list args;

	input->type = VALUE_MAP;
	input->pairs = pairs;
	va_start(args, world);
	while ((key = va_arg(args, const char *))) {
		struct value_pair *pair = &pairs[input->n_pairs++];
		const char *str = va_arg(args, const char *);

		pair->key = key;
		pair->value = (struct value){ .type = VALUE_STR, .str = str, .len = strlen(str) };
		if (strcmp(key, "env") == 0) {
			struct value_pair *variable = arena_alloc(arena, sizeof(*variable));
			const char *text = va_arg(args, const char *);

			variable->key = str;
			variable->value = (struct value){ .type = VALUE_STR,
							  .str = text,
							  .len = strlen(text) };
			pair->value = (struct value){ .type = VALUE_MAP,
						      .pairs = variable,
						      .n_pairs = 1 };
		}
	}
	va_end(args);
	if (plan_add_call(world->plan, &call, &problem) < 0)
		fail_msg("%s", problem.error.text);
}

static void start(struct world *world)
{
	struct error err;

	if (run_start(world->engine, world->plan, &world->run, &err) < 0)
		fail_msg("%s", err.text);
}

static void finish(struct world *world)
{
	assert_int_equal(engine_run_until(world->engine, &world->is_done, NULL), 0);
	assert_true(world->is_done);
}

static const struct result *result_of(const struct world *world, size_t i)
{
	return run_result(world->run, i);
}

static const char *out_of(const struct world *world, size_t i)
{
	return blob_data(result_of(world, i)->body);
}

static const char *err_of(const struct world *world, size_t i)
{
	return blob_data(result_of(world, i)->bash.err);
}

static void test_statuses(void **state)
{
	struct world *world = world_new(0);

	(void)state;
	add_call(world, "command", "true", NULL);
	add_call(world, "command", "false", NULL);
	add_call(world, "command", "exit 7", NULL);
	add_call(world, "command", "kill -9 $$", NULL);
	add_call(world, "command", "no-such-command-here now", NULL);
	add_call(world, "command", "seq 3", NULL);
	add_call(world, "command", "echo out; echo err >&2", NULL);
	add_call(world, "command", "printf '\\377\\0x'", NULL);
	add_call(world, "command", "-", NULL);
	start(world);
	finish(world);
	assert_int_equal(result_of(world, 0)->status, CALL_OK);
	assert_int_equal(result_of(world, 1)->status, CALL_FAILED);
	assert_int_equal(result_of(world, 1)->bash.exit_code, 1);
	assert_int_equal(result_of(world, 2)->bash.exit_code, 7);
	assert_string_equal(result_of(world, 2)->error.text, "exited with status 7");
	assert_int_equal(result_of(world, 3)->bash.exit_code, -1);
	assert_int_equal(result_of(world, 3)->bash.signo, SIGKILL);
	assert_int_equal(result_of(world, 4)->bash.exit_code, 127);
	assert_non_null(strstr(err_of(world, 4), "not found"));
	assert_string_equal(out_of(world, 5), "1\n2\n3\n");
	assert_string_equal(out_of(world, 6), "out\n");
	assert_string_equal(err_of(world, 6), "err\n");
	assert_int_equal(blob_len(result_of(world, 7)->body), 3);
	assert_memory_equal(out_of(world, 7), "\377\0x", 3);
	assert_int_equal(result_of(world, 8)->bash.exit_code, 127);
	world_free(world);
}

/* Words are executed as they are; whatever the shell would read differently goes to the shell. */
static void test_direct_means_the_same(void **state)
{
	static const char *const commands[] = {
		"expr 1 + 2",       "expr 1 '+' 2",     "expr 1 + 2 # x", "basename  /a/b.c\t.c",
		"A=5 printenv A",   "printenv A=5 B",   "echo -n x",      "dirname ~",
		"seq 1 2 | cat",    "seq {1..2}",       "type type",      "time true",
		"true --help",      "printf %s-%s a b", "seq 2 ",         " seq 2",
		"./script",         "script",           "dirname %a/b",   "seq 1 >&2",
		"sort /dev/null/x", "test -e /",
	};
	struct world *world = world_new(0);
	char path[96];
	int fd;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/script", world->root);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0700);
	assert_int_equal(write(fd, "echo in a script\n", 17), 17); /* no #! line */
	assert_int_equal(close(fd), 0);
	for (size_t i = 0; i < countof(commands); i++) {
		add_call(world, "command", commands[i], "env", "PATH", "/usr/bin:/bin:.", NULL);
		/* the same, where no call can be direct */
		add_call(world, "command", arena_printf(&world->plan->arena, ":; %s", commands[i]),
			 "env", "PATH", "/usr/bin:/bin:.", NULL);
	}
	start(world);
	finish(world);
	for (size_t i = 0; i < countof(commands); i++) {
		assert_string_equal(out_of(world, 2 * i), out_of(world, 2 * i + 1));
		assert_int_equal(result_of(world, 2 * i)->bash.exit_code,
				 result_of(world, 2 * i + 1)->bash.exit_code);
	}
	world_free(world);
}

static void test_environment_and_cwd(void **state)
{
	struct world *world = world_new(0);
	char path[96];

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/sub", world->root);
	assert_int_equal(mkdir(path, 0700), 0);
	add_call(world, "command", "env", "env", "HOME", "/elsewhere", NULL);
	add_call(world, "command", "pwd", "cwd", "sub", NULL);
	add_call(world, "command", "pwd", "cwd", path, NULL);
	add_call(world, "command", "pwd", "cwd", "..", NULL);
	add_call(world, "command", "pwd", "cwd", "missing", NULL);
	add_call(world, "command",
		 "ls -l /proc/self/fd | wc -l; [ -t 0 ] || readlink /proc/$$/fd/0", NULL);
	start(world);
	finish(world);
	assert_non_null(strstr(out_of(world, 0), "HOME=/elsewhere\n"));
	assert_null(strstr(out_of(world, 0), "/home/x"));
	assert_non_null(strstr(out_of(world, 0), "LC_ALL=C\n"));
	assert_non_null(strstr(out_of(world, 0), "XDG_DATA_HOME=/y\n"));
	assert_non_null(strstr(out_of(world, 0), "TERM=dumb\n"));
	assert_non_null(strstr(out_of(world, 0), "GIT_PAGER=cat\n"));
	assert_null(strstr(out_of(world, 0), "SECRET"));
	assert_null(strstr(out_of(world, 0), "CLAUDE"));
	assert_null(strstr(out_of(world, 0), "LD_"));
	(void)strcat(path, "\n");
	assert_string_equal(out_of(world, 1), path);
	assert_string_equal(out_of(world, 2), path);
	assert_int_equal(result_of(world, 3)->status, CALL_DENIED);
	assert_int_equal(result_of(world, 4)->status, CALL_FAILED);
	assert_int_equal(result_of(world, 4)->error.class, ERROR_MISSING);
	assert_string_equal(out_of(world, 5), "5\n/dev/null\n"); /* "total", 0, 1, 2 and ls's own */
	world_free(world);
}

static void test_confined(void **state)
{
	struct world *world = world_new_at(SANDBOX_WORKSPACE, 0);
	char large[100 << 10];
	struct run_totals totals;

	(void)state;
	(void)snprintf(large, sizeof(large), "%s/sub", world->root);
	assert_int_equal(mkdir(large, 0700), 0);
	(void)snprintf(large, sizeof(large), "%s/out", world->root);
	assert_int_equal(symlink("/etc", large), 0);
	memset(large, 'x', sizeof(large) - 1);
	large[sizeof(large) - 1] = '\0';
	add_call(world, "command", "echo $TMPDIR $HOME", NULL);
	add_call(world, "command", "echo $TMPDIR", "env", "TMPDIR", "/elsewhere", NULL);
	add_call(world, "command", "pwd | grep -o 'sub$'", "cwd", "sub", NULL);
	add_call(world, "command", "true", "cwd", "..", NULL);
	add_call(world, "command", "true", "cwd", "out", NULL);
	add_call(world, "command", "echo ${#V}", "env", "V", large, NULL);
	add_call(world, "command", "cat", "stdin", "given", NULL);
	add_call(world, "command", "kill -TERM $$", NULL);
	add_call(world, "command", "sleep 60", "timeout", "200", NULL);
	add_call(world, "command", "echo x >new", "sandbox", "strict", NULL);
	add_call(world, "command", "true", "sandbox", "off", NULL);
	add_call(world, "command", "echo x >new && echo made", NULL);
	start(world);
	finish(world);
	assert_string_equal(out_of(world, 0), "/tmp /home/x\n");
	assert_string_equal(out_of(world, 1), "/elsewhere\n");
	assert_string_equal(out_of(world, 2), "sub\n");
	assert_int_equal(result_of(world, 3)->status, CALL_DENIED);
	assert_int_equal(result_of(world, 4)->status, CALL_DENIED);
	assert_string_equal(out_of(world, 5), "102399\n");
	assert_string_equal(out_of(world, 6), "given");
	assert_int_equal(result_of(world, 7)->bash.signo, SIGTERM);
	assert_int_equal(result_of(world, 8)->status, CALL_TIMEOUT);
	assert_int_equal(result_of(world, 8)->bash.signo, SIGTERM);
	assert_int_equal(result_of(world, 9)->status, CALL_FAILED);
	assert_int_equal(result_of(world, 10)->status, CALL_DENIED);
	assert_string_equal(out_of(world, 11), "made\n");
	run_totals(world->run, &totals);
	assert_int_equal(totals.sandbox_level, SANDBOX_WORKSPACE);
	assert_true(totals.has_sandbox && totals.sandbox.seccomp && !totals.sandbox.network);
	world_free(world);
}

static void test_stdin(void **state)
{
	enum { BIG = 1000000 };
	struct world *world = world_new(0);
	char *big = arena_alloc(&world->plan->arena, BIG + 1);

	(void)state;
	memset(big, 'x', BIG);
	add_call(world, "command", "cat", "stdin", "short", NULL);
	add_call(world, "command", "wc -c", "stdin", big, NULL);
	add_call(world, "command", "true", "stdin", big, NULL);
	add_call(world, "command", "head -c 3", "stdin", big, NULL);
	add_call(world, "command", "cat", "stdin", "", NULL);
	add_call(world, "command", "cat", NULL);
	start(world);
	finish(world);
	assert_string_equal(out_of(world, 0), "short");
	assert_string_equal(out_of(world, 1), "1000000\n");
	assert_int_equal(result_of(world, 2)->status, CALL_OK);
	assert_string_equal(out_of(world, 3), "xxx");
	assert_string_equal(out_of(world, 4), "");
	assert_string_equal(out_of(world, 5), "");
	world_free(world);
}

static void test_long_output_is_spooled(void **state)
{
	struct world *world = world_new(0);
	const struct result *result;
	struct stat st;
	FILE *file;
	char line[64];

	(void)state;
	add_call(world, "command", "seq 100000; echo last >&2", NULL);
	add_call(world, "command", "seq 5000", NULL); /* 23893 bytes: kept */
	start(world);
	finish(world);
	result = result_of(world, 0);
	assert_int_equal(result->status, CALL_OK);
	assert_int_equal(result->receipt.why, WHY_OUTPUT_CUT);
	assert_true(blob_len(result->body) < 31000);
	assert_memory_equal(blob_data(result->body), "1\n2\n3\n", 6);
	assert_string_equal(blob_data(result->body) + blob_len(result->body) - 7, "100000\n");
	assert_non_null(strstr(blob_data(result->body), "bytes left out; all of it is in /tmp/"));
	assert_string_equal(err_of(world, 0), "last\n");
	assert_int_equal(stat(result->bash.raw_output_path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(st.st_size, 588895 + 5);
	file = fopen(result->bash.raw_output_path, "r");
	assert_non_null(file);
	for (int i = 1; i <= 100000; i++) {
		if (!fgets(line, sizeof(line), file))
			fail();
		if (strcmp(line, "last\n") == 0 && !fgets(line, sizeof(line), file))
			fail();
		assert_int_equal(atoi(line), i);
	}
	(void)fclose(file);
	assert_null(result_of(world, 1)->bash.raw_output_path);
	assert_int_equal(result_of(world, 1)->receipt.why, 0);
	assert_int_equal(blob_len(result_of(world, 1)->body), 23893);
	world_free(world);
}

static void test_no_room_for_the_spool(void **state)
{
	struct world *world = world_new(0);
	char path[96];
	int fd;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/a", world->root);
	fd = open(path, O_WRONLY | O_CREAT, 0600); /* a file where a directory should be */
	assert_int_equal(close(fd), 0);
	add_call(world, "command", "seq 100000", NULL);
	start(world);
	finish(world);
	assert_int_equal(result_of(world, 0)->status, CALL_OK);
	assert_int_equal(result_of(world, 0)->receipt.why, WHY_OUTPUT_CUT);
	assert_null(result_of(world, 0)->bash.raw_output_path);
	assert_non_null(strstr(out_of(world, 0), "bytes left out ...]"));
	world_free(world);
}

static void test_timeouts(void **state)
{
	struct world *world = world_new(0);
	uint64_t start_ns = clock_now_ns();

	(void)state;
	add_call(world, "command", "echo partial; sleep 100", "timeout", "200", NULL);
	add_call(world, "command", "trap '' TERM; echo deaf; while :; do sleep 1; done", "timeout",
		 "200", NULL);
	/* It ends, but leaves something behind that holds its pipes. */
	add_call(world, "command", "setsid sleep 100 & echo away", NULL);
	start(world);
	finish(world);
	assert_int_equal(result_of(world, 0)->status, CALL_TIMEOUT);
	assert_string_equal(out_of(world, 0), "partial\n");
	assert_in_range(result_of(world, 0)->bash.timed_out_after_ms, 200, 1000);
	assert_int_equal(result_of(world, 0)->receipt.why, WHY_DEADLINE);
	assert_int_equal(result_of(world, 1)->status, CALL_TIMEOUT);
	assert_int_equal(result_of(world, 1)->bash.signo, SIGKILL);
	assert_string_equal(out_of(world, 1), "deaf\n");
	assert_int_equal(result_of(world, 2)->status, CALL_OK);
	assert_string_equal(out_of(world, 2), "away\n");
	assert_in_range((clock_now_ns() - start_ns) / 1000000, 2200, 6000);
	world_free(world);
}

static void test_deadline_of_the_run(void **state)
{
	struct world *world = world_new(2);
	uint64_t start_ns = clock_now_ns();

	(void)state;
	world->plan->budget.wall_ms = 300;
	for (int i = 0; i < 10; i++)
		add_call(world, "command", "trap '' TERM; echo x; sleep 100; sleep 100", NULL);
	start(world);
	finish(world);
	assert_string_equal(out_of(world, 0), "x\n");
	assert_int_equal(result_of(world, 9)->status, CALL_TIMEOUT);
	assert_int_equal(run_stop_reason(world->run), RUN_STOP_DEADLINE);
	assert_in_range((clock_now_ns() - start_ns) / 1000000, 300, 3000);
	world_free(world);
}

/* With descriptors for a few commands only, the others wait. The last test: the limit stays. */
static void test_few_descriptors(void **state)
{
	const struct rlimit few = { .rlim_cur = 48, .rlim_max = 48 };
	struct world *world = world_new(100);

	(void)state;
	for (int i = 0; i < 200; i++)
		add_call(world, "command", i % 2 ? "seq 3" : "cat", "stdin", "x", NULL);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	start(world);
	finish(world);
	for (size_t i = 0; i < 200; i++) {
		if (result_of(world, i)->status != CALL_OK)
			fail_msg("%zu: %s", i, result_of(world, i)->error.text);
		assert_string_equal(out_of(world, i), i % 2 ? "1\n2\n3\n" : "x");
	}
	world_free(world);
}

static int n_alive(const char *marker)
{
	char command[128];
	FILE *pipe;
	int n = -1;

	(void)snprintf(command, sizeof(command), "ps -e -o args= | grep -c '^sleep %s'", marker);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	assert_int_equal(fscanf(pipe, "%d", &n), 1);
	(void)pclose(pipe);
	return n;
}

static void run_until_alive(struct world *world, const char *marker, int n)
{
	for (int i = 0; i < 500 && n_alive(marker) < n; i++)
		(void)uv_run(engine_loop(world->engine), UV_RUN_NOWAIT);
	assert_int_equal(n_alive(marker), n);
}

static void test_engine_free_leaves_nothing(void **state)
{
	struct world *world = world_new(0);
	char marker[32];

	(void)state;
	(void)snprintf(marker, sizeof(marker), "1000.%d", getpid());
	add_call(world, "command", arena_printf(&world->plan->arena, "sleep %s", marker), NULL);
	add_call(world, "command",
		 arena_printf(&world->plan->arena, "setsid sleep %s & sleep %s", marker, marker),
		 NULL);
	start(world);
	run_until_alive(world, marker, 3);
	engine_free(world->engine);
	assert_int_equal(n_alive(marker), 0);
	plan_free(world->plan);
	assert_int_equal(rmdir(world->root), 0);
	free(world);
}

static void test_supervisor_killed(void **state)
{
	struct world *world = world_new(2);
	char marker[32], command[128];

	(void)state;
	(void)snprintf(marker, sizeof(marker), "1001.%d", getpid());
	(void)snprintf(command, sizeof(command), "pkill -KILL -P %d", getpid());
	add_call(world, "command", arena_printf(&world->plan->arena, "sleep %s", marker), NULL);
	add_call(world, "command",
		 arena_printf(&world->plan->arena, "[ -e again ] && exit; : >again; exec sleep %s",
			      marker),
		 "idempotent", "true", NULL);
	add_call(world, "command", "seq 3", NULL);
	start(world);
	run_until_alive(world, marker, 2);
	assert_int_equal(system("true"), 0);
	assert_int_equal(system(command) & 0x7f00, 0);
	finish(world);
	assert_int_equal(result_of(world, 0)->status, CALL_INDETERMINATE);
	assert_int_equal(result_of(world, 0)->attempts, 1);
	assert_int_equal(result_of(world, 1)->status, CALL_OK);
	assert_int_equal(result_of(world, 1)->attempts, 2);
	assert_int_equal(result_of(world, 2)->status, CALL_OK);
	assert_int_equal(n_alive(marker), 0);
	world_free(world);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_statuses),
		cmocka_unit_test(test_direct_means_the_same),
		cmocka_unit_test(test_environment_and_cwd),
		cmocka_unit_test(test_confined),
		cmocka_unit_test(test_stdin),
		cmocka_unit_test(test_long_output_is_spooled),
		cmocka_unit_test(test_no_room_for_the_spool),
		cmocka_unit_test(test_timeouts),
		cmocka_unit_test(test_deadline_of_the_run),
		cmocka_unit_test(test_engine_free_leaves_nothing),
		cmocka_unit_test(test_supervisor_killed),
		cmocka_unit_test(test_few_descriptors),
	};
	int status = supervisor_main_if_asked(argc, argv);

	return status >= 0 ? status : cmocka_run_group_tests(tests, NULL, NULL);
}
