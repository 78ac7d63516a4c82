"""Which addresses, names and ways the guard lets through."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Any

import pytest
from yarl import URL

from pipeline.errors import Failure, Reason
from pipeline.fetch.addresses import AddressRefusedError, Guard
from pipeline.fetch.caps import Caps
from pipeline.fetch.client import Client
from pipeline.fetch.proxies import Proxies
from pipeline.fetch.rates import Rate
from pipeline.fetch.targets import read_target
from pipeline.records import Response
from pipeline.settings import Settings
from tests.hostile_server import PAGE, HostileServer, answer, redirect

CAPS = Caps(body_bytes=200_000, first_byte_seconds=5, total_seconds=5)
NOW = datetime(2022, 1, 5, 12, tzinfo=UTC)

REFUSED = [
    "0.0.0.0",  # noqa: S104  refused, not bound
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:2::1",
    "2001:10::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "2002:c0a8:101::1",
    "3fff::1",
    "4000::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
]
PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "100.63.255.255",
    "100.128.0.1",
    "172.15.0.1",
    "172.32.0.1",
    "192.0.1.1",
    "198.17.0.1",
    "223.255.255.255",
    "95.59.26.1",
    "2001:4860:4860::8888",
    "2a00:1450::1",
    "2606:4700::1111",
    "2002:808:808::1",
    "64:ff9b::808:808",
    "::ffff:8.8.8.8",
]


class NoPace:
    @asynccontextmanager
    async def turn(self, host: str, delay: float, *, rate: Rate | None = None) -> AsyncIterator[timedelta | None]:  # noqa: ARG002
        yield None

    async def leave_alone(self, host: str, span: timedelta | None, *, others: Sequence[str] = ()) -> None:
        """Nobody keeps it."""

    async def answered(self, host: str) -> None:
        """Nobody asks."""


def get(url: str, server: HostileServer, *, look_up: Any = socket.getaddrinfo, **settings: Any) -> Response | Failure:
    """One fetch with the server running; `{port}` in the URL is the server's."""

    async def scenario() -> Response | Failure:
        async with (
            server,
            Client(Settings.model_validate(settings), NoPace(), clock=lambda: NOW, look_up=look_up) as client,
        ):
            return await client.get(url.replace("{port}", str(server.port)), caps=CAPS)

    return asyncio.run(scenario())


def reason_of(outcome: Response | Failure) -> Reason | None:
    return outcome.reason if isinstance(outcome, Failure) else None


def resolve_to(*addresses: str) -> Any:
    """A resolver that gives the next of the addresses each time it is asked, in the end always the last."""
    left = list(addresses)

    def look_up(_host: str, port: int, **_: Any) -> list[Any]:
        address = left.pop(0) if len(left) > 1 else left[0]
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [(family, socket.SOCK_STREAM, 6, "", (address, port))]

    return look_up


@pytest.mark.parametrize("address", REFUSED)
def test_addresses_off_the_public_web_are_refused(address: str) -> None:
    assert not Guard([]).permits(address, 443)


@pytest.mark.parametrize("address", PUBLIC)
def test_addresses_of_the_public_web_pass(address: str) -> None:
    assert Guard([]).permits(address, 443)


@pytest.mark.parametrize("port", [1, 22, 25, 5432, 6379, 65535])
def test_only_ports_of_the_web_pass(port: int) -> None:
    assert Guard([]).permits("8.8.8.8", 8443)
    assert not Guard([]).permits("8.8.8.8", port)


def test_an_allowed_network_passes_at_any_port_in_every_spelling() -> None:
    guard = Guard([ip_network("127.0.0.0/8")])
    assert guard.permits("127.0.0.1", 5432)
    assert guard.permits("::ffff:127.0.0.1", 5432)
    assert not guard.permits("10.0.0.1", 80)
    assert not guard.permits("::1", 80)


def test_no_socket_is_made_for_a_refused_address() -> None:
    info = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 80))
    with pytest.raises(AddressRefusedError):
        Guard([]).open_socket(info)


@pytest.mark.parametrize(
    "host",
    [
        "2130706433",
        "017700000001",
        "0x7f000001",
        "0x7f.0.0.1",
        "127.1",
        "127.0.1",
        "0177.0.0.1",
        "127.0.0.1.",
        "0",
        "1.2.3.4.5",
        "256.256.256.256",
        "0x",
    ],
)
def test_odd_spellings_of_an_address_are_refused_even_where_it_is_allowed(host: str) -> None:
    guard = Guard([ip_network("127.0.0.0/8")])
    assert not guard.permits_host(host, 80, resolved_elsewhere=False)
    assert not guard.permits_host(host, 80, resolved_elsewhere=True)


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST",
        "localhost.",
        "db.localhost",
        "printer.local",
        "metadata.google.internal",
        "intranet",
        "router.lan",
        "nas.home.arpa",
        "127.0.0.1",
        "169.254.169.254",
        "::1",
        "::ffff:10.0.0.1",
        "fe80::1%eth0",
    ],
)
def test_local_names_and_addresses_are_refused_behind_a_proxy(host: str) -> None:
    assert not Guard([]).permits_host(host, 80, resolved_elsewhere=True)


