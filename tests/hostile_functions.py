"""Functions for children to break on; found there by their dotted names."""

from __future__ import annotations

import ctypes
import time

SPIN, SLEEP, SWALLOW, HOARD, SEGFAULT, RAISE, RECURSE, SCREAM = (
    "spin",
    "sleep",
    "swallow",
    "hoard",
    "segfault",
    "raise",
    "recurse",
    "scream",
)
_hoarded: list[bytes] = []


def measure(item: str) -> int:
    """The length of the item, unless it names a way to break."""
    match item:
        case "spin":
            while True:
                pass
        case "sleep":
            time.sleep(600)
        case "swallow":
            return len(bytearray(8 * 2**30))
        case "hoard":
            _hoarded.append(bytes(bytearray(40 * 2**20)))
        case "segfault":
            ctypes.string_at(0)
        case "raise":
            raise ValueError("a page that no library expected")
        case "recurse":
            return measure(item)
        case "scream":
            print("x" * 100_000)
    return len(item)
