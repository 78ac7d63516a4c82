"""Handing items to children, and taking back what they say."""

from __future__ import annotations

import os
import pickle
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import Generic, Self, TypeVar, cast

from pipeline.confine.words import Bounds, Killed, Nursery

T = TypeVar("T")
R = TypeVar("R")
K = TypeVar("K")


class Confined(Generic[T, R]):
    """A pool of children that apply one pure function to items; a context manager.

    Args:
        function: a module-level function, found again in the children by its dotted name. Items and results
            are pickled.
        processes: how many children.
        cpu_seconds: what one item may take, in CPU time, so that a busy machine changes no outcome.
        memory_bytes: what a child may hold, imported libraries included.
    """

    def __init__(self, function: Callable[[T], R], *, processes: int, cpu_seconds: float, memory_bytes: int) -> None:
        self._function = function
        self._processes = processes
        self._bounds = Bounds(cpu_seconds=cpu_seconds, memory_bytes=memory_bytes)
        self._connections: list[Connection] = []

    def __enter__(self) -> Self:
        pairs = [socket.socketpair() for _ in range(self._processes)]
        theirs = [pair[1] for pair in pairs]
        start = Nursery(
            module=self._function.__module__,
            function=self._function.__qualname__,
            sockets=tuple(end.fileno() for end in theirs),
            bounds=self._bounds,
        )
        self._nursery = subprocess.Popen(
            [sys.executable, "-m", "pipeline.confine.nursery"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            pass_fds=start.sockets,
            # Libraries that start threads of their own would multiply them by the children.
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join(sys.path),
                "OMP_NUM_THREADS": "1",
                "OPENBLAS_NUM_THREADS": "1",
            },
        )
        stdin = self._nursery.stdin
        if stdin is None:
            raise RuntimeError("the nursery was started without a standard input")
        with stdin:
            pickle.dump(start, stdin)
        for end in theirs:
            end.close()
        self._connections = [Connection(pair[0].detach()) for pair in pairs]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Hang up and see everybody off; a child at work ends with its item, at its bounds at the latest."""
        for connection in self._connections:
            connection.close()
        if kind is not None:
            self._nursery.kill()
        self._nursery.wait()

    def map(self, items: Iterable[tuple[K, T]]) -> Iterator[tuple[K, R | Killed]]:
        """Apply the function to each (key, item); yield (key, result or how its child died) as they complete.

        Items are pulled one a child, so that a long stream never lies in memory. Raises `BrokenPipeError` when
        the nursery itself is gone.
        """
        waiting = iter(items)
        idle = list(self._connections)
        busy: dict[Connection, K] = {}
        try:
            while True:
                while idle and (pulled := next(waiting, None)) is not None:
                    key, item = pulled
                    connection = idle.pop()
                    connection.send(item)
                    busy[connection] = key
                if not busy:
                    return
                for ready in wait(list(busy)):
                    connection = cast("Connection", ready)
                    result = self._receive(connection)
                    idle.append(connection)
                    yield busy.pop(connection), result
        finally:
            # Whoever stops listening half-way leaves answers behind, which the next call must not take for its own.
            for connection in busy:
                if not connection.closed:
                    self._receive(connection)

    def _receive(self, connection: Connection) -> R | Killed:
        try:
            return cast("R | Killed", connection.recv())
        except EOFError as error:
            raise BrokenPipeError("the nursery is gone; was it killed?") from error
