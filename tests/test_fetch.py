"""Fetching from a hostile server: every outcome is a value with a name, in time and in bounds."""

from __future__ import annotations

import asyncio
import shutil
import socket
import ssl
import subprocess
import tracemalloc
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any, NoReturn

import psycopg
import pytest

from pipeline.errors import Failure, Reason
from pipeline.fetch.caps import ROBOTS_CAPS, Caps
from pipeline.fetch.client import Client
from pipeline.fetch.many import Wanted, gather
from pipeline.fetch.rates import Rate
from pipeline.fetch.robots import WarehouseMemory
from pipeline.fetch.statuses import read_retry_after
from pipeline.records import Response
from pipeline.settings import Settings
from tests.hostile_server import MEGABYTES, PAGE, HostileServer, answer, redirect

CAPS = Caps(body_bytes=200_000, first_byte_seconds=0.5, total_seconds=1)
NOW = datetime(2022, 1, 5, 12, tzinfo=UTC)


class RecordingPace:
    """Gives every turn at once and remembers who asked."""

    def __init__(self) -> None:
        self.turns: list[tuple[str, float]] = []
        self.left_alone: list[tuple[str, timedelta | None]] = []

    @asynccontextmanager
    async def turn(self, host: str, delay: float, *, rate: Rate | None = None) -> AsyncIterator[timedelta | None]:  # noqa: ARG002
        self.turns.append((host, delay))
        yield None

    async def leave_alone(self, host: str, span: timedelta | None, *, others: Sequence[str] = ()) -> None:
        del others
        self.left_alone.append((host, span))

    async def answered(self, host: str) -> None:
        """Nobody asks."""


def run(scenario: Callable[[HostileServer, Client], Any], server: HostileServer | None = None) -> Any:
    """Run a scenario with a server and a client that may reach it."""

    async def whole() -> Any:
        settings = Settings.model_validate({"allow_private": "127.0.0.0/8"})
        async with (
            server or HostileServer() as running,
            Client(settings, RecordingPace(), clock=lambda: NOW) as client,
        ):
            return await scenario(running, client)

    return asyncio.run(whole())


def fetch(path: str, server: HostileServer | None = None, *, caps: Caps = CAPS, **options: Any) -> Response | Failure:
    """One request to a path of a server."""

    async def scenario(running: HostileServer, client: Client) -> Response | Failure:
        return await client.get(running.url(path), caps=caps, **options)

    outcome: Response | Failure = run(scenario, server)
    return outcome


def test_a_page_comes_with_its_url_headers_body_and_time() -> None:
    server = HostileServer()
    outcome = fetch("/page", server)
    assert isinstance(outcome, Response)
    assert (outcome.status, outcome.body, outcome.observed_at) == (200, PAGE, NOW)
    assert outcome.url == outcome.final_url == server.url("/page")
    assert outcome.header("content-type") == "text/html; charset=utf-8"


def test_we_say_who_we_are_and_what_we_understand() -> None:
    server = HostileServer()
    fetch("/page", server)
    headers = server.asked[-1].headers
    assert headers["user-agent"] == Settings().user_agent
    assert headers["accept-encoding"] == "gzip, deflate, br, zstd"


