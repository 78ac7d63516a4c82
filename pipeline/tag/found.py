"""A hit where it stands in an article."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pipeline.tag.matcher import Hit
from pipeline.tag.words import Words

# An inverted pyramid: what an article is about stands in its first words (two or three sentences). A text that
# is no longer is a flash.
LEAD_WORDS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A hit with its field; `sentence` and `position` (in words) count from the headline on through the text."""

    hit: Hit
    field: Literal["title", "text"]
    sentence: int
    position: int
    in_lead: bool

    @property
    def group(self) -> str:
        """The name by which `[relevance]` speaks of it: its group or tag, or `places` for any place."""
        return "places" if self.hit.rule.kind == "place" else self.hit.rule.label

    def overlaps(self, other: Found) -> bool:
        """Whether both are made of some of the same words."""
        length, others = self.hit.last - self.hit.first, other.hit.last - other.hit.first
        return self.position <= other.position + others and other.position <= self.position + length


def in_title(hits: list[Hit], title: Words) -> list[Found]:
    """The hits of a headline."""
    return [
        Found(hit=hit, field="title", sentence=title.sentences[hit.first], position=hit.first, in_lead=True)
        for hit in hits
    ]


def in_text(hits: list[Hit], text: Words, title: Words) -> list[Found]:
    """The hits of a text that stands under that headline."""
    sentences = title.sentences[-1] + 1 if len(title) else 0
    return [
        Found(
            hit=hit,
            field="text",
            sentence=sentences + text.sentences[hit.first],
            position=len(title) + hit.first,
            in_lead=hit.first < LEAD_WORDS,
        )
        for hit in hits
    ]
