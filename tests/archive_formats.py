"""The formats of the archives, made by hand: SURT keys, CDX rows and the queries over them, WARC records."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
import uuid
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from urllib.parse import parse_qs, quote_from_bytes, quote_plus, unquote_plus, unquote_to_bytes

FIELDS = ("urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length")
_URL = re.compile(r"(?:([a-z][a-z0-9+.-]*):/+)?([^/?#]*)([^?#]*)(?:\?([^#]*))?", re.IGNORECASE)
_NEWS_FILE = re.compile(r"CC-NEWS-(\d{4})(\d{2})\d{8}-\d+\.warc\.gz")
_CODING = {"content-encoding", "content-length", "transfer-encoding"}  # what Common Crawl renames, having decoded


def utc(at: datetime) -> datetime:
    """The same moment in UTC. A naive time is refused: it is another moment on another machine."""
    if at.tzinfo is None:
        raise ValueError(f"{at!r} has no time zone, so it would be another moment on another machine")
    return at.astimezone(UTC)


def stamp(at: datetime) -> str:
    """The moment in the fourteen digits all archives use."""
    return utc(at).strftime("%Y%m%d%H%M%S")


def moment(digits: str) -> datetime:
    """The moment one to fourteen digits stand for. Impossible months are clamped, days and hours run over."""
    full = digits + "00000101000000"[len(digits) :]
    year, *parts = (int(part) for part in (full[:4], *re.findall("..", full[4:])))
    month, day, hour, minute, second = parts
    first = datetime(min(max(year, 1), 9000), min(max(month, 1), 12), 1, tzinfo=UTC)
    return first + timedelta(days=max(day, 1) - 1, hours=hour, minutes=minute, seconds=second)


def sha1(data: bytes) -> str:
    """The digest of CDX rows and WARC headers: SHA-1 in base 32."""
    return base64.b32encode(hashlib.sha1(data, usedforsecurity=False).digest()).decode()


def surt(url: str) -> str:
    """The key the Wayback Machine files a URL under. It strips no session ids, which the real server does."""
    match = _URL.match(url.partition("#")[0].strip())
    scheme, authority, path, query = match.groups("") if match else ("", "", "", "")
    host, _, port = _unescaped(authority).decode(errors="replace").rpartition("@")[2].lower().partition(":")
    with suppress(UnicodeError):  # a host that is no name is kept as it is
        host = host.encode("idna").decode()
    port = "" if port == {"https": "443"}.get(scheme.lower(), "80") else port
    labels = re.sub(r"^www\d*\.", "", host.strip(".")).split(".")
    steps: list[bytes] = []
    for step in _unescaped(path).removeprefix(b"/").split(b"/"):
        if step == b".." and steps:
            del steps[-1]
        elif step != b".":
            steps.append(step)
    arguments = sorted(argument.split("=", 1) for argument in _escaped(_unescaped(query)).split("&"))
    tail = "&".join("=".join(argument) for argument in arguments)
    return (
        f"{','.join(reversed(labels))}{':' if port else ''}{port})/{_escaped(b'/'.join(filter(None, steps)))}"
        f"{'?' if tail else ''}{tail}"
    )


def _unescaped(text: str) -> bytes:
    data = text.encode()
    while (plain := unquote_to_bytes(data)) != data:
        data = plain
    return data


def _escaped(data: bytes) -> str:
    return quote_from_bytes(data, safe="!\"$&'()*+,-./:;<=>?@[\\]^_`{|}~").lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the CDX index."""

    urlkey: str
    timestamp: str
    values: tuple[str, ...]
    verbatim: str | None = None  # JSON text to put there as it is
    malformed: bool = False  # a test put it there, so no filter hides it

    @property
    def place(self) -> str:
        """Where the index has it; resume keys compare with this."""
        return f"{self.urlkey} {self.timestamp}"

    def value(self, field: str) -> str:
        """What it says in that field."""
        return self.values[FIELDS.index(field)]


def malformed_row(urlkey: str, raw: str) -> Row:
    """A row of any fields between spaces or, when it begins with a bracket, a piece of JSON text."""
    values = tuple(raw.split())
    verbatim = raw if raw.startswith("[") else None
    timestamp = values[1] if verbatim is None and len(values) > 1 else ""
    return Row(urlkey=urlkey, timestamp=timestamp, values=values, verbatim=verbatim, malformed=True)


def cdx_answer(rows: Iterable[Row], query: str) -> str:
    """What the CDX server says to that query string; ValueError or re.error when it makes no sense."""
    asked = parse_qs(query, keep_blank_values=True)

    def one(name: str, default: str = "") -> str:
        return asked.get(name, [default])[-1]

    covers = _scope(one("url"), one("matchType"))
    since, until = one("from") + "0" * 14, one("to") + "9" * 14
    resume = one("resumeKey")
    resume = resume if " " in resume else unquote_plus(resume)  # the key is given out escaped; some escape it again
    found = [
        row
        for row in sorted(rows, key=lambda row: (row.urlkey, row.timestamp))
        if covers(row.urlkey) and row.place >= resume and (row.malformed or since[:14] <= row.timestamp <= until[:14])
    ]
    for pattern in asked.get("filter", []):
        found = _filtered(found, pattern)
    for field in asked.get("collapse", []):
        found = _collapsed(found, field)
    limit = int(one("limit", "0"))
    key = ""
    if limit < 0:
        found = found[limit:]
    elif limit and len(found) >= limit:  # the real server gives a key even when nothing comes after
        found = found[:limit]
        last = found[-1].place
        key = quote_plus(last[:-1] + chr(ord(last[-1]) + 1)) if one("showResumeKey") == "true" else ""
    return _written(found, one("fl", ",".join(FIELDS)).split(","), key, as_json=one("output") == "json")


