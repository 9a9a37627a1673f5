/* SPDX-License-Identifier: MIT */
/* Pages and the Markdown they are, letter by letter. */
#include "net/html.h"

#include "base/attr.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct row {
	const char *html;
	const char *markdown;
};

static const char *text_of(const struct buf *buf)
{
	return buf->data ? buf->data : "";
}

static void check(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct html_page page;

		assert_int_equal(html_read(rows[i].html, strlen(rows[i].html), "http://h/d/p.html",
					   NULL, &page),
				 0);
		if (strcmp(text_of(&page.text), rows[i].markdown) != 0)
			fail_msg("of\n%s\ncame\n%s\nnot\n%s", rows[i].html, text_of(&page.text),
				 rows[i].markdown);
		html_page_release(&page);
	}
}

static void test_blocks(void **state)
{
	static const struct row rows[] = {
		{ "", "" },
		{ " \n ", "" },
		{ "plain", "plain\n" },
		{ "<h1>A</h1><h3> B  c </h3><h6>D</h6>", "# A\n\n### B c\n\n###### D\n" },
		{ "<h2>a<br>b <p>c</p></h2>", "## a b c\n" },
		{ "<h2></h2>x", "x\n" },
		{ "<p>a\n b\t c</p>\n\n<p>d</p>", "a b c\n\nd\n" },
		{ "<div><div>a</div></div><div>b</div>", "a\n\nb\n" },
		{ "a<br>b<br><br>c<br/><br/><br/>d", "a\nb\n\nc\n\nd\n" },
		{ "a<hr>b", "a\n\n---\n\nb\n" },
		{ "<blockquote><p>a<p>b<blockquote>c</blockquote></blockquote>d",
		  "> a\n>\n> b\n>\n> > c\n\nd\n" },
		{ "<blockquote></blockquote>a", "a\n" },
		{ "<dl><dt>a<dd>b<dt>c<dt>d<dd><p>e<p>f<dd>g</dl>",
		  "**a** : b\n\n**c**\n**d** : e\n\nf\n\ng\n" },
		{ "<dl><dt>a<dd><ul><li>x</ul></dl>", "**a**\n\n- x\n" },
		{ "<dl><dt>a:<dd>b<dt><code>c:</code><dd>d</dl>", "**a:** b\n\n**`c:`** d\n" },
		{ "<dl>a<dd>b</dl><h1>c<dd>d</h1>", "a\n\nb\n\n# c d\n" },
		{ "<dl><dt><code>f(<em>x</em>)</code><dd>y</dl>", "**`f(x)`** : y\n" },
		{ "<details><summary>S</summary>body</details>", "**S**\n\nbody\n" },
		{ "<figure><img alt='A cat' src=c><figcaption>Cap</figcaption></figure>",
		  "A cat\n\nCap\n" },
		{ "a&nbsp;b&#x200b;c&shy;d\xee\x80\x81", "a bcd\n" },
	};

	(void)state;
	check(rows, countof(rows));
}

static void test_lists(void **state)
{
	static const struct row rows[] = {
		{ "<ul><li>a<li>b</ul>c", "- a\n- b\n\nc\n" },
		{ "<p>x</p><ul>\n<li>a</li>\n<li>b</li>\n</ul>", "x\n\n- a\n- b\n" },
		{ "<ul><li>a<ul><li>b<ol><li>c</ol></ul><li>d</ul>",
		  "- a\n  - b\n    1. c\n- d\n" },
		{ "<ol start=3><li><p>a</p><p>b</p><li value=9>c<li>d</ol>",
		  "3. a\n\n   b\n9. c\n10. d\n" },
		{ "<ul><li></li><li> </li></ul>x", "x\n" },
		{ "<ul><li><ul><li>x</ul></ul>", "- - x\n" },
		{ "<ul><li><pre>x\ny</pre>z</ul>", "- ```\n  x\n  y\n  ```\n\n  z\n" },
		{ "<ul><li>a<blockquote>b</blockquote></ul>", "- a\n\n  > b\n" },
		{ "<ol><li>a<p>b<li>c</ol>", "1. a\n\n   b\n2. c\n" },
		{ "<li>a<li>b", "- a\n- b\n" },
		{ "<ul><b>t</b><li>a</ul>", "**t**\n- a\n" },
	};

	(void)state;
	check(rows, countof(rows));
}

