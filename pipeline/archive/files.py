"""The archive as its users see it: files of records, written once and read by place."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime

from pipeline.archive import warc
from pipeline.archive.store import Store
from pipeline.errors import ArchiveError
from pipeline.records import ArchivePlace, Response, check_aware

_SUFFIX = ".warc.gz"


class Archive:
    """WARC files under a root, which is a folder's path or any URL that fsspec knows.

    It may be shared by threads and used on in forked children. Each method raises `ArchiveError`, in one line
    that names the root and the file, when the store cannot do it or a record is damaged.
    """

    def __init__(self, root: str) -> None:
        self._store = Store(root)
        self._store.check()

    def write(self, responses: Sequence[Response], *, now: datetime) -> list[ArchivePlace]:
        """Write one new file, which is closed, whole and durable when this returns.

        Args:
            responses: what it shall hold; for none no file is written.
            now: aware; names the file `YYYY/MM/DD/qantar-<time>-<random>.warc.gz`, in UTC.

        Returns:
            The places of the responses, in their order.
        """
        if not responses:
            return []
        moment = check_aware(now)
        file = f"{moment:%Y/%m/%d}/{_renamed(f'qantar-{moment:%Y%m%dT%H%M%S}Z')}"
        members = [warc.pack_response(response) for response in responses]
        return self._put(file, warc.pack_info(_basename(file), now=moment), members)

    def read(self, place: ArchivePlace) -> Response:
        """The response that was written to a place; no other bytes of the file are read."""
        content = self._store.get(place.file, place.offset, place.offset + place.length)
        if len(content) < place.length:
            raise self._damaged(place.file, f"it ends before byte {place.offset + place.length}")
        try:
            (record,) = warc.read_records(content, at=place.offset)
            return warc.unpack_response(record)
        except (ArchiveError, ValueError) as error:
            raise self._damaged(place.file, error) from error

    def rewrite(self, file: str, forget: Mapping[int, str]) -> tuple[str, dict[int, ArchivePlace]]:
        """Copy a file without the responses that must be forgotten; the old file stays until it is deleted.

        Args:
            file: the old one, as places name it.
            forget: the offset of each such response, with the reason, which is kept together with its date.

        Returns:
            The new file, and the new place of each other response by its old offset.
        """
        content = self._store.get(file)
        try:
            info, *rest = warc.read_records(content)
        except (ArchiveError, ValueError) as error:
            raise self._damaged(file, error) from error
        if unknown := set(forget) - {record.offset for record in rest if record.kind == "response"}:
            raise self._damaged(file, f"no response stands at byte {min(unknown)}")
        members = [
            warc.pack_tombstone(record.date, forget[record.offset]) if record.offset in forget else record.member
            for record in rest
        ]
        folder, _, name = file.rpartition("/")
        new = f"{folder}/{_renamed(name.removesuffix(_SUFFIX).rpartition('-')[0])}"
        places = self._put(new, warc.pack_info(_basename(new), now=info.date), members)
        kept = {
            record.offset: place
            for record, place in zip(rest, places, strict=True)
            if record.kind == "response" and record.offset not in forget
        }
        return new, kept

    def delete(self, file: str) -> None:
        """Remove a file; one that is gone already is no error."""
        self._store.remove(file)

    def _put(self, file: str, info: bytes, members: Sequence[bytes]) -> list[ArchivePlace]:
        places, offset = [], len(info)
        for member in members:
            places.append(ArchivePlace(file=file, offset=offset, length=len(member)))
            offset += len(member)
        self._store.put(file, b"".join((info, *members)))
        return places

    def _damaged(self, file: str, why: object) -> ArchiveError:
        return ArchiveError(f"the archive {self._store.root} cannot use its {file}: {why}")


def _renamed(stem: str) -> str:
    return f"{stem}-{secrets.token_hex(8)}{_SUFFIX}"


def _basename(file: str) -> str:
    return file.rpartition("/")[2]
