"""The archive: what is written is read back, by us and by any WARC tool, and damage is noticed."""

import gzip
import io
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from uuid import uuid4

import fsspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from pipeline.archive import Archive
from pipeline.archive.warc import pack_response, read_records, unpack_response
from pipeline.errors import ArchiveError
from pipeline.records import ArchivePlace, Response

NOW = datetime(2022, 1, 6, 23, 30, tzinfo=timezone(timedelta(hours=-6)))  # the 7th in UTC
SEEN = datetime(2022, 1, 5, 10, 0, 0, 123456, tzinfo=UTC)


def answer(path: str = "a", body: bytes = b"<p>Almaty</p>", **changes: Any) -> Response:
    """A plain response, with changes."""
    plain: dict[str, Any] = {
        "url": f"https://outlet.example/{path}",
        "final_url": f"https://outlet.example/{path}",
        "status": 200,
        "headers": (("Content-Type", "text/html; charset=utf-8"),),
        "body": body,
        "observed_at": SEEN,
    }
    return Response(**plain | changes)


@pytest.fixture(params=["folder", "memory", "store with folders"])
def archive(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Archive]:
    """An empty archive, on each kind of store."""
    root = {
        "folder": str(tmp_path / "archive"),
        "memory": f"memory://{uuid4().hex}",
        # Not the local disk as far as the archive can see: it goes the way of sftp and its like.
        "store with folders": f"dir::file://{tmp_path}/archive",
    }
    yield Archive(root[request.param])
    fsspec.filesystem("memory").store.clear()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The root of an archive on the local disk."""
    return tmp_path / "archive"


def plain_records(content: bytes) -> list[tuple[str, str | None, dict[str, str], bytes]]:
    """What warcio itself makes of a file, digests verified: kind, address, HTTP headers, payload."""
    found = []
    records = ArchiveIterator(io.BytesIO(content), check_digests="raise")
    for record in records:
        headers = dict(record.http_headers.headers) if record.http_headers else {}
        payload = record.content_stream().read()
        found.append((record.rec_type, record.rec_headers.get_header("WARC-Target-URI"), headers, payload))
    assert records.err_count == 0
    return found


def test_what_is_written_is_read_back(archive: Archive) -> None:
    """In any order, each place gives its own response and all of it."""
    responses = [answer("a"), answer("b", b"", status=304), answer("c", os.urandom(100_000)), answer("a")]
    places = archive.write(responses, now=NOW)
    assert [archive.read(place) for place in reversed(places)] == responses[::-1]


def test_a_file_is_named_by_the_utc_day(archive: Archive) -> None:
    """Two files of the same moment have different names."""
    (one,), (two,) = (archive.write([answer()], now=NOW) for _ in range(2))
    assert one.file.startswith("2022/01/07/qantar-20220107T053000Z-")
    assert one.file.endswith(".warc.gz")
    assert one.file != two.file


def test_nothing_to_write_writes_no_file(folder: Path) -> None:
    """No empty files gather in the archive."""
    assert Archive(str(folder)).write([], now=NOW) == []
    assert not folder.exists()


# One character a byte is how HTTP headers are read; anything else stands for other producers.
header_names = st.text("!#$%&'*+-.^_`|~abcXYZ019", min_size=1) | st.sampled_from(
    [
        "Content-Encoding",
        "transfer-encoding",
        "CONTENT-LENGTH",
        "X-Crawler-Content-Length",
        "x-crawler-Content-Encoding",
    ]
)
any_text = st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=()))
header_values = st.binary().map(lambda raw: raw.translate(None, b"\r\n\0").decode("latin-1")) | any_text
addresses = st.text(st.characters(categories=["L", "N", "P", "S"]), max_size=300).map("https://x.example/{}".format)


@given(
    response=st.builds(
        Response,
        url=addresses,
        final_url=addresses,
        status=st.integers(200, 599),
        headers=st.lists(st.tuples(header_names, header_values)).map(tuple),
        body=st.binary() | st.sampled_from([b"\r\n\r\n", b"WARC/1.1\r\n"]),
        observed_at=st.datetimes(timezones=st.just(UTC)),
    )
)
@settings(deadline=None)
def test_packing_and_unpacking_is_the_identity(response: Response) -> None:
    """For any headers, repeated and odd ones too, and any body."""
    (record,) = read_records(pack_response(response))
    assert unpack_response(record) == response


def test_a_line_break_in_a_header_cannot_forge_another() -> None:
    """It becomes a blank, so that neither a header nor a body begins where the outlet likes."""
    evil = answer(headers=(("X-Note", "a\r\nX-Evil: 1\r\n\r\n<p>forged"),))
    (record,) = read_records(pack_response(evil))
    assert unpack_response(record) == answer(headers=(("X-Note", "a X-Evil: 1 <p>forged"),))


@pytest.mark.parametrize("url", ["https://x.example/a b", "https://x.example/\r\nWARC-Type: x", "ftp://x.example/"])
def test_an_address_that_no_record_can_hold_is_refused(url: str) -> None:
    """It cannot have been fetched, so that somebody's code is wrong."""
    with pytest.raises(ValueError, match="is no address that was fetched"):
        pack_response(answer(final_url=url))


