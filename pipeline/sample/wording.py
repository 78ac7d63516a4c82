"""What a page says around its text, in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """One language's furniture. `day` formats the only month that the sample has."""

    made_up: str
    menu: tuple[str, ...]
    latest: str
    read_also: str
    share: str
    comments: tuple[str, ...]
    subscribe: str
    contact: str
    day: str


WORDING: Final = {
    "en": Wording(
        made_up="This page is made up. The outlet does not exist, and the article was written for the sample data "
        "of Qantar. Never cite it as news.",
        menu=("Home", "Politics", "Economy", "Society", "Regions", "World", "Culture", "Sport", "Weather", "Archive"),
        latest="Latest news",
        read_also="Read also",
        share="Share",
        comments=("Comments", "Sign in to join the discussion", "Comments are closed for this article"),
        subscribe="Get the morning letter: ten headlines before breakfast, no advertising",
        contact="Editorial office, advertising, terms of use, privacy",
        day="{day} January 2022",
    ),
    "ru": Wording(
        made_up="Эта страница вымышлена. Такого издания не существует, а статья написана для учебного набора Qantar. "
        "Не цитируйте её как новость.",
        menu=(
            "Главная", "Политика", "Экономика", "Общество", "Регионы", "В мире", "Культура", "Спорт", "Погода", "Архив",
        ),
        latest="Последние новости",
        read_also="Читайте также",
        share="Поделиться",
        comments=("Комментарии", "Войдите, чтобы оставить комментарий", "Обсуждение этой статьи закрыто"),
        subscribe="Утренняя рассылка: десять заголовков до завтрака и никакой рекламы",
        contact="Редакция, реклама, условия использования, обратная связь",
        day="{day} января 2022",
    ),
    "kk": Wording(
        made_up="Бұл бет ойдан шығарылған. Мұндай басылым жоқ, мақала Qantar бағдарламасының үлгі деректері үшін "
        "жазылды. Оны жаңалық ретінде келтірмеңіз.",
        menu=(
            "Басты бет", "Саясат", "Экономика", "Қоғам", "Өңірлер", "Әлем", "Мәдениет", "Спорт", "Ауа райы", "Мұрағат",
        ),
        latest="Соңғы жаңалықтар",
        read_also="Тағы оқыңыз",
        share="Бөлісу",
        comments=("Пікірлер", "Пікір қалдыру үшін жүйеге кіріңіз", "Бұл мақалаға пікір жазу жабылған"),
        subscribe="Таңғы хат: таңғы асқа дейін он тақырып, жарнамасыз",
        contact="Редакция, жарнама, пайдалану шарттары, кері байланыс",
        day="2022 жылғы {day} қаңтар",
    ),
}  # fmt: skip


def printed(moment: datetime | date | None, language: str) -> str:
    """A moment as a page prints it, such as `5 January 2022, 14:05` by the newsroom's clocks; empty for None."""
    if moment is None:
        return ""
    day = WORDING[language].day.format(day=moment.day)
    return f"{day}, {moment:%H:%M}" if isinstance(moment, datetime) else day
