"""The root of an archive that the operator names on this machine is let through, and nothing beside it."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Any

import pytest
from yarl import URL

from pipeline.errors import Failure, Reason
from pipeline.fetch.addresses import Guard
from pipeline.fetch.caps import Caps
from pipeline.fetch.client import Client
from pipeline.fetch.proxies import Proxies
from pipeline.records import Response
from pipeline.settings import Settings
from tests.hostile_server import PAGE, HostileServer, answer, redirect
from tests.test_address_guard import NoPace, reason_of, resolve_to

CAPS = Caps(body_bytes=200_000, first_byte_seconds=5, total_seconds=5)
NOW = datetime(2022, 1, 5, 12, tzinfo=UTC)


def asking(*urls: str, root: str, running: list[HostileServer], **options: Any) -> list[Response | Failure]:
    """Ask with these servers running; `{0}` in a root or URL is the first one's port."""
    look_up = options.pop("look_up", None)

    async def scenario() -> list[Response | Failure]:
        async with AsyncExitStack() as stack:
            for server in running:
                await stack.enter_async_context(server)
            ports = [server.port for server in running]
            filled = {name: str(value).format(*ports) for name, value in options.items()}
            settings = Settings.model_validate({"gdelt_url": root.format(*ports), **filled})
            more = {"look_up": look_up} if look_up else {}
            client = await stack.enter_async_context(Client(settings, NoPace(), clock=lambda: NOW, **more))
            for server in running:  # servers that lead from one to the other
                server.answers = {
                    path: content.replace(b"PORT0", b"%d" % ports[0]).replace(b"PORT1", b"%d" % ports[-1])
                    for path, content in server.answers.items()
                }
            return [await client.get(url.format(*ports), caps=CAPS) for url in urls]

    return asyncio.run(scenario())


@pytest.mark.parametrize("root", ["http://127.0.0.1:{0}", "http://127.0.0.1:{0}/gdelt", "http://localhost:{0}"])
def test_a_root_on_loopback_is_let_through(root: str) -> None:
    (outcome,) = asking(f"{root}/page", root=root, running=[HostileServer(answers={"/gdelt/page": answer(body=PAGE)})])
    assert isinstance(outcome, Response), outcome
    assert outcome.body == PAGE


def test_only_at_its_own_port() -> None:
    root, neighbour = HostileServer(), HostileServer()
    urls = ["http://127.0.0.1:{0}/page", "http://127.0.0.1:{1}/page"]
    own, other = asking(*urls, root="http://127.0.0.1:{0}", running=[root, neighbour])
    assert isinstance(own, Response)
    assert reason_of(other) is Reason.ADDRESS_REFUSED
    assert neighbour.asked == []


def test_only_at_its_own_address() -> None:
    server = HostileServer(host="0.0.0.0")  # noqa: S104  all of 127/8 is this machine
    urls = ["http://127.0.0.2:{0}/page", "http://[::ffff:127.0.0.1]:{0}/page", "http://0.0.0.0:{0}/page"]
    outcomes = asking(*urls, root="http://127.0.0.1:{0}", running=[server])
    assert [reason_of(outcome) for outcome in outcomes] == [Reason.ADDRESS_REFUSED] * 3
    assert server.asked == []


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1:PORT1/page",
        "http://localhost:PORT1/page",
        "http://127.0.0.2:PORT0/page",
        "http://10.0.0.1/page",
        "http://169.254.169.254/latest/",
        "http://[::1]:PORT1/page",
    ],
)
@pytest.mark.parametrize("proxied", [False, True])
def test_a_root_leads_nowhere_else_by_redirects(target: str, *, proxied: bool) -> None:
    root, neighbour = HostileServer(answers={"/hop": redirect(target)}), HostileServer()
    more = {"http_proxy": "http://127.0.0.1:{1}"} if proxied else {}
    (outcome,) = asking("http://127.0.0.1:{0}/hop", root="http://127.0.0.1:{0}", running=[root, neighbour], **more)
    assert reason_of(outcome) is Reason.ADDRESS_REFUSED
    assert root.pages == ["/hop"]
    assert neighbour.asked == []


