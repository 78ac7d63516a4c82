"""Reading terms/<language>.toml: the words of one language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from pipeline.crisis.blame import did_you_mean, line_of, refuse
from pipeline.crisis.files import read_toml
from pipeline.crisis.notation import Form, Term, parse_form, parse_terms
from pipeline.crisis.profile import Inflection, Vocabulary
from pipeline.crisis.schema import TermsFile

Read = TypeVar("Read")

_TABLES = ("groups", "sets", "inflection")


def read_vocabulary(file: Path, tags: tuple[str, ...]) -> Vocabulary:
    """The terms of the language that the file is named after; raise `ProfileError` with line and key."""
    checked, source = read_toml(file, TermsFile)
    by_tag = checked.model_extra or {}
    for tag in by_tag:
        if tag not in tags:
            hint = did_you_mean(tag, (*tags, *_TABLES))
            raise refuse(file, line_of(source, (tag,)), f"{tag}: crisis.toml has no such tag{hint}")
    reader = _Reader(file, source)
    sets = {name: reader.forms(name, words) for name, words in checked.sets.items()}
    return Vocabulary(
        language=file.stem,
        inflection=Inflection(
            drop=tuple(checked.inflection.drop),
            endings=tuple(tuple(slot) for slot in checked.inflection.endings),
            harmony=tuple(checked.inflection.harmony),
        ),
        tags={tag: reader.terms((tag,), words, sets) for tag, words in by_tag.items()},
        groups={name: reader.terms(("groups", name), words, sets) for name, words in checked.groups.items()},
    )


class _Reader:
    """Reads the terms of one file, so that what cannot be read is refused with its line."""

    def __init__(self, file: Path, source: str) -> None:
        self._file = file
        self._source = source

    def forms(self, name: str, words: list[str]) -> tuple[Form, ...]:
        return tuple(self._read(("sets", name), word, _form) for word in words)

    def terms(self, key: tuple[str, ...], words: list[str], sets: Mapping[str, tuple[Form, ...]]) -> tuple[Term, ...]:
        return tuple(term for word in words for term in self._read(key, word, lambda word: parse_terms(word, sets)))

    def _read(self, key: tuple[str, ...], word: str, read: Callable[[str], Read]) -> Read:
        try:
            return read(word)
        except ValueError as error:
            raise refuse(self._file, self._line(key, word), f"{'.'.join(key)}: {error}") from error

    def _line(self, key: tuple[str, ...], word: str) -> int | None:
        """Where the word stands in the list of that key; where the list begins when it is written otherwise."""
        begins = line_of(self._source, key)
        lines = self._source.splitlines()
        return next((at for at in range(begins or 1, len(lines) + 1) if f'"{word}"' in lines[at - 1]), begins)


def _form(word: str) -> Form:
    return Form(letters="") if word == "#" else parse_form(word)
