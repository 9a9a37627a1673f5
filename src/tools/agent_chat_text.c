/* SPDX-License-Identifier: MIT */
/* Results as a model is shown them, addresses, and other text of conversations. */
#include "base/str.h"
#include "base/token_count.h"
#include "base/utf8.h"
#include "model/call.h"
#include "tools/agent_chat.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- addresses ---- */

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), n_end = strlen(end);

	return n >= n_end && str_equal(text + n - n_end, end);
}

static bool has_path(const char *url)
{
	const char *host = strstr(url, "://");

	return strchr(host ? host + 3 : url, '/') != NULL;
}

/* Clients of OpenAI's API put the path behind a base address as it is, which may be any, as
 * "/v1beta/openai"; those of Anthropic's put "/v1" between. */
static bool has_version(const struct chat_api *api, const char *url)
{
	return ends_with(url, "/v1") || (api->is_version_given && has_path(url));
}

char *chat_url(const struct chat_api *api, const char *endpoint)
{
	size_t n_before = strcspn(endpoint, "?#"), len = n_before;
	struct buf url;

	while (len && endpoint[len - 1] == '/')
		len--;
	buf_init(&url, 2 * CHAT_TOOLS_MAX + 8192);
	buf_add(&url, endpoint, len);
	if (url.data && !ends_with(url.data, api->path)) {
		if (!has_version(api, url.data))
			buf_add_str(&url, "/v1");
		buf_add_str(&url, api->path);
	}
	buf_add_str(&url, endpoint + n_before);
	if (buf_error(&url)) {
		buf_release(&url);
		return NULL;
	}
	return buf_take(&url, &len);
}

static bool is_at(const char *url, const char *origin)
{
	size_t n = strlen(origin);

	return strncasecmp(url, origin, n) == 0 && (url[n] == '/' || url[n] == ':' || !url[n]);
}

bool chat_is_makers(const struct chat_api *api, const char *url)
{
	/* What stands before an @ is not where it leads. */
	return !strchr(url, '@') && is_at(url, api->origin);
}

bool chat_is_usual_place(const struct chat_api *api, const char *url)
{
	static const char *const here[] = { "http://127.0.0.1",  "http://localhost",
					    "http://[::1]",      "https://127.0.0.1",
					    "https://localhost", "https://[::1]" };

	if (strchr(url, '@'))
		return false;
	for (size_t i = 0; i < countof(here); i++)
		if (is_at(url, here[i]))
			return true;
	return chat_is_makers(api, url);
}

/* ---- results ---- */

static void note_why(const struct result *result, struct buf *out)
{
	const char *between = "[incomplete: ";

	for (unsigned i = 0; i < WHY_COUNT; i++) {
		if (!(result->receipt.why & 1u << i))
			continue;
		buf_printf(out, "%s%s", between, receipt_why_name(i));
		between = ", ";
	}
	if (result->receipt.why)
		buf_add_str(out, "]\n");
}

static void note(const struct result *result, bool is_empty, struct buf *out)
{
	if (result->payload == PAYLOAD_BASH && result->bash.exit_code != 0)
		buf_printf(out, "[exit status %d]\n", result->bash.exit_code);
	if (result->error.class != ERROR_NONE)
		buf_printf(out, "[%s: %s]\n", call_status_name(result->status), result->error.text);
	else if (is_empty)
		buf_add_str(out, "[nothing found]\n");
	if (result->payload == PAYLOAD_GREP && result->grep.total_lines > result->grep.n_lines &&
	    result->grep.mode == GREP_CONTENT)
		buf_printf(out, "[%" PRIu64 " of %" PRIu64 " lines]\n", result->grep.n_lines,
			   result->grep.total_lines);
	if (result->payload == PAYLOAD_GLOB && result->glob.truncated)
		buf_printf(out, "[%" PRIu64 " of %" PRIu64 " files]\n", result->glob.n_files,
			   result->glob.total_matches);
	note_why(result, out);
}

/* How much of the text may be shown, in whole lines; at least its beginning. */
static size_t fit(const char *text, size_t len, size_t tokens)
{
	struct token_counter counter = { 0 };
	size_t at = 0;

	while (at < len) {
		const char *end = memchr(text + at, '\n', len - at);
		size_t n = end ? (size_t)(end - text) + 1 - at : len - at;

		token_counter_add(&counter, text + at, n);
		if (token_counter_total(&counter) > tokens)
			break;
		at += n;
	}
	if (at == 0 && len > 0) /* one long line: a byte is a token at most */
		at = utf8_fit(text, len, tokens < len ? tokens : len);
	return at;
}

static void add_text(const char *text, size_t len, bool is_nul, size_t tokens, struct buf *out)
{
	size_t start = out->len, shown;

	if (is_nul) { /* names of files: none that has a newline is worth the trouble */
		buf_add(out, text, len);
		for (size_t i = start; !buf_error(out) && i < out->len; i++)
			if (!out->data[i])
				out->data[i] = '\n';
		return;
	}
	shown = fit(text, len, tokens);
	buf_add(out, text, shown);
	if (shown && text[shown - 1] != '\n')
		buf_add_char(out, '\n');
	if (shown < len)
		buf_printf(out, "[cut: %zu more bytes; ask for less at once]\n", len - shown);
}

void chat_write_result(const struct result *result, size_t tokens, struct buf *out)
{
	const struct blob *err = result->payload == PAYLOAD_BASH ? result->bash.err : NULL;
	size_t n_err = err ? blob_len(err) : 0;
	size_t n_body = result->body ? blob_len(result->body) : 0;
	struct buf names;

	buf_init(&names, CHAT_BYTES_MAX);
	if (n_body && result->body_is_nul) {
		add_text(blob_data(result->body), n_body, true, 0, &names);
		if (buf_error(&names))
			out->error = buf_error(&names);
		else
			add_text(names.data, names.len, false, tokens, out);
	} else if (n_body) {
		add_text(blob_data(result->body), n_body, false, n_err ? tokens * 3 / 4 : tokens,
			 out);
	}
	buf_release(&names);
	if (n_err) {
		buf_add_str(out, "[standard error]\n");
		add_text(blob_data(err), n_err, false, tokens / 4, out);
	}
	note(result, !n_body && !n_err, out);
}
