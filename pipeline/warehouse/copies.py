"""Copies of a text: each text is signed and filed under some of its shingles, and meets its copies there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from psycopg.rows import class_row

from pipeline.identify.likeness import compare
from pipeline.identify.signatures import SCHEME, Signature, sign
from pipeline.warehouse.connect import Connection
from pipeline.warehouse.queries import query


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """A text, and the ten days in which an article has it."""

    text_hash: bytes
    span: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Unsigned(Filed):
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Met:
    """Two texts that share a key, and may be copies."""

    text_hash: bytes
    signature: bytes
    other_hash: bytes
    other_signature: bytes


def find_copies(connection: Connection, articles: Sequence[int]) -> None:
    """Sign these articles' texts where nobody has yet, and write down which texts are copies of them.

    Call it in a transaction, under the identity lock: what two processes file at once must meet.
    """
    with connection.cursor(row_factory=class_row(_Unsigned)) as cursor:
        unsigned = cursor.execute(query("texts_to_sign"), {"articles": list(articles), "scheme": SCHEME}).fetchall()
    if not unsigned:
        return
    signed = {each.text_hash: sign(each.text) for each in unsigned}
    with connection.cursor() as cursor:
        cursor.executemany(query("file_signature"), [_row(each, signed[each.text_hash]) for each in unsigned])
    with connection.cursor(row_factory=class_row(_Met)) as cursor:
        met = cursor.execute(query("texts_that_meet"), {**_columns(unsigned), "scheme": SCHEME}).fetchall()
    _write(connection, met)


def _row(filed: Filed, signature: Signature) -> dict[str, object]:
    return {
        "text_hash": filed.text_hash,
        "span": filed.span,
        "scheme": SCHEME,
        "signature": signature.to_bytes(),
        "keys": [filed.span << 32 | key for key in signature.keys],
    }


def _write(connection: Connection, met: Sequence[_Met]) -> None:
    opened: dict[bytes, Signature] = {}
    rows = []
    for pair in met:
        for packed in (pair.signature, pair.other_signature):
            opened.setdefault(packed, Signature.from_bytes(packed))
        likeness = compare(opened[pair.signature], opened[pair.other_signature])
        if likeness.is_copy:
            shares = {"scheme": SCHEME, "share": likeness.share, "of_all": likeness.of_all}
            rows += [
                {"text_hash": one, "other_hash": other, **shares}
                for one, other in ((pair.text_hash, pair.other_hash), (pair.other_hash, pair.text_hash))
            ]
    with connection.cursor() as cursor:
        cursor.executemany(query("add_likeness"), rows)


def sign_again(connection: Connection) -> int:
    """Have the texts signed again that another scheme signed; return how many articles are to be decided again."""
    with connection.transaction():
        connection.execute(query("lock_identity"))
        connection.execute(query("drop_outdated_likenesses"), {"scheme": SCHEME})
        return connection.execute(query("sign_again"), {"scheme": SCHEME}).rowcount


def drop_unused(connection: Connection, filed: Sequence[Filed]) -> None:
    """Take out these signatures, and what was said of their texts, where no article has the text any more."""
    if filed:
        connection.execute(query("drop_signatures"), _columns(filed))
        connection.execute(query("drop_likenesses"), _columns(filed))


def filed_under(connection: Connection, articles: Sequence[int]) -> list[Filed]:
    """Every text that these articles have or had, wherever it is filed."""
    with connection.cursor(row_factory=class_row(Filed)) as cursor:
        return cursor.execute(query("texts_of_articles"), {"articles": list(articles)}).fetchall()


def likenesses_among(connection: Connection, texts: Sequence[bytes]) -> Mapping[bytes, set[bytes]]:
    """For each of these texts that has copies, the texts that are copies of it."""
    likes: dict[bytes, set[bytes]] = {}
    for one, other in connection.execute(query("likenesses_of_texts"), {"texts": list(texts)}):
        likes.setdefault(one, set()).add(other)
    return likes


def _columns(filed: Sequence[Filed]) -> dict[str, object]:
    return {"texts": [each.text_hash for each in filed], "spans": [each.span for each in filed]}
