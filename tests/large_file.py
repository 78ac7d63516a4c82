"""A server on loopback with one large file, which it never holds: with verbs for all that goes wrong on the way."""

from __future__ import annotations

import re
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from math import inf
from random import Random

# Of a length that no offset of a test divides, so that a part that is shifted shows.
_PATTERN = Random(2022).randbytes(100_003)  # noqa: S311  nothing is kept secret with it
_PIECE = 1 << 16


class LargeFile:
    """The file, and what a test told its server to do; `asked` lists the Range header of each request, "" for none."""

    def __init__(self) -> None:
        self.root = ""
        self.size = 0
        self.asked: list[str] = []
        self.headers: dict[str, str] = {}
        self.knows_ranges = True
        self.shift = 0
        self.drops: list[int] = []
        self.statuses: list[int] = []
        self.silences: list[float] = []
        self.over = threading.Event()

    @property
    def url(self) -> str:
        """Where the file is."""
        return f"{self.root}/file"

    def holds(self, size: int) -> None:
        """Be so large."""
        self.size = size

    def drops_after(self, size: int, *, times: int = 1) -> None:
        """Close the connection after so many bytes of the body, in the next answers."""
        self.drops = [size] * times

    def answers(self, *statuses: int) -> None:
        """Answer the next requests with these statuses."""
        self.statuses = [*statuses]

    def falls_silent(self, after: float, *, times: int = 1) -> None:
        """Send so many bytes of the body in the next answers, and then nothing; below zero: no header either."""
        self.silences = [after] * times

    def ignores_ranges(self) -> None:
        """Send the whole, whatever is asked for."""
        self.knows_ranges = False

    def shifts_ranges(self, by: int) -> None:
        """Answer with another part than was asked for."""
        self.shift = by

    def part(self, start: int, end: int | None = None) -> bytes:
        """The bytes of the file from `start` to before `end`."""
        return b"".join(self.pieces(start, self.size if end is None else end))

    def pieces(self, start: int, end: int) -> Iterator[bytes]:
        """The same, piece by piece."""
        while start < end:
            offset = start % len(_PATTERN)
            piece = _PATTERN[offset : offset + min(_PIECE, end - start)]
            start += len(piece)
            yield piece


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    file: LargeFile

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hung up is part of the test; anything else is our mistake, and is shown."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        """Answer as the file was told to."""
        file = self.server.file
        if self.path != "/file":
            self._head(404, 0)
            return
        wanted = self.headers.get("Range", "")
        file.asked.append(wanted)
        silence = file.silences.pop(0) if file.silences else inf
        if silence < 0:
            file.over.wait(30)
            return
        if file.statuses and (status := file.statuses.pop(0)) != 200:
            self._head(status, 0)
            return
        self._send(file, wanted, silence)

    def _send(self, file: LargeFile, wanted: str, silence: float) -> None:
        match = re.fullmatch(r"bytes=(\d+)-", wanted) if file.knows_ranges else None
        start = int(match[1]) + file.shift if match else 0
        if match and start >= file.size:
            self._head(416, 0)
            return
        self._head(206 if match else 200, file.size - start, start=start)
        drop = file.drops.pop(0) if file.drops else inf
        for piece in file.pieces(start, int(min(file.size, start + drop, start + silence))):
            self.wfile.write(piece)
        if silence < drop:
            file.over.wait(30)
        elif drop < inf:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

    def _head(self, status: int, length: int, *, start: int = 0) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(length))
        if status == 206:
            size = self.server.file.size
            self.send_header("Content-Range", f"bytes {start}-{size - 1}/{size}")
        for name, value in self.server.file.headers.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Tests are quiet."""


@contextmanager
def large_file() -> Iterator[LargeFile]:
    """Serve an empty file until the block ends."""
    file = LargeFile()
    server = _Server(("127.0.0.1", 0), _Handler)
    server.file = file
    file.root = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield file
    finally:
        file.over.set()
        server.shutdown()
        thread.join()
        server.server_close()
