"""A gzip file unpacked, whole and within a bound."""

from __future__ import annotations

import zlib

from pipeline.errors import Failure, Reason

_GZIP = 16 + zlib.MAX_WBITS


def unpacked(body: bytes, *, most: int) -> bytes | Failure:
    """What a gzip file of one member holds; a Failure for one that is damaged, cut short, or larger than `most`."""
    stream = zlib.decompressobj(_GZIP)
    try:
        plain = stream.decompress(body, most)
    except zlib.error:
        return Failure(reason=Reason.MALFORMED_RESPONSE, detail="is no gzip file, or a damaged one")
    if stream.unconsumed_tail:
        return Failure(reason=Reason.TOO_LARGE, detail=f"more than {most:,} bytes once unpacked")
    if not stream.eof:
        return Failure(reason=Reason.MALFORMED_RESPONSE, detail="the gzip file ends too soon")
    return plain
