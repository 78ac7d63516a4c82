"""Airflow's long-running programs, started together and stopped without a trace."""

from __future__ import annotations

import ctypes
import fcntl
import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from pipeline.errors import SchedulerError, UsageError
from pipeline.scheduling import leash
from pipeline.scheduling.airflow import Airflow, program

# Each with its arguments. The scheduler's own log server would listen on every network, and the pages read
# the logs of this machine from its disk.
_PROGRAMS = {"api-server": (), "scheduler": ("--skip-serve-logs",), "dag-processor": ()}

# Both were seen to be ready after 15 s on two cores; a cold disk may take much longer.
_READY_SECONDS = 240
_STOP_SECONDS = 20
_PAUSE_SECONDS = 0.2
_PR_SET_CHILD_SUBREAPER = 36


class Components:
    """The programs at work."""

    def __init__(self, airflow: Airflow, port: int) -> None:
        self._airflow = airflow
        self._port = port
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._others = set(psutil.Process().children())

    def start(self, name: str) -> None:
        """Start one of the programs, on a leash, so that it ends when we are killed. What it says goes to its log."""
        with (self._airflow.logs / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(  # noqa: S603 - our own program, by its full path
                [sys.executable, "-m", leash.__name__, str(os.getpid()), program(), name, *_PROGRAMS[name]],
                env=self._airflow.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is ours; we stop them in order
            )

    def wait_until_ready(self) -> None:
        """Wait until each of them says that it is healthy.

        Raises:
            SchedulerError: one has died, or they are not ready in four minutes.
        """
        until = time.monotonic() + _READY_SECONDS
        while not self._healthy():
            self.check_alive()
            if time.monotonic() > until:
                raise SchedulerError(f"Airflow is not ready after {_READY_SECONDS} s; see {self._airflow.logs}")
            time.sleep(_PAUSE_SECONDS)

    def check_alive(self) -> None:
        """Raise `SchedulerError` when one of them has died."""
        for name, process in self._running.items():
            if process.poll() is not None:
                log = self._airflow.logs / f"{name}.log"
                raise SchedulerError(f"Airflow's {name} ended with exit status {process.returncode}; see {log}")

    def stop(self) -> None:
        """Ask all of them to end, and after 20 s end what is left, tasks and orphans included."""
        for program_at_work in self._running.values():
            program_at_work.terminate()
        until = time.monotonic() + _STOP_SECONDS
        while (left := self._left()) and time.monotonic() < until:
            _reap(left)
            time.sleep(_PAUSE_SECONDS)
        while left := self._left():
            for child in left:
                with suppress(psutil.NoSuchProcess):
                    for process in (child, *child.children(recursive=True)):
                        process.kill()
            _reap(left)
            time.sleep(_PAUSE_SECONDS)

    def _left(self) -> list[psutil.Process]:
        """Our children that came with or after this: the programs, and the orphans that we adopted from them."""
        return [child for child in psutil.Process().children() if child not in self._others]

    def _healthy(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=5)
        try:
            connection.request("GET", "/api/v2/monitor/health")
            health = json.loads(connection.getresponse().read(100_000))
        except (OSError, http.client.HTTPException, ValueError):
            return False
        finally:
            connection.close()
        parts = ("metadatabase", "scheduler", "dag_processor")
        return all(health.get(part, {}).get("status") == "healthy" for part in parts)


@contextmanager
def components(airflow: Airflow, *, port: int) -> Iterator[Components]:
    """Airflow's programs for the time of the block, ready at its beginning; nothing of theirs runs after it.

    While the block is open this process adopts what its children leave behind (a subreaper, prctl(2)), so
    that a task whose parent was killed is found and ended too. One such block a process.

    Raises:
        SchedulerError: they cannot be started.
    """
    _adopt_orphans(adopt=True)
    running = Components(airflow, port)
    try:
        for name in _PROGRAMS:
            running.start(name)
        running.wait_until_ready()
        yield running
    finally:
        running.stop()
        _adopt_orphans(adopt=False)


@contextmanager
def alone(home: Path) -> Iterator[None]:
    """Be the only Airflow of a home; raise `UsageError` when there is another."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "airflow.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UsageError(f"another qantar is running Airflow in {home}; stop it, or set QANTAR_HOME") from error
        yield


def _adopt_orphans(*, adopt: bool) -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, int(adopt), 0, 0, 0) != 0:
        raise SchedulerError(f"this system does not let us adopt orphans: {os.strerror(ctypes.get_errno())}")


def _reap(children: Sequence[psutil.Process]) -> None:
    """See off those that have ended."""
    for child in children:
        with suppress(ChildProcessError):
            os.waitpid(child.pid, os.WNOHANG)
