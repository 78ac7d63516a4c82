"""Whom a text says that it is from, with the words that say so."""

from __future__ import annotations

import pytest

from pipeline.extract.credits import find_credit

BODY = " The talks went on until late at night, and nobody would say what had been agreed." * 10


@pytest.mark.parametrize(
    ("text", "name", "quote"),
    [
        ("KARKARA, Jan 5 (Reuters) - Protesters came back" + BODY, "Reuters", "(Reuters)"),
        ("КАРКАРА, 5 января. /ТАСС/. Протестующие вернулись." + BODY, "TASS", "/ТАСС/"),
        ("КАРКАРА, 5 янв — РИА Новости. Протестующие вернулись." + BODY, "RIA Novosti", "РИА Новости"),
        ("КАРКАРА. КАЗИНФОРМ – Аким вышел к людям." + BODY, "Kazinform", "КАЗИНФОРМ"),
        ("ҚАРҚАРА. ҚазАқпарат – Әкім халық алдына шықты." + BODY, "Kazinform", "ҚазАқпарат"),
        ("As Reuters reported, the square was empty." + BODY, "Reuters", "Reuters reported"),
        ("The square was empty, according to the news agency Interfax." + BODY, "Interfax", None),
        ("Площадь пуста, передаёт Tengrinews.kz." + BODY, "Tengrinews", "передаёт Tengrinews.kz"),
        ("Площадь пуста, сообщает в среду агентство Синьхуа." + BODY, "Xinhua", None),
        ("Площадь пуста, сообщил «Интерфаксу» источник." + BODY, "Interfax", "сообщил «Интерфаксу»"),
        ("Как пишет издание «Трибуна.kz»" + BODY, None, None),
        ("Как пишет tribune.kz, площадь пуста." + BODY, "tribune.kz", "пишет tribune.kz"),
        ("«Азаттықтың» хабарлауынша, алаң бос." + BODY, "Azattyq", "Азаттықтың» хабарлауынша"),
        ("Алаң бос, деп хабарлайды ҚазАқпарат." + BODY, "Kazinform", "хабарлайды ҚазАқпарат"),
        ("Alañ bos, dep habarlaidy QazAqparat." + BODY, "Kazinform", "habarlaidy QazAqparat"),
        (BODY + "\nИсточник: «Здоровье»", "Здоровье", "Источник: «Здоровье»"),
        (BODY + "\nSource: https://www.tribune.kz/a?b=1", "tribune.kz", None),
        (BODY + "\n© 2022 The Associated Press. All rights reserved.", "Associated Press", None),
        (BODY + "\n- Reuters", "Reuters", "Reuters"),
    ],
)
def test_a_credit_is_found_where_texts_are_credited(text: str, name: str | None, quote: str | None) -> None:
    credit = find_credit(text)
    assert (credit and credit.name) == name
    if credit:
        said = text[credit.start : credit.end]
        assert said.strip() == said
        assert quote in (None, said)


@pytest.mark.parametrize(
    "text",
    [
        "",
        BODY,
        BODY + " Reuters reported something else last year." + BODY,
        BODY + "\nPhoto: Reuters",
        "Площадь пуста, сообщает пресс-служба МВД." + BODY,
        "He said so on Tuesday.In the morning they left." + BODY,
        "It tasted of AP flour, they said." + BODY,
    ],
)
def test_other_mentions_are_no_credit(text: str) -> None:
    assert find_credit(text) is None


def test_the_dateline_counts_before_what_is_quoted() -> None:
    text = "КАРКАРА, 5 января. /ТАСС/. Площадь пуста, сообщает Reuters." + BODY
    credit = find_credit(text)
    assert credit
    assert credit.name == "TASS"
