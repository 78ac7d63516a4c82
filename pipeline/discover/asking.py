"""How a feed is asked, and what its answer says of its server: where it moved, whether its validators can be trusted.

Some servers send an unchanged ETag with changed content. So each feed is asked without validators now and then;
one that lists something new under the validator that we have is asked without any for a month. All pure.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pipeline.records import Response

# Conditional polls between two unconditional ones; with a poll every five minutes it is an hour.
_PROVE_AFTER = 12
_DISTRUSTED_FOR = timedelta(days=30)
# A permanent redirect is believed once it has held so long; until then a slip of a publisher costs nothing.
_MOVED_AFTER = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """What is known of how a feed's server answers.

    `etag` and `last_modified` came with the last whole document. `unproven_polls` were conditional since it was
    last asked for unconditionally. `lied_at`: when it last listed something new under an old validator.
    `moved_to` and `moved_since`: where permanent redirects lead.
    """

    etag: str | None = None
    last_modified: str | None = None
    unproven_polls: int = 0
    lied_at: datetime | None = None
    moved_to: str | None = None
    moved_since: datetime | None = None

    def address(self, url: str, now: datetime) -> str:
        """Where to ask for the feed that is listed under that URL."""
        if self.moved_to and self.moved_since and now - self.moved_since >= _MOVED_AFTER:
            return self.moved_to
        return url

    def asks_conditionally(self, now: datetime) -> bool:
        """Whether the next request carries validators."""
        distrusted = self.lied_at is not None and now - self.lied_at < _DISTRUSTED_FOR
        return bool(self.etag or self.last_modified) and not distrusted and self.unproven_polls < _PROVE_AFTER

    def without_validators(self) -> Manners:
        """The same, asked unconditionally from now on."""
        return replace(self, etag=None, last_modified=None)


def after_answer(manners: Manners, response: Response, *, url: str, new: int, now: datetime) -> Manners:
    """What an answer teaches; `url` is the listed one, and `new` entries were new in it."""
    conditional = manners.asks_conditionally(now)
    etag, last_modified = response.header("etag"), response.header("last-modified")
    has_body = bool(response.body)
    same_validator = etag == manners.etag if etag or manners.etag else last_modified == manners.last_modified
    lies = has_body and not conditional and new > 0 and same_validator and bool(etag or last_modified)
    moved_to, moved_since = _move(manners, response, url, now)
    return Manners(
        etag=etag if has_body else manners.etag,
        last_modified=last_modified if has_body else manners.last_modified,
        unproven_polls=manners.unproven_polls + 1 if conditional else 0,
        lied_at=now if lies else manners.lied_at,
        moved_to=moved_to,
        moved_since=moved_since,
    )


def after_failure(manners: Manners, *, url: str, now: datetime) -> Manners:
    """What a failure teaches: the place where a feed moved is forgotten when it fails there."""
    if manners.address(url, now) == url:
        return manners
    return replace(manners, moved_to=None, moved_since=None)


def _move(manners: Manners, response: Response, url: str, now: datetime) -> tuple[str | None, datetime | None]:
    asked = manners.address(url, now)
    if response.moved_to is None:
        return (manners.moved_to, manners.moved_since) if asked != url else (None, None)
    if response.moved_to == manners.moved_to:
        return manners.moved_to, manners.moved_since
    return response.moved_to, now
