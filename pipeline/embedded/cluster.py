"""The data folder: where it is, and making it."""

import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from pipeline.embedded.owner import Owner, owner_of
from pipeline.embedded.programs import MAJOR, SYSTEM_PLACE, Runner, system_place
from pipeline.errors import EmbeddedError

_INITDB_SECONDS = 300.0
_SETTINGS = {
    # What suits a laptop; ALTER SYSTEM changes it. fsync and synchronous_commit stay on.
    "shared_buffers": "128MB",
    "max_connections": "100",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # The words of articles stay out of the log, where `qantar forget` could not reach them.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}


def open_cluster(home: Path) -> Runner:
    """The data folder of a home, made now if it is not there, with what runs programs on it.

    Raises:
        EmbeddedError: it cannot be made, is of another major version, or is not ours to use.
    """
    data = home / "postgres"
    if data.is_symlink() and not data.exists():
        raise EmbeddedError(
            f"{data} points to {data.readlink()}, which is gone; bring that back, or remove the link to begin anew"
        )
    owner = owner_of(data)
    if not data.exists():
        _make(home, data, owner)
    runner = Runner(owner=owner, data=data.resolve(), log=home / "postgres.log")
    _check_version(runner.data)
    return runner


def _check_version(data: Path) -> None:
    version = data / "PG_VERSION"
    if not version.exists():
        raise EmbeddedError(f"{data} is no data folder of PostgreSQL; move it away")
    if (found := version.read_text().strip()) != MAJOR:
        raise EmbeddedError(
            f"{data} was made by PostgreSQL {found} and this is {MAJOR};"
            " dump it with the release of Qantar that made it, or move it away to begin anew"
        )


def _make(home: Path, data: Path, owner: Owner) -> None:
    """Make the folder under another name, and move it into place when it is whole: a death costs nothing."""
    for left in home.glob("postgres.new-*"):
        shutil.rmtree(left, ignore_errors=True)
    folder = _empty_folder(home, owner)
    try:
        _initdb(Runner(owner=owner, data=folder, log=home / "postgres.log"))
        if folder.parent == home:
            folder.rename(data)
        else:
            data.symlink_to(folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _empty_folder(home: Path, owner: Owner) -> Path:
    """A new folder, the owner's alone: in the home, or under /var/lib where the home is closed to it."""
    folder = Path(tempfile.mkdtemp(prefix="postgres.new-", dir=home))
    if owner.take(folder):
        return folder
    folder.rmdir()
    # The random part keeps a home that was removed and made again apart from the data of its namesake.
    stamp = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
    folder = Path(tempfile.mkdtemp(prefix=f"{stamp}-", dir=system_place()))
    if owner.take(folder):
        return folder
    folder.rmdir()
    raise EmbeddedError(
        f"user {owner.uid}, who runs PostgreSQL for root, can enter neither {home} nor {SYSTEM_PLACE};"
        " set QANTAR_HOME to a folder that it can enter"
    )


def _initdb(runner: Runner) -> None:
    runner.run(
        "initdb",
        "--username=postgres",
        "--encoding=UTF8",
        # Order by code point, defined by PostgreSQL itself: no upgrade of the system breaks an index. The
        # system's locale of the same name remains for what still asks it, such as the parser of text search.
        "--locale=C.UTF-8",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--auth-local=trust",  # who can enter the socket's folder; `peer` would shut out root
        "--auth-host=reject",
        "--no-instructions",
        *(f"--set={name}={value}" for name, value in _SETTINGS.items()),
        timeout=_INITDB_SECONDS,
    )
