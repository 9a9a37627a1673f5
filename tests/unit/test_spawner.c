/* SPDX-License-Identifier: MIT */
/* os/spawner, with a real supervisor: what is started, what fails how, what is left. */
#include "base/buf.h"
#include "base/clock.h"
#include "os/sandbox.h"
#include "os/spawner.h"
#include "os/supervisor.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { N_IDS = 2048, PATIENCE_S = 20 };

/* All events of one id. */
struct seen {
	int n_started, n_failed, n_exited, n_lost;
	struct spawn_event last;
};

struct fixture {
	struct spawner *spawner;
	int null_fd, cwd_fd;
	struct sandbox_conf sandbox; /* of confined tests */
	struct seen seen[N_IDS];
	size_t n_ended;
	uint64_t respawn_id; /* on the next LOST: spawn this */
};

static const char *const plain_env[] = { "PATH=/usr/bin:/bin", "LC_ALL=C", NULL };

static struct spawn_request request_of(const struct fixture *fixture, uint64_t id,
				       const char *const *argv)
{
	return (struct spawn_request){ .id = id,
				       .argv = argv,
				       .envp = plain_env,
				       .cwd_fd = fixture->cwd_fd,
				       .cwd = "",
				       .stdin_fd = fixture->null_fd,
				       .stdout_fd = fixture->null_fd,
				       .stderr_fd = fixture->null_fd };
}

static void spawn_ok(struct fixture *fixture, const struct spawn_request *request)
{
	struct error err = { 0 };

	if (spawner_spawn(fixture->spawner, request, &err) < 0)
		fail_msg("%s", err.text);
}

static void spawn_script(struct fixture *fixture, uint64_t id, const char *script)
{
	const char *const argv[] = { "sh", "-c", script, NULL };
	const struct spawn_request request = request_of(fixture, id, argv);

	spawn_ok(fixture, &request);
}

static void on_event(void *data, const struct spawn_event *event)
{
	struct fixture *fixture = data;
	struct seen *seen;

	assert_true(event->id < N_IDS);
	seen = &fixture->seen[event->id];
	seen->last = *event;
	switch (event->type) {
	case SPAWN_STARTED:
		seen->n_started++;
		return;
	case SPAWN_FAILED:
		seen->n_failed++;
		break;
	case SPAWN_EXITED:
		assert_int_equal(seen->n_started, 1);
		seen->n_exited++;
		break;
	case SPAWN_LOST:
		seen->n_lost++;
		break;
	}
	fixture->n_ended++;
	if (event->type == SPAWN_LOST && fixture->respawn_id) {
		uint64_t id = fixture->respawn_id;

		fixture->respawn_id = 0;
		spawn_script(fixture, id, "exit 7");
	}
}

static void turn(struct fixture *fixture)
{
	struct pollfd polled = { .fd = spawner_fd(fixture->spawner), .events = POLLIN };
	struct error err = { 0 };

	if (spawner_wants_write(fixture->spawner))
		polled.events |= POLLOUT;
	assert_int_equal(poll(&polled, 1, PATIENCE_S * 1000), 1);
	if (spawner_dispatch(fixture->spawner, &err) < 0)
		fail_msg("%s", err.text);
}

static void await_ends(struct fixture *fixture, size_t n)
{
	while (fixture->n_ended < n)
		turn(fixture);
	assert_int_equal(fixture->n_ended, n);
}

static void await_start(struct fixture *fixture, uint64_t id)
{
	while (fixture->seen[id].n_started == 0)
		turn(fixture);
}

static int count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	(void)closedir(dir);
	return n;
}

/* The only child of this process: the supervisor. */
static pid_t supervisor_pid(void)
{
	char text[64] = "";
	char path[64];
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	file = fopen(path, "re");
	assert_non_null(file);
	assert_non_null(fgets(text, sizeof(text), file));
	(void)fclose(file);
	return (pid_t)atoi(text);
}

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	fixture->null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	fixture->cwd_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(spawner_new(on_event, fixture, &fixture->spawner, NULL), 0);
	*state = fixture;
	return 0;
}

