"""Bytes off the wire, decompressed while they are read and never beyond a bound."""

from __future__ import annotations

import sys
import zlib
from collections.abc import AsyncIterator
from typing import Protocol

import brotli

from pipeline.errors import Failure, Reason

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

# What we say we understand: exactly what is bounded below.
ACCEPT_ENCODING = "gzip, deflate, br, zstd"

# A gzip stream may be many joined; each costs a fresh decompressor, and no honest server joins this many.
_MEMBERS = 100
_RAW_DEFLATE, _ZLIB, _GZIP = -zlib.MAX_WBITS, zlib.MAX_WBITS, 16 + zlib.MAX_WBITS
# The low half of a zlib stream's first byte; some servers send the raw stream instead.
_ZLIB_METHOD = 8
_GZIP_MAGIC = 0x1F
# RFC 9659: of a zstd stream on the web nobody has to keep more than 8 MiB.
_ZSTD_WINDOW_LOG = 23


class _BrokenError(Exception):
    """The compressed stream is not what its header says."""


class _Decoder(Protocol):
    """Takes the body piece by piece."""

    @property
    def complete(self) -> bool:
        """Whether the stream came to its own end."""

    def feed(self, data: bytes, room: int) -> bytes:
        """Decode a piece; what is returned exceeds `room` when the body does, by little and once."""


async def read_body(chunks: AsyncIterator[bytes], *, encoding: str, limit: int, cut: bool) -> bytes | Failure:
    """Read a body to its end.

    Args:
        chunks: the pieces as they come off the wire, transfer encoding gone.
        encoding: the Content-Encoding header, empty when there was none.
        limit: bytes allowed on the wire, and again after decompression.
        cut: return the first `limit` bytes of a longer body instead of refusing it.

    Returns:
        The decoded body; a Failure when it is too large, broken, cut short or encoded in a way not asked for.
    """
    decoder = _decoder(encoding)
    if decoder is None:
        return _malformed(f"Content-Encoding {encoding[:40]!r} was not asked for")
    body, wire = bytearray(), 0
    try:
        async for chunk in chunks:
            wire += len(chunk)
            body += decoder.feed(chunk, limit - len(body))
            if wire > limit or len(body) > limit:
                return bytes(body[:limit]) if cut else too_large(limit)
    except (_BrokenError, zlib.error, brotli.error, zstd.ZstdError):
        return _malformed(f"the {encoding} body is broken")
    if wire and not decoder.complete:
        return _malformed(f"the {encoding} body ends too soon")
    return bytes(body)


def too_large(limit: int) -> Failure:
    """The failure of a body beyond its bound."""
    return Failure(reason=Reason.TOO_LARGE, detail=f"more than {limit:,} bytes")


def _malformed(detail: str) -> Failure:
    return Failure(reason=Reason.MALFORMED_RESPONSE, detail=detail)


def _decoder(encoding: str) -> _Decoder | None:
    names = [name for part in encoding.lower().split(",") if (name := part.strip()) not in {"", "identity"}]
    match names:
        case []:
            return _Plain()
        case ["gzip" | "x-gzip"]:
            return _Inflating(_GZIP)
        case ["deflate"]:
            return _Inflating(_ZLIB)
        case ["br"]:
            return _Brotli()
        case ["zstd"]:
            return _Zstandard()
        case _:
            return None


class _Plain:
    complete = True

    def feed(self, data: bytes, room: int) -> bytes:  # noqa: ARG002  nothing can grow here
        return data


class _Inflating:
    """gzip, of one member or several, and deflate in both of its meanings."""

    def __init__(self, bits: int) -> None:
        self._bits = bits
        self._members = 0
        self._stream = zlib.decompressobj(bits)

    @property
    def complete(self) -> bool:
        return self._stream.eof

    def feed(self, data: bytes, room: int) -> bytes:
        parts: list[bytes] = []
        while data and room >= 0:
            if not self._begin(data):
                break
            part = self._stream.decompress(data, room + 1)
            parts.append(part)
            room -= len(part)
            data = self._stream.unused_data
        return b"".join(parts)

    def _begin(self, data: bytes) -> bool:
        """Make ready for the member that the data belongs to; False when it is only padding after the end."""
        if self._members and not self._stream.eof:
            return True
        if self._members and (self._bits != _GZIP or data[0] != _GZIP_MAGIC):
            return False
        if self._bits == _ZLIB and data[0] & 0xF != _ZLIB_METHOD:
            self._bits = _RAW_DEFLATE
        self._members += 1
        if self._members > _MEMBERS:
            raise _BrokenError
        self._stream = zlib.decompressobj(self._bits)
        return True


class _Brotli:
    def __init__(self) -> None:
        self._stream = brotli.Decompressor()

    @property
    def complete(self) -> bool:
        return bool(self._stream.is_finished())

    def feed(self, data: bytes, room: int) -> bytes:
        if self._stream.is_finished():
            return b""
        # The bound is soft: the library may go beyond it by one of its own buffers, never by more.
        part: bytes = self._stream.process(data, output_buffer_limit=room + 1)
        while len(part) <= room and not self._stream.can_accept_more_data():
            part += self._stream.process(b"", output_buffer_limit=room + 1 - len(part))
        return part


class _Zstandard:
    """zstd, of one frame or several."""

    def __init__(self) -> None:
        self._frames = 0
        self._begin()

    @property
    def complete(self) -> bool:
        return self._stream.eof

    def feed(self, data: bytes, room: int) -> bytes:
        parts: list[bytes] = []
        while room >= 0 and (data or not self._stream.needs_input):
            if self._stream.eof:
                self._begin()
            part = self._stream.decompress(data, room + 1)
            parts.append(part)
            room -= len(part)
            data = self._stream.unused_data if self._stream.eof else b""
            if self._stream.eof and not data:
                break
        return b"".join(parts)

    def _begin(self) -> None:
        self._frames += 1
        if self._frames > _MEMBERS:
            raise _BrokenError
        options: dict[int, int] = {zstd.DecompressionParameter.window_log_max: _ZSTD_WINDOW_LOG}
        self._stream = zstd.ZstdDecompressor(options=options)
