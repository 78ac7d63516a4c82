"""Loading a crisis profile, and refusing a wrong one with file, line, key and what would be right."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from pipeline.crisis import begin_profile, load_profile
from pipeline.errors import ProfileError
from pipeline.tag import Tagger

CRISIS = """\
id = "harbour_strike"
name = "Harbour strike"
timezone = "Europe/Rome"
since = 2023-05-01
languages = ["en", "it"]

[tags]
strike = "Strike"
blockade = "Blockade"

[relevance]
home = ["country", "places"]

[relevance.events]
strike = 1.0
"""
FEEDS = """\
[[feed]]
url = "https://one.example/rss"
outlet = "one.example"

[[feed]]
url = "https://two.example/rss"
outlet = "Two.example"
publisher = "twins"
language = "it"
country = "IT"
timezone = "Europe/Rome"
scope = "match"
"""
TERMS = """\
strike = ["strike", "walked ~2 out"]

[groups]
country = ["Utopia"]

[inflection]
endings = [["s", "ed"]]
"""
PLACES = """\
name,kind,region,latitude,longitude,aliases_en,aliases_it
Porto Nuovo,city,Coast,40.5,14.25,New Port|Porto Nuovo,Porto Nuovo
Coast,region,,,,Coast,Costa
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "terms").mkdir()
    (tmp_path / "crisis.toml").write_text(CRISIS, "utf-8")
    (tmp_path / "feeds.toml").write_text(FEEDS, "utf-8")
    (tmp_path / "terms" / "en.toml").write_text(TERMS, "utf-8")
    (tmp_path / "places.csv").write_text(PLACES, "utf-8")
    return tmp_path