static void test_words(void **state)
{
	static const struct row rows[] = {
		{ "a <b> bold </b>, <i>it</i>", "a **bold** , *it*\n" },
		{ "<b><b>x</b></b> <strong></strong>y", "**x** y\n" },
		{ "<em><b>both</b></em>", "***both***\n" },
		{ "<em>*args</em>", "*args\n" },
		{ "<b><p>one</p><p>two</p></b>", "one\n\ntwo\n" },
		{ "<del>a</del> <q>b</q>", "~~a~~ \"b\"\n" },
		{ "x<sup>2</sup> 10<sup>-6</sup> 1<sup>st</sup> H<sub>2</sub>O",
		  "x^2 10^-6 1st H2O\n" },
		{ "2<sup><small>32</small></sup> x<sup><i>n</i></sup> 1<sup><i>st</i></sup>",
		  "2^32 x^*n* 1*st*\n" },
		{ "<code>a  b</code> <kbd>x`y</kbd> <tt>`</tt> <code></code>",
		  "`a b` ``x`y`` `` ` ``\n" },
		{ "<code>&lt;p&gt; &amp;amp;</code>", "`<p> &amp;`\n" },
		{ "&copy;&notit;&#128;&#x1F600;&#0;&unknown; x&y&",
		  "©¬it;€😀\xef\xbf\xbd&unknown; x&y&\n" },
		{ "<math alttext=\"x^2\"><mi>x</mi></math>.", "x^2.\n" },
		{ "<math><semantics><mi>y</mi><annotation>y_</annotation></semantics></math>",
		  "y\n" },
		{ "<img alt='logo.PNG'>a<img src=x>", "a\n" },
	};

	(void)state;
	check(rows, countof(rows));
}

static void test_code(void **state)
{
	static const struct row rows[] = {
		{ "<pre>\n a\n\n  b\n</pre>", "```\n a\n\n  b\n```\n" },
		{ "<pre><code class='hljs language-c'>int x;</code></pre>", "```c\nint x;\n```\n" },
		{ "<div class='highlight-python notranslate'><div class=highlight><pre>p</pre>",
		  "```python\np\n```\n" },
		{ "<pre class='sourceCode rust'>r</pre>", "```rust\nr\n```\n" },
		{ "<pre class='language-default'>r</pre>", "```\nr\n```\n" },
		{ "<pre data-lang='c++'>r</pre>", "```c++\nr\n```\n" },
		{ "<pre>a\n```\nb</pre>", "````\na\n```\nb\n````\n" },
		{ "<pre>&lt;b&gt;<b>x</b>&#10;<span class=lineno>1</span>y\r\nz\rw</pre>",
		  "```\n<b>x\ny\nz\nw\n```\n" },
		{ "<pre><div>a</div><div>b</div></pre>", "```\na\nb\n```\n" },
		{ "<pre>a<br>b</pre>", "```\na\nb\n```\n" },
		{ "<pre> \n </pre>x", "x\n" },
		{ "<div class=fragment><div class=line><a id=l1></a><span class=lineno>1 "
		  "</span>a</div>"
		  "<div class=line>&#160; b</div><div class=ttc>tip</div></div>c",
		  "```\na\n  b\n```\n\nc\n" },
		{ "<div class=fragment>a<div class=line>b</div></div>", "a\n\nb\n" },
		{ "<pre><code>a</code><code>b</code>\n<code>c</code> <code>d</code></pre>",
		  "```\na\nb\nc d\n```\n" },
		{ "<h1>a<pre>b</pre>c</h1>", "# a `b` c\n" },
		{ "a<code> b </code>c<code>d&nbsp;</code>e<code>f g</code>h",
		  "a `b` c`d` e`f g`h\n" },
		{ "<code><img alt=x>y</code>", "`xy`\n" },
		{ "<xmp><b>raw</b></xmp>", "```\n<b>raw</b>\n```\n" },
		{ "<blockquote><pre>a\n\nb</pre></blockquote>", "> ```\n> a\n>\n> b\n> ```\n" },
	};

	(void)state;
	check(rows, countof(rows));
}

