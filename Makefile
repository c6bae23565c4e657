# Every target sets up what it needs; on a fresh machine Python (3.11 to 3.14) and make are enough.
.DEFAULT_GOAL := help
SHELL := /bin/sh

# The first of these that runs and is of a version we support; or name one: make test PYTHON=python3.13
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python3.14 python; do \
  $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null && echo $$p && break; done)
VERSION := $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)
VENV := .venv/$(VERSION)
BIN := $(VENV)/bin

# The function's architecture, x86_64 or arm64; the stack has a parameter of the same name.
ARCHITECTURE ?= x86_64
SAM_CLI_TELEMETRY ?= 0
export ARCHITECTURE SAM_CLI_TELEMETRY

# Tools that have an environment each, .venv/NAME, so that their pins don't meet ours.
sam := aws-sam-cli==1.170.0 cfn-lint==1.58.0
checkov := checkov==3.3.30
lock := uv==0.13.9
audit := pip-audit==2.10.1
hooks := pre-commit==4.7.0

.PHONY: help demo test soak bench check lint hooks format build build-ConnectorFunction lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/ready ## the main job, start to end, on the embedded catalog
	@$(BIN)/python -m local demo

test: $(VENV)/ready ## all tests, with the coverage of the connector and of the local catalog
	@$(BIN)/python -m pytest -n 2 --dist loadscope --cov --cov-report=
	@$(BIN)/python -m coverage report --include="connector/*,handler.py" --fail-under=100
	@$(BIN)/python -m coverage report --include="local/catalog/*" --fail-under=95

soak: $(VENV)/ready ## the long runs: random sequences, kills, faults, fuzz, simulated histories; two hours or so
	@SOAK=1 $(BIN)/python -m pytest -n 2 --dist loadscope tests/contract/test_model.py tests/contract/test_kill.py tests/simulation \
	  tests/integration/test_fuzz.py tests/integration/test_matrix.py tests/workers
	@$(BIN)/python -m tests.simulation --seeds 100000

bench: $(VENV)/ready ## the benchmark of the embedded catalog
	@$(BIN)/python -m bench.catalog

check: lint .venv/sam/ready .venv/checkov/ready .venv/audit/ready ## lint, the stack, and known vulnerabilities of the lock
	@.venv/sam/bin/sam validate --lint
	@.venv/sam/bin/cfn-lint template.yaml
	@.venv/checkov/bin/checkov --file template.yaml --framework cloudformation --quiet --compact --skip-download
	@$(BIN)/python tools/audit.py .venv/audit/bin/pip-audit requirements.lock

lint: $(VENV)/ready ## style, format, types and layers
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m tools.pure

hooks: .venv/hooks/ready ## run make lint before each commit, by pre-commit
	@.venv/hooks/bin/pre-commit install

format: $(VENV)/ready ## format the code
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

build: .venv/sam/ready ## what runs in Lambda, into .aws-sam/build; for arm64: make build ARCHITECTURE=arm64
	@.venv/sam/bin/sam build

build-ConnectorFunction: .venv/build/ready  # called by sam build, which sets ARTIFACTS_DIR
	@.venv/build/bin/python tools/artifact.py "$(ARTIFACTS_DIR)" "$(ARCHITECTURE)"

lock: .venv/lock/ready ## pin all that requirements.txt brings, with hashes
	@.venv/lock/bin/uv pip compile --quiet --python-version 3.13 --python-platform linux --generate-hashes --no-annotate \
	  --custom-compile-command "make lock" --output-file requirements.lock requirements.txt

clean: ## remove what make made
	rm -rf .venv .aws-sam build dist *.egg-info .coverage .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache

$(VENV)/ready: requirements.txt requirements-dev.txt
	@test -n "$(VERSION)" || { echo "make: no Python 3.11 to 3.14 found; install one, or name it: make PYTHON=/path/to/python" >&2; exit 1; }
	@echo "Setting up $(VENV) ..."
	@$(PYTHON) -m venv $(VENV) || { echo "make: $(PYTHON) has no venv; on Debian: apt-get install python3-venv" >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

.venv/%/ready: Makefile
	@echo "Setting up .venv/$* ..."
	@$(PYTHON) -m venv .venv/$*
	@.venv/$*/bin/python -m pip install --quiet --disable-pip-version-check pip $($*)
	@touch $@
