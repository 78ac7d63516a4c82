"""Reading places.csv: name, kind, region, latitude, longitude, and a column `aliases_<language>` each."""

from __future__ import annotations

import csv
from pathlib import Path

from pydantic import ValidationError

from pipeline.crisis.blame import did_you_mean, refuse
from pipeline.crisis.notation import Term, parse_terms
from pipeline.crisis.profile import Place
from pipeline.crisis.schema import PlaceRow

_PLAIN = tuple(PlaceRow.model_fields)
_ALIASES = "aliases_"


def read_places(file: Path, languages: tuple[str, ...]) -> tuple[Place, ...]:
    """Every place of the file, in its order; raise `ProfileError` with line and column when a row is wrong."""
    with file.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.DictReader(lines, strict=True)
        columns = reader.fieldnames or ()
        allowed = {*_PLAIN, *(f"{_ALIASES}{language}" for language in languages)}
        for column in columns:
            if column not in allowed:
                raise refuse(file, 1, f"{column}: there is no such column{did_you_mean(column, allowed)}")
        try:
            rows = [(reader.line_num, row) for row in reader]
        except csv.Error as error:
            raise refuse(file, reader.line_num, f"is not CSV: {error}") from error
    places: dict[str, Place] = {}
    for line, row in rows:
        place = _place(file, line, row)
        if place.name in places:
            raise refuse(file, line, f"name: {place.name!r} stands twice")
        places[place.name] = place
    return tuple(places.values())


def _place(file: Path, line: int, row: dict[str, str]) -> Place:
    if None in row or None in row.values():
        raise refuse(file, line, "the row has not as many cells as the first line has columns")
    try:
        plain = PlaceRow.model_validate({key: row[key] for key in _PLAIN if row.get(key)})
    except ValidationError as error:
        first = error.errors()[0]
        column = ".".join(map(str, first["loc"])) or "latitude"
        raise refuse(file, line, f"{column}: {first['msg'].removeprefix('Value error, ')}") from error
    aliases = {
        column.removeprefix(_ALIASES): _terms(file, line, column, cell)
        for column, cell in row.items()
        if column.startswith(_ALIASES) and cell
    }
    return Place(**plain.model_dump(), aliases=aliases)


def _terms(file: Path, line: int, column: str, cell: str) -> tuple[Term, ...]:
    try:
        return tuple(term for alias in cell.split("|") if alias.strip() for term in parse_terms(alias.strip(), {}))
    except ValueError as error:
        raise refuse(file, line, f"{column}: {error}") from error
