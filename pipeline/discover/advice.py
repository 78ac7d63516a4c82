"""What a person can do about a feed, by what it answered."""

from __future__ import annotations

from datetime import datetime, timedelta

from pipeline.errors import Failure, Reason
from pipeline.records import FeedDocument, Response

# A feed whose newest entry is older has most likely been given up for another one.
_STALE = timedelta(days=30)

_OUT_OF_REACH = "out of reach from here; try again, from elsewhere too"
_FOR_REASON = {
    Reason.HTTP_NOT_FOUND: "look for the feed's new address on the outlet's pages",
    Reason.HTTP_GONE: "the publisher took it away; look for another feed of the outlet",
    Reason.HTML_INSTEAD_OF_FEED: "a web page stands there; look in it for the address of the feed",
    Reason.NOT_A_FEED: "neither a feed nor a sitemap stands there; look at what does",
    Reason.HTTP_FORBIDDEN: "it does not let us in; see that QANTAR_USER_AGENT names you, or ask the publisher",
    Reason.ROBOTS_DISALLOWED: "its robots.txt does not want us; ask the publisher",
    Reason.HTTP_TOO_MANY_REQUESTS: "it was asked too often; wait, or raise QANTAR_HOST_DELAY",
    Reason.HTTP_SERVER_ERROR: "its server is in trouble; try again later",
    Reason.TLS_FAILURE: "its certificate cannot be trusted; tell the publisher",
    Reason.ADDRESS_REFUSED: "its name leads to a private network; see QANTAR_ALLOW_PRIVATE if that is meant",
    Reason.URL_INVALID: "mend the address in feeds.toml",
    Reason.TOO_MANY_REDIRECTS: "it redirects without end; look for another address",
    Reason.DNS_FAILURE: "the name is not known; see if it is spelt right, or try again later",
    Reason.CONNECTION_FAILED: _OUT_OF_REACH,
    Reason.TIMEOUT: _OUT_OF_REACH,
    Reason.EMPTY_BODY: "nothing stands there; look again later, then for another address",
}


def advice_on(response: Response | None, outcome: FeedDocument | Failure, *, now: datetime) -> str:
    """One line on what to do; empty when all is well."""
    if isinstance(outcome, Failure):
        return _FOR_REASON.get(outcome.reason, "look at what stands there")
    if response is not None and response.moved_to:
        return f"it has moved; write into feeds.toml: {response.moved_to}"
    newest = max((entry.published.at for entry in outcome.entries if entry.published), default=None)
    if newest is not None and now - newest > _STALE:
        return f"nothing new since {newest:%Y-%m-%d}; see if the outlet has another feed"
    if not outcome.entries and not outcome.sitemaps:
        return "it lists nothing; see if the outlet has another feed"
    return ""
