/* SPDX-License-Identifier: MIT */
#ifndef TESTS_SEARCH_ANSWERS_H
#define TESTS_SEARCH_ANSWERS_H

/* What each provider answers, in its own words: a hit with everything, hits with members that are
 * missing, null or of another type, and what is no hit at all. */

static const char searxng_answer[] =
	"{\"query\":\"backoff jitter\",\"number_of_results\":0,\"results\":["
	"{\"url\":\"https://example.org/backoff\",\"title\":\"Exponential backoff\","
	"\"content\":\"Retry with <b>jitter</b> &amp; a cap\",\"engine\":\"brave\","
	"\"engines\":[\"brave\",\"google\"],\"positions\":[1,2],\"score\":3.5,"
	"\"category\":\"general\",\"publishedDate\":\"2024-01-02T03:04:05\",\"thumbnail\":\"\","
	"\"parsed_url\":[\"https\",\"example.org\",\"/backoff\",\"\",\"\",\"\"]},"
	"{\"url\":\"https://example.org/2\",\"title\":null,\"content\":\"\","
	"\"publishedDate\":null,\"pubdate\":\"2024-01-02 03:04:05\"},"
	"{\"title\":\"no url\"},{\"url\":7,\"title\":\"bad url\"},null,[],\"text\","
	"{\"url\":\"https://example.org/3\",\"title\":[1],\"content\":{},"
	"\"publishedDate\":1704164645}],"
	"\"answers\":[],\"corrections\":[],\"infoboxes\":[],\"suggestions\":[\"jitter\"],"
	"\"unresponsive_engines\":[[\"duckduckgo\",\"CAPTCHA\"]]}";

static const char brave_answer[] =
	"{\"type\":\"search\",\"query\":{\"original\":\"backoff jitter\","
	"\"more_results_available\":true},"
	"\"mixed\":{\"type\":\"mixed\",\"main\":[{\"type\":\"web\",\"index\":0}]},"
	"\"web\":{\"type\":\"search\",\"results\":["
	"{\"title\":\"Exponential &amp; backoff\",\"url\":\"https://example.org/backoff\","
	"\"is_source_local\":false,\"description\":\"Use <strong>jitter</strong> with "
	"std::vector&lt;int&gt;\",\"page_age\":\"2024-01-02T03:04:05\","
	"\"age\":\"January 2, 2024\",\"language\":\"en\","
	"\"meta_url\":{\"hostname\":\"example.org\",\"path\":\"\"},"
	"\"extra_snippets\":[\"one\",\"two\"]},"
	"{\"title\":\"Aged\",\"url\":\"https://example.org/2\",\"age\":\"January 2, 2024\","
	"\"extra_snippets\":[\"one\",null,\"two\"]},"
	"{\"title\":\"Bare\",\"url\":\"https://example.org/3\",\"description\":null,"
	"\"page_age\":\"some day\"}]}}";

static const char tavily_answer[] =
	"{\"query\":\"backoff jitter\",\"follow_up_questions\":null,\"answer\":null,"
	"\"images\":[],\"results\":["
	"{\"title\":\"Exponential backoff\",\"url\":\"https://example.org/backoff\","
	"\"content\":\"Retry\\nwith jitter\",\"score\":0.98,\"raw_content\":null,"
	"\"published_date\":\"Tue, 02 Jan 2024 03:04:05 GMT\"},"
	"{\"url\":\"https://example.org/2\",\"score\":\"high\"},"
	"{\"url\":\"ftp://example.org/3\",\"title\":\"another scheme\"}],"
	"\"response_time\":1.09,\"request_id\":\"123e4567\"}";

static const char exa_answer[] =
	"{\"requestId\":\"b5947044c4b78efa\",\"resolvedSearchType\":\"neural\",\"results\":["
	"{\"id\":\"https://example.org/backoff\",\"title\":\"Exponential backoff\","
	"\"url\":\"https://example.org/backoff\","
	"\"publishedDate\":\"2024-01-02T03:04:05.000Z\",\"author\":\"A. Author\","
	"\"highlights\":[\"Retry with jitter\",\"and a cap\"],"
	"\"highlightScores\":[0.4,0.3],\"image\":null},"
	"{\"id\":\"2\",\"title\":null,\"url\":\"https://example.org/2\",\"publishedDate\":null,"
	"\"highlights\":[],\"summary\":\"A summary\",\"text\":\"A text\"},"
	"{\"id\":\"3\",\"url\":\"https://example.org/3\",\"highlights\":null,"
	"\"text\":\"A text\"}],\"costDollars\":{\"total\":0.005}}";

static const char kagi_answer[] =
	"{\"meta\":{\"id\":\"120145af\",\"node\":\"us-east\",\"ms\":150},"
	"\"data\":{\"search\":["
	"{\"url\":\"https://example.org/backoff\",\"title\":\"Exponential backoff\","
	"\"snippet\":\"Retry with jitter\",\"time\":\"2024-01-02T03:04:05Z\","
	"\"image\":{\"url\":\"https://example.org/i.png\"},\"props\":{}},"
	"{\"url\":\"https://example.org/2\",\"title\":\"Two\",\"time\":null}],"
	"\"news\":[{\"url\":\"https://example.org/3\",\"title\":\"News\"}],"
	"\"image\":[{\"url\":\"https://example.org/i.png\",\"title\":\"An image\"}],"
	"\"related_search\":[{\"title\":\"related\"}]},\"error\":[]}";

