"""The laws of the house, read off the source."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "pipeline"
MODULES = sorted(PACKAGE.rglob("*.py"))


def imports(module: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def importers(package: str) -> set[str]:
    """The folders of `pipeline/` that import a package."""
    return {
        module.relative_to(PACKAGE).parts[0]
        for module in MODULES
        if any(name.partition(".")[0] == package for name in imports(module))
    }


def importers_of_name(name: str) -> set[str]:
    """The folders and modules of `pipeline/` that import a module of ours."""
    return {module.relative_to(PACKAGE).parts[0] for module in MODULES if name in imports(module)}


def test_the_pipeline_never_imports_airflow() -> None:
    assert importers("airflow") == set()


def test_only_fetching_speaks_http() -> None:
    assert importers("aiohttp") == {"fetch"}
    assert importers("requests") | importers("urllib3") | importers("httpx") == set()


def test_only_the_front_doors_ask_what_time_it_is() -> None:
    asking = {
        module.relative_to(PACKAGE).parts[0]
        for module in MODULES
        if re.search(r"\b(now\(UTC|now\(tz|utcnow\(|date\.today\(|time\.time\()", module.read_text("utf-8"))
    }
    assert asking == {"clock.py"}
    assert importers_of_name("pipeline.clock") == {"cli", "scheduling"}


@pytest.mark.parametrize("module", MODULES, ids=lambda module: str(module.relative_to(PACKAGE)))
def test_modules_are_small_and_say_what_they_are(module: Path) -> None:
    text = module.read_text("utf-8")
    assert ast.get_docstring(ast.parse(text)), "no docstring"
    assert text.count("\n") <= 300
