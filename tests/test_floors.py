"""Quality floors on the bundled sample, data that we may ship. Lowering a floor takes a deliberate edit here."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from pipeline.crisis import Profile, load_profile
from pipeline.extract import extract
from pipeline.records import Article, Page
from pipeline.sample import SampleArticle, articles
from pipeline.sample.site import answers
from pipeline.tag import Tagger

NOW = datetime(2022, 1, 20, tzinfo=UTC)
ALMATY = ZoneInfo("Asia/Almaty")
# Seen when they were set: 1.00, 0.98, 0.90, 0.98. The made-up articles were labelled before the terms were written.
TEXT, RELEVANCE, TAGS, PLACES = 0.98, 0.97, 0.88, 0.97

FIRST = [each for each in articles() if each.edition == 1]


@pytest.fixture(scope="module")
def profile() -> Profile:
    return load_profile("kazakhstan_2022")


def f1(gold: Counter[str], got: Counter[str]) -> float:
    return 2 * (gold & got).total() / max(gold.total() + got.total(), 1)


def read(article: SampleArticle) -> Article:
    answer = answers(1)[article.url]
    found = extract(Page(url=article.url, body=answer.body, content_type="text/html", observed_at=NOW)).outcome
    assert isinstance(found, Article), (article.id, found)
    return found


def published(article: SampleArticle) -> datetime | None:
    """When it was published; a bare day counts from its start in the crisis's zone."""
    if article.published is None or isinstance(article.published, datetime):
        return article.published
    return datetime.combine(article.published, time(), ALMATY)


def test_texts_are_read_without_their_furniture() -> None:
    scores = [f1(Counter(" ".join(each.paragraphs).split()), Counter(read(each).text.split())) for each in FIRST]
    assert sum(scores) / len(scores) >= TEXT


def test_titles_are_read() -> None:
    assert [each.id for each in FIRST if read(each).title != each.title] == []


def test_languages_are_told() -> None:
    assert [each.id for each in FIRST if read(each).language != each.language] == []


def test_relevance_tags_and_places_are_judged(profile: Profile) -> None:
    tagger = Tagger(profile)
    gold, got = Counter[str](), Counter[str]()
    for article in articles():
        said = tagger.assess(
            title=article.title,
            text="\n".join(article.paragraphs),
            language=article.language,
            published_at=published(article),
        )
        gold.update([f"relevant {article.id}"] * article.relevant)
        got.update([f"relevant {article.id}"] * said.relevant)
        gold.update(f"tag {article.id} {tag}" for tag in article.tags)
        got.update(f"tag {article.id} {tag}" for tag in said.tags)
        gold.update(f"place {article.id} {place}" for place in article.places)
        got.update(f"place {article.id} {place}" for place in said.places)
    for kind, floor in (("relevant", RELEVANCE), ("tag", TAGS), ("place", PLACES)):
        score = f1(
            Counter({key: 1 for key in gold if key.startswith(kind)}),
            Counter({key: 1 for key in got if key.startswith(kind)}),
        )
        assert score >= floor, (kind, score)
