"""The sample's outlets and articles, read from the TOML files beside this module."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleOutlet:
    """A fictional outlet. `format`: rss, atom, or how its feed is out of order (cut, html, empty).

    `shape` names its template, `style` where its pages state their date (json-ld, meta, time, url, text).
    """

    domain: str
    name: str
    language: str
    timezone: str
    format: str
    publisher: str | None = None
    shape: str = "plain"
    style: str = "meta"
    scope: str = "all"
    charset: str = "utf-8"

    @property
    def feed_url(self) -> str:
        """Where its feed is served."""
        return f"http://{self.domain}/feed.xml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """A headline and its paragraphs, as the publisher had them at one time."""

    title: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleArticle:
    """A made-up article with its labels.

    `published` has its outlet's zone; None: the page tells no date. `editions` has one edition, or two where
    the publisher updates it. `copy_of` names the article whose words it reprints. `fate` is page, dead,
    redirect (to `target`) or blank.
    """

    id: str
    outlet: SampleOutlet
    published: datetime
    undated: bool
    editions: tuple[Edition, ...]
    relevant: bool
    tags: tuple[str, ...]
    copy_of: str | None
    fate: str
    target: str | None
    in_scope: bool

    @property
    def url(self) -> str:
        """Its address."""
        day = f"{self.published:%Y/%m/%d}/" if self.outlet.style == "url" else "news/"
        return f"http://{self.outlet.domain}/{day}{self.id}"


@cache
def outlets() -> Mapping[str, SampleOutlet]:
    """The outlets by their domains."""
    rows = tomllib.loads(_folder().joinpath("outlets.toml").read_text("utf-8"))["outlet"]
    return {row["domain"]: SampleOutlet(**row) for row in rows}


@cache
def articles() -> tuple[SampleArticle, ...]:
    """All articles, in the order of their publication."""
    rows: dict[str, dict[str, Any]] = {}
    for file in sorted(_folder().joinpath("articles").iterdir(), key=lambda each: each.name):
        rows |= {row["id"]: row for row in tomllib.loads(file.read_text("utf-8"))["article"]}
    return tuple(sorted((_article(row, rows) for row in rows.values()), key=lambda each: (each.published, each.id)))


def _folder() -> Any:
    return files("pipeline.showcase")


def _article(row: Mapping[str, Any], rows: Mapping[str, Mapping[str, Any]]) -> SampleArticle:
    outlet = outlets()[row["outlet"]]
    original = rows[row["copy_of"]] if "copy_of" in row else row
    editions = [Edition(title=row["title"], paragraphs=_paragraphs(row, original["text"]))]
    if "second_text" in row:
        editions.append(Edition(title=row["second_title"], paragraphs=_paragraphs({}, row["second_text"])))
    return SampleArticle(
        id=row["id"],
        outlet=outlet,
        published=datetime.fromisoformat(row["at"]).replace(tzinfo=ZoneInfo(outlet.timezone)),
        undated=row.get("undated", False),
        editions=tuple(editions),
        relevant=original.get("relevant", True) and row.get("fate", "page") == "page",
        tags=tuple(sorted(original.get("tags", []))),
        copy_of=row.get("copy_of"),
        fate=row.get("fate", "page"),
        target=row.get("target"),
        in_scope=row.get("scope", "in") == "in",
    )


def _paragraphs(row: Mapping[str, Any], text: str) -> tuple[str, ...]:
    """A text as a newsroom reprints it: typesetting changed, a credit line, a local paragraph, a cut tail."""
    if row.get("dashes"):
        text = text.replace("—", "-").replace("«", '"').replace("»", '"')
    if row.get("yo"):
        text = text.replace("ё", "е")
    paragraphs = text.strip().split("\n")[: row.get("cut")]
    if "credit" in row:
        paragraphs.insert(0, row["credit"])
    if "local" in row:
        paragraphs.append(row["local"])
    return tuple(paragraphs)
