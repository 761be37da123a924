# Everything a developer or a newcomer types. `make` alone lists it.
#
# Needs Python 3.11 or newer and make. The rest is installed below .venv in this folder, from requirements.lock.

.DEFAULT_GOAL := help
.PHONY: help setup demo up down test bad-data lint format types imports bench bench-matching pages pictures prove prove-short lock clean

# The first Python on the PATH that is new enough; `make PYTHON=/path/to/python3.12 …` chooses another one.
NEW_ENOUGH := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 15))
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3.14 python3 python; do \
	"$$p" -c '$(NEW_ENOUGH)' 2>/dev/null && command -v "$$p" && break; done)

VENV  := .venv
BIN   := $(VENV)/bin
STAMP := $(VENV)/.installed-from-lock
UV    := uv==0.13.9

# Nothing of this project lives in, or is read from, the home folder.
export AIRFLOW_HOME ?= $(CURDIR)/.run/tools
export AIRFLOW__CORE__LOAD_EXAMPLES ?= False

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP)  ## install what the lock file names below .venv (the other targets do it by themselves)

$(STAMP): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed, and none was found: install one, or name it with PYTHON=/path/to/python3."; exit 1; }
	@"$(PYTHON)" -c '$(NEW_ENOUGH)' || { echo "Python 3.11 to 3.14 is needed, and $(PYTHON) is $$("$(PYTHON)" -V 2>&1): name another one with PYTHON=/path/to/python3."; exit 1; }
	@"$(PYTHON)" -c 'import venv, ensurepip' 2>/dev/null || { echo "$(PYTHON) comes without its venv module: install it (on Debian and Ubuntu the package python3-venv), then try again."; exit 1; }
	@"$(PYTHON)" demo/install.py --venv $(VENV) --lock requirements.lock --stamp $(STAMP)

demo: $(STAMP)  ## the whole way once, with nobody at the keyboard: sandbox, Airflow, reports, approvals, purchase orders
	@$(BIN)/python -m demo run

up: $(STAMP)  ## start the same and leave it running; prints address, users and passwords
	@$(BIN)/python -m demo up

down: $(STAMP)  ## end what `make up` started
	@$(BIN)/python -m demo down

# Two workers, a file to each: half of the time goes into waiting for processes that the tests start. The longest files
# come first (tests/conftest.py), or one worker would end with nothing to do beside them.
test: $(STAMP)  ## all tests; ARGS="-k matching" passes words on to pytest
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

bad-data: $(STAMP)  ## 5,000 damaged orders and answers; `make test` takes a tenth of them
	@NUORDER_POS_PROPERTY_FACTOR=1 $(BIN)/python -m pytest -n 2 --dist load tests/properties $(ARGS)

lint: $(STAMP)  ## style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(STAMP)  ## bring the code into that style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(STAMP)  ## type check, strict
	$(BIN)/mypy

imports: $(STAMP)  ## the direction of imports between the rooms
	$(BIN)/lint-imports --no-cache

bench: $(STAMP)  ## figures: drips, seconds, parse time
	@$(BIN)/python -m bench

bench-matching: $(STAMP)  ## how good matching is, on labelled cases; ARGS="--seed 2", ARGS=--speed: how fast
	@PYTHONPATH=plugins:. $(BIN)/python -m bench.matching $(ARGS)

pages: $(STAMP)  ## what `make test` leaves out of the desk in a browser: every page, light, dark, narrow, by keyboard
	@NUORDER_POS_TEST_PAGES=all $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m thorough tests/browser tests/web $(ARGS)

pictures: $(STAMP)  ## pictures of the merchant's desk in every state, into docs/images; needs Chromium
	@PYTHONPATH=plugins:.:tests $(BIN)/python -m pictures $(ARGS)

SEEDS ?= 10000

prove: $(STAMP)  ## exactly once, proven: crashes, pairs of crashes, SEEDS=10000 stories; takes hours
	@PYTHONPATH=plugins:.:tests $(BIN)/python -m prove --json .run/prove.json all --seeds $(SEEDS)

prove-short: $(STAMP)  ## the part of it that CI runs: some minutes
	@PYTHONPATH=plugins:.:tests $(BIN)/python -m prove --json .run/prove-short.json ci

# One resolution for Python 3.11 to 3.14 with markers, every file by its hash. The second lock is the part of it that
# goes into the image.
lock: $(STAMP)  ## resolve pyproject.toml anew into the two lock files (--upgrade is in LOCK_ARGS)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(UV)
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--custom-compile-command "make lock" --extra dev --output-file requirements.lock $(LOCK_ARGS) pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--custom-compile-command "make lock" --extra deploy --constraint requirements.lock \
		--output-file requirements-deploy.lock pyproject.toml

clean:  ## remove what was installed and what runs left behind
	rm -rf $(VENV) .run .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
