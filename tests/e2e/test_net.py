"""The web client against servers of this machine, in a network of its own, where every address that
it must not reach has somebody listening: whoever is reached is noted there."""

import contextlib
import json
import pathlib
import re
import shutil
import socket
import subprocess
import time

import net_world
import pytest
from net_world import DENIED, DENIED6, OTHER, PACKED, PUBLIC, PUBLIC6, TEXT, assert_denied
from net_world import client, server, world  # noqa: F401 (fixtures)

NET_ORIGIN, CURL_ORIGIN = 4, 8  # of errors


# ---- it works at all ----


def test_gets(client, server):
    c = client()
    plain, secret, six = c.run([
        {"url": "http://web.test/ok"}, {"url": "https://web.test/ok#part"},
        {"url": f"http://[{PUBLIC6}]/ok"},
    ])
    for outcome in (plain, secret, six):
        assert (outcome["class"], outcome.status, outcome.body) == ("none", 200, b"ok")
    assert secret.url == "https://web.test/ok"
    assert server.addresses.count(PUBLIC) == 2 and PUBLIC6 in server.addresses
    assert c.end() == ""


def test_asks_as_it_says(client):
    c = client()
    asked = json.loads(c.get("http://web.test/echo", headers=["X-A: b"]).body)
    assert asked["method"] == "GET" and asked["headers"]["x-a"] == "b"
    assert asked["headers"]["user-agent"].startswith("volley/")
    assert "gzip" in asked["headers"]["accept-encoding"]
    assert "zstd" not in asked["headers"]["accept-encoding"]
    assert "cookie" not in asked["headers"] and "authorization" not in asked["headers"]
    posted = json.loads(c.get("http://web.test/echo", body="a=b\n").body)
    assert (posted["method"], posted["body"]) == ("POST", "a=b\n")
    assert "content-type" not in posted["headers"] and "expect" not in posted["headers"]
    put = json.loads(c.get("http://web.test/echo", body="{}", method="PUT",
                           headers=["Content-Type: application/json"]).body)
    assert (put["method"], put["headers"]["content-type"]) == ("PUT", "application/json")
    head = c.get("http://web.test/echo", method="HEAD")
    assert (head.status, head.body) == (200, b"")
    c.end()


def test_netrc_is_not_read(client, tmp_path):
    (tmp_path / ".netrc").write_text("machine web.test login me password secret\n")
    c = client(home=str(tmp_path))
    assert "authorization" not in json.loads(c.get("http://web.test/echo").body)["headers"]


def test_cookies_are_not_kept(client):
    c = client()
    c.get("http://web.test/cached?set-cookie=a=b")
    assert "cookie" not in json.loads(c.get("http://web.test/echo").body)["headers"]


@pytest.mark.parametrize("request_", [
    {"url": "web.test/ok"}, {"url": ""}, {"url": "http://"},
    {"url": "ftp://web.test/"}, {"url": "file:///etc/passwd"}, {"url": "gopher://web.test/"},
    {"url": "dict://web.test/"}, {"url": "javascript:alert(1)"}, {"url": "data:text/plain,a"},
    {"url": "http://web.test/ok\r\nX-A: b"}, {"url": "http://a b/"},
    {"url": "http://web.test:99999/"}, {"url": "http://" + "a" * 300 + "/"},
    {"url": "http://web.test/" + "a" * 70000},
    {"url": "http://web.test/", "headers": ["X-A: b\r\nX-C: d"]},
    {"url": "http://web.test/", "headers": ["Host: inside.test"]},
    {"url": "http://web.test/", "headers": ["Content-Length: 3"]},
    {"url": "http://web.test/", "headers": ["no colon"]},
    {"url": "http://web.test/", "headers": [": b"]},
    {"url": "http://web.test/", "headers": ["X: y"] * 65},
    {"url": "http://web.test/", "method": "CONNECT"},
    {"url": "http://web.test/", "method": "GET / HTTP/1.1\r\nA:"},
    {"url": "http://web.test/", "method": "get"},
])
def test_nonsense_is_refused_at_once(client, server, request_):
    outcome = client().run([request_])[0]
    assert outcome["class"] == "invalid" and outcome.text
    assert server.addresses == []


