"""What an outlet's pages have in common is learnt and pruned; what it reprints is not eaten."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.extract import extract, extract_outlet
from pipeline.extract.furniture import learn
from pipeline.outlets import UNKNOWN, Furniture, Sketch, SketchedBlock
from pipeline.records import Article, Page
from pipeline.warehouse.furniture import pack, unpack
from tests.outlet_pages import IMPRINT, page, story

SEEN = datetime(2022, 1, 20, tzinfo=UTC)
WIRE_LEAD = (
    "ALMATY (Agency) - Eight people were killed and many more were wounded in the city on Thursday, officials said."
)


def as_page(markup: str, *, furniture: Furniture = UNKNOWN) -> Page:
    return Page(
        url="http://courier.example/a",
        body=markup.encode(),
        content_type="text/html",
        observed_at=SEEN,
        furniture=furniture,
    )


def sketches(pages: Sequence[str]) -> list[Sketch]:
    drawn = [extract(as_page(markup)).sketch for markup in pages]
    return [each for each in drawn if each is not None]


def text(markup: str, furniture: Furniture) -> str:
    outcome = extract(as_page(markup, furniture=furniture)).outcome
    assert isinstance(outcome, Article), outcome
    return outcome.text


def outlet(number: int) -> list[str]:
    return [page(each, story(each)) for each in range(number)]


def test_the_first_batch_of_an_outlet_teaches_what_is_no_article() -> None:
    pages = outlet(5)
    furniture = learn(sketches(pages))
    assert furniture.pages == 5
    for number, markup in enumerate(pages):
        assert text(markup, furniture) == "\n".join(story(number))


def test_a_flash_of_one_sentence_is_kept_whole() -> None:
    flash = "Five explosions were heard near the airport at about noon."
    assert len(flash) < 60
    markup = page(50, [flash])
    assert text(markup, learn(sketches([*outlet(6), markup]))) == flash


def test_what_every_article_ends_with_goes_also_where_articles_stand() -> None:
    pages = [page(number, [*story(number), IMPRINT]) for number in range(6)]
    furniture = learn(sketches(pages))
    assert [IMPRINT in text(markup, furniture) for markup in pages] == [False] * 6


@pytest.mark.parametrize("times", [2, 3])
def test_a_wire_lead_that_an_outlet_reprints_is_not_eaten(times: int) -> None:
    reprints = [page(40 + number, [WIRE_LEAD, *story(40 + number)]) for number in range(times)]
    furniture = learn(sketches([*outlet(8), *reprints]))
    for markup in reprints:
        assert text(markup, furniture).startswith(WIRE_LEAD)


def test_one_article_at_many_addresses_is_one_article() -> None:
    pages = [page(1, story(1), headline="The same at every address")] * 5
    assert learn(sketches(pages)) == UNKNOWN


def test_a_text_that_an_outlet_prints_again_with_more_to_it_is_not_eaten() -> None:
    pages = [page(1, story(1)), page(2, [*story(1), WIRE_LEAD])]
    furniture = learn(sketches(pages))
    assert "\n".join(story(1)) in text(pages[0], furniture)
    assert "\n".join([*story(1), WIRE_LEAD]) in text(pages[1], furniture)


def test_an_outlet_that_prints_one_text_under_all_headlines_does_not_lose_it() -> None:
    pages = [page(number, story(1)) for number in range(5)]
    furniture = learn(sketches(pages))
    for markup in pages:
        assert "\n".join(story(1)) in text(markup, furniture)


def test_more_pages_teach_more() -> None:
    """A teaser that was new on one page stands on the next ones, and its place is known at last."""
    few, many = learn(sketches(outlet(2))), learn(sketches(outlet(6)))
    assert few.container is None
    assert many.container is not None
    assert many.places > few.places


@given(st.randoms(use_true_random=False))
def test_the_order_of_pages_makes_no_difference(chance: object) -> None:
    shuffled = list(DRAWN)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert learn(shuffled) == learn(DRAWN)


DRAWN = sketches([page(number, story(number)) for number in range(5)])
SKETCHES = st.builds(
    Sketch,
    title=st.integers(-(2**63), 2**63 - 1),
    blocks=st.lists(
        st.builds(
            SketchedBlock,
            key=st.integers(-(2**63), 2**63 - 1),
            place=st.integers(-(2**63), 2**63 - 1),
            characters=st.integers(0, 2**32 - 1),
            linked=st.integers(0, 2**32 - 1),
            prose=st.booleans(),
        ),
        max_size=4,
    ).map(tuple),
    containers=st.lists(st.integers(-(2**63), 2**63 - 1), max_size=3).map(tuple),
    holders=st.frozensets(st.integers(-(2**63), 2**63 - 1), max_size=3),
)


@given(SKETCHES)
def test_a_sketch_is_the_same_after_storage(drawn: Sketch) -> None:
    assert unpack(pack(drawn)) == drawn


@given(st.lists(st.integers(0, 7), min_size=1, max_size=6, unique=True), st.lists(st.integers(0, 7), max_size=6))
def test_a_page_whose_marks_do_not_change_sides_reads_the_same(before: list[int], after: list[int]) -> None:
    old = learn(POOL[number] for number in before)
    new = learn(POOL[number] for number in after)
    marks = POOL[0].marks
    if not marks & old.changes(new):
        reading = as_page(PAGES[0])
        assert extract(replace(reading, furniture=old)) == extract(replace(reading, furniture=new))


PAGES = outlet(8)
POOL = sketches(PAGES)


def test_a_sketch_does_not_depend_on_what_is_known_already() -> None:
    for markup, drawn in zip(PAGES[:2], POOL, strict=False):
        assert extract(as_page(markup, furniture=learn(POOL))).sketch == drawn


def test_an_outlet_read_at_once_reads_as_its_pages_do_when_it_is_learnt() -> None:
    readings, furniture = extract_outlet([as_page(markup) for markup in PAGES])
    assert furniture == learn(POOL)
    alone = [extract(as_page(markup, furniture=furniture)) for markup in PAGES]
    assert readings == alone
