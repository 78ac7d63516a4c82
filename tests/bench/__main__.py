"""`make bench`, or `python -m tests.bench [PAGES_DIR…]`."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.bench import extraction, fetching, schedule

extraction.measure([Path(folder) for folder in sys.argv[1:]])
fetching.measure()
schedule.measure()
