"""What a text is written in."""

from __future__ import annotations

import re

import py3langid

# Below this many letters the model guesses; then the page's own word, or the outlet's, counts where it is not absurd.
_FEW_LETTERS = 60
# Enough to be sure; the rest of a long read costs time and says the same.
_SAMPLE = 2000
_LETTER = re.compile(r"[^\W\d_]")
_CYRILLIC = re.compile("[Ѐ-ӿ]")
# Letters that Kazakh alone has among its neighbours' alphabets.
_KAZAKH = re.compile("[әғқұһі]", re.IGNORECASE)
_CYRILLIC_LANGUAGES = frozenset({"ru", "kk", "ky", "uk", "be", "tt", "tg", "mn", "bg", "sr", "mk"})


def find_language(text: str, *, stated: str | None, outlet: str | None) -> str | None:
    """The ISO 639-1 code of the text's language; None when there are no letters.

    Args:
        text: title and body.
        stated: what the page says of itself, such as `ru-RU`.
        outlet: the outlet's usual language.
    """
    sample = text[:_SAMPLE]
    letters = len(_LETTER.findall(sample))
    if not letters:
        return None
    if letters < _FEW_LETTERS:
        cyrillic = 2 * len(_CYRILLIC.findall(sample)) > letters
        if cyrillic and _KAZAKH.search(sample):
            return "kk"
        for hint in (stated, outlet):
            code = (hint or "").strip().lower().replace("_", "-").partition("-")[0]
            if len(code) == 2 and (code in _CYRILLIC_LANGUAGES) == cyrillic:  # noqa: PLR2004 - ISO 639-1
                return code
    return str(py3langid.classify(sample)[0])
