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

.PHONY: help demo test lint bench docs wheel test-wheel schemas clean

help:
	@echo "make demo   the whole main job on a simulated cohort; prints the path of the report"
	@echo "make test   all tests (slow ones too)"
	@echo "make test-wheel   all tests of the built wheel instead of the sources"
	@echo "make wheel  dist/: wheel and source distribution"
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

wheel: $(VENV)/.installed
	rm -rf dist build/wheel
	$(BIN)/python -m build --outdir dist .
	$(PIP_INSTALL) --no-deps --target build/wheel dist/*.whl

# What users install is tested: the wheel shadows the sources, also in the processes that tests start. Without
# PYTHONSAFEPATH Python would put the checkout, and with it the sources, before both.
WHEEL_PATH = PYTHONSAFEPATH=1 PYTHONPATH="$(CURDIR)/build/wheel:$(CURDIR)"
test-wheel: wheel
	$(WHEEL_PATH) $(BIN)/python -c 'import radiogenomics; assert "/build/wheel/" in radiogenomics.__file__, radiogenomics.__file__'
	$(WHEEL_PATH) $(BIN)/python -m pytest -n $(JOBS) --dist loadfile

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
	rm -rf $(VENV) $(DEMO_OUTPUT) build dist vignettes/_build .pytest_cache .mypy_cache .ruff_cache
