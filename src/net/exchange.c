/* SPDX-License-Identifier: MIT */
/*
 * One hop through libcurl: how a handle is set up, and what its callbacks let pass. Whether an
 * address may be connected to is decided when libcurl asks for a socket to it, after its name has
 * been resolved; and again before a request goes out, because a connection that is reused may have
 * been opened by a transfer that was allowed more.
 */
#include "net/core.h"

#include "base/clock.h"
#include "base/str.h"
#include "net/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	REDIRECT_BODY_MAX = 64 << 10, /* read to keep the connection, and thrown away */
	CONDITION_MAX = 1024,
};

/* ---- what may be connected to ---- */

static void refuse(const struct net_transfer *transfer, const char *shown, const char *why,
		   struct error *err)
{
	const char *host = transfer->target.host;
	bool is_itself = strstr(host, shown); /* perhaps in brackets */

	(void)target_deny(err,
			  "'%s' is %s%s%s%s; it may only be reached when it is "
			  "configured (--allow-origin)",
			  host, is_itself ? "" : "at ", is_itself ? "" : shown,
			  is_itself ? "" : ", which is ", why);
}

static void show_address(const struct sockaddr *address, char *room, socklen_t size)
{
	const void *bytes = NULL;

	if (address->sa_family == AF_INET)
		bytes = &((const struct sockaddr_in *)(const void *)address)->sin_addr;
	else if (address->sa_family == AF_INET6)
		bytes = &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
	if (!bytes || !inet_ntop(address->sa_family, bytes, room, size))
		*room = '\0';
}

static curl_socket_t on_open(void *data, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct net_transfer *transfer = data;
	const char *why;
	int fd;

	(void)purpose; /* no server is ever waited for */
	if (!transfer->is_trusted && !address_is_public(&address->addr, &why)) {
		char shown[INET6_ADDRSTRLEN];

		show_address(&address->addr, shown, sizeof(shown));
		refuse(transfer, shown, why, &transfer->refusal);
		return CURL_SOCKET_BAD;
	}
	fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
	if (fd < 0)
		return CURL_SOCKET_BAD;
	transfer->n_opened++;
	return fd;
}

static int on_request(void *data, char *ip, char *local_ip, int port, int local_port)
{
	struct net_transfer *transfer = data;
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} address = { .in6 = { 0 } };
	const char *why;

	(void)local_ip;
	(void)port;
	(void)local_port;
	if (transfer->is_trusted)
		return CURL_PREREQFUNC_OK;
	if (inet_pton(AF_INET, ip, &address.in.sin_addr) == 1)
		address.any.sa_family = AF_INET;
	else if (inet_pton(AF_INET6, ip, &address.in6.sin6_addr) == 1)
		address.any.sa_family = AF_INET6;
	if (address_is_public(&address.any, &why))
		return CURL_PREREQFUNC_OK;
	refuse(transfer, ip, why, &transfer->fault);
	return CURL_PREREQFUNC_ABORT;
}

/* ---- what comes ---- */

static void note_bytes(struct net_transfer *transfer, size_t n)
{
	transfer->n_came += n;
	if (transfer->looked_ns)
		return;
	transfer->looked_ns = clock_now_ns();
	transfer->first_byte_ns = transfer->looked_ns - transfer->started_ns;
	/* The timer is set to the time limit: it must look earlier now. */
	transfer_watch_speed(transfer);
}

bool exchange_is_redirect(const struct net_transfer *transfer)
{
	int status = transfer->answer.status;

	return transfer->is_redirecting &&
	       (status == 301 || status == 302 || status == 303 || status == 307 ||
		status == 308) &&
	       headers_find(&transfer->answer, "location");
}

static bool is_packed(const struct net_transfer *transfer)
{
	const char *value = headers_find(&transfer->answer, "content-encoding");

	return value && *value && strcasecmp(value, "identity") != 0;
}

/* Known ones, one at a time: a pile of them multiplies, and zstd may ask for 128 MiB to begin
 * with. */
static bool is_encoding_known(const struct net_transfer *transfer)
{
	const char *value = headers_find(&transfer->answer, "content-encoding");

	if (!is_packed(transfer))
		return true;
	if (headers_next(&transfer->answer, "content-encoding", value))
		return false;
	return strcasecmp(value, "gzip") == 0 || strcasecmp(value, "x-gzip") == 0 ||
	       strcasecmp(value, "deflate") == 0;
}

