"""`make bench`, or `python -m tests.bench [PAGES_DIR…]`."""

from __future__ import annotations

import sys

from tests.bench import copies, extraction, fetching, past, scale, schedule, tagging
from tests.bench.pages import folders

pages = folders(sys.argv[1:])
extraction.measure(pages)
tagging.measure(pages)
copies.measure(pages)
scale.measure()
fetching.measure()
past.measure(pages)
schedule.measure()
