"""The front door: the command `qantar`."""

from __future__ import annotations

import sys
from importlib import import_module

import typer

from pipeline.cli.logs import set_up_logging
from pipeline.errors import QantarError, UsageError
from pipeline.identify.urls import NotAnAddressError

# Which module of this package brings which commands. A command imports its own alone: together they take a second.
_MODULES = {
    "up": ("up",),
    "passes": ("run", "reprocess", "demo"),
    "past": ("backfill",),
    "ask": ("sql", "explain", "fingerprint"),
    "keep": ("migrate", "check", "forget"),
    "watch": ("feeds", "crisis"),
    "trial": ("try",),
}


def make_app(command: str | None = None) -> typer.Typer:
    """The command line, with all commands, or those of the module that brings this one."""
    app = typer.Typer(
        name="qantar",
        help="From news feeds to a PostgreSQL warehouse of stories, each row traceable to the words behind it.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        add_completion=False,
    )
    # With one command alone typer would leave out its name.
    app.callback()(lambda: None)
    asked = [module for module, commands in _MODULES.items() if command in commands]
    for module in asked or _MODULES:
        import_module(f"pipeline.cli.{module}").register(app)
    return app


def main() -> None:
    """Run the command line; errors end on one line that says what to do, with exit code 1, misuse with 2."""
    set_up_logging()
    try:
        make_app(sys.argv[1] if len(sys.argv) > 1 else None)()
    except (UsageError, NotAnAddressError) as error:
        _end(str(error), 2)
    except QantarError as error:
        _end(str(error), 1)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except Exception as error:
        if not _is_the_warehouses(error):
            raise
        why = str(error).strip().partition("\n")[0]
        _end(f"the warehouse refused: {why}; what was committed stays, run it again", 1)


def _is_the_warehouses(error: Exception) -> bool:
    """Whether PostgreSQL said it. Not every command loads its client."""
    client = sys.modules.get("psycopg")
    return client is not None and isinstance(error, client.Error)


def _end(message: str, code: int) -> None:
    sys.stderr.write(f"qantar: {message}\n")
    sys.exit(code)
