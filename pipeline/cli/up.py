"""`qantar up`: Airflow with our DAGs, its pages, and the embedded warehouse, until Ctrl-C."""

from __future__ import annotations

import signal
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import FrameType
from typing import Annotated, NoReturn

import typer

from pipeline.cli.sampling import sampled
from pipeline.cli.show import console
from pipeline.crisis import load_profile
from pipeline.embedded import lease
from pipeline.errors import UsageError
from pipeline.sample import SampleWeb
from pipeline.scheduling.airflow import set_up
from pipeline.scheduling.components import alone, components
from pipeline.scheduling.environment import admin_password, write_exports
from pipeline.settings import Settings, read_settings
from pipeline.work import open_warehouse

_PORT = 8080
_LOOK_SECONDS = 1.0
# The sample's publisher updates a report once the first runs have seen it.
_UPDATE_SECONDS = 240.0


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("up", epilog="Example: qantar up --sample, then open http://localhost:8080")(up)


def up(
    sample: Annotated[bool, typer.Option("--sample", help="Watch the bundled sample instead of the web.")] = False,
    port: Annotated[int, typer.Option("--port", min=1024, max=65535, help="Where Airflow's pages are.")] = _PORT,
) -> None:
    """Airflow, its pages and the embedded warehouse, until Ctrl-C stops all of it."""
    settings = read_settings()
    say = console()
    with ExitStack() as stack, _ended_by_signals():
        stack.enter_context(alone(settings.home))
        _check_free(port)
        server = stack.enter_context(lease(settings.home))
        web: SampleWeb | None = None
        if sample:
            web, settings = stack.enter_context(sampled(settings))
        else:
            _look_over(settings)
        say.print("Setting up Airflow; it takes about half a minute …")
        airflow = set_up(settings, server, port=port)
        password = admin_password(settings)
        exports = write_exports(settings, airflow.environment)
        running = stack.enter_context(components(airflow, port=port))
        say.print(
            f"Airflow is ready: http://localhost:{port}   user admin, password {password}\n"
            f"The DAG coverage_live runs every five minutes, coverage_history each night. Logs: {airflow.logs}\n"
            f"For Airflow's own commands, such as airflow backfill create: source {exports}\n"
            "Ask the warehouse meanwhile with qantar sql. Ctrl-C stops everything.",
            markup=False,
            soft_wrap=True,
        )
        begun = time.monotonic()
        while True:
            time.sleep(_LOOK_SECONDS)
            running.check_alive()
            if web and time.monotonic() - begun > _UPDATE_SECONDS:
                web.edition = 2


def _look_over(settings: Settings) -> None:
    """Say now what is wrong with profiles or warehouse; every task would say it else."""
    for folder in settings.crisis:
        load_profile(folder)
    with open_warehouse(settings):
        pass


def _check_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise UsageError(f"port {port} is taken; choose another one: qantar up --port {port + 1}") from error


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Let Ctrl-C, a closed terminal and a plain kill all end the block in order, and the command with success."""

    def end(_: int, __: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    except KeyboardInterrupt:
        console().print("stopped")
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
