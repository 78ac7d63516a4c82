"""The three ways in which we use `flock`.

A `flock` belongs to the open file, which a forked child shares, and goes when the last copy of its
descriptor is closed, by whatever death. Python's descriptors are not inherited over `exec`, so that programs
we start hold none of these unless one is handed to them.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def gate(path: Path) -> Iterator[None]:
    """Hold the file alone for the time of the block, after waiting for whoever has it.

    It is unlocked and not just closed: a child that another thread forks meanwhile must not keep it shut.
    """
    descriptor = _open(path)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        release(descriptor)


def share(path: Path) -> int:
    """Hold the file together with others; return the descriptor, whose last copy ends it when closed."""
    descriptor = _open(path)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    return descriptor


def try_alone(path: Path) -> int | None:
    """Hold the file alone if nobody else has it, else return None at once."""
    descriptor = _open(path)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def release(descriptor: int) -> None:
    """Unlock for every copy of the descriptor, and close this one."""
    fcntl.flock(descriptor, fcntl.LOCK_UN)
    os.close(descriptor)


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
