# `make demo` and `make test` set up all they need, on a machine with Python 3.10 or newer and make alone.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
# Tests wait for devices most of the time: two cores take six of them at once.
JOBS ?= $(shell $(PYTHON) -c 'import os; print(4 + (os.cpu_count() or 2))')

.PHONY: demo test coverage prove lint lock clean

demo: $(STAMP)
	@$(BIN)/mmpctl demo

test: $(STAMP)
	@$(BIN)/python -m pytest -n $(JOBS) --dist worksteal

# Every branch of what decides about a cluster is taken by the cluster's own tests (a certificate's facts decide nothing).
coverage: $(STAMP)
	@$(BIN)/python -m pytest --no-header --cov=mmpctl.cluster --cov-branch --cov-report= \
		tests/cluster --ignore=tests/cluster/schedules
	@$(BIN)/coverage report --omit='*/cluster/certificate.py' --show-missing --skip-covered --fail-under=100

# Half an hour and more: what is too heavy for `make test`; writes docs/proof.md.
prove: $(STAMP)
	@$(BIN)/python -m tests.proof --jobs $(JOBS)

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
# Extras are written down: an older pip takes `coverage[toml]` for something else than the pinned `coverage`, and gets the
# newest one, which has no hash here.
lock:
	uv pip compile --universal --python-version 3.10 --generate-hashes --no-strip-extras --no-emit-index-url --no-header --group dev pyproject.toml -o requirements-dev.txt

clean:
	rm -rf $(VENV) dist build .coverage .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
