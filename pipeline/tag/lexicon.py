"""Which of a profile's words a word of a text is, through inflection.

A word is looked up once and remembered, so that the cost of a text hardly depends on how many terms there are:
a lookup tries the word's own beginnings in a dictionary of stems.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator

from pipeline.crisis.notation import Form
from pipeline.crisis.profile import Inflection
from pipeline.tag.words import fold

# What is left of a word when its end is dropped must still tell words apart.
_SHORTEST_STEM = 3
# Distinct words kept in memory, some tens of megabytes at most; news in three languages has more, but rarely.
_REMEMBERED = 200_000

Endings = Callable[[str], object]


class Lexicon:
    """Choices of forms by number: `add` gives a choice its number, `find` the numbers of all that a word is in."""

    def __init__(self) -> None:
        self._choices: dict[tuple[tuple[Form, ...], Inflection], int] = {}
        self._entries: dict[tuple[Form, Inflection], list[int]] = {}
        self._whole: defaultdict[str, list[tuple[Form, list[int]]]] = defaultdict(list)
        self._stems: defaultdict[str, list[tuple[Form, list[int], Endings]]] = defaultdict(list)
        self._endings: dict[Inflection, Endings] = {}
        self._digits: list[int] = []
        self._longest = 0
        self._found: dict[str, frozenset[int]] = {}

    def add(self, forms: tuple[Form, ...], inflection: Inflection) -> int:
        """The number of a choice of forms that bend as their language does; the same one for the same choice."""
        choice = (forms, inflection)
        if choice not in self._choices:
            self._choices[choice] = len(self._choices)
            for form in forms:
                self._entry(form, inflection).append(self._choices[choice])
        return self._choices[choice]

    def find(self, word: str) -> frozenset[int]:
        """The choices that this word, as written in a text, is in."""
        found = self._found.get(word)
        if found is None:
            if len(self._found) >= _REMEMBERED:
                self._found.clear()
            found = self._found[word] = frozenset(number for numbers in self._look_up(word) for number in numbers)
        return found

    def _look_up(self, word: str) -> Iterator[list[int]]:
        folded = fold(word)
        for form, numbers in self._whole.get(folded, ()):
            if _has_capitals(word, form):
                yield numbers
        for length in range(1, min(len(folded), self._longest) + 1):
            for form, numbers, fits in self._stems.get(folded[:length], ()):
                if fits(folded[length:]) and _has_capitals(word, form):
                    yield numbers
        if folded[:1].isdigit():
            yield self._digits

    def _entry(self, form: Form, inflection: Inflection) -> list[int]:
        """The numbers of the choices that a form is in, ready to be found through its letters."""
        if not form.letters:
            return self._digits
        entry = self._entries.get((form, inflection))
        if entry is None:
            entry = self._entries[form, inflection] = []
            self._whole[fold(form.letters)].append((form, entry))
            if not form.exact:
                endings = _anything if form.any_ending else self._endings_of(inflection)
                self._put(stem_of(form, inflection), form, entry, endings)
        return entry

    def _put(self, stem: str, form: Form, numbers: list[int], endings: Endings) -> None:
        self._stems[stem].append((form, numbers, endings))
        self._longest = max(self._longest, len(stem))

    def _endings_of(self, inflection: Inflection) -> Endings:
        if inflection not in self._endings:
            chains = (_chain(inflection, vowels) for vowels in inflection.harmony or ("",))
            self._endings[inflection] = re.compile("|".join(chains)).fullmatch
        return self._endings[inflection]


def _chain(inflection: Inflection, vowels: str) -> str:
    """The pattern of the endings whose parts have these of the vowels that do not stand together, or none of them."""
    others = frozenset(fold("".join(inflection.harmony))) - frozenset(fold(vowels))
    slots = (
        {fold(part.removeprefix("=")) for part in slot if part.startswith("=") or others.isdisjoint(fold(part))}
        for slot in inflection.endings
    )
    return "".join(f"(?:{'|'.join(sorted(map(re.escape, slot)))})?" for slot in slots if slot)


def stem_of(form: Form, inflection: Inflection) -> str:
    """What every word that is this form begins with, in the spelling by which words are compared."""
    letters = fold(form.letters)
    return letters if form.exact or form.any_ending else _stem(letters, inflection)


def _stem(letters: str, inflection: Inflection) -> str:
    """What stays of a word when it bends: without the longest of the ends that its language drops."""
    ends = (fold(end) for end in inflection.drop)
    stems = (letters.removesuffix(end) for end in ends if letters.endswith(end))
    return min((stem for stem in stems if len(stem) >= _SHORTEST_STEM), key=len, default=letters)


def _anything(_: str) -> object:
    return True


def _has_capitals(word: str, form: Form) -> bool:
    """Whether capital letters stand where a form asks for them; a word in capitals throughout has them all."""
    return not form.capitals or all(
        here.isupper() for here, wanted in zip(word, form.letters, strict=False) if wanted.isupper()
    )
