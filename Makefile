# Every target installs its requirements; a new machine needs only Python (3.11 to 3.14) and make.
.DEFAULT_GOAL := help
SHELL := /bin/sh

# The first supported Python of this list; to choose another: make test PYTHON=python3.13
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python3.14 python; do \
  $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null && echo $$p && break; done)
VERSION := $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)
VENV := .venv/$(VERSION)
BIN := $(VENV)/bin

# The architecture of the function, x86_64 or arm64; the stack's parameter Architecture must be the same.
ARCHITECTURE ?= x86_64
SAM_CLI_TELEMETRY ?= 0
export ARCHITECTURE SAM_CLI_TELEMETRY

# Tools, each in its own environment .venv/NAME, so that their pins do not conflict with ours.
sam := aws-sam-cli==1.170.0 cfn-lint==1.58.0
checkov := checkov==3.3.30
lock := uv==0.13.9
audit := pip-audit==2.10.1
hooks := pre-commit==4.7.0
docs := mkdocs==1.6.1 mkdocs-material==9.8.2 pymdown-extensions==13.1.2
bench := -r bench/requirements-plots.txt
datahub := -r bench/requirements-datahub.txt
build := $(shell grep -E '^(pydantic|PyYAML)==' requirements.txt)

.PHONY: help demo serve invoke sam show put rm table connector test readme docs soak bench check lint hooks format build \
  build-ConnectorFunction eventbridge arrival vendor screenshots lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/ready ## show the connector at work on sample data; with the lineage page until Ctrl-C: make demo KEEP=1
	@$(BIN)/python -m local demo $(if $(KEEP),--keep) $(ARGS)

serve: $(VENV)/ready ## serve a local catalog and S3 until Ctrl-C; your own: make serve ROUTES=my-routes.yaml
	@$(BIN)/python -m local serve $(if $(ROUTES),--routes "$(ROUTES)") $(ARGS)

invoke: $(VENV)/ready ## invoke the handler with a sample event: make invoke EVENT=events/put.json
	@test -n "$(EVENT)" || { echo "make: give the event: make invoke EVENT=events/put.json" >&2; exit 1; }
	@$(BIN)/python -m local invoke "$(EVENT)"

sam: $(VENV)/ready ## run the built function in Lambda's container, with Docker: make sam EVENT=events/put.json
	@test -n "$(EVENT)" || { echo "make: give the event: make sam EVENT=events/put.json" >&2; exit 1; }
	@$(BIN)/python -m local sam "$(EVENT)"

show: $(VENV)/ready ## draw the lineage in the catalog of make serve: make show URL=s3://bucket/prefix
	@$(BIN)/python -m local show $(if $(URL),"$(URL)")

put: $(VENV)/ready ## upload a file to the S3 of make serve: make put FILE=orders.csv URL=s3://bucket/key
	@test -n "$(FILE)" -a -n "$(URL)" || { echo "make: give both: make put FILE=orders.csv URL=s3://bucket/key" >&2; exit 1; }
	@$(BIN)/python -m local put "$(FILE)" "$(URL)"

rm: $(VENV)/ready ## delete an object from the S3 of make serve: make rm URL=s3://bucket/key
	@test -n "$(URL)" || { echo "make: give the object: make rm URL=s3://bucket/key" >&2; exit 1; }
	@$(BIN)/python -m local rm "$(URL)"

table: $(VENV)/ready ## make a table in the catalog of make serve: make table NAME=default/postgres/… CSV=orders.csv
	@test -n "$(NAME)" -a -n "$(CSV)" || { echo "make: give both: make table NAME=default/postgres/… CSV=orders.csv" >&2; exit 1; }
	@$(BIN)/python -m local table "$(NAME)" --csv "$(CSV)"

connector: $(VENV)/ready ## run a command of the connector: make connector ARGS="sweep s3://bucket/prefix"
	@$(BIN)/python -m connector $(ARGS)

test: $(VENV)/ready ## run all tests, and check the coverage of the connector and of the local catalog
	@$(BIN)/python -m pytest -n 2 --dist loadscope --cov --cov-report=
	@$(BIN)/python -m coverage report --include="connector/*,handler.py" --fail-under=100
	@$(BIN)/python -m coverage report --include="local/catalog/*" --fail-under=95

soak: $(VENV)/ready ## run the long random tests: sequences, kills, faults, fuzz, simulation; about two hours
	@SOAK=1 $(BIN)/python -m pytest -n 2 --dist loadscope tests/contract/test_model.py tests/contract/test_kill.py tests/simulation \
	  tests/integration/test_fuzz.py tests/integration/test_matrix.py tests/integration/test_wrong.py tests/integration/test_large.py \
	  tests/integration/test_sweep.py tests/unit/test_scale.py tests/workers
	@$(BIN)/python -m tests.simulation --seeds 100000

