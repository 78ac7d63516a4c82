"""What a host wishes: robots.txt, read as RFC 9309 says.

No file (any 4xx, or redirects without end) allows everything. A file that cannot be reached disallows
everything, but only for now: the page's failure is then the file's own, so that it is tried again later and
the host's real trouble has its name. 429 counts as trouble, which is where a polite reader stops. Once a file
was read, it is known to every process for as long as it is fresh, a day at most, and stands in for itself
while it cannot be reached.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Protocol

from protego import Protego
from psycopg import AsyncConnection
from yarl import URL

from pipeline.errors import Failure, Reason
from pipeline.fetch.freshness import fresh_for
from pipeline.records import Response
from pipeline.warehouse.queries import query
from pipeline.warehouse.values import storable

# The RFC knows no Crawl-delay. A value beyond this is a slip (milliseconds, seconds of a day) far more often
# than a wish, and would keep a host from being read at all.
_LONGEST_DELAY = 60.0
# "A file that is not there": nothing is forbidden.
_NO_FILE = frozenset(
    {
        Reason.HTTP_NOT_FOUND,
        Reason.HTTP_GONE,
        Reason.HTTP_FORBIDDEN,
        Reason.HTTP_CLIENT_ERROR,
        Reason.EMPTY_BODY,
        Reason.TOO_MANY_REDIRECTS,
        Reason.REDIRECT_INVALID,
    }
)
_PRODUCT_TOKEN = re.compile(r"[A-Za-z_-]+")
# RFC 9309, 2.4: not longer than a day. A host that asks for less still is not asked before every page.
_FRESH_AT_MOST = timedelta(days=1)
_FRESH_AT_LEAST = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one origin for us; `parsed` is None where everything is allowed."""

    parsed: Protego | None
    token: str

    def allows(self, target: URL) -> bool:
        """Whether we may ask for the target."""
        return self.parsed is None or self.parsed.can_fetch(str(target), self.token)

    @property
    def delay(self) -> float:
        """The seconds between two requests that the host asks for, 0 when it does not say."""
        wish = None if self.parsed is None else self.parsed.crawl_delay(self.token)
        return min(max(wish or 0.0, 0.0), _LONGEST_DELAY)


@dataclass(frozen=True, slots=True)
class Known:
    """A robots.txt that some process has read: its text, None where there is none, and whether it still counts."""

    text: str | None
    fresh: bool


class Memory(Protocol):
    """Where files are remembered between clients and processes."""

    async def load(self, origin: str) -> Known | None:
        """What is known of an origin's file; None: nothing."""

    async def save(self, origin: str, text: str | None, good_for: timedelta) -> None:
        """Remember a file's text, None where there is none."""


class WarehouseMemory:
    """Files remembered in `ops.robots`, over an open connection in autocommit."""

    def __init__(self, connection: AsyncConnection[Any]) -> None:
        self._connection = connection

    async def load(self, origin: str) -> Known | None:
        """Look an origin up."""
        row = await (await self._connection.execute(query("load_robots"), {"origin": origin})).fetchone()
        return None if row is None else Known(row[0], row[1])

    async def save(self, origin: str, text: str | None, good_for: timedelta) -> None:
        """Write an origin's file down."""
        rules = None if text is None else storable(text)
        await self._connection.execute(query("save_robots"), {"origin": origin, "rules": rules, "good_for": good_for})


class Robots:
    """The rules of every origin asked so far, each looked up once in the life of a client.

    `read` fetches a robots.txt as pages are fetched, without asking for rules again. `memory` is None for a
    client that remembers nothing beyond its life.
    """

    def __init__(
        self,
        *,
        user_agent: str,
        read: Callable[[URL], Awaitable[Response | Failure]],
        memory: Memory | None = None,
    ) -> None:
        self._memory = memory
        found = _PRODUCT_TOKEN.match(user_agent)
        self._token = found[0].lower() if found else user_agent
        self._read = read
        self._origins: dict[URL, asyncio.Task[Rules | Failure]] = {}

    async def rules_for(self, target: URL) -> Rules | Failure:
        """The rules of the target's origin, or the failure to read them."""
        origin = target.origin()
        if origin not in self._origins:
            self._origins[origin] = asyncio.create_task(self._fetch(origin))
        # Shielded: who stops waiting must not stop the others, who wait for the same file.
        return await asyncio.shield(self._origins[origin])

    async def close(self) -> None:
        """Stop what is still being read."""
        tasks = [task for task in self._origins.values() if not task.done()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _fetch(self, origin: URL) -> Rules | Failure:
        known = await self._memory.load(str(origin)) if self._memory else None
        if known and known.fresh:
            return self._rules(known.text)
        answer = await self._read(origin.with_path("/robots.txt"))
        if isinstance(answer, Failure) and answer.reason not in _NO_FILE:
            return self._rules(known.text) if known else replace(answer, detail=f"robots.txt: {answer.detail}")
        text, good_for = None, _FRESH_AT_MOST
        if isinstance(answer, Response):
            text = answer.body.decode("utf-8", "replace").removeprefix("\ufeff")
            good_for = min(max(fresh_for(answer) or _FRESH_AT_MOST, _FRESH_AT_LEAST), _FRESH_AT_MOST)
        if self._memory:
            await self._memory.save(str(origin), text, good_for)
        return self._rules(text)

    def _rules(self, text: str | None) -> Rules:
        return Rules(None if text is None else Protego.parse(text), self._token)
