"""How fast each public archive may be asked, over all workers together.

An archive is one host with room for more than an outlet's: it has a rate of its own, by the part of it that is asked.
`QANTAR_HOST_DELAY` scales them, so that a replica on loopback is asked without pauses; what an archive counts by the
minute is kept whatever that says.
"""

from __future__ import annotations

from dataclasses import dataclass

from yarl import URL

from pipeline.errors import Failure
from pipeline.fetch.targets import read_target
from pipeline.settings import Settings

# Files of GDELT are small and lie in a large store: twenty a second, sixteen on their way at once.
_GDELT_SHARE, _GDELT_AT_ONCE = 0.05, 16
# More than these lead to refusals, and refusals that are ignored to blocks of an hour that double.
_INDEX_A_MINUTE = 24
_PLAYBACK_AT_ONCE = 2
# Files of a gigabyte, each read to its end.
_CCNEWS_AT_ONCE = 4
# An index thinks before it answers, and files are large: the total of the caps that parts of archives are asked with.
_REQUEST_SECONDS = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """How an archive's part under `root` is asked: `name` stands for it where turns are kept.

    `delay` seconds lie between two requests, `at_once` are on their way, at most `per_minute` begin in any 60 s.
    One that has been on its way for longer than `request_seconds` was left behind by its process.
    """

    name: str
    root: URL
    delay: float
    at_once: int
    per_minute: int | None = None
    request_seconds: float = _REQUEST_SECONDS


class Rates:
    """The rates of the archives that the settings name."""

    def __init__(self, settings: Settings) -> None:
        delay = settings.host_delay
        wayback = settings.wayback_url
        self._rates = (
            Rate(
                name="gdelt",
                root=URL(f"{settings.gdelt_url}/"),
                delay=delay * _GDELT_SHARE,
                at_once=_GDELT_AT_ONCE,
            ),
            Rate(
                name="wayback index",
                root=URL(f"{wayback}/cdx/"),
                delay=delay,
                at_once=_PLAYBACK_AT_ONCE,
                per_minute=_INDEX_A_MINUTE,
            ),
            Rate(name="wayback", root=URL(f"{wayback}/web/"), delay=delay, at_once=_PLAYBACK_AT_ONCE),
            Rate(name="ccnews", root=URL(f"{settings.ccnews_url}/"), delay=delay, at_once=_CCNEWS_AT_ONCE),
        )

    def of(self, target: URL) -> Rate | None:
        """The rate of the archive that a target belongs to; None for the rest of the web."""
        return next((rate for rate in self._rates if _lies_under(target, rate.root)), None)

    def lanes(self, url: str) -> int:
        """How many requests of one process to that address's host are worth having under way at once."""
        target = read_target(url)
        rate = None if isinstance(target, Failure) else self.of(target)
        return rate.at_once if rate else 1

    def others(self, rate: Rate) -> list[str]:
        """The names of the other parts of the same archive: when it asks to be left alone, it means all of it."""
        archive = rate.name.partition(" ")[0]
        return [other.name for other in self._rates if other.name.partition(" ")[0] == archive and other != rate]


def _lies_under(target: URL, root: URL) -> bool:
    """Whether an archive's part is asked, however its root was spelt, and with or without TLS."""
    return _place(target) == _place(root) and target.raw_path.startswith(root.raw_path)


def _place(url: URL) -> tuple[str | None, int | None]:
    return url.raw_host, None if url.is_default_port() else url.port
