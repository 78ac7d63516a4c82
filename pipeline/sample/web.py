"""The sample's small web: a forward proxy on loopback that answers for its outlets' hosts and for nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from pipeline.sample.site import EDITIONS, NOTHING_HERE, Answer, answers

# How long the server may sleep before it notices that it is to stop, in seconds.
_POLL = 0.02
# A client that falls silent lets go of its thread after this, in seconds.
_PATIENCE = 30


class SampleWeb:
    """What the proxy at `proxy_url` shows. `edition` can be set at any time: 1 at first, 2 after the update."""

    def __init__(self, proxy_url: str, *, edition: int) -> None:
        self.proxy_url = proxy_url
        self.edition = edition

    @property
    def edition(self) -> int:
        """Which look the web has; setting another than 1 or 2 raises ValueError."""
        return self._edition

    @edition.setter
    def edition(self, edition: int) -> None:
        if edition not in EDITIONS:
            raise ValueError(f"the sample has the editions {EDITIONS}, and not {edition}")
        self._edition = edition

    def answer(self, url: str) -> Answer:
        """What stands at an absolute URL in the present edition; a 404 for whatever the sample does not know."""
        return answers(self.edition).get(url, NOTHING_HERE)


@contextmanager
def serve(*, edition: int = 1) -> Iterator[SampleWeb]:
    """Serve the sample from a free port of 127.0.0.1 until the block ends."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.web = SampleWeb(f"http://127.0.0.1:{server.server_port}", edition=edition)
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": _POLL}, name="sample-web", daemon=True)
        thread.start()
        try:
            yield server.web
        finally:
            server.shutdown()
            thread.join()


class _Server(ThreadingHTTPServer):
    # A pass opens its connections all at once, more than the five that wait in line by default.
    request_queue_size = 64
    web: SampleWeb

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a client that hung up."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "QantarSample"
    sys_version = ""
    timeout = _PATIENCE
    # Head and body leave in one packet: of two, the second waits 40 ms for the first one's receipt.
    wbufsize = -1
    server: _Server

    def do_GET(self) -> None:
        answer = self.server.web.answer(self.path)
        known = answer.status is HTTPStatus.OK and answer.etag in self.headers.get("If-None-Match", "")
        # A sample that changed from day to day could not be tested: the Date header of send_response is left out.
        self.send_response_only(HTTPStatus.NOT_MODIFIED if known else answer.status)
        self.send_header("ETag", answer.etag)
        if answer.location:
            self.send_header("Location", answer.location)
        if not known:
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if not known:
            self.wfile.write(answer.body)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""
