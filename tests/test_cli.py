"""The command line, as a person or a script meets it: a process, its output, its exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from pipeline.archive import Archive
from pipeline.errors import ArchiveError
from pipeline.records import ArchivePlace
from pipeline.warehouse.connect import connect
from tests.archive_replica import ArchiveReplica
from tests.newsroom import FOOTBALL, PROTEST, rows, write_profile
from tests.the_past import at, news_file, page, report
from tests.tiny_web import TinyWeb

QANTAR = Path(sys.executable).parent / "qantar"
FEED = "http://tribune.example/feed.xml"
WORLD = "http://world.example/feed.xml"
HOST = "http://tribune.example/"
PUBLISHED = "2022-01-05T10:00:00+06:00"

Call = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def environment(web: TinyWeb, database: str, tmp_path: Path) -> dict[str, str]:
    """What a user would set: two outlets on the tiny web, the fresh warehouse, no pause between requests."""
    profile = write_profile(tmp_path / "profile", [(FEED, "tribune.example"), (WORLD, "world.example")])
    feeds = profile / "feeds.toml"
    before, _, last = feeds.read_text().rpartition('scope = "all"')
    feeds.write_text(f'{before}scope = "match"{last}')
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(("QANTAR_", "PG"))},
        "QANTAR_HOME": str(tmp_path / "home"),
        "QANTAR_DATABASE_URL": database,
        "QANTAR_CRISIS": str(profile),
        "QANTAR_HOST_DELAY": "0",
        "HTTP_PROXY": web.proxy_url,
    }


@pytest.fixture
def qantar(environment: dict[str, str]) -> Call:
    """Call the command."""

    def call(*arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [QANTAR, *arguments],
            env={**environment, **changes},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
            stdin=subprocess.DEVNULL,
        )

    return call


@pytest.fixture
def loaded(qantar: Call, web: TinyWeb) -> Call:
    """The command after one pass over a web where each end has its example."""
    web.publish(HOST + "protest", title="Karkara protests over fuel", paragraphs=PROTEST, published=PUBLISHED)
    web.publish(HOST + "match", title="Third win in a row", paragraphs=FOOTBALL, published=PUBLISHED)
    web.publish("http://world.example/copy", title="A copy", paragraphs=PROTEST, published="2022-01-05T12:00:00+06:00")
    web.redirect(HOST + "m/protest", HOST + "protest")
    web.announce(FEED, *((HOST + name, name) for name in ("protest", "match", "m/protest", "missing")))
    web.announce(WORLD, ("http://world.example/copy", "Karkara"), ("http://world.example/opera", "Opera"))
    done = qantar("run", "--all")
    assert done.returncode == 0, done.stderr
    assert "(balanced)" in done.stdout
    assert all("event=" in line for line in done.stderr.splitlines())
    return qantar


def explained(qantar: Call, url: str) -> dict[str, object]:
    """What `explain --json` says of a URL."""
    found: dict[str, object] = json.loads(qantar("explain", "--json", url).stdout)
    return found


def test_explain_answers_for_every_end_of_a_url(loaded: Call, database: str) -> None:
    story = explained(loaded, HOST + "protest?utm_source=mail")
    assert story["state"] == "loaded"
    assert story["verdict"] == "loaded, in a story with 1 other, and the first of them"
    assert {"first seen", "announced", "captures", "text", "date", "judgements", "evidence", "story"} <= set(
        story["sections"]  # type: ignore[call-overload]
    )
    known = explained(loaded, HOST + "m/protest")
    assert (known["state"], HOST + "protest" in str(known["verdict"])) == ("already_known", True)
    assert explained(loaded, "http://world.example/opera")["state"] == "out_of_scope"
    missing = explained(loaded, HOST + "missing")
    assert (missing["state"], "http_not_found" in str(missing["verdict"])) == ("rejected", True)
    assert explained(loaded, "http://elsewhere.example/")["state"] == "unknown"
    with connect(database) as connection:
        connection.execute(
            "UPDATE ops.candidates SET state = 'pending', reason = NULL WHERE url = %s", [HOST + "missing"]
        )
    assert "to be fetched" in str(explained(loaded, HOST + "missing")["verdict"])
    assert "Karkara protests over fuel" in loaded("explain", HOST + "protest").stdout


def test_what_is_forgotten_is_gone_and_stays_gone(loaded: Call, web: TinyWeb, database: str, tmp_path: Path) -> None:
    archive = Archive(str(tmp_path / "home" / "archive"))
    with connect(database) as connection:
        (place,) = rows(
            connection,
            "SELECT warc_file AS file, warc_offset AS offset, warc_length AS length FROM ops.captures WHERE url = %s",
            "http://world.example/copy",
        )
    done = loaded("forget", HOST + "protest", "--reason", "court order 7/22")
    assert done.returncode == 0, done.stderr
    assert "forgotten: 1 articles, 2 addresses" in done.stdout
    story = explained(loaded, HOST + "protest")
    assert (story["state"], "court order 7/22" in str(story["verdict"])) == ("forgotten", True)
    web.announce(FEED, (HOST + "protest", "protest, edited"), (HOST + "m/protest", "m/protest"))
    loaded("run", "--all")
    with connect(database) as connection:
        assert rows(connection, "SELECT url FROM report.articles WHERE relevant") == [
            {"url": "http://world.example/copy"}
        ]
        assert rows(connection, "SELECT articles FROM report.stories WHERE relevant") == [{"articles": 1}]
        assert rows(connection, "SELECT count(*) AS n FROM ops.announcements WHERE title ~ 'protest'") == [{"n": 0}]
        (moved,) = rows(
            connection,
            "SELECT warc_file AS file, warc_offset AS offset, warc_length AS length FROM ops.captures WHERE url = %s",
            "http://world.example/copy",
        )
    assert PROTEST[0].encode() in archive.read(ArchivePlace(**moved)).body
    with pytest.raises(ArchiveError):
        archive.read(ArchivePlace(**place))


def test_an_outlet_can_be_forgotten_whole(loaded: Call, database: str) -> None:
    assert loaded("forget", "tribune.example", "--reason", "asked to").returncode == 0
    with connect(database) as connection:
        assert rows(connection, "SELECT DISTINCT outlet FROM report.articles") == [{"outlet": "world.example"}]
        assert rows(connection, "SELECT DISTINCT reason FROM ops.candidates WHERE host = 'tribune.example'") == [
            {"reason": "forgotten"}
        ]


def test_sql_prints_a_table_csv_or_json(loaded: Call) -> None:
    query = "SELECT url, tags FROM report.articles WHERE relevant ORDER BY published_at LIMIT 1"
    assert "(1 row)" in loaded("sql", query).stdout
    assert loaded("sql", "--csv", query).stdout.splitlines()[0] == "url,tags"
    assert json.loads(loaded("sql", "--json", query).stdout) == [
        {"url": HOST + "protest", "tags": ["detentions", "fuel_prices", "protest"]}
    ]


@pytest.mark.parametrize("query", ["DELETE FROM news.articles", "SELECT broken FROM nowhere"])
def test_sql_reads_only_and_says_what_is_wrong_on_one_line(qantar: Call, query: str) -> None:
    done = qantar("sql", query)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)


def test_the_fingerprint_is_the_same_twice(loaded: Call) -> None:
    assert loaded("fingerprint").stdout == loaded("fingerprint").stdout
    assert json.loads(loaded("fingerprint", "--json").stdout)["settled_articles"] == 3


def test_feeds_list_and_check(loaded: Call, web: TinyWeb) -> None:
    assert {row["state"] for row in json.loads(loaded("feeds", "list", "--json").stdout)} == {"healthy"}
    alive = loaded("feeds", "check", "--json")
    assert (alive.returncode, {row["state"] for row in json.loads(alive.stdout)}) == (0, {"alive"})
    web.remove(WORLD)
    dead = loaded("feeds", "check")
    assert dead.returncode == 1
    assert "http_not_found" in dead.stdout
    (advice,) = {
        row["advice"] for row in json.loads(loaded("feeds", "check", "--json").stdout) if row["state"] == "dead"
    }
    assert "new address" in advice


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"QANTAR_HOST_DELAY": "soon"}, "QANTAR_HOST_DELAY"),
        ({"QANTAR_USER_AGENT": "bot"}, "QANTAR_USER_AGENT"),
        ({"QANTAR_CRISIS": "no_such_crisis"}, "no_such_crisis"),
        ({"QANTAR_DATABASE_URL": "postgresql://nobody:secret@127.0.0.1:1/x"}, "QANTAR_DATABASE_URL"),
        ({"QANTAR_DATABASE_URL": "secret"}, "QANTAR_DATABASE_URL"),
    ],
)
def test_a_wrong_setting_is_one_line_without_secrets(qantar: Call, changes: dict[str, str], words: str) -> None:
    done = qantar("run", **changes)
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert words in done.stderr
    assert "secret" not in done.stderr


def test_a_wrong_profile_names_its_line(qantar: Call, environment: dict[str, str]) -> None:
    feeds = Path(environment["QANTAR_CRISIS"]) / "feeds.toml"
    feeds.write_text(feeds.read_text().replace('scope = "match"', 'scope = "most"'))
    done = qantar("crisis", "check", environment["QANTAR_CRISIS"])
    assert done.returncode == 1
    assert "feeds.toml:" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["explain"],
        ["explain", "mailto:x@y.example"],
        ["try", "tag", "nowhere"],
        ["backfill", "--since", "2022-01-05"],
        ["backfill", "--since", "2022-01-05", "--until", "2022-01-05"],
        ["backfill", "--since", "5 January", "--until", "2022-01-06"],
        ["backfill", "--since", "2022-01-05", "--until", "2022-01-06", "--from", "newspapers"],
        ["backfill", "--since", "2022-01-05", "--until", "2022-01-06", "--from", "warc"],
        ["backfill", "--since", "2022-01-05", "--until", "2022-01-06", "--from", "warc", "--warc", "/nowhere"],
    ],
)
def test_misuse_exits_with_2(qantar: Call, arguments: Sequence[str]) -> None:
    assert qantar(*arguments).returncode == 2


def test_backfill_says_what_the_archives_knew_and_what_it_could_not_search(
    qantar: Call, replica: ArchiveReplica, tmp_path: Path
) -> None:
    text = page("Karkara then", published=at(5), more=report(1))
    replica.crawled(news_file(5), f"{HOST}then", at(5, 13), text)
    replica.crawled(news_file(6), f"{HOST}lost", at(6, 13), text)
    replica.damage(news_file(6), 0)
    where = {"QANTAR_CCNEWS_URL": replica.ccnews_url}
    days = ("--since", "2022-01-05", "--until", "2022-01-06", "--from", "ccnews")
    done = qantar("backfill", *days, **where)
    assert done.returncode == 0, done.stderr
    assert "ccnews" in done.stdout
    assert "report.completeness" in done.stdout
    loaded = json.loads(qantar("sql", "--json", "SELECT url, outlet FROM report.articles").stdout)
    assert loaded == [{"url": f"{HOST}then", "outlet": "tribune.example"}]
    # The files are read again from the archive that we made of them.
    mine = ("--from", "warc", "--warc", str(tmp_path / "home" / "archive"))
    assert qantar("backfill", *days[:4], *mine).returncode == 0
    vias = json.loads(qantar("sql", "--json", "SELECT via FROM report.captures ORDER BY via").stdout)
    assert [row["via"] for row in vias] == ["ccnews", "warc"]


@pytest.mark.parametrize("line", ["no json", "[]", '{"id": 1}'])
@pytest.mark.parametrize("step", ["tag", "stories"])
def test_a_line_that_cannot_be_used_is_named(qantar: Call, tmp_path: Path, step: str, line: str) -> None:
    file = tmp_path / "articles.jsonl"
    file.write_text(f"\n{line}\n")
    done = qantar("try", step, str(file))
    assert (done.returncode, "line 2" in done.stderr, len(done.stderr.splitlines())) == (2, True, 1)


def commands() -> list[list[str]]:
    """Every command there is."""
    single = ["up", "run", "backfill", "demo", "migrate", "check", "sql", "explain", "fingerprint", "forget"]
    nested = {"feeds": ["list", "check"], "crisis": ["check", "new"], "try": ["extract", "tag", "stories", "url"]}
    return [[each] for each in single] + [[group, each] for group, names in nested.items() for each in names]


@pytest.mark.parametrize("command", commands(), ids=" ".join)
def test_every_help_shows_an_example(qantar: Call, command: list[str]) -> None:
    done = qantar(*command, "--help")
    assert done.returncode == 0
    assert (
        f"Example: {'QANTAR_DATABASE_URL=postgresql://owner@db/qantar ' if command == ['migrate'] else ''}qantar"
        in done.stdout
    )


def test_try_runs_single_steps_on_files(qantar: Call, tmp_path: Path) -> None:
    assert qantar("try", "url", "https://WWW.tribune.example/a/?utm_source=x").stdout == "tribune.example/a\n"
    pages = tmp_path / "pages"
    pages.mkdir()
    text = "".join(f"<p>{paragraph}</p>" for paragraph in PROTEST)
    (pages / "a.html").write_text(
        f"<html><title>Karkara</title><article><h1>Karkara protests now</h1>{text}</article></html>"
    )
    (pages / "index.jsonl").write_text('{"url": "http://tribune.example/2022/01/05/a", "file": "a.html"}\n')
    (row,) = map(json.loads, qantar("try", "extract", str(pages)).stdout.splitlines())
    assert (row["text"], row["published_at"], row["published_precision"]) == ("\n".join(PROTEST), "2022-01-05", "day")
    articles = tmp_path / "articles.jsonl"
    lines = [
        {"id": number, "url": f"http://{number}.example/", "title": "T", "text": text, "published_at": PUBLISHED}
        for number, text in enumerate(("\n".join(PROTEST), "\n".join(PROTEST), "\n".join(FOOTBALL)))
    ]
    articles.write_text("".join(json.dumps(line) + "\n" for line in lines))
    stories = [json.loads(line)["story"] for line in qantar("try", "stories", str(articles)).stdout.splitlines()]
    assert stories == [0, 0, 2]
    tagged = [json.loads(line) for line in qantar("try", "tag", str(articles)).stdout.splitlines()]
    assert [row["relevant"] for row in tagged] == [True, True, False]
    assert tagged[0]["evidence"]


def test_the_demo_needs_no_setting(qantar: Call) -> None:
    home = Path("/tmp") / f"qantar-test-{os.getpid()}"  # noqa: S108 - a folder that the server's user may enter
    embedded = {"QANTAR_DATABASE_URL": "", "QANTAR_HOME": str(home)}

    def asked(query: str) -> Any:
        return json.loads(qantar("sql", "--json", query, **embedded).stdout)[0]

    try:
        first = qantar("demo", **embedded)
        assert first.returncode == 0, first.stderr
        assert "Токаев принял отставку правительства" in first.stdout
        assert "Try next:" in first.stdout
        assert asked("SELECT bool_and(balanced) AS ok, count(*) > 20 AS many FROM report.accounting") == {
            "ok": True,
            "many": True,
        }
        assert asked("SELECT max(revisions) AS revisions, count(*) > 60 AS many FROM report.articles") == {
            "revisions": 2,
            "many": True,
        }
    finally:
        subprocess.run(["rm", "-rf", home], check=True)


def test_the_demo_does_not_stand_beside_real_coverage(loaded: Call, database: str) -> None:
    with connect(database) as connection:
        connection.execute("UPDATE news.outlets SET domain = 'tribune.kz' WHERE domain = 'tribune.example'")
    done = loaded("demo")
    assert (done.returncode, "made up" in done.stderr) == (2, True)


def test_check_says_which_rows_are_wrong_and_exits_1(loaded: Call, database: str) -> None:
    sound = loaded("check")
    assert (sound.returncode, sound.stdout) == (0, "nothing is wrong\n")
    with connect(database) as connection:
        connection.execute("UPDATE news.stories SET articles = articles + 1")
    done = loaded("check")
    assert done.returncode == 1
    assert "stories_add_up: A story's counts are not those of its articles." in done.stdout
    assert set(json.loads(loaded("check", "--json").stdout)) == {"stories_add_up"}
