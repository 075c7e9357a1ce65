# `make run` and `make test` need Python 3.11 or later and make; everything else they install into .venv.

VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo $$p; break; }; done)

# Bytecode is kept, whatever the environment says: else each command compiles anew all that it loads, and pytest
# rewrites every test before it runs one.
export PYTHONDONTWRITEBYTECODE :=

# Thousands of tests have a database each: in memory, where there is enough of it, they wait for no disk.
SCRATCH := $(shell [ -w /dev/shm ] && [ "$$(df -Pk /dev/shm | awk 'END {print $$4}')" -gt 4000000 ] && echo /dev/shm)

PIP := --disable-pip-version-check --no-input --progress-bar off --use-pep517
# What other programs have to say is kept, and shown only when they fail.
LOG := $(VENV)/setup.log
quietly = $(1) >>$(LOG) 2>&1 || { cat $(LOG) >&2; echo "setup: this did not work: $(1)" >&2; exit 1; }

.PHONY: run test test-more test-slow test-real simulate check setup lock catalogues bench bench-quick bench-full clean

run: setup            ## do the main job with the shipped config.toml
	@$(BIN)/solacefeed run
	@$(BIN)/solacefeed preview

# With STORES=both each story is told on SQLite and on PostgreSQL. Else one that is not about the store is told on one of
# them, of each module some on PostgreSQL, and the other telling is left to test-more.
STORES ?=
# One worker more than cores: a test of a daemon or of a lock waits for half of its time.
WORKERS = $$(($$(getconf _NPROCESSORS_ONLN) + 1))
on_every_core = $(if $(SCRATCH),TMPDIR=$(SCRATCH)) TEST_STORES=$(STORES) \
	$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist worksteal

test: setup           ## the main test suite, on every core
	@$(on_every_core)

test-more: setup      ## all stories and cases of which the main suite has but a sample, and what takes long
	@$(on_every_core) -m "more and not slow"

test-slow: setup      ## generated worlds, kill tests, servers, and all examples of laws
	@$(BIN)/python -m pytest -m slow

test-real: setup      ## the real WordPress and the real Postfix of ../shared/kit, a pair of them for each core
	@$(if $(SCRATCH),KIT_SCRATCH=$(SCRATCH)) $(BIN)/python -m pytest tests/real -m real --numprocesses auto --dist worksteal

# So many sites, from which seed on; docs/simulation.md.
SEEDS ?= 100
FROM ?= 1

simulate: setup       ## weeks of made-up sites, held to a model, on every core
	@$(if $(SCRATCH),TMPDIR=$(SCRATCH)) $(BIN)/python -m tests.simulation $(FROM) --seeds $(SEEDS) $(if $(PAGE),--page $(PAGE))

check: setup          ## ruff and mypy
	@$(BIN)/ruff check src tests benchmarks
	@$(BIN)/ruff format --check src tests benchmarks
	@$(BIN)/mypy

catalogues: setup     ## take new messages into the catalogues
	@$(BIN)/python -m tests.languages.updating

# What was found is kept there, as JSON and as a page with plots.
FOUND := var/benchmarks
measured = $(BIN)/python -m benchmarks $(1) $(SUITES) --json $(FOUND)/figures.json --page $(FOUND)/benchmarks.md

bench: setup          ## figures, each beside a peer in the same run: a quarter of an hour; SUITES="publish serve"
	@$(call measured,usual)

bench-quick: setup    ## the same with little of everything: two minutes
	@$(call measured,quick)

bench-full: setup     ## the same with the sizes beyond: some hours
	@$(call measured,full)

setup: $(READY)

$(READY): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "solacefeed needs Python 3.11 or later (set PYTHON=/path/to/python3)" >&2; exit 1; }
	@echo "setup: making $(VENV) with $(PYTHON)"
	@$(PYTHON) -m venv $(VENV)
	@echo "setup: installing $$(grep -c '^[a-z]' requirements.lock) packages into it, which takes from half a minute to a few"
	@$(call quietly,$(BIN)/python -m pip install $(PIP) --require-hashes -r requirements.lock)
	@$(call quietly,$(BIN)/python -m pip install $(PIP) --no-deps --no-build-isolation -e .)
	@$(call quietly,$(BIN)/python -m compileall -q src/solacefeed)
	@echo "setup: done"
	@touch $@

lock:                 ## make requirements.lock anew (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate \
		--extra dev -o requirements.lock pyproject.toml

clean:                ## remove what the commands above made
	rm -rf $(VENV) var .mypy_cache .ruff_cache .pytest_cache
	find src tests benchmarks -name __pycache__ -prune -exec rm -rf {} +
	find feeds -mindepth 1 ! -name .gitkeep -delete
