"""The front door: the command `qantar`."""

from __future__ import annotations

import sys

import psycopg
import typer

from pipeline.cli import ask, keep, passes, trial, up, watch
from pipeline.cli.show import set_up_logging
from pipeline.errors import QantarError, UsageError
from pipeline.identify.urls import NotAnAddressError

app = typer.Typer(
    name="qantar",
    help="From news feeds to a PostgreSQL warehouse of stories, each row traceable to the words behind it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
)
for module in (up, passes, ask, keep):
    module.register(app)
app.add_typer(watch.feeds, name="feeds")
app.add_typer(watch.crisis, name="crisis")
app.add_typer(trial.app, name="try")


def main() -> None:
    """Run the command line; errors end on one line that says what to do, with exit code 1, misuse with 2."""
    set_up_logging()
    try:
        app()
    except (UsageError, NotAnAddressError) as error:
        _end(str(error), 2)
    except QantarError as error:
        _end(str(error), 1)
    except psycopg.Error as error:
        why = str(error).strip().partition("\n")[0]
        _end(f"the warehouse refused: {why}; what was committed stays, run it again", 1)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)


def _end(message: str, code: int) -> None:
    sys.stderr.write(f"qantar: {message}\n")
    sys.exit(code)
