"""What was published: the sample's articles with their labels, from articles/*.toml.

A copy stands in the data as its edits to the original (`copy_of`), a later edition as a row of its own
(`revision_of`); both are spelt out here.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pipeline.sample.outlets import outlets

_FOLDER = Path(__file__).with_name("articles")

# What a newsroom with a plain keyboard makes of an agency's typography.
_STRAIGHT = str.maketrans(
    {"“": '"', "”": '"', "«": '"', "»": '"', "’": "'", "—": "-", "–": "-", "ё": "е", "Ё": "Е", "…": "..."}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleArticle:
    """One text under one URL, and what a careful reader says of it.

    `published` is aware, a bare day, or None where the outlet tells nothing. `edition` is 1, or 2 for the text
    that replaces another (`revision_of`) when the web turns to its second edition, at `updated`. `copy_of` is
    the id of the agency report that this one reprints, `verbatim` when every word of it is the same.
    `charset` is None where the page follows its outlet and says so; else the page keeps silent about it.
    `relevant`, `tags` and `places` are the labels, by the rules of README.md.
    """

    id: str
    outlet: str
    url: str
    language: str
    title: str
    paragraphs: tuple[str, ...]
    published: datetime | date | None
    relevant: bool
    tags: tuple[str, ...]
    places: tuple[str, ...]
    section: str | None = None
    author: str | None = None
    charset: str | None = None
    edition: int = 1
    revision_of: str | None = None
    updated: datetime | None = None
    copy_of: str | None = None
    verbatim: bool = False

    @property
    def text(self) -> str:
        """The body, a paragraph a line."""
        return "\n".join(self.paragraphs)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadEnd:
    """An entry of a feed that leads to no text of its own.

    `kind`: the page is gone, it moved to `target` (another article's URL), or it holds no text.
    """

    id: str
    outlet: str
    url: str
    language: str
    title: str
    published: datetime | date | None
    kind: Literal["gone", "moved", "no_text"]
    target: str | None = None
    section: str | None = None


@cache
def articles() -> tuple[SampleArticle, ...]:
    """Every text of the sample, by outlet, in the files' order; a second edition after its first."""
    rows = {row["id"]: row for row in _rows("article")}
    return tuple(_article(row, rows) for row in rows.values())


@cache
def dead_ends() -> tuple[DeadEnd, ...]:
    """Every entry that leads nowhere, in the files' order."""
    found = {article.id: article.url for article in articles()}
    return tuple(
        DeadEnd(
            id=row["id"],
            outlet=row["outlet"],
            url=row["url"],
            language=row["language"],
            title=row["title"],
            published=row.get("published"),
            kind=row["kind"],
            target=found[row["target"]] if "target" in row else None,
            section=row.get("section"),
        )
        for row in _rows("dead_end")
    )


def _rows(kind: str) -> Iterator[dict[str, Any]]:
    """The rows of one kind in the outlets' order, each with its outlet, address and language."""
    for outlet in outlets():
        file = _FOLDER / f"{outlet.domain.removesuffix('.example')}.toml"
        for row in tomllib.loads(file.read_text("utf-8")).get(kind, []):
            common = {"outlet": outlet.domain, "language": outlet.language}
            address = {"url": f"http://{outlet.domain}{row['path']}"} if "path" in row else {}
            yield common | address | row


def _article(row: Mapping[str, Any], rows: Mapping[str, Mapping[str, Any]]) -> SampleArticle:
    original = rows[row["copy_of"]] if "copy_of" in row else row
    earlier = rows[row["revision_of"]] if "revision_of" in row else row
    paragraphs = _paragraphs(row, original)
    title = row["title"] if "title" in row else _typeset(original["title"], row)
    return SampleArticle(
        id=row["id"],
        outlet=row["outlet"],
        url=earlier["url"],
        language=original["language"],
        title=title,
        paragraphs=paragraphs,
        published=earlier.get("published"),
        relevant=row.get("relevant", original["relevant"]),
        tags=tuple(sorted(row.get("tags", original["tags"]))),
        places=tuple(sorted(row.get("places", original["places"]))),
        section=earlier.get("section"),
        author=row.get("author"),
        charset=row.get("charset"),
        edition=2 if "revision_of" in row else 1,
        revision_of=row.get("revision_of"),
        updated=row.get("updated"),
        copy_of=row.get("copy_of"),
        verbatim="copy_of" in row and not {"keep", "before", "after"} & row.keys(),
    )


def _paragraphs(row: Mapping[str, Any], original: Mapping[str, Any]) -> tuple[str, ...]:
    """The row's own text; or its original's first `keep` paragraphs, between its lines `before` and `after`."""
    kept = original["text"].strip().splitlines()[: row.get("keep")]
    return tuple(_typeset(line, row) for line in (*row.get("before", ()), *kept, *row.get("after", ())))


def _typeset(text: str, row: Mapping[str, Any]) -> str:
    return text.translate(_STRAIGHT) if row.get("typeset") == "straight" else text
