"""Title, authors and canonical address."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

from lxml.html import HtmlElement

from pipeline.extract.structured import Structured

_LONGEST_TITLE = 500
_LONGEST_AUTHOR = 100
_MOST_AUTHORS = 20
# What stands between a headline and the name of the site; a bare hyphen or colon stands in headlines too.
_SEPARATOR = re.compile(r"\s+[|–—·•»/]+\s+|\s+-\s+|\s*::\s*|\s*\|\s*")
_SPACE = re.compile(r"\s+")


def find_title(tree: HtmlElement, structured: Structured) -> str:
    """The headline, empty when the page has none.

    The `<title>` names the article for sure, and the site with it. So the other statements (JSON-LD, og:title,
    the headings) are believed where they agree with it; where none does, its longest part is the headline.
    """
    whole = _clean(next((each.text_content() for each in tree.iter("title")), ""))
    stated = list(_stated_titles(tree, structured))
    for title in stated:
        if title and _fold(title) in _fold(whole):
            return title
    site = _clean(structured.meta.get("og:site_name", ""))
    parts = [part for part in _SEPARATOR.split(whole) if part and _fold(part) != _fold(site)]
    longest = max(parts, key=len, default="")
    if not whole or len(longest.split()) < 3:  # noqa: PLR2004 - a name of a site or section, no headline
        return next((title for title in stated if title), longest)
    return longest


def _stated_titles(tree: HtmlElement, structured: Structured) -> Iterator[str]:
    for article in structured.articles:
        yield _clean(article.get("headline"))
    yield _clean(structured.meta.get("og:title"))
    headings = [_clean(each.text_content()) for each in tree.iter("h1")]
    yield from sorted(headings, key=len, reverse=True)[:3]


def find_authors(structured: Structured) -> tuple[str, ...]:
    """Who wrote it, as JSON-LD or else the meta tags have it; addresses are no names."""
    named: dict[str, None] = {}
    for article in structured.articles:
        for author in _as_list(article.get("author")):
            named[_clean(author.get("name") if isinstance(author, dict) else author)] = None
    if not named:
        named = {_clean(structured.meta.get(key)): None for key in ("author", "article:author", "dc.creator")}
    good = [name for name in named if name and "://" not in name and len(name) <= _LONGEST_AUTHOR]
    return tuple(good[:_MOST_AUTHORS])


def find_canonical(tree: HtmlElement, url: str) -> str | None:
    """The address in `rel=canonical`, absolute and unchecked."""
    for link in tree.iter("link"):
        if (link.get("rel") or "").strip().lower() == "canonical" and link.get("href"):
            try:
                return urljoin(url, str(link.get("href")).strip())
            except ValueError:
                return None
    return None


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _clean(value: Any) -> str:
    """One line of text, whatever was there; JSON-LD has been seen with lists and numbers for names."""
    return _SPACE.sub(" ", value).strip()[:_LONGEST_TITLE] if isinstance(value, str) else ""


def _fold(text: str) -> str:
    return re.sub(r"\W+", " ", text.casefold()).strip()