def change(folder: Path, file: str, old: str, new: str) -> None:
    text = (folder / file).read_text("utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), "utf-8")


def refusal(folder: Path) -> str:
    with pytest.raises(ProfileError) as caught:
        load_profile(str(folder))
    message = str(caught.value)
    assert "\n" not in message
    return message.removeprefix(f"{folder}/")


def test_a_folder_is_read_as_it_is_written(folder: Path) -> None:
    profile = load_profile(str(folder))
    assert (profile.id, profile.name, profile.languages) == ("harbour_strike", "Harbour strike", ("en", "it"))
    assert profile.tags == {"strike": "Strike", "blockade": "Blockade"}
    assert [place.name for place in profile.places] == ["Porto Nuovo", "Coast"]
    assert (profile.places[0].latitude, profile.places[0].longitude) == (40.5, 14.25)
    assert profile.places[1].latitude is None
    one, two = profile.feeds
    assert (one.publisher, one.language, one.timezone, one.scope) == (None, None, "UTC", "all")
    assert (two.outlet, two.publisher, two.country, two.scope) == ("two.example", "twins", "IT", "match")


def test_a_bare_day_begins_in_the_zone_of_the_crisis(folder: Path) -> None:
    profile = load_profile(str(folder))
    assert profile.since == datetime(2023, 4, 30, 22, tzinfo=UTC)
    assert profile.until is None


def test_crisis_and_feeds_are_enough(folder: Path) -> None:
    shutil.rmtree(folder / "terms")
    (folder / "places.csv").unlink()
    profile = load_profile(str(folder))
    assert (len(profile.feeds), profile.places, profile.vocabularies) == (2, (), ())


def test_the_bundled_profile_loads_by_name_and_knows_the_country() -> None:
    profile = load_profile("kazakhstan_2022")
    assert len(profile.tags) == 14
    assert len(profile.feeds) >= 30
    assert {feed.scope for feed in profile.feeds} == {"all", "match"}
    assert len(profile.places) >= 120
    names = {place.name for place in profile.places}
    assert {place.region for place in profile.places if place.region} <= names
    assert {"Astana", "Oral", "Oskemen", "Zhanaozen", "Mangystau Region"} <= names
    for place in profile.places:
        assert 40 < (place.latitude or 0) < 56, place.name
        assert 46 < (place.longitude or 0) < 88, place.name
        assert set(place.aliases) == {"en", "ru", "kk"}, place.name
    assert all(set(vocabulary.tags) == set(profile.tags) for vocabulary in profile.vocabularies)


def test_the_version_ignores_feeds_comments_and_layout(folder: Path) -> None:
    before = load_profile(str(folder)).version
    change(folder, "feeds.toml", "one.example", "three.example")
    change(folder, "crisis.toml", 'id = "harbour_strike"', '# a remark\nid    = "harbour_strike"')
    assert load_profile(str(folder)).version == before


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("crisis.toml", "strike = 1.0", "strike = 0.9"),
        ("terms/en.toml", "walked ~2 out", "walked ~3 out"),
        ("terms/en.toml", '["s", "ed"]', '["s"]'),
        ("places.csv", "New Port", "Newport"),
    ],
)
def test_the_version_changes_with_what_is_judged(folder: Path, file: str, old: str, new: str) -> None:
    before = load_profile(str(folder)).version
    change(folder, file, old, new)
    assert load_profile(str(folder)).version != before


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        (
            "crisis.toml",
            'timezone = "Europe/Rome"',
            'timezone = "Europe/Roma"',
            "crisis.toml:3: timezone: 'Europe/Roma'",
        ),
        ("crisis.toml", "harbour_strike", "Harbour Strike", "crisis.toml:1: id: 'Harbour Strike' must look like"),
        (
            "crisis.toml",
            "[relevance]\n",
            "[relevance]\nhoem = []\n",
            "crisis.toml:12: relevance.hoem: there is no such key",
        ),
        (
            "crisis.toml",
            '"country", "places"',
            '"contry"',
            "relevance.home: no terms file has a group 'contry', did you mean",
        ),
        ("crisis.toml", "since = 2023-05-01\n", "", "crisis.toml: since: this key is missing"),
        (
            "crisis.toml",
            "since = 2023-05-01",
            'since = "May"',
            "crisis.toml:4: since: 'May' must be a day or a time with its offset, such as 2022-01-02",
        ),
        (
            "terms/en.toml",
            "[inflection]\n",
            '[inflection]\ndrop = "s"\n',
            "terms/en.toml:7: inflection.drop: 's' must be a list, such as",
        ),
        (
            "terms/en.toml",
            'strike = ["strike", ',
            'strike = [\n    "strike",\n    "strike ~2",\n    ',
            "terms/en.toml:3: strike: 'strike ~2' ends in a gap",
        ),
        (
            "crisis.toml",
            "since = 2023-05-01",
            "since = 2023-05-01\nuntil = 2023-04-01",
            "crisis.toml:5: until: must be later",
        ),
        ("crisis.toml", 'name = "Harbour strike"', "name = Harbour", "crisis.toml:2: is not TOML"),
        (
            "feeds.toml",
            'scope = "match"',
            'scope = "matches"',
            "feeds.toml:12: feed.1.scope: 'matches' is not allowed, did you mean 'match'?",
        ),
        (
            "feeds.toml",
            'publisher = "twins"',
            'publsher = "twins"',
            "feeds.toml:8: feed.1.publsher: there is no such key, did you mean 'publisher'?",
        ),
        (
            "feeds.toml",
            "https://two.example/rss",
            "two.example/rss",
            "feeds.toml:6: feed.1.url: 'two.example/rss' must be a whole http or https URL",
        ),
        ("feeds.toml", "https://two.example/rss", "ftp://two.example/rss", "feeds.toml:6: feed.1.url: 'ftp://"),
        (
            "feeds.toml",
            "https://two.example/rss",
            "https://one.example/rss",
            "feeds.toml:6: feed.1.url: https://one.example/rss stands in line 2 already",
        ),
        (
            "feeds.toml",
            'timezone = "Europe/Rome"',
            'timezone = "CEST+2"',
            "feeds.toml:11: feed.1.timezone: 'CEST+2' is not a time zone",
        ),
        ("feeds.toml", 'outlet = "one.example"\n', "", "feeds.toml:1: feed.0.outlet: this key is missing"),
        (
            "terms/en.toml",
            "strike =",
            "stirke =",
            "terms/en.toml:1: stirke: crisis.toml has no such tag, did you mean 'strike'?",
        ),
        ("terms/en.toml", "walked ~2 out", "walked ~2", "terms/en.toml:1: strike: 'walked ~2' ends in a gap"),
        ("terms/en.toml", "Utopia", "@countries", "terms/en.toml:4: groups.country: '@countries' names the set"),
        ("places.csv", "40.5", "95", "places.csv:2: latitude:"),
        ("places.csv", "40.5", "", "places.csv:2: latitude: latitude and longitude stand together"),
        ("places.csv", "aliases_it", "aliases_fr", "places.csv:1: aliases_fr: there is no such column"),
        ("places.csv", "Coast,region,,,,Coast,Costa", "Coast,region", "places.csv:3: the row has not as many cells"),
        (
            "places.csv",
            "Coast,region,,,,Coast,Costa",
            "Porto Nuovo,region,,,,,",
            "places.csv:3: name: 'Porto Nuovo' stands twice",
        ),
    ],
)
def test_what_is_wrong_is_refused_with_its_place(folder: Path, file: str, old: str, new: str, told: str) -> None:
    change(folder, file, old, new)
    assert told in refusal(folder)