static void test_tables(void **state)
{
	static const struct row rows[] = {
		{ "<table><tr><th>A<th>B<tr><td>1|2<td><code>x|y</code></table>",
		  "| A | B |\n| --- | --- |\n| 1\\|2 | `x\\|y` |\n" },
		{ "<table><caption>Cap</caption><thead><tr><td>a</td><td>b</td></tr></thead>"
		  "<tbody><tr><td>c</td></tr></tbody></table>x",
		  "Cap\n\n| a | b |\n| --- | --- |\n| c | |\n\nx\n" },
		{ "<table><tr><td colspan=2>a<td>b<tr><td rowspan=2>c<td>d<td>e<tr><td>f<td>g"
		  "</table>",
		  "| a | | b |\n| --- | --- | --- |\n| c | d | e |\n| | f | g |\n" },
		{ "<table><tr><td>a<p>b<br>c<td><ul><li>x<li>y</ul><tr><td>d<td>e</table>",
		  "| a b c | x; y |\n| --- | --- |\n| d | e |\n" },
		{ "<table><tr><td>one<tr><td>two</table>", "one\n\ntwo\n" },
		{ "<table><tr><td>menu<td>text</table>", "menu\n\ntext\n" },
		{ "<table><tr><td><table><tr><td>in</table><td>b<tr><td>c<td>d</table>",
		  "in\n\nb\n\nc\n\nd\n" },
		{ "<table role=presentation><tr><td>a<td>b<tr><td>c<td>d</table>",
		  "a\n\nb\n\nc\n\nd\n" },
		{ "<table>lost<tr><td>a<td>b<tr><td>c<td>d</table>",
		  "lost\n\n| a | b |\n| --- | --- |\n| c | d |\n" },
		{ "<table><tr><td><a href=x>a|b</a><td>b<tr><td> <td> <tr><td>c<td>d</table>",
		  "| [a\\|b](http://h/d/x) | b |\n| --- | --- |\n| c | d |\n" },
		{ "<table><td>a<th>b<tbody><td>c<td>d", "| a | b |\n| --- | --- |\n| c | d |\n" },
		{ "<table></table>x", "x\n" },
		/* A cell beside one that reaches down is in a column of its own. */
		{ "<table><tr><td>a<td rowspan=3>b<tr><td rowspan=2>c<td>d<tr><td>e</table>",
		  "| a | b | |\n| --- | --- | --- |\n| c | | d |\n| | | e |\n" },
		{ "<table><tr><td rowspan=2>a<td>b<tr><tr><td>c<td>d</table>",
		  "| a | b |\n| --- | --- |\n| c | d |\n" },
		{ "<table><tr><td colspan=99>a<tr><td>b<td>c</table>",
		  "| a | |\n| --- | --- |\n| b | c |\n" },
	};

	(void)state;
	check(rows, countof(rows));
}

static void test_links(void **state)
{
	static const struct row rows[] = {
		{ "<a href=\"../x?a=1&amp;b=2\">t</a>", "[t](http://h/x?a=1&b=2)\n" },
		{ "a <a href=q> b </a> c", "a [b](http://h/d/q) c\n" },
		{ "<a href=q><img alt=pic></a><a href=r></a><a href=s> </a>",
		  "[pic](http://h/d/q)\n" },
		{ "<a href='javascript:x()'>j</a> <a href=' JAVASCRIPT:y'>k</a>", "j k\n" },
		{ "<a href='java\nscript:x'>j</a> <a href='data:text/html,x'>d</a>", "j d\n" },
		{ "<a href=#here>here</a> <a name=x>y</a> <a href=''>z</a>", "here y z\n" },
		{ "<a href=q><h3>T</h3><p>D</p></a>", "### [T](http://h/d/q)\n\nD\n" },
		{ "<h2>T <a href=#t>¶</a></h2><h3>U<a href=#u> &para; </a></h3>",
		  "## T\n\n### U\n" },
		{ "<a href=#top><img alt=top></a>x<a href=p><img alt=y></a>",
		  "x[y](http://h/d/p)\n" },
		{ "<h2>T<a class=headerlink href=#t>link</a></h2>", "## T\n" },
		{ "<a href='a b(c'>x</a> <a href='w_(y)'>z</a>",
		  "[x](http://h/d/a%20b%28c) [z](http://h/d/w_(y))\n" },
		{ "<a href=1>one<a href=2>two</a>", "[one](http://h/d/1)[two](http://h/d/2)\n" },
		{ "<b><a href=1>x</a></b> <a href=1><b>x</b></a>",
		  "**[x](http://h/d/1)** [**x**](http://h/d/1)\n" },
		{ "<a href=1><code>f()</code></a>", "[`f()`](http://h/d/1)\n" },
		{ "<a href=1>a<br>b</a>", "[a\nb](http://h/d/1)\n" },
		{ "<base href='http://o/e/'><a href=f>g</a>", "[g](http://o/e/f)\n" },
		{ "<base href='../e/'><a href=f>g</a>", "[g](http://h/e/f)\n" },
		{ "<base target=x><a href=f>g</a>", "[g](http://h/d/f)\n" },
		{ "<a href='mailto:a@b'>m</a>", "[m](mailto:a@b)\n" },
	};
	struct html_page page;

	(void)state;
	check(rows, countof(rows));
	assert_int_equal(html_read("<a href=a/../b>x</a>", 20, NULL, NULL, &page), 0);
	assert_string_equal(page.text.data, "[x](a/../b)\n");
	html_page_release(&page);
}

