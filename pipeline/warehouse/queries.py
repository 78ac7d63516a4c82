"""The statements that Python calls by name; their text lives in `sql/`.

A file in `sql/queries/` holds statements, each headed by `-- name: its_name` and a line that says what it
is for. Parameters are psycopg's `%(name)s`.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

_HEADER = re.compile(r"^-- name: (\w+)\n-- (.+)\n", re.MULTILINE)


def sql_folder() -> Path:
    """The folder `sql/`: inside an installed package, beside `pipeline/` in a checkout."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "sql"
    return installed if installed.is_dir() else package.parent / "sql"


@cache
def all_queries() -> dict[str, str]:
    """Every named statement; raise ValueError when a name is given twice or text stands under no name."""
    found: dict[str, str] = {}
    for file in sorted((sql_folder() / "queries").glob("*.sql")):
        before, *parts = _HEADER.split(file.read_text("utf-8"))
        if before.strip():
            raise ValueError(f"{file.name} begins with something that is no named query")
        for name, statement in zip(parts[::3], parts[2::3], strict=True):
            if name in found:
                raise ValueError(f"{file.name}: the query {name} is defined twice")
            found[name] = statement.strip().removesuffix(";")
    return found


def query(name: str) -> str:
    """The statement of that name, without its comment."""
    return all_queries()[name]