# ---- where it may go ----


SPELLINGS = [
    # Names and plain addresses.
    "localhost", "LOCALHOST", "localhost.", "inside.test", "INSIDE.test.", "metadata.test",
    "six-inside.test", "all-inside.test", "ip6-localhost",
    # 127.0.0.1 in all its bases and lengths.
    "127.0.0.1.", "127.1", "127.0.1", "127.000.000.001", "0127.0.0.1", "0177.0.0.1",
    "0177.0.0.01", "0177.1", "00177.0.0.1", "0x7f.0.0.1", "0X7F.0.0.1", "0x7f.1", "0x7f.0x0.0x1",
    "0x7f000001", "0x7F000001", "0x007f000001", "2130706433", "02130706433", "017700000001",
    "0017700000001", "127.0.0.1%00", "127.0x0.0.1", "127.0.0x1", "127.00.00.01", "127.0.0.0x1",
    "127.0.0.00000001", "127.16777215", "127.65535", "127.0.65535", "4294967295", "4294967296",
    "0", "0.0", "0.0.0.0", "00.00.00.00", "0x0", "0x00000000", "000.0.0.0",
    # Other private ones.
    "10.1", "012.0.0.1", "0xa.0.0.1", "0x0a000001", "167772161", "0254.020.0.1", "172.16.1",
    "0xac100001", "2886729729", "192.168.257", "0xc0a80101", "3232235777", "0300.0250.1.1",
    "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "169.254.43518", "0xa9.0xfe.0xa9.0xfe",
    "169.0xfe.43518", "1684275201", "0144.0100.0.1",
    # Percent signs.
    "%31%32%37.0.0.1", "127%2e0%2e0%2e1", "%6c%6f%63%61%6c%68%6f%73%74", "127.0.0.%31",
    "loc%61lhost", "inside%2Etest", "%3132.0.0.1", "127.0.0.1%20", "127.0.0.1%2f",
    # Digits, letters and dots that look like others.
    "①②⑦.⓪.⓪.①", "127。0。0。1", "127．0．0．1", "127｡0｡0｡1", "１２７.0.0.1", "𝟏𝟐𝟕.𝟎.𝟎.𝟏",
    "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ", "ｌｏｃａｌｈｏｓｔ", "lⓞcalhost", "inside。test", "loc\u00adalhost", "localhos\u200bt",
    "₁₂₇.0.0.1", "¹²⁷.0.0.1", "0x7f．1", "٠.٠.٠.٠", "१२७.0.0.1",
    # IPv6.
    "[::1]", "[0:0:0:0:0:0:0:1]", "[0000:0000:0000:0000:0000:0000:0000:0001]", "[::0001]",
    "[0::1]", "[::]", "[0:0:0:0:0:0:0:0]", "[::ffff:127.0.0.1]", "[::FFFF:127.0.0.1]",
    "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:7f00:0001]", "[::ffff:10.0.0.1]", "[::ffff:a9fe:a9fe]",
    "[::ffff:0:127.0.0.1]", "[::ffff:0.0.0.0]", "[::127.0.0.1]", "[::7f00:1]",
    "[64:ff9b::127.0.0.1]", "[64:ff9b::10.0.0.1]", "[64:ff9b:1::1]", "[2002:7f00:1::1]",
    "[2002:c0a8:101::1]", "[2001::1]", "[2001:0:5db8:d822::80ff:fffe]", "[fe80::1]",
    "[fe80::1%25lo]", "[fe80::1%lo]", "[::1%25lo]", "[::1%lo]", "[::1%251]", "[::1%25]",
    "[fc00::1]", "[fd00::1]",
    "[fec0::1]", "[ff02::1]", "[ff02::1%25lo]", "[::1]%00", "[[::1]]", "[::1", "::1", "[127.0.0.1]",
    "[localhost]", "[web.test]", "[]", "[%3a%3a1]", "[0:0::0:1]", "[::1.]", "[v1.127]",
    # Users, and what could be taken for one.
    "web.test@127.0.0.1", "web.test:80@127.0.0.1", "web.test@inside.test", "a:b@web.test",
    "a@web.test", ":@web.test", "@web.test", "web.test%40127.0.0.1", "web.test#@127.0.0.1:81",
    "127.0.0.1#@web.test", "127.0.0.1?@web.test", "127.0.0.1\\@web.test", "127.0.0.1;@web.test",
    "web.test\\@127.0.0.1", "127.0.0.1&@web.test", "127.0.0.1 @web.test",
    # Ports.
    "127.0.0.1:80", "127.0.0.1:0080", "127.0.0.1:443", "127.0.0.1:", "[::1]:80", "[::1]:",
    "web.test:8080", "web.test:22", "web.test:0", "web.test:65536", "web.test:-1",
    "web.test:80.1", "web.test:80:80", "127.0.0.1:80\t", "web.test:8443",
    # No host at all, and too many separators.
    "/127.0.0.1", "//127.0.0.1", "\\127.0.0.1", "127.0.0.1..", ".127.0.0.1", "127..1",
    "127.0.0.1.0", "256.0.0.1", "0x100000001", "127.0.0.1,web.test", "*", "..", "-",
]
# What is after "#" in it is never sent: this one is asked at web.test.
HARMLESS = {"web.test#@127.0.0.1:81"}


