# SPDX-License-Identifier: MIT
"""Providers of searches on loopback, as SearXNG answers, on one event loop in a thread of their
own; what each takes, refuses and delays is scripted, and each request is written down."""

import asyncio
import collections
import json
import math
import random
import socket
import threading
import time
import urllib.parse

Request = collections.namedtuple("Request", "query start end status")
LEAST_S, MOST_S, MIDDLE_S, SPREAD = 0.05, 0.4, 0.12, 0.6


def latency(seed, query, attempt=0):
    """Log-normal between the two bounds; the same for each who asks the same."""
    draw = random.Random(f"{seed} {query} {attempt}").lognormvariate(math.log(MIDDLE_S), SPREAD)
    return min(max(draw, LEAST_S), MOST_S)


class Bucket:
    """A quota as its provider keeps it: `rate` a second, `burst` at once. What it tells is
    "nothing", "retry" (Retry-After of a refusal), "headers" (X-RateLimit-* of each answer) or
    "both"; whole
    seconds, as headers have them."""

    def __init__(self, rate, burst, tells):
        self.rate, self.burst, self.tells = rate, burst, tells
        self.tokens, self.at = burst, time.monotonic()

    def take(self):
        """(whether it is let in, headers)"""
        now = time.monotonic()
        self.tokens = min(self.burst, self.tokens + (now - self.at) * self.rate)
        self.at = now
        is_in = self.tokens >= 1
        self.tokens -= is_in
        headers = {}
        if self.tells in ("headers", "both"):
            headers = {"X-RateLimit-Limit": self.rate, "X-RateLimit-Policy": f"{self.rate};w=1",
                       "X-RateLimit-Remaining": int(self.tokens), "X-RateLimit-Reset": 1}
        if self.tells in ("retry", "both") and not is_in:
            headers["Retry-After"] = 1
        return is_in, headers


class Provider:
    """delay(query, attempt): seconds until it answers; None = never."""

    def __init__(self, loop, delay, bucket=None):
        self.delay, self.bucket = delay, bucket
        self.requests = []
        self.n_asked = collections.Counter()
        self.connections = set()
        self.server = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self.serve, "127.0.0.1", 0, backlog=512), loop).result()
        self.url = "http://127.0.0.1:%d" % self.server.sockets[0].getsockname()[1]

    async def serve(self, reader, writer):
        self.connections.add(asyncio.current_task())
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                await self.answer(head.split(b" ", 2)[1].decode(), writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.connections.discard(asyncio.current_task())
            writer.close()

    async def answer(self, target, writer):
        start = time.monotonic()
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(target).query).get("q", [""])[0]
        attempt = self.n_asked[query]
        self.n_asked[query] += 1
        is_in, headers = self.bucket.take() if self.bucket else (True, {})
        status, body = 200, {"query": query, "results": [
            {"url": f"https://{host}/{urllib.parse.quote(query)}", "title": query, "content": query}
            for host in ("a.example.org", "b.example.net", "c.example.com")]}
        if is_in:
            wait = self.delay(query, attempt)
            await asyncio.sleep(1e6 if wait is None else wait)
        else:
            status, body = 429, {}
        data = json.dumps(body).encode()
        lines = [f"HTTP/1.1 {status} x", "Content-Type: application/json",
                 f"Content-Length: {len(data)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self.requests.append(Request(query, start, time.monotonic(), status))
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + data)
        await writer.drain()

    def take_requests(self):
        """Those since the last time; what is asked next is asked for the first time."""
        requests, self.requests = self.requests, []
        self.n_asked.clear()
        return requests


class Providers:
    """The event loop, and all that were started on it."""

    def __init__(self):
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.running, self.holes = [], []

    def start(self, delay, bucket=None):
        self.running.append(Provider(self.loop, delay, bucket))
        return self.running[-1]

    def refusing(self):
        """An address that nobody listens at."""
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            return "http://127.0.0.1:%d" % one.getsockname()[1]

    def hole(self):
        """An address whose backlog is full: what connects is never answered."""
        listening = socket.socket()
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        waiting = []
        for _ in range(4):
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(listening.getsockname())
            waiting.append(one)
        self.holes += [listening, *waiting]
        return "http://127.0.0.1:%d" % listening.getsockname()[1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        async def end():
            for provider in self.running:
                provider.server.close()
            tasks = [task for provider in self.running for task in provider.connections]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(end(), self.loop).result()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()
        for one in self.holes:
            one.close()
