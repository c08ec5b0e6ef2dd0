# `make demo` and `make test` set up all they need, on a machine with Python 3.10 or newer and make alone.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
# Tests wait for devices most of the time: two cores take six of them at once.
JOBS ?= $(shell $(PYTHON) -c 'import os; print(4 + (os.cpu_count() or 2))')

# The tests start hundreds of processes that load the same modules: without bytecode, each of them compiles them anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test gate environments lowest neighbours matrix coverage prove bench bench-gate docs lint lock release clean

demo: $(STAMP)
	@$(BIN)/mmpctl demo

test: $(STAMP)
	@$(BIN)/python -m pytest -n $(JOBS) --dist worksteal -m "not gate"

# More of the same: all points of death, all faults, all switches, of which `make test` has some, and all examples of each
# property, of which it tries a quarter.
gate: $(STAMP)
	@$(BIN)/python -m pytest -n $(JOBS) --dist worksteal -m "gate or hypothesis"

# Further environments, each of its own lock and made anew when that changes. `.ci/run` has them made while tests wait.
LOWEST := build/lowest
NEIGHBOURS := build/neighbours
DOCS := build/docs
# Some of the tests with each of these interpreters that is there.
MATRIX ?= 3.10 3.11 3.12 3.13 3.14
environments: $(LOWEST)/.ready $(NEIGHBOURS)/.ready $(DOCS)/.ready $(STAMP)
	@$(BIN)/python -m tests.distribution.matrix --prepare $(MATRIX)

build/%/.ready: requirements-%.txt
	@$(PYTHON) -m venv --clear $(@D)
	@$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

# The package as it is now, into one of them.
define PACKAGE
rm -f $(1)/*.whl && \
$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir $(1) . && \
$(1)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --force-reinstall $(1)/*.whl
endef

# The oldest releases of the libraries that pyproject.toml allows, in an environment of their own: some of the tests of what
# talks to a library. Patterns are Python's own, whatever is installed, and how their cost grows is measured by `make test`.
lowest: $(STAMP) $(LOWEST)/.ready
	@$(call PACKAGE,$(LOWEST))
	@$(LOWEST)/bin/python -m pytest -n $(JOBS) --dist worksteal --no-header -m "not gate" \
		tests/device tests/inventory tests/certificates tests/history tests/reports/test_tables.py \
		tests/reports/audit/test_forms.py tests/cli/test_commands.py tests/cli/test_wrong.py tests/cli/test_renew.py \
		tests/runbooks/test_renew.py --ignore=tests/device/test_growth.py

# With the inventories, runners and processors of others, in an environment of their own.
neighbours: $(STAMP) $(NEIGHBOURS)/.ready
	@$(call PACKAGE,$(NEIGHBOURS))
	@MMPCTL_NEIGHBOURS=1 $(NEIGHBOURS)/bin/python -m pytest -n $(JOBS) --no-header tests/neighbours

# The interpreters that are not there are skipped, and told.
matrix: $(STAMP)
	@rm -f build/matrix/*.whl
	@$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir build/matrix .
	@$(BIN)/python -m tests.distribution.matrix --jobs $(JOBS) $(MATRIX)

# The documents as a site, in build/site: it can be read without a network. A link that leads nowhere is an error.
docs: $(DOCS)/.ready
	@NO_MKDOCS_2_WARNING=1 $(DOCS)/bin/python -m mkdocs --quiet build --strict --site-dir build/site
	@echo "the site is in build/site"

# Every branch of what decides about a cluster is taken by the cluster's own tests (a certificate's facts decide nothing): by
# cases that are written down, and not by chance.
coverage: $(STAMP)
	@$(BIN)/python -m pytest -n $(JOBS) --no-header -m "not gate and not hypothesis" \
		--cov=mmpctl.cluster --cov-branch --cov-report= tests/cluster --ignore=tests/cluster/schedules
	@$(BIN)/coverage report --omit='*/cluster/certificate.py' --show-missing --skip-covered --fail-under=100

# Half an hour and more: what is too heavy for `make test`; writes docs/proof.md.
prove: $(STAMP)
	@$(BIN)/python -m tests.proof --jobs $(JOBS)

# Speed beside others, as ratios: writes the table of docs/performance.md. It wants a machine with nothing else to do.
bench: $(STAMP)
	@$(BIN)/python -m benchmarks --write

# A few rounds of it: no ratio may be worse than twice its goal.
bench-gate: $(STAMP)
	@$(BIN)/python -m benchmarks --quick --gate

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

# The locks hold for every Python from 3.10 on; `uv` is the one tool that this target expects to be there:
#   requirements.txt             what users install: all that real servers need, `--history` included
#   requirements-dev.txt         that, the lab, what a broker needs, and the tools of development
#   requirements-lowest.txt      the oldest releases that pyproject.toml allows, for the tests with them
#   requirements-neighbours.txt  plugins of others, for the tests with them
#   requirements-test.txt        what the tests need and no more, for the tests with other interpreters
#   requirements-docs.txt        what builds the documents as a site
#   requirements-release.txt     what writes the list of parts of a release
# Extras are written down: an older pip takes `coverage[toml]` for something else than the pinned `coverage`, and gets the
# newest one, which has no hash here.
LOCK := uv pip compile --quiet --universal --python-version 3.10 --no-emit-index-url --no-header
PINS := $(LOCK) --generate-hashes --no-strip-extras
lock:
	$(PINS) --extra lab --extra history --extra reach --group dev pyproject.toml -o requirements-dev.txt
	$(PINS) --extra history --constraints requirements-dev.txt pyproject.toml -o requirements.txt
	$(LOCK) --resolution lowest-direct --extra lab --extra history --extra reach pyproject.toml -o .lowest.txt
	$(PINS) --extra lab --extra history --extra reach --group test --constraints .lowest.txt pyproject.toml -o requirements-lowest.txt
	rm .lowest.txt
	$(PINS) --extra lab --extra history --extra reach --group neighbours --constraints requirements-dev.txt pyproject.toml \
		-o requirements-neighbours.txt
	$(PINS) --extra lab --extra history --extra reach --group test --constraints requirements-dev.txt pyproject.toml -o requirements-test.txt
	$(PINS) --group pyproject.toml:docs -o requirements-docs.txt
	$(PINS) --group pyproject.toml:release -o requirements-release.txt

# The wheel is built from the sdist, as a packager would: what the sdist lacks, the wheel lacks. The list of parts (SBOM, in
# CycloneDX's form) is of an environment that has nothing in it but the wheel and requirements.txt.
RELEASE := build/release
release: $(STAMP)
	@rm -rf dist $(RELEASE)
	@mkdir -p $(RELEASE)
	@$(BIN)/python -m build --no-isolation --outdir dist . >$(RELEASE)/build.log 2>&1 || { cat $(RELEASE)/build.log; exit 1; }
	@$(PYTHON) -m venv $(RELEASE)/tools
	@$(RELEASE)/tools/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-release.txt
	@$(PYTHON) -m venv --without-pip $(RELEASE)/installed
	@$(BIN)/python -m pip --python $(RELEASE)/installed/bin/python install --quiet --disable-pip-version-check \
		--require-hashes -r requirements.txt
	@$(BIN)/python -m pip --python $(RELEASE)/installed/bin/python install --quiet --disable-pip-version-check --no-deps dist/*.whl
	@$(RELEASE)/tools/bin/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible \
		--output-file dist/mmpctl.cdx.json $(RELEASE)/installed/bin/python
	@cp requirements.txt dist/
	@cd dist && sha256sum * >SHA256SUMS

clean:
	rm -rf $(VENV) dist build .coverage .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
