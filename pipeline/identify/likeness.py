"""How much two texts share, by their signatures, and whether one is a copy of the other."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.identify.signatures import LOW, Signature

# Measured on labelled copies, rewrites and strangers (docs/copies.md): copies share 0.77 of the shorter text and more,
# strangers 0.43 and less; in between lie rewrites.
_SHARE = 0.5
# So many shingles are asked for on top: in a text of a sentence or two a few stock phrases are a large share.
_ON_TOP = 3
# What is copied is at least so much of the longer text: what quotes a report, or adds it to others, is no copy of it.
_OF_THE_LONGER = 0.35
# Less will do where both begin alike and most of the shorter one is there: the end of the other was cut off.
_OF_ONE_CUT_OFF = 0.2
_SHARE_OF_ONE_CUT_OFF = 0.7
_BEGINS_ALIKE = 0.3
# Shingles that differ in a number or a name alone are the mark of a template. None in a flash; in a longer text this
# share of those beyond a flash, for a place may be spelt in two ways.
_FLASH = 30
_PARTICULARS = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """What two texts have in common.

    `share`: of the shorter text's shingles, those that the longer one has. `of_all`: of the shingles of both, those
    that they share (Jaccard). `is_copy`: one is a copy of the other.
    """

    share: float
    of_all: float
    is_copy: bool


def compare(one: Signature, other: Signature) -> Likeness:
    """Compare two texts; which comes first does not matter."""
    shorter, longer = sorted((one, other), key=lambda each: each.shingles)
    limit = min((each.sample[-1] for each in (one, other) if not each.is_whole), default=None)
    sampled = [each for each in shorter.sample if limit is None or each <= limit]
    beside = sum(limit is None or each <= limit for each in longer.sample)
    missing = [each for each in sampled if each & LOW not in longer.words]
    shared = len(sampled) - len(missing)
    particulars = sum(each >> 32 in longer.templates for each in missing)
    is_cut_off = shared >= _SHARE_OF_ONE_CUT_OFF * len(sampled) and _begin_alike(one, other)
    is_copy = (
        shared >= min(len(sampled), _SHARE * len(sampled) + _ON_TOP)
        and shared >= (_OF_ONE_CUT_OFF if is_cut_off else _OF_THE_LONGER) * beside
        and particulars <= _PARTICULARS * max(0, len(sampled) - _FLASH)
        and one.running == other.running
    )
    return Likeness(
        share=shared / max(1, len(sampled)),
        of_all=shared / max(1, len(sampled) + beside - shared),
        is_copy=is_copy,
    )


def _begin_alike(one: Signature, other: Signature) -> bool:
    shared = len(set(one.head) & set(other.head))
    return shared >= _BEGINS_ALIKE * max(len(one.head), len(other.head))