def test_a_stream_is_led_nowhere_else_either() -> None:
    async def scenario() -> list[bytes | Failure]:
        async with HostileServer() as neighbour:
            hop = {"/hop": redirect(neighbour.url("/page")), "/far": redirect("/page")}
            async with HostileServer(answers=hop) as root:
                settings = Settings.model_validate({"ccnews_url": root.url("")})
                async with Client(settings, NoPace(), clock=lambda: NOW) as client:
                    found = [
                        piece
                        for path in ("/far", "/hop")
                        async for piece in client.stream(root.url(path), start=0, seconds=5)
                    ]
            assert neighbour.asked == []
            return found

    *pieces, last = asyncio.run(scenario())
    assert b"".join(piece for piece in pieces if isinstance(piece, bytes)) == PAGE
    assert isinstance(last, Failure)
    assert last.reason is Reason.ADDRESS_REFUSED


def test_a_root_on_loopback_is_asked_straight_and_others_through_the_proxy() -> None:
    outlet = "http://outlet.example/page"
    proxy = HostileServer(answers={outlet: answer(body=b"through"), "http://archive.example/page": answer(body=b"too")})
    root = HostileServer()
    outcomes = asking(
        "http://127.0.0.1:{0}/page",
        outlet,
        "http://archive.example/page",
        root="http://127.0.0.1:{0}",
        running=[root, proxy],
        http_proxy="http://127.0.0.1:{1}",
        wayback_url="http://archive.example",
    )
    assert [outcome.body for outcome in outcomes if isinstance(outcome, Response)] == [PAGE, b"through", b"too"]
    assert root.pages == ["/page"]
    assert proxy.pages == [outlet, "http://archive.example/page"]


def test_beside_a_root_a_proxy_is_asked_for_nothing_here() -> None:
    root, proxy = HostileServer(), HostileServer()
    urls = ["http://127.0.0.1:{1}/page", "http://127.0.0.1/page", "http://localhost:{0}/page", "http://10.0.0.1/"]
    outcomes = asking(*urls, root="http://127.0.0.1:{0}", running=[root, proxy], http_proxy="http://127.0.0.1:{1}")
    assert [reason_of(outcome) for outcome in outcomes] == [Reason.ADDRESS_REFUSED] * 4
    assert (root.asked, proxy.asked) == ([], [])


def test_a_name_is_not_vouched_for_whatever_it_resolves_to() -> None:
    server = HostileServer()
    (outcome,) = asking(
        "http://archive.example:{0}/page",
        root="http://archive.example:{0}",
        running=[server],
        look_up=resolve_to("127.0.0.1"),
    )
    assert reason_of(outcome) is Reason.ADDRESS_REFUSED
    assert server.asked == []


@pytest.mark.parametrize(
    ("address", "port", "let_through"),
    [
        ("127.0.0.1", 8000, True),
        ("127.0.0.1", 8001, False),
        ("127.0.0.1", 80, False),
        ("::1", 9000, True),
        ("127.0.0.1", 9000, True),
        ("::1", 8000, False),
        ("::ffff:127.0.0.1", 8000, False),
        ("10.1.2.3", 7000, True),
        ("10.1.2.4", 7000, False),
        ("95.59.26.1", 6000, False),
    ],
)
def test_literals_and_localhost_are_vouched_for_with_their_ports(address: str, port: int, *, let_through: bool) -> None:
    guard = Guard([], vouched=[("127.0.0.1", 8000), ("localhost", 9000), ("10.1.2.3", 7000), ("archive.example", 6000)])
    assert guard.permits(address, port) is let_through


def test_the_way_to_this_machine_is_straight_at_the_roots_own_port_only() -> None:
    proxies = Proxies(
        http="http://proxy:1", https="http://proxy:2", exempt=(), local=[("127.0.0.1", 8000), ("::1", 8000)]
    )
    assert proxies.choose(URL("http://127.0.0.1:8000/a")) is None
    assert proxies.choose(URL("http://[::1]:8000/a")) is None
    assert proxies.choose(URL("http://127.0.0.1:8001/a")) == "http://proxy:1"
    assert proxies.choose(URL("https://outlet.example:8000/a")) == "http://proxy:2"
