"""A web on loopback with verbs: a forward proxy that answers for any host with what a test put there."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import sleep


class TinyWeb:
    """Pages and feeds by URL; `asked` lists every request in order."""

    def __init__(self) -> None:
        self.proxy_url = ""
        self.asked: list[str] = []
        self._answers: dict[str, tuple[int, dict[str, str], bytes, float]] = {}

    def put(
        self,
        url: str,
        body: bytes | str,
        *,
        status: int = 200,
        content_type: str = "text/html; charset=utf-8",
        headers: dict[str, str] | None = None,
        after_seconds: float = 0,
    ) -> None:
        """Answer that URL with these bytes from now on."""
        payload = body.encode() if isinstance(body, str) else body
        self._answers[url] = (
            status,
            {"Content-Type": content_type, **(headers or {})},
            payload,
            after_seconds,
        )

    def publish(self, url: str, *, title: str, paragraphs: list[str], published: str | None = None) -> None:
        """Put a news page there."""
        meta = f'<meta property="article:published_time" content="{published}">' if published else ""
        text = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in paragraphs)
        self.put(
            url,
            f"<!doctype html><html><head><title>{escape(title)}</title>{meta}</head><body>"
            f"<nav><a href='/'>Home</a></nav><article><h1>{escape(title)}</h1>{text}</article>"
            "<footer>Imprint</footer></body></html>",
        )

    def announce(
        self, feed_url: str, *entries: tuple[str, str], published: str | None = None, etag: str | None = None
    ) -> None:
        """Put an RSS feed there that lists these (url, title) entries."""
        date = f"<pubDate>{published}</pubDate>" if published else ""
        items = "".join(
            f"<item><title>{escape(title)}</title><link>{escape(url)}</link><guid>{escape(url)}</guid>{date}</item>"
            for url, title in entries
        )
        self.put(
            feed_url,
            f"<?xml version='1.0'?><rss version='2.0'><channel><title>News</title>{items}</channel></rss>",
            content_type="application/rss+xml",
            headers={"ETag": etag} if etag else None,
        )

    def redirect(self, url: str, target: str) -> None:
        """Send who asks for that URL to the target."""
        self.put(url, b"", status=301, headers={"Location": target})

    def remove(self, url: str) -> None:
        """Answer 404 there from now on."""
        self._answers.pop(url, None)

    def answer(self, url: str) -> tuple[int, dict[str, str], bytes, float]:
        """What stands at that URL."""
        self.asked.append(url)
        return self._answers.get(url, (404, {"Content-Type": "text/plain"}, b"nothing here", 0))


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    web: TinyWeb

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hung up or was killed is part of the test."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        status, headers, body, after_seconds = self.server.web.answer(self.path)
        sleep(after_seconds)
        if self.headers["If-None-Match"] and self.headers["If-None-Match"] == headers.get("ETag"):
            status, body = 304, b""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Tests are quiet."""


@contextmanager
def tiny_web() -> Iterator[TinyWeb]:
    """Serve a new web until the block ends."""
    web = TinyWeb()
    server = _Server(("127.0.0.1", 0), _Handler)
    server.web = web
    web.proxy_url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield web
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
