#!/bin/sh
# What has to be done once before the services start, and does no harm every time: schema, pool, password.
set -eu
QANTAR_DATABASE_URL="$QANTAR_OWNER_URL" qantar migrate
airflow db migrate
airflow pools set qantar_fetch "$QANTAR_FETCH_SLOTS" "Tasks that go out to the web, over all DAGs"
airflow pools set qantar_history "$QANTAR_HISTORY_SLOTS" "Tasks that look through archives"
umask 077
python3 -c 'import json, os; print(json.dumps({"admin": os.environ["QANTAR_AIRFLOW_PASSWORD"]}))' \
    > "$AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"
