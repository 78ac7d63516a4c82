"""The identity of a URL: when two addresses are one article.

The key is never lossy: what may select an article stays in it, and when in doubt two URLs stay two.
"""

from __future__ import annotations

import hashlib
import re

from yarl import URL

# No address of a real article comes near; RFC 9110 asks servers to take 8,000 octets.
LONGEST_URL = 8000

# Parameters that tell where a reader came from and never which article it is: the ones that the click
# trackers of the search engines, social networks and mailers themselves document.
_TRACKING = re.compile(
    r"utm_\w+|at_(medium|campaign|custom\d)|fbclid|[gdy]clid|gclsrc|msclkid|twclid|igshid|mc_[ce]id|_ga|_openstat"
)

_HOST = re.compile(r"[a-z0-9_.:-]+")
# `www.example.kz` is `example.kz`; `www.kz` is a name of its own.
_WWW = re.compile(r"^(?:www\.)+(?=[^.]+\.)")


class NotAnAddressError(ValueError):
    """The text cannot be the address of an article on the web."""


def identity_key(url: str) -> str:
    """What two spellings of one address have in common, such as `tribune.example/a?id=7`.

    Scheme, `www.`, default port, fragment, tracking parameters, a trailing slash and the order of parameters
    do not count; host case, percent-encoding and Cyrillic names are brought to one form. Applying it to
    `https://` + key gives the key again. Raises `NotAnAddressError`.
    """
    try:
        parts = URL(url.strip())
        host, port = parts.host, parts.port
    except ValueError as error:
        raise NotAnAddressError(f"{url[:200]!r} is no URL: {error}") from error
    if parts.scheme not in {"http", "https"} or not host:
        raise NotAnAddressError(f"{url[:200]!r} is no http or https address")
    if parts.user is not None or parts.password is not None:
        raise NotAnAddressError("the address holds credentials")
    host = _WWW.sub("", (parts.raw_host or host).lower().rstrip("."))
    if not _HOST.fullmatch(host):
        raise NotAnAddressError(f"{url[:200]!r} names no host")
    place = f"[{host}]" if ":" in host else host
    if port not in {None, 80, 443}:
        place += f":{port}"
    kept = sorted((part for part in parts.raw_query_string.split("&") if part and not _is_tracking(part)), key=_name)
    path = parts.raw_path.rstrip("/")
    return f"{place}{path or '/'}{'?' + '&'.join(kept) if kept else ''}"


def key_hash(key: str) -> bytes:
    """The digest under which the warehouse knows a key: a long URL does not fit an index."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()


def host_of(url: str) -> str:
    """The host of an address that `identity_key` accepts: lower case, without `www.`, punycode for IDN."""
    return identity_key(url).partition("/")[0]


def _name(parameter: str) -> str:
    return parameter.partition("=")[0]


def _is_tracking(parameter: str) -> bool:
    return _TRACKING.fullmatch(_name(parameter).lower()) is not None
