"""Answers that the web client keeps on disk: when they are taken, and when they must not be."""

import json
import os
import time

import net_world
import pytest
from net_world import PUBLIC, assert_denied
from net_world import client, server, world  # noqa: F401 (fixtures)


@pytest.fixture
def cache(client, tmp_path):
    folder = tmp_path / "cache" / "web"
    return folder, lambda **conf: client(cache_dir=str(folder), **conf)


def files_of(folder):
    return [path for path in folder.iterdir() if path.name != "salt"] if folder.exists() else []


def wait_for(condition):
    for _ in range(200):
        if condition():
            return
        time.sleep(0.02)
    assert condition()


def get_twice(server, start, folder, query, n_files=1, between=None, **more):
    """How often it was asked for, and the second outcome."""
    c = start()
    url = f"http://web.test/cached?id={len(server.requests)}&{query}"
    first = c.get(url, may_cache=True, **more)
    assert not first.is_cached
    c.end()  # with what it writes
    assert len(files_of(folder)) == n_files
    if between:
        between()
    before = len(server.requests)
    second = start().get(url, may_cache=True, **more)
    return len(server.requests) - before, first, second


def test_a_fresh_answer(server, cache):
    folder, start = cache
    n, first, second = get_twice(server, start, folder, "cache-control=max-age=100")
    assert n == 0 and second.is_cached
    for key in ("status", "url", "headers", "body_hex", "is_cut"):
        assert first[key] == second[key]
    assert folder.stat().st_mode & 0o777 == 0o700
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in folder.iterdir())


@pytest.mark.parametrize("query, n_asked", [
    ("cache-control=max-age=0", 1), ("cache-control=no-cache", 1), ("x=y", 1),
    ("cache-control=private,%20max-age=100", 0), ("cache-control=MAX-AGE=%22100%22", 0),
    ("cache-control=max-age=100,no-cache", 1), ("cache-control=max-age=100&age=200", 1),
    ("cache-control=max-age=nonsense", 1), ("cache-control=max-age=-1", 1),
    ("cache-control=max-age=99999999999999999999999", 0), ("pragma=no-cache", 1),
    ("expires=Thu,%2001%20Jan%202099%2000:00:00%20GMT", 0), ("expires=0", 1),
    ("expires=Thu,%2001%20Jan%201990%2000:00:00%20GMT", 1),
    ("last-modified=Thu,%2001%20Jan%202015%2000:00:00%20GMT", 0),
    ("status=404&cache-control=max-age=100", 0), ("cache-control=max-age=100&vary=Accept", 0),
])
def test_how_long_it_is_fresh(server, cache, query, n_asked):
    folder, start = cache
    n, _, second = get_twice(server, start, folder, query)
    # One that has a date of change is asked about with it, and does not come again.
    assert n == n_asked and second.is_cached == (n == 0)


@pytest.mark.parametrize("query", ["cache-control=no-store", "cache-control=max-age=9,No-Store",
                                   "vary=*&cache-control=max-age=100",
                                   "status=500&cache-control=max-age=100",
                                   "status=206&cache-control=max-age=100"])
def test_what_is_not_kept(server, cache, query):
    folder, start = cache
    n, _, second = get_twice(server, start, folder, query, n_files=0)
    assert n == 1 and not second.is_cached


@pytest.mark.parametrize("validator, condition", [
    ("etag=%22a%22", "if-none-match"),
    ("last-modified=Thu,%2001%20Jan%202015%2000:00:00%20GMT", "if-modified-since"),
])
def test_not_modified(server, cache, validator, condition):
    folder, start = cache
    n, first, second = get_twice(server, start, folder, f"{validator}&cache-control=max-age=0")
    assert n == 1 and condition in server.requests[-1].headers
    assert second.is_cached and second.status == 200 and second.body == first.body
    assert second.header("x-renewed") == "yes"
    assert second.header("content-length") == first.header("content-length")


def test_changed(server, cache):
    folder, start = cache
    c = start()
    first = c.get("http://web.test/cached?etag=a", may_cache=True)
    wait_for(lambda: files_of(folder))
    server.on_cached_before, server.on_cached = server.on_cached, lambda request, connection: (
        net_world.reply("new", headers=[("ETag", "b")]))
    try:
        second = c.get("http://web.test/cached?etag=a", may_cache=True)
    finally:
        server.on_cached = server.on_cached_before
    assert first.body != b"new" and second.body == b"new" and not second.is_cached
    c.end()


def test_fresh_ms_decides(server, cache):
    folder, start = cache
    n, _, second = get_twice(server, start, folder, "cache-control=no-cache", fresh_ms=60000)
    assert n == 0 and second.is_cached
    n, _, second = get_twice(server, start, folder, "cache-control=max-age=1000", n_files=2,
                             between=lambda: time.sleep(0.02), fresh_ms=10)
    assert n == 1 and not second.is_cached


def test_who_may_have_it(server, cache):
    """What a trusted transfer has fetched from inside is not for others; nor is what was asked for
    with other headers."""
    folder, start = cache
    c = start()
    url = "http://127.0.0.1/cached?cache-control=max-age=100"
    assert c.get(url, may_cache=True, is_trusted=True).status == 200
    wait_for(lambda: len(files_of(folder)) == 1)
    assert c.get(url, may_cache=True, is_trusted=True).is_cached
    assert_denied(c.get(url, may_cache=True))
    url = "http://web.test/cached?cache-control=max-age=100"
    for header in ("Accept: a", "Accept: b", "Authorization: a", "Authorization: b"):
        assert not c.get(url, may_cache=True, headers=[header]).is_cached
    for asked in ({"headers": ["Range: bytes=0-1"]}, {"headers": ["If-None-Match: a"]},
                  {"method": "HEAD"}, {"body": "a"}, {"may_cache": False}):
        assert not c.get(url, **{"may_cache": True, **asked}).is_cached
    c.end()
    assert len(files_of(folder)) == 5
    kept = b"".join(path.read_bytes() for path in files_of(folder))
    assert b"Authorization" not in kept and b"web.test" not in kept