static void test_escapes(void **state)
{
	static const struct row rows[] = {
		{ "<p># a<p>####### b<p>#c", "\\# a\n\n####### b\n\n#c\n" },
		{ "<p>1. a<p>12) b<p>1.5 c<p>1234567890. d",
		  "1\\. a\n\n12\\) b\n\n1.5 c\n\n1234567890. d\n" },
		{ "<p>- a<p>+<p>* b<p>-c<p>&gt; d", "\\- a\n\n\\+\n\n\\* b\n\n-c\n\n\\> d\n" },
		{ "<p>```<p>~~~x<p>---<p>=<p>* * *",
		  "\\```\n\n\\~~~x\n\n\\---\n\n\\=\n\n\\* * *\n" },
		{ "<p>&lt;div> a<p>&lt; b<p>[1]: x<p>[1] x",
		  "\\<div> a\n\n< b\n\n\\[1]: x\n\n[1] x\n" },
		{ "a<br>- b", "a\n\\- b\n" },
		{ "<ul><li># a<li>1. b</ul>", "- \\# a\n- 1\\. b\n" },
		{ "<h2>1. One</h2>", "## 1. One\n" },
		{ "a # b * c _d_ [e]", "a # b * c _d_ [e]\n" },
		{ "<code>```</code>", "```` ``` ````\n" },
	};

	(void)state;
	check(rows, countof(rows));
}

/* What the HTML standard says of end tags that are missing, crossed or stray. */
static void test_soup(void **state)
{
	static const struct row rows[] = {
		{ "<p>a<p>b<div>c</p>d", "a\n\nb\n\ncd\n" },
		{ "<p>a<ul><li>b</ul>c</p>", "a\n\n- b\n\nc\n" },
		{ "<i>1<b>2</i>3</b>4", "*1**2***34\n" },
		{ "<b><p>x</b>y</p>z", "xy\n\nz\n" },
		{ "</p>a</div></b></td>b", "ab\n" },
		{ "<h1>a<h2>b</h3>c", "# a\n\n## b\n\nc\n" },
		{ "<ul><li>a<div>b<li>c</ul>", "- a\n\n  b\n- c\n" },
		{ "<td>a</td><tr>b<tbody>c", "abc\n" },
		{ "a < b <3 </ x> <> c<", "a < b <3 <> c<\n" },
		{ "a<!-- > -->b<!-->c<!--->d<!-- --!>e<!x>f<?y>g</>h", "abcdefgh\n" },
		{ "a<!-- never ended", "a\n" },
		{ "a<p title='never ended", "a\n" },
		{ "a<p title=\"x>y\" class='>'>b<P\n>c", "a\n\nb\n\nc\n" },
		{ "a<br/>b</br>c", "a\nb\nc\n" },
		{ "<script>if (a < b) '<p>x</p>'</script>a<style>p{}</style>b", "ab\n" },
		{ "<script><!-- <script> </script> --></script>a", "a\n" },
		{ "<script><!-- x </script>a", "a\n" },
		{ "<title>a<b></title>c", "c\n" },
		{ "<textarea><p>x</textarea>a<select><option>o</select>b", "ab\n" },
		{ "<template><p>x</template>a", "a\n" },
		{ "a<svg><title>t</title><path/><g>u</g></svg>b<svg><g><p>c", "ab\n\nc\n" },
		{ "<x-card>a<y-z>b</x-card>c</y-z>d", "abcd\n" },
		{ "a<plaintext><b>x", "a<b>x\n" },
		{ "<frameset><noframes>x</noframes></frameset>a", "a\n" },
		{ "a<svg/>b<math/>c", "abc\n" },
	};

	(void)state;
	check(rows, countof(rows));
}

#define LONG_TEXT                                                                                  \
	"A page has text of its own, and enough of it that nobody takes what stands around it "    \
	"for the text that was asked for when somebody came here to read, which is now."