def test_any_warc_tool_reads_the_file(folder: Path) -> None:
    """warcio, left to itself, finds decoded bodies, true lengths, and where they came from."""
    sent = (("Content-Encoding", "br"), ("Transfer-Encoding", "chunked"), ("Content-Length", "7"), ("Vary", "*"))
    (place, _) = Archive(str(folder)).write([answer(headers=sent), answer("b", url="http://a.example/")], now=NOW)
    content = (folder / place.file).read_bytes()
    info, first, second = plain_records(content)
    assert info[0] == "warcinfo"
    assert b"software: qantar/" in info[3]
    assert first == (
        "response",
        "https://outlet.example/a",
        {
            "X-Crawler-Content-Encoding": "br",
            "X-Crawler-Transfer-Encoding": "chunked",
            "X-Crawler-Content-Length": "7",
            "Vary": "*",
            "Content-Length": "13",
        },
        b"<p>Almaty</p>",
    )
    assert second[1] == "https://outlet.example/b"
    headers = next(ArchiveIterator(io.BytesIO(content[place.offset :]))).rec_headers
    assert headers.protocol == "WARC/1.1"
    assert headers.get_header("WARC-Date") == "2022-01-05T10:00:00.123456Z"


def test_a_bare_offset_and_length_are_a_whole_warc_record(archive: Archive, folder: Path) -> None:
    """Each record is a gzip member of its own, as the indexes of web archives expect."""
    archive = Archive(str(folder))
    for place in archive.write([answer("a"), answer("b"), answer("c")], now=NOW):
        content = (folder / place.file).read_bytes()[place.offset : place.offset + place.length]
        assert len(plain_records(content)) == 1


def test_a_rewritten_file_lacks_what_was_forgotten(archive: Archive) -> None:
    """The rest is copied to the byte, and a tombstone has date and reason and nothing else."""
    responses = [answer("a"), answer("secret", b"a name"), answer("c")]
    places = archive.write(responses, now=NOW)
    new, moved = archive.rewrite(places[0].file, {places[1].offset: "asked\r\nby the court"})
    assert sorted(moved) == [places[0].offset, places[2].offset]
    assert [archive.read(moved[places[n].offset]) for n in (0, 2)] == [responses[0], responses[2]]
    assert archive.read(places[1]) == responses[1]  # the old file is still there
    content = archive._store.get(new)
    info, _, tombstone, _ = plain_records(content)
    assert info[0] == "warcinfo"
    assert tombstone == ("metadata", None, {}, b"reason: asked by the court\r\n")
    plain = b"".join(str(record.headers).encode() + record.block for record in read_records(content))
    assert b"secret" not in plain
    assert b"a name" not in plain
    assert b"2022-01-05T10:00:00.123456Z" in plain
    assert new.startswith("2022/01/07/qantar-20220107T053000Z-")
    assert new != places[0].file


def test_a_rewritten_file_can_be_rewritten_again(archive: Archive) -> None:
    """Tombstones stay, and only responses have new places."""
    one, two = archive.write([answer("a"), answer("b")], now=NOW)
    new, moved = archive.rewrite(one.file, {one.offset: "first"})
    newer, moved_again = archive.rewrite(new, {moved[two.offset].offset: "second"})
    assert moved_again == {}
    assert [kind for kind, *_ in plain_records(archive._store.get(newer))] == ["warcinfo", "metadata", "metadata"]


def test_reading_a_tombstone_says_so(archive: Archive) -> None:
    """Who still has the place of a forgotten record in the new file gets an error and no text."""
    (place,) = archive.write([answer()], now=NOW)
    new, _ = archive.rewrite(place.file, {place.offset: "x"})
    _, tombstone = read_records(archive._store.get(new))
    with pytest.raises(ArchiveError, match="is a metadata; what stood there was forgotten"):
        archive.read(ArchivePlace(file=new, offset=tombstone.offset, length=len(tombstone.member)))


def test_forgetting_what_is_not_there_is_refused(archive: Archive) -> None:
    """A wrong offset must not pass for a forgotten record."""
    (place,) = archive.write([answer()], now=NOW)
    with pytest.raises(ArchiveError, match="no response stands at byte 3"):
        archive.rewrite(place.file, {3: "x"})


def test_deleting_is_idempotent(archive: Archive) -> None:
    """The second time there is nothing to do, and reading says that the file is gone."""
    (place,) = archive.write([answer()], now=NOW)
    archive.delete(place.file)
    archive.delete(place.file)
    with pytest.raises(ArchiveError, match=place.file) as caught:
        archive.read(place)
    assert "\n" not in str(caught.value)


