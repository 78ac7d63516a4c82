"""WARC files record by record: in all their wrappings, and around whatever is broken in them."""

from __future__ import annotations

import gzip
import hashlib
import io
import itertools
import tracemalloc
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.discover.past.raw import Damaged, Passed, RawRecord
from pipeline.discover.past.records import LARGEST, read_records
from tests.archive_formats import news_members, warcinfo

AT = datetime(2022, 1, 5, 10, 30, tzinfo=UTC)
URLS = [f"http://tribune.example/{n}" for n in range(6)]
LIE = b"\r\nContent-Length: "


class Drops(io.BufferedIOBase):
    """A file of which each read gives as much as it wants."""

    def __init__(self, data: bytes, size: int) -> None:
        self._file = io.BytesIO(data)
        self._size = size

    def read(self, size: int | None = -1) -> bytes:
        return self._file.read(min(size or 0, self._size))


def members(*, payload: bytes = b"<p>Protest</p>") -> list[bytes]:
    """A file of six records, each with its request, in gzip members of their own."""
    made = [warcinfo("CC-NEWS-20220105103000-00001.warc.gz", AT)]
    for url in URLS:
        made += news_members(
            f"CC#{url}", "response", url, AT, payload, status=200, headers={"Content-Type": "text/html"}, lie=False
        )
    return made


def plain(made: list[bytes]) -> list[bytes]:
    return [gzip.decompress(member) for member in made]


def lying(record: bytes, by: int) -> bytes:
    """The record with another length than it has."""
    before, after = record.split(LIE, 1)
    length, rest = after.split(b"\r\n", 1)
    return before + LIE + b"%d\r\n" % (int(length) + by) + rest


def read(data: bytes, *, at: int = 0) -> list[RawRecord | Passed | Damaged]:
    return list(read_records(io.BytesIO(data[at:]), at=at))


def urls(data: bytes, *, at: int = 0) -> list[str]:
    return [record.url for record in read(data, at=at) if isinstance(record, RawRecord)]


def damage(data: bytes) -> int:
    return sum(isinstance(each, Damaged) for each in read(data))


MEMBERS = members()
WRAPPED = {
    "a member a record": b"".join(MEMBERS),
    "one member": gzip.compress(b"".join(plain(MEMBERS)), mtime=0),
    "not compressed": b"".join(plain(MEMBERS)),
}
wrapped = pytest.mark.parametrize("data", WRAPPED.values(), ids=list(WRAPPED))


@wrapped
def test_responses_are_read_and_other_records_are_passed_over(data: bytes) -> None:
    found = read(data)
    assert urls(data) == URLS
    assert [type(each) for each in found] == [Passed, *[Passed, RawRecord] * 6]
    record = found[2]
    assert isinstance(record, RawRecord)
    assert record.date == AT
    assert record.block.startswith(b"HTTP/1.1 200 OK\r\n")
    assert record.block.endswith(b"\r\n\r\n<p>Protest</p>")


@wrapped
@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 64, 1000])
def test_a_file_that_comes_in_drops_is_read_the_same(data: bytes, size: int) -> None:
    """Wherever a read ends: within the first bytes of a member, or where one ends."""
    assert list(read_records(Drops(data, size))) == read(data)


def test_a_read_may_end_wherever_a_member_does() -> None:
    data = WRAPPED["a member a record"]
    for end in itertools.accumulate(map(len, MEMBERS)):
        for size in (end, end + 1, end + 2):
            assert list(read_records(Drops(data, size))) == read(data)


@wrapped
def test_from_the_place_of_any_record_the_rest_is_read(data: bytes) -> None:
    """A file that is one member is read from its beginning again."""
    for number, record in enumerate(found := read(data)):
        expected = found[number:] if data != WRAPPED["one member"] else found
        assert read(data, at=record.offset) == expected


