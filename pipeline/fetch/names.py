"""Resolving names, in threads of its own.

The event loop's threads are few (six on two cores), and a dead name holds one for as long as the resolver
tries: a handful of dead outlets would stop every other host from being resolved.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from aiohttp.abc import AbstractResolver, ResolveResult

# Names that are looked up at once. Most answer in milliseconds; a dead one holds its thread for some ten seconds.
_THREADS = 64

# `socket.getaddrinfo`, or what a test puts in its place.
LookUp = Callable[..., list[Any]]


class Names(AbstractResolver):
    """Resolves host names for one client."""

    def __init__(self, look_up: LookUp) -> None:
        self._look_up = look_up
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="resolve")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """All addresses of a name; raise OSError when it has none."""
        ask = partial(self._look_up, host, port, type=socket.SOCK_STREAM, family=family, flags=socket.AI_ADDRCONFIG)
        try:
            answers = await asyncio.get_running_loop().run_in_executor(self._threads, ask)
        except UnicodeError as error:  # the encoding of names raises this for an empty or overlong label
            raise OSError(socket.EAI_NONAME, "no domain name") from error
        return [
            ResolveResult(
                hostname=host,
                host=address[0],
                port=port,
                family=found,
                proto=protocol,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for found, _, protocol, _, address in answers
        ]

    async def close(self) -> None:
        """Let go of the threads; a look-up that hangs is left to end by itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)
