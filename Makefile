# Everything here starts from a machine that has only python3 (3.11 to 3.13) with its venv module.
PYTHON ?= python3
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest -n 2

.PHONY: help demo test unit test-slow check check-fast lint types docs benchmarks pages coverage dist clean

help:  ## List the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: .venv/installed  ## Train on linear functions and sinusoids; show error by number of shots
	$(BIN)/yingshe demo

test: .venv/installed-dev  ## All that must hold before a change lands
	$(MAKE) --jobs=4 --output-sync=target lint types docs unit

unit: .venv/installed-dev  ## The tests that do not take long
	$(PYTEST) -m "not slow"

test-slow: .venv/installed-dev  ## The tests that take long; continuous integration runs them too
	$(PYTEST) -m slow

check: lint types  ## Format, lint and types

check-fast: check  ## The same, and unit tests of what changed since main
	$(BIN)/python tools/changed_tests.py | xargs -r $(PYTEST) -m "not slow"

lint: .venv/installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: .venv/installed-dev
	$(BIN)/pyright

docs: .venv/installed-dev  ## Build the documentation, strictly
	$(BIN)/mkdocs build --strict --quiet

benchmarks: .venv/installed-dev  ## List results that are out of date; re-run those under ten minutes
	$(BIN)/python -m benchmarks --stale --run

pages: .venv/installed-dev  ## Write benchmark pages, README rows and the command-line reference
	$(BIN)/python -m benchmarks pages
	$(BIN)/python tools/generate_reference.py

coverage: .venv/installed-dev  ## Measure which lines the tests reach
	$(PYTEST) --cov=yingshe --cov-report=term-missing:skip-covered

dist: .venv/installed-dev  ## Build sdist and wheel, and check both
	rm -rf dist
	$(BIN)/python -m build --outdir dist .
	$(BIN)/twine check --strict dist/*
	$(BIN)/python tools/check_dist.py dist

clean:
	rm -rf .venv .cache site dist

.venv/bin/python:
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --upgrade pip

.venv/installed: .venv/bin/python pyproject.toml
	$(BIN)/pip install --quiet --editable .
	touch $@

.venv/installed-dev: .venv/bin/python pyproject.toml
	$(BIN)/pip install --quiet --editable . --group dev
	touch .venv/installed $@
