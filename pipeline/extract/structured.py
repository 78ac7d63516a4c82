"""What a page says of itself for machines: JSON-LD and meta tags."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from lxml.html import HtmlElement

from pipeline.extract.words import fold

# Bounds on what strangers nest and repeat; real pages stay far below.
_MOST_SCRIPTS = 20
_LONGEST_SCRIPT = 500_000
_MOST_NODES = 500
_DATE_MEMBER = re.compile(r'"(datePublished|dateModified)"\s*:\s*"([^"]{4,60})"')
_WRAPPING = re.compile(r"^\s*(<!--|//\s*<!\[CDATA\[|/\*\s*<!\[CDATA\[\s*\*/)|(-->|//\s*\]\]>|/\*\s*\]\]>\s*\*/)\s*$")

_ARTICLE_TYPES = frozenset(
    {
        "Article",
        "NewsArticle",
        "BlogPosting",
        "Report",
        "LiveBlogPosting",
        "ReportageNewsArticle",
        "AnalysisNewsArticle",
        "OpinionNewsArticle",
        "BackgroundNewsArticle",
        "SocialMediaPosting",
    }
)
_LISTING_TYPES = frozenset({"CollectionPage", "SearchResultsPage"})
_MEDIA_TYPES = frozenset({"ImageGallery", "MediaGallery", "VideoObject", "VideoGallery", "AudioObject"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Structured:
    """`articles`: the JSON-LD objects that describe an article. `meta`: content by lower-case name or property.

    `kinds` are the types of all JSON-LD objects.
    """

    articles: tuple[Mapping[str, Any], ...]
    meta: Mapping[str, str]
    kinds: frozenset[str] = frozenset()

    def about(self, title: str) -> Structured:
        """The same with the articles of that headline alone, where any bears it; pages describe others, too."""
        named = tuple(each for each in self.articles if fold(str(each.get("headline") or "")) == fold(title))
        return replace(self, articles=named) if named else self

    @property
    def paywalled(self) -> bool:
        """Whether the page says that it holds back a part of the article (schema.org's `isAccessibleForFree`)."""
        stated = [article.get("isAccessibleForFree") for article in self.articles]
        return any(value is False or str(value).strip().lower() == "false" for value in stated) or (
            self.meta.get("article:content_tier", "").lower() in {"locked", "metered"}
        )

    @property
    def is_listing(self) -> bool:
        """Whether the page says that it lists other pages."""
        return bool(self.kinds & _LISTING_TYPES) or self.meta.get("og:type", "").lower() == "website"

    @property
    def is_media(self) -> bool:
        """Whether the page says that it shows pictures or a video."""
        return bool(self.kinds & _MEDIA_TYPES) or self.meta.get("og:type", "").lower().startswith("video")


def read_structured(tree: HtmlElement) -> Structured:
    """Read both; what is malformed is passed over, the first of equally named meta tags counts."""
    meta: dict[str, str] = {}
    for tag in tree.iter("meta"):
        name = tag.get("property") or tag.get("name") or tag.get("itemprop")
        content = tag.get("content")
        if name and content and content.strip():
            meta.setdefault(name.strip().lower(), content.strip())
    nodes = list(_nodes(tree))
    return Structured(
        articles=tuple(node for node in nodes if _kinds(node) & _ARTICLE_TYPES),
        meta=meta,
        kinds=frozenset(kind for node in nodes for kind in _kinds(node)),
    )


def _nodes(tree: HtmlElement) -> Iterator[Mapping[str, Any]]:
    scripts = [each for each in tree.iter("script") if "ld+json" in (each.get("type") or "").lower()]
    for script in scripts[:_MOST_SCRIPTS]:
        text = _without_wrapping(script.text or "")
        if not text or len(text) > _LONGEST_SCRIPT:
            continue
        try:
            document = json.loads(text, strict=False)
        except RecursionError:
            continue
        except ValueError:
            yield from _dates_in(text)
        else:
            yield from _objects(document)


def _dates_in(text: str) -> Iterator[Mapping[str, Any]]:
    """The first dates of a script that is no valid JSON: most often a quotation mark in the description breaks it."""
    found = dict(reversed(_DATE_MEMBER.findall(text)))
    if found:
        yield {"@type": "Article", **found}


def _without_wrapping(script: str) -> str:
    """The JSON without the comment or CDATA marks that some templates put around it, and without a last semicolon."""
    text = _WRAPPING.sub("", script).strip()
    return text.removesuffix(";")


def _objects(document: Any) -> Iterator[dict[str, Any]]:
    """The objects of a document: itself, the members of a list, the graph, the main entity."""
    waiting = [document]
    for _ in range(_MOST_NODES):
        if not waiting:
            return
        node = waiting.pop(0)
        if isinstance(node, list):
            waiting.extend(node)
        elif isinstance(node, dict):
            yield node
            waiting.extend(node[key] for key in ("@graph", "mainEntity") if isinstance(node.get(key), dict | list))


def _kinds(node: Mapping[str, Any]) -> frozenset[str]:
    kinds = node.get("@type")
    named = kinds if isinstance(kinds, list) else [kinds]
    return frozenset(kind.removeprefix("schema:") for kind in named if isinstance(kind, str))
