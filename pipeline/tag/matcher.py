"""Finding every term of a profile in a text, in one pass over its words."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from pipeline.crisis.notation import Term
from pipeline.crisis.profile import Inflection, Profile
from pipeline.tag.lexicon import Lexicon
from pipeline.tag.words import Words

Kind = Literal["tag", "group", "place"]
# What may stand between two neighbouring words of a term.
_CLOSE = re.compile(r"[\s\"'’“”„«»‑–—-]*")
_NO_INFLECTION = Inflection()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A term, made ready: it stands for `label`.

    `steps` are the lexicon's numbers of the words that may stand at each position; `gaps` how many other words
    may stand before each.
    """

    kind: Kind
    label: str
    steps: tuple[int, ...]
    gaps: tuple[int, ...]
    denies: bool
    weak: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A rule that matches the words from `first` to `last`, both included."""

    rule: Rule
    first: int
    last: int


class Matcher:
    """All terms of a profile, whatever their language: what language a text is in is not always known."""

    def __init__(self, profile: Profile) -> None:
        self._lexicon = Lexicon()
        self._starting: defaultdict[int, list[Rule]] = defaultdict(list)
        inflections = {each.language: each.inflection for each in profile.vocabularies}
        for vocabulary in profile.vocabularies:
            for tag, terms in vocabulary.tags.items():
                self._add("tag", tag, terms, vocabulary.inflection)
            for group, terms in vocabulary.groups.items():
                self._add("group", group, terms, vocabulary.inflection)
        for place in profile.places:
            for language, terms in place.aliases.items():
                self._add("place", place.name, terms, inflections.get(language, _NO_INFLECTION))

    def rules(self) -> Iterator[Rule]:
        """All terms, made ready."""
        for rules in self._starting.values():
            yield from rules

    def choices_of(self, word: str) -> frozenset[int]:
        """The numbers, as they stand in `Rule.steps`, of what a word may be."""
        return self._lexicon.find(word)

    def find(self, words: Words) -> list[Hit]:
        """Every hit that counts, in the order of the words; what a `!` term denies is left out."""
        hits = self._hits(words)
        denied: defaultdict[tuple[str, str], list[Hit]] = defaultdict(list)
        for hit in hits:
            if hit.rule.denies:
                denied[hit.rule.kind, hit.rule.label].append(hit)
        return [
            hit
            for hit in hits
            if not hit.rule.denies
            and not any(
                hit.first <= other.last and other.first <= hit.last
                for other in denied.get((hit.rule.kind, hit.rule.label), ())
            )
        ]

    def _add(self, kind: Kind, label: str, terms: Iterable[Term], inflection: Inflection) -> None:
        for term in terms:
            rule = Rule(
                kind=kind,
                label=label,
                steps=tuple(self._lexicon.add(step.forms, inflection) for step in term.steps),
                gaps=tuple(step.gap for step in term.steps),
                denies=term.denies,
                weak=term.weak,
            )
            self._starting[rule.steps[0]].append(rule)

    def _hits(self, words: Words) -> list[Hit]:
        """Every hit, one for a label and span (languages share words): a strong term rather than a weak one."""
        choices = list(map(self._lexicon.find, words.written))
        # Most terms of several words fail for want of a word, which needs no look at where the others stand.
        present = frozenset().union(*choices)
        starting: dict[int, list[Rule]] = {
            number: rules
            for number in present
            if (rules := [rule for rule in self._starting.get(number, ()) if present.issuperset(rule.steps)])
        }
        hits: dict[tuple[Kind, str, bool, int, int], Hit] = {}
        for first, here in enumerate(choices):
            for number in here:
                for rule in starting.get(number, ()):
                    last = _match(rule, 1, first, words, choices)
                    if last is not None:
                        key = (rule.kind, rule.label, rule.denies, first, last)
                        if key not in hits or hits[key].rule.weak:
                            hits[key] = Hit(rule=rule, first=first, last=last)
        return list(hits.values())


def _match(rule: Rule, number: int, at: int, words: Words, choices: list[frozenset[int]]) -> int | None:
    """The last word of the shortest match of a rule's steps from `number` on, after the word `at`."""
    if number == len(rule.steps):
        return at
    wanted, gap = rule.steps[number], rule.gaps[number]
    for there in range(at + 1, min(at + gap + 2, len(choices))):
        if words.sentences[there] != words.sentences[at]:
            return None
        if gap == 0 and not _CLOSE.fullmatch(words.text, words.ends[at], words.starts[there]):
            return None
        if wanted in choices[there]:
            last = _match(rule, number + 1, there, words, choices)
            if last is not None:
                return last
    return None
