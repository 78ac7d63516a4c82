"""Another crisis in another country and language, made of data alone: nothing in the code knows either of them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.crisis import Profile, load_profile
from pipeline.crisis.notation import Form
from pipeline.tag import Tagger

BUNDLED = ("kazakhstan_2022", "peru_2022")
PIPELINE = Path(__file__).resolve().parent.parent / "pipeline"
JANUARY = datetime(2023, 1, 10, 12, tzinfo=UTC)
YEARS_LATER = datetime(2025, 6, 1, tzinfo=UTC)

# Invented reports about what happened and what only looks like it: text, time, tags (None: not relevant), places.
REPORTS = {
    "a day of deaths": (
        (
            "Al menos 17 personas murieron en Juliaca tras los enfrentamientos entre manifestantes y la policía cerca "
            "del aeropuerto, informó la Defensoría. Varios cuerpos presentaban heridas de bala, según el hospital."
        ),
        JANUARY,
        {"casualties", "lethal_force", "protest", "riot"},
        ["Juliaca"],
    ),
    "an emergency": (
        "El Gobierno de Boluarte prorrogó el estado de emergencia en Puno, Cusco y Lima; en Puno hay toque de queda.",
        JANUARY,
        {"state_of_emergency"},
        ["Cusco", "Lima", "Puno"],
    ),
    "roads": (
        "Los bloqueos de carreteras en la región Puno y en Ica dejan desabastecimiento de combustible en el Perú.",
        JANUARY,
        {"roadblocks", "infrastructure"},
        ["Ica", "Puno Region"],
    ),
    "the fall of a president": (
        (
            "Peru's Congress removed Pedro Castillo from office hours after he tried to dissolve the legislature. Dina "
            "Boluarte was sworn in; protesters took to the streets of Lima and Arequipa demanding early elections."
        ),
        datetime(2022, 12, 8, tzinfo=UTC),
        {"early_elections", "government_change", "protest"},
        ["Arequipa", "Lima"],
    ),
    "Machu Picchu": (
        "Trains to Machu Picchu were suspended and hundreds of tourists stranded as protests in Peru went on in Cusco.",
        JANUARY,
        {"infrastructure", "protest"},
        ["Cusco", "Machu Picchu"],
    ),
    "an inquiry years later": (
        (
            "La fiscalía pidió 15 años de prisión por las muertes en las protestas de diciembre de 2022 en Ayacucho, "
            "Perú: diez manifestantes fallecieron por impactos de bala cuando el Ejército disparó. Familiares "
            "denunciaron represión."
        ),
        YEARS_LATER,
        {"casualties", "human_rights", "investigation", "lethal_force", "protest"},
        ["Ayacucho"],
    ),
    "football": ("Alianza Lima venció 2-0 en el clásico y sueña con la final del torneo en Perú.", JANUARY, None, []),
    "a kitchen": ("A stew of lima beans with a hint of chilli, as they cook it in Peru.", JANUARY, None, []),
    "another country": (
        "Chilean police clashed with protesters in Santiago; a state of emergency was declared. Peru closed a road.",
        JANUARY,
        None,
        [],
    ),
    "an accident": ("Un bus cayó a un abismo en Huancavelica y 12 personas murieron.", JANUARY, None, ["Huancavelica"]),
    "another protest, years later": (
        "Transportistas de Lima acataron un paro contra las extorsiones; hubo bloqueos en la Panamericana.",
        YEARS_LATER,
        None,
        ["Lima"],
    ),
    "before": ("Peru's farmers protest and block roads near Ica.", datetime(2020, 12, 3, tzinfo=UTC), None, ["Ica"]),
}


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return Tagger(load_profile("peru_2022"))


@pytest.mark.parametrize("case", REPORTS)
def test_reports_on_another_crisis_are_judged_by_its_profile(tagger: Tagger, case: str) -> None:
    text, at, tags, places = REPORTS[case]
    said = tagger.assess(title="", text=text, language=None, published_at=at)
    assert said.relevant == (tags is not None), said
    assert set(said.tags) == (tags or set())
    assert list(said.places) == places
    assert all(text[match.start : match.end] == match.quote for match in said.evidence)


def test_neither_crisis_is_taken_for_the_other(tagger: Tagger) -> None:
    other = Tagger(load_profile("kazakhstan_2022"))
    for text, at, tags, _ in REPORTS.values():
        if tags:
            assert not other.assess(title="", text=text, language=None, published_at=at).relevant, text
    unrest = (
        "Protesters stormed the city hall in Almaty, Kazakhstan. A state of emergency was declared, eight were killed."
    )
    assert not tagger.assess(title="", text=unrest, language=None, published_at=JANUARY).relevant


@pytest.mark.parametrize("name", BUNDLED)
def test_no_proper_name_of_a_profile_stands_in_code(name: str) -> None:
    """Names of places, of the country and its people, in every language of the profile."""
    names = _proper_names(load_profile(name))
    assert len(names) > 40
    found = {
        module.relative_to(PIPELINE).as_posix(): words & names
        for module in PIPELINE.rglob("*.py")
        if (words := set(re.findall(r"[^\W_]+", module.read_text("utf-8")))) & names
    }
    assert found == {}


def _proper_names(profile: Profile) -> set[str]:
    """Single words with a capital that stand for a place, or for home in `[relevance]`."""
    groups = {*profile.relevance.home, *profile.relevance.era} - {"places"}
    terms = [term for place in profile.places for aliases in place.aliases.values() for term in aliases]
    terms += [
        term
        for vocabulary in profile.vocabularies
        for group, listed in vocabulary.groups.items()
        if group in groups
        for term in listed
    ]
    forms: list[Form] = [term.steps[0].forms[0] for term in terms if not term.denies and len(term.steps) == 1]
    return {form.letters for form in forms if form.letters[:1].isupper()}
