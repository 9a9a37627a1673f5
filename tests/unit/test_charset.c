/* SPDX-License-Identifier: MIT */
/* Known answers: the bytes of each row are what Python's codecs make of the text beside them. */
#include "net/charset.h"

#include "base/utf8.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct row {
	const char *label;
	const char *bytes;
	const char *name;
	const char *text;
};

static void expect(const struct row *row, const char *bytes, size_t len)
{
	CLEANUP(buf) struct buf out = { .max = 1 << 20 };
	const char *name = NULL;

	assert_int_equal(charset_to_utf8(bytes, len, row->label, &out, &name), 0);
	if (strcmp(name, row->name) != 0 || strcmp(out.data ? out.data : "", row->text) != 0)
		fail_msg("'%s': '%s' as %s, not '%s' as %s", row->label ? row->label : "",
			 out.data ? out.data : "", name, row->text, row->name);
}

static void check(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		expect(&rows[i], rows[i].bytes, strlen(rows[i].bytes));
}

static void test_labels(void **state)
{
	static const struct row rows[] = {
		{ "utf-8", "caf\xc3\xa9", "utf-8", "café" },
		{ " UTF8 ", "caf\xc3\xa9", "utf-8", "café" },
		{ "iso-8859-1", "caf\xe9 \x80\x93\x94", "windows-1252", "café €“”" },
		{ "Latin1", "\x81\x9f\xff", "windows-1252", "\xc2\x81Ÿÿ" },
		{ "windows-1250", "\x9elu\x9dou\xe8k\xfd", "windows-1250", "žluťoučký" },
		{ "cp1251", "\xcf\xf0\xe8\xe2\xe5\xf2", "windows-1251", "Привет" },
		{ "windows-1253", "\xc3\xe5\xe9\xdc", "windows-1253", "Γειά" },
		{ "iso-8859-9", "\xdeirin \xfd", "windows-1254", "Şirin ı" },
		{ "windows-1255", "\xf9\xec\xe5\xed", "windows-1255", "שלום" },
		{ "iso-8859-2",
		  "\xb3\xf3"
		  "d\xbc",
		  "iso-8859-2", "łódź" },
		{ "iso-8859-5", "\xbf\xe0\xd8", "iso-8859-5", "При" },
		{ "l9", "\xa4", "iso-8859-15", "€" },
		{ "koi8-r", "\xf0\xd2\xc9\xd7\xc5\xd4", "koi8-r", "Привет" },
		{ "koi8-u", "\xf0\xd2\xc9\xd7\xa6\xd4", "koi8-u", "Привіт" },
		{ "cp866", "\x8f\xe0\xa8\xa2\xa5\xe2", "ibm866", "Привет" },
		{ "macintosh", "caf\x8e", "macintosh", "café" },
		{ "x-mac-cyrillic", "\x8f\xf0\xe8\xe2\xe5\xf2", "x-mac-cyrillic", "Привет" },
		{ "shift_jis", "\x93\xfa\x96{\x8c\xea\x87\x40", "shift_jis", "日本語①" },
		{ "euc-jp", "\xc6\xfc\xcb\xdc\xb8\xec", "euc-jp", "日本語" },
		{ "iso-2022-jp", "\x1b$BF|K\\8l\x1b(B.", "iso-2022-jp", "日本語." },
		{ "gb2312", "\xd6\xd0\xce\xc4\x80", "gbk", "中文\xef\xbf\xbd" },
		{ "gb18030", "\x81\x30\x84\x36", "gb18030", "¥" },
		{ "big5", "\xa4\xa4\xa4\xe5", "big5", "中文" },
		{ "euc-kr", "\xc7\xd1\xb1\xb9\x8c\x63", "euc-kr", "한국똠" },
		{ "windows-874", "\xca\xc7\xd1\xca", "windows-874", "สวัส" },
		{ "windows-1258", "Vi\xea\xf2t", "windows-1258", "Việt" },
	};

	(void)state;
	check(rows, countof(rows));
}

static void test_marks(void **state)
{
	static const struct row little = { "windows-1252", NULL, "utf-16le", "hé😀" };
	static const struct row big = { NULL, NULL, "utf-16be", "hé😀" };
	static const struct row odd = { NULL, NULL, "utf-16le", "h\xef\xbf\xbd" };
	static const struct row lone = { NULL, NULL, "utf-16le", "\xef\xbf\xbdh" };
	static const struct row no_mark = { "utf-16le", NULL, "utf-16le", "hé" };
	static const struct row rows[] = {
		{ "windows-1252", "\xef\xbb\xbf\xc3\xa9", "utf-8", "é" },
		{ NULL, "\xef\xbb\xbf", "utf-8", "" },
		{ NULL, "\xff\xfe", "utf-16le", "" },
	};

	(void)state;
	check(rows, countof(rows));
	expect(&little, "\xff\xfeh\0\xe9\0\x3d\xd8\x00\xde", 10);
	expect(&big, "\xfe\xff\0h\0\xe9\xd8\x3d\xde\x00", 10);
	expect(&odd, "\xff\xfeh\0x", 5);
	expect(&lone, "\xff\xfe\x00\xdch\0", 6);
	expect(&no_mark, "h\0\xe9\0", 4);
}

