# For GNU make 3.81 and up; the recipes for any POSIX shell.
SHELL := /bin/sh

# The Python to set up with; without it the first of python3.13, 3.12, 3.11, python3 that runs and is in range.
PYTHON ?=
# The virtual environment.
VENV ?= .venv
# Tests that run at a time: one more than there are cores, as many of them wait for a terminal or a server.
WORKERS ?= $$(($$(getconf _NPROCESSORS_ONLN) + 1))
# More arguments for what a target runs: make demo ARGS=--headless, make test ARGS='-k outbox'.
ARGS ?=
# Where the figures of `make bench` go.
JSON ?= bench-latest.json

PY = "$(VENV)/bin/python"
# Tests see no desktop session, no keyring, no settings of the user's, and the plainest locale.
TESTENV = env -u DBUS_SESSION_BUS_ADDRESS -u AGENTCONSOLE_HOME -u LC_ALL -u LC_CTYPE LANG=C \
	PYTHON_KEYRING_BACKEND=keyring.backends.fail.Keyring

.PHONY: help setup demo test lint lint-format lint-rules lint-types lint-layers check bench test-live screenshots lock check-lock clean
.NOTPARALLEL:

help:
	@echo "make demo         set up, start the embedded helpdesk and open the console (ARGS=--headless: without a screen)"
	@echo "make test         set up and run the tests (ARGS='-k outbox': some of them)"
	@echo "make check        format, lint, types, layers, tests"
	@echo "make bench        run the benchmarks; the figures go to $(JSON)"
	@echo "make test-live    run the tests against a real Request Tracker (on Debian; root installs its packages)"
	@echo "make screenshots  make the pictures in the documentation anew"
	@echo "make lock         write requirements*.txt anew (ARGS=--upgrade: with the newest versions)"
	@echo "make check-lock   download what is locked for every supported platform and Python"
	@echo "make clean        remove the environment, builds and caches"

setup:
	@PYTHON="$(PYTHON)" sh tools/setup.sh "$(VENV)"

demo: setup
	@"$(VENV)/bin/agentconsole" demo $(ARGS)

test: setup
	@$(TESTENV) $(PY) -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

# Targets of their own, so that `make -k check` runs all of them.
lint: lint-format lint-rules lint-types lint-layers

lint-format: setup
	@$(PY) -m ruff format --check .

lint-rules: setup
	@$(PY) -m ruff check .

lint-types: setup
	@$(PY) -m mypy

lint-layers: setup
	@"$(VENV)/bin/lint-imports"

check: lint test

bench: setup
	@$(PY) -m tests.benchmarks --json "$(JSON)" $(ARGS)

# AGENTCONSOLE_RT_FOLDER=DIR keeps the server's folder for the next run. pytest ends with 5 when it found no test.
test-live: setup
	@$(TESTENV) $(PY) -m pytest -q -m live $(ARGS); code=$$?; \
	if [ $$code -eq 5 ]; then echo "There are no live tests."; exit 0; fi; exit $$code

screenshots: setup
	@$(PY) -m tools.screenshots $(ARGS)

lock:
	@PYTHON="$(PYTHON)" sh tools/lock.sh $(ARGS)

check-lock: setup
	@$(PY) -m tools.check_lock $(ARGS)

clean:
	rm -rf .venv .venv.lock build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	rm -f bench-*.json snapshot_report.html
	find agentconsole tests tools -name __pycache__ -type d -prune -exec rm -rf {} +
