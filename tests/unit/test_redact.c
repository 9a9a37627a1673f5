/* SPDX-License-Identifier: MIT */
/* Redaction: known answers, and streams cut anywhere against whole texts and a naive search. */
#include "model/encode.h"
#include "model/redact.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct secrets *make(const char *const *variables)
{
	struct secrets *secrets = NULL;
	struct error err = { 0 };

	if (secrets_new(variables, NULL, 0, &secrets, &err) < 0)
		fail_msg("%s", err.text);
	return secrets;
}

/* Feeds pieces of the given lengths, which end with 0; the rest is the last piece. */
static void feed(struct redactor *redactor, const char *data, size_t len, struct buf *out)
{
	struct redacted piece;

	assert_int_equal(redactor_feed(redactor, data, len, &piece), 0);
	buf_add(out, piece.text, piece.len);
}

static void finish(struct redactor *redactor, struct buf *out)
{
	struct redacted piece;

	assert_int_equal(redactor_end(redactor, &piece), 0);
	buf_add(out, piece.text, piece.len);
	assert_int_equal(buf_error(out), 0);
	redactor_release(redactor);
}

static void in_two(const struct secrets *secrets, const char *text, size_t len, size_t cut,
		   struct buf *out)
{
	struct redactor redactor;

	redactor_init(&redactor, secrets, REDACT_ALL);
	feed(&redactor, text, cut, out);
	feed(&redactor, text + cut, len - cut, out);
	finish(&redactor, out);
}

static void byte_by_byte(const struct secrets *secrets, const char *text, size_t len,
			 struct buf *out)
{
	struct redactor redactor;

	redactor_init(&redactor, secrets, REDACT_ALL);
	for (size_t i = 0; i < len; i++)
		feed(&redactor, text + i, 1, out);
	finish(&redactor, out);
}

/* However it is cut. */
static void check(const struct secrets *secrets, const char *text, const char *expected)
{
	size_t len = strlen(text);
	struct buf out = { .max = 1 << 20 };

	for (size_t cut = 0; cut <= len; cut++) {
		buf_clear(&out);
		in_two(secrets, text, len, cut, &out);
		if (strcmp(out.len ? out.data : "", expected) != 0)
			fail_msg("cut at %zu: '%s' gives '%s', not '%s'", cut, text,
				 out.len ? out.data : "", expected);
	}
	buf_clear(&out);
	byte_by_byte(secrets, text, len, &out);
	assert_string_equal(out.len ? out.data : "", expected);
	buf_release(&out);
}

