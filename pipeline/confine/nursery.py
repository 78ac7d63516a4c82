"""The nursery: `python -m pipeline.confine.nursery`, started by `Confined` and of no use by hand."""

from __future__ import annotations

import gc
import os
import pickle
import signal
import sys
from collections.abc import Callable
from importlib import import_module
from multiprocessing.connection import Connection
from typing import Any

from pipeline.confine import child
from pipeline.confine.words import Bounds, Killed, Nursery


def main() -> None:
    """Import the function, fork a child for each socket, and look after them until the parent hangs up."""
    # Ctrl-C is the parent's business: it hangs up, and everybody here goes.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    start: Nursery = pickle.loads(sys.stdin.buffer.read())  # noqa: S301 - from our own parent
    function = getattr(import_module(start.module), start.function)
    # What is imported by now stays shared with the children instead of being copied by the collector's marks.
    gc.collect()
    gc.freeze()
    children = {_fork(socket, start, function): socket for socket in start.sockets}
    while children:
        pid, status = os.wait()
        socket = children.pop(pid)
        code = os.waitstatus_to_exitcode(status)
        if code == child.DONE:
            continue
        if code != child.WORN_OUT:
            _tell(socket, _how(code, start.bounds))
        children[_fork(socket, start, function)] = socket


def _fork(socket: int, start: Nursery, function: Callable[[Any], Any]) -> int:
    pid = os.fork()
    if pid:
        return pid
    try:
        for other in start.sockets:
            if other != socket:
                os.close(other)
        child.serve(Connection(socket), function, start.bounds)
    finally:
        os._exit(1)


def _how(code: int, bounds: Bounds) -> Killed:
    if code in {-signal.SIGPROF, -signal.SIGALRM}:
        return Killed(how="timeout", detail=f"not done after {bounds.cpu_seconds:g} CPU seconds")
    if code == child.OUT_OF_MEMORY:
        return Killed(how="memory", detail=f"wanted more than {bounds.memory_bytes // 2**20} MiB")
    return Killed(how="crash", detail=f"ended by {signal.Signals(-code).name}" if code < 0 else f"exit status {code}")


def _tell(socket: int, killed: Killed) -> None:
    connection = Connection(os.dup(socket))
    try:
        connection.send(killed)
    except OSError:
        pass  # the parent has gone, and the next child will see it
    finally:
        connection.close()


if __name__ == "__main__":
    main()