/* Every test ends with all processes gone and no descriptor more than before. */
/* The same in a sandbox, where nothing is different for the caller. */
static int setup_confined(void **state)
{
	const struct sandbox_profile profile = { .level = SANDBOX_STRICT };
	struct fixture *fixture;
	int r = setup(state);

	fixture = *state;
	fixture->sandbox = (struct sandbox_conf){ .root = "/", .root_fd = fixture->cwd_fd };
	spawner_confine(fixture->spawner, &fixture->sandbox, &profile);
	return r;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	spawner_free(fixture->spawner);
	(void)close(fixture->null_fd);
	(void)close(fixture->cwd_fd);
	free(fixture);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	return 0;
}

/* What the command prints; up to the 64 KiB of a pipe. */
static char *output_of(struct fixture *fixture, const struct spawn_request *request)
{
	struct spawn_request own = *request;
	struct buf out;
	int pipe_fds[2];
	char *at;

	buf_init(&out, 1 << 20);
	assert_int_equal(pipe2(pipe_fds, O_CLOEXEC), 0);
	own.stdout_fd = own.stderr_fd = pipe_fds[1];
	spawn_ok(fixture, &own);
	(void)close(pipe_fds[1]);
	await_ends(fixture, fixture->n_ended + 1);
	while ((at = buf_reserve(&out, 4096))) {
		ssize_t n = read(pipe_fds[0], at, 4096);

		assert_true(n >= 0);
		buf_advance(&out, (size_t)n);
		if (n == 0)
			break;
	}
	(void)close(pipe_fds[0]);
	return buf_take(&out, NULL);
}

static void expect_output(struct fixture *fixture, const char *script, const char *expected)
{
	const char *const argv[] = { "sh", "-c", script, NULL };
	static uint64_t id = 1000; /* apart from those that the tests number */
	const struct spawn_request request = request_of(fixture, id++, argv);
	char *output = output_of(fixture, &request);

	assert_string_equal(output, expected);
	free(output);
}

static void test_status_and_usage(void **state)
{
	struct fixture *fixture = *state;
	const struct spawn_event *event;

	spawn_script(fixture, 1, "exit 3");
	spawn_script(fixture, 2, "kill -KILL $$");
	spawn_script(fixture, 3, "i=0; while [ $i -lt 20000 ]; do i=$((i + 1)); done");
	await_ends(fixture, 3);
	event = &fixture->seen[1].last;
	assert_int_equal(event->type, SPAWN_EXITED);
	assert_true(WIFEXITED(event->status));
	assert_int_equal(WEXITSTATUS(event->status), 3);
	assert_true(event->pid > 0);
	event = &fixture->seen[2].last;
	assert_true(WIFSIGNALED(event->status));
	assert_int_equal(WTERMSIG(event->status), SIGKILL);
	event = &fixture->seen[3].last;
	assert_true(event->user_us + event->system_us > 1000);
	assert_true(event->max_rss_kb > 100);
}

static void expect_failure(struct fixture *fixture, const char *program, int code)
{
	const char *const argv[] = { program, NULL };
	const struct spawn_request request = request_of(fixture, 1, argv);

	fixture->seen[1] = (struct seen){ 0 };
	spawn_ok(fixture, &request);
	await_ends(fixture, fixture->n_ended + 1);
	assert_int_equal(fixture->seen[1].n_started, 0);
	assert_int_equal(fixture->seen[1].n_failed, 1);
	assert_int_equal(fixture->seen[1].last.code, code);
}

static void test_exec_failures(void **state)
{
	struct fixture *fixture = *state;
	char text[] = "/tmp/volley-test-XXXXXX";
	const char *const shown[] = { text, NULL };
	int fd = mkstemp(text);

	assert_true(fd >= 0);
	fixture->sandbox.shown = shown; /* of /tmp a sandbox shows nothing else */
	expect_failure(fixture, "/nowhere/program", ENOENT);
	expect_failure(fixture, "no-such-program-anywhere", ENOENT);
	expect_failure(fixture, "", ENOENT);
	expect_failure(fixture, "/usr", EACCES);
	expect_failure(fixture, "/etc/passwd", EACCES); /* not executable */
	expect_failure(fixture, "/etc/passwd/x", ENOTDIR);
	assert_int_equal(write(fd, "no program\n", 11), 11);
	assert_int_equal(fchmod(fd, 0700), 0);
	(void)close(fd);
	expect_failure(fixture, text, ENOEXEC);
	(void)unlink(text);
	spawn_script(fixture, 2, "exit 0"); /* it still works */
	await_ends(fixture, fixture->n_ended + 1);
	assert_int_equal(fixture->seen[2].n_exited, 1);
}

