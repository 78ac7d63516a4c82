"""Extraction, from one end to the other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib.metadata import version

from lxml.html import HtmlElement

from pipeline.errors import Failure, Reason
from pipeline.extract.body import Body, Found
from pipeline.extract.dates import find_claims, find_updates
from pipeline.extract.kinds import no_article
from pipeline.extract.language import find_language
from pipeline.extract.markup import read_markup, read_tree
from pipeline.extract.metadata import find_authors, find_canonical, find_image, find_site_name, find_title
from pipeline.extract.structured import Structured, read_structured
from pipeline.outlets import Sketch
from pipeline.records import Article, Page, Reading

# Changes whenever the output may: with our own rules (the first number), and with the library that does the work.
EXTRACTOR_VERSION = f"2+trafilatura-{version('trafilatura')}"

# War and Peace has three million characters; what is longer than a third of it is no news.
_LONGEST_TEXT = 1_000_000


def extract(page: Page) -> Reading:
    """Read an article out of a page; what cannot be read gives a Failure with its reason. Pure."""
    return _extract(page, sketching=True)


def extract_only(page: Page) -> Reading:
    """The same without the sketch, for who has it already."""
    return _extract(page, sketching=False)


def _extract(page: Page, *, sketching: bool) -> Reading:
    opened = _open(page)
    if isinstance(opened, Failure):
        return Reading(outcome=opened)
    # All that stands in the tree has to be read before `Body` takes it over.
    article = Article(
        title=opened.title,
        text="",
        language=None,
        authors=find_authors(opened.structured),
        claims=find_claims(opened.tree, opened.structured, page),
        updates=find_updates(opened.structured, page),
        canonical_url=find_canonical(opened.tree, page.url),
        site_name=find_site_name(opened.structured),
        image_url=find_image(opened.structured, page.url),
        paywalled=opened.structured.paywalled,
    )
    stated = opened.tree.get("lang")
    body = opened.body()
    sketch = body.sketch() if sketching else None
    found = body.find(page.furniture)
    if len(found.text) > _LONGEST_TEXT:
        detail = f"a text of {len(found.text)} characters"
        return Reading(outcome=Failure(reason=Reason.TOO_LARGE, detail=detail), claims=article.claims, sketch=sketch)
    if failure := no_article(found.text, links=body.linked_words(), structured=opened.structured, url=page.url):
        return Reading(outcome=failure, claims=article.claims, sketch=sketch)
    language = find_language(opened.title, found.text, stated=stated, outlet=page.language)
    return Reading(outcome=_with_text(article, found, language), claims=article.claims, sketch=sketch)


def sketch(page: Page) -> Sketch | None:
    """What a page tells of its outlet, as `extract` says it too; None when it is no page."""
    opened = _open(page)
    return None if isinstance(opened, Failure) else opened.body().sketch()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opened:
    markup: str
    tree: HtmlElement
    structured: Structured
    title: str

    def body(self) -> Body:
        """The tree as blocks; the tree is spent."""
        return Body(self.tree, self.title, again=lambda: read_tree(self.markup))


def _open(page: Page) -> _Opened | Failure:
    markup = read_markup(page.body, page.content_type)
    if isinstance(markup, Failure):
        return markup
    tree = read_tree(markup)
    if tree is None:
        return Failure(reason=Reason.NO_TEXT, detail="no element in it")
    structured = read_structured(tree)
    return _Opened(markup=markup, tree=tree, structured=structured, title=find_title(tree, structured))


def _with_text(article: Article, found: Found, language: str | None) -> Article:
    return replace(article, text=found.text, language=language, extractor=found.extractor, pruned=found.pruned)
