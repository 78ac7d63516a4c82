"""The bundled sample: what stands in it, how it is served, and that its pages can be read."""

from __future__ import annotations

import http.client
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import trafilatura

import pipeline.sample
from pipeline.crisis import load_profile
from pipeline.discover.documents import parse_document
from pipeline.discover.markup import FeedBytes
from pipeline.errors import Failure, Reason
from pipeline.extract import extract
from pipeline.identify.copies import normalised
from pipeline.identify.urls import identity_key
from pipeline.records import Entry, FeedDocument, Page
from pipeline.sample import (
    DeadEnd,
    SampleArticle,
    SampleFeed,
    SampleWeb,
    articles,
    dead_ends,
    outlets,
    serve,
    write_profile,
)
from pipeline.sample.wording import WORDING

FEEDS = [feed for outlet in outlets() for feed in outlet.feeds]
WORKING = [feed for feed in FEEDS if feed.form in {"rss", "atom"}]
OUTLETS = {outlet.domain: outlet for outlet in outlets()}
BY_ID = {article.id: article for article in articles()}
FIRST = [article for article in articles() if article.edition == 1]
ANNOUNCED: list[SampleArticle | DeadEnd] = [*FIRST, *dead_ends()]
FOLDER = Path(pipeline.sample.__file__).parent
WORD = re.compile(r"\w+")


@pytest.fixture(scope="module")
def sample_web() -> Iterator[SampleWeb]:
    with serve() as web:
        yield web


class Browser:
    """Asks the sample's proxy over one connection."""

    def __init__(self, web: SampleWeb) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(web.proxy_url).netloc, timeout=5)

    def get(self, url: str, **headers: str) -> tuple[http.client.HTTPResponse, bytes]:
        self._connection.request("GET", url, headers=headers)
        response = self._connection.getresponse()
        return response, response.read()

    def close(self) -> None:
        self._connection.close()


@pytest.fixture
def browser(sample_web: SampleWeb) -> Iterator[Browser]:
    sample_web.edition = 1
    opened = Browser(sample_web)
    yield opened
    opened.close()


def charset_of(article: SampleArticle) -> str:
    return article.charset or OUTLETS[article.outlet].charset


# What stands in it


def test_the_sample_is_large_enough_and_speaks_three_languages() -> None:
    languages = Counter(article.language for article in articles())
    assert len({article.url for article in articles()}) >= 64
    assert len(outlets()) >= 8
    assert languages.keys() == {"en", "ru", "kk"}
    assert min(languages.values()) >= 10


def test_the_readme_counts_right() -> None:
    readme = (FOLDER / "README.md").read_text("utf-8")
    assert f"{len(articles())} texts under {len({each.url for each in articles()})} addresses" in readme
    originals = {each.copy_of for each in articles() if each.copy_of}
    copies = sum(each.copy_of is not None for each in articles())
    assert (len(originals), copies) == (6, 18)
    assert "six agency reports and their 18 copies" in readme


def test_every_outlet_is_under_example_and_has_a_template_and_a_file() -> None:
    for outlet in outlets():
        assert outlet.domain.endswith(".example")
        assert (FOLDER / "templates" / f"{outlet.template}.html").exists()
    files = {file.stem for file in (FOLDER / "articles").glob("*.toml")}
    assert files == {outlet.domain.removesuffix(".example") for outlet in outlets()}
    assert len({outlet.template for outlet in outlets()}) >= 4


def test_ids_are_unique_and_addresses_differ_also_as_identity_keys() -> None:
    rows = [
        row["id"]
        for file in (FOLDER / "articles").glob("*.toml")
        for kind in ("article", "dead_end")
        for row in tomllib.loads(file.read_text("utf-8")).get(kind, [])
    ]
    assert len(rows) == len(set(rows)) == len(articles()) + len(dead_ends())
    keys = [identity_key(each.url) for each in ANNOUNCED]
    assert len(keys) == len(set(keys))


