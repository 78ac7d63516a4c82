"""A large file of the web as a file that is open: streamed, never held whole, and taken up again where it broke off."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Coroutine, Iterator
from contextlib import aclosing, contextmanager, suppress
from queue import Empty, Full, Queue
from threading import Event, Thread

from psycopg import AsyncConnection

from pipeline.errors import Failure, Reason
from pipeline.fetch.client import Client
from pipeline.fetch.pace import WarehousePace
from pipeline.fetch.robots import WarehouseMemory
from pipeline.records import Clock
from pipeline.settings import Settings
from pipeline.warehouse.connect import with_session

# Pieces in memory between the network and who reads, of some hundred kilobytes each.
_PIECES = 32
_STILL_SECONDS = 60.0
# How soon it is seen that nobody reads any more.
_LOOK_SECONDS = 0.1
# How often in a row a file is taken up again that broke off without giving a byte.
_TRIES = 4
_PASSING = frozenset({Reason.TIMEOUT, Reason.CONNECTION_FAILED, Reason.MALFORMED_RESPONSE, Reason.HTTP_SERVER_ERROR})


# The word of a server that a file has no byte there: its end was reached before.
_NOTHING_BEYOND = 416


class BrokenOffError(OSError):
    """A file could not be had, or not to its end; `failure` says why."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(f"{failure.reason}: {failure.detail}")
        self.failure = failure


class _Pieces(io.RawIOBase):
    """What comes through a queue, as a file. The end is an empty piece; whoever reads beyond an end finds it again."""

    def __init__(self, queue: Queue[bytes | Failure]) -> None:
        self._queue = queue
        self._left = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # any writable buffer
        if not self._left:
            piece = self._queue.get()
            if isinstance(piece, Failure) or not piece:
                self._queue.put(piece)
            if isinstance(piece, Failure):
                raise BrokenOffError(piece)
            if not piece:
                return 0
            self._left = memoryview(piece)
        length = min(len(buffer), len(self._left))
        buffer[:length] = self._left[:length]
        self._left = self._left[length:]
        return length


@contextmanager
def streamed(url: str, *, start: int, settings: Settings, conninfo: str, clock: Clock) -> Iterator[io.BufferedReader]:
    """A file of the web from byte `start` on, for the time of the block; a thread of its own asks for it.

    Reading raises `BrokenOffError` when it cannot be had: on the first read, or later, after it was taken up again
    in vain.
    """
    queue: Queue[bytes | Failure] = Queue(_PIECES)
    left = Event()

    def pump() -> None:
        try:
            work = _pump(url, start, queue, left, settings=settings, conninfo=conninfo, clock=clock)
            asyncio.run(_while_read(left, work))
        except Exception as error:  # noqa: BLE001 - whoever reads must not wait for ever
            _put(queue, left, Failure(reason=Reason.CONNECTION_FAILED, detail=f"{type(error).__name__}: {error}"[:200]))

    thread = Thread(target=pump, name="stream", daemon=True)
    thread.start()
    try:
        file: io.BufferedReader = io.BufferedReader(_Pieces(queue), 1 << 18)
        with file:
            yield file
    finally:
        left.set()
        while thread.is_alive():  # make room, so that it sees that nobody reads
            try:
                queue.get_nowait()
            except Empty:
                thread.join(0.05)


async def _while_read(left: Event, work: Coroutine[None, None, None]) -> None:
    """See the work through, or break it off when nobody reads any more, whatever it is waiting for."""
    task = asyncio.create_task(work)
    while not task.done() and not left.is_set():
        await asyncio.wait({task}, timeout=_LOOK_SECONDS)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def _pump(
    url: str,
    start: int,
    queue: Queue[bytes | Failure],
    left: Event,
    *,
    settings: Settings,
    conninfo: str,
    clock: Clock,
) -> None:
    """Ask for the file, again where it breaks off, until its end, a lasting failure, or nobody reads any more."""
    connection = await AsyncConnection.connect(with_session(conninfo), autocommit=True)
    async with (
        connection,
        Client(settings, WarehousePace(connection), robots=WarehouseMemory(connection), clock=clock) as client,
    ):
        tries, at = 0, start
        while True:
            before, failure = at, None
            async with aclosing(client.stream(url, start=at, seconds=_STILL_SECONDS)) as pieces:
                async for piece in pieces:
                    if isinstance(piece, Failure):
                        failure = piece
                    elif await asyncio.to_thread(_put, queue, left, piece):
                        at += len(piece)
                    else:
                        return
            if failure is None or (failure.status == _NOTHING_BEYOND and at > 0):
                await asyncio.to_thread(_put, queue, left, b"")
                return
            tries = 1 if at > before else tries + 1
            if failure.reason not in _PASSING or tries >= _TRIES:
                await asyncio.to_thread(_put, queue, left, failure)
                return
            await asyncio.sleep(min(2.0**tries / 4, settings.host_delay * 4))


def _put(queue: Queue[bytes | Failure], left: Event, piece: bytes | Failure) -> bool:
    """Hand a piece over; False when nobody reads any more."""
    while not left.is_set():
        try:
            queue.put(piece, timeout=0.2)
        except Full:
            continue
        return True
    return False
