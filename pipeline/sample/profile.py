"""A crisis profile that watches the sample's outlets: the bundled crisis, with the sample's feeds."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from pipeline.sample.outlets import Outlet, SampleFeed, outlets

_BUNDLED = Path(__file__).resolve().parent.parent / "crisis" / "kazakhstan_2022"


def write_profile(folder: Path) -> Path:
    """Write the profile into a folder, which is made if need be, and return that folder.

    What the bundled profile says of the crisis is copied as it is at this moment; of the sample are the feeds.
    """
    (folder / "terms").mkdir(parents=True, exist_ok=True)
    for file in (_BUNDLED / "crisis.toml", _BUNDLED / "places.csv", *(_BUNDLED / "terms").glob("*.toml")):
        shutil.copyfile(file, folder / file.relative_to(_BUNDLED))
    feeds = [_entry(feed, outlet) for outlet in outlets() for feed in outlet.feeds]
    (folder / "feeds.toml").write_text("# Made up: the feeds of the sample.\n\n" + "\n".join(feeds), "utf-8")
    return folder


def _entry(feed: SampleFeed, outlet: Outlet) -> str:
    said = {
        "url": feed.url,
        "outlet": outlet.domain,
        "publisher": outlet.publisher,
        "language": feed.language,
        "country": outlet.country,
        "timezone": outlet.timezone,
        "scope": feed.scope,
    }
    # A JSON string of printable text is a TOML string as well.
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in said.items() if value]
    return "[[feed]]\n" + "".join(lines)
