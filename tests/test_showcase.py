"""The sample: complete, labelled, and read well. The floors are for data that we may ship."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

import pytest

from pipeline.crisis import Profile, load_profile
from pipeline.extract import extract
from pipeline.records import Article, Page
from pipeline.showcase import SampleArticle, articles, outlets, serve, write_profile
from pipeline.showcase.render import MADE_UP, page
from pipeline.tag import Tagger

NOW = datetime(2022, 1, 12, tzinfo=UTC)
# Lowering a floor takes a deliberate edit here.
TEXT_FLOOR, RELEVANCE_FLOOR, TAG_FLOOR = 0.95, 0.97, 0.85

PAGES = [each for each in articles() if each.fate == "page"]


@pytest.fixture(scope="module")
def profile() -> Profile:
    return load_profile("kazakhstan_2022")


def read(article: SampleArticle) -> Article:
    found = extract(
        Page(
            url=article.url,
            body=page(article, 1),
            content_type="text/html",
            observed_at=NOW,
            timezone=article.outlet.timezone,
        )
    )
    assert isinstance(found, Article), (article.id, found)
    return found


def f1(both: int, got: int, gold: int) -> float:
    return 2 * both / max(got + gold, 1)


def test_the_sample_is_as_large_and_as_varied_as_it_says() -> None:
    assert len(PAGES) >= 60
    assert len({each.outlet.domain for each in PAGES}) >= 8
    assert set(Counter(each.outlet.language for each in PAGES)) == {"en", "ru", "kk"}
    assert sum(each.copy_of is not None for each in PAGES) >= 12
    assert {each.fate for each in articles()} == {"page", "dead", "redirect", "blank"}
    assert {each.format for each in outlets().values()} == {"rss", "atom", "cut", "html", "empty"}
    assert any(len(each.editions) == 2 for each in PAGES)
    assert all(domain.endswith(".example") for domain in outlets())


def test_every_page_says_that_it_is_made_up() -> None:
    assert all(MADE_UP.encode() in page(each, edition) for each in articles() for edition in (1, 2))


def test_labels_are_tags_of_the_crisis(profile: Profile) -> None:
    assert {tag for each in articles() for tag in each.tags} <= set(profile.tags)


def test_every_address_answers_through_the_proxy() -> None:
    with serve() as web:
        opener = build_opener(ProxyHandler({"http": web.proxy_url}))
        for article in PAGES:
            with opener.open(article.url, timeout=5) as answer:
                assert answer.status == 200


def test_texts_are_read_without_their_furniture() -> None:
    shares = []
    for article in PAGES:
        gold = Counter(" ".join(article.editions[0].paragraphs).split())
        got = Counter(read(article).text.split())
        shares.append(f1((gold & got).total(), got.total(), gold.total()))
    assert sum(shares) / len(shares) >= TEXT_FLOOR


def test_titles_and_languages_are_read() -> None:
    # Kazakh in Latin letters is read, but the language model takes it for a neighbour.
    for article in (each for each in PAGES if not each.id.startswith("latyn-")):
        found = read(article)
        assert (found.title, found.language) == (article.editions[0].title, article.outlet.language), article.id


def test_relevance_and_tags_are_judged(profile: Profile) -> None:
    tagger = Tagger(profile)
    relevant: Counter[str] = Counter()
    tags: dict[str, Counter[str]] = {"en": Counter(), "ru": Counter(), "kk": Counter()}
    for article in PAGES:
        shown = article.editions[0]
        said = tagger.assess(
            title=shown.title,
            text="\n".join(shown.paragraphs),
            language=article.outlet.language,
            published_at=article.published,
        )
        relevant += Counter(both=said.relevant and article.relevant, got=said.relevant, gold=article.relevant)
        gold = set(article.tags) if article.relevant else set()
        tags[article.outlet.language] += Counter(both=len(gold & set(said.tags)), got=len(said.tags), gold=len(gold))
    assert f1(relevant["both"], relevant["got"], relevant["gold"]) >= RELEVANCE_FLOOR
    for language, counts in tags.items():
        assert f1(counts["both"], counts["got"], counts["gold"]) >= TAG_FLOOR, (language, counts)


def test_the_profile_of_the_sample_loads(tmp_path: Path) -> None:
    profile = load_profile(str(write_profile(tmp_path / "profile")))
    assert {feed.outlet for feed in profile.feeds} == set(outlets())
    assert profile.version == load_profile("kazakhstan_2022").version
