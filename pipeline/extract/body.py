"""The main text of a page, by trafilatura."""

from __future__ import annotations

import re
import unicodedata
from copy import deepcopy

from lxml.html import HtmlElement
from trafilatura import bare_extraction
from trafilatura.settings import Document, Extractor, use_config

_BLANK = re.compile(r"[^\S\n]+")
_LINES = re.compile(r"\s*\n\s*")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u2028\u2029\ufeff]")

# The shortest flash is a sentence of 60 characters; labels, names and footers are shorter.
_SENTENCE = 60


def _options() -> Extractor:
    """Trafilatura's own settings, except that a flash of one sentence is an article too."""
    config = use_config()
    config.set("DEFAULT", "MIN_OUTPUT_SIZE", "1")
    config.set("DEFAULT", "MIN_EXTRACTED_SIZE", "30")
    # The deadline is the kernel's business (pipeline.confine); a signal handler here would disturb it.
    config.set("DEFAULT", "EXTRACTION_TIMEOUT", "0")
    return Extractor(config=config, output_format="python", comments=False, with_metadata=False)


_OPTIONS = _options()


def find_text(tree: HtmlElement, title: str) -> str:
    """The paragraphs of the main text, a line each, without the headline; empty when there are none.

    The tree is left as it was.
    """
    document = bare_extraction(deepcopy(tree), options=_OPTIONS)
    text = document.text if isinstance(document, Document) and document.text else ""
    return without_title(tidy(text), title)


def is_menu(text: str, tree: HtmlElement) -> bool:
    """Whether a text is the page's menus and lists, for want of an article: mostly links, and no sentence beside."""
    linked = {word for link in tree.iter("a") for word in _fold(link.text_content()).split()}
    lines = text.split("\n")
    others = [line for line in lines if not linked.issuperset(_fold(line).split())]
    return 2 * len(others) < len(lines) and all(len(line) < _SENTENCE for line in others)


def tidy(text: str) -> str:
    """Composed characters, one blank between words, one line a paragraph, no control characters."""
    composed = unicodedata.normalize("NFC", _CONTROL.sub("", text))
    return _LINES.sub("\n", _BLANK.sub(" ", composed)).strip()


def without_title(text: str, title: str) -> str:
    """The text behind a headline that it begins with."""
    first, _, rest = text.partition("\n")
    if title and rest and _fold(first) == _fold(title):
        return rest
    return text


def _fold(text: str) -> str:
    return re.sub(r"\W+", " ", text.casefold()).strip()
