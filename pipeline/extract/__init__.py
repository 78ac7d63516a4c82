"""From the bytes of an archived page to an article: pure, deterministic, and run in children only.

::

    markup      bytes to text, once, and to a tree
    structured  what the page says of itself for machines: JSON-LD and meta tags
    metadata    title, authors, addresses and publisher, from these and from the page
    dates       every statement about publication and the last change; which one to believe, and why
    body        the main text: blocks weighed (`prose`), summed up (`regions`), and what is not the article pruned,
                with what is known of the outlet (`furniture`); then trafilatura
    kinds       section fronts, galleries, paywalls and notices, which are no articles
    language    what it is written in
    credits     whom the text says that it is from
"""

from pipeline.extract.page import EXTRACTOR_VERSION, extract, extract_outlet

__all__ = ["EXTRACTOR_VERSION", "extract", "extract_outlet"]