static void blame_headers(const struct net_transfer *transfer, struct error *err)
{
	(void)error_set(err, ERROR_LIMIT, EMSGSIZE,
			"'%s' sends more than %d headers or %d bytes of them",
			transfer->target.shown, HEADERS_MAX, HEADERS_BYTES_MAX);
	error_from(err, ERROR_FROM_NET, 0);
}

static size_t on_header(char *line, size_t size, size_t n, void *data)
{
	struct net_transfer *transfer = data;
	size_t len = size * n;
	int r = headers_add_line(&transfer->answer, line, len);

	note_bytes(transfer, len);
	if (r == -ENOMEM) {
		(void)error_errno(&transfer->fault, ENOMEM, "cannot keep the headers of '%s'",
				  transfer->target.shown);
		return 0;
	}
	if (r < 0) {
		blame_headers(transfer, &transfer->fault);
		return 0;
	}
	if (transfer->answer.is_whole && !is_encoding_known(transfer)) {
		(void)error_set(&transfer->fault, ERROR_INVALID, EINVAL,
				"'%s' sends a content encoding that was not asked for",
				transfer->target.shown);
		error_from(&transfer->fault, ERROR_FROM_CURL, CURLE_BAD_CONTENT_ENCODING);
		return 0;
	}
	return len;
}

static void blame_memory(struct net_transfer *transfer)
{
	(void)error_errno(&transfer->fault, ENOMEM, "cannot keep the answer of '%s'",
			  transfer->target.shown);
}

static bool keep(void *data, const char *bytes, size_t len)
{
	struct net_transfer *transfer = data;
	size_t room = (size_t)(transfer->limit_bytes - transfer->text.len);

	buf_add(&transfer->text, bytes, len < room ? len : room);
	if (buf_error(&transfer->text))
		blame_memory(transfer);
	transfer->is_cut = len > room;
	return !transfer->is_cut && !buf_error(&transfer->text);
}

static bool keep_packed(struct net_transfer *transfer, const char *bytes, size_t len)
{
	const char *encoding = headers_find(&transfer->answer, "content-encoding");
	bool is_gzip = strcasecmp(encoding, "deflate") != 0; /* there are no others */
	int r = unpack_add(&transfer->unpack, is_gzip, bytes, len, keep, transfer);

	if (r == -ENOMEM)
		blame_memory(transfer);
	if (r == -EBADMSG) {
		(void)error_set(&transfer->fault, ERROR_INVALID, EINVAL,
				"'%s' sends a packed answer that is damaged",
				transfer->target.shown);
		error_from(&transfer->fault, ERROR_FROM_CURL, CURLE_BAD_CONTENT_ENCODING);
	}
	return r == 0;
}

static size_t on_body(char *bytes, size_t size, size_t n, void *data)
{
	struct net_transfer *transfer = data;
	size_t len = size * n;
	bool is_kept;

	note_bytes(transfer, len);
	if (exchange_is_redirect(transfer)) {
		if (transfer->n_came < REDIRECT_BODY_MAX)
			return len;
		transfer->is_dropped = true;
		return 0;
	}
	if (is_packed(transfer))
		is_kept = keep_packed(transfer, bytes, len);
	else
		is_kept = keep(transfer, bytes, len);
	return is_kept ? len : 0;
}

/* ---- what is asked ---- */

static bool has_header(const struct net_transfer *transfer, const char *name)
{
	size_t len = strlen(name);

	for (char **header = transfer->headers; *header; header++) {
		if (strncasecmp(*header, name, len) == 0 && (*header)[len] == ':')
			return true;
	}
	return false;
}

static bool add_line(struct net_transfer *transfer, const char *line)
{
	struct curl_slist *lines = transfer->client->curl.slist_append(transfer->lines, line);

	if (lines)
		transfer->lines = lines;
	return lines;
}

/* Asks whether what is kept still holds. */
static bool add_condition(struct net_transfer *transfer, const char *name, const char *validator)
{
	const char *value = kept_validator(transfer, validator);
	bool is_good = true;
	struct buf line;

	if (!value)
		return true;
	buf_init(&line, CONDITION_MAX);
	buf_printf(&line, "%s: %s", name, value);
	if (buf_error(&line) != -EFBIG) /* one that is too long is not asked with */
		is_good = !buf_error(&line) && add_line(transfer, line.data);
	buf_release(&line);
	return is_good;
}