def test_spellings(client, server):
    assert len(SPELLINGS) >= 150 and len(set(SPELLINGS)) == len(SPELLINGS)
    c = client()
    outcomes = c.run([{"url": f"{scheme}://{spelling}/ok", "timeout_ms": 20000}
                      for spelling in SPELLINGS for scheme in ("http", "https")])
    # The answer to know: nobody but the public addresses was connected to, and of those
    # only the one that is really meant.
    assert set(server.addresses) <= {PUBLIC}
    good = [outcome for outcome in outcomes if outcome["class"] == "none"]
    assert len(good) == 2 * len(HARMLESS)
    # Nobody waits for anything: each is refused, is no address, or is no name.
    assert {o["class"] for o in outcomes} == {"none", "denied", "invalid", "transient"}
    denied = [o for o in outcomes if o["class"] == "denied"]
    assert len(denied) > len(outcomes) / 2
    for outcome in outcomes:
        if outcome["class"] == "transient":
            assert outcome.code in (3, 6, 7, 43), outcome
    c.end()


@pytest.mark.parametrize("address", DENIED + [f"[{address}]" for address in DENIED6])
def test_no_connection_to_what_is_denied(client, server, address):
    outcome = client().get(f"http://{address}/ok")
    assert_denied(outcome, address.strip("[]").removeprefix("::ffff:").split(".")[-1])
    assert server.addresses == []


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "[::1]",
                                     "[fd00::1]", "[64:ff9b::7f00:1]"])
def test_the_listeners_would_have_been_reached(client, server, address):
    """A trusted transfer reaches them: so the tests above can fail."""
    outcome = client().get(f"http://{address}/ok", is_trusted=True)
    assert (outcome.status, outcome.body) == (200, b"ok")
    assert server.addresses == [address.strip("[]")]


def test_the_refusal_says_why(client):
    c = client()
    assert c.get("http://inside.test/ok").text == (
        "'inside.test' is at 127.0.0.1, which is loopback; it may only be reached when it is "
        "configured (--allow-origin)"
    )
    assert c.get("http://[::1]/").text == (
        "'[::1]' is loopback; it may only be reached when it is configured (--allow-origin)"
    )
    assert_denied(c.get("http://metadata.test/"), "169.254.169.254", "link-local")
    assert_denied(c.get("http://10.0.0.1/"), "private network")
    assert_denied(c.get("http://web.test:8080/"), "port 8080", "web.test")
    assert_denied(c.get("https://u:p@web.test/"), "web.test", "user")


