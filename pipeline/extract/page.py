"""Extraction, from one end to the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version

from pipeline.errors import Failure, Reason
from pipeline.extract.body import Body
from pipeline.extract.credits import find_credit
from pipeline.extract.dates import find_claims, find_updates
from pipeline.extract.furniture import learn
from pipeline.extract.kinds import no_article
from pipeline.extract.language import find_language
from pipeline.extract.markup import read_markup, read_tree
from pipeline.extract.metadata import find_authors, find_canonical, find_image, find_site_name, find_title
from pipeline.extract.structured import Structured, read_structured
from pipeline.outlets import Furniture
from pipeline.records import Article, Page, Reading

# Changes whenever the output may: with our own rules (the first number), and with the library that does the work.
EXTRACTOR_VERSION = f"4+trafilatura-{version('trafilatura')}"

# War and Peace has three million characters; what is longer than a third of it is no news.
_LONGEST_TEXT = 1_000_000


def extract(page: Page) -> Reading:
    """Read an article out of a page; what cannot be read gives a Failure with its reason. Pure."""
    opened = _open(page)
    if isinstance(opened, Failure):
        return Reading(outcome=opened)
    sketch = opened.body.sketch()
    return replace(opened.read(page.furniture), sketch=sketch)


def extract_outlet(pages: Sequence[Page]) -> tuple[list[Reading], Furniture]:
    """Read the pages of one outlet as production does once it has settled: its furniture is learnt from them first.

    Returns a reading a page, in their order, and the furniture.
    """
    opened = [_open(page) for page in pages]
    sketches = [None if isinstance(each, Failure) else each.body.sketch() for each in opened]
    furniture = learn(filter(None, sketches))
    readings = [
        Reading(outcome=each) if isinstance(each, Failure) else replace(each.read(furniture), sketch=sketch)
        for each, sketch in zip(opened, sketches, strict=True)
    ]
    return readings, furniture


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opened:
    """A page as blocks, and all that had to be read off its tree before. `article` has no text yet."""

    page: Page
    article: Article
    structured: Structured
    stated_language: str | None
    body: Body

    def read(self, furniture: Furniture) -> Reading:
        """The article, or why there is none; once, for the body is spent."""
        found = self.body.find(furniture)
        claims = self.article.claims
        if len(found.text) > _LONGEST_TEXT:
            detail = f"a text of {len(found.text)} characters"
            return Reading(outcome=Failure(reason=Reason.TOO_LARGE, detail=detail), claims=claims)
        links, structured = self.body.linked_words, self.structured
        if failure := no_article(found.text, links=links, structured=structured, url=self.page.url):
            return Reading(outcome=failure, claims=claims)
        language = find_language(self.article.title, found.text, stated=self.stated_language, outlet=self.page.language)
        article = replace(
            self.article,
            text=found.text,
            language=language,
            extractor=found.extractor,
            pruned=found.pruned,
            credit=find_credit(found.text),
        )
        return Reading(outcome=article, claims=claims)


def _open(page: Page) -> _Opened | Failure:
    markup = read_markup(page.body, page.content_type)
    if isinstance(markup, Failure):
        return markup
    tree = read_tree(markup)
    if tree is None:
        return Failure(reason=Reason.NO_TEXT, detail="no element in it")
    everything = read_structured(tree)
    title = find_title(tree, everything)
    structured = everything.about(title)
    article = Article(
        title=title,
        text="",
        language=None,
        authors=find_authors(structured),
        claims=find_claims(tree, structured, page),
        updates=find_updates(structured, page),
        canonical_url=find_canonical(tree, page.url),
        site_name=find_site_name(structured),
        image_url=find_image(structured, page.url),
        paywalled=structured.paywalled,
    )
    stated = tree.get("lang")
    return _Opened(
        page=page,
        article=article,
        structured=structured,
        stated_language=stated,
        body=Body(tree, article.title, again=lambda: read_tree(markup)),
    )
