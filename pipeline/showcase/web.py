"""The sample's small web: a forward proxy on loopback that speaks for every `.example` host of it."""

from __future__ import annotations

import hashlib
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import as_file, files
from pathlib import Path
from urllib.parse import urlsplit

from pipeline.showcase.data import articles, outlets
from pipeline.showcase.render import feed, page

# The profile whose terms and places the sample borrows.
_PROFILE = "kazakhstan_2022"


class SampleWeb:
    """`proxy_url` is where to send requests. `edition` is what the outlets show: 1 at first, 2 after an update."""

    def __init__(self, edition: int) -> None:
        self.edition = edition
        self.proxy_url = ""
        self._articles = {each.url: each for each in articles()}
        self._feeds = {outlet.feed_url: outlet for outlet in outlets().values()}
        self._hosts = set(outlets())

    def answer(self, url: str) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body for a URL."""
        if outlet := self._feeds.get(url):
            body, kind = feed(outlet, self.edition)
            return 200, {"Content-Type": kind}, body
        article = self._articles.get(url)
        if article is not None and article.fate == "redirect":
            target = next(each.url for each in articles() if each.id == article.target)
            return 301, {"Location": target}, b""
        if article is not None and article.fate != "dead":
            return 200, {"Content-Type": "text/html"}, page(article, self.edition)
        parts = urlsplit(url)
        if parts.path == "/robots.txt" and parts.hostname in self._hosts:
            return 200, {"Content-Type": "text/plain"}, b"User-agent: *\nAllow: /\n"
        return 404, {"Content-Type": "text/plain"}, b"nothing here"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    web: SampleWeb

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is no event."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        status, headers, body = self.server.web.answer(self.path)
        tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        if status == 200 and self.headers.get("If-None-Match") == tag:  # noqa: PLR2004 - HTTP
            status, body = 304, b""
        self.send_response(status)
        for name, value in {**headers, "ETag": tag, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@contextmanager
def serve(*, edition: int = 1) -> Iterator[SampleWeb]:
    """Serve the sample on a free port of loopback until the block ends."""
    server = _Server(("127.0.0.1", 0), _Handler)
    web = server.web = SampleWeb(edition)
    web.proxy_url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield web
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def write_profile(folder: Path) -> Path:
    """Write a crisis profile for the sample: the bundled crisis, with the sample's feeds. Returns the folder."""
    with as_file(files("pipeline.crisis").joinpath(_PROFILE)) as bundled:
        shutil.copytree(bundled, folder, dirs_exist_ok=True)
    rows = []
    for outlet in outlets().values():
        keys = {
            "url": outlet.feed_url,
            "outlet": outlet.domain,
            "publisher": outlet.publisher,
            "language": outlet.language,
            "country": "KZ",
            "timezone": outlet.timezone,
            "scope": outlet.scope,
        }
        rows.append("[[feed]]\n" + "".join(f'{key} = "{value}"\n' for key, value in keys.items() if value))
    (folder / "feeds.toml").write_text("\n".join(rows), "utf-8")
    return folder