@pytest.mark.parametrize("scheme, port", [("http", 443), ("https", 80)])
def test_a_name_that_changes_its_address(client, server, scheme, port):
    """First it is public, then it is not: the other port is asked for anew, and refused."""
    c = client()
    assert c.get(f"{scheme}://rebinding.test/ok").status == 200
    assert_denied(c.get(f"{scheme}://rebinding.test:{port}/ok"), "127.0.0.1", "loopback")
    assert set(server.addresses) == {PUBLIC}
    c = client(names="rebinding.test=127.0.0.1|93.184.216.34")
    assert_denied(c.get("http://rebinding.test/ok"))


def test_a_redirect_to_a_name_that_changes(client, server):
    names = f"web.test={PUBLIC} again.test=127.0.0.1"
    outcome = client(names=names).get("http://web.test/to?url=http://again.test/ok",
                                      redirects_max=5)
    assert_denied(outcome, "again.test", "redirected by 'http://web.test/")
    assert server.addresses == [PUBLIC]


@pytest.mark.parametrize("name", ["mixed.test", "mixed-last.test", "mixed-six.test"])
def test_only_the_public_one_of_many_addresses(client, server, name):
    outcome = client().get(f"http://{name}/ok")
    assert outcome.status == 200
    assert server.addresses == [PUBLIC]


def test_none_of_many_addresses(client, server):
    assert_denied(client().get("http://all-inside.test/ok"))
    assert server.addresses == []


@pytest.mark.parametrize("is_secret", [False, True])
def test_a_trusted_connection_is_not_for_others(client, server, is_secret):
    url = "https://127.0.0.1/ok" if is_secret else "http://127.0.0.1/ok"
    c = client(connections_max=4)
    assert c.get(url, is_trusted=True).status == 200
    assert_denied(c.get(url), "loopback")
    assert len(server.seen("/ok")) == 1
    assert c.get(url, is_trusted=True).status == 200
    # Side by side with one, and waiting for its connection.
    outcomes = c.run([{"url": url, "is_trusted": i % 2 == 0} for i in range(20)])
    for i, outcome in enumerate(outcomes):
        if i % 2:
            assert_denied(outcome)
        else:
            assert outcome.status == 200
    assert len(server.seen("/ok")) == 12
    c.end()


def test_trust_is_for_one_origin(client, server):
    c = client()

    def follow(url, to):
        return c.get(f"{url}/to?url={to}", is_trusted=True, redirects_max=5)

    assert follow("http://127.0.0.1:8080", "/ok").status == 200
    assert follow("http://127.0.0.1:8080", "http://127.0.0.1:8080/ok").status == 200
    server.requests.clear()
    assert_denied(follow("http://127.0.0.1:8080", "http://127.0.0.1:80/ok"))
    assert_denied(follow("http://127.0.0.1:8080", "http://localhost:8080/ok"))
    assert_denied(follow("http://127.0.0.1:8080", "http://127.0.0.2:8080/ok"))
    assert_denied(follow("http://127.0.0.1:8080", "https://127.0.0.1:8080/ok"))
    assert_denied(follow("http://127.0.0.1:8080", "http://10.0.0.1/ok"))
    # Once it has been elsewhere it is led by somebody else.
    assert_denied(follow("http://127.0.0.1:8080",
                         "http://web.test/to%3Furl=http://127.0.0.1:8080/ok"))
    assert server.seen("/ok") == []


# ---- redirects ----