static bool make_lines(struct net_transfer *transfer)
{
	bool is_good = add_line(transfer, "Expect:"); /* nobody asks before sending a body */

	for (char **header = transfer->headers; is_good && *header; header++)
		is_good = add_line(transfer, *header);
	if (is_good && transfer->body && !has_header(transfer, "content-type"))
		is_good = add_line(transfer, "Content-Type:"); /* not that of a form */
	return is_good && add_condition(transfer, "If-None-Match", "etag") &&
	       add_condition(transfer, "If-Modified-Since", "last-modified");
}

#define SET(option, value) (curl->easy_setopt(easy, (option), (value)) == CURLE_OK)

static bool set_request(struct net_transfer *transfer)
{
	const struct curl_api *curl = &transfer->client->curl;
	CURL *easy = transfer->easy;
	bool is_good =
		SET(CURLOPT_CURLU, transfer->url) && SET(CURLOPT_HTTPHEADER, transfer->lines) &&
		SET(CURLOPT_USERAGENT,
		    has_header(transfer, "user-agent") ? NULL : transfer->client->user_agent);

	if (transfer->body)
		is_good = is_good && SET(CURLOPT_POST, 1L) &&
			  SET(CURLOPT_POSTFIELDS, blob_data(transfer->body)) &&
			  SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)blob_len(transfer->body));
	if (str_equal(transfer->method, "HEAD"))
		is_good = is_good && SET(CURLOPT_NOBODY, 1L);
	return is_good && SET(CURLOPT_CUSTOMREQUEST, transfer->method);
}

static bool set_callbacks(struct net_transfer *transfer)
{
	const struct curl_api *curl = &transfer->client->curl;
	CURL *easy = transfer->easy;

	return SET(CURLOPT_PRIVATE, transfer) && SET(CURLOPT_ERRORBUFFER, transfer->detail) &&
	       SET(CURLOPT_OPENSOCKETFUNCTION, on_open) && SET(CURLOPT_OPENSOCKETDATA, transfer) &&
	       SET(CURLOPT_PREREQFUNCTION, on_request) && SET(CURLOPT_PREREQDATA, transfer) &&
	       SET(CURLOPT_HEADERFUNCTION, on_header) && SET(CURLOPT_HEADERDATA, transfer) &&
	       SET(CURLOPT_WRITEFUNCTION, on_body) && SET(CURLOPT_WRITEDATA, transfer);
}

static bool set_rules(struct net_transfer *transfer, long left_ms)
{
	const struct curl_api *curl = &transfer->client->curl;
	CURL *easy = transfer->easy;

	return SET(CURLOPT_PROTOCOLS_STR, "http,https") && SET(CURLOPT_FOLLOWLOCATION, 0L) &&
	       SET(CURLOPT_PROXY, "") && SET(CURLOPT_NOPROXY, "*") &&
	       SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) && SET(CURLOPT_NOSIGNAL, 1L) &&
	       SET(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L) &&
	       SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS) &&
	       /* A burst waits for the first handshake, to learn whether one connection will
		* do. Without TLS there is no HTTP/2 to wait for. */
	       SET(CURLOPT_PIPEWAIT, transfer->target.is_https ? 1L : 0L) &&
	       SET(CURLOPT_ACCEPT_ENCODING, "gzip, deflate") &&
	       SET(CURLOPT_HTTP_CONTENT_DECODING, 0L) && SET(CURLOPT_SSL_VERIFYPEER, 1L) &&
	       SET(CURLOPT_SSL_VERIFYHOST, 2L) &&
	       SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) &&
	       /* With a directory the certificates would be read again for each connection. */
	       SET(CURLOPT_CAPATH, NULL) &&
	       (!transfer->client->ca_file || SET(CURLOPT_CAINFO, transfer->client->ca_file)) &&
	       /* An address that does not answer gets half of it, then the next is tried. */
	       SET(CURLOPT_CONNECTTIMEOUT_MS, left_ms) &&
	       /* Whoever is cancelled does not wait for names to be resolved. */
	       SET(CURLOPT_QUICK_EXIT, 1L);
}

