"""Hosts and the names that somebody registered for them."""

from __future__ import annotations

import re
from functools import lru_cache

from tld import get_fld

_IP = re.compile(r"[0-9.]+|.*:.*")


@lru_cache(maxsize=10_000)
def registrable(host: str) -> str:
    """The part of a host that its owner registered: `news.tribune.co.uk` is `tribune.co.uk`'s.

    From the Public Suffix List as it comes with `tld`, its private part (blog hosts) included; under a suffix that
    is not in it, the last two labels. A literal address and a single label are themselves.
    """
    if _IP.fullmatch(host):
        return host
    found = get_fld(f"https://{host}", fail_silently=True)
    return found or ".".join(host.split(".")[-2:])
