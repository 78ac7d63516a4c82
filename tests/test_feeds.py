"""Feed documents of every condition become entries, or a failure with a name."""

from __future__ import annotations

import socket
import threading
import tracemalloc
from datetime import UTC, datetime, timedelta
from time import monotonic

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.discover.documents import parse_document
from pipeline.discover.feeds import ENTRIES
from pipeline.discover.markup import FeedBytes
from pipeline.discover.plain import plain_text
from pipeline.errors import Failure, Reason
from pipeline.records import FeedDocument, Origin

NOW = datetime(2022, 1, 6, tzinfo=UTC)
ITEM = "<item><title>Протесты в Жанаозене</title><link>https://outlet.example/1</link></item>"
RSS = f"<rss version='2.0'><channel><title>Вести Мангистау</title>{ITEM}</channel></rss>"


def parse(
    text: str | bytes, *, url: str = "https://outlet.example/feed", content_type: str | None = None
) -> FeedDocument | Failure:
    body = text.encode() if isinstance(text, str) else text
    document = FeedBytes(url=url, body=body, content_type=content_type, timezone="Asia/Almaty", observed_at=NOW)
    return parse_document(document)


def entries(text: str | bytes, **options: str) -> FeedDocument:
    parsed = parse(text, **options)
    assert isinstance(parsed, FeedDocument), parsed
    return parsed


def rss(*items: str) -> str:
    return f"<rss version='2.0'><channel>{''.join(items)}</channel></rss>"


def test_rss_gives_entries_in_order_with_raw_dates_read() -> None:
    feed = entries(
        "<?xml version='1.0'?><rss version='2.0'><channel><title>Qantar &amp; Co</title>"
        "<item><title>First &lt;b&gt;bold&lt;/b&gt;</title><link>/a?x=1&amp;y=2</link>"
        "<guid isPermaLink='false'>g1</guid>"
        "<description><![CDATA[<p>Words&nbsp;here</p><script>alert(1)</script>]]></description>"
        "<pubDate>Wed, 05 Jan 2022 10:30:00 MSK</pubDate></item>"
        "<item><title>Second</title><pubDate>05 янв 2022</pubDate></item></channel></rss>"
    )
    first, second = feed.entries
    assert feed.title == "Qantar & Co"
    assert (first.url, first.guid) == ("https://outlet.example/a?x=1&y=2", "g1")
    assert (first.title, first.summary) == ("First bold", "Words here")
    assert first.published is not None
    assert first.published.at == datetime(2022, 1, 5, 7, 30, tzinfo=UTC)
    assert (first.published.offset, first.published.origin) == (timedelta(hours=3), Origin.FEED)
    assert (second.url, second.guid, second.published_raw) == (None, None, "05 янв 2022")
    assert second.published is not None
    assert second.published.isoformat() == "2022-01-05"


def test_atom_resolves_links_against_xml_base_and_keeps_both_dates() -> None:
    feed = entries(
        "<feed xmlns='http://www.w3.org/2005/Atom' xml:base='https://base.example/news/'><title>A</title>"
        "<entry><title type='html'>&lt;i&gt;T&lt;/i&gt;</title><id>tag:1</id><link href='one'/>"
        "<published>2022-01-05T10:00:00+06:00</published><updated>2022-01-05T12:00:00+06:00</updated>"
        "<content type='html'>&lt;p&gt;All of it&lt;/p&gt;</content></entry>"
        "<entry><title>U</title><link href='/two'/><updated>2022-01-04T12:00:00Z</updated></entry></feed>"
    )
    first, second = feed.entries
    assert (first.url, second.url) == ("https://base.example/news/one", "https://base.example/two")
    assert (first.title, first.summary) == ("T", "All of it")
    assert first.published is not None
    assert first.published.isoformat() == "2022-01-05T10:00:00+06:00"
    assert first.updated == datetime(2022, 1, 5, 6, tzinfo=UTC)
    assert second.published_raw == "2022-01-04T12:00:00Z"


def test_rdf_is_read() -> None:
    feed = entries(
        "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/' "
        "xmlns:dc='http://purl.org/dc/elements/1.1/'><item rdf:about='https://a.example/1'><title>T</title>"
        "<link>https://a.example/1</link><dc:date>2022-01-05T10:00:00+06:00</dc:date></item></rdf:RDF>"
    )
    assert feed.entries[0].published is not None


