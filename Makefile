PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
INPUTS := setup.cfg pyproject.toml

.DEFAULT_GOAL := help
.PHONY: help run test check format docs bench wheel clean

help: ## Show what can be made
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1|\2/' | column -t -s '|' 2>/dev/null || \
		grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST)

run: $(VENV)/.ready ## Serve a PBX with demo data on 127.0.0.1:8088 (PORT=0 picks a free port)
	@exec $(BIN)/pbx-emulator serve --access-log - $(if $(PORT),--port $(PORT))

test: $(VENV)/.ready-test ## Run the tests (DATABASE=postgres runs both dialects' on PostgreSQL)
	@$(if $(DATABASE),TEST_DATABASE=$(DATABASE)) $(BIN)/python -m pytest $(ARGS)

check: $(VENV)/.ready-test ## Lint, format and types, as CI does; how much is emulated
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/pbx-emulator routes --count

format: $(VENV)/.ready-test ## Put the code into the project's format
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

docs: $(VENV)/.ready-test ## Write the documents that are made from tables anew
	@UPDATE_DOCS=1 $(BIN)/python -m pytest tests/test_docs.py tests/pbx/test_seed_document.py tests/test_examples.py

bench: $(VENV)/.ready-bench ## Measure (ROWS=1000000; PEERS=1 also measures other tools, from npm and pip)
	@$(BIN)/python -m benchmarks $(if $(ROWS),--rows $(ROWS)) $(if $(PEERS),--peers)

wheel: $(VENV)/.ready-test ## Build the wheel into dist/
	@rm -rf build
	@$(BIN)/python -m build --quiet --wheel

clean: ## Remove what was made, but for the PBX's data in instance/
	@rm -rf $(VENV) build dist *.egg-info benchmarks/out .hypothesis .mypy_cache .ruff_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Set-up is repeated only when what it depends on has changed.
$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed: make PYTHON=python3.11 ...")'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.ready: $(INPUTS) | $(VENV)/bin/python
	@echo "Setting up $(VENV) ..."
	@$(PIP) -e .
	@touch $@

$(VENV)/.ready-test: $(INPUTS) | $(VENV)/bin/python
	@echo "Setting up $(VENV) with what the tests need ..."
	@$(PIP) -e '.[test]'
	@touch $@ $(VENV)/.ready

$(VENV)/.ready-bench: $(INPUTS) | $(VENV)/bin/python
	@echo "Setting up $(VENV) with what the bench needs ..."
	@$(PIP) -e '.[bench]'
	@touch $@ $(VENV)/.ready
