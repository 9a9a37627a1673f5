"""A network of its own for the web client: a lo with public and private addresses on it, one server
that listens on all of them and notes which was connected to, and the client to fetch from it."""

import collections
import contextlib
import ctypes
import fcntl
import gzip
import http
import json
import os
import pathlib
import shutil
import socket
import ssl
import struct
import subprocess
import threading
import time
import urllib.parse
import zlib

import pytest

OUT = pathlib.Path(os.environ["VOLLEY_OUT"]) if "VOLLEY_OUT" in os.environ else (
    pathlib.Path(__file__).resolve().parents[2] / "out/release"
)
FETCH = OUT / "tests/oracle/fetch"
PRELOAD = OUT / "tests/fault/preload/names.so"

PUBLIC = "93.184.216.34"
OTHER = "151.101.1.1"
PUBLIC6 = "2606:2800:220:1::1"
# Each is an address of this machine's while the tests run: whoever connects is noted.
DENIED = [
    "127.0.0.1", "127.1.2.3", "0.0.0.0", "10.0.0.1", "10.255.255.254", "100.64.0.1",
    "100.127.255.254", "169.254.169.254", "172.16.0.1", "172.31.255.254", "192.0.0.1",
    "192.0.2.1", "192.31.196.1", "192.52.193.1", "192.88.99.1", "192.168.1.1", "192.175.48.1",
    "198.18.0.1", "198.19.255.254", "198.51.100.1", "203.0.113.1",
]
DENIED6 = [
    "::1", "::", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1", "100::1", "100:0:0:1::1", "2001::1", "2001:0:5db8:d822::80ff:fffe",
    "2001:2::1", "2001:3::1", "2001:4:112::1", "2001:10::1", "2001:20::1", "2001:30::1",
    "2001:db8::1", "2002:7f00:1::1", "2002:a00:1::1", "2002:c0a8:101::1", "2620:4f:8000::1",
    "3fff::1", "5f00::1", "fc00::1", "fd00::1", "fec0::1", "::7f00:1", "4000::1", "200::1",
]
TEXT = b"".join(b"line %d of a text that is packed\n" % i for i in range(20000))
PACKED = {
    "gzip": gzip.compress(TEXT),
    "gzip-members": gzip.compress(TEXT[:9999]) + gzip.compress(TEXT[9999:]),
    "gzip-padded": gzip.compress(TEXT) + bytes(1000),
    "gzip-followed": gzip.compress(TEXT) + b"\x1fxx and more",
    "deflate": zlib.compress(TEXT),
    "deflate-bare": zlib.compress(TEXT)[2:-4],
    "deflate-stored": zlib.compress(TEXT, 0)[2:-4],
    "gzip-nothing": gzip.compress(b""),
}
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
POLICY_ORIGIN = 3  # of an error


# ---- the network ----


def unshare(flags):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(flags) < 0:
        raise OSError(ctypes.get_errno(), "unshare")


@contextlib.contextmanager
def own_network():
    """For this process. Who is not root does not come back from it."""
    uid, gid = os.getuid(), os.getgid()
    before = os.open("/proc/self/ns/net", os.O_RDONLY)
    if uid == 0:
        unshare(CLONE_NEWNET)
    else:
        unshare(CLONE_NEWUSER | CLONE_NEWNET)
        pathlib.Path("/proc/self/setgroups").write_text("deny")
        pathlib.Path("/proc/self/uid_map").write_text(f"0 {uid} 1")
        pathlib.Path("/proc/self/gid_map").write_text(f"0 {gid} 1")
    raise_lo()
    try:
        yield
    finally:
        if uid == 0:
            ctypes.CDLL(None).setns(before, CLONE_NEWNET)
        os.close(before)


