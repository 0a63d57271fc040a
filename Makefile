# The only two commands that a reader needs: `make demo` and `make test`. Both set everything up by themselves.

VENV  := .venv
PY    := $(VENV)/bin/python
STAMP := $(VENV)/.stamp
ARGS  ?=
# Tests run in parallel, on no more than four processes: they start git and flowctl, which want cores of their own. A
# process that has nothing left to do takes tests from the others: slow ones stand side by side.
PYTEST := $(PY) -m pytest -q -n auto --maxprocesses=4 --dist worksteal

.DEFAULT_GOAL := help
.PHONY: help demo test test-system check bench docs fmt clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: $(STAMP) ## Play a routing week, a hotfix and a rollback on a fresh workspace in demo/
	@$(PY) tools/play.py docs/week.md --into demo

test: $(STAMP) ## Run all tests but those that need system packages
	@$(PYTEST) -m "not system" --hypothesis-profile=ci $(ARGS)

test-system: $(STAMP) ## Run the tests that need system packages (.ci/run installs those)
	@$(PY) -m pytest -q -m system $(ARGS); status=$$?; \
	if [ $$status -eq 5 ]; then echo "No test is marked 'system': nothing here needs a system package yet."; exit 0; fi; \
	exit $$status

check: $(STAMP) ## The developer's loop, under a minute: format, lint, types, fast tests, generated docs
	@$(PY) -m ruff format --check . || { echo "make fmt formats these files"; exit 1; }
	@$(PY) -m ruff check --quiet .
	@$(PY) -m mypy
	@$(PYTEST) -m "not system and not slow" --hypothesis-profile=fast $(ARGS)
	@$(PY) tools/gendocs.py --check
	@$(PY) tools/handbook.py --check

bench: $(STAMP) ## Print the speed table: ratios measured in one run, against their bars
	@$(PY) -m benchmarks $(ARGS)

docs: $(STAMP) ## Write the generated pages of docs/ anew
	@$(PY) tools/gendocs.py
	@$(PY) tools/handbook.py

fmt: $(STAMP) ## Format the code and mend what the linter can
	@$(PY) -m ruff check --fix --quiet . ; $(PY) -m ruff format --quiet .

clean: ## Remove what the other targets made, but the virtual environment
	@[ ! -e demo/.play ] || rm -rf demo
	@rm -rf dist build .hypothesis .mypy_cache .pytest_cache .ruff_cache
	@find . -name __pycache__ -type d -not -path './$(VENV)/*' -prune -exec rm -rf {} +

# What builds comes first, pinned like the rest, so that installing flowctl itself downloads nothing unpinned; and when
# all is there already, pip finds it without a network. hatchling builds flowctl, setuptools pyspark, which has no wheel.
$(STAMP): pyproject.toml constraints.txt tools/python.sh
	@[ -x $(PY) ] || echo "Setting up $(VENV): a minute, the first time"
	@$(PY) -m pip --version >/dev/null 2>&1 || sh tools/python.sh -m venv --clear $(VENV)
	@$(PY) -m pip install --quiet --disable-pip-version-check -c constraints.txt hatchling setuptools
	@$(PY) -m pip install --quiet --disable-pip-version-check -c constraints.txt --no-build-isolation -e '.[dev]'
	@touch $@
