# `make` says what there is. Everything happens in .venv; nothing else of the machine is
# touched, but that `make test` installs a browser where there is none.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup run demo test check pytest browser fix migration constraints

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

# Measuring doubles what a test takes. These walk through all pages or thousands of steps, long,
# and reach no line that the others don't; in a browser, the tracer and Playwright's greenlets hang
# each other besides. The longest stand first, so that no process waits for the other at the end.
UNMEASURED := tests/test_bad_input.py tests/browser/test_walk.py tests/payments/test_money_machine.py \
	tests/funds/test_fund_machine.py tests/browser tests/test_migrations.py tests/test_house_rules.py

# What only PostgreSQL does: its dialect, and people who really act at the same moment.
PROVEN_THERE := tests/core tests/test_races.py tests/payments/test_bank_import.py $(wildcard tests/*/test_*races.py)

help:  ## say what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' Makefile

run: .venv/.run  ## the shop at http://127.0.0.1:8000 (PORT, DATABASE_URL, MARKET_DEMO=0 are respected)
	@$(BIN)/python -m market serve

demo: .venv/.run  ## load the plan and the demonstration world into an empty database
	@$(BIN)/python -m market demo

setup: .venv/.dev  ## everything that is needed to work on the shop

test: check browser pytest  ## everything: checks, and all tests on SQLite and on PostgreSQL

check: setup  ## the quick part: style, types, directions of imports, pins, vendored files
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/pip --disable-pip-version-check check
	$(BIN)/python frontend/vendor.py --check

pytest: setup
	$(BIN)/coverage erase
	MARKET_TEST_DB=sqlite $(BIN)/coverage run -m pytest -n auto $(UNMEASURED:%=--ignore=%)
	MARKET_TEST_DB=postgres $(BIN)/coverage run -m pytest -n auto $(PROVEN_THERE)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --fail-under=95
	$(BIN)/coverage report --include='$(FULLY_TESTED)' --fail-under=100
	MARKET_TEST_DB=sqlite $(BIN)/pytest -n auto $(UNMEASURED)
	MARKET_TEST_DB=postgres $(BIN)/pytest -n auto $(UNMEASURED) tests $(addprefix --deselect=,$(PROVEN_THERE))

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
