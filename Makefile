# `make` says what there is. Everything happens in .venv; nothing else of the machine is
# touched, but that `make test` installs a browser where there is none.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup run demo test check style types pytest browser fix migration constraints

# Debian and Ubuntu build their Python with all optimizations, which one from elsewhere on the
# path may lack; it comes first where it is new enough and can make environments.
GOOD := import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell /usr/bin/python3 -c '$(GOOD)' 2>/dev/null && echo /usr/bin/python3 || echo python3)
BIN := .venv/bin
# What was compiled is kept for the next process, whatever else the surroundings want.
export PYTHONDONTWRITEBYTECODE :=
PIP := $(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt

# Everything in these has a test for every branch; the rest may leave a few out.
FULLY_TESTED := market/core/*,market/*/services.py,market/*/services/*,market/*/queries.py,market/*/queries/*

help:  ## say what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' Makefile

run: .venv/.run  ## the shop at http://127.0.0.1:8000 (PORT, DATABASE_URL, MARKET_DEMO=0 are respected)
	@$(BIN)/python -m market serve

demo: .venv/.run  ## load the plan and the demonstration world into an empty database
	@$(BIN)/python -m market demo

setup: .venv/.dev  ## everything that is needed to work on the shop

test: style browser  ## everything: checks, and all tests on SQLite and on PostgreSQL
	@$(MAKE) --no-print-directory --jobs=2 types pytest

check: style types  ## the quick part: style, types, directions of imports, pins, vendored files

style: setup
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports --no-logo
	$(BIN)/pip --disable-pip-version-check check
	$(BIN)/python frontend/vendor.py --check

types: setup
	$(BIN)/mypy

# tests/measuring.py says which tests are measured.
pytest: setup
	$(BIN)/coverage erase
	MARKET_TEST_DB=sqlite $(BIN)/coverage run -m pytest -n auto
	MARKET_TEST_DB=postgres $(BIN)/coverage run -m pytest -n auto
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --fail-under=95
	$(BIN)/coverage report --include='$(FULLY_TESTED)' --fail-under=100

browser: setup
	@.ci/browser

fix: setup  ## sort, format, and mend what can be mended by itself
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

migration: setup  ## write a revision from the models: make migration m="add fair to order"
	@[ -n "$(m)" ] || { echo 'Say what it does: make migration m="add fair to order"' >&2; exit 2; }
	@home=$$(mktemp -d); trap 'rm -r "$$home"' EXIT; \
	export MARKET_HOME=$$home DATABASE_URL=sqlite:///$$home/market.sqlite PATH="$$PWD/$(BIN):$$PATH"; \
	alembic upgrade head; \
	alembic revision --autogenerate -m "$(m)"

constraints: setup  ## pin every dependency anew (needs uv)
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --upgrade \
		--no-header --no-annotate --quiet --output-file constraints.txt

.venv/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed; name it: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
		|| { echo "Python's venv is missing. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv .venv

.venv/.run: .venv/bin/pip pyproject.toml constraints.txt
	$(PIP) --editable .
	@touch $@

.venv/.dev: .venv/bin/pip pyproject.toml constraints.txt
	$(PIP) --editable '.[dev]'
	@touch $@ .venv/.run