def test_a_file_that_no_profile_has_is_refused(folder: Path) -> None:
    (folder / "feeds.toml").rename(folder / "feed.toml")
    assert "did you mean 'feeds.toml'?" in refusal(folder)


def test_terms_of_a_language_that_is_not_listed_are_refused(folder: Path) -> None:
    (folder / "terms" / "en.toml").rename(folder / "terms" / "de.toml")
    assert "crisis.toml does not list the language 'de'" in refusal(folder)


def test_a_name_that_is_neither_folder_nor_profile_is_refused() -> None:
    with pytest.raises(ProfileError, match="did you mean 'kazakhstan_2022'"):
        load_profile("kazakstan_2022")


def test_a_new_profile_loads_and_judges_as_it_is_written(tmp_path: Path) -> None:
    files = begin_profile(tmp_path / "harbour_strike_2023", since=date(2023, 5, 1))
    profile = load_profile(str(tmp_path / "harbour_strike_2023"))
    assert (profile.id, profile.name) == ("harbour_strike_2023", "Harbour strike 2023")
    assert profile.since == datetime(2023, 5, 1, tzinfo=UTC)
    assert {file.name for file in files} == {"crisis.toml", "feeds.toml", "en.toml", "places.csv"}
    assert all("#" in file.read_text("utf-8") for file in files if file.suffix == ".toml")
    said = Tagger(profile).assess(
        title="Strike in Newhaven",
        text="Dockers walked out in Newhaven, Utopia, and blocked the port. Three people were injured.",
        language="en",
        published_at=datetime(2023, 5, 2, tzinfo=UTC),
    )
    assert (said.relevant, said.tags, said.places) == (True, ("blockade", "casualties", "strike"), ("Newhaven",))


@pytest.mark.parametrize("name", ["Harbour Strike", "", "ü"])
def test_a_new_profile_wants_a_name_that_can_be_an_id(tmp_path: Path, name: str) -> None:
    with pytest.raises(ProfileError, match=r"such as|exists already"):
        begin_profile(tmp_path / name, since=date(2023, 5, 1))


def test_a_new_profile_overwrites_nothing(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    with pytest.raises(ProfileError, match="exists already"):
        begin_profile(tmp_path / "mine", since=date(2023, 5, 1))
    assert list((tmp_path / "mine").iterdir()) == []
