"""What may stand in a profile's TOML files, checked by pydantic."""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import lru_cache
from typing import Annotated, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from pipeline.records import Scope


@lru_cache(maxsize=256)
def _checked_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, OSError) as error:  # ZoneInfoNotFoundError is a KeyError only by name
        raise ValueError(f"{name!r} is not a time zone of the tz database, such as 'Europe/Rome'") from error
    except KeyError as error:
        raise ValueError(f"{name!r} is not a time zone of the tz database, such as 'Europe/Rome'") from error
    return name


def _checked_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError as error:
        raise ValueError(f"{url!r} is not a URL: {error}") from error
    if parts.scheme not in {"http", "https"} or not host or re.search(r"\s", url):
        raise ValueError(f"{url!r} must be a whole http or https URL, such as 'https://example.org/rss'")
    return url


def _checked_domain(domain: str) -> str:
    if not re.fullmatch(r"[^\s/:@]+", domain):
        raise ValueError(f"{domain!r} must be a domain alone, such as 'example.org'")
    return domain.lower()


Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+$")]
Words = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")]
Zone = Annotated[str, AfterValidator(_checked_zone)]
Terms = tuple[Words, ...]


class Part(BaseModel):
    """Anything in a file: no key that we do not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class FeedEntry(Part):
    """One `[[feed]]` of feeds.toml."""

    url: Annotated[str, AfterValidator(_checked_url)]
    outlet: Annotated[str, AfterValidator(_checked_domain)]
    publisher: Words | None = None
    language: Language | None = None
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] | None = None
    timezone: Zone = "UTC"
    scope: Scope = "all"


class FeedsFile(Part):
    """feeds.toml."""

    feed: list[FeedEntry] = Field(default_factory=list)


class RelevancePart(Part):
    """`[relevance]` of crisis.toml; the groups it names stand in the terms files."""

    threshold: float = Field(default=1.0, gt=0)
    peak_until: datetime | date | None = None
    home: list[Name] = Field(default_factory=list)
    weak_home: list[Name] = Field(default_factory=list)
    named: list[Name] = Field(default_factory=list)
    era: list[Name] = Field(default_factory=list)
    elsewhere: list[Name] = Field(default_factory=list)
    abroad: list[Name] = Field(default_factory=list)
    events: dict[Name, Annotated[float, Field(ge=0)]] = Field(default_factory=dict)


class CrisisFile(Part):
    """crisis.toml. A time is aware, or a bare day that begins in the crisis's own zone."""

    id: Name
    name: Words
    timezone: Zone
    since: datetime | date
    until: datetime | date | None = None
    languages: list[Language] = Field(min_length=1)
    tags: dict[Name, Words]
    relevance: RelevancePart = Field(default_factory=RelevancePart)


class InflectionPart(Part):
    """`[inflection]` of a terms file."""

    drop: list[Words] = Field(default_factory=list)
    endings: list[list[str]] = Field(default_factory=list)
    harmony: list[Words] = Field(default_factory=list)


class TermsFile(Part):
    """terms/<language>.toml: tags at the top, then the groups, sets and endings."""

    model_config = ConfigDict(extra="allow", frozen=True, strict=True)
    __pydantic_extra__: dict[str, Annotated[list[Words], Field()]] = Field(init=False)

    groups: dict[Name, list[Words]] = Field(default_factory=dict)
    sets: dict[Name, list[Words]] = Field(default_factory=dict)
    inflection: InflectionPart = Field(default_factory=InflectionPart)


class PlaceRow(BaseModel):
    """One row of places.csv, the columns of aliases apart; empty cells are left out before."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Words
    kind: Words
    region: Words | None = None
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None
    note: Words | None = None

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if (self.latitude is None) != (self.longitude is None):
            raise ValueError("latitude and longitude stand together or not at all")
        return self
