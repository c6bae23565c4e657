# Every target sets up what it needs; on a fresh machine Python (3.11 to 3.14) and make are enough.
.DEFAULT_GOAL := help
SHELL := /bin/sh

# The first of these that runs and is of a version we support; or name one: make test PYTHON=python3.13
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python3.14 python; do \
  $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null && echo $$p && break; done)
VERSION := $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)
VENV := .venv/$(VERSION)
BIN := $(VENV)/bin

.PHONY: help demo test check format clean

help: ## what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/ready ## the main job, start to end, on the embedded catalog
	@$(BIN)/python -m local demo

test: $(VENV)/ready ## all tests, with the coverage of connector/
	@$(BIN)/python -m pytest -n 2 --dist loadscope --cov --cov-report=term

check: $(VENV)/ready ## lint, format, types, layers
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(VENV)/ready ## format the code
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

clean: ## remove what make made
	rm -rf .venv .coverage .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache

$(VENV)/ready: requirements.txt requirements-dev.txt
	@test -n "$(VERSION)" || { echo "make: no Python 3.11 to 3.14 found; install one, or name it: make PYTHON=/path/to/python" >&2; exit 1; }
	@echo "Setting up $(VENV) ..."
	@$(PYTHON) -m venv $(VENV) || { echo "make: $(PYTHON) has no venv; on Debian: apt-get install python3-venv" >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@
