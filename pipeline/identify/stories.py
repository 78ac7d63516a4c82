"""Which articles are one story: the leader rule, as a pure function of a set of articles.

In the order (time, URL key) each article joins the earliest leader that it matches directly, else it leads.
So a chain of likenesses cannot weld what does not match, and the order of arrival has no say.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

# A wire report is reprinted within days; ten of them also bridge the five days in which the country of the
# first crisis was cut off. The same words a month later are another event (a weather warning, a yearly notice).
# Texts are filed by spans of this length (`news.signatures`), so that copies lie in one span or in two neighbours.
STORY_WINDOW = timedelta(days=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """An article as the leader rule sees it. `time`: published, else first observed. `story_id`: where it was."""

    article_id: int
    url_key: str
    time: datetime
    text_hash: bytes
    story_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """`kind` is merge (the whole of `from_story` went to `to_story`) or split (a part did)."""

    kind: str
    from_story: int
    to_story: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """Groups of article ids, leader first, by the id they keep; and groups that need a new id.

    `split_from` names, for each group of `new`, the older story that it was split from, None for a new story.
    """

    kept: Mapping[int, Sequence[int]]
    new: Sequence[Sequence[int]]
    split_from: Sequence[int | None]
    merged: Sequence[Change]


def partition(members: Collection[Member], copies: Mapping[bytes, Collection[bytes]]) -> list[list[Member]]:
    """The stories among these articles, each with its leader first; in the leaders' order.

    `copies` gives the texts that are copies of a text, both ways; a text is one of itself.
    """
    led: dict[bytes, list[int]] = {}
    stories: list[list[Member]] = []
    for member in sorted(members, key=lambda each: (each.time, each.url_key)):
        alike = [led.get(text, []) for text in (member.text_hash, *copies.get(member.text_hash, ()))]
        within = (number for each in alike for number in each if member.time - stories[number][0].time <= STORY_WINDOW)
        number = min(within, default=None)
        if number is None:
            led.setdefault(member.text_hash, []).append(len(stories))
            stories.append([member])
        else:
            stories[number].append(member)
    return stories


def assign(stories: Sequence[Sequence[Member]], leader_of: Mapping[int, int | None]) -> Assignment:
    """Give each story an id that stays: a merge keeps the older story's, a split keeps it where the leader is.

    `leader_of` gives the leader so far of every story id that the members stand in.
    """
    home = {member.article_id: index for index, story in enumerate(stories) for member in story}
    claims: dict[int, list[int]] = {}
    for story_id in sorted(leader_of):
        index = home.get(leader_of[story_id] or -1)
        if index is None:
            index = next((i for i, story in enumerate(stories) if any(m.story_id == story_id for m in story)), None)
        if index is not None:
            claims.setdefault(index, []).append(story_id)
    kept: dict[int, list[int]] = {}
    new: list[list[int]] = []
    split_from: list[int | None] = []
    merged: list[Change] = []
    for index, story in enumerate(stories):
        ids = [member.article_id for member in story]
        if index in claims:
            oldest, *younger = claims[index]
            kept[oldest] = ids
            merged += [Change(kind="merge", from_story=each, to_story=oldest) for each in younger]
        else:
            new.append(ids)
            split_from.append(min((m.story_id for m in story if m.story_id is not None), default=None))
    return Assignment(kept=kept, new=new, split_from=split_from, merged=merged)
