"""The letters by which a crisis's home is found in raw bytes: what the words of its terms begin with. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.crisis.notation import Form, Term
from pipeline.crisis.profile import Inflection, Profile
from pipeline.tag.lexicon import stem_of
from pipeline.tag.words import fold

# Shorter stems stand in every page.
_SHORTEST = 4
_NO_INFLECTION = Inflection()
_NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, order=True)
class Stem:
    """The letters that a term's forms begin with; with `capitals`, never with a small first one.

    `letters` are without accents, as words are compared, `spelled` as the profile has them.
    """

    letters: str
    capitals: bool
    spelled: str


def home_stems(profile: Profile, *, places: bool = True) -> dict[Stem, frozenset[str]]:
    """Stems of which every text that names the home of a crisis has one, but for those that are too short.

    A term of several words is named wherever one of its words is a term by itself; else the word counts that stands
    for the fewest other places (of *Paris region* not the region). With each stem come letters of which some stand
    beside it; none, where it is alone. `places`: with the names of the gazetteer.
    """
    terms = [(label, _steps(term, inflection)) for label, term, inflection in _home_terms(profile, places=places)]
    stems = {stem: _NOTHING for _, steps in terms if len(steps) == 1 for stem in steps[0] if _tells(stem)}
    alone = tuple(stem.letters for stem in stems if not stem.capitals)
    alone_as_spelled = tuple(stem.spelled for stem in stems if not stem.capitals)
    meanings: defaultdict[str, set[str]] = defaultdict(set)
    for label, steps in terms:
        for stem in (stem for step in steps for stem in step):
            meanings[stem.letters].add(label)
    for _, steps in terms:
        telling = [step for step in steps if all(map(_tells, step))]
        named = any(
            all(stem.letters.startswith(alone) and stem.spelled.startswith(alone_as_spelled) for stem in step)
            for step in telling
        )
        if telling and not named and len(steps) > 1:
            rarest = min(telling, key=lambda step: max(_commonness(stem, len(meanings[stem.letters])) for stem in step))
            company = max((step for step in steps if step is not rarest), key=lambda step: len(step[0].letters))
            others = frozenset(letters for stem in company for letters in (stem.letters, stem.spelled))
            for stem in rarest:
                known = stems.get(stem, others)
                stems[stem] = known | others if known else _NOTHING
    free = {stem.letters for stem, others in stems.items() if not others and not stem.capitals}
    # What is a term in small letters by itself is one however some other term spells it.
    return stems | {
        Stem(stem.letters, capitals=False, spelled=stem.spelled): _NOTHING for stem in stems if stem.letters in free
    }


def _commonness(stem: Stem, meanings: int) -> tuple[bool, int, int]:
    """How much a stem is to be passed over for its company: four small Latin letters begin words of every page."""
    is_short = stem.letters.isascii() and len(stem.letters) == _SHORTEST and not stem.capitals
    return is_short, meanings, -len(stem.letters)


def _tells(stem: Stem) -> bool:
    return len(stem.letters) >= _SHORTEST


def _home_terms(profile: Profile, *, places: bool) -> Iterator[tuple[str, Term, Inflection]]:
    """Each term that names the home of a crisis: what it stands for, and how its language bends."""
    inflections = {each.language: each.inflection for each in profile.vocabularies}
    for vocabulary in profile.vocabularies:
        for group in profile.relevance.home:
            for term in vocabulary.groups.get(group, ()):
                if not term.denies:
                    yield group, term, vocabulary.inflection
    if places and "places" in profile.relevance.home:
        for place in profile.places:
            for language, terms in place.aliases.items():
                inflection = inflections.get(language, _NO_INFLECTION)
                yield from ((place.name, term, inflection) for term in terms if not term.denies)


def _steps(term: Term, inflection: Inflection) -> list[list[Stem]]:
    """The stems of each position of a term that asks for words."""
    return [
        [_stem(form, inflection) for form in step.forms]
        for step in term.steps
        if all(form.letters for form in step.forms)
    ]


def _stem(form: Form, inflection: Inflection) -> Stem:
    letters, spelled = stem_of(form, inflection), form.letters.lower()
    lengths = (length for length in range(len(spelled), 0, -1) if fold(spelled[:length]) == letters)
    return Stem(letters, form.capitals and form.letters[0].isupper(), spelled[: next(lengths, 0)] or letters)
