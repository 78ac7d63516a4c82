"""Whether a page that nobody listed is wanted: read, and judged by each crisis. Pure, but for the profiles it loads."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from pipeline.crisis import load_profile
from pipeline.extract import extract
from pipeline.extract.dates import decide
from pipeline.records import Article, Page
from pipeline.tag import Tagger


@dataclass(frozen=True, slots=True, kw_only=True)
class Unlisted:
    """A page of an outlet that no profile takes whole, and the profiles to ask, by name or folder."""

    page: Page
    profiles: tuple[str, ...]


def is_wanted(unlisted: Unlisted) -> bool:
    """Whether its headline or address names a crisis's home, or its text is about the crisis. Run it in a child."""
    page = unlisted.page
    taggers = _taggers(unlisted.profiles)
    article = extract(page).outcome
    if not isinstance(article, Article):
        return any(tagger.mentions(page.url) for tagger in taggers)
    claim = decide([claim for claim in article.claims if claim.at <= page.observed_at])
    return any(
        tagger.mentions(article.title, page.url)
        or tagger.assess(
            title=article.title,
            text=article.text,
            language=article.language,
            published_at=claim.at if claim else page.observed_at,
        ).relevant
        for tagger in taggers
    )


@lru_cache(maxsize=1)
def _taggers(profiles: tuple[str, ...]) -> tuple[Tagger, ...]:
    return tuple(Tagger(load_profile(name)) for name in profiles)
