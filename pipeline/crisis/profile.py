"""What a crisis profile says, as records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pipeline.crisis.notation import Term
from pipeline.records import FeedSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Inflection:
    """How a language bends words: of the ends in `drop` a word loses the longest it has before an ending is put.

    `endings` are slots: an ending is made of at most one part of each, in their order. A suffix chain is
    several slots (plural, possessive, case), a list of endings is one. `harmony` are sets of vowels that do not
    stand together in one ending; a part that begins with `=` goes with any of them.
    """

    drop: tuple[str, ...] = ()
    endings: tuple[tuple[str, ...], ...] = ()
    harmony: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """The terms of one language: those that prove a tag, and those of the groups that relevance speaks of."""

    language: str
    inflection: Inflection
    tags: Mapping[str, tuple[Term, ...]]
    groups: Mapping[str, tuple[Term, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A settlement or region under its canonical name, with its names by language. Degrees, WGS 84.

    `note` says, for readers, how an ambiguous name is told from other things that are called so.
    """

    name: str
    kind: str
    region: str | None
    latitude: float | None
    longitude: float | None
    note: str | None
    aliases: Mapping[str, tuple[Term, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Relevance:
    """What makes an article relevant; `pipeline.tag.relevance` tells how these come together.

    `home`, `weak_home`, `named`, `era`, `elsewhere` and `abroad` name groups of terms; `events` weighs
    groups and tags. `peak_until` ends the time in which an event at home needs no date to be this crisis.
    """

    threshold: float
    peak_until: datetime | None
    home: tuple[str, ...]
    weak_home: tuple[str, ...]
    named: tuple[str, ...]
    era: tuple[str, ...]
    elsewhere: tuple[str, ...]
    abroad: tuple[str, ...]
    events: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A crisis: what is watched, where it is read of, and how it is recognised.

    `since` and `until` are UTC and half-open; `until` is None while the crisis, or reporting on it, goes on.
    `tags` gives each tag its name for readers. `version` changes with the meaning of everything but the
    feeds: a new feed calls for no new judgement of old articles.
    """

    id: str
    name: str
    timezone: str
    since: datetime
    until: datetime | None
    languages: tuple[str, ...]
    tags: Mapping[str, str]
    feeds: tuple[FeedSource, ...]
    vocabularies: tuple[Vocabulary, ...]
    places: tuple[Place, ...]
    relevance: Relevance
    version: str