def test_behind_a_proxy_other_names_are_trusted_at_ports_of_the_web() -> None:
    guard = Guard([])
    assert guard.permits_host("outlet.example", 443, resolved_elsewhere=True)
    assert guard.permits_host("8.8.8.8", 80, resolved_elsewhere=True)
    assert not guard.permits_host("outlet.example", 22, resolved_elsewhere=True)


def test_localhost_is_allowed_behind_a_proxy_where_its_network_is() -> None:
    guard = Guard([ip_network("127.0.0.0/8")])
    assert guard.permits_host("localhost", 5000, resolved_elsewhere=True)
    assert not guard.permits_host("printer.local", 80, resolved_elsewhere=True)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/page",
        "http://localhost:{port}/page",
        "http://[::ffff:127.0.0.1]:{port}/page",
        "http://2130706433:{port}/page",
        "http://127.1:{port}/page",
        "http://１２７.0.0.1:{port}/page",
    ],
)
def test_loopback_is_never_asked_when_it_is_not_allowed(url: str) -> None:
    server = HostileServer()
    assert reason_of(get(url, server)) is Reason.ADDRESS_REFUSED
    assert server.asked == []


def test_a_trailing_dot_does_not_help() -> None:
    """Whether `localhost.` has an address at all is the resolver's affair."""
    server = HostileServer()
    assert reason_of(get("http://localhost.:{port}/page", server)) in {
        Reason.ADDRESS_REFUSED,
        Reason.DNS_FAILURE,
    }
    assert server.asked == []


def test_a_name_that_resolves_to_loopback_is_refused() -> None:
    server = HostileServer()
    outcome = get("http://outlet.example:{port}/page", server, look_up=resolve_to("127.0.0.1"))
    assert reason_of(outcome) is Reason.ADDRESS_REFUSED
    assert server.asked == []


def test_a_name_with_several_refused_addresses_is_refused_by_name() -> None:
    def look_up(_host: str, port: int, **_: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in ("127.0.0.1", "10.0.0.1")]

    assert reason_of(get("http://outlet.example/page", HostileServer(), look_up=look_up)) is Reason.ADDRESS_REFUSED


def test_a_redirect_off_the_public_web_is_refused() -> None:
    inner = {"/hop": redirect("http://127.0.0.3:1/page")}
    for path in ("/to-metadata", "/to-odd-literal", "/hop"):
        server = HostileServer(answers=inner)
        outcome = get(f"http://127.0.0.1:{{port}}{path}", server, allow_private="127.0.0.1/32")
        assert reason_of(outcome) is Reason.ADDRESS_REFUSED


def test_a_rebound_name_is_connected_to_only_where_it_was_checked() -> None:
    """The first look-up gives an allowed address, the next a refused one where the same server listens."""
    server = HostileServer(host="0.0.0.0")  # noqa: S104  127.0.0.2 and 127.0.0.3 are both this machine
    calls: list[str] = []
    answers = resolve_to("127.0.0.2", "127.0.0.3")

    def look_up(host: str, port: int, **options: Any) -> list[Any]:
        calls.append(host)
        return list(answers(host, port, **options))

    async def scenario() -> tuple[Response | Failure, Response | Failure]:
        settings = Settings.model_validate({"allow_private": "127.0.0.2/32"})
        async with server:
            url = server.url("/page", "rebinding.example")
            async with Client(settings, NoPace(), clock=lambda: NOW, look_up=look_up) as client:
                first = await client.get(url, caps=CAPS)
            async with Client(settings, NoPace(), clock=lambda: NOW, look_up=look_up) as client:
                return first, await client.get(url, caps=CAPS)

    first, second = asyncio.run(scenario())
    assert isinstance(first, Response)
    assert first.body == PAGE
    assert reason_of(second) is Reason.ADDRESS_REFUSED
    assert len(calls) == 2, "one look-up a connection: what was checked is what is connected to"
    assert server.pages == ["/page"]


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://user:secret@outlet.example/", Reason.URL_INVALID),
        ("http://user@outlet.example/", Reason.URL_INVALID),
        ("ftp://outlet.example/", Reason.URL_INVALID),
        ("file:///etc/passwd", Reason.URL_INVALID),
        ("/relative", Reason.URL_INVALID),
        ("", Reason.URL_INVALID),
        ("http:///nowhere", Reason.URL_INVALID),
        ("http://outlet.example:0/", Reason.URL_INVALID),
        ("http://outlet.example:99999/", Reason.URL_INVALID),
        ("http://outlet..example/", Reason.URL_INVALID),
        ("http://out let.example/", Reason.URL_INVALID),
        (f"http://{'a' * 64}.example/", Reason.URL_INVALID),
        ("http://outlet.example/a\r\nX-Injected: 1", Reason.URL_INVALID),
        ("http://[::1/", Reason.URL_INVALID),
        ("http://outlet.example/" + "a" * 8000, Reason.URL_TOO_LONG),
    ],
)
def test_what_is_no_url_of_the_web_is_refused_without_a_request(url: str, reason: Reason) -> None:
    outcome = read_target(url)
    assert isinstance(outcome, Failure)
    assert outcome.reason is reason
    assert "secret" not in outcome.detail


