"""`qantar try`: one step on files, with production code, leaving the warehouse alone.

Each command imports its own step alone, for it is measured as a whole.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.clock import now
from pipeline.errors import UsageError
from pipeline.identify.urls import identity_key

app = typer.Typer(help="One step on files, with production code; the warehouse is left alone.", no_args_is_help=True)

File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, metavar="FILE.jsonl")]


def register(main: typer.Typer) -> None:
    """Add the commands of this module."""
    main.add_typer(app, name="try")


@app.command(epilog="Example: qantar try extract pages/ > extracted.jsonl")
def extract(
    pages: Annotated[Path, typer.Argument(exists=True, file_okay=False, metavar="PAGES_DIR")],
) -> None:
    """Extract the pages of PAGES_DIR/index.jsonl ({"url", "file"}); one JSON line a page."""
    from pipeline.extract.trial import extract_folder, trial_row

    for url, answer in extract_folder(pages, now=now()):
        _print(trial_row(url, answer))


@app.command(epilog="Example: qantar try tag articles.jsonl > tags.jsonl")
def tag(file: File) -> None:
    """Tag articles ({"id", "title", "text", "published_at"?, "language"?}) by the first crisis of QANTAR_CRISIS."""
    from pipeline.crisis import load_profile
    from pipeline.settings import read_settings
    from pipeline.tag import Tagger
    from pipeline.tag.trial import trial_row

    tagger = Tagger(load_profile(read_settings().crisis[0]))
    for row in _rows(file, needs=("id", "title", "text")):
        _print(trial_row(row, tagger))


@app.command(epilog="Example: qantar try stories articles.jsonl > stories.jsonl")
def stories(file: File) -> None:
    """Group articles ({"id", "url", "title", "text", "published_at"}) into stories, each named by its leader's id."""
    from pipeline.identify.trial import trial_stories

    for row in trial_stories(_rows(file, needs=("id", "url", "text")), now=now()):
        _print(row)


@app.command(epilog="Example: qantar try url 'https://www.tribune.example/a/?utm_source=x'")
def url(urls: Annotated[list[str], typer.Argument(metavar="URL...")]) -> None:
    """The identity key of each URL: two URLs with one key are one article."""
    for each in urls:
        sys.stdout.write(identity_key(each) + "\n")


def _rows(file: Path, *, needs: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The objects of a file of JSON lines; raise `UsageError` with the line that is none, or lacks a field."""
    with file.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except json.JSONDecodeError as error:
                raise UsageError(f"{file}, line {number}: no JSON: {error.msg}") from error
            missing = [name for name in needs if not isinstance(row, dict) or name not in row]
            if missing:
                raise UsageError(f"{file}, line {number}: lacks {', '.join(missing)}")
            yield row


def _print(row: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")
