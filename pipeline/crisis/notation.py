"""The notation of terms: how a profile writes words down so that their other forms are found too.

A term is one word or several, and matches within one sentence:

=============  ============================================================================================
`protest`      the word in any form that its language's `[inflection]` allows
`protest*`     any continuation: protester, protestors
`=may`         this form alone
`^Pole`        capital letters as written here (may stand before `=`)
`shot dead`    the words next to each other (a hyphen or quotation marks may stand between)
`shoot ~3 kill`  up to three other words between
`shop ~~3 shut`  the same in either order (once in a term)
`fire|shot`    either word
`@people`      any word of the set `people` in the same file
`#`            a number in digits
`!song`        in a tag, group or place: what this matches does not count
`?shop`        weak: proves its tag only beside another weak term, or in the headline or lead
=============  ============================================================================================
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_EITHER_ORDER = re.compile(r"\s~~(?=\d{1,2}\s)")
_GAP = re.compile(r"~(\d{1,2})$")
_WORD = re.compile(r"(?P<capitals>\^)?(?P<exact>=)?(?P<letters>[^\W_]+(?:['’ʼ][^\W_]+)*)(?P<open>\*)?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One word as a profile writes it. An empty `letters` stands for any number in digits."""

    letters: str
    exact: bool = False
    any_ending: bool = False
    capitals: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One position of a term: the words that may stand there, after at most `gap` others."""

    forms: tuple[Form, ...]
    gap: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A term in parts. `denies`: what it matches does not count. `weak`: it does not prove its tag alone."""

    steps: tuple[Step, ...]
    denies: bool = False
    weak: bool = False


def parse_terms(written: str, sets: Mapping[str, tuple[Form, ...]]) -> tuple[Term, ...]:
    """Read a term, as two where its words may stand in either order; raise ValueError saying what cannot be read."""
    denies, weak = written.startswith("!"), written.startswith("?")
    bare = written[denies or weak :].replace("-", " ")
    before, *after = _EITHER_ORDER.split(bare)
    if not after:
        orders = [bare]
    elif len(after) == 1:
        gap, _, rest = after[0].partition(" ")
        orders = [f"{before} ~{gap} {rest}", f"{rest} ~{gap} {before}"]
    else:
        raise ValueError(f"{written!r} has ~~ twice: write it as several terms")
    return tuple(Term(steps=_steps(order, written, sets), denies=denies, weak=weak) for order in orders)


def _steps(words: str, written: str, sets: Mapping[str, tuple[Form, ...]]) -> tuple[Step, ...]:
    steps: list[Step] = []
    gap: int | None = None
    for part in words.split():
        if found := _GAP.match(part):
            if not steps or gap is not None:
                raise ValueError(f"{part!r} in {written!r} must stand between two words")
            gap = int(found[1])
            continue
        forms = tuple(form for word in part.split("|") for form in _forms(word, written, sets))
        steps.append(Step(forms=forms, gap=gap or 0))
        gap = None
    if not steps:
        raise ValueError(f"{written!r} has no word")
    if gap is not None:
        raise ValueError(f"{written!r} ends in a gap: name the word after it")
    return tuple(steps)


def parse_form(written: str) -> Form:
    """Read one word of a set; raise ValueError when it is more or less than a word."""
    found = _WORD.match(written)
    if not found:
        raise ValueError(f"{written!r} is not a word: letters, with ^ or = before and * after them")
    if found["exact"] and found["open"]:
        raise ValueError(f"{written!r} cannot be both one form (=) and any continuation (*)")
    return Form(
        letters=found["letters"],
        exact=bool(found["exact"]),
        any_ending=bool(found["open"]),
        capitals=bool(found["capitals"]),
    )


def _forms(word: str, written: str, sets: Mapping[str, tuple[Form, ...]]) -> tuple[Form, ...]:
    if word == "#":
        return (Form(letters=""),)
    if word.startswith("@"):
        if word[1:] not in sets:
            known = ", ".join(f"@{name}" for name in sorted(sets)) or "none"
            raise ValueError(f"{written!r} names the set {word}, which this file does not have (it has: {known})")
        return sets[word[1:]]
    return (parse_form(word),)
