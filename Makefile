# Every target sets itself up on a machine that has only git, make, Python >= 3.11 and a C compiler.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
JOBS ?= $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
DEMO_OUTPUT ?= demo
PIP_INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint .ci/constraints.txt

EXTRAS = imaging,deep,distributed,models,notebook,test,lint

# The pins are made for Python 3.11; another version takes what its own resolver finds within pyproject.toml's ranges,
# without torch, which has no builds for some versions; the tests that need it are then skipped.
ifneq ($(shell $(PYTHON) -c 'import sys; print(sys.version_info[:2] == (3, 11))' 2>/dev/null),True)
PIP_INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check
EXTRAS = imaging,distributed,models,notebook,test,lint
endif

.PHONY: help demo test lint bench docs schemas clean

help:
	@echo "make demo   the whole main job on a simulated cohort; prints the path of the report"
	@echo "make test   all tests (slow ones too)"
	@echo "make lint   ruff, mypy, import-linter"
	@echo "make bench  speed, side by side with what people use now"
	@echo "make docs   the manual, vignettes executed"

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "radiogenomics needs Python 3.11 or newer; found " + sys.version.split()[0] + ". Name another one: make PYTHON=python3.11 ...")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml .ci/constraints.txt | $(BIN)/python
	$(PIP_INSTALL) --editable '.[$(EXTRAS)]'
	@touch $@

$(VENV)/.installed-docs: $(VENV)/.installed
	$(PIP_INSTALL) --editable '.[imaging,docs]'
	@touch $@

demo: $(VENV)/.installed
	$(BIN)/radiogenomics demo --output $(DEMO_OUTPUT) --jobs $(JOBS)

test: $(VENV)/.installed
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile

lint: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.installed
	$(BIN)/python -m tests.benchmarks

docs: $(VENV)/.installed-docs
	$(BIN)/sphinx-build -W --keep-going -b html vignettes vignettes/_build/html

schemas: $(VENV)/.installed
	$(BIN)/radiogenomics schema --write data_schemas

clean:
	rm -rf $(VENV) $(DEMO_OUTPUT) vignettes/_build .pytest_cache .mypy_cache .ruff_cache
