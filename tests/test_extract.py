"""Extraction: made-up pages in, articles or reasons out."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from pipeline.errors import Failure, Reason
from pipeline.extract import extract
from pipeline.extract.dates import decide, rule_of
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


def test_no_piece_of_a_date_in_the_future_is_a_date() -> None:
    assert decide(read(html(ENGLISH, head=meta("article:published_time", "2022-01-25T10:00:00Z"))).claims) is None


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


def json_ld(**members: object) -> str:
    return f'<script type="application/ld+json">{json.dumps({"@type": "NewsArticle", **members})}</script>'


CONSENT = [
    "We value your privacy. We and our partners store cookies on your device to personalise advertising.",
    "By choosing to accept you consent to the use of cookies, as our cookie policy describes in detail.",
]
CHALLENGE = ["Checking your browser before accessing the site. This process is automatic, please wait."]


@pytest.mark.parametrize(
    ("markup", "url", "reason"),
    [
        (html(CONSENT), "http://tribune.example/a", Reason.COOKIE_WALL),
        (html(CHALLENGE), "http://tribune.example/a", Reason.CHALLENGE),
        (html([], head=json_ld(isAccessibleForFree=False)), "http://tribune.example/a", Reason.PAYWALL),
        (html([], head=json_ld(**{"@type": "ImageGallery"})), "http://tribune.example/a", Reason.MEDIA_ONLY),
        (
            html(ENGLISH, head=json_ld(**{"@type": "CollectionPage"})),
            "http://tribune.example/category/protest",
            Reason.SECTION_FRONT,
        ),
        (
            "<html><body><h1>News</h1><ul>"
            + "".join(f"<li><a href=/{n}>Headline {n} of the long day {'abcde'[n % 5] * n}</a></li>" for n in range(40))
            + "</ul></body></html>",
            "http://tribune.example/news",
            Reason.SECTION_FRONT,
        ),
    ],
)
def test_pages_that_are_no_articles_are_recognised(markup: str, url: str, reason: Reason) -> None:
    outcome = extract(page(markup, url=url)).outcome
    assert isinstance(outcome, Failure)
    assert outcome.reason is reason


def test_an_article_about_cookies_and_a_paywalled_lead_are_articles() -> None:
    about = [
        "The parliament passed a law on advertising on Tuesday, after two years of debate among its members.",
        *CONSENT,
        "Publishers in the capital said that the law would cost them a third of what they earn with advertising.",
        "The president has thirty days to sign it, and the opposition has said that it would go to the court.",
    ]
    assert read(html(about)).text.count("\n") == 4
    paid = read(html(ENGLISH, head=json_ld(isAccessibleForFree="False")))
    assert paid.paywalled
    assert paid.text == "\n".join(ENGLISH)
    assert not read(html(ENGLISH)).paywalled


def test_dates_are_read_out_of_json_that_is_broken() -> None:
    broken = (
        '<script type="application/ld+json">{"headline": "A "quoted" word", '
        '"datePublished": "2022-01-05T10:00:00+06:00", "dateModified": "2022-01-05T11:00:00+06:00"}</script>'
    )
    article = read(html(ENGLISH, head=broken))
    published = decide(article.claims)
    assert published is not None
    assert (published.origin, published.isoformat()) == (Origin.JSON_LD, "2022-01-05T10:00:00+06:00")
    assert [claim.isoformat() for claim in article.updates] == ["2022-01-05T11:00:00+06:00"]


def test_dates_of_neighbouring_articles_are_not_the_articles() -> None:
    title = "A headline of five words"
    head = json_ld(headline="Another one", datePublished="2022-01-01T08:00:00Z", author="B. Other") + json_ld(
        headline=title, datePublished="2022-01-05T10:00:00Z", author="A. Reporter"
    )
    article = read(html(ENGLISH, head=head, title=title))
    assert [claim.day.isoformat() for claim in article.claims] == ["2022-01-05"]
    assert article.authors == ("A. Reporter",)


def test_the_rule_that_decided_a_date_is_told_with_what_contradicts_it() -> None:
    head = json_ld(datePublished="2022-01-05T10:00:00Z") + meta("article:published_time", "2022-01-05T04:00:00Z")
    claims = read(html(ENGLISH, head=head), url="http://tribune.example/2022/01/04/a").claims
    decided = decide(claims)
    assert decided is not None
    assert decided.isoformat() == "2022-01-05T04:00:00+00:00"
    told = rule_of(claims)
    assert "statement for machines; the earliest of several" in told
    assert "others say 2022-01-04" in told
    assert rule_of([]) == ""


def meta(name: str, content: str) -> str:
    return f'<meta property="{name}" content="{content}">'


@pytest.mark.parametrize(
    ("title", "site", "expected"),
    [
        ("Tear gas in the centre - Valley Courier", "Valley Courier", "Tear gas in the centre"),
        ("Valley Courier: news | Tear gas in the centre of town", "Valley Courier", "Tear gas in the centre of town"),
        ("«Мы несли плакат, и по нам начали стрелять»", "Берег", "«Мы несли плакат, и по нам начали стрелять»"),
        ("Almaty - a city of fountains", "Valley Courier", "Almaty - a city of fountains"),
    ],
)
def test_the_name_of_the_site_is_cut_off_titles(title: str, site: str, expected: str) -> None:
    head = meta("og:title", title) + meta("og:site_name", site)
    article = read(html(ENGLISH, head=head, title=title).replace(" | Tribune</title>", "</title>"))
    assert (article.title, article.site_name) == (expected, site)


def test_the_lead_image_is_absolute_and_an_address() -> None:
    assert read(html(ENGLISH, head=meta("og:image", "/i/1.jpg"))).image_url == "http://tribune.example/i/1.jpg"
    assert read(html(ENGLISH, head=meta("og:image", "javascript:alert(1)"))).image_url is None
    with_ld = json_ld(image=[{"url": "https://cdn.example/2.jpg"}]) + meta("og:image", "/i/1.jpg")
    assert read(html(ENGLISH, head=with_ld)).image_url == "https://cdn.example/2.jpg"


def test_a_lead_that_trafilatura_drops_for_the_name_of_its_class_is_put_back() -> None:
    lead = "Eight people were killed in the night, and more than a hundred were taken to hospital, doctors said."
    markup = html(ENGLISH).replace("</h1>", f"</h1><p class='summary-teaser'>{lead}</p>")
    assert read(markup).text == "\n".join([lead, *ENGLISH])


LATIN_KAZAKH = (
    "Almatyda myñdağan adam alañğa şyqty. Olar gaz bağasynyñ köterilgenine narazy bolyp, ükimettiñ ketuin talap etti. "
    "Tünde ortalyqta atys boldy, ondağan adam jaralandy dep habarlady densaulyq saqtau basqarmasy."
)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Президент України підписав закон про мобілізацію", "uk"),
        ("Татарстан Президенты Рөстәм Миңнеханов Казанда", "tt"),
        ("Тошкентда янги метро бекати очилди", "uz"),
        ("Бишкекте митинг өтүп жатат", "ky"),
        ("Police fired tear gas in Almaty", "en"),
        ("В Алматы взрыв", "ru"),
        (LATIN_KAZAKH, "kk"),
    ],
)
def test_neighbouring_languages_are_told_apart_without_a_hint(text: str, language: str) -> None:
    from pipeline.extract.language import find_language  # noqa: PLC0415 - of no other use here

    assert find_language("", text, stated=None, outlet=None) == language
