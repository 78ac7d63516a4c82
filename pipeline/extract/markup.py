"""Bytes to text, once, and to a tree that everything after it reads."""

from __future__ import annotations

import re

from lxml import html
from lxml.etree import ParserError, XMLSyntaxError

from pipeline.discover.charsets import decode_feed
from pipeline.errors import Failure, Reason

_META_CHARSET = re.compile(rb"""<meta[^>]{0,300}?charset\s*=\s*["']?\s*([\w.:-]{1,40})""", re.IGNORECASE)
# The HTML standard looks for the declaration in this many bytes.
_META_WITHIN = 4096
_TEXTUAL = re.compile(r"^(text/html|application/xhtml\+xml|text/plain|application/xml|text/xml)\b", re.IGNORECASE)
# How the formats begin that servers most often hand out as text/html.
_MAGIC = (b"%PDF-", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"PK\x03\x04", b"\x1f\x8b", b"RIFF", b"\0asm", b"\x7fELF")
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\ufffd]")
# Damaged characters turn up in good pages, one in a thousand at most; in bytes that are no text every tenth.
_DAMAGED_SHARE = 0.05


def read_markup(body: bytes, content_type: str | None) -> str | Failure:
    """The page as text: by byte-order mark, as UTF-8 if it is that, as page or server say, else by its letters.

    Returns a Failure for what is blank, not a web page, or no text in any known encoding.
    """
    if not body.strip():
        return Failure(reason=Reason.EMPTY_BODY, detail="nothing but white space")
    if content_type and not _TEXTUAL.match(content_type.strip()):
        return Failure(reason=Reason.NOT_HTML, detail=content_type[:200])
    if body.startswith(_MAGIC):
        return Failure(reason=Reason.NOT_HTML, detail=f"begins with {body[:8]!r}")
    text = decode_feed(body, _with_declared_charset(body, content_type))
    damaged = len(_CONTROL.findall(text))
    if damaged > len(text) * _DAMAGED_SHARE:
        return Failure(reason=Reason.UNDECODABLE, detail=f"{damaged} of {len(text)} characters are none")
    return _CONTROL.sub("", text)


def read_tree(markup: str) -> html.HtmlElement | None:
    """The page as a tree; None when there is no element in it."""
    # A declaration of the encoding speaks of bytes, and lxml refuses to read one in text.
    markup = re.sub(r"^\s*<\?xml[^>]{0,300}\?>", "", markup)
    try:
        return html.document_fromstring(markup, parser=html.HTMLParser(huge_tree=False, remove_comments=True))
    except (ParserError, XMLSyntaxError, ValueError):
        return None


def _with_declared_charset(body: bytes, content_type: str | None) -> str:
    served = content_type or ""
    declared = _META_CHARSET.search(body[:_META_WITHIN])
    if declared and "charset" not in served.lower():
        return f"{served}; charset={declared[1].decode('ascii')}"
    return served