readme: $(VENV)/ready ## follow the README in a new clone, with what needs no AWS account
	@$(BIN)/python -m tests.e2e.readme --venv .venv

docs: .venv/docs/ready ## build the documentation as a site, build/docs; a link that leads nowhere is an error
	@NO_MKDOCS_2_WARNING=1 .venv/docs/bin/mkdocs build --quiet
	@echo "Built the documentation: build/docs/index.html"

bench: $(VENV)/ready .venv/bench/ready .venv/datahub/ready .venv/lambda/ready .venv/build/ready .venv/sam/ready ## measure the connector, in half an hour; one part: make bench PART=burst
	@$(BIN)/python -m bench $(PART) $(if $(SCALE),--$(SCALE))

check: lint .venv/sam/ready .venv/checkov/ready .venv/audit/ready ## run lint, check the stack's template, audit the locked requirements
	@.venv/sam/bin/sam validate --lint
	@.venv/sam/bin/cfn-lint template.yaml --regions us-east-1 us-gov-west-1 cn-north-1
	@.venv/checkov/bin/checkov --file template.yaml --framework cloudformation --quiet --compact --skip-download
	@$(BIN)/python tools/audit.py .venv/audit/bin/pip-audit requirements.lock

lint: $(VENV)/ready ## check style, format, types and layers
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

build: .venv/sam/ready ## build the artifact for Lambda in .aws-sam/build; for arm64: make build ARCHITECTURE=arm64
	@.venv/sam/bin/sam build

build-ConnectorFunction: .venv/build/ready  # called by sam build, which sets ARTIFACTS_DIR
	@.venv/build/bin/python tools/artifact.py "$(ARTIFACTS_DIR)" "$(ARCHITECTURE)"

eventbridge: .venv/sam/ready ## switch EventBridge on or off for an existing bucket: make eventbridge BUCKET=acme-exports TURN=on
	@.venv/sam/bin/python -m tools.eventbridge "$(BUCKET)" $(TURN) $(if $(QUEUE),--queue "$(QUEUE)")

STACK ?= atlan-s3-connector
arrival: .venv/sam/ready ## tell whether notifications reach the function: make arrival STACK=atlan-s3-connector BUCKET=acme-exports
	@.venv/sam/bin/python -m tools.arrival "$(STACK)" $(BUCKET) $(if $(WAIT),--seconds "$(WAIT)")

vendor: $(VENV)/ready ## fetch the libraries of the lineage page by npm, as local/page/files/vendor.json names them
	@$(BIN)/python -m tools.vendor

screenshots: $(VENV)/ready ## take the pictures of the lineage page in docs/ again, with Chromium
	@$(BIN)/python -m tests.page.screenshots

lock: .venv/lock/ready ## pin requirements.txt and all its dependencies, with hashes
	@.venv/lock/bin/uv pip compile --quiet --python-version 3.13 --python-platform linux --generate-hashes --no-annotate \
	  --custom-compile-command "make lock" --output-file requirements.lock requirements.txt

clean: ## remove everything that make created
	rm -rf .venv .aws-sam build dist *.egg-info .coverage .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache

$(VENV)/ready: requirements.txt requirements-dev.txt
	@test -n "$(VERSION)" || { echo "make: no Python 3.11 to 3.14 found; install one, or give its path: make PYTHON=/path/to/python" >&2; exit 1; }
	@echo "Setting up $(VENV) ..."
	@$(PYTHON) -m venv $(VENV) || { echo "make: $(PYTHON) has no venv; on Debian: apt-get install python3-venv" >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

.venv/build/ready: requirements.txt
.venv/bench/ready: bench/requirements-plots.txt
.venv/datahub/ready: bench/requirements-datahub.txt

# The artifact's own Python; on a machine without it, make bench does all but the cold start.
.venv/lambda/ready: bench/requirements-lambda.txt
	@echo "Setting up .venv/lambda ..."
	@PYENV_VERSION=3.13 python3.13 -m venv .venv/lambda && \
	  .venv/lambda/bin/python -m pip install --quiet --disable-pip-version-check -r $< && touch $@ || \
	  echo "make: no Python 3.13 on this machine, so the cold start is not measured" >&2

.venv/%/ready: Makefile
	@echo "Setting up .venv/$* ..."
	@$(PYTHON) -m venv .venv/$*
	@.venv/$*/bin/python -m pip install --quiet --disable-pip-version-check pip $($*)
	@touch $@