def test_no_changed_byte_goes_unnoticed(folder: Path) -> None:
    """Wherever one bit of a record flips, reading fails, or what it gives is what was written."""
    archive = Archive(str(folder))
    response = answer(body=b"protest " * 20)
    (place,) = archive.write([response], now=NOW)
    path = folder / place.file
    good = path.read_bytes()
    refused = 0
    for at in range(place.offset, place.offset + place.length):
        path.write_bytes(good[:at] + bytes([good[at] ^ 4]) + good[at + 1 :])
        try:
            assert archive.read(place) == response  # a byte of gzip's own header: a time, a system
        except ArchiveError:
            refused += 1
    assert refused > place.length - 12


def test_a_record_whose_digest_is_wrong_is_refused() -> None:
    """Also when gzip has no objection, as after a faulty tool rewrote the file."""
    (record,) = read_records(pack_response(answer()))
    forged = io.BytesIO()
    with gzip.GzipFile(fileobj=forged, mode="wb") as out:
        out.write(record.headers.to_bytes() + record.block.replace(b"Almaty", b"Astana") + b"\r\n\r\n")
    with pytest.raises(ArchiveError, match="has not the digest sha1:"):
        list(read_records(forged.getvalue()))


def test_a_file_that_is_cut_off_is_refused(folder: Path) -> None:
    """By a reader of the record that is hit, and by who would rewrite the file."""
    archive = Archive(str(folder))
    first, second = archive.write([answer("a"), answer("b")], now=NOW)
    path = folder / first.file
    path.write_bytes(path.read_bytes()[:-5])
    assert archive.read(first) == answer("a")
    with pytest.raises(ArchiveError, match="it ends before byte"):
        archive.read(second)
    with pytest.raises(ArchiveError, match=f"the record at byte {second.offset} is cut off"):
        archive.rewrite(first.file, {})


def test_a_gzip_bomb_is_not_unpacked(folder: Path) -> None:
    """More than the largest record of ours is refused before it fills the memory."""
    bomb = gzip.compress(b"\0" * (60 * 2**20))
    (folder / "x").mkdir(parents=True)
    (folder / "x" / "bomb.warc.gz").write_bytes(bomb)
    with pytest.raises(ArchiveError, match="larger than any of ours"):
        Archive(str(folder)).read(ArchivePlace(file="x/bomb.warc.gz", offset=0, length=len(bomb)))


def test_reading_takes_no_more_bytes_than_the_place_has(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    """One record of a large file costs one small range of it."""
    places = archive.write([answer(str(n), os.urandom(1000)) for n in range(20)], now=NOW)
    asked: list[int] = []
    real = type(archive._store).get

    def get(self: Any, name: str, start: int = 0, end: int | None = None) -> bytes:
        content = real(self, name, start, end)
        asked.append(len(content))
        return content

    monkeypatch.setattr(type(archive._store), "get", get)
    archive.read(places[7])
    assert asked == [places[7].length]


def test_a_store_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    """The message has the root, the cause, and the variable to set."""
    (tmp_path / "file").touch()
    with pytest.raises(ArchiveError, match=r"Not a directory; .*QANTAR_ARCHIVE_URL") as caught:
        Archive(str(tmp_path / "file" / "archive")).write([answer()], now=NOW)
    assert "\n" not in str(caught.value)


def test_an_unknown_kind_of_store_is_refused_at_once() -> None:
    """Before anything is fetched that could not be kept."""
    with pytest.raises(ArchiveError, match=r"nosuch.*QANTAR_ARCHIVE_URL"):
        Archive("nosuch://bucket/archive")


def test_a_full_disk_leaves_no_file(tmp_path: Path) -> None:
    """What could not be written whole is not there at all, under no name."""
    code = """
import resource, signal, sys
from pipeline.errors import ArchiveError
sys.path.insert(0, sys.argv[1])
from test_archive import NOW, Archive, answer, os
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
try:
    Archive(sys.argv[2]).write([answer("a", os.urandom(50_000))], now=NOW)
except ArchiveError as error:
    print(error)
"""
    command = [sys.executable, "-c", code, str(Path(__file__).parent), str(tmp_path / "archive")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "File too large" in done.stdout
    assert [path for path in (tmp_path / "archive").rglob("*") if path.is_file()] == []


def test_a_forked_child_and_its_parent_both_use_the_archive(folder: Path) -> None:
    """It holds no connection and no file that two processes would share."""
    archive = Archive(str(folder))
    (place,) = archive.write([answer()], now=NOW)
    child = os.fork()
    if child == 0:
        os._exit(0 if archive.read(place) == answer() and archive.write([answer("b")], now=NOW) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert archive.read(place) == answer()
    assert len(list(folder.rglob("*.warc.gz"))) == 2


def test_a_root_relative_to_the_working_folder_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As somebody would write it into the environment."""
    monkeypatch.chdir(tmp_path)
    archive = Archive("kept here")
    (place,) = archive.write([answer()], now=NOW)
    assert archive.read(place) == answer()
    assert stat.S_ISREG((tmp_path / "kept here" / place.file).stat().st_mode)
