"""Extraction, from one end to the other."""

from __future__ import annotations

from importlib.metadata import version

from pipeline.errors import Failure, Reason
from pipeline.extract.body import find_text, is_menu
from pipeline.extract.dates import find_claims
from pipeline.extract.language import find_language
from pipeline.extract.markup import read_markup, read_tree
from pipeline.extract.metadata import find_authors, find_canonical, find_title
from pipeline.extract.structured import read_structured
from pipeline.records import Article, Page

# Changes whenever the output may: with our own rules (the first number), and with the library that does the work.
EXTRACTOR_VERSION = f"1+trafilatura-{version('trafilatura')}"

# War and Peace has three million characters; what is longer than a third of it is no news.
_LONGEST_TEXT = 1_000_000


def extract(page: Page) -> Article | Failure:
    """Read an article out of a page; what cannot be read gives a Failure with its reason. Pure."""
    markup = read_markup(page.body, page.content_type)
    if isinstance(markup, Failure):
        return markup
    tree = read_tree(markup)
    if tree is None:
        return Failure(reason=Reason.NO_TEXT, detail="no element in it")
    structured = read_structured(tree)
    title = find_title(tree, structured)
    text = find_text(tree, title)
    if not text or is_menu(text, tree):
        return Failure(reason=Reason.NO_TEXT, detail="menus, but no main text in it" if text else "no main text in it")
    if len(text) > _LONGEST_TEXT:
        return Failure(reason=Reason.TOO_LARGE, detail=f"a text of {len(text)} characters")
    return Article(
        title=title,
        text=text,
        language=find_language(f"{title}\n{text}", stated=tree.get("lang"), outlet=page.language),
        authors=find_authors(structured),
        claims=find_claims(tree, structured, page),
        canonical_url=find_canonical(tree, page.url),
    )