@pytest.mark.parametrize("charset", ["windows-1251", "koi8-r", "utf-8", "utf-16"])
@pytest.mark.parametrize("declared", ["document", "server", "nobody", "wrongly"])
def test_cyrillic_is_read_whoever_declares_its_encoding(charset: str, declared: str) -> None:
    label = {"document": charset, "wrongly": "utf-8"}.get(declared)
    head = f"<?xml version='1.0' encoding='{label}'?>" if label else ""
    served = f"application/rss+xml; charset={charset}" if declared == "server" else "text/xml"
    feed = entries((head + RSS).encode(charset), content_type=served)
    assert feed.title == "Вести Мангистау"
    assert feed.entries[0].title == "Протесты в Жанаозене"


def test_latin_letters_of_no_declared_encoding_are_not_taken_for_cyrillic() -> None:
    text = rss("<item><title>Le café où l'été s'achève, à côté</title></item>")
    assert entries(text.encode("latin-1")).entries[0].title == "Le café où l'été s'achève, à côté"


def test_one_broken_byte_in_utf_8_costs_one_character() -> None:
    body = ("<?xml version='1.0' encoding='utf-8'?>" + RSS).encode().replace("Вести".encode(), b"\xd0\xffest", 1)
    assert entries(body).entries[0].title == "Протесты в Жанаозене"


def test_an_unknown_encoding_is_no_reason_to_lose_a_feed() -> None:
    assert entries("<?xml version='1.0' encoding='bogus-8'?>" + RSS).entries[0].title == "Протесты в Жанаозене"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", Reason.EMPTY_BODY),
        (" \n\ufeff\n", Reason.EMPTY_BODY),
        ("<!DOCTYPE html><html><p>Moved</p></html>", Reason.HTML_INSTEAD_OF_FEED),
        (
            "<?xml version='1.0'?>\n<!-- x -->\n<HTML xmlns='http://www.w3.org/1999/xhtml'/>",
            Reason.HTML_INSTEAD_OF_FEED,
        ),
        ("{}", Reason.NOT_A_FEED),
        ("Service temporarily unavailable", Reason.NOT_A_FEED),
        ("/etc/passwd", Reason.NOT_A_FEED),
    ],
)
def test_what_is_no_feed_is_told_by_its_reason(text: str, reason: Reason) -> None:
    parsed = parse(text)
    assert isinstance(parsed, Failure)
    assert parsed.reason is reason


def test_blank_lines_before_the_declaration_do_no_harm() -> None:
    assert entries("\n \ufeff\n<?xml version='1.0'?>" + RSS).title == "Вести Мангистау"


def test_a_feed_that_lists_nothing_is_a_feed() -> None:
    assert entries("<rss version='2.0'><channel><title>Quiet</title></channel></rss>").entries == ()


def test_broken_markup_keeps_its_entries() -> None:
    feed = entries(
        rss("<item><title>A & B &nbsp; C</title><link>/1</link></item>", "<item><title>D</title></item>")[:-9]
    )
    assert [entry.title for entry in feed.entries] == ["A & B C", "D"]


def test_a_feed_cut_in_the_middle_keeps_what_came() -> None:
    feed = entries(rss(ITEM, ITEM)[:-60])
    assert feed.entries[0].url == "https://outlet.example/1"


def test_nul_and_control_characters_are_dropped() -> None:
    assert entries(rss("<item><title>A\0B\x0bC</title></item>")).entries[0].title == "ABC"


def test_duplicates_are_kept_and_entries_are_capped() -> None:
    assert len(entries(rss(ITEM, ITEM)).entries) == 2
    assert len(entries(rss("<item/>" * (ENTRIES + 5))).entries) == ENTRIES


def test_dates_that_cannot_be_are_kept_raw_only() -> None:
    feed = entries(
        rss(
            "<item><pubDate>Fri, 05 Jan 2032 10:00:00 GMT</pubDate></item>",
            "<item><pubDate>soon</pubDate></item>",
        )
    )
    assert [(entry.published, entry.published_raw) for entry in feed.entries] == [
        (None, "Fri, 05 Jan 2032 10:00:00 GMT"),
        (None, "soon"),
    ]


def test_titles_and_summaries_are_bounded() -> None:
    (entry,) = entries(rss(f"<item><title>{'т' * 900}</title><description>{'с' * 9000}</description></item>")).entries
    assert (len(entry.title), len(entry.summary)) == (500, 5000)


