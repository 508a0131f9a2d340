# Everything below needs only make and Python >= 3.11; the rest is installed into .venv, pinned by hash.
# Another Python beside it: make test PYTHON=/usr/bin/python3.13 VENV=.venv-3.13
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: run test check bench soak bursts fuzz screenshots test-real lock clean

run: $(VENV)/run.stamp
	$(BIN)/claw-tui

# Many tests wait for real processes, so that four at a time keep two cores busy.
test: $(VENV)/dev.stamp
	$(BIN)/python -m pytest -m "not real" --numprocesses 4 --dist loadgroup

check: $(VENV)/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test-real: $(VENV)/dev.stamp
	$(BIN)/python -m pytest -m real tests/real

bench: $(VENV)/dev.stamp
	$(BIN)/python -m bench

soak: MINUTES ?= 10
soak: $(VENV)/dev.stamp
	$(BIN)/python -m soak --minutes $(MINUTES) $(if $(SEED),--seed $(SEED)) $(if $(TRACE),--trace)

# Every pair of keys in each mode, or with KEYS=3 every triple of keys of another kind; with an event loop that is free, and
# one that hardly is.
bursts: MINUTES ?= 10
bursts: KEYS ?= 2
bursts: $(VENV)/dev.stamp
	$(BIN)/python -m tests.burst_pty --minutes $(MINUTES) --keys $(KEYS) $(if $(SEED),--seed $(SEED)) $(if $(PART),--part $(PART))

# What is found is kept in .hypothesis/, and tried first the next time.
fuzz: MINUTES ?= 10
fuzz: $(VENV)/dev.stamp
	$(BIN)/python -m fuzz --minutes $(MINUTES) $(if $(ONLY),--only $(ONLY))

screenshots: $(VENV)/dev.stamp
	$(BIN)/python -m screenshots.take

define install
@test -n "$(PYTHON)" || { echo "claw-tui needs Python 3.11 or newer; none was found on PATH." >&2; exit 1; }
@echo "Installing claw-tui and what it needs into $(VENV) (once, about 20 s) …"
@test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV)
@$(PIP) install --require-hashes -r $<
@$(PIP) install --no-deps --no-build-isolation -e .
@touch $@ $(VENV)/run.stamp
endef

$(VENV)/run.stamp: requirements/run.txt pyproject.toml
	$(install)

$(VENV)/dev.stamp: requirements/dev.txt pyproject.toml
	$(install)

# Pins are resolved with uv, which is not needed for anything else: pip install uv.
LOCK := uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links \
	--no-annotate --python-version 3.11 --custom-compile-command "make lock"
lock:
	$(LOCK) pyproject.toml --group build -o requirements/run.txt
	$(LOCK) pyproject.toml --extra web -o requirements/web.txt
	$(LOCK) pyproject.toml --extra web --group build --group dev -o requirements/dev.txt
	$(LOCK) requirements/real.in -o requirements/real.txt

clean:
	rm -rf $(VENV) .venv-* .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
