"""Whom a text says that it is from: the credit line of an agency, or the outlet that it was taken from.

Only where texts are credited: in the dateline, in the first sentences, and at the end. Who is named in the middle is
the source of something, not of the text.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from pipeline.identify.domains import registered
from pipeline.records import Credit

_SOURCES = Path(__file__).with_name("credits.toml")

# "АЛМАТЫ, 5 января. /ТАСС/." and "NUR-SULTAN, Jan 5 (Reuters) -" stand within so many characters.
_DATELINE = 120
# The first sentences, and the last ones.
_LEAD = 500
_TAIL = 240

_LOWER = "a-zа-яёәғқңөұүһі"
# A name's ending, or what is hung on a foreign one.
_ENDING = rf"(?:['’]s|[-–]?[{_LOWER}]{{1,5}})?(?!\w)"
_DOMAIN = r"(?:[A-Za-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,6}|[A-Z0-9-]+\.[A-Z]{2,3})(?!\w)"
_MARKS = "\"'«»“”„"
_VERB_BEFORE = (
    r"(?:(?:according to|reported by|citing|cited by|told|writes|reports)\s+(?:the\s+)?(?:(?:news|state)\s+agency\s+)?"
    r"|(?:сообща\w+|сообщил\w*|переда[её]\w+|передал\w*|пиш[еу]т|информиру\w+|рассказал\w*|ссылк\w+ на|ссылаясь на"
    r"|по данным|по информации|по сообщени\w+|хабарла\w+|жаз(?:ды|ады|ған)\w*|таратты|habarlai?dy)\s+"
    # "в четверг агентство", "собственный корреспондент ИА"
    rf"(?:(?:[{_LOWER}]+|ИА|МИА|РИА)\s+){{0,4}}?)"
)
_VERB_AFTER = (
    r"(?:(?:news )?agency )?(?:(?:has |had )?(?:report(?:s|ed)|said|says|writes|wrote)|сообща\w+|переда[её]т|пиш[еу]т"
    r"|информиру\w+|(?:(?:агентті|тілші|порталы|сайты)\w*\s+){0,2}"
    r"(?:хабарла\w+|жаз(?:ды|ады|ған)\w*|мәлімет\w+|дерег\w+|сілтеме\w*|тарат\w+|habarlai?\w+))"
)


def find_credit(text: str) -> Credit | None:
    """Whom the text says that it is from; None: it does not say. The most formal credit counts, then the first."""
    tail = max(0, len(text) - _TAIL)
    formal, lines, verbs = _patterns()
    spans = ((formal, 0, _DATELINE), (lines, tail, len(text)), (verbs, 0, _LEAD), (verbs, max(_LEAD, tail), len(text)))
    for patterns, start, end in spans:
        found = [each for pattern in patterns for each in pattern.finditer(text, start, end)]
        for each in sorted(found, key=re.Match.start):
            if name := _name_of(each["name"]):
                return Credit(name=name, start=each.start("credit"), end=each.end("credit"))
    return None


def _name_of(words: str) -> str | None:
    """The source that goes by these words; None for what only looks like an address."""
    listed = _sources()
    name = words.strip(f" .,{_MARKS}")
    if found := re.match(rf"({_spellings()}){_ENDING}[{_MARKS}.]*$", words.lstrip(f" {_MARKS}")):
        return listed[found[1].casefold()]
    if found := re.match(rf"(?:https?://)?({_DOMAIN})", name):
        site = registered(found[1].lower())
        return listed.get(site, site) if site else None
    return name if name[:1].isupper() else None


@cache
def _sources() -> Mapping[str, str]:
    """The name of each source by each of its spellings, folded."""
    listed: dict[str, list[str]] = tomllib.loads(_SOURCES.read_text("utf-8"))
    return {each.casefold(): name for name, spellings in listed.items() for each in (name, *spellings)}


@cache
def _spellings() -> str:
    """A pattern for all spellings, the longest first, as they are and in capitals."""
    listed: dict[str, list[str]] = tomllib.loads(_SOURCES.read_text("utf-8"))
    spelt = {each for name, spellings in listed.items() for each in (name, *spellings)}
    return "|".join(re.escape(each) for each in sorted(spelt | {each.upper() for each in spelt}, key=len, reverse=True))


@cache
def _patterns() -> list[list[re.Pattern[str]]]:
    """Datelines, lines of their own, and sentences that credit somebody; each with the groups `credit` and `name`."""
    known = rf"(?P<name>(?:{_spellings()}){_ENDING})"
    named = rf"(?<![\w@./-])(?P<name>{_DOMAIN}|(?:{_spellings()}){_ENDING})"
    datelines = (
        rf"(?P<credit>[(/\[]\s?{known}\s?[)/\]])",
        rf"(?:^|[–—-]\s?|\.\s)(?P<credit>{known})[{_MARKS}]?(?=\s?[–—]|\s-|[.:,/]\s)",
    )
    lines = (
        r"^[^\w\n]*(?P<credit>(?:Источник|Source|Дерек ?көзі)\s*:\s*(?P<name>[^\n]{2,60}))$",
        rf"^[^\w\n]*(?P<credit>(?:©|\([cс]\)|Copyright)[\s©]*(?:\d{{4}}\s*)?(?:by |The )*{named})",
        rf"^[^\w\n]*(?P<credit>{named})[^\w\n]*$",
    )
    sentences = (
        rf"(?<!\w)(?P<credit>{_VERB_BEFORE}[{_MARKS}(]?{named}[{_MARKS}]?)",
        rf"(?P<credit>{named}[{_MARKS}]?\s+{_VERB_AFTER})",
    )
    return [[re.compile(each, re.MULTILINE) for each in group] for group in (datelines, lines, sentences)]
