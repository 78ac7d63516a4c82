"""What all our DAGs have in common, as plain data: timeouts, retries by the kind of error, the pool, alerts."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

# Bounds how many tasks go out to the web at once, over all DAGs. Whoever sets Airflow up creates it.
POOL = "qantar_fetch"
# Bounds how many tasks look through the past at once: they last for hours, and the live watch needs room beside them.
HISTORY_POOL = "qantar_history"

TASK_DEFAULTS: dict[str, Any] = {
    "owner": "qantar",
    "retries": 3,
    "retry_delay": timedelta(seconds=15),
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": timedelta(minutes=5),
    "execution_timeout": timedelta(minutes=15),
}

# As `airflow.sdk.ExceptionRetryPolicy.deserialize` takes it. Trying again helps where the world may have changed
# meanwhile, and nowhere else; what no rule names is tried again after `retry_delay`. Delays are in seconds.
RETRY_POLICY: dict[str, Any] = {
    "rules": [
        {
            "exception": [
                "pipeline.errors.SettingsError",
                "pipeline.errors.ProfileError",
                "pipeline.errors.UsageError",
                "pipeline.errors.MigrationError",
                "pipeline.errors.QualityError",
                "pipeline.errors.MalformedError",
            ],
            "action": "fail",
            "reason": "Somebody has to mend something first; the last line of the log says what.",
        },
        {
            "exception": [
                "pipeline.errors.WarehouseError",
                "pipeline.errors.EmbeddedError",
                "psycopg.OperationalError",
            ],
            "action": "retry",
            "retry_delay": 60.0,
            "reason": "The warehouse does not answer; it is given a minute to come back.",
        },
    ]
}


def alert_mails() -> list[dict[str, Any]]:
    """What to send when a run has failed, as `SmtpNotifier` takes it: nothing, unless QANTAR_ALERT_EMAIL says to whom.

    The mail goes through Airflow's connection `smtp_default`.
    """
    address = os.environ.get("QANTAR_ALERT_EMAIL")
    if not address:
        return []
    return [
        {
            "to": address,
            "subject": "Qantar: {{ dag.dag_id }} failed",
            "html_content": "Run {{ run_id }} failed. The documentation of the DAG says what to look at.",
        }
    ]
