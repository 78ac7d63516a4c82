"""Beginning a profile: a commented skeleton that loads as it is, and says in each file what goes there."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from string import Template

from pipeline.errors import ProfileError

SKELETON = Path(__file__).with_name("skeleton")


def begin_profile(folder: Path, *, since: date) -> list[Path]:
    """Write a new profile, named after its folder, and return the files.

    Args:
        folder: must not exist yet; its last part becomes the crisis's id: small letters, digits and _.
        since: the first day of the crisis.

    Raises:
        ProfileError: the name is no id, the folder exists, or it cannot be written.
    """
    if not re.fullmatch(r"[a-z0-9_]+", folder.name):
        suggestion = re.sub(r"[^a-z0-9]+", "_", folder.name.lower()).strip("_") or "my_crisis"
        raise ProfileError(
            f"{folder.name}: a crisis's id has small letters, digits and _ alone, such as {suggestion!r}"
        )
    if folder.exists():
        raise ProfileError(f"{folder}: exists already; choose another name, or check it with qantar crisis check")
    words = {"id": folder.name, "name": folder.name.replace("_", " ").capitalize(), "since": since.isoformat()}
    written = []
    try:
        for file in sorted(path for path in SKELETON.rglob("*") if path.is_file()):
            target = folder / file.relative_to(SKELETON)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(Template(file.read_text("utf-8")).safe_substitute(words), "utf-8")
            written.append(target)
    except OSError as error:
        raise ProfileError(f"{folder}: cannot be written: {error.strerror}") from error
    return written
