"""Who uses the embedded server: the first one in starts it, the last one out stops it.

Why no order of comings, goings and deaths leaves a user without a server:

1. Whoever uses the server holds a shared lock on `postgres.lease`; a forked child holds its parent's.
2. That lock is taken, and the server started or stopped, only by who holds `postgres.gate` alone.
3. A leaver closes its share (closing, not unlocking, leaves a forked child's copy valid), goes to the gate,
   and there tries for the exclusive lock on the file opened anew: it succeeds only when nobody has a share.
4. Who succeeds stops the server. By 2 nobody can take a share meanwhile: a newcomer waits at the gate, and
   then finds the server stopped and starts it.
5. Outside the gate locks are only given up, by leavers and by the dying. Of several leavers the last one at
   the gate succeeds. At worst it still sees the share of a process that is killed a moment later: then the
   server stays up unused, and the next user's leaving stops it.
6. A death at the gate opens it, and what was half done is found by the next: data folders appear by one
   rename, and `postgres.alive` (see `server`) tells whether any process of a server lives.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pipeline.embedded import locks
from pipeline.embedded.server import Server, discard_dead, ensure_running, stop
from pipeline.errors import EmbeddedError


@contextmanager
def lease(home: Path) -> Iterator[Server]:
    """Use the server of a home folder for the time of the block.

    Args:
        home: where everything is written (`Settings.home`); made if missing.

    Yields:
        The running server, with a database `qantar` that the first lease makes empty. It stays until the
        block ends here, in every forked child that was born in the block, and for everyone else.

    Raises:
        EmbeddedError: it cannot be started; one line says why, where the log is, and what to do.
    """
    home = home.absolute()
    mine, server = _enter(home)
    try:
        yield server
    finally:
        _leave(home, mine)


def _enter(home: Path) -> tuple[int, Server]:
    try:
        home.mkdir(parents=True, exist_ok=True)
        with locks.gate(home / "postgres.gate"):
            mine = locks.share(home / "postgres.lease")
            try:
                return mine, ensure_running(home)
            except EmbeddedError:
                os.close(mine)
                discard_dead(home)  # one that lives is slow to recover, and goes on for the next to find
                raise
            except BaseException:
                os.close(mine)
                _stop_if_unused(home)
                raise
    except OSError as error:
        raise EmbeddedError(
            f"the embedded PostgreSQL cannot use {home}: {error.strerror or error};"
            " set QANTAR_HOME to a folder that you may write to"
        ) from error


def _leave(home: Path, mine: int) -> None:
    os.close(mine)
    # The work is done and its outcome stands: that the home was removed meanwhile is no reason to fail.
    with suppress(OSError), locks.gate(home / "postgres.gate"):
        _stop_if_unused(home)


def _stop_if_unused(home: Path) -> None:
    alone = locks.try_alone(home / "postgres.lease")
    if alone is None:
        return
    try:
        with suppress(EmbeddedError):  # what would not stop is reused by the next, and stopped after that
            stop(home)
    finally:
        locks.release(alone)
