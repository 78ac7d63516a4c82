# The package with all it needs, for every service of docker-compose.yml but the databases. It runs as a plain user.
FROM python:3.11-slim-bookworm AS build
WORKDIR /src
COPY requirements.lock ./
RUN python3 -m venv /opt/qantar \
 && /opt/qantar/bin/pip install --no-cache-dir --quiet --require-hashes --no-deps --requirement requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY pipeline pipeline
COPY sql sql
COPY dags dags
RUN /opt/qantar/bin/pip install --no-cache-dir --quiet --no-deps --no-build-isolation .

FROM python:3.11-slim-bookworm
RUN useradd --uid 50000 --create-home --home-dir /var/lib/qantar qantar \
 && install --directory --owner qantar /var/lib/qantar/airflow /var/lib/qantar/archive /var/lib/qantar/logs
COPY --from=build /opt/qantar /opt/qantar
COPY docker/init.sh docker/healthy.py /opt/qantar/docker/
ENV PATH=/opt/qantar/bin:$PATH \
    LC_ALL=C.UTF-8 \
    PYTHONUNBUFFERED=1 \
    QANTAR_HOME=/var/lib/qantar \
    AIRFLOW_HOME=/var/lib/qantar/airflow
USER qantar
WORKDIR /var/lib/qantar
CMD ["qantar", "--help"]
