"""What a host wishes: robots.txt, read as RFC 9309 says.

No file (any 4xx, or redirects without end) allows everything. A file that cannot be reached disallows
everything, but only for now: the page's failure is then the file's own, so that it is tried again later and
the host's real trouble has its name. 429 counts as trouble, which is where a polite reader stops.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from protego import Protego
from yarl import URL

from pipeline.errors import Failure, Reason
from pipeline.records import Response

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


class Robots:
    """The rules of every origin asked so far, each read once in the life of a client.

    `read` fetches a robots.txt as pages are fetched, without asking for rules again.
    """

    def __init__(self, *, user_agent: str, read: Callable[[URL], Awaitable[Response | Failure]]) -> None:
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
        answer = await self._read(origin.with_path("/robots.txt"))
        if isinstance(answer, Failure):
            if answer.reason in _NO_FILE:
                return Rules(None, self._token)
            return replace(answer, detail=f"robots.txt: {answer.detail}")
        return Rules(Protego.parse(answer.body.decode("utf-8", "replace").removeprefix("\ufeff")), self._token)
