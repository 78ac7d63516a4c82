"""Made-up pages of one outlet, in the table layout of 2011: the text in a cell, and furniture all around it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

HEADLINES = [
    "Mayor opens the third bridge over the river",
    "Price of bread rises for the second month",
    "Night buses will run until the end of winter",
    "School in the old town gets a new roof",
    "Two trains collide near the eastern station",
    "Library shows letters of a forgotten poet",
    "Doctors ask for more beds before the holidays",
    "Storm tears power lines in four villages",
]
IMPRINT = (
    "The Valley Courier is registered with the ministry of information under number 4711. When you use our material, "
    "a link to the source is required."
)


def story(number: int, *, sentences: int = 4) -> list[str]:
    """The paragraphs of an article, unlike those of any other number."""
    return [
        f"In district {number}-{part} the council of ward {number * 7 + part} has decided on matter {number}x{part}, "
        f"which residents of street {'abcdefghij'[number % 10]}{part} had brought before it in the {part + 2}th week."
        for part in range(sentences)
    ]


def page(number: int, paragraphs: Sequence[str], *, headline: str | None = None, advert: str = "") -> str:
    """A page: menu, neighbouring headlines with their first lines, the text, comments closed, imprint."""
    title = headline or f"{HEADLINES[number % len(HEADLINES)]} ({number})"
    others = "".join(
        f"<div class='teaser'><a href='/{other}'>{HEADLINES[other % len(HEADLINES)]}</a>"
        f"<p>It happened on day {other}, our reporter learnt from people who were there and saw all of it.</p></div>"
        for other in range(number + 1, number + 4)
    )
    menu = "".join(
        f"<td><a href='/{name}'>{name.title()}</a></td>" for name in ("politics", "economy", "sport", "weather")
    )
    text = "<br><br>".join(escape(paragraph) for paragraph in paragraphs)
    return (
        f"<html><head><title>{escape(title)} - Valley Courier</title></head><body>"
        f"<table width='100%'><tr>{menu}</tr></table>"
        f"<table><tr><td class='left'>{others}</td>"
        f"<td class='middle'><h1>{escape(title)}</h1><div class='views'>Views: {number * 13}</div>"
        f"<div class='text'>{text}</div>{advert}<div class='more'>Read also what the others write about it today.</div>"
        f"</td></tr></table><div class='bottom'><p>{IMPRINT}</p></div></body></html>"
    )
