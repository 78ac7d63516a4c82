"""Which addresses of an archive some profile wants: those of outlets that it takes whole, and those with its words."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from pipeline.crisis import Profile
from pipeline.discover.past.listings import Listing
from pipeline.discover.past.stems import home_stems
from pipeline.identify.urls import LONGEST_URL, NotAnAddressError, host_of, identity_key
from pipeline.tag import Tagger
from pipeline.warehouse.scans import Tally
from pipeline.warehouse.sightings import Sighted


class Scope:
    """What the profiles of a pass want of archives: as with feeds, all of some outlets, and of others what matches."""

    def __init__(self, profiles: Sequence[Profile], taggers: Mapping[str, Tagger]) -> None:
        self._profiles = tuple(profiles)
        self._taggers = tuple(taggers[profile.id] for profile in profiles)
        feeds = [feed for profile in profiles for feed in profile.feeds]
        self.whole = frozenset(feed.outlet.lower().removeprefix("www.") for feed in feeds if feed.scope == "all")

    @property
    def version(self) -> str:
        """A digest of all that decides what is in scope: under another one a part is read again."""
        feeds = sorted((feed.outlet, feed.scope) for profile in self._profiles for feed in profile.feeds)
        said = repr([[profile.version for profile in self._profiles], feeds])
        return hashlib.sha256(said.encode()).hexdigest()[:16]

    def takes_whole(self, host: str) -> bool:
        """Whether everything of a host is wanted: it is an outlet's, or stands below one's domain."""
        labels = host.partition(":")[0].split(".")
        return any(".".join(labels[start:]) in self.whole for start in range(len(labels)))

    def naming(self) -> str:
        """A pattern for addresses in small Latin letters that name the home of some crisis, its places left out."""
        stems = {stem.letters for profile in self._profiles for stem in home_stems(profile, places=False)}
        latin = {stem for stem in stems if stem.isascii()}
        return "|".join(sorted(stem for stem in latin if not any(stem.startswith(s) for s in latin - {stem})))

    def wants(self, listing: Listing, host: str) -> bool:
        """Whether an address is wanted, by what its archive keeps of it."""
        return self.takes_whole(host) or any(
            tagger.mentions(listing.title, listing.summary, listing.url) for tagger in self._taggers
        )

    def sort(self, listings: Iterable[Listing]) -> tuple[list[Sighted], Tally]:
        """The wanted ones with their identity, and how many are out of scope, malformed, or listed twice."""
        sighted: dict[str, Sighted] = {}
        out_of_scope = malformed = twice = 0
        for listing in listings:
            try:
                key, host = identity_key(listing.url), host_of(listing.url)
            except NotAnAddressError:
                malformed += 1
                continue
            if len(listing.url) > LONGEST_URL:
                malformed += 1
            elif not self.wants(listing, host):
                out_of_scope += 1
            elif key not in sighted or listing.seen_at < sighted[key].listing.seen_at:
                twice += key in sighted
                sighted[key] = Sighted(key=key, listing=listing)
            else:
                twice += 1
        return list(sighted.values()), Tally(known=twice, out_of_scope=out_of_scope, malformed=malformed)
