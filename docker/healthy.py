"""Exit 0 when a health URL answers, and when the parts that are named in its JSON are healthy."""

import json
import sys
import urllib.request

with urllib.request.urlopen(sys.argv[1], timeout=5) as answer:  # noqa: S310 - the URL stands in docker-compose.yml
    said = answer.read()
sys.exit(any(json.loads(said)[part]["status"] != "healthy" for part in sys.argv[2:]))