def test_everything_is_dated_from_2_to_11_january_or_not_at_all() -> None:
    since, until = datetime(2022, 1, 2, tzinfo=UTC), datetime(2022, 1, 12, tzinfo=UTC)
    for each in ANNOUNCED:
        moment = each.published
        if moment is not None and not isinstance(moment, datetime):
            moment = datetime.combine(moment, time.min, UTC)
        assert moment is None or (moment.utcoffset() is not None and since <= moment < until), each.id


def test_bodies_have_60_to_250_words_and_flashes_are_one_sentence() -> None:
    for article in articles():
        words = len(article.text.split())
        assert 60 <= words <= 250 or 60 <= len(article.text) <= 120, (article.id, words)
    assert sum(len(article.text) <= 120 for article in articles()) >= 3


def test_labels_are_names_of_the_profile_and_only_relevant_articles_have_tags() -> None:
    profile = load_profile("kazakhstan_2022")
    places = {place.name for place in profile.places}
    for article in articles():
        assert set(article.tags) <= set(profile.tags), article.id
        assert set(article.places) <= places, article.id
        assert bool(article.tags) == article.relevant, article.id
    assert {tag for article in articles() for tag in article.tags} == set(profile.tags)
    assert sum(not article.relevant for article in articles()) >= 12


def test_the_awkward_cases_are_all_there() -> None:
    assert Counter(each.kind for each in dead_ends()) == {"gone": 1, "moved": 2, "no_text": 1}
    assert {each.target for each in dead_ends() if each.kind == "moved"} <= {each.url for each in FIRST}
    assert sum(each.published is None for each in articles()) >= 3
    assert sum(each.published is not None and not isinstance(each.published, datetime) for each in FIRST) >= 3
    assert [each.charset for each in articles() if each.charset] == ["windows-1251"]
    assert Counter(feed.form for feed in FEEDS if feed.form not in {"rss", "atom"}) == {"cut": 1, "html": 1, "empty": 1}
    assert {"rss", "atom"} <= {feed.form for feed in FEEDS}
    assert {"windows-1251"} < {feed.charset for feed in FEEDS}
    assert {feed.zone for feed in FEEDS} == {"numeric", "named", "none"}


def test_copies_are_word_for_word_where_they_say_so_and_overlap_elsewhere() -> None:
    copies = [article for article in articles() if article.copy_of]
    reprints = Counter(article.copy_of for article in copies)
    assert all(2 <= number <= 6 for number in reprints.values())
    for copy in copies:
        original = BY_ID[copy.copy_of or ""]
        assert (normalised(copy.text) == normalised(original.text)) == copy.verbatim, copy.id
        shared = Counter(WORD.findall(normalised(copy.text))) & Counter(WORD.findall(normalised(original.text)))
        assert shared.total() >= 0.6 * len(WORD.findall(original.text)), copy.id
        assert copy.outlet != original.outlet
    assert not any(article.verbatim for article in articles() if article.copy_of is None)
    assert any(copy.verbatim and copy.text != BY_ID[copy.copy_of or ""].text for copy in copies)
    assert sum(not copy.verbatim for copy in copies) >= 5


def test_two_flashes_of_one_template_differ_only_in_their_number() -> None:
    first, second = BY_ID["tulpar-en-flash-5135"], BY_ID["tulpar-en-flash-7939"]
    assert first.text != second.text
    assert re.sub(r"[\d,]+", "#", first.text) == re.sub(r"[\d,]+", "#", second.text)
    assert first.copy_of is second.copy_of is None


# How it is served


@pytest.mark.parametrize("edition", [1, 2])
def test_every_article_is_reachable_and_its_feed_lists_it(
    sample_web: SampleWeb, browser: Browser, edition: int
) -> None:
    sample_web.edition = edition
    announced = {(entry.url, entry.title) for feed in WORKING for entry in entries(browser, feed)}
    replaced = {article.revision_of for article in articles()} if edition == 2 else set()
    shown = [each for each in articles() if each.edition <= edition and each.id not in replaced]
    stubs = {(stub.url, stub.title) for stub in dead_ends()}
    assert announced == {(each.url, each.title) for each in shown} | stubs
    for article in shown:
        response, body = browser.get(article.url)
        assert response.status == 200
        assert article.paragraphs[-1].split()[-1] in body.decode(charset_of(article))


