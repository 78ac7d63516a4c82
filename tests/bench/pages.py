"""The folders of pages that are measured on, each with an `index.jsonl` of {"url", "file", "text"?, "language"?}."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

BESIDE = Path(__file__).parents[3] / "shared" / "data" / "pages"


def folders(named: Sequence[str]) -> list[Path]:
    """Those that are named, else the real ones that lie beside the checkout; none where there are none."""
    return [Path(name) for name in named] or sorted(BESIDE.glob("*/"))
