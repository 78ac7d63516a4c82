"""A child: one item after another, each under its bounds."""

from __future__ import annotations

import os
import resource
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NoReturn

from pipeline.confine.words import Bounds, Killed

# Exit statuses by which a child tells the nursery why it goes.
DONE = 0
OUT_OF_MEMORY = 77
WORN_OUT = 78

# A child that neither answers nor uses the CPU is stuck on something that no bound foresaw.
_WALL_PER_CPU_SECOND = 10
_PAGE = resource.getpagesize()


def serve(connection: Connection, function: Callable[[Any], Any], bounds: Bounds) -> NoReturn:
    """Answer items until the parent hangs up; never return into the nursery's code."""
    resource.setrlimit(resource.RLIMIT_DATA, (bounds.memory_bytes, bounds.memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    while True:
        try:
            item = connection.recv()
        except (EOFError, OSError):
            os._exit(DONE)
        answer = _answer(function, item, bounds)
        try:
            connection.send(answer)
        except OSError:
            os._exit(DONE)
        del item, answer
        if _own_memory() > bounds.memory_bytes // 2:
            os._exit(WORN_OUT)


def _answer(function: Callable[[Any], Any], item: Any, bounds: Bounds) -> Any:
    # The default action of both signals is to end the process, which the kernel does even inside C code.
    signal.setitimer(signal.ITIMER_PROF, bounds.cpu_seconds)
    signal.setitimer(signal.ITIMER_REAL, bounds.cpu_seconds * _WALL_PER_CPU_SECOND)
    try:
        return function(item)
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    except Exception as error:  # noqa: BLE001 - a library that breaks on a page must not break the batch
        return Killed(how="crash", detail=f"{type(error).__name__}: {error}"[:500])
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)


def _own_memory() -> int:
    """Bytes of data and stack, which is what RLIMIT_DATA bounds."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[5]) * _PAGE
