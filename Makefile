# `make demo` and `make test` set up all they need, on a machine with Python 3.10 or newer and make alone.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
JOBS ?= auto

.PHONY: demo test lint lock clean

demo: $(STAMP)
	@$(BIN)/mmpctl demo

test: $(STAMP)
	@$(BIN)/python -m pytest -n $(JOBS)

lint: $(STAMP)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

# The environment is made anew whenever the lock or the project's metadata changes.
$(STAMP): requirements-dev.txt pyproject.toml
	@echo "Setting up $(VENV) (once; a minute or two) …"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "mmpctl needs Python 3.10 or newer: make PYTHON=python3.12 …")'
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# The lock holds for every Python from 3.10 on; `uv` is the one tool that this target expects to be there.
lock:
	uv pip compile --universal --python-version 3.10 --generate-hashes --no-emit-index-url --no-header --group dev pyproject.toml -o requirements-dev.txt

clean:
	rm -rf $(VENV) dist build .coverage .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
