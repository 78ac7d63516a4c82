"""What newsrooms do to a text that they take over, at graded strengths; and texts that only look like copies.

`copies` and `strangers` make pairs out of any texts; a pair's second text is never the first one itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

STRENGTHS = range(1, 6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A text to start from: its outlet and its language (ISO 639-1)."""

    outlet: str
    language: str
    text: str

    @property
    def sentences(self) -> list[str]:
        """Its sentences, roughly: what ends in a full stop before a capital letter or a new line."""
        return [each.strip() for each in _SENTENCE_END.split(self.text) if len(each.split()) > 2]


_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+(?=[A-ZА-ЯЁӘҒҚҢӨҰҮІ«\"“])|\n+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two texts, what was done to make the second, and how strongly (0: nothing is graded)."""

    kind: str
    strength: int
    first: str
    second: str


Edit = Callable[[list[str], int, Source, Random], list[str]]


def _cut_tail(sentences: list[str], strength: int, _: Source, __: Random) -> list[str]:
    """The end is cut off: 12 % to 60 % of the sentences."""
    return sentences[: max(1, round(len(sentences) * (1 - 0.12 * strength)))]


def _add_paragraph(sentences: list[str], strength: int, other: Source, rng: Random) -> list[str]:
    """A paragraph of the newsroom's own, a tenth of the text to half of it, at the start, the end or in between."""
    words = sum(len(each.split()) for each in sentences) * strength // 10
    own = " ".join(" ".join(other.sentences).split()[: max(4, words)])
    place = rng.choice([0, len(sentences), rng.randint(0, len(sentences))])
    return [*sentences[:place], own + ".", *sentences[place:]]


_PREFIXES = {
    "ru": ["Как сообщает «{}», ", "По информации издания «{}», ", "«{}» передаёт: "],
    "kk": ["«{}» хабарлағандай, ", "«{}» мәліметінше, "],
    "en": ["As {} reported, ", "According to {}, ", "{} reports: "],
}


def _prefix(sentences: list[str], _: int, other: Source, rng: Random) -> list[str]:
    """Whom it was taken from, before the first word."""
    credit = rng.choice(_PREFIXES.get(other.language, _PREFIXES["en"])).format(other.outlet.split(".")[0].title())
    return [credit + sentences[0][:1].lower() + sentences[0][1:], *sentences[1:]]


_TYPOGRAPHY = str.maketrans({"«": '"', "»": '"', "“": '"', "”": '"', "’": "'", "ё": "е", "Ё": "Е", "—": "-", "–": "-"})


def _typography(sentences: list[str], _: int, __: Source, ___: Random) -> list[str]:
    """Quotation marks, dashes, ё, spaces and the grouping of digits as the house likes them."""
    return [
        re.sub(r"(?<=\d)[ ,](?=\d{3}\b)", "", each.translate(_TYPOGRAPHY)).replace("...", "…") for each in sentences
    ]


def _drop_sentences(sentences: list[str], strength: int, _: Source, rng: Random) -> list[str]:
    """Sentences go missing: one in twenty to one in four."""
    gone = set(rng.sample(range(len(sentences)), round(len(sentences) * 0.05 * strength)))
    return [each for number, each in enumerate(sentences) if number not in gone] or sentences


def _reword(sentences: list[str], strength: int, _: Source, rng: Random) -> list[str]:
    """A hand that cannot leave it alone: a word in a hundred to five in a hundred is another one, or is gone."""

    def touch(word: str) -> str:
        if word.islower() and rng.random() < 0.01 * strength:
            return rng.choice(["", word[::-1]])
        return word

    return [" ".join(filter(None, map(touch, each.split()))) for each in sentences]


EDITS: dict[str, Edit] = {
    "cut tail": _cut_tail,
    "added paragraph": _add_paragraph,
    "prefix": _prefix,
    "typography": _typography,
    "dropped sentences": _drop_sentences,
    "reworded": _reword,
}


def copies(sources: Sequence[Source], number: int, rng: Random) -> Iterator[Pair]:
    """Pairs of a text and what a newsroom made of it: each edit alone, and two or three at once."""
    for turn in range(number):
        source = rng.choice(sources)
        other = _another(sources, source, rng)
        strength = STRENGTHS[turn % len(STRENGTHS)]
        original = _flash(source, rng) if turn % 8 == 0 else source.sentences
        alone = [list(EDITS)[turn // 2 % len(EDITS)]]
        names = alone if turn % 2 else rng.sample(list(EDITS), rng.randint(2, 3))
        edited = original
        for name in names:
            edited = EDITS[name](edited, strength, other, rng)
        kind = names[0] if len(names) == 1 else "two or three at once"
        yield Pair(kind=kind, strength=strength, first="\n".join(original), second="\n".join(edited))


def _flash(source: Source, rng: Random) -> list[str]:
    """A sentence or two out of a text, of ten words or more."""
    long = [number for number, each in enumerate(source.sentences) if len(each.split()) >= 10]
    start = rng.choice(long or [0])
    return source.sentences[start : start + rng.randint(1, 2)]


def strangers(sources: Sequence[Source], number: int, rng: Random) -> Iterator[Pair]:
    """Pairs of texts that are no copies, in turn: any two, two of one outlet, and what looks like a copy."""
    makers = (_any_two, _of_one_outlet, _flashes, _of_one_template, _running_report, _digest)
    for turn in range(number):
        yield makers[turn % len(makers)](sources, rng)


def _any_two(sources: Sequence[Source], rng: Random) -> Pair:
    source = rng.choice(sources)
    return _pair("strangers", source.text, _another(sources, source, rng).text)


def _of_one_outlet(sources: Sequence[Source], rng: Random) -> Pair:
    while True:
        source = rng.choice(sources)
        beside = [each for each in sources if each.outlet == source.outlet and each.text != source.text]
        if beside:
            return _pair("one outlet", source.text, rng.choice(beside).text)


_PARTICULAR = re.compile(r"\d+|(?<=[a-zа-я,] )[A-ZА-ЯЁ][a-zа-яё]{3,}")
_PLACES = ["Karkara", "Tamdy", "Oskol", "Beskol", "Akzhar", "Ulytau", "Kentau", "Zhosaly"]


def _flashes(sources: Sequence[Source], rng: Random) -> Pair:
    """One sentence about two events: another number, or another place."""
    while True:
        sentence = rng.choice(rng.choice(sources).sentences)
        found = list(_PARTICULAR.finditer(sentence))
        if found and 6 <= len(sentence.split()) <= 40:
            at = rng.choice(found)
            new = str(int(at[0][-9:]) + rng.randint(1, 20)) if at[0].isdigit() else rng.choice(_PLACES)
            return _pair("flashes", sentence, sentence[: at.start()] + new + sentence[at.end() :])


def _of_one_template(sources: Sequence[Source], rng: Random) -> Pair:
    """Two short reports between the same first and last words, which are a third of them."""
    first = rng.choice(sources)
    frame, second = _another(sources, first, rng).text.split(), _another(sources, first, rng)
    bodies = [each.text.split()[:80] for each in (first, second)]
    length = min(map(len, bodies)) // 4
    head, tail = frame[:length], frame[length : 2 * length]
    return _pair("one template", *(" ".join([*head, *body, *tail]) for body in bodies))


def _running_report(sources: Sequence[Source], rng: Random) -> Pair:
    """A report, and a live blog that quotes it among others."""
    source = rng.choice(sources)
    entries = [" ".join(source.sentences[:4])]
    entries += [" ".join(_another(sources, source, rng).sentences[:3]) for _ in range(5)]
    rng.shuffle(entries)
    blog = "\n".join(f"{hour:02d}:{rng.randint(0, 59):02d} {entry}" for hour, entry in enumerate(entries, 9))
    return _pair("running report", source.text, blog)


def _digest(sources: Sequence[Source], rng: Random) -> Pair:
    """A report, and the news of the day, which begin as the reports do."""
    source = rng.choice(sources)
    leads = [" ".join(source.sentences[:2])]
    leads += [" ".join(_another(sources, source, rng).sentences[:2]) for _ in range(4)]
    return _pair("digest", source.text, "\n".join(leads))


def _pair(kind: str, first: str, second: str) -> Pair:
    return Pair(kind=kind, strength=0, first=first, second=second)


def _another(sources: Sequence[Source], source: Source, rng: Random) -> Source:
    """Another text, in the same language."""
    return rng.choice([each for each in sources if each.language == source.language and each.text != source.text])
