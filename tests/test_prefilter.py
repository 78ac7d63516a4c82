"""Whatever names the home of a crisis passes on raw bytes, in any encoding; of the rest nothing does."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from functools import cache

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pipeline.crisis import Profile, load_profile
from pipeline.crisis.notation import Form, Term
from pipeline.crisis.profile import Inflection
from pipeline.discover.past.prefilter import Prefilter
from pipeline.tag import Tagger
from pipeline.tag.lexicon import stem_of
from pipeline.tag.words import fold

PROFILES = ("kazakhstan_2022", "peru_2022")
HEAD = b"WARC/1.0\r\nWARC-Type: response\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"


def referred(way: str) -> Callable[[str], bytes]:
    """Writes letters beyond ASCII as character references."""
    return lambda text: "".join(each if each.isascii() else way.format(ord(each)) for each in text).encode()


ENCODINGS: dict[str, Callable[[str], bytes]] = {
    **{
        name: lambda text, name=name: text.encode(name)  # type: ignore[misc]  # a lambda's default has no type
        for name in ("utf-8", "windows-1251", "koi8-r", "utf-16-le", "utf-16-be")
    },
    "utf-16 with its mark": lambda text: text.encode("utf-16"),
    "utf-16-be with its mark": lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
    "decimal references": referred("&#{};"),
    "hexadecimal references": referred("&#x{:x};"),
    "hexadecimal references in capitals": referred("&#x{:X};"),
}
CASES: tuple[Callable[[str], str], ...] = (str, str.lower, str.title, str.upper)


@cache
def profile_of(name: str) -> Profile:
    return load_profile(name)


@cache
def tagger_of(name: str) -> Tagger:
    return Tagger(profile_of(name))


@cache
def prefilter() -> Prefilter:
    """One for all profiles, as in a pass; it takes seconds to make."""
    return Prefilter([profile_of(name) for name in PROFILES], [tagger_of(name) for name in PROFILES])


def passes(body: bytes) -> bool:
    return prefilter().passes(HEAD + body)


@cache
def terms_of(name: str) -> tuple[tuple[Term, Inflection], ...]:
    """The terms that name the home, but for those all of whose words have stems of less than four letters."""
    return tuple(
        (term, inflection) for term, inflection in home_terms(profile_of(name)) if not is_short(term, inflection)
    )


@cache
def short_stems(name: str) -> tuple[str, ...]:
    """What words begin with that name the home and are left out."""
    terms = ((term, inflection) for term, inflection in home_terms(profile_of(name)) if is_short(term, inflection))
    return tuple(stem_of(form, inflection) for term, inflection in terms for form in term.steps[0].forms)


def is_short(term: Term, inflection: Inflection) -> bool:
    return all(min(len(stem_of(form, inflection)) for form in step.forms) < 4 for step in term.steps)


def home_terms(profile: Profile) -> Iterator[tuple[Term, Inflection]]:
    inflections = {each.language: each.inflection for each in profile.vocabularies}
    for vocabulary in profile.vocabularies:
        for group in profile.relevance.home:
            terms = vocabulary.groups.get(group, ())
            yield from ((term, vocabulary.inflection) for term in terms if not term.denies)
    for place in profile.places:
        for language, aliases in place.aliases.items():
            inflection = inflections.get(language, Inflection())
            yield from ((term, inflection) for term in aliases if not term.denies)


def spelled(form: Form) -> str:
    return form.letters or "7"


@cache
def texts(name: str) -> tuple[str, ...]:
    """Every term as its profile writes it, in each case in which it is one."""
    found = {
        case(" ".join(map(spelled, forms)))
        for term, _ in terms_of(name)
        for forms in itertools.product(*(step.forms for step in term.steps))
        for case in CASES
    }
    return tuple(sorted(text for text in found if tagger_of(name).mentions(f"x {text}, x")))


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("name", PROFILES)
def test_every_name_of_home_passes_in_every_encoding_that_has_its_letters(name: str, encoding: str) -> None:
    asked = 0
    for text in texts(name):
        try:
            body = ENCODINGS[encoding](f"<p>x {text}, x")
        except UnicodeEncodeError:
            continue
        asked += 1
        assert passes(body), text
    assert asked > 100


def mixes_alphabets(word: str) -> bool:
    """Whether Latin and other letters stand in one word, as where a Russian ending is put to a Latin name."""
    latin = [letter.isascii() for letter in fold(word) if letter.isalpha()]
    return any(latin) and not all(latin)


@settings(max_examples=250, deadline=None)
@given(st.data())
def test_a_name_of_home_passes_with_any_ending_wherever_it_stands(data: st.DataObject) -> None:
    """A law: what the tagger takes for a mention passes, among any words and markup, but for short stems."""
    name = data.draw(st.sampled_from(PROFILES))
    term, inflection = data.draw(st.sampled_from(terms_of(name)))
    words = []
    for step in term.steps:
        form = data.draw(st.sampled_from(step.forms))
        stems = [spelled(form), *(spelled(form).removesuffix(end) for end in inflection.drop)]
        ending = "".join(data.draw(st.sampled_from(["", *slot])).lstrip("=") for slot in inflection.endings)
        words.append(data.draw(st.sampled_from(stems)) + data.draw(st.sampled_from(["", ending])))
    assume(not any(fold(word).startswith(short_stems(name)) for word in words))
    assume(not any(map(mixes_alphabets, words)))
    around = st.lists(
        st.sampled_from(
            ["слово", "word", "<b>", "</p>", "«", " ", " ", "№", "\n", " " + "x" * 90 + " ", "🇰🇿", " " + "ы" * 90 + " "]
        )
    )
    before, after = ("".join(data.draw(around)) for _ in range(2))
    text = f"<p>{before}{data.draw(st.sampled_from(CASES))(' '.join(words))}{after}"
    assume(tagger_of(name).mentions(text.replace("<b>", " ").replace("</p>", " ")))
    encoding = data.draw(st.sampled_from(sorted(ENCODINGS)))
    try:
        body = ENCODINGS[encoding](text)
    except UnicodeEncodeError:
        body = text.encode()
    assert passes(body)


@pytest.mark.parametrize(
    "text",
    [
        "Police clashed with protesters in Minsk; a state of emergency was declared and the internet was shut down.",
        "Митинг против повышения цен на газ прошёл в Киеве, есть пострадавшие, введён комендантский час.",
        "Los bloqueos de carreteras en Santiago dejan desabastecimiento; murieron 17 personas, según la Defensoría.",
        "A stew of lima beans, to peruse with imperu and tokay.",
        "a poem by abai, a song of a region",
        "",
        "\0\x01\x02" * 500,
    ],
)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_what_does_not_name_home_does_not_pass(text: str, encoding: str) -> None:
    assert not any(tagger_of(name).mentions(text) for name in PROFILES)
    assert not passes(ENCODINGS[encoding](text.replace("í", "i").replace("ú", "u")))


@pytest.mark.parametrize(
    ("name", "text"),
    [("kazakhstan_2022", "в РК введён режим ЧП"), ("peru_2022", "Un bus en Ica"), ("peru_2022", "Un bus en Ilo")],
)
def test_names_with_stems_of_less_than_four_letters_do_not_pass_alone(name: str, text: str) -> None:
    assert tagger_of(name).mentions(text)
    assert not passes(text.encode())


@pytest.mark.parametrize(
    "body",
    [
        "Казахстан",
        "\ufeffКазахстан",
        "🇰🇿Казахстан",
        "→Казахстан",
        "Казахстан" + "</div>" * 40,
        "</td>" * 40 + "<td>Казахстан</td>",
        '{"title":"Казахстан","' + "x" * 300,
        "<b>Abai</b>&nbsp;<b>Region</b>",
        "Abai Region",
        "region of Abai",
        "x" * 500 + " Казахстана" + "ы" * 500 + " Казахстан",
        "<p>" * 200 + "Алма-Ата, столица Казахстана",
    ],
)
def test_it_does_not_matter_what_stands_around_a_name(body: str) -> None:
    assert passes(body.encode())


@pytest.mark.parametrize(
    "text", ["Perú", "Peru", "PERÚ", "Per&uacute;", "Per&#250;", "Per&#xFA;", "Junín", "Betssy Chávez"]
)
def test_accents_are_found_as_they_are_written_and_where_they_are_left_out(text: str) -> None:
    assert passes(f"<p>La prensa de {text}</p>".encode())


def test_a_latin_name_behind_a_sign_of_another_encoding_is_found() -> None:
    assert passes("<p>word№Kazakhstan".encode("windows-1251"))


def test_a_name_half_a_megabyte_into_a_page_is_found() -> None:
    page = "<p>Протесты в Минске, " * 20_000
    assert not passes(page.encode())
    assert passes((page + "Жанаозен").encode())
