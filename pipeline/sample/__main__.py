"""`python -m pipeline.sample`: serve the sample until Ctrl-C, to look at it or to point a pass at it."""

from __future__ import annotations

import sys
from contextlib import suppress
from threading import Event

from pipeline.sample import outlets, serve


def main() -> None:
    """Print where the sample is served and what feeds it has; end with Ctrl-C."""
    with serve() as web:
        feeds = "\n".join(f"  {feed.url}" for outlet in outlets() for feed in outlet.feeds)
        sys.stdout.write(
            f"The sample, made up from end to end, behind the proxy {web.proxy_url}\n{feeds}\n"
            f"Try: curl -x {web.proxy_url} {outlets()[0].feeds[0].url}\nCtrl-C ends it.\n"
        )
        sys.stdout.flush()
        with suppress(KeyboardInterrupt):
            Event().wait()


if __name__ == "__main__":
    main()