#undef SET

int exchange_start(struct net_transfer *transfer, struct error *err)
{
	const struct curl_api *curl = &transfer->client->curl;
	uint64_t now_ns = clock_now_ns();
	long left_ms = 1;

	if (transfer->deadline_ns > now_ns)
		left_ms += (long)((transfer->deadline_ns - now_ns) / 1000000);
	headers_clear(&transfer->answer);
	buf_clear(&transfer->text);
	unpack_clear(&transfer->unpack);
	transfer->is_dropped = false;
	transfer->n_opened = 0;
	transfer->refusal.class = transfer->fault.class = ERROR_NONE;
	*transfer->detail = '\0';
	transfer->easy = curl->easy_init();
	if (!transfer->easy || !make_lines(transfer) || !set_request(transfer) ||
	    !set_callbacks(transfer) || !set_rules(transfer, left_ms) ||
	    curl->multi_add_handle(transfer->client->multi, transfer->easy) != CURLM_OK) {
		exchange_stop(transfer);
		return error_errno(err, ENOMEM, "cannot ask '%s'", transfer->target.shown);
	}
	transfer->is_added = true;
	return 0;
}

void exchange_stop(struct net_transfer *transfer)
{
	const struct curl_api *curl = &transfer->client->curl;

	if (transfer->is_added)
		(void)curl->multi_remove_handle(transfer->client->multi, transfer->easy);
	transfer->is_added = false;
	if (transfer->easy)
		curl->easy_cleanup(transfer->easy);
	transfer->easy = NULL;
	if (transfer->lines)
		curl->slist_free_all(transfer->lines);
	transfer->lines = NULL;
}

/* ---- how it ended ---- */

static enum error_class class_of(CURLcode code)
{
	switch (code) {
	case CURLE_OPERATION_TIMEDOUT:
		return ERROR_TIMEOUT;
	case CURLE_OUT_OF_MEMORY:
	case CURLE_NO_CONNECTION_AVAILABLE:
		return ERROR_LIMIT;
	case CURLE_PEER_FAILED_VERIFICATION:
		return ERROR_DENIED;
	case CURLE_SSL_CACERT_BADFILE:
		return ERROR_MISSING;
	case CURLE_URL_MALFORMAT:
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_TOO_MANY_REDIRECTS:
	case CURLE_BAD_CONTENT_ENCODING:
	case CURLE_BAD_FUNCTION_ARGUMENT:
		return ERROR_INVALID;
	default:
		return ERROR_TRANSIENT;
	}
}

/* What libcurl says, without how long it took: what failed alike is told alike. */
static void write_detail(const char *detail, char out[CURL_ERROR_SIZE])
{
	const char *at = strstr(detail, " after ");
	size_t n = at ? strspn(at + 7, "0123456789") : 0;

	if (n && strncmp(at + 7 + n, " ms", 3) == 0)
		(void)snprintf(out, CURL_ERROR_SIZE, "%.*s%s", (int)(at - detail), detail,
			       at + 7 + n + 3);
	else
		(void)snprintf(out, CURL_ERROR_SIZE, "%s", detail);
}

void exchange_error(const struct net_transfer *transfer, CURLcode code, struct error *err)
{
	const char *detail = transfer->detail;
	char text[CURL_ERROR_SIZE];

	if (transfer->fault.class != ERROR_NONE) {
		*err = transfer->fault;
		return;
	}
	/* What libcurl says of a line that is longer than it keeps. */
	if (code == CURLE_OUT_OF_MEMORY && transfer->n_came > 0 && !transfer->answer.is_whole) {
		blame_headers(transfer, err);
		return;
	}
	/* Where other addresses could be tried, what became of those is told. */
	if (transfer->refusal.class != ERROR_NONE && transfer->n_opened == 0) {
		*err = transfer->refusal;
		return;
	}
	if (!*detail)
		detail = transfer->client->curl.easy_strerror(code);
	write_detail(detail, text);
	(void)error_set(err, class_of(code), code == CURLE_OPERATION_TIMEDOUT ? ETIMEDOUT : EIO,
			"'%s' cannot be fetched: %.300s", transfer->target.shown, text);
	error_from(err, ERROR_FROM_CURL, (int)code);
}