static const char kagi_old_answer[] =
	"{\"meta\":{\"id\":\"120145af\",\"node\":\"us-east\",\"ms\":150,\"api_balance\":1.5},"
	"\"data\":[{\"t\":0,\"url\":\"https://example.org/backoff\","
	"\"title\":\"Exponential backoff\",\"snippet\":\"Retry with jitter\","
	"\"published\":\"2024-01-02T03:04:05Z\"},{\"t\":1,\"list\":[\"related\"]}]}";

static const char jina_answer[] =
	"{\"code\":200,\"status\":20000,\"data\":["
	"{\"title\":\"Exponential backoff\",\"url\":\"https://example.org/backoff\","
	"\"description\":\"Retry with jitter\",\"content\":\"# Backoff\","
	"\"date\":\"Jan 2, 2024\",\"usage\":{\"tokens\":1000}},"
	"{\"title\":\"Two\",\"url\":\"https://example.org/2\",\"description\":\"\","
	"\"content\":\"Read\"},"
	"{\"title\":\"Three\",\"url\":\"https://example.org/3\"}],"
	"\"meta\":{\"usage\":{\"tokens\":10000}}}";

static const char mediawiki_answer[] =
	"{\"batchcomplete\":\"\",\"continue\":{\"sroffset\":3,\"continue\":\"-||siteinfo\"},"
	"\"query\":{\"general\":{\"mainpage\":\"Main Page\",\"articlepath\":\"/wiki/$1\","
	"\"server\":\"//en.wikipedia.org\",\"scriptpath\":\"/w\"},"
	"\"searchinfo\":{\"totalhits\":120},\"search\":["
	"{\"ns\":0,\"title\":\"Exponential backoff\",\"pageid\":1,"
	"\"snippet\":\"with <span class=\\\"searchmatch\\\">jitter</span> &amp;quot;x&amp;quot;\","
	"\"timestamp\":\"2024-01-02T03:04:05Z\"},"
	"{\"ns\":1,\"title\":\"Talk:C++ (50%?)/\xc3\xa9\",\"pageid\":2},"
	"{\"ns\":0,\"pageid\":3},{\"ns\":0,\"title\":9}]}}";

/* Of kiwix-serve 3.3.0, for two pages written for it; the third item is made up. */
static const char kiwix_answer[] =
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	"<rss version=\"2.0\"\n"
	"     xmlns:opensearch=\"http://a9.com/-/spec/opensearch/1.1/\"\n"
	"     xmlns:atom=\"http://www.w3.org/2005/Atom\">\n"
	"  <channel>\n"
	"    <title>Search: jitter backoff</title>\n"
	"    <link>/search?pattern=jitter%20backoff&amp;&amp;format=xml&amp;start=1&amp;"
	"pageLength=2</link>\n"
	"    <description>Search result for jitter backoff</description>\n"
	"    <opensearch:totalResults>2</opensearch:totalResults>\n"
	"    <opensearch:startIndex>1</opensearch:startIndex>\n"
	"    <opensearch:itemsPerPage>2</opensearch:itemsPerPage>\n"
	"    <atom:link rel=\"search\" type=\"application/opensearchdescription+xml\" "
	"href=\"/search/searchdescription.xml\"/>\n"
	"    <opensearch:Query role=\"request\"\n"
	"      searchTerms=\"jitter backoff\"\n"
	"      startIndex=\"1\"\n"
	"      count=\"2\"\n"
	"    />\n"
	"    <item>\n"
	"      <title>Home &amp; start</title>\n"
	"      <link>/docs/index.html</link>\n"
	"        <description><b>jitter</b> <b>backoff</b> home...</description>\n"
	"        <book>\n"
	"          <title>Docs</title>\n"
	"        </book>\n"
	"        <wordCount>3</wordCount>\n"
	"    </item>\n"
	"    <item>\n"
	"      <title>Backoff &lt;jitter&gt; &quot;full&quot;</title>\n"
	"      <link>/docs/a%20b.html</link>\n"
	"        <description>...<b>backoff</b> with <b>jitter</b> &amp; retries: a &lt; b. "
	"\xc3\x9cn\xc3\xaf"
	"code. words...</description>\n"
	"        <book>\n"
	"          <title>Docs</title>\n"
	"        </book>\n"
	"        <wordCount>210</wordCount>\n"
	"    </item>\n"
	"    <item><title><![CDATA[a < b & c]]></title><!-- <link>x</link> -->"
	"<link>/docs/c?a=1&amp;b=2</link><description/></item>\n"
	"    <item><title>no link</title></item>\n"
	"  </channel>\n"
	"</rss>\n";

#endif
