"""A printed date is read as exactly as it was stated, and no further."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfoNotFoundError

import pytest

from pipeline.dates import parse_moment
from pipeline.months import month_number
from pipeline.records import DateClaim, Origin, Precision

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def read(raw: str, *, timezone: str = "Asia/Almaty", observed_at: datetime = NOW) -> DateClaim | None:
    return parse_moment(raw, timezone=timezone, origin=Origin.FEED, observed_at=observed_at)


def words(claim: DateClaim | None) -> str | None:
    return None if claim is None else claim.isoformat()


@pytest.mark.parametrize(
    ("raw", "stated"),
    [
        # ISO 8601 and its cousins
        ("2022-01-05T10:30:00+06:00", "2022-01-05T10:30:00+06:00"),
        ("2022-01-05T10:30Z", "2022-01-05T10:30:00+00:00"),
        ("2022-01-05T10:30:00.123456-0500", "2022-01-05T10:30:00.123456-05:00"),
        ("2022-01-05T10:30:00.5Z", "2022-01-05T10:30:00.500000+00:00"),
        ("2022-01-05 10:30:00 +0600", "2022-01-05T10:30:00+06:00"),
        ("2022-01-05 10:30:00 +06", "2022-01-05T10:30:00+06:00"),
        ("2022-01-05T10:30GMT", "2022-01-05T10:30:00+00:00"),
        ("2022-01-05T10:30:00Z[UTC]", "2022-01-05T10:30:00+00:00"),
        ("20220105T1030+0000Z", "2022-01-05T10:30:00+00:00"),
        ("2022-01-05T10:30:00\u221205:00", "2022-01-05T10:30:00-05:00"),
        # RFC 822
        ("Wed, 05 Jan 2022 10:30:00 +0600", "2022-01-05T10:30:00+06:00"),
        ("Mon, 05 Jan 22 10:30 GMT", "2022-01-05T10:30:00+00:00"),
        ("Thu, 07 Dec 17 10:00:29 -0800", "2017-12-07T10:00:29-08:00"),
        ("5 Jan 98 10:30:00 EST", "1998-01-05T10:30:00-05:00"),
        ("Wed, 05 Jan 2022 10:30:00 -0000", "2022-01-05T10:30:00+00:00"),
        ("Wed,05 Jan 2022 10:30:00 EET", "2022-01-05T10:30:00+02:00"),
        # names of zones whose offset moved
        ("Wed, 05 Jan 2022 10:30:00 MSK", "2022-01-05T10:30:00+03:00"),
        ("Thu, 05 Jan 2012 10:30:00 MSK", "2012-01-05T10:30:00+04:00"),
        ("Wed, 05 Jan 2022 10:30:00 ALMT", "2022-01-05T10:30:00+06:00"),
        ("Sun, 05 Jan 2025 10:30:00 ALMT", "2025-01-05T10:30:00+05:00"),
        ("Tue, 05 Jul 2005 10:30:00 MSD", "2005-07-05T10:30:00+04:00"),
        ("5 января 2022, 10:30 (мск)", "2022-01-05T10:30:00+03:00"),
        ("05.01.2022 10:30 UTC+6", "2022-01-05T10:30:00+06:00"),
        # programs' own formats
        ("Mon Jan 23 12:34:56 UTC 2012", "2012-01-23T12:34:56+00:00"),
        ("Wed Jan 05 2022 10:30:00 GMT+0600 (Alma-Ata Time)", "2022-01-05T10:30:00+06:00"),
        ("1641357000", "2022-01-05T04:30:00+00:00"),
        ("1641357000123", "2022-01-05T04:30:00+00:00"),
        # American
        ("Nov. 5, 2019 12:05 a.m. EST", "2019-11-05T00:05:00-05:00"),
        ("November 5th, 2019 12:05 PM PST", "2019-11-05T12:05:00-08:00"),
        # past midnight and leap seconds
        ("2022-01-05T24:00:00Z", "2022-01-06T00:00:00+00:00"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00+00:00"),
        # bare days
        ("2022-01-05", "2022-01-05"),
        ("2022-01-05+06:00", "2022-01-05"),
        ("2022/1/5", "2022-01-05"),
        ("20220105", "2022-01-05"),
        ("05.01.2022", "2022-01-05"),
        ("5.1.22", "2022-01-05"),
        ("13/02/2019", "2019-02-13"),
        ("2/13/2019", "2019-02-13"),
        ("05 янв 2022", "2022-01-05"),
        ("5 января 2022 г.", "2022-01-05"),
        ("5 қаңтар 2022", "2022-01-05"),
        ("2022 жылғы 5 қаңтар", "2022-01-05"),
        ("2022 жылдың 5 қаңтарында", "2022-01-05"),
        ("5 qańtar 2022", "2022-01-05"),
        ("5 січня 2022", "2022-01-05"),
        ("5 Ocak 2022", "2022-01-05"),
        ("5. März 2022", "2022-03-05"),
        ("5 de enero de 2022", "2022-01-05"),
        ("Seg, 26 Set 2016", "2016-09-26"),
        ("5th of January 2022", "2022-01-05"),
        ("  January\u00a05,\n 2022 ", "2022-01-05"),
    ],
)
def test_what_is_stated_is_read(raw: str, stated: str) -> None:
    assert words(read(raw)) == stated


@pytest.mark.parametrize(
    "raw",
    [
        "2022-01-05T10:30:00",
        "2022-01-05 10:30",
        "20220105103000",
        "Wed, 05 Jan 2022 10:30:00",
        "Wed, 05 Jan 2022 10:30:00 IST",
        "Wed, 05 Jan 2022 10:30:00 QQQ",
        "2022-01-05T10:30:00+25:00",
        "05.01.2022, 10:30",
        "10:30 05.01.2022",
        "10:30, 5 января 2022",
        "Ср, 05 Янв 2022 10:30:00",
        "2022 жылғы 5 қаңтар 10:30",
        "Wed Jan  5 10:30:00 2022",
        "January 5, 2022 10:30 AM",
    ],
)
def test_without_a_zone_that_can_be_told_the_outlets_zone_is_used_and_not_claimed(raw: str) -> None:
    claim = read(raw)
    assert claim is not None
    assert claim.offset is None
    assert claim.at == datetime(2022, 1, 5, 4, 30, tzinfo=UTC)
    assert claim.precision is Precision.INSTANT


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "   ",
        "2 hours ago",
        "5 января, 10:30",
        "January 5",
        "03/04/2022",
        "03-04-2022",
        "2022-02-31",
        "31.11.2022",
        "2022-13-01",
        "2022-01-05T25:00:00Z",
        "2022-01-05T10:61:00Z",
        "January 5, 2022 13:30 PM",
        "0000-00-00 00:00:00",
        "2003-12",
        "2003-335",
        "2022-W01-3",
        "5 Qqq 2022",
        "Marketing 5, 2022",
        "05 Jan 2022 - 06 Jan 2022",
        "2022-01-05T10:30:00 EST5EDT",
        "{{post_date}}",
        "1970-01-01T00:00:00Z",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "0",
        "99999999999999",
        "5 January 2022 " + "x" * 200,
    ],
)
def test_what_is_no_complete_date_is_not_guessed(raw: str) -> None:
    assert read(raw) is None


def test_the_future_is_refused() -> None:
    seen = datetime(2022, 1, 5, 12, tzinfo=UTC)
    assert read("2022-01-05T12:10:00Z", observed_at=seen) is not None
    assert read("2022-01-05T18:11:00Z", observed_at=seen) is None
    assert read("2022-01-05T18:11:00", observed_at=seen) is None
    # It is the 6th already on the first islands, and on no island the 7th.
    assert read("2022-01-06", observed_at=seen) is not None
    assert read("2022-01-07", observed_at=seen) is None


def test_local_time_that_calls_itself_utc_is_local_time_where_it_would_be_the_future() -> None:
    claim = read("2022-01-05T17:30:00Z", observed_at=datetime(2022, 1, 5, 12, tzinfo=UTC))
    assert claim is not None
    assert (claim.at, claim.offset) == (datetime(2022, 1, 5, 11, 30, tzinfo=UTC), None)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("сегодня, 14:05", datetime(2022, 1, 6, 8, 5, tzinfo=UTC)),
        ("Вчера в 23:10", datetime(2022, 1, 5, 17, 10, tzinfo=UTC)),
        ("бүгін 01:30", datetime(2022, 1, 5, 19, 30, tzinfo=UTC)),
        ("кеше 18:00", datetime(2022, 1, 5, 12, tzinfo=UTC)),
        ("Today at 2:05 pm", datetime(2022, 1, 6, 8, 5, tzinfo=UTC)),
        ("yesterday", datetime(2022, 1, 4, 18, tzinfo=UTC)),
    ],
)
def test_today_and_yesterday_are_days_where_the_outlet_is(raw: str, expected: datetime) -> None:
    """It is ten in the evening in London, and four in the morning of the next day in Almaty."""
    claim = read(raw, observed_at=datetime(2022, 1, 5, 22, tzinfo=UTC))
    assert (claim and claim.at) == (expected if expected <= datetime(2022, 1, 5, 22, tzinfo=UTC) else None)


def test_a_bare_day_begins_in_the_outlets_zone() -> None:
    claim = read("2022-01-05")
    assert claim is not None
    assert claim.at == datetime(2022, 1, 4, 18, tzinfo=UTC)
    assert (claim.day, claim.offset, claim.precision) == (date(2022, 1, 5), None, Precision.DAY)


@pytest.mark.parametrize(
    ("timezone", "raw", "hours"),
    [
        ("Asia/Almaty", "2024-02-28 12:00", 6),
        ("Asia/Almaty", "2024-03-02 12:00", 5),
        ("Asia/Aqtau", "2022-01-05 12:00", 5),
        ("Asia/Oral", "2022-01-05 12:00", 5),
        ("Europe/Moscow", "2012-01-05 12:00", 4),
    ],
)
def test_zones_are_those_of_the_day(timezone: str, raw: str, hours: int) -> None:
    claim = read(raw, timezone=timezone)
    assert claim is not None
    assert claim.at.hour == 12 - hours


@pytest.mark.parametrize(
    ("timezone", "raw", "offset"),
    [
        ("Asia/Kolkata", "05 Jan 2022 10:30 IST", timedelta(hours=5, minutes=30)),
        ("Asia/Shanghai", "Wed Jan 05 10:30:00 CST 2022", timedelta(hours=8)),
        ("America/Chicago", "Wed Jan 05 10:30:00 CST 2022", timedelta(hours=-6)),
        ("Europe/London", "05 Jul 2022 10:30 BST", timedelta(hours=1)),
        ("Europe/London", "05 Jan 2022 10:30 BST", None),
    ],
)
def test_a_name_with_several_meanings_has_the_outlets_own(timezone: str, raw: str, offset: timedelta | None) -> None:
    claim = read(raw, timezone=timezone)
    assert claim is not None
    assert claim.offset == offset


def test_the_day_is_the_one_that_was_printed() -> None:
    claim = read("2022-01-05T23:30:00-05:00")
    assert claim is not None
    assert claim.at.date() == date(2022, 1, 6)
    assert claim.day == date(2022, 1, 5)


def test_every_month_of_a_kazakh_and_a_russian_year_has_its_number() -> None:
    kazakh = "қаңтар ақпан наурыз сәуір мамыр маусым шілде тамыз қыркүйек қазан қараша желтоқсан"
    russian = "января февраля марта апреля мая июня июля августа сентября октября ноября декабря"
    for language in (kazakh, russian):
        assert [month_number(word) for word in language.split()] == list(range(1, 13))
        assert [month_number(word[:3].upper()) for word in language.split()] == list(range(1, 13))


def test_misuse_is_told() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        read("2022-01-05", observed_at=datetime(2022, 1, 5))  # noqa: DTZ001  the misuse
    with pytest.raises(ZoneInfoNotFoundError):
        read("2022-01-05", timezone="Asia/Nowhere")
