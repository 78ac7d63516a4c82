"""The archive: what the web answered, in WARC files, written before anything is made of it.

::

    files       the archive as its users see it: write, read, rewrite, delete
    warc        a response to the bytes of a WARC record, and back
    store       bytes to a folder or a bucket, and back
"""

from pipeline.archive.files import Archive

__all__ = ["Archive"]
