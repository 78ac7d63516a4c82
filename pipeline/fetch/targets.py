"""What may be asked for at all: a URL of the web, checked before anything is sent."""

from __future__ import annotations

import re

from yarl import URL

from pipeline.errors import Failure, Reason
from pipeline.fetch.caps import URL_CHARACTERS

# RFC 1035, 2.3.4; longer ones make resolvers raise rather than answer.
_HOST_CHARACTERS = 253
_DOMAIN = re.compile(r"[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*\.?")


class _UnfitError(ValueError):
    """The URL may not be asked for; the message says why, and never repeats credentials."""


def read_target(url: str) -> URL | Failure:
    """The URL, parsed and without its fragment; a Failure when it is none that may be asked for."""
    if len(url) > URL_CHARACTERS:
        return Failure(reason=Reason.URL_TOO_LONG, detail=f"{len(url)} characters, at most {URL_CHARACTERS}")
    try:
        return _parse(url)
    except _UnfitError as error:
        return Failure(reason=Reason.URL_INVALID, detail=str(error))


def read_redirect(base: URL, location: str | None, status: int) -> URL | Failure:
    """Where a redirect leads; a Failure when that is nowhere that may be asked for."""
    try:
        return _parse(location or "", base)
    except _UnfitError as error:
        return Failure(reason=Reason.REDIRECT_INVALID, detail=f"redirected to what {error}", status=status)


def _parse(text: str, base: URL | None = None) -> URL:
    """The URL, joined to its base; raise _UnfitError when it may not be asked for."""
    text = text.strip()
    if not text or len(text) > URL_CHARACTERS or not text.isprintable():
        raise _UnfitError("is empty, too long or holds control characters")
    try:
        parsed = URL(text)
        target = (parsed if base is None else base.join(parsed)).with_fragment(None)
        host, port = target.raw_host, target.port
    except ValueError as error:
        raise _UnfitError("is no URL") from error
    if target.scheme not in {"http", "https"}:
        raise _UnfitError(f"is not http or https but {target.scheme[:20]!r}")
    if target.user is not None or target.password is not None:
        raise _UnfitError("holds a user name or a password")
    if not host or not port:
        raise _UnfitError("names no host or no port")
    if ":" not in host and (len(host) > _HOST_CHARACTERS or not _DOMAIN.fullmatch(host)):
        raise _UnfitError("has a host that is no domain name")
    return target