def parsed(browser: Browser, feed: SampleFeed) -> FeedDocument | Failure:
    response, body = browser.get(feed.url)
    return parse_document(
        FeedBytes(
            url=feed.url,
            body=body,
            content_type=response.getheader("Content-Type"),
            timezone=OUTLETS[feed.outlet].timezone,
            observed_at=datetime(2022, 1, 12, tzinfo=UTC),
        )
    )


def entries(browser: Browser, feed: SampleFeed) -> list[Entry]:
    document = parsed(browser, feed)
    assert isinstance(document, FeedDocument)
    return list(document.entries)


def test_feeds_say_when_each_article_was_published(browser: Browser) -> None:
    told = {entry.url: entry.published for feed in WORKING for entry in entries(browser, feed)}
    for article in FIRST:
        claim = told[article.url]
        if isinstance(article.published, datetime):
            assert claim is not None
            assert claim.at == article.published, article.id
        else:
            assert claim is None, article.id


def test_one_entry_stands_in_two_feeds(browser: Browser) -> None:
    urls = Counter(entry.url for feed in WORKING for entry in entries(browser, feed))
    assert urls["http://boulevard-almaty.example/politics/2022/masimov-held"] == 2


def test_broken_feeds_are_no_feeds(browser: Browser) -> None:
    for feed in FEEDS:
        if feed.form not in {"rss", "atom"}:
            response, body = browser.get(feed.url)
            assert response.status == 200
            assert (body == b"") == (feed.form == "empty")
            assert not isinstance(parsed(browser, feed), FeedDocument)


def test_dead_ends_are_dead(browser: Browser) -> None:
    for stub in dead_ends():
        response, body = browser.get(stub.url)
        expected = {"gone": 404, "moved": 301, "no_text": 200}[stub.kind]
        assert (response.status, response.getheader("Location")) == (expected, stub.target)
        assert b"<p>" not in body.partition(b"</h1>")[2].partition(b"<aside")[0]


def test_the_update_changes_its_page_and_its_feed_and_nothing_else(sample_web: SampleWeb, browser: Browser) -> None:
    urls = [*{article.url for article in articles()}, *(feed.url for feed in FEEDS)]
    before = {url: browser.get(url)[1] for url in urls}
    sample_web.edition = 2
    changed = {url for url in urls if browser.get(url)[1] != before[url]}
    updated = [article for article in articles() if article.edition == 2]
    assert len(updated) == 2
    for article in updated:
        assert article.url in changed
        headline = browser.get(article.url)[1].decode().partition("<h1>")[2].partition("</h1>")[0]
        assert headline == article.title != BY_ID[article.revision_of or ""].title
    assert {urlsplit(url).netloc for url in changed} == {article.outlet for article in updated}


def test_an_updated_entry_keeps_its_guid_and_an_atom_feed_tells_the_time_of_the_update(
    sample_web: SampleWeb, browser: Browser
) -> None:
    before = {entry.url: entry for feed in WORKING for entry in entries(browser, feed)}
    for feed in WORKING:
        if feed.form == "atom":
            assert all(each.updated == (each.published and each.published.at) for each in entries(browser, feed))
    sample_web.edition = 2
    after = {entry.url: entry for feed in WORKING for entry in entries(browser, feed)}
    forms = set()
    for article in articles():
        if article.edition == 2:
            (feed,) = (each for each in WORKING if (each.outlet, each.language) == (article.outlet, article.language))
            then, now = before[article.url], after[article.url]
            assert (then.guid, then.published) == (now.guid, now.published)
            assert now.updated == (article.updated if feed.form == "atom" else then.updated)
            forms.add(feed.form)
    assert forms == {"rss", "atom"}


def test_an_unchanged_document_is_not_sent_again(browser: Browser) -> None:
    first, _ = browser.get(FEEDS[0].url)
    etag = first.getheader("ETag")
    assert etag
    again, body = browser.get(FEEDS[0].url, **{"If-None-Match": etag})
    assert (again.status, body) == (304, b"")
    other, _ = browser.get(FEEDS[0].url, **{"If-None-Match": '"another"'})
    assert other.status == 200


