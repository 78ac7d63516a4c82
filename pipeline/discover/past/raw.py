"""What a WARC file holds, as it lies there: a record, one that is passed over, and what is none."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from pipeline.records import check_aware


def field(name: bytes) -> re.Pattern[bytes]:
    """Finds a field of a record's header; its value is the first group."""
    return re.compile(rb"(?im)^%s[ \t]*:[ \t]*(.*?)[ \t]*\r?$" % name)


_URL, _DATE = field(b"WARC-Target-URI"), field(b"WARC-Date")


@dataclass(frozen=True, slots=True)
class RawRecord:
    """A response as it lies in a file: where it (its gzip member) begins, and its bytes, its own headers first.

    It is `length` bytes long; what follows in `content` are the blank lines behind it.
    """

    offset: int
    content: bytes
    header_length: int
    length: int

    @property
    def url(self) -> str:
        """The address that answered; empty where the record does not say."""
        found = _URL.search(self.content, 0, self.header_length)
        return found[1].strip(b"<> ").decode("utf-8", "replace") if found else ""

    @property
    def date(self) -> datetime:
        """When it was captured, in UTC; raise ValueError where the record does not say."""
        found = _DATE.search(self.content, 0, self.header_length)
        return check_aware(datetime.fromisoformat(found[1].decode("ascii", "replace") if found else ""))

    @property
    def block(self) -> bytes:
        """The answer: status line, headers and body."""
        return self.content[self.header_length : self.length]


@dataclass(frozen=True, slots=True)
class Damaged:
    """Something that is no record, or one that is not what it says; where it begins, and what is wrong.

    `ended`: the file was over before it was. If nothing follows, the file may be not all there.
    """

    offset: int
    detail: str
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Passed:
    """A record of another kind, or too large, that was passed over."""

    offset: int
