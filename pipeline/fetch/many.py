"""Many requests, fairly: hosts take turns, one request of a host at a time."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Coroutine, Iterable, Sequence
from dataclasses import dataclass
from math import inf

from pipeline.errors import Failure
from pipeline.fetch.caps import PAGE_CAPS, Caps
from pipeline.fetch.client import Client
from pipeline.fetch.targets import read_target
from pipeline.records import Response

# Hosts that are at work at once. A task and a connection each, most of the time waiting for a slow host.
_HOSTS = 300
# Bodies that may be in memory at once: being read, or read and waiting for the consumer.
_BODIES = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One request; `key` is the caller's own name for it.

    A host is asked for one thing at a time in each `lane`: an archive bears several, and everybody else one.
    """

    key: int
    url: str
    lane: int = 0
    etag: str | None = None
    last_modified: str | None = None
    caps: Caps = PAGE_CAPS


Outcome = tuple[int, Response | Failure]


async def gather(
    client: Client, wanted: Sequence[Wanted], *, at_once: int = _HOSTS, budget_seconds: float = inf
) -> AsyncGenerator[Outcome, None]:
    """Fetch many URLs and yield each outcome as it completes.

    A host goes to the back of the line after each request, so that large ones do not keep small ones waiting
    and a host's delay passes while others are served. Leave the loop early only inside
    `contextlib.aclosing`, which stops what is under way.

    Args:
        client: an open client.
        wanted: the requests; those of one host are begun in this order.
        at_once: how many hosts are at work at once.
        budget_seconds: after this long nothing new is begun; what was not begun is not yielded.

    Yields:
        The key of a request and its outcome, in order of completion.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + budget_seconds
    ready = _by_host(wanted)
    room = asyncio.Semaphore(_BODIES)
    results: asyncio.Queue[Outcome | None] = asyncio.Queue()

    async def work() -> None:
        """Serve one host after another. When none is ready, each one left is in another worker's hands."""
        while ready and loop.time() < until:
            queue = ready.popleft()
            one = queue.popleft()
            outcome = await client.get(
                one.url, caps=one.caps, etag=one.etag, last_modified=one.last_modified, room=room
            )
            if queue:
                ready.append(queue)
            results.put_nowait((one.key, outcome))

    workers = (work() for _ in range(min(at_once, len(ready))))
    working = asyncio.create_task(_all(workers))
    working.add_done_callback(lambda _: results.put_nowait(None))
    try:
        while (result := await results.get()) is not None:
            yield result
            if isinstance(result[1], Response) and result[1].body:
                room.release()
        await working
    finally:
        working.cancel()
        await asyncio.wait({working})


def _by_host(wanted: Sequence[Wanted]) -> deque[deque[Wanted]]:
    """One queue a host, in the order of their first request; what is no URL needs no turn of any host."""
    hosts: dict[tuple[str, int], deque[Wanted]] = {}
    for one in wanted:
        target = read_target(one.url)
        host = "" if isinstance(target, Failure) else target.raw_host or ""
        hosts.setdefault((host, one.lane), deque()).append(one)
    return deque(hosts.values())


async def _all(workers: Iterable[Coroutine[None, None, None]]) -> None:
    """Run the workers; the first error ends them all and is raised as it is."""
    tasks = [asyncio.create_task(worker) for worker in workers]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
