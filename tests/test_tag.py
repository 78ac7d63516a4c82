"""What an article is about: terms through inflection, relevance, places, and evidence with exact offsets."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.crisis import load_profile
from pipeline.crisis.notation import Form
from pipeline.records import Assessment
from pipeline.tag import Tagger
from pipeline.tag.lexicon import Lexicon
from pipeline.tag.trial import trial_row
from pipeline.tag.words import fold, read_words

PEAK = datetime(2022, 1, 6, 12, tzinfo=UTC)
MARCH = datetime(2022, 3, 14, tzinfo=UTC)


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return Tagger(load_profile("kazakhstan_2022"))


def assess(tagger: Tagger, text: str, *, title: str = "", at: datetime | None = PEAK) -> Assessment:
    said = tagger.assess(title=title, text=text, language=None, published_at=at)
    for match in said.evidence:
        source = title if match.field == "title" else text
        assert source[match.start : match.end] == match.quote
    proven = {(match.kind, match.label) for match in said.evidence}
    assert {("tag", tag) for tag in said.tags} | {("place", place) for place in said.places} <= proven
    return said


def small_tagger(folder: Path, terms: str) -> Tagger:
    """A tagger that takes any article for relevant in which the tag `it` is found next to Utopia."""
    (folder / "terms").mkdir()
    (folder / "terms" / "en.toml").write_text(terms, "utf-8")
    (folder / "crisis.toml").write_text(
        'id = "x"\nname = "X"\ntimezone = "UTC"\nsince = 2020-01-01\nlanguages = ["en"]\n[tags]\nit = "It"\n'
        '[relevance]\nhome = ["country"]\n[relevance.events]\ncountry = 1.0\n',
        "utf-8",
    )
    return Tagger(load_profile(str(folder)))


@pytest.mark.parametrize(
    ("term", "text", "quotes"),
    [
        ("strike", "Strikes, STRIKES and a striker's strike", ["Strikes", "STRIKES", "strike"]),
        ("strik*", "strikers striking stroke", ["strikers", "striking"]),
        ("=strike", "strikes strike", ["strike"]),
        ("^Pole", "poles and a Pole's", ["Pole's"]),
        ("shot dead", "shot dead; shot, dead; shot-dead", ["shot dead", "shot-dead"]),
        ("shoot ~2 kill", "shoot in order to kill, shoot to kill", ["shoot to kill"]),
        ("shoot ~2 kill", "They shoot. To kill is wrong", []),
        ("shop ~~2 shut", "shops were shut. Shut the shops", ["shops were shut", "Shut the shops"]),
        ("fire|shot dead", "fire dead, shot dead", ["fire dead", "shot dead"]),
        ("@number dead", "12 dead, two dead, 3 d.", ["12 dead", "two dead"]),
        ("# dead", "12 dead, two dead", ["12 dead"]),
        ("cafe", "Le café, le cafe\u0301", ["café", "cafe\u0301"]),
        ("people's", "the people\u2019s court", ["people\u2019s"]),
    ],
)
def test_the_notation_of_terms(tmp_path: Path, term: str, text: str, quotes: list[str]) -> None:
    """What each sign means is what the documentation says."""
    terms = (
        f'it = ["{term}"]\n[groups]\ncountry = ["Utopia"]\n[sets]\nnumber = ["#", "two"]\n'
        '[inflection]\nendings = [["s", "ed"], ["\'s"]]\n'
    )
    said = small_tagger(tmp_path, terms).assess(title="Utopia", text=text, language=None, published_at=PEAK)
    assert sorted({match.quote for match in said.evidence if match.kind == "tag"}) == sorted(quotes)


def test_a_denied_term_and_a_weak_one_do_not_count(tmp_path: Path) -> None:
    terms = 'it = ["song", "!protest song", "?shop", "?bank"]\n[groups]\ncountry = ["Utopia"]\n'
    tagger = small_tagger(tmp_path, terms)
    far = "Utopia. " + "word " * 80

    def found(text: str) -> bool:
        return bool(tagger.assess(title="", text=text, language=None, published_at=PEAK).tags)

    assert not found("Utopia: a protest song")
    assert found("Utopia: a protest song, and a song")
    assert not found(far + "a shop and a shop")
    assert found(far + "a shop and a bank")
    assert found("Utopia: a shop")


def test_a_chain_of_suffixes_keeps_to_its_vowels() -> None:
    profile = load_profile("kazakhstan_2022")
    inflection = next(each.inflection for each in profile.vocabularies if each.language == "kk")
    lexicon = Lexicon()
    for letters in ("наразылық", "Алматы", "Almaty", "жаңаөзен", "Тоқаев"):
        lexicon.add((Form(letters=letters),), inflection)
    sound = "наразылықтардың наразылығының Алматыдағылардың Алматымен жаңаөзендіктердікімен Тоқаевтың Almatydağy"
    assert [word for word in sound.split() if not lexicon.find(word)] == []
    unsound = "наразылықтардің Алматыдағілар жаңаөзендіктардың Almatydaği"
    assert [word for word in unsound.split() if lexicon.find(word)] == []


def test_words_keep_their_places_whatever_stands_inside_them() -> None:
    text = "Про\u00adтест в Алма\u0301ты. “Ёлка”"
    words = read_words(text)
    assert [fold(word) for word in words.written] == ["протест", "в", "алматы", "елка"]
    assert [text[start:end] for start, end in zip(words.starts, words.ends, strict=True)] == words.written
    assert words.sentences == [0, 0, 0, 1]


def test_an_abbreviation_ends_no_sentence() -> None:
    assert set(read_words("Свыше 1,3 тыс. получили травмы").sentences) == {0}


@pytest.mark.parametrize(
    ("text", "tag", "quote"),
    [
        ("В Жанаозене полиция задержала протестующих.", "protest", "протестующих"),
        ("Алматинские силовики открыли огонь по толпе на протестах.", "lethal_force", "открыли огонь"),
        ("Токаевым введён комендантский час в Алматы.", "state_of_emergency", "комендантский час"),
        ("Казахстан без интернета: связь отключили пятый день.", "internet_shutdown", "без интернета"),
        ("Миротворцы ОДКБ прибыли в Казахстан на фоне беспорядков.", "foreign_troops", "Миротворцы"),
        ("В Алматы мародёры разграбили магазины, начались погромы.", "riot", "погромы"),
        ("Алматыдағы наразылықтардың салдарынан қаза тапқандар бар.", "protest", "наразылықтардың"),
        ("Алматыдағы наразылықтардың салдарынан қаза тапқандар бар.", "casualties", "қаза тапқандар"),
        ("Тоқаевтың бұйрығымен Алматыда ескертусіз оқ атылды.", "lethal_force", "оқ атылды"),
        ("Қазақстанда төтенше жағдай енгізілді.", "state_of_emergency", "төтенше жағдай"),
        ("Almatyda narazylyq bildırushıler ūstaldy.", "protest", "narazylyq"),
        ("Almatyda narazylyq bildırushıler ūstaldy.", "detentions", "ūstaldy"),
        ("Kazakhstan’s protesters were told that troops would shoot to kill.", "lethal_force", "shoot to kill"),
        ("Tokayev dismissed the head of the security committee after riots in Almaty.", "government_change", None),
        ("Protesters in Aktau demanded that the price of liquefied gas be halved.", "fuel_prices", "liquefied gas"),
    ],
)
def test_terms_are_found_through_inflection(tagger: Tagger, text: str, tag: str, quote: str | None) -> None:
    said = assess(tagger, text)
    assert tag in said.tags
    assert quote is None or quote in [match.quote for match in said.evidence if match.label == tag]


RELEVANT = {
    "the shooting order, without title and date": (
        (
            "President Kassym-Jomart Tokayev said he had given the order to shoot to kill without warning as protests "
            "in Kazakhstan went on. The ministry said 26 “armed criminals” were killed and 3,000 people detained."
        ),
        None,
    ),
    "a flash without a place": ("МВД: погибли восемнадцать силовиков, задержаны 2298 человек.", PEAK),
    "a toll given in March": (
        (
            "Генпрокуратура Казахстана опубликовала число погибших во время январских событий: 230 человек, из них 19 "
            "силовиков. Возбуждены дела о пытках."
        ),
        MARCH,
    ),
    "a list of names in August": (
        (
            "Kazakhstan's prosecutors have published a list of 238 people killed during the January unrest. Relatives "
            "say that the investigation has punished nobody."
        ),
        datetime(2022, 8, 16, tzinfo=UTC),
    ),
    "a trial in autumn": (
        (
            "Талдықорғанда Қаңтар оқиғасы бойынша сот өтті: қамаудағыларды азаптаған бес полицей жауапқа тартылды. "
            "Қазақстанда бұған дейін 238 адам қаза тапқаны айтылған."
        ),
        datetime(2022, 11, 3, tzinfo=UTC),
    ),
    "troops from abroad": (
        (
            "В Бишкеке парламент одобрил отправку 150 военнослужащих в составе миротворцев ОДКБ в Казахстан, где идут "
            "беспорядки."
        ),
        PEAK,
    ),
}
NOT_RELEVANT = {
    "football": ("Kazakhstan's Kairat Almaty beat Astana 2-0 on Saturday; striker Joao fired home twice.", PEAK),
    "oil": ("Kazakhstan will raise oil output at Tengiz by 3 per cent, the energy ministry said. Brent fell.", PEAK),
    "a crash": ("Three people died when a bus left an icy road near Karaganda, Kazakh police said.", PEAK),
    "a robbery": ("В Костанае осудили мужчину за кражу телефонов, он взят под стражу в зале суда.", PEAK),
    "a robbery in the peak": (
        (
            "В Павлодаре полицейские задержали подозреваемого в краже: ночью он разбил витрину магазина и вынес "
            "телефоны. Суд арестовал его на два месяца."
        ),
        PEAK,
    ),
    "a house on fire": (
        (
            "Қостанайда екі қабатты үй өртеніп, үш адам қаза тапты. Өрт пештен шыққан. Қылмыстық іс қозғалды, "
            "сараптама тағайындалды."
        ),
        PEAK,
    ),
    "a murder": (
        "Алматыда ер адам әйелін ұрып-соғып, пышақтап өлтірді. Ол ұсталып, екі айға қамауға алынды.",
        PEAK,
    ),
    "frost": (
        (
            "В Алматы мороз до минус 25, занятия в школах перенесут в онлайн. Рейсы задерживаются из-за тумана, дорога "
            "на Талдыкорган закрыта."
        ),
        PEAK,
    ),
    "a rally in Bishkek": (
        (
            "Protesters in Bishkek demanded the release of a blogger; police dispersed the rally. A Kazakh journalist "
            "who covered it was briefly held."
        ),
        PEAK,
    ),
    "a drill": (
        "В Шымкенте прошли учения: солдаты отрабатывали оборону аэропорта, условные террористы уничтожены.",
        PEAK,
    ),
    "2011": (
        "Жаңаөзен трагедиясына он бір жыл: 2011 жылы полиция мұнайшыларға оқ атып, он алты адам қаза тапты.",
        datetime(2022, 12, 16, tzinfo=UTC),
    ),
    "2011, before": (
        "Zhanaozen marks ten years since police opened fire on striking oil workers and killed 16.",
        datetime(2021, 12, 16, tzinfo=UTC),
    ),
    "Bishkek 2020": (
        "Protesters stormed parliament in Bishkek; 600 were hurt. Kazakhstan closed its border.",
        datetime(2020, 10, 6, tzinfo=UTC),
    ),
    "Karakalpakstan": (
        (
            "Eighteen people were killed in protests in Nukus, Karakalpakstan, and a state of emergency was declared. "
            "Police detained 516. In Kazakhstan, Tokayev backed Tashkent; the country saw unrest of its own in January."
        ),
        datetime(2022, 7, 4, tzinfo=UTC),
    ),
    "Khartoum in the peak": (
        (
            "Security forces opened fire on protesters in Khartoum, killing seven; internet was cut. A doctors' "
            "committee in Sudan counts 71 dead. Kazakhstan's team won a tournament there."
        ),
        datetime(2022, 1, 18, tzinfo=UTC),
    ),
    "Britain": ("Boris Johnson apologised and rejected calls to resign over a party in lockdown.", PEAK),
    "the Capitol": (
        (
            "A jury convicted a man over the January 6 riot at the Capitol, in which five people died and hundreds "
            "were arrested. He had once worked in Kazakhstan."
        ),
        MARCH,
    ),
    "background in a last paragraph": (
        "Kazakhstan's central bank raised its rate to 13.5 per cent. The tenge gained. "
        + "Analysts expect more. " * 20
        + "The economy was also hurt by unrest in January, when protests over fuel prices left 230 dead.",
        MARCH,
    ),
    "named in passing, a year later": (
        (
            "Oil workers from Zhanaozen, where the unrest of January 2022 began, spent a second night outside the "
            "energy ministry in Astana. They want contracts with the national company. "
            + "Their wages were late, said the men, who had flown in on borrowed money. " * 5
            + "Police put a hundred of them on buses and let them go with a warning in the evening."
        ),
        datetime(2023, 4, 11, tzinfo=UTC),
    ),
    "another protest, a year later": (
        "Miners in Karaganda went on strike and blocked a road; police detained twelve protesters.",
        datetime(2023, 10, 30, tzinfo=UTC),
    ),
    "an undated protest of nobody knows when": (
        "Oil workers in Kazakhstan protested in a square; police opened fire and a state of emergency was declared.",
        None,
    ),
    "a long report that names no place at home": (
        "The interior ministry said eighteen officers were killed in riots. " + "It gave no names or ranks. " * 12,
        PEAK,
    ),
    "tourism": ("Turkistan received 1.5 million tourists last year; the train from Almaty takes 12 hours.", PEAK),
}


@pytest.mark.parametrize("case", RELEVANT)
def test_coverage_of_the_crisis_is_relevant(tagger: Tagger, case: str) -> None:
    text, at = RELEVANT[case]
    said = assess(tagger, text, at=at)
    assert said.relevant, said
    assert said.relevance >= 0.5
    assert any(match.kind == "relevance" for match in said.evidence)


@pytest.mark.parametrize("case", NOT_RELEVANT)
def test_what_only_looks_like_it_is_not(tagger: Tagger, case: str) -> None:
    text, at = NOT_RELEVANT[case]
    said = assess(tagger, text, at=at)
    assert not said.relevant, said
    assert said.relevance < 0.5
    assert said.tags == ()


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("в Нур-Султане, Уральске и Усть-Каменогорске", ["Astana", "Oral", "Oskemen"]),
        ("Мангистауской области, городе Жанаозене", ["Mangystau Region", "Zhanaozen"]),
        ("в Алматинской области", ["Almaty Region"]),
        ("алматинский метрополитен", ["Almaty"]),
        ("Қызылорда облысында және Қызылордада", ["Kyzylorda", "Kyzylorda Region"]),
        ("Жаңаөзендегі, Алматылық, Семейдегі", ["Almaty", "Semey", "Zhanaozen"]),
        ("Nūr-Sūltandağy, Aqtauda, Qostanaida", ["Aktau", "Astana", "Kostanay"]),
        ("Almaty, Almaty Region and Zhambyl Region", ["Almaty", "Almaty Region", "Zhambyl Region"]),
        ("An oral answer; Oral history; families, семей", []),
        ("A man from Oral, in the west", ["Oral"]),
        ("Air Astana and Astana Qazaqstan Team", []),
        ("писала «Вечерняя Астана» и «Алматы», город", ["Almaty"]),
        ("The Aral Sea, East Turkistan", []),
        ("Жамбылский район", []),
    ],
)
def test_places_by_their_canonical_names(tagger: Tagger, text: str, places: list[str]) -> None:
    """Also in an article that is not about the crisis."""
    assert list(assess(tagger, text).places) == places


def test_an_ambiguous_name_says_how_it_is_told() -> None:
    notes = {place.name: place.note for place in load_profile("kazakhstan_2022").places}
    for name in ("Oral", "Aral", "Turkistan", "Almaty", "Semey", "Taraz"):
        assert notes[name], name


def test_a_feed_entry_is_wanted_when_it_names_the_country_its_places_or_people(tagger: Tagger) -> None:
    assert tagger.mentions("Shots heard in Almaty")
    assert tagger.mentions("Flash", "Токаеву предложили помощь")
    assert tagger.mentions("", "", "https://example.org/world/kazakhstan-protests-12")
    assert tagger.mentions(
        "https://example.org/%D0%90%D0%BB%D0%BC%D0%B0%D1%82%D1%8B_%D1%81%D0%B5%D0%B3%D0%BE%D0%B4%D0%BD%D1%8F"
    )
    assert tagger.mentions("Қазақстандағы наразылық")
    assert not tagger.mentions("Protests in Khartoum", "Seven killed", "https://example.org/sudan")
    assert not tagger.mentions("January 6 riot: oral arguments")
    assert not tagger.mentions("")


def test_a_profile_without_terms_finds_nothing_relevant(tmp_path: Path) -> None:
    (tmp_path / "crisis.toml").write_text(
        'id = "x"\nname = "X"\ntimezone = "UTC"\nsince = 2020-01-01\nlanguages = ["en"]\n[tags]\nit = "It"\n', "utf-8"
    )
    tagger = Tagger(load_profile(str(tmp_path)))
    assert assess(tagger, "Anything at all").relevant is False
    assert not tagger.mentions("Anything at all")


def test_judging_twice_says_the_same(tagger: Tagger) -> None:
    for text, at in (*RELEVANT.values(), *NOT_RELEVANT.values()):
        assert assess(tagger, text, at=at) == assess(tagger, text, at=at)


def test_a_row_of_a_file_is_judged_as_an_article(tagger: Tagger) -> None:
    row = {"id": 7, "text": "Беспорядки в Алматы: погибли 12 силовиков", "published_at": "2022-01-06T10:00:00+06:00"}
    said = trial_row(row, tagger)
    assert (said["id"], said["relevant"], said["places"]) == (7, True, ["Almaty"])
    assert {"field": "text", "kind": "place", "label": "Almaty", "quote": "Алматы", "start": 13, "end": 19} in said[
        "evidence"
    ]
    assert trial_row({"id": 8, "title": None, "text": ""}, tagger)["relevant"] is False