static void test_main_part(void **state)
{
	static const struct row rows[] = {
		{ "<nav>n</nav><main>" LONG_TEXT "</main><footer>f</footer>", LONG_TEXT "\n" },
		{ "<nav>menu</nav><main><p>text</main><footer>foot</footer>", "text\n" },
		{ "<nav>n</nav><p>" LONG_TEXT "<footer>f</footer>", LONG_TEXT "\n" },
		{ "<header>h</header>" LONG_TEXT "<aside>a</aside><dialog>d</dialog>",
		  LONG_TEXT "\n" },
		{ "<header><h1>T</h1><nav>n</nav></header>" LONG_TEXT, "# T\n\n" LONG_TEXT "\n" },
		{ "<article><header>h</header>" LONG_TEXT "<footer>f</footer></article><p>x",
		  "h\n\n" LONG_TEXT "\n\nf\n" },
		{ "<div role=main>" LONG_TEXT "</div><p>x", LONG_TEXT "\n" },
		{ "<div role=navigation>n</div><div role=contentinfo>c</div>" LONG_TEXT,
		  LONG_TEXT "\n" },
		{ "<div class='site-nav x'>n</div><div id=footer>f</div>" LONG_TEXT,
		  LONG_TEXT "\n" },
		{ "<div class=cookie-banner>n</div><ul class=breadcrumbs><li>b</ul>" LONG_TEXT,
		  LONG_TEXT "\n" },
		{ "<div class=no-sidebar>n</div><div class=related-content>f</div>" LONG_TEXT,
		  "n\n\nf\n\n" LONG_TEXT "\n" },
		{ "<div class=navheader>n</div><div class=navfooter>f</div>" LONG_TEXT,
		  LONG_TEXT "\n" },
		{ "<section id=comments>n</section><p class=nav>m<p>" LONG_TEXT,
		  "n\n\nm\n\n" LONG_TEXT "\n" },
		{ "<div class=menu>" LONG_TEXT "</div>x", LONG_TEXT "\n\nx\n" },
		{ "<p hidden>h<p aria-hidden=true>a<p style='display : none'>d<p>" LONG_TEXT,
		  LONG_TEXT "\n" },
		{ "<p hidden=until-found>h<p aria-hidden=false>a", "h\n\na\n" },
		{ "<form><input>search</form>" LONG_TEXT, LONG_TEXT "\n" },
		{ "<form>" LONG_TEXT "</form>", LONG_TEXT "\n" },
		{ "<aside class='admonition note'>n</aside><p>" LONG_TEXT, "n\n\n" LONG_TEXT "\n" },
		{ "<noscript>n</noscript>" LONG_TEXT, LONG_TEXT "\n" },
		/* Nothing else is there. */
		{ "<nav>only <a href=x>n</a></nav>", "only [n](http://h/d/x)\n" },
		{ "<noscript>Enable it</noscript><script>x</script>", "Enable it\n" },
		/* Links beside a part that holds nearly everything. */
		{ "<div><a href=a>a</a><a href=b>b</a><a href=c>c</a><a "
		  "href=d>d</a></div><div>" LONG_TEXT " " LONG_TEXT " " LONG_TEXT " " LONG_TEXT
		  "</div>",
		  LONG_TEXT " " LONG_TEXT " " LONG_TEXT " " LONG_TEXT "\n" },
		{ "<div><h1>T</h1><a href=a>a</a><a href=b>b</a><a href=c>c</a><a "
		  "href=d>d</a></div><div>" LONG_TEXT " " LONG_TEXT " " LONG_TEXT " " LONG_TEXT
		  "</div>",
		  "# T\n\n[a](http://h/d/a)[b](http://h/d/b)[c](http://h/d/c)"
		  "[d](http://h/d/d)\n\n" LONG_TEXT " " LONG_TEXT " " LONG_TEXT " " LONG_TEXT
		  "\n" },
		{ "<div class=sect1><h2>See also</h2><a href=a>a</a><a href=b>b</a><a href=c>c</a>"
		  "<a href=d>d</a></div><div>" LONG_TEXT " " LONG_TEXT " " LONG_TEXT " " LONG_TEXT
		  "</div>",
		  "## See also\n\n[a](http://h/d/a)[b](http://h/d/b)[c](http://h/d/c)"
		  "[d](http://h/d/d)\n\n" LONG_TEXT " " LONG_TEXT " " LONG_TEXT " " LONG_TEXT
		  "\n" },
		{ "<button>b</button><iframe>i</iframe><video>v</video><canvas>c</canvas>a",
		  "a\n" },
	};

	(void)state;
	check(rows, countof(rows));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_blocks),    cmocka_unit_test(test_lists),
		cmocka_unit_test(test_words),     cmocka_unit_test(test_code),
		cmocka_unit_test(test_tables),    cmocka_unit_test(test_links),
		cmocka_unit_test(test_escapes),   cmocka_unit_test(test_soup),
		cmocka_unit_test(test_main_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
