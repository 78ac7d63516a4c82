# One line a verb. `make` alone does what CI does.
python ?= python3.11
bin := .venv/bin

ci: lint test

setup: .venv/installed            ## install what the lock file names, hashes checked

demo: setup                       ## the bundled sample, from feed to a table of stories
	@$(bin)/qantar demo

up: setup                         ## Airflow with our DAGs and the embedded warehouse, until Ctrl-C
	@$(bin)/qantar up

test: setup                       ## every test; nothing reaches beyond loopback
	@$(bin)/pytest --quiet --numprocesses=auto --dist=worksteal

lint: setup                       ## ruff and mypy --strict
	@$(bin)/ruff check . && $(bin)/ruff format --check . && $(bin)/mypy

bench: setup                      ## ratios measured in one run on this machine
	@$(bin)/python -m tests.bench

env:                              ## secrets for docker-compose.yml, into .env
	@python3 docker/make_env.py

lock:                             ## resolve again after a change in pyproject.toml (needs uv)
	@uv pip compile --quiet --python-version 3.11 --universal --generate-hashes --no-emit-index-url --extra dev --extra scale --output-file requirements.lock pyproject.toml

.venv/installed: requirements.lock pyproject.toml
	@$$(command -v $(python) || command -v python3) -m venv --clear .venv
	@$(bin)/pip install --quiet --require-hashes --no-deps --requirement requirements.lock
	@$(bin)/pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.PHONY: ci setup demo up test lint bench env lock
