"""What parent, nursery and child say to each other, over one socket a child."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# What a document of the web may cost. A page of 1.9 MB takes 0.5 s of CPU, poison takes minutes: ten seconds tell
# them apart.
CPU_SECONDS = 10.0
MEMORY_BYTES = 2**30


@dataclass(frozen=True, slots=True, kw_only=True)
class Killed:
    """An item whose child did not live to answer: it took too long, wanted too much memory, or broke.

    `detail` is one line for a person.
    """

    how: Literal["timeout", "memory", "crash"]
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What one item may cost a child: CPU seconds, and bytes of memory of its own."""

    cpu_seconds: float
    memory_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Nursery:
    """What the nursery is started with: a function by its dotted name, and a socket a child."""

    module: str
    function: str
    sockets: tuple[int, ...]
    bounds: Bounds
