"""The characters of a feed document, whatever it says of its own encoding.

Text that decodes as UTF-8 is UTF-8: no other encoding of running Cyrillic or accented text passes for it by
accident, and a wrong label is more common than that. Otherwise the document's own word counts, then the
server's; and where both are silent or wrong, the letters decide.
"""

from __future__ import annotations

import codecs
import re

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([\w.:-]{1,40})["']""")
_SERVED = re.compile(r"""charset\s*=\s*["']?([\w.:-]{1,40})""", re.IGNORECASE)
# Letters beyond ASCII stand in rows in Cyrillic, and mostly alone among others in the Latin alphabet.
_ROW = re.compile(rb"[\x80-\xff]{3,}")
_HIGH = re.compile(rb"[\x80-\xff]+")
_LOWER = re.compile("[а-яё]")
# Enough of a document to know its alphabet.
_SAMPLE = 100_000


def decode_feed(body: bytes, content_type: str | None) -> str:
    """The document as text; bytes that fit nothing become U+FFFD."""
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, "replace")
    if body[:4] in {b"<\0?\0", b"\0<\0?"}:
        return body.decode("utf-16-le" if body[0] else "utf-16-be", "replace")
    declared, served = _DECLARED.match(body), _SERVED.search(content_type or "")
    labels = [declared[1].decode("ascii")] if declared else []
    labels += [served[1]] if served else []
    for encoding in ("utf-8", *labels):
        try:
            return body.decode(encoding)
        except (UnicodeError, LookupError):
            continue
    return body.decode(_by_letters(body[:_SAMPLE], labels), "replace")


def _by_letters(body: bytes, labels: list[str]) -> str:
    """The likeliest encoding of bytes whose labels are missing or do not fit."""
    if any(label.lower().replace("_", "-") in {"utf-8", "utf8"} for label in labels):
        invalid = len(body.decode("utf-8", "replace")) - len(body.decode("utf-8", "ignore"))
        if invalid * 20 < len(b"".join(_HIGH.findall(body))):  # a few bytes cut apart in what is UTF-8
            return "utf-8"
    high = sum(map(len, _HIGH.findall(body)))
    if 2 * sum(map(len, _ROW.findall(body))) < high:
        return "windows-1252"
    # The two encodings have each other's letters in the other case, and text is mostly lower-case.
    return max(("windows-1251", "koi8-r"), key=lambda encoding: len(_LOWER.findall(body.decode(encoding, "replace"))))
