# Everything a developer does, one word each. `make` alone lists it.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help env demo test interop lint format docs bench model clean

JOBS ?= 2
BIN := .venv/bin
EXTRAS := demo,codecs,normalize,n4,dask,fetch,train,tensorboard,jax,evaluate,test,lint,docs
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet -c constraints.txt

help: ## show this list
	@echo "make TARGET, where TARGET is one of"
	@sed -nE 's/^([a-z]+):[^#]*## (.*)/  \1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r name text; do printf '  %-8s %s\n' $$name "$$text"; done
	@echo "Variables: PYTHON=python3.12 (which Python makes .venv), JOBS=2 (test processes), DEMO=folder, ARGS='...' (for pytest)"

env: .venv/.stamp ## build .venv from constraints.txt, with all that demo, test, lint and docs need

# A stamp, so that the second time costs nothing; a changed pyproject.toml or constraints.txt brings .venv up to date.
.venv/.stamp: pyproject.toml constraints.txt
	@if ! $(BIN)/python -m pip --version >/dev/null 2>&1; then \
	    for python in $(PYTHON) python3.13 python3.12 python3.11 python3 python; do \
	        if $$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then found=$$python; break; fi; \
	    done; \
	    if [ -z "$${found:-}" ]; then \
	        echo "make env: needs Python 3.11, 3.12 or 3.13 and finds none. Install one, or name it: make env PYTHON=/path/to/python3.12" >&2; exit 1; \
	    fi; \
	    if ! $$found -c 'import ensurepip, venv' 2>/dev/null; then \
	        echo "make env: $$found cannot make environments (no venv or ensurepip). On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; \
	    fi; \
	    echo "make env: building .venv with $$($$found --version)"; \
	    $$found -m venv --clear .venv; \
	fi
	@# The build backends come first, from the same constraints, so that no build fetches its own. One requirement of
	@# mlcroissant comes as source alone and wants setuptools, which environments of Python 3.12 and later lack.
	$(PIP) hatchling editables setuptools
	$(PIP) --no-build-isolation -e '.[$(EXTRAS)]'
	@touch $@

.venv/.stamp-bench: .venv/.stamp
	$(PIP) --no-build-isolation -e '.[$(EXTRAS),bench]'
	@touch $@

DEMO ?= medcurate-demo
demo: env ## make a messy folder of generated brains in $(DEMO), a dataset of it, and say how well it went
	$(BIN)/medcurate demo --out $(DEMO)

BROWSERS := chromium chromium-browser google-chrome google-chrome-stable
test: env ## run all tests with coverage (ARGS='-k planes' to choose)
	@command -v $(BROWSERS) >/dev/null || echo "make test: no Chromium, so report.html is not tested in a browser. On Debian and Ubuntu: apt-get install chromium" >&2
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal --cov --cov-report=term $(ARGS)

# Libraries that are no dependency of ours have an environment of their own, from constraints of their own.
INTEROP := .venv-interop/bin/python
TOOLS := datasets torch torchvision pytest
.venv-interop/.stamp: pyproject.toml tests/interop/constraints.txt | .venv/.stamp
	$(BIN)/python -m venv --clear .venv-interop
	$(INTEROP) -m pip --disable-pip-version-check install --quiet -c tests/interop/constraints.txt hatchling editables
	$(INTEROP) -m pip --disable-pip-version-check install --quiet -c tests/interop/constraints.txt --no-build-isolation -e . $(TOOLS)
	@touch $@

interop: .venv-interop/.stamp ## test that libraries of others read our datasets, in an environment of its own
	$(INTEROP) -m pytest -m interop tests/interop $(ARGS)

lint: env ## check style, types and layers, and that every test can be read
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	@# A test that imports a name that is gone shows here, in half a minute, and not at the end of the whole suite.
	$(BIN)/python -m pytest --collect-only --quiet --quiet >/dev/null || $(BIN)/python -m pytest --collect-only --quiet

format: env ## rewrite the code in the project's format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: env ## build the documentation into site/, strictly
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

bench: .venv/.stamp-bench ## measure (installs the peers that figures stand beside)
	$(BIN)/python -m pytest benchmarks --benchmark-columns=min,median,max,rounds $(ARGS)

model: env ## rebuild the plane model that ships with the package
	$(BIN)/python -m tools.plane_training --data $${MEDCURATE_DATA:-../shared/data} $(ARGS)

clean: ## remove both environments and all that was built
	rm -rf .venv .venv-interop build dist site .coverage .coverage.* .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .benchmarks
