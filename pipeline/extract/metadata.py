"""What the page says of the article beside its text: title, authors, addresses, and who publishes it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

from lxml.html import HtmlElement

from pipeline.extract.structured import Structured
from pipeline.extract.words import fold

_LONGEST_TITLE = 500
_LONGEST_AUTHOR = 100
_MOST_AUTHORS = 20
# What stands between a headline and the name of the site; a bare hyphen or colon stands in headlines too.
_SEPARATOR = re.compile(r"\s+[|–—·•»/]+\s+|\s+-\s+|\s*::\s*|\s*\|\s*")
_SPACE = re.compile(r"\s+")
# Marks that are left at an end when a name is cut off there.
_MARKS = re.compile(r"^[\s:|•·/–—-]+(?=\S)|\s+[|•·»/–—-]*\s*$")
_LONGEST_NAME = 100
_LONGEST_URL = 2000


def find_title(tree: HtmlElement, structured: Structured) -> str:
    """The headline, empty when the page has none.

    The `<title>` names the article for sure, and the site with it. So the other statements (JSON-LD, og:title,
    the headings) are believed where they agree with it; where none does, its longest part is the headline.
    """
    whole = _clean(next((each.text_content() for each in tree.iter("title")), ""))
    site = find_site_name(structured) or ""
    stated = [_without_site(title, site) for title in _stated_titles(tree, structured)]
    for title in stated:
        if title and fold(title) in fold(whole):
            return title
    parts = [part for part in _SEPARATOR.split(whole) if part and fold(part) != fold(site)]
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
    yield _clean(structured.meta.get("twitter:title"))


def _without_site(title: str, site: str) -> str:
    """A headline without the site's name behind it (or before it), and the mark between them."""
    parts = _SEPARATOR.split(title)
    if site and len(parts) > 1:
        for name, rest in ((parts[-1], title[: title.rfind(parts[-1])]), (parts[0], title[len(parts[0]) :])):
            if fold(name) and (fold(name) in fold(site) or fold(site) in fold(name)) and len(name) < len(rest):
                return _MARKS.sub("", rest)
    return _MARKS.sub("", title)


def find_site_name(structured: Structured) -> str | None:
    """What the outlet calls itself: og:site_name, else the publisher in JSON-LD, else the application's name."""
    publishers = (article.get("publisher") for article in structured.articles)
    named = (each.get("name") for each in publishers if isinstance(each, dict))
    stated = (structured.meta.get("og:site_name"), *named, structured.meta.get("application-name"))
    return next((name for each in stated if (name := _clean(each)) and len(name) <= _LONGEST_NAME), None)


def find_image(structured: Structured, url: str) -> str | None:
    """The address of the article's lead image, absolute: JSON-LD's, else og:image, else the card's."""
    for article in structured.articles:
        for image in _as_list(article.get("image")):
            address = image.get("url") if isinstance(image, dict) else image
            if isinstance(address, str) and (absolute := _absolute(url, address)):
                return absolute
    named = ("og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src")
    stated = (structured.meta.get(name) for name in named)
    return next((absolute for each in stated if each and (absolute := _absolute(url, each))), None)


def find_authors(structured: Structured) -> tuple[str, ...]:
    """Who wrote it, as JSON-LD or else the meta tags have it; addresses are no names."""
    named: dict[str, None] = {}
    for article in structured.articles:
        for author in _as_list(article.get("author")):
            named[_clean(author.get("name") if isinstance(author, dict) else author)] = None
    if not named:
        named = {_clean(structured.meta.get(key)): None for key in ("author", "article:author", "dc.creator", "byl")}
    good = [name for name in named if name and "://" not in name and len(name) <= _LONGEST_AUTHOR]
    return tuple(good[:_MOST_AUTHORS])


def find_canonical(tree: HtmlElement, url: str) -> str | None:
    """The address in `rel=canonical`, absolute and unchecked."""
    for link in tree.iter("link"):
        if (link.get("rel") or "").strip().lower() == "canonical" and link.get("href"):
            return _absolute(url, str(link.get("href")))
    return None


def _absolute(base: str, address: str) -> str | None:
    """A web address as seen from a page; None for what is none, or too long for one."""
    try:
        absolute = urljoin(base, address.strip())
    except ValueError:
        return None
    return absolute if absolute.startswith(("http://", "https://")) and len(absolute) <= _LONGEST_URL else None


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _clean(value: Any) -> str:
    """One line of text, whatever was there; JSON-LD has been seen with lists and numbers for names."""
    return _SPACE.sub(" ", value).strip()[:_LONGEST_TITLE] if isinstance(value, str) else ""