def test_the_web_answers_alike_twice_whatever_the_day(browser: Browser) -> None:
    def look() -> list[tuple[int, list[tuple[str, str]], bytes]]:
        seen = (browser.get(url) for url in (FEEDS[0].url, articles()[0].url, dead_ends()[0].url))
        return [(response.status, response.getheaders(), body) for response, body in seen]

    seen = look()
    assert look() == seen
    assert not any(name == "Date" for _, headers, _ in seen for name, _ in headers)


def test_robots_are_welcome_and_strangers_are_not_known(browser: Browser) -> None:
    for outlet in outlets():
        assert b"Allow: /" in browser.get(f"http://{outlet.domain}/robots.txt")[1]
    for url in ("http://nobody.example/robots.txt", f"http://{outlets()[0].domain}/", "/"):
        assert browser.get(url)[0].status == 404


def test_an_edition_that_does_not_exist_is_refused(sample_web: SampleWeb) -> None:
    with pytest.raises(ValueError, match="3"):
        sample_web.edition = 3


# How it reads


def test_every_page_and_every_feed_says_that_it_is_made_up(browser: Browser) -> None:
    for article in articles():
        body = browser.get(article.url)[1].decode(charset_of(article))
        assert WORDING[article.language].made_up in body, article.id
    for feed in FEEDS:
        if feed.form in {"rss", "atom", "html"}:
            assert WORDING[feed.language].made_up in browser.get(feed.url)[1].decode(feed.charset)


def test_pages_are_small(browser: Browser) -> None:
    assert max(len(browser.get(article.url)[1]) for article in articles()) < 20_000


def test_one_page_is_in_windows_1251_and_keeps_silent_about_it(browser: Browser) -> None:
    (article,) = (each for each in articles() if each.charset)
    response, body = browser.get(article.url)
    assert response.getheader("Content-Type") == "text/html"
    assert b"charset" not in body
    with pytest.raises(UnicodeDecodeError):
        body.decode()


def test_trafilatura_finds_the_text_on_every_page(sample_web: SampleWeb, browser: Browser) -> None:
    for article in articles():
        sample_web.edition = article.edition
        found = trafilatura.extract(browser.get(article.url)[1]) or ""
        # Of a flash, headline and date line come along: they are half as long as the text.
        assert word_f1(found, article.text) >= (0.75 if len(article.text) <= 120 else 0.9), article.id


def test_the_page_without_text_is_known_as_such(browser: Browser) -> None:
    (stub,) = (each for each in dead_ends() if each.kind == "no_text")
    response, body = browser.get(stub.url)
    found = extract(
        Page(
            url=stub.url,
            body=body,
            content_type=response.getheader("Content-Type"),
            observed_at=datetime(2022, 1, 12, tzinfo=UTC),
        )
    ).outcome
    assert isinstance(found, Failure)
    assert found.reason is Reason.NO_TEXT


def word_f1(found: str, expected: str) -> float:
    mine, theirs = Counter(WORD.findall(found.lower())), Counter(WORD.findall(expected.lower()))
    return 2 * (mine & theirs).total() / (mine.total() + theirs.total())


# Watching it


def test_the_profile_is_the_bundled_crisis_with_the_feeds_of_the_sample(tmp_path: Path) -> None:
    folder = write_profile(tmp_path / "new" / "folder")
    assert folder == tmp_path / "new" / "folder"
    ours, bundled = load_profile(str(folder)), load_profile("kazakhstan_2022")
    assert (ours.id, ours.version, ours.places) == (bundled.id, bundled.version, bundled.places)
    assert [feed.url for feed in ours.feeds] == [feed.url for feed in FEEDS]
    assert Counter(feed.scope for feed in ours.feeds)["match"] == 2
    assert {feed.publisher for feed in ours.feeds} == {None, "bulvar-media", "bereg"}
    assert write_profile(folder) == folder
