"""A TOML file of a profile, read and checked against its schema."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from pipeline.crisis.blame import refuse, refuse_schema

Schema = TypeVar("Schema", bound=BaseModel)


def read_toml(file: Path, schema: type[Schema]) -> tuple[Schema, str]:
    """The checked content of a TOML file, and its source; raise `ProfileError` with line and key."""
    try:
        source = file.read_text("utf-8-sig")
    except (OSError, UnicodeError) as error:
        raise refuse(file, None, f"cannot be read as UTF-8 text: {error}") from error
    try:
        return schema.model_validate(tomllib.loads(source)), source
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"\(at line (\d+), column \d+\)", str(error))
        line = int(found[1]) if found else len(source.splitlines())
        raise refuse(file, line, f"is not TOML: {error}") from error
    except ValidationError as error:
        raise refuse_schema(file, source, error, _known_keys(schema)) from error


def _known_keys(schema: type[BaseModel]) -> list[str]:
    """Every key that a schema knows, at any depth: what a misspelt one is compared with."""
    keys = list(schema.model_fields)
    for definition in schema.model_json_schema().get("$defs", {}).values():
        keys += definition.get("properties", {})
    return keys
