"""Debian's kiwix-serve over a small book, and searx in front of it, on loopback."""

import contextlib
import socket
import struct
import subprocess
import time
import urllib.request
import zlib

PROGRAMS = ("zimwriterfs", "kiwix-serve", "searx-run")
SETTINGS = """
general: {{debug: false, instance_name: test}}
search: {{safe_search: 0, autocomplete: "", default_lang: ""}}
server: {{port: {port}, bind_address: "127.0.0.1", secret_key: "0123456789abcdef0123456789abcdef",
         base_url: false, image_proxy: false, http_protocol_version: "1.0"}}
ui: {{static_path: "/usr/share/python3-searx/static",
     templates_path: "/usr/share/python3-searx/templates", default_theme: oscar,
     default_locale: ""}}
outgoing: {{request_timeout: 3.0, useragent_suffix: ""}}
engines:
  - name: kiwix
    engine: xpath
    shortcut: k
    enable_http: true
    search_url: "{kiwix}/search?content=docs&pattern={{query}}&pageLength=10"
    url_xpath: "//div[@class='results']//li/a/@href"
    title_xpath: "//div[@class='results']//li/a"
    content_xpath: "//div[@class='results']//li/cite"
locales: {{en: English}}
doi_resolvers: {{oadoi: "https://oadoi.org/"}}
default_doi_resolver: oadoi
"""


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def image():
    """48 x 48 pixels, which a book must have."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(
            ">I", zlib.crc32(kind + data))
    rows = b"".join(b"\0" + b"\x40\x80\xc0" * 48 for _ in range(48))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 48, 48, 8, 2, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def start(argv, url, **more):
    process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **more)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(url, timeout=5).read()
            return process
        except OSError:
            time.sleep(0.1)
    process.kill()
    process.wait()
    raise AssertionError(f"{argv[0]} does not answer")


@contextlib.contextmanager
def running_peers(folder):
    """{name: address} of both, with a book of four pages that is made in a folder."""
    html = folder / "html"
    html.mkdir()
    for i, what in enumerate(["backoff with jitter", "circuit breakers", "token buckets"]):
        (html / f"p{i}.html").write_text(
            f"<html><head><title>On {what}</title></head><body><nav>menu</nav><main><h1>{what}</h1>"
            f"<p>Here {what} keep retry storms away.</p></main></body></html>")
    (html / "index.html").write_text("<html><head><title>Index</title></head><body>x</body></html>")
    (html / "i.png").write_bytes(image())
    subprocess.run(["zimwriterfs", "-J", "1", "-w", "index.html", "-I", "i.png", "-l", "eng", "-t",
                    "Docs", "-d", "documents", "-c", "volley", "-p", "volley", "-n", "docs",
                    "html", "docs.zim"], cwd=folder, check=True, capture_output=True)
    kiwix, port = f"http://127.0.0.1:{free_port()}", free_port()
    settings = folder / "settings.yml"
    settings.write_text(SETTINGS.format(port=port, kiwix=kiwix))
    searx = f"http://127.0.0.1:{port}"
    running = [start(["kiwix-serve", "-i", "127.0.0.1", "-p", kiwix.rsplit(":", 1)[1], "docs.zim"],
                     kiwix, cwd=folder)]
    try:
        running.append(start(["searx-run"], searx, cwd=folder, env={
            "PATH": "/usr/bin:/bin", "HOME": str(folder), "SEARX_SETTINGS_PATH": str(settings)}))
        yield {"kiwix": kiwix, "searxng": searx}
    finally:
        for process in running:
            process.kill()
            process.wait()
