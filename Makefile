# Bifrost's commands. `make help` lists them. They need Python 3.11+ with venv, and make.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
LOCKS := server_config/requirements
ENVIRONMENT := sh server_config/environment.sh
DEMO := $(CURDIR)/.demo
ARTIFACTS := $(CURDIR)/.test-artifacts
BASIS := pyproject.toml bifrost_kernel/_version.py server_config/environment.sh

# Runs must not read or write a person's own Jupyter folders.
apart = IPYTHONDIR=$(1)/ipython JUPYTER_CONFIG_DIR=$(1)/jupyter/config \
	JUPYTER_DATA_DIR=$(1)/jupyter/data JUPYTER_RUNTIME_DIR=$(1)/jupyter/runtime \
	BIFROST_HOME=$(1)/home

PYTEST := $(BIN)/python -m pytest

.PHONY: help
help: ## list the commands
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# ---------------------------------------------------------------- for everybody

.PHONY: demo
demo: $(VENV)/.lab ## run the first hour on real prices; table, notebook and HTML in .demo/
	@mkdir -p $(DEMO)
	@$(call apart,$(DEMO)) $(BIN)/python server_config/demo.py $(DEMO)

.PHONY: lab
lab: $(VENV)/.lab ## open JupyterLab with the Bifrost kernel on the first hour
	@JUPYTER_CONFIG_PATH=$(CURDIR)/server_config JUPYTER_PATH=$(CURDIR)/server_config $(BIN)/jupyter lab notebooks/first_hour.ipynb

.PHONY: dashboards
dashboards: $(VENV)/.lab ## serve the dashboards with Voila on this machine only
	@JUPYTER_CONFIG_PATH=$(CURDIR)/server_config JUPYTER_PATH=$(CURDIR)/server_config $(BIN)/voila dashboards

# ---------------------------------------------------------------- for developers

.PHONY: test
test: lint test-unit test-integration test-e2e ## everything that CI runs

.PHONY: lint
lint: $(VENV)/.dev ## style, types, import contracts, docstrings
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/interrogate --quiet bifrost_kernel

.PHONY: test-unit
test-unit: $(VENV)/.dev ## unit, property, golden, contract, architecture and doc tests
	$(PYTEST) -n 2 --dist loadfile tests/unit tests/property tests/golden tests/contract tests/architecture
	$(PYTEST) --doctest-modules bifrost_kernel

.PHONY: test-integration
test-integration: $(VENV)/.dev ## the parts together, and every notebook
	$(PYTEST) -n 2 --dist loadfile tests/integration
	@rm -rf $(ARTIFACTS)/notebooks && mkdir -p $(ARTIFACTS)/notebooks
	$(call apart,$(ARTIFACTS)/notebooks) $(PYTEST) --nbval-lax --nbval-kernel-name bifrost \
		notebooks dashboards

.PHONY: test-e2e
test-e2e: $(VENV)/.dev ## a real browser on JupyterLab, Voila and the saved pages
	@if browser=$$($(ENVIRONMENT) chromium); then \
		BIFROST_CHROMIUM=$$browser $(PYTEST) tests/e2e; \
	elif [ -n "$${CI:-}" ]; then \
		echo "error: the browser tests need Chromium and it could not be installed" >&2; exit 1; \
	else \
		echo "##########################################################################" >&2; \
		echo "# BROWSER TESTS SKIPPED: no Chromium here, and no right to install one.  #" >&2; \
		echo "# Install chromium or google-chrome and run: make test-e2e                #" >&2; \
		echo "##########################################################################" >&2; \
	fi

.PHONY: format
format: $(VENV)/.dev ## put code and notebooks into shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/nbstripout --keep-id notebooks/*.ipynb notebooks/*/*.ipynb dashboards/*.ipynb

.PHONY: bench
bench: $(VENV)/.dev .bench/.peers ## speed and memory, beside other libraries, measured here and now
	@$(BIN)/python -m tests.benchmarks

.PHONY: fuzz
fuzz: $(VENV)/.dev ## 20,000 drawn cases of every simulator against Backtrader; CASES=n for more
	@$(BIN)/python -m tests.fuzz $(CASES)

.PHONY: lock
lock: ## choose new versions and write the locked sets
	@$(ENVIRONMENT) lock

.PHONY: clean
clean: ## remove what these commands made, environments too
	rm -rf $(VENV) .bench .demo .test-artifacts .mypy_cache .ruff_cache .pytest_cache .hypothesis \
		.import_linter_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# ---------------------------------------------------------------- what is installed

$(VENV)/.lab: $(LOCKS)/lab.txt $(BASIS)
	@$(ENVIRONMENT) install lab
	@touch $@

$(VENV)/.dev: $(LOCKS)/dev.txt $(BASIS)
	@$(ENVIRONMENT) install dev
	@touch $@

.bench/.peers: $(LOCKS)/bench.txt server_config/environment.sh
	@$(ENVIRONMENT) install bench
	@touch $@
