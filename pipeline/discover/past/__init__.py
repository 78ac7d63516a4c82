"""The past: what archives say of a range of days, one module a source, and what becomes of it.

::

    windows      which parts of which archives a window calls for                      (pure)
    gdelt        a minute of the Article List into listings                            (pure)
    wayback      the index of the Wayback Machine, feeds as they were, single pages    (pure)
    ccnews       the months of Common Crawl's news, a path a file                      (pure)
    maps         robots.txt and dated sitemaps                                         (pure)
    records      a WARC file record by record, around what is broken in it
    stems        letters that the names of a crisis's home begin with                  (pure)
    prefilter    raw bytes that can be about a crisis, before anything is parsed
    reading      one part into what it lists: the above, in a child                    (pure)
    searching    what becomes of the parts of a window: asked for, read, written down
    harvest      what becomes of the records of a WARC file
    recovering   pages that are gone or changed, out of the Wayback Machine
"""