@pytest.mark.parametrize("address", DENIED + [f"[{address}]" for address in DENIED6])
def test_redirects_to_what_is_denied(client, server, address):
    c = client()
    target = f"http://{address}/ok"
    for url in (f"http://web.test/to?url={target}",
                f"http://web.test/to?url=http://other.test/to%3Furl={target}"):
        assert_denied(c.get(url, redirects_max=5), "redirected by")
    assert set(server.addresses) == {PUBLIC, OTHER}


@pytest.mark.parametrize("target", ["ftp://web.test/", "file:///etc/passwd", "gopher://web.test/",
                                    "http://", "javascript:1", "dict://inside.test:11211/"])
def test_redirects_to_another_scheme(client, target):
    outcome = client().get(f"http://web.test/to?url={target}", redirects_max=5)
    assert outcome["class"] == "invalid" and "redirected by 'http://web.test/" in outcome.text


def test_redirects_that_are_not_allowed(client, server):
    c = client()
    assert_denied(c.get("https://web.test/to?url=http://web.test/ok", redirects_max=5),
                  "encryption")
    assert_denied(c.get("http://web.test/to?url=http://a:b@other.test/ok", redirects_max=5))
    assert_denied(c.get("http://web.test/to?url=http://other.test:8080/ok", redirects_max=5))
    assert server.seen("/ok") == []


def test_redirects_are_counted(client, server):
    c = client()
    good = c.get("http://web.test/chain?n=5", redirects_max=5)
    assert (good.status, good.url, good.body) == (200, "http://web.test/ok", b"ok")
    for url, most in (("chain?n=6", 5), ("chain?n=10", 100), ("loop", 5), ("chain?n=2", 1)):
        server.requests.clear()
        bad = c.get(f"http://web.test/{url}", redirects_max=most)
        assert (bad["class"], bad.origin, bad.code) == ("invalid", CURL_ORIGIN, 47)
        assert len(server.requests) == min(most, 5) + 1
    unfollowed = c.get("http://web.test/chain?n=1", redirects_max=0)
    assert (unfollowed.status, unfollowed.header("location")) == (301, "/ok")
    assert c.get("http://web.test/big-redirect", redirects_max=5).status == 200
    assert c.end() == ""


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT"])
def test_the_method_after_a_redirect(client, server, status, method):
    body = {} if method in ("GET", "HEAD") else {"body": "text",
                                                 "headers": ["Content-Type: text/plain"]}
    client().get(f"http://web.test/to?status={status}&url=/echo", method=method, redirects_max=1,
                 **body)
    seen = server.seen("/echo")[0]
    becomes_get = method == "POST" and status < 304 or method == "PUT" and status == 303
    assert seen.method == ("GET" if becomes_get else method)
    assert seen.body == (b"text" if body and not becomes_get else b"")
    assert ("content-type" in seen.headers) == bool(seen.body)


CREDENTIALS = ["Authorization: Bearer a", "Cookie: a=b", "X-Api-Key: a", "api-key: a",
               "X-Auth-Token: a", "X-Subscription-Token: a", "Proxy-Authorization: a",
               "X-Secret: a", "x-goog-api-key: a"]


@pytest.mark.parametrize("target, is_kept", [
    ("/echo", True), ("http://web.test/echo", True), ("http://WEB.test:80/echo", True),
    ("http://other.test/echo", False), ("https://web.test/echo", False),
    ("http://other.test/to%3Furl=http://web.test/echo", False), (f"http://{PUBLIC}/echo", False),
])
def test_credentials_stay_with_their_origin(client, server, target, is_kept):
    outcome = client().get(f"http://web.test/to?url={target}", redirects_max=5,
                           headers=[*CREDENTIALS, "Accept: text/html"])
    assert outcome.status == 200
    sent = json.loads(outcome.body)["headers"]
    assert sent["accept"] == "text/html"
    for header in CREDENTIALS:
        assert (header.split(":")[0].lower() in sent) == is_kept, header


# ---- what comes ----


