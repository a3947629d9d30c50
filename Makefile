# make demo: everything, on a simulated cohort with known truth. make test: the tests. Both install first.
SHELL := /bin/bash
PYTHON ?= python3
VENV ?= .venv
CORES ?= 2
BIN := $(VENV)/bin
export PATH := $(abspath $(BIN)):$(PATH)

.PHONY: install demo test lint format docs golden ptx ui clean

install: $(VENV)/.installed

$(VENV)/.installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; assert (3, 11) <= sys.version_info[:2] < (3, 14), "Python 3.11 to 3.13 is needed, this is " + sys.version.split()[0] + ": make PYTHON=python3.12 …"'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt torch
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $@

demo: install
	bash workflow/demo.sh demo $(CORES)

test: install
	$(BIN)/python -m pytest -n $(CORES) --dist loadgroup

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/snakefmt --check workflow
	$(BIN)/python docs/render.py --check

format: install
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/snakefmt workflow

docs: install
	$(BIN)/python docs/render.py
	$(BIN)/python -m oncoloom.project.schemas

golden: install
	ONCOLOOM_UPDATE_GOLDEN=1 $(BIN)/python -m pytest -q -k golden tests/unit

# CUDA kernels to PTX for sm_90, no card needed; its compilers are 830 MB and live in an environment of their own.
PTX_ENV ?= build/ptx-env

ptx: $(PTX_ENV)/.installed
	PYTHONPATH=src $(PTX_ENV)/bin/python benchmarks/compile_ptx.py --output build/ptx

$(PTX_ENV)/.installed: envs/gpu-ptx.txt
	test -x $(PTX_ENV)/bin/python || $(PYTHON) -m venv $(PTX_ENV)
	$(PTX_ENV)/bin/python -m pip install --quiet --disable-pip-version-check --requirement envs/gpu-ptx.txt
	touch $@

ui: install
	cd demo && oncoloom ui

clean:
	rm -rf demo build dist .pytest_cache .mypy_cache .ruff_cache
