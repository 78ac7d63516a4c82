"""A text's signature: a sample of its word shingles that tells, beside another one, how much the two texts share.

The sample is a bottom-k MinHash (Broder 1997): of all shingles of four words, those with the lowest hashes. Two texts
draw the same lot for the same shingle, so their samples overlap as the texts do; unlike k hash functions it also
tells how much of the shorter text stands in the longer one (docs/decisions/0012). The hash that draws the lot leaves
numbers and names out, so that two texts of one template meet in the sample, and the other half of an element tells
whether they have the same words there.
"""

from __future__ import annotations

import re
import struct
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray
from xxhash import xxh3_64_intdigest

# Another scheme is another number: signatures of two schemes are never compared.
SCHEME = 1

# Four words: strangers share next to no run of four, and an edit spoils four shingles at most.
_WORDS = 4
# A text of up to so many shingles is known whole; of a longer one a share of 0.6 is told to within 0.05 (one sigma).
_SAMPLE = 128
# The shingles that a text begins with, so many of them: a copy whose end is cut off still begins alike.
_HEAD = 20
# Shingles under which a text is filed. Two texts that share 0.4 of all their shingles miss each other in all of them
# once in 3,500 pairs (0.6 ** 16).
_KEYS = 16

_WORD = re.compile(r"\w+")
# 2 298 and 2,298 are 2298: a separator between groups of three digits.
_GROUPS = re.compile(r"(?<=\d)[ ,.](?=\d{3}(?!\d))")
_NUMBER = re.compile(
    r"""\w*\d\w*
    |one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|(?:twen|thir|for|fif|six|seven|eigh|nine)ty
    |(?:dozen|hundred|thousand|million)s?
    |(?:один|одн|дв[аеу]|тр[еи]|четыр|четвер|пят[иье]|шест[иье]|сем[иь]|вос[еь]м|девят|десят|сто\b|двест|сорок|тысяч
    |миллион|сотн)\w*
    |(?:бір|екі|үш|төрт|бес|алты|жеті|сегіз|тоғыз|он|жиырма|отыз|қырық|елу|алпыс|жетпіс|сексен|тоқсан|жүз|мың)\w{0,4}""",
    re.VERBOSE,
)
# Paragraphs that begin with a time of day; several of them are a running report, not an article.
_CLOCK = re.compile(r"^\W{0,3}(?:[01]?\d|2[0-3])[:.][0-5]\d\b", re.MULTILINE)
_RUNNING = 3


# The half of an element that stands for the very words.
LOW = 0xFFFFFFFF
_COUNTS = ">?IHH"
_PACKED = _COUNTS + "{}I{}Q"


@dataclass(frozen=True, kw_only=True)
class Signature:
    """What is known of a text for comparing.

    `shingles` is how many distinct ones it has; `sample` the lowest of them in rising order, each 64 bits: the hash
    without numbers and names above, the hash of the very words below. `head`: the hashes of the words of the first
    ones. `running`: it reports by the clock.
    """

    shingles: int
    sample: tuple[int, ...]
    head: tuple[int, ...]
    running: bool

    @cached_property
    def words(self) -> frozenset[int]:
        """The sampled shingles, word for word."""
        return frozenset(element & LOW for element in self.sample)

    @cached_property
    def templates(self) -> frozenset[int]:
        """The sampled shingles without their numbers and names."""
        return frozenset(element >> 32 for element in self.sample)

    @property
    def is_whole(self) -> bool:
        """Whether the sample is the whole text."""
        return len(self.sample) == self.shingles

    @property
    def keys(self) -> list[int]:
        """The shingles under which the text is filed: 32 bits each, sorted."""
        return sorted({element & LOW for element in self.sample[:_KEYS]})

    def to_bytes(self) -> bytes:
        """All of it in one value, for the warehouse."""
        counts = (self.running, self.shingles, len(self.head), len(self.sample))
        return struct.pack(_PACKED.format(*counts[2:]), *counts, *self.head, *self.sample)

    @classmethod
    def from_bytes(cls, packed: bytes) -> Signature:
        """The signature that `to_bytes` gave."""
        running, shingles, heads, samples = struct.unpack_from(_COUNTS, packed)
        values = struct.unpack(_PACKED.format(heads, samples), packed)[4:]
        return cls(shingles=shingles, sample=values[heads:], head=values[:heads], running=running)


def sign(text: str) -> Signature:
    """The signature of a text. Case, ё, punctuation and the grouping of digits do not count."""
    normal = _GROUPS.sub("", unicodedata.normalize("NFKC", text))
    elements = _elements([_read(word) for word in _WORD.findall(normal)])
    distinct = np.unique(elements)
    return Signature(
        shingles=len(distinct),
        sample=tuple(distinct[:_SAMPLE].tolist()),
        head=tuple((elements[:_HEAD] & _LOW).tolist()),
        running=len(_CLOCK.findall(text)) >= _RUNNING,
    )


@lru_cache(maxsize=100_000)
def _read(word: str) -> tuple[int, int]:
    """The hash of a word, and of what stands for it where numbers and names are left out."""
    folded = word.casefold().replace("ё", "е")
    exact = xxh3_64_intdigest(folded.encode())
    particular = word[0].isupper() or _NUMBER.fullmatch(folded)
    return exact, _LEFT_OUT if particular else exact


def _elements(words: Sequence[tuple[int, int]]) -> NDArray[np.uint64]:
    """The shingles in the order of the text; a text of fewer words than a shingle has is one."""
    exact, drawn = _shingles([word for word, _ in words]), _shingles([template for _, template in words])
    # Where no word is left, the template says nothing: the words themselves draw the lot.
    lots = np.where(drawn == _NO_WORD, exact, drawn)
    return (lots & ~_LOW) | (exact & _LOW)


def _shingles(words: Sequence[int]) -> NDArray[np.uint64]:
    """One hash for every run of words: each word is mixed in by multiplying and folding, as in MurmurHash."""
    hashes = np.array([*words, *[_LEFT_OUT] * (_WORDS - len(words))], dtype=np.uint64)
    mixed = np.zeros(len(hashes) - _WORDS + 1, dtype=np.uint64)
    for place in range(_WORDS):
        mixed = (mixed ^ hashes[place : place + len(mixed)]) * _MIX
        mixed ^= mixed >> np.uint64(29)
    return mixed


_LOW = np.uint64(LOW)
_LEFT_OUT = 0
# An odd number without a pattern: the golden ratio in 64 bits.
_MIX = np.uint64(0x9E3779B97F4A7C15)
_NO_WORD = _shingles([])[0]
