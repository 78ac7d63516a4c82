"""The sample's pages and feeds, each outlet in a template of its own, with the furniture that real sites have."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape
from importlib.resources import files
from string import Template

from pipeline.showcase.data import SampleArticle, SampleOutlet, articles

MADE_UP = "Made up for testing Qantar: not news"
_RU_MONTHS = (
    *("января", "февраля", "марта", "апреля", "мая", "июня"),
    *("июля", "августа", "сентября", "октября", "ноября", "декабря"),
)


def page(article: SampleArticle, edition: int) -> bytes:
    """An article's page, in its outlet's charset; a blank one has everything but text."""
    outlet = article.outlet
    shown = article.editions[min(edition, len(article.editions)) - 1]
    paragraphs = () if article.fate == "blank" else shown.paragraphs
    template = Template(files("pipeline.showcase").joinpath("templates", f"{outlet.shape}.html").read_text("utf-8"))
    return template.substitute(
        language=outlet.language,
        charset="" if outlet.charset != "utf-8" else '<meta charset="utf-8">',
        title=escape(shown.title),
        site=escape(outlet.name),
        head="" if article.undated else _stated(article),
        shown="" if article.undated else _shown(article),
        text="\n".join(f"<p>{escape(paragraph)}</p>" for paragraph in paragraphs),
        neighbours="\n".join(
            f'<li><a href="{escape(each.url)}">{escape(each.editions[0].title)}</a></li>' for each in _others(article)
        ),
        made_up=MADE_UP,
    ).encode(outlet.charset)


def feed(outlet: SampleOutlet, edition: int) -> tuple[bytes, str]:
    """An outlet's feed and its media type; the newest entries come first, as feeds have them."""
    match outlet.format:
        case "cut":
            return b"<?xml version='1.0'?><rss version='2.0'><channel><title>Broken Press</tit", "application/rss+xml"
        case "html":
            return f"<!doctype html><title>We have moved</title><p>{MADE_UP}</p>".encode(), "text/html"
        case "empty":
            return b"", "application/rss+xml"
    listed = [each for each in reversed(articles()) if each.outlet == outlet]
    if outlet.format == "atom":
        return _atom(outlet, listed, edition).encode(), "application/atom+xml"
    return _rss(outlet, listed, edition).encode(outlet.charset), "application/rss+xml"


def _stated(article: SampleArticle) -> str:
    """The date as the page's head states it for machines."""
    moment = article.published.isoformat()
    match article.outlet.style:
        case "json-ld":
            about = {"@context": "https://schema.org", "@type": "NewsArticle", "datePublished": moment}
            about["headline"] = article.editions[0].title
            return f'<script type="application/ld+json">{json.dumps(about, ensure_ascii=False)}</script>'
        case "meta":
            return f'<meta property="article:published_time" content="{moment}">'
    return ""


def _shown(article: SampleArticle) -> str:
    """The date as the page shows it to readers."""
    at = article.published
    match article.outlet.style:
        case "time":
            return f'<time datetime="{at.isoformat()}">{at:%H:%M}</time>'
        case "text":
            return f'<span class="date">{at.day} {_RU_MONTHS[at.month - 1]} {at.year}, {at:%H:%M}</span>'
    return ""


def _others(article: SampleArticle) -> list[SampleArticle]:
    """A few neighbours, others for each page."""
    same = [each for each in articles() if each.outlet == article.outlet and each != article]
    start = sum(map(ord, article.id)) % max(len(same), 1)
    return (same + same)[start : start + 4]


def _updated(article: SampleArticle, edition: int) -> datetime:
    """When it was last changed: a second edition comes at the end of its day."""
    if edition > 1 and len(article.editions) > 1:
        return article.published.replace(hour=23, minute=30)
    return article.published


def _title(article: SampleArticle, edition: int) -> str:
    return escape(article.editions[min(edition, len(article.editions)) - 1].title)


def _rss(outlet: SampleOutlet, listed: list[SampleArticle], edition: int) -> str:
    items = "".join(
        f"<item><title>{_title(each, edition)}</title><link>{escape(each.url)}</link>"
        f"<guid>{escape(each.url)}</guid>{_pub_date(each)}"
        f"<description>{escape(each.editions[0].paragraphs[0][:120])}</description></item>"
        for each in listed
    )
    return (
        f'<?xml version="1.0" encoding="{outlet.charset}"?><rss version="2.0"><channel>'
        f"<title>{escape(outlet.name)}</title><link>http://{outlet.domain}/</link>"
        f"<description>{MADE_UP}</description>{items}</channel></rss>"
    )


def _pub_date(article: SampleArticle) -> str:
    if article.undated:
        return ""
    if article.outlet.timezone == "Asia/Almaty" and article.outlet.charset != "utf-8":
        # A zone by its name, which parsers of feeds take for UTC.
        return f"<pubDate>{article.published:%d %b %Y %H:%M:%S} ALMT</pubDate>"
    return f"<pubDate>{format_datetime(article.published)}</pubDate>"


def _atom(outlet: SampleOutlet, listed: list[SampleArticle], edition: int) -> str:
    entries = "".join(
        f"<entry><title>{_title(each, edition)}</title><id>tag:{outlet.domain},2022:{each.id}</id>"
        f'<link rel="alternate" href="{escape(each.url)}"/>'
        + (
            ""
            if each.undated
            else f"<published>{each.published.isoformat()}</published>"
            f"<updated>{_updated(each, edition).isoformat()}</updated>"
        )
        + f"<summary>{escape(each.editions[0].paragraphs[0][:120])}</summary></entry>"
        for each in listed
    )
    newest = max((_updated(each, edition) for each in listed), default=datetime(2022, 1, 2, tzinfo=UTC))
    return (
        '<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom">'
        f"<title>{escape(outlet.name)}</title><id>http://{outlet.domain}/</id>"
        f"<updated>{newest.isoformat()}</updated><subtitle>{MADE_UP}</subtitle>{entries}</feed>"
    )
