"""Exit 0 when every part of the JSON that a health URL answers with, or the one part named, is healthy."""

import json
import sys
import urllib.request

with urllib.request.urlopen(sys.argv[1], timeout=5) as answer:  # noqa: S310 - the URL stands in docker-compose.yml
    parts = json.load(answer)
wanted = sys.argv[2:] or list(parts)
sys.exit(any(parts[part]["status"] != "healthy" for part in wanted))
