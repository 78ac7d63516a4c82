"""Public archives of news on loopback, with verbs: GDELT's Article List, the Wayback Machine, Common Crawl's news."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic, sleep
from urllib.parse import quote, urljoin

from tests.archive_formats import (
    Row,
    cdx_answer,
    malformed_row,
    moment,
    news_members,
    news_month,
    sha1,
    stamp,
    surt,
    utc,
    warcinfo,
)

_GAL = re.compile(r"/gdeltv3/gal/(\d{12}00)\.gal\.json\.gz")
_PLAYBACK = re.compile(r"/web/(\d{1,14})id_/(.+)")
_NEWS = re.compile(r"/crawl-data/CC-NEWS/(\d{4}/\d{2})/(.+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one request gets."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    is_file: bool = False  # files can be asked for in parts
    close_after: int | None = None  # bytes of the body


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """What the Wayback Machine keeps of one visit."""

    row: Row
    at: datetime
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class NewsFile:
    """A file of Common Crawl: its gzip members, and which of them `crawled` was called for."""

    members: list[bytes]
    records: list[int] = field(default_factory=list)
    keep: float = 1
    close_after: int = 0
    closings: int = 0


@dataclass(slots=True)
class Refusal:
    """Answers that are still to be refused."""

    left: int
    only: str
    answer: Answer


class ArchiveReplica:
    """The archives and what a test put there; `asked` lists every request as (monotonic time, path with query)."""

    def __init__(self) -> None:
        self.base_url = ""
        self.asked: list[tuple[float, str]] = []
        self._lock = threading.RLock()
        self._robots: str | None = None
        self._refusals: list[Refusal] = []
        self._slow: dict[str, float] = {}
        self._minutes: dict[str, list[bytes]] = {}
        self._covered: list[tuple[str, str]] = []
        self._skipped: set[str] = set()
        self._damaged: set[str] = set()
        self._captures: list[Capture] = []
        self._malformed: list[Row] = []
        self._news: dict[str, NewsFile] = {}

    @property
    def gdelt_url(self) -> str:
        """Stands for http://data.gdeltproject.org."""
        return f"{self.base_url}/gdelt"

    @property
    def wayback_url(self) -> str:
        """Stands for https://web.archive.org."""
        return f"{self.base_url}/wayback"

    @property
    def ccnews_url(self) -> str:
        """Stands for https://data.commoncrawl.org."""
        return f"{self.base_url}/cc"

    # Any archive

    def robots(self, text: str) -> None:
        """Serve this robots.txt; until then there is none."""
        self._robots = text

    def refuse(self, count: int, *, status: int = 429, retry_after: int | None = None, only: str = "") -> None:
        """Answer the next requests whose path contains `only` with that status."""
        headers = {"Retry-After": str(retry_after)} if retry_after is not None else {}
        refusal = Refusal(count, only, _page(status, "The replica refuses.", headers))
        with self._lock:
            self._refusals.append(refusal)

    def slow(self, seconds: float, only: str) -> None:
        """Wait so long before each answer to a path that contains `only`; zero ends it."""
        with self._lock:
            self._slow[only] = seconds

    # GDELT Article List

    def sees(self, minute: datetime, **fields: object) -> None:
        """Add an article to the file of that minute; its date is the minute unless told."""
        date = utc(minute).strftime("%Y-%m-%dT%H:%M:00Z")
        self.add_line(minute, json.dumps({"date": date, **fields}, ensure_ascii=False).encode())

    def add_line(self, minute: datetime, raw: bytes) -> None:
        """Add a line to the file of that minute, whatever it says."""
        with self._lock:
            self._minutes.setdefault(_minute(minute), []).append(raw)

    def gdelt_covers(self, since: datetime, until: datetime) -> None:
        """Have a file for each minute of the range, both ends included, if only an empty one."""
        with self._lock:
            self._covered.append((_minute(since), _minute(until)))

    def skip_minute(self, minute: datetime) -> None:
        """Have no file for that minute, as GDELT at times does not."""
        with self._lock:
            self._skipped.add(_minute(minute))

    def damage_minute(self, minute: datetime) -> None:
        """Serve only the first half of that minute's file."""
        with self._lock:
            self._damaged.add(_minute(minute))

    # The Wayback Machine

    def captures(
        self,
        url: str,
        at: datetime,
        body: bytes | str,
        *,
        status: int = 200,
        mimetype: str = "text/html",
        headers: dict[str, str] | None = None,
        location: str | None = None,
    ) -> None:
        """Keep what that URL answered at that moment."""
        payload = body.encode() if isinstance(body, str) else body
        revisit = mimetype == "warc/revisit"
        said = {"content-type": "text/html" if revisit else mimetype}
        said |= {name.lower(): value for name, value in (headers or {}).items()}
        if location is not None:
            said["location"] = location
        key, timestamp = surt(url), stamp(at)
        code, length = "-" if revisit else str(status), str(len(gzip.compress(payload)))
        values = (key, timestamp, url, mimetype, code, sha1(payload), length)
        row = Row(urlkey=key, timestamp=timestamp, values=values)
        with self._lock:
            self._captures.append(Capture(row=row, at=utc(at), status=status, headers=said, body=payload))

    def add_cdx_line(self, surt: str, raw: str) -> None:
        """List a row with these space-separated fields, or this JSON text if it begins with a bracket, under the key.

        It is in every answer that covers the key, whatever the dates and filters asked for.
        """
        with self._lock:
            self._malformed.append(malformed_row(surt, raw))

    # Common Crawl news

    def crawled(
        self,
        file: str,
        url: str,
        at: datetime,
        body: bytes | str,
        *,
        status: int = 200,
        content_type: str = "text/html",
        headers: dict[str, str] | None = None,
        record_type: str = "response",
        lie: bool = False,
    ) -> None:
        """Add a record to that file, which names its month, with a request before it when it is a response.

        Payloads are stored decoded. So headers about their coding get Common Crawl's prefix, unless it is to lie.
        """
        payload = body.encode() if isinstance(body, str) else body
        said = {"Content-Type": content_type, **(headers or {})}
        with self._lock:
            news = self._news.setdefault(file, NewsFile([warcinfo(file, at)]))
            news.members += news_members(
                f"{file}#{len(news.members)}", record_type, url, at, payload, status=status, headers=said, lie=lie
            )
            news.records.append(len(news.members) - 1)

    def damage(self, file: str, at_record: int) -> None:
        """Overwrite the middle of a record's gzip member; records count the calls of `crawled`, from 0."""
        with self._lock:
            news = self._news[file]
            member = news.members[news.records[at_record]]
            middle = len(member) // 2
            garbage = bytes(byte ^ 0xFF for byte in member[middle : middle + 16])
            news.members[news.records[at_record]] = member[:middle] + garbage + member[middle + 16 :]

    def lie_about_length(self, file: str, at_record: int) -> None:
        """Make a record's Content-Length too large by 500; records count the calls of `crawled`, from 0."""
        with self._lock:
            news = self._news[file]
            record = gzip.decompress(news.members[news.records[at_record]])
            head, length, rest = re.split(rb"(?<=\r\nContent-Length: )(\d+)", record, maxsplit=1)
            news.members[news.records[at_record]] = gzip.compress(head + b"%d" % (int(length) + 500) + rest, mtime=0)

    def truncate(self, file: str, keep: float) -> None:
        """Serve only the first share of the file."""
        with self._lock:
            self._news[file].keep = keep

    def drop_after(self, file: str, size: int, times: int = 1) -> None:
        """Close the connection after so many bytes of the body, in the next answers with that file."""
        with self._lock:
            self._news[file].close_after, self._news[file].closings = size, times

    # Answers

    def answer(self, path: str) -> Answer:
        """What stands at that path."""
        with self._lock:
            self.asked.append((monotonic(), path))
            found = self._found(path)
            waits = [seconds for only, seconds in self._slow.items() if only in path]
        sleep(max(waits, default=0))
        return found

    def _found(self, path: str) -> Answer:
        for refusal in self._refusals:
            if refusal.left and refusal.only in path:
                refusal.left -= 1
                return refusal.answer
        if re.fullmatch("(/gdelt|/wayback|/cc)?/robots.txt", path) and self._robots is not None:
            return Answer(headers={"Content-Type": "text/plain"}, body=self._robots.encode())
        for prefix, archive in (("/gdelt", self._gdelt), ("/wayback", self._wayback), ("/cc", self._ccnews)):
            if path.startswith(f"{prefix}/"):
                return archive(path.removeprefix(prefix))
        return _page(404, "Nothing here.")

    def _gdelt(self, path: str) -> Answer:
        match = _GAL.fullmatch(path)
        minute = match[1] if match else ""
        known = minute in self._minutes or minute in self._damaged
        if minute in self._skipped or not (known or any(since <= minute <= until for since, until in self._covered)):
            return _page(404, "The specified key does not exist.")
        data = gzip.compress(b"".join(line + b"\n" for line in self._minutes.get(minute, [])), mtime=0)
        return _file(data[: len(data) // 2] if minute in self._damaged else data)

    def _wayback(self, path: str) -> Answer:
        if path.startswith("/cdx/search/cdx?"):
            rows = [*(capture.row for capture in self._captures), *self._malformed]
            try:
                text = cdx_answer(rows, path.partition("?")[2])
            except (ValueError, re.error) as error:
                return _page(400, f"Bad Request: {error}")
            kind = "application/json" if text.startswith("[") else "text/plain"
            return Answer(headers={"Content-Type": kind}, body=text.encode())
        match = _PLAYBACK.fullmatch(path)
        key = surt(match[2]) if match else ""
        kept = [capture for capture in self._captures if capture.row.urlkey == key]
        if not match or not kept:
            return _page(404, "The Wayback Machine has not archived that URL.")
        timestamp, url = match.groups()
        wanted = moment(timestamp)
        nearest = min(kept, key=lambda capture: (abs(capture.at - wanted), capture.row.value("original") != url))
        if nearest.row.timestamp != timestamp:
            place = self._played(nearest.row.timestamp, nearest.row.value("original"))
            return _page(302, "Got an HTTP 302 response at crawl time.", {"Location": place})
        return self._replay(nearest)

    def _replay(self, capture: Capture) -> Answer:
        original = capture.row.value("original")
        headers = {
            "Content-Type": capture.headers["content-type"],
            "Memento-Datetime": format_datetime(capture.at.replace(microsecond=0), usegmt=True),
            "Link": f'<{_ascii(original)}>; rel="original"',
            **{f"x-archive-orig-{name}": value for name, value in capture.headers.items()},
        }
        if "location" in capture.headers:
            target = urljoin(original, capture.headers["location"])
            headers["Location"] = self._played(capture.row.timestamp, target)
        return Answer(status=capture.status, headers=headers, body=capture.body)

    def _played(self, timestamp: str, url: str) -> str:
        return f"{self.wayback_url}/web/{timestamp}id_/{_ascii(url)}"

    def _ccnews(self, path: str) -> Answer:
        match = _NEWS.fullmatch(path)
        month, name = match.groups() if match else ("", "")
        paths = sorted(f"crawl-data/CC-NEWS/{month}/{file}\n" for file in self._news if news_month(file) == month)
        if name == "warc.paths.gz" and paths:
            return _file(gzip.compress("".join(paths).encode(), mtime=0))
        if name not in self._news or news_month(name) != month:
            return _page(404, "The specified key does not exist.")
        news = self._news[name]
        data = b"".join(news.members)
        news.closings -= 1
        return _file(data[: int(len(data) * news.keep)], close_after=news.close_after if news.closings >= 0 else None)


def _minute(at: datetime) -> str:
    return stamp(at)[:12] + "00"


def _ascii(url: str) -> str:
    return quote(url, safe="%/:?#[]@!$&'()*+,;=~")


def _page(status: int, text: str, headers: dict[str, str] | None = None) -> Answer:
    body = f"<!doctype html><html><head><title>{status}</title></head><body><p>{text}</p></body></html>"
    return Answer(status=status, headers={"Content-Type": "text/html", **(headers or {})}, body=body.encode())


def _file(data: bytes, *, close_after: int | None = None) -> Answer:
    tag = hashlib.md5(data, usedforsecurity=False).hexdigest()
    headers = {"Content-Type": "application/octet-stream", "Accept-Ranges": "bytes", "ETag": f'"{tag}"'}
    return Answer(headers=headers, body=data, is_file=True, close_after=close_after)


def _part(answer: Answer, wanted: str) -> Answer:
    """The part of a file a Range header asks for; the whole when it is no single range."""
    match = re.fullmatch(r"bytes=(\d*)-(\d*)", wanted)
    if not match or not any(match.groups()):
        return answer
    size = len(answer.body)
    start = int(match[1]) if match[1] else max(size - int(match[2]), 0)
    end = min(int(match[2]) + 1, size) if match[1] and match[2] else size
    if start >= size or end <= start:
        return _page(416, "The requested range is not satisfiable.", {"Content-Range": f"bytes */{size}"})
    headers = {**answer.headers, "Content-Range": f"bytes {start}-{end - 1}/{size}"}
    return Answer(status=206, headers=headers, body=answer.body[start:end], close_after=answer.close_after)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    replica: ArchiveReplica

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hung up is part of the test; anything else is our mistake, and is shown."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        """Answer with all of it, with a part, or with as much as comes before the connection closes."""
        answer = self.server.replica.answer(self.path)
        fresh = self.headers.get("If-Range", answer.headers.get("ETag")) == answer.headers.get("ETag")
        if answer.is_file and fresh:
            answer = _part(answer, self.headers.get("Range", ""))
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value.encode().decode("latin-1"))  # raw UTF-8, as some outlets send
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command == "HEAD":
            return
        self.wfile.write(answer.body[: answer.close_after])
        if answer.close_after is not None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

    do_HEAD = do_GET  # noqa: N815 - the name http.server asks for

    def log_message(self, *_: object) -> None:
        """Tests are quiet."""


@contextmanager
def archive_replica() -> Iterator[ArchiveReplica]:
    """Serve empty archives until the block ends."""
    replica = ArchiveReplica()
    server = _Server(("127.0.0.1", 0), _Handler)
    server.replica = replica
    replica.base_url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield replica
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