def test_international_names_and_paths_are_read() -> None:
    target = read_target(" http://қазақ.example/қаңтар?a=1#part ")
    assert str(target) == "http://xn--80aau21bd.example/%D2%9B%D0%B0%D2%A3%D1%82%D0%B0%D1%80?a=1"


@pytest.mark.parametrize(
    ("url", "exempt"),
    [
        ("http://outlet.example/", "*"),
        ("http://outlet.example/", "outlet.example"),
        ("http://outlet.example/", ".outlet.example"),
        ("http://www.outlet.example/", "outlet.example"),
        ("http://www.OUTLET.example./", "Outlet.Example."),
        ("http://10.1.2.3/", "10.0.0.0/8"),
        ("http://[2a00::1]/", "[2a00::1]"),
        ("http://127.0.0.1/", "localhost,127.0.0.1"),
    ],
)
def test_no_proxy_names_who_is_asked_straight_as_curl_reads_it(url: str, exempt: str) -> None:
    assert Proxies(http="http://proxy.example:3128", https=None, exempt=exempt.split(",")).choose(URL(url)) is None


@pytest.mark.parametrize(
    ("url", "exempt"),
    [
        ("http://outlet.example/", ""),
        ("http://notoutlet.example/", "outlet.example"),
        ("http://outlet.example/", "www.outlet.example"),
        ("http://11.1.2.3/", "10.0.0.0/8"),
    ],
)
def test_the_others_go_through_the_proxy(url: str, exempt: str) -> None:
    proxies = Proxies(http="http://proxy.example:3128", https=None, exempt=exempt.split(","))
    assert proxies.choose(URL(url)) == "http://proxy.example:3128"


def test_each_scheme_has_its_own_proxy() -> None:
    proxies = Proxies(http="http://one:1", https="http://two:2", exempt=())
    assert proxies.choose(URL("http://a.example/")) == "http://one:1"
    assert proxies.choose(URL("https://a.example/")) == "http://two:2"


def test_a_proxy_on_loopback_is_used_and_its_names_are_not_resolved_here() -> None:
    """The proxy's own address was named by the user; the outlet's name means nothing to our resolver."""
    url = "http://outlet.example/page"
    server = HostileServer(answers={url: answer(body=PAGE), "http://outlet.example/robots.txt": answer("404 No")})

    async def scenario() -> Response | Failure:
        async with server:
            settings = Settings(http_proxy=server.url(""))
            async with Client(settings, NoPace(), clock=lambda: NOW) as client:
                return await client.get(url, caps=CAPS)

    outcome = asyncio.run(scenario())
    assert isinstance(outcome, Response)
    assert outcome.body == PAGE
    assert [asked.target for asked in server.asked] == ["http://outlet.example/robots.txt", url]


def test_a_proxy_is_not_asked_for_local_targets_nor_when_redirected_there() -> None:
    hop = "http://outlet.example/hop"
    server = HostileServer(answers={hop: redirect("http://169.254.169.254/latest/")})

    async def scenario() -> list[Reason | None]:
        async with server:
            settings = Settings(http_proxy=server.url(""))
            async with Client(settings, NoPace(), clock=lambda: NOW) as client:
                urls = ("http://127.0.0.1/", "http://intranet/", "http://outlet.example:22/", hop)
                return [reason_of(await client.get(url, caps=CAPS)) for url in urls]

    assert asyncio.run(scenario()) == [Reason.ADDRESS_REFUSED] * 4
    assert server.pages == [hop]


def test_a_dead_proxy_is_a_failed_connection_without_its_password() -> None:
    outcome = get("http://outlet.example/", HostileServer(), http_proxy="http://me:secret@127.0.0.1:1")
    assert reason_of(outcome) is Reason.CONNECTION_FAILED
    assert isinstance(outcome, Failure)
    assert "proxy" in outcome.detail
    assert "secret" not in outcome.detail


def test_a_proxy_that_refuses_a_tunnel_is_a_failed_connection() -> None:
    server = HostileServer(answers={"outlet.example:443": answer("403 Forbidden")})

    async def scenario() -> Response | Failure:
        async with server:
            settings = Settings(https_proxy=server.url(""))
            async with Client(settings, NoPace(), clock=lambda: NOW) as client:
                return await client.get("https://outlet.example/", caps=CAPS)

    assert reason_of(asyncio.run(scenario())) is Reason.CONNECTION_FAILED