/* For what hands out tokens by a FIFO. */
static void test_shown(void **state)
{
	struct fixture *fixture = *state;
	char dir[] = "/tmp/volley-test-XXXXXX", fifo[64], script[256], token;
	const char *const shown[] = { dir, NULL };
	int fd;

	assert_non_null(mkdtemp(dir));
	(void)snprintf(fifo, sizeof(fifo), "%s/fifo", dir);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	fd = open(fifo, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	fixture->sandbox.shown = shown;
	(void)snprintf(script, sizeof(script),
		       "printf + >%s; { echo x >%s/new; } 2>&1 | grep -o 'Read-only'; ls %s", fifo,
		       dir, dir);
	expect_output(fixture, script, "Read-only\nfifo\n");
	assert_int_equal(read(fd, &token, 1), 1);
	assert_int_equal(token, '+');
	(void)close(fd);
	(void)unlink(fifo);
	(void)rmdir(dir);
}

static void test_path_is_of_the_new_environment(void **state)
{
	struct fixture *fixture = *state;
	const char *const argv[] = { "sh", "-c", "echo $PATH", NULL };
	const char *const env[] = { "A=1", "PATH=/nowhere:/etc/passwd::/usr/bin:/bin", NULL };
	const char *const bad_env[] = { "PATH=/nowhere", NULL };
	const char *const no_env[] = { NULL };
	struct spawn_request request = request_of(fixture, 1, argv);
	char *output;

	request.envp = env;
	output = output_of(fixture, &request);
	assert_string_equal(output, "/nowhere:/etc/passwd::/usr/bin:/bin\n");
	free(output);
	request.envp = bad_env;
	request.id = 2;
	spawn_ok(fixture, &request);
	await_ends(fixture, 2);
	assert_int_equal(fixture->seen[2].last.code, ENOENT);
	request.envp = no_env; /* a default path */
	request.id = 3;
	spawn_ok(fixture, &request);
	await_ends(fixture, 3);
	assert_int_equal(fixture->seen[3].n_exited, 1);
}

static void test_relative_path_is_relative_to_cwd(void **state)
{
	struct fixture *fixture = *state;
	const char *const argv[] = { "sh", "-c", "exit 5", NULL };
	const char *const env[] = { "PATH=bin", NULL };
	struct spawn_request request = request_of(fixture, 1, argv);

	request.envp = env; /* cwd is / */
	spawn_ok(fixture, &request);
	await_ends(fixture, 1);
	assert_int_equal(WEXITSTATUS(fixture->seen[1].last.status), 5);
}

static void test_clean_surroundings(void **state)
{
	struct fixture *fixture = *state;
	sigset_t blocked, old;

	(void)sigemptyset(&blocked);
	(void)sigaddset(&blocked, SIGUSR1);
	assert_int_equal(sigprocmask(SIG_BLOCK, &blocked, &old), 0);
	assert_true(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
	expect_output(fixture, "cd /proc/self/fd && echo *", "0 1 2 3\n"); /* 3: echo's glob */
	/* 28 signals: glibc's posix_spawn() has its own two ignored in the supervisor */
	expect_output(fixture, "sed -En 's/^Sig(Blk|Ign):.*(.{7})$/\\1 \\2/p' /proc/self/status",
		      "Blk 0000000\nIgn 0000000\n");
	expect_output(fixture, "pwd", "/\n");
	expect_output(fixture, "(: </dev/tty) 2>&1 | grep -o 'No such device or address'",
		      "No such device or address\n");
	expect_output(fixture, "set -- $(cut -d' ' -f5 /proc/$$/stat); [ $1 = $$ ] && echo leads",
		      "leads\n");
	expect_output(fixture, "cat; env | sort", "LC_ALL=C\nPATH=/usr/bin:/bin\nPWD=/\n");
	assert_true(signal(SIGPIPE, SIG_DFL) != SIG_ERR);
	assert_int_equal(sigprocmask(SIG_SETMASK, &old, NULL), 0);
}

static void test_kill_reaches_the_group(void **state)
{
	struct fixture *fixture = *state;

	spawn_script(fixture, 1, "sleep 60 & sleep 60 & wait");
	spawn_script(fixture, 2, "sleep 0.2; exit 4");
	spawner_kill(fixture->spawner, 1, SIGTERM); /* in order: after the start */
	spawner_kill(fixture->spawner, 99, SIGTERM);
	await_ends(fixture, 2);
	assert_true(WIFSIGNALED(fixture->seen[1].last.status));
	assert_int_equal(WTERMSIG(fixture->seen[1].last.status), SIGTERM);
	assert_int_equal(WEXITSTATUS(fixture->seen[2].last.status), 4);
}

static void test_group_dies_with_its_leader(void **state)
{
	struct fixture *fixture = *state;

	/* end of file only when the last of the group is gone */
	expect_output(fixture, "sleep 60 & trap '' TERM; sleep 60 & echo started", "started\n");
}

static void test_large_arguments(void **state)
{
	struct fixture *fixture = *state;
	enum { N_LARGE = 15, LARGE = 120 * 1000 };
	char *large = malloc(LARGE + 1);
	const char *argv[N_LARGE + 5] = { "sh", "-c", "echo $# ${#1} ${15} | cut -c 1-20", "sh" };
	struct spawn_request request = request_of(fixture, 1, argv);
	char *output;

	assert_non_null(large);
	memset(large, 'x', LARGE);
	large[LARGE] = '\0';
	for (int i = 0; i < N_LARGE; i++)
		argv[4 + i] = large;
	output = output_of(fixture, &request); /* 1.8 MB */
	assert_string_equal(output, "15 120000 xxxxxxxxxx\n");
	free(output);
	free(large);
}

static void test_too_large_arguments(void **state)
{
	struct fixture *fixture = *state;
	enum { N_LARGE = 60, LARGE = 120 * 1000 };
	char *large = malloc(LARGE + 1);
	const char *argv[N_LARGE + 2] = { "true" };
	const struct spawn_request request = request_of(fixture, 1, argv);
	struct error err;

	assert_non_null(large);
	memset(large, 'x', LARGE);
	large[LARGE] = '\0';
	for (int i = 0; i < 25; i++)
		argv[1 + i] = large;
	spawn_ok(fixture, &request); /* 3 MB: for the kernel to say */
	await_ends(fixture, 1);
	assert_int_equal(fixture->seen[1].n_failed, 1);
	assert_int_equal(fixture->seen[1].last.code, E2BIG);
	for (int i = 0; i < N_LARGE; i++)
		argv[1 + i] = large;
	assert_int_equal(spawner_spawn(fixture->spawner, &request, &err), -E2BIG);
	assert_int_equal(err.class, ERROR_INVALID);
	assert_non_null(strstr(err.text, "6291456 bytes"));
	argv[1] = NULL;
	fixture->seen[1] = (struct seen){ 0 };
	spawn_ok(fixture, &request);
	await_ends(fixture, 2);
	assert_int_equal(fixture->seen[1].n_exited, 1);
	free(large);
}

static void test_misuse(void **state)
{
	struct fixture *fixture = *state;
	const char *const argv[] = { NULL };
	const struct spawn_request request = request_of(fixture, 1, argv);
	const char *const true_argv[] = { "true", NULL };
	const struct spawn_request again = request_of(fixture, 2, true_argv);
	struct spawn_request bad_fd = request_of(fixture, 3, true_argv);
	struct error err;

	assert_int_equal(spawner_spawn(fixture->spawner, &request, &err), -EINVAL);
	spawn_ok(fixture, &again);
	assert_int_equal(spawner_spawn(fixture->spawner, &again, &err), -EEXIST);
	assert_int_equal(err.class, ERROR_BUG);
	bad_fd.stdin_fd = 9999;
	assert_int_equal(spawner_spawn(fixture->spawner, &bad_fd, &err), -EBADF);
	await_ends(fixture, 1);
}

/* The supervisor stopped, so that the socket fills up and the queue is used. */
static void test_full_socket(void **state)
{
	struct fixture *fixture = *state;
	enum { N = 1500 };
	const char *const argv[] = { "sleep", "60", NULL };
	size_t n = 0;
	struct error err;
	int before;

	spawn_script(fixture, 0, "exit 0");
	await_ends(fixture, 1);
	before = count_fds();
	assert_int_equal(kill(supervisor_pid(), SIGSTOP), 0);
	while (n < N) {
		const struct spawn_request request = request_of(fixture, n + 1, argv);
		int r = spawner_spawn(fixture->spawner, &request, &err);

		if (r < 0) {
			assert_int_equal(err.class, ERROR_LIMIT);
			break;
		}
		n++;
	}
	assert_true(n > 20 && n < N);
	assert_true(spawner_wants_write(fixture->spawner));
	assert_true(count_fds() > before);
	for (uint64_t id = 1; id <= n; id++) {
		spawner_kill(fixture->spawner, id, SIGTERM);
		spawner_kill(fixture->spawner, id, SIGKILL);
		spawner_kill(fixture->spawner, id, SIGTERM); /* does not soften the other */
	}
	assert_int_equal(kill(supervisor_pid(), SIGCONT), 0);
	await_ends(fixture, 1 + n);
	assert_false(spawner_wants_write(fixture->spawner));
	assert_int_equal(count_fds(), before);
	for (uint64_t id = 1; id <= n; id++) {
		assert_int_equal(fixture->seen[id].n_exited, 1);
		assert_true(WIFSIGNALED(fixture->seen[id].last.status));
	}
	assert_int_equal(WTERMSIG(fixture->seen[n].last.status), SIGKILL);
}

/* Sent: lost. Still in the queue: started by the next supervisor. */
static void test_supervisor_killed(void **state)
{
	struct fixture *fixture = *state;
	enum { N = 400 };
	size_t n_lost = 0, n_exited = 0;
	pid_t first;
	int before;

	spawn_script(fixture, 1, "exec sleep 60");
	await_start(fixture, 1);
	before = count_fds();
	first = supervisor_pid();
	assert_int_equal(kill(first, SIGSTOP), 0);
	for (uint64_t id = 2; id <= N; id++)
		spawn_script(fixture, id, "exit 0");
	assert_true(spawner_wants_write(fixture->spawner));
	assert_int_equal(kill(first, SIGKILL), 0);
	fixture->respawn_id = N + 1;
	await_ends(fixture, N + 1);
	assert_int_equal(fixture->seen[1].n_lost, 1);
	assert_true(fixture->seen[1].last.pid > 0);
	if (!fixture->sandbox.root) /* else the number means nothing here */
		assert_int_equal(kill(fixture->seen[1].last.pid, 0), -1);
	for (uint64_t id = 1; id <= N; id++) {
		n_lost += (size_t)fixture->seen[id].n_lost;
		n_exited += (size_t)fixture->seen[id].n_exited;
	}
	assert_true(n_lost > 1 && n_exited > 1);
	assert_int_equal(n_lost + n_exited, N);
	assert_int_equal(WEXITSTATUS(fixture->seen[N + 1].last.status), 7);
	assert_int_not_equal(supervisor_pid(), first);
	assert_int_equal(count_fds(), before);
}

/* Not noticed in dispatch, but on the next use. */
static void test_dead_supervisor_unnoticed(void **state)
{
	struct fixture *fixture = *state;

	spawn_script(fixture, 1, "setsid sleep 60 & exec sleep 60");
	await_start(fixture, 1);
	assert_int_equal(kill(supervisor_pid(), SIGKILL), 0);
	spawner_kill(fixture->spawner, 1, SIGTERM);
	spawn_script(fixture, 2, "exit 9");
	await_ends(fixture, 2);
	/* In a sandbox it was bwrap: the one behind it may live on for a moment. */
	assert_int_equal(fixture->seen[1].n_lost + fixture->seen[1].n_exited, 1);
	assert_true(fixture->seen[1].n_lost == 1 || fixture->sandbox.root);
	assert_int_equal(fixture->seen[2].n_lost + fixture->seen[2].n_exited, 1);
}

/* teardown checks that all are gone, though nobody dispatched. */
static void test_free_after_supervisor_was_killed(void **state)
{
	struct fixture *fixture = *state;

	spawn_script(fixture, 1, "setsid sleep 60 & exec sleep 60");
	await_start(fixture, 1);
	assert_int_equal(kill(supervisor_pid(), SIGKILL), 0);
}

static void test_free_ends_what_runs(void **state)
{
	struct fixture *fixture = *state;
	const uint64_t begin = clock_now_ns();

	for (uint64_t id = 1; id <= 20; id++)
		spawn_script(fixture, id, "trap '' TERM; setsid sleep 60 & sleep 60 & wait");
	await_start(fixture, 20);
	spawner_free(fixture->spawner);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_true(clock_now_ns() - begin < 5000000000u);
	assert_int_equal(spawner_new(on_event, fixture, &fixture->spawner, NULL), 0);
}

/* valgrind only pretends to set limits. */
static bool is_limited_to(unsigned long n_files)
{
	FILE *file = fopen("/proc/self/limits", "re");
	char line[256];
	unsigned long soft = 0;

	assert_non_null(file);
	while (fgets(line, sizeof(line), file) && sscanf(line, "Max open files %lu", &soft) != 1)
		;
	(void)fclose(file);
	return soft == n_files;
}

/* Whatever the limit, an outcome for each: exit, or an error that says so. */
static void with_limit(struct fixture *fixture, rlim_t n_files, int *ret_exited, int *ret_refused)
{
	struct rlimit old, low;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	low = (struct rlimit){ .rlim_cur = n_files, .rlim_max = old.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	if (!is_limited_to(n_files)) {
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
		skip();
	}
	*ret_exited = *ret_refused = 0;
	for (uint64_t id = 1; id <= 20; id++) {
		const char *const argv[] = { "true", NULL };
		const struct spawn_request request = request_of(fixture, id, argv);

		if (spawner_spawn(fixture->spawner, &request, NULL) == 0)
			await_ends(fixture, fixture->n_ended + 1);
		else
			++*ret_refused;
		*ret_exited += fixture->seen[id].n_exited;
	}
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
}

static void test_few_descriptors(void **state)
{
	struct fixture *fixture = *state;
	int n_exited, n_refused;

	/* the supervisor has six, and needs four for a request */
	with_limit(fixture, 16, &n_exited, &n_refused);
	assert_int_equal(n_exited, 20);
}

static void test_too_few_descriptors_for_supervisor(void **state)
{
	struct fixture *fixture = *state;
	int n_exited, n_refused;

	with_limit(fixture, 8, &n_exited, &n_refused);
	assert_int_equal(n_exited, 0);
	assert_int_equal(n_refused + (int)fixture->n_ended, 20);
	if (fixture->n_ended)
		assert_int_equal(fixture->seen[20].last.code, EMFILE);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
#define SPAWN_TEST(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)
		SPAWN_TEST(status_and_usage),
		SPAWN_TEST(exec_failures),
		SPAWN_TEST(path_is_of_the_new_environment),
		SPAWN_TEST(relative_path_is_relative_to_cwd),
		SPAWN_TEST(clean_surroundings),
		SPAWN_TEST(kill_reaches_the_group),
		SPAWN_TEST(group_dies_with_its_leader),
		SPAWN_TEST(large_arguments),
		SPAWN_TEST(too_large_arguments),
		SPAWN_TEST(misuse),
		SPAWN_TEST(full_socket),
		SPAWN_TEST(supervisor_killed),
		SPAWN_TEST(dead_supervisor_unnoticed),
		SPAWN_TEST(free_after_supervisor_was_killed),
		SPAWN_TEST(free_ends_what_runs),
		SPAWN_TEST(few_descriptors),
		SPAWN_TEST(too_few_descriptors_for_supervisor),
#define CONFINED_TEST(name) { "confined_" #name, test_##name, setup_confined, teardown, NULL }
		CONFINED_TEST(status_and_usage),
		CONFINED_TEST(exec_failures),
		CONFINED_TEST(shown),
		CONFINED_TEST(path_is_of_the_new_environment),
		CONFINED_TEST(clean_surroundings),
		CONFINED_TEST(kill_reaches_the_group),
		CONFINED_TEST(group_dies_with_its_leader),
		CONFINED_TEST(large_arguments),
		CONFINED_TEST(too_large_arguments),
		CONFINED_TEST(misuse),
		CONFINED_TEST(full_socket),
		CONFINED_TEST(supervisor_killed),
		CONFINED_TEST(dead_supervisor_unnoticed),
		CONFINED_TEST(free_after_supervisor_was_killed),
		CONFINED_TEST(free_ends_what_runs),
	};
	int status = supervisor_main_if_asked(argc, argv);
	int before, after, r;

	if (status >= 0)
		return status;
	before = count_fds();
	r = cmocka_run_group_tests(tests, NULL, NULL);
	after = count_fds();
	if (after != before)
		(void)fprintf(stderr, "%d descriptors before, %d after\n", before, after);
	return r || after != before;
}
