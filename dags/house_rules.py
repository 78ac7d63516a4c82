"""What all our DAGs have in common: retries by the kind of error, timeouts, the pool, alerts."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from airflow.sdk import Context, ExceptionRetryPolicy, RetryAction, RetryRule

# Trying again helps where the world may have changed meanwhile, and nowhere else.
RETRY_POLICY = ExceptionRetryPolicy(
    rules=[
        RetryRule(
            exception=[
                "pipeline.errors.SettingsError",
                "pipeline.errors.ProfileError",
                "pipeline.errors.UsageError",
                "pipeline.errors.MigrationError",
                "pipeline.errors.QualityError",
            ],
            action=RetryAction.FAIL,
            reason="Somebody has to mend something first; the last line of the log says what.",
        ),
        RetryRule(
            exception=["pipeline.errors.WarehouseError", "pipeline.errors.EmbeddedError", "psycopg.OperationalError"],
            action=RetryAction.RETRY,
            retry_delay=timedelta(minutes=1),
            reason="The warehouse does not answer; it is given a minute to come back.",
        ),
    ]
)

DEFAULT_ARGS: dict[str, Any] = {
    "owner": "qantar",
    "retries": 3,
    "retry_delay": timedelta(seconds=15),
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": timedelta(minutes=5),
    "retry_policy": RETRY_POLICY,
    "execution_timeout": timedelta(minutes=15),
}


def alerts() -> list[Callable[[Context], None]]:
    """Whom to tell when a run has failed: nobody, unless QANTAR_ALERT_EMAIL names an address.

    The mail goes through Airflow's connection `smtp_default`.
    """
    address = os.environ.get("QANTAR_ALERT_EMAIL")
    if not address:
        return []
    from airflow.providers.smtp.notifications.smtp import SmtpNotifier  # noqa: PLC0415 - only where it is asked for

    return [
        SmtpNotifier(
            to=address,
            subject="Qantar: {{ dag.dag_id }} failed",
            html_content="Run {{ run_id }} failed. The DAG's documentation says what to look at.",
        )
    ]