@wrapped
@pytest.mark.parametrize("kept", range(5, 100, 5))
def test_of_a_file_that_ends_too_soon_every_whole_record_is_read(data: bytes, kept: int) -> None:
    cut = data[: len(data) * kept // 100]
    whole = read(data)
    found = [each for each in read(cut) if not isinstance(each, Damaged)]
    assert found == whole[: len(found)]
    assert damage(cut) <= 1
    if data == WRAPPED["not compressed"]:
        assert len(found) == sum(each.offset <= len(cut) for each in whole) - 1


@pytest.mark.parametrize("by", [-60, -5, 5, 500, 10**9])
def test_a_record_that_lies_about_its_length_loses_nothing_but_itself(by: int) -> None:
    """Whether it is a response, or the request before one."""
    for number in (6, 5):
        made = [*MEMBERS]
        made[number] = gzip.compress(lying(plain(made)[number], by))
        expected = [url for url in URLS if number == 5 or url != URLS[2]]
        assert urls(b"".join(made)) == expected
        assert damage(b"".join(made)) == 1


@pytest.mark.parametrize("by", [-60, -5, 5, 500, 10**6])
@pytest.mark.parametrize("compressed", [True, False])
def test_where_lengths_are_all_there_is_the_next_record_is_looked_for(by: int, *, compressed: bool) -> None:
    records = plain(MEMBERS)
    records[6] = lying(records[6], by)
    data = b"".join(records)
    wrapped_up = gzip.compress(data) if compressed else data
    assert urls(wrapped_up) == [url for url in URLS if url != URLS[2]]
    assert damage(wrapped_up) == 1


def test_a_lie_is_seen_where_what_is_read_at_once_ends_with_it() -> None:
    first = plain(members(payload=b"x" * 40_000))[2]
    first = lying(first, 2**15 - (len(first) - len(b"\r\n\r\n")))
    assert urls(first + b"".join(plain(MEMBERS))) == URLS


@pytest.mark.parametrize(
    "garbage",
    [b"garbage", b"\x1f\x8b\x08 no member", b"\0" * 600_000, b"\x1f", gzip.compress(b"no record", mtime=0), b"WARC/"],
    ids=["words", "like a member", "many", "a byte", "a member", "like a record"],
)
@pytest.mark.parametrize("place", [0, 3, 6, 13])
def test_garbage_between_members_costs_no_record(garbage: bytes, place: int) -> None:
    data = b"".join([*MEMBERS[:place], garbage, *MEMBERS[place:]])
    assert urls(data) == URLS
    assert damage(data) == 1


class Pile(io.RawIOBase):
    """Pieces one after the other, as a file of which nothing is copied before it is read."""

    def __init__(self, *pieces: bytes) -> None:
        self._left = [memoryview(piece) for piece in pieces]

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # any writable buffer
        while self._left and not self._left[0]:
            del self._left[0]
        if not self._left:
            return 0
        length = min(len(buffer), len(self._left[0]))
        buffer[:length] = self._left[0][:length]
        self._left[0] = self._left[0][length:]
        return length


def read_pile(*pieces: bytes) -> tuple[list[str], int]:
    """The addresses of the records in it, and how many bytes of memory it took at most to read them."""
    stream = io.BufferedReader(Pile(*pieces))
    tracemalloc.start()
    found = [record.url for record in read_records(stream) if isinstance(record, RawRecord)]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return found, peak


def test_a_pile_of_garbage_is_looked_through_within_bounds() -> None:
    found, peak = read_pile(b"\x1f\x8b\x07" * 2**25, *MEMBERS)
    assert found == URLS
    assert peak < 8 * 2**20


@pytest.mark.parametrize("compressed", [True, False])
def test_a_huge_record_is_passed_over_within_bounds(*, compressed: bool) -> None:
    size = 12 * LARGEST
    head = lying(plain(MEMBERS)[2], size).removesuffix(b"\r\n\r\n")
    if compressed:
        found, peak = read_pile(*MEMBERS[:3], gzip.compress(head + bytes(size), compresslevel=1), *MEMBERS[3:])
    else:
        before, after = b"".join(plain(MEMBERS[:3])), b"".join(plain(MEMBERS[3:]))
        found, peak = read_pile(before, head, bytes(size), b"\r\n\r\n", after)
    assert found == URLS
    assert peak < 8 * LARGEST


def test_a_damaged_member_beyond_what_is_kept_leaves_places_that_are_true() -> None:
    noise = hashlib.shake_128(b"noise").digest(36 * 2**20)
    big = gzip.compress(lying(plain(MEMBERS)[2], len(noise)) + noise, compresslevel=1)
    data = b"".join([*MEMBERS[:3], big[:-8], b"\0" * 8, *MEMBERS[3:]])
    found = read(data)
    assert [each.url for each in found if isinstance(each, RawRecord)] == URLS
    assert urls(data, at=found[-1].offset) == URLS[-1:]
    assert damage(data) == 1


@pytest.mark.parametrize(
    "header",
    [
        b"WARC/1.0\r\nWARC-Type: response\r\n\r\n",
        b"WARC/1.0\r\nWARC-Type: response\r\nContent-Length: -1\r\n\r\n",
        b"WARC/1.0\r\nWARC-Type: response\r\nContent-Length: 99999999999999\r\n\r\n",
        b"WARC/1.0\r\n" + b"X-Long: x\r\n" * 100_000,
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"",
    ],
    ids=["no length", "negative", "beyond all", "endless header", "no record", "empty"],
)
def test_what_is_no_record_is_damage(header: bytes) -> None:
    data = b"".join([*MEMBERS[:3], gzip.compress(header), *MEMBERS[3:]])
    assert urls(data) == URLS
    assert damage(data) == 1


def test_records_may_call_their_fields_as_they_like() -> None:
    text = b"WARC/1.1\r\nwarc-type:Response\r\nCONTENT-LENGTH : 4\r\nWARC-Target-URI: <http://a.example/>\r\n\r\nbody"
    (record,) = read(gzip.compress(text + b"\r\n\r\n"))
    assert isinstance(record, RawRecord)
    assert (record.url, record.block) == ("http://a.example/", b"body")
    with pytest.raises(ValueError, match="isoformat"):
        _ = record.date


def test_nothing_holds_no_records() -> None:
    assert read(b"") == []
    assert urls(b"\r\n\r\n") == []


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    number=st.integers(0, len(MEMBERS) - 1),
    edits=st.lists(st.tuples(st.integers(0, 2**16), st.binary(min_size=1, max_size=24)), min_size=1, max_size=4),
)
def test_whatever_becomes_of_a_member_all_others_are_read(number: int, edits: list[tuple[int, bytes]]) -> None:
    """A law: bytes overwritten in one member cost at most its own record."""
    member = bytearray(MEMBERS[number])
    for place, put in edits:
        start = place % len(member)
        member[start : start + len(put)] = put[: len(member) - start]
    others = [*MEMBERS[:number], *MEMBERS[number + 1 :]]
    found = urls(b"".join([*MEMBERS[:number], bytes(member), *MEMBERS[number + 1 :]]))
    expected = urls(b"".join(others))
    assert [url for url in found if url in expected] == expected
    assert len(found) - len(expected) <= 1
