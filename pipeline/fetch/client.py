"""Fetching one URL, hop by hop, with everything checked on every hop."""

from __future__ import annotations

import asyncio
import socket
import ssl
from contextlib import AsyncExitStack
from functools import cache
from types import TracebackType
from typing import Self

import aiohttp
import certifi
from yarl import URL

from pipeline.errors import Failure, Reason
from pipeline.fetch.addresses import AddressRefusedError, Guard
from pipeline.fetch.body import ACCEPT_ENCODING
from pipeline.fetch.caps import HEADER_LINE_BYTES, HEADER_LINES, REDIRECTS, ROBOTS_CAPS, Caps
from pipeline.fetch.exchange import Ask, Exchange, Redirect
from pipeline.fetch.names import LookUp, Names
from pipeline.fetch.pace import Pace
from pipeline.fetch.proxies import Proxies
from pipeline.fetch.robots import Robots
from pipeline.fetch.targets import read_target
from pipeline.records import Clock, Response
from pipeline.settings import Settings

# Requests at once through a proxy, which all hosts share. Small proxies queue five connections; what they drop
# the kernel tries again after 1, 3, 7 and 15 s, and hosts would be blamed for it. Measured on such a proxy with
# 312 hosts: 1.2 s with 16 at once, 7.8 s with 64.
_THROUGH_A_PROXY = 16


class Client:
    """Asks the web; an async context manager, to be used within one event loop.

    Every outcome of the web is a value. What `get` raises is ours: a pace that cannot be kept because the
    warehouse is down, a client that is not open.

    Args:
        settings: the user agent, the delay per host, the proxies and the networks let through.
        pace: hands out turns, one per request and hop.
        clock: gives the aware moment that `observed_at` is stamped with.
        look_up: resolves names, as `socket.getaddrinfo` does.
    """

    def __init__(
        self,
        settings: Settings,
        pace: Pace,
        *,
        clock: Clock,
        look_up: LookUp = socket.getaddrinfo,
    ) -> None:
        self._settings = settings
        self._pace = pace
        self._clock = clock
        self._look_up = look_up
        self._guard = Guard(settings.allow_private)
        self._proxies = Proxies(http=settings.http_proxy, https=settings.https_proxy, exempt=settings.no_proxy)
        self._robots = Robots(user_agent=settings.user_agent, read=self._read_robots)
        self._proxy_room = asyncio.Semaphore(_THROUGH_A_PROXY)
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        straight = aiohttp.TCPConnector(
            resolver=Names(self._look_up), socket_factory=self._guard.open_socket, ssl=_trust(), limit=0
        )
        # The proxy's own address was named by the user, so nothing guards it.
        proxied = aiohttp.TCPConnector(resolver=Names(self._look_up), ssl=_trust(), limit=0)
        self._straight = Exchange(await self._open.enter_async_context(self._session(straight)), clock=self._clock)
        self._proxied = Exchange(await self._open.enter_async_context(self._session(proxied)), clock=self._clock)
        self._open.push_async_callback(self._robots.close)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._open.aclose()

    async def get(
        self, url: str, *, caps: Caps, etag: str | None = None, last_modified: str | None = None
    ) -> Response | Failure:
        """Fetch a URL, following redirects.

        Args:
            url: what is wanted.
            caps: how much it may cost.
            etag: the validator of an earlier answer; makes the request conditional.
            last_modified: the other validator, sent along.

        Returns:
            The final answer: 2xx with a body, or 304 without one when a validator was given. Else the
            failure: the URL, an address on the way, robots.txt, the network, the bounds or the status.
        """
        target = read_target(url)
        if isinstance(target, Failure):
            return target
        given = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        validators = {name: value for name, value in given.items() if value and value.isprintable()}
        return await self._follow(Ask(url=url, caps=caps, validators=validators), target, heed_robots=True)

    async def _read_robots(self, target: URL) -> Response | Failure:
        return await self._follow(Ask(url=str(target), caps=ROBOTS_CAPS, validators={}), target, heed_robots=False)

    async def _follow(self, ask: Ask, target: URL, *, heed_robots: bool) -> Response | Failure:
        """Go from hop to hop until something other than a redirect comes back."""
        visited: set[URL] = set()
        seconds = ask.caps.total_seconds
        while len(visited) <= REDIRECTS and target not in visited:
            visited.add(target)
            refusal = await self._await_leave(target, heed_robots=heed_robots)
            if refusal is not None:
                return refusal
            started = asyncio.get_running_loop().time()
            answer = await self._send(ask, target, seconds)
            seconds -= asyncio.get_running_loop().time() - started
            if not isinstance(answer, Redirect):
                return answer
            target = answer.target
        detail = "redirected in a circle" if target in visited else f"more than {REDIRECTS} redirects"
        return Failure(reason=Reason.TOO_MANY_REDIRECTS, detail=detail)

    async def _await_leave(self, target: URL, *, heed_robots: bool) -> Failure | None:
        """Return when the target may be asked, or why it may not."""
        proxied = self._proxies.choose(target) is not None
        host, port = target.raw_host or "", target.port or 0
        if not self._guard.permits_host(host, port, resolved_elsewhere=proxied):
            return Failure(reason=Reason.ADDRESS_REFUSED, detail=str(AddressRefusedError()))
        delay = self._settings.host_delay
        if heed_robots:
            rules = await self._robots.rules_for(target)
            if isinstance(rules, Failure):
                return rules
            if not rules.allows(target):
                return Failure(reason=Reason.ROBOTS_DISALLOWED, detail="robots.txt disallows the path")
            delay = max(delay, rules.delay)
        await self._pace.wait_turn(host, delay)
        return None

    async def _send(self, ask: Ask, target: URL, seconds: float) -> Response | Redirect | Failure:
        proxy = self._proxies.choose(target)
        if proxy is None:
            return await self._straight.send(ask, target, proxy=None, seconds=seconds)
        async with self._proxy_room:
            return await self._proxied.send(ask, target, proxy=proxy, seconds=seconds)

    def _session(self, connector: aiohttp.TCPConnector) -> aiohttp.ClientSession:
        """A session that keeps no cookies, reads no netrc, and leaves redirects and decompression to us."""
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": self._settings.user_agent, "Accept-Encoding": ACCEPT_ENCODING},
            timeout=aiohttp.ClientTimeout(total=None),  # `Exchange` keeps the time
            trust_env=False,
            auto_decompress=False,
            max_line_size=HEADER_LINE_BYTES,
            max_field_size=HEADER_LINE_BYTES,
            max_headers=HEADER_LINES,
        )


@cache
def _trust() -> ssl.SSLContext:
    """The system's authorities, with the package's own beside them: a minimal Debian has none installed."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context