@pytest.mark.parametrize(
    "path",
    ["/gzip", "/gzip-members", "/gzip-padded", "/deflate", "/deflate-raw", "/br", "/zstd", "/zstd-frames", "/identity"],
)
def test_compressed_pages_are_read(path: str) -> None:
    outcome = fetch(path)
    assert isinstance(outcome, Response)
    assert outcome.body == PAGE


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/never", Reason.TIMEOUT),
        ("/drip", Reason.TIMEOUT),
        ("/drip-headers", Reason.TIMEOUT),
        ("/oversize", Reason.TOO_LARGE),
        ("/oversize-announced", Reason.TOO_LARGE),
        ("/endless", Reason.TOO_LARGE),
        ("/header-long", Reason.MALFORMED_RESPONSE),
        ("/headers-many", Reason.MALFORMED_RESPONSE),
        ("/no-http", Reason.MALFORMED_RESPONSE),
        ("/silent", Reason.CONNECTION_FAILED),
        ("/cut", Reason.MALFORMED_RESPONSE),
        ("/chunks-broken", Reason.MALFORMED_RESPONSE),
        ("/chunks-cut", Reason.MALFORMED_RESPONSE),
        ("/gzip-broken", Reason.MALFORMED_RESPONSE),
        ("/gzip-cut", Reason.MALFORMED_RESPONSE),
        ("/gzip-not", Reason.MALFORMED_RESPONSE),
        ("/gzip-many", Reason.MALFORMED_RESPONSE),
        ("/br-broken", Reason.MALFORMED_RESPONSE),
        ("/br-cut", Reason.MALFORMED_RESPONSE),
        ("/zstd-broken", Reason.MALFORMED_RESPONSE),
        ("/zstd-cut", Reason.MALFORMED_RESPONSE),
        ("/zstd-many", Reason.MALFORMED_RESPONSE),
        ("/lzma", Reason.MALFORMED_RESPONSE),
        ("/twice", Reason.MALFORMED_RESPONSE),
        ("/204", Reason.EMPTY_BODY),
        ("/empty", Reason.EMPTY_BODY),
        ("/206", Reason.MALFORMED_RESPONSE),
        ("/300", Reason.MALFORMED_RESPONSE),
        ("/304", Reason.MALFORMED_RESPONSE),
        ("/400", Reason.HTTP_CLIENT_ERROR),
        ("/401", Reason.HTTP_FORBIDDEN),
        ("/403", Reason.HTTP_FORBIDDEN),
        ("/451", Reason.HTTP_FORBIDDEN),
        ("/404", Reason.HTTP_NOT_FOUND),
        ("/410", Reason.HTTP_GONE),
        ("/500", Reason.HTTP_SERVER_ERROR),
        ("/999", Reason.MALFORMED_RESPONSE),
        ("/circle", Reason.TOO_MANY_REDIRECTS),
        ("/circle-of-two", Reason.TOO_MANY_REDIRECTS),
        ("/far/0", Reason.TOO_MANY_REDIRECTS),
        ("/to-nowhere", Reason.REDIRECT_INVALID),
        ("/to-file", Reason.REDIRECT_INVALID),
        ("/to-credentials", Reason.REDIRECT_INVALID),
        ("/to-metadata", Reason.ADDRESS_REFUSED),
    ],
)
def test_each_misbehaviour_has_its_reason_and_ends_in_time(path: str, reason: Reason) -> None:
    started = monotonic()
    outcome = fetch(path)
    assert isinstance(outcome, Failure)
    assert outcome.reason is reason, outcome
    assert monotonic() - started < 4
    assert "\n" not in outcome.detail
    assert "secret" not in outcome.detail


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd"])
def test_a_bomb_is_cut_while_it_is_read(encoding: str) -> None:
    """The server's own copy of the bomb is compressed; the client never holds much more than its bound."""
    server = HostileServer()

    async def scenario(running: HostileServer, client: Client) -> tuple[Response | Failure, int]:
        await client.get(running.url(f"/bomb-{encoding}"), caps=CAPS)  # the server makes its bomb ready
        running.answers[f"/bomb-{encoding}"] = await _bomb_of(running, encoding)
        tracemalloc.start()
        outcome = await client.get(running.url(f"/bomb-{encoding}"), caps=CAPS)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return outcome, peak

    outcome, peak = run(scenario, server)
    assert isinstance(outcome, Failure)
    assert outcome.reason is Reason.TOO_LARGE
    assert peak < 4 * 2**20 < MEGABYTES * 2**20


async def _bomb_of(_: HostileServer, encoding: str) -> bytes:
    from tests.hostile_server import _SLOW  # noqa: PLC0415  the one test that looks behind the paths

    parts: list[bytes] = []

    async def keep(data: bytes) -> None:
        parts.append(data)

    await _SLOW[f"/bomb-{encoding}"](keep)
    return b"".join(parts)


