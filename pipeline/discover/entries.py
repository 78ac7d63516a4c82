"""What becomes of a feed's entries: which may be coverage, which are out of scope, which cannot be used."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from pipeline.errors import Reason
from pipeline.identify.urls import LONGEST_URL, NotAnAddressError, host_of, identity_key, key_hash
from pipeline.records import DateClaim, Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """An entry with its identity and its fate. `host` is None when there is no usable address."""

    key: bytes
    url: str | None
    host: str | None
    state: Literal["pending", "out_of_scope", "rejected"]
    reason: Reason | None
    detail: str | None
    title: str
    summary: str
    published: DateClaim | None
    published_raw: str | None
    digest: bytes


def judge(entries: Iterable[Entry], *, feed_url: str, in_scope: Callable[[Entry], bool]) -> list[Announced]:
    """Each distinct entry of a document with its fate, in the document's order; the first of equals counts.

    `in_scope` says whether an entry is wanted by some crisis. Nothing is lost: an entry without a usable
    address is rejected with its reason, under an identity of its own.
    """
    announced: dict[bytes, Announced] = {}
    for entry in entries:
        judged = _judge(entry, feed_url, in_scope)
        announced.setdefault(judged.key, judged)
    return list(announced.values())


def _judge(entry: Entry, feed_url: str, in_scope: Callable[[Entry], bool]) -> Announced:
    url, identity, reason, detail = _identify(entry, feed_url)
    state: Literal["pending", "out_of_scope", "rejected"] = "rejected" if reason else "pending"
    if state == "pending" and not in_scope(entry):
        state = "out_of_scope"
    return Announced(
        key=key_hash(identity),
        url=url,
        host=host_of(url) if url and not reason else None,
        state=state,
        reason=reason,
        detail=detail,
        title=entry.title,
        summary=entry.summary,
        published=entry.published,
        published_raw=entry.published_raw,
        digest=_digest(entry),
    )


def _identify(entry: Entry, feed_url: str) -> tuple[str | None, str, Reason | None, str | None]:
    """The entry's address, what it is known by, and why it is rejected if it is."""
    if entry.url is None:
        known_by = entry.guid or f"{entry.title}\0{entry.published_raw}"
        return (
            None,
            f"entry:{feed_url}\0{known_by}",
            Reason.NO_URL,
            f"entry {(entry.guid or entry.title)[:200]!r}",
        )
    if len(entry.url) > LONGEST_URL:
        return (
            None,
            f"long:{entry.url}",
            Reason.URL_TOO_LONG,
            f"{len(entry.url)} characters: {entry.url[:200]}…",
        )
    try:
        return entry.url, identity_key(entry.url), None, None
    except NotAnAddressError as error:
        return None, f"invalid:{entry.url}", Reason.URL_INVALID, str(error)


def _digest(entry: Entry) -> bytes:
    """What changes when a publisher edits an entry. Summaries are left out: some carry counters."""
    updated = entry.updated.isoformat() if entry.updated else ""
    return hashlib.sha256(f"{entry.title}\0{updated}\0{entry.published_raw}".encode("utf-8", "replace")).digest()
