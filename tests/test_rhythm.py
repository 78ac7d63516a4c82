"""How often feeds are asked, over simulated weeks; and how, of servers that lie, move and fail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pipeline.blame import is_ours
from pipeline.discover.asking import Manners, after_answer, after_failure
from pipeline.discover.rhythm import (
    Habits,
    after_nothing_new,
    after_reading,
    after_trouble,
    news_gap,
    next_poll,
)
from pipeline.errors import Failure, Reason
from pipeline.fetch.freshness import fresh_for
from pipeline.records import Response

NOW = datetime(2022, 1, 5, 12, tzinfo=UTC)
URL = "http://tribune.example/feed"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LISTED = 20


def polls(publishes: Callable[[datetime], bool], *, days: int) -> tuple[list[datetime], int]:
    """Poll an outlet that publishes in some minutes; when it was asked in the second half, and what was missed.

    Its feed lists the newest twenty.
    """
    start, until = NOW, NOW + days * DAY
    published = [start + number * MINUTE for number in range(days * 1440) if publishes(start + number * MINUTE)]
    habits, asked, seen, last_new, missed = Habits(), [], 0, start, 0
    moment = start
    while moment < until:
        asked.append(moment)
        out = sum(each <= moment for each in published)
        listed = published[max(out - LISTED, 0) : out]
        new = out - seen
        missed += max(new - LISTED, 0)
        if new:
            habits = after_reading(
                habits, entries=len(listed), new=min(new, LISTED), news_every=news_gap(listed), silent_for=timedelta()
            )
            last_new, seen = moment, out
        else:
            habits = after_nothing_new(habits, silent_for=moment - last_new)
        moment = next_poll(moment, habits)
    return [each for each in asked if each > start + days * DAY / 2], missed


def every(span: timedelta) -> Callable[[datetime], bool]:
    return lambda moment: (moment - NOW) % span < MINUTE


def a_day(asked: list[datetime], days: int) -> float:
    return len(asked) / (days / 2)


def test_an_active_feed_is_asked_often_a_slow_one_seldom_a_dead_one_daily() -> None:
    active, missed = polls(every(4 * MINUTE), days=4)
    assert a_day(active, 4) > 200
    assert missed == 0
    hourly, _ = polls(every(HOUR), days=6)
    assert 40 < a_day(hourly, 6) < 110
    daily, _ = polls(every(DAY), days=20)
    assert 2 <= a_day(daily, 20) < 9
    dead, _ = polls(lambda moment: moment < NOW + HOUR, days=60)
    assert 0.9 < a_day(dead, 60) <= 1.6


def test_a_feed_that_wakes_up_is_soon_asked_often_again() -> None:
    def publishes(moment: datetime) -> bool:
        return moment < NOW + HOUR or (moment > NOW + 30 * DAY and every(3 * MINUTE)(moment))

    asked, _ = polls(publishes, days=32)
    last_day = [each for each in asked if each > NOW + 31 * DAY]
    assert len(last_day) > 150


def test_a_rhythm_takes_three_entries_and_no_order() -> None:
    moments = [NOW, NOW - HOUR, NOW - 3 * HOUR]
    assert news_gap(moments) == news_gap(reversed(moments)) == HOUR
    assert news_gap(moments[:2]) is None
    assert news_gap([NOW] * 5) is None


def failure(reason: Reason, retry_after: timedelta | None = None) -> Failure:
    return Failure(reason=reason, detail="", retry_after=retry_after)


@pytest.mark.parametrize(
    ("reason", "weight"),
    [
        (Reason.HTTP_NOT_FOUND, 1.0),
        (Reason.NOT_A_FEED, 1.0),
        (Reason.HTTP_SERVER_ERROR, 0.5),
        (Reason.TIMEOUT, 0.5),
        (Reason.DNS_FAILURE, 0.25),
    ],
)
def test_failures_weigh_by_their_kind_and_a_success_forgives(reason: Reason, weight: float) -> None:
    troubled = after_trouble(after_trouble(Habits(), failure(reason)), failure(reason))
    assert troubled.trouble == 2 * weight
    assert after_nothing_new(troubled, silent_for=timedelta()).trouble == 0


def test_trouble_slows_down_to_a_day_and_never_beyond() -> None:
    habits = Habits()
    waits = []
    for _ in range(30):
        habits = after_trouble(habits, failure(Reason.TIMEOUT))
        waits.append(next_poll(NOW, habits, failure=failure(Reason.TIMEOUT)) - NOW)
    assert waits == sorted(waits)
    assert waits[0] < 8 * MINUTE
    assert waits[-1] == DAY


def test_gone_is_asked_once_a_day_from_the_first_time() -> None:
    assert next_poll(NOW, Habits(), failure=failure(Reason.HTTP_GONE)) == NOW + DAY


def test_retry_after_is_never_cut_short_and_a_servers_floor_is_kept() -> None:
    wish = failure(Reason.HTTP_TOO_MANY_REQUESTS, retry_after=3 * DAY)
    assert next_poll(NOW, Habits(trouble=0.5), failure=wish) == NOW + 3 * DAY
    assert next_poll(NOW, Habits(floor=2 * HOUR)) == NOW + 2 * HOUR


def response(body: bytes = b"x", moved_to: str | None = None, /, **headers: str) -> Response:
    return Response(
        url=URL,
        final_url=URL,
        status=200,
        headers=tuple((name.replace("_", "-"), value) for name, value in headers.items()),
        body=body,
        observed_at=NOW,
        moved_to=moved_to,
    )


@pytest.mark.parametrize(
    ("headers", "fresh"),
    [
        ({}, timedelta()),
        ({"Cache_Control": "public, max-age=600"}, 10 * MINUTE),
        ({"Cache_Control": "max-age=600", "Age": "540"}, MINUTE),
        ({"Cache_Control": "max-age=600, no-cache"}, timedelta()),
        ({"Cache_Control": "s-maxage=900"}, timedelta()),
        ({"Cache_Control": "max-age=" + "9" * 30}, timedelta()),
        ({"Expires": "Wed, 05 Jan 2022 13:00:00 GMT"}, HOUR),
        ({"Expires": "Wed, 05 Jan 2022 13:00:00 GMT", "Date": "Wed, 05 Jan 2022 12:50:00 GMT"}, 10 * MINUTE),
        ({"Expires": "Wed, 05 Jan 2022 13:00:00 GMT", "Cache_Control": "max-age=60"}, MINUTE),
        ({"Expires": "0"}, timedelta()),
        ({"Expires": "Tue, 04 Jan 2022 13:00:00 GMT"}, timedelta()),
    ],
)
def test_headers_say_how_long_an_answer_stays_fresh(headers: dict[str, str], fresh: timedelta) -> None:
    assert fresh_for(response(b"x", **headers)) == fresh


def test_a_feed_is_asked_without_validators_now_and_then() -> None:
    manners = after_answer(Manners(), response(ETag='"a"'), url=URL, new=3, now=NOW)
    conditional = 0
    while manners.asks_conditionally(NOW):
        manners = after_answer(manners, replace(response(b""), status=304), url=URL, new=0, now=NOW)
        conditional += 1
    assert conditional == 12
    assert after_answer(manners, response(ETag='"a"'), url=URL, new=0, now=NOW).asks_conditionally(NOW)


def test_a_server_that_lies_is_asked_without_validators_for_a_month() -> None:
    known = Manners(etag='"a"', unproven_polls=12)
    caught = after_answer(known, response(ETag='"a"'), url=URL, new=1, now=NOW)
    assert caught.lied_at == NOW
    assert not caught.asks_conditionally(NOW + 29 * DAY)
    assert caught.asks_conditionally(NOW + 31 * DAY)


@pytest.mark.parametrize(("etag", "new"), [('"b"', 1), ('"a"', 0)])
def test_another_validator_or_nothing_new_is_no_lie(etag: str, new: int) -> None:
    known = Manners(etag='"a"', unproven_polls=12)
    assert after_answer(known, response(ETag=etag), url=URL, new=new, now=NOW).lied_at is None


def test_a_move_is_believed_after_a_week_and_forgotten_when_it_fails() -> None:
    there = "http://tribune.example/new"
    manners = after_answer(Manners(), response(b"x", there), url=URL, new=0, now=NOW)
    assert manners.address(URL, NOW + 6 * DAY) == URL
    still = after_answer(manners, response(b"x", there), url=URL, new=0, now=NOW + 6 * DAY)
    assert still.address(URL, NOW + 7 * DAY) == there
    settled = after_answer(still, response(), url=URL, new=0, now=NOW + 8 * DAY)
    assert settled.address(URL, NOW + 9 * DAY) == there
    assert after_failure(settled, url=URL, now=NOW + 9 * DAY).address(URL, NOW + 9 * DAY) == URL
    back = after_answer(manners, response(), url=URL, new=0, now=NOW + DAY)
    assert back.moved_to is None


@pytest.mark.parametrize(
    ("failed", "answered", "witnesses", "ours"),
    [
        (20, 0, {}, True),
        (19, 1, {}, True),
        (20, 10, {}, False),
        (2, 0, {}, False),
        (20, 0, {"live.example": True}, False),
        (20, 0, {"live.example": True, "other.example": False}, False),
        (1, 0, {"live.example": False}, True),
        (0, 5, {}, False),
        (0, 0, {}, False),
    ],
)
def test_when_nearly_everything_fails_it_is_us_unless_a_witness_answers(
    failed: int,
    answered: int,
    witnesses: dict[str, bool],
    ours: bool,  # noqa: FBT001
) -> None:
    reached = {f"dark{number}.example": False for number in range(failed)}
    reached |= {f"lit{number}.example": True for number in range(answered)}
    assert is_ours(reached, witnesses) is ours