LAUGHS = "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 10))


@pytest.mark.parametrize(
    "doctype",
    [
        f"<!DOCTYPE rss [<!ENTITY l0 'ha'>{LAUGHS}]>",
        "<!DOCTYPE rss [<!ENTITY l9 SYSTEM 'file:///etc/passwd'>]>",
        "<!DOCTYPE rss [<!-- ]> --><!ENTITY l9 'x'>]>",
        "<!doctype rss [<!entity l9 'x'>]>",
        f"<!DOCTYPE rss [<!ENTITY l9 '{'x' * 100_000}'>]>",
    ],
)
def test_declared_entities_are_refused_before_any_parser_sees_them(doctype: str) -> None:
    tracemalloc.start()
    parsed = parse(
        f"<?xml version='1.0'?>{doctype}<rss version='2.0'><channel><title>{'&l9;' * 1000}</title></channel>"
    )
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert isinstance(parsed, Failure)
    assert parsed.reason is Reason.NOT_A_FEED
    assert peak < 5 * 2**20


def test_parsing_asks_the_network_for_nothing() -> None:
    """A document type, a stylesheet, an inclusion and a schema all point at a listener that nobody calls."""
    calls: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.3)

        def listen() -> None:
            try:
                calls.append(listener.accept()[1])
            except TimeoutError:
                return

        thread = threading.Thread(target=listen)
        thread.start()
        there = f"http://127.0.0.1:{listener.getsockname()[1]}"
        feed = entries(
            f"<?xml version='1.0'?><?xml-stylesheet href='{there}/a.xsl'?>"
            f"<!DOCTYPE rss SYSTEM '{there}/rss.dtd'>"
            "<rss version='2.0' xmlns:xi='http://www.w3.org/2001/XInclude'><channel>"
            f"<xi:include href='{there}/b'/>{ITEM}</channel></rss>"
        )
        parse(f"{there}/feed.xml")
        thread.join()
    assert len(feed.entries) == 1
    assert calls == []


@pytest.mark.parametrize(
    "text",
    [
        rss(f"<item><description>{'<div>' * 10_000}x{'</div>' * 10_000}</description></item>"),
        rss(f"<item><description><![CDATA[{'<div>' * 100_000}]]></description></item>"),
        rss(f"<item><description><![CDATA[{'<script>' * 100_000}]]></description></item>"),
        "<rss version='2.0'><channel>" + "<item>" * 5_000,
        "<rss version='2.0'><channel>" + "<" * 20_000,
        "<!--" * 20_000,
        "<?" * 50_000,
    ],
)
def test_nesting_and_repetition_do_not_hang(text: str) -> None:
    started = monotonic()
    parse(text)
    assert monotonic() - started < 5


def test_what_feedparser_trips_over_is_a_failure() -> None:
    parsed = parse(rss("<image><url>u</url></width></image>", ITEM))
    assert isinstance(parsed, Failure)
    assert parsed.reason is Reason.PARSER_CRASHED


SEED = (f"<?xml version='1.0' encoding='utf-8'?>{RSS}").encode()


INSERTS = st.sampled_from([b"", b"<", b"]]>", b"&", b"\0", b"<item>"]) | st.binary(max_size=6)
EDITS = st.lists(st.tuples(st.integers(0, len(SEED)), st.integers(0, 20), INSERTS), max_size=6)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(edits=EDITS)
def test_mutated_feeds_give_entries_or_a_failure(edits: list[tuple[int, int, bytes]]) -> None:
    body = SEED
    for place, length, text in edits:
        body = body[:place] + text + body[place + length :]
    read = parse(body)
    assert isinstance(read, FeedDocument | Failure)


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<b>Ал</b>маты", "Алматы"),
        ("one<br>two<p>three</p>", "one two three"),
        ("a &lt;b&gt; &amp; c &#1171;", "a <b> & c ғ"),
        ("5 < 6 and 7 > 3", "5 < 6 and 7 > 3"),
        ("<style>p{}</style>x<script>y</script>z", "x z"),
        ("<!-- note -->x", "x"),
        ("x<img src='a", "x<img src='a"),
    ],
)
def test_markup_becomes_words(markup: str, text: str) -> None:
    assert plain_text(markup, limit=100) == text
