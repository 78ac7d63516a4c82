"""Whether to believe a page that names another address as its own (`rel=canonical`).

Some sites point all their pages at the front, at a section, or at a script without its parameters. So the word is
taken where both addresses tell of one article by themselves; else two URLs stay two, and their text decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from yarl import URL

from pipeline.identify.domains import registrable
from pipeline.identify.urls import NotAnAddressError, identity_key

# What names an article: a slug of several words or a long one, or a number of a length that only ids and days have.
_SLUG = re.compile(r"(?=.*[^\W\d])(?:[^-_]+[-_]){2,}[^-_]+|(?=.*[^\W\d])[^-_]{20,}")
_NUMBER = re.compile(r"(?<!\d)\d{4,}(?!\d)")
_DAY_OR_YEAR = re.compile(r"(?:19|20)\d\d(?:[01]\d(?:[0-3]\d)?)?")
_EXTENSION = re.compile(r"\.[a-z]{2,5}$", re.IGNORECASE)
# Another part of an article is another text, and so is another language: by a parameter, or by a short folder.
_ANOTHER_TEXT = re.compile(r"page|paged|p|pg|part|start|offset|lang|language|locale|hl|l", re.IGNORECASE)
_LANGUAGE = re.compile(r"[a-z]{2,3}", re.IGNORECASE)


@lru_cache(maxsize=1000)
def article_address(answered: str, canonical: str | None) -> str:
    """The address of the article that a page at `answered` shows: what it calls canonical, if that can be believed.

    Raises `NotAnAddressError` when `answered` is no address.
    """
    key = identity_key(answered)
    try:
        other = identity_key(canonical) if canonical else key
    except NotAnAddressError:
        return answered
    if canonical is None or other == key or not _tell_of_one(URL(f"https://{key}"), URL(f"https://{other}")):
        return answered
    return canonical


def _tell_of_one(answered: URL, canonical: URL) -> bool:
    return (
        registrable(answered.host or "") == registrable(canonical.host or "")
        and not any(_ANOTHER_TEXT.fullmatch(name) for name in answered.query if name not in canonical.query)
        and _languages(answered) == _languages(canonical)
        and bool(set(_names(answered)) & set(_names(canonical)))
        and (_numbers(canonical) <= _numbers(answered) or not _numbers(answered))
    )


def _names(url: URL) -> Iterator[str]:
    """What may name the article in an address: slugs and numbers."""
    yield from _numbers(url)
    last = next((part for part in reversed(url.parts) if part != "/"), "")
    slug = _EXTENSION.sub("", last).casefold()
    if _SLUG.fullmatch(slug):
        yield slug


def _languages(url: URL) -> set[str]:
    return {part.lower() for part in url.parts[:-1] if _LANGUAGE.fullmatch(part)}


def _numbers(url: URL) -> set[str]:
    texts = [*url.parts, *url.query.values()]
    return {number for text in texts for number in _NUMBER.findall(text) if not _DAY_OR_YEAR.fullmatch(number)}
