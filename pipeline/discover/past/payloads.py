"""The answer in a WARC record, as it came over the wire then or as its archive stored it."""

from __future__ import annotations

import re
import zlib

from pipeline.discover.past.raw import RawRecord
from pipeline.discover.past.records import LARGEST
from pipeline.errors import Failure, Reason
from pipeline.records import Response

_STATUS = re.compile(rb"HTTP/\d(?:\.\d)?[ \t]+(\d{3})(?:[ \t\r\n]|$)")
_HEADER = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*:[ \t]*(.*?)[ \t]*\r?$")
_CHUNK_SIZE = re.compile(rb"([0-9a-fA-F]{1,8})[ \t]*(?:;[^\r\n]{0,200})?\r\n")
# Some servers leave out the carriage returns.
_HEAD_ENDS = re.compile(rb"\r?\n\r?\n")
_MOST_HEADERS = 128
_GZIP_MAGIC = b"\x1f\x8b\x08"
# Archives keep under such names what they have undone.
_TRANSFER = frozenset({"content-encoding", "transfer-encoding", "content-length"})


def unpack(record: RawRecord) -> Response | Failure:
    """The response that a record holds; a Failure for one that holds no page.

    Common Crawl stores bodies decoded and leaves the headers that say otherwise; other archives store what came. So it
    is the body that tells: it is inflated where it is a gzip stream, and joined where it is in chunks.
    """
    block = record.block
    gap = _HEAD_ENDS.search(block)
    status = _STATUS.match(block)
    if status is None or gap is None:
        return Failure(reason=Reason.MALFORMED_RECORD, detail="the record holds no HTTP answer")
    try:
        at = record.date
    except ValueError:
        return Failure(reason=Reason.MALFORMED_RECORD, detail="the record does not say when it was captured")
    url = record.url
    if not url.startswith(("http://", "https://")) or not url.isprintable() or " " in url:
        return Failure(reason=Reason.MALFORMED_RECORD, detail=f"{url[:100]!r} is no address of a page")
    head, body = block[: gap.start()], block[gap.end() :]
    headers = [pair for line in head.split(b"\n")[1 : _MOST_HEADERS + 1] if (pair := _header(line))]
    said = {name.lower(): value.lower() for name, value in headers}
    plain = _inflated(_joined(body) if "chunked" in said.get("transfer-encoding", "") else body)
    if plain is None:
        return Failure(reason=Reason.MALFORMED_RECORD, detail="the body cannot be decompressed")
    return Response(
        url=url,
        final_url=url,
        status=int(status[1]),
        headers=tuple((name, value) for name, value in headers if name.lower() not in _TRANSFER),
        body=plain,
        observed_at=at,
    )


def _header(line: bytes) -> tuple[str, str] | None:
    found = _HEADER.match(line)
    return (found[1].decode("ascii"), found[2].decode("latin-1")) if found else None


def _joined(body: bytes) -> bytes:
    """A body in chunks as one piece; what is not in chunks, or not to its end, as it is."""
    parts: list[bytes] = []
    position = 0
    while found := _CHUNK_SIZE.match(body, position):
        size = int(found[1], 16)
        start = found.end()
        if size == 0:
            return b"".join(parts)
        if start + size > len(body):
            return b"".join([*parts, body[start:]]) if parts else body
        parts.append(body[start : start + size])
        position = start + size + 2
    return b"".join(parts) if parts else body


def _inflated(body: bytes) -> bytes | None:
    """A body without its compression; None when it is damaged or beyond all bounds."""
    if not body.startswith(_GZIP_MAGIC):
        return body
    stream = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        plain = stream.decompress(body, LARGEST)
    except zlib.error:
        return None
    return None if stream.unconsumed_tail else plain
