"""A crisis and its outlets for tests: a profile folder, and passes over a tiny web."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from psycopg.rows import dict_row

from pipeline import stages
from pipeline.records import Clock
from pipeline.settings import Settings
from pipeline.work import Work, open_work

PROTEST = [
    "Thousands of people came out to protest in the city of Karkara on Wednesday after fuel prices doubled overnight.",
    "Police used stun grenades against the protesters near the town hall, and several people were detained.",
    "The governor of Karkara said that the price of gas would be lowered again by the end of the week.",
]
FOOTBALL = [
    "The football club of Karkara won its third match of the season in front of four thousand spectators.",
    "The coach praised the young goalkeeper, who saved two penalties in the second half of the game.",
]


def write_profile(folder: Path, feeds: Sequence[tuple[str, str]], *, scope: str = "all") -> Path:
    """A small profile about protests in Karkara, with these (url, outlet) feeds."""
    (folder / "terms").mkdir(parents=True, exist_ok=True)
    (folder / "crisis.toml").write_text(CRISIS)
    (folder / "terms" / "en.toml").write_text(TERMS)
    (folder / "places.csv").write_text(PLACES)
    (folder / "feeds.toml").write_text(
        "\n".join(
            f'[[feed]]\nurl = "{url}"\noutlet = "{outlet}"\nlanguage = "en"\nscope = "{scope}"\n'
            for url, outlet in feeds
        )
    )
    return folder


CRISIS = """
id = "karkara"
name = "Unrest in Karkara"
timezone = "Asia/Almaty"
since = 2022-01-02
languages = ["en"]

[tags]
protest = "Protest"
detentions = "Detentions"
fuel_prices = "Fuel prices"

[relevance]
threshold = 1.0
home = ["places"]

[relevance.events]
protest = 1.0
detentions = 0.6
fuel_prices = 0.4
"""
TERMS = """
protest = ["protest*"]
detentions = ["detained"]
fuel_prices = ["fuel price|prices"]
"""
PLACES = """name,kind,region,latitude,longitude,aliases_en
Karkara,city,,43.10,79.20,Karkara
"""


@contextmanager
def opened(settings: Settings, clock: Clock, *, kind: str = "test") -> Iterator[Work]:
    """A pass with these settings."""
    with open_work(settings, kind=kind, clock=clock) as work:
        yield work


def run(settings: Settings, clock: Clock, *, everything: bool = True) -> dict[str, dict[str, int]]:
    """A whole pass; what each stage did."""
    with opened(settings, clock) as work:
        stages.run_pass(work, everything=everything)
        return work.counts


def rows(connection: Any, statement: str, *parameters: object) -> list[dict[str, Any]]:
    """A query's rows by name."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return list(cursor.execute(statement, parameters or None).fetchall())
