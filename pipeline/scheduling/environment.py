"""The environment variables by which Airflow finds our home, and keeps to it."""

from __future__ import annotations

import base64
import json
import os
import secrets
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path

from pipeline.embedded.server import Server
from pipeline.settings import Settings

METADATA_DATABASE = "airflow"
# What Airflow's own processes say to each other must never go through a proxy that is meant for fetching.
_PROXIES = frozenset({"http_proxy", "https_proxy", "no_proxy"})
_LOCAL = ("localhost", "127.0.0.1")
# A task whose process is gone is noticed after this many seconds, and one whose scheduler is gone soon after;
# Airflow's own default is five minutes for both.
_HEARTBEAT_SECONDS = 30


def dags_folder() -> Path:
    """The folder `dags/`: inside an installed package, beside `pipeline/` in a checkout."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "dags"
    return installed if installed.is_dir() else package.parent / "dags"


def airflow_environment(settings: Settings, server: Server, *, port: int) -> dict[str, str]:
    """This process's environment, with all that Airflow needs to live in `settings.home` and on that port.

    Its tasks see the same settings as we do. Its secrets are made once and stay in the home, readable by the
    owner alone.
    """
    home = settings.home / "airflow"
    home.mkdir(parents=True, exist_ok=True)
    kept = _secrets(home / "secrets.json")
    metadata = server.conninfo(METADATA_DATABASE).removeprefix("postgresql://")
    variables = {
        "CORE__DAGS_FOLDER": str(dags_folder()),
        "CORE__LOAD_EXAMPLES": "False",
        "CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "CORE__EXECUTOR": "LocalExecutor",
        "CORE__PARALLELISM": str(max(6, os.cpu_count() or 1)),
        "CORE__FERNET_KEY": kept["fernet_key"],
        "CORE__EXECUTION_API_SERVER_URL": f"http://localhost:{port}/execution/",
        "CORE__SIMPLE_AUTH_MANAGER_USERS": "admin:admin",
        "CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords_file(settings)),
        "DATABASE__SQL_ALCHEMY_CONN": f"postgresql+psycopg://{metadata}",
        "DATABASE__SQL_ALCHEMY_CONN_ASYNC": f"postgresql+psycopg_async://{metadata}",
        "API__HOST": "127.0.0.1",
        "API__PORT": str(port),
        "API__BASE_URL": f"http://localhost:{port}",
        "API__SECRET_KEY": kept["secret_key"],
        "API__INSTANCE_NAME": "Qantar",
        "API_AUTH__JWT_SECRET": kept["jwt_secret"],
        "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": str(_HEARTBEAT_SECONDS),
        "SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": str(_HEARTBEAT_SECONDS),
        "USAGE_DATA_COLLECTION__ENABLED": "False",
    }
    return {
        **os.environ,
        **_settings_as_variables(settings),
        "AIRFLOW_HOME": str(home),
        **{f"AIRFLOW__{name}": value for name, value in variables.items()},
    }


def write_exports(settings: Settings, environment: Mapping[str, str]) -> Path:
    """A file that a shell can source to speak to this Airflow with its own commands, for the owner's eyes only."""
    file = settings.home / "airflow" / "environment.sh"
    ours = (name for name in environment if name.startswith(("AIRFLOW", "QANTAR_")) or name.lower() in _PROXIES)
    lines = [f"export {name}={shlex.quote(environment[name])}\n" for name in sorted(ours)]
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        opened.writelines(lines)
    return file


def passwords_file(settings: Settings) -> Path:
    """Where the password of Airflow's user `admin` is kept."""
    return settings.home / "airflow" / "passwords.json"


def admin_password(settings: Settings) -> str:
    """The password of Airflow's user `admin`, made up at the first call."""
    return _kept_json(passwords_file(settings), lambda: {"admin": secrets.token_urlsafe(12)})["admin"]


def _secrets(file: Path) -> dict[str, str]:
    return _kept_json(
        file,
        lambda: {
            "fernet_key": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            "secret_key": secrets.token_urlsafe(32),
            "jwt_secret": secrets.token_urlsafe(48),
        },
    )


def _kept_json(file: Path, make: Callable[[], Mapping[str, str]]) -> dict[str, str]:
    """What a file holds, which is made, for the owner's eyes only, when there is none."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
            json.dump(make(), opened)
    kept: dict[str, str] = json.loads(file.read_text("utf-8"))
    return kept


def _settings_as_variables(settings: Settings) -> dict[str, str]:
    """The settings, as an environment says them; those that are not set are empty, and so hide what we inherited."""
    no_proxy = ",".join(dict.fromkeys([*settings.no_proxy, *_LOCAL]))
    proxies = {"http_proxy": settings.http_proxy or "", "https_proxy": settings.https_proxy or "", "no_proxy": no_proxy}
    return {
        "QANTAR_HOME": str(settings.home),
        "QANTAR_DATABASE_URL": settings.database_url or "",
        "QANTAR_ARCHIVE_URL": settings.archive_url or "",
        "QANTAR_CRISIS": ",".join(settings.crisis),
        "QANTAR_USER_AGENT": settings.user_agent,
        "QANTAR_ALLOW_PRIVATE": ",".join(map(str, settings.allow_private)),
        "QANTAR_HOST_DELAY": str(settings.host_delay),
        "QANTAR_SHARDS": str(settings.shards),
        "QANTAR_GDELT_URL": settings.gdelt_url,
        "QANTAR_WAYBACK_URL": settings.wayback_url,
        "QANTAR_CCNEWS_URL": settings.ccnews_url,
        "QANTAR_WARC_URL": settings.warc_url or "",
        **proxies,
        **{name.upper(): value for name, value in proxies.items()},
    }
