# The two commands a newcomer needs: `make run` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
DEV_STAMP := $(VENV)/.installed-dev

.PHONY: run test check format gate bench soak lock clean

run: $(STAMP)
	$(BIN)/fazhi read evals/reports --output out

test: check
	$(BIN)/pytest -m "not soak"

check: $(DEV_STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(DEV_STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

gate: $(DEV_STAMP)
	$(BIN)/fazhi-eval gate

bench: $(DEV_STAMP)
	$(BIN)/python -m bench

soak: $(DEV_STAMP)
	$(BIN)/pytest -m soak

lock: $(DEV_STAMP)
	$(BIN)/python .ci/lock.py

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(STAMP): pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "Installing pinned packages into .venv; this takes about a minute, once."
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	touch $(STAMP)

$(DEV_STAMP): pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[evals,export,dev]'
	touch $(STAMP) $(DEV_STAMP)

clean:
	rm -rf $(VENV) out runs build *.egg-info
