"""How many copies are recognised, and how many strangers are taken for copies, on pairs made of real texts.

The texts are the labelled ones of folders of pages; without them, those of the made-up sample.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from random import Random

from yarl import URL

from pipeline.identify.likeness import compare
from pipeline.identify.signatures import sign
from pipeline.sample import articles
from tests.newsroom_edits import STRENGTHS, Pair, Source, copies, strangers

PAIRS = 2500
SEED = 20220105


def measure(folders: Sequence[Path]) -> None:
    """Make 5,000 pairs, judge them, and print precision, recall, and the curve of recall over the strength of edit."""
    sources = read_sources(folders) or sample_sources()
    rng = Random(SEED)  # noqa: S311 - pairs, no secrets
    alike, apart = list(copies(sources, PAIRS, rng)), list(strangers(sources, PAIRS, rng))
    found, wrong = judge(alike), judge(apart)
    precision, recall = found.total() / max(1, found.total() + wrong.total()), found.total() / len(alike)
    print(f"copies: {len(sources)} texts, {len(alike)} copies and {len(apart)} strangers:")
    print(f"  precision {precision:.4f} (at least 0.995), recall {recall:.4f} (at least 0.97)")
    asked = Counter((pair.kind, pair.strength) for pair in alike)
    print("  recall over the strength of edit:")
    for kind in sorted({kind for kind, _ in asked}):
        shares = [found[kind, strength] / max(1, asked[kind, strength]) for strength in STRENGTHS]
        print(f"    {kind:22}" + "".join(f"{share:7.3f}" for share in shares))
    for (kind, _), count in wrong.items():
        print(f"  taken for copies: {kind} {count} of {sum(pair.kind == kind for pair in apart)}")


def judge(pairs: Iterable[Pair]) -> Counter[tuple[str, int]]:
    """How many pairs of each kind and strength are taken for copies, and meet under a key that both are filed under."""
    found = Counter[tuple[str, int]]()
    for pair in pairs:
        first, second = sign(pair.first), sign(pair.second)
        if set(first.keys) & set(second.keys) and compare(first, second).is_copy:
            found[pair.kind, pair.strength] += 1
    return found


def read_sources(folders: Sequence[Path]) -> list[Source]:
    """The texts of page sets, where they are long enough to edit."""
    rows = [
        json.loads(line)
        for folder in folders
        for line in (folder / "index.jsonl").read_text("utf-8").splitlines()
        if line.strip()
    ]
    found = [
        Source(outlet=URL(row["url"]).host or "", language=row.get("language") or "other", text=row["text"])
        for row in rows
        if "text" in row
    ]
    return [each for each in found if len(each.sentences) > 2 and len(each.text.split()) >= 40]


def sample_sources() -> list[Source]:
    """The made-up texts of the bundled sample: one of each story."""
    return [
        Source(outlet=each.outlet, language=each.language, text="\n".join(each.paragraphs))
        for each in articles()
        if each.edition == 1 and each.copy_of is None
    ]
