"""The leader rule: which articles are one story, and which id a story keeps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from pipeline.identify.copies import content_hash, normalised, text_hash
from pipeline.identify.stories import STORY_WINDOW, Change, Member, assign, partition

NOON = datetime(2022, 1, 5, 12, tzinfo=UTC)


def member(article_id: int, *, text: str = "text", hours: float = 0, story_id: int | None = None) -> Member:
    return Member(
        article_id=article_id,
        url_key=f"tribune.example/{article_id}",
        time=NOON + timedelta(hours=hours),
        text_hash=text_hash(text),
        story_id=story_id,
    )


def split(members: list[Member], *copies: set[str]) -> list[list[Member]]:
    """The stories among these, where each set names texts that are copies of each other."""
    alike = [{text_hash(each) for each in texts} for texts in copies]
    return partition(members, {one: texts - {one} for texts in alike for one in texts})


def ids(stories: list[list[Member]]) -> list[list[int]]:
    return [[each.article_id for each in story] for story in stories]


def test_copies_are_one_story_led_by_the_earliest() -> None:
    assert ids(split([member(1, hours=2), member(2, hours=1), member(3, text="other")])) == [[3], [2, 1]]


def test_articles_of_one_moment_are_led_by_the_least_url() -> None:
    assert ids(split([member(2), member(1)])) == [[1, 2]]


def test_the_same_words_after_the_window_are_another_story() -> None:
    late = STORY_WINDOW / timedelta(hours=1)
    assert ids(split([member(1), member(2, hours=late), member(3, hours=late + 1)])) == [[1, 2], [3]]


def test_a_chain_does_not_stretch_the_window() -> None:
    late = STORY_WINDOW / timedelta(hours=1)
    assert ids(split([member(1), member(2, hours=late * 0.9), member(3, hours=late * 1.8)])) == [
        [1, 2],
        [3],
    ]


_MEMBERS = st.lists(
    st.builds(
        member,
        article_id=st.integers(1, 10_000),
        text=st.sampled_from(["one", "two", "three"]),
        hours=st.integers(-500, 500),
    ),
    unique_by=lambda each: each.article_id,
    max_size=20,
)


@given(members=_MEMBERS, order=st.randoms())
def test_the_order_of_arrival_has_no_say(members: list[Member], order: object) -> None:
    shuffled = list(members)
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    assert split(shuffled) == split(members)


def test_a_merge_keeps_the_older_story() -> None:
    story = [member(1, story_id=7), member(2, story_id=5)]
    done = assign([story], {5: 2, 7: 1})
    assert dict(done.kept) == {5: [1, 2]}
    assert done.merged == [Change(kind="merge", from_story=7, to_story=5)]
    assert not done.new


def test_a_split_leaves_the_id_where_the_leader_is() -> None:
    staying, leaving = [member(1, story_id=5)], [member(2, story_id=5)]
    done = assign([leaving, staying], {5: 1})
    assert dict(done.kept) == {5: [1]}
    assert done.new == [[2]]
    assert done.split_from == [5]


def test_a_story_without_its_leader_stays_with_those_that_are_left() -> None:
    done = assign([[member(2, story_id=5), member(3, story_id=5)]], {5: 1})
    assert dict(done.kept) == {5: [2, 3]}


def test_new_articles_make_a_new_story() -> None:
    done = assign([[member(1), member(2)]], {})
    assert done.new == [[1, 2]]
    assert done.split_from == [None]


def test_typesetting_does_not_make_another_text() -> None:
    assert normalised("«Всё —\u00a0ясно», сказал он.") == normalised('"Все - ясно", СКАЗАЛ он')


def test_a_number_makes_another_text() -> None:
    assert text_hash("В Алматы погибли 8 человек") != text_hash("В Алматы погибли 18 человек")


def test_title_and_text_are_told_apart_in_a_revision() -> None:
    assert content_hash("ab", "c") != content_hash("a", "bc")
