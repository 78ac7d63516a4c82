"""Children that can be killed: poison dies alone, and nothing outlives its bounds."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.confine import Confined, Killed
from tests.hostile_functions import (
    HOARD,
    RAISE,
    RECURSE,
    SCREAM,
    SEGFAULT,
    SLEEP,
    SPIN,
    SWALLOW,
    measure,
)

MEMORY = 256 * 2**20


def answers(items: list[str], *, cpu_seconds: float = 0.3, processes: int = 2) -> dict[int, int | Killed]:
    with Confined(measure, processes=processes, cpu_seconds=cpu_seconds, memory_bytes=MEMORY) as pool:
        return dict(pool.map(enumerate(items)))


@pytest.mark.parametrize(
    ("poison", "how"),
    [
        (SPIN, "timeout"),
        (SWALLOW, "memory"),
        (SEGFAULT, "crash"),
        (RAISE, "crash"),
        (RECURSE, "crash"),
    ],
)
def test_poison_dies_alone_and_says_how(poison: str, how: str) -> None:
    got = answers(["a", poison, "bb", poison, "ccc"])
    assert {key: value for key, value in got.items() if isinstance(value, int)} == {0: 1, 2: 2, 4: 3}
    assert [value.how for value in got.values() if isinstance(value, Killed)] == [how, how]


def test_a_child_that_sleeps_is_ended_by_the_wall_clock() -> None:
    got = answers([SLEEP, "a"], cpu_seconds=0.1)
    assert isinstance(got[0], Killed)
    assert got[0].how == "timeout"
    assert got[1] == 1


def test_the_deadline_is_of_each_item_and_not_of_the_child() -> None:
    items = ["x" * 1_000_000] * 40
    assert set(answers(items, cpu_seconds=0.2, processes=1).values()) == {1_000_000}


def test_a_child_that_hoards_memory_is_replaced_before_it_breaks() -> None:
    assert set(answers([HOARD] * 12, processes=1).values()) == {len(HOARD)}


def test_what_children_print_disturbs_nobody() -> None:
    assert answers([SCREAM, "a"]) == {0: len(SCREAM), 1: 1}


def test_items_are_pulled_one_a_child() -> None:
    pulled = 0

    def items() -> Iterator[tuple[int, str]]:
        nonlocal pulled
        for number in range(100):
            pulled += 1
            yield number, "a"

    with Confined(measure, processes=2, cpu_seconds=1, memory_bytes=MEMORY) as pool:
        results = pool.map(items())
        next(results)
        assert pulled <= 3
        results.close()  # type: ignore[attr-defined]
        assert dict(pool.map([(7, "bb")])) == {7: 2}


def test_an_empty_stream_is_no_work() -> None:
    assert answers([]) == {}


def test_an_error_in_the_callers_stream_is_the_callers() -> None:
    def broken() -> Iterator[tuple[int, str]]:
        yield 0, "a"
        raise KeyError("ours")

    with (
        pytest.raises(KeyError),
        Confined(measure, processes=1, cpu_seconds=1, memory_bytes=MEMORY) as pool,
    ):
        list(pool.map(broken()))


_PARENT = """
import sys
from pipeline.confine import Confined
from tests.hostile_functions import measure
with Confined(measure, processes=2, cpu_seconds=1, memory_bytes=2**28) as pool:
    results = pool.map([(0, "a"), (1, "spin"), (2, "spin")])
    next(results)
    print("working", flush=True)
    list(results)
"""


def test_children_of_a_killed_parent_are_gone_within_their_bounds() -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", _PARENT],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=Path(__file__).parent.parent,
        start_new_session=True,
    )
    assert parent.stdout
    with parent.stdout:
        assert parent.stdout.readline() == b"working\n"
    group = parent.pid
    assert len(members_of(group)) >= 3
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    deadline = time.monotonic() + 10
    while members_of(group) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert members_of(group) == []


def members_of(group: int) -> list[int]:
    """The living processes of a process group."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == group and fields[0] != "Z":
            found.append(int(stat.parent.name))
    return found
