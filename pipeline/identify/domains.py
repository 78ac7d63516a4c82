"""Hosts and the names that somebody registered for them."""

from __future__ import annotations

import re
from functools import lru_cache

from tld import get_fld

_IP = re.compile(r"[0-9.]+|.*:.*")


@lru_cache(maxsize=10_000)
def registered(host: str) -> str | None:
    """The part of a host that its owner registered: `news.tribune.co.uk` is `tribune.co.uk`'s.

    From the Public Suffix List as it comes with `tld`, its private part (blog hosts) included; None for what stands
    under no suffix of that list.
    """
    return None if _IP.fullmatch(host) else get_fld(f"https://{host}", fail_silently=True)


def registrable(host: str) -> str:
    """What is `registered`, else the last two labels; a literal address and a single label are themselves."""
    if _IP.fullmatch(host):
        return host
    return registered(host) or ".".join(host.split(".")[-2:])
