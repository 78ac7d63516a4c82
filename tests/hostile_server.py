"""A web server on loopback that misbehaves in one way per path, and remembers what it was asked."""

from __future__ import annotations

import asyncio
import gzip
import ssl
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Self

import brotli
from backports import zstd

Send = Callable[[bytes], Awaitable[None]]

PAGE = b"<!doctype html><title>Qantar</title><p>" + "Қаңтар оқиғасы. ".encode() * 40
MEGABYTES = 64


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came in; header names are lower-case."""

    target: str
    headers: dict[str, str]


@dataclass(slots=True)
class HostileServer:
    """Serves on `host` at a free port; `answers` add to the built-in paths or replace them."""

    host: str = "127.0.0.1"
    answers: dict[str, bytes] = field(default_factory=dict)
    tls: ssl.SSLContext | None = None
    asked: list[Asked] = field(default_factory=list)
    port: int = 0
    _server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, self.host, self.port, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()
        await asyncio.sleep(0)  # lets transports that were told to close do so

    def url(self, path: str, host: str | None = None) -> str:
        """The address of a path on this server."""
        return f"http://{host or self.host}:{self.port}{path}"

    @property
    def pages(self) -> list[str]:
        """The targets asked for, robots.txt left out."""
        return [asked.target for asked in self.asked if not asked.target.endswith("/robots.txt")]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            asked = await _read(reader)
            self.asked.append(asked)

            async def send(data: bytes) -> None:
                writer.write(data)
                await writer.drain()

            await self._answer(asked, send)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client has seen enough
        finally:
            writer.close()

    async def _answer(self, asked: Asked, send: Send) -> None:
        if asked.target in self.answers:
            await send(self.answers[asked.target])
        elif asked.target in _SLOW:
            await _SLOW[asked.target](send)
        else:
            await send(_PLAIN.get(asked.target, answer("404 Not Found")))


async def _read(reader: asyncio.StreamReader) -> Asked:
    lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines[1:] if line)
    return Asked(lines[0].split(" ")[1], {name.lower(): value.strip() for name, _, value in pairs})


def answer(status: str = "200 OK", body: bytes = b"", **headers: str) -> bytes:
    """A whole answer; underscores in header names stand for hyphens."""
    fields = {"Content-Length": str(len(body)), "Connection": "close"}
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in fields.items() if value)]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def redirect(location: str, status: str = "302 Found") -> bytes:
    """An answer that leads elsewhere."""
    return answer(status, Location=location)


def _gzip_bomb() -> bytes:
    return gzip.compress(bytes(MEGABYTES * 2**20), 9)


async def _never(_: Send) -> None:
    await asyncio.sleep(60)


async def _drip(send: Send) -> None:
    await send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nConnection: close\r\n\r\n")
    for _ in range(1000):
        await send(b"x")
        await asyncio.sleep(0.05)


async def _drip_headers(send: Send) -> None:
    await send(b"HTTP/1.1 200 OK\r\n")
    for number in range(1000):
        await send(f"X-{number}: y\r\n".encode())
        await asyncio.sleep(0.05)


async def _endless(send: Send) -> None:
    await send(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
    while True:
        await send(b"x" * 65536)


async def _bomb(send: Send, encoding: str, body: bytes) -> None:
    await send(answer(body=body, Content_Encoding=encoding))


_SLOW: dict[str, Callable[[Send], Awaitable[None]]] = {
    "/never": _never,
    "/drip": _drip,
    "/drip-headers": _drip_headers,
    "/endless": _endless,
    "/bomb-gzip": lambda send: _bomb(send, "gzip", _gzip_bomb()),
    "/bomb-deflate": lambda send: _bomb(send, "deflate", zlib.compress(bytes(MEGABYTES * 2**20), 9)),
    "/bomb-zstd": lambda send: _bomb(send, "zstd", zstd.compress(bytes(MEGABYTES * 2**20))),
    "/bomb-br": lambda send: _bomb(send, "br", brotli.compress(bytes(MEGABYTES * 2**20), quality=5)),
}

_STREAM = zlib.compressobj(wbits=-zlib.MAX_WBITS)
_RAW_DEFLATE = _STREAM.compress(PAGE) + _STREAM.flush()
_MEMBER = gzip.compress(b"")

_PLAIN = {
    "/page": answer(body=PAGE, Content_Type="text/html; charset=utf-8", ETag='"v1"', Set_Cookie="spy=1; Path=/"),
    "/gzip": answer(body=gzip.compress(PAGE), Content_Encoding="gzip"),
    "/gzip-members": answer(body=gzip.compress(PAGE[:100]) + gzip.compress(PAGE[100:]), Content_Encoding="x-gzip"),
    "/gzip-padded": answer(body=gzip.compress(PAGE) + bytes(512), Content_Encoding="gzip"),
    "/deflate": answer(body=zlib.compress(PAGE), Content_Encoding="deflate"),
    "/deflate-raw": answer(body=_RAW_DEFLATE, Content_Encoding="deflate"),
    "/br": answer(body=brotli.compress(PAGE), Content_Encoding="br"),
    "/identity": answer(body=PAGE, Content_Encoding="identity"),
    "/gzip-broken": answer(body=gzip.compress(PAGE)[:40] + b"\xff" * 200, Content_Encoding="gzip"),
    "/gzip-cut": answer(body=gzip.compress(PAGE)[:-20], Content_Encoding="gzip"),
    "/gzip-not": answer(body=PAGE, Content_Encoding="gzip"),
    "/gzip-many": answer(body=_MEMBER * 5000, Content_Encoding="gzip"),
    "/br-broken": answer(body=b"\xff" * 300, Content_Encoding="br"),
    "/br-cut": answer(body=brotli.compress(PAGE)[:-20], Content_Encoding="br"),
    "/zstd": answer(body=zstd.compress(PAGE), Content_Encoding="zstd"),
    "/zstd-frames": answer(body=zstd.compress(PAGE[:100]) + zstd.compress(PAGE[100:]), Content_Encoding="zstd"),
    "/zstd-broken": answer(body=b"\xff" * 300, Content_Encoding="zstd"),
    "/zstd-cut": answer(body=zstd.compress(PAGE)[:-20], Content_Encoding="zstd"),
    "/zstd-many": answer(body=zstd.compress(b"") * 500, Content_Encoding="zstd"),
    "/lzma": answer(body=PAGE, Content_Encoding="xz"),
    "/twice": answer(body=gzip.compress(gzip.compress(PAGE)), Content_Encoding="gzip, gzip"),
    "/oversize": answer(body=b"x" * 300_000),
    "/oversize-announced": b"HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\nConnection: close\r\n\r\n",
    "/header-long": answer(body=PAGE, X_Long="y" * 40_000),
    "/headers-many": answer(body=PAGE, **{f"X_{number}": "y" for number in range(300)}),
    "/no-http": b"220 mail.example ESMTP\r\n\r\n",
    "/silent": b"",
    "/cut": answer(body=PAGE)[:-50],
    "/chunks-broken": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello",
    "/chunks-cut": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n50\r\nhello",
    "/204": answer("204 No Content", Content_Length=""),
    "/empty": answer(),
    "/206": answer("206 Partial Content", PAGE),
    "/300": answer("300 Multiple Choices", PAGE),
    "/304": answer("304 Not Modified", Content_Length="", ETag='"v1"'),
    "/400": answer("400 Bad Request"),
    "/401": answer("401 Unauthorized", WWW_Authenticate="Basic"),
    "/403": answer("403 Forbidden"),
    "/404": answer("404 Not Found", PAGE),
    "/410": answer("410 Gone"),
    "/429-seconds": answer("429 Too Many Requests", Retry_After="86500"),
    "/429-date": answer("429 Too Many Requests", Retry_After="Thu, 06 Jan 2022 12:00:00 GMT"),
    "/429-nonsense": answer("429 Too Many Requests", Retry_After="soon"),
    "/451": answer("451 Unavailable For Legal Reasons"),
    "/500": answer("500 Internal Server Error"),
    "/503": answer("503 Service Unavailable", Retry_After="120"),
    "/999": answer("999 Denied"),
    "/moved": redirect("/page#fragment", "301 Moved Permanently"),
    "/circle": redirect("/circle"),
    "/circle-of-two": redirect("/circle-back"),
    "/circle-back": redirect("/circle-of-two"),
    "/to-nowhere": answer("302 Found"),
    "/to-file": redirect("file:///etc/passwd"),
    "/to-metadata": redirect("http://169.254.169.254/latest/meta-data/"),
    "/to-credentials": redirect("http://user:secret@example.com/"),
    "/to-odd-literal": redirect("http://2130706433/"),
    **{f"/far/{number}": redirect(f"/far/{number + 1}") for number in range(11)},
    "/far/11": answer(body=PAGE),
    **{f"/near/{number}": redirect(f"/near/{number + 1}") for number in range(10)},
    "/near/10": answer(body=PAGE),
}
