"""Pages that are no article: recognised by what they say of themselves, and by what is left without one."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from pipeline.errors import Failure, Reason
from pipeline.extract.structured import Structured
from pipeline.extract.words import fold

# The shortest flash is a sentence of 60 characters; labels, names and footers are shorter.
_SENTENCE = 60
# Lines of menus and lists of headlines are shorter than this on average.
_MENU_LINE = 120
# "Removed." and "Loading" are no news in any language.
_SHORTEST = 20
# A notice before the article is short; an article about cookies is not.
_LONGEST_NOTICE = 1500
_CONSENT = re.compile(
    r"\bcookies?\b|\bconsent\b|privacy (policy|choices|settings)|we (value|respect) your privacy|файл\w* cookie|куки|"
    r"персональных данных|политик\w+ конфиденциальности|cookie файл|құпиялылық саясат",
    re.IGNORECASE,
)
_MOST_CONSENT_WORDS_IN_NEWS = 3
_CHALLENGE = re.compile(
    r"checking your browser|verify(ing)? (that )?you are (a )?human|enable javascript and cookies|are you a robot|"
    r"complete the (security check|captcha)|ddos protection by|attention required|вы не робот|"
    r"проверк\w+ (вашего )?браузера|"
    r"подтвердите, что вы (не робот|человек)",
    re.IGNORECASE,
)
_LONGEST_CHALLENGE = 800
# The words of so many links are a list of articles; a menu alone has fewer.
_LISTED = 60
# Where publishers keep lists of articles.
_LISTING = re.compile(
    r"^/?((tags?|category|categories|rubric|section|topics?|author|search|archive)(/[^/]*)?/?)?$", re.IGNORECASE
)


def no_article(text: str, *, links: Callable[[], frozenset[str]], structured: Structured, url: str) -> Failure | None:
    """Why a page holds no article; None when it seems to hold one.

    Args:
        text: what extraction made of it.
        links: gives the words of its links, folded; asked only where it matters.
        structured: what it says of itself.
        url: where it was.
    """
    if len(text) <= _LONGEST_CHALLENGE and (found := _CHALLENGE.search(text)):
        return Failure(reason=Reason.CHALLENGE, detail=f"asks for proof of being human: {found[0]}")
    if len(text) <= _LONGEST_NOTICE and _is_about_consent(text):
        return Failure(reason=Reason.COOKIE_WALL, detail="a notice about cookies, and no article behind it")
    lines = text.split("\n")
    if len(text) < _SHORTEST or (len(text) < _MENU_LINE * len(lines) and _is_menu(lines, links())):
        return _without_text(structured, lists=len(links()) >= _LISTED)
    if structured.is_listing and not structured.articles and _LISTING.match(urlsplit(url).path):
        return Failure(reason=Reason.SECTION_FRONT, detail="says that it is a list of articles")
    return None


def _is_about_consent(text: str) -> bool:
    """Whether most lines of a text speak of cookies and consent."""
    lines = text.split("\n")
    speaking = [line for line in lines if _CONSENT.search(line)]
    return len(_CONSENT.findall(text)) >= _MOST_CONSENT_WORDS_IN_NEWS and 2 * len(speaking) > len(lines)


def _is_menu(lines: Sequence[str], links: frozenset[str]) -> bool:
    """Whether lines are the page's menus and lists: mostly links, and no sentence beside."""
    others = [line for line in lines if not links.issuperset(fold(line).split())]
    return 2 * len(others) < len(lines) and all(len(line) < _SENTENCE for line in others)


def _without_text(structured: Structured, *, lists: bool) -> Failure:
    if structured.paywalled:
        return Failure(reason=Reason.PAYWALL, detail="says that its text is not free to read")
    if structured.is_media:
        return Failure(reason=Reason.MEDIA_ONLY, detail="pictures or a video, and no text")
    if lists:
        return Failure(reason=Reason.SECTION_FRONT, detail="menus and lists, but no main text in it")
    return Failure(reason=Reason.NO_TEXT, detail="no main text in it")
