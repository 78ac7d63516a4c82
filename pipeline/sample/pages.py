"""An article as HTML, in its outlet's template."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from functools import cache
from html import escape
from pathlib import Path
from string import Template

from pipeline.sample.articles import DeadEnd, SampleArticle
from pipeline.sample.outlets import Outlet
from pipeline.sample.wording import WORDING, printed

_FOLDER = Path(__file__).with_name("templates")


def render(article: SampleArticle | DeadEnd, outlet: Outlet, neighbours: Sequence[SampleArticle]) -> str:
    """The page of an article, or of a dead end without text.

    `neighbours` are articles of the same outlet; their headlines fill the page's side boxes.
    """
    wording = WORDING[article.language]
    paragraphs = article.paragraphs if isinstance(article, SampleArticle) else ()
    author = article.author if isinstance(article, SampleArticle) else None
    moment = _newsroom_time(article.published, outlet)
    updated = _newsroom_time(article.updated, outlet) if isinstance(article, SampleArticle) else None
    charset = (article.charset if isinstance(article, SampleArticle) else None) or outlet.charset
    return _template(outlet.template).substitute(
        language=article.language,
        charset=charset,
        declared=f'<meta charset="{outlet.charset}">' if charset == outlet.charset else "",
        url=escape(article.url),
        host=outlet.domain,
        outlet=escape(outlet.name),
        title=escape(article.title),
        summary=escape(teaser(paragraphs[0])) if paragraphs else "",
        author=escape(author or ""),
        byline=f'<span class="byline">{escape(author)}</span>' if author else "",
        body="\n".join(f"<p>{escape(line)}</p>" for line in paragraphs),
        iso=moment.isoformat() if moment else "",
        printed=printed(moment, article.language),
        json_ld=_json_ld(article, outlet, moment, updated, author),
        published_meta=_meta("article:published_time", moment) + _meta("article:modified_time", updated),
        time=f'<time datetime="{moment.isoformat()}">{printed(moment, article.language)}</time>' if moment else "",
        menu=_items(wording.menu),
        headlines=_headlines(neighbours),
        teasers=_teasers(neighbours),
        latest=wording.latest,
        read_also=wording.read_also,
        share=wording.share,
        comments=_items(wording.comments),
        subscribe=wording.subscribe,
        contact=wording.contact,
        made_up=wording.made_up,
    )


def teaser(line: str, *, limit: int = 150) -> str:
    """The beginning of a paragraph, cut at a word."""
    return line if len(line) <= limit else line[:limit].rsplit(" ", 1)[0].rstrip(",.:;—-– ") + "…"


@cache
def _template(name: str) -> Template:
    return Template((_FOLDER / f"{name}.html").read_text("utf-8"))


def _newsroom_time(moment: datetime | date | None, outlet: Outlet) -> datetime | date | None:
    return moment.astimezone(outlet.zone) if isinstance(moment, datetime) else moment


def _json_ld(
    article: SampleArticle | DeadEnd,
    outlet: Outlet,
    moment: datetime | date | None,
    updated: datetime | date | None,
    author: str | None,
) -> str:
    said = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": article.title,
        "inLanguage": article.language,
        "datePublished": moment.isoformat() if moment else None,
        "dateModified": updated.isoformat() if updated else None,
        "author": {"@type": "Person", "name": author} if author else None,
        "publisher": {"@type": "Organization", "name": outlet.name},
    }
    # A page's script ends at the first "</", wherever it stands.
    return json.dumps({key: value for key, value in said.items() if value}, ensure_ascii=False).replace("</", "<\\/")


def _meta(name: str, moment: datetime | date | None) -> str:
    return f'<meta property="{name}" content="{moment.isoformat()}">\n' if moment else ""


def _items(words: Sequence[str]) -> str:
    return "\n".join(f'<li><a href="/">{escape(word)}</a></li>' for word in words)


def _headlines(neighbours: Sequence[SampleArticle]) -> str:
    return "\n".join(f'<li><a href="{escape(each.url)}">{escape(each.title)}</a></li>' for each in neighbours)


def _teasers(neighbours: Sequence[SampleArticle]) -> str:
    return "\n".join(
        f'<div class="card"><h4><a href="{escape(each.url)}">{escape(each.title)}</a></h4>'
        f"<p>{escape(teaser(each.paragraphs[0], limit=110))}</p></div>"
        for each in neighbours
    )