def raise_lo():
    SIOCSIFFLAGS, SIOCSIFADDR, SIOCSIFNETMASK = 0x8914, 0x8916, 0x891C
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as four:
        fcntl.ioctl(four, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", 0x49))
        for i, address in enumerate([PUBLIC, OTHER, *DENIED]):
            if address.startswith(("127.", "0.")):
                continue
            at = struct.pack("16sHH4s8x", f"lo:{i}".encode(), socket.AF_INET, 0,
                             socket.inet_aton(address))
            fcntl.ioctl(four, SIOCSIFADDR, at)
            mask = struct.pack("16sHH4s8x", f"lo:{i}".encode(), socket.AF_INET, 0, b"\xff" * 4)
            fcntl.ioctl(four, SIOCSIFNETMASK, mask)
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as six:
        index = socket.if_nametoindex("lo")
        for address in [PUBLIC6, *DENIED6]:
            raw = socket.inet_pton(socket.AF_INET6, address)
            with contextlib.suppress(OSError):  # mapped ones are not the interface's
                fcntl.ioctl(six, SIOCSIFADDR, struct.pack("16sIi", raw, 128, index))


# ---- the server ----


Request = collections.namedtuple("Request", "method path query headers body address is_tls")


def reply(body=b"", status=200, headers=(), length=True):
    if isinstance(body, str):
        body = body.encode()
    lines = [f"HTTP/1.1 {status} {http.HTTPStatus(status).phrase}"]
    lines += [f"{name}: {value}" for name, value in headers]
    if length:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


class Server:
    """HTTP/1.1 on every address, ports 80 and 443 and whatever else; paths are methods on_X(). An
    answer is bytes or an iterable of bytes; None closes the connection."""

    def __init__(self, certificate):
        self.addresses, self.requests = [], []
        self.lock = threading.Lock()
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(certificate)
        for port in (80, 443, 8080, 8443):
            listener = socket.create_server(("::", port), family=socket.AF_INET6, backlog=512,
                                            dualstack_ipv6=True)
            self.start(self.accept, listener, port in (443, 8443))

    @staticmethod
    def start(target, *args):
        threading.Thread(target=target, args=args, daemon=True).start()

    def accept(self, listener, is_tls):
        while True:
            connection, _ = listener.accept()
            address = connection.getsockname()[0].removeprefix("::ffff:")
            with self.lock:
                self.addresses.append(address)
            self.start(self.serve, connection, address, is_tls)

    def serve(self, connection, address, is_tls):
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            stack.callback(connection.close)
            if is_tls:
                connection = self.tls.wrap_socket(connection, server_side=True)
                stack.callback(connection.close)
            lines = connection.makefile("rb")
            stack.callback(lines.close)
            while request := self.read(lines, address, is_tls):
                with self.lock:
                    self.requests.append(request)
                answer = self.answer(request, connection)
                if answer is None:
                    break
                for part in [answer] if isinstance(answer, bytes) else answer:
                    connection.sendall(part)
                if not isinstance(answer, bytes):
                    break

    @staticmethod
    def read(lines, address, is_tls):
        words = lines.readline().decode("latin-1").split()
        if len(words) != 3:
            return None
        headers = {}
        while (line := lines.readline().decode("latin-1").strip()):
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        body = lines.read(int(headers.get("content-length", 0)))
        url = urllib.parse.urlsplit(words[1])
        query = dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True))
        return Request(words[0], url.path, query, headers, body, address, is_tls)

    def answer(self, request, connection):
        name = request.path.strip("/").split("/")[0].replace("-", "_") or "ok"
        return getattr(self, "on_" + name, self.on_missing)(request, connection)

    def seen(self, path):
        return [request for request in self.requests if request.path == path]

    # ---- what it answers ----

    def on_missing(self, request, connection):
        return reply("nothing here", 404)

    def on_ok(self, request, connection):
        return reply("ok")

    def on_echo(self, request, connection):
        return reply(json.dumps({"method": request.method, "headers": request.headers,
                                 "body": request.body.decode("latin-1"),
                                 "address": request.address, "is_tls": request.is_tls}))

    def on_to(self, request, connection):
        return reply("moved", int(request.query.get("status", 302)),
                     [("Location", request.query["url"])])

    def on_loop(self, request, connection):
        return reply("", 302, [("Location", "/loop")])

    def on_chain(self, request, connection):
        n = int(request.query["n"])
        return reply("", 301, [("Location", f"/chain?n={n - 1}" if n > 1 else "/ok")])

    def on_big_redirect(self, request, connection):
        return reply(b"x" * (8 << 20), 302, [("Location", "/ok")])

    def on_big(self, request, connection):
        return reply(b"x" * int(request.query["n"]))

    def on_slow(self, request, connection):
        time.sleep(float(request.query["s"]))
        return reply("slow")

    def on_drip(self, request, connection):
        def parts():
            yield b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
            for _ in range(1000):
                yield b"x"
                time.sleep(0.5)

        return parts()

    def on_drip_headers(self, request, connection):
        def parts():
            yield b"HTTP/1.1 200 OK\r\n"
            for i in range(1000):
                yield b"X-%d: x\r\n" % i
                time.sleep(0.5)

        return parts()

    def on_many_headers(self, request, connection):
        return reply("", headers=[(f"X-{i}", "x") for i in range(10000)])

    def on_long_header(self, request, connection):
        return reply("", headers=[("X-Long", "x" * (90 << 10))] * 4)

    def on_longest_header(self, request, connection):
        return reply("", headers=[("X-Long", "x" * (1 << 20))])

    def on_continues(self, request, connection):
        def parts():
            while True:
                yield b"HTTP/1.1 100 Continue\r\n\r\n" * 100

        return parts()

    def on_truncated(self, request, connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc")

    def on_truncated_chunk(self, request, connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n100\r\nabc")

    def on_reset(self, request, connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc")
        time.sleep(0.1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def on_empty(self, request, connection):
        return None

    def on_trailer(self, request, connection):
        return (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: Location\r\n\r\n"
                b"2\r\nok\r\n0\r\nLocation: /missing\r\nCache-Control: max-age=9\r\n\r\n")

    def on_folded(self, request, connection):
        return b"HTTP/1.1 200 OK\r\nX-Folded: a\r\n  b\r\nContent-Length: 2\r\n\r\nok"

    def on_latin1(self, request, connection):
        return reply("gr\xfc\xdfe".encode("latin-1"),
                     headers=[("Content-Type", "text/plain; charset=utf-16")])

    def on_bomb(self, request, connection):
        squeezed = gzip.compress(b"\0" * (64 << 20), 9)
        # Members one after another are one stream: 16 of them are a gigabyte.
        return reply(squeezed * 16, headers=[("Content-Encoding", "gzip")])

    def on_encoded(self, request, connection):
        return reply(gzip.compress(b"hello"),
                     headers=[("Content-Encoding", request.query["as"])])

    def on_packed(self, request, connection):
        """?as=ENCODING&cut=N: all but the last N bytes of it, and a length that agrees."""
        body = PACKED[request.query["as"]]
        encoding = request.query["as"].split("-")[0]
        return reply(body[:len(body) - int(request.query.get("cut", 0))],
                     headers=[("Content-Encoding", encoding)])

    def on_pile(self, request, connection):
        return reply(gzip.compress(gzip.compress(b"hello")),
                     headers=[("Content-Encoding", "gzip, gzip")])

    def on_cached(self, request, connection):
        """?NAME=VALUE is a header of the answer, except "etag", which is asked about too."""
        headers = [(name, value) for name, value in request.query.items() if name != "id"]
        etag = request.query.get("etag")
        changed = request.query.get("last-modified")
        if (etag and request.headers.get("if-none-match") == etag) or (
            changed and request.headers.get("if-modified-since") == changed
        ):
            return reply(b"", 304, [*headers, ("X-Renewed", "yes")], length=False)
        return reply(f"answer {len(self.seen(request.path))}",
                     int(request.query.get("status", 200)), headers)


# ---- the client ----


def make_certificates(folder, names, addresses):
    """An authority, and a certificate of it: (authority.pem, server.pem)."""
    alternatives = ",".join([f"DNS:{name}" for name in names] + [f"IP:{a}" for a in addresses])
    (folder / "extensions").write_text(f"subjectAltName={alternatives}\n")

    def openssl(*args):
        subprocess.run([shutil.which("openssl"), *args], cwd=folder, check=True,
                       capture_output=True)

    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    openssl("req", "-x509", *curve, "-keyout", "authority.key", "-out", "authority.pem",
            "-subj", "/CN=nobody's authority", "-days", "2")
    openssl("req", *curve, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=server")
    openssl("x509", "-req", "-in", "server.csr", "-CA", "authority.pem", "-CAkey",
            "authority.key", "-CAcreateserial", "-out", "server.crt", "-days", "2", "-extfile",
            "extensions")
    whole = (folder / "server.crt").read_text() + (folder / "server.key").read_text()
    (folder / "server.pem").write_text(whole)
    return folder / "authority.pem", folder / "server.pem"


class Outcome(dict):
    __getattr__ = dict.__getitem__

    @property
    def body(self):
        return bytes.fromhex(self["body_hex"])

    def header(self, name):
        return next((value for key, value in self["headers"] if key == name), None)


class Client:
    """A client that runs until it is left."""

    def __init__(self, conf, names):
        asan = "verify_asan_link_order=0:detect_leaks=1"
        env = {"LD_PRELOAD": str(PRELOAD), "NAMES": names, "ASAN_OPTIONS": asan,
               # None of these may have any effect.
               "http_proxy": "http://127.0.0.1:80", "https_proxy": "http://127.0.0.1:80",
               "ALL_PROXY": "http://127.0.0.1:80", "HTTPS_PROXY": "http://127.0.0.1:80",
               "HOME": conf.pop("home", "/nonexistent")}
        self.process = subprocess.Popen([FETCH], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, env=env, text=True)
        self.say(conf)

    def say(self, what):
        self.process.stdin.write(json.dumps(what) + "\n")
        self.process.stdin.flush()

    def run(self, requests, **more):
        self.say({"requests": requests, **more})
        line = self.process.stdout.readline()
        assert line, self.process.stderr.read()
        said = json.loads(line)
        self.elapsed_ms = said["elapsed_ms"]
        return [Outcome(outcome) for outcome in said["outcomes"]]

    def get(self, url, **more):
        return self.run([{"url": url, **more}])[0]

    def most_memory_kib(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0])

    def end(self):
        _, complaints = self.process.communicate(timeout=30)
        assert self.process.returncode == 0, complaints
        return complaints


# ---- for tests ----


NAMES = " ".join([
    f"web.test={PUBLIC}", f"other.test={OTHER}", f"six.test={PUBLIC6}",
    "inside.test=127.0.0.1", "metadata.test=169.254.169.254", "six-inside.test=::1",
    f"rebinding.test={PUBLIC}|127.0.0.1", f"mixed.test=127.0.0.1,{PUBLIC}",
    f"mixed-last.test={PUBLIC},10.0.0.1", f"mixed-six.test=::1,{PUBLIC}",
    "all-inside.test=10.0.0.1,::1,169.254.169.254", f"slow.test=sleep,{PUBLIC}",
    "closed.test=151.101.1.2",
])


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("world")
    authority, certificate = make_certificates(
        folder, ["web.test", "other.test", "inside.test", "rebinding.test"], [PUBLIC, "127.0.0.1"]
    )
    with own_network():
        server = Server(certificate)
        server.authority, server.certificate, server.folder = authority, certificate, folder
        yield server


@pytest.fixture
def server(world):
    world.addresses.clear()
    world.requests.clear()
    return world


@pytest.fixture
def client(server):
    with contextlib.ExitStack() as stack:

        def start(**conf):
            names = conf.pop("names", NAMES)
            made = Client({"ca_file": str(server.authority), **conf}, names)
            stack.callback(made.process.kill)
            return made

        yield start


def assert_denied(outcome, *words):
    assert (outcome["class"], outcome.origin) == ("denied", POLICY_ORIGIN), outcome
    for word in words:
        assert word in outcome.text
    assert outcome.status == 0 and outcome.url is None and outcome.body_len == 0


