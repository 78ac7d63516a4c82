#!/bin/sh
# Run by the warehouse's PostgreSQL when it is first set up: who may load, and who may only read the reports.
set -eu
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
     --set loader="$QANTAR_LOADER_PASSWORD" --set reporter="$QANTAR_REPORTER_PASSWORD" <<'SQL'
CREATE ROLE qantar_loader NOLOGIN;
CREATE ROLE qantar_reporter NOLOGIN;
CREATE ROLE loader LOGIN PASSWORD :'loader' IN ROLE qantar_loader;
CREATE ROLE reporter LOGIN PASSWORD :'reporter' IN ROLE qantar_reporter;
SQL
