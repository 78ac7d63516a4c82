"""What a person or a log sees."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from pipeline.work import Progress as Watcher
from pipeline.work import Unwatched

# Tables keep their columns readable in a log file, whose width nobody knows.
_WIDTH_WITHOUT_TERMINAL = 160


def console() -> Console:
    """Standard output, as wide as the terminal, or wide enough for a log."""
    return Console(width=None if sys.stdout.isatty() else _WIDTH_WITHOUT_TERMINAL, highlight=False, soft_wrap=False)


class _Bars:
    """Progress bars, one a stage."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}

    def advance(self, stage: str, *, done: int, total: int | None) -> None:
        if stage not in self._tasks:
            self._tasks[stage] = self._bars.add_task(stage, total=total)
        self._bars.update(self._tasks[stage], completed=done, total=total)


@contextmanager
def watching() -> Iterator[Watcher]:
    """Progress bars on standard error when somebody looks on; else nobody watches, and the log tells."""
    if not sys.stderr.isatty():
        yield Unwatched()
        return
    columns = (TextColumn("{task.description:>10}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        yield _Bars(bars)


def print_table(rows: Sequence[Mapping[str, Any]], *, title: str | None = None) -> None:
    """Rows with the same keys as a table. What the web said is printed as text and never as markup."""
    if not rows:
        console().print(f"{title}: nothing" if title else "no rows")
        return
    table = Table(title=title, title_justify="left", header_style="bold")
    for name, value in rows[0].items():
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        table.add_column(name, justify="right" if is_number else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell(value)) for value in row.values()))
    console().print(table)


def cell(value: object) -> str:
    """A value as a person reads it: times to the minute in UTC, lists with commas, unknown as nothing."""
    match value:
        case None:
            return ""
        case datetime():
            return f"{value:%Y-%m-%d %H:%M}"
        case list() | tuple():
            return ", ".join(map(cell, value))
        case bool():
            return "yes" if value else "no"
        case _:
            return _printable(str(value))


def print_json(value: object) -> None:
    """One JSON document on standard output; times in ISO 8601."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, default=plain) + "\n")


def plain(value: object) -> object:
    """What JSON has no word for: times in ISO 8601, the rest as text."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    return str(value)


def _printable(text: str) -> str:
    """The text without the control characters by which a page could drive a terminal."""
    return "".join(character if character.isprintable() or character in "\n\t" else "�" for character in text)
