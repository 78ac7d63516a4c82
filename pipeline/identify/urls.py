"""The identity of a URL: when two addresses are one article.

The key is never lossy: what may select an article stays in it, and when in doubt two URLs stay two.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import lru_cache

from yarl import URL

from pipeline.identify.domains import registrable
from pipeline.identify.parameters import selects
from pipeline.identify.wrappers import unwrap

# No address of a real article comes near; RFC 9110 asks servers to take 8,000 octets.
LONGEST_URL = 8000

_HOST = re.compile(r"[a-z0-9_.:-]+")
# Hosts on which an outlet serves the same pages in another shape.
_VARIANT = re.compile(r"(?:www|m|mobile|mobi|touch|wap|pda|amp)\.")
# Session ids in a path: Java's and PHP's path parameters, and the folder that ASP.NET puts in.
_PATH_SESSION = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/;]*|/\((?:[A-Z]\([0-9a-z]+\))+\)(?=/)", re.IGNORECASE)
_AMP_FIRST = re.compile(r"^/amp(?=/.)", re.IGNORECASE)
_AMP_LAST = re.compile(r"/amp$|\.amp(?=\.html?$)|\.amp$|(?<=[^/])/amp(?=\.html?$)", re.IGNORECASE)
# An article's own segment, against the name of a section: `/tags/amp` is a tag.
_OF_AN_ARTICLE = re.compile(r".*[\d_.%-].*")
# Some sites route by fragment: there it selects the article.
_ROUTE = re.compile(r"!?/.+|!.+")
_NOISE = re.compile(r"[\t\r\n]+")


class NotAnAddressError(ValueError):
    """The text cannot be the address of an article on the web."""


def identity_key(url: str) -> str:
    """What two spellings of one address have in common, such as `tribune.example/a?id=7`.

    Scheme, `www.`, default port, fragment, parameters that select nothing (trackers, session ids), a trailing slash
    and the order of parameters do not count; host case, percent-encoding and Cyrillic names are brought to one form;
    AMP and mobile variants are the page that they vary; an address that carries another one is that other one.
    Applying it to `https://` + key gives the key again. Raises `NotAnAddressError`.
    """
    key = _simplified(url)
    while len(simpler := _simplified(f"https://{key}")) < len(key):
        key = simpler
    return key


def _simplified(url: str) -> str:
    """The key, but for what comes to light only once something was taken away."""
    parts = _parse(direct(url))
    host = _host(parts)
    path = _path(parts)
    kept = sorted((each for each in _parameters(parts) if selects(each, path)), key=_name)
    route = f"#{parts.raw_fragment}" if _ROUTE.fullmatch(parts.raw_fragment) else ""
    return f"{host}{path}{'?' + '&'.join(kept) if kept else ''}{route}"


def direct(url: str) -> str:
    """The address itself: without what feeds and click counters wrap around it. What cannot be read stays as it is."""
    url = _NOISE.sub("", url.strip())
    while "&amp;" in url:
        url = url.replace("&amp;", "&")
    return unwrap(url)


def key_hash(key: str) -> bytes:
    """The digest under which the warehouse knows a key: a long URL does not fit an index."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()


def host_of(url: str) -> str:
    """The host in an address's key: lower case, without `www.` and the like, punycode for IDN."""
    return identity_key(url).partition("/")[0]


def _parse(url: str) -> URL:
    try:
        parts = URL(unicodedata.normalize("NFC", url))
        host, _ = parts.host, parts.port
    except ValueError as error:
        raise NotAnAddressError(f"{url[:200]!r} is no URL: {error}") from error
    if parts.scheme not in {"http", "https"} or not host:
        raise NotAnAddressError(f"{url[:200]!r} is no http or https address")
    if parts.user is not None or parts.password is not None:
        raise NotAnAddressError("the address holds credentials")
    return parts


def _host(parts: URL) -> str:
    host = (parts.raw_host or "").lower().rstrip(".")
    if not _HOST.fullmatch(host):
        raise NotAnAddressError(f"{str(parts)[:200]!r} names no host")
    place = f"[{host}]" if ":" in host else _without_variants(host)
    return place if parts.port in {None, 80, 443} else f"{place}:{parts.port}"


@lru_cache(maxsize=10_000)
def _without_variants(host: str) -> str:
    """`m.tribune.kz` is `tribune.kz`; `m.kz` and `www.com.kz` are names of their own."""
    name = registrable(host)
    while host != name and (shorter := _VARIANT.sub("", host, count=1)) != host and _VARIANT.match(host):
        host = shorter
    return host


def _path(parts: URL) -> str:
    path = _PATH_SESSION.sub("", parts.raw_path).rstrip("/")
    for pattern in (_AMP_FIRST, _AMP_LAST):
        plain = pattern.sub("", path).rstrip("/")
        if _OF_AN_ARTICLE.fullmatch(plain.rpartition("/")[2]):
            path = plain
    return path or "/"


def _parameters(parts: URL) -> list[str]:
    return [each for each in parts.raw_query_string.replace("%20", "+").split("&") if each]


def _name(parameter: str) -> str:
    return parameter.partition("=")[0]