def test_redirects_are_kept_one_by_one(server, cache):
    folder, start = cache
    c = start()
    inner = "/cached%3Fcache-control=max-age=100"
    url = f"http://web.test/cached?status=301&cache-control=max-age=100&location={inner}"
    first = c.get(url, may_cache=True, redirects_max=5)
    assert first.status == 200 and len(server.requests) == 2
    wait_for(lambda: len(files_of(folder)) == 2)
    second = c.get(url, may_cache=True, redirects_max=5)
    assert second.is_cached and second.url == first.url and len(server.requests) == 2
    # Where it leads is judged anew.
    url = "http://web.test/cached?status=301&cache-control=max-age=100&location=http://10.0.0.1/ok"
    for _ in range(2):
        assert_denied(c.get(url, may_cache=True, redirects_max=5))
        wait_for(lambda: len(files_of(folder)) == 3)
    assert set(server.addresses) == {PUBLIC}
    c.end()


def test_a_kept_answer_is_cut_like_another(server, cache):
    folder, start = cache
    c = start()
    url = "http://web.test/cached?cache-control=max-age=100"
    whole = c.get(url, may_cache=True)
    wait_for(lambda: files_of(folder))
    part = c.get(url, may_cache=True, limit_bytes=3)
    assert part.is_cached and part.is_cut and part.body == whole.body[:3]
    cut = c.get(url + "&a=b", may_cache=True, limit_bytes=3)
    assert cut.is_cut
    assert not c.get(url + "&a=b", may_cache=True).is_cached
    c.end()


def damage(path, how):
    data = path.read_bytes()
    if how == "empty":
        path.write_bytes(b"")
    elif how == "short":
        path.write_bytes(data[:-1])
    elif how == "long":
        path.write_bytes(data + b"x")
    elif how == "head":
        path.write_bytes(data[:20])
    elif how == "flipped":
        path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    elif how == "stamp":
        path.write_bytes(data[:8] + b"\xff" * 7 + b"\x7f" + data[16:])
    elif how == "lengths":
        path.write_bytes(data[:16] + b"\xff" * 16 + data[32:])
    elif how == "nonsense":
        path.write_bytes(os.urandom(len(data)))
    elif how == "folder":
        path.unlink()
        path.mkdir()
    elif how == "fifo":
        path.unlink()
        os.mkfifo(path)
    elif how == "link":
        path.rename(path.with_name("elsewhere"))
        path.symlink_to("elsewhere")
    elif how == "huge":
        os.truncate(path, 1 << 40)


@pytest.mark.parametrize("how", ["empty", "short", "long", "head", "flipped", "stamp", "lengths",
                                 "nonsense", "folder", "fifo", "link", "huge"])
def test_a_damaged_file(server, cache, how):
    folder, start = cache
    n, first, second = get_twice(server, start, folder, "cache-control=max-age=100",
                                 between=lambda: damage(files_of(folder)[0], how))
    assert n == 1 and not second.is_cached and second.status == 200


def test_a_folder_of_others(server, cache):
    folder, start = cache
    folder.mkdir(parents=True)
    folder.chmod(0o777)
    n, _, second = get_twice(server, start, folder, "cache-control=max-age=100", n_files=0)
    assert n == 1 and second.status == 200


def test_a_folder_that_cannot_be(server, cache):
    folder, start = cache
    folder.parent.mkdir()
    folder.write_text("a file")
    c = start()
    for _ in range(2):
        assert c.get("http://web.test/cached?cache-control=max-age=9", may_cache=True).status == 200
    c.end()


def test_the_oldest_go(server, cache):
    folder, start = cache
    c = start(cache_limit_bytes=1 << 20)
    for i in range(40):
        url = f"http://web.test/big?n=60000&id={i}"
        assert c.get(url, may_cache=True).status == 200
        wait_for(lambda: not list(folder.glob("new-*")))
    c.end()
    size = sum(path.stat().st_size for path in files_of(folder))
    assert 500 << 10 < size <= 1 << 20
    c = start(cache_limit_bytes=1 << 20)
    kept = [c.get(f"http://web.test/big?n=60000&id={i}", may_cache=True, fresh_ms=60000).is_cached
            for i in (39, 38, 1, 0)]
    assert kept == [True, True, False, False]
    c.end()


def test_leftovers_go(server, cache):
    folder, start = cache
    folder.mkdir(parents=True, mode=0o700)
    for name, age_s in (("new-0123456789abcdef", 7200), ("new-fedcba9876543210", 10)):
        (folder / name).write_text("x")
        os.utime(folder / name, (time.time() - age_s,) * 2)
    c = start()
    c.get("http://web.test/cached?cache-control=max-age=9", may_cache=True)
    c.end()
    assert {path.name[:5] for path in folder.glob("new-*")} == {"new-f"}


def test_two_at_once_share_a_folder(server, cache):
    folder, start = cache
    clients = [start(), start()]
    requests = [{"url": f"http://web.test/cached?id={i}&cache-control=max-age=100",
                 "may_cache": True} for i in range(30)]
    for c in clients:
        c.say({"requests": requests})
    for c in clients:
        assert json.loads(c.process.stdout.readline())["outcomes"]
        c.end()
    assert len(files_of(folder)) == 30
    assert all(outcome.is_cached for outcome in start().run(requests))