def _scope(url: str, match_type: str) -> Callable[[str], bool]:
    if not url:
        raise ValueError("url parameter is required")
    if not match_type and url.startswith("*."):
        match_type, url = "domain", url[2:]
    elif not match_type and url.endswith("*"):
        match_type, url = "prefix", url[:-1]
    key = surt(url)
    host = key.split(")/")[0]
    slash = "/" if url.endswith("/") and not key.endswith("/") else ""
    scopes: dict[str, Callable[[str], bool]] = {
        "": lambda urlkey: urlkey == key,
        "exact": lambda urlkey: urlkey == key,
        "prefix": lambda urlkey: urlkey.startswith(key + slash),
        "host": lambda urlkey: urlkey.startswith(f"{host})/"),
        "domain": lambda urlkey: urlkey.startswith((f"{host})/", f"{host},")),
    }
    if match_type not in scopes:
        raise ValueError(f"matchType={match_type} is not supported by this server")
    return scopes[match_type]


def _filtered(rows: list[Row], pattern: str) -> list[Row]:
    wanted = not pattern.startswith("!")
    field, _, regex = pattern.removeprefix("!").partition(":")
    expression = re.compile(regex)
    return [row for row in rows if row.malformed or (expression.fullmatch(row.value(field)) is not None) == wanted]


def _collapsed(rows: list[Row], collapse: str) -> list[Row]:
    field, _, digits = collapse.partition(":")
    kept: list[Row] = []
    last: str | None = None
    for row in rows:
        value = last if row.malformed else row.value(field)[: int(digits) if digits else None]
        if row.malformed or value != last:
            kept.append(row)
        last = value
    return kept


def _written(rows: list[Row], fields: list[str], key: str, *, as_json: bool) -> str:
    columns = [FIELDS.index(field) for field in fields]
    lines = [[row.values[column] for column in columns if column < len(row.values)] for row in rows]
    if not as_json:
        return "".join(f"{' '.join(line)}\n" for line in lines) + (f"\n{key}\n" if key else "")
    texts = [row.verbatim or json.dumps(line) for row, line in zip(rows, lines, strict=True)]
    head = [json.dumps(fields)] if texts else []
    tail = ["[]", json.dumps([key])] if key else []
    return "[" + ",\n".join(head + texts + tail) + "]\n"


def news_month(file: str) -> str:
    """The folder a file of Common Crawl's news lies in."""
    match = _NEWS_FILE.fullmatch(file)
    if match is None:
        raise ValueError(f"{file} is no name like CC-NEWS-20220105103000-00001.warc.gz, so it belongs to no month")
    return f"{match[1]}/{match[2]}"


def warcinfo(file: str, at: datetime) -> bytes:
    """The record a file begins with."""
    news_month(file)
    block = b"software: replica\r\nformat: WARC File Format 1.0\r\n"
    return _warc_record("warcinfo", at, block, seed=file, content_type="application/warc-fields", Filename=file)


def news_members(
    seed: str, kind: str, url: str, at: datetime, payload: bytes, *, status: int, headers: dict[str, str], lie: bool
) -> list[bytes]:
    """The gzip members of one record, of which it is the last: a response has its request before it."""
    common = {"Target_URI": url, "IP_Address": "192.0.2.1", "Warcinfo_ID": _warc_id(seed.partition("#")[0])}
    if kind not in {"response", "revisit"}:
        return [_warc_record(kind, at, payload, seed=seed, content_type=headers["Content-Type"], **common)]
    http = "application/http; msgtype"
    block = _http_response(status, headers, b"" if kind == "revisit" else payload, lie=lie)
    common["Payload_Digest"] = f"sha1:{sha1(payload)}"
    if kind == "revisit":
        profile = "http://netpreserve.org/warc/1.0/revisit/identical-payload-digest"
        return [_warc_record(kind, at, block, seed=seed, content_type=f"{http}=response", Profile=profile, **common)]
    request = _warc_record(
        "request",
        at,
        _http_request(url),
        seed=f"{seed} request",
        content_type=f"{http}=request",
        Target_URI=url,
        Concurrent_To=_warc_id(seed),
    )
    return [request, _warc_record(kind, at, block, seed=seed, content_type=f"{http}=response", **common)]


def _warc_record(kind: str, at: datetime, block: bytes, *, seed: str, content_type: str, **more: str) -> bytes:
    headers = {
        "WARC-Type": kind,
        "WARC-Date": utc(at).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "WARC-Record-ID": _warc_id(seed),
        "Content-Length": str(len(block)),
        "Content-Type": content_type,
        "WARC-Block-Digest": f"sha1:{sha1(block)}",
        **{f"WARC-{name.replace('_', '-')}": value for name, value in more.items()},
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return gzip.compress(f"WARC/1.0\r\n{head}\r\n".encode() + block + b"\r\n\r\n", mtime=0)


def _warc_id(seed: str) -> str:
    """Made from a seed, so that bytes do not vary by run."""
    return f"<urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, seed)}>"


def _http_request(url: str) -> bytes:
    _, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return f"GET {slash or '/'}{path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: CCBot/2.0\r\n\r\n".encode()


def _http_response(status: int, headers: dict[str, str], payload: bytes, *, lie: bool) -> bytes:
    if lie:
        said = {"Content-Encoding": "gzip", **headers}
    else:
        said = {f"X-Crawler-{name}" if name.lower() in _CODING else name: value for name, value in headers.items()}
    said["Content-Length"] = str(len(payload))
    lines = "".join(f"{name}: {value}\r\n" for name, value in said.items())
    return f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n{lines}\r\n".encode() + payload
