"""The system user that runs the server. PostgreSQL refuses to run as root."""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from pipeline.errors import EmbeddedError

SYSTEM_USER = "qantar"
_SYSTEM_PATH = "/usr/sbin:/sbin:/usr/bin:/bin"
_NAME_IN_USE = 9  # useradd(8): somebody else has just made the same user


class Switch(TypedDict, total=False):
    """What `subprocess` needs to become another user; empty to stay who we are."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """A user by number. Root hands things over to it; anyone else is it."""

    uid: int
    gid: int

    @property
    def switch(self) -> Switch:
        """The arguments with which `subprocess` runs a program as this user."""
        if self.uid == os.geteuid():
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def take(self, folder: Path) -> bool:
        """Give the owner a folder that we have just made; return whether it can reach it.

        Reaching is tried and not computed from modes: access lists and mounts have a say too.
        """
        if self.switch:
            os.chown(folder, self.uid, self.gid, follow_symlinks=False)
        return self.can_enter(folder)

    def can_enter(self, folder: Path) -> bool:
        """Whether a process of this user can enter a folder, all those above it included."""
        command = ["/bin/sh", "-c", 'cd -- "$1"', "sh", str(folder)]
        done = subprocess.run(command, check=False, cwd="/", capture_output=True, **self.switch)  # noqa: S603 - the folder is an argument, not code
        return done.returncode == 0


def owner_of(data: Path) -> Owner:
    """Who runs the server of a data folder, which need not be there yet.

    Raises:
        EmbeddedError: the folder belongs to somebody we cannot act for, or no such user can be made.
    """
    me = os.geteuid()
    if not data.exists():
        return _system_user() if me == 0 else Owner(uid=me, gid=os.getegid())
    found = data.stat()
    if found.st_uid == 0:
        raise EmbeddedError(
            f"{data} belongs to root, and PostgreSQL does not run as root;"
            f" give it away with: chown -R {SYSTEM_USER}: {data.resolve()}"
        )
    if me not in (0, found.st_uid):
        raise EmbeddedError(
            f"{data} belongs to user {found.st_uid} and you are user {me};"
            " run as that user or as root, or set QANTAR_HOME to a folder of your own"
        )
    return Owner(uid=found.st_uid, gid=found.st_gid)


def _system_user() -> Owner:
    for _ in range(2):
        try:
            entry = pwd.getpwnam(SYSTEM_USER)
        except KeyError:
            _add_user()
        else:
            return Owner(uid=entry.pw_uid, gid=entry.pw_gid)
    raise EmbeddedError(f"useradd made no user {SYSTEM_USER}; {_ADVICE}")


def _add_user() -> None:
    useradd = shutil.which("useradd", path=_SYSTEM_PATH)
    if useradd is None:
        raise EmbeddedError(f"PostgreSQL does not run as root, and there is no useradd here; {_ADVICE}")
    shell = shutil.which("nologin", path=_SYSTEM_PATH) or "/bin/false"
    command = [useradd, "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
    command += ["--shell", shell, SYSTEM_USER]
    done = subprocess.run(command, check=False, capture_output=True, text=True, errors="replace")  # noqa: S603 - a program of the system, by its full path
    if done.returncode not in (0, _NAME_IN_USE):
        words = " ".join(done.stderr.split())
        raise EmbeddedError(f"PostgreSQL does not run as root, and useradd failed: {words}; {_ADVICE}")


_ADVICE = f"make a system user named {SYSTEM_USER}, run as another user, or set QANTAR_DATABASE_URL"