def test_limits_of_a_body(client):
    c = client()
    exact, less, more = c.run([{"url": "http://web.test/big?n=1000", "limit_bytes": n}
                               for n in (1000, 999, 1001)])
    assert (exact.body_len, exact.is_cut) == (1000, False)
    assert (less["class"], less.status, less.body_len, less.is_cut) == ("none", 200, 999, True)
    assert (more.body_len, more.is_cut) == (1000, False)
    default = c.get("http://web.test/big?n=20000000")
    assert (default.body_len, default.is_cut) == (8 << 20, True)
    assert c.end() == ""


def test_a_gzip_bomb(client):
    c = client()
    c.get("http://web.test/ok")
    before_kib = c.most_memory_kib()
    for outcome in c.run([{"url": "http://web.test/bomb", "limit_bytes": 1 << 20}] * 8):
        assert (outcome["class"], outcome.body_len, outcome.is_cut) == ("none", 1 << 20, True)
    assert c.most_memory_kib() - before_kib < 64 << 10
    c.end()


def test_encodings(client):
    c = client()
    assert c.get("http://web.test/encoded?as=gzip").body == b"hello"
    assert c.get("http://web.test/encoded?as=GZIP").body == b"hello"
    for url in ("encoded?as=zstd", "pile", "encoded?as=compress", "encoded?as=br",
                "encoded?as=deflate"):
        outcome = c.get(f"http://web.test/{url}")
        assert (outcome["class"], outcome.origin, outcome.code) == ("invalid", CURL_ORIGIN, 61)
        assert outcome.body_len == 0