def test_a_redirect_is_followed_and_its_end_is_told() -> None:
    server = HostileServer()
    outcome = fetch("/moved", server)
    assert isinstance(outcome, Response)
    assert (outcome.url, outcome.final_url) == (server.url("/moved"), server.url("/page"))


def test_ten_redirects_are_followed() -> None:
    assert isinstance(fetch("/near/0"), Response)


def test_time_spent_on_redirects_counts() -> None:
    slow = {f"/slow/{number}": redirect(f"/slow/{number + 1}") for number in range(9)}

    class Slow(HostileServer):
        async def _answer(self, asked: Any, send: Any) -> None:
            await asyncio.sleep(0.25)
            await HostileServer._answer(self, asked, send)

    started = monotonic()
    outcome = fetch("/slow/0", Slow(answers=slow))
    assert isinstance(outcome, Failure)
    assert outcome.reason is Reason.TIMEOUT
    assert monotonic() - started < 2


@pytest.mark.parametrize(
    ("path", "reason", "delay"),
    [
        ("/429-seconds", Reason.HTTP_TOO_MANY_REQUESTS, timedelta(seconds=86500)),
        ("/429-date", Reason.HTTP_TOO_MANY_REQUESTS, timedelta(days=1)),
        ("/429-nonsense", Reason.HTTP_TOO_MANY_REQUESTS, None),
        ("/503", Reason.HTTP_SERVER_ERROR, timedelta(minutes=2)),
    ],
)
def test_retry_after_is_read_in_both_forms_and_never_cut(path: str, reason: Reason, delay: timedelta | None) -> None:
    outcome = fetch(path)
    assert isinstance(outcome, Failure)
    assert (outcome.reason, outcome.retry_after) == (reason, delay)


def test_retry_after_in_the_past_or_beyond_all_measure() -> None:
    assert read_retry_after("Tue, 04 Jan 2022 12:00:00 GMT", NOW) == timedelta(0)
    assert read_retry_after("9" * 30, NOW) is None
    assert read_retry_after("31536000", NOW) == timedelta(days=365)


def test_validators_make_a_request_conditional() -> None:
    server = HostileServer()
    outcome = fetch("/304", server, etag='"v1"', last_modified="Wed, 05 Jan 2022 10:00:00 GMT")
    assert isinstance(outcome, Response)
    assert (outcome.status, outcome.body, outcome.header("ETAG")) == (304, b"", '"v1"')
    headers = server.asked[-1].headers
    assert headers["if-none-match"] == '"v1"'
    assert headers["if-modified-since"] == "Wed, 05 Jan 2022 10:00:00 GMT"


