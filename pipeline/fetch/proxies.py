"""Which way a request goes: straight, or through a proxy that the user named.

The variables are read as curl reads them. `NO_PROXY` lists names, which stand for themselves and everything
below them, addresses, networks, or a lone `*`.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Sequence

from yarl import URL


class Proxies:
    """The proxies of one client, and the hosts that are reached without them.

    `local` are addresses on this machine that the operator named, with their ports: no proxy leads there.
    """

    def __init__(
        self, *, http: str | None, https: str | None, exempt: Sequence[str], local: Collection[tuple[str, int]] = ()
    ) -> None:
        self._by_scheme = {"http": http, "https": https}
        self._local = frozenset(local)
        self._exempt = tuple(entry.strip().strip(".").lower() for entry in exempt)

    def choose(self, target: URL) -> str | None:
        """The proxy for a target, None when it is asked straight."""
        host = (target.raw_host or "").rstrip(".").lower()
        if (host, target.port) in self._local or self._is_exempt(host):
            return None
        return self._by_scheme[target.scheme]

    def _is_exempt(self, host: str) -> bool:
        return any(
            entry in {"*", host} or host.endswith(f".{entry}") or _lies_within(host, entry)
            for entry in self._exempt
            if entry
        )


def _lies_within(host: str, network: str) -> bool:
    """Whether the host is a literal address in the network; False when either is something else."""
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(network.strip("[]"), strict=False)
    except ValueError:
        return False
