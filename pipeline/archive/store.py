"""Bytes to a folder or a bucket and back, through fsspec."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from posixpath import dirname
from typing import Any

from fsspec.core import url_to_fs
from fsspec.implementations.local import LocalFileSystem

from pipeline.errors import ArchiveError


@dataclass(frozen=True, slots=True)
class Store:
    """A root that holds files by relative names. It keeps no connection, so that threads and forks may share it.

    Every method raises `ArchiveError`, whatever the library below raises.
    """

    root: str

    def put(self, name: str, content: bytes) -> None:
        """Write a new file that is there as a whole or not at all, and on a local disk survives a power cut."""
        with _explained(self.root, name):
            filesystem, path = self._locate(name)
            if isinstance(filesystem, LocalFileSystem):
                _put_durably(Path(path), content)
                return
            try:
                filesystem.pipe_file(path, content)
            except FileNotFoundError:  # a store with real folders, and this one is new
                filesystem.makedirs(dirname(path), exist_ok=True)
                filesystem.pipe_file(path, content)

    def get(self, name: str, start: int = 0, end: int | None = None) -> bytes:
        """Read a file, or just its bytes from `start` to before `end`."""
        with _explained(self.root, name):
            filesystem, path = self._locate(name)
            return bytes(filesystem.cat_file(path, start=start, end=end))

    def remove(self, name: str) -> None:
        """Remove a file; one that is not there is no error."""
        with _explained(self.root, name), suppress(FileNotFoundError):
            filesystem, path = self._locate(name)
            filesystem.rm_file(path)

    def check(self) -> None:
        """Refuse a root that no library here can reach, without reaching for it."""
        with _explained(self.root, ""):
            self._locate("")

    def _locate(self, name: str) -> tuple[Any, str]:
        filesystem, base = url_to_fs(self.root)
        return filesystem, f"{base.rstrip('/')}/{name}"


def _put_durably(path: Path, content: bytes) -> None:
    made = [folder for folder in path.parents if not folder.exists()]
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.part")
    try:
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.rename(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    # A name is on disk when the folder that holds it is: that of the file, and those of new folders.
    for folder in (path.parent, *(folder.parent for folder in made)):
        _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _explained(root: str, name: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # each of fsspec's stores has exceptions of its own
        what = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise ArchiveError(
            f"the archive {root} failed{f' at {name}' if name else ''}: {' '.join(what.split())};"
            " see to that place, or set QANTAR_ARCHIVE_URL to another"
        ) from error
