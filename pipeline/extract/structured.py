"""What a page says of itself for machines: JSON-LD and meta tags."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lxml.html import HtmlElement

# Bounds on what strangers nest and repeat; real pages stay far below.
_MOST_SCRIPTS = 20
_LONGEST_SCRIPT = 500_000
_MOST_NODES = 500

_ARTICLE_TYPES = ("Article", "NewsArticle", "BlogPosting", "Report", "LiveBlogPosting", "ReportageNewsArticle")


@dataclass(frozen=True, slots=True, kw_only=True)
class Structured:
    """`articles`: the JSON-LD objects that describe an article. `meta`: content by lower-case name or property."""

    articles: tuple[Mapping[str, Any], ...]
    meta: Mapping[str, str]


def read_structured(tree: HtmlElement) -> Structured:
    """Read both; what is malformed is passed over, the first of equally named meta tags counts."""
    meta: dict[str, str] = {}
    for tag in tree.iter("meta"):
        name = tag.get("property") or tag.get("name") or tag.get("itemprop")
        content = tag.get("content")
        if name and content and content.strip():
            meta.setdefault(name.strip().lower(), content.strip())
    return Structured(articles=tuple(_articles(tree)), meta=meta)


def _articles(tree: HtmlElement) -> Iterator[Mapping[str, Any]]:
    scripts = [each for each in tree.iter("script") if "ld+json" in (each.get("type") or "").lower()]
    for script in scripts[:_MOST_SCRIPTS]:
        text = (script.text or "").strip()
        if not text or len(text) > _LONGEST_SCRIPT:
            continue
        try:
            document = json.loads(text, strict=False)
        except (ValueError, RecursionError):
            continue
        yield from (node for node in _nodes(document) if _is_article(node))


def _nodes(document: Any) -> Iterator[dict[str, Any]]:
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


def _is_article(node: Mapping[str, Any]) -> bool:
    kinds = node.get("@type")
    return any(kind in _ARTICLE_TYPES for kind in (kinds if isinstance(kinds, list) else [kinds]))
