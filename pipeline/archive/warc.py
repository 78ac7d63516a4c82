"""A response to the bytes of a WARC record, and back. Each record is a gzip member of its own.

A record is WARC/1.1 (ISO 28500:2017) as other tools read it, with these turns:

- We hold bodies decoded, so the stored HTTP headers must not say otherwise. `Content-Encoding`,
  `Transfer-Encoding` and `Content-Length` keep their values under `X-Crawler-` names, the way of Common Crawl,
  and a true `Content-Length` closes the list. A name that already looks like that gets one more prefix, so
  that reading takes exactly one off.
- `WARC-Target-URI` is the address that answered. The one that was asked for is in `Qantar-Requested-URI`,
  which is absent when they are the same.
- Header text is one byte a character (ISO 8859-1), as it came over the wire. Where that does not suffice it is
  UTF-8, and `Qantar-Header-Encoding: utf-8` says so.
- A line break within a header value, which HTTP has retired (RFC 9112, 5.2), becomes a blank.
"""

import base64
import gzip
import hashlib
import io
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from importlib.metadata import version
from typing import Any

from warcio.archiveiterator import ArchiveIterator
from warcio.recordbuilder import RecordBuilder
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from pipeline.errors import ArchiveError
from pipeline.records import Response, check_aware

_WARC = "WARC/1.1"
_PREFIX = "X-Crawler-"
_TRANSFER = re.compile(rf"(?:{_PREFIX})*(?:content-encoding|transfer-encoding|content-length)", re.IGNORECASE)
_REQUESTED = "Qantar-Requested-URI"
_ENCODING = "Qantar-Header-Encoding"
_BREAKS = re.compile(r"[\r\n\0]+")
# On 300 pages of 92 kB mean: 0.9 ms and 19.6 kB a page, against 2.7 ms and 18.7 kB at warcio's level 9.
_GZIP_LEVEL = 4
_PHRASES = {int(status): status.phrase for status in HTTPStatus}
# Three times the largest document that is fetched, the record's own headers besides; beyond it is damage.
_LARGEST_BLOCK = 48 * 2**20
_LARGEST_RECORD = _LARGEST_BLOCK + 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A record as it stands in a file: what kind it is, its own headers, its block, and its compressed bytes."""

    kind: str
    offset: int
    member: bytes
    headers: StatusAndHeaders
    block: bytes

    @property
    def date(self) -> datetime:
        """When what it holds was observed, in UTC."""
        return check_aware(datetime.fromisoformat(self.headers.get_header("WARC-Date")))


class _Head(StatusAndHeaders):  # type: ignore[misc]  # warcio has no types
    """HTTP headers in the bytes that we give them; warcio would percent-encode what is not ASCII."""

    def __init__(self, head: bytes) -> None:
        super().__init__("", [])
        self.headers_buff = head

    def __bool__(self) -> bool:
        return True  # there are headers, although not where warcio would look

    def compute_headers_buffer(self, header_filter: object = None) -> None:
        """Leave the bytes as they are."""


def pack_info(filename: str, *, now: datetime) -> bytes:
    """The record that opens a file and says who wrote it, and how."""
    record = RecordBuilder(warc_version=_WARC).create_warcinfo_record(
        filename,
        {
            "software": f"qantar/{version('qantar')}",
            "format": "WARC File Format 1.1",
            "conformsTo": "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
            "robots": "robots.txt as of RFC 9309 is obeyed when fetching",
            "description": f"bodies are decoded; their transfer headers are kept under {_PREFIX} names",
        },
    )
    record.rec_headers.replace_header("WARC-Date", _warc_date(now))
    return _member(record)


def pack_response(response: Response) -> bytes:
    """The record of a response.

    Raises:
        ValueError: an address that no record can hold: not http or https, or with blanks or control characters;
            or a response larger than is ever read back.
    """
    for url in (response.url, response.final_url):
        if not url.startswith(("http://", "https://")) or not url.isprintable() or " " in url:
            raise ValueError(f"{url!r} is no address that was fetched")
    head, encoding = _encode_head(response)
    if len(head) + len(response.body) > _LARGEST_BLOCK:
        raise ValueError(f"{response.url} gave {len(response.body)} bytes, more than a record may hold")
    extras = {"WARC-Date": _warc_date(response.observed_at)}
    if response.url != response.final_url:
        extras[_REQUESTED] = response.url
    if encoding != "latin-1":
        extras[_ENCODING] = encoding
    return _pack(response.final_url, "response", response.body, extras, _Head(head))


def pack_tombstone(date: datetime, reason: str) -> bytes:
    """The record that stands where a forgotten one stood: its date, and why it is gone."""
    fields = f"reason: {' '.join(reason.split())}\r\n".encode()
    return _pack("", "metadata", fields, {"WARC-Date": _warc_date(date)}, None)


def unpack_response(record: Record) -> Response:
    """The response that `pack_response` was given; raise `ArchiveError` for a record of another kind."""
    if record.kind != "response":
        raise ArchiveError(f"the record is a {record.kind}; what stood there was forgotten")
    head, _, body = record.block.partition(b"\r\n\r\n")
    status_line, *lines = head.split(b"\r\n")
    encoding = record.headers.get_header(_ENCODING, "latin-1")
    pairs = [line.decode(encoding, "surrogatepass").partition(": ")[::2] for line in lines[:-1]]
    url = record.headers.get_header("WARC-Target-URI")
    return Response(
        url=record.headers.get_header(_REQUESTED, url),
        final_url=url,
        status=int(status_line.split()[1]),
        headers=tuple((name[len(_PREFIX) * bool(_TRANSFER.fullmatch(name)) :], value) for name, value in pairs),
        body=body,
        observed_at=record.date,
    )


def read_records(content: bytes, *, at: int = 0) -> Iterator[Record]:
    """The records of a file, or of a part of one that begins at byte `at` of it.

    Raises:
        ArchiveError: a record is cut off, larger than any of ours, or not what was written, by gzip's checksum
            or its own digest.
    """
    start = 0
    while start < len(content):
        offset = at + start
        inflater = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        try:
            plain = inflater.decompress(memoryview(content)[start:], _LARGEST_RECORD)
        except zlib.error as error:
            raise ArchiveError(f"the record at byte {offset} is damaged: {error}") from error
        if not inflater.eof:
            size = "larger than any of ours" if inflater.unconsumed_tail else "cut off"
            raise ArchiveError(f"the record at byte {offset} is {size}")
        end = len(content) - len(inflater.unused_data)
        yield _parse(plain, offset, content[start:end])
        start = end


def _parse(plain: bytes, offset: int, member: bytes) -> Record:
    try:
        record = next(ArchiveIterator(io.BytesIO(plain), no_record_parse=True))
        block = record.raw_stream.read()
    except Exception as error:  # warcio raises what its parsers happen to
        raise ArchiveError(f"the record at byte {offset} is no WARC record: {error}") from error
    headers = record.rec_headers
    written = headers.get_header("WARC-Block-Digest") or ""
    digest = base64.b32encode(hashlib.sha1(block, usedforsecurity=False).digest()).decode()
    if written != f"sha1:{digest}":
        raise ArchiveError(f"the record at byte {offset} is damaged: its block has not the digest {written}")
    return Record(kind=record.rec_type, offset=offset, member=member, headers=headers, block=block)


def _pack(url: str, kind: str, content: bytes, extras: dict[str, str], head: _Head | None) -> bytes:
    record = RecordBuilder(warc_version=_WARC).create_warc_record(
        url, kind, payload=io.BytesIO(content), length=len(content), http_headers=head, warc_headers_dict=extras
    )
    return _member(record)


def _member(record: Any) -> bytes:
    out = io.BytesIO()
    WARCWriter(out, gzip=False).write_record(record)
    return gzip.compress(out.getvalue(), _GZIP_LEVEL, mtime=0)


def _encode_head(response: Response) -> tuple[bytes, str]:
    """The bytes of the status line and headers, blank line included, and the encoding that they needed."""
    lines = [f"HTTP/1.1 {response.status} {_PHRASES.get(response.status, '')}"]
    for name, value in response.headers:
        prefix = _PREFIX if _TRANSFER.fullmatch(name) else ""
        lines.append(f"{prefix}{name}: {_BREAKS.sub(' ', value)}")
    lines.append(f"Content-Length: {len(response.body)}")
    text = "".join(f"{line}\r\n" for line in lines) + "\r\n"
    try:
        return text.encode("latin-1"), "latin-1"
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass"), "utf-8"


def _warc_date(moment: datetime) -> str:
    return check_aware(moment).isoformat(timespec="microseconds").replace("+00:00", "Z")
