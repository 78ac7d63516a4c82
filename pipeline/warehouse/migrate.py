"""Bringing the schema to the version that this code works with.

Migrations are applied once, in order, each checked against its digest; an edited one is refused. The views
of `sql/views/` are dropped before and made again after, grants included, in the same transaction: so they
always fit the tables, and nobody ever sees them missing. Roles belong to the whole cluster and are made
apart from that.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import psycopg

from pipeline.errors import MigrationError
from pipeline.warehouse.connect import Connection
from pipeline.warehouse.queries import query, sql_folder

# What a script of `sql/views/` makes; a function's arguments are part of its identity.
_CREATED = re.compile(r"^CREATE (VIEW|FUNCTION) (report\.\w+(?:\([^)]*\))?)", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Migrated:
    """What a migration did: the versions it applied, and whether it made the views again."""

    applied: tuple[str, ...]
    views_made: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Script:
    name: str
    text: str

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def creates(self) -> list[tuple[str, str]]:
        """The views and functions it makes: kind and identity."""
        return _CREATED.findall(self.text)


def migrate(connection: Connection, folder: Path | None = None) -> Migrated:
    """Bring the warehouse to the current schema, one process at a time; do nothing when it is there already.

    `folder` holds `migrations/` and `views/`, by default our own `sql/`. Raises `MigrationError` when an
    applied migration was edited or is missing, when the warehouse is ahead of this code, when somebody's own
    object hangs on one of our views, or when roles may not be created.
    """
    folder = folder or sql_folder()
    migrations = _scripts(folder / "migrations")
    views = _scripts(folder / "views")
    _create_roles(connection)
    with connection.transaction():
        connection.execute(query("lock_migrations"))
        connection.execute(query("create_migration_ledger"))
        pending = _pending(connection, migrations)
        made = connection.execute(query("made_views")).fetchall()
        wanted = [(kind, identity, view.digest) for view in views for kind, identity in view.creates]
        if not pending and made == wanted[::-1]:
            return Migrated(applied=(), views_made=False)
        _drop_views(connection, [(kind, identity) for kind, identity, _ in made])
        for migration in pending:
            _run(connection, migration)
            connection.execute(query("record_migration"), {"name": migration.name, "digest": migration.digest})
        for view in views:
            _run(connection, view)
        _record_views(connection, wanted)
        connection.execute(query("grant_reporter"))
        connection.execute(query("grant_loader"))
    return Migrated(applied=tuple(migration.name for migration in pending), views_made=True)


def is_current(connection: Connection) -> bool:
    """Whether the schema is the one that this code works with."""
    if connection.execute(query("has_migration_ledger")).fetchone() == (False,):
        return False
    return not _pending(connection, _scripts(sql_folder() / "migrations"))


def _scripts(folder: Path) -> list[_Script]:
    return [_Script(name=file.stem, text=file.read_text("utf-8")) for file in sorted(folder.glob("*.sql"))]


def _pending(connection: Connection, migrations: list[_Script]) -> list[_Script]:
    applied: dict[str, str] = dict(connection.execute(query("applied_migrations")).fetchall())
    known = {migration.name: migration.digest for migration in migrations}
    for name, digest in applied.items():
        if name not in known:
            raise MigrationError(
                f"the warehouse has migration {name}, which this version does not know; use a newer qantar"
            )
        if digest != known[name]:
            raise MigrationError(f"migration {name} was edited after it was applied; restore it and write a new one")
    pending = [migration for migration in migrations if migration.name not in applied]
    if pending and applied and pending[0].name < max(applied):
        raise MigrationError(
            f"migration {pending[0].name} comes before {max(applied)}, which was already applied; renumber it"
        )
    return pending


def _drop_views(connection: Connection, made: list[tuple[str, str]]) -> None:
    for kind, identity in made:
        try:
            connection.execute(f"DROP {kind} IF EXISTS {identity}")
        except psycopg.errors.DependentObjectsStillExist as error:
            detail = (error.diag.message_detail or "").replace("\n", "; ")
            raise MigrationError(
                f"{identity} must be made again, but something of yours hangs on it: {detail}. "
                "Drop that first, and make it again after"
            ) from error


def _record_views(connection: Connection, made: list[tuple[str, str, str]]) -> None:
    connection.execute(query("forget_views"))
    for position, (kind, identity, digest) in enumerate(made):
        connection.execute(
            query("record_view"), {"position": position, "kind": kind, "identity": identity, "digest": digest}
        )


def _run(connection: Connection, script: _Script) -> None:
    try:
        connection.execute(script.text)
    except psycopg.Error as error:
        raise MigrationError(f"{script.name} failed: {str(error).strip()}") from error


def _create_roles(connection: Connection) -> None:
    try:
        connection.execute(query("create_roles"))
    except psycopg.errors.InsufficientPrivilege as error:
        raise MigrationError(
            "the roles qantar_loader and qantar_reporter are missing and this user may not create them; "
            "have an administrator run: CREATE ROLE qantar_loader; CREATE ROLE qantar_reporter"
        ) from error
