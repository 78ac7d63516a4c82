"""What is watched: `qantar feeds` and `qantar crisis`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.cli.show import console, print_json, print_table
from pipeline.clock import now
from pipeline.confine import CPU_SECONDS, MEMORY_BYTES, Confined, Killed
from pipeline.crisis import begin_profile, load_profile
from pipeline.discover.advice import advice_on
from pipeline.discover.documents import parse_document
from pipeline.discover.polling import feed_bytes
from pipeline.errors import Failure, Reason
from pipeline.fetch.caps import FEED_CAPS
from pipeline.fetch.download import download
from pipeline.fetch.many import Outcome, Wanted
from pipeline.records import FeedDocument, FeedSource, Response
from pipeline.settings import read_settings
from pipeline.warehouse.feeds import feeds_overview
from pipeline.warehouse.profiles import register as register_profiles
from pipeline.work import open_warehouse

feeds = typer.Typer(help="What is watched, and is each feed alive.", no_args_is_help=True)
crisis = typer.Typer(help="The profiles of crises.", no_args_is_help=True)

# What a person needs of a check, the feeds in trouble first; --json has the rest.
_SHOWN = ("feed", "state", "entries", "newest", "reason", "advice")

AsJson = Annotated[bool, typer.Option("--json", help="Print a JSON list.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(feeds, name="feeds")
    app.add_typer(crisis, name="crisis")


@feeds.command("list", epilog="Example: qantar feeds list")
def list_feeds(as_json: AsJson = False) -> None:
    """Every feed that the profiles list, with how its last polls went."""
    settings = read_settings()
    profiles = [load_profile(name) for name in settings.crisis]
    with open_warehouse(settings) as (_, connection):
        register_profiles(connection, profiles, now=now())
        rows = feeds_overview(connection, [profile.id for profile in profiles])
    _show(rows, as_json)


@feeds.command(epilog="Example: qantar feeds check --json")
def check(as_json: AsJson = False) -> None:
    """Ask every feed now, without keeping anything; exit 1 when one does not answer with a feed."""
    settings = read_settings()
    sources = {feed.url: feed for name in settings.crisis for feed in load_profile(name).feeds}
    answers: dict[int, Response | Failure] = {}

    def keep(batch: Sequence[Outcome]) -> None:
        answers.update(batch)

    wanted = [Wanted(key=number, url=url, caps=FEED_CAPS) for number, url in enumerate(sources)]
    with open_warehouse(settings) as (conninfo, _):
        download(wanted, keep=keep, settings=settings, conninfo=conninfo, clock=now)
    rows = _checked(list(sources.values()), answers)
    if as_json:
        print_json(rows)
    else:
        rows.sort(key=lambda row: (row["state"] != "dead", row["advice"] is None, row["feed"]))
        print_table([{name: row[name] for name in _SHOWN} for row in rows])
    dead = sum(row["state"] != "alive" for row in rows)
    if dead:
        console().print(f"{dead} of {len(rows)} feeds did not answer with a feed") if not as_json else None
        raise typer.Exit(1)


@crisis.command("check", epilog="Example: qantar crisis check my_crisis/")
def check_profile(
    folder: Annotated[str, typer.Argument(help="A folder, or a bundled profile's name.", metavar="FOLDER")],
) -> None:
    """Load a profile and say what is in it, or what is wrong with it: file, line, key, and what would be right."""
    profile = load_profile(folder)
    console().print(
        f"{profile.id} ({profile.name}), version {profile.version}: {len(profile.feeds)} feeds, "
        f"{len(profile.tags)} tags, {len(profile.places)} places, languages {', '.join(profile.languages)}",
        soft_wrap=True,
    )


@crisis.command("new", epilog="Example: qantar crisis new harbour_strike_2023 --since 2023-05-01")
def begin(
    name: Annotated[Path, typer.Argument(help="The crisis's id, or a folder to make with that name.", metavar="NAME")],
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Its first day; today if not said.")
    ] = None,
) -> None:
    """Write a commented skeleton of a profile into a new folder, and say what to do with it."""
    files = begin_profile(name, since=(since or now()).date())
    out = console()
    for file in files:
        out.print(str(file), soft_wrap=True, highlight=False)
    out.print(
        f"Edit these, look with `qantar crisis check {name}`, try with `QANTAR_CRISIS={name} qantar try tag "
        f"articles.jsonl`, watch with `QANTAR_CRISIS={name} qantar run`.",
        soft_wrap=True,
        highlight=False,
    )


def _checked(sources: Sequence[FeedSource], answers: dict[int, Response | Failure]) -> list[dict[str, Any]]:
    """Each feed's answer as a row; documents are parsed in children, as a pass does it."""
    found: dict[int, FeedDocument | Failure | Killed] = {
        number: answer for number, answer in answers.items() if isinstance(answer, Failure)
    }
    documents = (
        (number, feed_bytes(answer, sources[number].timezone))
        for number, answer in answers.items()
        if isinstance(answer, Response)
    )
    processes = os.cpu_count() or 1
    with Confined(parse_document, processes=processes, cpu_seconds=CPU_SECONDS, memory_bytes=MEMORY_BYTES) as parser:
        found.update(parser.map(documents))
    return [_row(source, answers[number], found[number]) for number, source in enumerate(sources)]


def _row(source: FeedSource, answer: Response | Failure, outcome: FeedDocument | Failure | Killed) -> dict[str, Any]:
    if isinstance(outcome, Killed):
        outcome = Failure(reason=Reason.PARSER_CRASHED, detail=outcome.detail)
    document = outcome if isinstance(outcome, FeedDocument) else None
    dates = [entry.published.at for entry in document.entries if entry.published] if document else []
    response = answer if isinstance(answer, Response) else None
    return {
        "feed": source.url,
        "outlet": source.outlet,
        "scope": source.scope,
        "state": "alive" if document else "dead",
        "entries": len(document.entries) if document else None,
        "newest": max(dates, default=None),
        "reason": f"{outcome.reason}: {outcome.detail}" if isinstance(outcome, Failure) else None,
        "advice": advice_on(response, outcome, now=now()) or None,
    }


def _show(rows: Sequence[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        print_json(rows)
    else:
        print_table(rows)