static void test_page_says(void **state)
{
	static const struct row rows[] = {
		{ NULL, "<meta charset=windows-1251>\xcf", "windows-1251",
		  "<meta charset=windows-1251>П" },
		{ NULL, "<META http-equiv=x content=\"text/html; charset=koi8-r\">\xf0", "koi8-r",
		  "<META http-equiv=x content=\"text/html; charset=koi8-r\">П" },
		{ NULL, "<meta charset = 'sjis' />\x93\xfa", "shift_jis",
		  "<meta charset = 'sjis' />日" },
		{ NULL, "<!-- <meta charset=koi8-r> --><meta charset=cp1251>\xcf", "windows-1251",
		  "<!-- <meta charset=koi8-r> --><meta charset=cp1251>П" },
		{ NULL, "<?xml version='1.0' encoding='iso-8859-2'?>\xb3", "iso-8859-2",
		  "<?xml version='1.0' encoding='iso-8859-2'?>ł" },
		{ NULL, "<meta charset=utf-16>x", "utf-8", "<meta charset=utf-16>x" },
		{ NULL, "<metal charset=cp1251>\xcf", "windows-1252", "<metal charset=cp1251>Ï" },
		/* What the transfer said comes first. */
		{ "koi8-r", "<meta charset=cp1251>\xf0", "koi8-r", "<meta charset=cp1251>П" },
		/* A label that nobody knows says nothing. */
		{ "no-such", "<meta charset=cp1251>\xcf", "windows-1251",
		  "<meta charset=cp1251>П" },
	};
	static const char meta[] = "<meta charset=cp1251>\xcf";
	CLEANUP(buf) struct buf out = { .max = 1 << 20 };
	const char *name;
	char page[1200];

	(void)state;
	check(rows, countof(rows));
	/* Beyond the first 1,024 bytes nothing is asked. */
	memset(page, ' ', sizeof(page));
	memcpy(page + 1100, meta, sizeof(meta));
	assert_int_equal(charset_to_utf8(page, strlen(page), NULL, &out, &name), 0);
	assert_string_equal(name, "windows-1252");
}

static void test_lies(void **state)
{
	static const struct row rows[] = {
		{ "utf-8", "caf\xe9 d\xe9j\xe0", "windows-1252", "café déjà" },
		{ "iso-8859-1", "caf\xc3\xa9", "utf-8", "café" },
		{ "windows-1251", "\xd0\x9f\xd1\x80", "utf-8", "Пр" },
		{ "shift_jis", "\xe6\x97\xa5\xe6\x9c\xac", "utf-8", "日本" },
		{ "utf-16le", "<p>plain</p>", "utf-8", "<p>plain</p>" },
		{ "utf-8", "<meta charset=cp1251>\xcf\xf0\xe8", "windows-1251",
		  "<meta charset=cp1251>При" },
		/* One slip in a text that is UTF-8 otherwise. */
		{ "utf-8", "é\xff è", "utf-8", "é\xef\xbf\xbd è" },
		{ NULL, "plain", "utf-8", "plain" },
		{ NULL, "caf\xe9.", "windows-1252", "café." },
	};

	(void)state;
	check(rows, countof(rows));
}

static void test_cut_and_broken(void **state)
{
	static const struct row rows[] = {
		{ "utf-8", "é\xe6\x97", "utf-8", "é\xef\xbf\xbd" },
		{ NULL, "ab\xf0\x9f\x98", "utf-8", "ab\xef\xbf\xbd" },
		{ "shift_jis", "\x93\xfa\x96", "shift_jis", "日\xef\xbf\xbd" },
		{ "gbk", "\xd6\xd0\xce", "gbk", "中\xef\xbf\xbd" },
		/* The Unicode Standard, table 3-8: maximal subparts. */
		{ "utf-8",
		  "ééééééa\xf1\x80\x80\xe1\x80\xc2"
		  "b\x80"
		  "c\x80\xbf"
		  "d",
		  "utf-8",
		  "ééééééa\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
		  "b\xef\xbf\xbd"
		  "c"
		  "\xef\xbf\xbd\xef\xbf\xbd"
		  "d" },
		{ "utf-8", "éééé\xed\xa0\x80", "utf-8",
		  "éééé\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
	};

	(void)state;
	check(rows, countof(rows));
}

static void test_too_long_is_cut(void **state)
{
	static const char *const labels[] = { "utf-8", "windows-1252", "shift_jis" };
	char text[30000];

	(void)state;
	for (size_t i = 0; i < countof(labels); i++) {
		for (size_t max = 20000; max < 20004; max++) {
			CLEANUP(buf) struct buf out = { .max = max };

			for (size_t at = 0; at + 1 < sizeof(text); at += 2)
				memcpy(text + at, i == 0 ? "\xc3\xa9" : "\x93\xfa", 2);
			assert_int_equal(charset_to_utf8(text, sizeof(text), labels[i], &out, NULL),
					 0);
			assert_true(out.len <= max && out.len + 3 >= max);
			assert_true(utf8_is_valid(out.data, out.len));
		}
	}
}

static void test_content_type(void **state)
{
	static const struct {
		const char *type;
		const char *charset; /* NULL: none */
	} rows[] = {
		{ "text/html; charset=UTF-8", "utf-8" },
		{ "text/html;charset=\"Shift_JIS\"", "shift_jis" },
		{ "text/html; version=1; CharSet = koi8-r ; q=1", "koi8-r" },
		{ "text/html", NULL },
		{ "text/html; charset", NULL },
		{ "text/html; charset=", NULL },
		{ "text/html; xcharset=a", NULL },
		{ "text/html; charset=a-name-that-is-too-long", NULL },
		{ NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		char room[16] = "";
		bool has = charset_of_type(rows[i].type, room, sizeof(room));

		assert_int_equal(has, rows[i].charset != NULL);
		if (has)
			assert_string_equal(room, rows[i].charset);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_labels),         cmocka_unit_test(test_marks),
		cmocka_unit_test(test_page_says),      cmocka_unit_test(test_lies),
		cmocka_unit_test(test_cut_and_broken), cmocka_unit_test(test_too_long_is_cut),
		cmocka_unit_test(test_content_type),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
