# Each target is one line that a person could type. `make demo` and `make test` do all the set-up on a fresh machine.
.DEFAULT_GOAL := help
.PHONY: help setup demo up test check fuzz eval bench chaos lock docs clean
PYTHON ?= python3
UV := $(shell command -v uv || echo .tools/bin/uv)
RUN := .venv/bin

help:  ## what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

.tools/bin/uv:
	@$(PYTHON) -m pip install -qq --disable-pip-version-check --root-user-action ignore --target .tools uv

.venv/ready: requirements.lock pyproject.toml | $(filter .tools/bin/uv,$(UV))
	@$(UV) venv --quiet --allow-existing --python '>=3.11' .venv
	@$(UV) pip sync --quiet --python .venv --require-hashes requirements.lock
	@$(UV) pip install --quiet --python .venv --no-deps --no-build-isolation --offline --editable .
	@touch $@

setup: .venv/ready  ## install everything into .venv

demo: setup  ## read the sample article, from submission to reading
	@$(RUN)/detente demo

up: setup  ## run a whole system here: Redis, worker, beat, Flower
	@$(RUN)/detente up

test: setup  ## run all tests
	@$(RUN)/python -m pytest

check: setup  ## formatting, types, who imports whom
	@$(RUN)/ruff check . && $(RUN)/mypy && $(RUN)/lint-imports --no-cache

fuzz: setup  ## try the HTTP API with thousands of requests, odd and wrong ones
	@DETENTE_FUZZ_EXAMPLES=300 $(RUN)/python -m pytest tests/web/test_fuzz.py

eval: setup  ## quality of the readings, beside that of other systems
	@$(RUN)/python -m benchmarks.quality

bench: setup  ## speed of the reading, stage by stage
	@$(RUN)/python -m benchmarks.speed.reading

chaos: setup  ## 5,000 jobs under faults, in detente and in plain Celery
	@$(RUN)/python -m benchmarks.chaos

docs: setup  ## write the generated pages of docs/
	@$(RUN)/python -m docs.generate

lock: setup  ## resolve requirements.lock anew
	@$(UV) pip compile pyproject.toml --all-extras --group dev --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-annotate --upgrade --output-file requirements.lock

clean:  ## remove what was installed here
	@rm -rf .venv .tools .cache .mypy_cache .pytest_cache .ruff_cache
