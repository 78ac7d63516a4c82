"""One request and its answer: a response, a redirect to follow, or a failure with a name."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus

import aiohttp
from aiohttp import hdrs
from yarl import URL

from pipeline.errors import Failure, Reason
from pipeline.fetch.addresses import AddressRefusedError
from pipeline.fetch.body import read_body, too_large
from pipeline.fetch.caps import Caps
from pipeline.fetch.statuses import NOT_MODIFIED, PERMANENT_REDIRECTS, REDIRECTS, failure_of
from pipeline.fetch.targets import read_redirect
from pipeline.records import Clock, Response

# A part of a file that was asked for, and the word that there is no such part.
_PARTIAL = 206
_NOTHING_BEYOND = 416
# RFC 7089: what bears this is a page as it was, replayed by a web archive, and so is its status.
_MEMENTO = "Memento-Datetime"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A request as the caller put it; `validators` are the headers that make it conditional.

    `room` has a place for each body in memory; a response with a body keeps the place that it took.
    """

    url: str
    caps: Caps
    validators: Mapping[str, str]
    room: asyncio.Semaphore | None = None


@dataclass(frozen=True, slots=True)
class Redirect:
    """The answer is somewhere else; `permanent`: for good (301, 308)."""

    target: URL
    permanent: bool


Answer = Response | Redirect | Failure


class Exchange:
    """Sends requests over one session: straight ones, or those through a proxy."""

    def __init__(self, session: aiohttp.ClientSession, *, clock: Clock) -> None:
        self._session = session
        self._clock = clock

    async def send(self, ask: Ask, target: URL, *, proxy: str | None, seconds: float) -> Answer:
        """Ask once.

        Args:
            ask: what is wanted, and within which bounds.
            target: where to ask on this hop.
            proxy: the way, None for straight.
            seconds: what is left of the total time.
        """
        try:
            async with asyncio.timeout(seconds):
                return await self._exchange(ask, target, proxy)
        except TimeoutError:
            return Failure(reason=Reason.TIMEOUT, detail=f"not complete within {ask.caps.total_seconds:g} s")
        except (
            aiohttp.ClientError,
            OSError,
            ValueError,
        ) as error:  # ValueError: headers beyond aiohttp's idea
            return _failure(error, proxied=proxy is not None)

    async def open(
        self, target: URL, *, proxy: str | None, start: int, seconds: float
    ) -> aiohttp.ClientResponse | Redirect | Failure:
        """Ask for a large file from byte `start` on; an answer that may be read is left open, for `pieces`."""
        headers = {"Accept-Encoding": "identity", **({"Range": f"bytes={start}-"} if start else {})}
        try:
            async with asyncio.timeout(seconds):
                answer = await self._session.get(target, headers=headers, proxy=proxy, allow_redirects=False)
        except TimeoutError:
            return Failure(reason=Reason.TIMEOUT, detail=f"no answer within {seconds:g} s")
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return _failure(error, proxied=proxy is not None)
        whole, asked_for = answer.status == HTTPStatus.OK, f"bytes {start}-"
        if whole or (answer.status == _PARTIAL and answer.headers.get(hdrs.CONTENT_RANGE, "").startswith(asked_for)):
            return answer
        answer.close()
        if answer.status in REDIRECTS:
            return _redirect(answer, target)
        if answer.status == _NOTHING_BEYOND:
            return Failure(reason=Reason.EMPTY_BODY, detail="nothing beyond that byte", status=answer.status)
        failure = failure_of(
            answer.status, retry_after=answer.headers.get(hdrs.RETRY_AFTER), conditional=False, now=self._clock()
        )
        return failure or Failure(reason=Reason.MALFORMED_RESPONSE, detail=f"HTTP {answer.status}")

    async def pieces(
        self, answer: aiohttp.ClientResponse, *, start: int, seconds: float
    ) -> AsyncGenerator[bytes | Failure, None]:
        """The bytes of an answer that `open` gave; last a failure, if it broke off or stood still for so long."""
        # Without a range the whole comes, and what was read before is passed over.
        skip = 0 if answer.status == _PARTIAL else start
        try:
            while True:
                async with asyncio.timeout(seconds):
                    piece = await answer.content.readany()
                if not piece:
                    return
                passed = min(skip, len(piece))
                skip -= passed
                if passed < len(piece):
                    yield piece[passed:]
        except TimeoutError:
            yield Failure(reason=Reason.TIMEOUT, detail=f"no byte within {seconds:g} s")
        except (aiohttp.ClientError, OSError, ValueError) as error:
            yield _failure(error, proxied=False)
        finally:
            answer.close()

    async def _exchange(self, ask: Ask, target: URL, proxy: str | None) -> Answer:
        wait = ask.caps.first_byte_seconds
        try:
            async with asyncio.timeout(wait):
                answer = await self._session.get(target, headers=ask.validators, proxy=proxy, allow_redirects=False)
        except TimeoutError:
            return Failure(reason=Reason.TIMEOUT, detail=f"no answer within {wait:g} s")
        async with answer:
            return await self._read(ask, target, answer)

    async def _read(self, ask: Ask, target: URL, answer: aiohttp.ClientResponse) -> Answer:
        if answer.status in REDIRECTS:
            return _redirect(answer, target)
        failure = failure_of(
            answer.status,
            retry_after=answer.headers.get(hdrs.RETRY_AFTER),
            conditional=bool(ask.validators),
            now=self._clock(),
        )
        if failure is not None:
            return _of_the_page(failure) if _MEMENTO in answer.headers else failure
        body = b"" if answer.status == NOT_MODIFIED else await self._body_in_its_place(ask, answer)
        if isinstance(body, Failure):
            return body
        if not body and answer.status != NOT_MODIFIED:
            return Failure(reason=Reason.EMPTY_BODY, detail="no byte of content", status=answer.status)
        return Response(
            url=ask.url,
            final_url=str(target),
            status=answer.status,
            # Latin-1 gives every byte a character, so that any header can be written down again.
            headers=tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in answer.raw_headers),
            body=body,
            observed_at=self._clock(),
        )

    async def _body_in_its_place(self, ask: Ask, answer: aiohttp.ClientResponse) -> bytes | Failure:
        if ask.room is None:
            return await self._body(ask.caps, answer)
        body: bytes | Failure = b""
        await ask.room.acquire()
        try:
            body = await self._body(ask.caps, answer)
        finally:
            if not body or isinstance(body, Failure):
                ask.room.release()
        return body

    async def _body(self, caps: Caps, answer: aiohttp.ClientResponse) -> bytes | Failure:
        if (answer.content_length or 0) > caps.body_bytes and not caps.cut:
            answer.close()
            return too_large(caps.body_bytes)
        body = await read_body(
            answer.content.iter_any(),
            encoding=answer.headers.get(hdrs.CONTENT_ENCODING, ""),
            limit=caps.body_bytes,
            cut=caps.cut,
        )
        if not answer.content.at_eof():
            answer.close()
        return body