static void test_encode(void **state)
{
	/* base64 of "..secret-value-1??" with 0, 1 and 2 bytes before, by coreutils; trimmed. */
	static const struct {
		enum encode_form form;
		const char *data, *text;
	} cases[] = {
		{ ENCODE_BASE64_0, "secret-value-1", "c2VjcmV0LXZhbHVlLT" },
		{ ENCODE_BASE64_1, "secret-value-1", "NlY3JldC12YWx1ZS0x" },
		{ ENCODE_BASE64_2, "secret-value-1", "zZWNyZXQtdmFsdWUtM" },
		{ ENCODE_BASE64_0, "\xfb\xff\xfe", "+//+" },
		{ ENCODE_BASE64URL_0, "\xfb\xff\xfe", "-__-" },
		{ ENCODE_HEX_LOWER,
		  "\xab"
		  "c",
		  "ab63" },
		{ ENCODE_HEX_UPPER,
		  "\xab"
		  "c",
		  "AB63" },
		{ ENCODE_PERCENT_LOWER, "a/b c~", "a%2fb%20c~" },
		{ ENCODE_PERCENT_UPPER, "a/b c~", "a%2Fb%20c~" },
		{ ENCODE_FORM, "a/b c~", "a%2Fb+c~" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct buf out = { .max = 1000 };

		encode(cases[i].form, cases[i].data, strlen(cases[i].data), &out);
		assert_string_equal(out.data, cases[i].text);
		buf_release(&out);
	}
}

static void test_names(void **state)
{
	static const struct {
		const char *name;
		bool is_secret;
	} cases[] = {
		{ "API_KEY", true },
		{ "api_key", true },
		{ "GITHUB_TOKEN", true },
		{ "MY_SECRET_THING", true },
		{ "DB_PASSWORD", true },
		{ "MYSQL_PWD", true },
		{ "DB_PASS", true },
		{ "SSH_AUTH_SOCK", true },
		{ "AWS_CREDENTIALS", true },
		{ "HTTP_AUTHORIZATION", true },
		{ "PWD", false },
		{ "OLDPWD", false },
		{ "GIT_AUTHOR_NAME", false },
		{ "XKEYBOARD", false },
		{ "HOME", false },
		{ "COMPASS", false },
		{ "KEYMAP", false },
		{ "PASSIVE", false },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		if (secret_is_name(cases[i].name, strlen(cases[i].name)) != cases[i].is_secret)
			fail_msg("%s", cases[i].name);
	}
	assert_true(secret_is_trivial("1234567", 7));
	assert_true(secret_is_trivial("12345678901", 11));
	assert_false(secret_is_trivial("123456789012", 12));
	assert_true(secret_is_trivial("/dev/null", 9));
	assert_false(secret_is_trivial("/dev/no-such-file", 17));
	assert_true(secret_is_trivial("Disabled", 8));
	assert_true(secret_is_trivial("xxxxxxxxxxxx", 12));
	assert_false(secret_is_trivial("hunter2-hunter2", 15));
}

static void test_values(void **state)
{
	static const char *const variables[] = {
		"PATH=/bin:/usr/bin",
		"API_KEY=canary/A1+b2?c3",
		"DB_PASSWORD=canary/A1+b2?c3-longer",
		"EMPTY_TOKEN=",
		"SHORT_KEY=abc12",
		"NO_VALUE_TOKEN",
		"QUOTE_KEY=say \"hi\" again",
		"GIT_AUTHOR_NAME=Jane Austen Doe",
		NULL,
	};
	struct secrets *secrets = make(variables);

	(void)state;
	check(secrets, "", "");
	check(secrets, "nothing to see", "nothing to see");
	check(secrets, "canary/A1+b2?c3", "[redacted:API_KEY]");
	check(secrets, "<canary/A1+b2?c3>", "<[redacted:API_KEY]>");
	check(secrets, "canary/A1+b2?c", "canary/A1+b2?c");
	check(secrets, "canary/A1+b2?c3-longer!", "[redacted:DB_PASSWORD]!");
	check(secrets, "canary/A1+b2?c3-long", "[redacted:API_KEY]-long");
	check(secrets, "canary/A1+b2?c3canary/A1+b2?c3", "[redacted:API_KEY][redacted:API_KEY]");
	check(secrets, "cancanary/A1+b2?c3", "can[redacted:API_KEY]");
	check(secrets, "x Y2FuYXJ5L0ExK2IyP2Mz y", "x [redacted:API_KEY] y");
	check(secrets, "63616e6172792f41312b62323f6333", "[redacted:API_KEY]");
	check(secrets, "63616E6172792F41312B62323F6333.", "[redacted:API_KEY].");
	check(secrets, "u=canary%2FA1%2Bb2%3Fc3&", "u=[redacted:API_KEY]&");
	check(secrets, "u=canary%2fA1%2bb2%3fc3&", "u=[redacted:API_KEY]&");
	check(secrets, "say \"hi\" again", "[redacted:QUOTE_KEY]");
	check(secrets, "{\"a\":\"say \\\"hi\\\" again\"}", "{\"a\":\"[redacted:QUOTE_KEY]\"}");
	check(secrets, "abc12 /bin:/usr/bin Jane Austen Doe",
	      "abc12 /bin:/usr/bin Jane Austen Doe");
	secrets_unref(secrets);
}

/* Values that are longer than a piece, and values with lines. */
static void test_long_values(void **state)
{
	char variable[4000] = "LONG_SECRET=";
	const char *const variables[] = {
		variable,
		"PEM_KEY=-----BEGIN X-----\nMIIEvQIBADANBgkqhkiG9w0B\nAQEFAASCBKcwggSjAgEAAoIB\n",
		NULL
	};
	size_t from = strlen(variable), len = sizeof(variable) - 1 - from;
	struct secrets *secrets;
	struct buf text = { .max = 10000 };

	(void)state;
	for (size_t i = 0; i < len; i++)
		variable[from + i] = "0123456789abcdefghijkmnopqrstu"[i * i * 7 % 29];
	secrets = make(variables);
	buf_printf(&text, "<%s>", variable + from);
	check(secrets, text.data, "<[redacted:LONG_SECRET]>");
	buf_clear(&text);
	encode(ENCODE_HEX_LOWER, variable + from, len, &text);
	check(secrets, text.data, "[redacted:LONG_SECRET]");
	buf_clear(&text);
	encode(ENCODE_BASE64_2, variable + from, len, &text);
	check(secrets, text.data, "[redacted:LONG_SECRET]");
	check(secrets, "  2\tMIIEvQIBADANBgkqhkiG9w0B\n", "  2\t[redacted:PEM_KEY]\n");
	check(secrets, "-----BEGIN X-----\n", "-----BEGIN X-----\n");
	buf_release(&text);
	secrets_unref(secrets);
}

#define CHARS36 "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1eF3hJ5"
#define LINE64 "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj"

static void test_tokens(void **state)
{
	static const char *const none[] = { NULL };
	static const struct {
		const char *text, *expected;
	} cases[] = {
		{ "ghp_" CHARS36, "[redacted:github-token]" },
		{ "t=gho_" CHARS36 "xx.", "t=[redacted:github-token]." },
		{ "xghp_" CHARS36, "xghp_" CHARS36 },
		{ "ghp_short", "ghp_short" },
		{ "ghp_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		  "ghp_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" },
		{ "github_pat_11ABCDE0Y0" CHARS36 "_" CHARS36 CHARS36 "\n",
		  "[redacted:github-token]\n" },
		{ "glpat-Ab1-Cd2_Ef3gHi4jKl5m", "[redacted:gitlab-token]" },
		{ "xoxb-123456789012-abcDEF", "[redacted:slack-token]" },
		{ "xoxb-a-b-c-d-e-f-g", "xoxb-a-b-c-d-e-f-g" },
		{ "id AKIAIOSFODNN7EXAMPLE,", "id [redacted:aws-key]," },
		{ "AKIAIOSFODNN7EXAMPLEX", "AKIAIOSFODNN7EXAMPLEX" },
		{ "AIzaSyA1bC2dE3fG4hI5jK6lM7nO8pQ9rS0tU1v", "[redacted:google-key]" },
		{ "sk-" CHARS36, "[redacted:api-key]" },
		{ "sk-ant-api03-" CHARS36 "-_" CHARS36, "[redacted:api-key]" },
		{ "sk-proj-abc_1" CHARS36, "[redacted:api-key]" },
		{ "task-" CHARS36, "task-" CHARS36 },
		{ "sk-folding-cube-of-many-sides", "sk-folding-cube-of-many-sides" },
		{ "npm_" CHARS36, "[redacted:npm-token]" },
		{ "npm_config_registry_something_with_a_name",
		  "npm_config_registry_something_with_a_name" },
		{ "hf_" CHARS36, "[redacted:hf-token]" },
		{ "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmN",
		  "[redacted:jwt]" },
		{ "eyJhbGciOiJIUzI1NiJ9.eyJzdWIi", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIi" },
		{ "a eyJhbGciOiJIUzI1NiJ9 b", "a eyJhbGciOiJIUzI1NiJ9 b" },
		{ "postgres://me:s3cr3t!x@db:5432/x",
		  "postgres://me:[redacted:url-password]@db:5432/x" },
		{ "redis://:hunter22@h", "redis://:[redacted:url-password]@h" },
		{ "http://host:8080/a@b", "http://host:8080/a@b" },
		{ "https://$USER:$PASS@host", "https://$USER:$PASS@host" },
		{ "ssh://git@github.com:22/x", "ssh://git@github.com:22/x" },
		{ "scheme://user:password@host", "scheme://user:password@host" },
		{ "Authorization: Bearer mF_9.B5f-4.1JqM\r\n",
		  "Authorization: Bearer [redacted:authorization]\r\n" },
		{ "-H 'authorization: basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=='",
		  "-H 'authorization: basic [redacted:authorization]'" },
		{ "{\"Authorization\": \"Token 9944b09199c62bcf9418\"}",
		  "{\"Authorization\": \"Token [redacted:authorization]\"}" },
		{ "Authorization: Bearer $TOKEN", "Authorization: Bearer $TOKEN" },
		{ "Authorization: Basic authentication", "Authorization: Basic authentication" },
		{ "the authorization of bearers is basic",
		  "the authorization of bearers is basic" },
		{ "a\n-----BEGIN RSA PRIVATE KEY-----\n" LINE64 "\n" LINE64 "\nabc=\n"
		  "-----END RSA PRIVATE KEY-----\nb",
		  "a\n[redacted:private-key]\nb" },
		{ "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n"
		  "DEK-Info: AES-128-CBC,0123456789ABCDEF0123456789ABCDEF\n\n" LINE64 "\n"
		  "-----END EC PRIVATE KEY-----",
		  "[redacted:private-key]" },
		{ "\"-----BEGIN PRIVATE KEY-----\\n" LINE64 "\\n-----END PRIVATE KEY-----\\n\"",
		  "\"[redacted:private-key]\\n\"" },
		{ "-----BEGIN PRIVATE KEY----- is how one begins",
		  "-----BEGIN PRIVATE KEY----- is how one begins" },
		{ "-----BEGIN CERTIFICATE-----\n" LINE64 "\n-----END CERTIFICATE-----",
		  "-----BEGIN CERTIFICATE-----\n" LINE64 "\n-----END CERTIFICATE-----" },
		{ "-----BEGIN PRIVATE KEY-----\n" LINE64 "\n" LINE64 "\n(cut here) and more",
		  "[redacted:private-key]\n(cut here) and more" },
		{ "ghp_" CHARS36 " sk-" CHARS36, "[redacted:github-token] [redacted:api-key]" },
		{ "-------- :// -- eyJ ghp_ xox ://:@ Authorization:",
		  "-------- :// -- eyJ ghp_ xox ://:@ Authorization:" },
	};
	struct secrets *secrets = make(none);

	(void)state;
	for (size_t i = 0; i < countof(cases); i++)
		check(secrets, cases[i].text, cases[i].expected);
	secrets_unref(secrets);
}

/* A key without an end takes no more than its bound, and what follows it is there. */
static void test_pem_bounds(void **state)
{
	static const char *const none[] = { NULL };
	struct secrets *secrets = make(none);
	struct buf text = { .max = 1 << 20 }, out = { .max = 1 << 20 };

	(void)state;
	buf_add_str(&text, "-----BEGIN PRIVATE KEY-----\n" LINE64 "\n");
	for (int i = 0; i < 200; i++)
		buf_add_str(&text, "some prose of short words.\n");
	assert_int_equal(redact_text(secrets, text.data, text.len, &out), 1);
	assert_int_equal(strncmp(out.data, "[redacted:private-key]\nsome prose", 32), 0);
	buf_clear(&text);
	buf_clear(&out);
	buf_add_str(&text, "-----BEGIN PRIVATE KEY-----\n");
	for (int i = 0; i < 2000; i++)
		buf_add_str(&text, LINE64 "\n");
	assert_int_equal(redact_text(secrets, text.data, text.len, &out), 1);
	assert_true(out.len > text.len - TOKEN_PEM_MAX - 100 && out.len < text.len - 60000);
	buf_release(&text);
	buf_release(&out);
	secrets_unref(secrets);
}

/* ---- the oracle: each end's longest needle, in a list of owners by byte ---- */

enum { TEXT_MAX = 400, NEEDLES = 6 };

struct owner {
	size_t from;
	size_t needle;
};

static void naive(const char *const *needles, const char *text, size_t len, struct buf *out)
{
	struct owner owners[TEXT_MAX + 1];
	size_t owner_of[TEXT_MAX] = { 0 }, n = 1;

	for (size_t end = 1; end <= len; end++) {
		size_t best = NEEDLES, best_len = 0, from, id;

		for (size_t i = 0; i < NEEDLES; i++) {
			size_t n_needle = strlen(needles[i]);

			if (n_needle <= end && n_needle > best_len &&
			    memcmp(text + end - n_needle, needles[i], n_needle) == 0) {
				best = i;
				best_len = n_needle;
			}
		}
		if (best == NEEDLES)
			continue;
		from = end - best_len;
		id = owner_of[from];
		if (!id || owners[id].needle != best || owners[id].from == from) {
			id = n++;
			owners[id] = (struct owner){ from, best };
		}
		for (size_t i = from; i < end; i++)
			owner_of[i] = id;
	}
	for (size_t i = 0; i < len; i++) {
		if (!owner_of[i])
			buf_add(out, text + i, 1);
		else if (i == 0 || owner_of[i] != owner_of[i - 1])
			buf_printf(out, "[redacted:KEY%zu]", owners[owner_of[i]].needle);
	}
}

static void test_random_cuts(void **state)
{
	char strings[NEEDLES][40];
	const char *variables[NEEDLES + 1] = { NULL }, *needles[NEEDLES];
	char text[TEXT_MAX + 1];
	struct buf out = { .max = 1 << 16 }, expected = { .max = 1 << 16 };
	unsigned long seed = 12345;
	size_t n_marks = 0;

	(void)state;
#define NEXT(n) ((size_t)((seed = seed * 6364136223846793005u + 1442695040888963407u) >> 33) % (n))
	for (int round = 0; round < 3000; round++) {
		struct redactor redactor;
		struct secrets *secrets;
		size_t len = NEXT(TEXT_MAX);

		/* Needles that are parts of one string over few letters overlap in every way. */
		for (size_t i = 0; i < NEEDLES; i++) {
			size_t n = 8 + NEXT(12);
			int at = snprintf(strings[i], sizeof(strings[i]), "KEY%zu=", i);

			for (size_t k = 0; k < n; k++)
				strings[i][(size_t)at + k] =
					"#$&!"[(k + NEXT(2) * (k % 5 == 0)) % 4];
			strings[i][(size_t)at + n] = '\0';
			variables[i] = strings[i];
			needles[i] = strings[i] + at;
		}
		for (size_t i = 0; i < len; i++)
			text[i] = "#$&!"[(i + (NEXT(16) == 0)) % 4];
		text[len] = '\0';
		for (size_t i = 0; i < NEEDLES; i++) /* the first of equal ones is it */
			for (size_t k = i + 1; k < NEEDLES; k++)
				if (strcmp(needles[i], needles[k]) == 0)
					needles[k] = "none of these";
		secrets = make(variables);
		buf_clear(&out);
		buf_clear(&expected);
		naive(needles, text, len, &expected);
		redactor_init(&redactor, secrets, REDACT_VALUES);
		for (size_t at = 0; at < len;) {
			size_t n = 1 + NEXT(20);

			n = n < len - at ? n : len - at;
			feed(&redactor, text + at, n, &out);
			assert_true(redactor.held.len < 20);
			at += n;
		}
		n_marks += redactor.n_redacted;
		finish(&redactor, &out);
		if (out.len != expected.len ||
		    memcmp(out.data ? out.data : "", expected.data ? expected.data : "", out.len) !=
			    0)
			fail_msg("round %d:\n%s\n%s\n%s", round, text, out.data, expected.data);
		secrets_unref(secrets);
	}
	assert_true(n_marks > 10000);
	buf_release(&out);
	buf_release(&expected);
}

static void test_wholes(void **state)
{
	static const char *const variables[] = { "API_KEY=canary-A1b2c3", NULL };
	struct secrets *secrets = make(variables);
	struct error err;
	struct blob *blob = blob_new("a\0b ghp_" CHARS36, 44), *after;
	struct buf out = { .max = 100 };
	uint64_t n = 0;

	(void)state;
	(void)error_set(&err, ERROR_INVALID, 0, "unknown word 'canary-A1b2c3' of ghp_%s", CHARS36);
	redact_error(secrets, &err);
	assert_string_equal(err.text,
			    "unknown word '[redacted:API_KEY]' of [redacted:github-token]");
	(void)error_set(&err, ERROR_INVALID, 0, "not 'canary-A1b2c'");
	redact_error(secrets, &err);
	assert_string_equal(err.text, "not '[redacted:API_KEY]'");
	(void)error_set(&err, ERROR_INVALID, 0, "not 'canary-A1b2'");
	redact_error(secrets, &err);
	assert_string_equal(err.text, "not 'canary-A1b2'");
	after = redact_blob(secrets, blob, &n);
	assert_ptr_equal(after, blob); /* tokens are not looked for in files */
	assert_int_equal(n, 0);
	blob_unref(blob);
	blob = blob_new("a\0canary-A1b2c3\0canary-A1b2c3", 29);
	after = redact_blob(secrets, blob, &n);
	assert_int_equal(n, 2);
	assert_int_equal(blob_len(after), 39);
	assert_memory_equal(blob_data(after), "a\0[redacted:API_KEY]\0[redacted:API_KEY]", 39);
	blob_unref(after);
	assert_int_equal(redact_text(NULL, "canary-A1b2c3", 13, &out), 0);
	assert_string_equal(out.data, "canary-A1b2c3");
	buf_release(&out);
	secrets_unref(secrets);
}

static void test_too_many(void **state)
{
	static char big[4][128 << 10];
	const char *const variables[] = { big[0], big[1], big[2], big[3], NULL };
	struct secrets *secrets;
	struct error err;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		size_t at = (size_t)snprintf(big[i], sizeof(big[i]), "BIG_KEY_%zu=", i);

		for (uint32_t x = (uint32_t)i + 1; at < sizeof(big[i]) - 1; at++)
			big[i][at] = (char)('a' + (x = x * 1664525u + 1013904223u) % 997 % 26);
	}
	assert_int_equal(secrets_new(variables, NULL, 0, &secrets, &err), -E2BIG);
	assert_int_equal(err.class, ERROR_LIMIT);
	assert_int_equal(secrets_new(variables + 3, NULL, 0, &secrets, &err), 0);
	secrets_unref(secrets);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_encode),      cmocka_unit_test(test_names),
		cmocka_unit_test(test_values),      cmocka_unit_test(test_long_values),
		cmocka_unit_test(test_tokens),      cmocka_unit_test(test_pem_bounds),
		cmocka_unit_test(test_random_cuts), cmocka_unit_test(test_wholes),
		cmocka_unit_test(test_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
