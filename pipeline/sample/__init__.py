"""The bundled sample: made-up news of ten days of January 2022, and the small web that serves it.

Outlets and articles are data (outlets.toml, articles/); pages and feeds are rendered from them, the same bytes at
every time. README.md says what the fields and the labels mean.
"""

from pipeline.sample.articles import DeadEnd, SampleArticle, articles, dead_ends
from pipeline.sample.outlets import Outlet, SampleFeed, outlets
from pipeline.sample.profile import write_profile
from pipeline.sample.web import SampleWeb, serve

__all__ = [
    "DeadEnd",
    "Outlet",
    "SampleArticle",
    "SampleFeed",
    "SampleWeb",
    "articles",
    "dead_ends",
    "outlets",
    "serve",
    "write_profile",
]
