"""From the bytes of an archived page to an article: pure, deterministic, and run in children only.

::

    markup     bytes to text, once, and to a tree
    metadata   title, authors and canonical address, from JSON-LD, meta tags and headings
    dates      every statement about the date of publication; which one to believe
    body       the main text, by trafilatura
    language   what it is written in
"""

from pipeline.extract.page import EXTRACTOR_VERSION, extract

__all__ = ["EXTRACTOR_VERSION", "extract"]
