/* SPDX-License-Identifier: MIT */
/* Accounts that processes draw on together: what they say they spent against what is written. */
#include "engine/agent_account.h"

#include "os/shared_record.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { PROCESSES = 4, STEPS = 400, LIMIT = 3000, COST_MAX = 5, NOW = 1 };

static const struct spend no_limit = {
	{ SPEND_NO_LIMIT, SPEND_NO_LIMIT, SPEND_NO_LIMIT },
	SPEND_NO_LIMIT,
};

static char dir[] = "/tmp/test-account-XXXXXX";

static void open_first(struct account *account, uint64_t tokens, uint64_t number)
{
	struct spend limit = no_limit;

	memset(account, 0, sizeof(*account));
	limit.of[SPEND_TOKENS] = tokens;
	ledger_init(&account->ledger, &limit, NOW);
	account_init(account);
	account_share(account, dir, number);
	assert_true(account->fd >= 0);
}

static void join(struct account *account, const char *name)
{
	memset(account, 0, sizeof(*account));
	ledger_init(&account->ledger, &no_limit, NOW);
	account_init(account);
	account_join(account, dir, name);
	assert_true(account->fd >= 0);
}

static bool open_below(struct account *account, struct ledger *child, uint64_t tokens)
{
	struct spend want = no_limit;
	struct error err;
	int r;

	want.of[SPEND_TOKENS] = tokens;
	account_enter(account);
	r = ledger_open(child, &account->ledger, &want, NOW, &err);
	account_leave(account);
	return r == 0;
}

static void close_below(struct account *account, struct ledger *child)
{
	account_enter(account);
	ledger_close(child);
	account_leave(account);
}

static uint64_t left(struct account *account)
{
	uint64_t tokens;

	account_enter(account);
	tokens = ledger_left(&account->ledger, NOW).of[SPEND_TOKENS];
	account_leave(account);
	return tokens;
}

/* Opens and closes accounts beneath, in any order, two at a time; returns what it spent. */
static uint64_t work(const char *name, unsigned seed)
{
	struct account account;
	struct ledger below[2];
	bool is_open[2] = { false, false };
	uint64_t total = 0;

	join(&account, name);
	for (int i = 0; i < STEPS; i++) {
		unsigned random = (unsigned)rand_r(&seed), at = random & 1;

		if (is_open[at]) {
			struct spend cost = { .of[SPEND_TOKENS] = random / 2 % (COST_MAX + 1) };

			if (cost.of[SPEND_TOKENS] > below[at].limit[SPEND_TOKENS])
				cost.of[SPEND_TOKENS] = below[at].limit[SPEND_TOKENS];
			ledger_spend(&below[at], &cost);
			total += cost.of[SPEND_TOKENS];
			close_below(&account, &below[at]);
			is_open[at] = false;
		} else {
			is_open[at] = open_below(&account, &below[at], 1 + random / 2 % 50);
			if (is_open[at]) {
				account_enter(&account);
				account.n_below++;
				account_leave(&account);
			}
		}
	}
	for (int at = 0; at < 2; at++)
		if (is_open[at])
			close_below(&account, &below[at]);
	account_close(&account, NULL);
	return total;
}

static void many_at_once(void **state)
{
	struct account account;
	uint64_t total = 0, spent;
	int pipes[2];
	pid_t pids[PROCESSES];

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	open_first(&account, LIMIT, 1);
	for (unsigned i = 0; i < PROCESSES; i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (pids[i] == 0) {
			spent = work(account.name, i + 1);
			_exit(write(pipes[1], &spent, sizeof(spent)) != sizeof(spent));
		}
	}
	total = work(account.name, 77);
	for (int i = 0; i < PROCESSES; i++) {
		int status;

		assert_int_equal(read(pipes[0], &spent, sizeof(spent)), sizeof(spent));
		total += spent;
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	assert_true(total <= LIMIT && total > LIMIT / 2);
	assert_int_equal(left(&account), LIMIT - total);
	assert_true(account.n_below > PROCESSES);
	account_close(&account, dir);
	assert_int_equal(account.ledger.spent[SPEND_TOKENS], total);
	assert_int_equal(account.ledger.limit[SPEND_TOKENS], LIMIT);
	assert_true(shared_record_open(dir, account.name) < 0);
	(void)close(pipes[0]);
	(void)close(pipes[1]);
}

static void held_by_the_dead(void **state)
{
	struct account account, other;
	struct ledger ours, theirs;
	bool is_held_up;
	int pipes[2];
	char byte;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	open_first(&account, 100, 2);
	pid = fork();
	if (pid == 0) {
		join(&other, account.name);
		byte = (char)open_below(&other, &theirs, 1000);
		(void)!write(pipes[1], &byte, 1);
		for (;;)
			(void)pause();
	}
	assert_int_equal(read(pipes[0], &byte, 1), 1);
	assert_true(byte);
	account_enter(&account);
	is_held_up = account_is_held_up(&account);
	account_leave(&account);
	assert_true(is_held_up);
	assert_false(open_below(&account, &ours, 10));
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	account_enter(&account);
	is_held_up = account_is_held_up(&account);
	account_leave(&account);
	assert_false(is_held_up); /* it is spent */
	assert_false(open_below(&account, &ours, 10));
	account_close(&account, dir);
	assert_int_equal(account.ledger.spent[SPEND_TOKENS], 100);
	(void)close(pipes[0]);
	(void)close(pipes[1]);
}

static void records_of_others(void **state)
{
	static const char *const texts[] = { "x", "much longer than any record is: "
						  "much longer than any record is: "
						  "much longer than any record is: " };
	struct account account, other;
	uint64_t number = 3;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		open_first(&account, 100, number++);
		assert_true(write(account.fd, texts[i], strlen(texts[i])) > 0);
		assert_int_equal(left(&account), 0);
		assert_int_equal(left(&account), 0);
		account_close(&account, dir);
		assert_int_equal(account.ledger.spent[SPEND_TOKENS], 100);
	}
	/* Taken, and not given back. */
	open_first(&account, 100, number++);
	join(&other, account.name);
	account_enter(&other);
	account_close(&other, NULL);
	assert_int_equal(left(&account), 0);
	account_close(&account, dir);
	/* No FIFO. */
	memset(&other, 0, sizeof(other));
	assert_true(shared_record_open("/", "dev/null") < 0);
	assert_true(shared_record_open(dir, "none") < 0);
}

static int make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	(void)state;
	return rmdir(dir); /* it must be empty */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_at_once),
		cmocka_unit_test(held_by_the_dead),
		cmocka_unit_test(records_of_others),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