def test_cookies_are_not_kept() -> None:
    """The server is asked by name, for jars leave out the cookies of bare addresses anyway."""
    server = HostileServer()

    def look_up(_host: str, port: int, **_: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    async def scenario() -> None:
        settings = Settings.model_validate({"allow_private": "127.0.0.0/8"})
        async with server, Client(settings, RecordingPace(), clock=lambda: NOW, look_up=look_up) as client:
            for _ in range(2):
                await client.get(server.url("/page", "outlet.example"), caps=CAPS)

    asyncio.run(scenario())
    assert server.pages == ["/page", "/page"]
    assert not any("cookie" in asked.headers for asked in server.asked)


@pytest.mark.parametrize(
    ("path", "detail"),
    [
        ("/never", "no answer within 0.5 s"),
        ("/drip-headers", "no answer within 0.5 s"),
        ("/drip", "not complete within 1 s"),
    ],
)
def test_a_timeout_tells_what_was_waited_for(path: str, detail: str) -> None:
    outcome = fetch(path)
    assert isinstance(outcome, Failure)
    assert outcome.detail == detail


def test_a_name_without_an_address_is_a_dns_failure() -> None:
    def unknown(*_: Any, **__: Any) -> list[Any]:
        raise OSError(-2, "Name or service not known")

    async def scenario() -> Response | Failure:
        async with Client(Settings(), RecordingPace(), clock=lambda: NOW, look_up=unknown) as client:
            return await client.get("http://nowhere.invalid/", caps=CAPS)

    outcome = asyncio.run(scenario())
    assert isinstance(outcome, Failure)
    assert outcome.reason is Reason.DNS_FAILURE


def test_a_port_where_nobody_listens_is_a_failed_connection() -> None:
    async def scenario(running: HostileServer, client: Client) -> Response | Failure:
        del running
        return await client.get("http://127.0.0.1:1/page", caps=CAPS)

    outcome = run(scenario)
    assert outcome.reason is Reason.CONNECTION_FAILED


def test_a_server_that_answers_tls_in_plain_text_is_a_tls_failure() -> None:
    async def refuse(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer("400 Bad Request"))
        await writer.drain()
        writer.close()

    async def scenario(running: HostileServer, client: Client) -> Response | Failure:
        del running
        async with await asyncio.start_server(refuse, "127.0.0.1", 0) as plain:
            port = plain.sockets[0].getsockname()[1]
            return await client.get(f"https://127.0.0.1:{port}/", caps=CAPS)

    assert run(scenario).reason is Reason.TLS_FAILURE


def test_a_certificate_that_nobody_vouches_for_is_a_tls_failure(tmp_path: Path) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl here to make a certificate with")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    make = f"req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -keyout {key} -out {certificate}"
    subprocess.run([openssl, *make.split()], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = HostileServer(tls=context)

    async def scenario(running: HostileServer, client: Client) -> Response | Failure:
        return await client.get(running.url("/page").replace("http:", "https:"), caps=CAPS)

    outcome = run(scenario, server)
    assert outcome.reason is Reason.TLS_FAILURE
    assert "self-signed" in outcome.detail
    assert server.asked == []


# robots.txt


def robots(text: str, **more: bytes) -> HostileServer:
    return HostileServer(answers={"/robots.txt": answer(body=text.encode()), **more})


def test_robots_are_asked_once_by_many_at_once_and_obeyed_by_product() -> None:
    server = robots("User-agent: *\nDisallow: /\n\nUser-agent: Qantar\nDisallow: /private\n")

    async def scenario(running: HostileServer, client: Client) -> list[Response | Failure]:
        paths = ["/page"] * 5 + ["/private/page"]
        return await asyncio.gather(*(client.get(running.url(path), caps=CAPS) for path in paths))

    *pages, private = run(scenario, server)
    assert all(isinstance(page, Response) for page in pages)
    assert private.reason is Reason.ROBOTS_DISALLOWED
    assert [asked.target for asked in server.asked].count("/robots.txt") == 1
    assert "/private/page" not in server.pages


@pytest.mark.parametrize("status", ["404 Not Found", "401 Unauthorized", "403 Forbidden", "410 Gone", "418 Teapot"])
def test_no_robots_file_allows_everything(status: str) -> None:
    assert isinstance(fetch("/page", HostileServer(answers={"/robots.txt": answer(status)})), Response)


@pytest.mark.parametrize("body", [b"", b"<!doctype html><p>Not found", b"\xff\xfe\x00garbage", b"\xef\xbb\xbfAllow: /"])
def test_a_robots_file_that_says_nothing_allows_everything(body: bytes) -> None:
    assert isinstance(fetch("/page", HostileServer(answers={"/robots.txt": answer(body=body)})), Response)


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        (answer("500 Oops"), Reason.HTTP_SERVER_ERROR),
        (answer("429 Slow", Retry_After="60"), Reason.HTTP_TOO_MANY_REQUESTS),
        (b"junk\r\n\r\n", Reason.MALFORMED_RESPONSE),
    ],
)
def test_robots_out_of_reach_keep_us_away_for_now_with_their_own_reason(file: bytes, reason: Reason) -> None:
    server = HostileServer(answers={"/robots.txt": file})
    outcome = fetch("/page", server)
    assert isinstance(outcome, Failure)
    assert outcome.reason is reason
    assert outcome.reason.passing
    assert outcome.detail.startswith("robots.txt: ")
    assert server.pages == []


