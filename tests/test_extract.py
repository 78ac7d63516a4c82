"""Extraction: made-up pages in, articles or reasons out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from pipeline.errors import Failure, Reason
from pipeline.extract import extract
from pipeline.extract.dates import decide
from pipeline.records import Article, DateClaim, Origin, Page, Precision

SEEN = datetime(2022, 1, 20, tzinfo=UTC)
RUSSIAN = [
    "В Алматы поздно вечером полиция применила слезоточивый газ против колонны демонстрантов.",
    "Около половины одиннадцатого в центре города пропал мобильный интернет, сообщили жители.",
]
KAZAKH = [
    "Алматыда полиция орталық алаңға бара жатқан наразыларға қарсы көзден жас ағызатын газ қолданды.",
    "Кешкі он жарымда қала орталығында мобильді интернет өшірілді деп хабарлады тұрғындар.",
]
ENGLISH = [
    "Police fired tear gas late on Tuesday at a crowd that was marching towards the central square.",
    "Residents said that mobile internet went down in the centre of the city at about half past ten.",
]


def page(
    markup: str | bytes,
    *,
    url: str = "http://tribune.example/a",
    content_type: str = "text/html",
    timezone: str = "UTC",
    language: str | None = None,
) -> Page:
    body = markup.encode() if isinstance(markup, str) else markup
    return Page(url=url, body=body, observed_at=SEEN, content_type=content_type, timezone=timezone, language=language)


def html(paragraphs: list[str], *, head: str = "", title: str = "A headline of five words") -> str:
    text = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    menu = "".join(f"<li><a href='/{name}'>{name}</a></li>" for name in ("Politics", "Economy", "Sport"))
    return (
        f"<!doctype html><html><head><title>{title} | Tribune</title>{head}</head><body><nav><ul>{menu}</ul></nav>"
        f"<article><h1>{title}</h1>{text}</article><footer>© Tribune</footer></body></html>"
    )


def read(markup: str | bytes, **known: str) -> Article:
    article = extract(page(markup, **known)).outcome
    assert isinstance(article, Article), article
    return article


@pytest.mark.parametrize(("paragraphs", "language"), [(RUSSIAN, "ru"), (KAZAKH, "kk"), (ENGLISH, "en")])
def test_text_title_and_language_are_read_and_menus_left(paragraphs: list[str], language: str) -> None:
    article = read(html(paragraphs))
    assert article.text == "\n".join(paragraphs)
    assert article.title == "A headline of five words"
    assert article.language == language


def test_the_text_does_not_begin_with_the_title() -> None:
    title = "Tear gas in the centre"
    article = read(f"<html><title>{title}</title><body><p>{title}</p><p>{'</p><p>'.join(ENGLISH)}</p></body></html>")
    assert not article.text.startswith(title)


@pytest.mark.parametrize(
    ("encoding", "content_type", "head"),
    [
        ("utf-8", "text/html", ""),
        ("windows-1251", "text/html; charset=windows-1251", ""),
        ("windows-1251", "text/html", '<meta charset="windows-1251">'),
        ("windows-1251", "text/html", ""),
        ("koi8-r", "text/html", '<meta http-equiv="Content-Type" content="text/html; charset=koi8-r">'),
        ("koi8-r", "text/html", ""),
        ("utf-8", "text/html; charset=windows-1251", ""),
        ("utf-8-sig", "text/html", ""),
        ("utf-16", "text/html", ""),
    ],
)
def test_bytes_become_text_whatever_they_are_called(encoding: str, content_type: str, head: str) -> None:
    markup = html(RUSSIAN, head=head).replace("©", "(c)").encode(encoding)
    assert read(markup, content_type=content_type).text == "\n".join(RUSSIAN)


def test_a_flash_of_one_sentence_is_an_article() -> None:
    flash = "The interior ministry says eight officers were killed."
    assert read(html([flash])).text == flash


@pytest.mark.parametrize(
    ("body", "content_type", "reason"),
    [
        (b"  \n ", "text/html", Reason.EMPTY_BODY),
        (b"%PDF-1.7 ...", "application/pdf", Reason.NOT_HTML),
        (b"%PDF-1.7 ...", "text/html", Reason.NOT_HTML),
        (b'{"a": 1}', "application/json", Reason.NOT_HTML),
        (bytes(range(1, 32)) * 100, "text/html", Reason.UNDECODABLE),
        (b"<html><body></body></html>", "text/html", Reason.NO_TEXT),
        (b"<a href=/>Home</a> <a href=/x>News</a> <a href=/y>Sport</a>", "text/html", Reason.NO_TEXT),
    ],
)
def test_what_is_no_article_has_a_reason(body: bytes, content_type: str, reason: Reason) -> None:
    outcome = extract(page(body, content_type=content_type)).outcome
    assert isinstance(outcome, Failure)
    assert outcome.reason is reason


def test_nul_bytes_and_deep_nesting_are_survived() -> None:
    nested = "<div>" * 10_000 + "deep" + "</div>" * 10_000
    assert "\0" not in read(html([*ENGLISH, "a\0b and some more words"])).text
    assert isinstance(extract(page(f"<html><body>{nested}</body></html>")).outcome, Article | Failure)


@pytest.mark.parametrize(
    ("head", "url", "expected", "origin"),
    [
        (
            '<script type="application/ld+json">{"@type":"Report","datePublished":"2022-01-05T10:00+06:00"}</script>',
            "http://t.example/a",
            "2022-01-05T10:00:00+06:00",
            Origin.JSON_LD,
        ),
        (
            '<script type="application/ld+json">{"@graph":[{"@type":"Report","datePublished":"2022-01-05"}]}</script>',
            "http://t.example/a",
            "2022-01-05",
            Origin.JSON_LD,
        ),
        (
            '<meta property="article:published_time" content="2022-01-05T10:00:00Z">',
            "http://t.example/2022/01/04/a",
            "2022-01-05T10:00:00+00:00",
            Origin.META,
        ),
        ("", "http://t.example/2022/01/04/a", "2022-01-04", Origin.URL),
        ('<meta name="date" content="2031-01-05">', "http://t.example/a", None, None),
        ('<script type="application/ld+json">{"broken</script>', "http://t.example/a", None, None),
    ],
)
def test_dates_are_read_as_they_are_stated(head: str, url: str, expected: str | None, origin: Origin | None) -> None:
    claim = decide(read(html(ENGLISH, head=head), url=url).claims)
    assert (claim and claim.isoformat(), claim and claim.origin) == (expected, origin)


def test_a_shown_date_without_zone_takes_the_outlets() -> None:
    shown = html(ENGLISH).replace("</h1>", '</h1><span class="date">5 января 2022, 14:05</span>')
    claim = decide(read(shown, timezone="Asia/Aqtau").claims)
    assert claim is not None
    assert (claim.at, claim.offset, claim.origin) == (datetime(2022, 1, 5, 9, 5, tzinfo=UTC), None, Origin.TEXT)


def test_what_is_decided_does_not_depend_on_the_order_of_claims() -> None:
    def claim(origin: Origin, precision: Precision, hour: int) -> DateClaim:
        at = datetime(2022, 1, 5, hour, tzinfo=UTC)
        return DateClaim(at=at, offset=timedelta(), day=at.date(), origin=origin, precision=precision)

    claims = [
        claim(Origin.URL, Precision.DAY, 0),
        claim(Origin.FEED, Precision.INSTANT, 9),
        claim(Origin.META, Precision.INSTANT, 8),
        claim(Origin.META, Precision.INSTANT, 10),
    ]
    assert {decide(order) for order in permutations(claims)} == {claims[2]}
    assert decide([]) is None


def test_authors_and_canonical_address() -> None:
    head = (
        '<link rel="canonical" href="/real"><script type="application/ld+json">'
        '{"@type":"NewsArticle","author":[{"name":"A. Reporter"},{"name":"http://t.example/me"}]}</script>'
    )
    article = read(html(ENGLISH, head=head))
    assert article.authors == ("A. Reporter",)
    assert article.canonical_url == "http://tribune.example/real"


@pytest.mark.parametrize(
    ("text", "stated", "language"),
    [("Қаза тапты", None, "kk"), ("Погибли восемь", "ru-RU", "ru"), ("Eight dead", "en", "en"), ("…", "en", None)],
)
def test_a_few_words_are_judged_with_the_pages_own_word(text: str, stated: str | None, language: str | None) -> None:
    from pipeline.extract.language import find_language  # noqa: PLC0415 - of no other use here

    assert find_language(text, "", stated=stated, outlet=None) == language
