"""Fetching one URL, hop by hop, with everything checked on every hop."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, aclosing
from dataclasses import replace
from datetime import timedelta
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
from pipeline.fetch.gate import spaced
from pipeline.fetch.names import LookUp, Names
from pipeline.fetch.pace import Pace
from pipeline.fetch.proxies import Proxies
from pipeline.fetch.rates import Rate, Rates
from pipeline.fetch.robots import Memory, Robots
from pipeline.fetch.statuses import OVERLOADED
from pipeline.fetch.targets import read_target
from pipeline.records import Clock, Response
from pipeline.settings import Settings

# Seconds between two connections that are opened to a proxy, which all hosts share. Small proxies queue five of
# them; what they drop the kernel tries again after 1, 3, 7 and 15 s, and hosts would be blamed for it. A Python
# server under load accepts some hundreds a second. How many are open is no matter.
_BETWEEN_CONNECTIONS_TO_A_PROXY = 0.005
# A replica of an archive that stands here is not behind a proxy.
_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})


class Client:
    """Asks the web; an async context manager, to be used within one event loop.

    Every outcome of the web is a value. What `get` raises is ours: a pace that cannot be kept because the
    warehouse is down, a client that is not open.

    Args:
        settings: the user agent, the delay per host, the proxies and the networks let through.
        pace: hands out turns, one per request and hop.
        clock: gives the aware moment that `observed_at` is stamped with.
        robots: where robots.txt files are remembered beyond this client's life.
        look_up: resolves names, as `socket.getaddrinfo` does.
    """

    def __init__(
        self,
        settings: Settings,
        pace: Pace,
        *,
        clock: Clock,
        robots: Memory | None = None,
        look_up: LookUp = socket.getaddrinfo,
    ) -> None:
        self._settings = settings
        self._pace = pace
        self._clock = clock
        self._look_up = look_up
        self._rates = Rates(settings)
        roots = [(root.host or "", root.port or 0) for root in map(URL, settings.archive_roots)]
        self._guard = Guard(settings.allow_private, vouched=roots)
        self._proxies = Proxies(
            http=settings.http_proxy,
            https=settings.https_proxy,
            exempt=settings.no_proxy,
            local=[root for root in roots if root[0] in _THIS_MACHINE],
        )
        self._robots = Robots(user_agent=settings.user_agent, read=self._read_robots, memory=robots)
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        straight = aiohttp.TCPConnector(
            resolver=Names(self._look_up), socket_factory=self._guard.open_socket, ssl=_trust(), limit=0
        )
        # The proxy's own address was named by the user, so nothing guards it.
        proxied = aiohttp.TCPConnector(resolver=Names(self._look_up), ssl=_trust(), limit=0)
        self._straight = Exchange(await self._open.enter_async_context(self._session(straight)), clock=self._clock)
        gate = spaced(_BETWEEN_CONNECTIONS_TO_A_PROXY)
        self._proxied = Exchange(await self._open.enter_async_context(self._session(proxied, gate)), clock=self._clock)
        self._open.push_async_callback(self._robots.close)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._open.aclose()

    async def get(
        self,
        url: str,
        *,
        caps: Caps,
        etag: str | None = None,
        last_modified: str | None = None,
        room: asyncio.Semaphore | None = None,
    ) -> Response | Failure:
        """Fetch a URL, following redirects.

        Args:
            url: what is wanted.
            caps: how much it may cost.
            etag: the validator of an earlier answer; makes the request conditional.
            last_modified: the other validator, sent along.
            room: bounds the bodies in memory; whoever takes a response with a body gives its place back.

        Returns:
            The final answer: 2xx with a body, or 304 without one when a validator was given. Else the
            failure: the URL, an address on the way, robots.txt, the network, the bounds or the status.
        """
        target = read_target(url)
        if isinstance(target, Failure):
            return target
        given = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        validators = {name: value for name, value in given.items() if value and value.isprintable()}
        return await self._follow(Ask(url=url, caps=caps, validators=validators, room=room), target, heed_robots=True)

    async def stream(self, url: str, *, start: int, seconds: float) -> AsyncGenerator[bytes | Failure, None]:
        """The bytes of a large file from `start` on, piece by piece as they come off the wire.

        Args:
            url: the file.
            start: how many bytes to leave out; a server that knows no ranges is read past them.
            seconds: what may pass without a byte.

        Yields:
            The pieces; last a failure, if it could not be had or broke off.
        """
        target = read_target(url)
        for _ in range(REDIRECTS):
            if isinstance(target, Failure):
                yield target
                return
            delay = await self._delay_of(target, heed_robots=True)
            if isinstance(delay, Failure):
                yield delay
                return
            rate = self._rates.of(target)
            host = rate.name if rate else target.raw_host or ""
            proxy = self._proxies.choose(target)
            way = self._straight if proxy is None else self._proxied
            async with self._pace.turn(host, delay, rate=rate) as closed_for:
                if closed_for is not None:
                    detail = "the host asked to be left alone"
                    yield Failure(reason=Reason.HTTP_TOO_MANY_REQUESTS, detail=detail, retry_after=closed_for)
                    return
                answer = await way.open(target, proxy=proxy, start=start, seconds=seconds)
            await self._heed(answer, host, rate)
            if isinstance(answer, Redirect):
                target = answer.target
                continue
            if isinstance(answer, Failure):
                yield answer
                return
            async with aclosing(way.pieces(answer, start=start, seconds=seconds)) as pieces:
                async for piece in pieces:
                    yield piece
            return
        yield Failure(reason=Reason.TOO_MANY_REDIRECTS, detail=f"more than {REDIRECTS} redirects")

    async def _read_robots(self, target: URL) -> Response | Failure:
        return await self._follow(Ask(url=str(target), caps=ROBOTS_CAPS, validators={}), target, heed_robots=False)

    async def _follow(self, ask: Ask, target: URL, *, heed_robots: bool) -> Response | Failure:
        """Go from hop to hop until something other than a redirect comes back."""
        visited: set[URL] = set()
        left = ask.caps.total_seconds
        moved: URL | None = None
        only_moved = True
        while len(visited) <= REDIRECTS and target not in visited:
            visited.add(target)
            delay = await self._delay_of(target, heed_robots=heed_robots)
            if isinstance(delay, Failure):
                return delay
            answer, spent = await self._ask_in_turn(ask, target, delay, left)
            left -= spent
            if not isinstance(answer, Redirect):
                took = timedelta(seconds=ask.caps.total_seconds - left)
                if isinstance(answer, Failure):
                    return replace(answer, took=took)
                return replace(answer, took=took, moved_to=str(moved) if moved and only_moved else None)
            target = answer.target
            only_moved = only_moved and answer.permanent
            moved = target
        detail = "redirected in a circle" if target in visited else f"more than {REDIRECTS} redirects"
        return Failure(reason=Reason.TOO_MANY_REDIRECTS, detail=detail)

    async def _delay_of(self, target: URL, *, heed_robots: bool) -> float | Failure:
        """The seconds between two requests to the target's host, or why it may not be asked."""
        proxied = self._proxies.choose(target) is not None
        if not self._guard.permits_host(target.raw_host or "", target.port or 0, resolved_elsewhere=proxied):
            return Failure(reason=Reason.ADDRESS_REFUSED, detail=str(AddressRefusedError()))
        rate = self._rates.of(target)
        delay = rate.delay if rate else self._settings.host_delay
        if heed_robots:
            rules = await self._robots.rules_for(target)
            if isinstance(rules, Failure):
                return rules
            if not rules.allows(target):
                return Failure(reason=Reason.ROBOTS_DISALLOWED, detail="robots.txt disallows the path")
            delay = max(delay, rules.delay)
        return delay

    async def _ask_in_turn(
        self, ask: Ask, target: URL, delay: float, seconds: float
    ) -> tuple[Response | Redirect | Failure, float]:
        """Ask once the host's turn has come; the answer, and the seconds that it took on the network."""
        rate = self._rates.of(target)
        host = rate.name if rate else target.raw_host or ""
        clock = asyncio.get_running_loop().time
        async with self._pace.turn(host, delay, rate=rate) as closed_for:
            if closed_for is not None:
                detail = "the host asked to be left alone"
                return Failure(reason=Reason.HTTP_TOO_MANY_REQUESTS, detail=detail, retry_after=closed_for), 0.0
            began = clock()
            proxy = self._proxies.choose(target)
            way = self._straight if proxy is None else self._proxied
            answer = await way.send(ask, target, proxy=proxy, seconds=seconds)
            spent = clock() - began
        await self._heed(answer, host, rate)
        return answer, spent

    async def _heed(
        self, answer: Response | aiohttp.ClientResponse | Redirect | Failure, host: str, rate: Rate | None
    ) -> None:
        """Leave a host alone that asks for it. An archive that refuses is, even if it does not say for how long."""
        if isinstance(answer, Failure) and answer.status in OVERLOADED:
            refused = rate is not None and answer.reason is Reason.HTTP_TOO_MANY_REQUESTS
            if answer.retry_after or refused:
                others = self._rates.others(rate) if rate else ()
                # "In no time" is no wish that a refusal could mean.
                await self._pace.leave_alone(host, answer.retry_after or None, others=others)
        elif rate is not None and not (isinstance(answer, Failure) and answer.status is None):  # no status: no answer
            await self._pace.answered(host)

    def _session(self, connector: aiohttp.TCPConnector, *traces: aiohttp.TraceConfig) -> aiohttp.ClientSession:
        """A session that keeps no cookies, reads no netrc, and leaves redirects and decompression to us."""
        return aiohttp.ClientSession(
            connector=connector,
            trace_configs=list(traces),
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
