"""What tagging costs: against extracting the same pages, and with a hundred times as many terms."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from pipeline.crisis import load_profile
from pipeline.extract import extract
from pipeline.extract.trial import pages_of
from pipeline.records import Article, Page
from pipeline.sample.site import answers
from pipeline.tag import Tagger

NOW = datetime(2022, 1, 20, tzinfo=UTC)
FEW, MANY = 100, 10_000
_CRISIS = """
id = "bench"
name = "Bench"
timezone = "UTC"
since = 2020-01-01
languages = ["en"]
[tags]
it = "It"
[relevance]
home = ["places"]
[relevance.events]
it = 1.0
"""


def measure(folders: Sequence[Path]) -> None:
    """Extract and tag the pages of these folders, or of the made-up sample where there are none, and print."""
    pages = [page for folder in folders for _, page in pages_of(folder, now=NOW)] or _sample()
    started = time.process_time()
    read = [extract(page).outcome for page in pages]
    extracting = time.process_time() - started
    articles = [each for each in read if isinstance(each, Article)]
    started = time.perf_counter()
    profile = load_profile("kazakhstan_2022")
    loading = time.perf_counter() - started
    tagging = _tag(Tagger(profile), articles)
    print(f"{len(articles)} articles of {len(pages)} pages; the profile loads in {loading:.2f} s")
    print(f"  tagging {1000 * tagging / len(articles):.2f} ms, {tagging / extracting:.3f} of extracting (at most 0.05)")
    few, many = (_tag(_tagger(articles, number), articles) for number in (FEW, MANY))
    print(f"  {MANY} terms cost {many / few:.2f} times {FEW} terms (at most 2)")


def _tag(tagger: Tagger, articles: Sequence[Article]) -> float:
    """CPU seconds of judging these articles, each word for the first time."""
    started = time.process_time()
    for each in articles:
        tagger.assess(title=each.title, text=each.text, language=each.language, published_at=NOW)
    return time.process_time() - started


def _tagger(articles: Sequence[Article], number: int) -> Tagger:
    """A tagger with so many terms, of one and of two words; a hundred of them are words of the articles."""
    chance = random.Random(number)  # noqa: S311 - made-up words, the same in each run
    said = sorted({word for each in articles for word in each.text.split() if word.isalpha() and len(word) > 5})
    letters = "".join(said)
    made_up = ["".join(chance.choices(letters, k=chance.randint(5, 11))) for _ in range(number - FEW)]
    terms = [*chance.sample(said, FEW), *made_up]
    terms = [f"{term} ~3 {chance.choice(terms)}" if chance.random() < 0.5 else term for term in terms]
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "terms").mkdir()
        (Path(folder) / "crisis.toml").write_text(_CRISIS, "utf-8")
        listed = ", ".join(f'"{term}"' for term in terms)
        (Path(folder) / "terms" / "en.toml").write_text(
            f'it = [{listed}]\n[inflection]\nendings = [["s", "ed"]]\n', "utf-8"
        )
        return Tagger(load_profile(folder))


def _sample() -> list[Page]:
    return [
        Page(url=url, body=answer.body, content_type="text/html", observed_at=NOW)
        for url, answer in answers(1).items()
        if "xml" not in answer.content_type
    ]
