# Everything here starts from a machine that has only python3 (3.11 to 3.13) with its venv module.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test check docs benchmarks tables clean

demo: .venv/installed  ## Train on linear functions and sinusoids, and show error against shots
	$(BIN)/yingshe demo

test: check docs  ## All that must hold before a change lands
	$(BIN)/python -m pytest -n 2

check: .venv/installed-dev  ## Format, lint and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright

docs: .venv/installed-dev  ## Build the documentation, strictly
	$(BIN)/mkdocs build --strict --quiet

tables: .venv/installed  ## Write the results tables of the documents anew from benchmarks/results
	$(BIN)/python -m benchmarks.tables

clean:
	rm -rf .venv site

.venv/bin/python:
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --upgrade pip

.venv/installed: .venv/bin/python pyproject.toml
	$(BIN)/pip install --quiet --editable .
	touch $@

.venv/installed-dev: .venv/bin/python pyproject.toml
	$(BIN)/pip install --quiet --editable . --group dev
	touch .venv/installed $@
