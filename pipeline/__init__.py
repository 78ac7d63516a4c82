"""Qantar: from a news feed to a story in PostgreSQL, each row traceable to the bytes and words behind it.

The flow, wired in `pipeline.stages`::

    poll      feeds     -> candidates    what sources say may be coverage      (discover, fetch, archive)
    fetch     candidate -> capture       bytes, safely in a WARC file          (fetch, archive)
    extract   capture   -> extraction    title, text, dates, language          (extract, in children)
    identify  extraction -> article, revision, edges to copies                 (identify)
    tag       revision  -> assessment    tags, places and the words for them   (tag, crisis)
    load      article   -> story         published to the reports in one step  (warehouse)
    settle    whatever moved             computed again as a function of sets  (identify, tag)

Nothing runs on import.
"""