@pytest.mark.parametrize("form", PACKED)
def test_packed_answers(client, form):
    """A packed answer is whole when its stream ends, whatever its length says."""
    c = client()
    text = b"" if form == "gzip-nothing" else TEXT
    whole = c.get(f"http://web.test/packed?as={form}")
    assert (whole.body_len, whole["class"], whole.is_cut) == (len(text), "none", False)
    assert text.startswith(whole.body)
    packed = PACKED["gzip"] if form in ("gzip-padded", "gzip-followed") else PACKED[form]
    n_padding = len(PACKED[form]) - len(packed)
    for cut in (1, 5, len(packed) // 3, len(packed) - 1):
        outcome = c.get(f"http://web.test/packed?as={form}&cut={cut + n_padding}")
        assert (outcome["class"], outcome.origin, outcome.code) == ("transient", CURL_ORIGIN, 18)
        assert outcome.body_len == 0
    assert c.get(f"http://web.test/packed?as={form}&cut={len(PACKED[form])}").body == b""
    assert c.end() == ""


def test_bytes_pass_through(client):
    outcome = client().get("http://web.test/latin1")
    assert outcome.body == "gr\xfc\xdfe".encode("latin-1")
    assert outcome.header("content-type") == "text/plain; charset=utf-16"


def test_answers_that_end_early(client):
    c = client()
    for url, codes in (("truncated", (18,)), ("truncated-chunk", (18, 56)), ("reset", (55, 56)),
                       ("empty", (52,))):
        outcome = c.get(f"http://web.test/{url}")
        assert (outcome["class"], outcome.origin) == ("transient", CURL_ORIGIN)
        assert outcome.code in codes
        assert outcome.status == 0 and outcome.body_len == 0
    assert c.get("http://web.test/ok").status == 200


def test_headers_are_bounded(client):
    c = client()
    for url in ("many-headers", "long-header", "continues", "longest-header"):
        outcome = c.get(f"http://web.test/{url}")
        assert (outcome["class"], outcome.origin, outcome.code) == ("limit", NET_ORIGIN, 90)
    assert c.most_memory_kib() < 64 << 10
    assert c.get("http://web.test/folded").header("x-folded") == "a b"
    trailer = c.get("http://web.test/trailer", redirects_max=5)
    assert (trailer.status, trailer.body, trailer.header("location")) == (200, b"ok", None)


def test_who_is_too_slow(client):
    """Nobody waits for the whole time limit."""
    c = client()
    began = time.monotonic()
    outcomes = c.run([{"url": f"http://web.test/{url}", "timeout_ms": 60000}
                      for url in ("drip", "drip-headers")])
    assert 9 < time.monotonic() - began < 25
    for outcome in outcomes:
        assert (outcome["class"], outcome.origin, outcome.code) == ("timeout", CURL_ORIGIN, 28)


def test_time_limits(client):
    c = client()
    began = time.monotonic()
    outcomes = c.run([
        {"url": "http://web.test/slow?s=30", "timeout_ms": 300},
        {"url": "http://web.test/drip", "timeout_ms": 300},
        {"url": "http://slow.test/ok", "timeout_ms": 300},
        {"url": "http://web.test/to?url=/slow%3Fs=30", "timeout_ms": 300, "redirects_max": 3},
        {"url": "http://127.0.0.1/drip", "timeout_ms": 300, "is_trusted": True},
    ])
    assert time.monotonic() - began < 2
    for outcome in outcomes:
        assert (outcome["class"], outcome.code) == ("timeout", 28)
        assert 290e6 < outcome.total_ns < 2e9
    c.end()


def test_nobody_there(client):
    c = client()
    refused = c.get("http://closed.test/ok", timeout_ms=3000)
    assert refused.origin == CURL_ORIGIN and refused["class"] in ("transient", "timeout")
    missing = c.get("http://no-such-name.test/")
    assert (missing["class"], missing.code) == ("transient", 6)
    assert "no-such-name.test" in missing.text


def test_certificates(client, server):
    c = client(ca_file=None)
    unknown = c.get("https://web.test/ok")
    assert (unknown["class"], unknown.code) == ("denied", 60)
    c = client()
    other = c.get("https://six.test/ok")  # the certificate is not for this name
    assert (other["class"], other.code) == ("denied", 60)
    trusted = c.get("https://10.0.0.1/ok", is_trusted=True)  # trust is not about certificates
    assert (trusted["class"], trusted.code) == ("denied", 60)
    assert server.requests == []
    missing = client(ca_file="/nonexistent").get("https://web.test/ok")
    assert (missing["class"], missing.code) == ("missing", 77)


# ---- how it goes about it ----


def test_connections_are_reused(client, server):
    c = client()
    for _ in range(10):
        assert c.get("https://web.test/ok").status == 200
    assert len(server.addresses) == 1


def test_connections_are_bounded(client, server):
    c = client(connections_max=8)
    outcomes = c.run([{"url": "http://web.test/slow?s=0.05"}] * 20 +
                     [{"url": "http://other.test/slow?s=0.05"}] * 20)
    assert all(outcome.status == 200 for outcome in outcomes)
    assert server.addresses.count(PUBLIC) <= 2 and server.addresses.count(OTHER) <= 2


@pytest.fixture
def http2(world):
    (world.folder / "htdocs").mkdir(exist_ok=True)
    (world.folder / "htdocs/page").write_text("page")
    with open(world.folder / "http2.log", "w+") as log:
        process = subprocess.Popen(
            [shutil.which("nghttpd") or "nghttpd", "-v", "-d", "htdocs", "9443", "server.key",
             "server.crt"], cwd=world.folder, stdout=log)
        for _ in range(100):
            with contextlib.suppress(OSError):
                socket.create_connection((PUBLIC, 9443)).close()
                break
            time.sleep(0.05)
        yield log
        process.kill()
        process.wait()


def test_http2(client, http2):
    """A hundred at once share a connection; a port like this one must be trusted."""
    c = client()
    outcomes = c.run([{"url": "https://web.test:9443/page", "is_trusted": True}] * 100)
    assert all((o.status, o.body) == (200, b"page") for o in outcomes)
    assert c.get("https://web.test:9443/page", is_trusted=True).status == 200
    c.end()
    http2.seek(0)
    log = re.sub(r"\x1b\[[0-9;]*m", "", http2.read())
    assert log.count(":path: /page") == 101
    assert len(set(re.findall(r"^\[id=(\d+)\]", log, re.M))) <= 2


@pytest.mark.parametrize("where", ["slow?s=30", "drip", "big?n=100000000"])
def test_cancel(client, where):
    c = client()
    began = time.monotonic()
    outcomes = c.run([{"url": f"http://web.test/{where}", "cancel_ms": n, "limit_bytes": 1 << 40}
                      for n in (0, 1, 50, 200)])
    assert time.monotonic() - began < 2
    assert outcomes[0]["class"] == "cancelled"
    assert {o["class"] for o in outcomes} <= {"cancelled", "none"}
    assert c.get("http://web.test/ok").status == 200
    c.end()


def test_cancel_while_a_name_is_looked_up(client):
    c = client()
    began = time.monotonic()
    assert c.get("http://slow.test/ok", cancel_ms=100)["class"] == "cancelled"
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("after_ms", [0, 1, 20, 200])
def test_freed_with_transfers_under_way(client, after_ms, tmp_path):
    c = client(cache_dir=str(tmp_path / "cache"))
    requests = [{"url": f"http{s}://web.test/{path}", "may_cache": True, "redirects_max": 5}
                for path in ("ok", "slow?s=30", "drip", "loop", "cached?etag=a", "big?n=9000000")
                for s in ("", "s")]
    c.run(requests, free_ms=after_ms)
    assert c.end() == ""  # with a loop that has nothing left


def test_no_descriptor_is_left(client):
    c = client(connections_max=16)
    descriptors = pathlib.Path(f"/proc/{c.process.pid}/fd")
    kinds = [{"url": f"http://{name}/{path}", "timeout_ms": 500, "redirects_max": 5}
             for name in ("web.test", "other.test", "inside.test", "mixed.test")
             for path in ("ok", "reset", "drip", "loop", "truncated", "bomb")]
    c.run(kinds)
    before = len(list(descriptors.iterdir()))
    for _ in range(5):
        c.run(kinds)
    assert len(list(descriptors.iterdir())) <= before + 16


def test_memory_is_short(server, tmp_path):
    """Each allocation fails once: transfers end, each once, as a limit or as if nothing were."""
    url = "http://web.test/to?url=/cached%3Fetag=a%26cache-control=max-age=0"
    kept = {"url": url, "may_cache": True, "redirects_max": 5, "headers": ["Accept: a", "X-Key: b"]}
    lines = [{"cache_dir": str(tmp_path / "cache")}, [kept], [kept],
             [{"url": "http://web.test/echo", "body": "abc"}, {"url": "http://inside.test/"}]]

    def run(fail_at):
        shutil.rmtree(tmp_path / "cache", ignore_errors=True)
        preload = net_world.PRELOAD.with_name("fail_alloc.so")
        return subprocess.run(
            [net_world.FETCH], input="".join(json.dumps(line) + "\n" for line in lines), text=True,
            capture_output=True, timeout=60,
            env={"LD_PRELOAD": f"{preload} {net_world.PRELOAD}", "NAMES": net_world.NAMES,
                 "FAIL_AT": str(fail_at), "FAIL_COUNT": str(tmp_path / "count")})

    assert run(0).returncode == 0
    n = int((tmp_path / "count").read_text())
    assert n > 40
    endings = []
    for fail_at in range(1, n + 1):
        ended = run(fail_at)
        # 1: there is no client; 4: it was not the client's.
        assert ended.returncode in (0, 1, 4), (fail_at, ended)
        endings.append(ended.returncode)
        for line in ended.stdout.splitlines():
            for outcome in json.loads(line)["outcomes"]:
                assert outcome["class"] in ("none", "limit", "denied"), (fail_at, outcome)
                assert outcome["class"] != "limit" or "memory" in outcome["text"]
    assert endings.count(0) > n // 2