def test_redirected_robots_are_read_and_a_circle_of_them_is_no_file() -> None:
    moved = {"/robots.txt": redirect("/rules"), "/rules": answer(body=b"User-agent: *\nDisallow: /page")}
    outcome = fetch("/page", HostileServer(answers=moved))
    assert isinstance(outcome, Failure)
    assert outcome.reason is Reason.ROBOTS_DISALLOWED
    assert isinstance(fetch("/page", HostileServer(answers={"/robots.txt": redirect("/robots.txt")})), Response)


def test_an_oversized_robots_file_counts_as_far_as_it_is_read() -> None:
    text = "User-agent: *\nDisallow: /page\n" + "# padding\n" * (ROBOTS_CAPS.body_bytes // 10)
    outcome = fetch("/page", robots(text))
    assert isinstance(outcome, Failure)
    assert outcome.reason is Reason.ROBOTS_DISALLOWED


def test_a_redirect_to_another_host_meets_that_hosts_robots() -> None:
    async def scenario() -> Response | Failure:
        async with HostileServer(answers={"/robots.txt": answer(body=b"User-agent: *\nDisallow: /page")}) as closed:
            async with HostileServer(answers={"/hop": redirect(closed.url("/page"))}) as open_one:
                settings = Settings.model_validate({"allow_private": "127.0.0.0/8"})
                async with Client(settings, RecordingPace(), clock=lambda: NOW) as client:
                    outcome = await client.get(open_one.url("/hop"), caps=CAPS)
            assert closed.pages == []
            return outcome

    outcome = asyncio.run(scenario())
    assert isinstance(outcome, Failure)
    assert outcome.reason is Reason.ROBOTS_DISALLOWED


@pytest.mark.parametrize(("wish", "delay"), [("5", 5), ("0.1", 1), ("86400", 60), ("-3", 1), ("soon", 1)])
def test_crawl_delay_slows_us_down_and_never_speeds_us_up(wish: str, delay: float) -> None:
    pace = RecordingPace()
    server = robots(f"User-agent: *\nCrawl-delay: {wish}\n")

    async def scenario() -> None:
        settings = Settings.model_validate({"allow_private": "127.0.0.0/8"})
        async with server, Client(settings, pace, clock=lambda: NOW) as client:
            await client.get(server.url("/page"), caps=CAPS)

    asyncio.run(scenario())
    assert pace.turns == [("127.0.0.1", 1), ("127.0.0.1", delay)]


def test_every_hop_waits_for_its_turn() -> None:
    pace = RecordingPace()

    async def scenario() -> None:
        settings = Settings.model_validate({"allow_private": "127.0.0.0/8"})
        async with HostileServer() as server, Client(settings, pace, clock=lambda: NOW) as client:
            await client.get(server.url("/moved"), caps=CAPS)

    asyncio.run(scenario())
    assert len(pace.turns) == 3, "robots.txt, the redirect, the page"


# many


def wanted(server: HostileServer, hosts: int, pages: int) -> list[Wanted]:
    """Pages of several hosts, which are all this machine."""
    return [
        Wanted(key=host * pages + page, url=server.url("/page", f"127.0.0.{host + 1}"), caps=CAPS)
        for host in range(hosts)
        for page in range(pages)
    ]


class Counting(HostileServer):
    """Counts how many requests it serves at once, in all and for one host."""

    def __init__(self, pause: float) -> None:
        super().__init__(host="0.0.0.0")  # noqa: S104  all of 127/8 is this machine
        self.pause = pause
        self.now: dict[str, int] = {}
        self.most = 0
        self.most_of_one = 0

    async def _answer(self, asked: Any, send: Any) -> None:
        host = asked.headers["host"]
        self.now[host] = self.now.get(host, 0) + 1
        self.most = max(self.most, sum(self.now.values()))
        self.most_of_one = max(self.most_of_one, self.now[host])
        await asyncio.sleep(self.pause)
        await HostileServer._answer(self, asked, send)
        self.now[host] -= 1


def test_gather_serves_hosts_side_by_side_and_one_request_of_each_at_a_time() -> None:
    server = Counting(0.05)

    async def scenario(running: HostileServer, client: Client) -> list[int]:
        asked = wanted(running, 6, 3)
        return [key async for key, outcome in gather(client, asked, at_once=4) if isinstance(outcome, Response)]

    assert sorted(run(scenario, server)) == list(range(18))
    assert server.most_of_one == 1
    assert server.most == 4


def test_gather_gives_every_host_its_turn_before_a_large_one_is_done() -> None:
    async def scenario(running: HostileServer, client: Client) -> list[int]:
        asked = wanted(running, 1, 10) + [
            Wanted(key=100 + host, url=running.url("/page", f"127.0.1.{host}"), caps=CAPS) for host in range(1, 4)
        ]
        return [key async for key, _ in gather(client, asked, at_once=1)]

    order = run(scenario, HostileServer(host="0.0.0.0"))  # noqa: S104  all of 127/8 is this machine
    assert order[:4] == [0, 101, 102, 103]


def test_gather_does_not_yield_what_the_budget_left_unbegun() -> None:
    server = Counting(0.1)

    async def scenario(running: HostileServer, client: Client) -> list[int]:
        asked = wanted(running, 1, 20)
        return [key async for key, _ in gather(client, asked, budget_seconds=0.45)]

    keys = run(scenario, server)
    assert keys == list(range(len(keys)))
    assert 1 <= len(keys) <= 5
    assert len(server.pages) == len(keys)


def test_gather_waits_for_a_slow_consumer() -> None:
    async def scenario(running: HostileServer, client: Client) -> int:
        asked = wanted(running, 1, 100)
        async with aclosing(gather(client, asked, at_once=1)) as outcomes:
            async for _ in outcomes:
                await asyncio.sleep(1)
                break
        return len(running.pages)

    assert 60 <= run(scenario) <= 66  # 64 bodies in memory, one at the door


def test_gather_stops_when_it_is_left_and_counts_what_is_no_url() -> None:
    async def scenario(running: HostileServer, client: Client) -> list[tuple[int, Any]]:
        asked = [Wanted(key=1, url="no url"), Wanted(key=2, url=running.url("/never"), caps=CAPS)]
        async with aclosing(gather(client, asked)) as outcomes:
            return [await anext(outcomes)]

    ((key, outcome),) = run(scenario)
    assert key == 1
    assert outcome.reason is Reason.URL_INVALID


def test_gather_of_nothing_is_nothing() -> None:
    async def scenario(running: HostileServer, client: Client) -> list[Any]:
        del running
        return [outcome async for outcome in gather(client, [])]

    assert run(scenario) == []


def test_a_pace_that_cannot_be_kept_ends_everything_with_its_own_error() -> None:
    class Broken(RecordingPace):
        def turn(self, host: str, delay: float, *, rate: Rate | None = None) -> NoReturn:  # noqa: ARG002
            raise ConnectionAbortedError(host, delay)

    async def scenario() -> None:
        settings = Settings.model_validate({"allow_private": "127.0.0.0/8"})
        async with HostileServer() as server, Client(settings, Broken(), clock=lambda: NOW) as client:
            with pytest.raises(ConnectionAbortedError):
                async for _ in gather(client, wanted(server, 3, 3)):
                    pass

    asyncio.run(scenario())


def test_permanent_redirects_alone_are_a_move() -> None:
    outcome = fetch("/moved")
    assert isinstance(outcome, Response)
    assert outcome.moved_to == outcome.final_url
    wavering = fetch("/near/0")  # 302 all along
    assert isinstance(wavering, Response)
    assert wavering.moved_to is None
    straight = fetch("/page")
    assert isinstance(straight, Response)
    assert straight.moved_to is None
    assert straight.took is not None
    assert timedelta() < straight.took < timedelta(seconds=1)


@pytest.mark.parametrize(("path", "span"), [("/429-seconds", 86500), ("/503", 120), ("/429-nonsense", None)])
def test_a_host_that_asks_for_a_pause_gets_it_for_all_its_pages(path: str, span: int | None) -> None:
    pace = RecordingPace()

    async def scenario() -> None:
        settings = Settings.model_validate({"allow_private": "127.0.0.0/8"})
        async with HostileServer() as server, Client(settings, pace, clock=lambda: NOW) as client:
            await client.get(server.url(path), caps=CAPS)

    asyncio.run(scenario())
    assert pace.left_alone == ([("127.0.0.1", timedelta(seconds=span))] if span else [])


def test_a_host_that_is_to_be_left_alone_is_not_asked() -> None:
    class Closed(RecordingPace):
        @asynccontextmanager
        async def turn(self, host: str, delay: float, *, rate: Rate | None = None) -> AsyncIterator[timedelta | None]:  # noqa: ARG002
            yield timedelta(minutes=7)

    async def scenario() -> tuple[Response | Failure, list[str]]:
        settings = Settings.model_validate({"allow_private": "127.0.0.0/8"})
        async with HostileServer() as server, Client(settings, Closed(), clock=lambda: NOW) as client:
            return await client.get(server.url("/page"), caps=CAPS), server.pages

    outcome, pages = asyncio.run(scenario())
    assert isinstance(outcome, Failure)
    assert (outcome.reason, outcome.retry_after) == (Reason.HTTP_TOO_MANY_REQUESTS, timedelta(minutes=7))
    assert pages == []


def robots_remembered(database: str, file: bytes, times: int = 2, *, meanwhile: str = "") -> tuple[int, list[Any]]:
    """Ask for a page with a new client each time; how often robots.txt was asked for, and the outcomes."""

    async def scenario() -> tuple[int, list[Any]]:
        settings = Settings.model_validate({"allow_private": "127.0.0.0/8"})
        outcomes = []
        async with (
            await psycopg.AsyncConnection.connect(database, autocommit=True) as connection,
            HostileServer(answers={"/robots.txt": file}) as server,
        ):
            for _ in range(times):
                memory = WarehouseMemory(connection)
                async with Client(settings, RecordingPace(), robots=memory, clock=lambda: NOW) as client:
                    outcomes.append(await client.get(server.url("/page"), caps=CAPS))
                if meanwhile:
                    await connection.execute("UPDATE ops.robots SET good_until = clock_timestamp()")
                    server.answers["/robots.txt"] = answer(meanwhile)
            asked = [each.target for each in server.asked].count("/robots.txt")
        return asked, outcomes

    return asyncio.run(scenario())


@pytest.mark.parametrize("file", [answer(body=b"User-agent: *\nDisallow: /page"), answer("404 Not Found")])
def test_robots_are_known_to_the_next_client(database: str, file: bytes) -> None:
    asked, outcomes = robots_remembered(database, file)
    assert asked == 1
    assert [isinstance(outcome, Failure) for outcome in outcomes] == [b"Disallow" in file] * 2


def test_stale_robots_count_while_new_ones_cannot_be_read(database: str) -> None:
    file = answer(body=b"User-agent: *\nDisallow: /page")
    asked, outcomes = robots_remembered(database, file, meanwhile="500 Internal Server Error")
    assert asked == 2
    assert [outcome.reason for outcome in outcomes] == [Reason.ROBOTS_DISALLOWED] * 2


def test_many_requests_through_a_proxy_all_come_back() -> None:
    async def scenario() -> list[Response | Failure]:
        async with HostileServer() as server:
            proxy = {"http_proxy": f"http://127.0.0.1:{server.port}"}
            async with Client(Settings.model_validate(proxy), RecordingPace(), clock=lambda: NOW) as client:
                urls = [f"http://host{number}.example/page" for number in range(40)]
                server.answers |= {url: answer(body=PAGE) for url in urls}
                return await asyncio.gather(*(client.get(url, caps=CAPS) for url in urls))

    assert all(isinstance(outcome, Response) for outcome in asyncio.run(scenario()))
    # Nobody listens there.
    refused = Settings.model_validate({"http_proxy": "http://127.0.0.1:1"})

    async def dead() -> list[Response | Failure]:
        async with Client(refused, RecordingPace(), clock=lambda: NOW) as client:
            return await asyncio.gather(*(client.get(f"http://h{n}.example/", caps=CAPS) for n in range(20)))

    assert {outcome.reason for outcome in asyncio.run(dead()) if isinstance(outcome, Failure)} == {
        Reason.CONNECTION_FAILED
    }
