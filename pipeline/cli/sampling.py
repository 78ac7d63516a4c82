"""The bundled sample in the place of the web, for `qantar demo` and `qantar up --sample`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pipeline.errors import UsageError
from pipeline.sample import SampleWeb, serve, write_profile
from pipeline.settings import Settings
from pipeline.warehouse.queries import query
from pipeline.work import open_warehouse


@contextmanager
def sampled(settings: Settings) -> Iterator[tuple[SampleWeb, Settings]]:
    """The sample's small web, and settings that look at it: the same home and warehouse, its profile, no pauses.

    Raises `UsageError` when the warehouse holds real coverage, which made-up articles must never stand beside.
    """
    with open_warehouse(settings) as (_, connection):
        row = connection.execute(query("real_articles")).fetchone()
    if row != (0,):
        raise UsageError(
            "this warehouse holds real coverage, and the sample is made up; run it elsewhere: "
            "QANTAR_HOME=/tmp/qantar-demo qantar demo"
        )
    with serve(edition=1) as web:
        changes = {
            "crisis": (str(write_profile(settings.home / "sample")),),
            "http_proxy": web.proxy_url,
            "https_proxy": None,
            "no_proxy": (),
            "host_delay": 0.0,
            # Of the sample there is no past beside its outlets: the small web answers that there is nothing.
            "gdelt_url": "http://gdelt.example",
            "wayback_url": "http://wayback.example",
            "ccnews_url": "http://ccnews.example",
        }
        yield web, settings.model_copy(update=changes)
