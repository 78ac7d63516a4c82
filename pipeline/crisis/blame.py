"""Whose fault an error is: the line of a TOML file on which a key stands, and what was probably meant."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from pipeline.errors import ProfileError

_HEADER = re.compile(r"\s*(?P<array>\[\[)?(?(array)|\[)\s*(?P<name>[\w.\"-]+)\s*\]")
_KEY = re.compile(r"\s*(?P<key>[\w\"-]+)\s*=")
Step = str | int
# What pydantic adds to a location: which of the alternatives of a key it had tried.
_MEMBERS = ("function-", "constrained-", "datetime", "date")


def refuse(file: Path, line: int | None, message: str) -> ProfileError:
    """The error to raise: file, line where there is one, what is wrong."""
    return ProfileError(f"{file}:{line}: {message}" if line else f"{file}: {message}")


def refuse_schema(file: Path, source: str, error: ValidationError, known: Sequence[str]) -> ProfileError:
    """The error to raise for the first thing that a schema does not accept; `known` are keys it does."""
    first = error.errors()[0]
    location = tuple(step for step in first["loc"] if not str(step).startswith(_MEMBERS))
    return refuse(file, line_of(source, location), _explain(first, location, known))


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """`, did you mean 'x'?` when a choice is close to the word, else the choices."""
    choices = sorted(choices)
    close = get_close_matches(word, choices, n=1)
    return f", did you mean {close[0]!r}?" if close else f"; it may be one of {', '.join(choices)}" if choices else ""


def line_of(source: str, location: Sequence[Step]) -> int | None:
    """The line (from 1) on which a key of a TOML document stands; of the nearest table above it when it is missing."""
    best, depth = None, 0
    table: tuple[Step, ...] = ()
    seen: dict[str, int] = {}
    for number, line in enumerate(source.splitlines(), start=1):
        if header := _HEADER.match(line):
            name = header["name"].replace('"', "")
            if header["array"]:
                seen[name] = seen.get(name, -1) + 1
                table = (name, seen[name])
            else:
                table = tuple(name.split("."))
            here = table
        elif key := _KEY.match(line):
            here = (*table, key["key"].strip('"'))
        else:
            continue
        if len(here) > depth and tuple(location[: len(here)]) == here:
            best, depth = number, len(here)
    return best


def _explain(first: ErrorDetails, location: Sequence[Step], known: Sequence[str]) -> str:
    key = ".".join(str(step) for step in location) or "the file"
    given, context = first["input"], first.get("ctx", {})
    match first["type"]:
        case "extra_forbidden":
            wrong = f"there is no such key{did_you_mean(str(location[-1]) if location else '', known)}"
        case "missing":
            wrong = "this key is missing"
        case "literal_error":
            choices = re.findall(r"'([^']*)'", str(context.get("expected", "")))
            wrong = f"{str(given)!r} is not allowed{did_you_mean(str(given), choices)}"
        case "list_type" | "tuple_type":
            wrong = f'{given!r} must be a list, such as ["one", "two"]'
        case "datetime_type" | "date_type":
            wrong = f"{given!r} must be a day or a time with its offset, such as 2022-01-02, unquoted"
        case "string_pattern_mismatch":
            wrong = f"{given!r} must look like {context.get('pattern')}"
        case _:
            wrong = first["msg"].removeprefix("Value error, ")
    return f"{key}: {wrong}"
