"""Reading the folder of a profile, and refusing what is wrong in it with file, line, key and a remedy."""

from __future__ import annotations

import csv
import hashlib
import json
import tomllib
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pipeline.crisis.begin import SKELETON
from pipeline.crisis.blame import did_you_mean, line_of, refuse
from pipeline.crisis.files import read_toml
from pipeline.crisis.gazetteer import read_places
from pipeline.crisis.profile import Profile, Relevance, Vocabulary
from pipeline.crisis.schema import CrisisFile, FeedsFile, RelevancePart
from pipeline.crisis.vocabulary import read_vocabulary
from pipeline.errors import ProfileError
from pipeline.records import FeedSource

_BUNDLED = Path(__file__).resolve().parent
_FILES = ("crisis.toml", "feeds.toml", "places.csv")
# Raised when the same files come to mean something else: the notation, inflection, or the rule of relevance.
_MEANING = 3


def load_profile(name_or_folder: str) -> Profile:
    """Load and check a profile.

    Args:
        name_or_folder: the name of a bundled profile, or a folder with crisis.toml and, as wanted, feeds.toml,
            terms/<language>.toml and places.csv (docs/crisis-profile.md describes each).

    Raises:
        ProfileError: a file cannot be read, or says something wrong; the message is `file:line: key: …`.
    """
    folder = _find(name_or_folder)
    crisis, source = read_toml(folder / "crisis.toml", CrisisFile)
    languages = tuple(crisis.languages)
    vocabularies = _vocabularies(folder, crisis)
    _check_groups(folder / "crisis.toml", source, crisis, vocabularies)
    places = read_places(folder / "places.csv", languages) if (folder / "places.csv").exists() else ()
    zone = ZoneInfo(crisis.timezone)
    since, until = _moment(crisis.since, zone), _moment(crisis.until, zone) if crisis.until else None
    if until and until <= since:
        raise refuse(folder / "crisis.toml", line_of(source, ("until",)), "until: must be later than since")
    return Profile(
        id=crisis.id,
        name=crisis.name,
        timezone=crisis.timezone,
        since=since,
        until=until,
        languages=languages,
        tags=crisis.tags,
        feeds=_feeds(folder / "feeds.toml"),
        vocabularies=vocabularies,
        places=places,
        relevance=_relevance(crisis.relevance, zone),
        version=_version(folder),
    )


def _find(name_or_folder: str) -> Path:
    bundled = sorted(path.parent.name for path in _BUNDLED.glob("*/crisis.toml") if path.parent != SKELETON)
    if name_or_folder in bundled:
        return _BUNDLED / name_or_folder
    folder = Path(name_or_folder).expanduser()
    if not folder.is_dir():
        hint = did_you_mean(name_or_folder, bundled)
        raise ProfileError(f"{name_or_folder}: neither a folder nor a bundled profile{hint}")
    for file in sorted(folder.iterdir()):
        if file.suffix in {".toml", ".csv"} and file.name not in _FILES:
            raise refuse(file, None, f"a profile has no such file{did_you_mean(file.name, _FILES)}")
    return folder


def _vocabularies(folder: Path, crisis: CrisisFile) -> tuple[Vocabulary, ...]:
    files = sorted((folder / "terms").glob("*.toml"))
    for file in files:
        if file.stem not in crisis.languages:
            hint = did_you_mean(file.stem, crisis.languages)
            raise refuse(file, None, f"crisis.toml does not list the language {file.stem!r}{hint}")
    return tuple(read_vocabulary(file, tuple(crisis.tags)) for file in files)


def _check_groups(file: Path, source: str, crisis: CrisisFile, vocabularies: tuple[Vocabulary, ...]) -> None:
    """Refuse a `[relevance]` that speaks of a group which no terms file has."""
    groups = {name for vocabulary in vocabularies for name in vocabulary.groups}
    if not vocabularies:
        return
    for key, names in crisis.relevance.model_dump(exclude={"threshold", "peak_until"}).items():
        known = groups | {"places"} | (set(crisis.tags) if key == "events" else set())
        for name in names:
            if name not in known:
                message = f"relevance.{key}: no terms file has a group {name!r}{did_you_mean(name, known)}"
                raise refuse(file, line_of(source, ("relevance", key, name)), message)


def _feeds(file: Path) -> tuple[FeedSource, ...]:
    if not file.exists():
        return ()
    checked, source = read_toml(file, FeedsFile)
    first: dict[str, int] = {}
    for number, entry in enumerate(checked.feed):
        if entry.url in first:
            there = line_of(source, ("feed", first[entry.url], "url"))
            message = f"feed.{number}.url: {entry.url} stands in line {there} already; list each feed once"
            raise refuse(file, line_of(source, ("feed", number, "url")), message)
        first[entry.url] = number
    return tuple(FeedSource(**entry.model_dump()) for entry in checked.feed)


def _moment(value: datetime | date, zone: ZoneInfo) -> datetime:
    if not isinstance(value, datetime):
        value = datetime.combine(value, time.min)
    return (value if value.tzinfo else value.replace(tzinfo=zone)).astimezone(UTC)


def _relevance(part: RelevancePart, zone: ZoneInfo) -> Relevance:
    said: dict[str, Any] = {key: tuple(names) for key, names in part if isinstance(names, list)}
    return Relevance(
        **said,
        threshold=part.threshold,
        peak_until=_moment(part.peak_until, zone) if part.peak_until else None,
        events=part.events,
    )


def _version(folder: Path) -> str:
    """A digest of what the checked files mean; comments, layout, the order of keys and the feeds have no part in it."""
    files = [folder / "crisis.toml", *sorted((folder / "terms").glob("*.toml"))]
    meaning: list[Any] = [_MEANING]
    meaning += [[file.name, tomllib.loads(file.read_text("utf-8-sig"))] for file in files]
    if (folder / "places.csv").exists():
        with (folder / "places.csv").open(encoding="utf-8-sig", newline="") as lines:
            meaning += sorted(map(str, csv.DictReader(lines)))
    written = json.dumps(meaning, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(written.encode()).hexdigest()[:16]
