"""The address guard: what is not the public web is not connected to.

A name is worth nothing until it is resolved, and a resolver may answer differently the next time it is asked.
So the check sits in `Guard.open_socket`, which sees each address at the moment a socket is made for it, on
every hop. Only behind a proxy, which resolves for us, names and literals are all there is to check.

The networks are our own table and not `ipaddress.is_global`, whose meaning moved between patch releases of
Python. Source: IANA's special-purpose registries for IPv4 and IPv6 (RFC 6890 and its updates).
"""

from __future__ import annotations

import re
import socket
from collections.abc import Collection, Iterator, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

_NOT_PUBLIC_4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # this network, unspecified
            "10.0.0.0/8",  # private
            "100.64.0.0/10",  # carrier-grade NAT; metadata of one cloud
            "127.0.0.0/8",  # loopback
            "168.63.129.16/32",  # metadata of another, outside of every reserved block
            "169.254.0.0/16",  # link-local; metadata of most clouds
            "172.16.0.0/12",  # private
            "192.0.0.0/24",  # protocol assignments
            "192.0.2.0/24",  # documentation
            "192.88.99.0/24",  # 6to4 relays, given up
            "192.168.0.0/16",  # private
            "198.18.0.0/15",  # benchmarks
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",  # documentation
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved, broadcast
        ),
    )
)
# Of IPv6 only global unicast is the web; within it, these are not.
_GLOBAL_UNICAST_6 = IPv6Network("2000::/3")
_NOT_PUBLIC_6 = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # protocol assignments: Teredo, benchmarks, ORCHID
            "2001:db8::/32",  # documentation
            "3fff::/20",  # documentation
        ),
    )
)
_MAPPED = IPv6Network("::ffff:0:0/96")
_NAT64 = IPv6Network("64:ff9b::/96")
_SIX_TO_FOUR = IPv6Network("2002::/16")

# Where the web listens. Another port behind a public address is somebody's database or mail server.
_WEB_PORTS = frozenset({80, 443, 8080, 8443})
# Names that a resolver answers from this machine or this site (RFC 6761, 6762, 8375; ICANN on .internal).
_LOCAL_NAMES = ("localhost", "localdomain", "local", "internal", "intranet", "lan", "home.arpa")
# As browsers have it, a host whose last label is a number is an IPv4 address: 127.1, 0x7f.0.0.1, 2130706433.
_ENDS_IN_NUMBER = re.compile(r"(?:^|\.)(?:\d+|0x[\da-f]*)$", re.IGNORECASE)

# `socket.getaddrinfo`'s five fields; the fifth is the address to connect to.
AddressInfo = tuple[int | socket.AddressFamily, int | socket.SocketKind, int, str, tuple[Any, ...]]


class AddressRefusedError(OSError):
    """The address is not on the public web, or the port is none of the web's."""

    def __init__(self) -> None:
        # One text for all addresses of a name: connecting tries each, and joins texts that differ into an
        # error without a type.
        super().__init__(f"not a public address, or a port other than {sorted(_WEB_PORTS)}")


class Guard:
    """Decides which addresses may be connected to.

    `allowed` are the networks let through at any port, `vouched` single addresses with their ports: literals, or
    localhost, that the operator named as the root of an archive.
    """

    def __init__(self, allowed: Sequence[Network], *, vouched: Collection[tuple[str, int]] = ()) -> None:
        self._allowed = tuple(allowed)
        self._vouched = frozenset(_literals(vouched))

    def permits(self, address: str, port: int) -> bool:
        """Whether a socket to this address and port may be opened; ValueError when it is no address."""
        parsed = ip_address(address.partition("%")[0])
        if self._is_allowed(parsed) or (parsed, port) in self._vouched:
            return True
        return port in _WEB_PORTS and _is_public(parsed)

    def open_socket(self, info: AddressInfo) -> socket.socket:
        """A socket for an address that was resolved; raise AddressRefusedError instead when it is refused."""
        family, kind, protocol, _, (host, port, *_) = info
        if not self.permits(host, port):
            raise AddressRefusedError
        return socket.socket(family=family, type=kind, proto=protocol)

    def permits_host(self, host: str, port: int, *, resolved_elsewhere: bool) -> bool:
        """Whether a host may be asked for at all, before any name is resolved.

        Args:
            host: a name or literal as a URL has it.
            port: the port that would be connected to.
            resolved_elsewhere: a proxy resolves the name, so that `open_socket` will never see its address.

        Returns:
            False for odd spellings of literals, whoever resolves them; and behind a proxy also for refused
            literals, for plainly local names and for ports that are none of the web's.
        """
        try:
            literal = ip_address(host.partition("%")[0])
        except ValueError:
            name = host.rstrip(".").lower()
            if _ENDS_IN_NUMBER.search(name):
                return False
            return not resolved_elsewhere or self._permits_name(name, port)
        return not resolved_elsewhere or self.permits(str(literal), port)

    def _permits_name(self, name: str, port: int) -> bool:
        if name == "localhost" or name.endswith(".localhost"):
            return self._is_allowed(IPv4Address("127.0.0.1")) or self._is_allowed(IPv6Address("::1"))
        is_local = "." not in name or any(name.endswith(f".{local}") for local in _LOCAL_NAMES)
        return port in _WEB_PORTS and not is_local

    def _is_allowed(self, address: Address) -> bool:
        inner = _embedded(address)
        return any(address in network or (inner is not None and inner in network) for network in self._allowed)


def _literals(named: Collection[tuple[str, int]]) -> Iterator[tuple[Address, int]]:
    """The addresses that these hosts are by their own word; other names have to be public, or in `allowed`."""
    for host, port in named:
        for text in ("127.0.0.1", "::1") if host == "localhost" else (host,):
            try:
                yield ip_address(text), port
            except ValueError:
                continue


def _is_public(address: Address) -> bool:
    """Whether the address is on the public web, looking through the forms that carry an IPv4 address."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC_4)
    inner = _embedded(address)
    if inner is not None:
        return _is_public(inner)
    return address in _GLOBAL_UNICAST_6 and not any(address in network for network in _NOT_PUBLIC_6)


def _embedded(address: Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 address leads to, None when it leads to none."""
    if isinstance(address, IPv4Address):
        return None
    if address in _MAPPED or address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    if address in _SIX_TO_FOUR:
        return IPv4Address(int(address) >> 80 & 0xFFFF_FFFF)
    return None