def _redirect(answer: aiohttp.ClientResponse, target: URL) -> Redirect | Failure:
    found = read_redirect(target, answer.headers.get(hdrs.LOCATION), answer.status)
    if isinstance(found, Failure):
        return found
    return Redirect(found, permanent=answer.status in PERMANENT_REDIRECTS)


def _of_the_page(failure: Failure) -> Failure:
    """A refusal that a web archive captured is none of its own: it is no wish to be left alone."""
    if failure.reason is Reason.HTTP_TOO_MANY_REQUESTS and failure.retry_after is None:
        return replace(failure, reason=Reason.HTTP_CLIENT_ERROR, detail=f"{failure.detail}, replayed")
    return failure


def _failure(error: Exception, *, proxied: bool) -> Failure:
    """Name what went wrong on the way."""
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error.__cause__
    if isinstance(cause, AddressRefusedError):
        return Failure(reason=Reason.ADDRESS_REFUSED, detail=str(cause))
    reason = next((reason for kind, reason in _REASONS if isinstance(error, kind)), Reason.CONNECTION_FAILED)
    if proxied and reason is Reason.DNS_FAILURE:  # it is the proxy that has no address
        reason = Reason.CONNECTION_FAILED
    through = "through the proxy: " if proxied else ""
    return Failure(reason=reason, detail=f"{through}{_short(cause or error)}")


# The first that fits counts; what is not here never became a connection, or lost it.
_REASONS = (
    (aiohttp.ClientConnectorDNSError, Reason.DNS_FAILURE),
    (aiohttp.ClientSSLError, Reason.TLS_FAILURE),
    (aiohttp.ClientHttpProxyError, Reason.CONNECTION_FAILED),
    (aiohttp.InvalidURL, Reason.URL_INVALID),
    (aiohttp.ClientPayloadError, Reason.MALFORMED_RESPONSE),
    (aiohttp.ClientResponseError, Reason.MALFORMED_RESPONSE),
    (ValueError, Reason.MALFORMED_RESPONSE),
)


def _short(error: BaseException) -> str:
    """One line about an error of the system, of TLS or of HTTP."""
    text = getattr(error, "verify_message", None) or getattr(error, "strerror", None) or str(error)
    return " ".join(text.split())[:200]
