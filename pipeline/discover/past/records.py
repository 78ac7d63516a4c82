"""A WARC file record by record, in one pass over a stream, around whatever is broken in it.

Public archives keep each record in a gzip member of its own, so that a member's end is a record's, whatever the record
says of its length. That is what this reader goes by: a record that lies about its length, or that ends too soon, loses
nothing but itself, and after bytes that are no member the next one is looked for. Files in one member, and files that
are not compressed, are read by the lengths that they state (ISO 28500:2017); where one is a lie, the next line that
begins a record is looked for.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Iterator
from typing import Any

from isal import isal_zlib

from pipeline.discover.past.raw import Damaged, Passed, RawRecord, field

# What is kept of a record: the largest page that is fetched, thrice. A longer one is passed over.
LARGEST = 16 * 2**20
_LONGEST_HEADER = 64 * 2**10
_CHUNK = 2**18
# Inflated at once: at a thousandfold, the most that deflate gives, some 30 megabytes.
_PIECE = 2**15
# The last bytes that are kept of a member, so that what follows can be found in them when it turns out to be none.
_KEPT = 32 * 2**20
# Enough of a member to inflate its first bytes.
_BEGINNING = 4096
# Digits of a length that is one.
_LONGEST_NUMBER = 12
_GZIP = 16 + zlib.MAX_WBITS
# Not zlib's, and its stub takes the class for an instance.
_InflateError: type[Exception] = isal_zlib.error  # type: ignore[assignment]
_MAGIC = b"\x1f\x8b\x08"
_BEGINS = b"WARC/"
_VERSION = re.compile(rb"WARC/\d\.\d+\r?\n")
_BETWEEN = b"\r\n"
# Bytes of the blank lines that end a record.
_BLANK = 4
_LENGTH, _TYPE = field(b"Content-Length"), field(b"WARC-Type")


class _NoEndError(Exception):
    """The file ends before the gzip member does."""


class _Plain:
    """The inflater of what is not compressed: one member without end."""

    eof = False
    unused_data = b""

    def decompress(self, data: bytes, /) -> bytes:
        return data


def read_records(stream: io.BufferedIOBase, *, at: int = 0) -> Iterator[RawRecord | Passed | Damaged]:
    """The responses of a WARC file, and what else was met.

    Args:
        stream: the file from byte `at` on, which is where a record begins.
        at: counted into the offsets.

    Yields:
        Records in the file's order, each at most `LARGEST` bytes long.

    Raises:
        OSError: the stream cannot be read on.
    """
    yield from _Reader(stream, at).read()


class _Reader:
    """Where one pass over a file is: at `offset`, having its bytes from `_base` on in memory."""

    def __init__(self, stream: io.BufferedIOBase, at: int) -> None:
        self._stream = stream
        self._held = bytearray()
        self._base = at
        self._needed = at
        self.offset = at

    def read(self) -> Iterator[RawRecord | Passed | Damaged]:
        plain = _VERSION.search(self._ahead(_CHUNK).partition(_MAGIC)[0]) is not None
        while begins := self._ahead(len(_MAGIC)):
            start = self._needed = self.offset
            if not plain and begins != _MAGIC:
                self._find_member()
                yield Damaged(start, "no gzip member begins here", ended=not self._ahead(1))
                continue
            member = _Member(self, _Plain() if plain else isal_zlib.decompressobj(_GZIP))
            try:
                yield from member.records(start)
            except _NoEndError:
                yield Damaged(start, "the gzip member has no end", ended=True)
                self.offset = max(start + 1, self._base)
                self._find_member()
            except _InflateError as error:
                yield Damaged(start, f"the gzip member is damaged: {error}")
                self.offset = max(start + 1, self._base)
                self._find_member()

    def take(self) -> bytes:
        """More bytes of this member; empty at the end of the file."""
        piece = self._ahead(_PIECE)
        self.offset += len(piece)
        return piece

    def give_back(self, rest: bytes) -> None:
        """What was taken beyond the end of a member."""
        self.offset -= len(rest)

    def _ahead(self, length: int) -> bytes:
        """The next bytes, which are not taken by that: so many, or as many as there are."""
        while self._base + len(self._held) < self.offset + length:
            piece = self._stream.read(_CHUNK)
            if not piece:
                break
            gone = max(self._needed, self.offset - _KEPT) - self._base
            del self._held[:gone]
            self._base += gone
            self._held += piece
        start = self.offset - self._base
        with memoryview(self._held) as held:
            return bytes(held[start : start + length])

    def _find_member(self) -> None:
        """Go to the next member that holds a record; to the end where there is none."""
        while ahead := self._ahead(_PIECE):
            found = ahead.find(_MAGIC)
            if found == 0 and _holds_a_record(ahead[:_BEGINNING]):
                return
            # The last bytes may be the first ones of a member.
            step = found if found >= 0 else len(ahead) - len(_MAGIC) + 1
            self.offset += max(step, 1)
            self._needed = self.offset


def _holds_a_record(begins: bytes) -> bool:
    try:
        return isal_zlib.decompressobj(_GZIP).decompress(begins, len(_BEGINS)).startswith(_BEGINS)
    except _InflateError:
        return False


class _Member:
    """One gzip member, or a whole file that is not compressed: `_output` is what was inflated and not yet used."""

    def __init__(self, reader: _Reader, inflater: Any) -> None:
        self._reader = reader
        self._inflater = inflater
        self._plain = isinstance(inflater, _Plain)
        self._output = b""
        self._done = False
        self._several = False

    def records(self, start: int) -> Iterator[RawRecord | Passed | Damaged]:
        """What it holds, mostly one record; a member ends where the last one that it holds does."""
        while self._begins():
            yield self._record(self._reader.offset - len(self._output) if self._plain else start)
            self._several = True
        if not self._several:
            yield Damaged(start, "an empty gzip member")

    def _begins(self) -> bool:
        """Whether something follows the blank lines that end a record; it lies in `_output` then."""
        while self._fill(len(_BEGINS)):
            self._output = self._output.lstrip(_BETWEEN)
            if len(self._output) >= len(_BEGINS):
                return True
        self._output = self._output.lstrip(_BETWEEN)
        return bool(self._output)

    def _record(self, start: int) -> RawRecord | Passed | Damaged:
        end = self._end_of_header()
        if end < 0:
            return self._lost(start, "no record begins here")
        stated = _LENGTH.search(self._output, 0, end)
        if stated is None or not stated[1].isdigit() or len(stated[1]) > _LONGEST_NUMBER:
            return self._lost(start, "the record states no length")
        length = end + int(stated[1])
        kind = _TYPE.search(self._output, 0, end)
        if length > LARGEST:
            return Passed(start) if self._skip(length) else self._lost(start, "the record ends before its length")
        if not self._fill(length):
            return self._lost(start, "the record ends before its length")
        content = self._output
        if self._done and len(content) - length <= _BLANK and not content[length:].strip(_BETWEEN):
            self._output = b""  # as nearly always: the record is all that its member holds
        else:
            content, self._output = content[:length], content[length:]
        self._fill(len(_BEGINS))
        if self._output[: len(_BEGINS)].strip(_BETWEEN) and not self._output.startswith((_BETWEEN, _BEGINS)):
            self._output = content[end:] + self._output
            return self._lost(start, "the record goes on beyond its length")
        return RawRecord(start, content, end, length) if kind and kind[1].lower() == b"response" else Passed(start)

    def _end_of_header(self) -> int:
        """Where the block of the record that begins here does, below 0 where none begins."""
        if not self._output.startswith(_BEGINS):
            return -1
        while (found := self._output.find(b"\r\n\r\n", 0, _LONGEST_HEADER)) < 0:
            if len(self._output) >= _LONGEST_HEADER or not self._fill(len(self._output) + 1):
                return -1
        return found + 4

    def _lost(self, start: int, detail: str) -> Damaged:
        """Go to the next record of a file that is not compressed or one member; pass over the rest of other members."""
        if self._plain or self._several:
            self._find_record()
        else:
            self._output = b""
            while self._fill(1):
                self._output = b""
        return Damaged(start, detail, ended=self._plain and self._done)

    def _find_record(self) -> None:
        self._output = self._output[1:]
        while (found := self._output.find(b"\nWARC/1.")) < 0:
            self._output = self._output[-len(b"\nWARC/1.") :]
            if not self._fill(len(self._output) + 1):
                self._output = b""
                return
        self._output = self._output[found + 1 :]

    def _skip(self, length: int) -> bool:
        while length > len(self._output):
            length -= len(self._output)
            self._output = b""
            if not self._fill(1):
                return False
        self._output = self._output[length:]
        return True

    def _fill(self, length: int) -> bool:
        """Whether so many bytes can be had; they lie in `_output` then."""
        if len(self._output) >= length:
            return True
        parts = [self._output]
        have = len(self._output)
        while have < length and not self._done:
            piece = self._reader.take()
            if not piece:
                if not self._plain:
                    raise _NoEndError
                self._done = True
                break
            parts.append(self._inflater.decompress(piece))
            have += len(parts[-1])
            if self._inflater.eof:
                self._done = True
                self._reader.give_back(self._inflater.unused_data)
        self._output = b"".join(parts) if parts[0] or len(parts) != 2 else parts[1]  # noqa: PLR2004 - no copy of one
        return have >= length
