"""What a text is written in."""

from __future__ import annotations

import re
from collections.abc import Sequence

import py3langid

# Below this many letters the model guesses; then the page's own word, or the outlet's, counts where it is not absurd.
_FEW_LETTERS = 60
# Up to here only languages that our outlets write in are believed, unless page or outlet name another.
_SOME_LETTERS = 200
# Enough to be sure; the rest of a long read costs time and says the same.
_SAMPLE = 1000
_LETTER = re.compile(r"[^\W\d_]")
_CYRILLIC = re.compile("[Ѐ-ӿ]")
# Letters that kk alone has among its neighbours' alphabets; ә, ң, ө, ү and һ it shares.
_KAZAKH = re.compile("[ұғқі]", re.IGNORECASE)
_OTHERS = re.compile("[ўҳїєґҥ]", re.IGNORECASE)
_BY_SCRIPT = {
    True: ("ru", "kk", "ky", "uk", "tt", "uz", "tg"),
    False: ("en", "tr", "uz", "kk", "az", "de", "fr", "es", "it", "pl"),
}
# What the model, which knows kk in Cyrillic only, takes it for in Latin letters.
_TURKIC = frozenset({"crh", "tr", "az", "uz", "tk", "tt", "ky", "kk", "kaa", "ba", "ug"})
# In kk's Latin alphabets (of 2018 and 2021) y is a vowel. Turkish, Azerbaijani and Uzbek use it as a consonant,
# and Turkmen, which has the vowel, has letters of its own.
_VOWEL_Y = re.compile(r"(?<=[bcçdfgğǵhjklmnñńpqrsştvz])y(?![aeiouäöüáóúūı])", re.IGNORECASE)
_Q = re.compile("q", re.IGNORECASE)
_TURKMEN = re.compile("[ňž]", re.IGNORECASE)
_LEAST_VOWEL_Y = 0.025


def find_language(title: str, text: str, *, stated: str | None, outlet: str | None) -> str | None:
    """The ISO 639-1 code of the text's language; None when there are no letters.

    Args:
        title: the headline.
        text: the body. It decides; the headline is read where the body is short.
        stated: what the page says of itself, such as `ru-RU`.
        outlet: the outlet's usual language.
    """
    sample = (text if len(text) >= _SAMPLE else f"{title}\n{text}")[:_SAMPLE]
    letters = len(_LETTER.findall(sample))
    if not letters:
        return None
    cyrillic = 2 * len(_CYRILLIC.findall(sample)) > letters
    hints = [code for code in map(_code, (stated, outlet)) if code and _fits(code, cyrillic=cyrillic)]
    if letters < _FEW_LETTERS:
        if cyrillic and _KAZAKH.search(sample) and not _OTHERS.search(sample):
            return "kk"
        if hints:
            return hints[0]
    guesses = _guesses(sample, (*_BY_SCRIPT[cyrillic], *hints) if letters < _SOME_LETTERS else ())
    if not cyrillic and guesses[0] in _TURKIC and _is_latin_kazakh(sample, letters):
        return "kk"
    return guesses[0]


def _guesses(sample: str, among: Sequence[str]) -> list[str]:
    """The model's guesses, the likeliest first; with `among`, only of these."""
    if not among:
        return [str(py3langid.classify(sample)[0])]
    return [code for code, _ in py3langid.rank(sample) if code in among]


def _is_latin_kazakh(sample: str, letters: int) -> bool:
    vowels = len(_VOWEL_Y.findall(sample))
    # One y may be a foreign name's; beside a q, which Turkish has in none of its own words, it is enough.
    return vowels >= max(1 if _Q.search(sample) else 3, _LEAST_VOWEL_Y * letters) and not _TURKMEN.search(sample)


def _fits(code: str, *, cyrillic: bool) -> bool:
    """Whether a language may be meant by who names it, given the alphabet."""
    return code in (_BY_SCRIPT[True] if cyrillic else _BY_SCRIPT[False]) or code not in _BY_SCRIPT[not cyrillic]


def _code(named: str | None) -> str | None:
    """`ru` of `ru-RU` or `ru_RU`; None for what is no code of two letters."""
    code = (named or "").strip().lower().replace("_", "-").partition("-")[0]
    return code if len(code) == 2 else None  # noqa: PLR2004 - ISO 639-1
